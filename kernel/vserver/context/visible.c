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

#include "../../../fs/proc/internal.h"
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
	"sys", "sysvipc", "tty", "uptime", "version", "vmstat",
};

/*
 * In /proc/net: the stack's own figures. Tables of sockets stay hidden, they
 * show those of the host as well; no packet, netfilter or ipsec either.
 */
static const char *const vx_open_net[] = {
	"dev", "dev_mcast", "if_inet6", "igmp", "igmp6", "ipv6_route",
	"netstat", "protocols", "route", "snmp", "snmp6", "sockstat",
	"sockstat6", "wireless",
};

static bool vx_listed(const char *const *list, size_t n, const char *name)
{
	while (n--)
		if (!strcmp(list[n], name))
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

/* Attributes of an entry nobody has changed. */
static u8 vx_default_attr(const struct proc_dir_entry *de)
{
	const struct proc_dir_entry *top, *sub;
	bool open;

	if (de == &proc_root || S_ISLNK(de->mode))
		return VX_OPEN;
	top = vx_topmost(de, &proc_root);
	if (!strcmp(top->name, "net") && de != top) {
		sub = vx_topmost(de, top);
		open = vx_listed(vx_open_net, ARRAY_SIZE(vx_open_net),
				 sub->name);
	} else {
		open = vx_listed(vx_open_top, ARRAY_SIZE(vx_open_top),
				 top->name);
	}
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
	u8 attr;

	if (!vx_is_watch() && !__vs_confined())
		return vx_hidden_from_host(de);
	attr = vx_proc_attr(de);
	if (vx_is_watch())
		return (attr & IATTR_HIDE) && !(attr & IATTR_WATCH);
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
