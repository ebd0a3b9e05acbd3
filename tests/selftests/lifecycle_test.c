// SPDX-License-Identifier: GPL-2.0-only
/*
 * Life and death of contexts under load: creation, migration, fork, exec,
 * setuid, kill and exit by several processes at once, and exits in any order.
 *
 * Nothing here looks at single answers much; at the end no context may be
 * left, no number may be stuck, and the kernel (a debug kernel tells more)
 * must have had nothing to complain about.
 *
 * Guards against: reference counts that lose or keep a context, a number that
 * is handed out twice, a member that is counted out twice or never.
 */
#include "common.h"

#include <pthread.h>
#include <sys/resource.h>

#define WORKERS 4
#define NUMBERS 4	/* contended context ids of one test */

/* VS_ROUNDS=1000 makes a soak test of it. */
static int rounds(void)
{
	const char *s = getenv("VS_ROUNDS");

	return s ? atoi(s) : 25;
}

FIXTURE(life)
{
	__u32 xid;
};

FIXTURE_SETUP(life)
{
	SKIP_UNLESS_VSERVER();
	self->xid = vs_xid(0);
}

FIXTURE_TEARDOWN(life)
{
	for (int i = 0; i < 8; i++)
		vs_destroy(vs_xid(i));
}

/* A cheap reproducible sequence: failures must be repeatable. */
static unsigned int next_random(unsigned int *seed)
{
	*seed = *seed * 1103515245 + 12345;
	return *seed >> 16;
}

typedef int (*work_fn)(__u32 xid, unsigned int seed);

/* Run fn in WORKERS processes at once, each child of a child of ours. */
static void storm(struct __test_metadata *_metadata, __u32 xid, work_fn fn)
{
	pid_t pids[WORKERS];

	for (int i = 0; i < WORKERS; i++) {
		pids[i] = fork();
		if (pids[i] == 0)
			_exit(fn(xid, i * 7919 + 1));
	}
	for (int i = 0; i < WORKERS; i++)
		vs_join(_metadata, pids[i]);
}

/* All ids of the test are free again, without waiting for anything. */
static void expect_free(struct __test_metadata *_metadata)
{
	for (int i = 0; i < 8; i++) {
		EXPECT_EQ(-ESRCH, vs_tasks(vs_xid(i))) {
			TH_LOG("context %u is left over", vs_xid(i));
		}
	}
}

/* Exit status of a child, -1 for death by signal. */
static int reap(pid_t pid)
{
	int status;

	if (pid < 0 || waitpid(pid, &status, 0) != pid)
		return -1;
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

/* Storms ---------------------------------------------------------------------- */

/* A member's short life: some children, some exits, some identities. */
static void live(unsigned int seed)
{
	int n = next_random(&seed) % 4;

	while (n--) {
		if (fork() == 0) {
			if (next_random(&seed) & 1 && setuid(1000 + n))
				_exit(9);
			if (next_random(&seed) & 1)
				_exit(0);
			if (fork() == 0)
				sched_yield();
			_exit(0);
		}
	}
	if (next_random(&seed) & 1)
		while (waitpid(-1, NULL, 0) > 0)
			;
}

static int create_and_exit(__u32 xid, unsigned int seed)
{
	for (int i = 0; i < rounds(); i++) {
		__u32 id = xid + next_random(&seed) % NUMBERS;
		pid_t pid = fork();

		if (pid == 0) {
			long ret = vs_create(id, VXF_INIT_SET);

			if (ret == -EEXIST || ret == -EBUSY)
				_exit(0);
			if (ret != id || vs_task_xid(0) != id)
				_exit(1);
			live(seed);
			_exit(0);
		}
		if (reap(pid))
			return 1;
	}
	return 0;
}

/* Wait until none of the contended ids is in use. */
static void settle(__u32 xid)
{
	for (int i = 0; i < NUMBERS; i++)
		vs_until_gone(xid + i);
}

TEST_F(life, create_storm)
{
	storm(_metadata, self->xid, create_and_exit);
	settle(self->xid);
	expect_free(_metadata);
}

static int migrate_and_exit(__u32 xid, unsigned int seed)
{
	for (int i = 0; i < rounds(); i++) {
		pid_t pid = fork();

		if (pid == 0) {
			if (vs_migrate(xid, 0) || vs_task_xid(0) != xid)
				_exit(1);
			live(seed + i);
			_exit(0);
		}
		if (reap(pid))
			return 1;
	}
	return 0;
}

TEST_F(life, migrate_storm)
{
	VS_IN_SETUP(self->xid, VXF_PERSISTENT) { }
	storm(_metadata, self->xid, migrate_and_exit);
	/* the last orphans leave by themselves */
	EXPECT_EQ(0, vs_set_cflags(self->xid, 0, VXF_PERSISTENT));
	EXPECT_EQ(0, vs_until_gone(self->xid));
	expect_free(_metadata);
}

/* Joining a context whose last member leaves at this moment. */
static int join_or_miss(__u32 xid, unsigned int seed)
{
	for (int i = 0; i < rounds(); i++) {
		pid_t pid = fork();

		if (pid == 0) {
			long ret = next_random(&seed) & 1 ? vs_create(xid, VXF_INIT_SET)
							 : vs_migrate(xid, 0);
			bool in = ret == 0 || ret == xid;

			if (!in && ret != -EEXIST && ret != -EBUSY && ret != -ESRCH &&
			    ret != -EFAULT)
				_exit(1);
			_exit(vs_task_xid(0) == (in ? xid : 0) ? 0 : 2);
		}
		next_random(&seed);
		if (reap(pid))
			return 1;
	}
	return 0;
}

TEST_F(life, join_against_last_exit)
{
	storm(_metadata, self->xid, join_or_miss);
	expect_free(_metadata);
}

/* PERSISTENT on and off while members come and go. */
static int toggle_or_join(__u32 xid, unsigned int seed)
{
	for (int i = 0; i < rounds() * 2; i++) {
		long ret = 0;
		pid_t pid;

		switch (next_random(&seed) % 3) {
		case 0:
			ret = vs_set_cflags(xid, VXF_PERSISTENT, VXF_PERSISTENT);
			break;
		case 1:
			ret = vs_set_cflags(xid, 0, VXF_PERSISTENT);
			break;
		default:
			pid = fork();
			if (pid == 0) {
				ret = vs_create(xid, VXF_INIT_SET);
				if (ret == -EEXIST || ret == -EBUSY)
					vs_migrate(xid, 0);
				_exit(0);
			}
			if (reap(pid))
				return 1;
		}
		if (ret && ret != -ESRCH)
			return 2;
	}
	return 0;
}

TEST_F(life, persistent_toggled)
{
	long ret;

	storm(_metadata, self->xid, toggle_or_join);
	ret = vs_set_cflags(self->xid, 0, VXF_PERSISTENT);
	EXPECT_TRUE(ret == 0 || ret == -ESRCH);
	expect_free(_metadata);
}

/* Readers of everything while contexts come and go. */
static int look_around(__u32 xid, unsigned int seed)
{
	struct vcmd_vhi_name name = { VHIN_CONTEXT, "" };
	struct vcmd_vx_info info;
	char path[64], buf[4096];

	for (int i = 0; i < rounds() * 8; i++) {
		__u32 id = xid + next_random(&seed) % NUMBERS;
		long ret = 0;

		switch (next_random(&seed) % 4) {
		case 0:
			ret = vserver(VCMD_vx_info, id, &info);
			if (ret == 0 && info.xid != id)
				return 1;
			break;
		case 1:
			ret = vserver(VCMD_get_vhi_name, id, &name);
			break;
		case 2:
			ret = vs_tasks(id);
			ret = ret > 0 ? 0 : ret;
			break;
		default:
			snprintf(path, sizeof(path), "/proc/virtual/%u/status", id);
			ret = vs_read_file(path, buf, sizeof(buf));
			ret = ret == -ENOENT || ret >= 0 ? 0 : ret;
		}
		if (ret && ret != -ESRCH)
			return 2;
	}
	return 0;
}

static int create_or_look(__u32 xid, unsigned int seed)
{
	return seed & 2 ? look_around(xid, seed) : create_and_exit(xid, seed);
}

TEST_F(life, lookup_storm)
{
	storm(_metadata, self->xid, create_or_look);
	settle(self->xid);
	expect_free(_metadata);
}

/* A guest that forks without end, and the host that ends it. */
static void breed(void)
{
	int depth = 0;

	for (;;) {
		pid_t pid = fork();

		if (pid == 0 && ++depth > 3)
			_exit(0);
		if (pid > 0 && depth > 1)
			waitpid(pid, NULL, 0);
		else
			while (waitpid(-1, NULL, WNOHANG) > 0)
				;
	}
}

TEST_F(life, killed_while_it_forks)
{
	for (int i = 0; i < 3; i++) {
		pid_t pid = fork();
		long ret;

		if (pid == 0) {
			struct rlimit lim = { 60, 60 };

			if (vs_become_guest(self->xid, &(struct vs_guest){ .init = true }) < 0)
				_exit(1);
			setrlimit(RLIMIT_NPROC, &lim);
			breed();
		}
		while (vs_tasks(self->xid) < 8)
			sched_yield();
		/* new children may slip through one pass, never for ever */
		for (int pass = 0; pass < 1000; pass++) {
			ret = vs_kill(self->xid, 1, SIGKILL);
			EXPECT_TRUE(ret == 0 || ret == -ESRCH);
			ret = vs_kill(self->xid, 0, SIGKILL);
			EXPECT_TRUE(ret == 0 || ret == -ESRCH);
			if (!vs_exists(self->xid))
				break;
		}
		EXPECT_EQ(pid, waitpid(pid, NULL, 0));
		EXPECT_EQ(0, vs_until_gone(self->xid));
	}
	expect_free(_metadata);
}

VS_STAGE(exec_again)
{
	int n = atoi(argv[1]);
	char arg[16];

	if (n == 0)
		return 0;
	snprintf(arg, sizeof(arg), "%d", n - 1);
	vs_run_stage("exec_again", arg, NULL);
}

/* exec drops the "entering" state and replaces credentials. */
static int enter_and_exec(__u32 xid, unsigned int seed)
{
	for (int i = 0; i < rounds() / 3; i++) {
		pid_t pid = fork();

		if (pid == 0) {
			if (vs_migrate(xid, 0))
				_exit(1);
			if (next_random(&seed) & 1 && fork() == 0)
				vs_run_stage("exec_again", "1", NULL);
			vs_run_stage("exec_again", "2", NULL);
		}
		next_random(&seed);
		if (reap(pid))
			return 1;
	}
	return 0;
}

TEST_F(life, exec_storm)
{
	VS_IN_SETUP(self->xid, VXF_PERSISTENT) {
		EXPECT_EQ(0, vs_set_bcaps(VX_ID_SELF, VS_BOUND, ~0ULL));
		EXPECT_EQ(0, vs_set_cflags(VX_ID_SELF, 0, VXF_STATE_SETUP));
	}
	storm(_metadata, self->xid, enter_and_exec);
	EXPECT_EQ(0, vs_set_cflags(self->xid, 0, VXF_PERSISTENT));
	EXPECT_EQ(0, vs_until_gone(self->xid));
	expect_free(_metadata);
}

/* kill(-1) from inside reaches all members and no one else. */
static int kill_everyone(__u32 xid, unsigned int seed VS_UNUSED)
{
	xid += seed % NUMBERS;
	for (int i = 0; i < rounds() / 3; i++) {
		pid_t pid = fork();

		if (pid == 0) {
			if (vs_become_guest(xid, &(struct vs_guest){ 0 }) < 0)
				_exit(1);
			for (int n = 0; n < 3; n++)
				if (fork() == 0)
					for (;;)
						pause();
			if (kill(-1, SIGKILL))
				_exit(2);
			while (waitpid(-1, NULL, 0) > 0)
				;
			_exit(vs_task_xid(0) == -EPERM ? 0 : 3);
		}
		if (reap(pid))
			return 1;
	}
	return 0;
}

TEST_F(life, kill_all_storm)
{
	pid_t bystander = VS_START_GUEST(vs_xid(7));

	/* four workers, four different contexts: seeds differ by 7919 = 3 mod 4 */
	storm(_metadata, self->xid, kill_everyone);
	EXPECT_EQ(0, waitpid(bystander, NULL, WNOHANG));
	vs_end(bystander);
	expect_free(_metadata);
}

/* Orders ------------------------------------------------------------------------ */

/* The same number again and again: it must be free when the last task is reaped. */
TEST_F(life, number_reused_at_once)
{
	for (int i = 0; i < rounds() * 4; i++) {
		pid_t pid = fork();

		if (pid == 0)
			_exit(vs_create(self->xid, VXF_INIT_SET) == self->xid ? 0 : 1);
		ASSERT_EQ(0, reap(pid)) {
			TH_LOG("round %d", i);
		}
	}
	expect_free(_metadata);
}

/* Three generations that leave in each possible order. */
TEST_F(life, exits_in_any_order)
{
	static const int orders[6][3] = { { 0, 1, 2 }, { 0, 2, 1 }, { 1, 0, 2 },
					  { 1, 2, 0 }, { 2, 0, 1 }, { 2, 1, 0 } };

	for (size_t o = 0; o < ARRAY_SIZE(orders); o++) {
		int go[3][2], up[2], done[2];

		for (int i = 0; i < 3; i++)
			ASSERT_EQ(0, pipe(go[i]));
		ASSERT_EQ(0, pipe(up));
		ASSERT_EQ(0, pipe(done));
		if (fork() == 0) {
			if (vs_create(self->xid, VXF_INIT_SET) != self->xid)
				_exit(1);
			int me = fork() ? 0 : fork() ? 1 : 2;

			vs_post(up[1]);
			vs_await(go[me][0]);
			_exit(0);
		}
		for (int i = 0; i < 3; i++)
			ASSERT_TRUE(vs_await(up[0]));
		EXPECT_EQ(3, vs_tasks(self->xid));
		for (int i = 0; i < 3; i++) {
			long want = i == 2 ? -ESRCH : 2 - i;

			vs_post(go[orders[o][i]][1]);
			/* with 0 members it is being released: wait for that */
			while (vs_tasks(self->xid) >= (i == 2 ? 0 : 3 - i))
				sched_yield();
			EXPECT_EQ(want, vs_tasks(self->xid));
		}
		while (waitpid(-1, NULL, WNOHANG) > 0)
			;
		for (int i = 0; i < 3; i++) {
			close(go[i][0]);
			close(go[i][1]);
		}
		close(up[0]);
		close(up[1]);
		close(done[0]);
		close(done[1]);
	}
	while (waitpid(-1, NULL, 0) > 0)
		;
	expect_free(_metadata);
}

static int thread_pipe[2];

static void *outlive(void *arg VS_UNUSED)
{
	vs_await(thread_pipe[0]);
	_exit(0);
}

/* A process whose first thread is gone is still a member. */
TEST_F(life, leader_exits_first)
{
	siginfo_t si;
	pid_t pid;
	int up[2];

	ASSERT_EQ(0, pipe(thread_pipe));
	ASSERT_EQ(0, pipe(up));
	pid = fork();
	if (pid == 0) {
		pthread_t t;

		if (vs_create(self->xid, VXF_INIT_SET) != self->xid ||
		    pthread_create(&t, NULL, outlive, NULL))
			_exit(1);
		vs_post(up[1]);
		syscall(SYS_exit, 0);	/* this thread only */
	}
	ASSERT_TRUE(vs_await(up[0]));
	while (vs_tasks(self->xid) == 2)
		sched_yield();
	EXPECT_EQ(1, vs_tasks(self->xid));
	si.si_pid = 0;
	EXPECT_EQ(0, waitid(P_PID, pid, &si, WEXITED | WNOHANG | WNOWAIT));
	EXPECT_EQ(0, si.si_pid);
	EXPECT_EQ(0, vs_kill(self->xid, pid, 0));
	vs_post(thread_pipe[1]);
	EXPECT_EQ(0, reap(pid));
	expect_free(_metadata);
}

/* Contexts are cheap, and none disturbs another. */
TEST_F(life, many_at_once)
{
	const __u32 first = 50000, count = 100;

	for (__u32 i = 0; i < count; i++)
		VS_IN_SETUP(first + i, VXF_PERSISTENT) { }
	for (__u32 i = 0; i < count; i++)
		EXPECT_TRUE(vs_exists(first + i));
	/* every second one goes */
	for (__u32 i = 0; i < count; i += 2)
		EXPECT_EQ(0, vs_set_cflags(first + i, 0, VXF_PERSISTENT));
	for (__u32 i = 0; i < count; i++)
		EXPECT_EQ(i % 2, vs_exists(first + i));
	for (__u32 i = 1; i < count; i += 2)
		EXPECT_EQ(0, vs_set_cflags(first + i, 0, VXF_PERSISTENT));
	for (__u32 i = 0; i < count; i++)
		EXPECT_FALSE(vs_exists(first + i));
}

TEST_HARNESS_MAIN
