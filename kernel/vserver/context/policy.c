// SPDX-License-Identifier: GPL-2.0-only
/*
 * Denied to a guest by default: parts of the kernel that are not confined by
 * contexts, or whose attack surface a guest has no business with. Each rule
 * says what opens it, where a sane use exists.
 *
 * Every hook asks vs_confined() first: a task of the host, and a member of a
 * context that is still being set up, gets past with a patched-out branch.
 */

#include <linux/capability.h>
#include <linux/cred.h>
#include <linux/dcache.h>
#include <linux/fs.h>
#include <linux/ipc_namespace.h>
#include <linux/kdev_t.h>
#include <linux/kernel_read_file.h>
#include <linux/lsm_hooks.h>
#include <linux/magic.h>
#include <linux/major.h>
#include <linux/netlink.h>
#include <linux/nsproxy.h>
#include <linux/pid.h>
#include <linux/proc_fs.h>
#include <linux/sched/signal.h>
#include <linux/sched/user.h>
#include <linux/socket.h>
#include <linux/syslog.h>
#include <linux/tty.h>
#include <linux/wait.h>
#include <net/net_namespace.h>

#include "../../../drivers/tty/tty.h"
#include "../../../fs/proc/internal.h"
#include "../hooks_init.h"
#include "../setup.h"
#include "../network/network.h"
#include "context.h"

/* ipc/mqueue.c keeps it to itself */
#define VX_MQUEUE_MAGIC	0x19800202

/* Does the bound of the calling guest let this capability through? */
static bool vx_bound_has(int cap)
{
	return vx_effective_bcaps(vx_current()) & BIT_ULL(cap);
}

static int vx_need(int cap)
{
	return vx_bound_has(cap) ? 0 : -EPERM;
}

/* --- the kernel itself: log, modules, perf, bpf ---------------------------- */

/*
 * Called for every type and source, whatever dmesg_restrict says. The ccap
 * SYSLOG does not open the log of the kernel, see __vs_syslog().
 */
static int hook_syslog(int type)
{
	return vs_confined() ? vx_need(CAP_SYSLOG) : 0;
}

/**
 * __vs_own_log - Does the calling guest have a kernel log of its own?
 *
 * Return: true with the ccap SYSLOG, unless the bound lets it at the real one.
 */
bool __vs_own_log(void)
{
	return __vs_confined() && vx_ccap(vx_current(), VXC_SYSLOG) &&
	       !vx_bound_has(CAP_SYSLOG);
}

/**
 * __vs_syslog - syslog(2) on the log of a guest, which is always empty
 * @type: SYSLOG_ACTION_*
 *
 * What waits for a message waits until a signal comes.
 *
 * Return: 0; -EPERM for what only root may; -ERESTARTSYS; -EINVAL.
 */
int __vs_syslog(int type)
{
	DECLARE_WAIT_QUEUE_HEAD_ONSTACK(never);

	if (type < SYSLOG_ACTION_CLOSE || type > SYSLOG_ACTION_SIZE_BUFFER)
		return -EINVAL;
	if (type != SYSLOG_ACTION_READ_ALL &&
	    type != SYSLOG_ACTION_SIZE_BUFFER &&
	    !vx_is_guest_root(current_cred(), current_user_ns()))
		return -EPERM;
	return type == SYSLOG_ACTION_READ ?
	       wait_event_interruptible(never, false) : 0;
}

static int hook_kernel_module_request(char *kmod_name)
{
	return vs_confined() ? -EPERM : 0;
}

/* Modules, firmware, kexec images, policies. */
static int hook_kernel_load_data(enum kernel_load_data_id id, bool contents)
{
	return vs_confined() ? -EPERM : 0;
}

static int hook_kernel_read_file(struct file *file,
				 enum kernel_read_file_id id, bool contents)
{
	return vs_confined() ? -EPERM : 0;
}

/* Granted by PERFMON, set one by one in the bound. */
static int hook_perf_event_open(int type)
{
	return vs_confined() ? vx_need(CAP_PERFMON) : 0;
}

/* Granted by BPF, set one by one in the bound; covers tokens. */
static int hook_bpf(int cmd, union bpf_attr *attr, unsigned int size)
{
	return vs_confined() ? vx_need(CAP_BPF) : 0;
}

/* Granted by the bit NEWUSER of the umask. */
static int hook_userns_create(const struct cred *cred)
{
	if (!vs_confined())
		return 0;
	return READ_ONCE(vx_current()->umask) & CLONE_NEWUSER ? 0 : -EPERM;
}

/*
 * No part of the 3 % reserve for administrators. All modules must agree on
 * it: a negative answer means "no reserve", not "no memory".
 */
static int hook_vm_enough_memory(struct mm_struct *mm, long pages)
{
	return vs_confined() ? -EPERM : 0;
}

/* --- io_uring: granted by the ccap IO_URING -------------------------------- */

/* The inode of a new ring is the place where security modules are asked. */
static noinline int vx_new_anon(const struct qstr *name)
{
	if (strcmp(name->name, "[io_uring]"))
		return 0;
	return vx_ccap(vx_current(), VXC_IO_URING) ? 0 : -EPERM;
}

static int hook_inode_init_security_anon(struct inode *inode,
					 const struct qstr *name,
					 const struct inode *context_inode)
{
	return vs_confined() ? vx_new_anon(name) : 0;
}

/* Personalities registered by somebody of another context. */
static int hook_uring_override_creds(const struct cred *new)
{
	if (!vs_on())
		return 0;
	return new->user->vs_id == vs_user_tag() ? 0 : -EPERM;
}

static int hook_uring_sqpoll(void)
{
	return vs_confined() ? -EPERM : 0;
}

/* Commands of drivers. */
static int hook_uring_cmd(struct io_uring_cmd *ioucmd)
{
	return vs_confined() ? -EPERM : 0;
}

/* --- descriptors and signals from elsewhere -------------------------------- */

static bool vx_foreign_pid(const struct pid *pid)
{
	return READ_ONCE(pid->vs_id) != current->vs_id;
}

/*
 * Windows into the kernel that reach beyond the guest even when their opener
 * had every right: refused unless a member opened them.
 */
static bool vx_is_window(const struct inode *inode)
{
	switch (inode->i_sb->s_magic) {
	case NSFS_MAGIC:
	case SYSFS_MAGIC:
	case CGROUP_SUPER_MAGIC:
	case CGROUP2_SUPER_MAGIC:
	case DEBUGFS_MAGIC:
	case TRACEFS_MAGIC:
	case SECURITYFS_MAGIC:
		return true;
	default:
		return false;
	}
}

static noinline int vx_receive(struct file *file)
{
	const struct inode *inode = file_inode(file);
	struct pid *pid = pidfd_pid(file);

	if (IS_ERR(pid) && inode->i_sb->s_magic == PROC_SUPER_MAGIC)
		pid = proc_pid(inode);
	if (!IS_ERR_OR_NULL(pid))
		return vx_foreign_pid(pid) ? -EPERM : 0;
	if (vx_is_window(inode) &&
	    file->f_cred->user->vs_id != vs_user_tag())
		return -EPERM;
	return 0;
}

/*
 * Root of a guest has uid 0, to which sysfs and its like give everything. A
 * queue in the host's ipc namespace is the host's.
 */
static noinline int vx_open(const struct file *file)
{
	switch (file_inode(file)->i_sb->s_magic) {
	case SYSFS_MAGIC:
	case DEBUGFS_MAGIC:
	case TRACEFS_MAGIC:
	case SECURITYFS_MAGIC:
		return file->f_mode & FMODE_WRITE ? -EACCES : 0;
	case VX_MQUEUE_MAGIC:
		return current->nsproxy->ipc_ns == &init_ipc_ns ? -EACCES : 0;
	default:
		return 0;
	}
}

static int hook_file_open(struct file *file)
{
	return vs_confined() ? vx_open(file) : 0;
}

static int hook_file_receive(struct file *file)
{
	return vs_confined() ? vx_receive(file) : 0;
}

/*
 * SIGIO and SIGURG, often in softirq: current is nobody in particular. The
 * target was named by somebody who could see it, so the process it was found
 * as tells for whom the signal is; a group of the host may have members that
 * entered a guest since, and the other way round. Under rcu_read_lock().
 */
static int hook_file_send_sigiotask(struct task_struct *tsk,
				    struct fown_struct *fown, int sig)
{
	u32 owner;

	if (!vs_on() || !fown->pid)
		return 0;
	/* A guest may know the number of a child it left in the host. */
	owner = fown->file->f_cred->user->vs_id;
	if (owner && owner != vx_task_serial(tsk))
		return -EPERM;
	owner = READ_ONCE(fown->pid->vs_id);
	if (owner && owner != READ_ONCE(tsk->vs_id))
		return -EPERM;
	return vx_ends_init(tsk, sig ? sig : SIGIO) ? -EPERM : 0;
}

/* --- terminals ------------------------------------------------------------- */

#ifdef CONFIG_TTY
/* A terminal is the guest's own when a session of the guest controls it. */
static bool vx_own_tty(struct tty_struct *tty)
{
	unsigned long flags;
	bool own;

	spin_lock_irqsave(&tty->ctrl.lock, flags);
	own = tty->ctrl.session && !vx_foreign_pid(tty->ctrl.session);
	spin_unlock_irqrestore(&tty->ctrl.lock, flags);
	return own;
}

/*
 * Who enters a guest from a shell of the host brings the terminal along:
 * typing into it, or taking it over, would command the host.
 */
static noinline int vx_tty_call(struct file *file, unsigned int cmd,
				unsigned long arg)
{
	struct tty_file_private *priv = file->private_data;

	if (file->f_op->unlocked_ioctl != tty_ioctl || !priv)
		return 0;
	switch (cmd) {
	case TIOCCONS:
	case TIOCLINUX:
		return -EPERM;
	case TIOCSCTTY:
		if (!arg)
			return 0;
		fallthrough;
	case TIOCSTI:
		return vx_own_tty(priv->tty) ? 0 : -EPERM;
	default:
		return 0;
	}
}
#else
static int vx_tty_call(struct file *file, unsigned int cmd, unsigned long arg)
{
	return 0;
}
#endif

static int hook_file_ioctl(struct file *file, unsigned int cmd,
			   unsigned long arg)
{
	int ret = vs_confined() ? vx_tty_call(file, cmd, arg) : 0;

	return ret ?: nx_file_ioctl(file, cmd, arg);
}

/* --- sockets --------------------------------------------------------------- */

/*
 * Netlink: routes and addresses for all. What controls or lists the whole
 * stack only in a network namespace of the guest's own, where the bound
 * decides. The rest (process events, uevents, audit, ...) reports on the host.
 * Programs take EPROTONOSUPPORT for "this kernel has none" and go on.
 */
static int vx_netlink_socket(int protocol, bool own_net)
{
	switch (protocol) {
	case NETLINK_ROUTE:
		return 0;
	case NETLINK_SOCK_DIAG:
	case NETLINK_NETFILTER:
	case NETLINK_XFRM:
	case NETLINK_GENERIC:
		return own_net ? 0 : -EPROTONOSUPPORT;
	default:
		return -EPROTONOSUPPORT;
	}
}

static noinline int vx_new_socket(int family, int protocol)
{
	bool own_net = current->nsproxy->net_ns != &init_net;

	switch (family) {
	case AF_UNIX:
	case AF_INET:
	case AF_INET6:
		return 0;
	case AF_NETLINK:
		return vx_netlink_socket(protocol, own_net);
	case AF_PACKET:
	case AF_KEY:
		return own_net ? 0 : -EPERM;
	default:
		return -EAFNOSUPPORT;
	}
}

static int hook_socket_create(int family, int type, int protocol, int kern)
{
	int ret = 0;

	if (kern)
		return 0;
	if (vs_confined())
		ret = vx_new_socket(family, protocol);
	return ret ?: nx_socket_create(family, type, protocol);
}

/* --- device nodes ---------------------------------------------------------- */

/* With MKNOD in the bound: what every /dev has, and overlay whiteouts. */
static bool vx_harmless_dev(umode_t mode, dev_t dev)
{
	static const dev_t harmless[] = {
		MKDEV(0, 0),
		MKDEV(MEM_MAJOR, 3), MKDEV(MEM_MAJOR, 5), MKDEV(MEM_MAJOR, 7),
		MKDEV(MEM_MAJOR, 8), MKDEV(MEM_MAJOR, 9),
		MKDEV(TTYAUX_MAJOR, 0), MKDEV(TTYAUX_MAJOR, 2),
	};

	if (!S_ISCHR(mode))
		return false;
	for (size_t i = 0; i < ARRAY_SIZE(harmless); i++)
		if (dev == harmless[i])
			return true;
	return false;
}

static int hook_inode_mknod(struct inode *dir, struct dentry *dentry,
			    umode_t mode, dev_t dev)
{
	if (!S_ISCHR(mode) && !S_ISBLK(mode))
		return 0;
	return vs_confined() && !vx_harmless_dev(mode, dev) ? -EPERM : 0;
}

static struct security_hook_list vx_policy_hooks[] __ro_after_init = {
	LSM_HOOK_INIT(syslog, hook_syslog),
	LSM_HOOK_INIT(kernel_module_request, hook_kernel_module_request),
	LSM_HOOK_INIT(kernel_load_data, hook_kernel_load_data),
	LSM_HOOK_INIT(kernel_read_file, hook_kernel_read_file),
#ifdef CONFIG_PERF_EVENTS
	LSM_HOOK_INIT(perf_event_open, hook_perf_event_open),
#endif
#ifdef CONFIG_BPF_SYSCALL
	LSM_HOOK_INIT(bpf, hook_bpf),
#endif
	LSM_HOOK_INIT(userns_create, hook_userns_create),
	LSM_HOOK_INIT(vm_enough_memory, hook_vm_enough_memory),
	LSM_HOOK_INIT(inode_init_security_anon, hook_inode_init_security_anon),
#ifdef CONFIG_IO_URING
	LSM_HOOK_INIT(uring_override_creds, hook_uring_override_creds),
	LSM_HOOK_INIT(uring_sqpoll, hook_uring_sqpoll),
	LSM_HOOK_INIT(uring_cmd, hook_uring_cmd),
#endif
	LSM_HOOK_INIT(file_open, hook_file_open),
	LSM_HOOK_INIT(file_receive, hook_file_receive),
	LSM_HOOK_INIT(file_send_sigiotask, hook_file_send_sigiotask),
	LSM_HOOK_INIT(file_ioctl, hook_file_ioctl),
	LSM_HOOK_INIT(file_ioctl_compat, hook_file_ioctl),
	LSM_HOOK_INIT(socket_create, hook_socket_create),
	LSM_HOOK_INIT(inode_mknod, hook_inode_mknod),
};

void __init vx_policy_hooks_init(void)
{
	security_add_hooks(vx_policy_hooks, ARRAY_SIZE(vx_policy_hooks),
			   &vx_lsmid);
	vx_mount_hooks_init();
	vx_keys_hooks_init();
	vx_ipc_hooks_init();
}
