// SPDX-License-Identifier: GPL-2.0-only
/*
 * The spectator (xid 1): sees every process, touches none, has no way back
 * and none into a guest (design/kernel-core.md sections 5 and 8, spec/abi.md
 * section 4).
 *
 * Guards against: a monitoring shell that turns into a second host, and one
 * that sees less than ps needs.
 */
#include "iso.h"
#include <sys/mount.h>
#include <sys/ptrace.h>
#include <sys/uio.h>

FIXTURE(watch) {
	struct agent watch, guest, host;
	pid_t targets[2];	/* of the host, of a guest */
	pid_t sibling;
};

FIXTURE_SETUP(watch)
{
	SKIP_UNLESS_VSERVER();
	ASSERT_EQ(0, agent_start(&self->host));
	ASSERT_EQ(0, agent_start(&self->guest, .xid = vs_xid(0)));
	ASSERT_EQ(0, agent_start(&self->watch, .watch = true));
	self->targets[0] = CALL(self->host, do_spawn);
	self->targets[1] = CALL(self->guest, do_spawn);
	self->sibling = CALL(self->watch, do_spawn);
}

FIXTURE_TEARDOWN(watch)
{
}

/* Sees ------------------------------------------------------------------------- */

static long do_task_xid(long pid, long b, long c)
{
	return vs_task_xid(pid);
}

static long do_vx_info(long xid, long b, long c)
{
	struct vcmd_vx_info info;

	return vserver(VCMD_vx_info, xid, &info);
}

static long do_exe_of(long pid, long b, long c)
{
	char path[64], exe[256];

	snprintf(path, sizeof(path), "/proc/%ld/exe", pid);
	return readlink(path, exe, sizeof(exe)) < 0 ? -errno : 0;
}

TEST_F(watch, sees_all)
{
	char name[24];

	for (int i = 0; i < 2; i++) {
		pid_t pid = self->targets[i];

		TEXT("/proc");
		snprintf(name, sizeof(name), "%d", pid);
		TEXT2("%s", name);
		EXPECT_EQ(1, CALL(self->watch, do_dir_has));
		EXPECT_EQ(0, AT(self->watch, do_open_rd, "/proc/%d/status", pid));
		EXPECT_EQ(0, AT(self->watch, do_open_rd, "/proc/%d/task/%d/stat", pid, pid));
		EXPECT_EQ(0, AT(self->watch, do_open_rd, "/proc/%d/vinfo", pid));
		EXPECT_EQ(0, CALL(self->watch, do_exe_of, pid));
	}
	EXPECT_EQ(1, CALL(self->watch, do_task_xid, 0));
	EXPECT_EQ(0, CALL(self->watch, do_task_xid, self->targets[0]));
	EXPECT_EQ(self->guest.xid, CALL(self->watch, do_task_xid, self->targets[1]));
	EXPECT_EQ(0, CALL(self->watch, do_vx_info, self->guest.xid));
}

TEST_F(watch, is_seen_by_the_host_only)
{
	EXPECT_EQ(1, vs_task_xid(self->watch.pid));
	EXPECT_EQ(0, kill(self->watch.pid, 0));
	EXPECT_EQ(-ESRCH, CALL(self->guest, do_kill, self->watch.pid, 0));
	EXPECT_EQ(-ENOENT, AT(self->guest, do_stat, "/proc/%d", self->watch.pid));
}

TEST_F(watch, children_are_watch)
{
	EXPECT_EQ(1, vs_task_xid(self->sibling));
	EXPECT_EQ(0, CALL(self->watch, do_kill, self->sibling, SIGTERM));
	EXPECT_EQ(SIGTERM, CALL(self->watch, do_reap, self->sibling));
}

/* Touches nothing ------------------------------------------------------------------ */

static long do_setprio(long pid, long b, long c)
{
	return ERR(setpriority(PRIO_PROCESS, pid, 1));
}

static long do_setsched(long pid, long b, long c)
{
	struct sched_param param = { 0 };

	return ERR(sched_setscheduler(pid, SCHED_BATCH, &param));
}

static long do_setaffinity(long pid, long b, long c)
{
	cpu_set_t set;

	if (sched_getaffinity(0, sizeof(set), &set))
		return -errno;
	return ERR(sched_setaffinity(pid, sizeof(set), &set));
}

static long do_set_ioprio(long pid, long b, long c)
{
	return ERR(syscall(SYS_ioprio_set, 1, pid, 2 << 13 | 5));
}

static long do_set_rlimit(long pid, long b, long c)
{
	struct rlimit lim;

	if (prlimit(pid, RLIMIT_CORE, NULL, &lim))
		return 1;	/* reading is allowed */
	return ERR(prlimit(pid, RLIMIT_CORE, &lim, NULL));
}

static long do_attach(long pid, long b, long c)
{
	if (ptrace(PTRACE_SEIZE, pid, NULL, NULL))
		return -errno;
	ptrace(PTRACE_INTERRUPT, pid, NULL, NULL);
	waitpid(pid, NULL, __WALL);
	return ERR(ptrace(PTRACE_DETACH, pid, NULL, NULL));
}

static long do_vm_write(long pid, long b, long c)
{
	static char byte;
	struct iovec iov = { &byte, 1 };

	return process_vm_writev(pid, &iov, 1, &iov, 1, 0) == 1 ? 0 : -errno;
}

static long do_open_mem(long pid, long b, long c)
{
	char path[64];
	int fd;

	snprintf(path, sizeof(path), "/proc/%ld/mem", pid);
	fd = open(path, O_RDWR | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	close(fd);
	return 0;
}

static long do_pidfd_kill(long pid, long b, long c)
{
	int fd = syscall(SYS_pidfd_open, pid, 0);
	long ret;

	if (fd < 0)
		return 1;	/* naming is allowed */
	ret = ERR(syscall(SYS_pidfd_send_signal, fd, SIGTERM, NULL, 0));
	close(fd);
	return ret;
}

static const struct {
	const char *name;
	agent_fn fn;
	long error;
} touches[] = {
	{ "setpriority", do_setprio, -EPERM },
	{ "sched_setscheduler", do_setsched, -EPERM },
	{ "sched_setaffinity", do_setaffinity, -EPERM },
	{ "ioprio_set", do_set_ioprio, -EPERM },
	{ "prlimit", do_set_rlimit, -EPERM },
	{ "ptrace", do_attach, -EPERM },
	{ "process_vm_writev", do_vm_write, -EPERM },
	{ "/proc/pid/mem", do_open_mem, -EACCES },
	{ "pidfd_send_signal", do_pidfd_kill, -EPERM },
};

TEST_F(watch, touches_nothing)
{
	for (size_t i = 0; i < ARRAY_SIZE(touches); i++) {
		for (int t = 0; t < 2; t++) {
			EXPECT_EQ(touches[i].error,
				  CALL(self->watch, touches[i].fn, self->targets[t])) {
				TH_LOG("%s of %s", touches[i].name,
				       t ? "a guest" : "the host");
			}
		}
	}
	for (int t = 0; t < 2; t++) {
		EXPECT_EQ(-EPERM, CALL(self->watch, do_kill, self->targets[t], SIGTERM));
		EXPECT_EQ(-EPERM, CALL(self->watch, do_kill, -self->targets[t], SIGTERM));
	}
	EXPECT_EQ(-EAGAIN, CALL(self->host, do_reap, self->targets[0], 1));
	EXPECT_EQ(-EAGAIN, CALL(self->guest, do_reap, self->targets[1], 1));
	/* The same by the host: every call is right. */
	for (size_t i = 0; i < ARRAY_SIZE(touches); i++) {
		EXPECT_EQ(0, touches[i].fn(self->targets[1], 0, 0)) {
			TH_LOG("%s", touches[i].name);
		}
	}
}

TEST_F(watch, kill_all)
{
	CALL(self->watch, do_kill, -1, SIGKILL);
	EXPECT_EQ(-EAGAIN, CALL(self->host, do_reap, self->targets[0], 1));
	EXPECT_EQ(-EAGAIN, CALL(self->guest, do_reap, self->targets[1], 1));
	EXPECT_EQ(self->guest.pid, CALL(self->guest, do_getpid));
	/* other spectators are fair game */
	EXPECT_EQ(SIGKILL, CALL(self->watch, do_reap, self->sibling));
}

/* Its power --------------------------------------------------------------------------- */

static long do_mount(long a, long b, long c)
{
	return ERR(mount("none", "/tmp", "tmpfs", 0, NULL));
}

static long do_hostname(long a, long b, long c)
{
	char name[65];

	gethostname(name, sizeof(name));
	return ERR(sethostname(name, strlen(name)));
}

static long do_mknod(long a, long b, long c)
{
	return ERR(mknod("/tmp/watch_test.null", S_IFCHR | 0600, 0x103));
}

static long do_chown(long a, long b, long c)
{
	char path[] = "/tmp/watch_test.XXXXXX";
	int fd = mkstemp(path);
	long ret;

	if (fd < 0)
		return -errno;
	ret = ERR(fchown(fd, 1, 1));
	unlink(path);
	close(fd);
	return ret;
}

TEST_F(watch, power)
{
	VS_IN_CHILD {
		ASSERT_EQ(0, unshare(CLONE_NEWNS));
		ASSERT_EQ(0, mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL));
		EXPECT_EQ(0, do_mount(0, 0, 0));
		EXPECT_EQ(0, do_mknod(0, 0, 0));
	}
	unlink("/tmp/watch_test.null");
	EXPECT_EQ(-EPERM, CALL(self->watch, do_mount));
	EXPECT_EQ(-EPERM, CALL(self->watch, do_mknod));
	EXPECT_EQ(-EPERM, CALL(self->watch, do_hostname));
	EXPECT_EQ(0, do_hostname(0, 0, 0));
	EXPECT_EQ(-EPERM, CALL(self->watch, do_chown));
	EXPECT_EQ(0, do_chown(0, 0, 0));
}

/* No way back, none in ------------------------------------------------------------------ */

static long do_migrate(long xid, long b, long c)
{
	return vs_migrate(xid, 0);
}

static long do_create(long xid, long b, long c)
{
	return vs_create(xid, VXF_INIT_SET);
}

static long do_enter_space(long xid, long b, long c)
{
	return vserver(VCMD_enter_space, xid, NULL);
}

static long do_ctx_kill(long xid, long b, long c)
{
	return vs_kill(xid, 0, SIGTERM);
}

static long do_set_flags(long xid, long b, long c)
{
	return vs_set_cflags(xid, 0, VXF_INFO_LOCK);
}

TEST_F(watch, no_way_out)
{
	EXPECT_EQ(-EPERM, CALL(self->watch, do_migrate, self->guest.xid));
	EXPECT_GT(0, CALL(self->watch, do_migrate, VX_ID_HOST));
	EXPECT_EQ(-EPERM, CALL(self->watch, do_create, vs_xid(3)));
	EXPECT_EQ(-EPERM, CALL(self->watch, do_enter_space, self->guest.xid));
	EXPECT_EQ(-EPERM, CALL(self->watch, do_ctx_kill, self->guest.xid));
	EXPECT_EQ(-EPERM, CALL(self->watch, do_set_flags, self->guest.xid));
	EXPECT_EQ(1, vs_task_xid(self->watch.pid));
	EXPECT_EQ(0, vs_exists(vs_xid(3)));
	EXPECT_EQ(0, do_set_flags(self->guest.xid, 0, 0));
	/* staying is allowed */
	EXPECT_EQ(1, CALL(self->watch, do_migrate, VX_ID_WATCH));
}

TEST_F(watch, guests_cannot_become_watch)
{
	struct agent all;

	ASSERT_EQ(0, agent_start(&all, .xid = vs_xid(1), .guest.bcaps = ~0ULL));
	EXPECT_EQ(-EPERM, CALL(all, do_migrate, VX_ID_WATCH));
	EXPECT_EQ(-EPERM, CALL(self->guest, do_migrate, VX_ID_WATCH));
	EXPECT_EQ(self->guest.xid, vs_task_xid(self->guest.pid));
	EXPECT_EQ(1, CALL(self->host, do_migrate, VX_ID_WATCH));
}

TEST_HARNESS_MAIN
