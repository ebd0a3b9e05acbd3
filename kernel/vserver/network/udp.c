// SPDX-License-Identifier: GPL-2.0-only
/*
 * UDP sockets of guests: the protocol with four of its methods replaced.
 *
 * Wildcard sockets are hashed by address and port, and the address of all of
 * them is 0.0.0.0. Those of guests go into a slot that depends on their port
 * domain as well, so a packet to the host or to another guest does not wade
 * through them; lookup.c knows where to look. The slot of the host's domain is
 * the usual one, as guests with shared addresses need it.
 *
 * Broadcast and multicast are delivered by walking all sockets of a port, or,
 * above ten, only the slots of the group and of 0.0.0.0, where guests would be
 * missed. Therefore sockets of guests are left out of that count; they are
 * missed only where the host alone has more than ten sockets on the port. (The
 * count also decides how bind(2) looks for conflicts. There the long way is
 * the one that sees everything.)
 *
 * A corked send keeps the destination that the program named, whatever route
 * was found for it: it has to be translated before.
 */

#include <linux/init.h>
#include <linux/in.h>
#include <linux/socket.h>
#include <net/ip.h>
#include <net/ipv6.h>
#include <net/transp_v6.h>
#include <net/udp.h>

#include "port.h"
#include "sock.h"

static struct proto nx_udp4_prot __ro_after_init;
#if IS_ENABLED(CONFIG_IPV6)
static struct proto nx_udp6_prot __ro_after_init;
#endif

/* --- where they are hashed -------------------------------------------------------- */

static u32 nx_udp_hash(const struct sock *sk, u16 port)
{
	const struct net *net = sock_net(sk);
	u32 hash;

#if IS_ENABLED(CONFIG_IPV6)
	if (sk->sk_family == AF_INET6)
		hash = ipv6_portaddr_hash(net, &sk->sk_v6_rcv_saddr, port);
	else
#endif
		hash = ipv4_portaddr_hash(net, sk->sk_rcv_saddr, port);
	return sk->sk_rcv_saddr ? hash : nx_udp_slot(sk->sk_nx, net, hash);
}

static void nx_udp_rehash(struct sock *sk)
{
	udp_lib_rehash(sk, nx_udp_hash(sk, inet_sk(sk)->inet_num));
}

/* Leave a socket of the port out of the count, or take it in again. */
static void nx_udp_count(struct sock *sk, int diff)
{
	struct net *net = sock_net(sk);
	struct udp_hslot *hslot;

	hslot = udp_hashslot(net->ipv4.udp_table, net,
			     udp_sk(sk)->udp_port_hash);
	spin_lock_bh(&hslot->lock);
	hslot->count += diff;
	spin_unlock_bh(&hslot->lock);
}

/*
 * Nobody shares a port on an address that others have too, see bind.c; here
 * under the lock of the socket, and for sockets that were never bound by name.
 */
static void nx_udp_alone(struct sock *sk)
{
	struct nx_name name = { .v4 = &sk->sk_rcv_saddr };
	struct nx_view view;

#if IS_ENABLED(CONFIG_IPV6)
	if (sk->sk_family == AF_INET6)
		name = (struct nx_name) { .v6 = &sk->sk_v6_rcv_saddr };
#endif
	rcu_read_lock();
	view = nx_view(sock_net(sk), sk->sk_nx);
	if (nx_name_is_shared(&view, &name)) {
		sk->sk_reuse = SK_NO_REUSE;
		sk->sk_reuseport = 0;
	}
	rcu_read_unlock();
}

static int nx_udp_get_port(struct sock *sk, unsigned short port)
{
	const struct net *net = sock_net(sk);
	bool fresh = sk_unhashed(sk);
	u32 any = nx_udp_slot(sk->sk_nx, net,
			      ipv4_portaddr_hash(net, 0, port));
	int ret;

	nx_udp_alone(sk);
	udp_sk(sk)->udp_portaddr_hash = nx_udp_hash(sk, 0);
	ret = udp_lib_get_port(sk, port, any);
	if (!ret && fresh)
		nx_udp_count(sk, -1);
	return ret;
}

static void nx_udp_unhash(struct sock *sk)
{
	if (sk_hashed(sk))
		nx_udp_count(sk, 1);
	udp_lib_unhash(sk);
}

/* --- sending ------------------------------------------------------------------------ */

static int nx_udp_dest(const struct nx_view *view, const struct sock *sk,
		       struct sockaddr *sa, int len)
{
	struct sockaddr_in6 *sin6 = (struct sockaddr_in6 *)sa;
	struct sockaddr_in *sin = (struct sockaddr_in *)sa;

	/* IPv4 sockets take AF_UNSPEC for it too; to others it is the peer. */
	if (sa->sa_family == AF_INET || sk->sk_family == AF_INET) {
		if (len < (int)sizeof(*sin))
			return -EINVAL;
		return nx_dest4(view, &sin->sin_addr.s_addr);
	}
	if (sa->sa_family == AF_INET6) {
		if (len < SIN6_LEN_RFC2133)
			return -EINVAL;
#if IS_ENABLED(CONFIG_IPV6)
		/* The protocol would make ::ffff:127.0.0.1 of it. */
		if (ipv6_addr_any(&sin6->sin6_addr) &&
		    sk->sk_family == AF_INET6 &&
		    ipv6_addr_v4mapped(&inet6_sk(sk)->saddr))
			ipv6_addr_set_v4mapped(0, &sin6->sin6_addr);
#endif
		return nx_dest6(view, &sin6->sin6_addr);
	}
	return 0;
}

/* An address that stays as it is; what may not be sent to, flow.c knows. */
static bool nx_is_plain4(const struct msghdr *msg)
{
	const struct sockaddr_in *sin = msg->msg_name;

	return !sin || (sin->sin_family == AF_INET && sin->sin_addr.s_addr &&
			!ipv4_is_loopback(sin->sin_addr.s_addr));
}

static bool nx_is_plain6(const struct msghdr *msg)
{
	const struct sockaddr_in6 *sin6 = msg->msg_name;

	/* neither ::, ::1 nor ::ffff:0.0.0.0/96 */
	return !sin6 || (sin6->sin6_family == AF_INET6 &&
			 sin6->sin6_addr.s6_addr32[0]);
}

/* The kernel's copy of the address, a sockaddr_storage, may change. */
static noinline int nx_udp_translate(const struct sock *sk, struct msghdr *msg)
{
	struct nx_view view;
	int ret;

	if (!msg->msg_name || msg->msg_namelen < (int)sizeof(sa_family_t))
		return 0;
	rcu_read_lock();
	view = nx_view(sock_net(sk), sk->sk_nx);
	ret = nx_udp_dest(&view, sk, msg->msg_name, msg->msg_namelen);
	rcu_read_unlock();
	return ret;
}

static int nx_udp4_sendmsg(struct sock *sk, struct msghdr *msg, size_t len)
{
	int ret = nx_is_plain4(msg) ? 0 : nx_udp_translate(sk, msg);

	return ret ? ret : udp_sendmsg(sk, msg, len);
}

/* --- the protocols ------------------------------------------------------------------ */

static void __init nx_udp_derive(struct proto *prot, const struct proto *base)
{
	*prot = *base;
	prot->get_port = nx_udp_get_port;
	prot->put_port = nx_udp_unhash;
	prot->unhash = nx_udp_unhash;
	prot->rehash = nx_udp_rehash;
}

#if IS_ENABLED(CONFIG_IPV6)
static int nx_udp6_sendmsg(struct sock *sk, struct msghdr *msg, size_t len)
{
	int ret = nx_is_plain6(msg) ? 0 : nx_udp_translate(sk, msg);

	return ret ? ret : udpv6_prot.sendmsg(sk, msg, len);
}

static void __init nx_udp6_init(void)
{
	nx_udp_derive(&nx_udp6_prot, &udpv6_prot);
	nx_udp6_prot.sendmsg = nx_udp6_sendmsg;
}

static void nx_udp6_adopt(struct sock *sk)
{
	if (sk->sk_prot == &udpv6_prot)
		WRITE_ONCE(sk->sk_prot, &nx_udp6_prot);
}
#else
static void __init nx_udp6_init(void) { }
static void nx_udp6_adopt(struct sock *sk) { }
#endif

/* After the protocols are registered, and long before the first guest. */
static int __init nx_udp_init(void)
{
	nx_udp_derive(&nx_udp4_prot, &udp_prot);
	nx_udp4_prot.sendmsg = nx_udp4_sendmsg;
	nx_udp6_init();
	return 0;
}
late_initcall(nx_udp_init);

/**
 * nx_udp_adopt - Make a new UDP socket one of a guest's
 * @sk: socket with a context that nobody else has seen yet
 *
 * Sockets of other protocols stay as they are.
 */
void nx_udp_adopt(struct sock *sk)
{
	if (sk->sk_prot == &udp_prot)
		WRITE_ONCE(sk->sk_prot, &nx_udp4_prot);
	else
		nx_udp6_adopt(sk);
}
