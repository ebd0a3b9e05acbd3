// SPDX-License-Identifier: GPL-2.0-only
/*
 * The words of a context: flags, capabilities, masks, OOM bias
 * (spec/abi.md 8.3 and 9).
 */

#include <linux/pid.h>
#include <linux/sched/signal.h>

#include "../switch.h"
#include "context.h"

static u64 vc_merge(u64 old, u64 value, u64 mask)
{
	return (old & ~mask) | (value & mask);
}

/**
 * vx_change_flags - Set and clear flags of a context
 * @vxi: context, counted
 * @value: new values of the bits in @mask
 * @mask: bits to change; one-time bits can only be cleared
 *
 * Takes vxi->lock. Does not act on what changed, see vc_set_cflags().
 *
 * Return: the bits that changed.
 */
u64 vx_change_flags(struct vx_info *vxi, u64 value, u64 mask)
{
	u64 old, new;

	spin_lock(&vxi->lock);
	old = vxi->cflags;
	mask &= ~VXF_ONE_TIME | old;
	new = vc_merge(old, value, mask);
	WRITE_ONCE(vxi->cflags, new);
	/* The pid filter reads one word: keep it in step with the flag. */
	WRITE_ONCE(vxi->init_map, new & VXF_INFO_INIT ?
		   rcu_dereference_protected(vxi->initpid,
					     lockdep_is_held(&vxi->lock)) :
		   NULL);
	spin_unlock(&vxi->lock);
	return old ^ new;
}

int vc_get_cflags(struct vc_call *c)
{
	struct vcmd_flags *d = c->data;

	d->flagword = READ_ONCE(c->vxi->cflags);
	/* a set one-time bit can still be cleared */
	d->mask = ~VXF_ONE_TIME | d->flagword;
	return 0;
}

int vc_set_cflags(struct vc_call *c)
{
	struct vcmd_flags *d = c->data;
	struct vx_info *vxi = c->vxi;
	u64 changed;

	changed = vx_change_flags(vxi, d->flagword, d->mask);

	if ((changed & VXF_STATE_INIT) && vxi == vx_current()) {
		vx_set_init(vxi, task_tgid(current));
		vx_set_reaper(vxi, task_tgid(current));
	}
	if ((changed & VXF_PERSISTENT) && !vx_flag(vxi, VXF_PERSISTENT))
		vx_persistent_cleared(vxi);
	if (changed & VXF_SCHED_PAUSE)
		vx_pause_changed(vxi);
	return 0;
}

int vc_get_ccaps_v0(struct vc_call *c)
{
	struct vcmd_ccaps_v0 *d = c->data;

	d->bcaps = READ_ONCE(c->vxi->bcaps);
	d->ccaps = READ_ONCE(c->vxi->ccaps);
	d->cmask = ~0ULL;
	return 0;
}

int vc_set_ccaps_v0(struct vc_call *c)
{
	struct vcmd_ccaps_v0 *d = c->data;
	struct vx_info *vxi = c->vxi;

	/* v0 can only take capabilities away from the bound */
	vx_store_bcaps(vxi, 0, ~d->bcaps);
	spin_lock(&vxi->lock);
	WRITE_ONCE(vxi->ccaps, vc_merge(vxi->ccaps, d->ccaps, d->cmask));
	spin_unlock(&vxi->lock);
	return 0;
}

int vc_get_bcaps(struct vc_call *c)
{
	struct vcmd_bcaps *d = c->data;

	d->bcaps = READ_ONCE(c->vxi->bcaps);
	d->bmask = ~0ULL;
	return 0;
}

int vc_set_bcaps(struct vc_call *c)
{
	struct vcmd_bcaps *d = c->data;

	vx_store_bcaps(c->vxi, d->bcaps, d->bmask);
	return 0;
}

/* The words that are nothing but value and mask share one pair of functions. */
static int vc_get_word(const u64 *word, struct vcmd_umask *d)
{
	d->value = READ_ONCE(*word);
	d->mask = ~0ULL;
	return 0;
}

static int vc_set_word(struct vx_info *vxi, u64 *word,
		       const struct vcmd_umask *d)
{
	spin_lock(&vxi->lock);
	WRITE_ONCE(*word, vc_merge(*word, d->value, d->mask));
	spin_unlock(&vxi->lock);
	return 0;
}

static_assert(sizeof(struct vcmd_ccaps_v1) == sizeof(struct vcmd_umask));

int vc_get_ccaps(struct vc_call *c)
{
	return vc_get_word(&c->vxi->ccaps, c->data);
}

int vc_set_ccaps(struct vc_call *c)
{
	return vc_set_word(c->vxi, &c->vxi->ccaps, c->data);
}

int vc_get_umask(struct vc_call *c)
{
	return vc_get_word(&c->vxi->umask, c->data);
}

int vc_set_umask(struct vc_call *c)
{
	return vc_set_word(c->vxi, &c->vxi->umask, c->data);
}

int vc_get_wmask(struct vc_call *c)
{
	return vc_get_word(&c->vxi->wmask, c->data);
}

int vc_set_wmask(struct vc_call *c)
{
	return vc_set_word(c->vxi, &c->vxi->wmask, c->data);
}

int vc_get_badness(struct vc_call *c)
{
	struct vcmd_badness *d = c->data;

	d->bias = READ_ONCE(c->vxi->badness);
	return 0;
}

int vc_set_badness(struct vc_call *c)
{
	const struct vcmd_badness *d = c->data;

	WRITE_ONCE(c->vxi->badness, d->bias);
	return 0;
}
