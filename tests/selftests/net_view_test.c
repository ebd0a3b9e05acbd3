// SPDX-License-Identifier: GPL-2.0-only
/*
 * What a guest learns about the network by rtnetlink, and that it changes
 * nothing there (design/kernel-network.md 5.10); sock_diag and the uevents.
 *
 * Guards against: addresses, devices and sockets of others in a dump, in a
 * single answer or in a notification, and a dump that stalls because all of
 * one buffer was taken out.
 */
#include "netreach.h"

#include <linux/filter.h>
#include <linux/inet_diag.h>
#include <linux/sock_diag.h>

FIXTURE(view)
{
	struct net_four f;
};

FIXTURE_SETUP(view)
{
	SKIP_UNLESS_VSERVER();
	ASSERT_EQ(0, net_world());
	/* a device on which no guest has anything */
	ASSERT_EQ(0, nd_add("secret0", "dummy"));
	ASSERT_EQ(0, nd_up("secret0"));
	ASSERT_EQ(0, nd_add_addr("secret0", "192.0.2.1/24"));
	ASSERT_EQ(0, nd_add_addr("secret0", "2001:db8:2::1/64"));
	ASSERT_EQ(0, net_start_four(&self->f));
}

FIXTURE_TEARDOWN(view)
{
}

/* Dumps --------------------------------------------------------------------------- */

/* One line per thing, into text: "addr 203.0.113.1 net0", "link lo", "route ..." */
static void put(const char *fmt, ...)
{
	size_t len = strlen(shared->text);
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(shared->text + len, sizeof(shared->text) - len, fmt, ap);
	va_end(ap);
}

static const char *ip_text(int family, const void *bytes)
{
	static char text[2][INET6_ADDRSTRLEN];
	static int next;

	return inet_ntop(family, bytes, text[next++ % 2], INET6_ADDRSTRLEN);
}

static const struct rtattr *find(const struct nlmsghdr *nl, size_t head, int type)
{
	struct rtattr *a = (struct rtattr *)((char *)NLMSG_DATA(nl) + NLMSG_ALIGN(head));
	int len = nl->nlmsg_len - NLMSG_SPACE(head);

	for (; RTA_OK(a, len); a = RTA_NEXT(a, len))
		if (a->rta_type == type)
			return a;
	return NULL;
}

static void put_message(const struct nlmsghdr *nl)
{
	const struct ifaddrmsg *ifa = NLMSG_DATA(nl);
	const struct rtmsg *rtm = NLMSG_DATA(nl);
	const struct rtattr *a;

	switch (nl->nlmsg_type) {
	case RTM_NEWLINK: case RTM_DELLINK:
		a = find(nl, sizeof(struct ifinfomsg), IFLA_IFNAME);
		put("link %s\n", a ? (char *)RTA_DATA(a) : "?");
		break;
	case RTM_NEWADDR: case RTM_DELADDR:
		a = find(nl, sizeof(*ifa), IFA_LOCAL) ?: find(nl, sizeof(*ifa), IFA_ADDRESS);
		put("addr %s\n", a ? ip_text(ifa->ifa_family, RTA_DATA(a)) : "?");
		break;
	case RTM_NEWROUTE: case RTM_DELROUTE:
		a = find(nl, sizeof(*rtm), RTA_DST);
		put("route %s/%d", a ? ip_text(rtm->rtm_family, RTA_DATA(a)) : "default",
		    rtm->rtm_dst_len);
		a = find(nl, sizeof(*rtm), RTA_PREFSRC);
		put(" src %s\n", a ? ip_text(rtm->rtm_family, RTA_DATA(a)) : "-");
		break;
	default:
		put("type %d\n", nl->nlmsg_type);
	}
}

/* Until the end of a dump or the answer of one request; messages or errno. */
static long collect(int s, bool dump)
{
	static char buf[32768] __attribute__((aligned(8)));
	struct pollfd p = { .fd = s, .events = POLLIN };
	long n = 0;

	for (;;) {
		struct nlmsghdr *nl = (void *)buf;
		int len;

		/* a dump that does not go on is a bug of its own */
		if (poll(&p, 1, 20000) != 1)
			return -ETIME;
		len = recv(s, buf, sizeof(buf), 0);
		if (len < 0)
			return -errno;
		for (; NLMSG_OK(nl, len); nl = NLMSG_NEXT(nl, len)) {
			if (nl->nlmsg_type == NLMSG_DONE)
				return n;
			if (nl->nlmsg_type == NLMSG_NOOP)
				continue;
			if (nl->nlmsg_type == NLMSG_ERROR)
				return ((struct nlmsgerr *)NLMSG_DATA(nl))->error;
			put_message(nl);
			n++;
			if (!dump)
				return n;
		}
	}
}

static long do_dump(long type, long family, long c)
{
	struct {
		struct nlmsghdr nl;
		struct rtgenmsg g;
		char pad[64];
	} req = {
		.nl = {
			.nlmsg_len = NLMSG_LENGTH(sizeof(struct ifinfomsg)),
			.nlmsg_type = type, .nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP,
		},
		.g.rtgen_family = family,
	};
	int s = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);
	long ret;

	shared->text[0] = 0;
	if (s < 0 || send(s, &req, req.nl.nlmsg_len, 0) < 0)
		return -errno;
	ret = collect(s, true);
	close(s);
	return ret;
}

static bool has(const char *line)
{
	char want[128];

	snprintf(want, sizeof(want), "\n%s\n", line);
	return strstr(shared->text, want) || !strncmp(shared->text, want + 1, strlen(want + 1));
}

TEST_F(view, addresses)
{
	ASSERT_LT(0, CALL(self->f.host, do_dump, RTM_GETADDR, AF_UNSPEC));
	EXPECT_TRUE(has("addr " NET_HOST));
	EXPECT_TRUE(has("addr " NET_A));
	EXPECT_TRUE(has("addr 192.0.2.1"));
	EXPECT_TRUE(has("addr " NET_HOST6));
	/* the loopback it has is called as everywhere */
	EXPECT_EQ(2, CALL(self->f.a, do_dump, RTM_GETADDR, AF_INET));
	EXPECT_STREQ("addr 127.0.0.1\naddr " NET_A "\n", shared->text);
	EXPECT_EQ(2, CALL(self->f.a, do_dump, RTM_GETADDR, AF_INET6));
	EXPECT_STREQ("addr ::1\naddr " NET_A6 "\n", shared->text);
	EXPECT_EQ(6, CALL(self->f.c, do_dump, RTM_GETADDR, AF_UNSPEC));
	EXPECT_TRUE(has("addr " NET_C1));
	EXPECT_TRUE(has("addr " NET_C3));
	EXPECT_TRUE(has("addr " NET_C6));
}

TEST_F(view, links)
{
	ASSERT_LT(0, CALL(self->f.host, do_dump, RTM_GETLINK, AF_UNSPEC));
	EXPECT_TRUE(has("link lo"));
	EXPECT_TRUE(has("link " NET_DEV));
	EXPECT_TRUE(has("link secret0"));
	ASSERT_LT(0, CALL(self->f.a, do_dump, RTM_GETLINK, AF_UNSPEC));
	EXPECT_TRUE(has("link " NET_DEV));
	EXPECT_FALSE(has("link secret0")) {
		TH_LOG("%s", shared->text);
	}
}

TEST_F(view, routes)
{
	ASSERT_LT(0, CALL(self->f.host, do_dump, RTM_GETROUTE, AF_INET));
	EXPECT_NE(NULL, strstr(shared->text, "route 192.0.2.0/24 src 192.0.2.1\n"));
	ASSERT_LT(0, CALL(self->f.a, do_dump, RTM_GETROUTE, AF_INET));
	EXPECT_EQ(NULL, strstr(shared->text, "192.0.2."));
	EXPECT_EQ(NULL, strstr(shared->text, NET_HOST "/"));
	EXPECT_EQ(NULL, strstr(shared->text, "src " NET_HOST "\n"));
	EXPECT_EQ(NULL, strstr(shared->text, NET_B));
	EXPECT_NE(NULL, strstr(shared->text, "route 203.0.113.0/24"));
	ASSERT_LE(0, CALL(self->f.a, do_dump, RTM_GETROUTE, AF_INET6));
	EXPECT_EQ(NULL, strstr(shared->text, "2001:db8:2:"));
	EXPECT_EQ(NULL, strstr(shared->text, NET_B6));
}

/* Neighbours, rules, queues: not a guest's business. */
TEST_F(view, other_tables)
{
	static const int types[] = {
		RTM_GETNEIGH, RTM_GETRULE, RTM_GETQDISC, RTM_GETTCLASS, RTM_GETTFILTER,
		RTM_GETNEIGHTBL, RTM_GETNETCONF, RTM_GETNSID, RTM_GETMULTICAST, RTM_GETANYCAST,
	};

	for (size_t i = 0; i < ARRAY_SIZE(types); i++) {
		EXPECT_EQ(-EPERM, CALL(self->f.a, do_dump, types[i], AF_UNSPEC)) {
			TH_LOG("type %d", types[i]);
		}
		/* the host is answered in some way, but not forbidden */
		EXPECT_NE(-EPERM, CALL(self->f.host, do_dump, types[i], AF_UNSPEC));
	}
}

/* Without hide_netif all is seen. */
TEST_F(view, not_hidden)
{
	ASSERT_EQ(0, net_set_nflags(self->f.a.xid, 0, NXF_HIDE_NETIF));
	ASSERT_LT(0, CALL(self->f.a, do_dump, RTM_GETADDR, AF_UNSPEC));
	EXPECT_TRUE(has("addr 192.0.2.1"));
	ASSERT_LT(0, CALL(self->f.a, do_dump, RTM_GETLINK, AF_UNSPEC));
	EXPECT_TRUE(has("link secret0"));
}

/* Hundreds of foreign addresses: buffers of which nothing is left. */
TEST_F(view, long_dump)
{
	char addr[32];

	for (int i = 0; i < 400; i++) {
		snprintf(addr, sizeof(addr), "10.9.%d.%d/32", i / 200, i % 200 + 1);
		ASSERT_EQ(0, nd_add_addr("secret0", addr));
	}
	ASSERT_EQ(0, nd_add_addr("lo", "203.0.113.40/32"));
	ASSERT_EQ(0, net_add(self->f.a.xid, "203.0.113.40/32"));
	EXPECT_LT(400, CALL(self->f.host, do_dump, RTM_GETADDR, AF_INET));
	EXPECT_EQ(3, CALL(self->f.a, do_dump, RTM_GETADDR, AF_INET));
	EXPECT_TRUE(has("addr " NET_A));
	EXPECT_TRUE(has("addr 203.0.113.40"));
	ASSERT_LT(0, CALL(self->f.a, do_dump, RTM_GETROUTE, AF_INET));
	EXPECT_EQ(NULL, strstr(shared->text, "10.9."));
}

/* Single answers --------------------------------------------------------------------- */

static long do_getlink(long index, long b, long c)
{
	struct ifinfomsg head = { .ifi_index = index };
	struct nd_request r;
	int s = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);
	long ret;

	shared->text[0] = 0;
	nd_init(&r, RTM_GETLINK, 0, &head, sizeof(head));
	r.nl.nlmsg_flags = NLM_F_REQUEST;
	ret = send(s, &r, r.nl.nlmsg_len, 0) < 0 ? -errno : collect(s, false);
	close(s);
	return ret;
}

TEST_F(view, one_link)
{
	int seen = if_nametoindex(NET_DEV), hidden = if_nametoindex("secret0");

	ASSERT_LT(0, hidden);
	EXPECT_EQ(1, CALL(self->f.host, do_getlink, hidden));
	EXPECT_EQ(1, CALL(self->f.a, do_getlink, seen));
	EXPECT_STREQ("link " NET_DEV "\n", shared->text);
	EXPECT_EQ(-ENODEV, CALL(self->f.a, do_getlink, hidden));
	EXPECT_EQ(-ENODEV, CALL(self->f.a, do_getlink, 4711));
	EXPECT_EQ(-ENODEV, CALL(self->f.host, do_getlink, 4711));
}

/* text: destination */
static long do_getroute(long a, long b, long c)
{
	struct rtmsg head = { 0 };
	unsigned char bytes[16];
	struct nd_request r;
	int prefix, s = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);
	long ret;

	head.rtm_family = nd_parse(shared->text, bytes, &prefix);
	head.rtm_dst_len = prefix;
	nd_init(&r, RTM_GETROUTE, 0, &head, sizeof(head));
	nd_attr(&r, RTA_DST, bytes, head.rtm_family == AF_INET ? 4 : 16);
	r.nl.nlmsg_flags = NLM_F_REQUEST;
	shared->text[0] = 0;
	ret = send(s, &r, r.nl.nlmsg_len, 0) < 0 ? -errno : collect(s, false);
	close(s);
	return ret;
}

TEST_F(view, one_route)
{
	ASSERT_EQ(1, AT(self->f.host, do_getroute, "203.0.113.99"));
	EXPECT_NE(NULL, strstr(shared->text, " src " NET_HOST "\n"));
	ASSERT_EQ(1, AT(self->f.a, do_getroute, "203.0.113.99"));
	/* the source it would really use, or none, but not the host's */
	EXPECT_EQ(NULL, strstr(shared->text, " src " NET_HOST "\n")) {
		TH_LOG("%s", shared->text);
	}
}

/* Changes ------------------------------------------------------------------------------ */

static long do_change(long what, long b, long c)
{
	switch (what) {
	case 0:
		return nd_add_addr(NET_DEV, "203.0.113.77/24");
	case 1:
		return nd_del_addr(NET_DEV, NET_A "/24");
	case 2:
		return nd_add_route("10.0.0.0/8", NULL, NET_DEV);
	case 3:
		return nd_add("own0", "dummy");
	case 4:
		return nd_remove("secret0");
	case 5:
		return nd_up(NET_DEV);
	default:
		return -EINVAL;
	}
}

TEST_F(view, changes)
{
	static const int order[] = { 0, 2, 3, 5 };
	struct agent root;

	ASSERT_EQ(0, net_start(&root, .nid = vs_xid(3), .addrs = "203.0.113.16/24",
			       .guest.bcaps = VS_BOUND | 1ULL << CAP_NET_ADMIN));
	for (int what = 0; what < 6; what++) {
		EXPECT_EQ(-EPERM, CALL(self->f.a, do_change, what)) {
			TH_LOG("change %d", what);
		}
	}
	for (size_t i = 0; i < ARRAY_SIZE(order); i++)
		EXPECT_EQ(0, CALL(self->f.host, do_change, order[i]));
	/* who was given NET_ADMIN administrates what it sees */
	ASSERT_EQ(0, nd_add_addr(NET_DEV, "203.0.113.16/24"));
	EXPECT_EQ(0, CALL(root, do_change, 5));
}

/* Notifications --------------------------------------------------------------------------- */

static long do_monitor(long a, long b, long c)
{
	struct sockaddr_nl nl = {
		.nl_family = AF_NETLINK,
		.nl_groups = RTMGRP_LINK | RTMGRP_IPV4_IFADDR | RTMGRP_IPV6_IFADDR |
			     RTMGRP_IPV4_ROUTE | RTMGRP_IPV6_ROUTE | RTMGRP_NEIGH,
	};
	int s = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);

	return bind(s, (void *)&nl, sizeof(nl)) ? -errno : s;
}

/* All that came, until the address in text was told of. */
static long do_heard(long s, long b, long c)
{
	char until[64], line[80];

	snprintf(until, sizeof(until), "%.63s", shared->text);
	snprintf(line, sizeof(line), "addr %s", until);
	shared->text[0] = 0;
	while (!has(line)) {
		long ret = collect(s, false);

		if (ret < 0)
			return ret;
	}
	return 0;
}

TEST_F(view, notifications)
{
	long guest = CALL(self->f.a, do_monitor), host = CALL(self->f.host, do_monitor);

	ASSERT_LE(0, guest);
	ASSERT_LE(0, host);
	ASSERT_EQ(0, net_add(self->f.a.xid, "203.0.113.50/24"));
	ASSERT_EQ(0, nd_add_addr("secret0", "192.0.2.77/24"));
	ASSERT_EQ(0, nd_add_addr(NET_DEV, "203.0.113.49/24"));
	ASSERT_EQ(0, nd_add("late0", "dummy"));
	ASSERT_EQ(0, nd_up("late0"));
	/* the guest's comes last: what it may not hear would have come before */
	ASSERT_EQ(0, nd_add_addr(NET_DEV, "203.0.113.50/24"));
	TEXT("203.0.113.50");
	ASSERT_EQ(0, CALL(self->f.host, do_heard, host));
	EXPECT_TRUE(has("addr 192.0.2.77"));
	EXPECT_TRUE(has("link late0"));
	TEXT("203.0.113.50");
	ASSERT_EQ(0, CALL(self->f.a, do_heard, guest));
	EXPECT_TRUE(has("addr 203.0.113.50"));
	EXPECT_EQ(NULL, strstr(shared->text, "192.0.2.77"));
	EXPECT_EQ(NULL, strstr(shared->text, "203.0.113.49"));
	EXPECT_EQ(NULL, strstr(shared->text, "late0"));
}

/* sock_diag ---------------------------------------------------------------------------- */

static long do_diag(long a, long b, long c)
{
	struct {
		struct nlmsghdr nl;
		struct inet_diag_req_v2 r;
	} req = {
		.nl = {
			.nlmsg_len = sizeof(req), .nlmsg_type = SOCK_DIAG_BY_FAMILY,
			.nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP,
		},
		.r = { .sdiag_family = AF_INET, .sdiag_protocol = IPPROTO_TCP, .idiag_states = -1 },
	};
	int s = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_SOCK_DIAG);
	long ret;

	if (s < 0)
		return -errno;
	shared->text[0] = 0;
	ret = send(s, &req, sizeof(req), 0) < 0 ? -errno : collect(s, true);
	close(s);
	return ret;
}

TEST_F(view, sock_diag)
{
	long host;

	ASSERT_LE(0, tcp_server(&self->f.host, "0.0.0.0", 80));
	host = CALL(self->f.host, do_diag);
	EXPECT_EQ(-EPROTONOSUPPORT, CALL(self->f.a, do_diag));
	if (host < 0)
		SKIP(return, "no sock_diag in this kernel");
	EXPECT_LE(1, host);
}

/*
 * A filter sees messages before the hidden ones are cut out. What is refused is
 * the program, whatever it does; sockets of other families may have one.
 */
static long do_attach(long family, long b, long c)
{
	struct sock_filter pass = { .code = BPF_RET | BPF_K, .k = 0xffff };
	struct sock_fprog prog = { .len = 1, .filter = &pass };
	int s = socket(family, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	long ret;

	if (s < 0)
		return -errno;
	ret = ERR(setsockopt(s, SOL_SOCKET, SO_ATTACH_FILTER, &prog, sizeof(prog)));
	close(s);
	return ret;
}

TEST_F(view, filter)
{
	EXPECT_EQ(-EPERM, CALL(self->f.a, do_attach, AF_NETLINK));
	EXPECT_EQ(0, CALL(self->f.a, do_attach, AF_INET));
	EXPECT_EQ(0, CALL(self->f.host, do_attach, AF_NETLINK));
}

TEST_HARNESS_MAIN
