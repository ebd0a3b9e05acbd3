// SPDX-License-Identifier: GPL-2.0-only
/*
 * The words of a network context: flags, capabilities, the mark of its
 * sockets (spec/abi.md 8.3, 9.4 and 9.5).
 *
 * Nothing has to follow a change of LBACK_REMAP: the owner of a block of
 * loopback addresses is found by the flag each time.
 */

#include "../switch.h"
#include "config.h"

#define NXF_ONE_TIME	(NXF_STATE_SETUP | NXF_STATE_ADMIN)

static u64 nx_merge(u64 old, u64 value, u64 mask)
{
	return (old & ~mask) | (value & mask);
}

int vc_get_nflags(struct vc_call *c)
{
	struct vcmd_flags *d = c->data;

	d->flagword = READ_ONCE(c->nxi->nflags);
	/* a set one-time bit can still be cleared */
	d->mask = ~NXF_ONE_TIME | d->flagword;
	return 0;
}

/*
 * Returns the bits that changed. Under nx_config, which address.c holds when
 * it takes SINGLE_IP away: it cannot be set with more than one address.
 */
static u64 nx_change_flags(struct nx_info *nxi, u64 value, u64 mask)
{
	u64 old, new;

	if (nx_set_config(nxi)->n4 > 1)
		value &= ~NXF_SINGLE_IP;
	spin_lock(&nxi->lock);
	old = nxi->nflags;
	mask &= ~NXF_ONE_TIME | old;
	new = nx_merge(old, value, mask);
	WRITE_ONCE(nxi->nflags, new);
	spin_unlock(&nxi->lock);
	return old ^ new;
}

int vc_set_nflags(struct vc_call *c)
{
	const struct vcmd_flags *d = c->data;
	u64 changed;

	mutex_lock(&nx_config);
	changed = nx_change_flags(c->nxi, d->flagword, d->mask);
	mutex_unlock(&nx_config);
	if ((changed & NXF_PERSISTENT) && !nx_flag(c->nxi, NXF_PERSISTENT))
		nx_persistent_cleared(c->nxi);
	return 0;
}

int vc_get_ncaps(struct vc_call *c)
{
	struct vcmd_ccaps_v1 *d = c->data;

	d->caps = READ_ONCE(c->nxi->ncaps);
	d->mask = ~0ULL;
	return 0;
}

int vc_set_ncaps(struct vc_call *c)
{
	const struct vcmd_ccaps_v1 *d = c->data;
	struct nx_info *nxi = c->nxi;

	spin_lock(&nxi->lock);
	WRITE_ONCE(nxi->ncaps, nx_merge(nxi->ncaps, d->caps, d->mask));
	spin_unlock(&nxi->lock);
	return 0;
}

/* Sockets that exist keep their mark. */
int vc_net_set_mark(struct vc_call *c)
{
	const struct vcmd_net_mark *d = c->data;

	WRITE_ONCE(c->nxi->mark, d->mark);
	return 0;
}

int vc_net_get_mark(struct vc_call *c)
{
	struct vcmd_net_mark *d = c->data;

	d->mark = READ_ONCE(c->nxi->mark);
	return 0;
}
