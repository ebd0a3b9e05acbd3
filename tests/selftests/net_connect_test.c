// SPDX-License-Identifier: GPL-2.0-only
/*
 * Where a guest's connections come from, and what an empty set means
 * (design/kernel-network.md 5.4, 7; spec/abi.md 8.7).
 *
 * Guards against: a guest that speaks with an address which is not its own,
 * one that keeps its network after its addresses were taken away, and errnos
 * that make programs wait instead of trying the other family.
 */
#include "netreach.h"

FIXTURE(connect)
{
	struct net_four f;
	struct agent far;
	int there;
	struct net_server s[2];		/* on the far machine: IPv4, IPv6 */
};

FIXTURE_SETUP(connect)
{
	SKIP_UNLESS_VSERVER();
	ASSERT_EQ(0, net_world());
	self->there = net_outside();
	ASSERT_LT(0, self->there);
	ASSERT_EQ(0, net_start_four(&self->f));
	ASSERT_EQ(0, net_start(&self->far, .netns = self->there));
	self->s[0] = (struct net_server){ &self->far, tcp_server(&self->far, "0.0.0.0", 80) };
	self->s[1] = (struct net_server){ &self->far, tcp_server(&self->far, NET_FAR6, 80) };
	ASSERT_LE(0, self->s[0].fd);
	ASSERT_LE(0, self->s[1].fd);
}

FIXTURE_TEARDOWN(connect)
{
}

/* The address that the far server sees. */
static const char *seen_by_far(struct agent *from, const char *ip, struct net_server *s)
{
	long ret = tcp_reach(from, ip, 80, s, 2);

	return ret < 0 ? strerror(-ret) : NET_IP;
}

TEST_F(connect, source)
{
	EXPECT_STREQ(NET_NEAR, seen_by_far(&self->f.host, NET_FAR, self->s));
	EXPECT_STREQ(NET_A, seen_by_far(&self->f.a, NET_FAR, self->s));
	EXPECT_STREQ(NET_B, seen_by_far(&self->f.b, NET_FAR, self->s));
	/* of several the first */
	EXPECT_STREQ(NET_C1, seen_by_far(&self->f.c, NET_FAR, self->s));
	EXPECT_STREQ(NET_NEAR6, seen_by_far(&self->f.host, NET_FAR6, self->s));
	EXPECT_STREQ(NET_A6, seen_by_far(&self->f.a, NET_FAR6, self->s));
	EXPECT_STREQ(NET_C6, seen_by_far(&self->f.c, NET_FAR6, self->s));
	EXPECT_STREQ(NET_A, seen_by_far(&self->f.a, "::ffff:" NET_FAR, self->s));
}

/* If one of them is on the device of the route, that one. */
TEST_F(connect, source_on_the_device)
{
	struct agent multi;

	ASSERT_EQ(0, nd_add_addr("near0", "198.51.100.50/24"));
	ASSERT_EQ(0, nd_add_addr(NET_DEV, "203.0.113.16/24"));
	ASSERT_EQ(0, net_start(&multi, .nid = vs_xid(3),
			       .addrs = "203.0.113.16/24 198.51.100.50/24"));
	EXPECT_STREQ("198.51.100.50", seen_by_far(&multi, NET_FAR, self->s));
	/* the preferred source of the route, if it is the guest's */
	EXPECT_STREQ(NET_NEAR, seen_by_far(&self->f.host, NET_FAR, self->s));
}

static long do_connect_from(long port, long b, long c)
{
	struct sockaddr_storage to = *NET_TO;
	long fd = do_socket(to.ss_family, SOCK_STREAM, 0), ret;

	/* text: the source */
	net_to(shared->text, 0);
	ret = do_bind(fd, 0, 0);
	*NET_TO = to;
	if (!ret)
		ret = do_connect(fd, 0, 0);
	return ret ? ret : fd;
}

static long connect_from(struct agent *ag, const char *source, const char *ip, int port)
{
	net_to(ip, port);
	TEXT("%s", source);
	return agent_call(ag, do_connect_from, 0, 0, 0);
}

TEST_F(connect, bound_source)
{
	EXPECT_LE(0, connect_from(&self->f.c, NET_C3, NET_FAR, 80));
	EXPECT_LE(0, CALL(self->far, do_accept, self->s[0].fd, 5000));
	EXPECT_STREQ(NET_C3, NET_IP);
	EXPECT_LE(0, connect_from(&self->f.c, NET_C6, NET_FAR6, 80));
	EXPECT_LE(0, CALL(self->far, do_accept, self->s[1].fd, 5000));
	EXPECT_STREQ(NET_C6, NET_IP);
	EXPECT_EQ(-EADDRNOTAVAIL, connect_from(&self->f.c, NET_A, NET_FAR, 80));
	EXPECT_EQ(-EADDRNOTAVAIL, connect_from(&self->f.c, NET_HOST6, NET_FAR6, 80));
	/* its own loopback is no source for the cable */
	EXPECT_GT(0, connect_from(&self->f.c, "127.0.0.1", NET_FAR, 80));
	EXPECT_GT(0, connect_from(&self->f.c, "::1", NET_FAR6, 80));
}

/* Between those of one machine. */
TEST_F(connect, source_inside)
{
	struct net_server s[4];

	net_serve(&self->f, s, do_tcp_server, "::", 8080);
	EXPECT_EQ(0, tcp_reach(&self->f.a, NET_HOST, 8080, s, 4));
	EXPECT_STREQ("::ffff:" NET_A, NET_IP);
	EXPECT_EQ(2, tcp_reach(&self->f.a, NET_B, 8080, s, 4));
	EXPECT_STREQ("::ffff:" NET_A, NET_IP);
	EXPECT_EQ(2, tcp_reach(&self->f.a, NET_B6, 8080, s, 4));
	EXPECT_STREQ(NET_A6, NET_IP);
	EXPECT_EQ(1, tcp_reach(&self->f.a, NET_A, 8080, s, 4));
	EXPECT_STREQ("::ffff:" NET_A, NET_IP);
	EXPECT_EQ(0, tcp_reach(&self->f.host, NET_HOST6, 8080, s, 4));
	EXPECT_STREQ(NET_HOST6, NET_IP);
	/* the host does not borrow a guest's address */
	EXPECT_EQ(1, tcp_reach(&self->f.host, NET_A6, 8080, s, 4));
	EXPECT_STRNE(NET_A6, NET_IP);
}

/* Device --------------------------------------------------------------------------- */

static long do_tcp_on_device(long a, long b, long c)
{
	long fd = do_socket(AF_INET, SOCK_STREAM, 0), ret;

	/* text: the device */
	ret = ERR(setsockopt(fd, SOL_SOCKET, SO_BINDTODEVICE, shared->text,
			     strlen(shared->text) + 1));
	if (!ret)
		ret = do_setopt(fd, OPT(IPPROTO_TCP, TCP_SYNCNT), 2);
	if (!ret)
		ret = a ? do_bind(fd, 0, 0) ?: do_listen(fd, 0, 0) : do_connect(fd, 0, 0);
	return ret ? ret : fd;
}

TEST_F(connect, bound_to_device)
{
	struct agent *both[] = { &self->f.a, &self->f.b };
	static const char * const ips[] = { "198.51.100.51", "198.51.100.52" };
	struct net_server s[2];
	char addr[32];

	/* servers of two guests on one device and port */
	for (int i = 0; i < 2; i++) {
		snprintf(addr, sizeof(addr), "%s/24", ips[i]);
		ASSERT_EQ(0, nd_add_addr("near0", addr));
		ASSERT_EQ(0, net_add(both[i]->xid, addr));
		net_to("0.0.0.0", 8000);
		TEXT("near0");
		s[i] = (struct net_server){ both[i], agent_call(both[i], do_tcp_on_device, 1, 0, 0) };
		ASSERT_LE(0, s[i].fd);
	}
	for (int i = 0; i < 2; i++) {
		EXPECT_EQ(i, tcp_reach(&self->far, ips[i], 8000, s, 2));
		/* not from the other device, although the address is its own */
		net_to("0.0.0.0", 8001);
		TEXT(NET_DEV);
		s[i].fd = agent_call(both[i], do_tcp_on_device, 1, 0, 0);
		EXPECT_EQ(-ECONNREFUSED, tcp_reach(&self->far, net_owners[1 + i].v4, 8001, s, 2));
		EXPECT_EQ(i, tcp_reach(&self->f.host, net_owners[1 + i].v4, 8001, s, 2));
	}
	net_to(NET_FAR, 80);
	TEXT("near0");
	EXPECT_LE(0, CALL(self->f.b, do_tcp_on_device));
	EXPECT_LE(0, CALL(self->far, do_accept, self->s[0].fd, 5000));
	EXPECT_STREQ("198.51.100.52", NET_IP);
}

/* A device without an address of its own: bound to it, it is cut off. */
static long do_device_name(long fd, long b, long c)
{
	socklen_t len = 64;

	return ERR(getsockopt(fd, SOL_SOCKET, SO_BINDTODEVICE, shared->text, &len));
}

TEST_F(connect, hidden_device)
{
	long index, fd;

	ASSERT_EQ(0, nd_add("secret0", "dummy"));
	ASSERT_EQ(0, nd_up("secret0"));
	ASSERT_EQ(0, nd_add_addr("secret0", "192.0.2.1/24"));
	index = if_nametoindex("secret0");
	for (int guest = 0; guest < 2; guest++) {
		struct agent *ag = guest ? &self->f.a : &self->f.host;

		fd = CALL(*ag, do_socket, AF_INET, SOCK_DGRAM, 0);
		CALL(*ag, do_setopt, fd, OPT(SOL_SOCKET, 62 /* SO_BINDTOIFINDEX */), index);
		net_to("192.0.2.2", 53);
		TEXT("ping");
		EXPECT_EQ(guest ? -ENODEV : 4, CALL(*ag, do_send, fd, 1, 0));
		/* nor is it told what it is called */
		EXPECT_EQ(guest ? -ENODEV : 0, CALL(*ag, do_device_name, fd));
	}
	EXPECT_STRNE("secret0", shared->text);
}

/* Families and empty sets ------------------------------------------------------------- */

/* Its own loopback is enough for a family to be there. */
TEST_F(connect, one_family)
{
	struct agent v4, v6, none;
	struct net_server s[1];

	ASSERT_EQ(0, nd_add_addr(NET_DEV, "203.0.113.16/24"));
	ASSERT_EQ(0, nd_add_addr(NET_DEV, "2001:db8::17/64"));
	ASSERT_EQ(0, net_start(&v4, .nid = vs_xid(3), .addrs = "203.0.113.16/24"));
	ASSERT_EQ(0, net_start(&v6, .nid = vs_xid(4), .addrs = "2001:db8::17/64"));
	ASSERT_EQ(0, net_start(&none, .nid = vs_xid(5)));
	EXPECT_EQ(-ENETUNREACH, tcp_client(&v4, NET_FAR6, 80));
	EXPECT_EQ(-ENETUNREACH, udp_client(&v4, NET_FAR6, 80));
	EXPECT_EQ(-EPERM, tcp_client(&v6, NET_FAR, 80));
	EXPECT_EQ(-EPERM, udp_client(&v6, NET_FAR, 80));
	/* an IPv6 socket is no way around */
	EXPECT_EQ(-EPERM, tcp_client(&v6, "::ffff:" NET_FAR, 80));
	EXPECT_EQ(-EPERM, udp_client(&v6, "::ffff:" NET_FAR, 80));
	EXPECT_EQ(-EPERM, tcp_client(&none, NET_FAR, 80));
	EXPECT_EQ(-ENETUNREACH, tcp_client(&none, NET_FAR6, 80));
	EXPECT_EQ(-EADDRNOTAVAIL, tcp_server(&none, NET_HOST, 80));
	s[0] = (struct net_server){ &none, tcp_server(&none, "::", 80) };
	ASSERT_LE(0, s[0].fd);
	EXPECT_EQ(0, tcp_reach(&none, "127.0.0.1", 80, s, 1));
	EXPECT_EQ(0, tcp_reach(&none, "::1", 80, s, 1));
	EXPECT_EQ(-ECONNREFUSED, tcp_reach(&self->far, NET_NEAR, 80, s, 1));
	s[0] = (struct net_server){ &v6, tcp_server(&v6, "::", 80) };
	ASSERT_LE(0, s[0].fd);
	EXPECT_EQ(0, tcp_reach(&self->f.host, "2001:db8::17", 80, s, 1));
	EXPECT_EQ(-ECONNREFUSED, tcp_reach(&self->f.host, NET_HOST, 80, s, 1));
	EXPECT_EQ(-ECONNREFUSED, tcp_reach(&self->f.host, "127.0.0.1", 80, s, 1));
}

/* Without even that there is none. */
TEST_F(connect, no_family)
{
	struct agent v4, v6, none;

	ASSERT_EQ(0, net_start(&v4, .nid = vs_xid(3), .addrs = "203.0.113.16/24",
			       .no_nflags = NXF_LBACK_REMAP));
	ASSERT_EQ(0, net_start(&v6, .nid = vs_xid(4), .addrs = "2001:db8::17/64",
			       .no_nflags = NXF_LBACK_REMAP));
	ASSERT_EQ(0, net_start(&none, .nid = vs_xid(5), .no_nflags = NXF_LBACK_REMAP));
	for (int type = SOCK_STREAM; type <= SOCK_DGRAM; type++) {
		EXPECT_EQ(0, CALL(v4, do_try_socket, AF_INET, type));
		EXPECT_EQ(-EAFNOSUPPORT, CALL(v4, do_try_socket, AF_INET6, type));
		EXPECT_EQ(0, CALL(v6, do_try_socket, AF_INET6, type));
		EXPECT_EQ(-EAFNOSUPPORT, CALL(v6, do_try_socket, AF_INET, type));
		EXPECT_EQ(-EAFNOSUPPORT, CALL(none, do_try_socket, AF_INET, type));
		EXPECT_EQ(-EAFNOSUPPORT, CALL(none, do_try_socket, AF_INET6, type));
		EXPECT_EQ(0, CALL(none, do_try_socket, AF_UNIX, type));
	}
}

/* Sockets that were made before the addresses went. */
TEST_F(connect, emptied)
{
	struct net_server s[2];
	__u32 nid = self->f.a.xid;
	long tcp, udp, tcp6, raw;

	s[0] = (struct net_server){ &self->f.a, tcp_server(&self->f.a, "::", 80) };
	s[1] = (struct net_server){ &self->f.a, udp_server(&self->f.a, NET_A, 53) };
	tcp = CALL(self->f.a, do_socket, AF_INET, SOCK_STREAM, 0);
	udp = CALL(self->f.a, do_socket, AF_INET, SOCK_DGRAM, 0);
	tcp6 = CALL(self->f.a, do_socket, AF_INET6, SOCK_STREAM, 0);
	raw = CALL(self->f.a, do_socket, AF_INET, SOCK_STREAM, 0);
	ASSERT_LE(0, raw);
	EXPECT_EQ(0, tcp_reach(&self->far, NET_A, 80, s, 1));
	ASSERT_EQ(0, net_remove_all(nid));
	net_to(NET_FAR, 80);
	EXPECT_EQ(-EPERM, CALL(self->f.a, do_connect, tcp));
	TEXT("ping");
	EXPECT_EQ(-EPERM, CALL(self->f.a, do_send, udp, 1, 0));
	net_to(NET_FAR6, 80);
	EXPECT_EQ(-ENETUNREACH, CALL(self->f.a, do_connect, tcp6));
	net_to(NET_A, 81);
	EXPECT_EQ(-EADDRNOTAVAIL, CALL(self->f.a, do_bind, raw));
	/* its own sockets don't hear what comes to that address either */
	EXPECT_GT(0, tcp_reach(&self->far, NET_A, 80, s, 1));
	EXPECT_GT(0, tcp_reach(&self->far, NET_A6, 80, s, 1));
	EXPECT_GT(0, tcp_reach(&self->f.host, NET_A, 80, s, 1));
	EXPECT_EQ(-EPERM, tcp_client(&self->f.a, NET_FAR, 80));
	EXPECT_EQ(-ENETUNREACH, tcp_client(&self->f.a, NET_FAR6, 80));
	/* back again */
	ASSERT_EQ(0, net_add_all(nid, NET_ADDRS_A));
	EXPECT_EQ(0, tcp_reach(&self->far, NET_A, 80, s, 1));
	net_to(NET_FAR, 80);
	EXPECT_EQ(0, CALL(self->f.a, do_connect, tcp));
}

/* A connection that stands when the last address goes. */
static void expect_cut(struct __test_metadata *_metadata, struct agent *guest,
		       struct agent *far, struct net_server *s, const char *ip,
		       const char *list)
{
	long fd, conn;

	fd = tcp_client(guest, ip, 80);
	ASSERT_LE(0, fd);
	conn = agent_call(far, do_accept, s->fd, 5000, 0);
	ASSERT_LE(0, conn);
	TEXT("one");
	EXPECT_EQ(3, agent_call(guest, do_send, fd, 0, MSG_NOSIGNAL));
	EXPECT_EQ(3, agent_call(far, do_recv, conn, 5000, 0));
	ASSERT_EQ(0, net_remove_all(guest->xid));
	/* whatever the guest is told: nothing gets out, nothing gets in */
	TEXT("two");
	agent_call(guest, do_send, fd, 0, MSG_NOSIGNAL);
	TEXT("-");
	EXPECT_GE(0, agent_call(far, do_recv, conn, 3000, 0)) {
		TH_LOG("%s: got out: %s", ip, shared->text);
	}
	TEXT("three");
	agent_call(far, do_send, conn, 0, MSG_NOSIGNAL);
	TEXT("-");
	EXPECT_GE(0, agent_call(guest, do_recv, fd, 3000, 0)) {
		TH_LOG("%s: got in: %s", ip, shared->text);
	}
	ASSERT_EQ(0, net_add_all(guest->xid, list));
	/* a new one works */
	EXPECT_LE(0, tcp_client(guest, ip, 80));
	EXPECT_LE(0, agent_call(far, do_accept, s->fd, 5000, 0));
}

TEST_F(connect, cut_v4)
{
	expect_cut(_metadata, &self->f.a, &self->far, &self->s[0], NET_FAR, NET_ADDRS_A);
}

TEST_F(connect, cut_v6)
{
	expect_cut(_metadata, &self->f.a, &self->far, &self->s[1], NET_FAR6, NET_ADDRS_A);
}

/* One of several goes: the others stay. */
TEST_F(connect, one_of_three_goes)
{
	long fd2, fd3, conn, conn3 = -1;

	fd2 = connect_from(&self->f.c, NET_C2, NET_FAR, 80);
	fd3 = connect_from(&self->f.c, NET_C3, NET_FAR, 80);
	ASSERT_LE(0, fd2);
	ASSERT_LE(0, fd3);
	for (int i = 0; i < 2; i++) {
		conn = CALL(self->far, do_accept, self->s[0].fd, 5000);
		ASSERT_LE(0, conn);
		if (!strcmp(NET_IP, NET_C3))
			conn3 = conn;
	}
	ASSERT_LE(0, conn3);
	ASSERT_EQ(0, net_remove(self->f.c.xid, NET_C2 "/24"));
	EXPECT_EQ(-EADDRNOTAVAIL, connect_from(&self->f.c, NET_C2, NET_FAR, 80));
	EXPECT_STREQ(NET_C1, seen_by_far(&self->f.c, NET_FAR, self->s));
	TEXT("on");
	EXPECT_EQ(2, CALL(self->f.c, do_send, fd3, 0, 0));
	EXPECT_EQ(2, CALL(self->far, do_recv, conn3, 5000));
	/* what is free can be given to somebody else */
	EXPECT_EQ(0, net_add(self->f.b.xid, NET_C2 "/24"));
	EXPECT_LE(0, connect_from(&self->f.b, NET_C2, NET_FAR, 80));
}

TEST_HARNESS_MAIN
