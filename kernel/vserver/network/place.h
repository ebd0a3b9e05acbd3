/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Places: what the owner table is made of.
 */
#ifndef _VSERVER_NETWORK_PLACE_H
#define _VSERVER_NETWORK_PLACE_H

#include "config.h"

/**
 * struct nx_place_key - which addresses, and where
 * @addr: value under @mask; IPv4 in the first word, the others 0
 * @mask: likewise
 * @net_cookie: network namespace
 * @v6: family
 */
struct nx_place_key {
	struct in6_addr addr;
	struct in6_addr mask;
	u64 net_cookie;
	bool v6;
};

static inline struct nx_place_key
nx_key4(u64 net_cookie, __be32 addr, __be32 mask)
{
	return (struct nx_place_key){
		.addr.s6_addr32[0] = addr & mask,
		.mask.s6_addr32[0] = mask,
		.net_cookie = net_cookie,
	};
}

static inline struct nx_place_key
nx_key6(u64 net_cookie, const struct in6_addr *addr,
	const struct in6_addr *mask)
{
	struct nx_place_key key = {
		.mask = *mask, .net_cookie = net_cookie, .v6 = true,
	};

	for (int i = 0; i < 4; i++)
		key.addr.s6_addr32[i] = addr->s6_addr32[i] &
					mask->s6_addr32[i];
	return key;
}

/**
 * struct nx_cut - walks the places of an entry
 * @next: first address that no place has covered, host order; > @last: done
 * @last: last address of the entry
 */
struct nx_cut {
	u64 next;
	u64 last;
};

/* place.c */
struct nx_cut nx_cut_start(const struct nx_entry *e);
bool nx_cut_next(const struct nx_entry *e, u64 net_cookie, struct nx_cut *cut,
		 struct nx_place_key *key);

#endif /* _VSERVER_NETWORK_PLACE_H */
