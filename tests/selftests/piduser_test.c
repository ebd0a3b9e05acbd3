// SPDX-License-Identifier: GPL-2.0-only
/*
 * Calls that name a user, and what a guest's processes keep of their own
 * numbers: PRIO_USER and IOPRIO_WHO_USER stay inside, own threads and groups
 * work, /proc lists members only (design/kernel-core.md section 6).
 *
 * Guards against: a loop over all processes of a uid, and a filter that also
 * hides what is one's own.
 */
#include "iso.h"
#include <linux/ioprio.h>
#include <time.h>

/* The raw call answers 20 - nice: never an error in disguise. */
static long get_prio(int which, long who)
{
	long ret = ERR(syscall(SYS_getpriority, which, who));

	return ret > 0 ? 0 : ret;
}

/* By user: only the guest's own processes of that user ------------------------------ */

static long do_setprio_user(long uid, long nice, long c)
{
	return ERR(setpriority(PRIO_USER, uid, nice));
}

static long do_setioprio_user(long uid, long level, long c)
{
	return ERR(syscall(SYS_ioprio_set, IOPRIO_WHO_USER, uid,
			   IOPRIO_PRIO_VALUE(IOPRIO_CLASS_BE, level)));
}

static long ioprio_of(pid_t pid)
{
	return syscall(SYS_ioprio_get, IOPRIO_WHO_PROCESS, pid) & 7;
}

FIXTURE(user) {
	struct agent guest, other;
	pid_t mine, theirs;
};

FIXTURE_SETUP(user)
{
	SKIP_UNLESS_VSERVER();
	ASSERT_EQ(0, agent_start(&self->guest, .xid = vs_xid(0)));
	ASSERT_EQ(0, agent_start(&self->other, .xid = vs_xid(1)));
	self->mine = CALL(self->guest, do_spawn);
	self->theirs = CALL(self->other, do_spawn);
}

FIXTURE_TEARDOWN(user)
{
}

TEST_F(user, setpriority)
{
	int before = getpriority(PRIO_PROCESS, 0);

	EXPECT_EQ(0, CALL(self->guest, do_setprio_user, 0, 7));
	EXPECT_EQ(7, getpriority(PRIO_PROCESS, self->mine));
	EXPECT_EQ(7, getpriority(PRIO_PROCESS, self->guest.pid));
	EXPECT_EQ(before, getpriority(PRIO_PROCESS, 0));
	EXPECT_EQ(before, getpriority(PRIO_PROCESS, self->theirs));
}

TEST_F(user, ioprio)
{
	EXPECT_EQ(0, CALL(self->guest, do_setioprio_user, 0, 6));
	EXPECT_EQ(6, ioprio_of(self->mine));
	EXPECT_NE(6, ioprio_of(getpid()));
	EXPECT_NE(6, ioprio_of(self->theirs));
}

static long do_getprio_user(long uid, long b, long c)
{
	return get_prio(PRIO_USER, uid);
}

static long do_become(long uid, long b, long c)
{
	return ERR(setresuid(uid, uid, uid));
}

/* A user that only exists outside is nobody inside. */
TEST_F(user, unknown_inside)
{
	struct agent somebody;

	ASSERT_EQ(0, agent_start(&somebody));
	ASSERT_EQ(0, CALL(somebody, do_become, 4321));
	EXPECT_EQ(0, CALL(somebody, do_getprio_user, 4321));
	EXPECT_EQ(0, do_getprio_user(4321, 0, 0));
	EXPECT_EQ(-ESRCH, CALL(self->guest, do_getprio_user, 4321));
	EXPECT_EQ(0, CALL(self->guest, do_getprio_user, 0));
}

/* Own threads and groups keep working ------------------------------------------------ */

static long do_own_numbers(long a, long b, long c)
{
	struct sigevent ev = {
		.sigev_notify = SIGEV_THREAD_ID, .sigev_signo = SIGALRM,
	};
	pid_t pid = getpid();
	int id;

	if (syscall(SYS_gettid) != pid || getpgid(0) != pid || getsid(0) != pid)
		return -ERANGE;
	if (kill(0, 0) || kill(pid, 0) || syscall(SYS_tgkill, pid, pid, 0))
		return -errno;
	ev._sigev_un._tid = pid;
	if (syscall(SYS_timer_create, CLOCK_MONOTONIC, &ev, &id))
		return -errno;
	return 0;
}

static long do_foreign_sigev(long pid, long b, long c)
{
	struct sigevent ev = {
		.sigev_notify = SIGEV_THREAD_ID, .sigev_signo = SIGALRM,
	};
	int id;

	ev._sigev_un._tid = pid;
	return ERR(syscall(SYS_timer_create, CLOCK_MONOTONIC, &ev, &id));
}

TEST_F(user, own_threads)
{
	EXPECT_EQ(0, CALL(self->guest, do_own_numbers));
	EXPECT_EQ(-EINVAL, CALL(self->guest, do_foreign_sigev, getpid()));
}

/* All numeric entries of /proc belong to the caller's context. */
static long do_count_proc(long expected, long b, long c)
{
	DIR *d = opendir("/proc");
	struct dirent *de;
	long n = 0;

	if (!d)
		return -errno;
	while ((de = readdir(d)))
		n += de->d_name[0] >= '0' && de->d_name[0] <= '9';
	closedir(d);
	return n;
}

TEST_F(user, readdir_lists_members_only)
{
	EXPECT_EQ(2, CALL(self->guest, do_count_proc));
	EXPECT_LT(4, do_count_proc(0, 0, 0));
}

TEST_HARNESS_MAIN
