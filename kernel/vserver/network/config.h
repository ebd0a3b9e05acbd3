/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Private to the files that configure network contexts. Everything here is
 * called with nx_config held unless said otherwise.
 */
#ifndef _VSERVER_NETWORK_CONFIG_H
#define _VSERVER_NETWORK_CONFIG_H

#include <linux/lockdep.h>
#include <linux/xarray.h>

#include "network.h"

/**
 * struct nx_entry - an entry of a set, of either family
 * @v6: it is @a6, else @a4
 * @a4: IPv4 entry
 * @a6: IPv6 entry
 */
struct nx_entry {
	bool v6;
	union {
		struct nx_v4 a4;
		struct nx_v6 a6;
	};
};

#define NX_KEEP_ALL	(-1)	/* for nx_edit.drop */
#define NX_DROP_ALL	(-2)

/**
 * struct nx_edit - what a new set has and its predecessor had not
 * @add: entries to append
 * @nadd: how many
 * @drop4: index of the IPv4 entry to leave out, NX_KEEP_ALL or NX_DROP_ALL
 * @drop6: the same for IPv6
 * @lback4: new address for 127.0.0.1, 0 keeps the old one
 * @bcast4: new broadcast address, if @set_bcast4
 * @set_bcast4: @bcast4 counts
 */
struct nx_edit {
	const struct nx_entry *add;
	u32 nadd;
	int drop4;
	int drop6;
	__be32 lback4;
	__be32 bcast4;
	bool set_bcast4;
};

#define NX_EDIT(...)	((struct nx_edit){ .drop4 = NX_KEEP_ALL,	\
					   .drop6 = NX_KEEP_ALL, __VA_ARGS__ })

#define NX_LOCALHOST4	cpu_to_be32(INADDR_LOOPBACK)

/* lifecycle.c */
extern struct xarray nx_by_nid;

#define nx_for_each(index, nxi)	xa_for_each(&nx_by_nid, index, nxi)

static inline struct nx_set *nx_set_config(const struct nx_info *nxi)
{
	return rcu_dereference_protected(nxi->set,
					 lockdep_is_held(&nx_config));
}

/* 127.x.y.1, where x.y is the nid; a block of 256 addresses goes with it */
static inline __be32 nx_default_lback4(u32 nid)
{
	return cpu_to_be32(INADDR_LOOPBACK ^ nid << 8);
}

/* The nid whose loopback block an IPv4 address is in, 0 for none */
static inline u32 nx_block_nid(__be32 addr)
{
	u32 host = be32_to_cpu(addr);
	u32 nid = host >> 8 & 0xffff;

	return host >> 24 == IN_LOOPBACKNET && nid >= VX_ID_MIN ? nid : 0;
}

/*
 * The port domain of a context that shares no address. By serial: sockets that
 * outlive their context never meet those of another with the same nid.
 */
static inline int nx_own_domain(const struct nx_info *nxi)
{
	return -(int)nxi->id;
}

static inline bool nx_wide_type(u16 type)
{
	return type & (NXA_TYPE_MASK | NXA_TYPE_RANGE);
}

/* set.c */
struct nx_set *nx_set_edit(const struct nx_set *old,
			   const struct nx_edit *edit);
bool nx_entry_all4(const struct nx_v4 *e);
bool nx_span4(const struct nx_v4 *e, u32 *first, u32 *last);
bool nx_entry_has4(const struct nx_v4 *e, __be32 addr);
bool nx_entry_has6(const struct nx_v6 *e, const struct in6_addr *addr);
bool nx_entries_meet(const struct nx_set *a, const struct nx_set *b);

/* owner.c */
int nx_own(struct nx_info *nxi, const struct nx_entry *add, u32 n);
void nx_disown(struct nx_info *nxi, const struct nx_entry *e);
void nx_disown_all(struct nx_info *nxi);
bool nx_entry_shared(const struct nx_entry *e);
bool nx_owner_ready(void);

/* domain.c */
bool nx_block_free(u32 nid, u64 net_cookie);
int nx_claim(struct nx_info *nxi, const struct nx_entry *add, u32 n);
void nx_leave_domain(struct nx_info *nxi);

#endif /* _VSERVER_NETWORK_CONFIG_H */
