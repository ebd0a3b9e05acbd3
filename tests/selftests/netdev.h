/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Interfaces, addresses and routes of the machine, by rtnetlink: what an
 * administrator would do with ip(8).  All return 0 or a negative errno and act
 * in the caller's network namespace.
 */
#ifndef _VS_SELFTEST_NETDEV_H
#define _VS_SELFTEST_NETDEV_H

#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <arpa/inet.h>
#include <errno.h>
#include <linux/if_addr.h>
#include <linux/if_link.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <linux/veth.h>
#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#ifndef VS_UNUSED
#define VS_UNUSED __attribute__((unused))
#endif

struct nd_request {
	struct nlmsghdr nl;
	char body[1024];
};

static VS_UNUSED void nd_init(struct nd_request *r, int type, int flags,
			      const void *head, size_t size)
{
	memset(r, 0, sizeof(*r));
	r->nl.nlmsg_type = type;
	r->nl.nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK | flags;
	r->nl.nlmsg_len = NLMSG_LENGTH(size);
	memcpy(NLMSG_DATA(&r->nl), head, size);
}

static VS_UNUSED struct rtattr *nd_attr(struct nd_request *r, int type,
					const void *data, size_t size)
{
	struct rtattr *a = (void *)((char *)r + NLMSG_ALIGN(r->nl.nlmsg_len));

	a->rta_type = type;
	a->rta_len = RTA_LENGTH(size);
	if (size)
		memcpy(RTA_DATA(a), data, size);
	r->nl.nlmsg_len = NLMSG_ALIGN(r->nl.nlmsg_len) + RTA_ALIGN(a->rta_len);
	return a;
}

/* Everything since nd_attr(..., NULL, 0) returned @a is inside it. */
static VS_UNUSED void nd_close(struct nd_request *r, struct rtattr *a)
{
	a->rta_len = (char *)r + r->nl.nlmsg_len - (char *)a;
}

/* Send it and wait for the answer. */
static VS_UNUSED long nd_do(struct nd_request *r)
{
	struct {
		struct nlmsghdr nl;
		struct nlmsgerr err;
		char rest[2048];
	} ans;
	int s = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);
	long ret = 0;

	if (s < 0 || send(s, r, r->nl.nlmsg_len, 0) < 0 ||
	    recv(s, &ans, sizeof(ans), 0) < (ssize_t)NLMSG_LENGTH(sizeof(ans.err)))
		ret = -errno;
	else if (ans.nl.nlmsg_type == NLMSG_ERROR)
		ret = ans.err.error;
	close(s);
	return ret;
}

/* A link without parameters: "dummy". */
static VS_UNUSED long nd_add(const char *name, const char *kind)
{
	struct ifinfomsg head = { 0 };
	struct nd_request r;
	struct rtattr *info;

	nd_init(&r, RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL, &head, sizeof(head));
	nd_attr(&r, IFLA_IFNAME, name, strlen(name) + 1);
	info = nd_attr(&r, IFLA_LINKINFO, NULL, 0);
	nd_attr(&r, IFLA_INFO_KIND, kind, strlen(kind));
	nd_close(&r, info);
	return nd_do(&r);
}

/* A pair; the peer appears in the network namespace of the descriptor. */
static VS_UNUSED long nd_add_veth(const char *name, const char *peer, int netns)
{
	struct ifinfomsg head = { 0 };
	struct rtattr *info, *data, *end;
	struct nd_request r;

	nd_init(&r, RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL, &head, sizeof(head));
	nd_attr(&r, IFLA_IFNAME, name, strlen(name) + 1);
	info = nd_attr(&r, IFLA_LINKINFO, NULL, 0);
	nd_attr(&r, IFLA_INFO_KIND, "veth", 4);
	data = nd_attr(&r, IFLA_INFO_DATA, NULL, 0);
	end = nd_attr(&r, VETH_INFO_PEER, &head, sizeof(head));
	nd_attr(&r, IFLA_IFNAME, peer, strlen(peer) + 1);
	nd_attr(&r, IFLA_NET_NS_FD, &netns, sizeof(netns));
	nd_close(&r, end);
	nd_close(&r, data);
	nd_close(&r, info);
	return nd_do(&r);
}

static VS_UNUSED long nd_remove(const char *name)
{
	struct ifinfomsg head = { .ifi_index = if_nametoindex(name) };
	struct nd_request r;

	nd_init(&r, RTM_DELLINK, 0, &head, sizeof(head));
	return nd_do(&r);
}

static VS_UNUSED long nd_up(const char *name)
{
	struct ifinfomsg head = {
		.ifi_index = if_nametoindex(name),
		.ifi_flags = IFF_UP, .ifi_change = IFF_UP,
	};
	struct nd_request r;

	if (!head.ifi_index)
		return -ENODEV;
	nd_init(&r, RTM_NEWLINK, 0, &head, sizeof(head));
	return nd_do(&r);
}

/* Family, bytes and prefix length of "ADDRESS[/PREFIX]"; 0 if malformed. */
static VS_UNUSED int nd_parse(const char *text, void *bytes, int *prefix)
{
	int family = strchr(text, ':') ? AF_INET6 : AF_INET;
	char copy[64];
	char *slash;

	snprintf(copy, sizeof(copy), "%s", text);
	slash = strchr(copy, '/');
	if (slash)
		*slash++ = 0;
	*prefix = slash ? atoi(slash) : family == AF_INET6 ? 128 : 32;
	return inet_pton(family, copy, bytes) == 1 ? family : 0;
}

static VS_UNUSED long nd_change_addr(int type, const char *dev, const char *addr)
{
	unsigned char bytes[16];
	int prefix, family = nd_parse(addr, bytes, &prefix);
	struct ifaddrmsg head = {
		.ifa_family = family, .ifa_prefixlen = prefix,
		.ifa_index = if_nametoindex(dev), .ifa_flags = IFA_F_NODAD,
	};
	size_t size = family == AF_INET6 ? 16 : 4;
	struct nd_request r;

	if (!family)
		return -EINVAL;
	nd_init(&r, type, type == RTM_NEWADDR ? NLM_F_CREATE | NLM_F_EXCL : 0,
		&head, sizeof(head));
	nd_attr(&r, IFA_LOCAL, bytes, size);
	nd_attr(&r, IFA_ADDRESS, bytes, size);
	if (family == AF_INET && prefix < 31 && type == RTM_NEWADDR) {
		unsigned int brd;

		memcpy(&brd, bytes, 4);
		brd |= htonl(0xffffffffU >> prefix);
		nd_attr(&r, IFA_BROADCAST, &brd, 4);
	}
	return nd_do(&r);
}

static VS_UNUSED long nd_add_addr(const char *dev, const char *addr)
{
	return nd_change_addr(RTM_NEWADDR, dev, addr);
}

static VS_UNUSED long nd_del_addr(const char *dev, const char *addr)
{
	return nd_change_addr(RTM_DELADDR, dev, addr);
}

/* Route to "ADDRESS/PREFIX" through a gateway, or on a device if that is NULL. */
static VS_UNUSED long nd_add_route(const char *to, const char *via, const char *dev)
{
	unsigned char bytes[16], gate[16];
	int prefix, none, family = nd_parse(to, bytes, &prefix), index;
	struct rtmsg head = {
		.rtm_family = family, .rtm_dst_len = prefix,
		.rtm_table = RT_TABLE_MAIN, .rtm_protocol = RTPROT_BOOT,
		.rtm_scope = via || family == AF_INET6 ? RT_SCOPE_UNIVERSE : RT_SCOPE_LINK,
		.rtm_type = RTN_UNICAST,
	};
	size_t size = family == AF_INET6 ? 16 : 4;
	struct nd_request r;

	nd_init(&r, RTM_NEWROUTE, NLM_F_CREATE | NLM_F_EXCL, &head, sizeof(head));
	nd_attr(&r, RTA_DST, bytes, size);
	if (via) {
		if (nd_parse(via, gate, &none) != family)
			return -EINVAL;
		nd_attr(&r, RTA_GATEWAY, gate, size);
	}
	if (dev) {
		index = if_nametoindex(dev);
		nd_attr(&r, RTA_OIF, &index, sizeof(index));
	}
	return nd_do(&r);
}

#endif /* _VS_SELFTEST_NETDEV_H */
