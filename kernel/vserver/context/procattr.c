// SPDX-License-Identifier: GPL-2.0-only
/*
 * get_iattr, set_iattr and their descriptor forms (spec/abi.md 8.9), as far
 * as they are about the visibility of /proc entries.
 *
 * Entries of processes and of the sysctl tree have no attributes of their
 * own: processes are visible as the pid filter says, sysctls as /proc/sys as
 * a whole. They answer with that, and setting what they already are succeeds
 * (the boot script opens all of them), anything else is EOPNOTSUPP.
 *
 * The attributes of other files (barrier, unification) are not built yet:
 * reading shows what the inode has, setting gives EOPNOTSUPP.
 */

#include <linux/file.h>
#include <linux/fs.h>
#include <linux/magic.h>
#include <linux/namei.h>
#include <linux/proc_fs.h>

#include "../../../fs/proc/internal.h"
#include "../switch.h"
#include "context.h"
#include "visible.h"

#define VX_FILE_FLAGS	(IATTR_IXUNLINK | IATTR_IMMUTABLE | IATTR_COW)

static bool vx_is_proc(const struct inode *inode)
{
	return inode->i_sb->s_magic == PROC_SUPER_MAGIC;
}

/* The entry that decides over @dentry; NULL for processes. */
static struct proc_dir_entry *vx_pde_of(const struct dentry *dentry)
{
	const struct dentry *root = dentry->d_sb->s_root;

	/* Sysctls and the directories of contexts: the closest real entry. */
	for (; dentry != root; dentry = dentry->d_parent) {
		if (PDE(d_inode(dentry)))
			return PDE(d_inode(dentry));
		if (proc_pid(d_inode(dentry)))
			return NULL;
	}
	return PDE(d_inode(dentry));
}

static u32 vx_dentry_proc_attr(const struct dentry *dentry)
{
	const struct proc_dir_entry *de = vx_pde_of(dentry);

	return de ? vx_proc_attr(de) : IATTR_ADMIN;
}

static void vx_get_attr(const struct dentry *dentry, struct vcmd_fiattr *a)
{
	const struct inode *inode = d_inode(dentry);

	a->tag = 0;
	a->flags = IATTR_TAG;
	a->mask = VX_FILE_FLAGS;
	if (S_ISDIR(inode->i_mode))
		a->mask |= IATTR_BARRIER;
	if (IS_IMMUTABLE(inode))
		a->flags |= IATTR_IMMUTABLE;
	if (vx_is_proc(inode)) {
		a->mask |= IATTR_FLAGS;
		a->flags |= vx_dentry_proc_attr(dentry);
	}
}

static int vx_set_proc_flags(const struct dentry *dentry,
			     const struct vcmd_fiattr *a)
{
	u32 mask = a->mask & IATTR_FLAGS;

	if (PDE(d_inode(dentry))) {
		vx_set_proc_attr(PDE(d_inode(dentry)), a->flags, mask);
		return 0;
	}
	return (vx_dentry_proc_attr(dentry) ^ a->flags) & mask ?
	       -EOPNOTSUPP : 0;
}

static int vx_set_attr(const struct dentry *dentry, struct vcmd_fiattr *a)
{
	const struct inode *inode = d_inode(dentry);
	u32 file_flags = VX_FILE_FLAGS;

	if (S_ISDIR(inode->i_mode))
		file_flags = (file_flags | IATTR_BARRIER) & ~IATTR_COW;
	else if (!S_ISREG(inode->i_mode))
		file_flags &= ~IATTR_COW;

	if ((a->mask & IATTR_FLAGS) && !vx_is_proc(inode))
		return -EINVAL;
	if (a->mask & IATTR_TAG)
		return -EINVAL;	/* no file system is tagged */
	if (a->mask & file_flags)
		return -EOPNOTSUPP;
	return a->mask & IATTR_FLAGS ? vx_set_proc_flags(dentry, a) : 0;
}

/*
 * The last component is not followed when it is a symbolic link. Whoever may
 * change attributes also finds what they hide from everybody.
 */
static int vx_iattr_lookup(const char *name, bool set, struct path *path)
{
	int ret;

	if (set)
		current->vs_flags |= VS_SEES_HIDDEN;
	ret = user_path_at(AT_FDCWD, (const char __user *)name, 0, path);
	if (set)
		current->vs_flags &= ~VS_SEES_HIDDEN;
	return ret;
}

static int vx_iattr_path(struct vc_call *c, bool set)
{
	struct vcmd_iattr_v1 *d = c->data;
	struct vcmd_fiattr a = {
		.tag = d->tag, .flags = d->flags, .mask = d->mask,
	};
	struct path path;
	int ret;

	ret = vx_iattr_lookup(d->name, set, &path);
	if (ret)
		return ret;
	if (!d_inode(path.dentry))
		ret = -ESRCH;
	else if (set)
		ret = vx_set_attr(path.dentry, &a);
	else
		vx_get_attr(path.dentry, &a);
	path_put(&path);

	d->tag = a.tag;
	d->flags = a.flags;
	d->mask = a.mask;
	return ret;
}

static int vx_iattr_fd(struct vc_call *c, bool set)
{
	struct vcmd_fiattr *a = c->data;

	CLASS(fd_raw, f)(c->id);
	if (fd_empty(f))
		return -EBADF;
	if (!d_inode(fd_file(f)->f_path.dentry))
		return -ESRCH;
	if (set)
		return vx_set_attr(fd_file(f)->f_path.dentry, a);
	vx_get_attr(fd_file(f)->f_path.dentry, a);
	return 0;
}

int vc_get_iattr(struct vc_call *c)
{
	return vx_iattr_path(c, false);
}

int vc_set_iattr(struct vc_call *c)
{
	return vx_iattr_path(c, true);
}

int vc_fget_iattr(struct vc_call *c)
{
	return vx_iattr_fd(c, false);
}

int vc_fset_iattr(struct vc_call *c)
{
	return vx_iattr_fd(c, true);
}
