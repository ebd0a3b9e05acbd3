// SPDX-License-Identifier: GPL-2.0-only
/*
 * ctx_create and ctx_migrate: ids, the state of a new context, who may join,
 * and how long a context lives (spec/abi.md section 8.2).
 *
 * Guards against: a half set-up context that can be taken over, a process
 * with one foot in the host, contexts that stay or vanish at the wrong time.
 */
#include "common.h"

#include <pthread.h>
#include <sys/ptrace.h>

FIXTURE(create)
{
	__u32 xid;
	__u32 other;
};

FIXTURE_SETUP(create)
{
	SKIP_UNLESS_VSERVER();
	self->xid = vs_xid(0);
	self->other = vs_xid(1);
}

FIXTURE_TEARDOWN(create)
{
	vs_destroy(self->xid);
	vs_destroy(self->other);
}

static ino_t ns_inode(const char *path)
{
	struct stat st;

	return stat(path, &st) ? 0 : st.st_ino;
}

TEST_F(create, range_of_ids)
{
	static const __u32 bad[] = { 0, 1, 65536, 0x7fffffff, 0x80000000,
				     VX_ID_SELF, VX_ID_DYNAMIC };
	static const __u32 good[] = { 2, 49152, 65535 };

	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		EXPECT_EQ(-EINVAL, vs_create(bad[i], VXF_INIT_SET));
		EXPECT_EQ(-EINVAL, vserver(VCMD_ctx_create, bad[i], NULL));
		EXPECT_EQ(-EINVAL, vserver(VCMD_ctx_create_v0, bad[i], NULL));
	}
	EXPECT_EQ(0, vs_task_xid(0));
	for (size_t i = 0; i < ARRAY_SIZE(good); i++) {
		VS_IN_CHILD {
			EXPECT_EQ(good[i], vs_create(good[i], VXF_INIT_SET));
			EXPECT_EQ(good[i], vs_task_xid(0));
		}
		EXPECT_FALSE(vs_exists(good[i]));
	}
}

TEST_F(create, id_in_use)
{
	VS_IN_SETUP(self->xid, VXF_PERSISTENT) { }
	/* still in set-up */
	EXPECT_EQ(-EBUSY, vs_create(self->xid, VXF_INIT_SET));
	EXPECT_EQ(-EBUSY, vserver(VCMD_ctx_create, self->xid, NULL));
	EXPECT_EQ(-EBUSY, vserver(VCMD_ctx_create_v0, self->xid, NULL));
	ASSERT_EQ(0, vs_set_cflags(self->xid, 0, VXF_STATE_SETUP));
	EXPECT_EQ(-EEXIST, vs_create(self->xid, VXF_INIT_SET));
	EXPECT_EQ(-EEXIST, vserver(VCMD_ctx_create_v0, self->xid, NULL));
	EXPECT_EQ(0, vs_task_xid(0));
	/* nothing of the refused calls is left in the existing one */
	EXPECT_EQ(0, vs_tasks(self->xid));
	EXPECT_EQ(VXF_STATE_INIT | VXF_STATE_ADMIN | VXF_PERSISTENT,
		  vs_get_cflags(self->xid));
}

TEST_F(create, state_of_a_new_context)
{
	VS_IN_CHILD {
		struct vcmd_vhi_name name = { .field = VHIN_CONTEXT, .name = "x" };
		struct vcmd_ccaps_v1 ccaps = { 1, 1 };
		struct vcmd_bcaps bcaps = { 1, 1 };
		struct vcmd_umask mask = { 1, 1 };
		struct vcmd_badness bad = { 1 };
		struct vcmd_vx_info info;
		struct vcmd_flags flags;

		ASSERT_EQ(self->xid, vserver(VCMD_ctx_create, self->xid, NULL));
		ASSERT_EQ(0, vserver(VCMD_get_cflags, VX_ID_SELF, &flags));
		EXPECT_EQ(0x700000000ULL, flags.flagword);
		ASSERT_EQ(0, vserver(VCMD_get_ccaps, VX_ID_SELF, &ccaps));
		EXPECT_EQ(0, ccaps.caps);
		EXPECT_EQ(~0ULL, ccaps.mask);
		ASSERT_EQ(0, vserver(VCMD_get_bcaps, VX_ID_SELF, &bcaps));
		EXPECT_EQ(~0ULL, bcaps.bcaps);
		EXPECT_EQ(~0ULL, bcaps.bmask);
		ASSERT_EQ(0, vserver(VCMD_get_umask, VX_ID_SELF, &mask));
		EXPECT_EQ(0, mask.value);
		ASSERT_EQ(0, vserver(VCMD_get_wmask, VX_ID_SELF, &mask));
		EXPECT_EQ(0, mask.value);
		ASSERT_EQ(0, vserver(VCMD_get_badness, VX_ID_SELF, &bad));
		EXPECT_EQ(0, bad.bias);
		ASSERT_EQ(0, vserver(VCMD_vx_info, VX_ID_SELF, &info));
		EXPECT_EQ(self->xid, info.xid);
		EXPECT_EQ(0, info.initpid);
		ASSERT_EQ(0, vserver(VCMD_get_vhi_name, VX_ID_SELF, &name));
		EXPECT_STREQ("", name.name);
		EXPECT_EQ(1, vs_tasks(VX_ID_SELF));
	}
}

TEST_F(create, flagword_is_taken_as_given)
{
	static const __u64 words[] = { 0, VXF_STATE_ADMIN, VXF_INIT_SET,
				       VXF_INFO_INIT | VXF_VIRT_UPTIME | VXF_STATE_SETUP,
				       1ULL << 63 | 1ULL << 40 | VXF_STATE_SETUP };

	for (size_t i = 0; i < ARRAY_SIZE(words); i++) {
		VS_IN_CHILD {
			ASSERT_EQ(self->xid, vs_create(self->xid, words[i]));
			EXPECT_EQ(words[i], vs_get_cflags(VX_ID_SELF));
		}
	}
}

/* v0 and NULL: own UTS and IPC namespaces, stored in the context. */
TEST_F(create, old_form_brings_namespaces)
{
	struct vcmd_space_mask_v2 mask = { .mask = CLONE_NEWUTS | CLONE_NEWIPC };
	ino_t uts = ns_inode("/proc/self/ns/uts");
	ino_t ipc = ns_inode("/proc/self/ns/ipc");
	ino_t mnt = ns_inode("/proc/self/ns/mnt");

	for (int v0 = 0; v0 < 2; v0++) {
		VS_IN_CHILD {
			struct vcmd_vhi_name name = { VHIN_NODENAME, "stored" };
			char host[HOST_NAME_MAX + 1];

			ASSERT_EQ(self->xid, vserver(v0 ? VCMD_ctx_create_v0 :
						     VCMD_ctx_create, self->xid, NULL));
			EXPECT_NE(uts, ns_inode("/proc/self/ns/uts"));
			EXPECT_NE(ipc, ns_inode("/proc/self/ns/ipc"));
			EXPECT_EQ(mnt, ns_inode("/proc/self/ns/mnt"));
			EXPECT_EQ(VXF_INIT_SET, vs_get_cflags(VX_ID_SELF));
			EXPECT_EQ(0, vserver(VCMD_set_vhi_name, VX_ID_SELF, &name));
			EXPECT_EQ(0, gethostname(host, sizeof(host)));
			EXPECT_STREQ("stored", host);
			EXPECT_EQ(0, vs_set_cflags(VX_ID_SELF, VXF_PERSISTENT,
						   VXF_PERSISTENT));
		}
		VS_IN_CHILD {
			EXPECT_EQ(0, vserver(VCMD_enter_space, self->xid, &mask));
			EXPECT_NE(uts, ns_inode("/proc/self/ns/uts"));
		}
		EXPECT_EQ(0, vs_set_cflags(self->xid, 0, VXF_PERSISTENT));
		EXPECT_FALSE(vs_exists(self->xid));
	}
}

TEST_F(create, new_form_brings_none)
{
	ino_t uts = ns_inode("/proc/self/ns/uts");

	VS_IN_SETUP(self->xid, 0) {
		struct vcmd_vhi_name name = { VHIN_NODENAME, "stored" };

		EXPECT_EQ(uts, ns_inode("/proc/self/ns/uts"));
		EXPECT_EQ(-EINVAL, vserver(VCMD_set_vhi_name, VX_ID_SELF, &name));
	}
}

static void *wait_for_byte(void *fd)
{
	vs_await(*(int *)fd);
	return NULL;
}

TEST_F(create, callers_with_threads)
{
	int fds[2];

	VS_IN_SETUP(self->other, VXF_PERSISTENT) { }
	ASSERT_EQ(0, pipe(fds));
	for (int join = 0; join < 2; join++) {
		VS_IN_CHILD {
			pthread_t thread;

			ASSERT_EQ(0, pthread_create(&thread, NULL, wait_for_byte, &fds[0]));
			EXPECT_EQ(-EINVAL, vs_create(self->xid, VXF_INIT_SET));
			EXPECT_EQ(-EINVAL, vserver(VCMD_ctx_create, self->xid, NULL));
			EXPECT_EQ(-EINVAL, vs_migrate(self->other, 0));
			EXPECT_EQ(0, vs_task_xid(0));
			EXPECT_EQ(0, vs_tasks(self->other));
			vs_post(fds[1]);
			ASSERT_EQ(0, pthread_join(thread, NULL));
			/* single again; join returns before the thread is reaped */
			for (int i = 0; i < 1000; i++) {
				if (ns_inode("/proc/self/task") &&
				    (join ? vs_migrate(self->other, 0) :
				     vs_create(self->xid, VXF_INIT_SET)) != -EINVAL)
					break;
				sched_yield();
			}
			EXPECT_EQ(join ? self->other : self->xid, vs_task_xid(0));
		}
	}
	EXPECT_FALSE(vs_exists(self->xid));
}

static int share_memory(void *fd)
{
	char c;

	return syscall(SYS_read, *(int *)fd, &c, 1) != 1;
}

/* A process that shares the memory is as good as a thread. */
TEST_F(create, callers_that_share_memory)
{
	static char stack[65536] __attribute__((aligned(16)));
	int fds[2];

	ASSERT_EQ(0, pipe(fds));
	VS_IN_CHILD {
		pid_t pid = clone(share_memory, stack + sizeof(stack), CLONE_VM | SIGCHLD,
				  &fds[0]);

		ASSERT_GT(pid, 0);
		EXPECT_EQ(-EINVAL, vs_create(self->xid, VXF_INIT_SET));
		vs_post(fds[1]);
		ASSERT_EQ(pid, waitpid(pid, NULL, 0));
		EXPECT_EQ(self->xid, vs_create(self->xid, VXF_INIT_SET));
	}
}

/* A tracer must not take its tracee's strings into a guest. */
TEST_F(create, callers_that_trace)
{
	VS_IN_CHILD {
		pid_t pid = fork();

		if (pid == 0) {
			ptrace(PTRACE_TRACEME, 0, NULL, NULL);
			raise(SIGSTOP);
			_exit(0);
		}
		ASSERT_EQ(pid, waitpid(pid, NULL, 0));
		EXPECT_EQ(-EBUSY, vs_create(self->xid, VXF_INIT_SET));
		EXPECT_EQ(0, ptrace(PTRACE_DETACH, pid, NULL, NULL));
		vs_end(pid);
		EXPECT_EQ(self->xid, vs_create(self->xid, VXF_INIT_SET));
	}
}

TEST_F(create, lives_as_long_as_its_last_task)
{
	int go[2], ready[2];
	pid_t pid;

	ASSERT_EQ(0, pipe(go));
	ASSERT_EQ(0, pipe(ready));
	/* the creator leaves first, its child keeps the context */
	VS_IN_SETUP(self->xid, 0) {
		pid = fork();
		if (pid == 0) {
			close(ready[0]);
			vs_await(go[0]);
			_exit(0);
		}
	}
	close(ready[1]);
	EXPECT_TRUE(vs_exists(self->xid));
	EXPECT_EQ(1, vs_tasks(self->xid));
	vs_post(go[1]);
	EXPECT_FALSE(vs_await(ready[0]));
	/* the pipe closes a little before the task is counted out */
	while (vs_tasks(self->xid) > 0)
		sched_yield();
	EXPECT_EQ(-ESRCH, vs_tasks(self->xid));
}

TEST_F(create, zombies_do_not_keep_it)
{
	siginfo_t si;
	pid_t pid = fork();

	if (pid == 0)
		_exit(vs_create(self->xid, VXF_INIT_SET) == self->xid ? 0 : 1);
	ASSERT_EQ(0, waitid(P_PID, pid, &si, WEXITED | WNOWAIT));
	EXPECT_EQ(0, si.si_status);
	EXPECT_FALSE(vs_exists(self->xid));
	/* the number is free although a process of its old owner is still there */
	VS_IN_SETUP(self->xid, 0) {
		EXPECT_EQ(self->xid, vs_task_xid(0));
		EXPECT_EQ(1, vs_tasks(VX_ID_SELF));
		EXPECT_ERRNO(ESRCH, kill(pid, 0));
	}
	EXPECT_EQ(0, kill(pid, 0));
	ASSERT_EQ(pid, waitpid(pid, NULL, 0));
}

TEST_F(create, persistent)
{
	VS_IN_SETUP(self->xid, VXF_PERSISTENT) { }
	EXPECT_EQ(0, vs_tasks(self->xid));
	VS_IN_CHILD { EXPECT_EQ(0, vs_migrate(self->xid, 0)); }
	EXPECT_TRUE(vs_exists(self->xid));
	/* freed with the flag */
	EXPECT_EQ(0, vs_set_cflags(self->xid, 0, VXF_PERSISTENT));
	EXPECT_FALSE(vs_exists(self->xid));

	/* set later, and cleared while a member lives */
	VS_IN_SETUP(self->xid, 0) {
		EXPECT_EQ(0, vs_set_cflags(VX_ID_SELF, VXF_PERSISTENT, VXF_PERSISTENT));
		EXPECT_EQ(0, vs_set_cflags(VX_ID_SELF, 0, VXF_PERSISTENT));
		EXPECT_TRUE(vs_exists(self->xid));
		EXPECT_EQ(0, vs_set_cflags(VX_ID_SELF, VXF_PERSISTENT, VXF_PERSISTENT));
	}
	EXPECT_TRUE(vs_exists(self->xid));
	EXPECT_EQ(0, vs_set_cflags(self->xid, 0, VXF_PERSISTENT));
	EXPECT_FALSE(vs_exists(self->xid));
}

TEST_F(create, private_context)
{
	VS_IN_SETUP(self->xid, VXF_PERSISTENT | VXF_INFO_PRIVATE) {
		ASSERT_EQ(0, vserver(VCMD_set_space_v0, 0, NULL));
	}
	/* open as long as it is being set up */
	VS_IN_CHILD { EXPECT_EQ(0, vs_migrate(self->xid, 0)); }
	ASSERT_EQ(0, vs_set_cflags(self->xid, 0, VXF_STATE_SETUP));
	EXPECT_EQ(-EACCES, vs_migrate(self->xid, 0));
	EXPECT_EQ(-EACCES, vserver(VCMD_ctx_migrate, self->xid, NULL));
	EXPECT_EQ(-EACCES, vserver(VCMD_ctx_migrate_v0, self->xid, NULL));
	EXPECT_EQ(-EACCES, vserver(VCMD_enter_space, self->xid, NULL));
	EXPECT_EQ(0, vs_task_xid(0));
	ASSERT_EQ(0, vs_set_cflags(self->xid, 0, VXF_INFO_PRIVATE));
	VS_IN_CHILD { EXPECT_EQ(0, vs_migrate(self->xid, 0)); }
}

TEST_F(create, migrate)
{
	VS_IN_SETUP(self->xid, VXF_PERSISTENT) { }
	VS_IN_CHILD {
		EXPECT_EQ(0, vserver(VCMD_ctx_migrate_v0, self->xid, NULL));
		EXPECT_EQ(self->xid, vs_task_xid(0));
		EXPECT_EQ(1, vs_tasks(VX_ID_SELF));
	}
	VS_IN_CHILD {
		EXPECT_EQ(0, vserver(VCMD_ctx_migrate, self->xid, NULL));
		EXPECT_EQ(self->xid, vs_task_xid(0));
	}
	/* unknown bits are ignored; no init was made */
	VS_IN_CHILD {
		struct vcmd_vx_info info;

		EXPECT_EQ(0, vs_migrate(self->xid, 1ULL << 63 | 1ULL << 2));
		ASSERT_EQ(0, vserver(VCMD_vx_info, VX_ID_SELF, &info));
		EXPECT_EQ(0, info.initpid);
	}
	EXPECT_NE(0, vs_get_cflags(self->xid) & VXF_STATE_INIT);
}

static int become_init_and_wait(__u32 xid, int up, int go)
{
	struct vcmd_vx_info info;
	pid_t pid = getpid();

	if (vs_migrate(xid, VXM_SET_INIT) ||
	    vserver(VCMD_vx_info, VX_ID_SELF, &info) || info.initpid != (__u32)pid)
		return 1;
	vs_post(up);
	vs_await(go);
	return 0;
}

/* The init is chosen by migration, and again when the first one is dead. */
TEST_F(create, migrate_as_init)
{
	struct vcmd_vx_info info;
	int go[2], up[2];

	VS_IN_SETUP(self->xid, VXF_PERSISTENT) { }
	ASSERT_EQ(0, pipe(go));
	ASSERT_EQ(0, pipe(up));
	for (int i = 0; i < 2; i++) {
		pid_t pid = fork();

		if (pid == 0)
			_exit(become_init_and_wait(self->xid, up[1], go[0]));
		ASSERT_TRUE(vs_await(up[0])) {
			TH_LOG("init number %d", i + 1);
		}
		ASSERT_EQ(0, vserver(VCMD_vx_info, self->xid, &info));
		EXPECT_EQ(pid, info.initpid);
		EXPECT_EQ(0, vs_get_cflags(self->xid) & VXF_STATE_INIT);
		EXPECT_EQ(0, vs_kill(self->xid, 1, 0));
		vs_post(go[1]);
		vs_join(_metadata, pid);
		/* the init is gone */
		ASSERT_EQ(0, vserver(VCMD_vx_info, self->xid, &info));
		EXPECT_EQ(0, info.initpid);
		EXPECT_EQ(-ESRCH, vs_kill(self->xid, 1, 0));
	}
}

TEST_F(create, watch)
{
	ino_t mnt = ns_inode("/proc/self/ns/mnt");

	for (int v0 = 0; v0 < 2; v0++) {
		VS_IN_CHILD {
			EXPECT_EQ(1, vserver(v0 ? VCMD_ctx_migrate_v0 : VCMD_ctx_migrate,
					     1, NULL));
			EXPECT_EQ(1, vs_task_xid(0));
			EXPECT_EQ(mnt, ns_inode("/proc/self/ns/mnt"));
			/* inherited, and no way back or on */
			VS_IN_CHILD {
				EXPECT_EQ(1, vs_task_xid(0));
				EXPECT_EQ(-EPERM, vs_migrate(0, 0));
				EXPECT_EQ(-EPERM, vs_create(self->xid, VXF_INIT_SET));
			}
		}
	}
	/* id 1 is no context to be asked about */
	EXPECT_FALSE(vs_exists(1));
	EXPECT_EQ(0, vs_task_xid(0));
}

TEST_HARNESS_MAIN
