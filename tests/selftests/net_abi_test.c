// SPDX-License-Identifier: GPL-2.0-only
/*
 * The commands of network contexts: creation, addresses in all versions of the
 * structures, flags, capabilities, mark (spec/abi.md 8.3 and 8.7).
 *
 * Guards against: an entry that is accepted but means something else than the
 * tools meant, a wrong errno that the tools report as another fault, and an
 * address that two guests believe to own.
 */
#include "netcommon.h"

#define V4(_text)	({ struct in_addr __a; inet_pton(AF_INET, _text, &__a); __a.s_addr; })

FIXTURE(netabi)
{
	__u32 nid;	/* a context without tasks, STATE_SETUP on */
	__u32 other;	/* a number nobody uses */
};

FIXTURE_SETUP(netabi)
{
	SKIP_UNLESS_VSERVER();
	self->nid = vs_xid(0);
	self->other = vs_xid(1);
	VS_IN_CHILD {
		EXPECT_EQ(self->nid, net_create(self->nid, NET_INIT_SET | NXF_STATE_SETUP |
						NXF_PERSISTENT));
	}
	ASSERT_EQ(0, _metadata->exit_code);
}

FIXTURE_TEARDOWN(netabi)
{
	net_set_nflags(self->nid, 0, NXF_PERSISTENT);
	net_set_nflags(self->other, 0, NXF_PERSISTENT);
}

/* The list of /proc/virtnet/NID/info, without its head. */
static const char *entries(__u32 nid)
{
	static char text[65536];
	char path[64], *at;

	snprintf(path, sizeof(path), "/proc/virtnet/%u/info", nid);
	if (vs_read_file(path, text, sizeof(text)) < 0)
		return "(no file)";
	at = strstr(text, "\nLback:");
	at = at ? strchr(at + 1, '\n') : NULL;
	return at ? at + 1 : text;
}

/* Creation ---------------------------------------------------------------------- */

TEST_F(netabi, create)
{
	VS_IN_CHILD {
		EXPECT_EQ(0, vserver(VCMD_task_nid, 0, NULL));
		EXPECT_EQ(self->other, vserver(VCMD_net_create, self->other, NULL));
		EXPECT_EQ(self->other, vserver(VCMD_task_nid, 0, NULL));
		EXPECT_EQ(self->other, vserver(VCMD_task_nid, getpid(), NULL));
		EXPECT_EQ(0, vs_task_xid(0));
		EXPECT_EQ(0x406000200ULL, net_get_nflags(self->other));
	}
	/* it was its only member */
	EXPECT_FALSE(net_exists(self->other));
	VS_IN_CHILD {
		EXPECT_EQ(self->other, vserver(VCMD_net_create_v0, self->other, NULL));
		EXPECT_EQ(0x406000200ULL, net_get_nflags(self->other));
	}
	VS_IN_CHILD {
		EXPECT_EQ(self->other, net_create(self->other, 0));
		EXPECT_EQ(0, net_get_nflags(self->other));
	}
	EXPECT_EQ(0, vserver(VCMD_task_nid, 0, NULL));
}

TEST_F(netabi, create_errors)
{
	static const __u32 bad[] = { 0, 1, 65536, 0x7fffffff, 0x80000000,
				     VX_ID_SELF, VX_ID_DYNAMIC };

	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		EXPECT_EQ(-EINVAL, vserver(VCMD_net_create, bad[i], NULL)) {
			TH_LOG("id %#x", bad[i]);
		}
		EXPECT_EQ(-EINVAL, vserver(VCMD_net_create_v0, bad[i], NULL));
	}
	EXPECT_EQ(-EBUSY, vserver(VCMD_net_create, self->nid, NULL));
	EXPECT_EQ(0, net_set_nflags(self->nid, 0, NXF_STATE_SETUP));
	EXPECT_EQ(-EEXIST, vserver(VCMD_net_create, self->nid, NULL));
	EXPECT_EQ(-EEXIST, vserver(VCMD_net_create_v0, self->nid, NULL));
	EXPECT_EQ(0, vserver(VCMD_task_nid, 0, NULL));
	for (__u32 ok = 2; ok <= 65535; ok += 65533)
		VS_IN_CHILD { EXPECT_EQ(ok, vserver(VCMD_net_create, ok, NULL)); }
}

/* From one network context straight into the next: the host may. */
TEST_F(netabi, host_changes_its_network)
{
	VS_IN_CHILD {
		ASSERT_EQ(self->other, vserver(VCMD_net_create, self->other, NULL));
		EXPECT_EQ(0, vserver(VCMD_net_migrate, self->nid, NULL));
		EXPECT_EQ(self->nid, vserver(VCMD_task_nid, 0, NULL));
		EXPECT_FALSE(net_exists(self->other));
		/* already a member: nothing happens */
		EXPECT_EQ(0, vserver(VCMD_net_migrate, self->nid, NULL));
		EXPECT_EQ(0, vserver(VCMD_net_migrate, VX_ID_SELF, NULL));
		EXPECT_EQ(-ESRCH, vserver(VCMD_net_migrate, 0, NULL));
		EXPECT_EQ(self->nid, vserver(VCMD_task_nid, 0, NULL));
	}
}

TEST_F(netabi, unrestricted_view)
{
	VS_IN_CHILD {
		EXPECT_EQ(1, vserver(VCMD_net_migrate, 1, NULL));
		EXPECT_EQ(1, vserver(VCMD_task_nid, 0, NULL));
		EXPECT_EQ(-ESRCH, vserver(VCMD_nx_info, VX_ID_SELF, &(struct vcmd_nx_info){ 0 }));
	}
	VS_IN_GUEST(self->other, .bcaps = ~0ULL) {
		EXPECT_EQ(-EPERM, vserver(VCMD_net_migrate, 1, NULL));
	}
}

TEST_F(netabi, migrate_private)
{
	EXPECT_EQ(0, net_set_nflags(self->nid, NXF_INFO_PRIVATE, NXF_INFO_PRIVATE));
	/* still in its set-up */
	VS_IN_CHILD { EXPECT_EQ(0, vserver(VCMD_net_migrate, self->nid, NULL)); }
	EXPECT_EQ(0, net_set_nflags(self->nid, 0, NXF_STATE_SETUP));
	VS_IN_CHILD { EXPECT_EQ(-EACCES, vserver(VCMD_net_migrate, self->nid, NULL)); }
	EXPECT_EQ(0, net_set_nflags(self->nid, 0, NXF_INFO_PRIVATE));
	VS_IN_CHILD { EXPECT_EQ(0, vserver(VCMD_net_migrate, self->nid, NULL)); }
}

TEST_F(netabi, info)
{
	struct vcmd_nx_info info = { 0 };

	EXPECT_EQ(0, vserver(VCMD_nx_info, self->nid, &info));
	EXPECT_EQ(self->nid, info.nid);
	EXPECT_EQ(-ESRCH, vserver(VCMD_nx_info, self->other, &info));
	/* process and network context are two things */
	EXPECT_EQ(-ESRCH, vserver(VCMD_vx_info, self->nid, &(struct vcmd_vx_info){ 0 }));
}

TEST_F(netabi, task_nid_of_others)
{
	struct agent in;

	ASSERT_EQ(0, net_start(&in, .nid = self->other));
	EXPECT_EQ(self->other, vserver(VCMD_task_nid, in.pid, NULL));
	EXPECT_EQ(self->other, vs_task_xid(in.pid));
	EXPECT_EQ(0, vserver(VCMD_task_nid, 1, NULL));
	VS_IN_GUEST(vs_xid(2), .bcaps = ~0ULL) {
		EXPECT_EQ(0, vserver(VCMD_task_nid, 0, NULL));
		EXPECT_EQ(-EPERM, vserver(VCMD_task_nid, in.pid, NULL));
	}
}

/* Flags and capabilities --------------------------------------------------------- */

TEST_F(netabi, flags)
{
	struct vcmd_flags f;
	__u64 once = NXF_STATE_SETUP | NXF_STATE_ADMIN;

	ASSERT_EQ(0, vserver(VCMD_get_nflags, self->nid, &f));
	EXPECT_EQ(NET_INIT_SET | NXF_STATE_SETUP | NXF_PERSISTENT, f.flagword);
	EXPECT_EQ(~0ULL, f.mask);
	/* unknown bits are kept, only masked ones change */
	EXPECT_EQ(0, net_set_nflags(self->nid, ~0ULL, 1ULL << 60 | NXF_SINGLE_IP));
	EXPECT_EQ(0, net_set_nflags(self->nid, 0, NXF_HIDE_LBACK));
	ASSERT_EQ(0, vserver(VCMD_get_nflags, self->nid, &f));
	EXPECT_EQ((NET_INIT_SET & ~NXF_HIDE_LBACK) | NXF_STATE_SETUP | NXF_PERSISTENT |
		  1ULL << 60 | NXF_SINGLE_IP, f.flagword);
	/* once cleared it stays so */
	EXPECT_EQ(0, net_set_nflags(self->nid, 0, NXF_STATE_SETUP));
	EXPECT_EQ(0, net_set_nflags(self->nid, ~0ULL, once));
	ASSERT_EQ(0, vserver(VCMD_get_nflags, self->nid, &f));
	EXPECT_EQ(NXF_STATE_ADMIN, f.flagword & once);
	EXPECT_EQ(~NXF_STATE_SETUP, f.mask);
}

TEST_F(netabi, shut_for_administration)
{
	struct agent in;

	ASSERT_EQ(0, net_start(&in, .nid = self->other, .addrs = NET_A));
	ASSERT_EQ(0, net_set_nflags(self->other, 0, NXF_STATE_ADMIN));
	EXPECT_EQ(-EACCES, net_add(self->other, NET_B));
	EXPECT_EQ(-EACCES, net_remove(self->other, NET_A));
	EXPECT_EQ(-EACCES, net_set_nflags(self->other, 0, NXF_HIDE_NETIF));
	EXPECT_EQ(-EACCES, net_set_ncaps(self->other, 0, 1));
	EXPECT_EQ(-EACCES, vserver(VCMD_net_migrate, self->other, NULL));
	EXPECT_NE(0, net_get_nflags(self->other));
}

TEST_F(netabi, capabilities)
{
	struct vcmd_ccaps_v1 c;

	ASSERT_EQ(0, vserver(VCMD_get_ncaps, self->nid, &c));
	EXPECT_EQ(0, c.caps);
	EXPECT_EQ(~0ULL, c.mask);
	EXPECT_EQ(0, net_set_ncaps(self->nid, NXC_RAW_ICMP | 1ULL << 63, ~0ULL));
	EXPECT_EQ(0, net_set_ncaps(self->nid, NXC_MULTICAST, NXC_MULTICAST | NXC_RAW_ICMP));
	ASSERT_EQ(0, vserver(VCMD_get_ncaps, self->nid, &c));
	EXPECT_EQ(NXC_MULTICAST | 1ULL << 63, c.caps);
}

TEST_F(netabi, mark)
{
	struct vcmd_net_mark m = { 7 };

	EXPECT_EQ(0, vserver(VCMD_net_get_mark, self->nid, &m));
	EXPECT_EQ(0, m.mark);
	m.mark = 0x10003;
	EXPECT_EQ(0, vserver(VCMD_net_set_mark, self->nid, &m));
	m.mark = 0;
	EXPECT_EQ(0, vserver(VCMD_net_get_mark, self->nid, &m));
	EXPECT_EQ(0x10003, m.mark);
	EXPECT_EQ(-ESRCH, vserver(VCMD_net_set_mark, self->other, &m));
	EXPECT_EQ(-ESRCH, vserver(VCMD_net_get_mark, self->other, &m));
}

/* The creator of a process context sets up its own network and no other. */
TEST_F(netabi, self_setup)
{
	VS_IN_CHILD {
		ASSERT_EQ(self->other, net_create(self->other, NET_INIT_SET));
		ASSERT_EQ(self->other, vs_create(self->other, VXF_INIT_SET));
		EXPECT_EQ(0, net_add(VX_ID_SELF, NET_A "/24"));
		EXPECT_EQ(0, net_add(self->other, NET_B "/24"));
		EXPECT_EQ(-EPERM, net_add(self->nid, NET_C1 "/24"));
		EXPECT_EQ(-EPERM, net_set_ncaps(self->nid, ~0ULL, ~0ULL));
		EXPECT_EQ(0, net_set_ncaps(VX_ID_SELF, 0, ~0ULL));
		EXPECT_EQ(-EPERM, vserver(VCMD_net_migrate, self->nid, NULL));
		EXPECT_EQ(-EPERM, vserver(VCMD_net_create, vs_xid(2), NULL));
		EXPECT_EQ(0, vs_set_cflags(VX_ID_SELF, 0, VXF_STATE_SETUP));
		EXPECT_EQ(-EPERM, net_add(VX_ID_SELF, NET_C1 "/24"));
		EXPECT_EQ(-EPERM, net_remove(VX_ID_SELF, NET_A "/24"));
	}
}

/* Addresses, version 0 ------------------------------------------------------------- */

TEST_F(netabi, addresses_v0)
{
	struct vcmd_net_addr_v0 a = {
		.type = NXA_TYPE_IPV4, .count = 2,
		.ip = { V4(NET_A), V4(NET_B) },
		.mask = { V4("255.255.255.0"), V4("255.255.0.0") },
	}, b = a;

	EXPECT_EQ(2, vserver(VCMD_net_add_v0, self->nid, &a));
	EXPECT_STREQ("0:\t[203.0.113.11-0.0.0.0/255.255.255.0:0010]\n"
		     "1:\t[203.0.113.12-0.0.0.0/255.255.0.0:0010]\n", entries(self->nid));
	EXPECT_EQ(-EEXIST, vserver(VCMD_net_add_v0, self->nid, &a));
	b.count = 0;
	EXPECT_EQ(-EINVAL, vserver(VCMD_net_add_v0, self->nid, &b));
	b.count = 5;
	EXPECT_EQ(-EINVAL, vserver(VCMD_net_add_v0, self->nid, &b));
	b.count = 1;
	b.type = NXA_TYPE_IPV6;
	EXPECT_EQ(-EINVAL, vserver(VCMD_net_add_v0, self->nid, &b));
	b.type = NXA_TYPE_ANY;
	EXPECT_EQ(-EINVAL, vserver(VCMD_net_add_v0, self->nid, &b));
	/* all or nothing that the tools call "all" */
	for (__u32 all = 0x00ff; all <= 0xffff; all += 0xff00) {
		b.type = all;
		b.count = 0;
		EXPECT_EQ(0, vserver(VCMD_net_remove_v0, self->nid, &b));
		EXPECT_STREQ("", entries(self->nid));
		EXPECT_EQ(2, vserver(VCMD_net_add_v0, self->nid, &a));
	}
	b.type = NXA_TYPE_IPV4 | NXA_TYPE_RANGE;
	EXPECT_EQ(-EINVAL, vserver(VCMD_net_remove_v0, self->nid, &b));
}

TEST_F(netabi, broadcast_and_loopback_v0)
{
	struct vcmd_net_addr_v0 a = {
		.type = NXA_TYPE_IPV4 | NXA_MOD_BCAST, .count = 1,
		.ip = { V4("203.0.113.255") },
	};
	char path[64], text[4096];

	EXPECT_EQ(1, vserver(VCMD_net_add_v0, self->nid, &a));
	a.type = NXA_TYPE_IPV4 | NXA_MOD_LBACK;
	a.ip[0] = V4("127.5.6.7");
	EXPECT_EQ(1, vserver(VCMD_net_add_v0, self->nid, &a));
	snprintf(path, sizeof(path), "/proc/virtnet/%u/info", self->nid);
	ASSERT_LT(0, vs_read_file(path, text, sizeof(text)));
	EXPECT_NE(NULL, strstr(text, "\nBcast:\t203.0.113.255\nLback:\t127.5.6.7\n"));
	EXPECT_STREQ("", entries(self->nid));
}

/* Version 1 and 2 -------------------------------------------------------------------- */

TEST_F(netabi, addresses_v1)
{
	struct vcmd_net_ipv4_v1 a = {
		.type = NXA_TYPE_ADDR, .ip = V4(NET_A), .mask = V4("255.255.255.0"),
	}, b = a;

	EXPECT_EQ(0, vserver(VCMD_net_add_ipv4_v1, self->nid, &a));
	EXPECT_EQ(-EEXIST, vserver(VCMD_net_add_ipv4_v1, self->nid, &a));
	b.type = NXA_TYPE_MASK;
	b.ip = V4("198.51.100.0");
	EXPECT_EQ(0, vserver(VCMD_net_add_ipv4_v1, self->nid, &b));
	EXPECT_EQ(-EEXIST, vserver(VCMD_net_add_ipv4_v1, self->nid, &b));
	EXPECT_STREQ("0:\t[203.0.113.11-0.0.0.0/255.255.255.0:0010]\n"
		     "1:\t[198.51.100.0-0.0.0.0/255.255.255.0:0020]\n", entries(self->nid));
	/* no end address in this version */
	b.type = NXA_TYPE_RANGE;
	EXPECT_EQ(-EINVAL, vserver(VCMD_net_add_ipv4_v1, self->nid, &b));
	b.type = NXA_TYPE_NONE;
	EXPECT_EQ(-EINVAL, vserver(VCMD_net_add_ipv4_v1, self->nid, &b));
	b.type = NXA_TYPE_ADDR | 0x0400;
	EXPECT_EQ(-EINVAL, vserver(VCMD_net_add_ipv4_v1, self->nid, &b));
	b.type = NXA_TYPE_ADDR | NXA_TYPE_MASK;
	EXPECT_EQ(-EINVAL, vserver(VCMD_net_add_ipv4_v1, self->nid, &b));
	/* removed by equality of all fields */
	b = a;
	b.mask = V4("255.255.0.0");
	EXPECT_EQ(-ESRCH, vserver(VCMD_net_rem_ipv4_v1, self->nid, &b));
	EXPECT_EQ(0, vserver(VCMD_net_rem_ipv4_v1, self->nid, &a));
	EXPECT_EQ(-ESRCH, vserver(VCMD_net_rem_ipv4_v1, self->nid, &a));
	b.type = NXA_TYPE_MASK;
	b.ip = V4("198.51.100.0");
	b.mask = V4("255.255.255.0");
	EXPECT_EQ(0, vserver(VCMD_net_rem_ipv4_v1, self->nid, &b));
	EXPECT_STREQ("", entries(self->nid));
	EXPECT_EQ(0, vserver(VCMD_net_add_ipv4_v1, self->nid, &a));
	b = (struct vcmd_net_ipv4_v1){ .type = NXA_TYPE_ANY };
	EXPECT_EQ(0, vserver(VCMD_net_rem_ipv4_v1, self->nid, &b));
	EXPECT_STREQ("", entries(self->nid));
	/* of nothing, all is nothing */
	EXPECT_EQ(0, vserver(VCMD_net_rem_ipv4_v1, self->nid, &b));
}

TEST_F(netabi, broadcast_and_loopback)
{
	struct vcmd_net_ipv4_v1 b = {
		.type = NXA_TYPE_ADDR | NXA_MOD_BCAST, .ip = V4("203.0.113.127"),
	}, l = {
		.type = NXA_TYPE_ADDR | NXA_MOD_LBACK, .ip = V4("127.44.0.1"),
	};
	char path[64], text[4096], want[64];

	snprintf(path, sizeof(path), "/proc/virtnet/%u/info", self->nid);
	ASSERT_LT(0, vs_read_file(path, text, sizeof(text)));
	snprintf(want, sizeof(want), "\nBcast:\t255.255.255.255\nLback:\t127.%u.%u.1\n",
		 self->nid >> 8, self->nid & 255);
	EXPECT_NE(NULL, strstr(text, want));
	EXPECT_EQ(0, vserver(VCMD_net_add_ipv4_v1, self->nid, &b));
	/* one, overwritten */
	b.ip = V4("203.0.113.255");
	EXPECT_EQ(0, vserver(VCMD_net_add_ipv4, self->nid, &(struct vcmd_net_ipv4_v2){
			.type = b.type, .ip = b.ip }));
	EXPECT_EQ(0, vserver(VCMD_net_add_ipv4_v1, self->nid, &l));
	ASSERT_LT(0, vs_read_file(path, text, sizeof(text)));
	EXPECT_NE(NULL, strstr(text, "\nBcast:\t203.0.113.255\nLback:\t127.44.0.1\n"));
}

TEST_F(netabi, addresses_v2)
{
	EXPECT_EQ(0, net_add(self->nid, "203.0.113.0/24"));
	EXPECT_EQ(0, net_add(self->nid, "203.0.113.16-203.0.113.31"));
	EXPECT_EQ(-EEXIST, net_add(self->nid, "203.0.113.16-203.0.113.31"));
	EXPECT_EQ(0, net_add(self->nid, "10.0.0.0&8"));
	EXPECT_EQ(0, net_add(self->nid, "192.0.2.1/32"));
	EXPECT_STREQ("0:\t[203.0.113.0-0.0.0.0/255.255.255.0:0010]\n"
		     "1:\t[203.0.113.16-203.0.113.31/255.255.255.255:0040]\n"
		     "2:\t[10.0.0.0-0.0.0.0/255.0.0.0:0020]\n"
		     "3:\t[192.0.2.1-0.0.0.0/255.255.255.255:0010]\n", entries(self->nid));
	EXPECT_EQ(-ESRCH, net_remove(self->nid, "203.0.113.16-203.0.113.30"));
	EXPECT_EQ(0, net_remove(self->nid, "203.0.113.16-203.0.113.31"));
	EXPECT_EQ(0, net_remove(self->nid, "10.0.0.0&8"));
	EXPECT_STREQ("0:\t[203.0.113.0-0.0.0.0/255.255.255.0:0010]\n"
		     "1:\t[192.0.2.1-0.0.0.0/255.255.255.255:0010]\n", entries(self->nid));
	/* the wrong way round */
	EXPECT_EQ(-EINVAL, net_add(self->nid, "203.0.113.31-203.0.113.16"));
	EXPECT_EQ(0, vserver(VCMD_net_rem_ipv4, self->nid,
			     &(struct vcmd_net_ipv4_v2){ .type = NXA_TYPE_ANY }));
	EXPECT_STREQ("", entries(self->nid));
}

TEST_F(netabi, addresses_v6)
{
	struct vcmd_net_ipv6_v1 a = { .type = NXA_TYPE_ADDR, .prefix = 129 };

	EXPECT_EQ(0, net_add(self->nid, NET_A6 "/64"));
	EXPECT_EQ(-EEXIST, net_add(self->nid, NET_A6 "/64"));
	EXPECT_EQ(0, net_add(self->nid, "2001:db8:5::&48"));
	/* IPv4 has indices of its own */
	EXPECT_EQ(0, net_add(self->nid, NET_A "/24"));
	EXPECT_STREQ("0:\t[203.0.113.11-0.0.0.0/255.255.255.0:0010]\n"
		     "0:\t[2001:0db8:0000:0000:0000:0000:0000:0011/"
		     "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff/64:0010]\n"
		     "1:\t[2001:0db8:0005:0000:0000:0000:0000:0000/"
		     "ffff:ffff:ffff:0000:0000:0000:0000:0000/48:0020]\n", entries(self->nid));
	EXPECT_EQ(-EINVAL, vserver(VCMD_net_add_ipv6, self->nid, &a));
	a.prefix = 64;
	a.type = NXA_TYPE_NONE;
	EXPECT_EQ(-EINVAL, vserver(VCMD_net_add_ipv6, self->nid, &a));
	a.type = NXA_TYPE_RANGE;
	EXPECT_EQ(-EINVAL, vserver(VCMD_net_add_ipv6, self->nid, &a));
	EXPECT_EQ(-ESRCH, net_remove(self->nid, NET_B6 "/64"));
	EXPECT_EQ(0, net_remove(self->nid, "2001:db8:5::&48"));
	EXPECT_EQ(0, net_remove(self->nid, NET_A6 "/64"));
	EXPECT_EQ(0, net_add(self->nid, NET_A6 "/64"));
	EXPECT_EQ(0, vserver(VCMD_net_remove_ipv6, self->nid,
			     &(struct vcmd_net_ipv6_v1){ .type = NXA_TYPE_ANY }));
	EXPECT_STREQ("0:\t[203.0.113.11-0.0.0.0/255.255.255.0:0010]\n", entries(self->nid));
	EXPECT_EQ(0, net_remove_all(self->nid));
	EXPECT_STREQ("", entries(self->nid));
}

/* More than one address and it is not single any more. */
TEST_F(netabi, single_ip)
{
	EXPECT_EQ(0, net_set_nflags(self->nid, NXF_SINGLE_IP, NXF_SINGLE_IP));
	EXPECT_EQ(0, net_add(self->nid, NET_A "/24"));
	EXPECT_EQ(NXF_SINGLE_IP, net_get_nflags(self->nid) & NXF_SINGLE_IP);
	EXPECT_EQ(0, net_add(self->nid, NET_A6 "/64"));
	EXPECT_EQ(NXF_SINGLE_IP, net_get_nflags(self->nid) & NXF_SINGLE_IP);
	EXPECT_EQ(0, net_add(self->nid, NET_B "/24"));
	EXPECT_EQ(0, net_get_nflags(self->nid) & NXF_SINGLE_IP);
}

/* Who owns it ---------------------------------------------------------------------- */

/* "0.0.0.0" of the tools: everything. */
TEST_F(netabi, everything)
{
	EXPECT_EQ(0, net_add(self->nid, "0.0.0.0&0"));
	EXPECT_STREQ("0:\t[0.0.0.0-0.0.0.0/0.0.0.0:0020]\n", entries(self->nid));
}

TEST_F(netabi, five_hundred)
{
	char text[32];

	for (int i = 0; i < 500; i++) {
		snprintf(text, sizeof(text), "10.1.%d.%d/16", i / 250, i % 250 + 1);
		ASSERT_EQ(0, net_add(self->nid, text));
	}
	EXPECT_EQ(-EEXIST, net_add(self->nid, "10.1.1.250/16"));
	EXPECT_NE(NULL, strstr(entries(self->nid),
			       "\n499:\t[10.1.1.250-0.0.0.0/255.255.0.0:0010]\n"));
	EXPECT_EQ(0, net_remove(self->nid, "10.1.0.1/16"));
	EXPECT_EQ(0, strncmp(entries(self->nid), "0:\t[10.1.0.2-", 13));
	EXPECT_EQ(0, net_remove_all(self->nid));
	EXPECT_STREQ("", entries(self->nid));
}

TEST_HARNESS_MAIN
