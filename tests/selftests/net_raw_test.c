// SPDX-License-Identifier: GPL-2.0-only
/*
 * Raw sockets, ping, and the families and protocols a guest does not get
 * (design/kernel-network.md 5.8, 5.9).
 *
 * Guards against: a sniffer or a forged packet by way of raw_icmp, a protocol
 * that knows nothing of contexts and uses the host's addresses, and programs
 * that take a refusal for a fault instead of doing without.
 */
#include "netreach.h"

#include <linux/if_ether.h>
#include <linux/if_tun.h>
#include <netinet/icmp6.h>
#include <netinet/ip.h>
#include <netinet/ip_icmp.h>

FIXTURE(raw)
{
	struct net_four f;
	struct agent ping;	/* a guest with raw_icmp */
	struct agent caps;	/* one with every capability */
};

FIXTURE_SETUP(raw)
{
	SKIP_UNLESS_VSERVER();
	ASSERT_EQ(0, net_world());
	ASSERT_EQ(0, nd_add_addr(NET_DEV, "203.0.113.16/24"));
	ASSERT_EQ(0, nd_add_addr(NET_DEV, "2001:db8::16/64"));
	ASSERT_EQ(0, net_start_four(&self->f));
	ASSERT_EQ(0, net_start(&self->ping, .nid = vs_xid(3), .ncaps = NXC_RAW_ICMP,
			       .addrs = "203.0.113.16/24 2001:db8::16/64"));
	ASSERT_EQ(0, net_start(&self->caps, .nid = vs_xid(4), .guest.bcaps = ~0ULL,
			       .addrs = "203.0.113.17/24 2001:db8::17/64"));
}

FIXTURE_TEARDOWN(raw)
{
}

/* Raw ICMP --------------------------------------------------------------------------- */

static unsigned short checksum(const void *data, size_t n)
{
	const unsigned short *p = data;
	unsigned int sum = 0;

	for (; n > 1; n -= 2)
		sum += *p++;
	sum = (sum & 0xffff) + (sum >> 16);
	return ~(sum + (sum >> 16));
}

/* Send an echo request to NET_TO; with this identifier if the socket is raw. */
static long do_echo(long fd, long id, long c)
{
	struct icmphdr h = { .type = ICMP_ECHO, .un.echo.id = htons(id) };

	if (NET_TO->ss_family == AF_INET6) {
		h.type = ICMP6_ECHO_REQUEST;	/* the kernel adds the checksum */
	} else {
		h.checksum = checksum(&h, sizeof(h));
	}
	return ERR(sendto(fd, &h, sizeof(h), 0, (void *)NET_TO, net_len(NET_TO)));
}

/* Wait for the reply with this identifier; other ICMP is counted in v[0]. */
static long do_echo_reply(long fd, long id, long raw)
{
	unsigned char buf[256];
	socklen_t len = sizeof(*NET_WHO);
	struct icmphdr *h;

	shared->v[0] = 0;
	memset(NET_WHO, 0, len);
	while (do_wait(fd, 5000, 0) == 1) {
		ssize_t n = recvfrom(fd, buf, sizeof(buf), MSG_DONTWAIT, (void *)NET_WHO, &len);

		if (n < 0)
			return -errno;
		h = (void *)(buf + (raw && NET_WHO->ss_family == AF_INET ?
				    (buf[0] & 15) * 4 : 0));
		if ((h->type == ICMP_ECHOREPLY || h->type == ICMP6_ECHO_REPLY) &&
		    (!raw || h->un.echo.id == htons(id)))
			return 0;
		shared->v[0]++;
	}
	return -EAGAIN;
}

static long ping_raw(struct agent *ag, const char *to, int id)
{
	bool v6 = strchr(to, ':');
	long fd = CALL(*ag, do_socket, v6 ? AF_INET6 : AF_INET, SOCK_RAW,
		       v6 ? IPPROTO_ICMPV6 : IPPROTO_ICMP), ret;

	if (fd < 0)
		return fd;
	net_to(to, 0);
	ret = agent_call(ag, do_echo, fd, id, 0);
	if (ret >= 0)
		ret = agent_call(ag, do_echo_reply, fd, id, 1);
	CALL(*ag, do_close, fd);
	return ret;
}

TEST_F(raw, ping)
{
	static const char * const to[] = {
		NET_HOST, NET_A, "203.0.113.16", "127.0.0.1", NET_HOST6, NET_A6,
		"2001:db8::16", "::1",
	};

	for (size_t i = 0; i < ARRAY_SIZE(to); i++) {
		EXPECT_EQ(0, ping_raw(&self->f.host, to[i], 77));
		EXPECT_EQ(0, ping_raw(&self->ping, to[i], 77)) {
			TH_LOG("%s", to[i]);
		}
		EXPECT_EQ(-EPERM, ping_raw(&self->f.a, to[i], 77));
	}
	EXPECT_EQ(-ENETUNREACH, ping_raw(&self->ping, "127.1.2.3", 77));
}

TEST_F(raw, sees_only_its_own)
{
	static const char * const to[] = { NET_HOST, NET_HOST6 };

	for (int v6 = 0; v6 < 2; v6++) {
		int family = v6 ? AF_INET6 : AF_INET;
		int proto = v6 ? IPPROTO_ICMPV6 : IPPROTO_ICMP;
		long guest = CALL(self->ping, do_socket, family, SOCK_RAW, proto);
		long host = CALL(self->f.host, do_socket, family, SOCK_RAW, proto);

		ASSERT_LE(0, guest);
		/* between the host and itself */
		ASSERT_EQ(0, ping_raw(&self->f.host, to[v6], 4711));
		EXPECT_EQ(1, CALL(self->f.host, do_wait, host, 5000));
		EXPECT_EQ(0, CALL(self->ping, do_wait, guest, 0));
		/* to the guest's loopback twin of the host */
		ASSERT_EQ(0, ping_raw(&self->f.host, v6 ? "::1" : "127.0.0.1", 4712));
		EXPECT_EQ(0, CALL(self->ping, do_wait, guest, 0));
		/* its own arrive */
		net_to(to[v6], 0);
		ASSERT_LT(0, CALL(self->ping, do_echo, guest, 4713));
		EXPECT_EQ(0, CALL(self->ping, do_echo_reply, guest, 4713, 1));
		EXPECT_STREQ(to[v6], NET_IP);
	}
}

/* The source of a raw packet is as fixed as any. */
static long do_echo_bound(long family, long proto, long c)
{
	long fd = do_socket(family, SOCK_RAW, proto), ret;

	ret = fd < 0 ? fd : do_bind(fd, 0, 0);
	close(fd);
	return ret;
}

TEST_F(raw, source)
{
	net_to(NET_A, 0);
	EXPECT_EQ(-EADDRNOTAVAIL, CALL(self->ping, do_echo_bound, AF_INET, IPPROTO_ICMP));
	EXPECT_EQ(0, CALL(self->f.host, do_echo_bound, AF_INET, IPPROTO_ICMP));
	net_to("203.0.113.16", 0);
	EXPECT_EQ(0, CALL(self->ping, do_echo_bound, AF_INET, IPPROTO_ICMP));
	net_to(NET_A6, 0);
	EXPECT_EQ(-EADDRNOTAVAIL, CALL(self->ping, do_echo_bound, AF_INET6, IPPROTO_ICMPV6));
	net_to("2001:db8::16", 0);
	EXPECT_EQ(0, CALL(self->ping, do_echo_bound, AF_INET6, IPPROTO_ICMPV6));
}

static long do_opt_of(long opt, long proto, long value)
{
	long fd = do_socket(proto == IPPROTO_ICMPV6 ? AF_INET6 : AF_INET, SOCK_RAW, proto);
	long ret = fd < 0 ? fd : do_setopt(fd, opt, value);

	close(fd);
	return ret;
}

TEST_F(raw, no_headers)
{
	EXPECT_EQ(-EPERM, CALL(self->ping, do_opt_of, OPT(IPPROTO_IP, IP_HDRINCL),
			       IPPROTO_ICMP, 1));
	EXPECT_EQ(-EPERM, CALL(self->ping, do_opt_of, OPT(IPPROTO_IPV6, 36 /* IPV6_HDRINCL */),
			       IPPROTO_ICMPV6, 1));
	EXPECT_EQ(0, CALL(self->f.host, do_opt_of, OPT(IPPROTO_IP, IP_HDRINCL), IPPROTO_ICMP, 1));
	EXPECT_EQ(0, CALL(self->f.host, do_opt_of, OPT(IPPROTO_IPV6, 36), IPPROTO_ICMPV6, 1));
	/* the same option under another level */
	EXPECT_EQ(-EPERM, CALL(self->ping, do_opt_of, OPT(SOL_RAW, 36), IPPROTO_ICMPV6, 1));
	EXPECT_EQ(0, CALL(self->f.host, do_opt_of, OPT(SOL_RAW, 36), IPPROTO_ICMPV6, 1));
	EXPECT_EQ(0, CALL(self->ping, do_opt_of, OPT(IPPROTO_IP, IP_TTL), IPPROTO_ICMP, 8));
}

/* Send an ICMP message of a type to NET_TO. */
static long do_send_type(long type, long b, long c)
{
	bool v6 = NET_TO->ss_family == AF_INET6;
	struct icmphdr h = { .type = type };
	long fd = do_socket(NET_TO->ss_family, SOCK_RAW, v6 ? IPPROTO_ICMPV6 : IPPROTO_ICMP), ret;

	if (fd < 0)
		return fd;
	ret = ERR(sendto(fd, &h, sizeof(h), 0, (void *)NET_TO, net_len(NET_TO)));
	close(fd);
	return ret;
}

/* The grant is for ping, not for errors and neighbour messages. */
TEST_F(raw, only_echo)
{
	net_to(NET_HOST, 0);
	EXPECT_LT(0, CALL(self->ping, do_send_type, ICMP_ECHO));
	EXPECT_EQ(-EPERM, CALL(self->ping, do_send_type, ICMP_DEST_UNREACH));
	EXPECT_EQ(-EPERM, CALL(self->ping, do_send_type, ICMP_REDIRECT));
	EXPECT_LT(0, CALL(self->f.host, do_send_type, ICMP_REDIRECT));
	net_to(NET_HOST6, 0);
	EXPECT_LT(0, CALL(self->ping, do_send_type, ICMP6_ECHO_REQUEST));
	EXPECT_EQ(-EPERM, CALL(self->ping, do_send_type, 2 /* packet too big */));
	EXPECT_EQ(-EPERM, CALL(self->ping, do_send_type, 136 /* neighbour advertisement */));
	EXPECT_LT(0, CALL(self->f.host, do_send_type, 136));
}

/* A socket may not be made one of another kind. */
TEST_F(raw, other_options)
{
	struct agent *who[] = { &self->f.a, &self->f.host };

	for (int i = 0; i < 2; i++) {
		long fd = CALL(*who[i], do_socket, AF_INET6, SOCK_DGRAM, 0);

		net_to("::ffff:" NET_HOST, 53);
		EXPECT_EQ(0, CALL(*who[i], do_connect, fd));
		EXPECT_EQ(i ? 0 : -EPERM, CALL(*who[i], do_setopt, fd,
					       OPT(IPPROTO_IPV6, IPV6_ADDRFORM), AF_INET));
		fd = CALL(*who[i], do_socket, AF_INET, SOCK_DGRAM, 0);
		EXPECT_EQ(i ? 0 : -EPERM, CALL(*who[i], do_setopt, fd,
					       OPT(IPPROTO_IP, 49 /* IP_MULTICAST_ALL */), 1));
		fd = CALL(*who[i], do_socket, AF_INET6, SOCK_DGRAM, 0);
		EXPECT_EQ(i ? 0 : -EPERM, CALL(*who[i], do_setopt, fd,
					       OPT(IPPROTO_IPV6, 29 /* IPV6_MULTICAST_ALL */), 1));
		EXPECT_EQ(0, CALL(*who[i], do_setopt, fd, OPT(IPPROTO_IPV6, IPV6_V6ONLY), 1));
	}
}

TEST_F(raw, other_protocols)
{
	static const int protos[] = {
		IPPROTO_RAW, IPPROTO_TCP, IPPROTO_UDP, IPPROTO_GRE, IPPROTO_ESP, 254,
	};

	for (size_t i = 0; i < ARRAY_SIZE(protos); i++) {
		for (int v6 = 0; v6 < 2; v6++) {
			int family = v6 ? AF_INET6 : AF_INET;

			EXPECT_EQ(-EPERM, CALL(self->ping, do_try_socket, family, SOCK_RAW,
					       protos[i])) {
				TH_LOG("protocol %d", protos[i]);
			}
			EXPECT_EQ(0, CALL(self->f.host, do_try_socket, family, SOCK_RAW,
					  protos[i]));
		}
	}
	/* no headers of its own, whatever capabilities it has */
	EXPECT_EQ(-EPERM, CALL(self->caps, do_try_socket, AF_INET, SOCK_RAW, IPPROTO_RAW));
	EXPECT_EQ(-EPERM, CALL(self->caps, do_try_socket, AF_INET6, SOCK_RAW, IPPROTO_RAW));
	/* across the families */
	EXPECT_EQ(-EPERM, CALL(self->ping, do_try_socket, AF_INET, SOCK_RAW, IPPROTO_ICMPV6));
	EXPECT_EQ(-EPERM, CALL(self->ping, do_try_socket, AF_INET6, SOCK_RAW, IPPROTO_ICMP));
}

/* Who was given NET_RAW still has no addresses but its own. */
TEST_F(raw, with_the_capability)
{
	long raw = CALL(self->caps, do_socket, AF_INET, SOCK_RAW, IPPROTO_UDP);
	struct net_server s[2];

	ASSERT_LE(0, raw);
	ASSERT_EQ(0, nd_add_addr(NET_DEV, "203.0.113.17/24"));
	s[0] = (struct net_server){ &self->f.b, udp_server(&self->f.b, NET_B, 53) };
	EXPECT_EQ(0, udp_talk(&self->f.a, NET_B, 53, s, 1));
	EXPECT_EQ(0, CALL(self->caps, do_wait, raw, 0));
	s[1] = (struct net_server){ &self->caps, udp_server(&self->caps, "203.0.113.17", 53) };
	EXPECT_EQ(1, udp_talk(&self->f.a, "203.0.113.17", 53, s, 2));
	EXPECT_EQ(1, CALL(self->caps, do_wait, raw, 5000));
	net_to(NET_A, 0);
	EXPECT_EQ(-EADDRNOTAVAIL, CALL(self->caps, do_bind, raw));
	EXPECT_EQ(-EPERM, CALL(self->caps, do_setopt, raw, OPT(IPPROTO_IP, IP_HDRINCL), 1));
}

/* Send an echo request to NET_TO that claims to come from text+512. */
static long do_echo_from(long type, long id, long c)
{
	const char *source = shared->text + 512;
	bool v6 = NET_TO->ss_family == AF_INET6;
	struct icmphdr h = { .type = v6 ? ICMP6_ECHO_REQUEST : ICMP_ECHO, .un.echo.id = htons(id) };
	char space[64] __attribute__((aligned(8))) = { 0 };
	struct iovec iov = { &h, sizeof(h) };
	struct msghdr msg = {
		.msg_name = NET_TO, .msg_namelen = net_len(NET_TO), .msg_iov = &iov,
		.msg_iovlen = 1, .msg_control = space,
	};
	struct cmsghdr *cm = (void *)space;
	struct in_pktinfo *info = (void *)CMSG_DATA(cm);
	struct in6_pktinfo *info6 = (void *)CMSG_DATA(cm);
	long fd = do_socket(NET_TO->ss_family, type, v6 ? IPPROTO_ICMPV6 : IPPROTO_ICMP), ret;

	if (fd < 0)
		return fd;
	cm->cmsg_level = v6 ? IPPROTO_IPV6 : IPPROTO_IP;
	cm->cmsg_type = v6 ? IPV6_PKTINFO : IP_PKTINFO;
	cm->cmsg_len = CMSG_LEN(v6 ? sizeof(*info6) : sizeof(*info));
	msg.msg_controllen = CMSG_ALIGN(cm->cmsg_len);
	inet_pton(NET_TO->ss_family, source, v6 ? (void *)&info6->ipi6_addr :
		  (void *)&info->ipi_spec_dst);
	if (!v6)
		h.checksum = checksum(&h, sizeof(h));
	ret = ERR(sendmsg(fd, &msg, 0));
	close(fd);
	return ret;
}

/* The next echo request that a raw socket of the host sees. */
static long do_echo_seen(long fd, long b, long c)
{
	unsigned char buf[256];
	socklen_t len = sizeof(*NET_WHO);

	while (do_wait(fd, 5000, 0) == 1) {
		ssize_t n = recvfrom(fd, buf, sizeof(buf), MSG_DONTWAIT, (void *)NET_WHO, &len);
		int at = NET_WHO->ss_family == AF_INET ? (buf[0] & 15) * 4 : 0;

		if (n > at && (buf[at] == ICMP_ECHO || buf[at] == ICMP6_ECHO_REQUEST))
			return 0;
	}
	return -EAGAIN;
}

TEST_F(raw, forged_source)
{
	long host = CALL(self->f.host, do_socket, AF_INET, SOCK_RAW, IPPROTO_ICMP);
	long host6 = CALL(self->f.host, do_socket, AF_INET6, SOCK_RAW, IPPROTO_ICMPV6);

	ASSERT_EQ(0, vs_write_file("/proc/sys/net/ipv4/ping_group_range", "0 2147483647"));
	for (int type = SOCK_DGRAM; type <= SOCK_RAW; type++) {
		net_to(NET_HOST, 0);
		TEXT2(NET_A);
		EXPECT_LT(0, CALL(self->ping, do_echo_from, type, 9));
		EXPECT_EQ(0, CALL(self->f.host, do_echo_seen, host));
		EXPECT_STREQ("203.0.113.16", NET_IP);
		EXPECT_LT(0, CALL(self->f.host, do_echo_from, type, 9));
		EXPECT_EQ(0, CALL(self->f.host, do_echo_seen, host));
		EXPECT_STREQ(NET_A, NET_IP);
	}
	net_to(NET_HOST6, 0);
	TEXT2(NET_A6);
	EXPECT_EQ(-EADDRNOTAVAIL, CALL(self->ping, do_echo_from, SOCK_RAW, 9));
	EXPECT_LT(0, CALL(self->f.host, do_echo_from, SOCK_RAW, 9));
	EXPECT_EQ(0, CALL(self->f.host, do_echo_seen, host6));
	EXPECT_STREQ(NET_A6, NET_IP);
	/* ping sockets of IPv6 ignore it, here and everywhere */
	EXPECT_LT(0, CALL(self->ping, do_echo_from, SOCK_DGRAM, 9));
	EXPECT_EQ(0, CALL(self->f.host, do_echo_seen, host6));
	EXPECT_STREQ("2001:db8::16", NET_IP);
}

/* Ping sockets ------------------------------------------------------------------------ */

static long ping_dgram(struct agent *ag, const char *to)
{
	bool v6 = strchr(to, ':');
	long fd = CALL(*ag, do_socket, v6 ? AF_INET6 : AF_INET, SOCK_DGRAM,
		       v6 ? IPPROTO_ICMPV6 : IPPROTO_ICMP), ret;

	if (fd < 0)
		return fd;
	net_to(to, 0);
	ret = agent_call(ag, do_echo, fd, 1, 0);
	if (ret >= 0)
		ret = agent_call(ag, do_echo_reply, fd, 0, 0);
	CALL(*ag, do_close, fd);
	return ret;
}

TEST_F(raw, ping_sockets)
{
	static const char * const to[] = {
		NET_HOST, NET_B, NET_A, "127.0.0.1", NET_HOST6, NET_B6, "::1",
	};

	ASSERT_EQ(0, vs_write_file("/proc/sys/net/ipv4/ping_group_range", "0 2147483647"));
	for (size_t i = 0; i < ARRAY_SIZE(to); i++) {
		EXPECT_EQ(0, ping_dgram(&self->f.host, to[i]));
		EXPECT_EQ(0, ping_dgram(&self->f.a, to[i])) {
			TH_LOG("%s", to[i]);
		}
	}
	EXPECT_EQ(-ENETUNREACH, ping_dgram(&self->f.a, "127.1.2.3"));
}

/* Families and protocols ----------------------------------------------------------------- */

static const struct refused {
	const char *name;
	int family, type, proto, error;
} refused[] = {
	{ "packet", AF_PACKET, SOCK_RAW, 0x0300, EAFNOSUPPORT },
	{ "packet datagram", AF_PACKET, SOCK_DGRAM, 0x0300, EAFNOSUPPORT },
	{ "xdp", 44, SOCK_RAW, 0, EAFNOSUPPORT },
	{ "vsock", 40, SOCK_STREAM, 0, EAFNOSUPPORT },
	{ "alg", 38, SOCK_SEQPACKET, 0, EAFNOSUPPORT },
	{ "key", 15, SOCK_RAW, 2, EAFNOSUPPORT },
	{ "bluetooth", 31, SOCK_RAW, 1, EAFNOSUPPORT },
	{ "can", 29, SOCK_RAW, 1, EAFNOSUPPORT },
	{ "tipc", 30, SOCK_STREAM, 0, EAFNOSUPPORT },
	{ "rds", 21, SOCK_SEQPACKET, 0, EAFNOSUPPORT },
	{ "smc", 43, SOCK_STREAM, 0, EAFNOSUPPORT },
	{ "kcm", 41, SOCK_DGRAM, 0, EAFNOSUPPORT },
	{ "qipcrtr", 42, SOCK_DGRAM, 0, EAFNOSUPPORT },
	{ "rxrpc", 33, SOCK_DGRAM, 2, EAFNOSUPPORT },
	{ "pppox", 24, SOCK_STREAM, 0, EAFNOSUPPORT },
	{ "llc", 26, SOCK_STREAM, 0, EAFNOSUPPORT },
	{ "sctp", AF_INET, SOCK_STREAM, IPPROTO_SCTP, EPROTONOSUPPORT },
	/* types that no protocol has which is left */
	{ "sctp seqpacket", AF_INET6, SOCK_SEQPACKET, IPPROTO_SCTP, ESOCKTNOSUPPORT },
	{ "mptcp", AF_INET, SOCK_STREAM, 262, EPROTONOSUPPORT },
	{ "mptcp6", AF_INET6, SOCK_STREAM, 262, EPROTONOSUPPORT },
	{ "udplite", AF_INET, SOCK_DGRAM, 136, EPROTONOSUPPORT },
	{ "udplite6", AF_INET6, SOCK_DGRAM, 136, EPROTONOSUPPORT },
	{ "dccp", AF_INET, 6, 33, ESOCKTNOSUPPORT },
	{ "l2tp", AF_INET, SOCK_DGRAM, 115, EPROTONOSUPPORT },
	{ "nl sock_diag", AF_NETLINK, SOCK_RAW, 4, EPROTONOSUPPORT },
	{ "nl audit", AF_NETLINK, SOCK_RAW, 9, EPROTONOSUPPORT },
	{ "nl netfilter", AF_NETLINK, SOCK_RAW, 12, EPROTONOSUPPORT },
	{ "nl connector", AF_NETLINK, SOCK_DGRAM, 11, EPROTONOSUPPORT },
	{ "nl xfrm", AF_NETLINK, SOCK_RAW, 6, EPROTONOSUPPORT },
	{ "nl selinux", AF_NETLINK, SOCK_RAW, 7, EPROTONOSUPPORT },
	{ "nl uevent", AF_NETLINK, SOCK_RAW, 15, EPROTONOSUPPORT },
};

TEST_F(raw, families)
{
	int tried = 0;

	for (size_t i = 0; i < ARRAY_SIZE(refused); i++) {
		const struct refused *r = &refused[i];

		EXPECT_EQ(-r->error, CALL(self->f.a, do_try_socket, r->family, r->type, r->proto)) {
			TH_LOG("%s", r->name);
		}
		/* the bound makes no difference */
		EXPECT_EQ(-r->error, CALL(self->caps, do_try_socket, r->family, r->type, r->proto)) {
			TH_LOG("%s, with all capabilities", r->name);
		}
		tried += CALL(self->f.host, do_try_socket, r->family, r->type, r->proto) == 0;
	}
	/* what this kernel has of it: more than nothing */
	EXPECT_LT(5, tried);
}

TEST_F(raw, what_is_left)
{
	static const struct refused good[] = {
		{ "unix", AF_UNIX, SOCK_STREAM }, { "unix", AF_UNIX, SOCK_SEQPACKET },
		{ "tcp", AF_INET, SOCK_STREAM }, { "tcp", AF_INET6, SOCK_STREAM, IPPROTO_TCP },
		{ "udp", AF_INET, SOCK_DGRAM }, { "udp", AF_INET6, SOCK_DGRAM, IPPROTO_UDP },
		{ "route", AF_NETLINK, SOCK_RAW, 0 }, { "route", AF_NETLINK, SOCK_DGRAM, 0 },
	};

	for (size_t i = 0; i < ARRAY_SIZE(good); i++) {
		EXPECT_EQ(0, CALL(self->f.a, do_try_socket, good[i].family, good[i].type,
				  good[i].proto)) {
			TH_LOG("%s", good[i].name);
		}
	}
}

/* A second layer that would wrap a guest's socket. */
static long do_ulp(long a, long b, long c)
{
	long fd = do_socket(AF_INET, SOCK_STREAM, 0), ret;

	ret = ERR(setsockopt(fd, IPPROTO_TCP, 31 /* TCP_ULP */, shared->text,
			     strlen(shared->text)));
	close(fd);
	return ret;
}

TEST_F(raw, layers)
{
	EXPECT_GT(0, AT(self->f.a, do_ulp, "smc"));
	EXPECT_GT(0, AT(self->f.a, do_ulp, "mptcp"));
}

/* TUN --------------------------------------------------------------------------------- */

/* text: name of the device */
static long do_tun(long flags, long b, long c)
{
	struct ifreq ifr = { .ifr_flags = IFF_TUN | IFF_NO_PI | flags };
	int fd = open("/dev/net/tun", O_RDWR | O_CLOEXEC);
	long ret;

	if (fd < 0)
		return -errno;
	snprintf(ifr.ifr_name, IFNAMSIZ, "%.15s", shared->text);
	ret = ERR(ioctl(fd, TUNSETIFF, &ifr));
	close(fd);
	return ret;
}

/* A persistent device of the host's in this network namespace. */
static long do_tun_persist(long on, long b, long c)
{
	struct ifreq ifr = { .ifr_flags = IFF_TUN | IFF_NO_PI, .ifr_name = "hosttun0" };
	int fd = open("/dev/net/tun", O_RDWR | O_CLOEXEC);
	long ret = ERR(ioctl(fd, TUNSETIFF, &ifr)) ?: ERR(ioctl(fd, TUNSETPERSIST, on));

	close(fd);
	return ret;
}

TEST_F(raw, tun)
{
	struct agent tun;
	long host = AT(self->f.host, do_tun, "t0");

	if (host == -ENOENT || host == -ENODEV)
		SKIP(return, "no /dev/net/tun");
	EXPECT_EQ(0, host);
	ASSERT_EQ(0, net_start(&tun, .nid = vs_xid(5), .ncaps = NXC_TUN_CREATE,
			       .addrs = "203.0.113.18/24"));
	EXPECT_EQ(0, AT(tun, do_tun, "t0"));
	EXPECT_EQ(-EPERM, AT(self->f.a, do_tun, "t0"));
	EXPECT_EQ(-EPERM, AT(self->ping, do_tun, "t0"));
	/* to create, not to take over */
	ASSERT_EQ(0, CALL(self->f.host, do_tun_persist, 1));
	EXPECT_EQ(-EPERM, AT(tun, do_tun, "hosttun0"));
	EXPECT_EQ(0, AT(self->f.host, do_tun, "hosttun0"));
}

TEST_HARNESS_MAIN
