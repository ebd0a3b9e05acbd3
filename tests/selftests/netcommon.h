/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Network contexts, agents that live in them, and the socket calls agents make.
 *
 *	net_world();					a network of the test's own
 *	net_start(&guest, .nid = vs_xid(0), .addrs = NET_A);
 *	net_to("0.0.0.0", 80);
 *	web = CALL(guest, do_tcp_server);		descriptor in the agent
 *
 * All functions return a value or a negative errno.  Addresses travel through
 * the shared page: net_to() says to or for whom the next call is, and what a
 * call learned (peer, name, source) is read with NET_IP and NET_PORT.
 */
#ifndef _VS_SELFTEST_NETCOMMON_H
#define _VS_SELFTEST_NETCOMMON_H

#include "iso.h"
#include "netdev.h"
#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <time.h>

/* The network of a test: all of these are addresses of this machine. */
#define NET_DEV		"net0"
#define NET_HOST	"203.0.113.1"
#define NET_A		"203.0.113.11"
#define NET_B		"203.0.113.12"
#define NET_C1		"203.0.113.13"
#define NET_C2		"203.0.113.14"
#define NET_C3		"203.0.113.15"
#define NET_FREE	"203.0.113.20"	/* nobody's */
#define NET_HOST6	"2001:db8::1"
#define NET_A6		"2001:db8::11"
#define NET_B6		"2001:db8::12"
#define NET_C6		"2001:db8::13"
#define NET_FREE6	"2001:db8::20"
/* Beyond a cable: see net_outside() */
#define NET_NEAR	"198.51.100.1"
#define NET_FAR		"198.51.100.2"
#define NET_NEAR6	"2001:db8:1::1"
#define NET_FAR6	"2001:db8:1::2"

/* What net_create(NULL) gives (spec/abi.md 9.4) */
#define NET_INIT_SET	(NXF_STATE_ADMIN | NXF_HIDE_NETIF | NXF_LBACK_REMAP | NXF_HIDE_LBACK)

/* Contexts ------------------------------------------------------------------- */

static VS_UNUSED long net_create(__u32 nid, __u64 nflags)
{
	struct vcmd_net_create arg = { .flagword = nflags };

	return vserver(VCMD_net_create, nid, &arg);
}

static VS_UNUSED long net_set_nflags(__u32 nid, __u64 value, __u64 mask)
{
	struct vcmd_flags arg = { .flagword = value, .mask = mask };

	return vserver(VCMD_set_nflags, nid, &arg);
}

static VS_UNUSED __u64 net_get_nflags(__u32 nid)
{
	struct vcmd_flags arg = { 0 };

	return vserver(VCMD_get_nflags, nid, &arg) ? 0 : arg.flagword;
}

static VS_UNUSED long net_set_ncaps(__u32 nid, __u64 value, __u64 mask)
{
	struct vcmd_ccaps_v1 arg = { .caps = value, .mask = mask };

	return vserver(VCMD_set_ncaps, nid, &arg);
}

static VS_UNUSED int net_exists(__u32 nid)
{
	struct vcmd_nx_info info;

	return vserver(VCMD_nx_info, nid, &info) == 0;
}

static VS_UNUSED void net_mask6(__u8 *mask, int prefix)
{
	for (int i = 0; i < 16; i++)
		mask[i] = prefix >= 8 * i + 8 ? 0xff :
			  prefix <= 8 * i ? 0 : 0xff << (8 - (prefix - 8 * i));
}

static VS_UNUSED long net_change6(bool add, __u32 nid, __u16 type, const char *text)
{
	struct vcmd_net_ipv6_v1 arg = { .type = type };
	int prefix;

	if (!nd_parse(text, arg.ip, &prefix))
		return -EINVAL;
	arg.prefix = prefix;
	net_mask6(arg.mask, prefix);
	return vserver(add ? VCMD_net_add_ipv6 : VCMD_net_remove_ipv6, nid, &arg);
}

/*
 * Add or remove one entry: ADDR/PREFIX, FIRST-LAST (IPv4), ADDR&PREFIX (all
 * under this mask); before it = (shared), b (broadcast) or l (loopback).
 */
static VS_UNUSED long net_change(bool add, __u32 nid, const char *text)
{
	struct vcmd_net_ipv4_v2 arg = { .type = NXA_TYPE_ADDR };
	char copy[128], *sep;
	int prefix;

	if (*text == '=')
		arg.type |= NXA_MOD_SHARED;
	else if (*text == 'b')
		arg.type |= NXA_MOD_BCAST;
	else if (*text == 'l')
		arg.type |= NXA_MOD_LBACK;
	snprintf(copy, sizeof(copy), "%s", text + !!strchr("=bl", *text));
	sep = strpbrk(copy, "-&");
	if (sep) {
		arg.type ^= NXA_TYPE_ADDR | (*sep == '-' ? NXA_TYPE_RANGE : NXA_TYPE_MASK);
		if (*sep == '-' && inet_pton(AF_INET, sep + 1, &arg.ip2) != 1)
			return -EINVAL;
		*sep = *sep == '-' ? 0 : '/';
	}
	if (strchr(copy, ':'))
		return net_change6(add, nid, arg.type, copy);
	if (!nd_parse(copy, &arg.ip, &prefix))
		return -EINVAL;
	arg.mask = prefix ? htonl(0xffffffffU << (32 - prefix)) : 0;
	return vserver(add ? VCMD_net_add_ipv4 : VCMD_net_rem_ipv4, nid, &arg);
}

static VS_UNUSED long net_add(__u32 nid, const char *text)
{
	return net_change(true, nid, text);
}

static VS_UNUSED long net_remove(__u32 nid, const char *text)
{
	return net_change(false, nid, text);
}

/* All entries of a list with blanks between them. */
static VS_UNUSED long net_add_all(__u32 nid, const char *list)
{
	char copy[1024], *rest = copy, *one;
	long ret = 0;

	snprintf(copy, sizeof(copy), "%s", list);
	while (!ret && (one = strsep(&rest, " ")))
		if (*one)
			ret = net_add(nid, one);
	return ret;
}

static VS_UNUSED long net_remove_all(__u32 nid)
{
	struct vcmd_net_ipv6_v1 v6 = { .type = NXA_TYPE_ANY };
	struct vcmd_net_ipv4_v1 v4 = { .type = NXA_TYPE_ANY };
	long ret = vserver(VCMD_net_remove_ipv6, nid, &v6);

	return ret ? ret : vserver(VCMD_net_rem_ipv4_v1, nid, &v4);
}

/* Agents ------------------------------------------------------------------------ */

struct net_place {
	__u32 nid;		/* 0: the host's network */
	const char *addrs;	/* added before the set-up is over */
	__u64 nflags;		/* besides the usual ones */
	__u64 no_nflags;	/* of the usual ones, not these */
	__u64 ncaps;
	__u32 mark;
	bool join;		/* the context exists */
	bool root;		/* no process context: all capabilities of the host */
	__u32 xid;		/* process context if not the same number */
	int netns;		/* descriptor of the network namespace to live in */
	long (*last)(void);	/* run inside, before exec */
	struct vs_guest guest;
};

static struct net_place net_next;

static VS_UNUSED long net_make(const struct net_place *p)
{
	struct vcmd_net_mark mark = { p->mark };
	long ret = net_create(p->nid, NET_INIT_SET | NXF_STATE_SETUP);

	if (ret >= 0)
		ret = net_set_nflags(p->nid, p->nflags, p->nflags | p->no_nflags);
	if (!ret && p->ncaps)
		ret = net_set_ncaps(p->nid, p->ncaps, ~0ULL);
	if (!ret && p->mark)
		ret = vserver(VCMD_net_set_mark, p->nid, &mark);
	if (!ret && p->addrs)
		ret = net_add_all(p->nid, p->addrs);
	if (!ret)
		ret = net_set_nflags(p->nid, 0, NXF_STATE_SETUP);
	return ret;
}

/* In the agent, still in the host; iso.h calls it. */
static VS_UNUSED void net_before(void)
{
	long ret = 0;

	if (net_next.netns && setns(net_next.netns, CLONE_NEWNET))
		ret = -errno;
	else if (net_next.join)
		ret = vserver(VCMD_net_migrate, net_next.nid, NULL);
	else if (net_next.nid)
		ret = net_make(&net_next);
	if (ret < 0) {
		fprintf(stderr, "# network context %u: %s\n", net_next.nid, strerror(-ret));
		_exit(KSFT_FAIL);
	}
}

static VS_UNUSED long __net_start(struct agent *ag, const struct net_place *p)
{
	net_next = *p;
	return __agent_start(ag, &(struct agent_place){
		.xid = p->root ? 0 : p->xid ?: p->nid, .before = net_before,
		.last = p->last, .guest = p->guest,
	});
}

#define net_start(_agent, ...) \
	__net_start(_agent, &(struct net_place){ __VA_ARGS__ })

/* A network namespace for this test, with the addresses above. */
static VS_UNUSED long net_world(void)
{
	static const char * const addrs[] = {
		NET_HOST "/24", NET_A "/24", NET_B "/24", NET_C1 "/24", NET_C2 "/24",
		NET_C3 "/24", NET_HOST6 "/64", NET_A6 "/64", NET_B6 "/64", NET_C6 "/64",
	};
	long ret = unshare(CLONE_NEWNET) ? -errno : 0;

	if (!ret)
		ret = nd_up("lo");
	if (!ret)
		ret = nd_add(NET_DEV, "dummy");
	if (!ret)
		ret = nd_up(NET_DEV);
	for (size_t i = 0; !ret && i < ARRAY_SIZE(addrs); i++)
		ret = nd_add_addr(NET_DEV, addrs[i]);
	return ret;
}

/*
 * A second machine at the other end of a cable, NET_FAR. It reaches all of
 * ours through NET_NEAR.  Returns a descriptor of its network namespace.
 */
static VS_UNUSED long net_outside(void)
{
	int here = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC), there;
	long ret = 0;

	if (here < 0 || unshare(CLONE_NEWNET))
		return -errno;
	there = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
	ret = nd_up("lo");
	if (!ret)
		ret = nd_add_veth("far0", "near0", here);
	if (!ret)
		ret = nd_up("far0");
	if (!ret)
		ret = nd_add_addr("far0", NET_FAR "/24") ?: nd_add_addr("far0", NET_FAR6 "/64");
	if (setns(here, CLONE_NEWNET))
		return -errno;
	if (!ret)
		ret = nd_up("near0");
	if (!ret)
		ret = nd_add_addr("near0", NET_NEAR "/24") ?:
		      nd_add_addr("near0", NET_NEAR6 "/64");
	if (setns(there, CLONE_NEWNET))
		return -errno;
	if (!ret)
		ret = nd_add_route("203.0.113.0/24", NET_NEAR, "far0") ?:
		      nd_add_route("2001:db8::/64", NET_NEAR6, "far0");
	if (setns(here, CLONE_NEWNET))
		return -errno;
	close(here);
	return ret ? ret : there;
}

/* Addresses --------------------------------------------------------------------- */

/* For whom a call is (in), and whom it was about (out). */
#define NET_TO	((struct sockaddr_storage *)&shared->v[32])
#define NET_WHO	((struct sockaddr_storage *)&shared->v[48])

static VS_UNUSED socklen_t net_len(const struct sockaddr_storage *sa)
{
	switch (sa->ss_family) {
	case AF_INET: case AF_UNSPEC:
		return sizeof(struct sockaddr_in);
	default:
		return sizeof(struct sockaddr_in6);
	}
}

static VS_UNUSED void net_fill(struct sockaddr_storage *sa, const char *ip, int port)
{
	struct sockaddr_in6 *in6 = (void *)sa;
	struct sockaddr_in *in = (void *)sa;

	memset(sa, 0, sizeof(*sa));
	sa->ss_family = strchr(ip, ':') ? AF_INET6 : AF_INET;
	in->sin_port = htons(port);
	if (inet_pton(sa->ss_family, ip, sa->ss_family == AF_INET6 ?
		      (void *)&in6->sin6_addr : (void *)&in->sin_addr) != 1)
		abort();
}

static VS_UNUSED void net_to(const char *ip, int port)
{
	net_fill(NET_TO, ip, port);
}

static VS_UNUSED const char *net_ip(const struct sockaddr_storage *sa)
{
	static char text[4][INET6_ADDRSTRLEN];
	static int next;
	char *t = text[next++ % 4];

	if (sa->ss_family == AF_INET6)
		inet_ntop(AF_INET6, &((struct sockaddr_in6 *)sa)->sin6_addr, t, INET6_ADDRSTRLEN);
	else if (sa->ss_family == AF_INET)
		inet_ntop(AF_INET, &((struct sockaddr_in *)sa)->sin_addr, t, INET6_ADDRSTRLEN);
	else
		snprintf(t, INET6_ADDRSTRLEN, "family %d", sa->ss_family);
	return t;
}

static VS_UNUSED int net_port(const struct sockaddr_storage *sa)
{
	const struct sockaddr_in *in = (const void *)sa;

	return ntohs(in->sin_port);
}

#define NET_IP		net_ip(NET_WHO)
#define NET_PORT	net_port(NET_WHO)

/* Calls an agent makes ------------------------------------------------------------ */

static VS_UNUSED long do_socket(long domain, long type, long protocol)
{
	return ERR(socket(domain, type | SOCK_CLOEXEC, protocol));
}

/* The same, but the socket is not needed. */
static VS_UNUSED long do_try_socket(long domain, long type, long protocol)
{
	long fd = do_socket(domain, type, protocol);

	return fd < 0 ? fd : ERR(close(fd));
}

static VS_UNUSED long do_close(long fd, long b, long c)
{
	return ERR(close(fd));
}

static VS_UNUSED long do_bind(long fd, long b, long c)
{
	return ERR(bind(fd, (void *)NET_TO, net_len(NET_TO)));
}

static VS_UNUSED long do_connect(long fd, long b, long c)
{
	return ERR(connect(fd, (void *)NET_TO, net_len(NET_TO)));
}

static VS_UNUSED long do_listen(long fd, long b, long c)
{
	return ERR(listen(fd, 64));
}

/* @opt: level << 16 | name */
#define OPT(_level, _name)	((long)(_level) << 16 | (_name))

static VS_UNUSED long do_setopt(long fd, long opt, long value)
{
	int v = value;

	return ERR(setsockopt(fd, opt >> 16, opt & 0xffff, &v, sizeof(v)));
}

static VS_UNUSED long do_getopt(long fd, long opt, long c)
{
	int v = 0;
	socklen_t len = sizeof(v);

	return getsockopt(fd, opt >> 16, opt & 0xffff, &v, &len) ? -errno : v;
}

/* Name of one end in NET_WHO. */
static VS_UNUSED long do_name(long fd, long peer, long c)
{
	socklen_t len = sizeof(*NET_WHO);

	memset(NET_WHO, 0, len);
	return ERR(peer ? getpeername(fd, (void *)NET_WHO, &len) :
			  getsockname(fd, (void *)NET_WHO, &len));
}

/* 1: readable (or in error) within that time, 0: not */
static VS_UNUSED long do_wait(long fd, long ms, long c)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };

	return ERR(poll(&p, 1, ms));
}

/* The next connection, or -EAGAIN when none comes in that time. */
static VS_UNUSED long do_accept(long fd, long ms, long c)
{
	socklen_t len = sizeof(*NET_WHO);

	memset(NET_WHO, 0, len);
	if (do_wait(fd, ms, 0) != 1)
		return -EAGAIN;
	return ERR(accept4(fd, (void *)NET_WHO, &len, SOCK_CLOEXEC));
}

/* text: what to send; without @flags & MSG_* it goes to NET_TO if @to */
static VS_UNUSED long do_send(long fd, long to, long flags)
{
	return ERR(sendto(fd, shared->text, strlen(shared->text), flags,
			  to ? (void *)NET_TO : NULL, to ? net_len(NET_TO) : 0));
}

/* The next message into text, its source in NET_WHO; -EAGAIN if none comes. */
static VS_UNUSED long do_recv(long fd, long ms, long c)
{
	socklen_t len = sizeof(*NET_WHO);
	long ret;

	memset(NET_WHO, 0, len);
	if (do_wait(fd, ms, 0) != 1)
		return -EAGAIN;
	ret = ERR(recvfrom(fd, shared->text, 512, MSG_DONTWAIT, (void *)NET_WHO, &len));
	if (ret >= 0)
		shared->text[ret] = 0;
	return ret;
}

static VS_UNUSED long net_bound(long type, bool listening)
{
	long fd = do_socket(NET_TO->ss_family, type, 0), ret;

	if (fd < 0)
		return fd;
	ret = type == SOCK_STREAM ? do_setopt(fd, OPT(SOL_SOCKET, SO_REUSEADDR), 1) : 0;
	if (!ret)
		ret = do_bind(fd, 0, 0);
	if (!ret && listening)
		ret = do_listen(fd, 0, 0);
	if (!ret)
		return fd;
	close(fd);
	return ret;
}

static VS_UNUSED long do_tcp_server(long a, long b, long c)
{
	return net_bound(SOCK_STREAM, true);
}

static VS_UNUSED long do_udp_server(long a, long b, long c)
{
	return net_bound(SOCK_DGRAM, false);
}

/* A socket connected to NET_TO. */
static VS_UNUSED long do_client(long type, long b, long c)
{
	long fd = do_socket(NET_TO->ss_family, type, 0), ret;

	if (fd < 0)
		return fd;
	/* what gets no answer is over in seven seconds */
	ret = type == SOCK_STREAM ? do_setopt(fd, OPT(IPPROTO_TCP, TCP_SYNCNT), 2) : 0;
	if (!ret)
		ret = do_connect(fd, 0, 0);
	if (!ret)
		return fd;
	close(fd);
	return ret;
}

#endif /* _VS_SELFTEST_NETCOMMON_H */
