// SPDX-License-Identifier: GPL-2.0-only
/*
 * Sysctls: our own, and which ones a guest may use.
 *
 * The kernel lets anybody with uid 0 write a sysctl whose mode says so, for
 * instance core_pattern. A guest's root has uid 0: it may write only those
 * that belong to a namespace of its own, and the two names of its uts
 * namespace with the ccap SET_UTSNAME.
 */

#include <linux/capability.h>
#include <linux/fs.h>
#include <linux/init.h>
#include <linux/ipc_namespace.h>
#include <linux/limits.h>
#include <linux/mutex.h>
#include <linux/nsproxy.h>
#include <linux/string.h>
#include <linux/sysctl.h>
#include <linux/utsname.h>
#include <net/net_namespace.h>

#include "../network/network.h"
#include "../network/visible.h"
#include "context.h"

#define VX_HELPER_LEN	256

static char vx_helper_path[VX_HELPER_LEN] = "/sbin/vshelper";
static DEFINE_MUTEX(vx_helper_lock);

u64 vx_bcaps_max = 0xffffffffULL;
int vx_host_view __read_mostly = 1;

/**
 * vx_helper_path_get - The program to run as vshelper
 * @buf: room for 256 bytes; empty when there is none
 */
void vx_helper_path_get(char *buf)
{
	mutex_lock(&vx_helper_lock);
	memcpy(buf, vx_helper_path, VX_HELPER_LEN);
	mutex_unlock(&vx_helper_lock);
}

/**
 * vx_helper_configured - Did the admin leave a helper in place?
 *
 * Return: false if kernel.vshelper is the empty string.
 */
bool vx_helper_configured(void)
{
	return READ_ONCE(vx_helper_path[0]);
}

/* proc_dostring() strips the newline on write and prints it on read. */
static int vx_do_helper_path(const struct ctl_table *table, int write,
			     void *buffer, size_t *lenp, loff_t *ppos)
{
	int ret;

	mutex_lock(&vx_helper_lock);
	ret = proc_dostring(table, write, buffer, lenp, ppos);
	mutex_unlock(&vx_helper_lock);
	return ret;
}

/* A capability word: 0x and hex digits; written in any base. */
static int vx_do_caps(const struct ctl_table *table, int write, void *buffer,
		      size_t *lenp, loff_t *ppos)
{
	u64 *word = table->data;
	char text[24];
	struct ctl_table string = {
		.procname = table->procname,
		.data = text,
		.maxlen = sizeof(text),
	};
	int ret;

	scnprintf(text, sizeof(text), "0x%016llx", READ_ONCE(*word));
	ret = proc_dostring(&string, write, buffer, lenp, ppos);
	if (!ret && write) {
		u64 value;

		ret = kstrtoull(strim(text), 0, &value);
		if (!ret)
			WRITE_ONCE(*word, value);
	}
	return ret;
}

static struct ctl_table vx_kernel_table[] = {
	{
		.procname	= "vshelper",
		.data		= vx_helper_path,
		.maxlen		= VX_HELPER_LEN,
		.mode		= 0644,
		.proc_handler	= vx_do_helper_path,
	},
};

static struct ctl_table vx_vserver_table[] = {
	{
		.procname	= "bcaps_max",
		.data		= &vx_bcaps_max,
		.maxlen		= sizeof(vx_bcaps_max),
		.mode		= 0644,
		.proc_handler	= vx_do_caps,
	},
	{
		.procname	= "host_view",
		.data		= &vx_host_view,
		.maxlen		= sizeof(vx_host_view),
		.mode		= 0644,
		.proc_handler	= proc_dointvec_minmax,
		.extra1		= SYSCTL_ZERO,
		.extra2		= SYSCTL_ONE,
	},
	{
		.procname	= "shared_addresses",
		.data		= &nx_shared_default,
		.maxlen		= sizeof(nx_shared_default),
		.mode		= 0644,
		.proc_handler	= proc_dointvec_minmax,
		.extra1		= SYSCTL_ZERO,
		.extra2		= SYSCTL_ONE,
	},
};

static bool vx_own_table(const struct ctl_table *table)
{
	return table == vx_kernel_table ||
	       (table >= vx_vserver_table &&
		table < vx_vserver_table + ARRAY_SIZE(vx_vserver_table));
}

/* Does the table belong to the initial namespace of its kind, or to none? */
static bool vx_host_table(const struct ctl_table_header *head)
{
	const struct ctl_table_set *set = head->set;

	if (!head->root->lookup)
		return true;
#ifdef CONFIG_NET
	if (set == &init_net.sysctls)
		return true;
#endif
#if defined(CONFIG_POSIX_MQUEUE) || defined(CONFIG_SYSVIPC)
	if (set == &init_ipc_ns.ipc_set || set == &init_ipc_ns.mq_set)
		return true;
#endif
#ifdef CONFIG_USER_NS
	if (set == &init_user_ns.set)
		return true;
#endif
	return false;
}

static bool vx_may_set_uts(const struct ctl_table *table)
{
	struct uts_namespace *uts = current->nsproxy->uts_ns;
	struct vx_info *vxi = vx_current();

	if (table->data != init_uts_ns.name.nodename &&
	    table->data != init_uts_ns.name.domainname)
		return false;
	if (!vxi || uts == &init_uts_ns)
		return false;
	return ns_capable(uts->user_ns, CAP_SYS_ADMIN) ||
	       (vx_ccap(vxi, VXC_SET_UTSNAME) &&
		vx_is_guest_root(current_cred(), current_user_ns()));
}

/**
 * __vs_sysctl_denied - Is a sysctl closed to the calling guest or spectator?
 * @head: table it is in
 * @table: the entry
 * @op: MAY_READ, MAY_WRITE, MAY_EXEC
 *
 * Return: true to refuse whatever the mode of the entry says.
 */
bool __vs_sysctl_denied(struct ctl_table_header *head,
			const struct ctl_table *table, int op)
{
	if (vx_is_watch())
		return op & MAY_WRITE;
	if (!__vs_confined())
		return false;
	if (vx_own_table(table) || nx_sysctl_hidden(head, table, op))
		return true;
	return (op & MAY_WRITE) && vx_host_table(head) &&
	       !vx_may_set_uts(table);
}

static int __init vx_sysctl_init(void)
{
	register_sysctl_init("kernel", vx_kernel_table);
	register_sysctl_init("kernel/vserver", vx_vserver_table);
	return 0;
}
fs_initcall(vx_sysctl_init);
