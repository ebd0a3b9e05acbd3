// SPDX-License-Identifier: GPL-2.0-only
/*
 * bind(2) and connect(2) by a guest: translate the kernel's copy of the
 * address, or refuse it.
 *
 * The family in the address decides, unless the socket is an IPv4 one: a
 * protocol may have wrapped a socket of another family. What is sent to
 * without a connect is looked at in flow.c.
 */

#include <linux/in.h>
#include <linux/net.h>
#include <linux/socket.h>
#include <net/inet_sock.h>
#include <net/ipv6.h>

#include "policy.h"
#include "port.h"
#include "sock.h"

static bool nx_parse4(struct sockaddr *sa, int len, struct nx_name *name)
{
	struct sockaddr_in *sin = (struct sockaddr_in *)sa;

	if (len < (int)sizeof(*sin))
		return false;
	*name = (struct nx_name) {
		.v4 = &sin->sin_addr.s_addr,
		.port = ntohs(sin->sin_port),
	};
	return true;
}

static bool nx_parse6(struct sockaddr *sa, int len, struct nx_name *name)
{
	struct sockaddr_in6 *sin6 = (struct sockaddr_in6 *)sa;

	if (len < SIN6_LEN_RFC2133)
		return false;
	*name = (struct nx_name) {
		.v6 = &sin6->sin6_addr,
		.port = ntohs(sin6->sin6_port),
	};
	return true;
}

/* False for what the protocol is going to refuse, and for other families. */
static bool nx_parse(struct sockaddr *sa, int len, struct nx_name *name)
{
	if (len < (int)sizeof(sa->sa_family))
		return false;
	switch (sa->sa_family) {
	case AF_INET:
		return nx_parse4(sa, len, name);
	case AF_INET6:
		return nx_parse6(sa, len, name);
	default:
		return false;
	}
}

/* --- bind --------------------------------------------------------------------- */

/*
 * "Any" stays "any" and means the whole set, so that a server of 0.0.0.0 is
 * there on the guest's 127.0.0.1 too. SINGLE_IP turns it into the one address,
 * which spares lookups, where there is no private loopback to lose.
 */
static __be32 nx_any4(const struct nx_view *view)
{
	if (nx_flag(view->nxi, NXF_SINGLE_IP) && view->set->n4 == 1 &&
	    !nx_flag(view->nxi, NXF_LBACK_REMAP))
		return view->set->first4;
	return htonl(INADDR_ANY);
}

static int nx_bind4(const struct nx_view *view, __be32 *addr)
{
	if (!*addr) {
		*addr = nx_any4(view);
		return 0;
	}
	if (ipv4_is_multicast(*addr))
		return nx_cap(view->nxi, NXC_MULTICAST) ? 0 : -EADDRNOTAVAIL;
	if (ipv4_is_loopback(*addr))
		return nx_map_lback4(view, addr) ? -EADDRNOTAVAIL : 0;
	return nx_own4(view, *addr) || nx_own_bcast4(view, *addr) ?
	       0 : -EADDRNOTAVAIL;
}

static int nx_bind6(const struct nx_view *view, struct in6_addr *addr)
{
	if (ipv6_addr_any(addr))
		return 0;
	if (ipv6_addr_v4mapped(addr))
		return nx_bind4(view, &addr->s6_addr32[3]);
	if (ipv6_addr_is_multicast(addr))
		return nx_cap(view->nxi, NXC_MULTICAST) ? 0 : -EADDRNOTAVAIL;
	if (nx_own6(view, addr))
		return 0;
	if (!ipv6_addr_loopback(addr) || nx_map_lback6(view, addr))
		return -EADDRNOTAVAIL;
	return 0;
}

/*
 * No device has the address behind ::1, so binding to it needs FREEBIND; and
 * nobody may reach it from outside, so the socket stays on the loopback device.
 */
static int nx_stay_on_lo(struct sock *sk)
{
	int ret = 0;

	lock_sock(sk);
	if (sk->sk_bound_dev_if && sk->sk_bound_dev_if != LOOPBACK_IFINDEX) {
		ret = -EADDRNOTAVAIL;
	} else {
		WRITE_ONCE(sk->sk_bound_dev_if, LOOPBACK_IFINDEX);
		inet_set_bit(FREEBIND, sk);
	}
	release_sock(sk);
	return ret;
}

/*
 * On an address that others have too nobody may share a port: equal uids are
 * not the same user there. A TCP listener can't be doubled with SO_REUSEADDR.
 */
static void nx_alone(struct sock *sk)
{
	lock_sock(sk);
	sk->sk_reuseport = 0;
	if (sk->sk_type == SOCK_DGRAM)
		sk->sk_reuse = SK_NO_REUSE;
	release_sock(sk);
}

static int nx_bind_guest(struct sock *sk, const struct nx_name *name)
{
	struct nx_view view;
	bool shared = false;
	int ret;

	rcu_read_lock();
	view = nx_view(sock_net(sk), sk->sk_nx);
	ret = name->v4 ? nx_bind4(&view, name->v4) : nx_bind6(&view, name->v6);
	if (!ret)
		shared = nx_name_is_shared(&view, name);
	rcu_read_unlock();
	if (!ret && name->v6 && nx_is_lback6(name->v6, NULL))
		ret = nx_stay_on_lo(sk);
	if (!ret && shared)
		nx_alone(sk);
	return ret;
}

/**
 * nx_socket_bind - Hook of bind(2), also by io_uring
 * @sock: the socket
 * @address: the kernel's copy of the address; may change
 * @addrlen: its length
 *
 * A foreign address does not exist for the guest, whatever IP_FREEBIND and
 * IP_TRANSPARENT say.
 *
 * Return: 0, -EADDRNOTAVAIL, or -EADDRINUSE: another port domain uses the port
 * on the very same address.
 */
int nx_socket_bind(struct socket *sock, struct sockaddr *address, int addrlen)
{
	struct sock *sk = sock->sk;
	struct nx_name name;
	int ret = 0;

	if (!nx_on() || !sk)
		return 0;
	/* Where raw ones bind to they don't look at the family. */
	if (sk->sk_family == AF_INET ? !nx_parse4(address, addrlen, &name) :
				       !nx_parse(address, addrlen, &name))
		return 0;
	if (sk->sk_nx)
		ret = nx_bind_guest(sk, &name);
	return ret ?: nx_port_taken(sk, &name) ? -EADDRINUSE : 0;
}

/* --- connect ------------------------------------------------------------------- */

/* A socket bound to ::ffff:a.b.c.d takes :: for 127.0.0.1; flow.c goes on. */
static bool nx_means_v4(const struct sock *sk, const struct in6_addr *addr)
{
#if IS_ENABLED(CONFIG_IPV6)
	return ipv6_addr_any(addr) && sk->sk_family == AF_INET6 &&
	       ipv6_addr_v4mapped(&sk->sk_v6_rcv_saddr);
#else
	return false;
#endif
}

/* After a connect to ::1, one to somewhere else: no longer on loopback only. */
static void nx_leave_lo(struct sock *sk)
{
#if IS_ENABLED(CONFIG_IPV6)
	if (READ_ONCE(sk->sk_bound_dev_if) != LOOPBACK_IFINDEX)
		return;
	lock_sock(sk);
	if (sk->sk_bound_dev_if == LOOPBACK_IFINDEX &&
	    !nx_is_lback6(&inet6_sk(sk)->saddr, NULL))
		WRITE_ONCE(sk->sk_bound_dev_if, 0);
	release_sock(sk);
#endif
}

/*
 * The peer is kept in the socket: it must be translated before. A connection
 * to ::1 stays on the loopback device, see nx_stay_on_lo().
 */
static int nx_connect_guest(struct sock *sk, const struct nx_name *name)
{
	struct nx_view view;
	int ret = 0;

	rcu_read_lock();
	view = nx_view(sock_net(sk), sk->sk_nx);
	if (name->v4)
		ret = nx_dest4(&view, name->v4);
	else if (!nx_means_v4(sk, name->v6))
		ret = nx_dest6(&view, name->v6);
	rcu_read_unlock();
	if (ret || !name->v6)
		return ret;
	if (nx_is_lback6(name->v6, NULL))
		return nx_stay_on_lo(sk) ? -ENETUNREACH : 0;
	nx_leave_lo(sk);
	return 0;
}

/**
 * nx_socket_connect - Hook of connect(2), also by io_uring
 * @sock: the socket
 * @address: the kernel's copy of the address; may change
 * @addrlen: its length
 *
 * Return: 0, or -EPERM, -ENETUNREACH as nx_dest4() and nx_dest6() say.
 */
int nx_socket_connect(struct socket *sock, struct sockaddr *address,
		      int addrlen)
{
	struct sock *sk = sock->sk;
	struct nx_name name;

	if (!nx_on() || !sk || !sk->sk_nx ||
	    !nx_parse(address, addrlen, &name))
		return 0;
	return nx_connect_guest(sk, &name);
}
