// SPDX-License-Identifier: GPL-2.0-only
/*
 * /proc/virtual and /proc/virtnet (spec/procfs.md): two kinds of contexts, one
 * implementation.
 *
 * A context has no entries of its own in memory: its directory and files are
 * made when somebody looks, from the tables below, and go with the last user.
 * An inode knows its context by serial number (proc_inode.fd), its kind and
 * its row of the table (proc_inode.op.lsmid); it holds no reference, so a file
 * that is still open when its context ends reads empty.
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
#include "network/network.h"

/* Positions in the two directories: their own entries, then one per number. */
#define VS_FIRST_ID	256

/* Below the numbers proc gives its registered entries. */
#define VS_INO_BASE	0xe0000000UL
#define VS_INO_STEP	16
#define VS_INO_KIND	(VS_INO_STEP * (VX_ID_MAX + 1UL))

#define VS_ROW_DIR	(-1)

/**
 * struct vs_row - a file of a context
 * @name: its name
 * @vx_show: prints it for a security context, counted for the time of the call
 * @nx_show: likewise for a network context; one of both is set
 */
struct vs_row {
	const char *name;
	int (*vx_show)(struct seq_file *m, struct vx_info *vxi);
	int (*nx_show)(struct seq_file *m, struct nx_info *nxi);
};

/**
 * struct vs_kind - a kind of contexts
 * @name: of the directory
 * @top_status: prints the file status of the directory
 * @rows: files of each context
 * @nrows: how many
 * @lookup: a listed context, counted, or NULL
 * @lookup_serial: the same by serial, valid under RCU, not counted
 * @next: walks the contexts, counted
 * @tryget: counts a context that is valid under RCU
 * @put: drops the reference, also of NULL
 * @id: the number of a context
 * @serial: its serial
 * @may_view: may the caller know of it?
 * @show: prints a row
 * @count: number of contexts
 */
struct vs_kind {
	const char *name;
	int (*top_status)(struct seq_file *m, void *v);
	const struct vs_row *rows;
	int nrows;
	void *(*lookup)(u32 id);
	void *(*lookup_serial)(u32 serial);
	void *(*next)(u32 *id);
	bool (*tryget)(void *ctx);
	void (*put)(void *ctx);
	u32 (*id)(const void *ctx);
	u32 (*serial)(const void *ctx);
	bool (*may_view)(const void *ctx);
	int (*show)(const struct vs_row *row, struct seq_file *m, void *ctx);
	unsigned int (*count)(bool active);
};

/* --- the two kinds ------------------------------------------------------------- */

static const struct vs_row vx_rows[] = {
	{ "info", .vx_show = vx_show_info },
	{ "status", .vx_show = vx_show_status },
	{ "limit", .vx_show = vx_show_limit },
	{ "sched", .vx_show = vx_show_sched },
	{ "cvirt", .vx_show = vx_show_cvirt },
	{ "cacct", .vx_show = vx_show_cacct },
	{ "nsproxy", .vx_show = vx_show_nsproxy },
	{ "nsproxy1", .vx_show = vx_show_nsproxy1 },
};

static const struct vs_row nx_rows[] = {
	{ "info", .nx_show = nx_show_info },
	{ "status", .nx_show = nx_show_status },
};

static_assert(ARRAY_SIZE(vx_rows) < VS_INO_STEP);
static_assert(ARRAY_SIZE(nx_rows) < VS_INO_STEP);

/* A guest sees itself, and not even that with hide_vinfo. */
static bool vs_may_view(bool own)
{
	struct vx_info *vxi = vx_current();

	return !vs_confined() ||
	       (own && !(vxi && vx_flag(vxi, VXF_HIDE_VINFO)));
}

/* Both kinds have the same functions and differ only in type and prefix. */
#define VS_KIND(p)							\
static void *p##_kind_lookup(u32 id)					\
{									\
	return p##_lookup(id);						\
}									\
									\
static void *p##_kind_lookup_serial(u32 serial)				\
{									\
	return p##_lookup_serial_rcu(serial);				\
}									\
									\
static void *p##_kind_next(u32 *id)					\
{									\
	return p##_next(id);						\
}									\
									\
static bool p##_kind_tryget(void *ctx)					\
{									\
	return p##_tryget(ctx);						\
}									\
									\
static void p##_kind_put(void *ctx)					\
{									\
	p##_put(ctx);							\
}									\
									\
static u32 p##_kind_serial(const void *ctx)				\
{									\
	return ((const struct p##_info *)ctx)->id;			\
}									\
									\
static bool p##_kind_may_view(const void *ctx)				\
{									\
	return vs_may_view(ctx == p##_current());			\
}									\
									\
static int p##_kind_show(const struct vs_row *row, struct seq_file *m,	\
			 void *ctx)					\
{									\
	return row->p##_show(m, ctx);					\
}

#define VS_KIND_ROW(p, dir)						\
	{ .name = (dir), .top_status = p##_show_top_status,		\
	  .rows = p##_rows, .nrows = ARRAY_SIZE(p##_rows),		\
	  .lookup = p##_kind_lookup,					\
	  .lookup_serial = p##_kind_lookup_serial,			\
	  .next = p##_kind_next, .tryget = p##_kind_tryget,		\
	  .put = p##_kind_put, .id = p##_kind_id,			\
	  .serial = p##_kind_serial, .may_view = p##_kind_may_view,	\
	  .show = p##_kind_show, .count = p##_count }

VS_KIND(vx)
VS_KIND(nx)

static u32 vx_kind_id(const void *ctx)
{
	return ((const struct vx_info *)ctx)->xid;
}

static u32 nx_kind_id(const void *ctx)
{
	return ((const struct nx_info *)ctx)->nid;
}

static const struct vs_kind vs_kinds[] = {
	VS_KIND_ROW(vx, "virtual"),
	VS_KIND_ROW(nx, "virtnet"),
};

/* --- inodes ---------------------------------------------------------------------- */

static unsigned long vs_ino(const struct vs_kind *kind, u32 id, int row)
{
	return VS_INO_BASE + (kind - vs_kinds) * VS_INO_KIND +
	       id * VS_INO_STEP + row + 1;
}

/* The context's number, from an inode number that vs_ino() made. */
static u32 vs_inode_id(const struct inode *inode)
{
	return (inode->i_ino - VS_INO_BASE) % VS_INO_KIND / VS_INO_STEP;
}

static void vs_inode_set_row(struct inode *inode, const struct vs_kind *kind,
			     int row)
{
	PROC_I(inode)->op.lsmid = (kind - vs_kinds) * VS_INO_STEP + row + 1;
}

static const struct vs_kind *vs_inode_kind(const struct inode *inode)
{
	return &vs_kinds[PROC_I(inode)->op.lsmid / VS_INO_STEP];
}

static const struct vs_row *vs_inode_row(const struct inode *inode)
{
	int row = PROC_I(inode)->op.lsmid % VS_INO_STEP - 1;

	return &vs_inode_kind(inode)->rows[row];
}

static void *vs_of_inode_rcu(const struct inode *inode)
{
	return vs_inode_kind(inode)->lookup_serial(PROC_I(inode)->fd);
}

/* 1: there and visible, 0: gone, -ENOENT: hidden from the caller. */
static int vs_state_of(const struct inode *inode)
{
	void *ctx;
	int ret = 0;

	rcu_read_lock();
	ctx = vs_of_inode_rcu(inode);
	if (ctx)
		ret = vs_inode_kind(inode)->may_view(ctx) ? 1 : -ENOENT;
	rcu_read_unlock();
	return ret;
}

static int vs_revalidate(struct dentry *dentry, unsigned int flags)
{
	return flags & LOOKUP_RCU ? -ECHILD : vs_state_of(d_inode(dentry));
}

static const struct dentry_operations vs_dentry_ops = {
	.d_revalidate	= vs_revalidate,
	.d_delete	= always_delete_dentry,
};

static int vs_file_show(struct seq_file *m, void *v)
{
	const struct inode *inode = m->private;
	const struct vs_kind *kind = vs_inode_kind(inode);
	int ret = 0;
	void *ctx;

	rcu_read_lock();
	ctx = vs_of_inode_rcu(inode);
	if (!kind->tryget(ctx))
		ctx = NULL;
	rcu_read_unlock();
	if (ctx)
		ret = kind->show(vs_inode_row(inode), m, ctx);
	kind->put(ctx);
	return ret;
}

static int vs_file_open(struct inode *inode, struct file *file)
{
	return single_open(file, vs_file_show, inode);
}

static const struct file_operations vs_file_fops = {
	.open		= vs_file_open,
	.read_iter	= seq_read_iter,
	.splice_read	= copy_splice_read,
	.llseek		= seq_lseek,
	.release	= single_release,
};

static const struct inode_operations vs_file_iops = {
	.setattr	= proc_nochmod_setattr,
};

static const struct inode_operations vs_dir_iops;
static const struct file_operations vs_dir_fops;

static struct dentry *vs_instantiate(struct inode *dir, struct dentry *dentry,
				     const struct vs_kind *kind, u32 id,
				     u32 serial, int row)
{
	struct inode *inode = new_inode(dir->i_sb);

	if (!inode)
		return ERR_PTR(-ENOMEM);
	inode->i_ino = vs_ino(kind, id, row);
	simple_inode_init_ts(inode);
	PROC_I(inode)->fd = serial;
	vs_inode_set_row(inode, kind, row);
	if (row == VS_ROW_DIR) {
		inode->i_mode = S_IFDIR | 0555;
		set_nlink(inode, 2);
		inode->i_op = &vs_dir_iops;
		inode->i_fop = &vs_dir_fops;
	} else {
		inode->i_mode = S_IFREG | 0444;
		inode->i_op = &vs_file_iops;
		inode->i_fop = &vs_file_fops;
	}
	return proc_splice_unmountable(inode, dentry, &vs_dentry_ops);
}

/* --- /proc/virtual/<xid>, /proc/virtnet/<nid> --------------------------------------- */

static struct dentry *vs_dir_lookup(struct inode *dir, struct dentry *dentry,
				    unsigned int flags)
{
	const struct vs_kind *kind = vs_inode_kind(dir);

	if (vs_state_of(dir) <= 0)
		return ERR_PTR(-ENOENT);
	for (int i = 0; i < kind->nrows; i++)
		if (!strcmp(dentry->d_name.name, kind->rows[i].name))
			return vs_instantiate(dir, dentry, kind,
					      vs_inode_id(dir), PROC_I(dir)->fd,
					      i);
	return ERR_PTR(-ENOENT);
}

static int vs_dir_readdir(struct file *file, struct dir_context *ctx)
{
	const struct inode *inode = file_inode(file);
	const struct vs_kind *kind = vs_inode_kind(inode);

	if (vs_state_of(inode) <= 0 || !dir_emit_dots(file, ctx))
		return 0;
	for (; ctx->pos - 2 < kind->nrows; ctx->pos++) {
		int i = ctx->pos - 2;

		if (!dir_emit(ctx, kind->rows[i].name,
			      strlen(kind->rows[i].name),
			      vs_ino(kind, vs_inode_id(inode), i), DT_REG))
			break;
	}
	return 0;
}

static const struct inode_operations vs_dir_iops = {
	.lookup		= vs_dir_lookup,
	.setattr	= proc_nochmod_setattr,
};

static const struct file_operations vs_dir_fops = {
	.llseek		= generic_file_llseek,
	.read		= generic_read_dir,
	.iterate_shared	= vs_dir_readdir,
};

/* --- /proc/virtual, /proc/virtnet ------------------------------------------------------ */

static struct dentry *vs_top_lookup(struct inode *dir, struct dentry *dentry,
				    unsigned int flags)
{
	struct dentry *found = proc_lookup(dir, dentry, flags);
	const struct vs_kind *kind = pde_data(dir);
	void *ctx;

	if (found != ERR_PTR(-ENOENT))
		return found;
	ctx = kind->lookup(name_to_int(&dentry->d_name));
	if (ctx && kind->may_view(ctx))
		found = vs_instantiate(dir, dentry, kind, kind->id(ctx),
				       kind->serial(ctx), VS_ROW_DIR);
	kind->put(ctx);
	return found;
}

static bool vs_emit_id(struct dir_context *ctx, const struct vs_kind *kind,
		       const void *info)
{
	u32 id = kind->id(info);
	char name[PROC_NUMBUF];
	int len = snprintf(name, sizeof(name), "%u", id);

	return !kind->may_view(info) ||
	       dir_emit(ctx, name, len, vs_ino(kind, id, VS_ROW_DIR), DT_DIR);
}

static int vs_top_readdir(struct file *file, struct dir_context *ctx)
{
	const struct vs_kind *kind = pde_data(file_inode(file));
	void *info;
	bool done;
	u32 id;

	if (ctx->pos < VS_FIRST_ID) {
		int ret = proc_readdir(file, ctx);

		if (ret <= 0)
			return ret;
		ctx->pos = VS_FIRST_ID;
	}
	id = ctx->pos - VS_FIRST_ID;
	while ((info = kind->next(&id))) {
		ctx->pos = VS_FIRST_ID + id;
		done = vs_emit_id(ctx, kind, info);
		kind->put(info);
		if (!done)
			return 0;
		ctx->pos = VS_FIRST_ID + ++id;
		cond_resched();
	}
	return 0;
}

static int vs_top_getattr(struct mnt_idmap *idmap, const struct path *path,
			  struct kstat *stat, u32 request_mask,
			  unsigned int query_flags)
{
	const struct vs_kind *kind = pde_data(d_inode(path->dentry));

	generic_fillattr(&nop_mnt_idmap, request_mask, d_inode(path->dentry),
			 stat);
	stat->nlink = 2 + (vs_confined() ? 1 : kind->count(false));
	return 0;
}

static const struct inode_operations vs_top_iops = {
	.lookup		= vs_top_lookup,
	.getattr	= vs_top_getattr,
	.setattr	= proc_nochmod_setattr,
};

static const struct file_operations vs_top_fops = {
	.llseek		= generic_file_llseek,
	.read		= generic_read_dir,
	.iterate_shared	= vs_top_readdir,
};

static int __init vs_proc_tree(const struct vs_kind *kind)
{
	struct proc_dir_entry *dir;

	dir = proc_mkdir_data(kind->name, 0, NULL, (void *)kind);
	if (!dir)
		return -ENOMEM;
	proc_create_single("info", 0444, dir, vx_show_top_info);
	proc_create_single("status", 0444, dir, kind->top_status);
	dir->proc_iops = &vs_top_iops;
	dir->proc_dir_ops = &vs_top_fops;
	return 0;
}

static int __init vs_proc_init(void)
{
	int ret = 0;

	for (int i = 0; !ret && i < ARRAY_SIZE(vs_kinds); i++)
		ret = vs_proc_tree(&vs_kinds[i]);
	return ret;
}
fs_initcall(vs_proc_init);
