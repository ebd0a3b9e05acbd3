// SPDX-License-Identifier: GPL-2.0-only
/*
 * A guest process in a session of the host, on the admin's terminal: what it
 * may not do with it, and what it may with one of its own
 * (design/kernel-core.md sections 6 and 14).
 *
 * Guards against: commands typed into the shell one entered from (TIOCSTI,
 * TIOCLINUX), the terminal taken or hung up, numbers of host groups.
 */
#include "iso.h"
#include <pty.h>
#include <termios.h>

#ifndef TIOCVHANGUP
#define TIOCVHANGUP	0x5437
#endif

FIXTURE(tty) {
	int master, slave;
	struct agent guest;	/* in the admin's session */
	struct agent all;	/* the same with every capability */
	struct agent host;	/* in the admin's session, too */
	struct agent own;	/* a guest process that has a session of its own */
};

/* The test process is the admin: session leader on a new terminal. */
FIXTURE_SETUP(tty)
{
	SKIP_UNLESS_VSERVER();
	ASSERT_EQ(0, openpty(&self->master, &self->slave, NULL, NULL, NULL));
	fcntl(self->master, F_SETFD, FD_CLOEXEC);
	ASSERT_LT(0, setsid());
	ASSERT_EQ(0, ioctl(self->slave, TIOCSCTTY, 0));
	ASSERT_EQ(0, agent_start(&self->host, .no_session = true));
	ASSERT_EQ(0, agent_start(&self->guest, .xid = vs_xid(0), .no_session = true));
	ASSERT_EQ(0, agent_start(&self->all, .xid = vs_xid(1), .no_session = true,
				 .guest.bcaps = ~0ULL));
	ASSERT_EQ(0, agent_start(&self->own, .xid = vs_xid(2),
				 .guest.ccaps = VXC_TIOCSTI));
}

FIXTURE_TEARDOWN(tty)
{
}

static long do_sti(long fd, long b, long c)
{
	return ERR(ioctl(fd, TIOCSTI, "\n"));
}

static long do_linux(long fd, long b, long c)
{
	char what[2] = { 2 };

	return ERR(ioctl(fd, TIOCLINUX, what));
}

static long do_cons(long fd, long b, long c)
{
	return ERR(ioctl(fd, TIOCCONS, 0));
}

/* A session leader without terminal takes the one of another session. */
static long do_steal(long fd, long b, long c)
{
	pid_t pid = fork();
	int status;

	if (pid == 0) {
		setsid();
		_exit(ioctl(fd, TIOCSCTTY, 1) ? errno : 0);
	}
	waitpid(pid, &status, 0);
	return -WEXITSTATUS(status);
}

static long do_vhangup(long a, long b, long c)
{
	return ERR(vhangup());
}

static long do_numbers(long fd, long b, long c)
{
	pid_t group = -1, session = -1;

	if (ioctl(fd, TIOCGPGRP, &group) || ioctl(fd, TIOCGSID, &session))
		return -errno;
	shared->v[0] = group;
	shared->v[1] = session;
	shared->v[2] = getsid(0);
	shared->v[3] = getpgrp();
	return 0;
}

static long do_foreground(long fd, long group, long c)
{
	return ERR(tcsetpgrp(fd, group));
}

static long do_typed(long fd, long b, long c)
{
	return ERR(ioctl(fd, TIOCSTI, "\n"));
}

TEST_F(tty, typing)
{
	EXPECT_EQ(-EPERM, CALL(self->guest, do_sti, self->slave));
	EXPECT_EQ(-EPERM, CALL(self->all, do_sti, self->slave));
	EXPECT_EQ(-EPERM, CALL(self->guest, do_linux, self->slave));
	EXPECT_EQ(-EPERM, CALL(self->all, do_linux, self->slave));
	EXPECT_EQ(0, CALL(self->host, do_sti, self->slave));
}

TEST_F(tty, console)
{
	EXPECT_EQ(-EPERM, CALL(self->guest, do_cons, self->slave));
	EXPECT_EQ(-EPERM, CALL(self->all, do_cons, self->slave));
}

TEST_F(tty, stealing)
{
	EXPECT_EQ(-EPERM, CALL(self->guest, do_steal, self->slave));
	EXPECT_EQ(-EPERM, CALL(self->all, do_steal, self->slave));
	EXPECT_EQ(getpid(), tcgetsid(self->slave));
}

TEST_F(tty, hanging_up)
{
	struct sigaction ign = { .sa_handler = SIG_IGN };

	ASSERT_EQ(0, sigaction(SIGHUP, &ign, NULL));
	EXPECT_EQ(-EPERM, CALL(self->guest, do_vhangup));
	EXPECT_EQ(getpid(), tcgetsid(self->slave));
	EXPECT_EQ(-EPERM, CALL(self->all, do_vhangup));
	EXPECT_EQ(getpid(), tcgetsid(self->slave));
}

TEST_F(tty, numbers)
{
	ASSERT_EQ(0, CALL(self->guest, do_numbers, self->slave));
	EXPECT_EQ(0, shared->v[0]);
	EXPECT_EQ(0, shared->v[1]);
	EXPECT_EQ(0, shared->v[2]);
	EXPECT_EQ(0, shared->v[3]);
	ASSERT_EQ(0, CALL(self->host, do_numbers, self->slave));
	EXPECT_EQ(getpid(), shared->v[1]);
	EXPECT_EQ(getpid(), shared->v[2]);
	/* the foreground goes to groups one can name */
	EXPECT_EQ(-ESRCH, CALL(self->guest, do_foreground, self->slave, getpid()));
	EXPECT_EQ(0, do_foreground(self->slave, getpid(), 0));
}

/* A terminal of the guest's own -------------------------------------------------- */

static long do_own_terminal(long a, long b, long c)
{
	int master, slave;

	if (openpty(&master, &slave, NULL, NULL, NULL) || ioctl(slave, TIOCSCTTY, 0))
		return -errno;
	if (tcgetsid(slave) != getpid() || tcsetpgrp(slave, getpgrp()))
		return -ERANGE;
	return slave;
}

TEST_F(tty, own_terminal)
{
	long slave = CALL(self->own, do_own_terminal);

	ASSERT_LE(0, slave);
	EXPECT_EQ(0, CALL(self->own, do_typed, slave));
	EXPECT_EQ(-EPERM, CALL(self->own, do_cons, slave));
}

#define LEGACY	"/proc/sys/dev/tty/legacy_tiocsti"

/* Where the kernel gives TIOCSTI to nobody without SYS_ADMIN, the ccap still opens it. */
TEST_F(tty, typing_by_grant)
{
	struct agent plain;
	char before[16];
	long slave, own;

	ASSERT_LT(0, vs_read_file(LEGACY, before, sizeof(before)));
	ASSERT_EQ(0, agent_start(&plain, .xid = vs_xid(3)));
	slave = CALL(plain, do_own_terminal);
	ASSERT_LE(0, slave);
	own = CALL(self->own, do_own_terminal);
	ASSERT_LE(0, own);
	EXPECT_EQ(0, vs_write_file(LEGACY, "0"));
	EXPECT_EQ(-EIO, CALL(plain, do_typed, slave));
	EXPECT_EQ(0, CALL(self->own, do_typed, own));
	EXPECT_EQ(0, vs_write_file(LEGACY, "1"));
	EXPECT_EQ(0, CALL(plain, do_typed, slave));
	EXPECT_EQ(0, vs_write_file(LEGACY, before));
	/* the grant is for the terminal of the guest, not for the admin's */
	EXPECT_EQ(-EPERM, CALL(self->own, do_sti, self->slave));
}

static void ignore_hangup(void)
{
	signal(SIGHUP, SIG_IGN);
}

TEST_F(tty, own_hangup)
{
	struct agent own;

	ASSERT_EQ(0, agent_start(&own, .xid = vs_xid(3), .before = ignore_hangup));
	ASSERT_LE(0, CALL(own, do_own_terminal));
	EXPECT_EQ(0, CALL(own, do_vhangup));
}

TEST_HARNESS_MAIN
