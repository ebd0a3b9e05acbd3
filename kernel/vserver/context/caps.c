// SPDX-License-Identifier: GPL-2.0-only
/*
 * The capability bound of a context.
 *
 * The bound is applied inside cap_capable(), where every question for a
 * capability ends up, and only there a right can be granted as well. Asked is
 * the context of the *credentials* (their user_struct carries its serial):
 * a worker that acts with a guest's credentials is bounded, an overlay that
 * acts with those of its mounter is not. Which tasks may be touched is decided
 * by the context of the task, in signal.c and pid.c.
 *
 * Credentials are cut to the bound at each exec in addition, so that the Cap
 * lines of /proc/<pid>/status are true and raw words cannot mislead others.
 */

#include <linux/binfmts.h>
#include <linux/capability.h>
#include <linux/cred.h>
#include <linux/lsm_hooks.h>
#include <linux/sched/user.h>

#include "../hooks_init.h"
#include "../setup.h"
#include "context.h"

#define CAP_BIT(cap)	BIT_ULL(CAP_##cap)
#define CAPS_LOW	0xffffffffULL

/* All a spectator may do beyond an unprivileged user: read. */
#define VX_WATCH_CAPS	(CAP_BIT(DAC_READ_SEARCH) | CAP_BIT(SYS_PTRACE))

/*
 * Bits above 31 that may pass: each only beside the old capability it was
 * split off from (spec/abi.md 9.3).
 */
static u64 vx_high_caps(u64 bound)
{
	u64 high = 0;

	if (bound & CAP_BIT(SYS_ADMIN))
		high = ~CAPS_LOW & ~(CAP_BIT(WAKE_ALARM) | CAP_BIT(AUDIT_READ));
	if (bound & CAP_BIT(SYS_TIME))
		high |= CAP_BIT(WAKE_ALARM);
	if (bound & CAP_BIT(AUDIT_CONTROL))
		high |= CAP_BIT(AUDIT_READ);
	return high;
}

/**
 * vx_effective_bcaps - The bound as it is applied
 * @vxi: context
 *
 * Old tools ask for every capability above 31 by mistake (an int overflow in
 * "--secure"). The stored word stays as it was set; here such bits pass only
 * if the table above and the ceiling kernel.vserver.bcaps_max allow them, or
 * if they were granted one by one.
 *
 * Return: capability bits.
 */
u64 vx_effective_bcaps(const struct vx_info *vxi)
{
	u64 bcaps = READ_ONCE(vxi->bcaps);
	u64 allowed = (CAPS_LOW | vx_high_caps(bcaps)) & READ_ONCE(vx_bcaps_max);

	return bcaps & (allowed | READ_ONCE(vxi->bcaps_explicit));
}

/**
 * vx_store_bcaps - Change the bound
 * @vxi: context
 * @value: new values of the bits in @mask
 * @mask: bits to change; all ones is "the whole word", as old tools send it
 *
 * High bits set by a call that names them are remembered as explicit grants
 * until they are cleared or the whole word is set.
 */
void vx_store_bcaps(struct vx_info *vxi, u64 value, u64 mask)
{
	u64 explicit = mask == ~0ULL ? 0 : value & mask & ~CAPS_LOW;

	spin_lock(&vxi->lock);
	WRITE_ONCE(vxi->bcaps, (vxi->bcaps & ~mask) | (value & mask));
	WRITE_ONCE(vxi->bcaps_explicit,
		   (vxi->bcaps_explicit & ~mask) | explicit);
	spin_unlock(&vxi->lock);
}

/* Under rcu_read_lock(); NULL when the context of the power is gone. */
static struct vx_info *vx_of_cred(const struct cred *cred)
{
	u32 serial = cred->user->vs_id;

	if (serial == vx_task_serial(current))
		return vx_current();
	return vx_lookup_serial_rcu(serial);
}

/**
 * __vs_capable - Bound and grants of a context, in front of cap_capable()
 * @cred: credentials that are asked
 * @ns: user namespace the capability is wanted in; the bound holds in all
 * @cap: capability number
 *
 * May run under spinlocks: no sleeping, no printing.
 *
 * Return: 0 the usual rules decide, 1 granted, -EPERM refused.
 */
int __vs_capable(const struct cred *cred, struct user_namespace *ns, int cap)
{
	struct vx_info *vxi;
	int ret = -EPERM;

	if (!cred->user->vs_id)
		return !vx_is_watch() || (VX_WATCH_CAPS & BIT_ULL(cap)) ?
		       0 : -EPERM;

	rcu_read_lock();
	vxi = vx_of_cred(cred);
	if (!vxi)
		goto out;
	if (!vx_confines(vxi))
		ret = 0;
	else if (vx_effective_bcaps(vxi) & BIT_ULL(cap))
		ret = vx_call_refuses(vxi, cap) ? -EPERM : 0;
	else if (vx_grants(vxi, cred, ns, cap))
		ret = 1;
out:
	rcu_read_unlock();
	return ret;
}

static void vx_cut(kernel_cap_t *set, u64 bound)
{
	set->val &= bound;
}

/*
 * exec: cut what commoncap has computed. It starts from the old bounding set
 * for set-user-id root, so cutting before it would miss the first exec.
 */
static void hook_bprm_committing_creds(const struct linux_binprm *bprm)
{
	struct cred *new = bprm->cred;
	u64 bound;

	if (!vs_confined())
		return;
	bound = vx_effective_bcaps(vx_current());
	vx_cut(&new->cap_bset, bound);
	vx_cut(&new->cap_inheritable, bound);
	vx_cut(&new->cap_permitted, bound);
	vx_cut(&new->cap_effective, bound);
	vx_cut(&new->cap_ambient, bound);
}

static struct security_hook_list vx_caps_hooks[] __ro_after_init = {
	LSM_HOOK_INIT(bprm_committing_creds, hook_bprm_committing_creds),
};

void __init vx_caps_hooks_init(void)
{
	security_add_hooks(vx_caps_hooks, ARRAY_SIZE(vx_caps_hooks), &vx_lsmid);
}
