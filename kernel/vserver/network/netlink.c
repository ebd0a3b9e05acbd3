// SPDX-License-Identifier: GPL-2.0-only
/*
 * What a guest may ask the network stack by netlink, and what it hears.
 *
 * Asking: in the stack it shares with the host a guest may list links,
 * addresses and routes, nothing else; more with NET_ADMIN. In a stack of its
 * own it may use the generic families of the network, not those that report
 * on the machine (TASKSTATS would tell it of every process that exits).
 *
 * Hearing: whatever the kernel sends to a socket of a context with the flag
 * HIDE_NETIF (dumps, replies, notifications) passes a filter. By default a
 * message is dropped; the rules for links, addresses and routes say which are
 * not. Errors, acknowledgements and ends of dumps always pass.
 *
 * A buffer of a notification is shared by its receivers: it passes as it is,
 * or not at all. In all others hidden messages are cut out in place. If
 * nothing is left,
 *
 *   - of a dump one NLMSG_NOOP stays, for the dump goes on when it is read;
 *   - the answer to a question about one object becomes the error that the
 *     kernel answers when there is no such object.
 */

#include <linux/capability.h>
#include <linux/genetlink.h>
#include <linux/inetdevice.h>
#include <linux/lsm_hooks.h>
#include <linux/net.h>
#include <linux/netdevice.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <linux/slab.h>
#include <linux/socket.h>
#include <net/addrconf.h>
#include <net/genetlink.h>
#include <net/if_inet6.h>
#include <net/netlink.h>
#include <net/rtnh.h>

#include "../hooks_init.h"
#include "../setup.h"
#include "visible.h"

/* --- asking ------------------------------------------------------------------------ */

/*
 * Generic families that are confined to a network namespace, all else is not
 * a guest's business. By name: the numbers are given out at run time.
 */
static const char *const nx_genl_open[] = {
	"HSR", "IOAM6", "IPVS", "SEG6", "ethtool", "fou", "gtp", "l2tp",
	"macsec", "mptcp_pm", "netdev", "nl80211", "tcp_metrics", "team",
	"wireguard",
};

static bool nx_genl_listed(const struct nlattr *name)
{
	for (size_t i = 0; name && i < ARRAY_SIZE(nx_genl_open); i++)
		if (!nla_strcmp(name, nx_genl_open[i]))
			return true;
	return false;
}

/* Ask the controller which family has this number. */
static int nx_genl_query(struct socket *sock, u16 family, void *buf, size_t len)
{
	struct {
		struct nlmsghdr nlh;
		struct genlmsghdr genl;
		struct nlattr attr;
		u16 family;
		u16 pad;
	} req = {
		.nlh.nlmsg_len = offsetof(typeof(req), pad),
		.nlh.nlmsg_type = GENL_ID_CTRL,
		.nlh.nlmsg_flags = NLM_F_REQUEST,
		.genl.cmd = CTRL_CMD_GETFAMILY,
		.genl.version = 1,
		.attr.nla_len = NLA_HDRLEN + sizeof(u16),
		.attr.nla_type = CTRL_ATTR_FAMILY_ID,
		.family = family,
	};
	struct kvec vec = { .iov_base = &req, .iov_len = sizeof(req) };
	struct sockaddr_nl to = { .nl_family = AF_NETLINK };
	struct msghdr msg = { .msg_name = &to, .msg_namelen = sizeof(to) };
	int ret;

	ret = kernel_sendmsg(sock, &msg, &vec, 1, sizeof(req));
	if (ret < 0)
		return ret;
	memset(&msg, 0, sizeof(msg));
	vec.iov_base = buf;
	vec.iov_len = len;
	return kernel_recvmsg(sock, &msg, &vec, 1, len, MSG_DONTWAIT);
}

/* The answer may be cut off at the end; the name is at its beginning. */
static bool nx_genl_answer_open(struct nlmsghdr *nlh, int len)
{
	const int hdrlen = GENL_HDRLEN;

	if (len < nlmsg_total_size(hdrlen) || nlh->nlmsg_type != GENL_ID_CTRL)
		return false;
	if (nlh->nlmsg_len > len)
		nlh->nlmsg_len = len;
	return nx_genl_listed(nlmsg_find_attr(nlh, hdrlen,
					      CTRL_ATTR_FAMILY_NAME));
}

static bool nx_genl_family_open(u16 family)
{
	const size_t size = 1024;
	struct socket *sock;
	bool open = false;
	void *buf;

	if (family <= GENL_ID_CTRL)
		return true;
	if (sock_create_kern(&init_net, AF_NETLINK, SOCK_RAW, NETLINK_GENERIC,
			     &sock))
		return false;
	buf = kzalloc(size, GFP_KERNEL);
	if (buf)
		open = nx_genl_answer_open(buf, nx_genl_query(sock, family, buf,
							      size));
	kfree(buf);
	sock_release(sock);
	return open;
}

/* A guest with a capability that lets it change the stack may ask anything. */
static bool nx_may_ask(const struct sock *sk, u16 type)
{
	switch (type) {
	case 0 ... NLMSG_MIN_TYPE - 1:
	case RTM_GETLINK:
	case RTM_GETADDR:
	case RTM_GETROUTE:
		return true;
	default:
		return ns_capable_noaudit(sock_net(sk)->user_ns, CAP_NET_ADMIN);
	}
}

static bool nx_may_send(const struct sock *sk, u16 type)
{
	return sk->sk_protocol == NETLINK_ROUTE ? nx_may_ask(sk, type) :
						  nx_genl_family_open(type);
}

/* One buffer may hold any number of messages. */
static noinline int nx_check_send(const struct sock *sk,
				  const struct sk_buff *skb)
{
	const struct nlmsghdr *nlh = (const struct nlmsghdr *)skb->data;
	int left = skb_headlen(skb);

	if (skb_is_nonlinear(skb))
		return -EPERM;
	for (; nlmsg_ok(nlh, left); nlh = nlmsg_next(nlh, &left))
		if (!nx_may_send(sk, nlh->nlmsg_type))
			return -EPERM;
	return 0;
}

static int hook_netlink_send(struct sock *sk, struct sk_buff *skb)
{
	bool check = false;

	if (!vs_on() || sk->sk_kern_sock)
		return 0;
	if (sk->sk_protocol == NETLINK_GENERIC)
		check = vs_confined();
	else if (sk->sk_protocol == NETLINK_ROUTE)
		check = sk->sk_nx || nx_current_in(sock_net(sk));
	return check ? nx_check_send(sk, skb) : 0;
}

/* --- hearing: which messages ---------------------------------------------------------- */

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

/* --- hearing: the source of a route ------------------------------------------------------ */

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

static bool nx_sees_msg(const struct nx_info *nxi, struct net *net,
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

/* --- hearing: the buffer ------------------------------------------------------------------- */

/*
 * A stand-in for the messages of a dump. Readers that collect links and
 * addresses know what a NOOP is, and some insist on their own number in every
 * header; readers of routes take each message of their own for a route, and
 * skip those with another number. The payload is that of an object with
 * number 0, for those that look at it nevertheless.
 */
static bool nx_put_noop(struct sk_buff *skb, const struct nlmsghdr *first)
{
	const int len = nlmsg_total_size(sizeof(struct ifinfomsg));
	struct nlmsghdr *nlh = (struct nlmsghdr *)skb->data;
	struct nlmsghdr noop = {
		.nlmsg_len = len,
		.nlmsg_type = NLMSG_NOOP,
		.nlmsg_flags = NLM_F_MULTI,
		.nlmsg_seq = first->nlmsg_seq,
		.nlmsg_pid = first->nlmsg_pid,
	};

	if (first->nlmsg_type == RTM_NEWROUTE)
		noop.nlmsg_pid = 0;
	if (skb->len < len)
		return false;
	memset(nlh, 0, len);
	*nlh = noop;
	skb_trim(skb, len);
	return true;
}

static int nx_not_there(u16 type)
{
	switch (type) {
	case RTM_NEWADDR:
		return -EADDRNOTAVAIL;
	case RTM_NEWROUTE:
		return -ENETUNREACH;
	default:
		return -ENODEV;
	}
}

/* The answer to one question: what was asked for does not exist. */
static bool nx_put_error(struct sk_buff *skb, const struct nlmsghdr *first)
{
	const int len = nlmsg_total_size(sizeof(struct nlmsgerr));
	struct nlmsghdr *nlh = (struct nlmsghdr *)skb->data;
	struct nlmsgerr *err = nlmsg_data(nlh);

	if (skb->len < len)
		return false;
	memset(nlh, 0, len);
	nlh->nlmsg_len = len;
	nlh->nlmsg_type = NLMSG_ERROR;
	nlh->nlmsg_flags = NLM_F_CAPPED;
	nlh->nlmsg_seq = first->nlmsg_seq;
	nlh->nlmsg_pid = first->nlmsg_pid;
	err->error = nx_not_there(first->nlmsg_type);
	/* NEW, DEL, GET follow each other */
	err->msg.nlmsg_type = (first->nlmsg_type & ~3) + 2;
	err->msg.nlmsg_len = NLMSG_HDRLEN;
	err->msg.nlmsg_seq = first->nlmsg_seq;
	err->msg.nlmsg_pid = first->nlmsg_pid;
	skb_trim(skb, len);
	return true;
}

/* Nothing is left: is there something to say instead? */
static bool nx_put_instead(struct sk_buff *skb, const struct nlmsghdr *first)
{
	if (first->nlmsg_flags & NLM_F_MULTI)
		return nx_put_noop(skb, first);
	if (NETLINK_CB(skb).dst_group)
		return false;
	return nx_put_error(skb, first);
}

/* Cut hidden messages out. Return: false if nothing is left. */
static bool nx_filter_own(const struct nx_info *nxi, struct net *net,
			  struct sk_buff *skb)
{
	struct nlmsghdr *nlh = (struct nlmsghdr *)skb->data, *next, first;
	u8 *keep = skb->data;
	int left = skb->len;

	if (!nlmsg_ok(nlh, left))
		return false;
	first = *nlh;
	for (; nlmsg_ok(nlh, left); nlh = next) {
		int before = left, len;

		next = nlmsg_next(nlh, &left);
		len = left < 0 ? before : before - left;
		if (!nx_sees_msg(nxi, net, nlh, true))
			continue;
		if (keep != (u8 *)nlh)
			memmove(keep, nlh, len);
		keep += len;
	}
	if (keep == skb->data)
		return nx_put_instead(skb, &first);
	skb_trim(skb, keep - skb->data);
	return true;
}

/* Others receive the same buffer: all or nothing. */
static bool nx_filter_shared(const struct nx_info *nxi, struct net *net,
			     const struct sk_buff *skb)
{
	const struct nlmsghdr *nlh = (const struct nlmsghdr *)skb->data;
	int left = skb->len;

	if (!nlmsg_ok(nlh, left))
		return false;
	for (; nlmsg_ok(nlh, left); nlh = nlmsg_next(nlh, &left))
		if (!nx_sees_msg(nxi, net, nlh, false))
			return false;
	return true;
}

static bool nx_filter(const struct sock *sk, struct sk_buff *skb)
{
	const struct nx_info *nxi = sk->sk_nx;
	struct net *net = sock_net(sk);

	if (nx_set_rcu(nxi)->all)
		return true;
	/* Events of other kinds, and of other namespaces. */
	if (sk->sk_protocol != NETLINK_ROUTE || NETLINK_CB(skb).nsid_is_set ||
	    skb_is_nonlinear(skb))
		return false;
	if (skb_shared(skb) || skb_cloned(skb) || skb_has_frag_list(skb))
		return nx_filter_shared(nxi, net, skb);
	return nx_filter_own(nxi, net, skb);
}

/**
 * __vs_netlink_drop - Take out of a buffer what a guest may not see
 * @sk: netlink socket of a guest
 * @skb: what the kernel, or another process, sends to it
 *
 * Any context.
 *
 * Return: true if nothing is left; @skb is freed then.
 */
bool __vs_netlink_drop(struct sock *sk, struct sk_buff *skb)
{
	bool keep;

	if (!nx_flag(sk->sk_nx, NXF_HIDE_NETIF))
		return false;
	rcu_read_lock();
	keep = nx_filter(sk, skb);
	rcu_read_unlock();
	if (!keep)
		consume_skb(skb);
	return !keep;
}

static struct security_hook_list nx_visible_hooks[] __ro_after_init = {
	LSM_HOOK_INIT(netlink_send, hook_netlink_send),
};

void __init nx_visible_hooks_init(void)
{
	security_add_hooks(nx_visible_hooks, ARRAY_SIZE(nx_visible_hooks),
			   &vx_lsmid);
}
