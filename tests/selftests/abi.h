/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The table of vserver(2)'s commands and the layouts of their structures, from
 * spec/abi.md sections 4, 6 and 7: what abi_test drives the dispatcher with.
 */
#ifndef _VS_SELFTEST_ABI_H
#define _VS_SELFTEST_ABI_H

#include "common.h"

/* The layouts of spec/abi.md section 7, as this program's ABI has them. */
#define SIZE_IS(_size, _struct) \
	_Static_assert(sizeof(struct vcmd_##_struct) == (_size), #_struct)

SIZE_IS(8, vx_info);
SIZE_IS(8, ctx_stat);
SIZE_IS(16, flags);
SIZE_IS(16, ccaps_v1);
SIZE_IS(24, ccaps_v0);
SIZE_IS(16, bcaps);
SIZE_IS(16, umask);
SIZE_IS(8, badness);
SIZE_IS(72, vhi_name);
SIZE_IS(4, nx_info);
SIZE_IS(8, net_create);
SIZE_IS(36, net_addr_v0);
SIZE_IS(12, net_ipv4_v1);
SIZE_IS(16, net_ipv4_v2);
SIZE_IS(40, net_ipv6_v1);
SIZE_IS(4, net_mark);
SIZE_IS(8, ctx_kill);
SIZE_IS(8, wait_exit);
SIZE_IS(8, space_mask_v1);
#ifdef __i386__
SIZE_IS(12, space_mask_v2);
SIZE_IS(28, rlimit);
SIZE_IS(28, sched_v2);
SIZE_IS(16, iattr_v1);
#else
SIZE_IS(16, space_mask_v2);
SIZE_IS(32, rlimit);
SIZE_IS(32, sched_v2);
SIZE_IS(24, iattr_v1);
#endif
SIZE_IS(32, rlimit_stat);
SIZE_IS(48, virt_stat);
SIZE_IS(40, sock_stat);
SIZE_IS(44, sched_v5);
SIZE_IS(40, sched_info);
SIZE_IS(12, fiattr);

/* Direction of the data argument. */
enum { NONE, IN, OUT, IO };

/* What the command does besides: how the generic tests have to treat it. */
#define NULL_OK		0x01	/* data may be NULL */
#define JOINS		0x02	/* moves the caller: only in a child */
#define SLEEPS		0x04	/* waits for the end of the context */
#define NO_TARGET	0x08	/* the id is no context */
#define OWN_ONLY	0x10	/* acts on the caller's context, whatever the id */
#define ANY_STATE	0x20	/* no STATE_ADMIN test */
#define NET		0x40	/* the target is a network context */
#define NO_ZEROS	0x80	/* all-zero data is invalid */

struct cmd {
	__u32 word;
	const char *name;
	char class;
	unsigned char dir;
	unsigned char how;
	size_t size;
};

#define CMD(_name, _class, _dir, _size, _how) \
	{ VCMD_##_name, #_name, _class, _dir, _how, _size }

static const struct cmd cmds[] = {
	CMD(get_version, '0', NONE, 0, NO_TARGET),
	CMD(get_vci, '0', NONE, 0, NO_TARGET),
	CMD(get_space_mask_v0, '0', OUT, 8, NO_TARGET),
	CMD(get_space_mask, '0', OUT, 8, NO_TARGET),
	CMD(get_space_default, '0', OUT, 8, NO_TARGET),

	CMD(task_xid, 'Q', NONE, 0, NO_TARGET),
	CMD(task_nid, 'Q', NONE, 0, NO_TARGET),
	CMD(task_tag, 'Q', NONE, 0, NO_TARGET),

	CMD(vx_info, 'I', OUT, 8, 0),
	CMD(ctx_stat, 'I', OUT, 8, 0),
	CMD(wait_exit, 'I', OUT, 8, SLEEPS),
	CMD(get_cflags, 'I', OUT, 16, 0),
	CMD(get_ccaps_v0, 'I', OUT, 24, 0),
	CMD(get_ccaps, 'I', OUT, 16, 0),
	CMD(get_bcaps, 'I', OUT, 16, 0),
	CMD(get_umask, 'I', OUT, 16, 0),
	CMD(get_wmask, 'I', OUT, 16, 0),
	CMD(get_badness, 'I', OUT, 8, 0),
	CMD(get_vhi_name, 'I', IO, 72, 0),

	CMD(ctx_create_v0, 'C', NONE, 0, JOINS),
	CMD(ctx_create, 'C', IN, 8, JOINS | NULL_OK),

	CMD(ctx_migrate_v0, 'A', NONE, 0, JOINS),
	CMD(ctx_migrate, 'A', IN, 8, JOINS | NULL_OK),
	CMD(enter_space_v0, 'A', NONE, 0, JOINS),
	CMD(enter_space_v1, 'A', IN, 8, JOINS | NULL_OK),
	CMD(enter_space, 'A', IN, sizeof(struct vcmd_space_mask_v2), JOINS | NULL_OK),

	CMD(ctx_kill, 'R', IN, 8, ANY_STATE),

	CMD(set_cflags, 'S', IN, 16, 0),
	CMD(set_ccaps_v0, 'S', IN, 24, 0),
	CMD(set_ccaps, 'S', IN, 16, 0),
	CMD(set_bcaps, 'S', IN, 16, 0),
	CMD(set_umask, 'S', IN, 16, 0),
	CMD(set_wmask, 'S', IN, 16, 0),
	CMD(set_badness, 'S', IN, 8, 0),
	CMD(set_vhi_name, 'S', IN, 72, 0),
	CMD(set_space_v0, 'S', NONE, 0, OWN_ONLY),
	CMD(set_space_v1, 'S', IN, 8, NULL_OK),
	CMD(set_space, 'S', IN, sizeof(struct vcmd_space_mask_v2), NULL_OK),

	CMD(nx_info, 'I', OUT, 4, NET),
	CMD(sock_stat, 'I', IO, 40, 0),
	CMD(get_nflags, 'I', OUT, 16, NET),
	CMD(get_ncaps, 'I', OUT, 16, NET),
	CMD(net_get_mark, 'I', OUT, 4, NET),
	CMD(net_create_v0, 'C', NONE, 0, JOINS | NET),
	CMD(net_create, 'C', IN, 8, JOINS | NET | NULL_OK),
	CMD(net_migrate, 'A', NONE, 0, JOINS | NET),
	CMD(net_add_v0, 'S', IN, 36, NET | NO_ZEROS),
	CMD(net_remove_v0, 'S', IN, 36, NET | NO_ZEROS),
	CMD(net_add_ipv4_v1, 'S', IN, 12, NET | NO_ZEROS),
	CMD(net_rem_ipv4_v1, 'S', IN, 12, NET | NO_ZEROS),
	CMD(net_add_ipv4, 'S', IN, 16, NET | NO_ZEROS),
	CMD(net_rem_ipv4, 'S', IN, 16, NET | NO_ZEROS),
	CMD(net_add_ipv6, 'S', IN, 40, NET | NO_ZEROS),
	CMD(net_remove_ipv6, 'S', IN, 40, NET | NO_ZEROS),
	CMD(net_set_mark, 'S', IN, 4, NET),
	CMD(set_nflags, 'S', IN, 16, NET),
	CMD(set_ncaps, 'S', IN, 16, NET),
};

/* Words of the ABI that are not built yet, or never will be. */
static const struct {
	__u32 word;
	const char *name;
} absent[] = {
	{ VCMD_rlimit_stat, "rlimit_stat" }, { VCMD_virt_stat, "virt_stat" },
	{ VCMD_get_rlimit, "get_rlimit" }, { VCMD_set_rlimit, "set_rlimit" },
	{ VCMD_get_rlimit_mask, "get_rlimit_mask" },
	{ VCMD_reset_hits, "reset_hits" }, { VCMD_reset_minmax, "reset_minmax" },
	{ VCMD_set_sched_v2, "set_sched_v2" }, { VCMD_set_sched_v3, "set_sched_v3" },
	{ VCMD_set_sched_v4, "set_sched_v4" }, { VCMD_set_sched, "set_sched" },
	{ VCMD_get_sched, "get_sched" }, { VCMD_sched_info, "sched_info" },
	{ VCMD_set_prio_bias, "set_prio_bias" },
	{ VCMD_get_prio_bias, "get_prio_bias" },
	{ VCMD_tag_migrate, "tag_migrate" }, { VCMD_add_dlimit, "add_dlimit" },
	{ VCMD_rem_dlimit, "rem_dlimit" }, { VCMD_set_dlimit, "set_dlimit" },
	{ VCMD_get_dlimit, "get_dlimit" }, { VCMD_set_mapping, "set_mapping" },
	{ VCMD_unset_mapping, "unset_mapping" },
	/* never: spec/abi.md names them only to answer ENOSYS */
	{ 0x09010002, "ctx_create_v2" }, { 0x0b010002, "ctx_migrate_v2" },
	{ 0x0a050000, "get_pflags" }, { 0x0a060000, "set_pflags" },
	{ 0x0a020000, "cleanup_namespace" }, { 0x26010000, "get_iattr_v0" },
	{ 0x26020000, "set_iattr_v0" }, { 0x1a050000, "add_match_ipv4" },
	{ 0x1a060000, "get_match_ipv4" },
	{ 0x1a070000, "add_match_ipv6" }, { 0x1a080000, "get_match_ipv6" },
	{ 0x1a010003, "net_add_v3" }, { 0x1a030000, "net_add_ipv6_v0" }, { 0x01010000, "create_context" },
	{ 0x3f010001, "new_s_context" }, { 0x3f020003, "set_ipv4root" },
	{ 0x38010000, "dump_history" }, { 0x38050000, "read_history" },
	{ 0x38060000, "read_monitor" },
};

#endif /* _VS_SELFTEST_ABI_H */
