// SPDX-License-Identifier: GPL-2.0-only
/*
 * A source that a guest asks for and that is not its own never leaves the
 * machine; sets of masks and ranges; five hundred addresses
 * (design/kernel-network.md 5.4, T2 to T4).
 *
 * Guards against: a control message, a repeated destination or a cached route
 * that carries a foreign source past the check, fast open past the connect
 * hook, and an address of a range that is owned on paper only.
 */
#include "netreach.h"

#ifndef TCP_FASTOPEN
#define TCP_FASTOPEN	23
#endif

FIXTURE(source)
{
	struct net_four f;
	struct agent far;
	long udp, udp6;		/* servers on the far machine */
};

FIXTURE_SETUP(source)
{
	long there;

	SKIP_UNLESS_VSERVER();
	ASSERT_EQ(0, net_world());
	there = net_outside();
	ASSERT_LT(0, there);
	ASSERT_EQ(0, net_start_four(&self->f));
	ASSERT_EQ(0, net_start(&self->far, .netns = there));
	self->udp = udp_server(&self->far, "0.0.0.0", 53);
	self->udp6 = udp_server(&self->far, NET_FAR6, 53);
	ASSERT_LE(0, self->udp);
	ASSERT_LE(0, self->udp6);
}

FIXTURE_TEARDOWN(source)
{
}

/* Forged control messages ---------------------------------------------------------- */

enum { PLAIN, CONNECTED, MANY, MANY_CONNECTED };

/* A message to NET_TO with a source of its own (text+512). */
struct forged {
	struct msghdr msg;
	struct iovec iov;
	char space[128];
};

static void forge(struct forged *f, bool to)
{
	const char *source = shared->text + 512;
	struct cmsghdr *cm = (void *)f->space;

	memset(f, 0, sizeof(*f));
	f->iov = (struct iovec){ "ping", 4 };
	f->msg = (struct msghdr){
		.msg_name = to ? NET_TO : NULL, .msg_namelen = to ? net_len(NET_TO) : 0,
		.msg_iov = &f->iov, .msg_iovlen = 1,
	};
	if (!*source)
		return;
	f->msg.msg_control = f->space;
	if (strchr(source, ':')) {
		struct in6_pktinfo *info = (void *)CMSG_DATA(cm);

		cm->cmsg_level = IPPROTO_IPV6;
		cm->cmsg_type = IPV6_PKTINFO;
		cm->cmsg_len = CMSG_LEN(sizeof(*info));
		f->msg.msg_controllen = CMSG_SPACE(sizeof(*info));
		inet_pton(AF_INET6, source, &info->ipi6_addr);
	} else {
		struct in_pktinfo *info = (void *)CMSG_DATA(cm);

		cm->cmsg_level = IPPROTO_IP;
		cm->cmsg_type = IP_PKTINFO;
		cm->cmsg_len = CMSG_LEN(sizeof(*info));
		f->msg.msg_controllen = CMSG_SPACE(sizeof(*info));
		inet_pton(AF_INET, source, &info->ipi_spec_dst);
	}
}

/* Messages that got out, or the errno of the first. */
static long do_forge(long how, long b, long c)
{
	struct mmsghdr many[3];
	struct forged f[3];
	long fd = do_socket(NET_TO->ss_family, SOCK_DGRAM, 0), ret = 0;
	bool connected = how == CONNECTED || how == MANY_CONNECTED;

	if (connected)
		ret = do_connect(fd, 0, 0);
	for (int i = 0; i < 3; i++) {
		forge(&f[i], !connected);
		many[i].msg_hdr = f[i].msg;
	}
	if (!ret && (how == MANY || how == MANY_CONNECTED))
		ret = ERR(sendmmsg(fd, many, 3, 0));
	else if (!ret)
		ret = ERR(sendmsg(fd, &f[0].msg, 0)) == 4 ? 1 : -errno;
	close(fd);
	return ret;
}

/* Send so; on the far side @n messages arrive, all from @seen. */
static void expect_source(struct __test_metadata *_metadata, struct agent *from,
			  struct agent *far, long srv, const char *to, const char *source,
			  int how, long n, const char *seen)
{
	long ret;

	net_to(to, 53);
	TEXT2("%s", source);
	ret = agent_call(from, do_forge, how, 0, 0);
	EXPECT_EQ(n, ret) {
		TH_LOG("to %s from %s, way %d", to, source, how);
	}
	for (long i = 0; i < ret; i++) {
		EXPECT_EQ(4, agent_call(far, do_recv, srv, NET_PATIENCE * 1000, 0));
		EXPECT_STREQ(seen, NET_IP) {
			TH_LOG("to %s from %s, way %d", to, source, how);
		}
	}
}

TEST_F(source, pktinfo)
{
	static const char * const foreign[] = { NET_HOST, NET_A, NET_NEAR, NET_FREE };

	for (int how = PLAIN; how <= MANY_CONNECTED; how++) {
		long n = how >= MANY ? 3 : 1;

		/* its own: as asked; none: the first */
		expect_source(_metadata, &self->f.c, &self->far, self->udp, NET_FAR, NET_C3,
			      how, n, NET_C3);
		expect_source(_metadata, &self->f.c, &self->far, self->udp, NET_FAR, "",
			      how, n, NET_C1);
		expect_source(_metadata, &self->f.c, &self->far, self->udp, "::ffff:" NET_FAR,
			      "::ffff:" NET_C3, how, n, NET_C3);
		expect_source(_metadata, &self->f.b, &self->far, self->udp, "::ffff:" NET_FAR,
			      "::ffff:" NET_A, how, n, NET_B);
		/* a foreign one is replaced */
		for (size_t i = 0; i < ARRAY_SIZE(foreign); i++)
			expect_source(_metadata, &self->f.b, &self->far, self->udp, NET_FAR,
				      foreign[i], how, n, NET_B);
		/* the host gets what it wants */
		expect_source(_metadata, &self->f.host, &self->far, self->udp, NET_FAR, NET_A,
			      how, n, NET_A);
	}
}

TEST_F(source, pktinfo_v6)
{
	static const char * const foreign[] = { NET_HOST6, NET_A6, NET_NEAR6 };

	for (int how = PLAIN; how <= MANY_CONNECTED; how++) {
		long n = how >= MANY ? 3 : 1;

		expect_source(_metadata, &self->f.c, &self->far, self->udp6, NET_FAR6, NET_C6,
			      how, n, NET_C6);
		expect_source(_metadata, &self->f.c, &self->far, self->udp6, NET_FAR6, "",
			      how, n, NET_C6);
		for (size_t i = 0; i < ARRAY_SIZE(foreign); i++)
			expect_source(_metadata, &self->f.b, &self->far, self->udp6, NET_FAR6,
				      foreign[i], how, -EADDRNOTAVAIL, "");
		expect_source(_metadata, &self->f.host, &self->far, self->udp6, NET_FAR6, NET_A6,
			      how, n, NET_A6);
	}
}

/* A good message first, then the bad one to the same destination (T4). */
static long do_mixed(long a, long b, long c)
{
	struct mmsghdr many[2];
	struct forged f[2];
	char source[64];
	long fd = do_socket(NET_TO->ss_family, SOCK_DGRAM, 0), ret;

	snprintf(source, sizeof(source), "%.63s", shared->text + 512);
	shared->text[512] = 0;
	forge(&f[0], true);
	snprintf(shared->text + 512, sizeof(source), "%s", source);
	forge(&f[1], true);
	many[0].msg_hdr = f[0].msg;
	many[1].msg_hdr = f[1].msg;
	ret = ERR(sendmmsg(fd, many, 2, 0));
	close(fd);
	return ret;
}

TEST_F(source, second_of_many)
{
	net_to(NET_FAR, 53);
	TEXT2(NET_A);
	EXPECT_EQ(2, CALL(self->f.b, do_mixed));
	for (int i = 0; i < 2; i++) {
		EXPECT_EQ(4, CALL(self->far, do_recv, self->udp, NET_PATIENCE * 1000));
		EXPECT_STREQ(NET_B, NET_IP);
	}
	net_to(NET_FAR6, 53);
	TEXT2(NET_A6);
	EXPECT_EQ(1, CALL(self->f.b, do_mixed));
	EXPECT_EQ(4, CALL(self->far, do_recv, self->udp6, NET_PATIENCE * 1000));
	EXPECT_STREQ(NET_B6, NET_IP);
}

/* IPV6_PKTINFO as an option that sticks to the socket. */
static long do_sticky(long a, long b, long c)
{
	struct in6_pktinfo info = { 0 };
	long fd = do_socket(AF_INET6, SOCK_DGRAM, 0), ret;

	inet_pton(AF_INET6, shared->text + 512, &info.ipi6_addr);
	if (setsockopt(fd, IPPROTO_IPV6, IPV6_PKTINFO, &info, sizeof(info)))
		ret = -errno;
	else
		ret = ERR(sendto(fd, "ping", 4, 0, (void *)NET_TO, net_len(NET_TO)));
	close(fd);
	return ret;
}

/* For datagrams mainline takes no more than the device from it; may it stay so. */
TEST_F(source, sticky_pktinfo)
{
	static const char * const sources[] = { NET_A6, NET_HOST6, NET_B6 };

	for (size_t i = 0; i < ARRAY_SIZE(sources); i++) {
		net_to(NET_FAR6, 53);
		TEXT2("%s", sources[i]);
		EXPECT_EQ(4, CALL(self->f.b, do_sticky));
		EXPECT_EQ(4, CALL(self->far, do_recv, self->udp6, NET_PATIENCE * 1000));
		EXPECT_STREQ(NET_B6, NET_IP);
	}
}

/* A good way: the answer of a server with several addresses. */
static long do_reply_from(long fd, long b, long c)
{
	struct forged f;

	forge(&f, true);
	return ERR(sendmsg(fd, &f.msg, 0));
}

TEST_F(source, answers_of_a_server)
{
	static const char * const ips[] = { NET_C1, NET_C2, NET_C3, NET_C6 };

	for (size_t i = 0; i < ARRAY_SIZE(ips); i++) {
		bool v6 = strchr(ips[i], ':');
		long srv = udp_server(&self->f.c, v6 ? "::" : "0.0.0.0", 5000 + i), fd;

		fd = udp_client(&self->far, ips[i], 5000 + i);
		ASSERT_LE(0, fd);
		TEXT("ping");
		EXPECT_EQ(4, CALL(self->far, do_send, fd, 0, 0));
		EXPECT_EQ(4, CALL(self->f.c, do_recv, srv, NET_PATIENCE * 1000));
		*NET_TO = *NET_WHO;
		TEXT2("%s", ips[i]);
		EXPECT_EQ(4, CALL(self->f.c, do_reply_from, srv));
		/* connected: it takes answers from that address only */
		EXPECT_EQ(4, CALL(self->far, do_recv, fd, NET_PATIENCE * 1000));
		EXPECT_STREQ(ips[i], NET_IP);
	}
}

/*
 * As name servers do: the answer goes out with the very control message that
 * came with the question. Returns the number of answers sent.
 */
static long do_answer_as_asked(long fd, long ms, long keep_device)
{
	char space[256] __attribute__((aligned(8)));
	struct iovec iov = { shared->text, 4 };
	struct msghdr msg = {
		.msg_name = NET_WHO, .msg_namelen = sizeof(*NET_WHO), .msg_iov = &iov,
		.msg_iovlen = 1, .msg_control = space, .msg_controllen = sizeof(space),
	};
	struct cmsghdr *cm;

	if (do_wait(fd, ms, 0) != 1)
		return -EAGAIN;
	if (recvmsg(fd, &msg, 0) < 0)
		return -errno;
	cm = CMSG_FIRSTHDR(&msg);
	if (!cm)
		return -ENOMSG;
	if (!keep_device && cm->cmsg_level == IPPROTO_IP)
		((struct in_pktinfo *)CMSG_DATA(cm))->ipi_ifindex = 0;
	else if (!keep_device)
		((struct in6_pktinfo *)CMSG_DATA(cm))->ipi6_ifindex = 0;
	return sendmsg(fd, &msg, 0) == 4 ? 1 : -errno;
}

static void expect_answers(struct __test_metadata *_metadata, struct agent *srv,
			   struct agent *from, const char *ip, bool v6, bool keep_device)
{
	long fd = udp_server(srv, v6 ? "::" : "0.0.0.0", 5300), client;

	ASSERT_LE(0, fd);
	if (!v6 || !strchr(ip, ':') || strstr(ip, "ffff"))
		EXPECT_EQ(0, agent_call(srv, do_setopt, fd, OPT(IPPROTO_IP, IP_PKTINFO), 1));
	if (v6)
		EXPECT_EQ(0, agent_call(srv, do_setopt, fd,
					OPT(IPPROTO_IPV6, IPV6_RECVPKTINFO), 1));
	client = udp_client(from, ip, 5300);
	ASSERT_LE(0, client);
	TEXT("ping");
	EXPECT_EQ(4, agent_call(from, do_send, client, 0, 0));
	EXPECT_EQ(1, agent_call(srv, do_answer_as_asked, fd, NET_PATIENCE * 1000, keep_device)) {
		TH_LOG("%s, %s socket, device %s", ip, v6 ? "IPv6" : "IPv4",
		       keep_device ? "kept" : "left out");
	}
	EXPECT_EQ(4, agent_call(from, do_recv, client, 5000, 0)) {
		TH_LOG("%s, %s socket, device %s", ip, v6 ? "IPv6" : "IPv4",
		       keep_device ? "kept" : "left out");
	}
	EXPECT_STREQ(ip, NET_IP);
	agent_call(srv, do_close, fd, 0, 0);
	agent_call(from, do_close, client, 0, 0);
}

TEST_F(source, answers_as_asked)
{
	static const char * const own[] = { NET_C1, NET_C3, "127.0.0.1", "127.0.0.53" };
	static const char * const own6[] = { NET_C6, "::1" };

	for (int keep = 0; keep < 2; keep++) {
		for (size_t i = 0; i < ARRAY_SIZE(own); i++)
			expect_answers(_metadata, &self->f.c, &self->f.c, own[i], false, keep);
		for (size_t i = 0; i < ARRAY_SIZE(own6); i++)
			expect_answers(_metadata, &self->f.c, &self->f.c, own6[i], true, keep);
		expect_answers(_metadata, &self->f.c, &self->f.host, NET_C2, false, keep);
		expect_answers(_metadata, &self->f.c, &self->f.host, NET_C6, true, keep);
		expect_answers(_metadata, &self->f.c, &self->f.host, "::ffff:" NET_C2, true, keep);
		expect_answers(_metadata, &self->f.c, &self->f.c, "::ffff:127.0.0.1", true, keep);
		/* the host's own are as they were */
		expect_answers(_metadata, &self->f.host, &self->f.a, NET_HOST, false, keep);
		expect_answers(_metadata, &self->f.host, &self->f.a, NET_HOST6, true, keep);
	}
	/* it came by a device on which the guest has nothing */
	expect_answers(_metadata, &self->f.c, &self->far, NET_C2, false, false);
	expect_answers(_metadata, &self->f.c, &self->far, NET_C6, true, false);
}

/* Fast open ---------------------------------------------------------------------------- */

static long do_fast_open(long a, long b, long c)
{
	long fd = do_socket(NET_TO->ss_family, SOCK_STREAM, 0), ret;

	do_setopt(fd, OPT(IPPROTO_TCP, TCP_SYNCNT), 2);
	ret = ERR(sendto(fd, "ping", 4, MSG_FASTOPEN | MSG_NOSIGNAL, (void *)NET_TO,
			 net_len(NET_TO)));
	close(fd);
	return ret;
}

TEST_F(source, fast_open)
{
	static const char * const names[] = {
		"127.0.0.1", "::1", "::ffff:127.0.0.1", "0.0.0.0", "::",
	};
	long srv, own;

	ASSERT_EQ(0, vs_write_file("/proc/sys/net/ipv4/tcp_fastopen", "1027"));
	srv = tcp_server(&self->f.host, "::", 25);
	ASSERT_LE(0, srv);
	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		net_to(names[i], 25);
		EXPECT_EQ(4, CALL(self->f.host, do_fast_open)) {
			TH_LOG("%s", names[i]);
		}
		EXPECT_LE(0, CALL(self->f.host, do_accept, srv, 5000));
		net_to(names[i], 25);
		EXPECT_GT(0, CALL(self->f.a, do_fast_open)) {
			TH_LOG("%s", names[i]);
		}
	}
	/* none of the guest's attempts is in the host's queue */
	EXPECT_EQ(-EAGAIN, CALL(self->f.host, do_accept, srv, 0));
	/* to itself it may, and to others by their addresses */
	own = tcp_server(&self->f.a, "0.0.0.0", 25);
	net_to("127.0.0.1", 25);
	EXPECT_EQ(4, CALL(self->f.a, do_fast_open));
	EXPECT_LE(0, CALL(self->f.a, do_accept, own, 5000));
	net_to(NET_HOST, 25);
	EXPECT_EQ(4, CALL(self->f.a, do_fast_open));
	EXPECT_LE(0, CALL(self->f.host, do_accept, srv, 5000));
	EXPECT_STREQ("::ffff:" NET_A, NET_IP);
}

/* Wide entries ----------------------------------------------------------------------------- */

TEST_F(source, masks_and_ranges)
{
	struct net_server s[3];
	struct agent range, mask;

	ASSERT_EQ(0, nd_add_addr(NET_DEV, "203.0.113.32/24"));
	ASSERT_EQ(0, nd_add_addr(NET_DEV, "203.0.113.47/24"));
	ASSERT_EQ(0, nd_add_addr(NET_DEV, "203.0.113.48/24"));
	ASSERT_EQ(0, nd_add_addr(NET_DEV, "203.0.113.70/24"));
	ASSERT_EQ(0, nd_add_addr(NET_DEV, "2001:db8::7:1/64"));
	ASSERT_EQ(0, net_start(&range, .nid = vs_xid(3), .addrs = "203.0.113.32-203.0.113.47"));
	ASSERT_EQ(0, net_start(&mask, .nid = vs_xid(4),
			       .addrs = "203.0.113.64&27 2001:db8::7:0&112"));
	s[0] = (struct net_server){ &self->f.host, tcp_server(&self->f.host, "::", 80) };
	s[1] = (struct net_server){ &range, tcp_server(&range, "0.0.0.0", 80) };
	s[2] = (struct net_server){ &mask, tcp_server(&mask, "::", 80) };
	for (int i = 0; i < 3; i++)
		ASSERT_LE(0, s[i].fd);
	/* both ends are included, the next is not */
	EXPECT_EQ(1, tcp_reach(&self->far, "203.0.113.32", 80, s, 3));
	EXPECT_EQ(1, tcp_reach(&self->far, "203.0.113.47", 80, s, 3));
	EXPECT_EQ(0, tcp_reach(&self->far, "203.0.113.48", 80, s, 3));
	EXPECT_EQ(2, tcp_reach(&self->far, "203.0.113.70", 80, s, 3));
	EXPECT_EQ(2, tcp_reach(&self->far, "2001:db8::7:1", 80, s, 3));
	EXPECT_EQ(0, tcp_reach(&self->far, NET_HOST6, 80, s, 3));
	/* to bind */
	EXPECT_LE(0, tcp_server(&range, "203.0.113.47", 81));
	EXPECT_EQ(-EADDRNOTAVAIL, tcp_server(&range, "203.0.113.48", 81));
	EXPECT_LE(0, tcp_server(&mask, "2001:db8::7:1", 81));
	EXPECT_EQ(-EADDRNOTAVAIL, tcp_server(&mask, NET_HOST6, 81));
	/* to send from: one of them that exists */
	s[0] = (struct net_server){ &self->far, tcp_server(&self->far, "0.0.0.0", 80) };
	EXPECT_EQ(0, tcp_reach(&range, NET_FAR, 80, s, 1));
	EXPECT_TRUE(!strcmp(NET_IP, "203.0.113.32") || !strcmp(NET_IP, "203.0.113.47")) {
		TH_LOG("%s", NET_IP);
	}
	EXPECT_EQ(0, tcp_reach(&mask, NET_FAR, 80, s, 1));
	EXPECT_STREQ("203.0.113.70", NET_IP);
}

TEST_F(source, unconfined)
{
	struct net_server s[1];
	struct agent all;

	/* what the tools make of "0.0.0.0": everything, as the host */
	ASSERT_EQ(0, net_start(&all, .nid = vs_xid(3), .addrs = "0.0.0.0&0"));
	s[0] = (struct net_server){ &all, tcp_server(&all, "0.0.0.0", 80) };
	ASSERT_LE(0, s[0].fd);
	EXPECT_EQ(0, tcp_reach(&self->far, NET_HOST, 80, s, 1));
	/* an address with an owner is its owner's */
	EXPECT_EQ(-ECONNREFUSED, tcp_reach(&self->far, NET_A, 80, s, 1));
}

TEST_F(source, five_hundred)
{
	struct net_server s[2];
	struct agent many;
	char addr[32];

	ASSERT_EQ(0, net_start(&many, .nid = vs_xid(3)));
	for (int i = 0; i < 500; i++) {
		snprintf(addr, sizeof(addr), "10.1.%d.%d/32", i / 250, i % 250 + 1);
		ASSERT_EQ(0, net_add(many.xid, addr));
		if (i % 100 == 99)
			ASSERT_EQ(0, nd_add_addr(NET_DEV, addr));
	}
	s[0] = (struct net_server){ &many, tcp_server(&many, "0.0.0.0", 80) };
	s[1] = (struct net_server){ &self->f.host, tcp_server(&self->f.host, "0.0.0.0", 80) };
	ASSERT_LE(0, s[0].fd);
	EXPECT_EQ(0, tcp_reach(&self->f.host, "10.1.0.100", 80, s, 2));
	EXPECT_EQ(0, tcp_reach(&self->f.a, "10.1.1.250", 80, s, 2));
	EXPECT_EQ(1, tcp_reach(&self->f.a, NET_HOST, 80, s, 2));
	EXPECT_LE(0, tcp_server(&many, "10.1.1.250", 81));
	EXPECT_EQ(-EADDRNOTAVAIL, tcp_server(&many, NET_HOST, 81));
	/* some go, the rest stays */
	ASSERT_EQ(0, net_remove(many.xid, "10.1.0.100/32"));
	EXPECT_EQ(1, tcp_reach(&self->f.host, "10.1.0.100", 80, s, 2));
	EXPECT_EQ(0, tcp_reach(&self->f.host, "10.1.0.200", 80, s, 2));
}

TEST_HARNESS_MAIN
