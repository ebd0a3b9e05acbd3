// SPDX-License-Identifier: GPL-2.0-only
/*
 * The loopback addresses of a guest: a 127.0.0.1 and a ::1 of its own.
 *
 * With LBACK_REMAP a guest has the block 127.X.Y.0/24, X.Y being its number:
 * 127.0.0.C means 127.X.Y.C, and 127.0.1.1 (the name of the machine in
 * Debian's /etc/hosts) means 127.X.Y.1. An lback that was set by hand stands
 * for all of 127.0.0.0/24 and is the only one. ::1 means a fixed unique local
 * prefix plus the number; one route makes the prefix local, but no device has
 * the address, so nobody's source selection can pick it.
 *
 * Without LBACK_REMAP there is no ::1, and 127.0.0.0/8 only with LBACK_ALLOW:
 * then it is the host's, except for what other guests own of it.
 */

#include <linux/rtnetlink.h>
#include <net/addrconf.h>
#include <net/ip6_fib.h>
#include <net/ip6_route.h>
#include <net/route.h>

#include "sock.h"

#define NX_LOCALHOST_NET	0x7f000000U	/* 127.0.0.0/24 */
#define NX_DEBIAN_HOSTNAME	0x7f000101U	/* 127.0.1.1 */

/* In host order: the block of a context whose lback is the default, else 0. */
static u32 nx_block(const struct nx_view *view)
{
	u32 block = NX_LOCALHOST_NET | view->nxi->nid << 8;

	return ntohl(view->set->lback4) == (block | 1) ? block : 0;
}

/* Where 127.0.0.C leads, in host order; 0 for any other address. */
static u32 nx_remap(const struct nx_view *view, u32 addr)
{
	u32 block = nx_block(view);

	if (addr == NX_DEBIAN_HOSTNAME)
		return ntohl(view->set->lback4);
	if ((addr & ~0xffU) != NX_LOCALHOST_NET)
		return 0;
	return block ? block | (addr & 0xff) : ntohl(view->set->lback4);
}

/* An address of the block or the lback; the default ones need LBACK_REMAP. */
static bool nx_own_lback4(const struct nx_view *view, __be32 addr)
{
	u32 block = nx_block(view);

	if (!block)
		return addr == view->set->lback4;
	return (ntohl(addr) & ~0xffU) == block &&
	       nx_flag(view->nxi, NXF_LBACK_REMAP);
}

/* The host's 127.0.0.0/8, as far as it is nobody else's. */
static bool nx_host_lback4(const struct nx_view *view, __be32 addr)
{
	const struct nx_owner *owner;

	if (!ipv4_is_loopback(addr) || !nx_flag(view->nxi, NXF_LBACK_ALLOW) ||
	    nx_flag(view->nxi, NXF_LBACK_REMAP))
		return false;
	owner = nx_owner4(view->net, addr);
	return !owner || owner->shared;
}

/**
 * nx_own4 - May a context use an IPv4 address as its own?
 * @view: the context, not the host
 * @addr: unicast address, as it is on the wire
 *
 * Return: true for what is in the set and for the loopback it may use.
 */
bool nx_own4(const struct nx_view *view, __be32 addr)
{
	return nx_set_has4(view->set, addr) || nx_own_lback4(view, addr) ||
	       nx_host_lback4(view, addr);
}

/* The broadcast address that was set, or that of the network of an address. */
static bool nx_declared_bcast4(const struct nx_set *set, __be32 addr)
{
	if (addr == set->bcast4)
		return true;
	for (u32 i = 0; i < set->n4; i++) {
		const struct nx_v4 *a = &set->v4[i];

		if ((a->type & NXA_MASK_ALL) == NXA_TYPE_ADDR &&
		    ~a->mask && addr == (a->ip | ~a->mask))
			return true;
	}
	return false;
}

/**
 * nx_own_bcast4 - Is this a broadcast address that a context may use?
 * @view: the context, not the host
 * @addr: the address
 *
 * The limited one, or one that was declared and that the machine takes for a
 * broadcast too: a wrong netmask must not make somebody's address one.
 *
 * Return: true if so.
 */
bool nx_own_bcast4(const struct nx_view *view, __be32 addr)
{
	if (!view->set->n4)
		return false;
	if (ipv4_is_lbcast(addr))
		return true;
	return nx_declared_bcast4(view->set, addr) &&
	       inet_addr_type((struct net *)view->net, addr) == RTN_BROADCAST;
}

/* An address of 127.0.0.0/24 that the set has, other than 127.0.0.1. */
static bool nx_literal4(const struct nx_view *view, __be32 addr)
{
	return addr != htonl(INADDR_LOOPBACK) && !view->set->all &&
	       nx_set_has4(view->set, addr);
}

/**
 * nx_map_lback4 - Translate a loopback address into the context's own
 * @view: the context, not the host
 * @addr: an address of 127.0.0.0/8, or 0.0.0.0 for 127.0.0.1; may change
 *
 * The error for the case without LBACK_REMAP and LBACK_ALLOW is what the ABI
 * says (EPERM); another guest's loopback is a network that cannot be reached.
 *
 * Return: 0, or -EPERM, -ENETUNREACH.
 */
int nx_map_lback4(const struct nx_view *view, __be32 *addr)
{
	__be32 want = *addr ?: htonl(INADDR_LOOPBACK);
	bool remap = nx_flag(view->nxi, NXF_LBACK_REMAP);
	u32 to = remap ? nx_remap(view, ntohl(want)) : 0;

	if (to && !nx_literal4(view, want))
		want = htonl(to);
	else if (!nx_own4(view, want))
		return remap || nx_flag(view->nxi, NXF_LBACK_ALLOW) ?
		       -ENETUNREACH : -EPERM;
	*addr = want;
	return 0;
}

/**
 * nx_lback_source4 - Where from, when the destination is loopback?
 * @view: the context, not the host
 * @daddr: destination, which may be sent to
 *
 * Return: a source address, 0 if @daddr is not loopback.
 */
__be32 nx_lback_source4(const struct nx_view *view, __be32 daddr)
{
	if (nx_own_lback4(view, daddr))
		return view->set->lback4;
	if (!ipv4_is_loopback(daddr))
		return 0;
	return nx_host_lback4(view, htonl(INADDR_LOOPBACK)) ?
	       htonl(INADDR_LOOPBACK) : daddr;
}

/* --- IPv6 -------------------------------------------------------------------- */

/**
 * nx_lback6 - The address that stands for ::1
 * @nid: number of a context
 * @addr: where it is stored
 */
void nx_lback6(u32 nid, struct in6_addr *addr)
{
	/* fd "vs" "er" "ve" "r" as letters: fd76:7365:7276:6572::/96 */
	*addr = (struct in6_addr) { .s6_addr32 = {
		NX_LBACK6_HEAD, htonl(0x72766572), 0, htonl(nid) } };
}

/**
 * nx_is_lback6 - Does an address stand for some context's ::1?
 * @addr: the address
 * @nid: where the number of the context is stored, or NULL
 *
 * Return: true if it has the prefix, whether or not the context exists.
 */
bool nx_is_lback6(const struct in6_addr *addr, u32 *nid)
{
	if (!nx_lback6_like(addr) ||
	    addr->s6_addr32[1] != htonl(0x72766572) || addr->s6_addr32[2])
		return false;
	if (nid)
		*nid = ntohl(addr->s6_addr32[3]);
	return true;
}

/**
 * nx_own6 - May a context use an IPv6 address as its own?
 * @view: the context, not the host
 * @addr: unicast address, as it is on the wire
 *
 * Return: true for what is in the set and for the loopback it may use.
 */
bool nx_own6(const struct nx_view *view, const struct in6_addr *addr)
{
	if (nx_lback6_like(addr) && ipv6_addr_equal(addr, &view->nxi->lback6))
		return nx_flag(view->nxi, NXF_LBACK_REMAP);
	return nx_set_has6(view->set, addr);
}

/**
 * nx_map_lback6 - Translate ::1 into the context's own
 * @view: the context, not the host
 * @addr: ::1, or :: for the same, or some lback6; may change
 *
 * The host's ::1 is never shared: its users could not be told apart.
 *
 * Return: 0 or -ENETUNREACH.
 */
int nx_map_lback6(const struct nx_view *view, struct in6_addr *addr)
{
	bool mapped = ipv6_addr_any(addr) || ipv6_addr_loopback(addr);
	const struct in6_addr *want = mapped ? &view->nxi->lback6 : addr;

	if (!nx_own6(view, want))
		return -ENETUNREACH;
	*addr = *want;
	return 0;
}

#if IS_ENABLED(CONFIG_IPV6)
static int nx_add_route(struct net *net)
{
	struct fib6_config cfg = {
		.fc_table = RT6_TABLE_LOCAL,
		.fc_metric = IP6_RT_PRIO_USER,
		.fc_dst_len = 8 * NX_LBACK6_LEN,
		.fc_ifindex = net->loopback_dev->ifindex,
		.fc_flags = RTF_UP | RTF_NONEXTHOP | RTF_LOCAL,
		.fc_protocol = RTPROT_KERNEL,
		.fc_type = RTN_LOCAL,
		.fc_nlinfo.nl_net = net,
	};

	nx_lback6(0, &cfg.fc_dst);
	return ip6_route_add(&cfg, GFP_KERNEL, NULL);
}

/**
 * nx_lback6_route - Make the addresses that stand for ::1 local
 * @net: network namespace of a new context
 *
 * To be called whenever a context is made: the route is there only once, and
 * it is gone after the loopback device was down. May sleep.
 *
 * Return: 0, also where there is no IPv6; -ENETDOWN while the loopback device
 * is down; -ENOMEM.
 */
int nx_lback6_route(struct net *net)
{
	int ret;

	if (!ipv6_mod_enabled())
		return 0;
	rtnl_lock();
	ret = nx_add_route(net);
	rtnl_unlock();
	/* EEXIST: there already. The others: the device has no IPv6. */
	return ret == -EEXIST || ret == -ENODEV || ret == -EACCES ? 0 : ret;
}
#else
int nx_lback6_route(struct net *net)
{
	return 0;
}
#endif

/* --- what the guest is shown -------------------------------------------------- */

/* The way back: 127.X.Y.C is 127.0.0.C, an lback set by hand is 127.0.0.1. */
static void nx_show4(const struct nx_view *view, __be32 *addr)
{
	u32 block = nx_block(view);

	if (!nx_own_lback4(view, *addr))
		return;
	*addr = htonl(block ? NX_LOCALHOST_NET | (ntohl(*addr) & 0xff) :
			      INADDR_LOOPBACK);
}

static void nx_show6(const struct nx_view *view, struct in6_addr *addr)
{
	if (ipv6_addr_v4mapped(addr))
		nx_show4(view, &addr->s6_addr32[3]);
	else if (ipv6_addr_equal(addr, &view->nxi->lback6))
		*addr = in6addr_loopback;
}

/**
 * __vs_show_addr - Show a guest its loopback address as 127.0.0.1 or ::1
 * @addr: the kernel's copy of a socket address on its way to the caller
 * @len: its length
 *
 * With the flags LBACK_REMAP and HIDE_LBACK.
 */
void __vs_show_addr(struct sockaddr_storage *addr, int len)
{
	const u64 both = NXF_LBACK_REMAP | NXF_HIDE_LBACK;
	struct nx_info *nxi = nx_current();
	struct nx_view view;

	if ((READ_ONCE(nxi->nflags) & both) != both ||
	    !nx_in_net(nxi, current->nsproxy->net_ns))
		return;
	rcu_read_lock();
	view = nx_view(current->nsproxy->net_ns, nxi);
	if (len >= (int)sizeof(struct sockaddr_in) &&
	    addr->ss_family == AF_INET)
		nx_show4(&view, &((struct sockaddr_in *)addr)->sin_addr.s_addr);
	else if (len >= SIN6_LEN_RFC2133 && addr->ss_family == AF_INET6)
		nx_show6(&view, &((struct sockaddr_in6 *)addr)->sin6_addr);
	rcu_read_unlock();
}
