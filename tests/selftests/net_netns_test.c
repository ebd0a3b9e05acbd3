// SPDX-License-Identifier: GPL-2.0-only
/*
 * A network context counts in the network namespace it was made in. A guest
 * with a namespace of its own has a stack of its own there, and no way back
 * into the host's (design/kernel-network.md 1.5).
 *
 * Guards against: a set of the host's addresses that a guest finds applied to
 * interfaces it owns, and a namespace of one's own as a way around the set.
 */
#include "netreach.h"

FIXTURE(netns)
{
	struct net_four f;
	struct agent own;	/* a guest in a network namespace of its own */
	int host_ns;
};

/* Run in the host, before the guest is entered: its namespace and address. */
static void with_netns(void)
{
	net_before();
	if (unshare(CLONE_NEWNET) || nd_up("lo") || nd_add(NET_DEV, "dummy") ||
	    nd_up(NET_DEV) || nd_add_addr(NET_DEV, "10.20.30.40/24") ||
	    nd_add_addr(NET_DEV, NET_HOST "/24"))
		_exit(KSFT_FAIL);
}

FIXTURE_SETUP(netns)
{
	SKIP_UNLESS_VSERVER();
	ASSERT_EQ(0, net_world());
	ASSERT_EQ(0, net_start_four(&self->f));
	self->host_ns = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
	ASSERT_LE(0, self->host_ns);
	net_next = (struct net_place){ .nid = vs_xid(3), .addrs = "203.0.113.16/24" };
	ASSERT_EQ(0, agent_start(&self->own, .xid = vs_xid(3), .before = with_netns,
				 .fd = self->host_ns, .guest.bcaps = ~0ULL));
}

FIXTURE_TEARDOWN(netns)
{
}

/* The set says nothing about what is there. */
TEST_F(netns, unconfined)
{
	struct net_server s[2];

	s[0] = (struct net_server){ &self->own, tcp_server(&self->own, "10.20.30.40", 80) };
	s[1] = (struct net_server){ &self->f.host, tcp_server(&self->f.host, "0.0.0.0", 80) };
	ASSERT_LE(0, s[0].fd);
	ASSERT_LE(0, s[1].fd);
	EXPECT_EQ(0, tcp_reach(&self->own, "10.20.30.40", 80, s, 2));
	EXPECT_STREQ("10.20.30.40", NET_IP);
	/* that the host has such an address, too, is another matter */
	EXPECT_LE(0, tcp_server(&self->own, NET_HOST, 81));
	EXPECT_EQ(-EADDRNOTAVAIL, tcp_server(&self->own, "203.0.113.16", 82));
	/* a real loopback */
	s[0] = (struct net_server){ &self->own, tcp_server(&self->own, "127.0.0.1", 25) };
	EXPECT_EQ(0, tcp_reach(&self->own, "127.0.0.1", 25, s, 1));
	EXPECT_EQ(-ECONNREFUSED, tcp_reach(&self->f.host, "127.0.0.1", 25, s, 1));
	/* and no connection to the other stack */
	EXPECT_EQ(-ECONNREFUSED, tcp_reach(&self->own, NET_HOST, 80, s, 1));
	EXPECT_EQ(0, tcp_reach(&self->f.a, NET_HOST, 80, &s[1], 1));
}

/* What is not filtered by its set, is all there. */
TEST_F(netns, view)
{
	ASSERT_LE(0, tcp_server(&self->own, "10.20.30.40", 4660));
	ASSERT_LE(0, tcp_server(&self->f.a, NET_A, 4661));
	ASSERT_LE(0, AT(self->own, do_read_file, "/proc/net/tcp"));
	EXPECT_NE(NULL, strstr(shared->text, ":1234 "));
	EXPECT_EQ(NULL, strstr(shared->text, ":1235 "));
	ASSERT_LE(0, AT(self->f.a, do_read_file, "/proc/net/tcp"));
	EXPECT_EQ(NULL, strstr(shared->text, ":1234 "));
	EXPECT_NE(NULL, strstr(shared->text, ":1235 "));
}

static long do_setns(long fd, long b, long c)
{
	return ERR(setns(fd, CLONE_NEWNET));
}

/* text: path of a namespace */
static long do_setns_path(long a, long b, long c)
{
	int fd = open(shared->text, O_RDONLY | O_CLOEXEC);
	long ret = fd < 0 ? -errno : ERR(setns(fd, CLONE_NEWNET));

	close(fd);
	return ret;
}

TEST_F(netns, no_way_back)
{
	struct agent plain;

	net_next = (struct net_place){ .nid = vs_xid(4), .addrs = "203.0.113.17/24" };
	ASSERT_EQ(0, agent_start(&plain, .xid = vs_xid(4), .before = with_netns,
				 .fd = self->host_ns));
	EXPECT_EQ(-EPERM, CALL(plain, do_setns, self->host_ns));
	EXPECT_EQ(-ENOENT, AT(self->own, do_setns_path, "/proc/%d/ns/net", self->f.host.pid));
	EXPECT_EQ(-ENOENT, AT(self->own, do_setns_path, "/proc/%d/ns/net", self->f.a.pid));
	EXPECT_EQ(0, AT(self->f.host, do_setns_path, "/proc/%d/ns/net", self->own.pid));
}

/* With SYS_ADMIN and a descriptor that the host let it have it is its set again. */
TEST_F(netns, back_in_the_set)
{
	ASSERT_EQ(0, nd_add_addr(NET_DEV, "203.0.113.16/24"));
	EXPECT_LE(0, tcp_server(&self->own, NET_HOST, 80));
	ASSERT_EQ(0, CALL(self->own, do_setns, self->host_ns));
	EXPECT_EQ(-EADDRNOTAVAIL, tcp_server(&self->own, NET_HOST, 81));
	EXPECT_EQ(-EADDRNOTAVAIL, tcp_server(&self->own, NET_A, 81));
	EXPECT_LE(0, tcp_server(&self->own, "203.0.113.16", 81));
	EXPECT_EQ(-EAFNOSUPPORT, CALL(self->own, do_try_socket, AF_PACKET, SOCK_RAW, 0x0300));
}

static long do_unshare(long flags, long b, long c)
{
	/* without lo there is no table that says which addresses are local */
	return unshare(flags) ? -errno : flags & CLONE_NEWNET ? nd_up("lo") : 0;
}

/* The usual guest makes none; one that may loses the host's addresses. */
TEST_F(netns, a_new_one)
{
	struct agent may;

	EXPECT_EQ(-EPERM, CALL(self->f.a, do_unshare, CLONE_NEWNET));
	ASSERT_EQ(0, nd_add_addr(NET_DEV, "203.0.113.17/24"));
	ASSERT_EQ(0, net_start(&may, .nid = vs_xid(4), .addrs = "203.0.113.17/24",
			       .guest.bcaps = ~0ULL));
	EXPECT_LE(0, tcp_server(&may, "203.0.113.17", 80));
	EXPECT_EQ(0, CALL(may, do_unshare, CLONE_NEWNET));
	EXPECT_EQ(-EADDRNOTAVAIL, tcp_server(&may, "203.0.113.17", 81));
	EXPECT_GT(0, tcp_client(&may, NET_HOST, 80));
}

/* A socket from before keeps both: its stack and its set. */
static long do_make_then_leave(long a, long b, long c)
{
	long fd = do_socket(AF_INET, SOCK_STREAM, 0);

	if (fd < 0)
		return fd;
	return unshare(CLONE_NEWNET) ? -errno : fd;
}

TEST_F(netns, a_socket_of_the_old_one)
{
	struct agent may;
	long srv = tcp_server(&self->f.host, NET_HOST, 80), fd;

	ASSERT_EQ(0, nd_add_addr(NET_DEV, "203.0.113.17/24"));
	ASSERT_EQ(0, net_start(&may, .nid = vs_xid(4), .addrs = "203.0.113.17/24",
			       .guest.bcaps = ~0ULL));
	fd = CALL(may, do_make_then_leave);
	ASSERT_LE(0, fd);
	net_to(NET_A, 0);
	EXPECT_EQ(-EADDRNOTAVAIL, CALL(may, do_bind, fd));
	net_to(NET_HOST, 80);
	EXPECT_EQ(0, CALL(may, do_connect, fd));
	EXPECT_LE(0, CALL(self->f.host, do_accept, srv, 5000));
	EXPECT_STREQ("203.0.113.17", NET_IP);
}

/* A context of another namespace: its addresses are its own business. */
TEST_F(netns, same_address_in_two)
{
	struct agent twin;
	struct net_server s[2];
	int there;

	VS_IN_CHILD {
		/* owned by guest a in the first namespace, free in this one */
		ASSERT_EQ(0, unshare(CLONE_NEWNET));
		EXPECT_EQ(vs_xid(4), net_create(vs_xid(4), NET_INIT_SET));
		EXPECT_EQ(0, net_add(vs_xid(4), NET_A "/24"));
	}
	there = net_outside();
	ASSERT_LE(0, there);
	net_next = (struct net_place){ .nid = vs_xid(5), .netns = there, .addrs = NET_A "/24" };
	ASSERT_EQ(0, agent_start(&twin, .xid = vs_xid(5), .before = net_before));
	ASSERT_EQ(0, setns(there, CLONE_NEWNET));
	ASSERT_EQ(0, nd_add_addr("lo", NET_A "/32"));
	s[0] = (struct net_server){ &self->f.a, tcp_server(&self->f.a, "0.0.0.0", 80) };
	s[1] = (struct net_server){ &twin, tcp_server(&twin, "0.0.0.0", 80) };
	EXPECT_EQ(0, tcp_reach(&self->f.host, NET_A, 80, s, 2));
	EXPECT_EQ(1, tcp_reach(&twin, NET_A, 80, s, 2));
	EXPECT_EQ(-EADDRNOTAVAIL, tcp_server(&twin, NET_FAR, 80));
}

TEST_HARNESS_MAIN
