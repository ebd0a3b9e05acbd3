// SPDX-License-Identifier: GPL-2.0-only
/*
 * The init of a guest: seen as process 1, adopts orphans, cannot be killed
 * from inside, and what happens when it dies (design/kernel-core.md 7,
 * spec/abi.md 9.1).
 *
 * Everything that looks from inside runs after an exec, as a real guest does.
 *
 * Guards against: services that refuse to run because they are not pid 1,
 * zombies that nobody reaps, a guest that kills its own init or fills a host
 * process with children, a host parent that is told about "process 1".
 */
#include "common.h"

#include <dirent.h>
#include <pthread.h>
#include <sys/syscall.h>

#ifndef SYS_pidfd_open
#define SYS_pidfd_open 434
#endif
#ifndef SYS_pidfd_send_signal
#define SYS_pidfd_send_signal 424
#endif

/* Descriptors a stage finds after exec. */
#define FD_GO 10	/* read: the test says go on */
#define FD_TELL 11	/* write: the stage reports */

FIXTURE(init)
{
	__u32 xid;
	pid_t init;		/* host's number */
	int go, tell;		/* our ends */
	int go_in, tell_in;	/* the guest's ends */
};

FIXTURE_VARIANT(init)
{
	__u64 cflags;
};
FIXTURE_VARIANT_ADD(init, mapped) { .cflags = VXF_INFO_INIT };
FIXTURE_VARIANT_ADD(init, plain) { .cflags = 0 };

FIXTURE_SETUP(init)
{
	int fds[2];

	SKIP_UNLESS_VSERVER();
	self->xid = vs_xid(0);
	self->init = -1;
	ASSERT_EQ(0, pipe2(fds, O_CLOEXEC));
	self->go_in = fds[0];
	self->go = fds[1];
	ASSERT_EQ(0, pipe2(fds, O_CLOEXEC));
	self->tell = fds[0];
	self->tell_in = fds[1];
}

FIXTURE_TEARDOWN(init)
{
	vs_destroy(self->xid);
	vs_end(self->init);
}

/* Start the guest; its init executes the stage with its real number as argument. */
static pid_t start_init(FIXTURE_DATA(init) *self, __u64 cflags, const char *stage)
{
	const struct vs_guest guest = { .cflags = cflags, .init = true };
	char real[16];
	pid_t pid = fork();

	if (pid)
		return pid;
	snprintf(real, sizeof(real), "%d", getpid());
	dup2(self->go_in, FD_GO);
	dup2(self->tell_in, FD_TELL);
	if (vs_become_guest(self->xid, &guest) >= 0)
		vs_run_stage(stage, real, cflags & VXF_INFO_INIT ? "1" : real, NULL);
	_exit(99);
}

/* A process that enters the running guest and executes the stage there. */
static pid_t start_member(FIXTURE_DATA(init) *self, const char *stage, const char *arg)
{
	pid_t pid = fork();

	if (pid)
		return pid;
	dup2(self->go_in, FD_GO);
	dup2(self->tell_in, FD_TELL);
	if (vs_migrate(self->xid, 0) == 0)
		vs_run_stage(stage, arg, NULL);
	_exit(98);
}

static void expect_exit(struct __test_metadata *_metadata, pid_t pid, int code)
{
	int status = -1;

	EXPECT_EQ(pid, waitpid(pid, &status, 0));
	EXPECT_EQ(code << 8, status);
}

/* The number after `key` in a status file, -1 if there is none. */
static long status_number(const char *path, const char *key)
{
	char buf[4096], *line;

	if (vs_read_file(path, buf, sizeof(buf)) <= 0)
		return -1;
	line = strstr(buf, key);
	return line ? strtol(line + strlen(key), NULL, 10) : -1;
}

/* Is there such a name in the listing of /proc? */
static bool listed_in_proc(const char *name)
{
	struct dirent *e;
	bool found = false;
	DIR *d = opendir("/proc");

	while (d && (e = readdir(d)))
		found |= !strcmp(e->d_name, name);
	if (d)
		closedir(d);
	return found;
}

static void check_child_of_init(int me)
{
	STAGE_EXPECT(getppid() == me);
	STAGE_EXPECT(getpid() != me && getpid() > 1);
	STAGE_EXPECT(kill(me, 0) == 0);
	STAGE_EXPECT(kill(getpid(), 0) == 0);
	STAGE_EXPECT(status_number("/proc/self/status", "PPid:\t") == me);
	STAGE_EXPECT(status_number("/proc/self/status", "\nPid:\t") == getpid());
}

/* argv: real number, the number it should see */
VS_STAGE(identity)
{
	int real = atoi(argv[1]), me = atoi(argv[2]), status;
	char buf[256], text[16];
	siginfo_t info;
	sigset_t set;
	ssize_t n;
	pid_t pid;

	STAGE_EXPECT(getpid() == me);
	STAGE_EXPECT(syscall(SYS_gettid) == me);
	/* the parent is a process of the host: not there */
	STAGE_EXPECT(getppid() == 0);
	STAGE_EXPECT(status_number("/proc/self/status", "\nPid:\t") == me);
	STAGE_EXPECT(status_number("/proc/self/status", "Tgid:\t") == me);
	STAGE_EXPECT(status_number("/proc/self/status", "PPid:\t") == 0);
	n = readlink("/proc/self", buf, sizeof(buf) - 1);
	buf[n > 0 ? n : 0] = 0;
	STAGE_EXPECT(!strcmp(buf, argv[2]));
	STAGE_EXPECT(vs_read_file("/proc/self/stat", buf, sizeof(buf)) > 0);
	snprintf(text, sizeof(text), "%d (", me);
	STAGE_EXPECT(!strncmp(buf, text, strlen(text)));
	STAGE_EXPECT(listed_in_proc(argv[2]));
	if (real != me)
		STAGE_EXPECT(!listed_in_proc(argv[1]));

	STAGE_EXPECT(setsid() == me);
	STAGE_EXPECT(getsid(0) == me && getpgrp() == me && getpgid(me) == me);

	/* a child sees it under the same number, also as sender of a signal */
	sigemptyset(&set);
	sigaddset(&set, SIGUSR1);
	sigprocmask(SIG_BLOCK, &set, NULL);
	pid = fork();
	if (pid == 0) {
		check_child_of_init(me);
		STAGE_EXPECT(sigwaitinfo(&set, &info) == SIGUSR1);
		STAGE_EXPECT(info.si_pid == me);
		_exit(vs_stage_failed);
	}
	STAGE_EXPECT(pid > 1 && pid != me);
	STAGE_EXPECT(kill(pid, SIGUSR1) == 0);
	STAGE_EXPECT(waitpid(pid, &status, 0) == pid && status == 0);
	return vs_stage_failed;
}

TEST_F(init, identity)
{
	self->init = start_init(self, variant->cflags, "identity");
	expect_exit(_metadata, self->init, 0);
	self->init = -1;
}

/* The number lasts: over exec, in threads, over exec from a thread. */
VS_STAGE(last_image)
{
	STAGE_EXPECT(getpid() == atoi(argv[1]));
	STAGE_EXPECT(syscall(SYS_gettid) == atoi(argv[1]));
	STAGE_EXPECT(kill(1, 0) == 0);
	return vs_stage_failed;
}

static void *exec_from_thread(void *me)
{
	STAGE_EXPECT(getpid() == atoi(me));
	STAGE_EXPECT(syscall(SYS_gettid) != atoi(me));
	STAGE_EXPECT(syscall(SYS_gettid) > 1);
	if (vs_stage_failed)
		_exit(97);
	vs_run_stage("last_image", me, NULL);
}

VS_STAGE(thread_that_execs)
{
	pthread_t thread;

	if (pthread_create(&thread, NULL, exec_from_thread, argv[2]))
		return 96;
	pthread_join(thread, NULL);
	return 95;
}

TEST_F(init, survives_exec_from_a_thread)
{
	if (!(variant->cflags & VXF_INFO_INIT))
		return;
	self->init = start_init(self, variant->cflags, "thread_that_execs");
	expect_exit(_metadata, self->init, 0);
	self->init = -1;
}

/* The host sees real numbers, also at the end. */
VS_STAGE(wait_and_exit)
{
	vs_post(FD_TELL);
	vs_await(FD_GO);
	return 17;
}

TEST_F(init, seen_from_the_host)
{
	struct vcmd_vx_info info;
	char path[64];
	siginfo_t si;
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGCHLD);
	ASSERT_EQ(0, sigprocmask(SIG_BLOCK, &set, NULL));
	self->init = start_init(self, variant->cflags, "wait_and_exit");
	ASSERT_TRUE(vs_await(self->tell));
	snprintf(path, sizeof(path), "/proc/%d/status", self->init);
	EXPECT_EQ(self->init, status_number(path, "\nPid:\t"));
	EXPECT_EQ(getpid(), status_number(path, "PPid:\t"));
	EXPECT_EQ(0, status_number("/proc/1/status", "VxID: "));
	EXPECT_EQ(self->xid, status_number(path, "VxID: "));
	ASSERT_EQ(0, vserver(VCMD_vx_info, self->xid, &info));
	EXPECT_EQ(self->init, info.initpid);
	vs_post(self->go);
	/* the dying init tells its parent its real number */
	ASSERT_EQ(SIGCHLD, sigwaitinfo(&set, &si));
	EXPECT_EQ(self->init, si.si_pid);
	EXPECT_EQ(17, si.si_status);
	expect_exit(_metadata, self->init, 17);
	self->init = -1;
}

/* Signals ------------------------------------------------------------------- */

static void tell_handler(int sig VS_UNUSED)
{
	vs_post(FD_TELL);
}

static int pidfd_kill(pid_t pid, int sig)
{
	int fd = syscall(SYS_pidfd_open, pid, 0), ret, err;

	if (fd < 0)
		return -1;
	ret = syscall(SYS_pidfd_send_signal, fd, sig, NULL, 0);
	err = errno;
	close(fd);
	errno = err;
	return ret;
}

#define STAGE_REFUSED(_err, _call) do { \
	errno = 0; \
	STAGE_EXPECT((_call) == -1); \
	STAGE_EXPECT(errno == (_err)); \
} while (0)

static void attack_init(int me, int real)
{
	static const int fatal[] = { SIGKILL, SIGSTOP, SIGTERM, SIGHUP, SIGSEGV,
				     SIGTSTP, SIGQUIT };
	union sigval value = { 0 };
	pid_t sibling = fork();

	if (sibling == 0)
		for (;;)
			pause();
	for (size_t i = 0; i < ARRAY_SIZE(fatal); i++) {
		STAGE_REFUSED(EPERM, kill(me, fatal[i]));
		STAGE_REFUSED(EPERM, kill(real, fatal[i]));
		STAGE_REFUSED(EPERM, syscall(SYS_tkill, me, fatal[i]));
		STAGE_REFUSED(EPERM, syscall(SYS_tgkill, me, me, fatal[i]));
		STAGE_REFUSED(EPERM, sigqueue(me, fatal[i], value));
		STAGE_REFUSED(EPERM, pidfd_kill(me, fatal[i]));
	}
	/* what it handles, it gets */
	STAGE_EXPECT(kill(me, 0) == 0);
	STAGE_EXPECT(kill(me, SIGUSR1) == 0);
	/* everybody but the init (and the caller) */
	STAGE_EXPECT(kill(-1, SIGKILL) == 0);
	STAGE_EXPECT(waitpid(sibling, NULL, 0) == sibling);
}

VS_STAGE(protected)
{
	struct sigaction act = { .sa_handler = tell_handler };
	int me = atoi(argv[2]), real = atoi(argv[1]), status;
	pid_t pid;

	sigaction(SIGUSR1, &act, NULL);
	pid = fork();
	if (pid == 0) {
		attack_init(me, real);
		_exit(vs_stage_failed);
	}
	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	STAGE_EXPECT(status == 0);
	if (vs_stage_failed)
		return vs_stage_failed;
	vs_post(FD_TELL);
	for (;;)
		pause();
}

TEST_F(init, protected_from_the_inside)
{
	int status;

	self->init = start_init(self, variant->cflags, "protected");
	/* the handled signal, then the end of the attack: it is still alive */
	ASSERT_TRUE(vs_await(self->tell));
	close(self->tell_in);
	ASSERT_TRUE(vs_await(self->tell)) {
		expect_exit(_metadata, self->init, 0);
	}
	EXPECT_EQ(0, waitpid(self->init, NULL, WNOHANG));
	/* the host is not bound by that */
	EXPECT_EQ(0, kill(self->init, SIGTERM));
	EXPECT_EQ(self->init, waitpid(self->init, &status, 0));
	EXPECT_EQ(SIGTERM, status);
	self->init = -1;
}

/* Orphans ------------------------------------------------------------------- */

/* Reaps what falls to it; reports the exit codes as bytes. */
VS_STAGE(reaper)
{
	sigset_t set;
	int status;

	sigemptyset(&set);
	sigaddset(&set, SIGCHLD);
	sigprocmask(SIG_BLOCK, &set, NULL);
	vs_post(FD_TELL);
	for (;;) {
		siginfo_t info;
		char code;

		sigwaitinfo(&set, &info);
		while (waitpid(-1, &status, WNOHANG) > 0) {
			code = status >> 8;
			if (write(FD_TELL, &code, 1) != 1)
				return 1;
		}
	}
}

/* argv[1]: the parent the orphan should get */
VS_STAGE(leave_an_orphan)
{
	pid_t parent = getpid(), pid = fork();

	if (pid == 0) {
		while (getppid() == parent)
			sched_yield();
		_exit(getppid() == atoi(argv[1]) ? 42 : 43);
	}
	return pid > 0 ? 0 : 1;
}

TEST_F(init, adopts_orphans_of_late_joiners)
{
	char code = 0, number[16];

	self->init = start_init(self, variant->cflags, "reaper");
	ASSERT_TRUE(vs_await(self->tell));
	snprintf(number, sizeof(number), "%d",
		 variant->cflags & VXF_INFO_INIT ? 1 : self->init);
	expect_exit(_metadata, start_member(self, "leave_an_orphan", number), 0);
	ASSERT_EQ(1, read(self->tell, &code, 1));
	EXPECT_EQ(42, code);
	EXPECT_EQ(1, vs_tasks(self->xid));
}

/* A reaper that is not the init: VXM_SET_REAPER. */
TEST_F(init, reaper_by_migration)
{
	char code = 0, number[16];

	if (variant->cflags & VXF_INFO_INIT)
		return;
	VS_IN_SETUP(self->xid, VXF_PERSISTENT) {
		EXPECT_EQ(0, vs_set_cflags(VX_ID_SELF, 0, VXF_STATE_SETUP));
	}
	self->init = fork();
	if (self->init == 0) {
		dup2(self->tell_in, FD_TELL);
		if (vs_migrate(self->xid, VXM_SET_REAPER) == 0)
			vs_run_stage("reaper", NULL);
		_exit(98);
	}
	ASSERT_TRUE(vs_await(self->tell));
	snprintf(number, sizeof(number), "%d", self->init);
	expect_exit(_metadata, start_member(self, "leave_an_orphan", number), 0);
	ASSERT_EQ(1, read(self->tell, &code, 1));
	EXPECT_EQ(42, code);
}

/* Nobody to adopt them: orphans belong to the host's reaper and see no parent. */
VS_STAGE(orphan_without_init)
{
	pid_t parent = getpid(), pid = fork();

	if (pid == 0) {
		char code;

		while (getppid() == parent)
			sched_yield();
		code = getppid() == 0 ? 42 : 43;
		_exit(write(FD_TELL, &code, 1) != 1);
	}
	return pid > 0 ? 0 : 1;
}

TEST_F(init, orphans_without_an_init)
{
	char code = 0;

	VS_IN_SETUP(self->xid, VXF_PERSISTENT | variant->cflags) {
		EXPECT_EQ(0, vs_set_cflags(VX_ID_SELF, 0, VXF_STATE_SETUP));
	}
	expect_exit(_metadata, start_member(self, "orphan_without_init", NULL), 0);
	ASSERT_EQ(1, read(self->tell, &code, 1));
	EXPECT_EQ(42, code);
}

/* CLONE_PARENT must not hand children to a process of the host. */
VS_STAGE(clone_parent)
{
	int status;
	pid_t pid;

	STAGE_REFUSED(EINVAL, syscall(SYS_clone, CLONE_PARENT | SIGCHLD, NULL, NULL, NULL, NULL));
	/* a parent inside is fine */
	pid = fork();
	if (pid == 0) {
		pid_t sibling = syscall(SYS_clone, CLONE_PARENT | SIGCHLD, NULL, NULL,
					NULL, NULL);

		if (sibling == 0)
			_exit(6);
		_exit(sibling > 0 ? 5 : 1);
	}
	for (int sum = 0, i = 0; i < 2; i++) {
		STAGE_EXPECT(waitpid(-1, &status, 0) > 0);
		sum += WEXITSTATUS(status);
		STAGE_EXPECT(i == 0 || sum == 11);
	}
	return vs_stage_failed;
}

TEST_F(init, clone_parent)
{
	self->init = start_init(self, variant->cflags, "clone_parent");
	expect_exit(_metadata, self->init, 0);
	self->init = -1;
}

/* Death --------------------------------------------------------------------- */

VS_STAGE(init_with_a_child)
{
	if (fork() == 0) {
		vs_post(FD_TELL);
		vs_await(FD_GO);
		_exit(0);
	}
	vs_await(FD_GO);
	return 3;
}

TEST_F(init, context_outlives_it)
{
	struct vcmd_vx_info info;

	self->init = start_init(self, variant->cflags, "init_with_a_child");
	ASSERT_TRUE(vs_await(self->tell));
	EXPECT_EQ(2, vs_tasks(self->xid));
	EXPECT_EQ(0, kill(self->init, SIGKILL));
	EXPECT_EQ(self->init, waitpid(self->init, NULL, 0));
	self->init = -1;
	EXPECT_EQ(1, vs_tasks(self->xid));
	ASSERT_EQ(0, vserver(VCMD_vx_info, self->xid, &info));
	EXPECT_EQ(0, info.initpid);
	EXPECT_EQ(-ESRCH, vs_kill(self->xid, 1, 0));
	vs_post(self->go);
	close(self->tell_in);
	EXPECT_FALSE(vs_await(self->tell));
}

TEST_F(init, takes_the_rest_along_with_reboot_kill)
{
	struct vcmd_wait_exit e;
	long ret;

	self->init = start_init(self, variant->cflags | VXF_REBOOT_KILL,
				"init_with_a_child");
	ASSERT_TRUE(vs_await(self->tell));
	EXPECT_EQ(0, kill(self->init, SIGKILL));
	EXPECT_EQ(self->init, waitpid(self->init, NULL, 0));
	self->init = -1;
	ret = vserver(VCMD_wait_exit, self->xid, &e);
	EXPECT_TRUE(ret == 0 || ret == -ESRCH);
	EXPECT_FALSE(vs_exists(self->xid));
}

/* Number 1 of a guest whose init is not chosen yet, or never will be. */
VS_STAGE(no_init)
{
	STAGE_EXPECT(getpid() != 1);
	STAGE_EXPECT(kill(getpid(), 0) == 0);
	STAGE_EXPECT(kill(1, 0) == -1);
	STAGE_EXPECT(kill(1, SIGCONT) == -1);
	STAGE_EXPECT(getppid() == 0);
	return vs_stage_failed;
}

TEST_F(init, nobody_is_number_one)
{
	VS_IN_SETUP(self->xid, VXF_PERSISTENT | variant->cflags) {
		EXPECT_EQ(0, vs_set_cflags(VX_ID_SELF, 0, VXF_STATE_SETUP));
	}
	expect_exit(_metadata, start_member(self, "no_init", NULL), 0);
	/* neither fakeinit nor a choice to make: the host's is shown at most */
	EXPECT_EQ(0, vs_set_cflags(self->xid, 0, VXF_STATE_INIT));
	expect_exit(_metadata, start_member(self, "no_init", NULL), 0);
}

TEST_HARNESS_MAIN
