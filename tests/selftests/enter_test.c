// SPDX-License-Identifier: GPL-2.0-only
/*
 * A task that enters a guest is still a program of the host, with memory and
 * descriptors of the host, and the guest's root has the same uid.  Until its
 * first exec inside nobody of the guest may see, trace or signal it, and that
 * first exec must not run a host program (think of CVE-2019-5736: a guest
 * program replaced by "#!/proc/self/exe" makes the entering program execute
 * itself, where it can be opened and overwritten).
 *
 * Guards against: a window between entering and exec, and a task that stays
 * hidden for ever.
 */
#include "iso.h"
#include <sys/mount.h>
#include <sys/ptrace.h>
#include <sys/sendfile.h>
#include <sys/uio.h>

FIXTURE(enter) {
	struct agent guest;	/* its root, all capabilities */
	struct agent init;
	struct agent in;	/* entered, not yet executed */
};

FIXTURE_SETUP(enter)
{
	SKIP_UNLESS_VSERVER();
	ASSERT_EQ(0, agent_start(&self->init, .xid = vs_xid(0), .guest = {
		.init = true, .cflags = VXF_INFO_INIT, .bcaps = ~0ULL }));
	ASSERT_EQ(0, agent_start(&self->guest, .xid = vs_xid(0), .join = true));
	ASSERT_EQ(0, agent_start(&self->in, .xid = vs_xid(0), .join = true,
				 .stay = true));
}

FIXTURE_TEARDOWN(enter)
{
}

/* What the guest's root tries ------------------------------------------------- */

static long do_pidfd_open(long pid, long b, long c)
{
	return ERR(syscall(SYS_pidfd_open, pid, 0));
}

static long do_seize(long pid, long b, long c)
{
	if (ptrace(PTRACE_SEIZE, pid, NULL, NULL))
		return -errno;
	if (ptrace(PTRACE_INTERRUPT, pid, NULL, NULL) || waitpid(pid, NULL, __WALL) != pid)
		return -errno;
	return ERR(ptrace(PTRACE_DETACH, pid, NULL, NULL));
}

static char landmark[1];

static long do_vm_read(long pid, long b, long c)
{
	char byte;
	struct iovec mine = { &byte, 1 }, its = { landmark, 1 };

	return process_vm_readv(pid, &mine, 1, &its, 1, 0) == 1 ? 0 : -errno;
}

static long do_setpriority(long pid, long nice, long c)
{
	return ERR(setpriority(PRIO_PROCESS, pid, nice));
}

static long do_setpriority_all(long nice, long b, long c)
{
	return ERR(setpriority(PRIO_USER, 0, nice));
}

static const struct {
	const char *name;
	agent_fn fn;
	long error;
} tries[] = {
	{ "kill", do_kill, -ESRCH },
	{ "pidfd_open", do_pidfd_open, -ESRCH },
	{ "ptrace", do_seize, -ESRCH },
	{ "process_vm_readv", do_vm_read, -ESRCH },
	{ "setpriority", do_setpriority, -ESRCH },
};

TEST_F(enter, hidden_and_untouchable)
{
	pid_t pid = self->in.pid;
	pid_t child = CALL(self->in, do_spawn);
	pid_t targets[] = { pid, child };

	ASSERT_LT(0, child);
	for (int t = 0; t < 2; t++) {
		for (size_t i = 0; i < ARRAY_SIZE(tries); i++) {
			EXPECT_EQ(tries[i].error, CALL(self->guest, tries[i].fn, targets[t])) {
				TH_LOG("%s of %s", tries[i].name, t ? "its child" : "it");
			}
			EXPECT_EQ(tries[i].error, CALL(self->init, tries[i].fn, targets[t]));
		}
		EXPECT_EQ(-ENOENT, AT(self->guest, do_stat, "/proc/%d", targets[t]));
		EXPECT_EQ(-ENOENT, AT(self->guest, do_open_rd, "/proc/%d/mem", targets[t]));
		EXPECT_EQ(-ENOENT, AT(self->guest, do_open_rd, "/proc/%d/exe", targets[t]));
		EXPECT_EQ(-ENOENT, AT(self->guest, do_open_rd, "/proc/%d/fd", targets[t]));
		TEXT("/proc");
		TEXT2("%d", targets[t]);
		EXPECT_EQ(0, CALL(self->guest, do_dir_has));
	}
	/* The guest's own processes are within reach all the while. */
	child = CALL(self->init, do_spawn);
	for (size_t i = 0; i < ARRAY_SIZE(tries); i++) {
		EXPECT_LE(0, CALL(self->guest, tries[i].fn, child)) {
			TH_LOG("%s", tries[i].name);
		}
	}
}

TEST_F(enter, loops_pass_it_by)
{
	int before = getpriority(PRIO_PROCESS, self->in.pid);

	EXPECT_EQ(0, CALL(self->guest, do_setpriority_all, 9));
	EXPECT_EQ(before, getpriority(PRIO_PROCESS, self->in.pid));
	EXPECT_EQ(9, getpriority(PRIO_PROCESS, self->init.pid));
	CALL(self->init, do_kill, -1, SIGKILL);
	EXPECT_EQ(self->in.pid, CALL(self->in, do_getpid));
	/* that was a real kill(-1) */
	EXPECT_EQ(self->guest.pid, waitpid(self->guest.pid, NULL, 0));
}

TEST_F(enter, it_recognises_itself)
{
	EXPECT_EQ(self->in.pid, CALL(self->in, do_getpid));
	EXPECT_EQ(0, CALL(self->in, do_kill, self->in.pid, 0));
	EXPECT_EQ(0, AT(self->in, do_open_rd, "/proc/self/status"));
	EXPECT_EQ(0, AT(self->in, do_open_rd, "/proc/%d/status", self->in.pid));
	EXPECT_EQ(self->in.xid, vs_task_xid(self->in.pid));
	EXPECT_EQ(0, kill(self->in.pid, 0));
}

/* The first exec ends it: then it is like everybody else. */
TEST_F(enter, exec_reveals)
{
	struct agent done;

	ASSERT_EQ(0, agent_start(&done, .xid = vs_xid(0), .join = true));
	for (size_t i = 0; i < ARRAY_SIZE(tries); i++) {
		EXPECT_LE(0, CALL(self->guest, tries[i].fn, done.pid)) {
			TH_LOG("%s", tries[i].name);
		}
	}
	EXPECT_EQ(0, AT(self->guest, do_open_rd, "/proc/%d/mem", done.pid));
	TEXT("/proc");
	TEXT2("%d", done.pid);
	EXPECT_EQ(1, CALL(self->guest, do_dir_has));
	EXPECT_EQ(0, CALL(self->guest, do_kill, done.pid, SIGKILL));
	EXPECT_EQ(done.pid, waitpid(done.pid, NULL, 0));
}

/* Children of what executed are visible, too. */
TEST_F(enter, children_after_exec)
{
	struct agent done;
	pid_t child;

	ASSERT_EQ(0, agent_start(&done, .xid = vs_xid(0), .join = true));
	child = CALL(done, do_spawn);
	EXPECT_EQ(0, CALL(self->guest, do_kill, child, 0));
}

/* A failed exec reveals nothing. */
static long do_bad_exec(long a, long b, long c)
{
	char *argv[] = { "none", NULL };

	execv("/proc/self/fdinfo", argv);
	return -errno;
}

TEST_F(enter, failed_exec)
{
	EXPECT_EQ(-EACCES, CALL(self->in, do_bad_exec));
	EXPECT_EQ(-ESRCH, CALL(self->guest, do_kill, self->in.pid, 0));
	EXPECT_EQ(self->in.pid, CALL(self->in, do_getpid));
}

/* Nothing is shared with who stays outside -------------------------------------------- */

static char clone_stack[65536] __attribute__((aligned(16)));

static int sharing_child(void *xid)
{
	long ret = vs_migrate((long)xid, 0);

	if (ret < 0)
		return -ret;
	/* what a guest would do to its siblings of the host */
	if (chdir("/proc") || close(shared_fd) || chroot("/proc"))
		return 1;
	return 0;
}

TEST_F(enter, shares_no_files)
{
	char cwd[PATH_MAX], now[PATH_MAX];
	int status;
	pid_t pid;

	ASSERT_NE(NULL, getcwd(cwd, sizeof(cwd)));
	pid = clone(sharing_child, clone_stack + sizeof(clone_stack),
		    CLONE_FILES | CLONE_FS | SIGCHLD, (void *)(long)self->in.xid);
	ASSERT_LT(0, pid);
	ASSERT_EQ(pid, waitpid(pid, &status, 0));
	EXPECT_EQ(0, status);
	ASSERT_NE(NULL, getcwd(now, sizeof(now)));
	EXPECT_STREQ(cwd, now);
	EXPECT_LE(0, fcntl(shared_fd, F_GETFD));
	EXPECT_EQ(0, access("/proc/self", F_OK));
}

TEST_F(enter, memory_must_not_be_shared)
{
	int status;
	pid_t pid = clone(sharing_child, clone_stack + sizeof(clone_stack),
			  CLONE_VM | SIGCHLD, (void *)(long)self->in.xid);

	ASSERT_LT(0, pid);
	ASSERT_EQ(pid, waitpid(pid, &status, 0));
	EXPECT_EQ(EINVAL, WEXITSTATUS(status));
}

/* CVE-2019-5736 ---------------------------------------------------------------------- */

FIXTURE(root) {
	struct agent guest;
	char dir[32];
};

static int copy_self(const char *to)
{
	int in = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
	int out = open(to, O_WRONLY | O_CREAT | O_CLOEXEC, 0755);
	struct stat st;
	off_t off = 0;

	if (in < 0 || out < 0 || fstat(in, &st))
		return -errno;
	while (off < st.st_size)
		if (sendfile(out, in, &off, st.st_size - off) <= 0)
			return -errno;
	close(in);
	return close(out);
}

static int write_script(const char *path, const char *interpreter)
{
	FILE *f = fopen(path, "we");

	if (!f)
		return -errno;
	fprintf(f, "#!%s\n", interpreter);
	if (fclose(f) || chmod(path, 0755))
		return -errno;
	return 0;
}

/* A guest's root below /tmp, with /proc and this program as /bin/true. */
FIXTURE_SETUP(root)
{
	char path[64];

	SKIP_UNLESS_VSERVER();
	strcpy(self->dir, "/tmp/enter_test.XXXXXX");
	ASSERT_NE(NULL, mkdtemp(self->dir));
	ASSERT_EQ(0, unshare(CLONE_NEWNS));
	ASSERT_EQ(0, mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL));
	ASSERT_EQ(0, mount("none", self->dir, "tmpfs", 0, NULL));
	snprintf(path, sizeof(path), "%s/proc", self->dir);
	ASSERT_EQ(0, mkdir(path, 0755));
	ASSERT_EQ(0, mount("none", path, "proc", 0, NULL));
	snprintf(path, sizeof(path), "%s/true", self->dir);
	ASSERT_EQ(0, copy_self(path));
	snprintf(path, sizeof(path), "%s/evil", self->dir);
	ASSERT_EQ(0, write_script(path, "/proc/self/exe"));
	snprintf(path, sizeof(path), "%s/script", self->dir);
	ASSERT_EQ(0, write_script(path, "/true"));
	ASSERT_EQ(0, agent_start(&self->guest, .xid = vs_xid(0)));
}

FIXTURE_TEARDOWN_PARENT(root)
{
	rmdir(self->dir);
}

/* The copied program, when it runs: nothing but success. */
VS_STAGE(fine)
{
	return 42;
}

static long do_chroot(long a, long b, long c)
{
	return chroot(shared->text) || chdir("/") ? -errno : 0;
}

/* Execute text in a child: its exit code (42 is ours), or negative errno. */
static long do_run(long fd, long b, long c)
{
	char *argv[] = { "x", NULL }, *envp[] = { "VS_STAGE=fine", NULL };
	int pipes[2], status, err = 0;
	pid_t pid;

	if (pipe2(pipes, O_CLOEXEC))
		return -errno;
	pid = fork();
	if (pid == 0) {
		if (fd > 0)
			syscall(SYS_execveat, fd, "", argv, envp, AT_EMPTY_PATH);
		else
			execve(shared->text, argv, envp);
		err = errno;
		if (write(pipes[1], &err, sizeof(err)) != sizeof(err))
			_exit(1);
		_exit(0);
	}
	close(pipes[1]);
	if (read(pipes[0], &err, sizeof(err)) != sizeof(err))
		err = 0;
	close(pipes[0]);
	waitpid(pid, &status, 0);
	return err ? -err : WIFEXITED(status) ? WEXITSTATUS(status) : -EIO;
}

static long do_self_exe_fd(long a, long b, long c)
{
	return ERR(open("/proc/self/exe", O_RDONLY | O_CLOEXEC));
}

static long do_memfd(long a, long b, long c)
{
	int in = open(vs_self_exe, O_RDONLY | O_CLOEXEC);
	int fd = memfd_create("program", MFD_CLOEXEC);
	struct stat st;
	off_t off = 0;

	if (in < 0 || fd < 0 || fstat(in, &st))
		return -errno;
	while (off < st.st_size)
		if (sendfile(fd, in, &off, st.st_size - off) <= 0)
			return -errno;
	close(in);
	return fd;
}

TEST_F(root, host_program_is_not_run_inside)
{
	struct agent in;
	long exe, memfd;

	ASSERT_EQ(0, agent_start(&in, .xid = vs_xid(0), .join = true, .stay = true));
	memfd = CALL(in, do_memfd);
	exe = CALL(in, do_self_exe_fd);
	ASSERT_LT(0, memfd);
	ASSERT_LT(0, exe);
	TEXT("%s", self->dir);
	ASSERT_EQ(0, CALL(in, do_chroot));

	TEXT("/evil");
	EXPECT_EQ(-EACCES, CALL(in, do_run));
	TEXT("/proc/self/exe");
	EXPECT_EQ(-EACCES, CALL(in, do_run));
	EXPECT_EQ(-EACCES, CALL(in, do_run, exe));
	EXPECT_EQ(-EACCES, CALL(in, do_run, memfd));

	/* What the guest has in its root runs. */
	TEXT("/true");
	EXPECT_EQ(42, CALL(in, do_run));
	TEXT("/script");
	EXPECT_EQ(42, CALL(in, do_run));
	agent_end(&in);
}

/* The same by the host, and by a member that is no longer entering. */
TEST_F(root, ordinary_execs_are_free)
{
	struct agent host;

	ASSERT_EQ(0, agent_start(&host));
	for (int i = 0; i < 2; i++) {
		struct agent *a = i ? &host : &self->guest;
		long memfd = agent_call(a, do_memfd, 0, 0, 0);
		long exe = agent_call(a, do_self_exe_fd, 0, 0, 0);

		TEXT("%s", self->dir);
		ASSERT_EQ(0, agent_call(a, do_chroot, 0, 0, 0));
		TEXT("/evil");
		EXPECT_EQ(42, agent_call(a, do_run, 0, 0, 0));
		EXPECT_EQ(42, agent_call(a, do_run, exe, 0, 0));
		EXPECT_EQ(42, agent_call(a, do_run, memfd, 0, 0));
	}
	agent_end(&host);
}

/* The window -------------------------------------------------------------------------- */

/* Lives until its standard input ends. */
VS_STAGE(linger)
{
	char c;

	return read(0, &c, 1) != 0;
}

/*
 * A hunter in the guest looks at every process it can find, again and again.
 * v[10]: stop, v[11]: times it saw the guest's program, v[12]: saw anything
 * else of a process that came from outside, v[13]: the last process it saw.
 */
static void hunt(int proc)
{
	char link[64], exe[128];
	struct dirent *de;
	ssize_t n;
	DIR *d;

	while (!*(volatile long *)&shared->v[10]) {
		d = fdopendir(openat(proc, ".", O_RDONLY | O_DIRECTORY));
		while (d && (de = readdir(d))) {
			int pid = atoi(de->d_name);

			if (pid <= 0 || pid == getpid() || pid == getppid())
				continue;
			snprintf(link, sizeof(link), "%d/exe", pid);
			n = readlinkat(proc, link, exe, sizeof(exe) - 1);
			if (n < 0)
				continue;
			exe[n] = 0;
			if (strcmp(exe, "/true")) {
				shared->v[12]++;
			} else {
				shared->v[13] = pid;
				shared->v[11]++;
			}
		}
		if (d)
			closedir(d);
	}
}

static long do_hunt(long a, long b, long c)
{
	pid_t pid;

	if (chroot(shared->text) || chdir("/"))
		return -errno;
	pid = fork();
	if (pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		hunt(open("/proc", O_RDONLY | O_DIRECTORY));
		_exit(0);
	}
	return pid < 0 ? -errno : pid;
}

/* Enter, change the root, execute the guest's program: as the tools do. */
static pid_t enter_and_run(__u32 xid, const char *root, int stdin_fd)
{
	char *argv[] = { "true", NULL }, *envp[] = { "VS_STAGE=linger", NULL };
	pid_t pid = fork();

	if (pid)
		return pid;
	if (vs_migrate(xid, 0) || chroot(root) || chdir("/") ||
	    dup2(stdin_fd, 0) != 0)
		_exit(1);
	execve("/true", argv, envp);
	_exit(1);
}

TEST_F(root, no_window_before_exec)
{
	int fds[2], status;

	memset(shared->v, 0, sizeof(shared->v));
	TEXT("%s", self->dir);
	ASSERT_LT(0, CALL(self->guest, do_hunt));
	for (int round = 0; round < 20; round++) {
		pid_t pid;

		ASSERT_EQ(0, pipe2(fds, O_CLOEXEC));
		pid = enter_and_run(self->guest.xid, self->dir, fds[0]);
		ASSERT_LT(0, pid);
		/* it becomes visible at some time: not before its exec */
		while (*(volatile long *)&shared->v[13] != pid) {
			ASSERT_EQ(0, waitpid(pid, &status, WNOHANG));
			sched_yield();
		}
		close(fds[0]);
		close(fds[1]);
		ASSERT_EQ(pid, waitpid(pid, &status, 0));
		EXPECT_EQ(0, status);
	}
	shared->v[10] = 1;
	EXPECT_EQ(0, shared->v[12]);
	EXPECT_LE(20, shared->v[11]);
}

/* While the context is set up the tools run host programs inside. */
TEST_F(root, set_up_runs_host_programs)
{
	struct agent in;
	long exe;

	ASSERT_EQ(0, agent_start(&in, .xid = vs_xid(1), .setup = true, .stay = true));
	exe = CALL(in, do_self_exe_fd);
	TEXT("%s", self->dir);
	ASSERT_EQ(0, CALL(in, do_chroot));
	EXPECT_EQ(42, CALL(in, do_run, exe));
	TEXT("/true");
	EXPECT_EQ(42, CALL(in, do_run));
	agent_end(&in);
}

TEST_HARNESS_MAIN
