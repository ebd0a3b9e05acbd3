// SPDX-License-Identifier: GPL-2.0-only
/*
 * Traffic of a context by family (sock_stat, cacct), and the mark of its
 * packets (design/kernel-network.md 5.12, 5.13).
 *
 * Guards against: bytes that are counted twice, not at all or for somebody
 * else, and a guest that changes the class its packets go into.
 */
#include "netreach.h"

#include <sys/sendfile.h>
#include <sys/uio.h>

enum { RECEIVED, SENT, FAILED };
enum { UNSPEC, UNIX, INET, INET6, PACKET, OTHER };

FIXTURE(account)
{
	struct net_four f;
};

FIXTURE_SETUP(account)
{
	SKIP_UNLESS_VSERVER();
	ASSERT_EQ(0, net_world());
	ASSERT_EQ(0, net_start_four(&self->f));
}

FIXTURE_TEARDOWN(account)
{
}

static struct vcmd_sock_stat stat_of(struct agent *ag, int class)
{
	struct vcmd_sock_stat s = { .field = class };

	if (vserver(VCMD_sock_stat, ag->xid, &s))
		memset(&s, 0xff, sizeof(s));
	return s;
}

/* What was counted between two looks must be this. */
#define EXPECT_COUNTED(_ag, _class, _before, _dir, _count, _bytes) do { \
	struct vcmd_sock_stat __now = stat_of(_ag, _class); \
	EXPECT_EQ(_count, __now.count[_dir] - (_before).count[_dir]); \
	EXPECT_EQ(_bytes, __now.total[_dir] - (_before).total[_dir]); \
} while (0)

TEST_F(account, errors)
{
	struct vcmd_sock_stat s = { .field = 6 };

	EXPECT_EQ(-EINVAL, vserver(VCMD_sock_stat, self->f.a.xid, &s));
	s.field = ~0U;
	EXPECT_EQ(-EINVAL, vserver(VCMD_sock_stat, self->f.a.xid, &s));
	for (s.field = 0; s.field < 6; s.field++)
		EXPECT_EQ(0, vserver(VCMD_sock_stat, self->f.a.xid, &s));
}

/* @count writes of @size bytes each. */
static long do_write_much(long fd, long count, long size)
{
	static char buf[65536];
	long n = 0;

	for (long i = 0; i < count; i++)
		n += write(fd, buf, size) == size ? size : 0;
	return n;
}

static long do_read_much(long fd, long bytes, long size)
{
	static char buf[65536];
	long n = 0, calls = 0;

	while (n < bytes) {
		ssize_t got = read(fd, buf, bytes - n < size ? bytes - n : size);

		if (got <= 0)
			return -errno;
		n += got;
		calls++;
	}
	return calls;
}

TEST_F(account, tcp)
{
	static const struct { const char *ip; int class; } fams[] = {
		{ NET_HOST, INET }, { NET_HOST6, INET6 }, { "::ffff:" NET_HOST, INET6 },
	};

	for (size_t i = 0; i < ARRAY_SIZE(fams); i++) {
		long srv = tcp_server(&self->f.host, "::", 80 + i), fd, conn, calls;
		struct vcmd_sock_stat before, other = stat_of(&self->f.b, fams[i].class);

		fd = tcp_client(&self->f.a, fams[i].ip, 80 + i);
		ASSERT_LE(0, fd);
		conn = CALL(self->f.host, do_accept, srv, 5000);
		before = stat_of(&self->f.a, fams[i].class);
		EXPECT_EQ(70000, CALL(self->f.a, do_write_much, fd, 70, 1000));
		EXPECT_LT(0, CALL(self->f.host, do_read_much, conn, 70000, 60000));
		EXPECT_COUNTED(&self->f.a, fams[i].class, before, SENT, 70, 70000);
		EXPECT_EQ(5000, CALL(self->f.host, do_write_much, conn, 5, 1000));
		calls = CALL(self->f.a, do_read_much, fd, 5000, 5000);
		EXPECT_LT(0, calls);
		EXPECT_COUNTED(&self->f.a, fams[i].class, before, RECEIVED, calls, 5000);
		EXPECT_COUNTED(&self->f.a, fams[i].class, before, FAILED, 0, 0);
		EXPECT_COUNTED(&self->f.b, fams[i].class, other, SENT, 0, 0);
		EXPECT_COUNTED(&self->f.b, fams[i].class, other, RECEIVED, 0, 0);
	}
}

TEST_F(account, udp)
{
	long srv = udp_server(&self->f.b, "0.0.0.0", 53), fd;
	struct vcmd_sock_stat a, b;

	fd = udp_client(&self->f.a, NET_B, 53);
	ASSERT_LE(0, fd);
	a = stat_of(&self->f.a, INET);
	b = stat_of(&self->f.b, INET);
	for (int i = 0; i < 10; i++) {
		TEXT("twelve bytes");
		EXPECT_EQ(12, CALL(self->f.a, do_send, fd, 0, 0));
		EXPECT_EQ(12, CALL(self->f.b, do_recv, srv, 5000));
	}
	EXPECT_COUNTED(&self->f.a, INET, a, SENT, 10, 120);
	EXPECT_COUNTED(&self->f.b, INET, b, RECEIVED, 10, 120);
	EXPECT_COUNTED(&self->f.a, INET, a, RECEIVED, 0, 0);
	EXPECT_COUNTED(&self->f.b, INET, b, SENT, 0, 0);
	/* a failure is counted, a look is not */
	net_to("127.1.2.3", 53);
	fd = CALL(self->f.a, do_socket, AF_INET, SOCK_DGRAM, 0);
	EXPECT_EQ(-ENETUNREACH, CALL(self->f.a, do_send, fd, 1, 0));
	EXPECT_COUNTED(&self->f.a, INET, a, FAILED, 1, 0);
	EXPECT_COUNTED(&self->f.a, INET, a, SENT, 10, 120);
}

static long do_unix_traffic(long count, long b, long c)
{
	int sv[2];
	long n = 0;

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, sv))
		return -errno;
	for (long i = 0; i < count; i++) {
		n += do_write_much(sv[0], 1, 100);
		do_read_much(sv[1], 100, 100);
	}
	close(sv[0]);
	close(sv[1]);
	return n;
}

TEST_F(account, unix_pairs)
{
	struct vcmd_sock_stat before = stat_of(&self->f.a, UNIX);

	EXPECT_EQ(500, CALL(self->f.a, do_unix_traffic, 5));
	EXPECT_COUNTED(&self->f.a, UNIX, before, SENT, 5, 500);
	EXPECT_COUNTED(&self->f.a, UNIX, before, RECEIVED, 5, 500);
}

/* Other ways to send: a file, a vector, many messages, a splice. */
static long do_odd_ways(long fd, long b, long c)
{
	static char buf[4096];
	struct iovec iov[2] = { { buf, 100 }, { buf, 200 } };
	struct mmsghdr many[2] = {
		{ .msg_hdr = { .msg_iov = iov, .msg_iovlen = 2 } },
		{ .msg_hdr = { .msg_iov = iov, .msg_iovlen = 1 } },
	};
	int mem = memfd_create("file", MFD_CLOEXEC), fds[2];

	if (write(mem, buf, 4000) != 4000 || lseek(mem, 0, SEEK_SET))
		return -errno;
	if (sendfile(fd, mem, NULL, 4000) != 4000 || writev(fd, iov, 2) != 300 ||
	    sendmmsg(fd, many, 2, 0) != 2 || pipe(fds) || write(fds[1], buf, 1000) != 1000 ||
	    splice(fds[0], NULL, fd, NULL, 1000, 0) != 1000)
		return -errno;
	return 4000 + 300 + 400 + 1000;
}

TEST_F(account, other_ways)
{
	long srv = tcp_server(&self->f.host, "0.0.0.0", 80), fd, conn;
	struct vcmd_sock_stat before;

	fd = tcp_client(&self->f.a, NET_HOST, 80);
	ASSERT_LE(0, fd);
	conn = CALL(self->f.host, do_accept, srv, 5000);
	before = stat_of(&self->f.a, INET);
	EXPECT_EQ(5700, CALL(self->f.a, do_odd_ways, fd));
	EXPECT_LT(0, CALL(self->f.host, do_read_much, conn, 5700, 5700));
	EXPECT_EQ(5700, stat_of(&self->f.a, INET).total[SENT] - before.total[SENT]);
}

/* The same figures as text. */
TEST_F(account, cacct)
{
	static const char * const names[] = { "UNSPEC", "UNIX", "INET", "INET6", "PACKET", "OTHER" };
	char path[64], line[256];

	EXPECT_EQ(500, CALL(self->f.a, do_unix_traffic, 5));
	for (int class = 0; class < 6; class++) {
		struct vcmd_sock_stat s = stat_of(&self->f.a, class);

		snprintf(path, sizeof(path), "/proc/virtual/%u/cacct", self->f.a.xid);
		ASSERT_LT(0, vs_read_file(path, shared->text, sizeof(shared->text)));
		snprintf(line, sizeof(line), "\n%s:\t%10lu/%-10lu\t%10lu/%-10lu\t%10lu/%-10lu\n",
			 names[class], (long)s.count[0], (long)s.total[0], (long)s.count[1],
			 (long)s.total[1], (long)s.count[2], (long)s.total[2]);
		EXPECT_NE(NULL, strstr(shared->text, line)) {
			TH_LOG("%s in: %s", line, shared->text);
		}
		if (class == UNIX)
			EXPECT_EQ(500, s.total[SENT]);
	}
}

/* Marks ---------------------------------------------------------------------------------- */

#define SO_MARK_OPT	OPT(SOL_SOCKET, SO_MARK)

TEST_F(account, mark)
{
	struct vcmd_net_mark mark = { 0x00010003 };
	struct agent shaped;
	long fd, srv, conn;

	ASSERT_EQ(0, nd_add_addr(NET_DEV, "203.0.113.16/24"));
	ASSERT_EQ(0, net_start(&shaped, .nid = vs_xid(3), .addrs = "203.0.113.16/24",
			       .mark = 0x00010002, .guest.bcaps = ~0ULL));
	srv = tcp_server(&shaped, "0.0.0.0", 80);
	EXPECT_EQ(0x00010002, CALL(shaped, do_getopt, srv, SO_MARK_OPT));
	/* what it accepts has the class as well */
	ASSERT_LE(0, tcp_client(&self->f.a, "203.0.113.16", 80));
	conn = CALL(shaped, do_accept, srv, 5000);
	EXPECT_EQ(0x00010002, CALL(shaped, do_getopt, conn, SO_MARK_OPT));
	/* no capability makes it its own affair */
	EXPECT_EQ(-EPERM, CALL(shaped, do_setopt, srv, SO_MARK_OPT, 7));
	EXPECT_EQ(-EPERM, CALL(shaped, do_setopt, srv, SO_MARK_OPT, 0));
	EXPECT_EQ(0x00010002, CALL(shaped, do_getopt, srv, SO_MARK_OPT));
	/* another one for sockets made from now on */
	ASSERT_EQ(0, vserver(VCMD_net_set_mark, shaped.xid, &mark));
	fd = CALL(shaped, do_socket, AF_INET, SOCK_DGRAM, 0);
	EXPECT_EQ(0x00010003, CALL(shaped, do_getopt, fd, SO_MARK_OPT));
	EXPECT_EQ(0x00010002, CALL(shaped, do_getopt, srv, SO_MARK_OPT));
	/* who has none may not, for want of NET_ADMIN; the host may */
	fd = CALL(self->f.a, do_socket, AF_INET, SOCK_DGRAM, 0);
	EXPECT_EQ(0, CALL(self->f.a, do_getopt, fd, SO_MARK_OPT));
	EXPECT_EQ(-EPERM, CALL(self->f.a, do_setopt, fd, SO_MARK_OPT, 7));
	fd = CALL(self->f.host, do_socket, AF_INET, SOCK_DGRAM, 0);
	EXPECT_EQ(0, CALL(self->f.host, do_setopt, fd, SO_MARK_OPT, 7));
}

TEST_HARNESS_MAIN
