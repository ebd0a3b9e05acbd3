// SPDX-License-Identifier: GPL-2.0-only
/*
 * Mounting by a guest (ccaps SECURE_MOUNT, SECURE_REMOUNT, BINARY_MOUNT,
 * DEV_MOUNT of spec/abi.md 9.2), quota control, extended attributes.
 *
 * The ccaps open mount(2) and umount2(2) although the bound lacks SYS_ADMIN;
 * what is done there is narrowed here, also for a guest whose bound has it:
 *   SECURE_MOUNT	file systems without a device whose content is the
 *			guest's own; bind and move; device nodes are dead
 *   SECURE_REMOUNT	flags of a mount can be tightened
 *   BINARY_MOUNT	and types with binary option data, and fuse
 *   DEV_MOUNT		and types on a device; device nodes work
 * Never: the mount namespace of the host, pivot_root, the guest's own root
 * mount, the superblocks of others, the new mount API.
 */

#include <linux/capability.h>
#include <linux/cgroup.h>
#include <linux/fs.h>
#include <linux/fs_struct.h>
#include <linux/ipc_namespace.h>
#include <linux/lsm_hooks.h>
#include <linux/mount.h>
#include <linux/nsproxy.h>
#include <linux/quota.h>
#include <linux/sched/task.h>
#include <linux/xattr.h>
#include <uapi/linux/mount.h>

#include "../hooks_init.h"
#include "../setup.h"
#include "context.h"

#define VX_CHANGE_TYPE	(MS_SHARED | MS_PRIVATE | MS_SLAVE | MS_UNBINDABLE)

static bool vx_is_admin(struct vx_info *vxi)
{
	return vx_effective_bcaps(vxi) & BIT_ULL(CAP_SYS_ADMIN);
}

static bool vx_may(u64 ccaps)
{
	struct vx_info *vxi = vx_current();

	return vx_ccap(vxi, ccaps) || vx_is_admin(vxi);
}

static bool vx_in_host_mounts(void)
{
	return current->nsproxy->mnt_ns == init_nsproxy.mnt_ns;
}

/* A namespace made in the root group would show all groups of the host. */
static bool vx_own_cgroup(const struct cgroup_namespace *ns)
{
	return ns != &init_cgroup_ns &&
	       ns->root_cset->dfl_cgrp != &cgrp_dfl_root.cgrp;
}

/* File systems that show nothing but what the guest has or puts there. */
static bool vx_secure_type(const char *name)
{
	if (!strcmp(name, "mqueue"))
		return current->nsproxy->ipc_ns != &init_ipc_ns;
	if (!strcmp(name, "cgroup2"))
		return vx_own_cgroup(current->nsproxy->cgroup_ns);
	return !strcmp(name, "tmpfs") || !strcmp(name, "proc") ||
	       !strcmp(name, "devpts") || !strcmp(name, "overlay");
}

static bool vx_binary_type(const struct file_system_type *type)
{
	return (type->fs_flags & FS_BINARY_MOUNTDATA) ||
	       !strcmp(type->name, "fuse");
}

static int vx_may_mount_type(const char *name)
{
	struct vx_info *vxi = vx_current();
	struct file_system_type *type;
	bool ok;

	if (!vx_may(VXC_SECURE_MOUNT))
		return -EPERM;
	type = name ? get_fs_type(name) : NULL;
	if (!type)
		return 0;	/* mount(2) has an error of its own for it */
	if (type->fs_flags & FS_REQUIRES_DEV)
		ok = vx_ccap(vxi, VXC_DEV_MOUNT);
	else if (vx_binary_type(type))
		ok = vx_ccap(vxi, VXC_BINARY_MOUNT);
	else
		ok = vx_secure_type(type->name);
	put_filesystem(type);
	return ok ? 0 : -EPERM;
}

/* Flags that hold already must be given again. */
static int vx_may_tighten(const struct path *path, unsigned long flags)
{
	int have = path->mnt->mnt_flags;

	if (!vx_may(VXC_SECURE_REMOUNT | VXC_SECURE_MOUNT))
		return -EPERM;
	if (((have & MNT_READONLY) && !(flags & MS_RDONLY)) ||
	    ((have & MNT_NODEV) && !(flags & MS_NODEV)) ||
	    ((have & MNT_NOSUID) && !(flags & MS_NOSUID)) ||
	    ((have & MNT_NOEXEC) && !(flags & MS_NOEXEC)) ||
	    ((have & MNT_NOSYMFOLLOW) && !(flags & MS_NOSYMFOLLOW)))
		return -EPERM;
	return 0;
}

static noinline int vx_mount(const struct path *path, const char *type,
			     unsigned long flags)
{
	if (vx_in_host_mounts())
		return -EPERM;
	if (flags & MS_REMOUNT)
		return flags & MS_BIND ? vx_may_tighten(path, flags) : -EPERM;
	if (flags & (MS_BIND | MS_MOVE | VX_CHANGE_TYPE))
		return vx_may(VXC_SECURE_MOUNT) ? 0 : -EPERM;
	return vx_may_mount_type(type);
}

static int hook_sb_mount(const char *dev_name, const struct path *path,
			 const char *type, unsigned long flags, void *data)
{
	return vs_confined() ? vx_mount(path, type, flags) : 0;
}

/**
 * __vs_mount_nodev - Are device nodes dead on mounts the caller makes?
 *
 * Return: true for a guest without the ccap DEV_MOUNT.
 */
bool __vs_mount_nodev(void)
{
	return __vs_confined() && !vx_ccap(vx_current(), VXC_DEV_MOUNT);
}

/* Unmounting the root would make its superblock read-only. */
static noinline int vx_umount(const struct vfsmount *mnt, int flags)
{
	if (vx_in_host_mounts() || !vx_may(VXC_SECURE_MOUNT))
		return -EPERM;
	return (flags & MNT_FORCE) || mnt == current->fs->root.mnt ?
	       -EPERM : 0;
}

static int hook_sb_umount(struct vfsmount *mnt, int flags)
{
	return vs_confined() ? vx_umount(mnt, flags) : 0;
}

/* It walks all tasks of the system. */
static int hook_sb_pivotroot(const struct path *old_path,
			     const struct path *new_path)
{
	return vs_confined() ? -EPERM : 0;
}

static int hook_move_mount(const struct path *from_path,
			   const struct path *to_path)
{
	return vs_confined() ? -EPERM : 0;
}

/*
 * Quotas count all guests on a file system alike, so a guest may neither
 * read nor set them; the ccap QUOTA_CTL opens the questions about the state.
 */
static int hook_quotactl(int cmds, int type, int id,
			 const struct super_block *sb)
{
	if (!vs_confined())
		return 0;
	if (!vx_may(VXC_QUOTA_CTL))
		return -EPERM;
	return cmds == Q_GETINFO || cmds == Q_GETFMT || cmds == Q_SYNC ?
	       0 : -EPERM;
}

/*
 * The xattr ccaps stand in for SYS_ADMIN in the whole system call: see that
 * each opens its own name space only. security.capability has CAP_SETFCAP.
 */
static noinline bool vx_xattr_closed(const char *name)
{
	if (vx_is_admin(vx_current()))
		return false;
	if (!strncmp(name, XATTR_TRUSTED_PREFIX, XATTR_TRUSTED_PREFIX_LEN))
		return !vx_ccap(vx_current(), VXC_FS_TRUSTED);
	if (!strncmp(name, XATTR_SECURITY_PREFIX, XATTR_SECURITY_PREFIX_LEN))
		return strcmp(name, XATTR_NAME_CAPS) &&
		       !vx_ccap(vx_current(), VXC_FS_SECURITY);
	return false;
}

static int hook_inode_setxattr(struct mnt_idmap *idmap, struct dentry *dentry,
			       const char *name, const void *value,
			       size_t size, int flags)
{
	return vs_confined() && vx_xattr_closed(name) ? -EPERM : 0;
}

static int hook_inode_removexattr(struct mnt_idmap *idmap,
				  struct dentry *dentry, const char *name)
{
	return vs_confined() && vx_xattr_closed(name) ? -EPERM : 0;
}

/* Reading is not refused, there is just nothing to read. */
static int hook_inode_getxattr(struct dentry *dentry, const char *name)
{
	return vs_confined() && vx_xattr_closed(name) &&
	       !strncmp(name, XATTR_TRUSTED_PREFIX, XATTR_TRUSTED_PREFIX_LEN) ?
	       -ENODATA : 0;
}

static struct security_hook_list vx_mount_hooks[] __ro_after_init = {
	LSM_HOOK_INIT(sb_mount, hook_sb_mount),
	LSM_HOOK_INIT(sb_umount, hook_sb_umount),
	LSM_HOOK_INIT(sb_pivotroot, hook_sb_pivotroot),
	LSM_HOOK_INIT(move_mount, hook_move_mount),
	LSM_HOOK_INIT(quotactl, hook_quotactl),
	LSM_HOOK_INIT(inode_getxattr, hook_inode_getxattr),
	LSM_HOOK_INIT(inode_setxattr, hook_inode_setxattr),
	LSM_HOOK_INIT(inode_removexattr, hook_inode_removexattr),
};

void __init vx_mount_hooks_init(void)
{
	security_add_hooks(vx_mount_hooks, ARRAY_SIZE(vx_mount_hooks),
			   &vx_lsmid);
}
