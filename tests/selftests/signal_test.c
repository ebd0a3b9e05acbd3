// SPDX-License-Identifier: GPL-2.0-only
/*
 * Signals that reach a task without naming it, and what init is spared:
 * kill(-1), process groups with members of the host, SIGIO to a stored owner,
 * pidfds that were inherited or passed, the number a signal carries.
 *
 * Guards against: a loop over all tasks that forgets the filter, an owner
 * resolved in the wrong context, an init that its own guest can kill - and
 * one that the host cannot.
 */
#include "iso.h"
#include <sys/pidfd.h>

/* Inside: count a signal instead of dying of it ----------------------------- */

static volatile sig_atomic_t seen[65];

static void count_signal(int sig)
{
	seen[sig]++;
}

static long do_catch(long sig, long b, long c)
{
	struct sigaction sa = {
		.sa_handler = count_signal, .sa_flags = SA_RESTART,
	};

	return ERR(sigaction(sig, &sa, NULL));
}

static long do_seen(long sig, long b, long c)
{
	return seen[sig];
}

static long do_block(long sig, long b, long c)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, sig);
	return ERR(sigprocmask(SIG_BLOCK, &set, NULL));
}

/* Take a blocked signal: v[0] si_pid, v[1] si_code. */
static long do_take(long sig, long b, long c)
{
	struct timespec limit = { 20, 0 };
	siginfo_t info;
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, sig);
	if (sigtimedwait(&set, &info, &limit) != sig)
		return -errno;
	shared->v[0] = info.si_pid;
	shared->v[1] = info.si_code;
	return 0;
}

static bool pending(int sig)
{
	sigset_t set;

	return sigpending(&set) == 0 && sigismember(&set, sig);
}

static long do_pending(long sig, long b, long c)
{
	return pending(sig);
}

static bool alive(pid_t pid)
{
	int state = proc_state(pid);

	return state && state != 'Z' && state != 'X';
}

FIXTURE(sig) {
	struct agent init;	/* process 1 of a guest */
	struct agent late;	/* a process that entered it afterwards */
	struct agent host, other;
	pid_t hosts, others, mine;
};

FIXTURE_SETUP(sig)
{
	SKIP_UNLESS_VSERVER();
	ASSERT_EQ(0, setpgid(0, 0));
	ASSERT_EQ(0, agent_start(&self->host));
	ASSERT_EQ(0, agent_start(&self->init, .xid = vs_xid(0),
				 .guest = { .init = true, .cflags = VXF_INFO_INIT }));
	ASSERT_EQ(0, agent_start(&self->late, .xid = vs_xid(0), .join = true));
	ASSERT_EQ(0, agent_start(&self->other, .xid = vs_xid(1)));
	self->hosts = CALL(self->host, do_spawn);
	self->others = CALL(self->other, do_spawn);
	self->mine = CALL(self->init, do_spawn);
	ASSERT_LT(0, self->mine);
}

FIXTURE_TEARDOWN(sig)
{
}

/* kill(-1) -------------------------------------------------------------------- */

TEST_F(sig, kill_all_stays_inside)
{
	EXPECT_EQ(0, CALL(self->late, do_kill, -1, SIGKILL));
	EXPECT_EQ(SIGKILL, CALL(self->init, do_reap, self->mine));
	EXPECT_EQ(1, CALL(self->init, do_getpid));
	EXPECT_EQ(self->late.pid, CALL(self->late, do_getpid));
	EXPECT_TRUE(alive(self->hosts));
	EXPECT_TRUE(alive(self->host.pid));
	EXPECT_TRUE(alive(self->others));
	EXPECT_TRUE(alive(self->other.pid));
}

TEST_F(sig, kill_all_by_init)
{
	EXPECT_EQ(0, CALL(self->init, do_kill, -1, SIGKILL));
	EXPECT_EQ(SIGKILL, CALL(self->init, do_reap, self->mine));
	EXPECT_EQ(self->late.pid, waitpid(self->late.pid, NULL, 0));
	EXPECT_TRUE(alive(self->hosts));
	EXPECT_TRUE(alive(self->others));
	/* Nobody else is left to be killed. */
	EXPECT_EQ(-ESRCH, CALL(self->init, do_kill, -1, SIGKILL));
}

/* Process groups ----------------------------------------------------------------- */

FIXTURE(group) {
	struct agent guest, host;
};

/* A group of both: the test process leads it, SIGUSR1 is blocked everywhere. */
FIXTURE_SETUP(group)
{
	SKIP_UNLESS_VSERVER();
	ASSERT_EQ(0, setpgid(0, 0));
	ASSERT_EQ(0, do_block(SIGUSR1, 0, 0));
	ASSERT_EQ(0, do_block(SIGIO, 0, 0));
	ASSERT_EQ(0, agent_start(&self->host, .no_session = true));
	ASSERT_EQ(0, agent_start(&self->guest, .xid = vs_xid(0), .no_session = true));
}

FIXTURE_TEARDOWN(group)
{
}

TEST_F(group, own_group_with_host_members)
{
	EXPECT_EQ(0, CALL(self->guest, do_kill, 0, SIGUSR1));
	EXPECT_EQ(1, CALL(self->guest, do_pending, SIGUSR1));
	EXPECT_EQ(0, CALL(self->host, do_pending, SIGUSR1));
	EXPECT_FALSE(pending(SIGUSR1));
}

TEST_F(group, host_reaches_guest_members)
{
	EXPECT_EQ(0, CALL(self->host, do_kill, 0, SIGUSR1));
	EXPECT_EQ(1, CALL(self->guest, do_pending, SIGUSR1));
	EXPECT_TRUE(pending(SIGUSR1));
}

TEST_F(group, no_number_from_inside)
{
	EXPECT_EQ(-ESRCH, CALL(self->guest, do_kill, -getpgrp(), SIGUSR1));
	EXPECT_FALSE(pending(SIGUSR1));
	EXPECT_EQ(0, CALL(self->host, do_kill, -getpgrp(), SIGUSR1));
	EXPECT_TRUE(pending(SIGUSR1));
}

static long do_setpgrp(long pgrp, long b, long c)
{
	return ERR(setpgid(0, pgrp));
}

/* The guest leads the group, a host process was put into it. */
TEST_F(group, guest_leads_host_member)
{
	ASSERT_EQ(0, CALL(self->guest, do_setpgrp, 0));
	ASSERT_EQ(0, CALL(self->host, do_setpgrp, self->guest.pid));
	EXPECT_EQ(0, CALL(self->guest, do_kill, -self->guest.pid, SIGUSR1));
	EXPECT_EQ(1, CALL(self->guest, do_pending, SIGUSR1));
	EXPECT_EQ(0, CALL(self->host, do_pending, SIGUSR1));
	EXPECT_EQ(0, kill(-self->guest.pid, SIGUSR1));
	EXPECT_EQ(1, CALL(self->host, do_pending, SIGUSR1));
}

/* A pidfd of the leader reaches its whole group. */
static long do_group_by_pidfd(long pid, long sig, long c)
{
	int fd = syscall(SYS_pidfd_open, pid, 0);
	long ret;

	if (fd < 0)
		return -errno;
	ret = ERR(syscall(SYS_pidfd_send_signal, fd, sig, NULL, 1 << 2));
	close(fd);
	return ret;
}

TEST_F(group, by_pidfd)
{
	ASSERT_EQ(0, CALL(self->guest, do_setpgrp, 0));
	ASSERT_EQ(0, CALL(self->host, do_setpgrp, self->guest.pid));
	EXPECT_EQ(0, CALL(self->guest, do_group_by_pidfd, self->guest.pid, SIGUSR1));
	EXPECT_EQ(1, CALL(self->guest, do_pending, SIGUSR1));
	EXPECT_EQ(0, CALL(self->host, do_pending, SIGUSR1));
	EXPECT_EQ(0, do_group_by_pidfd(self->guest.pid, SIGUSR1, 0));
	EXPECT_EQ(1, CALL(self->host, do_pending, SIGUSR1));
}

/* Joining a group of the host would need its number. */
TEST_F(group, joining)
{
	ASSERT_EQ(0, CALL(self->guest, do_setpgrp, 0));
	ASSERT_EQ(0, CALL(self->host, do_setpgrp, 0));
	EXPECT_EQ(-EPERM, CALL(self->guest, do_setpgrp, getpgrp()));
	EXPECT_EQ(-EPERM, CALL(self->guest, do_setpgrp, self->host.pid));
	EXPECT_EQ(0, CALL(self->host, do_setpgrp, getpgrp()));
}

/* SIGIO --------------------------------------------------------------------------- */

/* Own number or group as the receiver of what happens on fd. */
static long do_own(long fd, long who, long c)
{
	if (fcntl(fd, F_SETOWN, who))
		return -errno;
	return ERR(fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_ASYNC));
}

static long do_getown(long fd, long b, long c)
{
	return ERR(fcntl(fd, F_GETOWN));
}

static long do_write(long fd, long b, long c)
{
	return write(fd, "", 1) == 1 ? 0 : -errno;
}

FIXTURE(sigio) {
	struct agent guest, host;
	int sv[2];
};

FIXTURE_SETUP(sigio)
{
	SKIP_UNLESS_VSERVER();
	ASSERT_EQ(0, socketpair(AF_UNIX, SOCK_STREAM, 0, self->sv));
	ASSERT_EQ(0, setpgid(0, 0));
	ASSERT_EQ(0, do_block(SIGIO, 0, 0));
	ASSERT_EQ(0, agent_start(&self->host, .no_session = true));
	ASSERT_EQ(0, agent_start(&self->guest, .xid = vs_xid(0), .no_session = true));
}

FIXTURE_TEARDOWN(sigio)
{
}

TEST_F(sigio, owner_inside)
{
	ASSERT_EQ(0, CALL(self->guest, do_own, self->sv[0], self->guest.pid));
	EXPECT_EQ(self->guest.pid, CALL(self->guest, do_getown, self->sv[0]));
	EXPECT_EQ(0, do_write(self->sv[1], 0, 0));
	EXPECT_EQ(1, CALL(self->guest, do_pending, SIGIO));
	EXPECT_EQ(0, CALL(self->host, do_pending, SIGIO));
}

TEST_F(sigio, owner_in_host)
{
	ASSERT_EQ(0, CALL(self->host, do_own, self->sv[0], self->host.pid));
	/* A number of the host means nothing inside. */
	EXPECT_EQ(0, CALL(self->guest, do_getown, self->sv[0]));
	EXPECT_EQ(self->host.pid, CALL(self->host, do_getown, self->sv[0]));
	EXPECT_EQ(0, CALL(self->guest, do_write, self->sv[1]));
	EXPECT_EQ(1, CALL(self->host, do_pending, SIGIO));
}

/* The guest owns the group; what it armed must not reach the host member. */
TEST_F(sigio, group_with_host_member)
{
	ASSERT_EQ(0, CALL(self->guest, do_setpgrp, 0));
	ASSERT_EQ(0, CALL(self->host, do_setpgrp, self->guest.pid));
	ASSERT_EQ(0, CALL(self->guest, do_own, self->sv[0], -self->guest.pid));
	EXPECT_EQ(0, CALL(self->guest, do_write, self->sv[1]));
	EXPECT_EQ(1, CALL(self->guest, do_pending, SIGIO));
	EXPECT_EQ(0, CALL(self->host, do_pending, SIGIO));
}

/* Init ---------------------------------------------------------------------------- */

static long do_tgkill(long pid, long sig, long c)
{
	return ERR(syscall(SYS_tgkill, pid, pid, sig));
}

static long do_sigqueue(long pid, long sig, long c)
{
	return ERR(sigqueue(pid, sig, (union sigval){ 0 }));
}

static long do_pidfd_kill(long pid, long sig, long c)
{
	int fd = syscall(SYS_pidfd_open, pid, 0);
	long ret;

	if (fd < 0)
		return -errno;
	ret = ERR(syscall(SYS_pidfd_send_signal, fd, sig, NULL, 0));
	close(fd);
	return ret;
}

TEST_F(sig, init_is_protected_inside)
{
	static const int deadly[] = { SIGKILL, SIGSTOP, SIGTERM, SIGHUP, 40 };

	for (size_t i = 0; i < ARRAY_SIZE(deadly); i++) {
		int sig = deadly[i];

		EXPECT_EQ(-EPERM, CALL(self->late, do_kill, 1, sig)) {
			TH_LOG("signal %d", sig);
		}
		EXPECT_EQ(-EPERM, CALL(self->late, do_kill, self->init.pid, sig));
		EXPECT_EQ(-EPERM, CALL(self->late, do_tgkill, 1, sig));
		EXPECT_EQ(-EPERM, CALL(self->late, do_sigqueue, 1, sig));
		EXPECT_EQ(-EPERM, CALL(self->late, do_pidfd_kill, 1, sig));
		EXPECT_EQ(-EPERM, CALL(self->init, do_kill, 1, sig));
	}
	EXPECT_EQ(1, CALL(self->init, do_getpid));
	EXPECT_NE('T', proc_state(self->init.pid));
}

TEST_F(sig, init_gets_what_it_handles)
{
	EXPECT_EQ(0, CALL(self->late, do_kill, 1, 0));
	ASSERT_EQ(0, CALL(self->init, do_catch, SIGUSR2));
	EXPECT_EQ(0, CALL(self->late, do_kill, 1, SIGUSR2));
	EXPECT_EQ(1, CALL(self->init, do_seen, SIGUSR2));
	ASSERT_EQ(0, CALL(self->init, do_catch, SIGTERM));
	EXPECT_EQ(0, CALL(self->late, do_tgkill, 1, SIGTERM));
	EXPECT_EQ(1, CALL(self->init, do_seen, SIGTERM));
	EXPECT_EQ(-EPERM, CALL(self->late, do_kill, 1, SIGKILL));
}

TEST_F(sig, init_is_not_protected_from_the_host)
{
	EXPECT_EQ(0, kill(self->init.pid, 0));
	EXPECT_EQ(SIGKILL, agent_end(&self->init));
}

TEST_F(sig, others_are_not_protected)
{
	EXPECT_EQ(0, CALL(self->late, do_kill, self->mine, SIGTERM));
	EXPECT_EQ(SIGTERM, CALL(self->init, do_reap, self->mine));
	EXPECT_EQ(0, CALL(self->init, do_kill, self->late.pid, SIGKILL));
	EXPECT_EQ(self->late.pid, waitpid(self->late.pid, NULL, 0));
}

/* SIGIO aimed at init by a member: its default action would end it. */
static long do_sigio_to_init(long sig, long b, long c)
{
	int sv[2];

	if (socketpair(AF_UNIX, SOCK_STREAM, 0, sv))
		return -errno;
	if (fcntl(sv[0], F_SETOWN, 1) || fcntl(sv[0], F_SETSIG, sig) ||
	    fcntl(sv[0], F_SETFL, O_ASYNC) ||
	    write(sv[1], "", 1) != 1)
		return -errno;
	close(sv[0]);
	close(sv[1]);
	return 0;
}

TEST_F(sig, sigio_spares_init)
{
	EXPECT_EQ(0, CALL(self->late, do_sigio_to_init));
	EXPECT_EQ(0, CALL(self->late, do_sigio_to_init, SIGKILL));
	EXPECT_EQ(0, CALL(self->late, do_sigio_to_init, SIGTERM));
	EXPECT_EQ(1, CALL(self->init, do_getpid));
	ASSERT_EQ(0, CALL(self->init, do_catch, SIGIO));
	EXPECT_EQ(0, CALL(self->late, do_sigio_to_init));
	EXPECT_EQ(1, CALL(self->init, do_seen, SIGIO));
}

/* The number a signal carries ------------------------------------------------------- */

TEST_F(sig, sender_number)
{
	ASSERT_EQ(0, CALL(self->late, do_block, SIGUSR1));

	ASSERT_EQ(0, CALL(self->init, do_kill, self->late.pid, SIGUSR1));
	ASSERT_EQ(0, CALL(self->late, do_take, SIGUSR1));
	EXPECT_EQ(1, shared->v[0]);

	ASSERT_EQ(0, CALL(self->late, do_kill, self->late.pid, SIGUSR1));
	ASSERT_EQ(0, CALL(self->late, do_take, SIGUSR1));
	EXPECT_EQ(self->late.pid, shared->v[0]);

	/* A host process has no number inside. */
	ASSERT_EQ(0, kill(self->late.pid, SIGUSR1));
	ASSERT_EQ(0, CALL(self->late, do_take, SIGUSR1));
	EXPECT_EQ(0, shared->v[0]);
}

TEST_F(sig, parent_outside_sees_the_real_number)
{
	siginfo_t info = { 0 };

	ASSERT_EQ(0, do_block(SIGCHLD, 0, 0));
	ASSERT_EQ(0, kill(self->init.pid, SIGKILL));
	ASSERT_EQ(0, waitid(P_PID, self->init.pid, &info, WEXITED | WNOWAIT));
	EXPECT_EQ(self->init.pid, info.si_pid);
	ASSERT_EQ(0, do_take(SIGCHLD, 0, 0));
	EXPECT_EQ(self->init.pid, shared->v[0]);
	EXPECT_EQ(self->init.pid, waitpid(self->init.pid, NULL, 0));
}

/* pidfds that did not come by number ---------------------------------------------------- */

static long do_fd_signal(long fd, long sig, long c)
{
	return ERR(syscall(SYS_pidfd_send_signal, fd, sig, NULL, 0));
}

static long do_fdinfo_pid(long fd, long b, long c)
{
	char path[64], buf[2048], *p;

	snprintf(path, sizeof(path), "/proc/self/fdinfo/%ld", fd);
	if (vs_read_file(path, buf, sizeof(buf)) < 0)
		return -errno;
	p = strstr(buf, "Pid:\t");
	return p ? atol(p + 5) : -ENOENT;
}

static long do_wait_pidfd(long fd, long b, long c)
{
	siginfo_t info;

	return ERR(waitid(P_PIDFD, fd, &info, WEXITED | WNOHANG));
}

TEST_F(sig, inherited_pidfd)
{
	int host = syscall(SYS_pidfd_open, self->hosts, 0);
	int mine = syscall(SYS_pidfd_open, self->mine, 0);
	struct agent in;

	ASSERT_LT(0, host);
	ASSERT_LT(0, mine);
	fcntl(host, F_SETFD, 0);
	fcntl(mine, F_SETFD, 0);
	ASSERT_EQ(0, agent_start(&in, .xid = vs_xid(0), .join = true));
	EXPECT_EQ(-EPERM, CALL(in, do_fd_signal, host, 0));
	EXPECT_EQ(-EPERM, CALL(in, do_fd_signal, host, SIGKILL));
	EXPECT_EQ(0, CALL(in, do_fdinfo_pid, host));
	EXPECT_EQ(-ECHILD, CALL(in, do_wait_pidfd, host));
	EXPECT_TRUE(alive(self->hosts));

	EXPECT_EQ(self->hosts, do_fdinfo_pid(host, 0, 0));
	EXPECT_EQ(0, do_fd_signal(host, 0, 0));
	EXPECT_EQ(self->mine, CALL(in, do_fdinfo_pid, mine));
	EXPECT_EQ(0, CALL(in, do_fd_signal, mine, SIGKILL));
	EXPECT_EQ(SIGKILL, CALL(self->init, do_reap, self->mine));
}

TEST_HARNESS_MAIN
