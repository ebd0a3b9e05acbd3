// SPDX-License-Identifier: GPL-2.0-only
/*
 * Unix sockets: abstract names belong to a context, and a socket that travels
 * over one keeps the context of its maker (design/kernel-network.md 5.1, 5.11).
 *
 * Guards against: a daemon of the host that is reached by its abstract name, a
 * name that is taken away from others, and a guest that gets a host's socket
 * to be made into one of its own.
 */
#include "netreach.h"

FIXTURE(names)
{
	struct net_four f;
	int sv[2];		/* kept by all: how sockets travel */
};

static int kept[2];

static long keep(void)
{
	return fcntl(kept[0], F_SETFD, 0) || fcntl(kept[1], F_SETFD, 0) ? -errno : 0;
}

FIXTURE_SETUP(names)
{
	SKIP_UNLESS_VSERVER();
	ASSERT_EQ(0, net_world());
	ASSERT_EQ(0, socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, kept));
	memcpy(self->sv, kept, sizeof(kept));
	ASSERT_EQ(0, net_start(&self->f.host, .last = keep));
	ASSERT_EQ(0, net_start(&self->f.a, .nid = vs_xid(0), .addrs = NET_ADDRS_A, .last = keep));
	ASSERT_EQ(0, net_start(&self->f.b, .nid = vs_xid(1), .addrs = NET_ADDRS_B, .last = keep));
}

FIXTURE_TEARDOWN(names)
{
}

/* Abstract names --------------------------------------------------------------------- */

static socklen_t fill(struct sockaddr_un *sun, const char *name)
{
	memset(sun, 0, sizeof(*sun));
	sun->sun_family = AF_UNIX;
	snprintf(sun->sun_path + 1, sizeof(sun->sun_path) - 1, "%.80s", name);
	return offsetof(struct sockaddr_un, sun_path) + 1 + strlen(name);
}

/* text: name */
static long do_own(long type, long b, long c)
{
	struct sockaddr_un sun;
	socklen_t len = fill(&sun, shared->text);
	int fd = socket(AF_UNIX, type | SOCK_CLOEXEC, 0);

	if (bind(fd, (void *)&sun, len) || (type != SOCK_DGRAM && listen(fd, 8))) {
		long ret = -errno;

		close(fd);
		return ret;
	}
	return fd;
}

static long do_reach(long type, long b, long c)
{
	struct sockaddr_un sun;
	socklen_t len = fill(&sun, shared->text);
	int fd = socket(AF_UNIX, type | SOCK_CLOEXEC, 0);

	if (connect(fd, (void *)&sun, len)) {
		long ret = -errno;

		close(fd);
		return ret;
	}
	return fd;
}

static long do_send_to(long a, long b, long c)
{
	struct sockaddr_un sun;
	socklen_t len = fill(&sun, shared->text);
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	long ret = ERR(sendto(fd, "hello", 5, 0, (void *)&sun, len));

	close(fd);
	return ret;
}

TEST_F(names, one_in_each_context)
{
	static const int types[] = { SOCK_STREAM, SOCK_SEQPACKET, SOCK_DGRAM };
	struct agent *all[] = { &self->f.host, &self->f.a, &self->f.b };

	for (size_t t = 0; t < ARRAY_SIZE(types); t++) {
		TEXT("service-%zu", t);
		for (int i = 0; i < 3; i++) {
			/* those of the others are none */
			EXPECT_EQ(-ECONNREFUSED, CALL(*all[i], do_reach, types[t]));
			EXPECT_LE(0, CALL(*all[i], do_own, types[t]));
			EXPECT_EQ(-EADDRINUSE, CALL(*all[i], do_own, types[t]));
			EXPECT_LE(0, CALL(*all[i], do_reach, types[t]));
		}
	}
}

TEST_F(names, datagrams)
{
	long a;

	TEXT("log");
	ASSERT_LE(0, CALL(self->f.host, do_own, SOCK_DGRAM));
	EXPECT_EQ(5, CALL(self->f.host, do_send_to));
	EXPECT_EQ(-ECONNREFUSED, CALL(self->f.a, do_send_to));
	a = CALL(self->f.a, do_own, SOCK_DGRAM);
	ASSERT_LE(0, a);
	TEXT("log");
	EXPECT_EQ(5, CALL(self->f.a, do_send_to));
	TEXT("log");
	EXPECT_EQ(-ECONNREFUSED, CALL(self->f.b, do_send_to));
	EXPECT_EQ(1, CALL(self->f.a, do_wait, a, 1000));
}

/* Two processes of one guest share its names. */
TEST_F(names, shared_within)
{
	struct agent second;

	net_next = (struct net_place){ .nid = self->f.a.xid, .join = true };
	ASSERT_EQ(0, agent_start(&second, .xid = self->f.a.xid, .join = true,
				 .before = net_before));
	TEXT("bus");
	ASSERT_LE(0, CALL(self->f.a, do_own, SOCK_STREAM));
	EXPECT_LE(0, CALL(second, do_reach, SOCK_STREAM));
	EXPECT_EQ(-EADDRINUSE, CALL(second, do_own, SOCK_STREAM));
}

/* Autobind chooses a name that nobody of the context has. */
static long do_autobind(long a, long b, long c)
{
	struct sockaddr_un sun = { .sun_family = AF_UNIX };
	socklen_t len = sizeof(sun);
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (bind(fd, (void *)&sun, sizeof(sa_family_t)) || listen(fd, 1) ||
	    getsockname(fd, (void *)&sun, &len))
		return -errno;
	snprintf(shared->text, 512, "%.*s", (int)(len - sizeof(sa_family_t) - 1),
		 sun.sun_path + 1);
	return fd;
}

TEST_F(names, autobind)
{
	ASSERT_LE(0, CALL(self->f.host, do_autobind));
	EXPECT_LE(0, CALL(self->f.host, do_reach, SOCK_STREAM));
	EXPECT_EQ(-ECONNREFUSED, CALL(self->f.a, do_reach, SOCK_STREAM));
}

/* Names in the file system go with the file system. */
static long do_path_reach(long a, long b, long c)
{
	struct sockaddr_un sun = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	snprintf(sun.sun_path, sizeof(sun.sun_path), "%.100s", shared->text);
	return connect(fd, (void *)&sun, sizeof(sun)) ? -errno : fd;
}

static long do_path_own(long a, long b, long c)
{
	struct sockaddr_un sun = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	snprintf(sun.sun_path, sizeof(sun.sun_path), "%.100s", shared->text);
	return bind(fd, (void *)&sun, sizeof(sun)) || listen(fd, 4) ? -errno : fd;
}

TEST_F(names, paths)
{
	char dir[] = "/tmp/net_unix.XXXXXX";

	ASSERT_NE(NULL, mkdtemp(dir));
	TEXT("%s/s", dir);
	EXPECT_LE(0, CALL(self->f.host, do_path_own));
	EXPECT_LE(0, CALL(self->f.a, do_path_reach));
	EXPECT_LE(0, CALL(self->f.host, do_path_reach));
	unlink(shared->text);
	rmdir(dir);
}

/* Sockets that travel ------------------------------------------------------------------- */

static long do_pass(long over, long fd, long c)
{
	char byte = 0, space[CMSG_SPACE(sizeof(int))] = { 0 };
	struct iovec iov = { &byte, 1 };
	struct msghdr msg = {
		.msg_iov = &iov, .msg_iovlen = 1,
		.msg_control = space, .msg_controllen = sizeof(space),
	};
	struct cmsghdr *cm = CMSG_FIRSTHDR(&msg);
	int nr = fd;

	cm->cmsg_level = SOL_SOCKET;
	cm->cmsg_type = SCM_RIGHTS;
	cm->cmsg_len = CMSG_LEN(sizeof(int));
	memcpy(CMSG_DATA(cm), &nr, sizeof(nr));
	return ERR(sendmsg(over, &msg, 0));
}

static long do_take(long over, long b, long c)
{
	char byte, space[CMSG_SPACE(sizeof(int))];
	struct iovec iov = { &byte, 1 };
	struct msghdr msg = {
		.msg_iov = &iov, .msg_iovlen = 1,
		.msg_control = space, .msg_controllen = sizeof(space),
	};
	struct cmsghdr *cm;
	int nr;

	if (recvmsg(over, &msg, MSG_CMSG_CLOEXEC) != 1)
		return -errno;
	cm = CMSG_FIRSTHDR(&msg);
	if (!cm || cm->cmsg_type != SCM_RIGHTS)
		return -ENOMSG;
	memcpy(&nr, CMSG_DATA(cm), sizeof(nr));
	return nr;
}

/* A fresh socket of @from in the hands of @to. */
static long travel(struct agent *from, struct agent *to, int *sv, int family, int type)
{
	long fd = CALL(*from, do_socket, family, type, 0);

	if (fd < 0 || CALL(*from, do_pass, sv[0], fd) != 1)
		return -EIO;
	CALL(*from, do_close, fd);
	return CALL(*to, do_take, sv[1]);
}

TEST_F(names, a_socket_of_the_host_in_a_guest)
{
	long fd = travel(&self->f.host, &self->f.a, self->sv, AF_INET, SOCK_DGRAM);

	ASSERT_LE(0, fd);
	/* it stays the host's: that is what whoever passed it on wanted */
	net_to(NET_HOST, 5000);
	EXPECT_EQ(0, CALL(self->f.a, do_bind, fd));
	EXPECT_LE(0, udp_server(&self->f.a, "0.0.0.0", 5000));
	EXPECT_EQ(-EADDRINUSE, udp_server(&self->f.host, "0.0.0.0", 5000));
}

TEST_F(names, a_socket_of_a_guest_in_the_host)
{
	struct net_server s[2];
	long fd = travel(&self->f.a, &self->f.host, self->sv, AF_INET, SOCK_STREAM);

	ASSERT_LE(0, fd);
	/* the host cannot make it more than it was */
	net_to(NET_HOST, 80);
	EXPECT_EQ(-EADDRNOTAVAIL, CALL(self->f.host, do_bind, fd));
	net_to("0.0.0.0", 80);
	EXPECT_EQ(0, CALL(self->f.host, do_bind, fd));
	EXPECT_EQ(0, CALL(self->f.host, do_listen, fd));
	s[0] = (struct net_server){ &self->f.host, fd };
	s[1] = (struct net_server){ &self->f.host, tcp_server(&self->f.host, "0.0.0.0", 80) };
	ASSERT_LE(0, s[1].fd);
	EXPECT_EQ(0, tcp_reach(&self->f.b, NET_A, 80, s, 2));
	EXPECT_EQ(1, tcp_reach(&self->f.b, NET_HOST, 80, s, 2));
}

TEST_F(names, a_socket_of_a_guest_in_another)
{
	long srv = tcp_server(&self->f.host, "0.0.0.0", 80);
	long fd = travel(&self->f.a, &self->f.b, self->sv, AF_INET, SOCK_STREAM);

	ASSERT_LE(0, fd);
	net_to(NET_B, 80);
	EXPECT_EQ(-EADDRNOTAVAIL, CALL(self->f.b, do_bind, fd));
	net_to(NET_HOST, 80);
	EXPECT_EQ(0, CALL(self->f.b, do_connect, fd));
	EXPECT_LE(0, CALL(self->f.host, do_accept, srv, 5000));
	EXPECT_STREQ(NET_A, NET_IP);
}

/* Accepted by the guest from the host's listener: the listener decides. */
TEST_F(names, accepted_from_a_travelled_listener)
{
	long srv = tcp_server(&self->f.host, NET_HOST, 80), fd, conn;

	ASSERT_EQ(1, CALL(self->f.host, do_pass, self->sv[0], srv));
	srv = CALL(self->f.a, do_take, self->sv[1]);
	ASSERT_LE(0, srv);
	fd = tcp_client(&self->f.b, NET_HOST, 80);
	ASSERT_LE(0, fd);
	conn = CALL(self->f.a, do_accept, srv, 5000);
	ASSERT_LE(0, conn);
	TEXT("ping");
	EXPECT_EQ(4, CALL(self->f.b, do_send, fd, 0, 0));
	EXPECT_EQ(4, CALL(self->f.a, do_recv, conn, 5000));
	/* the host's, still: it goes on when the guest has no address any more */
	ASSERT_EQ(0, net_remove_all(self->f.a.xid));
	TEXT("pong");
	EXPECT_EQ(4, CALL(self->f.a, do_send, conn, 0, 0));
	EXPECT_EQ(4, CALL(self->f.b, do_recv, fd, 5000));
}

/*
 * An accepted Unix socket belongs to the listener's context, although the
 * connecting task made it: its traffic counts there.
 */
static long sent(__u32 xid)
{
	struct vcmd_sock_stat stat = { .field = 1 };

	return vserver(VCMD_sock_stat, xid, &stat) ? -1 : (long)stat.total[1];
}

TEST_F(names, accepted_unix_socket)
{
	char dir[] = "/tmp/net_unix.XXXXXX";
	long srv, fd, conn, before_a, before_b;

	ASSERT_NE(NULL, mkdtemp(dir));
	TEXT("%s/s", dir);
	srv = CALL(self->f.a, do_path_own);
	ASSERT_LE(0, srv);
	fd = CALL(self->f.b, do_path_reach);
	ASSERT_LE(0, fd);
	conn = CALL(self->f.a, do_accept, srv, 5000);
	ASSERT_LE(0, conn);
	before_a = sent(self->f.a.xid);
	before_b = sent(self->f.b.xid);
	TEXT("0123456789");
	EXPECT_EQ(10, CALL(self->f.a, do_send, conn, 0, 0));
	EXPECT_EQ(before_a + 10, sent(self->f.a.xid));
	EXPECT_EQ(before_b, sent(self->f.b.xid));
	TEXT("01234");
	EXPECT_EQ(5, CALL(self->f.b, do_send, fd, 0, 0));
	EXPECT_EQ(before_b + 5, sent(self->f.b.xid));
	snprintf(shared->text, 512, "%s/s", dir);
	unlink(shared->text);
	rmdir(dir);
}

TEST_HARNESS_MAIN
