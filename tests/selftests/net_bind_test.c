// SPDX-License-Identifier: GPL-2.0-only
/*
 * What a guest may bind, and who gets the port: host, two guests and one of
 * three addresses side by side (design/kernel-network.md 5.2, 5.3, 8).
 *
 * Guards against: a guest that takes an address or a port of others, a host
 * daemon on all addresses that blocks guests or answers for them, and a guest
 * that uses up a resource which the host needs.
 */
#include "netreach.h"

FIXTURE(bind)
{
	struct net_four f;
	struct net_server s[4];
};

FIXTURE_SETUP(bind)
{
	SKIP_UNLESS_VSERVER();
	ASSERT_EQ(0, net_world());
	ASSERT_EQ(0, net_start_four(&self->f));
}

FIXTURE_TEARDOWN(bind)
{
}

TEST_F(bind, all_on_port_80)
{
	net_serve(&self->f, self->s, do_tcp_server, "0.0.0.0", 80);
	expect_all_up(_metadata, self->s);
	expect_own(_metadata, self->s, 80, false, tcp_reach);
}

TEST_F(bind, all_dual_stack)
{
	net_serve(&self->f, self->s, do_tcp_server, "::", 8080);
	expect_all_up(_metadata, self->s);
	expect_own(_metadata, self->s, 8080, false, tcp_reach);
	expect_own(_metadata, self->s, 8080, true, tcp_reach);
}

/* In what order they come does not matter: the host last. */
TEST_F(bind, host_last)
{
	struct agent *order[] = { &self->f.c, &self->f.b, &self->f.a, &self->f.host };

	for (int i = 0; i < 4; i++) {
		self->s[3 - i].ag = order[i];
		self->s[3 - i].fd = tcp_server(order[i], "0.0.0.0", 80);
		ASSERT_LE(0, self->s[3 - i].fd);
	}
	expect_own(_metadata, self->s, 80, false, tcp_reach);
}

/* The answer to the first packet is made without a socket. */
TEST_F(bind, syn_cookies)
{
	ASSERT_EQ(0, vs_write_file("/proc/sys/net/ipv4/tcp_syncookies", "2"));
	net_serve(&self->f, self->s, do_tcp_server, "::", 80);
	expect_all_up(_metadata, self->s);
	EXPECT_EQ(1, tcp_reach(&self->f.host, NET_A, 80, self->s, 4));
	EXPECT_EQ(1, tcp_reach(&self->f.b, NET_A6, 80, self->s, 4));
	EXPECT_EQ(3, tcp_reach(&self->f.b, NET_C2, 80, self->s, 4));
	EXPECT_EQ(1, tcp_reach(&self->f.a, "127.0.0.1", 80, self->s, 4));
	EXPECT_EQ(2, tcp_reach(&self->f.b, "::1", 80, self->s, 4));
	EXPECT_EQ(0, tcp_reach(&self->f.a, NET_HOST6, 80, self->s, 4));
}

/* Many of one guest on one port, each with another address of it. */
TEST_F(bind, specific_and_any)
{
	struct net_server s[3] = { { &self->f.c }, { &self->f.c }, { &self->f.host } };

	s[0].fd = tcp_server(&self->f.c, NET_C1, 80);
	s[1].fd = tcp_server(&self->f.c, NET_C2, 80);
	s[2].fd = tcp_server(&self->f.host, "0.0.0.0", 80);
	for (int i = 0; i < 3; i++)
		ASSERT_LE(0, s[i].fd);
	EXPECT_EQ(0, tcp_reach(&self->f.a, NET_C1, 80, s, 3));
	EXPECT_EQ(1, tcp_reach(&self->f.a, NET_C2, 80, s, 3));
	EXPECT_EQ(-ECONNREFUSED, tcp_reach(&self->f.a, NET_C3, 80, s, 3));
	EXPECT_EQ(2, tcp_reach(&self->f.c, NET_HOST, 80, s, 3));
	/* IPv6 only: IPv4 stays free for another */
	EXPECT_LE(0, tcp_server(&self->f.a, "0.0.0.0", 81));
	EXPECT_EQ(-EADDRINUSE, tcp_server(&self->f.a, "::", 81));
}

/* A second server of the same guest is one too many. */
TEST_F(bind, taken_within_a_guest)
{
	net_serve(&self->f, self->s, do_tcp_server, "0.0.0.0", 80);
	for (int i = 0; i < 4; i++) {
		EXPECT_EQ(-EADDRINUSE, tcp_server(self->s[i].ag, "0.0.0.0", 80));
		EXPECT_EQ(-EADDRINUSE, tcp_server(self->s[i].ag, net_owners[i].v4, 80));
		EXPECT_EQ(-EADDRINUSE, tcp_server(self->s[i].ag, "::", 80));
		EXPECT_LE(0, tcp_server(self->s[i].ag, net_owners[i].v4, 81));
	}
	EXPECT_EQ(-EADDRINUSE, tcp_server(&self->f.c, NET_C3, 80));
}

/* A closed port of a guest answers for itself, whatever the host runs. */
TEST_F(bind, host_server_does_not_stand_in)
{
	struct net_server *host = self->s;

	host->ag = &self->f.host;
	host->fd = tcp_server(&self->f.host, "0.0.0.0", 80);
	ASSERT_LE(0, host->fd);
	EXPECT_EQ(-ECONNREFUSED, tcp_reach(&self->f.host, NET_A, 80, host, 1));
	EXPECT_EQ(-ECONNREFUSED, tcp_reach(&self->f.a, NET_A, 80, host, 1));
	EXPECT_EQ(0, tcp_reach(&self->f.a, NET_HOST, 80, host, 1));
	host->fd = tcp_server(&self->f.host, "::", 8080);
	EXPECT_EQ(-ECONNREFUSED, tcp_reach(&self->f.host, NET_A, 8080, host, 1));
	EXPECT_EQ(-ECONNREFUSED, tcp_reach(&self->f.host, NET_A6, 8080, host, 1));
	EXPECT_EQ(0, tcp_reach(&self->f.b, NET_HOST6, 8080, host, 1));
}

/* The host asked for that very address: it gets it, and then it is taken. */
TEST_F(bind, host_explicitly)
{
	struct net_server s[2] = { { &self->f.host }, { &self->f.a } };

	s[0].fd = tcp_server(&self->f.host, NET_A, 80);
	ASSERT_LE(0, s[0].fd);
	EXPECT_EQ(0, tcp_reach(&self->f.b, NET_A, 80, s, 1));
	EXPECT_EQ(-EADDRINUSE, tcp_server(&self->f.a, NET_A, 80));
	EXPECT_EQ(-EADDRINUSE, tcp_server(&self->f.a, "0.0.0.0", 80));
	/* the other way round */
	s[1].fd = tcp_server(&self->f.a, "0.0.0.0", 81);
	ASSERT_LE(0, s[1].fd);
	EXPECT_EQ(-EADDRINUSE, tcp_server(&self->f.host, NET_A, 81));
	EXPECT_LE(0, tcp_server(&self->f.host, NET_B, 81));
	EXPECT_EQ(1, tcp_reach(&self->f.host, NET_A, 81, s, 2));
}

/* Foreign addresses ------------------------------------------------------------- */

static long do_bind_try(long type, long opt, long c)
{
	long fd = do_socket(NET_TO->ss_family, type, 0), ret = 0;

	if (fd < 0)
		return fd;
	if (opt)
		ret = do_setopt(fd, opt, 1);
	if (!ret)
		ret = do_bind(fd, 0, 0);
	close(fd);
	return ret;
}

static long bind_try(struct agent *ag, const char *ip, long type, long opt)
{
	net_to(ip, 7777);
	return agent_call(ag, do_bind_try, type, opt, 0);
}

TEST_F(bind, foreign)
{
	static const char * const foreign[] = {
		NET_HOST, NET_A, NET_C1, NET_HOST6, NET_A6, "::ffff:" NET_HOST,
		"::ffff:" NET_A, "127.255.0.1", "::ffff:127.255.0.1",
	}, * const nobodys[] = {
		NET_FREE, NET_FREE6, "::ffff:" NET_FREE,
	}, * const own[] = {
		NET_B, NET_B6, "::ffff:" NET_B, "0.0.0.0", "::", "127.0.0.1", "::1",
		"127.0.0.53", "::ffff:0.0.0.0", "::ffff:127.0.0.1",
	};

	for (long type = SOCK_STREAM; type <= SOCK_DGRAM; type++) {
		for (size_t i = 0; i < ARRAY_SIZE(foreign); i++) {
			EXPECT_EQ(-EADDRNOTAVAIL, bind_try(&self->f.b, foreign[i], type, 0)) {
				TH_LOG("%s, type %ld", foreign[i], type);
			}
			EXPECT_EQ(0, bind_try(&self->f.host, foreign[i], type, 0)) {
				TH_LOG("host: %s", foreign[i]);
			}
		}
		for (size_t i = 0; i < ARRAY_SIZE(nobodys); i++) {
			EXPECT_EQ(-EADDRNOTAVAIL, bind_try(&self->f.b, nobodys[i], type, 0));
			EXPECT_EQ(-EADDRNOTAVAIL, bind_try(&self->f.host, nobodys[i], type, 0));
		}
		for (size_t i = 0; i < ARRAY_SIZE(own); i++) {
			EXPECT_EQ(0, bind_try(&self->f.b, own[i], type, 0)) {
				TH_LOG("%s, type %ld", own[i], type);
			}
		}
	}
}

/* What lets others bind anything. */
TEST_F(bind, foreign_by_option)
{
	struct agent root;

	ASSERT_EQ(0, net_start(&root, .nid = vs_xid(3), .addrs = "203.0.113.16/24 2001:db8::16/64",
			       .root = true));
	for (long type = SOCK_STREAM; type <= SOCK_DGRAM; type++) {
		long free4 = OPT(IPPROTO_IP, IP_FREEBIND), trans4 = OPT(IPPROTO_IP, IP_TRANSPARENT);
		long free6 = OPT(IPPROTO_IPV6, 78), trans6 = OPT(IPPROTO_IPV6, 75);

		EXPECT_EQ(-EADDRNOTAVAIL, bind_try(&self->f.b, NET_HOST, type, free4));
		EXPECT_EQ(-EADDRNOTAVAIL, bind_try(&self->f.b, NET_A, type, free4));
		EXPECT_EQ(-EADDRNOTAVAIL, bind_try(&self->f.b, NET_FREE, type, free4));
		EXPECT_EQ(-EADDRNOTAVAIL, bind_try(&self->f.b, NET_HOST6, type, free6));
		EXPECT_EQ(-EADDRNOTAVAIL, bind_try(&self->f.b, NET_FREE6, type, free6));
		EXPECT_EQ(-EADDRNOTAVAIL, bind_try(&self->f.b, "::ffff:" NET_A, type, free6));
		EXPECT_EQ(-EPERM, bind_try(&self->f.b, NET_A, type, trans4));
		/* with all capabilities the set counts no less */
		EXPECT_EQ(-EADDRNOTAVAIL, bind_try(&root, NET_A, type, trans4));
		EXPECT_EQ(-EADDRNOTAVAIL, bind_try(&root, NET_FREE, type, trans4));
		EXPECT_EQ(-EADDRNOTAVAIL, bind_try(&root, NET_FREE6, type, trans6));
		/* its own, that no interface has yet; and what the host may */
		EXPECT_EQ(-EADDRNOTAVAIL, bind_try(&root, "203.0.113.16", type, 0));
		EXPECT_EQ(0, bind_try(&root, "203.0.113.16", type, free4));
		EXPECT_EQ(0, bind_try(&root, "2001:db8::16", type, free6));
		EXPECT_EQ(0, bind_try(&self->f.host, NET_FREE, type, free4));
		EXPECT_EQ(0, bind_try(&self->f.host, NET_FREE, type, trans4));
	}
}

/* An address without a family is an IPv4 one here, as it is in mainline. */
static long do_bind_unspec(long a, long b, long c)
{
	NET_TO->ss_family = AF_UNSPEC;
	long fd = do_socket(AF_INET, SOCK_STREAM, 0), ret = do_bind(fd, 0, 0);

	close(fd);
	return ret;
}

TEST_F(bind, family_unspec)
{
	net_to("0.0.0.0", 7777);
	EXPECT_EQ(0, CALL(self->f.b, do_bind_unspec));
	net_to(NET_A, 7777);
	EXPECT_GT(0, CALL(self->f.b, do_bind_unspec));
}

/* Reuse ---------------------------------------------------------------------------- */

static long do_reuseport(long type, long listening, long c)
{
	long fd = do_socket(NET_TO->ss_family, type, 0), ret;

	if (fd < 0)
		return fd;
	ret = do_setopt(fd, OPT(SOL_SOCKET, SO_REUSEPORT), 1) ?: do_bind(fd, 0, 0);
	if (!ret && listening)
		ret = do_listen(fd, 0, 0);
	return ret ? ret : fd;
}

/*
 * A group of four in each context: no group reaches beyond. Together they are
 * more than UDP searches by port alone.
 */
TEST_F(bind, reuseport)
{
	struct agent *all[] = { &self->f.host, &self->f.a, &self->f.b, &self->f.c };
	struct net_server s[16];

	for (int type = SOCK_STREAM; type <= SOCK_DGRAM; type++) {
		for (int i = 0; i < 16; i++) {
			net_to("0.0.0.0", 5353);
			s[i].ag = all[i % 4];
			s[i].fd = CALL(*all[i % 4], do_reuseport, type, type == SOCK_STREAM);
			ASSERT_LE(0, s[i].fd);
		}
		for (size_t i = 0; i < ARRAY_SIZE(net_owners); i++) {
			for (int round = 0; round < 6; round++) {
				long got = type == SOCK_STREAM ?
					tcp_reach(&self->f.host, net_owners[i].v4, 5353, s, 16) :
					udp_reach(&self->f.host, net_owners[i].v4, 5353, s, 16);

				EXPECT_EQ(net_owners[i].owner, got < 0 ? got : got % 4) {
					TH_LOG("%s", net_owners[i].v4);
				}
			}
		}
		/* who does not want to share is not forced to */
		EXPECT_EQ(-EADDRINUSE, tcp_server(&self->f.a, "0.0.0.0", 5353));
	}
}

/* Ephemeral ports ------------------------------------------------------------------- */

static long do_take_ports(long count, long b, long c)
{
	long n = 0;

	net_to("0.0.0.0", 0);
	while (n < count) {
		long fd = do_socket(AF_INET, SOCK_STREAM, 0), ret = do_bind(fd, 0, 0);

		if (ret)
			return ret == -EADDRINUSE ? n : ret;
		n++;
	}
	return n;
}

TEST_F(bind, all_ephemeral_ports)
{
	static struct net_server srv;
	char name[] = "/proc/sys/net/ipv4/ip_local_port_range";

	ASSERT_EQ(0, vs_write_file(name, "40000 40099"));
	EXPECT_EQ(100, CALL(self->f.a, do_take_ports, 500));
	/* nobody else notices */
	EXPECT_EQ(50, CALL(self->f.b, do_take_ports, 50));
	EXPECT_EQ(50, CALL(self->f.host, do_take_ports, 50));
	srv = (struct net_server){ &self->f.host, tcp_server(&self->f.host, NET_HOST, 80) };
	EXPECT_EQ(0, tcp_reach(&self->f.b, NET_HOST, 80, &srv, 1));
	EXPECT_EQ(0, tcp_reach(&self->f.c, NET_HOST, 80, &srv, 1));
	EXPECT_EQ(0, tcp_reach(&self->f.host, NET_HOST, 80, &srv, 1));
}

/* The only address -------------------------------------------------------------------- */

TEST_F(bind, single_ip)
{
	struct agent one, plain;
	long fd;

	ASSERT_EQ(0, net_start(&one, .nid = vs_xid(3), .addrs = "203.0.113.16/24 2001:db8::16/64",
			       .nflags = NXF_SINGLE_IP, .no_nflags = NXF_LBACK_REMAP));
	ASSERT_EQ(0, net_start(&plain, .nid = vs_xid(4), .addrs = "203.0.113.17/24",
			       .nflags = NXF_SINGLE_IP));
	ASSERT_EQ(0, nd_add_addr(NET_DEV, "203.0.113.16/24"));
	ASSERT_EQ(0, nd_add_addr(NET_DEV, "203.0.113.17/24"));
	fd = tcp_server(&one, "0.0.0.0", 80);
	ASSERT_LE(0, fd);
	EXPECT_EQ(0, net_name(&one, fd));
	EXPECT_STREQ("203.0.113.16", NET_IP);
	EXPECT_EQ(80, NET_PORT);
	/* a server on all addresses has to be found on 127.0.0.1 as well */
	fd = tcp_server(&plain, "0.0.0.0", 80);
	ASSERT_LE(0, fd);
	EXPECT_EQ(0, net_name(&plain, fd));
	EXPECT_STREQ("0.0.0.0", NET_IP);
	EXPECT_LE(0, tcp_client(&plain, "127.0.0.1", 80));
}

TEST_HARNESS_MAIN
