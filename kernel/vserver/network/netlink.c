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
 * HIDE_NETIF (dumps, replies, notifications) passes a filter; netmsg.c says
 * which messages come through.
 *
 * A buffer of a notification is shared by its receivers: it passes as it is,
 * or not at all. In all others hidden messages are cut out in place. If
 * nothing is left,
 *
 *   - of a part of a dump, the next part is dumped into the same buffer: it
 *     would be dumped when this one is read, which never happens. Something
 *     in its place does not do, for libraries take NLMSG_NOOP for the end of
 *     a dump, and all else for an object;
 *   - the answer to a question about one object becomes the error that the
 *     kernel answers when there is no such object.
 */

#include <linux/capability.h>
#include <linux/genetlink.h>
#include <linux/lsm_hooks.h>
#include <linux/net.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <linux/slab.h>
#include <linux/socket.h>
#include <net/genetlink.h>
#include <net/netlink.h>

#include "../../../net/netlink/af_netlink.h"
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

/* --- hearing: the buffer ------------------------------------------------------------------- */

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
	struct nlmsgerr *err;
	struct nlmsghdr *nlh;

	nlh = nlmsg_put(skb, first->nlmsg_pid, first->nlmsg_seq, NLMSG_ERROR,
			sizeof(*err), NLM_F_CAPPED);
	if (!nlh)
		return false;
	err = nlmsg_data(nlh);
	memset(err, 0, sizeof(*err));
	err->error = nx_not_there(first->nlmsg_type);
	/* NEW, DEL, GET follow each other */
	err->msg.nlmsg_type = (first->nlmsg_type & ~3) + 2;
	err->msg.nlmsg_len = NLMSG_HDRLEN;
	err->msg.nlmsg_seq = first->nlmsg_seq;
	err->msg.nlmsg_pid = first->nlmsg_pid;
	return true;
}

/* Cut hidden messages out. The buffer may be empty then. */
static void nx_cut(const struct nx_info *nxi, struct net *net,
		   struct sk_buff *skb)
{
	struct nlmsghdr *nlh = (struct nlmsghdr *)skb->data, *next;
	u8 *keep = skb->data;
	int left = skb->len;

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
	skb_trim(skb, keep - skb->data);
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

static void nx_cut_for(const struct sock *sk, struct sk_buff *skb)
{
	rcu_read_lock();
	nx_cut(sk->sk_nx, sock_net(sk), skb);
	rcu_read_unlock();
}

/* The end of a dump, which must not be missed; under nl_cb_mutex. */
static void nx_dump_done(struct netlink_sock *nlk, struct sk_buff *skb)
{
	struct netlink_callback *cb = &nlk->cb;
	struct nlmsghdr *nlh;

	nlh = nlmsg_put_answer(skb, cb, NLMSG_DONE, sizeof(int),
			       NLM_F_MULTI | cb->answer_flags);
	if (WARN_ON_ONCE(!nlh))
		return;
	nl_dump_check_consistent(cb, nlh);
	*(int *)nlmsg_data(nlh) = nlk->dump_done_errno;
	if (cb->done)
		cb->done(cb);
	WRITE_ONCE(nlk->cb_running, false);
	module_put(cb->module);
	consume_skb(cb->skb);
}

/* One more part, as netlink_dump() does it; under nl_cb_mutex. */
static void nx_dump_part(struct sock *sk, struct sk_buff *skb)
{
	struct netlink_sock *nlk = nlk_sk(sk);
	struct netlink_ext_ack extack = {};
	int ret;

	skb_trim(skb, 0);
	nlk->cb.extack = &extack;
	ret = nlk->cb.dump(skb, &nlk->cb);
	nlk->cb.extack = NULL;
	if (ret == -EMSGSIZE && skb->len)
		ret = skb->len;
	nlk->dump_done_errno = ret;
	nx_cut_for(sk, skb);
}

/*
 * Nothing was left of a part of a dump. netlink_dump(), which sends it, has
 * dropped the mutex and does nothing after it. Should another thread that
 * reads from the socket have finished the dump since, there is nothing to add.
 */
static bool nx_dump_on(struct sock *sk, struct sk_buff *skb)
{
	struct netlink_sock *nlk = nlk_sk(sk);

	mutex_lock(&nlk->nl_cb_mutex);
	while (nlk->cb_running && nlk->dump_done_errno > 0 && !skb->len) {
		nx_dump_part(sk, skb);
		cond_resched();
	}
	if (nlk->cb_running && !skb->len)
		nx_dump_done(nlk, skb);
	mutex_unlock(&nlk->nl_cb_mutex);
	return skb->len;
}

/* A buffer that nobody else has. Return: false if nothing is left of it. */
static bool nx_filter_own(struct sock *sk, struct sk_buff *skb)
{
	struct nlmsghdr first;

	if (!nlmsg_ok((struct nlmsghdr *)skb->data, skb->len))
		return false;
	first = *(struct nlmsghdr *)skb->data;
	nx_cut_for(sk, skb);
	if (skb->len)
		return true;
	if (NETLINK_CB(skb).dst_group)
		return false;
	return first.nlmsg_flags & NLM_F_MULTI ? nx_dump_on(sk, skb) :
						 nx_put_error(skb, &first);
}

/* Unconfined contexts own all addresses. */
static bool nx_hears_all(const struct nx_info *nxi)
{
	bool all;

	rcu_read_lock();
	all = nx_set_rcu(nxi)->all;
	rcu_read_unlock();
	return all || !nx_flag(nxi, NXF_HIDE_NETIF);
}

static bool nx_filter(struct sock *sk, struct sk_buff *skb)
{
	bool keep;

	/* Events of other kinds, and of other namespaces. */
	if (sk->sk_protocol != NETLINK_ROUTE || NETLINK_CB(skb).nsid_is_set ||
	    skb_is_nonlinear(skb))
		return false;
	if (!skb_shared(skb) && !skb_cloned(skb) && !skb_has_frag_list(skb))
		return nx_filter_own(sk, skb);
	rcu_read_lock();
	keep = nx_filter_shared(sk->sk_nx, sock_net(sk), skb);
	rcu_read_unlock();
	return keep;
}

/**
 * __vs_netlink_drop - Take out of a buffer what a guest may not see
 * @sk: netlink socket of a guest
 * @skb: what the kernel, or another process, sends to it
 *
 * Any context; for a part of a dump that of netlink_dump(), which may sleep.
 *
 * Return: true if nothing is left; @skb is freed then.
 */
bool __vs_netlink_drop(struct sock *sk, struct sk_buff *skb)
{
	if (nx_hears_all(sk->sk_nx) || nx_filter(sk, skb))
		return false;
	consume_skb(skb);
	return true;
}

static struct security_hook_list nx_visible_hooks[] __ro_after_init = {
	LSM_HOOK_INIT(netlink_send, hook_netlink_send),
};

void __init nx_visible_hooks_init(void)
{
	security_add_hooks(nx_visible_hooks, ARRAY_SIZE(nx_visible_hooks),
			   &vx_lsmid);
}
