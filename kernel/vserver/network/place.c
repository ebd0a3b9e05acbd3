// SPDX-License-Identifier: GPL-2.0-only
/*
 * How the entries of a set are cut into places for the owner table.
 */

#include "place.h"

/**
 * nx_cut_start - Begin to walk the places of an entry
 * @e: the entry
 *
 * An entry for all of IPv4, and one that matches nothing, have no places.
 *
 * Return: to be handed to nx_cut_next().
 */
struct nx_cut nx_cut_start(const struct nx_entry *e)
{
	struct nx_cut done = { .next = 1, .last = 0 }, whole = {};
	u32 first, last;

	if (e->v6)
		return nx_entry_has6(&e->a6, &e->a6.ip) ? whole : done;
	if (!nx_wide_type(e->a4.type))
		return whole;
	if (nx_entry_all4(&e->a4))
		return done;
	if (e->a4.type & NXA_TYPE_MASK)
		return nx_entry_has4(&e->a4, e->a4.ip) ? whole : done;
	if (!nx_span4(&e->a4, &first, &last))
		return done;
	return (struct nx_cut){ .next = first, .last = last };
}

/* The largest place that begins at cut->next. */
static struct nx_place_key nx_cut_range(u64 net_cookie, struct nx_cut *cut)
{
	u64 first = cut->next;
	u64 size = first ? first & -first : BIT_ULL(32);

	while (first + size - 1 > cut->last)
		size >>= 1;
	cut->next = first + size;
	return nx_key4(net_cookie, cpu_to_be32(first),
		       cpu_to_be32((u32)-size));
}

/**
 * nx_cut_next - The next place of an entry
 * @e: the entry
 * @net_cookie: network namespace of its context
 * @cut: how far it got
 * @key: set to the place
 *
 * Return: false at the end; a RANGE has 62 places at most, others have one.
 */
bool nx_cut_next(const struct nx_entry *e, u64 net_cookie, struct nx_cut *cut,
		 struct nx_place_key *key)
{
	if (cut->next > cut->last)
		return false;
	if (!e->v6 && (e->a4.type & NXA_TYPE_RANGE)) {
		*key = nx_cut_range(net_cookie, cut);
		return true;
	}
	cut->next = cut->last + 1;
	if (e->v6)
		*key = nx_key6(net_cookie, &e->a6.ip, &e->a6.mask);
	else
		*key = nx_key4(net_cookie, e->a4.ip,
			       nx_wide_type(e->a4.type) ? e->a4.mask :
							  htonl(~0));
	return true;
}

/**
 * nx_entry_shared - Does the host use the addresses of an entry as well?
 * @e: the entry
 *
 * So it was declared, or it covers the loopback address of the host.
 */
bool nx_entry_shared(const struct nx_entry *e)
{
	if (e->v6)
		return (e->a6.type & NXA_MOD_SHARED) ||
		       nx_entry_has6(&e->a6, &in6addr_loopback);
	if (nx_wide_type(e->a4.type) && nx_entry_all4(&e->a4))
		return false;
	return (e->a4.type & NXA_MOD_SHARED) ||
	       nx_entry_has4(&e->a4, NX_LOCALHOST4);
}
