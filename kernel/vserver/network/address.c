// SPDX-License-Identifier: GPL-2.0-only
/*
 * Commands that give addresses to a network context and take them away
 * (spec/abi.md 8.7).
 *
 * The order is that of least harm: an address gets its owner before the set
 * has it, and is taken out of the set before it loses its owner. Whoever has
 * an address in hand at that moment finds it owned.
 *
 * Ours: the modifier NXA_MOD_SHARED on ADDR, MASK and RANGE declares that the
 * host uses the addresses as well; kernel.vserver.shared_addresses sets it on
 * every entry. An entry that covers the host's 127.0.0.1 or ::1 is treated so
 * in any case: no guest takes them from the host.
 *
 * A MASK or RANGE for all of IPv4 ("0.0.0.0" of the tools) owns nothing; it
 * makes the context unconfined: a socket that is made while the entry is there
 * stays unconfined for ever. Such an entry can be taken away only while the
 * context is set up or has no tasks.
 */

#include <linux/inetdevice.h>
#include <linux/ipv6.h>
#include <linux/mm.h>
#include <linux/rculist.h>
#include <linux/slab.h>
#include <net/ipv6.h>

#include "../switch.h"
#include "config.h"

/* kernel.vserver.shared_addresses: 1: all addresses are shared with the host */
int nx_shared_default __read_mostly;

/* --- sets -------------------------------------------------------------------------- */

static u16 nx_kind(u16 type)
{
	return type & ~NXA_MOD_SHARED;
}

static bool nx_equal4(const struct nx_v4 *a, const struct nx_v4 *b)
{
	return nx_kind(a->type) == nx_kind(b->type) && a->flags == b->flags &&
	       a->ip == b->ip && a->ip2 == b->ip2 && a->mask == b->mask;
}

static bool nx_equal6(const struct nx_v6 *a, const struct nx_v6 *b)
{
	return nx_kind(a->type) == nx_kind(b->type) && a->flags == b->flags &&
	       a->prefix == b->prefix && ipv6_addr_equal(&a->ip, &b->ip) &&
	       ipv6_addr_equal(&a->mask, &b->mask);
}

/* The index of an entry in its list, or -ESRCH. */
static int nx_find(const struct nx_set *set, const struct nx_entry *e)
{
	for (u32 i = 0; !e->v6 && i < set->n4; i++)
		if (nx_equal4(&set->v4[i], &e->a4))
			return i;
	for (u32 i = 0; e->v6 && i < set->n6; i++)
		if (nx_equal6(&set->v6[i], &e->a6))
			return i;
	return -ESRCH;
}

static bool nx_any_shared(const struct nx_set *set)
{
	struct nx_entry e = {};

	for (u32 i = 0; i < set->n4; i++) {
		e.a4 = set->v4[i];
		if (nx_entry_shared(&e))
			return true;
	}
	e.v6 = true;
	for (u32 i = 0; i < set->n6; i++) {
		e.a6 = set->v6[i];
		if (nx_entry_shared(&e))
			return true;
	}
	return false;
}

/* The row that an explicitly set lback has in the owner table. */
static struct nx_entry nx_lback_entry(__be32 lback)
{
	return (struct nx_entry){
		.a4 = { .type = NXA_TYPE_ADDR, .ip = lback, .mask = htonl(~0) },
	};
}

/* More than one address: not single any more. */
static void nx_clear_single(struct nx_info *nxi)
{
	spin_lock(&nxi->lock);
	WRITE_ONCE(nxi->nflags, nxi->nflags & ~NXF_SINGLE_IP);
	spin_unlock(&nxi->lock);
}

/* A new set takes effect; the caller frees the old one. */
static struct nx_set *nx_publish(struct nx_info *nxi, struct nx_set *set)
{
	struct nx_set *old = nx_set_config(nxi);

	rcu_assign_pointer(nxi->set, set);
	nxi->shared = nx_any_shared(set);
	if (set->n4 > 1)
		nx_clear_single(nxi);
	return old;
}

/* Own what @edit adds, or @owned in its stead, then let the set have it. */
static int nx_extend(struct nx_info *nxi, const struct nx_edit *edit,
		     const struct nx_entry *owned, u32 n)
{
	struct nx_set *set = nx_set_edit(nx_set_config(nxi), edit), *old;
	int ret;

	if (!set)
		return -ENOMEM;
	ret = nx_claim(nxi, owned, n);
	if (!ret)
		ret = nx_own(nxi, owned, n);
	if (ret) {
		kvfree(set);
		return ret;
	}
	old = nx_publish(nxi, set);
	kvfree_rcu(old, rcu);
	return 0;
}

/* Commands may reach a context that is just being released. */
static int nx_config_begin(struct nx_info *nxi)
{
	mutex_lock(&nx_config);
	if (!test_bit(NXS_RELEASED, &nxi->state))
		return 0;
	mutex_unlock(&nx_config);
	return -ESRCH;
}

static int nx_try_add(struct nx_info *nxi, const struct nx_entry *add, u32 n)
{
	int ret = nx_config_begin(nxi);

	if (ret)
		return ret;
	for (u32 i = 0; !ret && i < n; i++) {
		if (nx_find(nx_set_config(nxi), &add[i]) >= 0)
			ret = -EEXIST;
		for (u32 j = 0; j < i; j++)
			if (!add[i].v6 && nx_equal4(&add[i].a4, &add[j].a4))
				ret = -EEXIST;
	}
	if (!ret)
		ret = nx_extend(nxi, &NX_EDIT(.add = add, .nadd = n), add, n);
	mutex_unlock(&nx_config);
	return ret;
}

/* A socket that was closed just now counts until a grace period is over. */
static int nx_add(struct nx_info *nxi, const struct nx_entry *add, u32 n)
{
	int ret = nx_try_add(nxi, add, n);

	if (ret != -EBUSY)
		return ret;
	rcu_barrier();
	return nx_try_add(nxi, add, n);
}

/* Would confined tasks be left with unconfined sockets? */
static int nx_may_drop4(const struct nx_info *nxi, const struct nx_set *old,
			int drop4)
{
	bool all = drop4 == NX_DROP_ALL ? old->all :
		   drop4 >= 0 && nx_wide_type(old->v4[drop4].type) &&
		   nx_entry_all4(&old->v4[drop4]);

	return all && atomic_read(&nxi->tasks) &&
	       !nx_flag(nxi, NXF_STATE_SETUP) ? -EBUSY : 0;
}

static void nx_disown_dropped(struct nx_info *nxi, const struct nx_set *old,
			      const struct nx_edit *edit)
{
	struct nx_entry e = {};

	for (u32 i = 0; i < old->n4; i++) {
		if (edit->drop4 != NX_DROP_ALL && edit->drop4 != (int)i)
			continue;
		e.a4 = old->v4[i];
		nx_disown(nxi, &e);
	}
	e.v6 = true;
	for (u32 i = 0; i < old->n6; i++) {
		if (edit->drop6 != NX_DROP_ALL && edit->drop6 != (int)i)
			continue;
		e.a6 = old->v6[i];
		nx_disown(nxi, &e);
	}
}

static int nx_reduce(struct nx_info *nxi, const struct nx_edit *edit)
{
	struct nx_set *old = nx_set_config(nxi), *set;
	int ret = nx_may_drop4(nxi, old, edit->drop4);

	if (ret)
		return ret;
	set = nx_set_edit(old, edit);
	if (!set)
		return -ENOMEM;
	nx_publish(nxi, set);
	nx_addresses_lost(nxi);
	nx_disown_dropped(nxi, old, edit);
	/* without addresses nothing ties it to others */
	if (list_empty(&nxi->owners))
		nx_leave_domain(nxi);
	kvfree_rcu(old, rcu);
	return 0;
}

static int nx_remove(struct nx_info *nxi, const struct nx_entry *e)
{
	struct nx_edit edit = NX_EDIT();
	int ret = nx_config_begin(nxi);

	if (ret)
		return ret;
	ret = nx_find(nx_set_config(nxi), e);
	if (ret >= 0) {
		if (e->v6)
			edit.drop6 = ret;
		else
			edit.drop4 = ret;
		ret = nx_reduce(nxi, &edit);
	}
	mutex_unlock(&nx_config);
	return ret;
}

static int nx_remove_all(struct nx_info *nxi, bool v4, bool v6)
{
	struct nx_edit edit = NX_EDIT(.drop4 = v4 ? NX_DROP_ALL : NX_KEEP_ALL,
				      .drop6 = v6 ? NX_DROP_ALL : NX_KEEP_ALL);
	int ret = nx_config_begin(nxi);

	if (ret)
		return ret;
	ret = nx_reduce(nxi, &edit);
	mutex_unlock(&nx_config);
	return ret;
}

/* --- broadcast and loopback addresses -------------------------------------------------- */

static int nx_set_bcast(struct nx_info *nxi, __be32 bcast)
{
	int ret = nx_config_begin(nxi);

	if (ret)
		return ret;
	ret = nx_extend(nxi, &NX_EDIT(.bcast4 = bcast, .set_bcast4 = true),
			NULL, 0);
	mutex_unlock(&nx_config);
	return ret;
}

/* The default needs no row: its owner is in the address. */
static int nx_replace_lback(struct nx_info *nxi, __be32 lback)
{
	__be32 dflt = nx_default_lback4(nxi->nid);
	__be32 old = nx_set_config(nxi)->lback4;
	struct nx_entry e = nx_lback_entry(lback);
	int ret;

	if (lback == old)
		return 0;
	ret = nx_extend(nxi, &NX_EDIT(.lback4 = lback), &e, lback != dflt);
	if (ret)
		return ret;
	nx_addresses_lost(nxi);
	if (old != dflt) {
		e = nx_lback_entry(old);
		nx_disown(nxi, &e);
	}
	return 0;
}

static int nx_try_lback(struct nx_info *nxi, __be32 lback)
{
	int ret = nx_config_begin(nxi);

	if (ret)
		return ret;
	ret = nx_replace_lback(nxi, lback);
	mutex_unlock(&nx_config);
	return ret;
}

/* 0 goes back to the default. */
static int nx_set_lback(struct nx_info *nxi, __be32 lback)
{
	int ret;

	if (ipv4_is_multicast(lback) || ipv4_is_lbcast(lback))
		return -EINVAL;
	if (!lback)
		lback = nx_default_lback4(nxi->nid);
	ret = nx_try_lback(nxi, lback);
	if (ret != -EBUSY)
		return ret;
	rcu_barrier();
	return nx_try_lback(nxi, lback);
}

/* --- IPv4 commands ------------------------------------------------------------------------ */

/* What can be the address of a host */
static bool nx_unicast4(__be32 addr)
{
	return addr && !ipv4_is_multicast(addr) && !ipv4_is_lbcast(addr);
}

/**
 * nx_parse4 - An entry from the fields of a command
 * @d: type, flags, addresses, mask
 * @e: the entry
 *
 * Return: true if it can be an entry of a set.
 */
static bool nx_parse4(const struct vcmd_net_ipv4_v2 *d, struct nx_entry *e)
{
	u32 first, last;

	*e = (struct nx_entry){
		.a4 = {
			.type = d->type, .flags = d->flags,
			.ip = d->ip, .mask = d->mask,
		},
	};
	switch (nx_kind(d->type)) {
	case NXA_TYPE_ADDR:
		return nx_unicast4(d->ip);
	case NXA_TYPE_MASK:
		return true;
	case NXA_TYPE_RANGE:
		e->a4.ip2 = d->ip2;
		/* a mask of 0 would quietly stand for all of IPv4 */
		return d->mask && nx_span4(&e->a4, &first, &last);
	}
	return false;
}

static int nx_add4(struct nx_info *nxi, const struct vcmd_net_ipv4_v2 *d)
{
	struct nx_entry e;

	if (d->type == (NXA_TYPE_ADDR | NXA_MOD_BCAST))
		return nx_set_bcast(nxi, d->ip);
	if (d->type == (NXA_TYPE_ADDR | NXA_MOD_LBACK))
		return nx_set_lback(nxi, d->ip);
	if (!nx_parse4(d, &e))
		return -EINVAL;
	if (READ_ONCE(nx_shared_default))
		e.a4.type |= NXA_MOD_SHARED;
	return nx_add(nxi, &e, 1);
}

static int nx_remove4(struct nx_info *nxi, const struct vcmd_net_ipv4_v2 *d)
{
	struct nx_entry e;

	if (d->type == NXA_TYPE_ANY)
		return nx_remove_all(nxi, true, false);
	return nx_parse4(d, &e) ? nx_remove(nxi, &e) : -EINVAL;
}

/* Version 1 has no end address: no ranges. */
static bool nx_from_v1(const struct vcmd_net_ipv4_v1 *d,
		       struct vcmd_net_ipv4_v2 *v2)
{
	*v2 = (struct vcmd_net_ipv4_v2){
		.type = d->type, .flags = d->flags,
		.ip = d->ip, .mask = d->mask,
	};
	return d->type == NXA_TYPE_ANY || !(d->type & NXA_TYPE_RANGE);
}

int vc_net_add_ipv4_v1(struct vc_call *c)
{
	struct vcmd_net_ipv4_v2 d;

	return nx_from_v1(c->data, &d) ? nx_add4(c->nxi, &d) : -EINVAL;
}

int vc_net_rem_ipv4_v1(struct vc_call *c)
{
	struct vcmd_net_ipv4_v2 d;

	return nx_from_v1(c->data, &d) ? nx_remove4(c->nxi, &d) : -EINVAL;
}

int vc_net_add_ipv4(struct vc_call *c)
{
	return nx_add4(c->nxi, c->data);
}

int vc_net_rem_ipv4(struct vc_call *c)
{
	return nx_remove4(c->nxi, c->data);
}

/* All of them or none. */
static int nx_add_v0(struct nx_info *nxi, const struct vcmd_net_addr_v0 *d)
{
	struct nx_entry e[ARRAY_SIZE(d->ip)];
	int ret;

	if (!d->count || d->count > ARRAY_SIZE(d->ip))
		return -EINVAL;
	for (int i = 0; i < d->count; i++) {
		struct vcmd_net_ipv4_v2 v2 = {
			.type = NXA_TYPE_ADDR |
				(READ_ONCE(nx_shared_default) ?
				 NXA_MOD_SHARED : 0),
			.ip = d->ip[i], .mask = d->mask[i],
		};

		if (!nx_parse4(&v2, &e[i]))
			return -EINVAL;
	}
	ret = nx_add(nxi, e, d->count);
	return ret ? ret : d->count;
}

int vc_net_add_v0(struct vc_call *c)
{
	const struct vcmd_net_addr_v0 *d = c->data;
	int ret;

	switch (d->type) {
	case NXA_TYPE_IPV4:
		return nx_add_v0(c->nxi, d);
	case NXA_TYPE_IPV4 | NXA_MOD_BCAST:
		ret = nx_set_bcast(c->nxi, d->ip[0]);
		break;
	case NXA_TYPE_IPV4 | NXA_MOD_LBACK:
		ret = nx_set_lback(c->nxi, d->ip[0]);
		break;
	default:
		return -EINVAL;
	}
	return ret ? ret : 1;
}

int vc_net_remove_v0(struct vc_call *c)
{
	const struct vcmd_net_addr_v0 *d = c->data;

	/* 0xffff is what the tools send */
	if (d->type != NXA_TYPE_ANY && d->type != 0xffff)
		return -EINVAL;
	return nx_remove_all(c->nxi, true, true);
}

/* --- IPv6 commands -------------------------------------------------------------------------- */

static bool nx_parse6(const struct vcmd_net_ipv6_v1 *d, struct nx_entry *e)
{
	*e = (struct nx_entry){
		.v6 = true,
		.a6 = {
			.type = d->type, .flags = d->flags, .prefix = d->prefix,
		},
	};
	memcpy(&e->a6.ip, d->ip, sizeof(e->a6.ip));
	if (d->prefix > 128)
		return false;
	switch (nx_kind(d->type)) {
	case NXA_TYPE_ADDR:
		memset(&e->a6.mask, 0xff, sizeof(e->a6.mask));
		return !ipv6_addr_any(&e->a6.ip) &&
		       !ipv6_addr_is_multicast(&e->a6.ip);
	case NXA_TYPE_MASK:
		memcpy(&e->a6.mask, d->mask, sizeof(e->a6.mask));
		return true;
	}
	return false;
}

/* Does this kernel have IPv6, and was it not turned off at boot? */
static bool nx_has_ipv6(void)
{
#if IS_BUILTIN(CONFIG_IPV6)
	return ipv6_mod_enabled();
#else
	return IS_ENABLED(CONFIG_IPV6);
#endif
}

int vc_net_add_ipv6(struct vc_call *c)
{
	struct nx_entry e;

	if (!nx_has_ipv6())
		return -ENOSYS;
	if (!nx_parse6(c->data, &e))
		return -EINVAL;
	if (READ_ONCE(nx_shared_default))
		e.a6.type |= NXA_MOD_SHARED;
	return nx_add(c->nxi, &e, 1);
}

int vc_net_remove_ipv6(struct vc_call *c)
{
	const struct vcmd_net_ipv6_v1 *d = c->data;
	struct nx_entry e;

	if (!nx_has_ipv6())
		return -ENOSYS;
	if (d->type == NXA_TYPE_ANY)
		return nx_remove_all(c->nxi, false, true);
	return nx_parse6(d, &e) ? nx_remove(c->nxi, &e) : -EINVAL;
}
