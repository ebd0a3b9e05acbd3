// SPDX-License-Identifier: GPL-2.0-only
/*
 * Per-user limits are per (context, user): equal uids of two guests, and of a
 * guest and the host, never share a counter (design/kernel-core.md 10).
 *
 * Each case uses up a limit in one place and looks whether the same uid
 * elsewhere still has all of its own.  The twin: in the same place it is
 * used up.
 *
 * Guards against: one guest's user 33 who keeps the web servers of all other
 * guests from forking.
 */
#include "common.h"

#include <mqueue.h>
#include <sys/epoll.h>
#include <sys/inotify.h>
#include <sys/resource.h>
#include <sys/shm.h>
#include <sys/socket.h>

#define USER 12345	/* nobody else runs under this uid */
#define LIMIT 4

/* Users ------------------------------------------------------------------------ */

/*
 * A holder is a process of USER in some context that took all of its limit;
 * the resource is held until the holder ends.
 */
struct holder {
	pid_t pid;
	int go;
};

enum { HELD = 0, WRONG = 50 };

static void become_user(rlim_t nproc)
{
	struct rlimit lim = { nproc, nproc };

	if (nproc != RLIM_INFINITY && setrlimit(RLIMIT_NPROC, &lim))
		_exit(WRONG);
	if (setresgid(USER, USER, USER) || setresuid(USER, USER, USER))
		_exit(WRONG + 1);
}

/* xid 0: in the host */
static void go_into(__u32 xid)
{
	if (xid && vs_become_guest(xid, &(struct vs_guest){ 0 }) < 0)
		_exit(WRONG + 2);
}

typedef int (*take_fn)(void);	/* how many could be had */

static int stay_write = -1;

static int take_processes(void)
{
	int n = 0, stay[2];

	if (pipe(stay))
		return -1;
	stay_write = stay[1];
	for (;;) {
		pid_t pid = fork();

		if (pid < 0)
			return errno == EAGAIN ? n : -1;
		if (pid == 0) {
			close(stay[1]);
			vs_await(stay[0]);
			_exit(0);
		}
		if (++n > 3 * LIMIT)
			return n;
	}
}

/* The processes above end when nobody can write to their pipe any more. */
static void end_processes(void)
{
	close(stay_write);
	while (waitpid(-1, NULL, 0) > 0)
		;
}

/* Start a holder and learn how many it got. */
static struct holder hold(__u32 xid, rlim_t nproc, take_fn take, int *got)
{
	struct holder h;
	int up[2], go[2];

	*got = -1;
	if (pipe2(up, O_CLOEXEC) || pipe2(go, O_CLOEXEC))
		exit(WRONG);
	h.go = go[1];
	h.pid = fork();
	if (h.pid == 0) {
		int n;

		close(go[1]);
		close(up[0]);
		go_into(xid);
		become_user(nproc);
		n = take();
		if (write(up[1], &n, sizeof(n)) != sizeof(n))
			_exit(WRONG + 3);
		vs_await(go[0]);
		end_processes();
		_exit(HELD);
	}
	close(up[1]);
	close(go[0]);
	if (read(up[0], got, sizeof(*got)) != sizeof(*got))
		*got = -1;
	close(up[0]);
	return h;
}

static void release(struct holder h)
{
	close(h.go);
	waitpid(h.pid, NULL, 0);
}

FIXTURE(ucounts)
{
	__u32 one, two;
};

FIXTURE_SETUP(ucounts)
{
	SKIP_UNLESS_VSERVER();
	self->one = vs_xid(0);
	self->two = vs_xid(1);
}

FIXTURE_TEARDOWN(ucounts)
{
	vs_destroy(self->one);
	vs_destroy(self->two);
}

/*
 * Use the limit up in `first`; then everybody else must get all of it, and a
 * second process of the same user in the same place none.
 */
static void separate(struct __test_metadata *_metadata, __u32 first, __u32 second,
		     rlim_t nproc, take_fn take, int all)
{
	struct holder a, b;
	int got;

	a = hold(first, nproc, take, &got);
	EXPECT_EQ(all, got) {
		TH_LOG("first holder, context %u", first);
	}
	b = hold(second, nproc, take, &got);
	EXPECT_EQ(all, got) {
		TH_LOG("context %u beside context %u", second, first);
	}
	release(b);
	release(a);
}

#define SEPARATE(_nproc, _take, _all) do { \
	separate(_metadata, self->one, self->two, _nproc, _take, _all); \
	separate(_metadata, self->one, 0, _nproc, _take, _all); \
	separate(_metadata, 0, self->one, _nproc, _take, _all); \
} while (0)

/* Processes -------------------------------------------------------------------- */

TEST_F(ucounts, processes)
{
	/* the holder itself counts */
	SEPARATE(LIMIT, take_processes, LIMIT - 1);
}

/* A guest's root is limited, too: it is not the host's root. */
TEST_F(ucounts, root_of_a_guest)
{
	VS_IN_GUEST(self->one) {
		struct rlimit lim = { LIMIT, LIMIT };

		ASSERT_EQ(0, setrlimit(RLIMIT_NPROC, &lim));
		EXPECT_EQ(LIMIT - 1, take_processes());
		end_processes();
	}
	/* the host's root is not */
	VS_IN_CHILD {
		struct rlimit lim = { 1, 1 };
		pid_t pid;

		ASSERT_EQ(0, setrlimit(RLIMIT_NPROC, &lim));
		pid = fork();
		if (pid == 0)
			_exit(0);
		EXPECT_GT(pid, 0);
		waitpid(pid, NULL, 0);
	}
}

/* Migration takes the charge along: nothing of the host's root is left over. */
TEST_F(ucounts, charge_moves_with_the_caller)
{
	for (int i = 0; i < 3; i++) {
		VS_IN_GUEST(self->one) {
			struct rlimit lim = { 2, 2 };
			pid_t pid;

			ASSERT_EQ(0, setrlimit(RLIMIT_NPROC, &lim));
			pid = fork();
			if (pid == 0)
				_exit(0);
			EXPECT_GT(pid, 0);
			EXPECT_EQ(pid, waitpid(pid, NULL, 0));
			/* and the place is free again */
			pid = fork();
			if (pid == 0)
				_exit(0);
			EXPECT_GT(pid, 0);
			waitpid(pid, NULL, 0);
		}
	}
}

/* inotify ------------------------------------------------------------------------ */

static int take_inotify_instances(void)
{
	int n = 0;

	while (inotify_init1(IN_CLOEXEC) >= 0)
		n++;
	return errno == EMFILE ? n : -1;
}

static int take_inotify_watches(void)
{
	int n = 0, fd = inotify_init1(IN_CLOEXEC);
	char name[64];

	if (fd < 0)
		return -1;
	/* a watch is per inode: each file of /proc/self is another */
	for (n = 0; n < 3 * LIMIT; n++) {
		int file = memfd_create("watched", 0);

		snprintf(name, sizeof(name), "/proc/self/fd/%d", file);
		if (inotify_add_watch(fd, name, IN_MODIFY) < 0)
			return errno == ENOSPC ? n : -1;
	}
	return n;
}

/* Set a sysctl for the length of a block; the old value comes back after it. */
static void with_sysctl(struct __test_metadata *_metadata, const char *path,
			const char *value, void (*body)(struct __test_metadata *, __u32, __u32),
			__u32 one, __u32 two)
{
	char old[64];

	ASSERT_LT(0, vs_read_file(path, old, sizeof(old)));
	ASSERT_EQ(0, vs_write_file(path, value));
	body(_metadata, one, two);
	EXPECT_EQ(0, vs_write_file(path, old));
}

static void three_pairs(struct __test_metadata *_metadata, __u32 one, __u32 two,
			take_fn take)
{
	separate(_metadata, one, two, RLIM_INFINITY, take, LIMIT);
	separate(_metadata, one, 0, RLIM_INFINITY, take, LIMIT);
	separate(_metadata, 0, one, RLIM_INFINITY, take, LIMIT);
}

static void check_instances(struct __test_metadata *_metadata, __u32 one, __u32 two)
{
	three_pairs(_metadata, one, two, take_inotify_instances);
}

static void check_watches(struct __test_metadata *_metadata, __u32 one, __u32 two)
{
	three_pairs(_metadata, one, two, take_inotify_watches);
}

TEST_F(ucounts, inotify_instances)
{
	with_sysctl(_metadata, "/proc/sys/fs/inotify/max_user_instances", "4",
		    check_instances, self->one, self->two);
}

TEST_F(ucounts, inotify_watches)
{
	with_sysctl(_metadata, "/proc/sys/fs/inotify/max_user_watches", "4",
		    check_watches, self->one, self->two);
}

/* epoll ---------------------------------------------------------------------------- */

static int take_epoll_watches(void)
{
	struct epoll_event ev = { .events = EPOLLIN };
	int n, ep = epoll_create1(0);

	for (n = 0; n < 3 * LIMIT; n++) {
		int fds[2];

		if (pipe(fds))
			return -1;
		if (epoll_ctl(ep, EPOLL_CTL_ADD, fds[0], &ev))
			return errno == ENOSPC ? n : -1;
	}
	return n;
}

static void check_epoll(struct __test_metadata *_metadata, __u32 one, __u32 two)
{
	three_pairs(_metadata, one, two, take_epoll_watches);
}

TEST_F(ucounts, epoll_watches)
{
	with_sysctl(_metadata, "/proc/sys/fs/epoll/max_user_watches", "4",
		    check_epoll, self->one, self->two);
}

/* Signals, message queues, locked memory ---------------------------------------------- */

static int take_pending_signals(void)
{
	struct rlimit lim = { LIMIT, LIMIT };
	union sigval value = { 0 };
	sigset_t set;
	int n = 0;

	sigemptyset(&set);
	sigaddset(&set, SIGRTMIN + 1);
	sigprocmask(SIG_BLOCK, &set, NULL);
	if (setrlimit(RLIMIT_SIGPENDING, &lim))
		return -1;
	while (sigqueue(getpid(), SIGRTMIN + 1, value) == 0)
		if (++n > 3 * LIMIT)
			break;
	return n;
}

TEST_F(ucounts, pending_signals)
{
	SEPARATE(RLIM_INFINITY, take_pending_signals, LIMIT);
}

static int take_locked_memory(void)
{
	long page = sysconf(_SC_PAGESIZE);
	struct rlimit lim = { LIMIT * page, LIMIT * page };
	int n;

	/* SHM_LOCK counts per user, mlock per process */
	if (setrlimit(RLIMIT_MEMLOCK, &lim))
		return -1;
	for (n = 0; n < 3 * LIMIT; n++) {
		int id = shmget(IPC_PRIVATE, page, 0600), ret;

		if (id < 0 || shmat(id, NULL, 0) == (void *)-1)
			return -1;
		ret = shmctl(id, SHM_LOCK, NULL) ? errno : 0;
		/* lives, and stays locked, until the holder ends */
		shmctl(id, IPC_RMID, NULL);
		if (ret)
			return ret == ENOMEM || ret == EPERM ? n : -1;
	}
	return n;
}

TEST_F(ucounts, locked_memory)
{
	ASSERT_EQ(0, unshare(CLONE_NEWIPC));
	SEPARATE(RLIM_INFINITY, take_locked_memory, LIMIT);
}

static int take_message_queues(void)
{
	struct mq_attr attr = { .mq_maxmsg = 1, .mq_msgsize = 64 };
	struct rlimit lim;
	char name[64];
	int n;

	/* room for the bookkeeping of four queues, not of five */
	lim.rlim_cur = lim.rlim_max = LIMIT * 400;
	if (setrlimit(RLIMIT_MSGQUEUE, &lim))
		return -1;
	for (n = 0; n < 6 * LIMIT; n++) {
		snprintf(name, sizeof(name), "/ucounts.%d.%d", getpid(), n);
		if (syscall(SYS_mq_open, name + 1, O_CREAT | O_EXCL | O_RDWR, 0600, &attr) < 0)
			return errno == EMFILE ? n : -1;
		/* the open descriptor keeps it until the holder ends */
		syscall(SYS_mq_unlink, name + 1);
	}
	return n;
}

/*
 * How many there can be is the kernel's business: `alone` in the host must be
 * what a guest beside it and a guest beside a guest get, and a second process
 * of the same place gets none.
 */
static void separate_any(struct __test_metadata *_metadata, __u32 one, __u32 two,
			 take_fn take, int most)
{
	struct holder a, b;
	int alone, beside;

	a = hold(0, RLIM_INFINITY, take, &alone);
	EXPECT_GT(alone, 0);
	EXPECT_LT(alone, most);
	b = hold(one, RLIM_INFINITY, take, &beside);
	EXPECT_EQ(alone, beside);
	release(b);
	b = hold(0, RLIM_INFINITY, take, &beside);
	EXPECT_EQ(0, beside);
	release(b);
	release(a);
	a = hold(one, RLIM_INFINITY, take, &beside);
	EXPECT_EQ(alone, beside);
	b = hold(two, RLIM_INFINITY, take, &beside);
	EXPECT_EQ(alone, beside);
	release(b);
	release(a);
}

TEST_F(ucounts, message_queues)
{
	ASSERT_EQ(0, unshare(CLONE_NEWIPC));
	separate_any(_metadata, self->one, self->two, take_message_queues, 6 * LIMIT);
}

/* Descriptors that are on their way through a socket. */
static int take_descriptors_in_flight(void)
{
	struct rlimit lim = { 40, 40 };
	union {
		struct cmsghdr align;
		char room[CMSG_SPACE(sizeof(int))];
	} control = { .room = "" };
	struct iovec iov = { "x", 1 };
	struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1, .msg_control = &control,
			      .msg_controllen = sizeof(control) };
	struct cmsghdr *c = CMSG_FIRSTHDR(&msg);
	int n, sock[2];

	if (setrlimit(RLIMIT_NOFILE, &lim) || socketpair(AF_UNIX, SOCK_STREAM, 0, sock))
		return -1;
	c->cmsg_level = SOL_SOCKET;
	c->cmsg_type = SCM_RIGHTS;
	c->cmsg_len = CMSG_LEN(sizeof(int));
	memcpy(CMSG_DATA(c), &sock[1], sizeof(int));
	for (n = 0; n < 100; n++)
		if (sendmsg(sock[0], &msg, 0) < 0)
			return errno == ETOOMANYREFS ? n : -1;
	return n;
}

TEST_F(ucounts, descriptors_in_flight)
{
	separate_any(_metadata, self->one, self->two, take_descriptors_in_flight, 100);
}

static int take_pipes(void)
{
	int n, fds[2];

	for (n = 0; n < 20 * LIMIT; n++)
		if (pipe(fds))
			return errno == ENFILE ? n : -1;
	return n;
}

static void check_pipes(struct __test_metadata *_metadata, __u32 one, __u32 two)
{
	separate_any(_metadata, one, two, take_pipes, 20 * LIMIT);
}

/* Pages of pipes: four of the usual size. */
TEST_F(ucounts, pipe_pages)
{
	with_sysctl(_metadata, "/proc/sys/fs/pipe-user-pages-hard", "64", check_pipes,
		    self->one, self->two);
}

/* The twin of all of the above: inside one context the counter is shared. */
TEST_F(ucounts, shared_within_a_context)
{
	int stay[2], got = -1, up[2];
	pid_t keeper, pid;

	ASSERT_EQ(0, pipe(stay));
	ASSERT_EQ(0, pipe(up));
	keeper = VS_START_GUEST(self->one);
	ASSERT_GT(keeper, 0);
	for (int i = 0; i < 2; i++) {
		pid = fork();
		if (pid == 0) {
			int n;

			close(stay[1]);
			if (vs_migrate(self->one, 0))
				_exit(1);
			become_user(LIMIT);
			n = take_processes();
			if (write(up[1], &n, sizeof(n)) != sizeof(n))
				_exit(1);
			vs_await(stay[0]);
			end_processes();
			_exit(0);
		}
		ASSERT_EQ(sizeof(got), read(up[0], &got, sizeof(got)));
		/* the second one finds the limit used up */
		EXPECT_EQ(i ? 0 : LIMIT - 1, got);
	}
	close(stay[1]);
	EXPECT_EQ(0, vs_kill(self->one, 0, SIGKILL));
	while (waitpid(-1, NULL, 0) > 0)
		;
}

TEST_HARNESS_MAIN
