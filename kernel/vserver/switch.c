// SPDX-License-Identifier: GPL-2.0-only
/*
 * The vserver system call: one table says which command exists, who may use
 * it and what its argument looks like (spec/abi.md sections 4 to 7).
 *
 * User memory is touched here only: in once before the handler, out once
 * after it. Both word sizes come through the same entry; the few structures
 * whose 32-bit layout differs are converted here as well.
 */

#include <linux/bits.h>
#include <linux/build_bug.h>
#include <linux/capability.h>
#include <linux/compat.h>
#include <linux/cred.h>
#include <linux/string.h>
#include <linux/syscalls.h>
#include <linux/uaccess.h>

#include "context/context.h"
#include "network/network.h"
#include "setup.h"
#include "switch.h"

/* Permission classes, named as in spec/abi.md section 4 */
enum vc_class {
	VC_ANY,		/* 0: everybody */
	VC_QUERY,	/* Q: SYS_ADMIN */
	VC_INFO,	/* I: SYS_ADMIN; host and watch any target, guest its own */
	VC_CREATE,	/* C: SYS_ADMIN, host */
	VC_ADMIN,	/* A: SYS_ADMIN, host, target has STATE_ADMIN */
	VC_RESOURCE,	/* R: as A, and SYS_RESOURCE */
	VC_SETUP,	/* S: as R, or the own context in its set-up */
	VC_ATTR_GET,	/* Q for get_iattr: host and watch */
	VC_ATTR_SET,	/* L: SYS_ADMIN + LINUX_IMMUTABLE, host */
};

enum {
	VC_IN		= BIT(0),
	VC_OUT		= BIT(1),
	VC_IO		= VC_IN | VC_OUT,
	VC_NULL_OK	= BIT(2),
	VC_TARGET	= BIT(3),	/* id names a context that must exist */
	VC_STATE	= BIT(4),	/* ... and must have STATE_ADMIN */
	VC_OWN		= BIT(5),	/* the target is the own context, whatever id */
	VC_WATCH_1	= BIT(6),	/* id 1 is served before the lookup */
	VC_NO_GUEST	= BIT(7),	/* class I, but host and watch only */
	VC_NET		= BIT(8),	/* the target is a network context */
};

/**
 * struct vc_command - a row of the command table
 * @cmd: command word
 * @class: who may call it
 * @flags: VC_IN .. VC_NET
 * @size: bytes of the argument structure, native
 * @size32: bytes for a caller of 32 bits, 0 if equal
 * @from32: converts @size32 bytes to the native structure, NULL if a prefix
 * @to32: converts back, NULL if a prefix
 * @handler: does the work
 */
struct vc_command {
	u32 cmd;
	u8 class;
	u16 flags;
	u8 size;
	u8 size32;
	void (*from32)(void *native, const void *compat);
	void (*to32)(void *compat, const void *native);
	int (*handler)(struct vc_call *c);
};

/* The largest argument structure. */
union vc_data {
	struct vcmd_vhi_name vhi_name;
	struct vcmd_sched_v5 sched;
	struct vcmd_virt_stat virt_stat;
	u64 align[10];
};

#ifdef CONFIG_COMPAT
struct vc_iattr_v1_32 {
	compat_uptr_t name;
	u32 tag;
	u32 flags;
	u32 mask;
};

static void vc_iattr_from32(void *native, const void *compat)
{
	const struct vc_iattr_v1_32 *c = compat;
	struct vcmd_iattr_v1 *n = native;

	n->name = (__force const char *)compat_ptr(c->name);
	n->tag = c->tag;
	n->flags = c->flags;
	n->mask = c->mask;
}

static void vc_iattr_to32(void *compat, const void *native)
{
	const struct vcmd_iattr_v1 *n = native;
	struct vc_iattr_v1_32 *c = compat;

	c->name = ptr_to_compat((void __user *)n->name);
	c->tag = n->tag;
	c->flags = n->flags;
	c->mask = n->mask;
}

#define IATTR_32	.size32 = sizeof(struct vc_iattr_v1_32),	\
			.from32 = vc_iattr_from32, .to32 = vc_iattr_to32
#else
#define IATTR_32	.size32 = 0
#endif

/* i386 aligns u64 to 4: its space_mask_v2 ends right behind the index. */
#ifdef CONFIG_X86
#define SPACE_V2_32	.size32 = 12
#else
#define SPACE_V2_32	.size32 = 0
#endif

#define ROW(name, cl, fl, type, fn)					\
	{ .cmd = VCMD_##name, .class = VC_##cl, .flags = (fl),		\
	  .size = sizeof(type), .handler = vc_##fn }
#define ROW_NONE(name, cl, fl, fn)					\
	{ .cmd = VCMD_##name, .class = VC_##cl, .flags = (fl),		\
	  .handler = vc_##fn }
#define ROW_32(name, cl, fl, type, fn, ...)				\
	{ .cmd = VCMD_##name, .class = VC_##cl, .flags = (fl),		\
	  .size = sizeof(type), .handler = vc_##fn, __VA_ARGS__ }

#define GET	(VC_OUT | VC_TARGET)
#define SET	(VC_IN | VC_TARGET | VC_STATE)
#define NGET	(GET | VC_NET)
#define NSET	(SET | VC_NET)

static const struct vc_command vc_commands[] = {
	ROW_NONE(get_version, ANY, 0, get_version),
	ROW_NONE(get_vci, ANY, 0, get_vci),
	ROW_NONE(task_xid, QUERY, 0, task_xid),
	ROW_NONE(task_nid, QUERY, 0, task_nid),
	ROW_NONE(task_tag, QUERY, 0, task_tag),
	ROW(vx_info, INFO, GET, struct vcmd_vx_info, vx_info),
	ROW(ctx_stat, INFO, GET, struct vcmd_ctx_stat, ctx_stat),

	ROW_NONE(ctx_create_v0, CREATE, 0, ctx_create),
	ROW(ctx_create, CREATE, VC_IN | VC_NULL_OK, struct vcmd_ctx_create,
	    ctx_create),
	ROW_NONE(ctx_migrate_v0, ADMIN, VC_TARGET | VC_STATE | VC_WATCH_1,
		 ctx_migrate),
	ROW(ctx_migrate, ADMIN, SET | VC_NULL_OK | VC_WATCH_1,
	    struct vcmd_ctx_migrate, ctx_migrate),
	ROW(ctx_kill, RESOURCE, VC_IN | VC_TARGET, struct vcmd_ctx_kill,
	    ctx_kill),
	ROW(wait_exit, INFO, GET | VC_NO_GUEST, struct vcmd_wait_exit,
	    wait_exit),

	ROW(get_cflags, INFO, GET, struct vcmd_flags, get_cflags),
	ROW(set_cflags, SETUP, SET, struct vcmd_flags, set_cflags),
	ROW(get_ccaps_v0, INFO, GET, struct vcmd_ccaps_v0, get_ccaps_v0),
	ROW(set_ccaps_v0, SETUP, SET, struct vcmd_ccaps_v0, set_ccaps_v0),
	ROW(get_ccaps, INFO, GET, struct vcmd_ccaps_v1, get_ccaps),
	ROW(set_ccaps, SETUP, SET, struct vcmd_ccaps_v1, set_ccaps),
	ROW(get_bcaps, INFO, GET, struct vcmd_bcaps, get_bcaps),
	ROW(set_bcaps, SETUP, SET, struct vcmd_bcaps, set_bcaps),
	ROW(get_umask, INFO, GET, struct vcmd_umask, get_umask),
	ROW(set_umask, SETUP, SET, struct vcmd_umask, set_umask),
	ROW(get_wmask, INFO, GET, struct vcmd_umask, get_wmask),
	ROW(set_wmask, SETUP, SET, struct vcmd_umask, set_wmask),
	ROW(get_badness, INFO, GET, struct vcmd_badness, get_badness),
	ROW(set_badness, SETUP, SET, struct vcmd_badness, set_badness),
	ROW(get_vhi_name, INFO, GET | VC_IN, struct vcmd_vhi_name,
	    get_vhi_name),
	ROW(set_vhi_name, SETUP, SET, struct vcmd_vhi_name, set_vhi_name),

	ROW_NONE(enter_space_v0, ADMIN, VC_TARGET | VC_STATE, enter_space),
	ROW(enter_space_v1, ADMIN, SET | VC_NULL_OK, struct vcmd_space_mask_v1,
	    enter_space),
	ROW_32(enter_space, ADMIN, SET | VC_NULL_OK, struct vcmd_space_mask_v2,
	       enter_space, SPACE_V2_32),
	ROW_NONE(set_space_v0, SETUP, VC_TARGET | VC_STATE | VC_OWN, set_space),
	ROW(set_space_v1, SETUP, SET | VC_NULL_OK, struct vcmd_space_mask_v1,
	    set_space),
	ROW_32(set_space, SETUP, SET | VC_NULL_OK, struct vcmd_space_mask_v2,
	       set_space, SPACE_V2_32),
	ROW(get_space_mask_v0, ANY, VC_OUT, struct vcmd_space_mask_v1,
	    get_space_mask),
	ROW(get_space_mask, ANY, VC_OUT, struct vcmd_space_mask_v1,
	    get_space_mask),
	ROW(get_space_default, ANY, VC_OUT, struct vcmd_space_mask_v1,
	    get_space_mask),

	ROW(nx_info, INFO, NGET, struct vcmd_nx_info, nx_info),
	ROW(sock_stat, INFO, GET | VC_IN, struct vcmd_sock_stat, sock_stat),
	ROW_NONE(net_create_v0, CREATE, 0, net_create),
	ROW(net_create, CREATE, VC_IN | VC_NULL_OK, struct vcmd_net_create,
	    net_create),
	ROW_NONE(net_migrate, ADMIN,
		 VC_TARGET | VC_STATE | VC_NET | VC_WATCH_1, net_migrate),
	ROW(net_add_v0, SETUP, NSET, struct vcmd_net_addr_v0, net_add_v0),
	ROW(net_remove_v0, SETUP, NSET, struct vcmd_net_addr_v0, net_remove_v0),
	ROW(net_add_ipv4_v1, SETUP, NSET, struct vcmd_net_ipv4_v1,
	    net_add_ipv4_v1),
	ROW(net_rem_ipv4_v1, SETUP, NSET, struct vcmd_net_ipv4_v1,
	    net_rem_ipv4_v1),
	ROW(net_add_ipv4, SETUP, NSET, struct vcmd_net_ipv4_v2, net_add_ipv4),
	ROW(net_rem_ipv4, SETUP, NSET, struct vcmd_net_ipv4_v2, net_rem_ipv4),
	ROW(net_add_ipv6, SETUP, NSET, struct vcmd_net_ipv6_v1, net_add_ipv6),
	ROW(net_remove_ipv6, SETUP, NSET, struct vcmd_net_ipv6_v1,
	    net_remove_ipv6),
	ROW(net_set_mark, SETUP, NSET, struct vcmd_net_mark, net_set_mark),
	ROW(net_get_mark, INFO, NGET, struct vcmd_net_mark, net_get_mark),
	ROW(get_nflags, INFO, NGET, struct vcmd_flags, get_nflags),
	ROW(set_nflags, SETUP, NSET, struct vcmd_flags, set_nflags),
	ROW(get_ncaps, INFO, NGET, struct vcmd_ccaps_v1, get_ncaps),
	ROW(set_ncaps, SETUP, NSET, struct vcmd_ccaps_v1, set_ncaps),

	ROW_32(get_iattr, ATTR_GET, VC_IO, struct vcmd_iattr_v1, get_iattr,
	       IATTR_32),
	ROW_32(set_iattr, ATTR_SET, VC_IO, struct vcmd_iattr_v1, set_iattr,
	       IATTR_32),
	ROW(fget_iattr, ATTR_GET, VC_IO, struct vcmd_fiattr, fget_iattr),
	ROW(fset_iattr, ATTR_SET, VC_IO, struct vcmd_fiattr, fset_iattr),
};

/* Layouts of spec/abi.md section 7; no structure may ever change. */
static_assert(sizeof(struct vcmd_vx_info) == 8);
static_assert(sizeof(struct vcmd_nx_info) == 4);
static_assert(sizeof(struct vcmd_ctx_stat) == 8);
static_assert(sizeof(struct vcmd_ctx_create) == 8);
static_assert(sizeof(struct vcmd_ctx_migrate) == 8);
static_assert(sizeof(struct vcmd_net_create) == 8);
static_assert(sizeof(struct vcmd_flags) == 16);
static_assert(sizeof(struct vcmd_ccaps_v1) == 16);
static_assert(sizeof(struct vcmd_ccaps_v0) == 24);
static_assert(sizeof(struct vcmd_bcaps) == 16);
static_assert(sizeof(struct vcmd_umask) == 16);
static_assert(sizeof(struct vcmd_badness) == 8);
static_assert(sizeof(struct vcmd_vhi_name) == 72 || IS_ENABLED(CONFIG_M68K));
static_assert(sizeof(struct vcmd_virt_stat) == 48);
static_assert(sizeof(struct vcmd_sock_stat) == 40);
static_assert(sizeof(struct vcmd_rlimit_mask) == 12);
static_assert(sizeof(struct vcmd_rlimit_stat) == 32);
static_assert(sizeof(struct vcmd_sched_v3) == 28);
static_assert(sizeof(struct vcmd_sched_v4) == 36);
static_assert(sizeof(struct vcmd_sched_v5) == 44);
static_assert(sizeof(struct vcmd_sched_info) == 40);
static_assert(sizeof(struct vcmd_prio_bias) == 8);
static_assert(sizeof(struct vcmd_ctx_kill) == 8);
static_assert(sizeof(struct vcmd_wait_exit) == 8);
static_assert(sizeof(struct vcmd_space_mask_v1) == 8);
static_assert(sizeof(struct vcmd_fiattr) == 12);
static_assert(sizeof(struct vcmd_net_addr_v0) == 36);
static_assert(sizeof(struct vcmd_net_ipv4_v1) == 12);
static_assert(sizeof(struct vcmd_net_ipv4_v2) == 16);
static_assert(sizeof(struct vcmd_net_ipv6_v1) == 40);
static_assert(sizeof(struct vcmd_net_mark) == 4);
#ifdef CONFIG_64BIT
static_assert(sizeof(struct vcmd_rlimit) == 32);
static_assert(sizeof(struct vcmd_sched_v2) == 32);
static_assert(sizeof(struct vcmd_space_mask_v2) == 16);
static_assert(sizeof(struct vcmd_iattr_v1) == 24);
#endif
#ifdef CONFIG_COMPAT
static_assert(sizeof(struct vc_iattr_v1_32) == 16);
#endif

static const struct vc_command *vc_find(u32 cmd)
{
	for (size_t i = 0; i < ARRAY_SIZE(vc_commands); i++)
		if (vc_commands[i].cmd == cmd)
			return &vc_commands[i];
	return NULL;
}

/* Does @id name the caller's own context, process or network? */
static bool vc_own_id(const struct vc_command *row, u32 id)
{
	struct vx_info *vxi = vx_current();
	struct nx_info *nxi = nx_current();

	if ((s32)id < 0)
		return true;
	return row->flags & VC_NET ? nxi && nxi->nid == id :
				     vxi && vxi->xid == id;
}

/*
 * The bound of a spectator leaves it no SYS_ADMIN, yet it may ask: here its
 * own credentials count.
 */
static bool vc_capable(int cap)
{
	if (vx_is_watch())
		return current_user_ns() == &init_user_ns &&
		       cap_raised(current_cred()->cap_effective, cap);
	return capable(cap);
}

/* Steps 3, 4 and 6 of spec/abi.md section 4. */
static int vc_permitted(const struct vc_command *row, u32 id)
{
	struct vx_info *own = vx_current();

	if (row->class == VC_ANY)
		return 0;
	if (!vc_capable(CAP_SYS_ADMIN))
		return -EPERM;

	switch (row->class) {
	case VC_QUERY:
		return 0;
	case VC_INFO:
		if (!own)
			return 0;
		return !(row->flags & VC_NO_GUEST) && vc_own_id(row, id) ?
		       0 : -EPERM;
	case VC_ATTR_GET:
		return own ? -EPERM : 0;
	case VC_ATTR_SET:
		if (!vc_capable(CAP_LINUX_IMMUTABLE))
			return -EPERM;
		return vx_is_host() ? 0 : -EPERM;
	case VC_RESOURCE:
	case VC_SETUP:
		if (!vc_capable(CAP_SYS_RESOURCE))
			return -EPERM;
		if (row->class == VC_SETUP && own && !vx_confines(own))
			return (row->flags & VC_OWN) || vc_own_id(row, id) ?
			       0 : -EPERM;
		fallthrough;
	case VC_CREATE:
	case VC_ADMIN:
		if (!vx_is_host() || current_user_ns() != &init_user_ns)
			return -EPERM;
		return 0;
	}
	return -EPERM;
}

/* Steps 7 and 8: the target, counted, which vc_put_target() drops. */
static int vc_get_target(const struct vc_command *row, struct vc_call *c)
{
	bool own = (row->flags & VC_OWN) || (s32)c->id < 0, admin;

	if (row->flags & VC_NET) {
		c->nxi = own ? nx_get(nx_current()) : nx_lookup(c->id);
		if (!c->nxi)
			return -ESRCH;
		admin = nx_flag(c->nxi, NXF_STATE_ADMIN);
	} else {
		c->vxi = own ? vx_get(vx_current()) : vx_lookup(c->id);
		if (!c->vxi)
			return -ESRCH;
		admin = vx_flag(c->vxi, VXF_STATE_ADMIN);
	}
	return (row->flags & VC_STATE) && !admin ? -EACCES : 0;
}

static void vc_put_target(struct vc_call *c)
{
	vx_put(c->vxi);
	nx_put(c->nxi);
}

static bool vc_is_32(const struct vc_command *row)
{
	return row->size32 && in_compat_syscall();
}

static int vc_copy_in(const struct vc_command *row, union vc_data *data,
		      const void __user *arg)
{
	union vc_data raw = {};

	if (!vc_is_32(row))
		return copy_from_user(data, arg, row->size) ? -EFAULT : 0;
	if (copy_from_user(&raw, arg, row->size32))
		return -EFAULT;
	if (row->from32)
		row->from32(data, &raw);
	else
		memcpy(data, &raw, row->size32);
	return 0;
}

static int vc_copy_out(const struct vc_command *row, const union vc_data *data,
		       void __user *arg)
{
	union vc_data raw = {};

	if (!vc_is_32(row))
		return copy_to_user(arg, data, row->size) ? -EFAULT : 0;
	if (row->to32)
		row->to32(&raw, data);
	else
		memcpy(&raw, data, row->size32);
	return copy_to_user(arg, &raw, row->size32) ? -EFAULT : 0;
}

static int vc_run(const struct vc_command *row, struct vc_call *c,
		  void __user *arg)
{
	union vc_data data = {};
	int ret;

	c->data = &data;
	c->no_data = !arg || !(row->flags & VC_IO);
	if ((row->flags & VC_IO) && !arg && !(row->flags & VC_NULL_OK))
		return -EFAULT;
	if ((row->flags & VC_IN) && arg) {
		ret = vc_copy_in(row, &data, arg);
		if (ret)
			return ret;
	}
	ret = row->handler(c);
	/* An interrupted wait_exit still reports what it knows. */
	if ((row->flags & VC_OUT) && (ret >= 0 || ret == -ERESTARTSYS)) {
		int err = vc_copy_out(row, &data, arg);

		if (err)
			return err;
	}
	return ret;
}

/**
 * sys_vserver - The entry of all vserver commands
 * @cmd: command word, VCMD_*
 * @id: context number, process number or ignored, by command
 * @data: argument structure of the command or NULL
 *
 * Return: >= 0 as the command says, or -errno: -ENOSYS for a command that
 * does not exist, -EPERM and -EACCES without the right, -ESRCH without a
 * target, -EFAULT for bad memory, else the command's own (spec/abi.md 8).
 */
SYSCALL_DEFINE3(vserver, u32, cmd, u32, id, void __user *, data)
{
	const struct vc_command *row = vc_find(cmd);
	struct vc_call c = { .cmd = cmd, .id = id };
	int ret;

	BUILD_BUG_ON(sizeof(union vc_data) > 80);
	if (!row || !vx_enabled())
		return -ENOSYS;
	if ((row->flags & VC_WATCH_1) && id == VX_ID_WATCH) {
		if (!vc_capable(CAP_SYS_ADMIN) || vx_current())
			return -EPERM;
		return row->flags & VC_NET ? nx_watch_self() : vx_watch_self();
	}
	ret = vc_permitted(row, id);
	if (ret)
		return ret;
	if (row->flags & VC_TARGET)
		ret = vc_get_target(row, &c);
	if (!ret)
		ret = vc_run(row, &c, data);
	vc_put_target(&c);
	return ret;
}
