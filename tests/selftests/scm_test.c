// SPDX-License-Identifier: GPL-2.0-only
/*
 * What a unix socket tells about its other end, and what it carries over:
 * numbers of foreign processes are 0, handles of foreign processes and
 * namespaces don't arrive (design/kernel-core.md section 6).
 *
 * Guards against: a process reference that is turned into a number or a pidfd
 * without asking the filter, and a descriptor that hands a guest the host.
 */
#include "iso.h"

#ifndef SO_PEERPIDFD
#define SO_PEERPIDFD	77
#endif
#ifndef SO_PASSPIDFD
#define SO_PASSPIDFD	76
#endif
#ifndef SCM_PIDFD
#define SCM_PIDFD	0x04
#endif

FIXTURE(scm) {
	struct agent guest, host;
	int sv[2];		/* made by the test process, a host process */
};

FIXTURE_SETUP(scm)
{
	SKIP_UNLESS_VSERVER();
	ASSERT_EQ(0, socketpair(AF_UNIX, SOCK_STREAM, 0, self->sv));
	ASSERT_EQ(0, agent_start(&self->host));
	ASSERT_EQ(0, agent_start(&self->guest, .xid = vs_xid(0)));
}

FIXTURE_TEARDOWN(scm)
{
}

/* Peers --------------------------------------------------------------------- */

static long do_peer(long sock, long b, long c)
{
	struct ucred cred;
	socklen_t len = sizeof(cred);

	if (getsockopt(sock, SOL_SOCKET, SO_PEERCRED, &cred, &len))
		return -errno;
	shared->v[0] = cred.uid;
	return cred.pid;
}

static long do_peer_pidfd(long sock, long b, long c)
{
	int fd;
	socklen_t len = sizeof(fd);

	if (getsockopt(sock, SOL_SOCKET, SO_PEERPIDFD, &fd, &len))
		return -errno;
	close(fd);
	return 0;
}

/* The same for a pair of the caller's own. */
static long do_own_peer(long a, long b, long c)
{
	int sv[2];
	long ret;

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, sv))
		return -errno;
	ret = do_peer(sv[0], 0, 0);
	if (ret == getpid())
		ret = do_peer_pidfd(sv[0], 0, 0);
	close(sv[0]);
	close(sv[1]);
	return ret;
}

TEST_F(scm, peercred)
{
	EXPECT_EQ(getpid(), CALL(self->host, do_peer, self->sv[0]));
	EXPECT_EQ(0, CALL(self->guest, do_peer, self->sv[0]));
	EXPECT_EQ(0, shared->v[0]);
	EXPECT_EQ(0, CALL(self->guest, do_own_peer));
}

TEST_F(scm, peerpidfd)
{
	EXPECT_EQ(0, CALL(self->host, do_peer_pidfd, self->sv[0]));
	EXPECT_EQ(-ESRCH, CALL(self->guest, do_peer_pidfd, self->sv[0]));
}

/* A guest's end as its host peer sees it. */
static long do_listen(long a, long b, long c)
{
	struct sockaddr_un sun = { .sun_family = AF_UNIX };
	int sock = socket(AF_UNIX, SOCK_STREAM, 0);

	memcpy(sun.sun_path, shared->text, sizeof(sun.sun_path));
	if (sock < 0 || bind(sock, (void *)&sun, sizeof(sun)) || listen(sock, 1))
		return -errno;
	return sock;
}

static long do_connect(long a, long b, long c)
{
	struct sockaddr_un sun = { .sun_family = AF_UNIX };
	int sock = socket(AF_UNIX, SOCK_STREAM, 0);

	memcpy(sun.sun_path, shared->text, sizeof(sun.sun_path));
	if (sock < 0 || connect(sock, (void *)&sun, sizeof(sun)))
		return -errno;
	return sock;
}

TEST_F(scm, host_sees_guest_peer)
{
	char path[] = "/tmp/scm_test.XXXXXX";
	long sock;

	ASSERT_NE(NULL, mkdtemp(path));
	TEXT("%s/s", path);
	ASSERT_LE(0, CALL(self->guest, do_listen));
	sock = do_connect(0, 0, 0);
	ASSERT_LE(0, sock);
	EXPECT_EQ(self->guest.pid, do_peer(sock, 0, 0));
	EXPECT_EQ(0, do_peer_pidfd(sock, 0, 0));
	unlink(shared->text);
	rmdir(path);
}

/* Messages -------------------------------------------------------------------- */

static long do_sockopt(long sock, long opt, long value)
{
	int v = value;

	return ERR(setsockopt(sock, SOL_SOCKET, opt, &v, sizeof(v)));
}

/* Send one byte, with a descriptor unless it is negative. */
static long do_send(long sock, long fd, long c)
{
	char byte = 0, space[CMSG_SPACE(sizeof(int))] = { 0 };
	struct iovec iov = { &byte, 1 };
	struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1 };
	struct cmsghdr *cm;
	int nr = fd;

	if (fd >= 0) {
		msg.msg_control = space;
		msg.msg_controllen = sizeof(space);
		cm = CMSG_FIRSTHDR(&msg);
		cm->cmsg_level = SOL_SOCKET;
		cm->cmsg_type = SCM_RIGHTS;
		cm->cmsg_len = CMSG_LEN(sizeof(int));
		memcpy(CMSG_DATA(cm), &nr, sizeof(nr));
	}
	return sendmsg(sock, &msg, 0) == 1 ? 0 : -errno;
}

/* Receive one byte; the int of a control message of this type, -ENOMSG if none. */
static long do_recv(long sock, long type, long c)
{
	union {
		struct cmsghdr align;
		char space[256];
	} u;
	char byte;
	struct iovec iov = { &byte, 1 };
	struct msghdr msg = {
		.msg_iov = &iov, .msg_iovlen = 1,
		.msg_control = u.space, .msg_controllen = sizeof(u.space),
	};
	struct cmsghdr *cm;
	int value;

	if (recvmsg(sock, &msg, MSG_CMSG_CLOEXEC) != 1)
		return -errno;
	shared->v[0] = !!(msg.msg_flags & MSG_CTRUNC);
	for (cm = CMSG_FIRSTHDR(&msg); cm; cm = CMSG_NXTHDR(&msg, cm)) {
		if (cm->cmsg_level != SOL_SOCKET || cm->cmsg_type != type ||
		    cm->cmsg_len < CMSG_LEN(sizeof(int)))
			continue;
		memcpy(&value, CMSG_DATA(cm), sizeof(value));
		return value;
	}
	return -ENOMSG;
}

TEST_F(scm, received_credentials)
{
	ASSERT_EQ(0, do_sockopt(self->sv[0], SO_PASSCRED, 1));
	ASSERT_EQ(0, do_send(self->sv[1], -1, 0));
	EXPECT_EQ(0, CALL(self->guest, do_recv, self->sv[0], SCM_CREDENTIALS));
	ASSERT_EQ(0, do_send(self->sv[1], -1, 0));
	EXPECT_EQ(getpid(), CALL(self->host, do_recv, self->sv[0], SCM_CREDENTIALS));
	/* From inside to inside, and from inside to the host. */
	ASSERT_EQ(0, CALL(self->guest, do_send, self->sv[1], -1));
	EXPECT_EQ(self->guest.pid,
		  CALL(self->guest, do_recv, self->sv[0], SCM_CREDENTIALS));
	ASSERT_EQ(0, CALL(self->guest, do_send, self->sv[1], -1));
	EXPECT_EQ(self->guest.pid, do_recv(self->sv[0], SCM_CREDENTIALS, 0));
}

TEST_F(scm, received_pidfd)
{
	if (do_sockopt(self->sv[0], SO_PASSPIDFD, 1))
		SKIP(return, "no SO_PASSPIDFD");
	ASSERT_EQ(0, do_send(self->sv[1], -1, 0));
	EXPECT_EQ(-ESRCH, CALL(self->guest, do_recv, self->sv[0], SCM_PIDFD));
	ASSERT_EQ(0, do_send(self->sv[1], -1, 0));
	EXPECT_LE(0, CALL(self->host, do_recv, self->sv[0], SCM_PIDFD));
	ASSERT_EQ(0, CALL(self->guest, do_send, self->sv[1], -1));
	EXPECT_LE(0, CALL(self->guest, do_recv, self->sv[0], SCM_PIDFD));
	ASSERT_EQ(0, CALL(self->guest, do_send, self->sv[1], -1));
	EXPECT_LE(0, do_recv(self->sv[0], SCM_PIDFD, 0));
}

/* Descriptors --------------------------------------------------------------------- */

/* Not there and said so; the next message arrives. */
#define EXPECT_WITHHELD(_fd) do { \
	ASSERT_LE(0, (_fd)); \
	ASSERT_EQ(0, do_send(self->sv[1], (_fd), 0)); \
	EXPECT_EQ(-ENOMSG, CALL(self->guest, do_recv, self->sv[0], SCM_RIGHTS)); \
	EXPECT_EQ(1, shared->v[0]); \
	ASSERT_EQ(0, do_send(self->sv[1], (_fd), 0)); \
	EXPECT_LE(0, CALL(self->host, do_recv, self->sv[0], SCM_RIGHTS)); \
} while (0)

#define EXPECT_PASSED(_fd) do { \
	ASSERT_LE(0, (_fd)); \
	ASSERT_EQ(0, do_send(self->sv[1], (_fd), 0)); \
	EXPECT_LE(0, CALL(self->guest, do_recv, self->sv[0], SCM_RIGHTS)); \
	EXPECT_EQ(0, shared->v[0]); \
} while (0)

static int open_of(pid_t pid, const char *what, int flags)
{
	char path[64];

	snprintf(path, sizeof(path), "/proc/%d/%s", pid, what);
	return open(path, flags | O_CLOEXEC);
}

TEST_F(scm, ordinary_files_pass)
{
	int fds[2];

	EXPECT_PASSED(open("/dev/null", O_RDWR | O_CLOEXEC));
	EXPECT_PASSED(open("/", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
	ASSERT_EQ(0, pipe2(fds, O_CLOEXEC));
	EXPECT_PASSED(fds[0]);
	EXPECT_PASSED(open("/proc/uptime", O_RDONLY | O_CLOEXEC));
}

TEST_F(scm, pidfd)
{
	EXPECT_WITHHELD((int)syscall(SYS_pidfd_open, getpid(), 0));
	EXPECT_PASSED((int)syscall(SYS_pidfd_open, self->guest.pid, 0));
}

TEST_F(scm, proc_files)
{
	EXPECT_WITHHELD(open_of(self->host.pid, ".", O_RDONLY | O_DIRECTORY));
	EXPECT_WITHHELD(open_of(self->host.pid, "mem", O_RDWR));
	EXPECT_WITHHELD(open_of(self->host.pid, "status", O_RDONLY));
	EXPECT_WITHHELD(open_of(self->host.pid, "fd", O_RDONLY | O_DIRECTORY));
	EXPECT_WITHHELD(open_of(self->host.pid, "task", O_RDONLY | O_DIRECTORY));
	EXPECT_PASSED(open_of(self->guest.pid, ".", O_RDONLY | O_DIRECTORY));
	EXPECT_PASSED(open_of(self->guest.pid, "status", O_RDONLY));
}

TEST_F(scm, namespaces)
{
	static const char * const ns[] = {
		"ns/mnt", "ns/pid", "ns/net", "ns/uts", "ns/ipc", "ns/user",
		"ns/cgroup",
	};

	for (size_t i = 0; i < ARRAY_SIZE(ns); i++) {
		EXPECT_WITHHELD(open_of(self->host.pid, ns[i], O_RDONLY)) ;
	}
}

/* Everything travels out of a guest: the host may be shown anything. */
TEST_F(scm, guest_to_host)
{
	int fd = open_of(self->guest.pid, "status", O_RDONLY);

	ASSERT_LE(0, fd);
	ASSERT_EQ(0, do_send(self->sv[1], fd, 0));
	EXPECT_LE(0, do_recv(self->sv[0], SCM_RIGHTS, 0));
}

TEST_HARNESS_MAIN
