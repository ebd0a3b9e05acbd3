// SPDX-License-Identifier: GPL-2.0-only
/*
 * Spaces: namespaces and root directory kept in a context and joined from it
 * (spec/abi.md 8.6), and what a guest may do with namespaces itself.
 *
 * A context keeps two sets. A set is a counted nsproxy (never single
 * namespaces: an nsproxy is what holds them active), the credentials whose
 * user namespace was stored, and a copy of root and working directory.
 * Storing again replaces what the mask names and keeps the rest.
 */

#include <linux/cred.h>
#include <linux/err.h>
#include <linux/fs_struct.h>
#include <linux/nsproxy.h>
#include <linux/pid.h>
#include <linux/printk.h>
#include <linux/sched.h>
#include <linux/sched/signal.h>

#include "../switch.h"
#include "context.h"
#include "space.h"

/* What old tools ask about: get_space_default and the two masks. */
#define VX_SPACE_DEFAULT \
	(CLONE_FS | CLONE_NEWNS | CLONE_NEWUTS | CLONE_NEWIPC)
#define VX_SPACE_SUPPORTED	(VX_SPACE_DEFAULT | CLONE_NEWNET)

/* What can be stored and joined: every namespace the kernel has. */
#define VX_SPACE_USER	CLONE_NEWUSER
#define VX_SPACE_PROXY	(CLONE_NEWNS | CLONE_NEWUTS | CLONE_NEWIPC | \
			 CLONE_NEWPID | CLONE_NEWNET | CLONE_NEWCGROUP | \
			 CLONE_NEWTIME)
#define VX_SPACE_ALL	(CLONE_FS | VX_SPACE_USER | VX_SPACE_PROXY)

/**
 * struct vx_space_args - mask and index of a space command, all versions
 * @mask: CLONE_* bits, 0 for "the usual"
 * @index: which of the two sets
 */
struct vx_space_args {
	unsigned long mask;
	unsigned int index;
};

static int vx_space_args(const struct vc_call *c, struct vx_space_args *a)
{
	const struct vcmd_space_mask_v2 *v2 = c->data;
	const struct vcmd_space_mask_v1 *v1 = c->data;
	u64 mask = c->no_data ? 0 : v1->mask;

	a->index = 0;
	if (!c->no_data &&
	    (c->cmd == VCMD_enter_space || c->cmd == VCMD_set_space))
		a->index = v2->index;
	if (a->index >= VX_SPACES || (mask & ~(u64)VX_SPACE_ALL))
		return -EINVAL;
	if (!vx_spaces_valid(mask & ~CLONE_FS))
		return -EINVAL;
	a->mask = mask;
	return 0;
}

int vc_get_space_mask(struct vc_call *c)
{
	struct vcmd_space_mask_v1 *d = c->data;

	d->mask = c->cmd == VCMD_get_space_mask ? VX_SPACE_SUPPORTED :
						  VX_SPACE_DEFAULT;
	return 0;
}

static void vx_free_space(struct vx_space *space)
{
	if (space->ns)
		put_nsproxy(space->ns);
	if (space->fs)
		free_fs_struct(space->fs);
	put_cred(space->cred);
	memset(space, 0, sizeof(*space));
}

/**
 * vx_free_spaces - Let go of everything a context has stored
 * @vxi: context
 *
 * May sleep. May be called again.
 */
void vx_free_spaces(struct vx_info *vxi)
{
	mutex_lock(&vxi->space_lock);
	for (int i = 0; i < VX_SPACES; i++)
		vx_free_space(&vxi->space[i]);
	mutex_unlock(&vxi->space_lock);
}

/* Fill @new from the caller for @mask and from @old for the rest. */
static int vx_fill_space(struct vx_space *new, const struct vx_space *old,
			 unsigned long mask)
{
	unsigned long keep = old->mask & ~mask;
	struct nsproxy *ns;

	new->mask = old->mask | mask;
	if (new->mask & VX_SPACE_PROXY) {
		if (mask & VX_SPACE_PROXY) {
			ns = vx_mix_spaces(old->ns, keep & VX_SPACE_PROXY);
			if (IS_ERR(ns))
				return PTR_ERR(ns);
			new->ns = ns;
		} else {
			get_nsproxy(old->ns);
			new->ns = old->ns;
		}
	}
	if (new->mask & CLONE_FS) {
		new->fs = copy_fs_struct(mask & CLONE_FS ? current->fs :
							   old->fs);
		if (!new->fs)
			return -ENOMEM;
	}
	if (new->mask & VX_SPACE_USER)
		new->cred = mask & VX_SPACE_USER ? get_current_cred() :
						   get_cred(old->cred);
	return 0;
}

/**
 * vx_store_spaces - Keep spaces of the caller in a context
 * @vxi: context, counted
 * @mask: CLONE_* bits of the spaces
 * @index: which set, below VX_SPACES
 *
 * Return: 0, -ENOMEM, or what joining the spaces that are kept gives.
 */
int vx_store_spaces(struct vx_info *vxi, unsigned long mask, unsigned int index)
{
	struct vx_space *space = &vxi->space[index];
	struct vx_space new = {};
	struct vx_space old;
	int ret;

	mutex_lock(&vxi->space_lock);
	ret = vx_fill_space(&new, space, mask);
	old = ret ? new : *space;
	if (!ret)
		*space = new;
	mutex_unlock(&vxi->space_lock);
	vx_free_space(&old);
	return ret;
}

int vc_set_space(struct vc_call *c)
{
	struct vx_space_args a;
	int ret = vx_space_args(c, &a);

	if (ret)
		return ret;
	return vx_store_spaces(c->vxi, a.mask ? : VX_SPACE_DEFAULT, a.index);
}

/* Shared with a thread or a vfork parent, it would be moved along. */
static bool vx_fs_shared(void)
{
	bool shared;

	spin_lock(&current->fs->lock);
	shared = current->fs->users != 1;
	spin_unlock(&current->fs->lock);
	return shared;
}

static int vx_enter_space(const struct vx_space *space, unsigned long mask)
{
	struct user_namespace *user_ns = NULL;
	unsigned long flags;
	int ret = 0;

	if (!mask)
		mask = space->mask;
	if (!mask || (mask & ~space->mask))
		return -EINVAL;
	if ((mask & (CLONE_FS | CLONE_NEWNS)) && vx_fs_shared())
		return -EINVAL;

	flags = mask & ~CLONE_FS;
	if (mask & VX_SPACE_USER) {
		user_ns = space->cred->user_ns;
		/* setns() refuses to enter where one already is */
		if (user_ns == current_user_ns())
			flags &= ~VX_SPACE_USER;
	}
	if (flags)
		ret = vx_join_spaces(space->ns, user_ns, flags);
	if (!ret && (mask & CLONE_FS)) {
		set_fs_root(current->fs, &space->fs->root);
		set_fs_pwd(current->fs, &space->fs->pwd);
	}
	return ret;
}

int vc_enter_space(struct vc_call *c)
{
	struct vx_space_args a;
	int ret = vx_space_args(c, &a);

	if (ret)
		return ret;
	if (vx_flag(c->vxi, VXF_INFO_PRIVATE))
		return -EACCES;
	mutex_lock(&c->vxi->space_lock);
	ret = vx_enter_space(&c->vxi->space[a.index], a.mask);
	mutex_unlock(&c->vxi->space_lock);
	return ret;
}

/**
 * __vs_may_unshare - May the calling guest make namespaces of its own?
 * @flags: CLONE_* word of unshare(2) or clone(2)
 *
 * Stands in for CAP_SYS_ADMIN: by the umask of the context for the spaces it
 * names, by the ccap NAMESPACE for all. Writes the log line of the wmask.
 *
 * Return: true if the context lets its root do so.
 */
bool __vs_may_unshare(unsigned long flags)
{
	const struct cred *cred = current_cred();
	struct vx_info *vxi = vx_current();

	flags &= VX_SPACE_PROXY;
	if (!vxi)
		return false;
	if (flags & READ_ONCE(vxi->wmask))
		pr_info_ratelimited("vserver: %s[%d] in context %u makes namespaces %08lx\n",
				    current->comm, task_pid_nr(current),
				    vxi->xid, (unsigned long)(flags & vxi->wmask));
	if (!vx_confines(vxi))
		return false;
	if ((flags & ~READ_ONCE(vxi->umask)) && !vx_ccap(vxi, VXC_NAMESPACE))
		return false;
	return vx_is_guest_root(cred, cred->user_ns);
}
