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
#include "abi.h"

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

static long make_net(__u32 nid, __u64 nflags)
{
	struct vcmd_net_create arg = { NXF_STATE_ADMIN | nflags };

	return vserver(VCMD_net_create, nid, &arg);
}

static long set_nflags(__u32 nid, __u64 value, __u64 mask)
{
	struct vcmd_flags arg = { value, mask };

	return vserver(VCMD_set_nflags, nid, &arg);
}

/* A guest that is in a network context of the same number as well. */
#define VS_IN_GUEST_AND_NET(_xid, ...) \
	VS_IN_CHILD if (make_net(_xid, 0) == (long)(_xid) && \
			vs_guest_ready(_metadata, _xid, &(struct vs_guest){ __VA_ARGS__ }))
#define VS_IN_SETUP_AND_NET(_xid) \
	VS_IN_CHILD if (make_net(_xid, 0) == (long)(_xid) && \
			vs_setup_ready(_metadata, _xid, 0))

/*
 * A context without tasks, SETUP over, with all spaces of the host stored; a
 * network context of the same number.
 */
FIXTURE(abi)
{
	__u32 xid;	/* both contexts */
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
	VS_IN_CHILD { EXPECT_EQ(self->xid, make_net(self->xid, NXF_PERSISTENT)); }
	ASSERT_EQ(0, _metadata->exit_code);
}

FIXTURE_TEARDOWN(abi)
{
	vs_set_cflags(self->xid, 0, VXF_PERSISTENT);
	set_nflags(self->xid, 0, NXF_PERSISTENT);
}

/* What a call with all-zero data and enough rights gives on self->xid. */
static long zero_data_result(const struct cmd *c, __u32 xid)
{
	if (c->class == 'C')
		return xid;
	if (c->how & NO_ZEROS)
		return -EINVAL;
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
		EXPECT_EQ(-EPERM, vserver(VCMD_net_migrate, 1, NULL));
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
		EXPECT_EQ(-EPERM, vserver(VCMD_net_migrate, 1, NULL));
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
				memset(self->buf, 0, sizeof(self->buf));
				EXPECT_CMD(zero_data_result(c, id), c, id,
					   c->size ? self->buf : NULL);
			}
		}
		/* the one migration that is left to it, and changes nothing */
		EXPECT_EQ(1, vserver(VCMD_ctx_migrate, 1, NULL));
		EXPECT_EQ(1, vserver(VCMD_ctx_migrate_v0, 1, NULL));
		EXPECT_EQ(-EPERM, vserver(VCMD_ctx_migrate, 0, NULL));
		EXPECT_EQ(-EPERM, vserver(VCMD_net_migrate, 0, NULL));
	}
}

/* Even with every capability in its bound a guest administrates nothing. */
TEST_F(abi, guest_with_all_capabilities)
{
	__u32 own = vs_xid(2);

	VS_IN_GUEST_AND_NET(own, .bcaps = ~0ULL) {
		FOR_EACH_CMD(c) {
			if (c->how & NO_TARGET) {
				bool number = c->word == VCMD_task_xid || c->word == VCMD_task_nid;

				EXPECT_CMD(number ? (long)own : zero_data_result(c, 0), c, 0,
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
		EXPECT_EQ(-EPERM, vserver(VCMD_net_migrate, 1, NULL));
		EXPECT_EQ(-EPERM, vserver(VCMD_ctx_migrate_v0, 1, NULL));
		EXPECT_EQ(-EPERM, vserver(VCMD_ctx_migrate, 0, NULL));
		EXPECT_EQ(-EPERM, vserver(VCMD_net_migrate, 0, NULL));
	}
}

TEST_F(abi, guest_with_the_default_bound)
{
	__u32 own = vs_xid(2);

	VS_IN_GUEST_AND_NET(own) {
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
		VS_IN_SETUP_AND_NET(own) {
			const void *data = c->size ? self->buf : NULL;
			long ok = c->how & NO_ZEROS ? -EINVAL : 0;

			EXPECT_CMD(ok, c, own, data);
			EXPECT_CMD(ok, c, VX_ID_SELF, data);
			EXPECT_CMD(ok, c, VX_ID_DYNAMIC, data);
			if (c->how & OWN_ONLY) {
				EXPECT_CMD(0, c, self->none, data);
			} else {
				EXPECT_CMD(-EPERM, c, self->xid, data);
				EXPECT_CMD(-EPERM, c, self->none, data);
			}
			ASSERT_EQ(0, vs_drop_cap(CAP_SYS_RESOURCE));
			EXPECT_CMD(-EPERM, c, own, data);
		}
		VS_IN_SETUP_AND_NET(own) {
			ASSERT_EQ(0, vs_drop_cap(CAP_SYS_ADMIN));
			EXPECT_CMD(-EPERM, c, own, c->size ? self->buf : NULL);
		}
	}
	VS_IN_SETUP_AND_NET(own) {
		FOR_EACH_CMD(c) {
			if (strchr("ARC", c->class) || c->how & SLEEPS) {
				EXPECT_CMD(-EPERM, c, own, self->buf);
				EXPECT_CMD(-EPERM, c, self->none, self->buf);
			}
		}
		EXPECT_EQ(-EPERM, vserver(VCMD_ctx_migrate, 1, NULL));
		EXPECT_EQ(-EPERM, vserver(VCMD_net_migrate, 1, NULL));
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
					    c->word == VCMD_ctx_migrate_v0 ||
					    c->word == VCMD_net_migrate))
				continue;
			EXPECT_CMD(-ESRCH, c, ids[i], self->buf);
			/* found before the data is looked at */
			EXPECT_CMD(-ESRCH, c, ids[i], (void *)8);
		}
	}
	EXPECT_EQ(-ESRCH, vserver(VCMD_set_space_v0, self->xid, NULL));
}

/* A process of the host that lives in a new network context. */
static pid_t start_net_member(__u32 nid)
{
	int fds[2];
	pid_t pid;

	if (pipe2(fds, O_CLOEXEC))
		return -errno;
	pid = fork();
	if (pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		if (make_net(nid, 0) < 0)
			_exit(KSFT_FAIL);
		vs_post(fds[1]);
		for (;;)
			pause();
	}
	close(fds[1]);
	if (!vs_await(fds[0])) {
		waitpid(pid, NULL, 0);
		pid = -EPIPE;
	}
	close(fds[0]);
	return pid;
}

TEST_F(abi, shut_for_administration)
{
	__u32 shut = vs_xid(3);
	pid_t member = VS_START_GUEST(shut), net_member;

	ASSERT_GT(member, 0);
	ASSERT_EQ(0, vs_set_cflags(shut, 0, VXF_STATE_ADMIN));
	net_member = start_net_member(shut);
	ASSERT_GT(net_member, 0);
	ASSERT_EQ(0, set_nflags(shut, 0, NXF_STATE_ADMIN));
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
	vs_end(net_member);
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
