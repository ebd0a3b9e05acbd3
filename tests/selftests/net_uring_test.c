// SPDX-License-Identifier: GPL-2.0-only
/*
 * The socket operations of io_uring in a guest that was granted it: the same
 * checks as for the system calls (design/kernel-network.md 5.1, 8).
 *
 * Guards against: a worker that makes, binds or connects a socket as the host,
 * and a message whose control data nobody looked at.
 */
#include "netreach.h"
#include "uring.h"

/* IORING_OP_BIND, IORING_OP_LISTEN: newer than many a system's headers */
#define URING_BIND	56
#define URING_LISTEN	57

FIXTURE(ring)
{
	struct net_four f;
	struct agent in;	/* a guest with io_uring */
};

static long do_setup(long a, long b, long c)
{
	struct io_uring_params p = { 0 };
	int fd = syscall(SYS_io_uring_setup, 4, &p);

	if (fd < 0)
		return -errno;
	close(fd);
	return 0;
}

FIXTURE_SETUP(ring)
{
	SKIP_UNLESS_VSERVER();
	if (do_setup(0, 0, 0) == -ENOSYS)
		SKIP(return, "no io_uring in this kernel");
	ASSERT_EQ(0, net_world());
	ASSERT_EQ(0, net_start_four(&self->f));
	ASSERT_EQ(0, nd_add_addr(NET_DEV, "203.0.113.16/24"));
	ASSERT_EQ(0, nd_add_addr(NET_DEV, "2001:db8::16/64"));
	ASSERT_EQ(0, net_start(&self->in, .nid = vs_xid(3), .guest.ccaps = VXC_IO_URING,
			       .addrs = "203.0.113.16/24 2001:db8::16/64"));
}

FIXTURE_TEARDOWN(ring)
{
}

/* One operation each -------------------------------------------------------------------- */

static long u_socket(long domain, long type, long protocol)
{
	struct io_uring_sqe op = {
		.opcode = IORING_OP_SOCKET, .fd = domain, .off = type, .len = protocol,
	};

	return once(&op);
}

static long u_connect(long fd, long b, long c)
{
	struct io_uring_sqe op = {
		.opcode = IORING_OP_CONNECT, .fd = fd, .addr = (unsigned long)NET_TO,
		.off = net_len(NET_TO),
	};

	return once(&op);
}

static long u_bind(long fd, long b, long c)
{
	struct io_uring_sqe op = {
		.opcode = URING_BIND, .fd = fd, .addr = (unsigned long)NET_TO,
		.addr2 = net_len(NET_TO),
	};

	return once(&op);
}

static long u_listen(long fd, long b, long c)
{
	struct io_uring_sqe op = { .opcode = URING_LISTEN, .fd = fd, .len = 8 };

	return once(&op);
}

static long u_accept(long fd, long b, long c)
{
	socklen_t len = sizeof(*NET_WHO);
	struct io_uring_sqe op = {
		.opcode = IORING_OP_ACCEPT, .fd = fd, .addr = (unsigned long)NET_WHO,
		.addr2 = (unsigned long)&len,
	};

	return once(&op);
}

/* A message to NET_TO; text+512: source asked for, if any */
static long u_sendmsg(long fd, long b, long c)
{
	char space[128] = { 0 };
	struct iovec iov = { "ping", 4 };
	struct msghdr msg = {
		.msg_name = NET_TO, .msg_namelen = net_len(NET_TO),
		.msg_iov = &iov, .msg_iovlen = 1,
	};
	struct cmsghdr *cm = (void *)space;
	struct in_pktinfo *info = (void *)CMSG_DATA(cm);
	struct io_uring_sqe op = {
		.opcode = IORING_OP_SENDMSG, .fd = fd, .addr = (unsigned long)&msg,
	};

	if (shared->text[512]) {
		cm->cmsg_level = IPPROTO_IP;
		cm->cmsg_type = IP_PKTINFO;
		cm->cmsg_len = CMSG_LEN(sizeof(*info));
		inet_pton(AF_INET, shared->text + 512, &info->ipi_spec_dst);
		msg.msg_control = space;
		msg.msg_controllen = CMSG_SPACE(sizeof(*info));
	}
	return once(&op);
}

/* Tests ----------------------------------------------------------------------------------- */

TEST_F(ring, sockets)
{
	EXPECT_LE(0, CALL(self->in, u_socket, AF_INET, SOCK_STREAM, 0));
	EXPECT_LE(0, CALL(self->in, u_socket, AF_INET6, SOCK_DGRAM, 0));
	EXPECT_EQ(-EAFNOSUPPORT, CALL(self->in, u_socket, AF_PACKET, SOCK_RAW, 0x0300));
	EXPECT_EQ(-EPROTONOSUPPORT, CALL(self->in, u_socket, AF_INET, SOCK_STREAM, 262));
	EXPECT_EQ(-EPERM, CALL(self->in, u_socket, AF_INET, SOCK_RAW, IPPROTO_ICMP));
	EXPECT_LE(0, CALL(self->f.host, u_socket, AF_PACKET, SOCK_RAW, 0x0300));
	EXPECT_LE(0, CALL(self->f.host, u_socket, AF_INET, SOCK_RAW, IPPROTO_ICMP));
}

TEST_F(ring, bind)
{
	static const char * const foreign[] = { NET_HOST, NET_A, NET_FREE, "127.200.0.1" };
	long fd = CALL(self->in, u_socket, AF_INET, SOCK_STREAM, 0);

	ASSERT_LE(0, fd);
	for (size_t i = 0; i < ARRAY_SIZE(foreign); i++) {
		net_to(foreign[i], 80);
		EXPECT_EQ(-EADDRNOTAVAIL, CALL(self->in, u_bind, fd)) {
			TH_LOG("%s", foreign[i]);
		}
	}
	net_to("203.0.113.16", 80);
	EXPECT_EQ(0, CALL(self->in, u_bind, fd));
	fd = CALL(self->f.host, u_socket, AF_INET, SOCK_STREAM, 0);
	net_to(NET_HOST, 80);
	EXPECT_EQ(0, CALL(self->f.host, u_bind, fd));
}

/* A server made without one system call but io_uring's, beside those of others. */
TEST_F(ring, server)
{
	struct net_server s[4];
	long fd = CALL(self->in, u_socket, AF_INET, SOCK_STREAM, 0), client, conn;

	net_to("0.0.0.0", 80);
	ASSERT_EQ(0, CALL(self->in, u_bind, fd));
	ASSERT_EQ(0, CALL(self->in, u_listen, fd));
	net_serve(&self->f, s, do_tcp_server, "0.0.0.0", 80);
	for (int i = 0; i < 4; i++)
		EXPECT_LE(0, s[i].fd);
	s[3] = (struct net_server){ &self->in, fd };
	EXPECT_EQ(0, tcp_reach(&self->f.b, NET_HOST, 80, s, 4));
	client = tcp_client(&self->f.b, "203.0.113.16", 80);
	ASSERT_LE(0, client);
	conn = CALL(self->in, u_accept, fd);
	EXPECT_LE(0, conn);
	EXPECT_STREQ(NET_B, NET_IP);
	/* what was accepted is the guest's as well: no address, no traffic */
	TEXT("one");
	EXPECT_EQ(3, CALL(self->in, do_send, conn, 0, 0));
	EXPECT_EQ(3, CALL(self->f.b, do_recv, client, 5000));
}

TEST_F(ring, connect)
{
	struct net_server s[1] = { { &self->f.host } };
	long fd;

	s[0].fd = tcp_server(&self->f.host, "0.0.0.0", 80);
	ASSERT_LE(0, s[0].fd);
	fd = CALL(self->in, u_socket, AF_INET, SOCK_STREAM, 0);
	net_to(NET_HOST, 80);
	EXPECT_EQ(0, CALL(self->in, u_connect, fd));
	EXPECT_LE(0, CALL(self->f.host, do_accept, s[0].fd, 5000));
	EXPECT_STREQ("203.0.113.16", NET_IP);
	/* the host's loopback is not there */
	fd = CALL(self->in, u_socket, AF_INET, SOCK_STREAM, 0);
	net_to("127.0.0.1", 80);
	EXPECT_EQ(-ECONNREFUSED, CALL(self->in, u_connect, fd));
	fd = CALL(self->in, u_socket, AF_INET, SOCK_STREAM, 0);
	net_to("127.1.2.3", 80);
	EXPECT_EQ(-ENETUNREACH, CALL(self->in, u_connect, fd));
	fd = CALL(self->f.host, u_socket, AF_INET, SOCK_STREAM, 0);
	net_to("127.1.2.3", 80);
	EXPECT_EQ(0, CALL(self->f.host, u_connect, fd));
	/* loopback of its own, and what it is called */
	ASSERT_LE(0, tcp_server(&self->in, "127.0.0.1", 25));
	fd = CALL(self->in, u_socket, AF_INET, SOCK_STREAM, 0);
	net_to("127.0.0.1", 25);
	EXPECT_EQ(0, CALL(self->in, u_connect, fd));
	EXPECT_EQ(0, net_peer(&self->in, fd));
	EXPECT_STREQ("127.0.0.1", NET_IP);
}

TEST_F(ring, forged_source)
{
	long srv = udp_server(&self->f.host, NET_HOST, 53);
	long fd = CALL(self->in, u_socket, AF_INET, SOCK_DGRAM, 0);

	ASSERT_LE(0, srv);
	for (int forged = 0; forged < 2; forged++) {
		TEXT2("%s", forged ? NET_A : "");
		net_to(NET_HOST, 53);
		EXPECT_EQ(4, CALL(self->in, u_sendmsg, fd));
		EXPECT_EQ(4, CALL(self->f.host, do_recv, srv, 5000));
		EXPECT_STREQ("203.0.113.16", NET_IP);
	}
	fd = CALL(self->f.host, u_socket, AF_INET, SOCK_DGRAM, 0);
	TEXT2(NET_A);
	net_to(NET_HOST, 53);
	EXPECT_EQ(4, CALL(self->f.host, u_sendmsg, fd));
	EXPECT_EQ(4, CALL(self->f.host, do_recv, srv, 5000));
	EXPECT_STREQ(NET_A, NET_IP);
}

TEST_HARNESS_MAIN
