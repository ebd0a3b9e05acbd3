// SPDX-License-Identifier: GPL-2.0-only
/*
 * Every guest has a 127.0.0.1 and a ::1 of its own (design/kernel-network.md
 * 5.5, 5.6, T2).
 *
 * Guards against: a service of the host or of another guest that trusts its
 * loopback and is reached from inside a guest or from the cable, and programs
 * that find another name on their socket than the one they asked for.
 */
#include "netreach.h"

FIXTURE(loopback)
{
	struct net_four f;
	struct net_server s[4];
};

FIXTURE_SETUP(loopback)
{
	SKIP_UNLESS_VSERVER();
	ASSERT_EQ(0, net_world());
	ASSERT_EQ(0, net_start_four(&self->f));
}

FIXTURE_TEARDOWN(loopback)
{
}

static struct agent *agent_of(struct net_four *f, int i)
{
	struct agent *all[] = { &f->host, &f->a, &f->b, &f->c };

	return all[i];
}

/* Four servers on one address; everybody reaches its own. */
static void expect_private(struct __test_metadata *_metadata, struct net_four *f,
			   const char *bound, const char *asked)
{
	struct net_server s[4];

	net_serve(f, s, do_tcp_server, bound, 25);
	for (int i = 0; i < 4; i++) {
		ASSERT_LE(0, s[i].fd) {
			TH_LOG("tcp %s: %s", bound, strerror(-s[i].fd));
		}
		EXPECT_EQ(i, tcp_reach(agent_of(f, i), asked, 25, s, 4)) {
			TH_LOG("tcp, %d asks %s for %s", i, asked, bound);
		}
		EXPECT_STREQ(asked, NET_IP);
	}
	for (int i = 0; i < 4; i++)
		agent_call(s[i].ag, do_close, s[i].fd, 0, 0);
	net_serve(f, s, do_udp_server, bound, 53);
	for (int i = 0; i < 4; i++) {
		ASSERT_LE(0, s[i].fd) {
			TH_LOG("udp %s: %s", bound, strerror(-s[i].fd));
		}
		EXPECT_EQ(i, udp_talk(agent_of(f, i), asked, 53, s, 4)) {
			TH_LOG("udp, %d asks %s for %s", i, asked, bound);
		}
		EXPECT_STREQ(asked, NET_IP);
	}
	for (int i = 0; i < 4; i++)
		agent_call(s[i].ag, do_close, s[i].fd, 0, 0);
}

TEST_F(loopback, v4)
{
	expect_private(_metadata, &self->f, "127.0.0.1", "127.0.0.1");
	expect_private(_metadata, &self->f, "0.0.0.0", "127.0.0.1");
}

TEST_F(loopback, v6)
{
	expect_private(_metadata, &self->f, "::1", "::1");
	expect_private(_metadata, &self->f, "::", "::1");
}

TEST_F(loopback, mapped)
{
	expect_private(_metadata, &self->f, "::ffff:127.0.0.1", "::ffff:127.0.0.1");
	expect_private(_metadata, &self->f, "::", "::ffff:127.0.0.1");
}

/* The resolver's stub: any of the block, each with a port of its own. */
TEST_F(loopback, whole_block)
{
	struct net_server s[3] = { { &self->f.a }, { &self->f.a }, { &self->f.b } };

	s[0].fd = udp_server(&self->f.a, "127.0.0.53", 53);
	s[1].fd = udp_server(&self->f.a, "127.0.0.54", 53);
	s[2].fd = udp_server(&self->f.b, "127.0.0.53", 53);
	for (int i = 0; i < 3; i++)
		ASSERT_LE(0, s[i].fd);
	EXPECT_EQ(0, udp_talk(&self->f.a, "127.0.0.53", 53, s, 3));
	EXPECT_EQ(1, udp_talk(&self->f.a, "127.0.0.54", 53, s, 3));
	EXPECT_EQ(2, udp_talk(&self->f.b, "127.0.0.53", 53, s, 3));
	EXPECT_EQ(-ECONNREFUSED, udp_reach(&self->f.b, "127.0.0.54", 53, s, 3));
	EXPECT_EQ(-ECONNREFUSED, udp_reach(&self->f.host, "127.0.0.53", 53, s, 3));
	/* Debian's name of the machine */
	s[0].fd = tcp_server(&self->f.a, "127.0.0.1", 25);
	EXPECT_EQ(0, tcp_reach(&self->f.a, "127.0.1.1", 25, s, 1));
}

/* Nothing of the host answers inside, whatever it is called there. */
TEST_F(loopback, services_of_the_host)
{
	static const char * const names[] = {
		"127.0.0.1", "127.0.0.2", "0.0.0.0", "::1", "::", "::ffff:127.0.0.1",
		"::ffff:127.0.0.2", "::ffff:0.0.0.0",
	}, * const foreign[] = {
		"127.1.2.3", "127.255.255.254", "::ffff:127.1.2.3",
	};
	struct net_server s[1] = { { &self->f.host } };

	s[0].fd = tcp_server(&self->f.host, "::", 25);
	ASSERT_LE(0, s[0].fd);
	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		EXPECT_EQ(0, tcp_reach(&self->f.host, names[i], 25, s, 1)) {
			TH_LOG("host: %s", names[i]);
		}
		EXPECT_EQ(-ECONNREFUSED, tcp_reach(&self->f.a, names[i], 25, s, 1)) {
			TH_LOG("%s", names[i]);
		}
	}
	for (size_t i = 0; i < ARRAY_SIZE(foreign); i++) {
		EXPECT_EQ(0, tcp_reach(&self->f.host, foreign[i], 25, s, 1));
		EXPECT_EQ(-ENETUNREACH, tcp_reach(&self->f.a, foreign[i], 25, s, 1)) {
			TH_LOG("%s", foreign[i]);
		}
		EXPECT_EQ(-ENETUNREACH, udp_reach(&self->f.a, foreign[i], 25, s, 1));
	}
	/* the other guest's block by its real number is as foreign */
	char real[32];

	snprintf(real, sizeof(real), "127.%u.%u.1", self->f.b.xid >> 8, self->f.b.xid & 255);
	EXPECT_LE(0, tcp_server(&self->f.b, "127.0.0.1", 25));
	EXPECT_EQ(-ENETUNREACH, tcp_reach(&self->f.a, real, 25, s, 1));
}

/* A guest's own server on the wildcard is what 0.0.0.0 and :: mean. */
TEST_F(loopback, any_as_destination)
{
	struct net_server s[2] = { { &self->f.host }, { &self->f.a } };

	s[0].fd = tcp_server(&self->f.host, "::", 25);
	s[1].fd = tcp_server(&self->f.a, "::", 25);
	ASSERT_LE(0, s[1].fd);
	EXPECT_EQ(1, tcp_reach(&self->f.a, "0.0.0.0", 25, s, 2));
	EXPECT_EQ(1, tcp_reach(&self->f.a, "::", 25, s, 2));
	EXPECT_EQ(0, tcp_reach(&self->f.host, "0.0.0.0", 25, s, 2));
}

/* Names -------------------------------------------------------------------------- */

static void expect_names(struct __test_metadata *_metadata, struct agent *ag,
			 const char *ip)
{
	long srv = tcp_server(ag, ip, 25), fd, conn;
	int port;

	ASSERT_LE(0, srv);
	EXPECT_EQ(0, net_name(ag, srv));
	EXPECT_STREQ(ip, NET_IP);
	EXPECT_EQ(25, NET_PORT);
	fd = tcp_client(ag, ip, 25);
	ASSERT_LE(0, fd);
	EXPECT_EQ(0, net_peer(ag, fd));
	EXPECT_STREQ(ip, NET_IP);
	EXPECT_EQ(25, NET_PORT);
	EXPECT_EQ(0, net_name(ag, fd));
	EXPECT_STREQ(ip, NET_IP);
	port = NET_PORT;
	conn = agent_call(ag, do_accept, srv, 5000, 0);
	ASSERT_LE(0, conn);
	EXPECT_STREQ(ip, NET_IP);
	EXPECT_EQ(port, NET_PORT);
	EXPECT_EQ(0, net_name(ag, conn));
	EXPECT_STREQ(ip, NET_IP);
	EXPECT_EQ(0, net_peer(ag, conn));
	EXPECT_STREQ(ip, NET_IP);
	for (int i = 0; i < 3; i++)
		agent_call(ag, do_close, i == 0 ? srv : i == 1 ? fd : conn, 0, 0);
}

TEST_F(loopback, names)
{
	static const char * const ips[] = { "127.0.0.1", "::1", "::ffff:127.0.0.1" };

	for (size_t i = 0; i < ARRAY_SIZE(ips); i++) {
		expect_names(_metadata, &self->f.a, ips[i]);
		expect_names(_metadata, &self->f.host, ips[i]);
	}
}

static long do_recvmsg_name(long fd, long b, long c)
{
	struct iovec iov = { shared->text, 512 };
	struct msghdr msg = {
		.msg_name = NET_WHO, .msg_namelen = sizeof(*NET_WHO),
		.msg_iov = &iov, .msg_iovlen = 1,
	};

	memset(NET_WHO, 0, sizeof(*NET_WHO));
	return do_wait(fd, 5000, 0) == 1 ? ERR(recvmsg(fd, &msg, 0)) : -EAGAIN;
}

TEST_F(loopback, source_of_datagrams)
{
	static const char * const ips[] = { "127.0.0.1", "::1" };

	for (size_t i = 0; i < ARRAY_SIZE(ips); i++) {
		long srv = udp_server(&self->f.a, ips[i], 53), fd, port;

		ASSERT_LE(0, srv);
		fd = CALL(self->f.a, do_socket, i ? AF_INET6 : AF_INET, SOCK_DGRAM, 0);
		for (int how = 0; how < 2; how++) {
			net_to(ips[i], 53);
			TEXT("ping");
			EXPECT_EQ(4, CALL(self->f.a, do_send, fd, 1, 0));
			EXPECT_EQ(4, how ? CALL(self->f.a, do_recvmsg_name, srv) :
				     CALL(self->f.a, do_recv, srv, 5000));
			EXPECT_STREQ(ips[i], NET_IP);
			/* the answer to what was shown arrives */
			*NET_TO = *NET_WHO;
			port = NET_PORT;
			TEXT("pong");
			EXPECT_EQ(4, CALL(self->f.a, do_send, srv, 1, 0));
			EXPECT_EQ(4, CALL(self->f.a, do_recv, fd, 5000));
			EXPECT_STREQ(ips[i], NET_IP);
			EXPECT_EQ(53, NET_PORT);
			EXPECT_NE(53, port);
		}
	}
}

/* Without it the real address is told. */
TEST_F(loopback, hide_lback)
{
	char real[32];
	long srv;

	snprintf(real, sizeof(real), "127.%u.%u.1", self->f.a.xid >> 8, self->f.a.xid & 255);
	ASSERT_EQ(0, net_set_nflags(self->f.a.xid, 0, NXF_HIDE_LBACK));
	srv = tcp_server(&self->f.a, "127.0.0.1", 25);
	ASSERT_LE(0, srv);
	EXPECT_EQ(0, net_name(&self->f.a, srv));
	EXPECT_STREQ(real, NET_IP);
	EXPECT_LE(0, tcp_client(&self->f.a, "127.0.0.1", 25));
}

/*
 * As getaddrinfo(3) does: one socket asks for the source to one address after
 * the other. What it was connected to leaves no trace.
 */
static long do_reconnect(long fd, long b, long c)
{
	struct sockaddr_storage to = *NET_TO;
	struct sockaddr none = { .sa_family = AF_UNSPEC };
	long ret = ERR(connect(fd, &none, sizeof(none)));

	*NET_TO = to;
	return ret ?: do_connect(fd, 0, 0);
}

TEST_F(loopback, connected_again)
{
	static const char * const order[] = {
		NET_HOST6, "::1", NET_HOST6, NET_B6, "::1", "::ffff:127.0.0.1",
		"::ffff:" NET_HOST, NET_HOST6,
	}, * const v4[] = { NET_HOST, "127.0.0.1", NET_HOST, "127.0.0.53", NET_B };
	static const char * const source[] = {
		NET_A6, "::1", NET_A6, NET_A6, "::1", "::ffff:127.0.0.1", "::ffff:" NET_A, NET_A6,
	}, * const source4[] = { NET_A, "127.0.0.1", NET_A, "127.0.0.1", NET_A };
	long fd = CALL(self->f.a, do_socket, AF_INET6, SOCK_DGRAM, 0);
	long fd4 = CALL(self->f.a, do_socket, AF_INET, SOCK_DGRAM, 0);

	for (size_t i = 0; i < ARRAY_SIZE(order); i++) {
		net_to(order[i], 53);
		EXPECT_EQ(0, CALL(self->f.a, do_reconnect, fd)) {
			TH_LOG("%s", order[i]);
		}
		EXPECT_EQ(0, net_name(&self->f.a, fd));
		EXPECT_STREQ(source[i], NET_IP) {
			TH_LOG("%s", order[i]);
		}
	}
	for (size_t i = 0; i < ARRAY_SIZE(v4); i++) {
		net_to(v4[i], 53);
		EXPECT_EQ(0, CALL(self->f.a, do_reconnect, fd4));
		EXPECT_EQ(0, net_name(&self->f.a, fd4));
		EXPECT_STREQ(source4[i], NET_IP) {
			TH_LOG("%s", v4[i]);
		}
	}
}

/* One unconnected socket for all: to the loopback, and out again. */
TEST_F(loopback, one_socket_for_all)
{
	static const char * const to[] = { "::1", NET_HOST6, "::1", NET_B6, "::ffff:" NET_HOST };
	struct net_server s[3] = { { &self->f.a }, { &self->f.host }, { &self->f.b } };
	static const int who[] = { 0, 1, 0, 2, 1 };
	long fd = CALL(self->f.a, do_socket, AF_INET6, SOCK_DGRAM, 0);

	for (int i = 0; i < 3; i++)
		s[i].fd = udp_server(s[i].ag, "::", 53);
	for (size_t i = 0; i < ARRAY_SIZE(to); i++) {
		net_to(to[i], 53);
		TEXT("ping");
		EXPECT_EQ(4, CALL(self->f.a, do_send, fd, 1, 0)) {
			TH_LOG("%s", to[i]);
		}
		EXPECT_EQ(4, CALL(*s[who[i]].ag, do_recv, s[who[i]].fd, 5000));
		*NET_TO = *NET_WHO;
		TEXT("pong");
		EXPECT_EQ(4, CALL(*s[who[i]].ag, do_send, s[who[i]].fd, 1, 0));
		EXPECT_EQ(4, CALL(self->f.a, do_recv, fd, 5000));
		EXPECT_STREQ(to[i], NET_IP);
	}
}

/* Flags ---------------------------------------------------------------------------- */

TEST_F(loopback, allowed)
{
	struct net_server s[1] = { { &self->f.host } };
	struct agent friend, none;

	ASSERT_EQ(0, net_start(&friend, .nid = vs_xid(3), .addrs = "203.0.113.16/24",
			       .no_nflags = NXF_LBACK_REMAP, .nflags = NXF_LBACK_ALLOW));
	ASSERT_EQ(0, net_start(&none, .nid = vs_xid(4),
			       .addrs = "203.0.113.17/24 2001:db8::17/64",
			       .no_nflags = NXF_LBACK_REMAP));
	ASSERT_EQ(0, nd_add_addr(NET_DEV, "203.0.113.16/24"));
	ASSERT_EQ(0, nd_add_addr(NET_DEV, "203.0.113.17/24"));
	ASSERT_EQ(0, nd_add_addr(NET_DEV, "2001:db8::17/64"));
	s[0].fd = tcp_server(&self->f.host, "127.0.0.1", 25);
	ASSERT_LE(0, s[0].fd);
	EXPECT_EQ(0, tcp_reach(&friend, "127.0.0.1", 25, s, 1));
	EXPECT_LE(0, tcp_server(&friend, "127.9.8.7", 25));
	/* neither remapped nor allowed */
	EXPECT_EQ(-EPERM, tcp_reach(&none, "127.0.0.1", 25, s, 1));
	EXPECT_EQ(-ENETUNREACH, tcp_reach(&none, "::1", 25, s, 1));
	EXPECT_EQ(-EADDRNOTAVAIL, tcp_server(&none, "127.0.0.1", 26));
	EXPECT_EQ(-EADDRNOTAVAIL, tcp_server(&none, "::1", 26));
	EXPECT_LE(0, tcp_server(&none, "203.0.113.17", 26));
}

/* An address given for it stands for 127.0.0.1 and for nothing else. */
TEST_F(loopback, configured)
{
	struct net_server s[2];
	struct agent own;

	ASSERT_EQ(0, net_start(&own, .nid = vs_xid(3), .addrs = "l127.77.7.7 203.0.113.16/24"));
	s[0] = (struct net_server){ &own, tcp_server(&own, "127.0.0.1", 25) };
	ASSERT_LE(0, s[0].fd);
	EXPECT_EQ(0, tcp_reach(&own, "127.0.0.1", 25, s, 1));
	EXPECT_STREQ("127.0.0.1", NET_IP);
	EXPECT_EQ(-ENETUNREACH, tcp_reach(&own, "127.77.7.8", 25, s, 1));
}

/* From the cable --------------------------------------------------------------------- */

/* In the other machine: send what claims to come from there to the prefix. */
TEST_F(loopback, not_from_outside)
{
	struct net_server s[1] = { { &self->f.a } };
	struct agent far;
	char real6[64];
	long there = net_outside(), srv;

	ASSERT_LT(0, there);
	ASSERT_EQ(0, net_set_nflags(self->f.a.xid, 0, NXF_HIDE_LBACK));
	srv = tcp_server(&self->f.a, "::1", 25);
	ASSERT_LE(0, srv);
	ASSERT_EQ(0, net_name(&self->f.a, srv));
	snprintf(real6, sizeof(real6), "%s", NET_IP);
	EXPECT_STRNE("::1", real6);
	ASSERT_EQ(0, net_set_nflags(self->f.a.xid, NXF_HIDE_LBACK, NXF_HIDE_LBACK));
	s[0].fd = tcp_server(&self->f.a, "::", 80);
	ASSERT_LE(0, s[0].fd);
	ASSERT_EQ(0, net_start(&far, .netns = there));
	ASSERT_EQ(0, setns(there, CLONE_NEWNET) ? -errno : 0);
	ASSERT_EQ(0, nd_add_route("fc00::/7", NET_NEAR6, "far0"));
	/* its address is open to all, its loopback to nobody */
	EXPECT_EQ(0, tcp_reach(&far, NET_A6, 80, s, 1));
	EXPECT_STREQ(NET_FAR6, NET_IP);
	EXPECT_GT(0, tcp_reach(&far, real6, 80, s, 1));
	EXPECT_GT(0, tcp_reach(&far, real6, 25, s, 1));
	/* nor to the other guest by its real name */
	EXPECT_EQ(-ENETUNREACH, tcp_reach(&self->f.b, real6, 25, s, 1));
}

TEST_HARNESS_MAIN
