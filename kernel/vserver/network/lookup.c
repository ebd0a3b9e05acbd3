// SPDX-License-Identifier: GPL-2.0-only
/*
 * Who receives: sockets for packets that belong to no connection.
 *
 * An address that guests own gets its packets from here alone: to a socket
 * bound to exactly this address, of the guest or the host; else to a wildcard
 * socket of an owner; else to nobody, for the host's wildcard sockets do not
 * cover it unless the address is declared as shared. All other addresses go
 * the usual way, after one look into the owner table.
 *
 * Wildcard sockets of guests are where nobody else looks: TCP listeners and
 * UDP sockets in a bucket that depends on the context, so neither the host
 * nor another guest on the same port pays for them.
 *
 * Softirq, under RCU; sockets are compared with their owner by pointer.
 */

#include <linux/err.h>
#include <linux/export.h>
#include <linux/inetdevice.h>
#include <linux/ipv6.h>
#include <net/addrconf.h>
#include <net/inet6_hashtables.h>
#include <net/inet_hashtables.h>
#include <net/ip.h>
#include <net/ipv6.h>
#include <net/sock_reuseport.h>
#include <net/tcp.h>
#include <net/udp.h>

#include "sock.h"

/**
 * struct nx_query - a packet in search of a socket
 * @net: network namespace
 * @skb: the packet, or NULL
 * @doff: offset of the data behind the transport header
 * @dif: device it came in by
 * @hnum: destination port, host order
 * @sport: source port
 * @saddr: source, if IPv4
 * @daddr: destination, if IPv4
 * @saddr6: source if IPv6, else NULL
 * @daddr6: destination if IPv6
 * @owner: first owner of the destination, NULL when it is the host's
 * @ehashfn: the protocol's hash, to choose in a reuseport group
 */
struct nx_query {
	const struct net *net;
	struct sk_buff *skb;
	int doff;
	int dif;
	u16 hnum;
	__be16 sport;
	__be32 saddr;
	__be32 daddr;
	const struct in6_addr *saddr6;
	const struct in6_addr *daddr6;
	const struct nx_owner *owner;
	void *ehashfn;
};

/*
 * What follows is compiled once for each family and protocol: @v6 and @any are
 * constants everywhere.
 */

/* Does a socket get packets for the destination, exactly or by wildcard? */
static __always_inline bool nx_addr_matches(const struct nx_query *q, bool v6,
					    const struct sock *sk, bool any)
{
#if IS_ENABLED(CONFIG_IPV6)
	if (v6)
		return sk->sk_family == AF_INET6 &&
		       (any ? ipv6_addr_any(&sk->sk_v6_rcv_saddr) :
			ipv6_addr_equal(&sk->sk_v6_rcv_saddr, q->daddr6));
#endif
	return sk->sk_rcv_saddr == (any ? 0 : q->daddr) && !ipv6_only_sock(sk);
}

/* A UDP socket that is connected, maybe to somebody else. */
static __always_inline bool nx_peer_matches(const struct nx_query *q, bool v6,
					    const struct sock *sk)
{
	const struct inet_sock *inet = inet_sk(sk);

	if (inet->inet_dport && inet->inet_dport != q->sport)
		return false;
#if IS_ENABLED(CONFIG_IPV6)
	if (v6)
		return ipv6_addr_any(&sk->sk_v6_daddr) ||
		       ipv6_addr_equal(&sk->sk_v6_daddr, q->saddr6);
#endif
	return !inet->inet_daddr || inet->inet_daddr == q->saddr;
}

static __always_inline const struct nx_owner *
nx_other(const struct nx_query *q, bool v6, const struct nx_owner *owner)
{
	return v6 ? nx_owner_next6(owner, q->daddr6) :
		    nx_owner_next4(owner, q->daddr);
}

/* The host's, or an owner's; not one that was left behind by a former owner. */
static __always_inline bool nx_entitled(const struct nx_query *q, bool v6,
					const struct nx_info *nxi)
{
	const struct nx_owner *owner = q->owner;

	if (!nxi || !owner)
		return true;
	for (; owner; owner = nx_other(q, v6, owner))
		if (owner->nxi == nxi)
			return true;
	return false;
}

static __always_inline bool nx_dev_matches(const struct nx_query *q,
					   const struct sock *sk)
{
	int dev = READ_ONCE(sk->sk_bound_dev_if);

	return !dev || dev == q->dif;
}

static __always_inline int nx_score(bool v6, const struct sock *sk)
{
	return 1 + 8 * !!inet_sk(sk)->inet_dport +
	       4 * !!READ_ONCE(sk->sk_bound_dev_if) +
	       2 * (!v6 && sk->sk_family == AF_INET) +
	       (READ_ONCE(sk->sk_incoming_cpu) == raw_smp_processor_id());
}

/* The member of its reuseport group that shall have the packet. */
static noinline struct sock *nx_of_group(const struct nx_query *q, bool v6,
					 struct sock *sk)
{
	struct net *net = (struct net *)q->net;
	struct sock *member;

#if IS_ENABLED(CONFIG_IPV6)
	if (v6)
		member = inet6_lookup_reuseport(net, sk, q->skb, q->doff,
						q->saddr6, q->sport, q->daddr6,
						q->hnum, q->ehashfn);
	else
#endif
		member = inet_lookup_reuseport(net, sk, q->skb, q->doff,
					       q->saddr, q->sport, q->daddr,
					       q->hnum, q->ehashfn);
	return member ?: sk;
}

/* Is @sk the first that matches, or a better one? */
static __always_inline bool nx_is_better(bool v6, const struct sock *sk,
					 const struct sock *best)
{
	return !best || unlikely(nx_score(v6, sk) > nx_score(v6, best));
}

static __always_inline struct sock *nx_chosen(const struct nx_query *q, bool v6,
					      struct sock *sk)
{
	return sk && sk->sk_reuseport && sk->sk_state != TCP_ESTABLISHED ?
	       nx_of_group(q, v6, sk) : sk;
}

static __always_inline u32 nx_hash(const struct nx_query *q, bool v6, bool any)
{
	if (any)
		return ipv4_portaddr_hash(q->net, 0, q->hnum);
#if IS_ENABLED(CONFIG_IPV6)
	if (v6)
		return ipv6_portaddr_hash(q->net, q->daddr6, q->hnum);
#endif
	return ipv4_portaddr_hash(q->net, q->daddr, q->hnum);
}

/* --- TCP ---------------------------------------------------------------------------- */

static __always_inline struct sock *
nx_listener(const struct nx_query *q, bool v6, u32 hash, bool any,
	    const struct nx_info *owner)
{
	struct inet_hashinfo *h = q->net->ipv4.tcp_death_row.hashinfo;
	struct hlist_nulls_node *node;
	struct sock *sk, *best = NULL;

	sk_nulls_for_each_rcu(sk, node, &inet_lhash2_bucket(h, hash)->nulls_head)
		if (sk->sk_num == q->hnum && (!any || sk->sk_nx == owner) &&
		    nx_addr_matches(q, v6, sk, any) &&
		    net_eq(sock_net(sk), q->net) && nx_dev_matches(q, sk) &&
		    (any || nx_entitled(q, v6, sk->sk_nx)) &&
		    nx_is_better(v6, sk, best))
			best = sk;
	return nx_chosen(q, v6, best);
}

static __always_inline struct sock *nx_tcp_exact(const struct nx_query *q,
						 bool v6)
{
	return nx_listener(q, v6, nx_hash(q, v6, false), false, NULL);
}

static __always_inline struct sock *nx_tcp_owner(const struct nx_query *q,
						 bool v6,
						 const struct nx_info *owner)
{
	u32 hash = nx_hash(q, v6, true), mask;

	mask = q->net->ipv4.tcp_death_row.hashinfo->lhash2_mask;
	return nx_listener(q, v6, nx_listen_slot(owner, hash, mask), true,
			   owner);
}

/* --- UDP ---------------------------------------------------------------------------- */

/* In 6.12 the bucket is a struct udp_hslot. */
static __always_inline struct sock *
nx_datagram(const struct nx_query *q, bool v6, u32 hash, bool any,
	    const struct nx_info *owner)
{
	typeof(udp_hashslot2(NULL, 0)) slot;
	struct sock *sk, *best = NULL;

	slot = udp_hashslot2(q->net->ipv4.udp_table, hash);
	udp_portaddr_for_each_entry_rcu(sk, &slot->head)
		if (udp_sk(sk)->udp_port_hash == q->hnum &&
		    (!any || sk->sk_nx == owner) &&
		    nx_addr_matches(q, v6, sk, any) &&
		    net_eq(sock_net(sk), q->net) &&
		    nx_peer_matches(q, v6, sk) && nx_dev_matches(q, sk) &&
		    (any || nx_entitled(q, v6, sk->sk_nx)) &&
		    nx_is_better(v6, sk, best))
			best = sk;
	return nx_chosen(q, v6, best);
}

static __always_inline struct sock *nx_udp_exact(const struct nx_query *q,
						 bool v6)
{
	return nx_datagram(q, v6, nx_hash(q, v6, false), false, NULL);
}

static __always_inline struct sock *nx_udp_owner(const struct nx_query *q,
						 bool v6,
						 const struct nx_info *owner)
{
	u32 hash = nx_udp_slot(owner, q->net, nx_hash(q, v6, true));

	return nx_datagram(q, v6, hash, true, owner);
}

/*
 * A client of the host sent from a port that the kernel chose, and the kernel
 * chose a guest's address for it: the answer is the host's.
 */
static __always_inline struct sock *nx_udp_client(const struct nx_query *q,
						  bool v6)
{
	struct sock *sk = nx_datagram(q, v6, nx_hash(q, v6, true), true, NULL);

	if (IS_ERR_OR_NULL(sk) || sk->sk_userlocks & SOCK_BINDPORT_LOCK)
		return NULL;
	return sk;
}

/* --- addresses that were taken away, see lost.c ----------------------------------------- */

/* A socket that is bound to an address its context has lost must not have it. */
static noinline struct sock *nx_keep_from_stray(const struct nx_query *q,
						struct sock *sk)
{
	struct nx_view view;

	if (IS_ERR_OR_NULL(sk) || !sk->sk_nx)
		return NULL;
	if (test_bit(NXS_RELEASED, &sk->sk_nx->state))
		return ERR_PTR(-ECONNREFUSED);
	view = nx_view(q->net, sk->sk_nx);
	return (q->daddr6 ? nx_own6(&view, q->daddr6) :
			    nx_own4(&view, q->daddr)) ?
	       NULL : ERR_PTR(-ECONNREFUSED);
}

/* --- both ---------------------------------------------------------------------------- */

/* Nobody: unless the address is shared, the usual lookup must not go on. */
static __always_inline struct sock *nx_nobody(const struct nx_query *q, bool v6,
					      bool udp, bool shared)
{
	struct sock *sk = NULL;

	if (shared)
		return NULL;
	if (udp)
		sk = nx_udp_client(q, v6);
	return sk ?: ERR_PTR(-ECONNREFUSED);
}

static __always_inline struct sock *nx_search(const struct nx_query *q, bool v6,
					      bool udp)
{
	const struct nx_owner *owner = q->owner;
	bool shared = false;
	struct sock *sk;

	sk = udp ? nx_udp_exact(q, v6) : nx_tcp_exact(q, v6);
	if (unlikely(!owner))
		return nx_keep_from_stray(q, sk);
	if (sk)
		return sk;
	do {
		sk = udp ? nx_udp_owner(q, v6, owner->nxi) :
			   nx_tcp_owner(q, v6, owner->nxi);
		if (likely(sk))
			return sk;
		shared |= owner->shared;
		owner = nx_other(q, v6, owner);
	} while (owner);
	return nx_nobody(q, v6, udp, shared);
}

static noinline struct sock *nx_search_tcp4(const struct nx_query *q)
{
	return nx_search(q, false, false);
}

static noinline struct sock *nx_search_udp4(const struct nx_query *q)
{
	return nx_search(q, false, true);
}

/* Apart, so that what is the host's gets by without a struct on the stack. */
static noinline struct sock *
nx_owned4(const struct net *net, int protocol, struct sk_buff *skb, int doff,
	  __be32 saddr, __be16 sport, __be32 daddr, u16 hnum, int dif,
	  const struct nx_owner *owner, void *ehashfn)
{
	const struct nx_query q = {
		.net = net,
		.skb = skb,
		.doff = doff,
		.dif = dif,
		.hnum = hnum,
		.sport = sport,
		.saddr = saddr,
		.daddr = daddr,
		.owner = owner,
		.ehashfn = ehashfn,
	};

	return protocol == IPPROTO_UDP ? nx_search_udp4(&q) :
					 nx_search_tcp4(&q);
}

/**
 * __vs_lookup4 - The socket for a packet to an address that guests own
 * @net: network namespace
 * @protocol: IPPROTO_TCP or IPPROTO_UDP
 * @skb: the packet, or NULL
 * @doff: offset of the data behind the transport header
 * @saddr: source
 * @sport: source port
 * @daddr: destination
 * @hnum: destination port, host order
 * @dif: device it came in by
 * @ehashfn: the protocol's inet_ehashfn_t
 *
 * Return: the socket; NULL if no guest owns @daddr, or if the host may have
 * it; an error when nobody may receive.
 */
struct sock *__vs_lookup4(const struct net *net, int protocol,
			  struct sk_buff *skb, int doff, __be32 saddr,
			  __be16 sport, __be32 daddr, u16 hnum, int dif,
			  void *ehashfn)
{
	const struct nx_owner *owner = nx_owner4(net, daddr);

	if (!owner && likely(!atomic_read(&nx_strays)))
		return NULL;
	return nx_owned4(net, protocol, skb, doff, saddr, sport, daddr, hnum,
			 dif, owner, ehashfn);
}
EXPORT_SYMBOL_GPL(__vs_lookup4);

#if IS_ENABLED(CONFIG_IPV6)
static noinline struct sock *nx_search_tcp6(const struct nx_query *q)
{
	return nx_search(q, true, false);
}

static noinline struct sock *nx_search_udp6(const struct nx_query *q)
{
	return nx_search(q, true, true);
}

/* What stands for ::1 is nobody's but its guest's, and for nobody outside. */
static bool nx_lback6_closed(const struct nx_owner *owner,
			     const struct in6_addr *daddr, int dif)
{
	if (!nx_is_lback6(daddr, NULL))
		return false;
	return !owner || dif != LOOPBACK_IFINDEX ||
	       !nx_flag(owner->nxi, NXF_LBACK_REMAP);
}

static noinline struct sock *
nx_owned6(const struct net *net, int protocol, struct sk_buff *skb, int doff,
	  const struct in6_addr *saddr, __be16 sport,
	  const struct in6_addr *daddr, u16 hnum, int dif,
	  const struct nx_owner *owner, void *ehashfn)
{
	const struct nx_query q = {
		.net = net,
		.skb = skb,
		.doff = doff,
		.dif = dif,
		.hnum = hnum,
		.sport = sport,
		.saddr6 = saddr,
		.daddr6 = daddr,
		.owner = owner,
		.ehashfn = ehashfn,
	};

	return protocol == IPPROTO_UDP ? nx_search_udp6(&q) :
					 nx_search_tcp6(&q);
}

/**
 * __vs_lookup6 - The socket for a packet to an address that guests own
 * @net: network namespace
 * @protocol: IPPROTO_TCP or IPPROTO_UDP
 * @skb: the packet, or NULL
 * @doff: offset of the data behind the transport header
 * @saddr: source
 * @sport: source port
 * @daddr: destination
 * @hnum: destination port, host order
 * @dif: device it came in by
 * @ehashfn: the protocol's inet6_ehashfn_t
 *
 * Return: the socket; NULL if no guest owns @daddr, or if the host may have
 * it; an error when nobody may receive.
 */
struct sock *__vs_lookup6(const struct net *net, int protocol,
			  struct sk_buff *skb, int doff,
			  const struct in6_addr *saddr, __be16 sport,
			  const struct in6_addr *daddr, u16 hnum, int dif,
			  void *ehashfn)
{
	const struct nx_owner *owner = nx_owner6(net, daddr);

	if (unlikely(nx_lback6_like(daddr)) &&
	    nx_lback6_closed(owner, daddr, dif))
		return ERR_PTR(-ECONNREFUSED);
	if (!owner && likely(!atomic_read(&nx_strays)))
		return NULL;
	return nx_owned6(net, protocol, skb, doff, saddr, sport, daddr, hnum,
			 dif, owner, ehashfn);
}
EXPORT_SYMBOL_GPL(__vs_lookup6);
#endif

/* --- raw sockets, broadcast, multicast -------------------------------------------------- */

/* The limited broadcast reaches whoever has an address on that network. */
static bool nx_on_link(const struct nx_view *view, int dif)
{
	const struct in_device *in_dev;
	const struct in_ifaddr *ifa;
	struct net_device *dev;

	dev = dev_get_by_index_rcu((struct net *)view->net, dif);
	in_dev = dev ? __in_dev_get_rcu(dev) : NULL;
	if (!in_dev)
		return false;
	in_dev_for_each_ifa_rcu(ifa, in_dev)
		if (nx_set_has4(view->set, ifa->ifa_local))
			return true;
	return false;
}

/* Of multicast the stack delivers joined groups only, see sock.c. */
static bool nx_gets4(const struct nx_view *view, __be32 daddr, int dif)
{
	if (ipv4_is_multicast(daddr))
		return true;
	if (!nx_own_bcast4(view, daddr))
		return false;
	return !ipv4_is_lbcast(daddr) || nx_on_link(view, dif);
}

/**
 * __vs_mcast_denied - May a guest's UDP socket not get a copy of a packet?
 * @sk: socket with a context
 * @daddr: broadcast or multicast address
 * @dif: device it came in by
 *
 * Return: true if it is somebody else's.
 */
bool __vs_mcast_denied(const struct sock *sk, __be32 daddr, int dif)
{
	struct nx_info *nxi = nx_of_sock(sk);
	struct nx_view view;
	bool denied;

	if (!nxi)
		return false;
	rcu_read_lock();
	view = nx_view(sock_net(sk), nxi);
	denied = !nx_gets4(&view, daddr, dif);
	rcu_read_unlock();
	return denied;
}

/**
 * __vs_raw4_denied - May a guest's raw socket not get a copy of a packet?
 * @sk: socket with a context
 * @daddr: destination
 * @dif: device it came in by
 *
 * Return: true if it is somebody else's.
 */
bool __vs_raw4_denied(const struct sock *sk, __be32 daddr, int dif)
{
	struct nx_info *nxi = nx_of_sock(sk);
	struct nx_view view;
	bool denied;

	if (!nxi)
		return false;
	rcu_read_lock();
	view = nx_view(sock_net(sk), nxi);
	denied = !nx_own4(&view, daddr) && !nx_gets4(&view, daddr, dif);
	rcu_read_unlock();
	return denied;
}
EXPORT_SYMBOL_GPL(__vs_raw4_denied);

#if IS_ENABLED(CONFIG_IPV6)
/* Raw wildcard sockets get any group by default, joined or not. */
static bool nx_joined6(const struct sock *sk, const struct in6_addr *group)
{
	return inet6_mc_check(sk, group, &in6addr_any);
}

static bool nx_raw6_gets(const struct nx_view *view, const struct sock *sk,
			 const struct in6_addr *daddr, int dif)
{
	if (ipv6_addr_is_multicast(daddr))
		return nx_cap(view->nxi, NXC_MULTICAST) &&
		       nx_joined6(sk, daddr);
	if (nx_is_lback6(daddr, NULL) && dif != LOOPBACK_IFINDEX)
		return false;
	return nx_own6(view, daddr);
}

/**
 * __vs_raw6_denied - May a guest's raw socket not get a copy of a packet?
 * @sk: socket with a context
 * @daddr: destination
 * @dif: device it came in by
 *
 * Return: true if it is somebody else's.
 */
bool __vs_raw6_denied(const struct sock *sk, const struct in6_addr *daddr,
		      int dif)
{
	struct nx_info *nxi = nx_of_sock(sk);
	struct nx_view view;
	bool denied;

	if (!nxi)
		return false;
	rcu_read_lock();
	view = nx_view(sock_net(sk), nxi);
	denied = !nx_raw6_gets(&view, sk, daddr, dif);
	rcu_read_unlock();
	return denied;
}
EXPORT_SYMBOL_GPL(__vs_raw6_denied);
#endif
