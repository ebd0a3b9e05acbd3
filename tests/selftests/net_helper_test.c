// SPDX-License-Identifier: GPL-2.0-only
/*
 * netup and netdown: the helper of network contexts (spec/abi.md section 12).
 *
 * Guards against: an address that is taken down while a guest still has it, a
 * helper that cannot look up what it is about, and one nobody asked for.
 */
#include "netcommon.h"
#include "vshelper_log.h"

#include <libgen.h>

FIXTURE(helper)
{
	__u32 nid;
	char saved[512];
	char path[PATH_MAX];
	int done;
};

FIXTURE_SETUP(helper)
{
	char dir[PATH_MAX];

	SKIP_UNLESS_VSERVER();
	self->nid = vs_xid(0);
	mkdir(PROBE_DIR, 0700);
	remove_files(self->nid);
	snprintf(dir, sizeof(dir), "%s", vs_self_exe);
	snprintf(self->path, sizeof(self->path), "%s/vshelper_probe", dirname(dir));
	ASSERT_EQ(0, access(self->path, X_OK));
	ASSERT_GT(vs_read_file(SYSCTL, self->saved, sizeof(self->saved)), 0);
	ASSERT_EQ(0, vs_write_file(SYSCTL, self->path));
	self->done = make_pipe(self->nid, "done");
	ASSERT_GE(self->done, 0);
}

FIXTURE_TEARDOWN(helper)
{
	int hold = open(probe_file(self->nid, "hold"), O_WRONLY | O_NONBLOCK);

	if (hold >= 0)
		vs_post(hold);
	net_set_nflags(self->nid, 0, NXF_PERSISTENT);
	while (net_exists(self->nid))
		sched_yield();
	EXPECT_EQ(0, vs_write_file(SYSCTL, self->saved));
	remove_files(self->nid);
}

TEST_F(helper, up_and_down)
{
	VS_IN_CHILD {
		EXPECT_EQ(self->nid, net_create(self->nid, NET_INIT_SET | NXF_SC_HELPER));
		/* synchronous */
		expect_state_log(_metadata, self->nid, "netup", 3);
		ASSERT_TRUE(vs_await(self->done));
	}
	ASSERT_TRUE(vs_await(self->done));
	expect_state_log(_metadata, self->nid, "netdown", 4);
}

TEST_F(helper, up_refused)
{
	ASSERT_EQ(0, set_exit_code(self->nid, 1));
	EXPECT_EQ(-ENOEXEC, net_create(self->nid, NET_INIT_SET | NXF_SC_HELPER));
	EXPECT_EQ(0, vserver(VCMD_task_nid, 0, NULL));
	EXPECT_FALSE(net_exists(self->nid));
	EXPECT_EQ(-ENOEXEC, net_create(self->nid, NET_INIT_SET | NXF_SC_HELPER | NXF_PERSISTENT));
	EXPECT_FALSE(net_exists(self->nid));
	ASSERT_EQ(0, set_exit_code(self->nid, 0));
	VS_IN_CHILD {
		EXPECT_EQ(self->nid, net_create(self->nid, NET_INIT_SET | NXF_SC_HELPER));
	}
}

/* The addresses can still be asked for while they are taken down. */
TEST_F(helper, context_during_down)
{
	int hold = make_pipe(self->nid, "hold");
	char path[64], text[4096];

	ASSERT_GE(hold, 0);
	VS_IN_CHILD {
		EXPECT_EQ(self->nid, net_create(self->nid, NET_INIT_SET));
		EXPECT_EQ(0, net_add(self->nid, NET_A "/24"));
		EXPECT_EQ(0, net_set_nflags(self->nid, NXF_SC_HELPER, NXF_SC_HELPER));
	}
	ASSERT_TRUE(vs_await(self->done));
	snprintf(path, sizeof(path), "/proc/virtnet/%u/info", self->nid);
	ASSERT_LT(0, vs_read_file(path, text, sizeof(text)));
	EXPECT_NE(NULL, strstr(text, NET_A));
	/* nobody gets in any more */
	EXPECT_EQ(-EFAULT, vserver(VCMD_net_migrate, self->nid, NULL));
	EXPECT_GT(0, net_create(self->nid, NET_INIT_SET));
	vs_post(hold);
	while (net_exists(self->nid))
		sched_yield();
	VS_IN_CHILD { EXPECT_EQ(self->nid, net_create(self->nid, NET_INIT_SET)); }
}

TEST_F(helper, silent_without_the_flag)
{
	VS_IN_CHILD { EXPECT_EQ(self->nid, net_create(self->nid, NET_INIT_SET)); }
	EXPECT_FALSE(net_exists(self->nid));
	EXPECT_ERRNO(ENOENT, access(probe_file(self->nid, "log"), F_OK));
}

TEST_HARNESS_MAIN
