/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What every vserver selftest needs: the system call, children that live in
 * a context, and checks that survive a fork.
 *
 * Results follow the kernel's convention: vserver() and all vs_*() wrappers
 * return a negative errno, so a refusal is asserted in one line:
 *
 *	EXPECT_EQ(-EPERM, vserver(VCMD_vx_info, other, &info));
 *
 * Blocks that run as somebody else:
 *
 *	VS_IN_CHILD { ... }			another process of the host
 *	VS_IN_SETUP(xid, cflags) { ... }	creator of a fresh context, SETUP still on
 *	VS_IN_GUEST(xid, .ccaps = ...) { ... }	guest's root: bound set, SETUP cleared
 *
 * The block runs in a child and ends it; the parent waits and takes over the
 * verdict.  EXPECT_ and ASSERT_ work inside, `break`, `return` and SKIP don't.
 */
#ifndef _VS_SELFTEST_COMMON_H
#define _VS_SELFTEST_COMMON_H

#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/capability.h>
#include <linux/vserver.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <unistd.h>

#include "kselftest_harness.h"

/* The emulated machine is some twenty times slower than a real one, and the
 * debug kernel slower still: a test that hangs is found soon enough.
 */
#undef TEST_TIMEOUT_DEFAULT
#define TEST_TIMEOUT_DEFAULT 120

#define VS_UNUSED __attribute__((unused))

/* The system call ---------------------------------------------------------- */

#if defined(__x86_64__)
#define VS_NR 236
#elif defined(__i386__) || defined(__sh__)
#define VS_NR 273
#elif defined(__arm__)
#define VS_NR 313
#elif defined(__powerpc__)
#define VS_NR 257
#elif defined(__s390__)
#define VS_NR 263
#else
#define VS_NR 250
#endif

/* The capability bound that a guest gets by default (vattribute --secure). */
#define VS_BOUND 0xb44c04ffULL

static VS_UNUSED long vserver(__u32 cmd, __u32 id, const void *data)
{
	long ret = syscall(VS_NR, cmd, id, data);

	return ret < 0 ? -errno : ret;
}

static VS_UNUSED long vs_create(__u32 xid, __u64 cflags)
{
	struct vcmd_ctx_create arg = { .flagword = cflags };

	return vserver(VCMD_ctx_create, xid, &arg);
}

static VS_UNUSED long vs_migrate(__u32 xid, __u64 flags)
{
	struct vcmd_ctx_migrate arg = { .flagword = flags };

	return vserver(VCMD_ctx_migrate, xid, &arg);
}

static VS_UNUSED long vs_set_cflags(__u32 xid, __u64 value, __u64 mask)
{
	struct vcmd_flags arg = { .flagword = value, .mask = mask };

	return vserver(VCMD_set_cflags, xid, &arg);
}

static VS_UNUSED __u64 vs_get_cflags(__u32 xid)
{
	struct vcmd_flags arg = { 0 };

	return vserver(VCMD_get_cflags, xid, &arg) ? 0 : arg.flagword;
}

static VS_UNUSED long vs_set_bcaps(__u32 xid, __u64 value, __u64 mask)
{
	struct vcmd_bcaps arg = { .bcaps = value, .bmask = mask };

	return vserver(VCMD_set_bcaps, xid, &arg);
}

static VS_UNUSED long vs_set_ccaps(__u32 xid, __u64 value, __u64 mask)
{
	struct vcmd_ccaps_v1 arg = { .caps = value, .mask = mask };

	return vserver(VCMD_set_ccaps, xid, &arg);
}

static VS_UNUSED long vs_set_umask(__u32 xid, __u64 value, __u64 mask)
{
	struct vcmd_umask arg = { .value = value, .mask = mask };

	return vserver(VCMD_set_umask, xid, &arg);
}

static VS_UNUSED long vs_kill(__u32 xid, __s32 pid, __s32 sig)
{
	struct vcmd_ctx_kill arg = { .pid = pid, .sig = sig };

	return vserver(VCMD_ctx_kill, xid, &arg);
}

static VS_UNUSED long vs_task_xid(pid_t pid)
{
	return vserver(VCMD_task_xid, pid, NULL);
}

/* 1: the context exists, 0: it does not (asked as the host). */
static VS_UNUSED int vs_exists(__u32 xid)
{
	struct vcmd_vx_info info;

	return vserver(VCMD_vx_info, xid, &info) == 0;
}

/* Member tasks, negative errno if there is no such context. */
static VS_UNUSED long vs_tasks(__u32 xid)
{
	struct vcmd_ctx_stat stat;
	long ret = vserver(VCMD_ctx_stat, xid, &stat);

	return ret ? ret : (long)stat.tasks;
}

/*
 * A context id nobody else uses: eight per test.  The harness makes each test
 * a process group, so children outside of contexts agree on the numbers.
 */
static VS_UNUSED __u32 vs_xid(unsigned int n)
{
	static pid_t base;

	if (!base)
		base = getpgrp();
	return 1000 + (base % 6000) * 8 + n % 8;
}

/* Checks ------------------------------------------------------------------- */

/* A libc-style call must fail with this errno and no other. */
#define EXPECT_ERRNO(_err, _call) do { \
	errno = 0; \
	long __res = (long)(_call); \
	int __got = errno; \
	EXPECT_EQ(-1, __res) { \
		TH_LOG("%s: not refused", #_call); \
	} \
	if (__res == -1) \
		EXPECT_EQ(_err, __got) { \
			TH_LOG("%s: %s", #_call, strerror(__got)); \
		} \
} while (0)

/* The positive twin: the call must work. */
#define EXPECT_WORKS(_call) do { \
	errno = 0; \
	long __res = (long)(_call); \
	int __got = errno; \
	EXPECT_NE(-1, __res) { \
		TH_LOG("%s: %s", #_call, strerror(__got)); \
	} \
} while (0)

#define SKIP_UNLESS_VSERVER() do { \
	if (vserver(VCMD_get_version, 63, NULL) < 0) \
		SKIP(return, "no vserver kernel"); \
	if (geteuid() != 0) \
		SKIP(return, "must be root"); \
} while (0)

/* Children ----------------------------------------------------------------- */

/* Wait for a child that reports by its exit code; always false. */
static VS_UNUSED bool vs_join(struct __test_metadata *_metadata, pid_t pid)
{
	int status = 0;

	if (pid < 0 || waitpid(pid, &status, 0) != pid) {
		TH_LOG("child %d: %s", pid, strerror(errno));
		_metadata->exit_code = KSFT_FAIL;
	} else if (!WIFEXITED(status) || WEXITSTATUS(status)) {
		TH_LOG("child %d failed: wait status %#x", pid, status);
		_metadata->exit_code = KSFT_FAIL;
	}
	return false;
}

/* A child and what had failed before it: that is not its fault. */
struct vs_child {
	pid_t pid;
	int before;
};

static VS_UNUSED struct vs_child vs_fork(struct __test_metadata *_metadata)
{
	struct vs_child c = { .before = _metadata->exit_code };

	c.pid = fork();
	return c;
}

#define VS_IN_CHILD \
	for (struct vs_child vs_c__ = vs_fork(_metadata); \
	     vs_c__.pid == 0 || vs_join(_metadata, vs_c__.pid); \
	     _exit(_metadata->exit_code == vs_c__.before ? 0 : KSFT_FAIL))

/* What a guest looks like once its set-up is over. */
struct vs_guest {
	__u64 cflags;		/* besides the one-time flags */
	__u64 bcaps;		/* capability bound, 0: VS_BOUND */
	__u64 ccaps;
	__u64 umask;
	bool no_caps;		/* an empty capability bound */
	bool init;		/* the caller becomes the context's init */
};

/* Move the caller into a fresh context and end the set-up. */
static VS_UNUSED long vs_become_guest(__u32 xid, const struct vs_guest *g)
{
	__u64 bound = g->no_caps ? 0 : (g->bcaps ? g->bcaps : VS_BOUND);
	__u64 done = VXF_STATE_SETUP | (g->init ? VXF_STATE_INIT : 0);
	long ret = vs_create(xid, VXF_INIT_SET | g->cflags);

	if (ret >= 0)
		ret = vs_set_ccaps(VX_ID_SELF, g->ccaps, ~0ULL);
	if (ret >= 0)
		ret = vs_set_umask(VX_ID_SELF, g->umask, ~0ULL);
	if (ret >= 0)
		ret = vs_set_bcaps(VX_ID_SELF, bound, ~0ULL);
	if (ret >= 0)
		ret = vs_set_cflags(VX_ID_SELF, 0, done);
	return ret;
}

static VS_UNUSED bool vs_guest_ready(struct __test_metadata *_metadata, __u32 xid,
				     const struct vs_guest *g)
{
	long ret = vs_become_guest(xid, g);

	if (ret < 0) {
		TH_LOG("context %u: %s", xid, strerror(-ret));
		_metadata->exit_code = KSFT_FAIL;
	}
	return ret >= 0;
}

static VS_UNUSED bool vs_setup_ready(struct __test_metadata *_metadata, __u32 xid,
				     __u64 cflags)
{
	long ret = vs_create(xid, VXF_INIT_SET | cflags);

	if (ret < 0) {
		TH_LOG("context %u: %s", xid, strerror(-ret));
		_metadata->exit_code = KSFT_FAIL;
	}
	return ret >= 0;
}

#define VS_IN_SETUP(_xid, _cflags) \
	VS_IN_CHILD if (vs_setup_ready(_metadata, _xid, _cflags))

#define VS_IN_GUEST(_xid, ...) \
	VS_IN_CHILD if (vs_guest_ready(_metadata, _xid, &(struct vs_guest){ __VA_ARGS__ }))

/* One byte through a pipe: how processes wait for each other here. */
static VS_UNUSED void vs_post(int fd)
{
	if (write(fd, "", 1) != 1)
		_exit(KSFT_FAIL);
}

/*
 * True if the byte came, false at end of file (the other side died) and when
 * nothing came for so long that it never will.
 */
static VS_UNUSED bool vs_await(int fd)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };
	char c;
	ssize_t n;

	do {
		n = poll(&p, 1, 40000);
		if (n > 0)
			n = read(fd, &c, 1);
	} while (n < 0 && errno == EINTR);
	return n == 1;
}

/*
 * Wait until a process sleeps.  For one that announced that its next step is
 * the call under test: then it sleeps in that call.
 */
static VS_UNUSED void vs_until_asleep(pid_t pid)
{
	char path[64], buf[512], *state;
	ssize_t n;
	int fd;

	snprintf(path, sizeof(path), "/proc/%d/stat", pid);
	for (;;) {
		fd = open(path, O_RDONLY | O_CLOEXEC);
		n = fd < 0 ? -1 : read(fd, buf, sizeof(buf) - 1);
		close(fd);
		if (n <= 0)
			return;
		buf[n] = 0;
		state = strrchr(buf, ')');
		if (!state || !strchr("RD", state[2]))
			return;
		sched_yield();
	}
}

/*
 * Start a guest whose only process waits for its end; returns its pid (seen
 * from the host) when the set-up is over, negative errno on failure.  It dies
 * with the calling process.
 */
static VS_UNUSED pid_t vs_start_guest(__u32 xid, const struct vs_guest *g)
{
	int fds[2];
	long ret = -EPIPE;
	pid_t pid;

	if (pipe2(fds, O_CLOEXEC))
		return -errno;
	pid = fork();
	if (pid == 0) {
		close(fds[0]);
		ret = vs_become_guest(xid, g);
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		if (write(fds[1], &ret, sizeof(ret)) != sizeof(ret) || ret < 0)
			_exit(KSFT_FAIL);
		close(fds[1]);
		for (;;)
			pause();
	}
	close(fds[1]);
	if (pid > 0) {
		if (read(fds[0], &ret, sizeof(ret)) != sizeof(ret))
			ret = -EPIPE;
		if (ret < 0) {
			kill(pid, SIGKILL);
			waitpid(pid, NULL, 0);
			pid = ret;
		}
	}
	close(fds[0]);
	return pid;
}

/* Same, the description written in place: VS_START_GUEST(xid, .init = true). */
#define VS_START_GUEST(_xid, ...) \
	vs_start_guest(_xid, &(struct vs_guest){ __VA_ARGS__ })

/* Kill and reap a child of the caller. */
static VS_UNUSED void vs_end(pid_t pid)
{
	if (pid > 0) {
		kill(pid, SIGKILL);
		waitpid(pid, NULL, 0);
	}
}

/* Kill all members of a context and drop its PERSISTENT flag. */
static VS_UNUSED void vs_destroy(__u32 xid)
{
	vs_set_cflags(xid, 0, VXF_PERSISTENT);
	vs_kill(xid, 1, SIGKILL);
	vs_kill(xid, 0, SIGKILL);
}

/* Sleep until the context is over: no member, no number, no helper running. */
static VS_UNUSED long vs_until_gone(__u32 xid)
{
	struct vcmd_wait_exit e;
	long ret = vserver(VCMD_wait_exit, xid, &e);

	return ret == -ESRCH ? 0 : ret;
}

/* Capabilities of the caller (no libcap: it is missing for -m32) ----------- */

static VS_UNUSED int vs_caps(__u64 *effective, __u64 *permitted)
{
	struct __user_cap_header_struct hdr = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct d[2] = { { 0 } };

	if (syscall(SYS_capget, &hdr, d))
		return -errno;
	if (effective)
		*effective = d[0].effective | (__u64)d[1].effective << 32;
	if (permitted)
		*permitted = d[0].permitted | (__u64)d[1].permitted << 32;
	return 0;
}

/* Set the effective set; permitted and inheritable stay. */
static VS_UNUSED int vs_set_effective(__u64 caps)
{
	struct __user_cap_header_struct hdr = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct d[2];

	if (syscall(SYS_capget, &hdr, d))
		return -errno;
	d[0].effective = caps;
	d[1].effective = caps >> 32;
	return syscall(SYS_capset, &hdr, d) ? -errno : 0;
}

/* Clear one effective capability. */
static VS_UNUSED int vs_drop_cap(int cap)
{
	__u64 caps = 0;
	int ret = vs_caps(&caps, NULL);

	return ret ? ret : vs_set_effective(caps & ~(1ULL << cap));
}

/* Memory that ends exactly at an unmapped page: a kernel that reads or writes
 * one byte more than it should gets EFAULT.
 */
static VS_UNUSED void *vs_edge(size_t size)
{
	long page = sysconf(_SC_PAGESIZE);
	char *p = mmap(NULL, 2 * page, PROT_READ | PROT_WRITE,
		       MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (p == MAP_FAILED || munmap(p + page, page))
		return NULL;
	return p + page - size;
}

/* Files -------------------------------------------------------------------- */

/* Whole file as a string, length or negative errno. */
static VS_UNUSED ssize_t vs_read_file(const char *path, char *buf, size_t size)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	size_t len = 0;
	ssize_t n;

	buf[0] = 0;
	if (fd < 0)
		return -errno;
	while (len < size - 1) {
		n = read(fd, buf + len, size - 1 - len);
		if (n < 0) {
			n = -errno;
			close(fd);
			return n;
		}
		if (n == 0)
			break;
		len += n;
	}
	close(fd);
	buf[len] = 0;
	return len;
}

static VS_UNUSED int vs_write_file(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);
	int ret = 0;

	if (fd < 0)
		return -errno;
	if (write(fd, text, strlen(text)) < 0)
		ret = -errno;
	close(fd);
	return ret;
}

/* A directory for mounts and files of a test that has its own mounts. */
#define VS_DIR "/run/vserver-selftest.d"

static VS_UNUSED int vs_private_dir(void)
{
	mkdir(VS_DIR, 0755);
	if (unshare(CLONE_NEWNS) || mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL))
		return -errno;
	return mount("none", VS_DIR, "tmpfs", 0, NULL) ? -errno : 0;
}

#include "stage.h"

#endif /* _VS_SELFTEST_COMMON_H */
