// SPDX-License-Identifier: GPL-2.0-only
/*
 * ctx_kill and wait_exit (spec/abi.md section 8.5): how the tools signal a
 * guest and learn of its end.
 *
 * Guards against: a stop that misses a process or hits the init by mistake,
 * a signal that leaves the context, a waiter that sleeps for ever.
 */
#include "waiter.h"

/*
 * Members report each signal they get as one byte pair {who, signal}: `i` is
 * the context's init, `a` and `b` are children of it.
 */
static void report_signals(int fd, char who)
{
	sigset_t all;
	int sig;

	sigfillset(&all);
	sigprocmask(SIG_BLOCK, &all, NULL);
	vs_post(fd);
	for (;;) {
		char msg[2] = { who };

		if (sigwait(&all, &sig))
			continue;
		if (sig == SIGCHLD)
			continue;
		msg[1] = sig;
		if (write(fd, msg, 2) != 2 || sig == SIGTERM)
			_exit(sig);
	}
}

FIXTURE(kill)
{
	__u32 xid;
	int report;	/* read side of the members' pipe */
	pid_t init;
	pid_t a, b;
};

FIXTURE_VARIANT(kill)
{
	bool init;
};
FIXTURE_VARIANT_ADD(kill, with_init) { .init = true };
FIXTURE_VARIANT_ADD(kill, without_init) { .init = false };

static pid_t start_reporter(int fd, char who)
{
	pid_t pid = fork();

	if (pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		report_signals(fd, who);
	}
	return pid;
}

FIXTURE_SETUP(kill)
{
	const struct vs_guest guest = { .init = variant->init };
	int fds[2], pids[2];

	SKIP_UNLESS_VSERVER();
	self->xid = vs_xid(0);
	ASSERT_EQ(0, pipe(fds));
	ASSERT_EQ(0, pipe(pids));
	self->init = fork();
	if (self->init == 0) {
		pid_t child[2];

		prctl(PR_SET_PDEATHSIG, SIGKILL);
		if (vs_become_guest(self->xid, &guest) < 0)
			_exit(1);
		child[0] = start_reporter(fds[1], 'a');
		child[1] = start_reporter(fds[1], 'b');
		if (write(pids[1], child, sizeof(child)) != sizeof(child))
			_exit(1);
		report_signals(fds[1], 'i');
	}
	close(fds[1]);
	close(pids[1]);
	ASSERT_EQ(sizeof(pid_t), read(pids[0], &self->a, sizeof(pid_t)));
	ASSERT_EQ(sizeof(pid_t), read(pids[0], &self->b, sizeof(pid_t)));
	for (int i = 0; i < 3; i++)
		ASSERT_TRUE(vs_await(fds[0]));
	self->report = fds[0];
}

FIXTURE_TEARDOWN(kill)
{
	vs_destroy(self->xid);
	vs_end(self->init);
}

/* Collect n reports, in any order; '?' for the end of the pipe. */
static void expect_reports(struct __test_metadata *_metadata, int fd, int sig,
			   const char *who)
{
	char got[4] = "", msg[2];
	size_t n = strlen(who);

	for (size_t i = 0; i < n; i++) {
		if (read(fd, msg, 2) != 2) {
			got[i] = '?';
			break;
		}
		EXPECT_EQ(sig, msg[1]);
		got[i] = msg[0];
	}
	for (size_t i = 0; i < n; i++) {
		EXPECT_NE(NULL, strchr(got, who[i])) {
			TH_LOG("signal %d: wanted %s, got %s", sig, who, got);
		}
	}
	/* and nobody else: what is in the pipe now came before we looked */
	struct pollfd p = { .fd = fd, .events = POLLIN };

	EXPECT_EQ(0, poll(&p, 1, 0) == 1 && p.revents & POLLIN);
}

TEST_F(kill, all_members)
{
	EXPECT_EQ(0, vs_kill(self->xid, 0, SIGUSR1));
	expect_reports(_metadata, self->report, SIGUSR1, "iab");
}

TEST_F(kill, all_but_init)
{
	EXPECT_EQ(0, vs_kill(self->xid, -1, SIGUSR2));
	expect_reports(_metadata, self->report, SIGUSR2, variant->init ? "ab" : "iab");
}

TEST_F(kill, the_init)
{
	if (!variant->init) {
		EXPECT_EQ(-ESRCH, vs_kill(self->xid, 1, SIGUSR1));
		EXPECT_EQ(-ESRCH, vs_kill(self->xid, 1, 0));
		return;
	}
	EXPECT_EQ(0, vs_kill(self->xid, 1, 0));
	EXPECT_EQ(0, vs_kill(self->xid, 1, SIGUSR1));
	expect_reports(_metadata, self->report, SIGUSR1, "i");
}

TEST_F(kill, one_member)
{
	EXPECT_EQ(0, vs_kill(self->xid, self->a, SIGUSR1));
	expect_reports(_metadata, self->report, SIGUSR1, "a");
	EXPECT_EQ(0, vs_kill(self->xid, self->b, 0));
	EXPECT_EQ(0, vs_kill(self->xid, self->init, SIGUSR2));
	expect_reports(_metadata, self->report, SIGUSR2, "i");
}

TEST_F(kill, processes_that_are_no_members)
{
	__u32 other = vs_xid(1);
	pid_t foreign = VS_START_GUEST(other);
	pid_t gone = fork();

	if (gone == 0)
		_exit(0);
	ASSERT_GT(foreign, 0);
	ASSERT_EQ(gone, waitpid(gone, NULL, 0));
	EXPECT_EQ(-ESRCH, vs_kill(self->xid, foreign, SIGKILL));
	EXPECT_EQ(-ESRCH, vs_kill(self->xid, gone, 0));
	EXPECT_EQ(-ESRCH, vs_kill(self->xid, getpid(), SIGKILL));
	EXPECT_EQ(-ESRCH, vs_kill(self->xid, getppid(), 0));
	/* the foreign one is alive, and reached through its own context */
	EXPECT_EQ(0, waitpid(foreign, NULL, WNOHANG));
	EXPECT_EQ(0, vs_kill(other, foreign, SIGKILL));
	EXPECT_EQ(foreign, waitpid(foreign, NULL, 0));
}

TEST_F(kill, signal_numbers)
{
	static const int bad[] = { -1, 65, 128, 1000000, INT_MIN };

	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		EXPECT_EQ(-EINVAL, vs_kill(self->xid, 0, bad[i]));
		EXPECT_EQ(-EINVAL, vs_kill(self->xid, self->a, bad[i]));
	}
	EXPECT_EQ(0, vs_kill(self->xid, self->a, 64));
	expect_reports(_metadata, self->report, 64, "a");
	EXPECT_EQ(0, vs_kill(self->xid, 0, 0));
}

/* The way the tools stop a guest: the init, then everyone. */
TEST_F(kill, with_force)
{
	int status;

	EXPECT_EQ(0, vs_kill(self->xid, -1, SIGKILL));
	if (variant->init) {
		EXPECT_EQ(0, vs_kill(self->xid, 1, SIGKILL));
	}
	ASSERT_EQ(self->init, waitpid(self->init, &status, 0));
	EXPECT_TRUE(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
	self->init = -1;
	/* end of file: all members are gone */
	EXPECT_FALSE(vs_await(self->report));
	while (vs_tasks(self->xid) > 0)
		sched_yield();
	EXPECT_EQ(-ESRCH, vs_kill(self->xid, 0, SIGKILL));
}

TEST_F(kill, members_of_any_user)
{
	/* no uid check: the members may have become anybody */
	VS_IN_CHILD {
		/* keeps its capabilities: only the uid differs from root's */
		ASSERT_EQ(0, prctl(PR_SET_KEEPCAPS, 1));
		ASSERT_EQ(0, setresuid(1234, 1234, 1234));
		ASSERT_EQ(0, vs_set_effective((1ULL << CAP_SYS_ADMIN) |
					      (1ULL << CAP_SYS_RESOURCE)));
		EXPECT_ERRNO(EPERM, kill(self->a, SIGUSR1));
		EXPECT_EQ(0, vs_kill(self->xid, self->a, SIGUSR1));
	}
	expect_reports(_metadata, self->report, SIGUSR1, "a");
}

/* Without STATE_ADMIN only the init can be asked to stop. */
TEST_F(kill, shut_for_administration)
{
	ASSERT_EQ(0, vs_set_cflags(self->xid, 0, VXF_STATE_ADMIN));
	EXPECT_EQ(-EACCES, vs_kill(self->xid, self->a, SIGUSR1));
	if (!variant->init) {
		EXPECT_EQ(0, vs_kill(self->xid, 0, SIGUSR1));
		expect_reports(_metadata, self->report, SIGUSR1, "iab");
		EXPECT_EQ(0, vs_kill(self->xid, 0, SIGKILL));
		return;
	}
	EXPECT_EQ(-EACCES, vs_kill(self->xid, 0, SIGUSR1));
	EXPECT_EQ(-EACCES, vs_kill(self->xid, -1, SIGKILL));
	/* others live: whatever is asked for becomes an interrupt */
	EXPECT_EQ(0, vs_kill(self->xid, 1, SIGKILL));
	expect_reports(_metadata, self->report, SIGINT, "i");
	EXPECT_EQ(0, vs_kill(self->xid, 1, SIGUSR1));
	expect_reports(_metadata, self->report, SIGINT, "i");
	/* alone it gets what was sent */
	EXPECT_EQ(0, kill(self->a, SIGKILL));
	EXPECT_EQ(0, kill(self->b, SIGKILL));
	while (vs_tasks(self->xid) > 1)
		sched_yield();
	EXPECT_EQ(0, vs_kill(self->xid, 1, SIGUSR2));
	expect_reports(_metadata, self->report, SIGUSR2, "i");
}

/* wait_exit ----------------------------------------------------------------- */

FIXTURE(wait)
{
	__u32 xid;
};

FIXTURE_SETUP(wait)
{
	SKIP_UNLESS_VSERVER();
	self->xid = vs_xid(0);
}

FIXTURE_TEARDOWN(wait)
{
	vs_destroy(self->xid);
}

TEST_F(wait, no_context)
{
	struct vcmd_wait_exit e;

	EXPECT_EQ(-ESRCH, vserver(VCMD_wait_exit, self->xid, &e));
}

TEST_F(wait, last_words)
{
	static const int codes[] = { 0, 3, 255 };

	for (size_t i = 0; i < ARRAY_SIZE(codes); i++) {
		int go[2];
		struct waiter w;
		struct verdict v;
		pid_t pid;
		int ready[2];

		ASSERT_EQ(0, pipe(go));
		ASSERT_EQ(0, pipe(ready));
		pid = fork();
		if (pid == 0) {
			if (vs_create(self->xid, VXF_INIT_SET) != self->xid)
				_exit(1);
			vs_post(ready[1]);
			vs_await(go[0]);
			_exit(codes[i]);
		}
		ASSERT_TRUE(vs_await(ready[0]));
		w = start_waiter(self->xid, false);
		vs_post(go[1]);
		v = end_waiter(w);
		EXPECT_EQ(0, v.ret);
		EXPECT_EQ(codes[i] << 8, v.exit.exit_code);
		EXPECT_EQ(0, v.exit.reboot_cmd);
		EXPECT_EQ(pid, waitpid(pid, NULL, 0));
		EXPECT_FALSE(vs_exists(self->xid));
		close(go[0]); close(go[1]); close(ready[0]); close(ready[1]);
	}
}

TEST_F(wait, death_by_signal)
{
	pid_t pid = VS_START_GUEST(self->xid);
	struct waiter w = start_waiter(self->xid, false);
	struct verdict v;

	vs_end(pid);
	v = end_waiter(w);
	EXPECT_EQ(0, v.ret);
	EXPECT_EQ(SIGKILL, v.exit.exit_code & 0x7f);
}

/* The init's word is overwritten by those who outlive it. */
TEST_F(wait, last_of_several)
{
	int go[2], pids[2], last;
	struct waiter w;
	struct verdict v;
	pid_t init;

	ASSERT_EQ(0, pipe(go));
	ASSERT_EQ(0, pipe(pids));
	init = fork();
	if (init == 0) {
		if (vs_become_guest(self->xid, &(struct vs_guest){ .init = true }) < 0)
			_exit(1);
		last = fork();
		if (last == 0) {
			vs_await(go[0]);
			_exit(7);
		}
		vs_post(pids[1]);
		_exit(5);
	}
	ASSERT_TRUE(vs_await(pids[0]));
	w = start_waiter(self->xid, false);
	ASSERT_EQ(init, waitpid(init, NULL, 0));
	EXPECT_TRUE(vs_exists(self->xid));
	vs_post(go[1]);
	v = end_waiter(w);
	EXPECT_EQ(0, v.ret);
	EXPECT_EQ(7 << 8, v.exit.exit_code);
}

TEST_F(wait, many_waiters)
{
	pid_t pid = VS_START_GUEST(self->xid);
	struct waiter w[5];

	for (int i = 0; i < 5; i++)
		w[i] = start_waiter(self->xid, i == 4);
	vs_end(pid);
	for (int i = 0; i < 5; i++) {
		struct verdict v = end_waiter(w[i]);

		EXPECT_EQ(0, v.ret);
		EXPECT_EQ(SIGKILL, v.exit.exit_code & 0x7f);
	}
}

TEST_F(wait, persistent_context)
{
	pid_t pid = VS_START_GUEST(self->xid, .cflags = VXF_PERSISTENT);
	struct waiter w = start_waiter(self->xid, false);
	struct verdict v;

	vs_end(pid);
	EXPECT_EQ(0, vs_tasks(self->xid));
	/* it exists on, so the waiter waits on */
	vs_until_asleep(w.pid);
	EXPECT_EQ(0, waitpid(w.pid, NULL, WNOHANG));
	EXPECT_EQ(0, vs_set_cflags(self->xid, 0, VXF_PERSISTENT));
	v = end_waiter(w);
	EXPECT_EQ(0, v.ret);
}

TEST_F(wait, interrupted)
{
	pid_t pid = VS_START_GUEST(self->xid);
	struct waiter w = start_waiter(self->xid, false);
	struct verdict v;

	EXPECT_EQ(0, kill(w.pid, SIGALRM));
	v = end_waiter(w);
	EXPECT_EQ(-EINTR, v.ret);
	/* filled with the values of the moment */
	EXPECT_EQ(0, v.exit.reboot_cmd);
	EXPECT_EQ(0, v.exit.exit_code);
	EXPECT_TRUE(vs_exists(self->xid));
	vs_end(pid);
}

/* The waiter's reference keeps nothing alive that others can see. */
TEST_F(wait, number_is_free_at_once)
{
	pid_t pid = VS_START_GUEST(self->xid);
	struct waiter w = start_waiter(self->xid, false);

	vs_end(pid);
	pid = VS_START_GUEST(self->xid);
	EXPECT_GT(pid, 0);
	EXPECT_EQ(0, end_waiter(w).ret);
	vs_end(pid);
}

TEST_F(wait, bad_pointer)
{
	pid_t pid = VS_START_GUEST(self->xid), waiter;
	int ready[2];

	ASSERT_EQ(0, pipe(ready));
	ASSERT_GT(pid, 0);
	waiter = fork();
	if (waiter == 0) {
		vs_post(ready[1]);
		_exit(vserver(VCMD_wait_exit, self->xid, NULL) == -EFAULT ? 0 : 1);
	}
	ASSERT_TRUE(vs_await(ready[0]));
	/* refused at once or when there is something to write: both are EFAULT */
	vs_until_asleep(waiter);
	vs_end(pid);
	vs_join(_metadata, waiter);
}

TEST_HARNESS_MAIN
