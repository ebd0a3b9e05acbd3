// SPDX-License-Identifier: GPL-2.0-only
/*
 * Addresses with more than one owner: guests that share one, a guest on an
 * address of the host (design/kernel-network.md 1.3, 1.4).
 *
 * Guards against: a port that two believe to have, a guest that takes the
 * host's ports or hides its services, and servers that are stolen by means of
 * REUSEADDR or REUSEPORT.
 */
#include "netreach.h"

#define SHARED_SYSCTL "/proc/sys/kernel/vserver/shared_addresses"

FIXTURE(shared)
{
	struct agent host, a, b;
	struct net_server s[3];
};

FIXTURE_SETUP(shared)
{
	SKIP_UNLESS_VSERVER();
	ASSERT_EQ(0, net_world());
	ASSERT_EQ(0, net_start(&self->host));
	for (int i = 0; i < 3; i++)
		self->s[i] = (struct net_server){
			i == 0 ? &self->host : i == 1 ? &self->a : &self->b, -1
		};
}

FIXTURE_TEARDOWN(shared)
{
	vs_write_file(SHARED_SYSCTL, "0");
}

/* Guests among themselves --------------------------------------------------------------- */

TEST_F(shared, two_guests)
{
	ASSERT_EQ(0, net_start(&self->a, .nid = vs_xid(0), .addrs = NET_A "/24"));
	ASSERT_EQ(0, net_start(&self->b, .nid = vs_xid(1), .addrs = NET_A "/24 " NET_B "/24"));
	/* first come, first served, as in one machine */
	self->s[1].fd = tcp_server(&self->a, "0.0.0.0", 80);
	ASSERT_LE(0, self->s[1].fd);
	EXPECT_EQ(-EADDRINUSE, tcp_server(&self->b, "0.0.0.0", 80));
	EXPECT_EQ(-EADDRINUSE, tcp_server(&self->b, NET_A, 80));
	EXPECT_EQ(1, tcp_reach(&self->host, NET_A, 80, self->s, 3));
	/* its other address is not the first one's, whatever that is bound to */
	EXPECT_EQ(-ECONNREFUSED, tcp_reach(&self->host, NET_B, 80, self->s, 3));
	EXPECT_EQ(-EADDRNOTAVAIL, tcp_server(&self->a, NET_B, 80));
	/* another port of the same address */
	self->s[2].fd = tcp_server(&self->b, "0.0.0.0", 81);
	ASSERT_LE(0, self->s[2].fd);
	EXPECT_EQ(2, tcp_reach(&self->host, NET_A, 81, self->s, 3));
	EXPECT_EQ(2, tcp_reach(&self->a, NET_B, 81, self->s, 3));
	/* the host is none of them */
	self->s[0].fd = tcp_server(&self->host, "0.0.0.0", 80);
	ASSERT_LE(0, self->s[0].fd);
	EXPECT_EQ(1, tcp_reach(&self->host, NET_A, 80, self->s, 3));
}

TEST_F(shared, two_guests_udp)
{
	ASSERT_EQ(0, net_start(&self->a, .nid = vs_xid(0), .addrs = NET_A "/24"));
	ASSERT_EQ(0, net_start(&self->b, .nid = vs_xid(1), .addrs = NET_A "/24"));
	self->s[1].fd = udp_server(&self->a, "0.0.0.0", 53);
	ASSERT_LE(0, self->s[1].fd);
	EXPECT_EQ(-EADDRINUSE, udp_server(&self->b, "0.0.0.0", 53));
	EXPECT_EQ(-EADDRINUSE, udp_server(&self->b, NET_A, 53));
	self->s[2].fd = udp_server(&self->b, NET_A, 54);
	ASSERT_LE(0, self->s[2].fd);
	EXPECT_EQ(1, udp_reach(&self->host, NET_A, 53, self->s, 3));
	EXPECT_EQ(2, udp_reach(&self->host, NET_A, 54, self->s, 3));
	/* loopback is not shared with it */
	EXPECT_LE(0, udp_server(&self->a, "127.0.0.1", 99));
	EXPECT_LE(0, udp_server(&self->b, "127.0.0.1", 99));
}

static long do_reuse(long type, long opt, long c)
{
	long fd = do_socket(NET_TO->ss_family, type, 0), ret;

	ret = do_setopt(fd, OPT(SOL_SOCKET, opt), 1) ?: do_bind(fd, 0, 0);
	if (!ret && type == SOCK_STREAM)
		ret = do_listen(fd, 0, 0);
	if (!ret)
		return fd;
	close(fd);
	return ret;
}

/* Same uid, another guest: no sharing of a port. */
TEST_F(shared, no_stealing)
{
	static const struct { int type, opt; } ways[] = {
		{ SOCK_STREAM, SO_REUSEPORT }, { SOCK_DGRAM, SO_REUSEPORT },
		{ SOCK_DGRAM, SO_REUSEADDR },
	};

	ASSERT_EQ(0, net_start(&self->a, .nid = vs_xid(0), .addrs = NET_A "/24"));
	ASSERT_EQ(0, net_start(&self->b, .nid = vs_xid(1), .addrs = NET_A "/24"));
	for (size_t i = 0; i < ARRAY_SIZE(ways); i++) {
		net_to(NET_A, 5000 + i);
		EXPECT_LE(0, CALL(self->a, do_reuse, ways[i].type, ways[i].opt));
		EXPECT_EQ(-EADDRINUSE, CALL(self->b, do_reuse, ways[i].type, ways[i].opt)) {
			TH_LOG("way %zu", i);
		}
	}
	/* in the host it works: the options are the right ones */
	for (size_t i = 0; i < ARRAY_SIZE(ways); i++) {
		net_to(NET_HOST, 5000 + i);
		EXPECT_LE(0, CALL(self->host, do_reuse, ways[i].type, ways[i].opt));
		EXPECT_LE(0, CALL(self->host, do_reuse, ways[i].type, ways[i].opt));
	}
}

/* Two that have ports already don't become one. */
TEST_F(shared, too_late)
{
	long fa, fb;

	ASSERT_EQ(0, net_start(&self->a, .nid = vs_xid(0), .addrs = NET_ADDRS_A));
	ASSERT_EQ(0, net_start(&self->b, .nid = vs_xid(1), .addrs = NET_ADDRS_B));
	fa = tcp_server(&self->a, "0.0.0.0", 80);
	fb = tcp_server(&self->b, "0.0.0.0", 80);
	ASSERT_LE(0, fa);
	ASSERT_LE(0, fb);
	EXPECT_EQ(-EBUSY, net_add(self->b.xid, NET_A "/24"));
	EXPECT_EQ(-EBUSY, net_add(self->b.xid, NET_A6 "/64"));
	EXPECT_EQ(-EBUSY, net_add(self->b.xid, "203.0.113.8-203.0.113.15"));
	EXPECT_EQ(-EBUSY, net_add(self->b.xid, "203.0.113.0&24"));
	EXPECT_EQ(0, net_add(self->b.xid, NET_C1 "/24"));
	EXPECT_EQ(-EADDRNOTAVAIL, tcp_server(&self->b, NET_A, 81));
	/* when one of them has none it is possible */
	EXPECT_EQ(0, CALL(self->b, do_close, fb));
	EXPECT_EQ(0, net_add(self->b.xid, NET_A "/24"));
	EXPECT_EQ(-EADDRINUSE, tcp_server(&self->b, NET_A, 80));
	EXPECT_LE(0, tcp_server(&self->b, NET_A, 81));
}

/* The loopback block of another one is nobody's to have. */
TEST_F(shared, loopback_of_others)
{
	char lback[32];

	ASSERT_EQ(0, net_start(&self->a, .nid = vs_xid(0), .addrs = NET_A "/24"));
	ASSERT_EQ(0, net_start(&self->b, .nid = vs_xid(1), .addrs = NET_B "/24"));
	snprintf(lback, sizeof(lback), "127.%u.%u.1/32", self->a.xid >> 8, self->a.xid & 255);
	EXPECT_EQ(-EBUSY, net_add(self->b.xid, lback));
	snprintf(lback, sizeof(lback), "l127.%u.%u.1", self->a.xid >> 8, self->a.xid & 255);
	EXPECT_EQ(-EBUSY, net_add(self->b.xid, lback));
	EXPECT_EQ(0, net_add(self->b.xid, "l127.99.99.1"));
}

/* With the host ------------------------------------------------------------------------- */

TEST_F(shared, with_the_host)
{
	ASSERT_EQ(0, net_start(&self->a, .nid = vs_xid(0), .addrs = "=" NET_HOST "/24"));
	/* the host was there first */
	self->s[0].fd = tcp_server(&self->host, "0.0.0.0", 22);
	ASSERT_LE(0, self->s[0].fd);
	EXPECT_EQ(-EADDRINUSE, tcp_server(&self->a, "0.0.0.0", 22));
	EXPECT_EQ(-EADDRINUSE, tcp_server(&self->a, NET_HOST, 22));
	EXPECT_EQ(0, tcp_reach(&self->host, NET_HOST, 22, self->s, 3));
	/* the guest was */
	self->s[1].fd = tcp_server(&self->a, NET_HOST, 80);
	ASSERT_LE(0, self->s[1].fd);
	EXPECT_EQ(-EADDRINUSE, tcp_server(&self->host, "0.0.0.0", 80));
	EXPECT_EQ(-EADDRINUSE, tcp_server(&self->host, NET_HOST, 80));
	EXPECT_LE(0, tcp_server(&self->host, NET_A, 80));
	EXPECT_EQ(1, tcp_reach(&self->host, NET_HOST, 80, self->s, 3));
	/* on all its addresses, which is that one */
	self->s[1].fd = tcp_server(&self->a, "0.0.0.0", 81);
	ASSERT_LE(0, self->s[1].fd);
	EXPECT_EQ(1, tcp_reach(&self->host, NET_HOST, 81, self->s, 3));
	EXPECT_EQ(-EADDRINUSE, tcp_server(&self->host, NET_HOST, 81));
}

TEST_F(shared, with_the_host_udp)
{
	ASSERT_EQ(0, net_start(&self->a, .nid = vs_xid(0), .addrs = "=" NET_HOST "/24"));
	self->s[0].fd = udp_server(&self->host, "0.0.0.0", 53);
	ASSERT_LE(0, self->s[0].fd);
	EXPECT_EQ(-EADDRINUSE, udp_server(&self->a, NET_HOST, 53));
	EXPECT_EQ(0, udp_talk(&self->host, NET_HOST, 53, self->s, 3));
	self->s[1].fd = udp_server(&self->a, NET_HOST, 54);
	ASSERT_LE(0, self->s[1].fd);
	EXPECT_EQ(-EADDRINUSE, udp_server(&self->host, "0.0.0.0", 54));
	EXPECT_EQ(1, udp_talk(&self->host, NET_HOST, 54, self->s, 3));
}

/* What is not shared stays the guest's, beside what is. */
TEST_F(shared, one_of_two)
{
	ASSERT_EQ(0, net_start(&self->a, .nid = vs_xid(0),
			       .addrs = "=" NET_HOST "/24 " NET_A "/24"));
	self->s[0].fd = tcp_server(&self->host, NET_HOST, 80);
	ASSERT_LE(0, self->s[0].fd);
	self->s[1].fd = tcp_server(&self->a, NET_A, 80);
	ASSERT_LE(0, self->s[1].fd);
	EXPECT_EQ(0, tcp_reach(&self->host, NET_HOST, 80, self->s, 3));
	EXPECT_EQ(1, tcp_reach(&self->host, NET_A, 80, self->s, 3));
	/* a closed port: the host's server answers on the shared one only */
	self->s[0].fd = tcp_server(&self->host, "0.0.0.0", 90);
	ASSERT_LE(0, self->s[0].fd);
	EXPECT_EQ(0, tcp_reach(&self->host, NET_HOST, 90, self->s, 3));
	EXPECT_EQ(-ECONNREFUSED, tcp_reach(&self->host, NET_A, 90, self->s, 3));
	/* private as ever */
	self->s[0].fd = tcp_server(&self->host, "127.0.0.1", 25);
	ASSERT_LE(0, self->s[0].fd);
	EXPECT_EQ(-ECONNREFUSED, tcp_reach(&self->a, "127.0.0.1", 25, self->s, 3));
	self->s[1].fd = tcp_server(&self->a, "127.0.0.1", 25);
	EXPECT_EQ(1, tcp_reach(&self->a, "127.0.0.1", 25, self->s, 3));
	EXPECT_EQ(0, tcp_reach(&self->host, "127.0.0.1", 25, self->s, 3));
}

/* Not declared, an address of the host becomes the guest's. */
TEST_F(shared, not_declared)
{
	ASSERT_EQ(0, net_start(&self->a, .nid = vs_xid(0), .addrs = NET_B "/24"));
	self->s[0].fd = tcp_server(&self->host, "0.0.0.0", 80);
	self->s[1].fd = tcp_server(&self->a, "0.0.0.0", 80);
	ASSERT_LE(0, self->s[0].fd);
	ASSERT_LE(0, self->s[1].fd);
	EXPECT_EQ(1, tcp_reach(&self->host, NET_B, 80, self->s, 3));
	/* and goes back when the guest ends */
	agent_end(&self->a);
	while (net_exists(vs_xid(0)))
		sched_yield();
	EXPECT_EQ(0, tcp_reach(&self->host, NET_B, 80, self->s, 1));
}

/* The default for those that say nothing ------------------------------------------------ */

TEST_F(shared, sysctl)
{
	char path[64], text[4096];

	ASSERT_LT(0, vs_read_file(SHARED_SYSCTL, text, sizeof(text)));
	EXPECT_STREQ("0\n", text);
	ASSERT_EQ(0, vs_write_file(SHARED_SYSCTL, "1"));
	ASSERT_EQ(0, net_start(&self->a, .nid = vs_xid(0), .addrs = NET_HOST "/24 " NET_A6 "/64"));
	snprintf(path, sizeof(path), "/proc/virtnet/%u/info", self->a.xid);
	ASSERT_LT(0, vs_read_file(path, text, sizeof(text)));
	EXPECT_NE(NULL, strstr(text, "0:\t[" NET_HOST "-0.0.0.0/255.255.255.0:0810]\n"));
	EXPECT_NE(NULL, strstr(text, "/64:0810]\n"));
	self->s[0].fd = tcp_server(&self->host, "0.0.0.0", 80);
	EXPECT_EQ(-EADDRINUSE, tcp_server(&self->a, "0.0.0.0", 80));
	EXPECT_EQ(0, tcp_reach(&self->host, NET_HOST, 80, self->s, 1));
	/* removed by what it was added as */
	EXPECT_EQ(0, net_remove(self->a.xid, NET_HOST "/24"));
	ASSERT_EQ(0, vs_write_file(SHARED_SYSCTL, "0"));
	ASSERT_EQ(0, net_start(&self->b, .nid = vs_xid(1), .addrs = NET_B "/24"));
	EXPECT_LE(0, tcp_server(&self->b, "0.0.0.0", 80));
}

TEST_F(shared, sysctl_from_inside)
{
	ASSERT_EQ(0, net_start(&self->a, .nid = vs_xid(0), .addrs = NET_A "/24",
			       .guest.bcaps = ~0ULL));
	TEXT(SHARED_SYSCTL);
	TEXT2("1");
	EXPECT_GT(0, CALL(self->a, do_write_file));
	EXPECT_EQ(0, CALL(self->host, do_write_file));
	EXPECT_EQ(0, vs_write_file(SHARED_SYSCTL, "0"));
}

TEST_HARNESS_MAIN
