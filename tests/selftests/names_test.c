// SPDX-License-Identifier: GPL-2.0-only
/*
 * Where the kernel acts or speaks for a guest behind its back: core dumps,
 * owners of file locks, System V objects in a shared ipc namespace
 * (design/kernel-core.md sections 6, 10 and 11).
 *
 * Guards against: a pipe in core_pattern that runs a host program as host
 * root for a guest, numbers of foreign lock owners, an object that is opened
 * because uid 0 made it.
 */
#include "iso.h"
#include <linux/fanotify.h>
#include <sys/file.h>
#include <sys/ipc.h>
#include <sys/mount.h>
#include <sys/msg.h>
#include <sys/sem.h>
#include <sys/shm.h>

/* Core dumps ------------------------------------------------------------------- */

#define PATTERN	"/proc/sys/kernel/core_pattern"
#define LIMIT	"/proc/sys/kernel/core_pipe_limit"

FIXTURE(core) {
	struct agent guest, host;
	char pattern[256], limit[32];
	char dir[32];
};

FIXTURE_SETUP(core)
{
	SKIP_UNLESS_VSERVER();
	ASSERT_LT(0, vs_read_file(PATTERN, self->pattern, sizeof(self->pattern)));
	ASSERT_LT(0, vs_read_file(LIMIT, self->limit, sizeof(self->limit)));
	strcpy(self->dir, "/tmp/core.XXXXXX");
	ASSERT_NE(NULL, mkdtemp(self->dir));
	/* with a limit the dying process waits for its handler */
	ASSERT_EQ(0, vs_write_file(LIMIT, "4"));
	ASSERT_EQ(0, agent_start(&self->host));
	ASSERT_EQ(0, agent_start(&self->guest, .xid = vs_xid(0)));
}

FIXTURE_TEARDOWN(core)
{
	char cmd[64];

	vs_write_file(PATTERN, self->pattern);
	vs_write_file(LIMIT, self->limit);
	snprintf(cmd, sizeof(cmd), "rm -rf %s", self->dir);
	if (system(cmd))
		TH_LOG("%s stays", self->dir);
}

/* A child dies of SIGABRT in directory text: its number; v[0]: dumped? */
static long do_crash(long a, long b, long c)
{
	int status;
	pid_t pid = fork();

	if (pid == 0) {
		struct rlimit lim = { RLIM_INFINITY, RLIM_INFINITY };

		setrlimit(RLIMIT_CORE, &lim);
		if (chdir(shared->text))
			_exit(1);
		abort();
	}
	if (waitpid(pid, &status, 0) != pid || !WIFSIGNALED(status))
		return -ECHILD;
	shared->v[0] = !!WCOREDUMP(status);
	return pid;
}

static bool exists(const char *dir, long nr)
{
	char path[96];

	snprintf(path, sizeof(path), "%s/%ld", dir, nr);
	return access(path, F_OK) == 0;
}

TEST_F(core, pipe_is_not_started_for_guests)
{
	char pattern[128];
	long nr;

	snprintf(pattern, sizeof(pattern), "|/bin/touch %s/%%P", self->dir);
	ASSERT_EQ(0, vs_write_file(PATTERN, pattern));
	TEXT("%s", self->dir);
	nr = CALL(self->host, do_crash);
	ASSERT_LT(0, nr);
	EXPECT_TRUE(exists(self->dir, nr)) {
		TH_LOG("the handler did not even run for the host");
	}
	TEXT("%s", self->dir);
	nr = CALL(self->guest, do_crash);
	ASSERT_LT(0, nr);
	EXPECT_FALSE(exists(self->dir, nr)) {
		TH_LOG("a host program ran for a guest");
	}
	EXPECT_EQ(0, shared->v[0]);
}

TEST_F(core, plain_file_works)
{
	long nr;

	ASSERT_EQ(0, vs_write_file(PATTERN, "%p"));
	TEXT("%s", self->dir);
	nr = CALL(self->guest, do_crash);
	ASSERT_LT(0, nr);
	EXPECT_TRUE(exists(self->dir, nr));
	EXPECT_EQ(1, shared->v[0]);
}

/* While it is set up a context runs tools of the host: they may. */
TEST_F(core, set_up_is_host)
{
	char pattern[128];
	struct agent setup;
	long nr;

	snprintf(pattern, sizeof(pattern), "|/bin/touch %s/%%P", self->dir);
	ASSERT_EQ(0, vs_write_file(PATTERN, pattern));
	ASSERT_EQ(0, agent_start(&setup, .xid = vs_xid(1), .setup = true));
	TEXT("%s", self->dir);
	nr = CALL(setup, do_crash);
	EXPECT_TRUE(exists(self->dir, nr));
}

/* Lock owners --------------------------------------------------------------------- */

FIXTURE(lock) {
	struct agent guest, host, init, member;
	int fd;
};

FIXTURE_SETUP(lock)
{
	SKIP_UNLESS_VSERVER();
	self->fd = open("/tmp", O_TMPFILE | O_RDWR, 0600);
	ASSERT_LE(0, self->fd);
	ASSERT_EQ(0, agent_start(&self->host));
	ASSERT_EQ(0, agent_start(&self->guest, .xid = vs_xid(0)));
	ASSERT_EQ(0, agent_start(&self->init, .xid = vs_xid(1), .guest = {
				 .init = true, .cflags = VXF_INFO_INIT }));
	ASSERT_EQ(0, agent_start(&self->member, .xid = vs_xid(1), .join = true));
}

FIXTURE_TEARDOWN(lock)
{
}

static long do_lock(long fd, long type, long c)
{
	struct flock fl = { .l_type = type, .l_whence = SEEK_SET };

	return ERR(fcntl(fd, F_SETLK, &fl));
}

/* Who is in the way: v[0] its number. */
static long do_getlk(long fd, long b, long c)
{
	struct flock fl = { .l_type = F_WRLCK, .l_whence = SEEK_SET };

	if (fcntl(fd, F_GETLK, &fl))
		return -errno;
	shared->v[0] = fl.l_pid;
	return fl.l_type;
}

TEST_F(lock, getlk)
{
	ASSERT_EQ(0, CALL(self->host, do_lock, self->fd, F_WRLCK));
	EXPECT_EQ(F_WRLCK, CALL(self->guest, do_getlk, self->fd));
	EXPECT_EQ(0, shared->v[0]);
	EXPECT_EQ(-EAGAIN, CALL(self->guest, do_lock, self->fd, F_WRLCK));
	EXPECT_EQ(F_WRLCK, do_getlk(self->fd, 0, 0));
	EXPECT_EQ(self->host.pid, shared->v[0]);
	ASSERT_EQ(0, CALL(self->host, do_lock, self->fd, F_UNLCK));

	ASSERT_EQ(0, CALL(self->guest, do_lock, self->fd, F_WRLCK));
	EXPECT_EQ(F_WRLCK, do_getlk(self->fd, 0, 0));
	EXPECT_EQ(self->guest.pid, shared->v[0]);
	EXPECT_EQ(F_WRLCK, CALL(self->member, do_getlk, self->fd));
	EXPECT_EQ(0, shared->v[0]);
	ASSERT_EQ(0, CALL(self->guest, do_lock, self->fd, F_UNLCK));

	/* init locks: 1 for its members, the real number for the host */
	ASSERT_EQ(0, CALL(self->init, do_lock, self->fd, F_WRLCK));
	EXPECT_EQ(F_WRLCK, CALL(self->member, do_getlk, self->fd));
	EXPECT_EQ(1, shared->v[0]);
	EXPECT_EQ(F_WRLCK, do_getlk(self->fd, 0, 0));
	EXPECT_EQ(self->init.pid, shared->v[0]);
}

/* A guest finds the locks of members only. */
TEST_F(lock, proc_locks)
{
	char line[32];

	ASSERT_EQ(0, CALL(self->host, do_lock, self->fd, F_WRLCK));
	snprintf(line, sizeof(line), " %d ", self->host.pid);
	ASSERT_LE(0, AT(self->guest, do_read_file, "/proc/locks"));
	EXPECT_EQ(NULL, strstr(shared->text, line));
	TEXT("/proc/locks");
	ASSERT_LT(0, do_read_file(0, 0, 0));
	EXPECT_NE(NULL, strstr(shared->text, line));
	ASSERT_EQ(0, CALL(self->host, do_lock, self->fd, F_UNLCK));

	ASSERT_EQ(0, CALL(self->guest, do_lock, self->fd, F_WRLCK));
	snprintf(line, sizeof(line), " %d ", self->guest.pid);
	ASSERT_LT(0, AT(self->guest, do_read_file, "/proc/locks"));
	EXPECT_NE(NULL, strstr(shared->text, line));
}

/* Lists of processes --------------------------------------------------------------- */

FIXTURE(list) {
	struct agent guest, host;
	int procs;
};

/* A cgroup with a host process and a guest process in it. */
FIXTURE_SETUP(list)
{
	SKIP_UNLESS_VSERVER();
	ASSERT_EQ(0, unshare(CLONE_NEWNS));
	ASSERT_EQ(0, mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL));
	if (mount("none", "/media", "cgroup2", 0, NULL))
		SKIP(return, "no cgroup2");
	ASSERT_TRUE(mkdir("/media/names_test", 0755) == 0 || errno == EEXIST);
	self->procs = open("/media/names_test/cgroup.procs", O_RDWR);
	ASSERT_LE(0, self->procs);
	ASSERT_EQ(0, agent_start(&self->host));
	ASSERT_EQ(0, agent_start(&self->guest, .xid = vs_xid(0), .guest.bcaps = ~0ULL));
}

FIXTURE_TEARDOWN(list)
{
	agent_end(&self->host);
	agent_end(&self->guest);
	rmdir("/media/names_test");
}

static long do_attach(long fd, long pid, long c)
{
	char nr[16];

	snprintf(nr, sizeof(nr), "%ld", pid);
	return write(fd, nr, strlen(nr)) < 0 ? -errno : 0;
}

static long do_list(long fd, long b, long c)
{
	ssize_t n = pread(fd, shared->text, 4000, 0);

	if (n < 0)
		return -errno;
	shared->text[n] = 0;
	return 0;
}

/* Is this number a line of the list? */
static bool listed(long pid)
{
	char line[16];

	snprintf(line, sizeof(line), "\n%ld\n", pid);
	memmove(shared->text + 1, shared->text, 4000);
	shared->text[0] = '\n';
	return strstr(shared->text, line);
}

TEST_F(list, cgroup_procs)
{
	EXPECT_EQ(-ESRCH, CALL(self->guest, do_attach, self->procs, self->host.pid));
	EXPECT_EQ(0, CALL(self->guest, do_attach, self->procs, self->guest.pid));
	EXPECT_EQ(0, CALL(self->host, do_attach, self->procs, self->host.pid));

	ASSERT_EQ(0, CALL(self->guest, do_list, self->procs));
	EXPECT_FALSE(listed(self->host.pid));
	ASSERT_EQ(0, CALL(self->guest, do_list, self->procs));
	EXPECT_TRUE(listed(self->guest.pid));
	ASSERT_EQ(0, do_list(self->procs, 0, 0));
	EXPECT_TRUE(listed(self->host.pid));
	ASSERT_EQ(0, do_list(self->procs, 0, 0));
	EXPECT_TRUE(listed(self->guest.pid));
}

/* Who did something to a file: fanotify tells a number, or a pidfd. */
static long do_watch(long flags, long b, long c)
{
	int fd = syscall(SYS_fanotify_init, flags | FAN_CLOEXEC, O_RDONLY);

	if (fd < 0)
		return -errno;
	if (syscall(SYS_fanotify_mark, fd, FAN_MARK_ADD, FAN_OPEN, AT_FDCWD, shared->text))
		return -errno;
	return fd;
}

/* One event: the number; v[0]: the pidfd or its error. */
static long do_event(long fd, long b, long c)
{
	union {
		struct fanotify_event_metadata m;
		char space[512];
	} ev;
	ssize_t n = read(fd, &ev, sizeof(ev));

	if (n < (ssize_t)sizeof(ev.m))
		return n < 0 ? -errno : -EIO;
	if (ev.m.fd >= 0)
		close(ev.m.fd);
	shared->v[0] = -EBADMSG;
	if (n >= (ssize_t)(sizeof(ev.m) + sizeof(struct fanotify_event_info_pidfd))) {
		struct fanotify_event_info_pidfd *info = (void *)(ev.space + ev.m.metadata_len);

		if (info->hdr.info_type == FAN_EVENT_INFO_TYPE_PIDFD)
			shared->v[0] = info->pidfd;
	}
	return ev.m.pid;
}

TEST_F(list, fanotify)
{
	char path[] = "/tmp/names_test.XXXXXX";
	int fd = mkstemp(path);
	long watch;

	ASSERT_LE(0, fd);
	TEXT("%s", path);
	/* events that open files are refused, whatever the bound */
	EXPECT_EQ(-EPERM, CALL(self->guest, do_watch, FAN_CLASS_NOTIF));
	watch = CALL(self->guest, do_watch, FAN_CLASS_NOTIF | FAN_REPORT_FID);
	ASSERT_LE(0, watch);
	ASSERT_EQ(0, CALL(self->host, do_open_rd));
	EXPECT_EQ(0, CALL(self->guest, do_event, watch));
	ASSERT_EQ(0, CALL(self->guest, do_open_rd));
	EXPECT_EQ(self->guest.pid, CALL(self->guest, do_event, watch));

	watch = do_watch(FAN_CLASS_NOTIF, 0, 0);
	ASSERT_LE(0, watch);
	ASSERT_EQ(0, CALL(self->guest, do_open_rd));
	EXPECT_EQ(self->guest.pid, do_event(watch, 0, 0));
	unlink(path);
}

TEST_F(list, fanotify_pidfd)
{
	char path[] = "/tmp/names_test.XXXXXX";
	int fd = mkstemp(path);
	long watch;

	ASSERT_LE(0, fd);
	TEXT("%s", path);
	EXPECT_EQ(-EPERM, CALL(self->guest, do_watch,
			       FAN_CLASS_NOTIF | FAN_REPORT_PIDFD));
	watch = do_watch(FAN_CLASS_NOTIF | FAN_REPORT_PIDFD, 0, 0);
	ASSERT_LE(0, watch);
	ASSERT_EQ(0, CALL(self->guest, do_open_rd));
	EXPECT_EQ(self->guest.pid, do_event(watch, 0, 0));
	EXPECT_LE(0, shared->v[0]);
	unlink(path);
}

/* System V objects ------------------------------------------------------------------- */

FIXTURE(ipc) {
	struct agent guest, all, host;
	int shm, sem, msg;
};

#define KEY	0x56530001

FIXTURE_SETUP(ipc)
{
	SKIP_UNLESS_VSERVER();
	self->shm = shmget(KEY, 4096, IPC_CREAT | 0666);
	self->sem = semget(KEY, 1, IPC_CREAT | 0666);
	self->msg = msgget(KEY, IPC_CREAT | 0666);
	ASSERT_LE(0, self->shm);
	ASSERT_LE(0, self->sem);
	ASSERT_LE(0, self->msg);
	ASSERT_EQ(0, agent_start(&self->host));
	ASSERT_EQ(0, agent_start(&self->guest, .xid = vs_xid(0)));
	ASSERT_EQ(0, agent_start(&self->all, .xid = vs_xid(1), .guest.bcaps = ~0ULL));
}

FIXTURE_TEARDOWN(ipc)
{
	shmctl(self->shm, IPC_RMID, NULL);
	semctl(self->sem, 0, IPC_RMID);
	msgctl(self->msg, IPC_RMID, NULL);
}

static long do_shmget(long key, long b, long c)
{
	return ERR(shmget(key, 4096, 0666));
}

static long do_shmat(long id, long b, long c)
{
	void *p = shmat(id, NULL, 0);

	if (p == (void *)-1)
		return -errno;
	return ERR(shmdt(p));
}

static long do_shmctl(long id, long cmd, long c)
{
	struct shmid_ds ds;

	if (cmd == IPC_SET && shmctl(id, IPC_STAT, &ds))
		memset(&ds, 0, sizeof(ds));
	return ERR(shmctl(id, cmd, &ds));
}

static long do_semop(long id, long b, long c)
{
	struct sembuf op = { 0, 1, 0 };

	return ERR(semop(id, &op, 1));
}

static long do_semctl(long id, long cmd, long c)
{
	struct semid_ds ds;

	return ERR(semctl(id, 0, cmd, &ds));
}

static long do_msgsnd(long id, long b, long c)
{
	struct { long type; char c; } m = { 1, 0 };

	return ERR(msgsnd(id, &m, 1, IPC_NOWAIT));
}

static long do_msgctl(long id, long cmd, long c)
{
	struct msqid_ds ds;

	return ERR(msgctl(id, cmd, &ds));
}

TEST_F(ipc, objects_of_the_host)
{
	const struct {
		const char *name;
		agent_fn fn;
		long a, b;
	} tries[] = {
		{ "shmget", do_shmget, KEY },
		{ "shmat", do_shmat, self->shm },
		{ "shm stat", do_shmctl, self->shm, IPC_STAT },
		{ "semop", do_semop, self->sem },
		{ "sem stat", do_semctl, self->sem, IPC_STAT },
		{ "msgsnd", do_msgsnd, self->msg },
		{ "msg stat", do_msgctl, self->msg, IPC_STAT },
		{ "shm any stat", do_shmctl, self->shm % 32768, 15 /* SHM_STAT_ANY */ },
		{ "sem any stat", do_semctl, self->sem % 32768, 20 /* SEM_STAT_ANY */ },
		{ "msg any stat", do_msgctl, self->msg % 32768, 13 /* MSG_STAT_ANY */ },
		{ "shm lock", do_shmctl, self->shm, SHM_LOCK },
		{ "sem value", do_semctl, self->sem, GETVAL },
		{ "shm remove", do_shmctl, self->shm, IPC_RMID },
		{ "sem remove", do_semctl, self->sem, IPC_RMID },
		{ "msg remove", do_msgctl, self->msg, IPC_RMID },
	};

	for (size_t i = 0; i < ARRAY_SIZE(tries); i++) {
		EXPECT_EQ(-EACCES, CALL(self->guest, tries[i].fn, tries[i].a, tries[i].b)) {
			TH_LOG("%s", tries[i].name);
		}
		EXPECT_EQ(-EACCES, CALL(self->all, tries[i].fn, tries[i].a, tries[i].b)) {
			TH_LOG("%s, all capabilities", tries[i].name);
		}
	}
	for (size_t i = 0; i < ARRAY_SIZE(tries); i++) {
		EXPECT_LE(0, CALL(self->host, tries[i].fn, tries[i].a, tries[i].b)) {
			TH_LOG("%s", tries[i].name);
		}
	}
}

/* The lists of a shared namespace name everybody's objects. */
TEST_F(ipc, lists)
{
	EXPECT_EQ(-ENOENT, AT(self->guest, do_open_rd, "/proc/sysvipc/shm"));
	EXPECT_EQ(-ENOENT, AT(self->all, do_open_rd, "/proc/sysvipc/shm"));
	EXPECT_EQ(0, AT(self->host, do_open_rd, "/proc/sysvipc/shm"));
}

static void new_ipc(void)
{
	if (unshare(CLONE_NEWIPC))
		_exit(KSFT_FAIL);
}

TEST_F(ipc, own_namespace)
{
	struct agent own;

	ASSERT_EQ(0, agent_start(&own, .xid = vs_xid(2), .before = new_ipc));
	EXPECT_EQ(0, AT(own, do_open_rd, "/proc/sysvipc/shm"));
	EXPECT_EQ(-ENOENT, CALL(own, do_shmget, KEY));
}

static long do_own_shm(long a, long b, long c)
{
	int id = shmget(IPC_PRIVATE, 4096, IPC_CREAT | 0600);
	struct shmid_ds ds;

	if (id < 0)
		return -errno;
	if (do_shmat(id, 0, 0) || shmctl(id, IPC_STAT, &ds) ||
	    ds.shm_cpid != getpid() || shmctl(id, IPC_RMID, NULL))
		return -errno;
	return 0;
}

TEST_F(ipc, own_objects)
{
	EXPECT_EQ(0, CALL(self->guest, do_own_shm));
}

TEST_HARNESS_MAIN
