// SPDX-License-Identifier: GPL-2.0-only
/*
 * The tables of /proc/net: a member of a network context sees its own rows.
 *
 * A table that a guest opens gets our operations instead of its own. They
 * walk with the table's iterator and show only rows the guest may see. Which
 * those are is known by the name of the file; a table that is not on the list
 * below shows its headline at most. Files that are not tables (counters of
 * the whole stack) do not come here: context/visible.c hides them.
 *
 * What a row is compared with is the context of the reader, not of the
 * opener: a descriptor that changes hands shows nobody more than he may see,
 * and the host sees nothing through a descriptor it got from a guest.
 *
 * A guest in a network namespace of its own sees all of that one.
 */

#include <linux/hex.h>
#include <linux/igmp.h>
#include <linux/inetdevice.h>
#include <linux/netdevice.h>
#include <linux/nsproxy.h>
#include <linux/proc_fs.h>
#include <linux/seq_file.h>
#include <linux/seq_file_net.h>
#include <linux/string.h>
#include <net/if_inet6.h>
#include <net/inet_timewait_sock.h>
#include <net/ip6_fib.h>
#include <net/nexthop.h>
#include <net/request_sock.h>
#include <net/tcp.h>
#include <net/tcp_states.h>

#include "../../../fs/proc/internal.h"
#include "visible.h"

/**
 * struct nx_table - a table we can filter
 * @name: file in /proc/net
 * @sees: may the reader see this row? Under the table's own lock or RCU
 * @edit: change the text of a row that is shown, from this offset on
 * @always: @ops.show must run for hidden rows as well, the iterator needs it
 * @strict: other contexts' rows are hidden whatever the flags say
 * @tcp: the iterator counts rows in struct tcp_iter_state
 * @ops: what a guest's file uses
 */
struct nx_table {
	const char *name;
	bool (*sees)(const struct nx_info *nxi, const void *row);
	void (*edit)(struct seq_file *m, const struct nx_info *nxi, size_t from);
	bool always;
	bool strict;
	bool tcp;
	const struct seq_operations ops;
};

/* The operations of the table itself; the file keeps its entry alive. */
static const struct seq_operations *nx_table_ops(const struct seq_file *m)
{
	return PDE(file_inode(m->file))->seq_ops;
}

/* --- sockets ------------------------------------------------------------------- */

static bool nx_owns_alone4(const struct nx_info *nxi, const struct net *net,
			   __be32 addr)
{
	const struct nx_owner *owner = nx_owner4(net, addr);

	return owner && owner->nxi == nxi && !owner->shared &&
	       !nx_owner_next4(owner, addr);
}

static bool nx_owns_alone6(const struct nx_info *nxi, const struct net *net,
			   const struct in6_addr *addr)
{
	const struct nx_owner *owner = nx_owner6(net, addr);

	return owner && owner->nxi == nxi && !owner->shared &&
	       !nx_owner_next6(owner, addr);
}

/*
 * What is left of a closed connection has no context any more: it is known by
 * its address, if nobody else uses that.
 */
static bool nx_sees_timewait(const struct nx_info *nxi,
			     const struct inet_timewait_sock *tw)
{
	const struct net *net = twsk_net(tw);

#if IS_ENABLED(CONFIG_IPV6)
	if (tw->tw_family == AF_INET6 &&
	    !ipv6_addr_v4mapped(&tw->tw_v6_rcv_saddr))
		return nx_owns_alone6(nxi, net, &tw->tw_v6_rcv_saddr);
#endif
	return nx_owns_alone4(nxi, net, tw->tw_rcv_saddr);
}

static bool nx_sees_sock(const struct nx_info *nxi, const void *row)
{
	const struct sock *sk = row;

	return sk->sk_nx == nxi;
}

static bool nx_sees_tcp(const struct nx_info *nxi, const void *row)
{
	const struct sock *sk = row;

	switch (READ_ONCE(sk->sk_state)) {
	case TCP_TIME_WAIT:
		return nx_sees_timewait(nxi, inet_twsk(sk));
	case TCP_NEW_SYN_RECV:
		sk = inet_reqsk(sk)->rsk_listener;
		return sk && sk->sk_nx == nxi;
	default:
		return sk->sk_nx == nxi;
	}
}

static bool nx_sees_unix(const struct nx_info *nxi, const void *row)
{
	return nx_unix_is_mine(row);
}

/* An address as the tables print it: words of 8 digits in memory order. */
static bool nx_parse_words(const char *hex, __be32 *words, int n)
{
	for (; n; n--, hex += 8) {
		char word[9];
		u32 value;

		memcpy(word, hex, 8);
		word[8] = 0;
		if (kstrtou32(word, 16, &value))
			return false;
		*words++ = (__force __be32)value;
	}
	return true;
}

static void nx_print_words(char *hex, const __be32 *words, int n)
{
	for (; n; n--, hex += 8) {
		char word[9];

		snprintf(word, sizeof(word), "%08X", (__force u32)*words++);
		memcpy(hex, word, 8);
	}
}

/* Show an own loopback address as accept(2) and its like do. */
static void nx_edit_addr(char *hex, size_t len)
{
	struct sockaddr_storage addr = {};
	struct sockaddr_in6 *sin6 = (struct sockaddr_in6 *)&addr;
	struct sockaddr_in *sin = (struct sockaddr_in *)&addr;
	__be32 *words = &sin->sin_addr.s_addr;
	int size = sizeof(*sin), n = len / 8;

	addr.ss_family = AF_INET;
	if (n == 4) {
		addr.ss_family = AF_INET6;
		words = sin6->sin6_addr.s6_addr32;
		size = sizeof(*sin6);
	}
	if (len % 8 || (n != 1 && n != 4) || !nx_parse_words(hex, words, n))
		return;
	__vs_show_addr(&addr, size);
	nx_print_words(hex, words, n);
}

/* "  sl: LOCAL:PORT REMOTE:PORT ..." */
static void nx_edit_sock(struct seq_file *m, const struct nx_info *nxi,
			 size_t from)
{
	char *end = m->buf + m->count, *p, *q;

	p = memchr(m->buf + from, ':', m->count - from);
	for (int i = 0; p && i < 2; i++) {
		p += i ? sizeof(":PPPP ") - 1 : sizeof(": ") - 1;
		q = p < end ? memchr(p, ':', end - p) : NULL;
		if (q)
			nx_edit_addr(p, q - p);
		p = q;
	}
}

/* --- devices, addresses, routes ------------------------------------------------ */

static bool nx_row_dev(const struct nx_info *nxi, const void *row)
{
	return nx_sees_dev(nxi, row);
}

static bool nx_row_igmp(const struct nx_info *nxi, const void *row)
{
	const struct ip_mc_list *im = row;

	return nx_cap(nxi, NXC_MULTICAST) &&
	       nx_sees_dev(nxi, im->interface->dev);
}

#if IS_ENABLED(CONFIG_IPV6)
static bool nx_row_igmp6(const struct nx_info *nxi, const void *row)
{
	const struct ifmcaddr6 *im = row;

	return nx_cap(nxi, NXC_MULTICAST) && nx_sees_dev(nxi, im->idev->dev);
}

static bool nx_row_if6(const struct nx_info *nxi, const void *row)
{
	const struct inet6_ifaddr *ifa = row;

	return nx_sees6(nxi, &ifa->addr);
}

/* The routes to local addresses list the addresses of all. */
static bool nx_row_route6(const struct nx_info *nxi, const void *row)
{
	struct fib6_info *rt = (struct fib6_info *)row;
	const struct net_device *dev;

	if ((rt->fib6_type == RTN_LOCAL || rt->fib6_type == RTN_ANYCAST) &&
	    !nx_sees6(nxi, &rt->fib6_dst.addr))
		return false;
	dev = (rt->nh ? nexthop_fib6_nh(rt->nh) : rt->fib6_nh)->fib_nh_dev;
	return !dev || nx_sees_dev(nxi, dev);
}
#endif

static bool nx_line_visible(struct net *net, const struct nx_info *nxi,
			    const char *line, size_t len)
{
	const char *end = memchr(line, '\t', len);
	const struct net_device *dev;
	char name[IFNAMSIZ];

	if (!end || end - line >= IFNAMSIZ)
		return false;
	memcpy(name, line, end - line);
	name[end - line] = 0;
	if (!strcmp(name, "*"))		/* leads nowhere */
		return true;
	dev = dev_get_by_name_rcu(net, name);
	return dev && nx_sees_dev(nxi, dev);
}

/* A row of IPv4 routes is several lines, each begins with the device. */
static void nx_edit_route(struct seq_file *m, const struct nx_info *nxi,
			  size_t from)
{
	char *line = m->buf + from, *end = m->buf + m->count, *keep = line;
	struct net *net = seq_file_net(m);

	while (line < end) {
		char *nl = memchr(line, '\n', end - line);
		size_t len = (nl ? nl + 1 : end) - line;

		if (nx_line_visible(net, nxi, line, len)) {
			memmove(keep, line, len);
			keep += len;
		}
		line += len;
	}
	m->count = keep - m->buf;
}

static bool nx_row_any(const struct nx_info *nxi, const void *row)
{
	return true;
}

static bool nx_row_none(const struct nx_info *nxi, const void *row)
{
	return false;
}

/* --- the operations --------------------------------------------------------------- */

static void *nx_seq_start(struct seq_file *m, loff_t *pos);
static void *nx_seq_next(struct seq_file *m, void *v, loff_t *pos);
static void nx_seq_stop(struct seq_file *m, void *v);
static int nx_seq_show(struct seq_file *m, void *v);

#define NX_TABLE(file, ...) {						\
	.name = file,							\
	.ops = {							\
		.start = nx_seq_start,					\
		.next = nx_seq_next,					\
		.stop = nx_seq_stop,					\
		.show = nx_seq_show,					\
	},								\
	__VA_ARGS__							\
}

#define NX_SOCKETS(file)						\
	NX_TABLE(file, .sees = nx_sees_sock, .edit = nx_edit_sock)

#define NX_TCP(file)							\
	NX_TABLE(file, .sees = nx_sees_tcp, .edit = nx_edit_sock, .tcp = true)

/* The last one stands for every table that is not on the list. */
static const struct nx_table nx_tables[] = {
	NX_TCP("tcp"), NX_SOCKETS("udp"), NX_SOCKETS("udplite"),
	NX_SOCKETS("raw"), NX_SOCKETS("icmp"),
	NX_TABLE("unix", .sees = nx_sees_unix, .strict = true),
	NX_TABLE("netlink", .sees = nx_sees_sock),
	NX_TABLE("dev", .sees = nx_row_dev),
	NX_TABLE("dev_mcast", .sees = nx_row_dev),
	NX_TABLE("wireless", .sees = nx_row_dev),
	NX_TABLE("igmp", .sees = nx_row_igmp),
	NX_TABLE("route", .sees = nx_row_any, .edit = nx_edit_route),
#if IS_ENABLED(CONFIG_IPV6)
	NX_TCP("tcp6"), NX_SOCKETS("udp6"), NX_SOCKETS("udplite6"),
	NX_SOCKETS("raw6"), NX_SOCKETS("icmp6"),
	NX_TABLE("if_inet6", .sees = nx_row_if6),
	NX_TABLE("igmp6", .sees = nx_row_igmp6),
	NX_TABLE("ipv6_route", .sees = nx_row_route6, .always = true),
#endif
	NX_TABLE("", .sees = nx_row_none, .always = true),
};

static const struct nx_table *nx_find_table(struct seq_file *m)
{
	const struct proc_dir_entry *de = PDE(file_inode(m->file));
	const struct nx_table *table = nx_tables;

	if (de->parent != seq_file_net(m)->proc_net)
		return &nx_tables[ARRAY_SIZE(nx_tables) - 1];
	while (*table->name && strcmp(table->name, de->name))
		table++;
	return table;
}

/* Every reading begins here: from now on the file has the table's own ops. */
static void *nx_seq_start(struct seq_file *m, loff_t *pos)
{
	m->op = &nx_find_table(m)->ops;
	return nx_table_ops(m)->start(m, pos);
}

static void *nx_seq_next(struct seq_file *m, void *v, loff_t *pos)
{
	return nx_table_ops(m)->next(m, v, pos);
}

static void nx_seq_stop(struct seq_file *m, void *v)
{
	nx_table_ops(m)->stop(m, v);
}

/* Does the reader see this namespace as it is? */
static bool nx_reads_all(const struct nx_table *table,
			 const struct nx_info *nxi, const struct net *net)
{
	bool all;

	if (!nx_in_net(nxi, net))
		return current->nsproxy && net_eq(net, current->nsproxy->net_ns);
	if (table->strict)
		return false;
	if (!nx_flag(nxi, NXF_HIDE_NETIF))
		return true;
	rcu_read_lock();
	all = nx_set_rcu(nxi)->all;
	rcu_read_unlock();
	return all;
}

static bool nx_sees_row(const struct nx_table *table,
			const struct nx_info *nxi, const void *row)
{
	bool sees;

	rcu_read_lock();
	sees = table->sees(nxi, row);
	rcu_read_unlock();
	return sees;
}

/* The row is visible. Too long for the buffer: it is shown again. */
static int nx_show_row(const struct nx_table *table, struct seq_file *m,
		       void *v, const struct nx_info *nxi)
{
	size_t from = m->count;
	int ret;

	if (table->tcp)
		((struct tcp_iter_state *)m->private)->num = 0;
	ret = nx_table_ops(m)->show(m, v);
	if (ret || !table->edit || seq_has_overflowed(m))
		return ret;
	rcu_read_lock();
	table->edit(m, nxi, from);
	rcu_read_unlock();
	return m->count == from ? SEQ_SKIP : 0;
}

static int nx_hide_row(const struct nx_table *table, struct seq_file *m,
		       void *v)
{
	size_t from = m->count;
	int ret = table->always ? nx_table_ops(m)->show(m, v) : 0;

	m->count = from;
	return ret < 0 ? ret : SEQ_SKIP;
}

static int nx_seq_show(struct seq_file *m, void *v)
{
	const struct nx_table *table = container_of(m->op, struct nx_table, ops);
	const struct nx_info *nxi = nx_current();

	if (v == SEQ_START_TOKEN)
		return nx_table_ops(m)->show(m, v);
	if (!nxi)
		return nx_hide_row(table, m, v);
	if (nx_reads_all(table, nxi, seq_file_net(m)))
		return nx_table_ops(m)->show(m, v);
	return nx_sees_row(table, nxi, v) ? nx_show_row(table, m, v, nxi) :
					    nx_hide_row(table, m, v);
}

/**
 * __vs_seq_ops - The operations for a table that a guest opens
 * @ops: those of the table
 *
 * Return: ours, which find the table's through the file.
 */
const struct seq_operations *__vs_seq_ops(const struct seq_operations *ops)
{
	return &nx_tables[ARRAY_SIZE(nx_tables) - 1].ops;
}
