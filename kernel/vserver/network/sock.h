/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What sock.c, bind.c, lookup.c, flow.c, loopback.c and udp.c tell each other.
 */
#ifndef _VSERVER_NETWORK_SOCK_H
#define _VSERVER_NETWORK_SOCK_H

#include <linux/atomic.h>
#include <net/inet_sock.h>
#include <net/ipv6.h>
#include <net/sock.h>
#include <net/udp.h>

#include "network.h"

/**
 * struct nx_view - a context and its set as a socket or a task has them now
 * @net: network namespace
 * @nxi: the context, NULL for the host
 * @set: its set, valid under RCU; NULL for the host
 *
 * Made, used and forgotten within one rcu_read_lock().
 */
struct nx_view {
	const struct net *net;
	const struct nx_info *nxi;
	const struct nx_set *set;
};

/* The context of a socket that may be a mini socket, which has none. */
static inline struct nx_info *nx_of_sock(const struct sock *sk)
{
	return sk_fullsock(sk) ? READ_ONCE(sk->sk_nx) : NULL;
}

static inline struct nx_view nx_view(const struct net *net,
				     const struct nx_info *nxi)
{
	return (struct nx_view) {
		.net = net,
		.nxi = nxi,
		.set = nxi ? nx_set_rcu(nxi) : NULL,
	};
}

/* --- loopback.c: what an address means inside a context -------------------- */

/* First word of all lback6 */
#define NX_LBACK6_HEAD	htonl(0xfd767365)

static inline bool nx_lback6_like(const struct in6_addr *addr)
{
	return addr->s6_addr32[0] == NX_LBACK6_HEAD;
}

bool nx_own4(const struct nx_view *view, __be32 addr);
bool nx_own6(const struct nx_view *view, const struct in6_addr *addr);
bool nx_own_bcast4(const struct nx_view *view, __be32 addr);
int nx_map_lback4(const struct nx_view *view, __be32 *addr);
__be32 nx_lback_source4(const struct nx_view *view, __be32 daddr);
int nx_map_lback6(const struct nx_view *view, struct in6_addr *addr);

/* Does anything of the family count as the context's own address? */
static inline bool nx_has_family4(const struct nx_view *view)
{
	return view->set->n4 ||
	       nx_flag(view->nxi, NXF_LBACK_REMAP | NXF_LBACK_ALLOW);
}

static inline bool nx_has_family6(const struct nx_view *view)
{
	return view->set->n6 || nx_flag(view->nxi, NXF_LBACK_REMAP);
}

/* --- flow.c: what a context may send to; may change the address -------------- */

int nx_dest4(const struct nx_view *view, __be32 *addr);
int nx_dest6(const struct nx_view *view, struct in6_addr *addr);
bool nx_dev_hidden(const struct nx_view *view, int ifindex);

/* --- port.c, lookup.c: where the wildcard listeners of a context are --------------- */

static inline u32 nx_listen_slot(const struct nx_info *nxi, u32 hash, u32 mask)
{
	return mask ? hash + 1 + nxi->nid % mask : hash;
}

/* --- lost.c -------------------------------------------------------------------- */

/*
 * How many contexts exist that have lost addresses: their sockets may be bound
 * to one and must not receive there. No static key, for it comes and goes with
 * every guest that leaves a socket behind.
 */
extern atomic_t nx_strays;

/* --- udp.c --------------------------------------------------------------------- */

void nx_udp_adopt(struct sock *sk);

/*
 * The hash of a context's UDP wildcard sockets: bits flipped, so that it stays
 * an exclusive-or with the port; never the usual slot unless the context is in
 * the host's domain.
 */
static inline u32 nx_udp_slot(const struct nx_info *nxi, const struct net *net,
			      u32 hash)
{
	u32 domain = -READ_ONCE(nxi->domain);

	return domain ? hash ^ (1 + domain % net->ipv4.udp_table->mask) : hash;
}

#endif /* _VSERVER_NETWORK_SOCK_H */
