// SPDX-License-Identifier: GPL-2.0-only
/*
 * What a network context owns: an immutable snapshot, replaced as a whole.
 *
 * Every packet for an unconnected socket of a guest asks whether an address
 * is in the set, so the answer must not depend on the number of entries:
 * single addresses are hashed, what MASK and RANGE entries cover is merged
 * into disjoint spans for a binary search. Only a MASK with holes is compared
 * one by one.
 *
 * MASK and RANGE never cover the loopback addresses of network contexts
 * (127.x.y.0/24 with x.y >= 2, and the prefix of lback6): these belong to
 * their context alone, whatever others are given.
 */

#include <linux/hash.h>
#include <linux/jhash.h>
#include <linux/log2.h>
#include <linux/minmax.h>
#include <linux/mm.h>
#include <linux/overflow.h>
#include <linux/slab.h>
#include <linux/sort.h>
#include <net/ipv6.h>

#include "config.h"

#define NX_ENTRIES_MAX	65534U	/* of a family: slots hold index + 1 in 16 bits */

/* Both ends belong to a span; host order, so that it can be sorted. */
struct nx_span4 {
	u32 first;
	u32 last;
};

struct nx_key6 {
	u64 hi;
	u64 lo;
};

struct nx_span6 {
	struct nx_key6 first;
	struct nx_key6 last;
};

/* --- single entries ---------------------------------------------------------- */

static bool nx_contiguous4(__be32 mask)
{
	u32 holes = ~be32_to_cpu(mask);

	return !(holes & (holes + 1));
}

/**
 * nx_span4 - The addresses of a MASK or RANGE entry as an interval
 * @e: the entry
 * @first: set to the first address, host order
 * @last: set to the last one
 *
 * Return: false if there is no interval: the entry matches nothing, or its
 * mask has holes.
 */
bool nx_span4(const struct nx_v4 *e, u32 *first, u32 *last)
{
	bool range = e->type & NXA_TYPE_RANGE;

	if (!nx_contiguous4(e->mask) || (!range && (e->ip & ~e->mask)))
		return false;
	*first = be32_to_cpu(e->ip & e->mask);
	*last = be32_to_cpu((range ? e->ip2 & e->mask : e->ip) | ~e->mask);
	return *first <= *last;
}

/**
 * nx_entry_all4 - Does an entry stand for all of IPv4?
 * @e: the entry
 */
bool nx_entry_all4(const struct nx_v4 *e)
{
	u32 first, last;

	return nx_wide_type(e->type) && nx_span4(e, &first, &last) &&
	       !first && last == U32_MAX;
}

/**
 * nx_entry_has4 - Does an entry match an address?
 * @e: the entry
 * @addr: the address
 */
bool nx_entry_has4(const struct nx_v4 *e, __be32 addr)
{
	u32 first, last;

	if (!nx_wide_type(e->type))
		return e->ip == addr;
	if (e->type & NXA_TYPE_MASK)
		return (addr & e->mask) == e->ip;
	return nx_span4(e, &first, &last) && be32_to_cpu(addr) >= first &&
	       be32_to_cpu(addr) <= last;
}

/**
 * nx_entry_has6 - Does an entry match an address?
 * @e: the entry
 * @addr: the address
 */
bool nx_entry_has6(const struct nx_v6 *e, const struct in6_addr *addr)
{
	for (int i = 0; i < 4; i++)
		if ((addr->s6_addr32[i] & e->mask.s6_addr32[i]) !=
		    e->ip.s6_addr32[i])
			return false;
	return true;
}

static struct nx_key6 nx_key6(const struct in6_addr *addr)
{
	return (struct nx_key6){
		.hi = (u64)be32_to_cpu(addr->s6_addr32[0]) << 32 |
		      be32_to_cpu(addr->s6_addr32[1]),
		.lo = (u64)be32_to_cpu(addr->s6_addr32[2]) << 32 |
		      be32_to_cpu(addr->s6_addr32[3]),
	};
}

static bool nx_less6(const struct nx_key6 *a, const struct nx_key6 *b)
{
	return a->hi != b->hi ? a->hi < b->hi : a->lo < b->lo;
}

static bool nx_contiguous6(const struct in6_addr *mask)
{
	struct nx_key6 key = nx_key6(mask);
	u64 hi = ~key.hi, lo = ~key.lo;

	return !(hi & (hi + 1)) && !(lo & (lo + 1)) && (!hi || !key.lo);
}

/* As nx_span4(). */
static bool nx_span6(const struct nx_v6 *e, struct nx_span6 *span)
{
	struct in6_addr last;

	if (!nx_contiguous6(&e->mask) || !nx_entry_has6(e, &e->ip))
		return false;
	for (int i = 0; i < 4; i++)
		last.s6_addr32[i] = e->ip.s6_addr32[i] | ~e->mask.s6_addr32[i];
	span->first = nx_key6(&e->ip);
	span->last = nx_key6(&last);
	return true;
}

/* --- look-up ------------------------------------------------------------------- */

static u32 nx_slot4(const struct nx_set *set, __be32 addr)
{
	return hash_32((__force u32)addr, set->hash_bits);
}

static u32 nx_slot6(const struct nx_set *set, const struct in6_addr *addr)
{
	return jhash2((__force const u32 *)addr->s6_addr32, 4, 0) >>
	       (32 - set->hash_bits);
}

static u32 nx_next_slot(const struct nx_set *set, u32 slot)
{
	return (slot + 1) & (BIT(set->hash_bits) - 1);
}

static noinline bool nx_wide_owns4(const struct nx_set *set, __be32 addr)
{
	u32 host = be32_to_cpu(addr), from = 0, to = set->nspans4;

	if (nx_block_nid(addr))
		return false;
	while (from < to) {
		u32 mid = from + (to - from) / 2;

		if (host < set->spans4[mid].first)
			to = mid;
		else if (host > set->spans4[mid].last)
			from = mid + 1;
		else
			return true;
	}
	for (u32 i = 0; set->odd4 && i < set->n4; i++)
		if (nx_entry_has4(&set->v4[i], addr))
			return true;
	return false;
}

static noinline bool nx_hashed4(const struct nx_set *set, __be32 addr)
{
	u32 slot = nx_slot4(set, addr);
	u16 i;

	for (; (i = set->hash4[slot]); slot = nx_next_slot(set, slot))
		if (set->v4[i - 1].ip == addr)
			return true;
	return unlikely(set->wide4) && nx_wide_owns4(set, addr);
}

/* As nx_set_has4(), but an entry for all of IPv4 does not count. */
static __always_inline bool nx_set_owns4(const struct nx_set *set, __be32 addr)
{
	/* for most guests the only one; 0 is nobody's */
	return likely(addr == set->first4) ? !!addr : nx_hashed4(set, addr);
}

/**
 * nx_set_has4 - Is an IPv4 address in a set?
 * @set: the set, valid under RCU
 * @addr: the address; neither the loopback nor the broadcast address counts
 */
bool nx_set_has4(const struct nx_set *set, __be32 addr)
{
	return nx_set_owns4(set, addr) ||
	       (unlikely(set->all) && !nx_block_nid(addr));
}

static noinline bool nx_wide_has6(const struct nx_set *set,
				  const struct in6_addr *addr)
{
	struct nx_key6 key = nx_key6(addr);
	u32 from = 0, to = set->nspans6, nid;

	if (nx_is_lback6(addr, &nid))
		return false;
	while (from < to) {
		u32 mid = from + (to - from) / 2;

		if (nx_less6(&key, &set->spans6[mid].first))
			to = mid;
		else if (nx_less6(&set->spans6[mid].last, &key))
			from = mid + 1;
		else
			return true;
	}
	for (u32 i = 0; set->odd6 && i < set->n6; i++)
		if (nx_entry_has6(&set->v6[i], addr))
			return true;
	return false;
}

static noinline bool nx_hashed6(const struct nx_set *set,
				const struct in6_addr *addr)
{
	u32 slot = nx_slot6(set, addr);
	u16 i;

	for (; (i = set->hash6[slot]); slot = nx_next_slot(set, slot))
		if (ipv6_addr_equal(&set->v6[i - 1].ip, addr))
			return true;
	return unlikely(set->wide6) && nx_wide_has6(set, addr);
}

/**
 * nx_set_has6 - Is an IPv6 address in a set?
 * @set: the set, valid under RCU
 * @addr: the address; the loopback address does not count
 */
bool nx_set_has6(const struct nx_set *set, const struct in6_addr *addr)
{
	return likely(ipv6_addr_equal(addr, &set->first6)) ?
	       !ipv6_addr_any(addr) : nx_hashed6(set, addr);
}

/* --- two sets -------------------------------------------------------------------- */

/* Is a single address of @a in @b? */
static bool nx_singles_in4(const struct nx_set *a, const struct nx_set *b)
{
	for (u32 i = 0; i < a->n4; i++)
		if (!nx_wide_type(a->v4[i].type) &&
		    nx_set_owns4(b, a->v4[i].ip))
			return true;
	return false;
}

static bool nx_singles_in6(const struct nx_set *a, const struct nx_set *b)
{
	for (u32 i = 0; i < a->n6; i++)
		if (!nx_wide_type(a->v6[i].type) &&
		    nx_set_has6(b, &a->v6[i].ip))
			return true;
	return false;
}

static bool nx_spans_meet4(const struct nx_set *a, const struct nx_set *b)
{
	u32 i = 0, j = 0;

	while (i < a->nspans4 && j < b->nspans4) {
		if (a->spans4[i].last < b->spans4[j].first)
			i++;
		else if (b->spans4[j].last < a->spans4[i].first)
			j++;
		else
			return true;
	}
	/* Do not work out what a mask with holes has in common with others. */
	return (a->odd4 && b->wide4) || (b->odd4 && a->wide4);
}

static bool nx_spans_meet6(const struct nx_set *a, const struct nx_set *b)
{
	u32 i = 0, j = 0;

	while (i < a->nspans6 && j < b->nspans6) {
		if (nx_less6(&a->spans6[i].last, &b->spans6[j].first))
			i++;
		else if (nx_less6(&b->spans6[j].last, &a->spans6[i].first))
			j++;
		else
			return true;
	}
	return (a->odd6 && b->wide6) || (b->odd6 && a->wide6);
}

static bool nx_meet4(const struct nx_set *a, const struct nx_set *b)
{
	if (a->n4 > b->n4)
		swap(a, b);
	return nx_singles_in4(a, b) ||
	       (a->wide4 && (nx_singles_in4(b, a) || nx_spans_meet4(a, b)));
}

/**
 * nx_sets_meet4 - Do two sets have an IPv4 address in common?
 * @a: a set, valid under RCU
 * @b: another
 *
 * Return: also true in doubt (masks with holes).
 */
bool nx_sets_meet4(const struct nx_set *a, const struct nx_set *b)
{
	return a->all || b->all || nx_meet4(a, b);
}

/**
 * nx_sets_meet6 - Do two sets have an IPv6 address in common?
 * @a: a set, valid under RCU
 * @b: another
 *
 * Return: also true in doubt (masks with holes).
 */
bool nx_sets_meet6(const struct nx_set *a, const struct nx_set *b)
{
	if (a->n6 > b->n6)
		swap(a, b);
	return nx_singles_in6(a, b) ||
	       (a->wide6 && (nx_singles_in6(b, a) || nx_spans_meet6(a, b)));
}

/**
 * nx_entries_meet - Do two sets own an address in common?
 * @a: a set
 * @b: another
 *
 * An entry for all of IPv4 owns nothing.
 */
bool nx_entries_meet(const struct nx_set *a, const struct nx_set *b)
{
	return nx_meet4(a, b) || nx_sets_meet6(a, b);
}

/* --- making one -------------------------------------------------------------------- */

/* Copies what remains and what comes to @to; returns how many that are. */
static u32 nx_gather4(const struct nx_set *old, const struct nx_edit *edit,
		      struct nx_v4 *to)
{
	u32 n = 0;

	for (u32 i = 0; old && edit->drop4 != NX_DROP_ALL && i < old->n4; i++) {
		if (edit->drop4 == (int)i)
			continue;
		if (to)
			to[n] = old->v4[i];
		n++;
	}
	for (u32 i = 0; i < edit->nadd; i++) {
		if (edit->add[i].v6)
			continue;
		if (to)
			to[n] = edit->add[i].a4;
		n++;
	}
	return n;
}

static u32 nx_gather6(const struct nx_set *old, const struct nx_edit *edit,
		      struct nx_v6 *to)
{
	u32 n = 0;

	for (u32 i = 0; old && edit->drop6 != NX_DROP_ALL && i < old->n6; i++) {
		if (edit->drop6 == (int)i)
			continue;
		if (to)
			to[n] = old->v6[i];
		n++;
	}
	for (u32 i = 0; i < edit->nadd; i++) {
		if (!edit->add[i].v6)
			continue;
		if (to)
			to[n] = edit->add[i].a6;
		n++;
	}
	return n;
}

/*
 * One piece of memory for the set and its arrays, in order of descending
 * alignment. @w4, @w6: room for spans.
 */
static struct nx_set *nx_set_alloc(u32 n4, u32 n6, u32 w4, u32 w6)
{
	u32 bits = order_base_2(2 * max3(n4, n6, 1U));
	size_t size = sizeof(struct nx_set);
	struct nx_set *set;

	size += w6 * sizeof(struct nx_span6) + w4 * sizeof(struct nx_span4);
	size += n6 * sizeof(struct nx_v6) + n4 * sizeof(struct nx_v4);
	size += 2 * sizeof(u16) * BIT(bits);
	set = kvzalloc(size, GFP_KERNEL_ACCOUNT);
	if (!set)
		return NULL;
	set->n4 = n4;
	set->n6 = n6;
	set->hash_bits = bits;
	set->spans6 = (void *)(set + 1);
	set->spans4 = (void *)(set->spans6 + w6);
	set->v6 = (void *)(set->spans4 + w4);
	set->v4 = (void *)(set->v6 + n6);
	set->hash4 = (void *)(set->v4 + n4);
	set->hash6 = set->hash4 + BIT(bits);
	return set;
}

static int nx_cmp_span4(const void *a, const void *b)
{
	const struct nx_span4 *x = a, *y = b;

	return x->first < y->first ? -1 : x->first > y->first;
}

static int nx_cmp_span6(const void *a, const void *b)
{
	const struct nx_span6 *x = a, *y = b;

	return nx_less6(&x->first, &y->first) ? -1 :
	       nx_less6(&y->first, &x->first);
}

/* Sorts the spans and joins those that overlap. */
static void nx_merge_spans4(struct nx_set *set)
{
	struct nx_span4 *to = set->spans4;
	u32 n = set->nspans4;

	if (n < 2)
		return;
	sort(set->spans4, n, sizeof(*to), nx_cmp_span4, NULL);
	for (struct nx_span4 *s = to + 1; s < set->spans4 + n; s++) {
		if (s->first > to->last)
			*++to = *s;
		else if (s->last > to->last)
			to->last = s->last;
	}
	set->nspans4 = to + 1 - set->spans4;
}

static void nx_merge_spans6(struct nx_set *set)
{
	struct nx_span6 *to = set->spans6;
	u32 n = set->nspans6;

	if (n < 2)
		return;
	sort(set->spans6, n, sizeof(*to), nx_cmp_span6, NULL);
	for (struct nx_span6 *s = to + 1; s < set->spans6 + n; s++) {
		if (nx_less6(&to->last, &s->first))
			*++to = *s;
		else if (nx_less6(&to->last, &s->last))
			to->last = s->last;
	}
	set->nspans6 = to + 1 - set->spans6;
}

static void nx_index_wide4(struct nx_set *set, const struct nx_v4 *e)
{
	struct nx_span4 *span = set->spans4 + set->nspans4;

	set->wide4 = true;
	if (nx_entry_all4(e))
		set->all = true;
	else if (nx_span4(e, &span->first, &span->last))
		set->nspans4++;
	else if (!nx_contiguous4(e->mask))
		set->odd4 = true;
}

static void nx_index4(struct nx_set *set)
{
	for (u32 i = 0; i < set->n4; i++) {
		const struct nx_v4 *e = &set->v4[i];
		u32 slot;

		if (nx_wide_type(e->type)) {
			nx_index_wide4(set, e);
			continue;
		}
		if (!set->addrs4++)
			set->first4 = e->ip;
		slot = nx_slot4(set, e->ip);
		while (set->hash4[slot])
			slot = nx_next_slot(set, slot);
		set->hash4[slot] = i + 1;
	}
	nx_merge_spans4(set);
}

static void nx_index_wide6(struct nx_set *set, const struct nx_v6 *e)
{
	set->wide6 = true;
	if (nx_span6(e, set->spans6 + set->nspans6))
		set->nspans6++;
	else if (!nx_contiguous6(&e->mask))
		set->odd6 = true;
}

static void nx_index6(struct nx_set *set)
{
	for (u32 i = 0; i < set->n6; i++) {
		const struct nx_v6 *e = &set->v6[i];
		u32 slot;

		if (nx_wide_type(e->type)) {
			nx_index_wide6(set, e);
			continue;
		}
		if (!set->addrs6++)
			set->first6 = e->ip;
		slot = nx_slot6(set, &e->ip);
		while (set->hash6[slot])
			slot = nx_next_slot(set, slot);
		set->hash6[slot] = i + 1;
	}
	nx_merge_spans6(set);
}

/**
 * nx_set_edit - Make a set from another one
 * @old: the present set, NULL for none
 * @edit: what is different
 *
 * May sleep. The caller publishes the new set and frees the old one after a
 * grace period.
 *
 * Return: the new set or NULL without memory, or with too many entries.
 */
struct nx_set *nx_set_edit(const struct nx_set *old, const struct nx_edit *edit)
{
	u32 n4 = nx_gather4(old, edit, NULL), n6 = nx_gather6(old, edit, NULL);
	u32 w4 = edit->nadd + (old ? old->n4 - old->addrs4 : 0);
	u32 w6 = edit->nadd + (old ? old->n6 - old->addrs6 : 0);
	struct nx_set *set;

	if (n4 > NX_ENTRIES_MAX || n6 > NX_ENTRIES_MAX)
		return NULL;
	set = nx_set_alloc(n4, n6, w4, w6);
	if (!set)
		return NULL;
	nx_gather4(old, edit, set->v4);
	nx_gather6(old, edit, set->v6);
	set->lback4 = edit->lback4 || !old ? edit->lback4 : old->lback4;
	set->bcast4 = edit->set_bcast4 || !old ? edit->bcast4 : old->bcast4;
	nx_index4(set);
	nx_index6(set);
	return set;
}
