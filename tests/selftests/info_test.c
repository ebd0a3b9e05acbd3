// SPDX-License-Identifier: GPL-2.0-only
/*
 * Who is who: version and config word, task_xid and its relatives, vx_info,
 * ctx_stat and the masks of spaces (spec/abi.md sections 5, 8.1, 8.6).
 *
 * Guards against: tools that take the wrong code path because of a wrong
 * version or config bit, and a guest that learns something about a task or
 * context that is not its own.
 */
#include "common.h"

#include <pthread.h>

FIXTURE(info)
{
	__u32 xid;
};

FIXTURE_SETUP(info)
{
	SKIP_UNLESS_VSERVER();
	self->xid = vs_xid(0);
}

FIXTURE_TEARDOWN(info)
{
}

TEST_F(info, version)
{
	EXPECT_EQ(0x00020308, vserver(VCMD_get_version, 0, NULL));
	/* what the tools send */
	EXPECT_EQ(0x00020308, vserver(VCMD_get_version, 63, NULL));
	EXPECT_EQ(0x00020308, vserver(VCMD_get_version, VX_ID_SELF, (void *)8));
}

TEST_F(info, config_word)
{
	long vci = vserver(VCMD_get_vci, 0, NULL);

	ASSERT_GE(vci, 0);
	EXPECT_EQ(0, vci & ~0x7fffffffL);
	EXPECT_NE(0, vci & VCI_NO_DYNAMIC);
	EXPECT_NE(0, vci & VCI_PROC_SECURE);
	EXPECT_NE(0, vci & VCI_SPACES);
	EXPECT_NE(0, vci & VCI_NETV2);
	EXPECT_EQ(0, vci & (VCI_MEMCG | VCI_MEMCG_SWAP));
	EXPECT_EQ(0, vci & 0xe);
	EXPECT_EQ(vci, vserver(VCMD_get_vci, 4711, NULL));
}

TEST_F(info, same_answers_inside_a_guest)
{
	long vci = vserver(VCMD_get_vci, 0, NULL);

	VS_IN_GUEST(self->xid, .no_caps = true) {
		EXPECT_EQ(0x00020308, vserver(VCMD_get_version, 63, NULL));
		EXPECT_EQ(vci, vserver(VCMD_get_vci, 0, NULL));
	}
}

TEST_F(info, masks_of_spaces)
{
	struct vcmd_space_mask_v1 m = { 0 };

	ASSERT_EQ(0, vserver(VCMD_get_space_mask_v0, 0, &m));
	EXPECT_EQ(0x0c020200, m.mask);
	/* cgroup and time namespaces are extensions of ours and optional */
	ASSERT_EQ(0, vserver(VCMD_get_space_mask, 0, &m));
	EXPECT_EQ(0x4c020200, m.mask & ~(CLONE_NEWCGROUP | 0x80ULL));
	ASSERT_EQ(0, vserver(VCMD_get_space_default, 0, &m));
	EXPECT_EQ(0x0c020200, m.mask);
}

TEST_F(info, task_of_the_host)
{
	EXPECT_EQ(0, vs_task_xid(0));
	EXPECT_EQ(0, vs_task_xid(getpid()));
	EXPECT_EQ(0, vs_task_xid(1));
	EXPECT_EQ(0, vserver(VCMD_task_nid, 0, NULL));
	EXPECT_EQ(0, vserver(VCMD_task_tag, 0, NULL));
}

TEST_F(info, no_such_task)
{
	pid_t pid = fork();

	if (pid == 0)
		_exit(0);
	ASSERT_GT(pid, 0);
	EXPECT_EQ(0, vs_task_xid(pid));
	ASSERT_EQ(pid, waitpid(pid, NULL, 0));
	EXPECT_EQ(-ESRCH, vs_task_xid(pid));
	EXPECT_EQ(-ESRCH, vserver(VCMD_task_nid, pid, NULL));
	EXPECT_EQ(-ESRCH, vserver(VCMD_task_tag, pid, NULL));
	EXPECT_EQ(-ESRCH, vs_task_xid(0x7fffffff));
}

TEST_F(info, task_of_a_guest_seen_by_host_and_watch)
{
	pid_t pid = VS_START_GUEST(self->xid);

	ASSERT_GT(pid, 0);
	EXPECT_EQ(self->xid, vs_task_xid(pid));
	VS_IN_CHILD {
		ASSERT_EQ(1, vs_migrate(1, 0));
		EXPECT_EQ(1, vs_task_xid(0));
		EXPECT_EQ(self->xid, vs_task_xid(pid));
		EXPECT_EQ(0, vs_task_xid(1));
	}
	vs_end(pid);
}

TEST_F(info, tasks_asked_by_a_guest)
{
	__u32 other = vs_xid(1);
	pid_t foreign = VS_START_GUEST(other);
	pid_t gone = fork();

	if (gone == 0)
		_exit(0);
	ASSERT_GT(foreign, 0);
	ASSERT_EQ(gone, waitpid(gone, NULL, 0));
	VS_IN_GUEST(self->xid, .bcaps = ~0ULL) {
		EXPECT_EQ(self->xid, vs_task_xid(0));
		EXPECT_EQ(self->xid, vs_task_xid(getpid()));
		EXPECT_EQ(-EPERM, vs_task_xid(foreign));
		EXPECT_EQ(-EPERM, vserver(VCMD_task_nid, foreign, NULL));
		EXPECT_EQ(-EPERM, vserver(VCMD_task_tag, foreign, NULL));
		EXPECT_EQ(-EPERM, vs_task_xid(1));
		/* absent looks like foreign: nothing to be learned */
		EXPECT_EQ(-EPERM, vs_task_xid(gone));
		EXPECT_EQ(-EPERM, vs_task_xid(0x7fffffff));
	}
	vs_end(foreign);
}

TEST_F(info, vx_info)
{
	struct vcmd_vx_info info = { 0 };
	pid_t pid = VS_START_GUEST(self->xid);

	ASSERT_GT(pid, 0);
	ASSERT_EQ(0, vserver(VCMD_vx_info, self->xid, &info));
	EXPECT_EQ(self->xid, info.xid);
	EXPECT_EQ(0, info.initpid);
	vs_end(pid);
	EXPECT_EQ(-ESRCH, vserver(VCMD_vx_info, self->xid, &info));

	pid = VS_START_GUEST(self->xid, .init = true);
	ASSERT_GT(pid, 0);
	ASSERT_EQ(0, vserver(VCMD_vx_info, self->xid, &info));
	EXPECT_EQ(self->xid, info.xid);
	EXPECT_EQ(pid, info.initpid);
	vs_end(pid);
}

static void *wait_for_byte(void *fd)
{
	vs_await(*(int *)fd);
	return NULL;
}

TEST_F(info, ctx_stat_counts_threads_not_zombies)
{
	struct vcmd_ctx_stat stat;
	int fds[2];

	ASSERT_EQ(0, pipe(fds));
	VS_IN_CHILD {
		struct vcmd_vx_info info;
		pthread_t thread;
		siginfo_t si;
		pid_t pid;

		/* asked as the member, whose power is not bounded yet */
		ASSERT_EQ(self->xid, vs_create(self->xid, VXF_INIT_SET));
		EXPECT_EQ(1, vs_tasks(VX_ID_SELF));

		ASSERT_EQ(0, pthread_create(&thread, NULL, wait_for_byte, &fds[0]));
		EXPECT_EQ(2, vs_tasks(VX_ID_SELF));
		pid = fork();
		if (pid == 0) {
			vs_await(fds[0]);
			_exit(0);
		}
		EXPECT_EQ(3, vs_tasks(VX_ID_SELF));
		vs_post(fds[1]);
		vs_post(fds[1]);
		ASSERT_EQ(0, pthread_join(thread, NULL));
		ASSERT_EQ(0, waitid(P_PID, pid, &si, WEXITED | WNOWAIT));
		/* the process is a zombie now and counts no more */
		EXPECT_EQ(pid, si.si_pid);
		ASSERT_EQ(pid, waitpid(pid, NULL, 0));
		EXPECT_EQ(0, vserver(VCMD_vx_info, VX_ID_SELF, &info));
		ASSERT_EQ(0, vserver(VCMD_ctx_stat, VX_ID_SELF, &stat));
		EXPECT_GE(stat.usecnt, stat.tasks);
	}
}

TEST_F(info, zombies_do_not_count)
{
	siginfo_t si;
	pid_t zombie;

	VS_IN_SETUP(self->xid, 0) {
		zombie = fork();
		if (zombie == 0)
			_exit(0);
		ASSERT_EQ(0, waitid(P_PID, zombie, &si, WEXITED | WNOWAIT));
		EXPECT_EQ(1, vs_tasks(VX_ID_SELF));
	}
}

TEST_HARNESS_MAIN
