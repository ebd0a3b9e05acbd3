// SPDX-License-Identifier: GPL-2.0-only
/*
 * The dispatcher of vserver(2): which words exist, who may use them in which
 * order of checks, and that exactly the declared bytes are read and written.
 * Everything is driven by one table of commands (spec/abi.md sections 4, 6
 * and 7).  The facts of single commands are tested elsewhere.
 *
 * Guards against: a command reachable without its class check, a lookup that
 * answers before the permission (existence oracle), a struct copied with a
 * wrong size for 64- or 32-bit callers, padding that leaks kernel memory.
 */
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
};

/* Words of the ABI that are not built yet, or never will be. */
static const struct {
	__u32 word;
	const char *name;
} absent[] = {
	{ VCMD_nx_info, "nx_info" }, { VCMD_rlimit_stat, "rlimit_stat" },
	{ VCMD_virt_stat, "virt_stat" }, { VCMD_sock_stat, "sock_stat" },
	{ VCMD_get_rlimit, "get_rlimit" }, { VCMD_set_rlimit, "set_rlimit" },
	{ VCMD_get_rlimit_mask, "get_rlimit_mask" },
	{ VCMD_reset_hits, "reset_hits" }, { VCMD_reset_minmax, "reset_minmax" },
	{ VCMD_set_sched_v2, "set_sched_v2" }, { VCMD_set_sched_v3, "set_sched_v3" },
	{ VCMD_set_sched_v4, "set_sched_v4" }, { VCMD_set_sched, "set_sched" },
	{ VCMD_get_sched, "get_sched" }, { VCMD_sched_info, "sched_info" },
	{ VCMD_set_prio_bias, "set_prio_bias" },
	{ VCMD_get_prio_bias, "get_prio_bias" },
	{ VCMD_net_create_v0, "net_create_v0" }, { VCMD_net_create, "net_create" },
	{ VCMD_net_migrate, "net_migrate" }, { VCMD_net_add_v0, "net_add_v0" },
	{ VCMD_net_remove_v0, "net_remove_v0" },
	{ VCMD_net_add_ipv4_v1, "net_add_ipv4_v1" },
	{ VCMD_net_rem_ipv4_v1, "net_rem_ipv4_v1" },
	{ VCMD_net_add_ipv4, "net_add_ipv4" }, { VCMD_net_rem_ipv4, "net_rem_ipv4" },
	{ VCMD_net_add_ipv6, "net_add_ipv6" },
	{ VCMD_net_remove_ipv6, "net_remove_ipv6" },
	{ VCMD_get_nflags, "get_nflags" }, { VCMD_set_nflags, "set_nflags" },
	{ VCMD_get_ncaps, "get_ncaps" }, { VCMD_set_ncaps, "set_ncaps" },
	{ VCMD_tag_migrate, "tag_migrate" }, { VCMD_add_dlimit, "add_dlimit" },
	{ VCMD_rem_dlimit, "rem_dlimit" }, { VCMD_set_dlimit, "set_dlimit" },
	{ VCMD_get_dlimit, "get_dlimit" }, { VCMD_set_mapping, "set_mapping" },
	{ VCMD_unset_mapping, "unset_mapping" },
	/* never: spec/abi.md names them only to answer ENOSYS */
	{ 0x09010002, "ctx_create_v2" }, { 0x0b010002, "ctx_migrate_v2" },
	{ 0x0a050000, "get_pflags" }, { 0x0a060000, "set_pflags" },
	{ 0x0a020000, "cleanup_namespace" }, { 0x26010000, "get_iattr_v0" },
	{ 0x26020000, "set_iattr_v0" }, { 0x1a050000, "add_match_ipv4" },
	{ 0x1a080000, "get_match_ipv6" }, { 0x01010000, "create_context" },
	{ 0x3f010001, "new_s_context" }, { 0x3f020003, "set_ipv4root" },
	{ 0x38010000, "dump_history" }, { 0x38050000, "read_history" },
	{ 0x38060000, "read_monitor" },
};

#define FOR_EACH_CMD(_c) \
	for (const struct cmd *_c = cmds; _c < cmds + ARRAY_SIZE(cmds); _c++)

/* Assert the result of one call, naming the command on failure. */
#define EXPECT_CMD(_want, _c, _id, _data) do { \
	long __got = vserver((_c)->word, _id, _data); \
	EXPECT_EQ(_want, __got) { \
		TH_LOG("%s (class %c), id %d", (_c)->name, (_c)->class, (int)(_id)); \
	} \
} while (0)

static bool host_only(const struct cmd *c)
{
	return strchr("ARSC", c->class) != NULL;
}

static bool has_target(const struct cmd *c)
{
	return !(c->how & (NO_TARGET | OWN_ONLY)) && c->class != 'C';
}

/* A context without tasks, SETUP over, with all spaces of the host stored. */
FIXTURE(abi)
{
	__u32 xid;	/* the context */
	__u32 none;	/* a number nobody uses */
	char buf[128];	/* big enough for every structure, all zero */
};

FIXTURE_SETUP(abi)
{
	SKIP_UNLESS_VSERVER();
	memset(self->buf, 0, sizeof(self->buf));
	self->xid = vs_xid(0);
	self->none = vs_xid(1);
	VS_IN_SETUP(self->xid, VXF_PERSISTENT) {
		EXPECT_EQ(0, vserver(VCMD_set_space_v0, 0, NULL));
		EXPECT_EQ(0, vs_set_cflags(VX_ID_SELF, 0, VXF_STATE_SETUP));
	}
	ASSERT_EQ(0, _metadata->exit_code);
}

FIXTURE_TEARDOWN(abi)
{
	vs_set_cflags(self->xid, 0, VXF_PERSISTENT);
}

/* What a call with all-zero data and enough rights gives on self->xid. */
static long zero_data_result(const struct cmd *c, __u32 xid)
{
	if (c->class == 'C')
		return xid;
	if (c->word == VCMD_ctx_kill)
		return -ESRCH;		/* the context has no member */
	if (c->how & OWN_ONLY)
		return -ESRCH;		/* the host has no context */
	if (c->word == VCMD_get_version)
		return VCI_VERSION;
	if (c->word == VCMD_get_vci)
		return vserver(VCMD_get_vci, 0, NULL);
	return 0;
}

/* The id for a generic call: unused for create, pid 0 for task_*. */
static __u32 call_id(const struct cmd *c, __u32 xid, __u32 none)
{
	if (c->class == 'C')
		return none;
	return c->how & NO_TARGET ? 0 : xid;
}

TEST_F(abi, every_command_works_for_the_host)
{
	FOR_EACH_CMD(c) {
		__u32 id = call_id(c, self->xid, self->none);

		if (c->how & SLEEPS)
			continue;
		VS_IN_CHILD {
			EXPECT_CMD(zero_data_result(c, id), c, id,
				   c->size ? self->buf : NULL);
		}
	}
}

TEST_F(abi, words_not_in_the_table)
{
	/* Unknown even to those who could not use them: checked first. */
	for (int pass = 0; pass < 2; pass++) {
		VS_IN_CHILD {
			if (pass)
				ASSERT_EQ(0, vs_set_effective(0));
			for (size_t i = 0; i < ARRAY_SIZE(absent); i++) {
				long got = vserver(absent[i].word, self->xid, self->buf);

				EXPECT_EQ(-ENOSYS, got) {
					TH_LOG("%s", absent[i].name);
				}
			}
		}
	}
}

TEST_F(abi, whole_word_is_compared)
{
	static const __u32 reserved[] = { 1U << 31, 1U << 30, 1U << 15, 1U << 14,
					  1U << 13, 1U << 12, 1U << 11, 1U << 3 };

	FOR_EACH_CMD(c) {
		for (size_t i = 0; i < ARRAY_SIZE(reserved); i++) {
			long got = vserver(c->word | reserved[i], self->xid, self->buf);

			EXPECT_EQ(-ENOSYS, got) {
				TH_LOG("%s with bits %#x", c->name, reserved[i]);
			}
		}
	}
	EXPECT_EQ(-ENOSYS, vserver(0x3f3f0000, 0, NULL));
	EXPECT_EQ(-ENOSYS, vserver(0xffffffff, 0, NULL));
}

TEST_F(abi, without_sys_admin)
{
	VS_IN_CHILD {
		ASSERT_EQ(0, vs_drop_cap(CAP_SYS_ADMIN));
		FOR_EACH_CMD(c) {
			if (c->class == '0')
				EXPECT_CMD(zero_data_result(c, 0), c, 0,
					   c->size ? self->buf : NULL);
			else
				EXPECT_CMD(-EPERM, c, self->xid, self->buf);
			/* no oracle for contexts that don't exist */
			if (c->class != '0')
				EXPECT_CMD(-EPERM, c, self->none, NULL);
		}
		EXPECT_EQ(-EPERM, vserver(VCMD_ctx_migrate, 1, NULL));
	}
}

TEST_F(abi, without_sys_resource)
{
	FOR_EACH_CMD(c) {
		__u32 id = call_id(c, self->xid, self->none);

		if (c->how & SLEEPS)
			continue;
		VS_IN_CHILD {
			ASSERT_EQ(0, vs_drop_cap(CAP_SYS_RESOURCE));
			if (c->class == 'R' || c->class == 'S') {
				EXPECT_CMD(-EPERM, c, id, self->buf);
				EXPECT_CMD(-EPERM, c, self->none, NULL);
			} else {
				EXPECT_CMD(zero_data_result(c, id), c, id,
					   c->size ? self->buf : NULL);
			}
		}
	}
}

/* Capabilities count in the initial user namespace only. */
TEST_F(abi, capabilities_of_another_user_namespace)
{
	VS_IN_CHILD {
		__u64 caps = 0;

		ASSERT_EQ(0, unshare(CLONE_NEWUSER));
		ASSERT_EQ(0, vs_caps(&caps, NULL));
		ASSERT_NE(0, caps & (1ULL << CAP_SYS_ADMIN));
		FOR_EACH_CMD(c) {
			if (c->class == '0')
				EXPECT_CMD(zero_data_result(c, 0), c, 0,
					   c->size ? self->buf : NULL);
			else
				EXPECT_CMD(-EPERM, c, self->xid, self->buf);
		}
		EXPECT_EQ(-EPERM, vserver(VCMD_ctx_migrate, 1, NULL));
	}
}

TEST_F(abi, watch_may_look_but_not_touch)
{
	VS_IN_CHILD {
		ASSERT_EQ(1, vserver(VCMD_ctx_migrate, 1, NULL));
		FOR_EACH_CMD(c) {
			__u32 id = call_id(c, self->xid, self->none);

			if (c->how & SLEEPS)
				continue;
			if (host_only(c)) {
				EXPECT_CMD(-EPERM, c, id, self->buf);
				EXPECT_CMD(-EPERM, c, self->none, NULL);
			} else if (c->word == VCMD_task_xid) {
				EXPECT_CMD(1, c, 0, NULL);
			} else {
				EXPECT_CMD(zero_data_result(c, id), c, id,
					   c->size ? self->buf : NULL);
			}
		}
		/* the one migration that is left to it, and changes nothing */
		EXPECT_EQ(1, vserver(VCMD_ctx_migrate, 1, NULL));
		EXPECT_EQ(1, vserver(VCMD_ctx_migrate_v0, 1, NULL));
		EXPECT_EQ(-EPERM, vserver(VCMD_ctx_migrate, 0, NULL));
	}
}

/* Even with every capability in its bound a guest administrates nothing. */
TEST_F(abi, guest_with_all_capabilities)
{
	__u32 own = vs_xid(2);

	VS_IN_GUEST(own, .bcaps = ~0ULL) {
		FOR_EACH_CMD(c) {
			if (c->how & NO_TARGET) {
				EXPECT_CMD(c->word == VCMD_task_xid ? (long)own :
					   zero_data_result(c, 0), c, 0,
					   c->size ? self->buf : NULL);
				continue;
			}
			if (host_only(c) || c->how & SLEEPS) {
				EXPECT_CMD(-EPERM, c, self->xid, self->buf);
				EXPECT_CMD(-EPERM, c, own, self->buf);
				EXPECT_CMD(-EPERM, c, VX_ID_SELF, self->buf);
				EXPECT_CMD(-EPERM, c, self->none, NULL);
			} else {
				/* class I: its own context, by any name */
				EXPECT_CMD(0, c, own, memset(self->buf, 0, 128));
				EXPECT_CMD(0, c, VX_ID_SELF, memset(self->buf, 0, 128));
				EXPECT_CMD(0, c, VX_ID_DYNAMIC, memset(self->buf, 0, 128));
				EXPECT_CMD(0, c, 0x80000000, memset(self->buf, 0, 128));
				EXPECT_CMD(-EPERM, c, self->xid, self->buf);
				/* and no hint which others exist */
				EXPECT_CMD(-EPERM, c, self->none, self->buf);
			}
		}
		EXPECT_EQ(-EPERM, vserver(VCMD_ctx_migrate, 1, NULL));
		EXPECT_EQ(-EPERM, vserver(VCMD_ctx_migrate_v0, 1, NULL));
		EXPECT_EQ(-EPERM, vserver(VCMD_ctx_migrate, 0, NULL));
	}
}

TEST_F(abi, guest_with_the_default_bound)
{
	__u32 own = vs_xid(2);

	VS_IN_GUEST(own) {
		FOR_EACH_CMD(c) {
			if (c->class == '0')
				EXPECT_CMD(zero_data_result(c, 0), c, 0,
					   c->size ? self->buf : NULL);
			else
				EXPECT_CMD(-EPERM, c, own, self->buf);
		}
	}
}

/* The creator of a context sets up that context, and nothing else. */
TEST_F(abi, self_setup)
{
	__u32 own = vs_xid(2);

	FOR_EACH_CMD(c) {
		if (c->class != 'S')
			continue;
		VS_IN_SETUP(own, 0) {
			const void *data = c->size ? self->buf : NULL;

			EXPECT_CMD(0, c, own, data);
			EXPECT_CMD(0, c, VX_ID_SELF, data);
			EXPECT_CMD(0, c, VX_ID_DYNAMIC, data);
			if (c->how & OWN_ONLY) {
				EXPECT_CMD(0, c, self->none, data);
			} else {
				EXPECT_CMD(-EPERM, c, self->xid, data);
				EXPECT_CMD(-EPERM, c, self->none, data);
			}
			ASSERT_EQ(0, vs_drop_cap(CAP_SYS_RESOURCE));
			EXPECT_CMD(-EPERM, c, own, data);
		}
		VS_IN_SETUP(own, 0) {
			ASSERT_EQ(0, vs_drop_cap(CAP_SYS_ADMIN));
			EXPECT_CMD(-EPERM, c, own, c->size ? self->buf : NULL);
		}
	}
	VS_IN_SETUP(own, 0) {
		FOR_EACH_CMD(c) {
			if (strchr("ARC", c->class) || c->how & SLEEPS) {
				EXPECT_CMD(-EPERM, c, own, self->buf);
				EXPECT_CMD(-EPERM, c, self->none, self->buf);
			}
		}
		EXPECT_EQ(-EPERM, vserver(VCMD_ctx_migrate, 1, NULL));
	}
}

TEST_F(abi, no_such_context)
{
	const __u32 ids[] = { 0, 1, self->none, 65535, 65536, 0x7fffffff,
			      0x80000000, VX_ID_SELF, VX_ID_DYNAMIC };

	FOR_EACH_CMD(c) {
		if (!has_target(c))
			continue;
		for (size_t i = 0; i < ARRAY_SIZE(ids); i++) {
			if (ids[i] == 1 && (c->word == VCMD_ctx_migrate ||
					    c->word == VCMD_ctx_migrate_v0))
				continue;
			EXPECT_CMD(-ESRCH, c, ids[i], self->buf);
			/* found before the data is looked at */
			EXPECT_CMD(-ESRCH, c, ids[i], (void *)8);
		}
	}
	EXPECT_EQ(-ESRCH, vserver(VCMD_set_space_v0, self->xid, NULL));
}

TEST_F(abi, shut_for_administration)
{
	__u32 shut = vs_xid(3);
	pid_t member = VS_START_GUEST(shut);

	ASSERT_GT(member, 0);
	ASSERT_EQ(0, vs_set_cflags(shut, 0, VXF_STATE_ADMIN));
	FOR_EACH_CMD(c) {
		if (!has_target(c) || c->how & SLEEPS)
			continue;
		if (strchr("ARS", c->class) && !(c->how & ANY_STATE)) {
			EXPECT_CMD(-EACCES, c, shut, self->buf);
			EXPECT_CMD(-EACCES, c, shut, (void *)8);
		} else {
			/* ctx_kill: signal 0 reaches the member */
			EXPECT_CMD(0, c, shut, memset(self->buf, 0, 128));
		}
	}
	vs_end(member);
	EXPECT_FALSE(vs_exists(shut));
}

TEST_F(abi, bad_pointers)
{
	long page = sysconf(_SC_PAGESIZE);
	void *readonly = mmap(NULL, page, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	void *hidden = mmap(NULL, page, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	ASSERT_NE(MAP_FAILED, readonly);
	ASSERT_NE(MAP_FAILED, hidden);
	FOR_EACH_CMD(c) {
		__u32 id = call_id(c, self->xid, self->none);
		long ok = zero_data_result(c, id);

		if (!c->size || c->how & SLEEPS)
			continue;
		VS_IN_CHILD {
			char *edge = vs_edge(c->size);

			ASSERT_NE(NULL, edge);
			EXPECT_CMD(-EFAULT, c, id, (void *)8);
			EXPECT_CMD(-EFAULT, c, id, (void *)-4096L);
			EXPECT_CMD(-EFAULT, c, id, hidden);
			EXPECT_CMD(-EFAULT, c, id, edge + 1);
			EXPECT_CMD(-EFAULT, c, id, edge + c->size - 1);
			if (c->dir == OUT || c->dir == IO)
				EXPECT_CMD(-EFAULT, c, id, readonly);
			if (!(c->how & NULL_OK))
				EXPECT_CMD(-EFAULT, c, id, NULL);
			/* after all that the caller is where it was */
			EXPECT_EQ(0, vs_task_xid(0));
			/* and exactly the structure is enough */
			EXPECT_CMD(ok, c, id, edge);
		}
		if (c->dir == IN) {
			VS_IN_CHILD { EXPECT_CMD(ok, c, id, readonly); }
		}
		if (c->how & NULL_OK) {
			VS_IN_CHILD { EXPECT_CMD(ok, c, id, NULL); }
		}
	}
}

TEST_F(abi, writes_the_structure_and_no_more)
{
	unsigned char buf[128];

	FOR_EACH_CMD(c) {
		__u32 id = call_id(c, self->xid, self->none);

		if ((c->dir != OUT && c->dir != IO) || c->how & SLEEPS)
			continue;
		/* a refused call writes nothing */
		memset(buf, 0xa5, sizeof(buf));
		if (has_target(c)) {
			EXPECT_CMD(-ESRCH, c, self->none, buf);
			for (size_t i = 0; i < sizeof(buf); i++) {
				ASSERT_EQ(0xa5, buf[i]) {
					TH_LOG("%s wrote byte %zu", c->name, i);
				}
			}
		}
		if (c->dir == IO)
			memset(buf, 0, 4);
		EXPECT_CMD(0, c, id, buf);
		for (size_t i = c->size; i < sizeof(buf); i++) {
			ASSERT_EQ(0xa5, buf[i]) {
				TH_LOG("%s wrote byte %zu", c->name, i);
			}
		}
	}

	/* vhi_name: the rest of the name and the padding are zero */
	memset(buf, 0xa5, sizeof(buf));
	memset(buf, 0, 4);
	ASSERT_EQ(0, vserver(VCMD_get_vhi_name, self->xid, buf));
	for (size_t i = 4; i < sizeof(struct vcmd_vhi_name); i++) {
		EXPECT_EQ(0, buf[i]) {
			TH_LOG("byte %zu of vhi_name", i);
		}
	}
}

TEST_HARNESS_MAIN
