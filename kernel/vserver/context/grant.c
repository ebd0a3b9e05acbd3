// SPDX-License-Identifier: GPL-2.0-only
/*
 * Grants: what a context capability (ccap) opens although the bound lacks the
 * capability the kernel asks for (spec/abi.md 9.2).
 *
 * The one place that is asked knows the capability but not what for; the
 * system call in progress tells. A grant therefore holds for every question
 * for that capability inside the call: each row below was reviewed for that,
 * and must be again on every kernel update. Two uses failed the review and
 * have call sites of their own: namespaces by clone (SYS_ADMIN also lifts
 * RLIMIT_NPROC there) and oom_score_adj (SYS_RESOURCE in write(2) also opens
 * reserved blocks).
 *
 * Workers have no system call of their own and get nothing.
 */

#include <linux/capability.h>
#include <linux/compat.h>
#include <linux/cred.h>
#include <linux/file.h>
#include <linux/fs.h>
#include <linux/in.h>
#include <linux/major.h>
#include <linux/miscdevice.h>
#include <linux/nsproxy.h>
#include <linux/sched.h>
#include <linux/sched/task_stack.h>
#include <linux/socket.h>
#include <linux/tty.h>
#include <linux/user_namespace.h>
#include <linux/utsname.h>
#include <asm/syscall.h>
#include <asm/unistd.h>
#if defined(CONFIG_IA32_EMULATION)
#include <asm/unistd_32_ia32.h>
#endif

#include "context.h"

/* What the calling task is doing, as far as grants care. */
enum vx_call {
	VXCALL_OTHER,
	VXCALL_UTSNAME,
	VXCALL_RLIMIT,
	VXCALL_MOUNT,
	VXCALL_REMOUNT,
	VXCALL_XATTR,
	VXCALL_QUOTA,
	VXCALL_IOCTL,
	VXCALL_UNSHARE,
	VXCALL_BY_HANDLE,
	VXCALL_NEW_MOUNT,
	VXCALL_VHANGUP,
};

struct vx_callnr {
	int native;
	int compat;
	enum vx_call call;
};

#ifdef CONFIG_IA32_EMULATION
#define CALL(name, what)	{ __NR_##name, __NR_ia32_##name, VXCALL_##what }
#else
#define CALL(name, what)	{ __NR_##name, -1, VXCALL_##what }
#endif

static const struct vx_callnr vx_calls[] = {
	CALL(sethostname, UTSNAME),
	CALL(setdomainname, UTSNAME),
#ifdef __NR_setrlimit
	CALL(setrlimit, RLIMIT),
#endif
	CALL(prlimit64, RLIMIT),
	CALL(mount, MOUNT),
	CALL(umount2, MOUNT),
	CALL(setxattr, XATTR),
	CALL(lsetxattr, XATTR),
	CALL(fsetxattr, XATTR),
	CALL(getxattr, XATTR),
	CALL(lgetxattr, XATTR),
	CALL(fgetxattr, XATTR),
	CALL(listxattr, XATTR),
	CALL(llistxattr, XATTR),
	CALL(flistxattr, XATTR),
	CALL(removexattr, XATTR),
	CALL(lremovexattr, XATTR),
	CALL(fremovexattr, XATTR),
	CALL(quotactl, QUOTA),
	CALL(quotactl_fd, QUOTA),
	CALL(ioctl, IOCTL),
	CALL(unshare, UNSHARE),
	CALL(open_by_handle_at, BY_HANDLE),
	CALL(open_tree, NEW_MOUNT),
	CALL(move_mount, NEW_MOUNT),
	CALL(fsopen, NEW_MOUNT),
	CALL(fsconfig, NEW_MOUNT),
	CALL(fsmount, NEW_MOUNT),
	CALL(fspick, NEW_MOUNT),
	CALL(mount_setattr, NEW_MOUNT),
	CALL(statmount, NEW_MOUNT),
	CALL(listmount, NEW_MOUNT),
	CALL(fanotify_init, NEW_MOUNT),
	CALL(vhangup, VHANGUP),
};

static enum vx_call vx_current_call(struct pt_regs *regs)
{
	int nr = syscall_get_nr(current, regs);
	bool compat = in_compat_syscall();

	for (size_t i = 0; i < ARRAY_SIZE(vx_calls); i++)
		if (nr == (compat ? vx_calls[i].compat : vx_calls[i].native))
			return vx_calls[i].call;
	return VXCALL_OTHER;
}

static bool vx_has_call(void)
{
	return in_task() &&
	       !(current->flags & (PF_KTHREAD | PF_USER_WORKER | PF_EXITING));
}

static bool vx_host_uts(void)
{
	return current->nsproxy->uts_ns == &init_uts_ns;
}

/* Is the terminal of the caller's session one that the guest brought up? */
static bool vx_own_session(void)
{
	bool own;

	rcu_read_lock();
	own = READ_ONCE(task_session(current)->vs_id) == current->vs_id;
	rcu_read_unlock();
	return own;
}

static unsigned long vx_call_arg(struct pt_regs *regs, unsigned int n)
{
	unsigned long args[6];

	syscall_get_arguments(current, regs, args);
	return args[n];
}

/* ioctl: the ccap that opens this one. Takes no lock, does not sleep. */
static u64 vx_ioctl_ccaps(struct pt_regs *regs)
{
	const struct inode *inode;
	struct fd f;
	u64 ccaps = 0;

	if (vx_call_arg(regs, 1) == TIOCSTI)
		return VXC_TIOCSTI;
	f = fdget(vx_call_arg(regs, 0));
	if (fd_empty(f))
		return 0;
	inode = file_inode(fd_file(f));
	if (S_ISBLK(inode->i_mode) && imajor(inode) == LOOP_MAJOR)
		ccaps = VXC_ADMIN_CLOOP;
	else if (S_ISCHR(inode->i_mode) &&
		 inode->i_rdev == MKDEV(MISC_MAJOR, MAPPER_CTRL_MINOR))
		ccaps = VXC_ADMIN_MAPPER;
	fdput(f);
	return ccaps;
}

/* Are the numbers of the call those of a table that we don't have? */
static bool vx_unknown_abi(void)
{
#ifdef CONFIG_IA32_EMULATION
	return in_x32_syscall();
#else
	return in_compat_syscall();
#endif
}

/* Capabilities whose worth depends on the system call. */
#define VX_CALL_CAPS	(BIT_ULL(CAP_DAC_READ_SEARCH) | \
			 BIT_ULL(CAP_SYS_ADMIN) | \
			 BIT_ULL(CAP_SYS_TTY_CONFIG))

/* Never of use to a guest: modules, accounting of everybody's processes. */
#define VX_NEVER_CAPS	(BIT_ULL(CAP_SYS_MODULE) | BIT_ULL(CAP_SYS_PACCT))

/**
 * vx_call_refuses - Is a capability worthless in the present system call?
 * @vxi: context of the caller
 * @cap: capability number that the bound lets through
 *
 * A file handle reaches every inode of a file system, an event of fanotify
 * opens files of the host. The new mount API and the lists of mounts pass by
 * the checks of mount(2) in mount.c. vhangup(2) ends the session, which is
 * the host's when somebody entered from a shell there; ioctl(2) reaches key
 * maps of consoles and whole file systems; a uts namespace may be the host's.
 *
 * Return: true to refuse it.
 */
bool vx_call_refuses(struct vx_info *vxi, int cap)
{
	struct pt_regs *regs;

	if (BIT_ULL(cap) & VX_NEVER_CAPS)
		return true;
	if (!(BIT_ULL(cap) & VX_CALL_CAPS) || !vx_has_call())
		return false;
	if (vx_unknown_abi())
		return true;
	regs = task_pt_regs(current);
	switch (vx_current_call(regs)) {
	case VXCALL_BY_HANDLE:
		return true;
	case VXCALL_NEW_MOUNT:
		return cap == CAP_SYS_ADMIN;
	case VXCALL_VHANGUP:
		return !vx_own_session();
	case VXCALL_UTSNAME:
		return cap == CAP_SYS_ADMIN && vx_host_uts();
	case VXCALL_IOCTL:
		if (cap == CAP_SYS_ADMIN)
			return !vx_ccap(vxi, vx_ioctl_ccaps(regs));
		return cap == CAP_SYS_TTY_CONFIG;
	default:
		return false;
	}
}

/* SYS_ADMIN stands for many things; which of them is it here? */
static u64 vx_admin_ccaps(struct pt_regs *regs)
{
	switch (vx_current_call(regs)) {
	case VXCALL_UTSNAME:
		return vx_host_uts() ? 0 : VXC_SET_UTSNAME;
	case VXCALL_MOUNT:
		return VXC_SECURE_MOUNT | VXC_SECURE_REMOUNT |
		       VXC_BINARY_MOUNT | VXC_DEV_MOUNT;
	case VXCALL_XATTR:
		return VXC_FS_SECURITY | VXC_FS_TRUSTED;
	case VXCALL_QUOTA:
		return VXC_QUOTA_CTL;
	case VXCALL_UNSHARE:
		return VXC_NAMESPACE;
	case VXCALL_IOCTL:
		return vx_ioctl_ccaps(regs);
	default:
		return 0;
	}
}

/* The ccaps any of which grants @cap in the present system call. */
static u64 vx_wanted_ccaps(int cap)
{
	struct pt_regs *regs = task_pt_regs(current);

	switch (cap) {
	case CAP_SYS_ADMIN:
		return vx_admin_ccaps(regs);
	case CAP_SYS_RESOURCE:
		return vx_current_call(regs) == VXCALL_RLIMIT ?
		       VXC_SET_RLIMIT : 0;
	case CAP_AUDIT_CONTROL:
		return VXC_AUDIT_CONTROL;
	default:
		return 0;
	}
}

/*
 * Root of the guest's own user namespace, acting for itself. The cut at exec
 * takes the capability itself out of the credentials, so what is left of a
 * task's own say is whether it is root and has not dropped its capabilities.
 */
bool vx_is_guest_root(const struct cred *cred, struct user_namespace *ns)
{
	return cred == current_cred() && ns == cred->user_ns &&
	       cred->user->vs_id == vx_task_serial(current) &&
	       uid_eq(cred->euid, make_kuid(ns, 0)) &&
	       !cap_isclear(cred->cap_effective);
}

/**
 * vx_grants - Does a ccap open what the bound refuses?
 * @vxi: context of @cred
 * @cred: credentials that are asked
 * @ns: user namespace the capability is wanted in
 * @cap: capability number
 *
 * Return: true if the capability is granted for the present system call.
 */
bool vx_grants(struct vx_info *vxi, const struct cred *cred,
	       struct user_namespace *ns, int cap)
{
	if (!vxi->ccaps || !vx_has_call() || !vx_is_guest_root(cred, ns))
		return false;
	return vx_ccap(vxi, vx_wanted_ccaps(cap));
}

/**
 * __vs_may_adjust_oom - May the calling guest lower oom_score_adj?
 *
 * Return: true with the ccap OOM_ADJUST.
 */
bool __vs_may_adjust_oom(void)
{
	const struct cred *cred = current_cred();

	return vx_current() && vx_ccap(vx_current(), VXC_OOM_ADJUST) &&
	       vx_is_guest_root(cred, &init_user_ns);
}
