// SPDX-License-Identifier: GPL-2.0-only
/*
 * Entries that are more than one address: MASK and RANGE.
 *
 * Guards against: an end of a range that is forgotten, a piece of a range that
 * has no owner, an address that loses its owner while another entry still
 * covers it, and an entry so wide that it takes what is somebody else's: the
 * loopback addresses of the host and of other guests.
 */
#include "netreach.h"

FIXTURE(wide)
{
	struct agent host, a, b;
	struct net_server s[3];
};

FIXTURE_SETUP(wide)
{
	SKIP_UNLESS_VSERVER();
	ASSERT_EQ(0, net_world());
	ASSERT_EQ(0, net_start(&self->host));
	for (int i = 0; i < 3; i++)
		self->s[i] = (struct net_server){
			i == 0 ? &self->host : i == 1 ? &self->a : &self->b, -1
		};
}

FIXTURE_TEARDOWN(wide)
{
}

/* 203.0.113.1 and .11 to .15 in the order of their last octet, and whose they are. */
static const char * const all4[] = { NET_HOST, NET_A, NET_B, NET_C1, NET_C2, NET_C3 };

/* "011000": the host's, guest a's, guest a's, ... */
static void expect_owners(struct __test_metadata *_metadata, struct net_server *s, int port,
			  const char *owners)
{
	for (size_t i = 0; i < ARRAY_SIZE(all4); i++) {
		int want = owners[i] - '0';

		EXPECT_EQ(want, tcp_reach(s[0].ag, all4[i], port, s, 3)) {
			TH_LOG("tcp %s", all4[i]);
		}
		EXPECT_EQ(want, udp_reach(s[0].ag, all4[i], port + 1, s + 3, 3)) {
			TH_LOG("udp %s", all4[i]);
		}
	}
}

/* Wildcard servers of the host and of one guest, TCP and UDP (the next port). */
static void serve(struct __test_metadata *_metadata, struct agent *host, struct agent *guest,
		  struct net_server *s, int port)
{
	struct agent *ag[] = { host, guest, guest };

	for (int i = 0; i < 2; i++) {
		s[i] = (struct net_server){ ag[i], tcp_server(ag[i], "0.0.0.0", port) };
		s[i + 3] = (struct net_server){ ag[i], udp_server(ag[i], "0.0.0.0", port + 1) };
		ASSERT_LE(0, s[i].fd);
		ASSERT_LE(0, s[i + 3].fd);
	}
	s[2] = s[5] = (struct net_server){ ag[2], -1 };
}

TEST_F(wide, range)
{
	struct net_server s[6];

	ASSERT_EQ(0, net_start(&self->a, .nid = vs_xid(0),
			       .addrs = "203.0.113.11-203.0.113.14"));
	serve(_metadata, &self->host, &self->a, s, 80);
	expect_owners(_metadata, s, 80, "011110");
	/* both ends belong to it, and nothing else */
	EXPECT_LE(0, tcp_server(&self->a, "203.0.113.11", 90));
	EXPECT_LE(0, tcp_server(&self->a, "203.0.113.14", 90));
	EXPECT_EQ(-EADDRNOTAVAIL, tcp_server(&self->a, NET_HOST, 90));
	EXPECT_EQ(-EADDRNOTAVAIL, tcp_server(&self->a, "203.0.113.15", 90));
	/* no other is the source of what it sends */
	s[0].fd = udp_server(&self->host, NET_HOST, 99);
	EXPECT_EQ(0, udp_talk(&self->a, NET_HOST, 99, s, 1));
	EXPECT_NE(0, strcmp(net_ip(NET_WHO), NET_HOST)) {
		TH_LOG("%s", net_ip(NET_WHO));
	}
}

TEST_F(wide, mask)
{
	struct net_server s[6];

	ASSERT_EQ(0, net_start(&self->a, .nid = vs_xid(0), .addrs = "203.0.113.12&30"));
	serve(_metadata, &self->host, &self->a, s, 80);
	expect_owners(_metadata, s, 80, "001111");
	EXPECT_EQ(-EADDRNOTAVAIL, tcp_server(&self->a, NET_A, 90));
	EXPECT_LE(0, tcp_server(&self->a, NET_B, 90));
}

/* A mask need not be contiguous: here every second address. */
TEST_F(wide, mask_with_holes)
{
	struct vcmd_net_ipv4_v2 odd = {
		.type = NXA_TYPE_MASK, .ip = htonl(0xcb007109), .mask = htonl(0xfffffff9),
	};
	struct net_server s[6];

	ASSERT_EQ(0, net_start(&self->a, .nid = vs_xid(0)));
	ASSERT_EQ(0, vserver(VCMD_net_add_ipv4, self->a.xid, &odd));
	serve(_metadata, &self->host, &self->a, s, 80);
	expect_owners(_metadata, s, 80, "010101");
	EXPECT_LE(0, tcp_server(&self->a, "203.0.113.13", 90));
	EXPECT_EQ(-EADDRNOTAVAIL, tcp_server(&self->a, "203.0.113.12", 90));
	/* the range of such a mask is nothing that could be said */
	odd.type = NXA_TYPE_RANGE;
	odd.ip2 = odd.ip;
	EXPECT_EQ(-EINVAL, vserver(VCMD_net_add_ipv4, self->a.xid, &odd));
	odd.mask = 0;
	EXPECT_EQ(-EINVAL, vserver(VCMD_net_add_ipv4, self->a.xid, &odd));
}

TEST_F(wide, mask_v6)
{
	ASSERT_EQ(0, net_start(&self->a, .nid = vs_xid(0), .addrs = "2001:db8::10&127"));
	self->s[0].fd = tcp_server(&self->host, "::", 80);
	self->s[1].fd = tcp_server(&self->a, "::", 80);
	ASSERT_LE(0, self->s[0].fd);
	ASSERT_LE(0, self->s[1].fd);
	EXPECT_EQ(1, tcp_reach(&self->host, NET_A6, 80, self->s, 2));
	EXPECT_EQ(0, tcp_reach(&self->host, NET_B6, 80, self->s, 2));
	EXPECT_EQ(0, tcp_reach(&self->a, NET_B6, 80, self->s, 2));
	EXPECT_EQ(-EADDRNOTAVAIL, tcp_server(&self->a, NET_B6, 90));
	EXPECT_LE(0, tcp_server(&self->a, NET_A6, 90));
}

/* An address has its owner until the last entry that covers it is gone. */
TEST_F(wide, layers)
{
	struct net_server s[6];

	ASSERT_EQ(0, net_start(&self->a, .nid = vs_xid(0),
			       .addrs = NET_B "/24 " NET_B "/32 203.0.113.11-203.0.113.13 "
					"203.0.113.12&31"));
	serve(_metadata, &self->host, &self->a, s, 80);
	expect_owners(_metadata, s, 80, "011100");
	EXPECT_EQ(0, net_remove(self->a.xid, NET_B "/24"));
	EXPECT_EQ(0, net_remove(self->a.xid, NET_B "/32"));
	expect_owners(_metadata, s, 80, "011100");
	EXPECT_EQ(0, net_remove(self->a.xid, "203.0.113.11-203.0.113.13"));
	expect_owners(_metadata, s, 80, "001100");
	EXPECT_EQ(0, net_add(self->a.xid, "203.0.113.13-203.0.113.15"));
	EXPECT_EQ(0, net_remove(self->a.xid, "203.0.113.12&31"));
	expect_owners(_metadata, s, 80, "000111");
	EXPECT_EQ(0, net_remove_all(self->a.xid));
	expect_owners(_metadata, s, 80, "000000");
}

/* A single address of one guest in the middle of what another has. */
TEST_F(wide, in_the_range_of_another)
{
	ASSERT_EQ(0, net_start(&self->a, .nid = vs_xid(0),
			       .addrs = "203.0.113.11-203.0.113.13"));
	ASSERT_EQ(0, net_start(&self->b, .nid = vs_xid(1), .addrs = NET_B "/24"));
	self->s[1].fd = tcp_server(&self->a, "0.0.0.0", 80);
	ASSERT_LE(0, self->s[1].fd);
	/* first come, first served */
	EXPECT_EQ(-EADDRINUSE, tcp_server(&self->b, "0.0.0.0", 80));
	EXPECT_EQ(1, tcp_reach(&self->host, NET_B, 80, self->s, 3));
	self->s[2].fd = tcp_server(&self->b, "0.0.0.0", 81);
	ASSERT_LE(0, self->s[2].fd);
	EXPECT_EQ(2, tcp_reach(&self->host, NET_B, 81, self->s, 3));
	EXPECT_EQ(-ECONNREFUSED, tcp_reach(&self->host, NET_A, 81, self->s, 3));
	/* the first one answers where the other one does not listen, and back */
	self->s[1].fd = udp_server(&self->a, "0.0.0.0", 53);
	self->s[2].fd = udp_server(&self->b, "0.0.0.0", 54);
	EXPECT_EQ(1, udp_reach(&self->host, NET_B, 53, self->s, 3));
	EXPECT_EQ(2, udp_reach(&self->host, NET_B, 54, self->s, 3));
	EXPECT_EQ(1, udp_reach(&self->host, NET_C1, 53, self->s, 3));
}

/* Shared with the host, and the host's server answers where the guest has none. */
TEST_F(wide, shared)
{
	ASSERT_EQ(0, net_start(&self->a, .nid = vs_xid(0),
			       .addrs = "=203.0.113.8&29 =2001:db8::&64"));
	self->s[0].fd = tcp_server(&self->host, "0.0.0.0", 80);
	self->s[1].fd = tcp_server(&self->a, "::", 81);
	ASSERT_LE(0, self->s[0].fd);
	ASSERT_LE(0, self->s[1].fd);
	EXPECT_EQ(0, tcp_reach(&self->host, NET_A, 80, self->s, 2));
	EXPECT_EQ(1, tcp_reach(&self->host, NET_A, 81, self->s, 2));
	EXPECT_EQ(1, tcp_reach(&self->host, NET_HOST6, 81, self->s, 2));
	EXPECT_EQ(-EADDRINUSE, tcp_server(&self->a, "0.0.0.0", 80));
}

/* However wide: not the loopback of other guests, and the host keeps its own. */
TEST_F(wide, not_the_loopback_of_others)
{
	char lback[32], lback6[64];

	ASSERT_EQ(0, net_start(&self->a, .nid = vs_xid(0), .no_nflags = NXF_LBACK_REMAP,
			       .addrs = "0.0.0.0&1 127.0.0.0-127.255.255.255 ::&0"));
	ASSERT_EQ(0, net_start(&self->b, .nid = vs_xid(1), .addrs = NET_B "/24"));
	snprintf(lback, sizeof(lback), "127.%u.%u.1", self->b.xid >> 8, self->b.xid & 255);
	snprintf(lback6, sizeof(lback6), "fd76:7365:7276:6572::%x", self->b.xid);
	EXPECT_EQ(-EADDRNOTAVAIL, tcp_server(&self->a, lback, 25));
	EXPECT_EQ(-EADDRNOTAVAIL, tcp_server(&self->a, lback6, 25));
	self->s[2].fd = tcp_server(&self->b, "127.0.0.1", 25);
	ASSERT_LE(0, self->s[2].fd);
	EXPECT_EQ(2, tcp_reach(&self->b, "127.0.0.1", 25, self->s, 3));
	EXPECT_GT(0, tcp_client(&self->a, lback, 25));
	self->s[2].fd = tcp_server(&self->b, "::1", 25);
	ASSERT_LE(0, self->s[2].fd);
	EXPECT_EQ(2, tcp_reach(&self->b, "::1", 25, self->s, 3));
	EXPECT_GT(0, tcp_client(&self->a, lback6, 25));
	/* the host talks to itself as before */
	self->s[0].fd = tcp_server(&self->host, "0.0.0.0", 26);
	EXPECT_EQ(0, tcp_reach(&self->host, "127.0.0.1", 26, self->s, 3));
	self->s[0].fd = tcp_server(&self->host, "::", 27);
	EXPECT_EQ(0, tcp_reach(&self->host, "::1", 27, self->s, 3));
	self->s[0].fd = udp_server(&self->host, "0.0.0.0", 28);
	EXPECT_EQ(0, udp_talk(&self->host, "127.0.0.1", 28, self->s, 3));
}

/* Whoever was given an address of a loopback block before its context came. */
TEST_F(wide, block_given_away)
{
	char one[32], lback[32];

	snprintf(one, sizeof(one), "127.%u.%u.7/32", vs_xid(1) >> 8, vs_xid(1) & 255);
	snprintf(lback, sizeof(lback), "l127.%u.%u.9", vs_xid(1) >> 8, vs_xid(1) & 255);
	ASSERT_EQ(0, net_start(&self->a, .nid = vs_xid(0), .addrs = NET_A "/24"));
	ASSERT_EQ(0, net_add(self->a.xid, one));
	EXPECT_EQ(-EBUSY, net_create(vs_xid(1), NET_INIT_SET));
	ASSERT_EQ(0, net_remove(self->a.xid, one));
	ASSERT_EQ(0, net_add(self->a.xid, lback));
	EXPECT_EQ(-EBUSY, net_create(vs_xid(1), NET_INIT_SET));
	/* back to its own one */
	ASSERT_EQ(0, net_add(self->a.xid, "l0.0.0.0"));
	EXPECT_EQ(0, net_start(&self->b, .nid = vs_xid(1), .addrs = NET_B "/24"));
}

/* All of IPv4: not confined, and nothing is taken from anybody. */
TEST_F(wide, everything)
{
	long fd;

	ASSERT_EQ(0, net_start(&self->a, .nid = vs_xid(0), .addrs = "0.0.0.0&0"));
	ASSERT_EQ(0, net_start(&self->b, .nid = vs_xid(1), .addrs = NET_B "/24"));
	self->s[0].fd = tcp_server(&self->host, "0.0.0.0", 80);
	self->s[2].fd = tcp_server(&self->b, "0.0.0.0", 80);
	ASSERT_LE(0, self->s[0].fd);
	ASSERT_LE(0, self->s[2].fd);
	EXPECT_EQ(0, tcp_reach(&self->a, NET_A, 80, self->s, 3));
	EXPECT_EQ(2, tcp_reach(&self->a, NET_B, 80, self->s, 3));
	fd = tcp_server(&self->a, NET_A, 81);
	EXPECT_LE(0, fd);
	/* its sockets would stay as free as they are */
	EXPECT_EQ(-EBUSY, net_remove(self->a.xid, "0.0.0.0&0"));
	EXPECT_EQ(-EBUSY, net_remove_all(self->a.xid));
	EXPECT_EQ(0, net_add(self->a.xid, NET_A "/24"));
	EXPECT_EQ(0, net_remove(self->a.xid, NET_A "/24"));
	VS_IN_CHILD {
		ASSERT_EQ(vs_xid(2), net_create(vs_xid(2), NET_INIT_SET | NXF_STATE_SETUP));
		EXPECT_EQ(0, net_add(vs_xid(2), "0.0.0.0&0"));
		EXPECT_EQ(0, net_remove(vs_xid(2), "0.0.0.0&0"));
	}
}

/* Many of them, and each is found. */
TEST_F(wide, many)
{
	char text[64];

	ASSERT_EQ(0, net_start(&self->a, .nid = vs_xid(0), .addrs = NET_A "/24"));
	for (int i = 0; i < 200; i++) {
		snprintf(text, sizeof(text), i % 2 ? "10.%d.0.0&16" : "10.%d.3.1-10.%d.77.9", i, i);
		ASSERT_EQ(0, net_add(self->a.xid, text));
	}
	ASSERT_EQ(0, nd_add_addr(NET_DEV, "10.198.3.1/32"));
	ASSERT_EQ(0, nd_add_addr(NET_DEV, "10.198.77.9/32"));
	ASSERT_EQ(0, nd_add_addr(NET_DEV, "10.198.77.10/32"));
	ASSERT_EQ(0, nd_add_addr(NET_DEV, "10.199.255.255/32"));
	self->s[0].fd = tcp_server(&self->host, "0.0.0.0", 80);
	self->s[1].fd = tcp_server(&self->a, "0.0.0.0", 80);
	ASSERT_LE(0, self->s[0].fd);
	ASSERT_LE(0, self->s[1].fd);
	EXPECT_EQ(1, tcp_reach(&self->host, "10.198.3.1", 80, self->s, 2));
	EXPECT_EQ(1, tcp_reach(&self->host, "10.198.77.9", 80, self->s, 2));
	EXPECT_EQ(0, tcp_reach(&self->host, "10.198.77.10", 80, self->s, 2));
	EXPECT_EQ(1, tcp_reach(&self->host, "10.199.255.255", 80, self->s, 2));
	EXPECT_EQ(-EEXIST, net_add(self->a.xid, "10.199.0.0&16"));
	EXPECT_EQ(0, net_remove(self->a.xid, "10.198.3.1-10.198.77.9"));
	EXPECT_EQ(0, tcp_reach(&self->host, "10.198.3.1", 80, self->s, 2));
	EXPECT_EQ(1, tcp_reach(&self->host, "10.199.255.255", 80, self->s, 2));
}

TEST_HARNESS_MAIN
