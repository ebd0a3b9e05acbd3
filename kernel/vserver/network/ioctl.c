// SPDX-License-Identifier: GPL-2.0-only
/*
 * Which addresses and devices a guest sees: for everybody who asks, in
 * ioctl(2) on devices, in /proc/sys/net.
 *
 * With the flag HIDE_NETIF a guest sees the addresses of its set, the loopback
 * device with 127.0.0.1 and ::1, and the devices that carry an address it
 * sees. Without the flag it sees all. netlink.c and procnet.c ask here too.
 *
 * The legacy calls name a device by a string in user memory. A guest may
 * change it between our look and the call's own: what the race can win are
 * properties of a device (MTU, flags, hardware address), never an address,
 * which devinet.c asks for again with the name it uses (__vs_visible_ifa).
 */

#include <linux/compat.h>
#include <linux/if.h>
#include <linux/if_arp.h>
#include <linux/inetdevice.h>
#include <linux/net.h>
#include <linux/netdevice.h>
#include <linux/nsproxy.h>
#include <linux/rtnetlink.h>
#include <linux/sockios.h>
#include <linux/stat.h>
#include <linux/sysctl.h>
#include <linux/uaccess.h>
#include <linux/wireless.h>
#include <net/addrconf.h>
#include <net/if_inet6.h>

#include "visible.h"

/**
 * nx_sees4 - May a guest know of this IPv4 address of the host?
 * @nxi: its network context
 * @addr: the address
 *
 * 127.0.0.1 is everybody's: it is how the own loopback is shown. Under RCU.
 *
 * Return: true if it may.
 */
bool nx_sees4(const struct nx_info *nxi, __be32 addr)
{
	const struct nx_set *set;

	if (!nx_flag(nxi, NXF_HIDE_NETIF) || addr == htonl(INADDR_LOOPBACK))
		return true;
	set = nx_set_rcu(nxi);
	return addr == set->lback4 || nx_set_has4(set, addr);
}

/**
 * nx_sees6 - May a guest know of this IPv6 address of the host?
 * @nxi: its network context
 * @addr: the address
 *
 * Under RCU.
 *
 * Return: true if it may.
 */
bool nx_sees6(const struct nx_info *nxi, const struct in6_addr *addr)
{
	if (!nx_flag(nxi, NXF_HIDE_NETIF) || ipv6_addr_loopback(addr))
		return true;
	return nx_set_has6(nx_set_rcu(nxi), addr);
}

static bool nx_dev_carries4(const struct nx_info *nxi,
			    const struct net_device *dev)
{
	const struct in_device *in_dev = __in_dev_get_rcu(dev);
	const struct in_ifaddr *ifa;

	if (!in_dev)
		return false;
	in_dev_for_each_ifa_rcu(ifa, in_dev)
		if (nx_sees4(nxi, ifa->ifa_local))
			return true;
	return false;
}

#if IS_ENABLED(CONFIG_IPV6)
static bool nx_dev_carries6(const struct nx_info *nxi,
			    const struct net_device *dev)
{
	const struct inet6_dev *idev = __in6_dev_get(dev);
	const struct inet6_ifaddr *ifa;

	if (!idev)
		return false;
	list_for_each_entry_rcu(ifa, &idev->addr_list, if_list)
		if (nx_sees6(nxi, &ifa->addr))
			return true;
	return false;
}
#else
static bool nx_dev_carries6(const struct nx_info *nxi,
			    const struct net_device *dev)
{
	return false;
}
#endif

/**
 * nx_sees_dev - May a guest know of this device?
 * @nxi: its network context
 * @dev: a device of the context's network namespace
 *
 * One hash probe for each address of the device until one is seen. Under RCU.
 *
 * Return: true if it may.
 */
bool nx_sees_dev(const struct nx_info *nxi, const struct net_device *dev)
{
	return !nx_flag(nxi, NXF_HIDE_NETIF) ||
	       (READ_ONCE(dev->flags) & IFF_LOOPBACK) ||
	       nx_dev_carries4(nxi, dev) || nx_dev_carries6(nxi, dev);
}

/* --- net/ipv4/devinet.c ------------------------------------------------------ */

/**
 * __vs_ifa_hidden - Must the calling guest not see this address?
 * @ifa: address of a device, under RTNL
 *
 * Return: true if it must not.
 */
bool __vs_ifa_hidden(const struct in_ifaddr *ifa)
{
	const struct nx_info *nxi;
	bool hidden;

	nxi = nx_current_in(dev_net(ifa->ifa_dev->dev));
	if (!nxi)
		return false;
	rcu_read_lock();
	hidden = !nx_sees4(nxi, ifa->ifa_local);
	rcu_read_unlock();
	return hidden;
}

/**
 * __vs_visible_ifa - The address a call on a label is about, for a guest
 * @in_dev: IPv4 side of the device, under RTNL
 * @ifa: what the host would get, or NULL
 * @ifap: the link that points to @ifa; set with the result: calls that change
 *	an address delete through it
 * @label: the label asked for
 *
 * Return: @ifa if the caller sees it, else the first address of that label
 * that it sees, or NULL.
 */
struct in_ifaddr *__vs_visible_ifa(struct in_device *in_dev,
				   struct in_ifaddr *ifa,
				   struct in_ifaddr __rcu ***ifap,
				   const char *label)
{
	struct in_ifaddr __rcu **link;

	if (!ifa || !__vs_ifa_hidden(ifa))
		return ifa;
	for (link = &in_dev->ifa_list; (ifa = rtnl_dereference(*link));
	     link = &ifa->ifa_next) {
		if (strcmp(label, ifa->ifa_label) || __vs_ifa_hidden(ifa))
			continue;
		*ifap = link;
		return ifa;
	}
	return NULL;
}

/* --- ioctl(2) on devices ------------------------------------------------------- */

static bool nx_hidden_rcu(const struct nx_info *nxi,
			  const struct net_device *dev)
{
	return dev && !nx_sees_dev(nxi, dev);
}

static bool nx_hidden_name(const struct nx_info *nxi, struct net *net,
			   const char *name)
{
	bool hidden;

	rcu_read_lock();
	hidden = nx_hidden_rcu(nxi, dev_get_by_name_rcu(net, name));
	rcu_read_unlock();
	return hidden;
}

/* No such device is the same answer as a hidden one, but not ours to give. */
static int nx_check_name(const struct nx_info *nxi, struct net *net,
			 const void __user *name)
{
	char buf[IFNAMSIZ];

	if (copy_from_user(buf, name, sizeof(buf)))
		return -EFAULT;
	buf[IFNAMSIZ - 1] = 0;
	strreplace(buf, ':', 0);
	return nx_hidden_name(nxi, net, buf) ? -ENODEV : 0;
}

static int nx_check_index(const struct nx_info *nxi, struct net *net,
			  const int __user *index)
{
	bool hidden;
	int i;

	if (get_user(i, index))
		return -EFAULT;
	rcu_read_lock();
	hidden = nx_hidden_rcu(nxi, dev_get_by_index_rcu(net, i));
	rcu_read_unlock();
	return hidden ? -ENODEV : 0;
}

/* Neighbours of a device the guest names and sees; not of any device. */
static int nx_check_arp(const struct nx_info *nxi, struct net *net,
			const struct arpreq __user *req)
{
	char first;

	if (get_user(first, req->arp_dev))
		return -EFAULT;
	return first ? nx_check_name(nxi, net, req->arp_dev) : -ENXIO;
}

/*
 * What all device calls have in common: struct ifreq, or another that begins
 * with the name. In native and compat layout alike.
 */
static int nx_check_call(const struct nx_info *nxi, struct net *net,
			 unsigned int cmd, void __user *arg)
{
	switch (cmd) {
	case SIOCGIFNAME:
		return nx_check_index(nxi, net, arg +
				      offsetof(struct ifreq, ifr_ifindex));
	case SIOCGARP:
	case SIOCSARP:
	case SIOCDARP:
		return nx_check_arp(nxi, net, arg);
	case SIOCGIFBR:		/* list and query bridges, vlans by number: */
	case SIOCSIFBR:		/* as if the kernel had none */
	case SIOCGIFVLAN:
	case SIOCSIFVLAN:
		return -ENOPKG;
	case SIOCGIFCONF:	/* __vs_ifa_hidden() */
	case SIOCGIFCOUNT:
	case SIOCOUTQNSD:
	case SIOCGSKNS:
	case SIOCPROTOPRIVATE ... SIOCPROTOPRIVATE + 15:
		return 0;
	default:
		return nx_check_name(nxi, net, arg);
	}
}

/* Exact numbers: none of these carries its argument's size in itself. */
static bool nx_is_dev_call(unsigned int cmd)
{
	return (cmd >= SIOCGIFNAME && cmd <= SIOCDEVPRIVATE + 15) ||
	       (cmd >= SIOCIWFIRST && cmd <= SIOCIWLAST);
}

static noinline int nx_dev_ioctl(struct file *file, unsigned int cmd,
				 unsigned long arg)
{
	const struct socket *sock = sock_from_file(file);
	const struct nx_info *nxi;
	struct net *net;

	if (!sock || !sock->sk)
		return 0;
	net = sock_net(sock->sk);
	nxi = nx_current_in(net);
	if (!nxi || !nx_flag(nxi, NXF_HIDE_NETIF))
		return 0;
	return nx_check_call(nxi, net, cmd, in_compat_syscall() ?
			     compat_ptr(arg) : (void __user *)arg);
}

/**
 * nx_file_ioctl - Calls on devices a guest does not see fail
 * @file: anything
 * @cmd: any command
 * @arg: its argument
 *
 * Return: 0; -ENODEV, -EFAULT, -ENXIO or -ENOPKG.
 */
int nx_file_ioctl(struct file *file, unsigned int cmd, unsigned long arg)
{
	if (!nx_guest() || !nx_is_dev_call(cmd))
		return 0;
	return nx_dev_ioctl(file, cmd, arg);
}

/* --- /proc/sys/net: directories named after devices ----------------------------- */

static bool nx_lists_devices(const char *dir)
{
	return !strcmp(dir, "conf") || !strcmp(dir, "neigh");
}

/**
 * nx_sysctl_hidden - Is a directory of /proc/sys closed to the calling guest?
 * @head: the table the entry is in
 * @table: the entry
 * @op: MAY_READ, MAY_WRITE, MAY_EXEC
 *
 * Directories that list devices cannot be listed, those of hidden devices not
 * be entered.
 *
 * Return: true if it is.
 */
bool nx_sysctl_hidden(const struct ctl_table_header *head,
		      const struct ctl_table *table, int op)
{
	struct net *net = current->nsproxy->net_ns;
	const struct nx_info *nxi = nx_current_in(net);

	if (!nxi || !nx_flag(nxi, NXF_HIDE_NETIF) || !S_ISDIR(table->mode) ||
	    head->set != &net->sysctls || !head->parent)
		return false;
	if (nx_lists_devices(table->procname))
		return op & MAY_READ;
	return nx_lists_devices(head->parent->header.ctl_table->procname) &&
	       nx_hidden_name(nxi, net, table->procname);
}
