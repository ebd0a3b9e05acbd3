// SPDX-License-Identifier: GPL-2.0-only
/*
 * Tracing and everything else that asks ptrace_may_access(), with handles
 * that did not come by number: pidfds and /proc directories opened by the
 * host and kept over the migration, parents outside, tracing that is already
 * going on (design/kernel-core.md sections 5, 6 and 7).
 *
 * Guards against: a guest that reads or steers a process it holds a handle
 * of, and a guest that cannot debug its own programs any more.
 */
#include "iso.h"
#include <linux/sched.h>
#include <sys/ptrace.h>
#include <sys/user.h>

#ifndef PIDFD_GET_UTS_NAMESPACE
#define PIDFD_GET_UTS_NAMESPACE	_IO(0xFF, 10)
#endif

FIXTURE(trace) {
	struct agent host;	/* the victim */
	struct agent guest;	/* entered with descriptors of the victim open */
	int pidfd, dir;
};

static int victim_pidfd, victim_dir;

static void keep_descriptors(void)
{
	fcntl(victim_pidfd, F_SETFD, 0);
	fcntl(victim_dir, F_SETFD, 0);
}

FIXTURE_SETUP(trace)
{
	char path[64];

	SKIP_UNLESS_VSERVER();
	ASSERT_EQ(0, agent_start(&self->host));
	snprintf(path, sizeof(path), "/proc/%d", self->host.pid);
	self->pidfd = victim_pidfd = syscall(SYS_pidfd_open, self->host.pid, 0);
	self->dir = victim_dir = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	ASSERT_LE(0, victim_pidfd);
	ASSERT_LE(0, victim_dir);
	/* a guest that was given every capability */
	ASSERT_EQ(0, agent_start(&self->guest, .xid = vs_xid(0),
				 .before = keep_descriptors, .guest.bcaps = ~0ULL));
}

FIXTURE_TEARDOWN(trace)
{
}

/* pidfds ----------------------------------------------------------------------- */

static long do_getfd(long pidfd, long nr, long c)
{
	int fd = syscall(SYS_pidfd_getfd, pidfd, nr, 0);

	if (fd < 0)
		return -errno;
	close(fd);
	return 0;
}

static long do_setns(long fd, long type, long c)
{
	return ERR(setns(fd, type));
}

static long do_madvise(long pidfd, long b, long c)
{
	static char page[2 * 4096];
	struct iovec iov = {
		(void *)(((unsigned long)page + 4095) & ~4095UL), 4096
	};

	return ERR(syscall(SYS_process_madvise, pidfd, &iov, 1, MADV_COLD, 0)) < 0 ?
	       -errno : 0;
}

static long do_get_ns(long pidfd, long b, long c)
{
	int fd = ioctl(pidfd, PIDFD_GET_UTS_NAMESPACE, 0);

	if (fd < 0)
		return -errno;
	close(fd);
	return 0;
}

/* The same with a child of the caller's context. */
static long on_own_pidfd(agent_fn fn, long arg)
{
	pid_t pid = do_spawn(0, 0, 0);
	int fd = syscall(SYS_pidfd_open, pid, 0);
	long ret = fd < 0 ? -errno : fn(fd, arg, 0);

	close(fd);
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	return ret;
}

static long do_own_getfd(long a, long b, long c)
{
	return on_own_pidfd(do_getfd, 1);
}

static long do_own_madvise(long a, long b, long c)
{
	return on_own_pidfd(do_madvise, 0);
}

static long do_own_get_ns(long a, long b, long c)
{
	return on_own_pidfd(do_get_ns, 0);
}

TEST_F(trace, pidfd_getfd)
{
	EXPECT_EQ(-EPERM, CALL(self->guest, do_getfd, self->pidfd, 1));
	EXPECT_EQ(0, CALL(self->guest, do_own_getfd));
	EXPECT_EQ(0, do_getfd(self->pidfd, 1, 0));
}

TEST_F(trace, pidfd_setns)
{
	EXPECT_EQ(-EPERM, CALL(self->guest, do_setns, self->pidfd, CLONE_NEWUTS));
	EXPECT_EQ(-EPERM, CALL(self->guest, do_setns, self->pidfd, CLONE_NEWNS));
	VS_IN_CHILD {
		EXPECT_EQ(0, do_setns(self->pidfd, CLONE_NEWUTS, 0));
	}
}

TEST_F(trace, process_madvise)
{
	EXPECT_EQ(0, do_madvise(self->pidfd, 0, 0));
	EXPECT_EQ(-EACCES, CALL(self->guest, do_madvise, self->pidfd));
	EXPECT_EQ(0, CALL(self->guest, do_own_madvise));
}

TEST_F(trace, pidfd_namespaces)
{
	if (do_get_ns(self->pidfd, 0, 0) == -ENOTTY)
		SKIP(return, "no namespace ioctl on pidfds");
	EXPECT_EQ(0, do_get_ns(self->pidfd, 0, 0));
	EXPECT_EQ(-EACCES, CALL(self->guest, do_get_ns, self->pidfd));
	EXPECT_EQ(0, CALL(self->guest, do_own_get_ns));
}

/* A directory of /proc, opened before entering ------------------------------------- */

/* text: name below dir */
static long do_openat(long dir, long flags, long c)
{
	int fd = openat(dir, shared->text, flags | O_CLOEXEC);

	if (fd < 0)
		return -errno;
	close(fd);
	return 0;
}

static long do_own_dir(long a, long b, long c)
{
	int dir = open("/proc/self", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	return dir < 0 ? -errno : do_openat(dir, O_RDONLY, 0);
}

TEST_F(trace, kept_proc_directory)
{
	static const char * const names[] = {
		"status", "stat", "mem", "maps", "environ", "cmdline", "fd/0",
		"task", "ns/mnt", "root/.", "cwd/.", "exe",
	};

	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		TEXT("%s", names[i]);
		if (do_openat(self->dir, O_RDONLY, 0))
			continue;
		/* warm dentries, then a foreign viewer */
		EXPECT_EQ(-EPERM, CALL(self->guest, do_openat, self->dir, O_RDONLY)) {
			TH_LOG("%s", names[i]);
		}
		EXPECT_EQ(0, do_openat(self->dir, O_RDONLY, 0));
	}
	TEXT("status");
	EXPECT_EQ(0, do_openat(self->dir, O_RDONLY, 0));
	/* the same of an own process */
	EXPECT_EQ(0, CALL(self->guest, do_own_dir));
}

/* Parents and tracers ------------------------------------------------------------------ */

static long do_traceme(long a, long b, long c)
{
	return ERR(ptrace(PTRACE_TRACEME, 0, NULL, NULL));
}

/* The usual life of a debugger, all inside. */
static long do_debug(long a, long b, long c)
{
	pid_t pid = fork();
	long word, nr = 0;
	int status;

	if (pid == 0) {
		if (ptrace(PTRACE_TRACEME, 0, NULL, NULL))
			_exit(1);
		raise(SIGSTOP);
		if (fork() == 0)
			_exit(0);
		wait(NULL);
		_exit(7);
	}
	if (waitpid(pid, &status, 0) != pid || !WIFSTOPPED(status))
		return -ECHILD;
	if (ptrace(PTRACE_SETOPTIONS, pid, NULL,
		   PTRACE_O_TRACEFORK | PTRACE_O_EXITKILL))
		return -errno;
	word = ptrace(PTRACE_PEEKDATA, pid, shared, NULL);
	if (ptrace(PTRACE_POKEDATA, pid, shared, word))
		return -errno;
	if (ptrace(PTRACE_CONT, pid, NULL, NULL) || waitpid(pid, &status, 0) != pid ||
	    status >> 8 != (SIGTRAP | PTRACE_EVENT_FORK << 8))
		return -EPROTO;
	if (ptrace(PTRACE_GETEVENTMSG, pid, NULL, &nr) || nr <= 1)
		return -ERANGE;		/* the child has a number here */
	if (waitpid(nr, &status, __WALL) != nr || ptrace(PTRACE_DETACH, nr, NULL, NULL) ||
	    ptrace(PTRACE_DETACH, pid, NULL, NULL))
		return -errno;
	waitpid(pid, &status, 0);
	return WIFEXITED(status) && WEXITSTATUS(status) == 7 ? 0 : -EIO;
}

TEST_F(trace, debugger_inside)
{
	struct agent plain;

	EXPECT_EQ(0, CALL(self->guest, do_debug));
	ASSERT_EQ(0, agent_start(&plain, .xid = vs_xid(1)));
	EXPECT_EQ(0, CALL(plain, do_debug));
}

/* Who traces the caller, by the number it sees. */
static long do_tracer(long a, long b, long c)
{
	char buf[4096], *p;

	if (vs_read_file("/proc/self/status", buf, sizeof(buf)) < 0)
		return -errno;
	p = strstr(buf, "TracerPid:\t");
	return p ? atol(p + 11) : -ENOENT;
}

TEST_F(trace, host_traces_guest)
{
	struct user_regs_struct regs;
	pid_t pid = self->guest.pid;
	int status;

	ASSERT_EQ(0, ptrace(PTRACE_SEIZE, pid, NULL, NULL));
	ASSERT_EQ(0, ptrace(PTRACE_INTERRUPT, pid, NULL, NULL));
	ASSERT_EQ(pid, waitpid(pid, &status, __WALL));
	EXPECT_EQ(0, ptrace(PTRACE_GETREGS, pid, NULL, &regs));
	ASSERT_EQ(0, ptrace(PTRACE_CONT, pid, NULL, NULL));
	/* the tracer has no number inside */
	EXPECT_EQ(0, CALL(self->guest, do_tracer));
	ASSERT_EQ(0, ptrace(PTRACE_INTERRUPT, pid, NULL, NULL));
	ASSERT_EQ(pid, waitpid(pid, &status, __WALL));
	EXPECT_EQ(0, ptrace(PTRACE_DETACH, pid, NULL, NULL));
}

/* The parent of the agent is the test, a host process: it may trace. */
TEST_F(trace, traceme_with_host_parent)
{
	struct agent child;

	ASSERT_EQ(0, agent_start(&child, .xid = vs_xid(0), .join = true));
	EXPECT_EQ(0, CALL(child, do_traceme));
	agent_end(&child);
}

/* A process that traces must not take its tracee's strings inside. */
TEST_F(trace, no_migration_while_tracing)
{
	VS_IN_CHILD {
		pid_t pid = do_spawn(0, 0, 0);

		ASSERT_LT(0, pid);
		ASSERT_EQ(0, ptrace(PTRACE_SEIZE, pid, NULL, NULL));
		EXPECT_EQ(-EBUSY, vs_migrate(self->guest.xid, 0));
		EXPECT_EQ(-EBUSY, vs_create(vs_xid(2), VXF_INIT_SET));
		EXPECT_EQ(0, vs_exists(vs_xid(2)));
		kill(pid, SIGKILL);
		waitpid(pid, NULL, 0);
		EXPECT_EQ(0, vs_migrate(self->guest.xid, 0));
	}
}

static long do_migrate(long xid, long b, long c)
{
	return vs_migrate(xid, 0);
}

/* A host process that is traced may enter; its tracer stays in charge. */
TEST_F(trace, traced_process_enters)
{
	struct user_regs_struct regs;
	struct agent child;
	int status;

	ASSERT_EQ(0, agent_start(&child));
	ASSERT_EQ(0, ptrace(PTRACE_SEIZE, child.pid, NULL, NULL));
	EXPECT_EQ(0, CALL(child, do_migrate, self->guest.xid));
	EXPECT_EQ(self->guest.xid, vs_task_xid(child.pid));
	ASSERT_EQ(0, ptrace(PTRACE_INTERRUPT, child.pid, NULL, NULL));
	ASSERT_EQ(child.pid, waitpid(child.pid, &status, __WALL));
	EXPECT_EQ(0, ptrace(PTRACE_GETREGS, child.pid, NULL, &regs));
	EXPECT_EQ(0, ptrace(PTRACE_DETACH, child.pid, NULL, NULL));
	agent_end(&child);
}

/* CLONE_PARENT: children for a process outside ----------------------------------------- */

static long clone_parent(void)
{
	struct clone_args args = { .flags = CLONE_PARENT, .exit_signal = 0 };
	long pid = syscall(SYS_clone3, &args, sizeof(args));

	if (pid == 0)
		_exit(0);
	return pid < 0 ? -errno : 0;
}

static long do_clone_parent(long a, long b, long c)
{
	return clone_parent();
}

/* From a child, whose parent is the caller. */
static long do_clone_parent_inside(long a, long b, long c)
{
	pid_t pid = fork();
	int status;
	long ret;

	if (pid == 0)
		_exit(-clone_parent());
	if (waitpid(pid, &status, 0) != pid || !WIFEXITED(status))
		return -ECHILD;
	ret = -WEXITSTATUS(status);
	/* the sibling is a child of ours */
	return ret ? ret : waitpid(-1, &status, __WALL) > 0 ? 0 : -errno;
}

TEST_F(trace, clone_parent)
{
	EXPECT_EQ(-EINVAL, CALL(self->guest, do_clone_parent));
	EXPECT_EQ(0, CALL(self->guest, do_clone_parent_inside));
	EXPECT_EQ(0, CALL(self->host, do_clone_parent));
	EXPECT_LT(0, waitpid(-1, NULL, __WALL));	/* ours now */
}

TEST_HARNESS_MAIN
