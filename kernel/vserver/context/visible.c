// SPDX-License-Identifier: GPL-2.0-only
/*
 * Which entries of /proc, besides /proc/<pid>, a guest or a spectator sees.
 *
 * Hidden by default: only entries on the lists below, which tell nothing
 * about others and change nothing, are open. The admin opens and closes
 * entries one by one (setattr, vprocunhide; spec/abi.md 8.9).
 *
 * Three bits of proc_dir_entry.flags say how an entry differs from its
 * default: zero, which every entry starts with, is the default itself, so
 * registration needs no hook.
 *
 * Walking up de->parent is safe wherever the question comes up: in lookups
 * the entry is linked under proc_subdir_lock; in revalidation and readdir
 * the dentry and its ancestors pin the entries of all of them.
 */

#include <linux/ipc_namespace.h>
#include <linux/nsproxy.h>
#include <linux/proc_fs.h>
#include <linux/stat.h>
#include <linux/string.h>
#include <net/net_namespace.h>

#include "../../../fs/proc/internal.h"
#include "../network/network.h"
#include "context.h"
#include "visible.h"

/* IATTR_ADMIN, WATCH, HIDE are bits 0..2; pde->flags has 4..6 to spare. */
#define VX_PDE_SHIFT	4
#define VX_PDE_MASK	(IATTR_FLAGS << VX_PDE_SHIFT)

static_assert(IATTR_FLAGS == 7);

#define VX_OPEN		IATTR_ADMIN
#define VX_HIDDEN	(IATTR_ADMIN | IATTR_HIDE)

/* Directly in /proc: entry and all below it, unless there is a finer list. */
static const char *const vx_open_top[] = {
	"cgroups", "cpuinfo", "crypto", "devices", "execdomains",
	"filesystems", "loadavg", "locks", "meminfo", "net", "stat", "swaps",
	"sys", "sysvipc", "tty", "uptime", "version", "vmstat", NULL
};

/*
 * In /proc/net: devices, addresses, routes. In a network context the hidden
 * ones are left out (network/procnet.c).
 */
static const char *const vx_open_net[] = {
	"dev", "dev_mcast", "if_inet6", "igmp", "igmp6", "ipv6_route",
	"protocols", "route", "wireless", NULL
};

/*
 * Tables of sockets: those of the host as well, so only for members of a
 * network context, who get their own rows, and in a stack of one's own.
 */
static const char *const vx_open_sockets[] = {
	"icmp", "icmp6", "netlink", "raw", "raw6", "tcp", "tcp6", "udp", "udp6",
	"udplite", "udplite6", "unix", NULL
};

/*
 * Only in a stack of one's own, or without the flag HIDE_NETIF. The counters
 * of protocols are among them: in a shared stack they count everybody's
 * packets, finely enough to follow the connections of others.
 */
static const char *const vx_open_own[] = {
	"anycast6", "arp", "bonding", "fib_trie", "fib_triestat",
	"ip6_flowlabel", "ip6_mr_cache", "ip6_mr_vif", "ip6_tables_matches",
	"ip6_tables_names", "ip6_tables_targets", "ip_mr_cache", "ip_mr_vif",
	"ip_tables_matches", "ip_tables_names", "ip_tables_targets", "ip_vs",
	"ip_vs_conn", "ip_vs_stats", "mcfilter", "mcfilter6", "netfilter",
	"netstat", "nf_conntrack", "nf_conntrack_expect", "packet", "ptype",
	"rt6_stats", "rt_cache", "sctp", "snmp", "snmp6", "sockstat",
	"sockstat6", "stat", "tls_stat", "vlan", "xfrm_stat", NULL
};

static bool vx_listed(const char *const *list, const struct proc_dir_entry *de)
{
	for (; *list; list++)
		if (!strcmp(*list, de->name))
			return true;
	return false;
}

/* The entry directly below @stop that @de is or is in. */
static const struct proc_dir_entry *
vx_topmost(const struct proc_dir_entry *de, const struct proc_dir_entry *stop)
{
	while (de->parent != stop && de->parent != de->parent->parent)
		de = de->parent;
	return de;
}

/* The entry of /proc/net that @de is or is in; NULL if it is elsewhere. */
static const struct proc_dir_entry *
vx_net_entry(const struct proc_dir_entry *de)
{
	const struct proc_dir_entry *top = vx_topmost(de, &proc_root);

	return de != top && !strcmp(top->name, "net") ? vx_topmost(de, top) :
							 NULL;
}

/* Attributes of an entry nobody has changed. */
static u8 vx_default_attr(const struct proc_dir_entry *de)
{
	const struct proc_dir_entry *net;
	bool open;

	if (de == &proc_root || S_ISLNK(de->mode))
		return VX_OPEN;
	net = vx_net_entry(de);
	if (net)
		open = vx_listed(vx_open_net, net) ||
		       vx_listed(vx_open_sockets, net);
	else
		open = vx_listed(vx_open_top, vx_topmost(de, &proc_root));
	return open ? VX_OPEN : VX_HIDDEN;
}

/**
 * vx_proc_attr - Visibility of an entry of /proc
 * @de: the entry
 *
 * Return: IATTR_ADMIN, IATTR_WATCH, IATTR_HIDE bits.
 */
u8 vx_proc_attr(const struct proc_dir_entry *de)
{
	return vx_default_attr(de) ^
	       (READ_ONCE(de->flags) & VX_PDE_MASK) >> VX_PDE_SHIFT;
}

/**
 * vx_set_proc_attr - Change the visibility of an entry of /proc
 * @de: the entry, pinned
 * @flags: new values of the bits in @mask
 * @mask: bits to change, within IATTR_FLAGS
 */
void vx_set_proc_attr(struct proc_dir_entry *de, u8 flags, u8 mask)
{
	static DEFINE_SPINLOCK(lock);
	u8 attr;

	spin_lock(&lock);
	attr = (vx_proc_attr(de) & ~mask) | (flags & mask);
	attr ^= vx_default_attr(de);
	WRITE_ONCE(de->flags,
		   (de->flags & ~VX_PDE_MASK) | attr << VX_PDE_SHIFT);
	spin_unlock(&lock);
}

/*
 * What the caller may learn of the stack an entry belongs to: what every
 * member of a context may (VX_STACK_HOST), also its own sockets, all.
 */
enum vx_stack { VX_STACK_HOST, VX_STACK_SHARED, VX_STACK_OWN };

static enum vx_stack vx_stack_of(const struct proc_dir_entry *net_entry)
{
	const struct net *net = net_entry->parent->data;
	const struct nx_info *nxi;

	if (!net)
		return VX_STACK_HOST;
	nxi = nx_current_in(net);
	if (nxi)
		return nx_flag(nxi, NXF_HIDE_NETIF) ? VX_STACK_SHARED :
						      VX_STACK_OWN;
	return net == &init_net || !current->nsproxy ||
	       current->nsproxy->net_ns != net ? VX_STACK_HOST : VX_STACK_OWN;
}

/* What the attributes of an entry of /proc/net mean for the calling guest. */
static bool vx_net_hidden(const struct proc_dir_entry *net, u8 attr)
{
	switch (vx_stack_of(net)) {
	case VX_STACK_OWN:
		return (attr & IATTR_HIDE) && !vx_listed(vx_open_own, net);
	case VX_STACK_SHARED:
		return attr & IATTR_HIDE;
	default:
		return (attr & IATTR_HIDE) || vx_listed(vx_open_sockets, net);
	}
}

/* Message queues and semaphores of the host are nobody else's business. */
static bool vx_host_ipc(const struct proc_dir_entry *de)
{
	return current->nsproxy && current->nsproxy->ipc_ns == &init_ipc_ns &&
	       !strcmp(vx_topmost(de, &proc_root)->name, "sysvipc");
}

/* Without ADMIN an entry is hidden from the host, too, until that is changed. */
static bool vx_hidden_from_host(const struct proc_dir_entry *de)
{
	if (likely(!(READ_ONCE(de->flags) & VX_PDE_MASK)) ||
	    (current->vs_flags & VS_SEES_HIDDEN))
		return false;
	return (vx_proc_attr(de) & (IATTR_ADMIN | IATTR_HIDE)) == IATTR_HIDE;
}

/**
 * __vs_proc_hidden - Is an entry of /proc hidden from the caller?
 * @de: the entry
 *
 * May run under proc_subdir_lock. Members of a context in its set-up see
 * what the host sees: the programs that set it up are the host's.
 *
 * Return: true if the caller must not see it.
 */
bool __vs_proc_hidden(const struct proc_dir_entry *de)
{
	const struct proc_dir_entry *net;
	u8 attr;

	if (!vx_is_watch() && !__vs_confined())
		return vx_hidden_from_host(de);
	attr = vx_proc_attr(de);
	if (vx_is_watch())
		return (attr & IATTR_HIDE) && !(attr & IATTR_WATCH);
	net = vx_net_entry(de);
	if (net)
		return vx_net_hidden(net, attr);
	return (attr & IATTR_HIDE) || vx_host_ipc(de);
}

/**
 * __vs_hide_mounts - Must the calling guest see no mounts in /proc?
 *
 * Return: true if its context has the flag hide_mount and is set up.
 */
bool __vs_hide_mounts(void)
{
	return __vs_confined() && vx_flag(vx_current(), VXF_HIDE_MOUNT);
}
