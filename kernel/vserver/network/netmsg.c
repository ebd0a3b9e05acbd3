// SPDX-License-Identifier: GPL-2.0-only
/*
 * Which messages of rtnetlink a guest may hear: links, addresses and routes
 * that it sees. Everything else is hidden, so what a later kernel adds is
 * hidden until somebody thinks about it here.
 *
 * Of a route only the preferred source is changed; gateways and metrics of the
 * devices a guest sees are no secret.
 */

#include <linux/inetdevice.h>
#include <linux/netdevice.h>
#include <linux/rtnetlink.h>
#include <net/addrconf.h>
#include <net/if_inet6.h>
#include <net/netlink.h>
#include <net/rtnh.h>

#include "visible.h"

static bool nx_sees_index(const struct nx_info *nxi, struct net *net, int index)
{
	const struct net_device *dev = dev_get_by_index_rcu(net, index);

	return dev && nx_sees_dev(nxi, dev);
}

static bool nx_sees_link(const struct nx_info *nxi, struct net *net,
			 const struct nlmsghdr *nlh)
{
	const struct ifinfomsg *ifi = nlmsg_data(nlh);

	return nlmsg_len(nlh) >= sizeof(*ifi) &&
	       nx_sees_index(nxi, net, ifi->ifi_index);
}

/* An attribute that holds an address, or NULL. */
static struct nlattr *nx_addr_attr(const struct nlmsghdr *nlh, int hdrlen,
				   int type, int family)
{
	struct nlattr *attr = nlmsg_find_attr(nlh, hdrlen, type);
	int len = family == AF_INET ? sizeof(__be32) : sizeof(struct in6_addr);

	return attr && nla_len(attr) == len ? attr : NULL;
}

static bool nx_sees_value(const struct nx_info *nxi, int family,
			  const struct nlattr *attr)
{
	struct in6_addr addr;

	if (!attr)
		return false;
	if (family == AF_INET)
		return nx_sees4(nxi, nla_get_in_addr(attr));
	addr = nla_get_in6_addr(attr);
	return nx_sees6(nxi, &addr);
}

static bool nx_sees_addr(const struct nx_info *nxi, const struct nlmsghdr *nlh)
{
	const struct ifaddrmsg *ifa = nlmsg_data(nlh);
	const struct nlattr *attr;
	int family;

	if (nlmsg_len(nlh) < sizeof(*ifa))
		return false;
	family = ifa->ifa_family;
	if (family != AF_INET && family != AF_INET6)
		return false;
	attr = nx_addr_attr(nlh, sizeof(*ifa), IFA_LOCAL, family) ?:
	       nx_addr_attr(nlh, sizeof(*ifa), IFA_ADDRESS, family);
	return nx_sees_value(nxi, family, attr);
}

/* Every next hop must be on a device that is seen. */
static bool nx_sees_hops(const struct nx_info *nxi, struct net *net,
			 const struct nlattr *multipath)
{
	struct rtnexthop *hop = nla_data(multipath);
	int left = nla_len(multipath);

	for (; rtnh_ok(hop, left); hop = rtnh_next(hop, &left))
		if (!nx_sees_index(nxi, net, hop->rtnh_ifindex))
			return false;
	return !left;
}

static bool nx_sees_out(const struct nx_info *nxi, struct net *net,
			const struct nlmsghdr *nlh)
{
	const int hdrlen = sizeof(struct rtmsg);
	const struct nlattr *attr;

	attr = nlmsg_find_attr(nlh, hdrlen, RTA_MULTIPATH);
	if (attr && !nx_sees_hops(nxi, net, attr))
		return false;
	attr = nlmsg_find_attr(nlh, hdrlen, RTA_OIF);
	return !attr || (nla_len(attr) == sizeof(u32) &&
			 nx_sees_index(nxi, net, nla_get_u32(attr)));
}

/* Tables besides the usual ones are made for other guests. */
static bool nx_sees_table(const struct nlmsghdr *nlh)
{
	const struct rtmsg *rtm = nlmsg_data(nlh);
	const struct nlattr *attr;
	u32 table = rtm->rtm_table;

	attr = nlmsg_find_attr(nlh, sizeof(*rtm), RTA_TABLE);
	if (attr && nla_len(attr) == sizeof(u32))
		table = nla_get_u32(attr);
	return table == RT_TABLE_MAIN || table == RT_TABLE_LOCAL ||
	       table == RT_TABLE_DEFAULT;
}

/* The routes to local addresses list the addresses of all. */
static bool nx_sees_dest(const struct nx_info *nxi, const struct nlmsghdr *nlh)
{
	const struct rtmsg *rtm = nlmsg_data(nlh);
	int attr;

	/* A single one is an answer; in a dump they tell of others' peers. */
	if (rtm->rtm_flags & RTM_F_CLONED)
		return !(nlh->nlmsg_flags & NLM_F_MULTI);
	switch (rtm->rtm_type) {
	case RTN_LOCAL:
	case RTN_ANYCAST:
		attr = RTA_DST;
		break;
	case RTN_BROADCAST:
		attr = RTA_PREFSRC;
		break;
	default:
		return true;
	}
	return nx_sees_value(nxi, rtm->rtm_family,
			     nx_addr_attr(nlh, sizeof(*rtm), attr,
					  rtm->rtm_family));
}

/* --- the source of a route ------------------------------------------------------ */

static __be32 nx_source4(const struct nx_info *nxi, const struct net_device *dev)
{
	const struct in_device *in_dev = dev ? __in_dev_get_rcu(dev) : NULL;
	const struct nx_set *set = nx_set_rcu(nxi);
	const struct in_ifaddr *ifa;

	if (in_dev)
		in_dev_for_each_ifa_rcu(ifa, in_dev)
			if (nx_set_has4(set, ifa->ifa_local))
				return ifa->ifa_local;
	return set->first4;
}

#if IS_ENABLED(CONFIG_IPV6)
static struct in6_addr nx_source6(const struct nx_info *nxi,
				  const struct net_device *dev)
{
	const struct inet6_dev *idev = dev ? __in6_dev_get(dev) : NULL;
	const struct nx_set *set = nx_set_rcu(nxi);
	const struct inet6_ifaddr *ifa;

	if (idev)
		list_for_each_entry_rcu(ifa, &idev->addr_list, if_list)
			if (nx_set_has6(set, &ifa->addr))
				return ifa->addr;
	return set->first6;
}
#else
static struct in6_addr nx_source6(const struct nx_info *nxi,
				  const struct net_device *dev)
{
	return nx_set_rcu(nxi)->first6;
}
#endif

/*
 * The preferred source of a route is the host's choice. Show an address the
 * guest would use; without one take the attribute away.
 */
static bool nx_edit_source(const struct nx_info *nxi, struct net *net,
			   const struct nlmsghdr *nlh, bool edit)
{
	const struct rtmsg *rtm = nlmsg_data(nlh);
	struct nlattr *src = nlmsg_find_attr(nlh, sizeof(*rtm), RTA_PREFSRC);
	const struct nlattr *oif;
	struct net_device *dev = NULL;
	struct in6_addr addr = {};

	if (!src || nx_sees_value(nxi, rtm->rtm_family,
				  nx_addr_attr(nlh, sizeof(*rtm), RTA_PREFSRC,
					       rtm->rtm_family)))
		return true;
	if (!edit || nla_len(src) > sizeof(addr))
		return false;
	oif = nlmsg_find_attr(nlh, sizeof(*rtm), RTA_OIF);
	if (oif && nla_len(oif) == sizeof(u32))
		dev = dev_get_by_index_rcu(net, nla_get_u32(oif));
	if (rtm->rtm_family == AF_INET)
		addr.s6_addr32[0] = nx_source4(nxi, dev);
	else
		addr = nx_source6(nxi, dev);
	if (ipv6_addr_any(&addr))
		src->nla_type = RTA_UNSPEC;
	memcpy(nla_data(src), &addr, nla_len(src));
	return true;
}

static bool nx_sees_route(const struct nx_info *nxi, struct net *net,
			  const struct nlmsghdr *nlh, bool edit)
{
	const struct rtmsg *rtm = nlmsg_data(nlh);

	if (nlmsg_len(nlh) < sizeof(*rtm))
		return false;
	if (rtm->rtm_family != AF_INET && rtm->rtm_family != AF_INET6)
		return false;
	return nx_sees_table(nlh) && nx_sees_dest(nxi, nlh) &&
	       nx_sees_out(nxi, net, nlh) &&
	       nx_edit_source(nxi, net, nlh, edit);
}

/**
 * nx_sees_msg - May a guest hear this message?
 * @nxi: its network context
 * @net: the network namespace the message is from
 * @nlh: the message, complete
 * @edit: the buffer is ours to change
 *
 * Under RCU.
 *
 * Return: true if it may.
 */
bool nx_sees_msg(const struct nx_info *nxi, struct net *net,
		 const struct nlmsghdr *nlh, bool edit)
{
	switch (nlh->nlmsg_type) {
	case 0 ... NLMSG_MIN_TYPE - 1:
		return true;
	case RTM_NEWLINK:
	case RTM_DELLINK:
		return nx_sees_link(nxi, net, nlh);
	case RTM_NEWADDR:
	case RTM_DELADDR:
		return nx_sees_addr(nxi, nlh);
	case RTM_NEWROUTE:
	case RTM_DELROUTE:
		return nx_sees_route(nxi, net, nlh, edit);
	default:
		return false;
	}
}
