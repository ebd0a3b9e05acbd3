// SPDX-License-Identifier: GPL-2.0-only
/*
 * /proc/virtual and /proc/virtnet (spec/procfs.md).
 *
 * A context has no entries of its own in memory: its directory and files are
 * made when somebody looks, from the table below, and go with the last user.
 * An inode knows its context by serial number (proc_inode.fd) and its row of
 * the table (proc_inode.op.lsmid, -1 for the directory); it holds no
 * reference, so a file that is still open when its context ends reads empty.
 *
 * Guests are kept out by the visibility of the two directories themselves
 * (context/visible.c). If the admin opens them, a guest finds itself only.
 */

#include <linux/dcache.h>
#include <linux/fs.h>
#include <linux/init.h>
#include <linux/namei.h>
#include <linux/proc_fs.h>
#include <linux/sched/signal.h>
#include <linux/seq_file.h>

#include "../../fs/proc/internal.h"
#include "context/context.h"
#include "context/show.h"

/* Positions in /proc/virtual: its own entries, then one for each number. */
#define VX_FIRST_ID	256

/* Below the numbers proc gives its registered entries. */
#define VX_INO_BASE	0xe0000000UL
#define VX_INO_STEP	16

#define VX_ROW_DIR	(-1)

/**
 * struct vx_proc_row - a file in /proc/virtual/<xid>
 * @name: its name
 * @show: prints it; the context is counted for the time of the call
 */
struct vx_proc_row {
	const char *name;
	int (*show)(struct seq_file *m, struct vx_info *vxi);
};

static const struct vx_proc_row vx_rows[] = {
	{ "info", vx_show_info },
	{ "status", vx_show_status },
	{ "limit", vx_show_limit },
	{ "sched", vx_show_sched },
	{ "cvirt", vx_show_cvirt },
	{ "cacct", vx_show_cacct },
	{ "nsproxy", vx_show_nsproxy },
	{ "nsproxy1", vx_show_nsproxy1 },
};

static_assert(ARRAY_SIZE(vx_rows) < VX_INO_STEP);

/* A guest sees itself, and not even that with hide_vinfo. */
static bool vx_may_view(const struct vx_info *vxi)
{
	return !vs_confined() ||
	       (vxi == vx_current() && !vx_flag(vxi, VXF_HIDE_VINFO));
}

static unsigned long vx_ino(u32 xid, int row)
{
	return VX_INO_BASE + xid * VX_INO_STEP + row + 1;
}

static struct vx_info *vx_of_inode_rcu(const struct inode *inode)
{
	return vx_lookup_serial_rcu(PROC_I(inode)->fd);
}

/* 1: there and visible, 0: gone, -ENOENT: hidden from the caller. */
static int vx_state_of(const struct inode *inode)
{
	struct vx_info *vxi;
	int ret = 0;

	rcu_read_lock();
	vxi = vx_of_inode_rcu(inode);
	if (vxi)
		ret = vx_may_view(vxi) ? 1 : -ENOENT;
	rcu_read_unlock();
	return ret;
}

static int vx_revalidate(struct dentry *dentry, unsigned int flags)
{
	return flags & LOOKUP_RCU ? -ECHILD : vx_state_of(d_inode(dentry));
}

static const struct dentry_operations vx_dentry_ops = {
	.d_revalidate	= vx_revalidate,
	.d_delete	= always_delete_dentry,
};

static int vx_file_show(struct seq_file *m, void *v)
{
	const struct inode *inode = m->private;
	struct vx_info *vxi;
	int ret = 0;

	rcu_read_lock();
	vxi = vx_of_inode_rcu(inode);
	if (!vx_tryget(vxi))
		vxi = NULL;
	rcu_read_unlock();
	if (vxi)
		ret = vx_rows[PROC_I(inode)->op.lsmid].show(m, vxi);
	vx_put(vxi);
	return ret;
}

static int vx_file_open(struct inode *inode, struct file *file)
{
	return single_open(file, vx_file_show, inode);
}

static const struct file_operations vx_file_fops = {
	.open		= vx_file_open,
	.read_iter	= seq_read_iter,
	.splice_read	= copy_splice_read,
	.llseek		= seq_lseek,
	.release	= single_release,
};

static const struct inode_operations vx_file_iops = {
	.setattr	= proc_nochmod_setattr,
};

static const struct inode_operations vx_dir_iops;
static const struct file_operations vx_dir_fops;

static struct dentry *vx_instantiate(struct inode *dir, struct dentry *dentry,
				     u32 xid, u32 serial, int row)
{
	struct inode *inode = new_inode(dir->i_sb);

	if (!inode)
		return ERR_PTR(-ENOMEM);
	inode->i_ino = vx_ino(xid, row);
	simple_inode_init_ts(inode);
	PROC_I(inode)->fd = serial;
	PROC_I(inode)->op.lsmid = row;
	if (row == VX_ROW_DIR) {
		inode->i_mode = S_IFDIR | 0555;
		set_nlink(inode, 2);
		inode->i_op = &vx_dir_iops;
		inode->i_fop = &vx_dir_fops;
	} else {
		inode->i_mode = S_IFREG | 0444;
		inode->i_op = &vx_file_iops;
		inode->i_fop = &vx_file_fops;
	}
	return proc_splice_unmountable(inode, dentry, &vx_dentry_ops);
}

/* The context's number, from an inode number that vx_ino() made. */
static u32 vx_inode_xid(const struct inode *inode)
{
	return (inode->i_ino - VX_INO_BASE) / VX_INO_STEP;
}

static struct dentry *vx_dir_lookup(struct inode *dir, struct dentry *dentry,
				    unsigned int flags)
{
	if (vx_state_of(dir) <= 0)
		return ERR_PTR(-ENOENT);
	for (int i = 0; i < ARRAY_SIZE(vx_rows); i++)
		if (!strcmp(dentry->d_name.name, vx_rows[i].name))
			return vx_instantiate(dir, dentry, vx_inode_xid(dir),
					      PROC_I(dir)->fd, i);
	return ERR_PTR(-ENOENT);
}

static int vx_dir_readdir(struct file *file, struct dir_context *ctx)
{
	u32 xid = vx_inode_xid(file_inode(file));

	if (vx_state_of(file_inode(file)) <= 0 || !dir_emit_dots(file, ctx))
		return 0;
	for (; ctx->pos - 2 < ARRAY_SIZE(vx_rows); ctx->pos++) {
		int i = ctx->pos - 2;

		if (!dir_emit(ctx, vx_rows[i].name, strlen(vx_rows[i].name),
			      vx_ino(xid, i), DT_REG))
			break;
	}
	return 0;
}

static const struct inode_operations vx_dir_iops = {
	.lookup		= vx_dir_lookup,
	.setattr	= proc_nochmod_setattr,
};

static const struct file_operations vx_dir_fops = {
	.llseek		= generic_file_llseek,
	.read		= generic_read_dir,
	.iterate_shared	= vx_dir_readdir,
};

static struct dentry *vx_virtual_lookup(struct inode *dir,
					struct dentry *dentry,
					unsigned int flags)
{
	struct dentry *found = proc_lookup(dir, dentry, flags);
	struct vx_info *vxi;

	if (found != ERR_PTR(-ENOENT))
		return found;
	vxi = vx_lookup(name_to_int(&dentry->d_name));
	if (vxi && vx_may_view(vxi))
		found = vx_instantiate(dir, dentry, vxi->xid, vxi->id,
				       VX_ROW_DIR);
	vx_put(vxi);
	return found;
}

static bool vx_emit_id(struct dir_context *ctx, const struct vx_info *vxi)
{
	char name[PROC_NUMBUF];
	int len = snprintf(name, sizeof(name), "%u", vxi->xid);

	return !vx_may_view(vxi) ||
	       dir_emit(ctx, name, len, vx_ino(vxi->xid, VX_ROW_DIR), DT_DIR);
}

static int vx_virtual_readdir(struct file *file, struct dir_context *ctx)
{
	struct vx_info *vxi;
	bool done;
	u32 xid;

	if (ctx->pos < VX_FIRST_ID) {
		int ret = proc_readdir(file, ctx);

		if (ret <= 0)
			return ret;
		ctx->pos = VX_FIRST_ID;
	}
	xid = ctx->pos - VX_FIRST_ID;
	while ((vxi = vx_next(&xid))) {
		ctx->pos = VX_FIRST_ID + xid;
		done = vx_emit_id(ctx, vxi);
		vx_put(vxi);
		if (!done)
			return 0;
		ctx->pos = VX_FIRST_ID + ++xid;
		cond_resched();
	}
	return 0;
}

static int vx_virtual_getattr(struct mnt_idmap *idmap, const struct path *path,
			      struct kstat *stat, u32 request_mask,
			      unsigned int query_flags)
{
	generic_fillattr(&nop_mnt_idmap, request_mask, d_inode(path->dentry),
			 stat);
	stat->nlink = 2 + (vs_confined() ? 1 : vx_count(false));
	return 0;
}

static const struct inode_operations vx_virtual_iops = {
	.lookup		= vx_virtual_lookup,
	.getattr	= vx_virtual_getattr,
	.setattr	= proc_nochmod_setattr,
};

static const struct file_operations vx_virtual_fops = {
	.llseek		= generic_file_llseek,
	.read		= generic_read_dir,
	.iterate_shared	= vx_virtual_readdir,
};

static struct proc_dir_entry * __init
vx_proc_tree(const char *name, int (*status)(struct seq_file *m, void *v))
{
	struct proc_dir_entry *dir = proc_mkdir(name, NULL);

	if (dir) {
		proc_create_single("info", 0444, dir, vx_show_top_info);
		proc_create_single("status", 0444, dir, status);
	}
	return dir;
}

static int __init vx_proc_init(void)
{
	struct proc_dir_entry *dir;

	dir = vx_proc_tree("virtual", vx_show_top_status);
	if (!dir)
		return -ENOMEM;
	dir->proc_iops = &vx_virtual_iops;
	dir->proc_dir_ops = &vx_virtual_fops;
	return vx_proc_tree("virtnet", nx_show_top_status) ? 0 : -ENOMEM;
}
fs_initcall(vx_proc_init);
