// SPDX-License-Identifier: GPL-2.0-only
/*
 * What a member of a network context may make sockets of and set on them.
 *
 * What is allowed is confined by the other files; a family or protocol that
 * is not listed here does not exist for the guest. Programs take
 * EAFNOSUPPORT and EPROTONOSUPPORT for "this kernel has none" and go on.
 */

#include <linux/icmpv6.h>
#include <linux/in.h>
#include <linux/in6.h>
#include <linux/net.h>
#include <linux/netlink.h>
#include <linux/nsproxy.h>
#include <linux/socket.h>
#include <net/net_namespace.h>
#include <net/tcp.h>

#include "policy.h"
#include "sock.h"

/* --- families and protocols -------------------------------------------------------- */

/*
 * SCTP, MPTCP and SMC would tell the peer the host's addresses; UDP-Lite has
 * tables that nobody watches. IPPROTO_RAW writes its own headers. Which other
 * raw sockets there may be is up to capabilities and __vs_raw_icmp().
 */
static int nx_inet_protocol(int type, int protocol, int icmp)
{
	switch (type) {
	case SOCK_STREAM:
		return protocol == IPPROTO_IP || protocol == IPPROTO_TCP ?
		       0 : -EPROTONOSUPPORT;
	case SOCK_DGRAM:
		return protocol == IPPROTO_IP || protocol == IPPROTO_UDP ||
		       protocol == icmp ? 0 : -EPROTONOSUPPORT;
	case SOCK_RAW:
		if (protocol == IPPROTO_RAW)
			return -EPERM;
		/* The grant doesn't tell the families apart. */
		return protocol == IPPROTO_ICMP + IPPROTO_ICMPV6 - icmp ?
		       -EPERM : 0;
	default:
		return -ESOCKTNOSUPPORT;
	}
}

static int nx_inet4_socket(const struct nx_view *view, int type, int protocol)
{
	if (!nx_has_family4(view))
		return -EAFNOSUPPORT;
	return nx_inet_protocol(type, protocol, IPPROTO_ICMP);
}

/* Without an IPv6 address it serves IPv4 alone, if there is that. */
static int nx_inet6_socket(const struct nx_view *view, int type, int protocol)
{
	if (!nx_has_family6(view))
		return -EAFNOSUPPORT;
	return nx_inet_protocol(type, protocol, IPPROTO_ICMPV6);
}

static int nx_new_socket(const struct nx_view *view, int family, int type,
			 int protocol)
{
	switch (family) {
	case AF_UNIX:
		return 0;
	case AF_INET:
		return nx_inet4_socket(view, type, protocol);
	case AF_INET6:
		return nx_inet6_socket(view, type, protocol);
	case AF_NETLINK:
		return protocol == NETLINK_ROUTE ? 0 : -EPROTONOSUPPORT;
	default:
		return -EAFNOSUPPORT;
	}
}

/**
 * nx_socket_create - May the caller make a socket?
 * @family: AF_*
 * @type: SOCK_*
 * @protocol: of the family
 *
 * Anything goes in a network namespace that is not the context's, which is a
 * confinement of its own, and in a context that has all addresses.
 *
 * Return: 0; -EAFNOSUPPORT also when the context has no address of the family
 * (its own loopback counts); -EPROTONOSUPPORT, -ESOCKTNOSUPPORT, -EPERM.
 */
int nx_socket_create(int family, int type, int protocol)
{
	const struct net *net = current->nsproxy->net_ns;
	struct nx_info *nxi;
	struct nx_view view;
	int ret;

	if (!nx_guest())
		return 0;
	nxi = nx_current_in(net);
	if (!nxi)
		return 0;
	rcu_read_lock();
	view = nx_view(net, nxi);
	ret = view.set->all ? 0 : nx_new_socket(&view, family, type, protocol);
	rcu_read_unlock();
	return ret;
}

/* --- socket options -------------------------------------------------------------------- */

static bool nx_is_membership(int optname)
{
	switch (optname) {
	case MCAST_JOIN_GROUP:
	case MCAST_BLOCK_SOURCE:
	case MCAST_UNBLOCK_SOURCE:
	case MCAST_JOIN_SOURCE_GROUP:
	case MCAST_MSFILTER:
		return true;
	default:
		return false;
	}
}

static int nx_need_multicast(const struct nx_info *nxi)
{
	return nx_cap(nxi, NXC_MULTICAST) ? 0 : -EPERM;
}

/* IP_TRANSPARENT and IP_FREEBIND may be set: bind and send don't heed them. */
static int nx_ip_option(const struct nx_info *nxi, int optname)
{
	switch (optname) {
	case IP_HDRINCL:
	case IP_MULTICAST_ALL:
		return -EPERM;
	case IP_ADD_MEMBERSHIP:
	case IP_ADD_SOURCE_MEMBERSHIP:
	case IP_BLOCK_SOURCE:
	case IP_UNBLOCK_SOURCE:
	case IP_MSFILTER:
		return nx_need_multicast(nxi);
	default:
		return nx_is_membership(optname) ? nx_need_multicast(nxi) : 0;
	}
}

/*
 * ADDRFORM makes another socket of it, one that udp.c did not prepare. A server
 * that wants to know which address it was asked at answers from there: from
 * the one behind ::1 it may only with FREEBIND, as no device has it.
 */
static int nx_ipv6_option(struct sock *sk, int optname)
{
	const struct nx_info *nxi = sk->sk_nx;

	switch (optname) {
	case IPV6_RECVPKTINFO:
	case IPV6_2292PKTINFO:
		inet_set_bit(FREEBIND, sk);
		return 0;
	case IPV6_HDRINCL:
	case IPV6_MULTICAST_ALL:
	case IPV6_ADDRFORM:
		return -EPERM;
	case IPV6_ADD_MEMBERSHIP:
	case IPV6_JOIN_ANYCAST:
		return nx_need_multicast(nxi);
	default:
		return nx_is_membership(optname) ? nx_need_multicast(nxi) : 0;
	}
}

/* The mark is the class of the context's traffic, and chooses routes. */
static int nx_socket_option(const struct sock *sk, int optname)
{
	switch (optname) {
	case SO_MARK:
		return READ_ONCE(sk->sk_nx->mark) ? -EPERM : 0;
	case SO_ATTACH_FILTER:
	case SO_ATTACH_BPF:
		/* It would run on messages before the hidden ones are cut out. */
		return sk->sk_family == AF_NETLINK ? -EPERM : 0;
	default:
		return 0;
	}
}

/* SMC replaces the socket and talks over one of its own. */
static int nx_tcp_option(int optname)
{
	return optname == TCP_ULP && IS_ENABLED(CONFIG_SMC) ? -EPERM : 0;
}

/**
 * nx_socket_setsockopt - Hook of setsockopt(2), also by io_uring
 * @sock: the socket
 * @level: SOL_*
 * @optname: option; its value can't be seen
 *
 * A device that is hidden can be named with SO_BINDTODEVICE, but nothing is
 * sent through it, see __vs_flow4().
 *
 * Return: 0 or -EPERM.
 */
int nx_socket_setsockopt(struct socket *sock, int level, int optname)
{
	const struct nx_info *nxi;

	if (!nx_on() || !sock->sk || !sock->sk->sk_nx)
		return 0;
	nxi = sock->sk->sk_nx;
	switch (level) {
	case SOL_SOCKET:
		return nx_socket_option(sock->sk, optname);
	case SOL_IP:
		return nx_ip_option(nxi, optname);
	case SOL_IPV6:
		return nx_ipv6_option(sock->sk, optname);
	case SOL_RAW:
		/* net/ipv6/raw.c knows it by this level as well */
		return sock->sk->sk_family == AF_INET6 &&
		       optname == IPV6_HDRINCL ? -EPERM : 0;
	case SOL_TCP:
		return nx_tcp_option(optname);
	default:
		return 0;
	}
}

/* Naming a device by its number must not tell the name of one that is hidden. */
static int nx_bound_device(const struct sock *sk)
{
	int dev = READ_ONCE(sk->sk_bound_dev_if), ret;
	struct nx_view view;

	if (!dev)
		return 0;
	rcu_read_lock();
	view = nx_view(sock_net(sk), sk->sk_nx);
	ret = nx_dev_hidden(&view, dev) ? -ENODEV : 0;
	rcu_read_unlock();
	return ret;
}

/**
 * nx_socket_getsockopt - Hook of getsockopt(2), also by io_uring
 * @sock: the socket
 * @level: SOL_*
 * @optname: option
 *
 * Return: 0 or -ENODEV.
 */
int nx_socket_getsockopt(struct socket *sock, int level, int optname)
{
	if (!nx_on() || !sock->sk || !sock->sk->sk_nx)
		return 0;
	return level == SOL_SOCKET && optname == SO_BINDTODEVICE ?
	       nx_bound_device(sock->sk) : 0;
}

/* --- single grants ---------------------------------------------------------------------- */

/**
 * __vs_raw_icmp - May the calling guest make a raw socket without CAP_NET_RAW?
 * @net: network namespace of the socket
 * @protocol: of the socket
 *
 * Return: true for ping with the ncap RAW_ICMP.
 */
bool __vs_raw_icmp(const struct net *net, int protocol)
{
	const struct nx_info *nxi = nx_current_in(net);

	return nxi && nx_cap(nxi, NXC_RAW_ICMP) &&
	       (protocol == IPPROTO_ICMP || protocol == IPPROTO_ICMPV6);
}
EXPORT_SYMBOL_GPL(__vs_raw_icmp);

/**
 * __vs_may_create_tun - May the calling guest create a tun or tap device?
 * @net: network namespace of the device
 *
 * A new device only: for one that exists the usual rules hold.
 *
 * Return: true with the ncap TUN_CREATE.
 */
bool __vs_may_create_tun(const struct net *net)
{
	const struct nx_info *nxi = nx_current_in(net);

	return nxi && nx_cap(nxi, NXC_TUN_CREATE);
}
EXPORT_SYMBOL_GPL(__vs_may_create_tun);
