/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Servers of host and guests, and which of them a packet reaches.
 *
 *	web[0] = (struct net_server){ &host, tcp_server(&host, "0.0.0.0", 80) };
 *	EXPECT_EQ(2, tcp_reach(&guest, NET_A, 80, web, 4));
 */
#ifndef _VS_SELFTEST_NETREACH_H
#define _VS_SELFTEST_NETREACH_H

#include "netcommon.h"

/* The host and three guests, of which the last has three addresses. */
struct net_four {
	struct agent host, a, b, c;
};

#define NET_ADDRS_A	NET_A "/24 " NET_A6 "/64"
#define NET_ADDRS_B	NET_B "/24 " NET_B6 "/64"
#define NET_ADDRS_C	NET_C1 "/24 " NET_C2 "/24 " NET_C3 "/24 " NET_C6 "/64"

static VS_UNUSED long net_start_four(struct net_four *f)
{
	return net_start(&f->host) ?:
	       net_start(&f->a, .nid = vs_xid(0), .addrs = NET_ADDRS_A) ?:
	       net_start(&f->b, .nid = vs_xid(1), .addrs = NET_ADDRS_B) ?:
	       net_start(&f->c, .nid = vs_xid(2), .addrs = NET_ADDRS_C);
}

/* Servers and who reaches them ---------------------------------------------------- */

static VS_UNUSED long tcp_server(struct agent *ag, const char *ip, int port)
{
	net_to(ip, port);
	return agent_call(ag, do_tcp_server, 0, 0, 0);
}

static VS_UNUSED long udp_server(struct agent *ag, const char *ip, int port)
{
	net_to(ip, port);
	return agent_call(ag, do_udp_server, 0, 0, 0);
}

static VS_UNUSED long tcp_client(struct agent *ag, const char *ip, int port)
{
	net_to(ip, port);
	return agent_call(ag, do_client, SOCK_STREAM, 0, 0);
}

static VS_UNUSED long udp_client(struct agent *ag, const char *ip, int port)
{
	net_to(ip, port);
	return agent_call(ag, do_client, SOCK_DGRAM, 0, 0);
}

static VS_UNUSED long net_name(struct agent *ag, long fd)
{
	return agent_call(ag, do_name, fd, 0, 0);
}

static VS_UNUSED long net_peer(struct agent *ag, long fd)
{
	return agent_call(ag, do_name, fd, 1, 0);
}

struct net_server {
	struct agent *ag;
	long fd;
};

/* The same server four times: index 0 the host's, 1 to 3 the guests'. */
static VS_UNUSED void net_serve(struct net_four *f, struct net_server *s, agent_fn server,
				const char *ip, int port)
{
	struct agent *all[] = { &f->host, &f->a, &f->b, &f->c };

	for (int i = 0; i < 4; i++) {
		net_to(ip, port);
		s[i].ag = all[i];
		s[i].fd = agent_call(all[i], server, 0, 0, 0);
	}
}

/* Whose the addresses of net_world() are, by index of net_serve(). */
static const struct net_owner {
	const char *v4, *v6;
	int owner;
} net_owners[] VS_UNUSED = {
	{ NET_HOST, NET_HOST6, 0 }, { NET_A, NET_A6, 1 }, { NET_B, NET_B6, 2 },
	{ NET_C1, NET_C6, 3 }, { NET_C2, NULL, 3 }, { NET_C3, NULL, 3 },
};

/* Seconds after which what has not come will not come. */
#define NET_PATIENCE	30

/* Index of the server that has something to read; -EAGAIN if none ever has. */
static VS_UNUSED long net_which(struct agent *from, long fd, struct net_server *s, int n)
{
	time_t end = time(NULL) + NET_PATIENCE;

	do {
		for (int i = 0; i < n; i++)
			if (s[i].fd >= 0 &&
			    agent_call(s[i].ag, do_wait, s[i].fd, 20, 0) == 1)
				return i;
		/* refused: nobody will get it */
		if (fd >= 0 && agent_call(from, do_getopt, fd, OPT(SOL_SOCKET, SO_ERROR), 0) > 0)
			return -ECONNREFUSED;
	} while (time(NULL) < end);
	return -EAGAIN;
}

/*
 * Connect from @from to ip:port: index of the server that accepted, the errno
 * of connect, or -EBADE if somebody else than these accepted.  NET_WHO is then
 * the client as the server sees it.
 */
static VS_UNUSED long tcp_reach(struct agent *from, const char *ip, int port,
				struct net_server *s, int n)
{
	long fd = tcp_client(from, ip, port), which, conn;

	if (fd < 0)
		return fd;
	which = net_which(from, -1, s, n);
	agent_call(from, do_close, fd, 0, 0);
	if (which < 0)
		return -EBADE;
	conn = agent_call(s[which].ag, do_accept, s[which].fd, 1000, 0);
	agent_call(s[which].ag, do_close, conn, 0, 0);
	return conn < 0 ? conn : which;
}

static VS_UNUSED long __udp_reach(struct agent *from, const char *ip, int port,
				  struct net_server *s, int n, bool answer)
{
	struct sockaddr_storage client;
	long fd = udp_client(from, ip, port), which, ret;

	if (fd < 0)
		return fd;
	TEXT("ping");
	ret = agent_call(from, do_send, fd, 0, 0);
	which = ret < 0 ? ret : net_which(from, fd, s, n);
	if (which >= 0) {
		ret = agent_call(s[which].ag, do_recv, s[which].fd, 1000, 0);
		client = *NET_WHO;
		if (ret != 4)
			which = -EBADMSG;
	}
	if (which >= 0 && answer) {
		*NET_TO = client;
		TEXT("pong");
		if (agent_call(s[which].ag, do_send, s[which].fd, 1, 0) != 4 ||
		    agent_call(from, do_recv, fd, NET_PATIENCE * 1000, 0) != 4)
			which = -EBADMSG;
		*NET_WHO = client;
	}
	agent_call(from, do_close, fd, 0, 0);
	return which;
}

/* The same for a datagram. */
static VS_UNUSED long udp_reach(struct agent *from, const char *ip, int port,
				struct net_server *s, int n)
{
	return __udp_reach(from, ip, port, s, n, false);
}

/*
 * The same, and the server answers: the client has to get the answer from the
 * address it asked (-EBADMSG if it does not).
 */
static VS_UNUSED long udp_talk(struct agent *from, const char *ip, int port,
			       struct net_server *s, int n)
{
	return __udp_reach(from, ip, port, s, n, true);
}

typedef long (*net_reach_fn)(struct agent *, const char *, int, struct net_server *, int);

/* Everybody asks every address on this port: it is its owner who answers. */
static VS_UNUSED void expect_own(struct __test_metadata *_metadata, struct net_server *s,
				 int port, bool v6, net_reach_fn reach)
{
	for (size_t i = 0; i < ARRAY_SIZE(net_owners); i++) {
		const char *ip = v6 ? net_owners[i].v6 : net_owners[i].v4;

		for (int from = 0; ip && from < 4; from++) {
			EXPECT_EQ(net_owners[i].owner, reach(s[from].ag, ip, port, s, 4)) {
				TH_LOG("%d asks %s", from, ip);
			}
		}
	}
}

static VS_UNUSED void expect_all_up(struct __test_metadata *_metadata, struct net_server *s)
{
	for (int i = 0; i < 4; i++) {
		ASSERT_LE(0, s[i].fd) {
			TH_LOG("server %d: %s", i, strerror(-s[i].fd));
		}
	}
}

#endif /* _VS_SELFTEST_NETREACH_H */
