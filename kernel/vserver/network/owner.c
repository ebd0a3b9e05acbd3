// SPDX-License-Identifier: GPL-2.0-only
/*
 * Who owns an address.
 *
 * A place is a set of addresses (ip, mask) in a network namespace; its rows
 * are the contexts that own it. A single address is a place with a full mask,
 * a MASK entry is one place, a RANGE is cut into places. All places are in one
 * hash table. Before it stand bins of single addresses by a short hash, each
 * with their number and one of them: an address nobody owns mostly ends at a
 * number of 0, one that is owned mostly is that in the bin. Where there are or
 * were places with other masks (static key), one more probe follows for each
 * different mask in use.
 *
 * The loopback addresses need no rows: their owner is in the address. An
 * explicitly set lback has a row like a single address.
 *
 * Readers are under RCU; nx_config serialises changes.
 */

#include <linux/hash.h>
#include <linux/init.h>
#include <linux/jhash.h>
#include <linux/rculist.h>
#include <linux/rhashtable.h>
#include <linux/slab.h>
#include <net/ipv6.h>

#include "place.h"

/**
 * struct nx_mask - a mask that places have, other than the full one
 * @list: on nx_masks, in the order of the first use
 * @mask: as in the keys
 * @places: how many have it (nx_config)
 * @rcu: frees it
 */
struct nx_mask {
	struct list_head list;
	struct in6_addr mask;
	u32 places;
	struct rcu_head rcu;
};

/**
 * struct nx_place - owned addresses
 * @node: in nx_places
 * @key: which
 * @wide: their mask, NULL for a single address
 * @rows: the owners, never empty while listed
 * @rcu: frees it
 */
struct nx_place {
	struct rhash_head node;
	struct nx_place_key key;
	struct nx_mask *wide;
	struct list_head rows;
	struct rcu_head rcu;
};

/**
 * struct nx_row - one owner of one place
 * @owner: what the outside sees
 * @place: where
 * @at: on nx_place.rows
 * @of: on nx_info.owners (nx_config)
 * @rcu: frees it
 */
struct nx_row {
	struct nx_owner owner;
	struct nx_place *place;
	struct list_head at;
	struct list_head of;
	struct rcu_head rcu;
};

static struct rhashtable nx_places;
static bool nx_places_ready __ro_after_init;

#define NX_BIN_BITS	12

/**
 * struct nx_bin - single addresses of all namespaces with the same short hash
 * @places: how many there are
 * @place: that which came when there was no other, until it goes
 *
 * What is counted is in the table. A reader takes @places first: if it is 1,
 * and @place is there, then this is the one that was counted, or it came after
 * that one had gone. In both cases there is no need to look into the table.
 */
struct nx_bin {
	u32 places;
	struct nx_place __rcu *place;
};

static struct nx_bin nx_bins[BIT(NX_BIN_BITS)];

/*
 * On from the first place with another mask and never off, so that guests that
 * come and go do not patch the kernel each time.
 */
static DEFINE_STATIC_KEY_FALSE(nx_wide);
static struct list_head nx_masks[2] = {		/* by nx_place_key.v6 */
	LIST_HEAD_INIT(nx_masks[0]), LIST_HEAD_INIT(nx_masks[1]),
};

/* --- the table ------------------------------------------------------------------ */

static u32 nx_key_hash(const void *data, u32 len, u32 seed)
{
	const struct nx_place_key *key = data;

	if (!key->v6)
		return jhash_3words((__force u32)key->addr.s6_addr32[0],
				    (__force u32)key->mask.s6_addr32[0],
				    (u32)key->net_cookie, seed);
	return jhash2((__force const u32 *)key->addr.s6_addr32, 4,
		      jhash2((__force const u32 *)key->mask.s6_addr32, 4,
			     seed ^ (u32)key->net_cookie));
}

static u32 nx_place_hash(const void *data, u32 len, u32 seed)
{
	const struct nx_place *place = data;

	return nx_key_hash(&place->key, len, seed);
}

static int nx_place_cmp(struct rhashtable_compare_arg *arg, const void *obj)
{
	const struct nx_place_key *a = arg->key;
	const struct nx_place_key *b = &((const struct nx_place *)obj)->key;

	if (a->addr.s6_addr32[0] != b->addr.s6_addr32[0] ||
	    a->mask.s6_addr32[0] != b->mask.s6_addr32[0] ||
	    a->net_cookie != b->net_cookie || a->v6 != b->v6)
		return 1;
	return a->v6 && (!ipv6_addr_equal(&a->addr, &b->addr) ||
			 !ipv6_addr_equal(&a->mask, &b->mask));
}

static const struct rhashtable_params nx_place_params = {
	.key_len	= sizeof(struct nx_place_key),
	.key_offset	= offsetof(struct nx_place, key),
	.head_offset	= offsetof(struct nx_place, node),
	.hashfn		= nx_key_hash,
	.obj_hashfn	= nx_place_hash,
	.obj_cmpfn	= nx_place_cmp,
	.automatic_shrinking = true,
};

static const struct in6_addr nx_full6 = {
	.s6_addr32 = { htonl(~0), htonl(~0), htonl(~0), htonl(~0) },
};

/* IPv4 addresses have zero words behind them, as in a key. */
static __always_inline struct nx_bin *nx_bin4(__be32 addr)
{
	return &nx_bins[hash_32((__force u32)addr, NX_BIN_BITS)];
}

static __always_inline struct nx_bin *nx_bin6(const struct in6_addr *addr)
{
	return nx_bin4(addr->s6_addr32[0] ^ addr->s6_addr32[1] ^
		       addr->s6_addr32[2] ^ addr->s6_addr32[3]);
}

static __always_inline const struct nx_owner *
nx_first_row(struct nx_place *place)
{
	struct nx_row *row = list_first_or_null_rcu(&place->rows, struct nx_row,
						    at);

	return row ? &row->owner : NULL;
}

/* The first owner at a place, NULL for none. */
static __always_inline const struct nx_owner *
nx_probe(const struct nx_place_key *key)
{
	struct nx_place *place = rhashtable_lookup(&nx_places, key,
						   nx_place_params);

	return place ? nx_first_row(place) : NULL;
}

/* Places with other masks that cover an address, behind that of @after. */
static noinline const struct nx_owner *
nx_probe_wide(u64 net_cookie, bool v6, const struct in6_addr *addr,
	      const struct nx_mask *after)
{
	const struct list_head *pos = after ? &after->list : &nx_masks[v6];
	const struct nx_owner *owner;
	struct nx_place_key key;

	while ((pos = rcu_dereference(list_next_rcu(pos))) != &nx_masks[v6]) {
		const struct nx_mask *m = list_entry(pos, struct nx_mask, list);

		key = nx_key6(net_cookie, addr, &m->mask);
		key.v6 = v6;
		owner = nx_probe(&key);
		if (owner)
			return owner;
	}
	return NULL;
}

static const struct nx_owner *nx_block_owner(u64 net_cookie, u32 nid)
{
	struct nx_info *nxi = nx_lookup_rcu(nid);

	return nxi && nxi->net_cookie == net_cookie &&
	       nx_flag(nxi, NXF_LBACK_REMAP) ? &nxi->self : NULL;
}

/* The owner of a block of loopback addresses, unless it has set another lback. */
static noinline const struct nx_owner *
nx_block_owner4(u64 net_cookie, u32 nid)
{
	const struct nx_owner *owner = nx_block_owner(net_cookie, nid);

	if (!owner || nx_set_rcu(owner->nxi)->lback4 != nx_default_lback4(nid))
		return NULL;
	return owner;
}

static noinline const struct nx_owner *
nx_crowded4(u64 net_cookie, __be32 addr)
{
	const struct nx_place_key key = nx_key4(net_cookie, addr, htonl(~0));

	return nx_probe(&key);
}

static noinline const struct nx_owner *
nx_crowded6(u64 net_cookie, const struct in6_addr *addr)
{
	const struct nx_place_key key = nx_key6(net_cookie, addr, &nx_full6);

	return nx_probe(&key);
}

static __always_inline const struct nx_owner *
nx_single_owner4(u64 net_cookie, __be32 addr)
{
	const struct nx_bin *bin = nx_bin4(addr);
	/* in this order, see struct nx_bin */
	u32 places = smp_load_acquire(&bin->places);
	struct nx_place *place;

	if (!places)
		return NULL;
	place = rcu_dereference(bin->place);
	if (likely(place && place->key.addr.s6_addr32[0] == addr &&
		   place->key.net_cookie == net_cookie && !place->key.v6))
		return nx_first_row(place);
	return places == 1 && place ? NULL : nx_crowded4(net_cookie, addr);
}

static __always_inline const struct nx_owner *
nx_single_owner6(u64 net_cookie, const struct in6_addr *addr)
{
	const struct nx_bin *bin = nx_bin6(addr);
	/* in this order, see struct nx_bin */
	u32 places = smp_load_acquire(&bin->places);
	struct nx_place *place;

	if (!places)
		return NULL;
	place = rcu_dereference(bin->place);
	if (likely(place && ipv6_addr_equal(&place->key.addr, addr) &&
		   place->key.net_cookie == net_cookie && place->key.v6))
		return nx_first_row(place);
	return places == 1 && place ? NULL : nx_crowded6(net_cookie, addr);
}

static noinline const struct nx_owner *
nx_wide_owner4(u64 net_cookie, __be32 addr)
{
	const struct in6_addr key = { .s6_addr32[0] = addr };

	return nx_probe_wide(net_cookie, false, &key, NULL);
}

/**
 * nx_owner4 - Who owns an IPv4 address?
 * @net: where
 * @addr: the address
 *
 * Return: its first owner, NULL when it is the host's; valid under RCU.
 */
const struct nx_owner *nx_owner4(const struct net *net, __be32 addr)
{
	const struct nx_owner *owner = nx_single_owner4(net->net_cookie, addr);
	u32 nid;

	if (owner)
		return owner;
	nid = nx_block_nid(addr);
	if (unlikely(nid))
		return nx_block_owner4(net->net_cookie, nid);
	if (static_branch_unlikely(&nx_wide))
		return nx_wide_owner4(net->net_cookie, addr);
	return NULL;
}

/**
 * nx_owner6 - Who owns an IPv6 address?
 * @net: where
 * @addr: the address
 *
 * Return: its first owner, NULL when it is the host's; valid under RCU.
 */
const struct nx_owner *nx_owner6(const struct net *net,
				 const struct in6_addr *addr)
{
	const struct nx_owner *owner;
	u32 nid;

	if (nx_is_lback6(addr, &nid))
		return nx_block_owner(net->net_cookie, nid);
	owner = nx_single_owner6(net->net_cookie, addr);
	if (!owner && static_branch_unlikely(&nx_wide))
		owner = nx_probe_wide(net->net_cookie, true, addr, NULL);
	return owner;
}

static const struct nx_owner *
nx_owner_next(const struct nx_owner *owner, const struct in6_addr *addr,
	      bool wide)
{
	struct nx_row *row = container_of(owner, struct nx_row, owner), *next;
	struct nx_place *place;

	if (owner == &owner->nxi->self)
		return NULL;
	place = row->place;
	next = list_next_or_null_rcu(&place->rows, &row->at, struct nx_row, at);
	if (next)
		return &next->owner;
	if (!static_branch_unlikely(&nx_wide) || !wide)
		return NULL;
	return nx_probe_wide(place->key.net_cookie, place->key.v6, addr,
			     place->wide);
}

/**
 * nx_owner_next4 - The next owner of an IPv4 address
 * @owner: the present one, from nx_owner4() or this function
 * @addr: the same address as there
 *
 * Return: the owner or NULL for no more; in the same RCU section.
 */
const struct nx_owner *nx_owner_next4(const struct nx_owner *owner, __be32 addr)
{
	const struct in6_addr key = { .s6_addr32[0] = addr };

	return nx_owner_next(owner, &key, !nx_block_nid(addr));
}

/**
 * nx_owner_next6 - The next owner of an IPv6 address
 * @owner: the present one, from nx_owner6() or this function
 * @addr: the same address as there
 *
 * Return: the owner or NULL for no more; in the same RCU section.
 */
const struct nx_owner *nx_owner_next6(const struct nx_owner *owner,
				      const struct in6_addr *addr)
{
	return nx_owner_next(owner, addr, true);
}

/* --- changes ------------------------------------------------------------------------ */

static bool nx_key_single(const struct nx_place_key *key)
{
	return key->v6 ? ipv6_addr_equal(&key->mask, &nx_full6) :
			 key->mask.s6_addr32[0] == htonl(~0);
}

static struct nx_mask *nx_mask_get(const struct nx_place_key *key)
{
	struct nx_mask *m;

	list_for_each_entry(m, &nx_masks[key->v6], list) {
		if (ipv6_addr_equal(&m->mask, &key->mask)) {
			m->places++;
			return m;
		}
	}
	m = kzalloc(sizeof(*m), GFP_KERNEL_ACCOUNT);
	if (!m)
		return NULL;
	m->mask = key->mask;
	m->places = 1;
	list_add_tail_rcu(&m->list, &nx_masks[key->v6]);
	static_branch_enable(&nx_wide);
	return m;
}

static void nx_mask_put(struct nx_mask *m)
{
	if (--m->places)
		return;
	list_del_rcu(&m->list);
	kfree_rcu(m, rcu);
}

/* After the place has come into the table */
static void nx_bin_add(struct nx_place *place)
{
	struct nx_bin *bin = nx_bin6(&place->key.addr);
	u32 places = bin->places;

	WRITE_ONCE(bin->places, places + 1);
	if (!places)
		rcu_assign_pointer(bin->place, place);
}

/* Before it is taken off */
static void nx_bin_del(const struct nx_place *place)
{
	struct nx_bin *bin = nx_bin6(&place->key.addr);

	if (rcu_access_pointer(bin->place) == place)
		RCU_INIT_POINTER(bin->place, NULL);
	/* pairs with the acquire of readers: they see no pointer to it */
	smp_store_release(&bin->places, bin->places - 1);
}

/* A new place with its first owner. */
static int nx_place_add(const struct nx_place_key *key, struct nx_row *row)
{
	struct nx_place *place = kzalloc(sizeof(*place), GFP_KERNEL_ACCOUNT);

	if (!place)
		return -ENOMEM;
	place->key = *key;
	INIT_LIST_HEAD(&place->rows);
	row->place = place;
	list_add_tail(&row->at, &place->rows);
	if (!nx_key_single(key)) {
		place->wide = nx_mask_get(key);
		if (!place->wide)
			goto fail;
	}
	if (!rhashtable_insert_fast(&nx_places, &place->node, nx_place_params)) {
		if (!place->wide)
			nx_bin_add(place);
		return 0;
	}
	if (place->wide)
		nx_mask_put(place->wide);
fail:
	kfree(place);
	return -ENOMEM;
}

static int nx_row_add(struct nx_info *nxi, const struct nx_place_key *key,
		      bool shared)
{
	struct nx_row *row = kzalloc(sizeof(*row), GFP_KERNEL_ACCOUNT);
	struct nx_place *place;
	int ret;

	if (!row)
		return -ENOMEM;
	row->owner.nxi = nxi;
	row->owner.shared = shared;
	place = rhashtable_lookup_fast(&nx_places, key, nx_place_params);
	if (place) {
		row->place = place;
		list_add_tail_rcu(&row->at, &place->rows);
	} else {
		ret = nx_place_add(key, row);
		if (ret) {
			kfree(row);
			return ret;
		}
	}
	list_add_tail(&row->of, &nxi->owners);
	return 0;
}

static void nx_row_del(struct nx_row *row)
{
	struct nx_place *place = row->place;

	list_del(&row->of);
	list_del_rcu(&row->at);
	if (list_empty(&place->rows)) {
		if (!place->wide)
			nx_bin_del(place);
		rhashtable_remove_fast(&nx_places, &place->node,
				       nx_place_params);
		if (place->wide)
			nx_mask_put(place->wide);
		kfree_rcu(place, rcu);
	}
	kfree_rcu(row, rcu);
}

static void nx_key_disown(const struct nx_info *nxi,
			  const struct nx_place_key *key, bool shared)
{
	struct nx_place *place;
	struct nx_row *row;

	place = rhashtable_lookup_fast(&nx_places, key, nx_place_params);
	if (!place)
		return;
	list_for_each_entry(row, &place->rows, at) {
		if (row->owner.nxi == nxi && row->owner.shared == shared) {
			nx_row_del(row);
			return;
		}
	}
}

/**
 * nx_disown - Take the rows of an entry off the table
 * @nxi: whose entry
 * @e: the entry; rows that are not there are no error
 */
void nx_disown(struct nx_info *nxi, const struct nx_entry *e)
{
	struct nx_cut cut = nx_cut_start(e);
	struct nx_place_key key;

	while (nx_cut_next(e, nxi->net_cookie, &cut, &key))
		nx_key_disown(nxi, &key, nx_entry_shared(e));
}

static int nx_own_one(struct nx_info *nxi, const struct nx_entry *e)
{
	struct list_head *before = nxi->owners.prev;
	struct nx_cut cut = nx_cut_start(e);
	struct nx_place_key key;
	int ret = 0;

	while (!ret && nx_cut_next(e, nxi->net_cookie, &cut, &key))
		ret = nx_row_add(nxi, &key, nx_entry_shared(e));
	/* exactly the rows of this call: new ones are at the end */
	while (ret && nxi->owners.prev != before)
		nx_row_del(list_last_entry(&nxi->owners, struct nx_row, of));
	return ret;
}

/**
 * nx_own - Put the rows of entries on the table
 * @nxi: whose entries
 * @add: the entries
 * @n: how many
 *
 * Before the set is published that has them. May sleep.
 *
 * Return: 0 or -ENOMEM, then nothing has changed.
 */
int nx_own(struct nx_info *nxi, const struct nx_entry *add, u32 n)
{
	for (u32 i = 0; i < n; i++) {
		int ret = nx_own_one(nxi, &add[i]);

		if (ret) {
			while (i--)
				nx_disown(nxi, &add[i]);
			return ret;
		}
	}
	return 0;
}

/**
 * nx_disown_all - Take all rows of a context off the table
 * @nxi: the context
 */
void nx_disown_all(struct nx_info *nxi)
{
	while (!list_empty(&nxi->owners))
		nx_row_del(list_first_entry(&nxi->owners, struct nx_row, of));
}

/**
 * nx_owner_ready - Is the table there?
 */
bool nx_owner_ready(void)
{
	return nx_places_ready;
}

static int __init nx_owner_init(void)
{
	int ret = rhashtable_init(&nx_places, &nx_place_params);

	nx_places_ready = !ret;
	return ret;
}
core_initcall(nx_owner_init);
