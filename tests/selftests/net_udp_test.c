// SPDX-License-Identifier: GPL-2.0-only
/*
 * Datagrams: servers side by side, who gets unicast, broadcast and multicast,
 * what the host's own clients get (design/kernel-network.md 5.2, 5.3, 5.7).
 *
 * Guards against: a datagram that goes to the wildcard socket of somebody else,
 * a guest that listens to the machine's broadcasts and groups, and a host
 * program that waits for an answer which a guest's address swallowed.
 */
#include "netreach.h"

FIXTURE(udp)
{
	struct net_four f;
	struct net_server s[4];
};

FIXTURE_SETUP(udp)
{
	SKIP_UNLESS_VSERVER();
	ASSERT_EQ(0, net_world());
	ASSERT_EQ(0, net_start_four(&self->f));
}

FIXTURE_TEARDOWN(udp)
{
}

TEST_F(udp, all_on_port_53)
{
	net_serve(&self->f, self->s, do_udp_server, "0.0.0.0", 53);
	expect_all_up(_metadata, self->s);
	expect_own(_metadata, self->s, 53, false, udp_reach);
	/* who has one address answers from it */
	EXPECT_EQ(1, udp_talk(&self->f.b, NET_A, 53, self->s, 4));
	EXPECT_EQ(1, udp_talk(&self->f.host, NET_A, 53, self->s, 4));
	EXPECT_EQ(0, udp_talk(&self->f.a, NET_HOST, 53, self->s, 4));
	EXPECT_EQ(2, udp_talk(&self->f.b, NET_B, 53, self->s, 4));
}

TEST_F(udp, all_dual_stack)
{
	net_serve(&self->f, self->s, do_udp_server, "::", 8053);
	expect_all_up(_metadata, self->s);
	expect_own(_metadata, self->s, 8053, false, udp_reach);
	expect_own(_metadata, self->s, 8053, true, udp_reach);
	EXPECT_EQ(1, udp_talk(&self->f.b, NET_A6, 8053, self->s, 4));
	EXPECT_EQ(3, udp_talk(&self->f.b, NET_C6, 8053, self->s, 4));
	EXPECT_EQ(1, udp_talk(&self->f.b, NET_A, 8053, self->s, 4));
}

/* Each on its address; the wildcard of the host beside them. */
TEST_F(udp, specific)
{
	for (int i = 0; i < 4; i++) {
		self->s[i].ag = i == 0 ? &self->f.host : i == 1 ? &self->f.a :
				i == 2 ? &self->f.b : &self->f.c;
		self->s[i].fd = udp_server(self->s[i].ag, i ? net_owners[i].v4 : "0.0.0.0", 53);
		ASSERT_LE(0, self->s[i].fd);
	}
	for (int i = 0; i < 4; i++)
		EXPECT_EQ(i, udp_talk(&self->f.b, net_owners[i].v4, 53, self->s, 4));
	/* its other addresses have no server: refused, not the host's */
	EXPECT_EQ(-ECONNREFUSED, udp_reach(&self->f.b, NET_C2, 53, self->s, 4));
	EXPECT_EQ(-ECONNREFUSED, udp_reach(&self->f.host, NET_C2, 53, self->s, 4));
}

TEST_F(udp, taken_within_a_guest)
{
	net_serve(&self->f, self->s, do_udp_server, "0.0.0.0", 53);
	for (int i = 0; i < 4; i++) {
		EXPECT_EQ(-EADDRINUSE, udp_server(self->s[i].ag, "0.0.0.0", 53));
		EXPECT_EQ(-EADDRINUSE, udp_server(self->s[i].ag, net_owners[i].v4, 53));
		EXPECT_EQ(-EADDRINUSE, udp_server(self->s[i].ag, "::", 53));
		EXPECT_LE(0, udp_server(self->s[i].ag, net_owners[i].v4, 54));
		EXPECT_LE(0, udp_server(self->s[i].ag, net_owners[i].v6, 53));
	}
	EXPECT_EQ(-EADDRINUSE, udp_server(&self->f.c, NET_C3, 53));
}

TEST_F(udp, host_server_does_not_stand_in)
{
	self->s[0].ag = &self->f.host;
	self->s[0].fd = udp_server(&self->f.host, "0.0.0.0", 53);
	ASSERT_LE(0, self->s[0].fd);
	EXPECT_EQ(-ECONNREFUSED, udp_reach(&self->f.b, NET_A, 53, self->s, 1));
	EXPECT_EQ(-ECONNREFUSED, udp_reach(&self->f.host, NET_A, 53, self->s, 1));
	EXPECT_EQ(0, udp_talk(&self->f.b, NET_HOST, 53, self->s, 1));
	self->s[0].fd = udp_server(&self->f.host, "::", 54);
	EXPECT_EQ(-ECONNREFUSED, udp_reach(&self->f.b, NET_A6, 54, self->s, 1));
	EXPECT_EQ(-ECONNREFUSED, udp_reach(&self->f.b, NET_A, 54, self->s, 1));
	EXPECT_EQ(0, udp_talk(&self->f.b, NET_HOST6, 54, self->s, 1));
}

TEST_F(udp, host_explicitly)
{
	struct net_server s[2] = { { &self->f.host }, { &self->f.a } };

	s[0].fd = udp_server(&self->f.host, NET_A, 53);
	ASSERT_LE(0, s[0].fd);
	EXPECT_EQ(0, udp_reach(&self->f.b, NET_A, 53, s, 1));
	EXPECT_EQ(-EADDRINUSE, udp_server(&self->f.a, NET_A, 53));
	EXPECT_EQ(-EADDRINUSE, udp_server(&self->f.a, "0.0.0.0", 53));
	s[1].fd = udp_server(&self->f.a, "0.0.0.0", 54);
	ASSERT_LE(0, s[1].fd);
	EXPECT_EQ(-EADDRINUSE, udp_server(&self->f.host, NET_A, 54));
	EXPECT_LE(0, udp_server(&self->f.host, NET_HOST, 54));
	EXPECT_EQ(1, udp_reach(&self->f.b, NET_A, 54, s, 2));
}

/* Clients ------------------------------------------------------------------------ */

/* Whom a server sees when an unbound socket sends to it. */
static const char *seen_from(struct agent *srv, long fd, struct agent *from, const char *ip,
			     int port)
{
	long sock;

	net_to(ip, port);
	sock = agent_call(from, do_socket, NET_TO->ss_family, SOCK_DGRAM, 0);
	TEXT("ping");
	if (agent_call(from, do_send, sock, 1, 0) != 4 ||
	    agent_call(srv, do_recv, fd, NET_PATIENCE * 1000, 0) != 4)
		return "nothing";
	agent_call(from, do_close, sock, 0, 0);
	return NET_IP;
}

TEST_F(udp, source_of_unconnected)
{
	struct agent far;
	long there = net_outside(), fd, fd6;

	ASSERT_LT(0, there);
	ASSERT_EQ(0, net_start(&far, .netns = there));
	fd = udp_server(&far, "0.0.0.0", 53);
	fd6 = udp_server(&far, NET_FAR6, 53);
	ASSERT_LE(0, fd);
	ASSERT_LE(0, fd6);
	EXPECT_STREQ(NET_A, seen_from(&far, fd, &self->f.a, NET_FAR, 53));
	EXPECT_STREQ(NET_B, seen_from(&far, fd, &self->f.b, NET_FAR, 53));
	EXPECT_STREQ(NET_C1, seen_from(&far, fd, &self->f.c, NET_FAR, 53));
	EXPECT_STREQ(NET_NEAR, seen_from(&far, fd, &self->f.host, NET_FAR, 53));
	EXPECT_STREQ(NET_A6, seen_from(&far, fd6, &self->f.a, NET_FAR6, 53));
	EXPECT_STREQ(NET_C6, seen_from(&far, fd6, &self->f.c, NET_FAR6, 53));
	EXPECT_STREQ(NET_NEAR6, seen_from(&far, fd6, &self->f.host, NET_FAR6, 53));
	/* and from an IPv6 socket with a mapped address */
	EXPECT_STREQ(NET_A, seen_from(&far, fd, &self->f.a, "::ffff:" NET_FAR, 53));
}

/*
 * The only address of ours in a subnet is a guest's: the host's clients there
 * get that source, and the answers (rule 5.3.4). Its servers do not.
 */
TEST_F(udp, answers_to_the_host)
{
	struct net_server s[2] = { { NULL } };
	struct agent far, guest;
	long there = net_outside(), fd;

	ASSERT_LT(0, there);
	ASSERT_EQ(0, nd_add_addr("near0", "192.0.2.1/24"));
	ASSERT_EQ(0, net_start(&guest, .nid = vs_xid(3), .addrs = "192.0.2.1/24"));
	ASSERT_EQ(0, net_start(&far, .netns = there));
	ASSERT_EQ(0, setns(there, CLONE_NEWNET));
	ASSERT_EQ(0, nd_add_addr("far0", "192.0.2.2/24"));
	s[0] = (struct net_server){ &far, udp_server(&far, "192.0.2.2", 53) };
	EXPECT_EQ(0, udp_talk(&self->f.host, "192.0.2.2", 53, s, 1));
	EXPECT_STREQ("192.0.2.1", NET_IP);
	/* unconnected, too */
	net_to("192.0.2.2", 53);
	fd = CALL(self->f.host, do_socket, AF_INET, SOCK_DGRAM, 0);
	TEXT("ping");
	EXPECT_EQ(4, CALL(self->f.host, do_send, fd, 1, 0));
	EXPECT_EQ(4, CALL(far, do_recv, s[0].fd, NET_PATIENCE * 1000));
	*NET_TO = *NET_WHO;
	TEXT("pong");
	EXPECT_EQ(4, CALL(far, do_send, s[0].fd, 1, 0));
	EXPECT_EQ(4, CALL(self->f.host, do_recv, fd, NET_PATIENCE * 1000));
	EXPECT_STREQ("192.0.2.2", NET_IP);
	/* the guest itself */
	EXPECT_EQ(0, udp_talk(&guest, "192.0.2.2", 53, s, 1));
	s[0] = (struct net_server){ &self->f.host, udp_server(&self->f.host, "0.0.0.0", 54) };
	EXPECT_EQ(-ECONNREFUSED, udp_reach(&far, "192.0.2.1", 54, s, 1));
}

/* Broadcast ------------------------------------------------------------------------- */

TEST_F(udp, broadcast)
{
	static const char * const to[] = { "198.51.100.255", "255.255.255.255" };
	struct agent far, near;
	long there = net_outside(), fd, on[3];

	ASSERT_LT(0, there);
	ASSERT_EQ(0, nd_add_addr("near0", "198.51.100.50/24"));
	ASSERT_EQ(0, net_start(&near, .nid = vs_xid(3),
			       .addrs = "198.51.100.50/24 b198.51.100.255"));
	ASSERT_EQ(0, net_start(&far, .netns = there));
	fd = CALL(far, do_socket, AF_INET, SOCK_DGRAM, 0);
	ASSERT_EQ(0, CALL(far, do_setopt, fd, OPT(SOL_SOCKET, SO_BROADCAST), 1));
	net_to(NET_FAR, 0);
	ASSERT_EQ(0, CALL(far, do_bind, fd));
	on[0] = udp_server(&self->f.host, "0.0.0.0", 67);
	on[1] = udp_server(&near, "0.0.0.0", 67);
	on[2] = udp_server(&self->f.b, "0.0.0.0", 67);
	for (size_t i = 0; i < ARRAY_SIZE(to); i++) {
		net_to(to[i], 67);
		TEXT("all");
		if (i)		/* no route says where "everywhere" is */
			ASSERT_EQ(0, setns(there, CLONE_NEWNET) ?:
				  nd_add_route("255.255.255.255/32", NULL, "far0"));
		ASSERT_EQ(3, CALL(far, do_send, fd, 1, 0));
		EXPECT_EQ(3, CALL(near, do_recv, on[1], NET_PATIENCE * 1000)) {
			TH_LOG("%s", to[i]);
		}
		EXPECT_STREQ(NET_FAR, NET_IP);
		EXPECT_EQ(3, CALL(self->f.host, do_recv, on[0], NET_PATIENCE * 1000));
		/* they were all served at once */
		EXPECT_EQ(-EAGAIN, CALL(self->f.b, do_recv, on[2], 0)) {
			TH_LOG("%s", to[i]);
		}
	}
}

/* Multicast -------------------------------------------------------------------------- */

#define GROUP	"239.1.2.3"
#define GROUP6	"ff15::123"

static long do_join(long fd, long v6, long c)
{
	struct ip_mreqn m4 = { .imr_ifindex = if_nametoindex(NET_DEV) };
	struct ipv6_mreq m6 = { .ipv6mr_interface = if_nametoindex(NET_DEV) };

	inet_pton(AF_INET, GROUP, &m4.imr_multiaddr);
	inet_pton(AF_INET6, GROUP6, &m6.ipv6mr_multiaddr);
	return v6 ? ERR(setsockopt(fd, IPPROTO_IPV6, IPV6_JOIN_GROUP, &m6, sizeof(m6))) :
		    ERR(setsockopt(fd, IPPROTO_IP, IP_ADD_MEMBERSHIP, &m4, sizeof(m4)));
}

static long do_mcast_if(long fd, long v6, long c)
{
	struct ip_mreqn m4 = { .imr_ifindex = if_nametoindex(NET_DEV) };
	int index = m4.imr_ifindex;

	return v6 ? ERR(setsockopt(fd, IPPROTO_IPV6, IPV6_MULTICAST_IF, &index, sizeof(index))) :
		    ERR(setsockopt(fd, IPPROTO_IP, IP_MULTICAST_IF, &m4, sizeof(m4)));
}

static long mcast_send(struct agent *ag, const char *group, int port)
{
	long v6 = strchr(group, ':') != NULL, ret;
	long fd = CALL(*ag, do_socket, v6 ? AF_INET6 : AF_INET, SOCK_DGRAM, 0);

	if (fd < 0)
		return fd;
	CALL(*ag, do_mcast_if, fd, v6);
	net_to(group, port);
	TEXT("group");
	ret = CALL(*ag, do_send, fd, 1, 0);
	CALL(*ag, do_close, fd);
	return ret;
}

TEST_F(udp, multicast)
{
	static const char * const groups[] = { GROUP, GROUP6 };
	struct agent member;

	ASSERT_EQ(0, net_start(&member, .nid = vs_xid(3), .ncaps = NXC_MULTICAST,
			       .addrs = "203.0.113.16/24 2001:db8::16/64"));
	ASSERT_EQ(0, nd_add_addr(NET_DEV, "203.0.113.16/24"));
	ASSERT_EQ(0, nd_add_addr(NET_DEV, "2001:db8::16/64"));
	ASSERT_EQ(0, nd_add_route("224.0.0.0/4", NULL, NET_DEV));
	for (int v6 = 0; v6 < 2; v6++) {
		const char *any = v6 ? "::" : "0.0.0.0";
		int port = 5353 + 2 * v6;
		long in = udp_server(&member, any, port), out = udp_server(&self->f.b, any, port);
		long host = udp_server(&self->f.host, any, port);

		ASSERT_EQ(0, CALL(self->f.host, do_join, host, v6));
		EXPECT_EQ(0, CALL(member, do_join, in, v6));
		EXPECT_EQ(-EPERM, CALL(self->f.b, do_join, out, v6));
		EXPECT_EQ(-EPERM, mcast_send(&self->f.b, groups[v6], port));
		EXPECT_EQ(5, mcast_send(&self->f.host, groups[v6], port));
		EXPECT_EQ(5, CALL(self->f.host, do_recv, host, NET_PATIENCE * 1000));
		EXPECT_EQ(5, CALL(member, do_recv, in, NET_PATIENCE * 1000));
		/* in mainline everybody on this port hears what one has joined */
		EXPECT_EQ(-EAGAIN, CALL(self->f.b, do_recv, out, 0));
		EXPECT_EQ(5, mcast_send(&member, groups[v6], port));
		EXPECT_EQ(5, CALL(self->f.host, do_recv, host, NET_PATIENCE * 1000));
		EXPECT_STREQ(v6 ? "2001:db8::16" : "203.0.113.16", NET_IP);
		/* to be bound like an address */
		EXPECT_LE(0, udp_server(&member, groups[v6], port + 1));
		EXPECT_EQ(-EADDRNOTAVAIL, udp_server(&self->f.b, groups[v6], port + 1));
	}
}

/* Without having joined it hears nothing either. */
TEST_F(udp, multicast_not_joined)
{
	struct agent quiet;
	long host, in;

	ASSERT_EQ(0, net_start(&quiet, .nid = vs_xid(3), .ncaps = NXC_MULTICAST,
			       .addrs = "203.0.113.16/24"));
	ASSERT_EQ(0, nd_add_route("224.0.0.0/4", NULL, NET_DEV));
	host = udp_server(&self->f.host, "0.0.0.0", 5353);
	in = udp_server(&quiet, "0.0.0.0", 5353);
	ASSERT_EQ(0, CALL(self->f.host, do_join, host, 0));
	EXPECT_EQ(5, mcast_send(&self->f.host, GROUP, 5353));
	EXPECT_EQ(5, CALL(self->f.host, do_recv, host, NET_PATIENCE * 1000));
	EXPECT_EQ(-EAGAIN, CALL(quiet, do_recv, in, 0));
	/* and cannot switch that on */
	EXPECT_EQ(-EPERM, CALL(quiet, do_setopt, in, OPT(IPPROTO_IP, 49 /* IP_MULTICAST_ALL */), 1));
	EXPECT_EQ(0, CALL(self->f.host, do_setopt, host, OPT(IPPROTO_IP, 49), 1));
}

TEST_HARNESS_MAIN
