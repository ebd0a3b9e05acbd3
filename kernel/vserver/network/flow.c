// SPDX-License-Identifier: GPL-2.0-only
/*
 * What a guest's sockets send from and to.
 *
 * Every route that a socket uses for sending is looked up through here, in
 * process context or softirq: send without connect, forged PKTINFO, sockets
 * that something else bound or connected, answers of listeners. The source
 * address is settled before the route, so that policy routing by source gives
 * each guest tables of its own.
 *
 * After its address is taken out of the set a socket finds no route any more.
 * When the whole context is gone, what it had open may only be closed.
 */

#include <linux/capability.h>
#include <linux/export.h>
#include <linux/icmp.h>
#include <linux/icmpv6.h>
#include <linux/inetdevice.h>
#include <linux/netdevice.h>
#include <net/addrconf.h>
#include <net/flow.h>
#include <net/if_inet6.h>
#include <net/ip_fib.h>
#include <net/ipv6.h>
#include <net/tcp_states.h>

#include "sock.h"

/* --- destinations --------------------------------------------------------------- */

/**
 * nx_dest4 - May a context send to an address?
 * @view: the context, not the host
 * @addr: destination; loopback is translated
 *
 * Return: 0; -EPERM for multicast without NXC_MULTICAST and for loopback
 * without LBACK_REMAP and LBACK_ALLOW (spec/abi.md 8.7), -ENETUNREACH for the
 * loopback of others.
 */
int nx_dest4(const struct nx_view *view, __be32 *addr)
{
	if (!*addr || ipv4_is_loopback(*addr))
		return nx_map_lback4(view, addr);
	if (ipv4_is_multicast(*addr) && !nx_cap(view->nxi, NXC_MULTICAST))
		return -EPERM;
	return 0;
}

/**
 * nx_dest6 - May a context send to an address?
 * @view: the context, not the host
 * @addr: destination; loopback is translated
 *
 * Return: 0; -EPERM for multicast without NXC_MULTICAST, -ENETUNREACH for the
 * loopback of others; for IPv4-mapped addresses as nx_dest4().
 */
int nx_dest6(const struct nx_view *view, struct in6_addr *addr)
{
	if (ipv6_addr_v4mapped(addr))
		return nx_dest4(view, &addr->s6_addr32[3]);
	if (ipv6_addr_is_multicast(addr))
		return nx_cap(view->nxi, NXC_MULTICAST) ? 0 : -EPERM;
	if (ipv6_addr_loopback(addr) && nx_own6(view, addr))
		return 0;
	if (ipv6_addr_any(addr) || ipv6_addr_loopback(addr) ||
	    nx_is_lback6(addr, NULL))
		return nx_map_lback6(view, addr);
	return 0;
}

/**
 * nx_dev_hidden - Must a context not use a device?
 * @view: the context, not the host
 * @ifindex: number of the device that the program named, or 0
 *
 * A device that the guest can't see can't be named by its number either.
 *
 * Return: true for what the flag HIDE_NETIF hides, and for no device.
 */
bool nx_dev_hidden(const struct nx_view *view, int ifindex)
{
	struct net_device *dev;

	if (!ifindex || ifindex == LOOPBACK_IFINDEX ||
	    !nx_flag(view->nxi, NXF_HIDE_NETIF))
		return false;
	dev = dev_get_by_index_rcu((struct net *)view->net, ifindex);
	return !dev || !nx_sees_dev(view->nxi, dev);
}

/*
 * A TCP socket keeps its peer, which connect(2) translated, or which came with
 * the packet that a listener answers: 127.0.0.1 is then the host's, who may
 * talk to the guest's loopback address.
 */
static bool nx_is_tcp(const struct sock *sk)
{
	return sk->sk_protocol == IPPROTO_TCP && sk->sk_type == SOCK_STREAM;
}

static bool nx_has_peer(const struct sock *sk)
{
	return nx_is_tcp(sk) && sk->sk_state != TCP_CLOSE;
}

/*
 * The addresses of a released context may be somebody else's. Connections go
 * on, for most of them are being closed after their process has ended.
 */
static bool nx_orphan(const struct nx_view *view, const struct sock *sk)
{
	return test_bit(NXS_RELEASED, &view->nxi->state) &&
	       (!nx_has_peer(sk) || sk->sk_state == TCP_LISTEN);
}

static int nx_flow_dest4(const struct nx_view *view, struct flowi4 *fl4,
			 const struct sock *sk)
{
	if (nx_orphan(view, sk))
		return -EADDRNOTAVAIL;
	return nx_has_peer(sk) ? 0 : nx_dest4(view, &fl4->daddr);
}

/* --- IPv4 source ------------------------------------------------------------------ */

/* An own address on a device, rather one of the network of @near. */
static __be32 nx_on_dev4(const struct nx_view *view,
			 const struct net_device *dev, __be32 near)
{
	const struct in_device *in_dev = __in_dev_get_rcu(dev);
	const struct in_ifaddr *ifa;
	__be32 any = 0;

	if (!in_dev)
		return 0;
	in_dev_for_each_ifa_rcu(ifa, in_dev) {
		if (!nx_set_has4(view->set, ifa->ifa_local))
			continue;
		if (inet_ifa_match(near, ifa))
			return ifa->ifa_local;
		if (!any)
			any = ifa->ifa_local;
	}
	return any;
}

/* For sets of masks and ranges only: any address of the machine in the set. */
static __be32 nx_somewhere4(const struct nx_view *view)
{
	struct net_device *dev;
	__be32 addr;

	for_each_netdev_rcu((struct net *)view->net, dev) {
		addr = nx_on_dev4(view, dev, 0);
		if (addr)
			return addr;
	}
	return 0;
}

/* What the routing tables would take, if it is in the set; else a neighbour. */
static __be32 nx_routed4(const struct nx_view *view, const struct flowi4 *fl4)
{
	struct net *net = (struct net *)view->net;
	struct fib_result res = { };
	struct flowi4 key = *fl4;
	__be32 addr;

	key.saddr = 0;
	if (fib_lookup(net, &key, &res, 0) || !res.fi)
		return 0;
	addr = fib_result_prefsrc(net, &res);
	if (addr && nx_own4(view, addr))
		return addr;
	if (!res.nhc || !res.nhc->nhc_dev)
		return 0;
	return nx_on_dev4(view, res.nhc->nhc_dev,
			  res.nhc->nhc_gw_family == AF_INET ?
			  res.nhc->nhc_gw.ipv4 : fl4->daddr);
}

static __be32 nx_choose4(const struct nx_view *view, const struct flowi4 *fl4)
{
	const struct nx_set *set = view->set;
	__be32 addr;

	addr = nx_lback_source4(view, fl4->daddr);
	if (addr)
		return addr;
	if (set->n4 == 1 && set->addrs4 == 1)
		return set->first4;
	addr = nx_routed4(view, fl4);
	if (addr)
		return addr;
	return set->first4 ?: nx_somewhere4(view);
}

/*
 * ip_route_connect() asks for a route without the socket first: a source that
 * is not in the set and not the socket's was chosen for somebody else, or is
 * forged. A listener answers from the address that was asked, or not at all.
 */
static int nx_source4(const struct nx_view *view, struct flowi4 *fl4,
		      const struct sock *sk)
{
	__be32 bound = inet_sk(sk)->inet_saddr;

	if (fl4->saddr && nx_own4(view, fl4->saddr))
		return 0;
	if (sk->sk_state == TCP_LISTEN)
		return -EADDRNOTAVAIL;
	if (bound) {
		if (!nx_own4(view, bound))
			return -EADDRNOTAVAIL;
		fl4->saddr = bound;
		return 0;
	}
	fl4->saddr = nx_choose4(view, fl4);
	if (fl4->saddr)
		return 0;
	return view->set->n4 ? -ENETUNREACH : -EPERM;
}

/*
 * What most packets are: to an ordinary address, from the first or only one of
 * the set. Says the same as the long way.
 */
static __always_inline bool nx_usual4(const struct nx_view *view,
				      struct flowi4 *fl4, const struct sock *sk)
{
	const struct nx_set *set = view->set;
	__be32 daddr = fl4->daddr;

	if (!daddr || ipv4_is_loopback(daddr) || ipv4_is_multicast(daddr) ||
	    fl4->flowi4_oif || test_bit(NXS_RELEASED, &view->nxi->state))
		return false;
	if (fl4->saddr)
		return fl4->saddr == set->first4;
	if (inet_sk(sk)->inet_saddr || set->n4 != 1 || set->addrs4 != 1 ||
	    daddr == set->lback4)
		return false;
	fl4->saddr = set->first4;
	return true;
}

/*
 * The grant of raw ICMP is for ping: errors and neighbour messages of a guest
 * could cut off or draw away the traffic of others. Raw sockets are sent on in
 * process context only. A route for connect(2) has the port for a type: 0.
 */
static bool nx_may_send_icmp(const struct nx_view *view, u8 type, u8 echo,
			     u8 reply)
{
	return !type || type == echo || type == reply ||
	       ns_capable_noaudit(view->net->user_ns, CAP_NET_RAW);
}

static bool nx_icmp4_denied(const struct nx_view *view,
			    const struct flowi4 *fl4, const struct sock *sk)
{
	return sk->sk_type == SOCK_RAW && sk->sk_protocol == IPPROTO_ICMP &&
	       !nx_may_send_icmp(view, fl4->fl4_icmp_type, ICMP_ECHO,
				 ICMP_ECHOREPLY);
}

static noinline int nx_flow4(const struct nx_view *view, struct flowi4 *fl4,
			     const struct sock *sk)
{
	int ret = nx_flow_dest4(view, fl4, sk);

	if (!ret)
		ret = nx_source4(view, fl4, sk);
	if (!ret && nx_dev_hidden(view, fl4->flowi4_oif))
		ret = -ENODEV;
	return ret;
}

/**
 * __vs_flow4 - Settle source and destination of a flow
 * @net: network namespace
 * @fl4: the flow; addresses may change
 * @sk: the sending socket, maybe a mini socket
 *
 * Return: 0, or what the program gets to see: -EPERM when the context has no
 * IPv4 address at all (spec/abi.md 8.7), -EADDRNOTAVAIL when it no longer has
 * the one of the socket, -ENETUNREACH when none fits; -ENODEV; see nx_dest4().
 */
int __vs_flow4(const struct net *net, struct flowi4 *fl4, const struct sock *sk)
{
	struct nx_info *nxi = nx_of_sock(sk);
	struct nx_view view;
	int ret = 0;

	if (!nxi)
		return 0;
	rcu_read_lock();
	view = nx_view(net, nxi);
	if (unlikely(nx_icmp4_denied(&view, fl4, sk)))
		ret = -EPERM;
	else if (!nx_usual4(&view, fl4, sk))
		ret = nx_flow4(&view, fl4, sk);
	rcu_read_unlock();
	return ret;
}
EXPORT_SYMBOL_GPL(__vs_flow4);

/* --- IPv6 source ------------------------------------------------------------------ */

#if IS_ENABLED(CONFIG_IPV6)
/*
 * How well an address suits a destination: the same scope first, then the
 * length of the common prefix.
 */
static int nx_suits6(const struct in6_addr *addr, const struct in6_addr *daddr)
{
	int scope = __ipv6_addr_src_scope(__ipv6_addr_type(addr));
	bool same = scope == __ipv6_addr_src_scope(__ipv6_addr_type(daddr));

	return 1 + 129 * same + ipv6_addr_diff(addr, daddr);
}

static const struct in6_addr *nx_best6(const struct nx_view *view,
				       const struct in6_addr *daddr)
{
	const struct nx_set *set = view->set;
	const struct in6_addr *best = NULL;
	int high = 0;

	if (set->addrs6 == 1)
		return &set->first6;
	for (u32 i = 0; i < set->n6; i++) {
		const struct nx_v6 *a = &set->v6[i];
		int score;

		if ((a->type & NXA_MASK_ALL) != NXA_TYPE_ADDR)
			continue;
		score = nx_suits6(&a->ip, daddr);
		if (score > high) {
			high = score;
			best = &a->ip;
		}
	}
	return best;
}

/* For sets of masks only: any address of the machine in the set. */
static bool nx_somewhere6(const struct nx_view *view,
			  const struct in6_addr *daddr, struct in6_addr *addr)
{
	const struct inet6_ifaddr *ifa;
	struct net_device *dev;
	struct inet6_dev *idev;
	int high = 0;

	for_each_netdev_rcu((struct net *)view->net, dev) {
		idev = __in6_dev_get(dev);
		if (!idev)
			continue;
		list_for_each_entry_rcu(ifa, &idev->addr_list, if_list) {
			int score = nx_suits6(&ifa->addr, daddr);

			if (score > high && nx_set_has6(view->set, &ifa->addr)) {
				high = score;
				*addr = ifa->addr;
			}
		}
	}
	return high;
}

static int nx_choose6(const struct nx_view *view, struct flowi6 *fl6)
{
	const struct in6_addr *addr;

	if (nx_lback6_like(&fl6->daddr) && nx_own6(view, &fl6->daddr))
		addr = &fl6->daddr;
	else if (nx_set_has6(view->set, &fl6->daddr))
		addr = &fl6->daddr;
	else
		addr = nx_best6(view, &fl6->daddr);
	if (addr)
		fl6->saddr = *addr;
	else if (!view->set->wide6 ||
		 !nx_somewhere6(view, &fl6->daddr, &fl6->saddr))
		return -ENETUNREACH;
	return 0;
}

static int nx_source6(const struct nx_view *view, struct flowi6 *fl6)
{
	if (ipv6_addr_any(&fl6->saddr))
		return nx_choose6(view, fl6);
	if (nx_own6(view, &fl6->saddr))
		return 0;
	if (ipv6_addr_loopback(&fl6->saddr) &&
	    !nx_map_lback6(view, &fl6->saddr))
		return 0;
	return -EADDRNOTAVAIL;
}

/*
 * Unlike with IPv4, changing the flow of a TCP socket that connects would only
 * redirect the route. connect(2) has translated the peer; what still says ::1
 * came around that.
 */
static int nx_flow_dest6(const struct nx_view *view, struct flowi6 *fl6,
			 const struct sock *sk)
{
	struct in6_addr want = fl6->daddr;
	int ret;

	if (nx_orphan(view, sk))
		return -EADDRNOTAVAIL;
	if (nx_has_peer(sk))
		return 0;
	ret = nx_dest6(view, &want);
	if (ret || ipv6_addr_equal(&want, &fl6->daddr))
		return ret;
	if (nx_is_tcp(sk))
		return -ENETUNREACH;
	fl6->daddr = want;
	return 0;
}

/* As nx_usual4(); the first word leaves out ::, ::1 and ::ffff:a.b.c.d. */
static __always_inline bool nx_usual6(const struct nx_view *view,
				      struct flowi6 *fl6)
{
	const struct nx_set *set = view->set;
	const struct in6_addr *daddr = &fl6->daddr;

	if (!daddr->s6_addr32[0] || nx_lback6_like(daddr) ||
	    ipv6_addr_is_multicast(daddr) || fl6->flowi6_oif ||
	    test_bit(NXS_RELEASED, &view->nxi->state) || !set->addrs6)
		return false;
	if (ipv6_addr_equal(&fl6->saddr, &set->first6))
		return true;
	if (!ipv6_addr_any(&fl6->saddr) || set->addrs6 != 1 || set->n6 != 1)
		return false;
	fl6->saddr = set->first6;
	return true;
}

static bool nx_icmp6_denied(const struct nx_view *view,
			    const struct flowi6 *fl6, const struct sock *sk)
{
	return sk->sk_type == SOCK_RAW && sk->sk_protocol == IPPROTO_ICMPV6 &&
	       !nx_may_send_icmp(view, fl6->fl6_icmp_type, ICMPV6_ECHO_REQUEST,
				 ICMPV6_ECHO_REPLY);
}

static noinline int nx_flow6(const struct nx_view *view, struct flowi6 *fl6,
			     const struct sock *sk)
{
	int ret = nx_flow_dest6(view, fl6, sk);

	if (!ret)
		ret = nx_source6(view, fl6);
	if (!ret && nx_dev_hidden(view, fl6->flowi6_oif))
		ret = -ENODEV;
	return ret;
}

/**
 * __vs_flow6 - Settle source and destination of a flow
 * @sk: the sending socket, maybe a mini socket
 * @fl6: the flow; addresses may change
 *
 * Return: 0, or what the program gets to see: -ENETUNREACH when no address
 * fits, -EADDRNOTAVAIL for a source that is not in the set; -ENODEV; see
 * nx_dest6().
 */
int __vs_flow6(const struct sock *sk, struct flowi6 *fl6)
{
	struct nx_info *nxi = nx_of_sock(sk);
	struct nx_view view;
	int ret = 0;

	if (!nxi)
		return 0;
	rcu_read_lock();
	view = nx_view(sock_net(sk), nxi);
	if (unlikely(nx_icmp6_denied(&view, fl6, sk)))
		ret = -EPERM;
	else if (!nx_usual6(&view, fl6))
		ret = nx_flow6(&view, fl6, sk);
	rcu_read_unlock();
	return ret;
}
EXPORT_SYMBOL_GPL(__vs_flow6);

/**
 * __vs_owned6 - Is an address some guest's alone?
 * @net: network namespace
 * @addr: an address of a device, under RCU
 *
 * Only the host's sockets get here: their own choice of a source must not
 * fall on it, for the answers would go to the guest.
 *
 * Return: true if the host must not choose it.
 */
bool __vs_owned6(const struct net *net, const struct in6_addr *addr)
{
	const struct nx_owner *owner;
	bool owned;

	rcu_read_lock();
	owner = nx_owner6(net, addr);
	owned = owner;
	for (; owner && owned; owner = nx_owner_next6(owner, addr))
		owned = !owner->shared;
	rcu_read_unlock();
	return owned;
}
EXPORT_SYMBOL_GPL(__vs_owned6);
#endif /* CONFIG_IPV6 */
