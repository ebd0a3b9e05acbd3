// SPDX-License-Identifier: GPL-2.0-only
/*
 * Addresses and servers of the host and of another guest: design section 8 of
 * kernel-network.md, row by row. The host serves HOST_PORT everywhere and
 * HOST_LO_PORT on its loopback; so does the other guest.
 */
#include "escape.h"
#include <arpa/inet.h>
#include <ifaddrs.h>
#include <net/if.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>

#define FAMILY "reach"

static socklen_t name(struct sockaddr_storage *sa, const char *ip, int port)
{
	struct sockaddr_in6 *in6 = (void *)sa;
	struct sockaddr_in *in = (void *)sa;

	memset(sa, 0, sizeof(*sa));
	if (strchr(ip, ':')) {
		in6->sin6_family = AF_INET6;
		in6->sin6_port = htons(port);
		inet_pton(AF_INET6, ip, &in6->sin6_addr);
		return sizeof(*in6);
	}
	in->sin_family = AF_INET;
	in->sin_port = htons(port);
	inet_pton(AF_INET, ip, &in->sin_addr);
	return sizeof(*in);
}

static int try_connect(const char *ip, int port)
{
	struct sockaddr_storage sa;
	socklen_t len = name(&sa, ip, port);
	int s = socket(sa.ss_family, SOCK_STREAM | SOCK_CLOEXEC, 0), n = 1;

	setsockopt(s, IPPROTO_TCP, TCP_SYNCNT, &n, sizeof(n));
	return verdict(connect(s, (void *)&sa, len));
}

static int try_bind(const char *ip, int type, int level, int opt)
{
	struct sockaddr_storage sa;
	socklen_t len = name(&sa, ip, 7001);
	int s = socket(sa.ss_family, type | SOCK_CLOEXEC, 0), on = 1;

	if (opt && setsockopt(s, level, opt, &on, sizeof(on)))
		return verdict(-1);
	return verdict(bind(s, (void *)&sa, len));
}

/* Services that trust the loopback ------------------------------------------------------- */

#define LOOPBACK_CASE(_name, _ip, _port, _errno) \
	ESCAPE_CASE_ALWAYS(_name, _errno, "a service of the host's on " _ip) \
	{ \
		return try_connect(_ip, _port); \
	}

LOOPBACK_CASE(localhost, "127.0.0.1", HOST_LO_PORT, ECONNREFUSED)
LOOPBACK_CASE(localhost6, "::1", HOST_LO_PORT, ECONNREFUSED)
LOOPBACK_CASE(localhost_mapped, "::ffff:127.0.0.1", HOST_LO_PORT, ECONNREFUSED)
LOOPBACK_CASE(zero, "0.0.0.0", HOST_LO_PORT, ECONNREFUSED)
LOOPBACK_CASE(zero6, "::", HOST_LO_PORT, ECONNREFUSED)
LOOPBACK_CASE(localnet, "127.1.2.3", HOST_PORT, ENETUNREACH)
LOOPBACK_CASE(localnet_mapped, "::ffff:127.1.2.3", HOST_PORT, ENETUNREACH)

/* The other guest's by its real number; the host sees the same server there. */
ESCAPE_CASE_ALWAYS(other_localhost, ENETUNREACH, "a service on another guest's 127.0.0.1")
{
	char ip[32];

	snprintf(ip, sizeof(ip), "127.%u.%u.1", env->other >> 8, env->other & 255);
	return try_connect(ip, HOST_LO_PORT);
}

static int fast_open(const char *ip)
{
	struct sockaddr_storage sa;
	socklen_t len = name(&sa, ip, HOST_LO_PORT);
	int s = socket(sa.ss_family, SOCK_STREAM | SOCK_CLOEXEC, 0), n = 1;
	struct pollfd p = { .fd = s, .events = POLLOUT };
	socklen_t size = sizeof(n);

	setsockopt(s, IPPROTO_TCP, TCP_SYNCNT, &n, sizeof(n));
	if (sendto(s, "x", 1, MSG_FASTOPEN | MSG_NOSIGNAL, (void *)&sa, len) < 0)
		return verdict(-1);
	/* it may have been put off: has it got a peer? */
	poll(&p, 1, 5000);
	getsockopt(s, SOL_SOCKET, SO_ERROR, &n, &size);
	return n ? refused(n) : REACHED;
}

ESCAPE_CASE_ALWAYS(fast_open, ECONNREFUSED, "the host's loopback without connect(2)")
{
	return fast_open("127.0.0.1");
}

ESCAPE_CASE_ALWAYS(fast_open6, ENETUNREACH, "the same by IPv6")
{
	return fast_open("::1");
}

ESCAPE_CASE_ALWAYS(abstract_name, ECONNREFUSED, "a service of the host's by its abstract name")
{
	struct sockaddr_un sun = { .sun_family = AF_UNIX };
	int s = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	memcpy(sun.sun_path + 1, HOST_NAME, sizeof(HOST_NAME) - 1);
	return verdict(connect(s, (void *)&sun, sizeof(sa_family_t) + sizeof(HOST_NAME)));
}

/* Addresses of others ---------------------------------------------------------------------- */

#define BIND_CASE(_name, _ip, _type, _level, _opt) \
	ESCAPE_CASE_ALWAYS(_name, EADDRNOTAVAIL, "serve on " _ip) \
	{ \
		return try_bind(_ip, _type, _level, _opt); \
	}

BIND_CASE(bind, HOST_IP, SOCK_STREAM, 0, 0)
BIND_CASE(bind_udp, HOST_IP, SOCK_DGRAM, 0, 0)
BIND_CASE(bind6, HOST_IP6, SOCK_STREAM, 0, 0)
BIND_CASE(bind_other, OTHER_IP, SOCK_STREAM, 0, 0)
BIND_CASE(bind_other6, OTHER_IP6, SOCK_DGRAM, 0, 0)
BIND_CASE(bind_mapped, "::ffff:203.0.113.1", SOCK_STREAM, 0, 0)
BIND_CASE(bind_free, "203.0.113.99", SOCK_STREAM, IPPROTO_IP, IP_FREEBIND)
BIND_CASE(bind_free6, "2001:db8::99", SOCK_STREAM, IPPROTO_IPV6, 78)
BIND_CASE(bind_loopback, "127.200.0.1", SOCK_STREAM, 0, 0)
BIND_CASE(bind_multicast, "224.0.0.251", SOCK_DGRAM, 0, 0)

/* With NET_ADMIN the option can be set, and does not help. */
ESCAPE_CASE(bind_transparent, EPERM, "serve on a foreign address by IP_TRANSPARENT")
{
	return try_bind(HOST_IP, SOCK_STREAM, IPPROTO_IP, IP_TRANSPARENT);
}

/* A datagram to itself that says it comes from the host; who does the server see? */
static int forged(const char *to, const char *source)
{
	bool v6 = strchr(to, ':');
	struct sockaddr_storage sa, seen = { 0 };
	socklen_t len = name(&sa, to, 7002), seen_len = sizeof(seen);
	int in = socket(sa.ss_family, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	int out = socket(sa.ss_family, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	char space[128] = { 0 }, byte, want[64] = "", got[64] = "";
	struct iovec iov = { "x", 1 };
	struct msghdr msg = {
		.msg_name = &sa, .msg_namelen = len, .msg_iov = &iov, .msg_iovlen = 1,
		.msg_control = space,
	};
	struct cmsghdr *cm = (void *)space;
	struct pollfd p = { .fd = in, .events = POLLIN };

	if (bind(in, (void *)&sa, len))
		return UNAVAILABLE;
	if (v6) {
		struct in6_pktinfo info = { 0 };

		inet_pton(AF_INET6, source, &info.ipi6_addr);
		cm->cmsg_level = IPPROTO_IPV6;
		cm->cmsg_type = IPV6_PKTINFO;
		cm->cmsg_len = CMSG_LEN(sizeof(info));
		memcpy(CMSG_DATA(cm), &info, sizeof(info));
	} else {
		struct in_pktinfo info = { 0 };

		inet_pton(AF_INET, source, &info.ipi_spec_dst);
		cm->cmsg_level = IPPROTO_IP;
		cm->cmsg_type = IP_PKTINFO;
		cm->cmsg_len = CMSG_LEN(sizeof(info));
		memcpy(CMSG_DATA(cm), &info, sizeof(info));
	}
	msg.msg_controllen = CMSG_ALIGN(cm->cmsg_len);
	if (sendmsg(out, &msg, 0) < 0)
		return verdict(-1);
	if (poll(&p, 1, 5000) != 1 ||
	    recvfrom(in, &byte, 1, 0, (void *)&seen, &seen_len) != 1)
		return refused(ETIMEDOUT);
	snprintf(want, sizeof(want), "%s", source);
	inet_ntop(seen.ss_family, v6 ? (void *)&((struct sockaddr_in6 *)&seen)->sin6_addr :
		  (void *)&((struct sockaddr_in *)&seen)->sin_addr, got, sizeof(got));
	return strcmp(want, got) ? refused(0) : REACHED;
}

ESCAPE_CASE_ALWAYS(source, 0, "send as the host (an own address goes out)")
{
	return forged(GUEST_IP, HOST_IP);
}

ESCAPE_CASE_ALWAYS(source_other, 0, "send as another guest")
{
	return forged(GUEST_IP, OTHER_IP);
}

ESCAPE_CASE_ALWAYS(source6, EADDRNOTAVAIL, "send as the host by IPv6")
{
	return forged(GUEST_IP6, HOST_IP6);
}

ESCAPE_CASE_ALWAYS(multicast, EPERM, "listen to a group")
{
	struct ip_mreqn m = { .imr_multiaddr.s_addr = inet_addr("239.0.0.1"),
			      .imr_ifindex = if_nametoindex(ESCAPE_DEV) };
	int s = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	return verdict(setsockopt(s, IPPROTO_IP, IP_ADD_MEMBERSHIP, &m, sizeof(m)));
}

/* What there is ------------------------------------------------------------------------------ */

ESCAPE_CASE_ALWAYS(addresses, 0, "list the machine's addresses")
{
	struct ifaddrs *list, *i;
	int ret = refused(0);

	if (getifaddrs(&list))
		return verdict(-1);
	for (i = list; i; i = i->ifa_next) {
		const struct sockaddr_in *in = (void *)i->ifa_addr;

		if (in && in->sin_family == AF_INET &&
		    in->sin_addr.s_addr == inet_addr(HIDDEN_IP))
			ret = REACHED;
	}
	errno = 0;
	return ret;
}

ESCAPE_CASE_ALWAYS(device, ENODEV, "ask about a device that it has nothing on")
{
	struct ifreq ifr = { .ifr_name = HIDDEN_DEV };
	int s = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	if (ioctl(s, SIOCGIFFLAGS, &ifr) == 0)
		return REACHED;
	return refused(errno);
}

ESCAPE_CASE_ALWAYS(sockets, 0, "see who is connected to the host")
{
	static char text[65536];
	FILE *f = fopen("/proc/net/tcp6", "r");
	size_t n = f ? fread(text, 1, sizeof(text) - 1, f) : 0;

	text[n] = 0;
	return strstr(text, ":1234 ") ? REACHED : refused(0);
}
