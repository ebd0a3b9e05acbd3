// SPDX-License-Identifier: GPL-2.0-only
/*
 * Denied by default: namespaces, mounts, files.  See deny.h.
 *
 * Guards against: a way to fresh capabilities or to file systems of the host,
 * and a rule that a generous bound lifts although it protects the host.
 */
#include "deny.h"
#include <linux/fanotify.h>
#include <linux/fs.h>
#include <linux/sched.h>
#include <sys/quota.h>
#include <sys/xattr.h>

#ifndef OPEN_TREE_CLONE
#define OPEN_TREE_CLONE	1
#endif

/* Namespaces -------------------------------------------------------------------- */

DENY(userns_unshare, EPERM, EPERM, 0)
{
	return ERR(unshare(CLONE_NEWUSER));
}

static long clone_with(__u64 flags)
{
	struct clone_args args = { .flags = flags, .exit_signal = SIGCHLD };
	long pid = syscall(SYS_clone3, &args, sizeof(args));

	if (pid == 0)
		_exit(0);
	if (pid < 0)
		return -errno;
	waitpid(pid, NULL, 0);
	return 0;
}

DENY(userns_clone, EPERM, EPERM, 0)
{
	return clone_with(CLONE_NEWUSER);
}

DENY(userns_as_user, EPERM, EPERM, 0)
{
	if (setresuid(1000, 1000, 1000))
		return -errno;
	return ERR(unshare(CLONE_NEWUSER));
}

DENY(unshare_mnt, EPERM, 0, 0)
{
	return ERR(unshare(CLONE_NEWNS));
}

DENY(unshare_net, EPERM, 0, 0)
{
	return ERR(unshare(CLONE_NEWNET));
}

DENY(unshare_uts, EPERM, 0, 0)
{
	return ERR(unshare(CLONE_NEWUTS));
}

DENY(unshare_ipc, EPERM, 0, 0)
{
	return ERR(unshare(CLONE_NEWIPC));
}

DENY(unshare_pid, EPERM, 0, 0)
{
	return ERR(unshare(CLONE_NEWPID));
}

DENY(unshare_cgroup, EPERM, 0, 0)
{
	return ERR(unshare(CLONE_NEWCGROUP));
}

DENY(unshare_time, EPERM, 0, 0)
{
	return ERR(unshare(0x80));
}

DENY(clone_pid, EPERM, 0, 0)
{
	return clone_with(CLONE_NEWPID);
}

DENY(clone3_set_tid, EPERM, ANY, EEXIST)
{
	pid_t tid = 1;
	struct clone_args args = {
		.exit_signal = SIGCHLD, .set_tid = (long)&tid, .set_tid_size = 1,
	};

	return ERR(syscall(SYS_clone3, &args, sizeof(args)));
}

DENY(setns_own_fd, EPERM, ANY, 0)
{
	int fd = open("/proc/self/ns/mnt", O_RDONLY | O_CLOEXEC);

	return fd < 0 ? -errno : ERR(setns(fd, CLONE_NEWNS));
}

/* Mounts -------------------------------------------------------------------------- */

DENY(mount_tmpfs, EPERM, ANY, 0)
{
	return ERR(mount("none", "/media", "tmpfs", 0, NULL));
}

DENY(mount_proc, EPERM, ANY, 0)
{
	return ERR(mount("none", "/media", "proc", 0, NULL));
}

DENY(mount_bind, EPERM, ANY, 0)
{
	return ERR(mount("/", "/media", NULL, MS_BIND | MS_REC, NULL));
}

DENY(mount_remount, EPERM, EPERM, 0)
{
	return ERR(mount(NULL, "/media", NULL, MS_REMOUNT, NULL));
}

DENY(mount_propagation, EPERM, ANY, 0)
{
	return ERR(mount(NULL, "/media", NULL, MS_SHARED, NULL));
}

DENY(mount_move, EPERM, ANY, 0)
{
	mkdir("/media/moved", 0755);
	mkdir("/media/here", 0755);
	if (mount("/media/moved", "/media/moved", NULL, MS_BIND, NULL))
		return -errno;
	return ERR(mount("/media/moved", "/media/here", NULL, MS_MOVE, NULL));
}

DENY(umount, EPERM, ANY, 0)
{
	return ERR(umount2("/media", MNT_DETACH));
}

DENY(pivot_root, EPERM, EPERM, EBUSY)
{
	return ERR(syscall(SYS_pivot_root, "/", "/"));
}

DENY(mount_cgroup_v1, EPERM, EPERM, 0)
{
	return ERR(mount("none", "/media", "cgroup", 0, "none,name=denytest"));
}

DENY(mount_cgroup_v2, EPERM, EPERM, 0)
{
	return ERR(mount("none", "/media", "cgroup2", 0, NULL));
}

DENY(mount_sysfs, EPERM, EPERM, 0)
{
	return ERR(mount("none", "/media", "sysfs", 0, NULL));
}

DENY(fsopen, EPERM, EPERM, 0)
{
	return OPENED(syscall(SYS_fsopen, "tmpfs", 0));
}

DENY(fspick, EPERM, EPERM, 0)
{
	return OPENED(syscall(SYS_fspick, AT_FDCWD, "/media", 0));
}

/* A mount is usable by its descriptor alone. */
DENY(fsmount_devtmpfs, EPERM, EPERM, 0)
{
	int fs = syscall(SYS_fsopen, "devtmpfs", 0);

	if (fs < 0 || syscall(SYS_fsconfig, fs, 6 /* CMD_CREATE */, NULL, NULL, 0))
		return -errno;
	return OPENED(syscall(SYS_fsmount, fs, 0, 0));
}

DENY(mount_devtmpfs, EPERM, EPERM, 0)
{
	return ERR(mount("none", "/media", "devtmpfs", 0, NULL));
}

DENY(mount_debugfs, EPERM, EPERM, 0)
{
	return ERR(mount("none", "/media", "debugfs", 0, NULL));
}

DENY(open_tree_clone, EPERM, EPERM, 0)
{
	return OPENED(syscall(SYS_open_tree, AT_FDCWD, "/", OPEN_TREE_CLONE));
}

DENY(move_mount, EPERM, ANY, EBADF)
{
	return ERR(syscall(SYS_move_mount, -1, "", AT_FDCWD, "/media", 4));
}

DENY(mount_setattr, EPERM, EPERM, 0)
{
	struct { __u64 set, clr, propagation, userns_fd; } attr = { .set = 1 };

	return ERR(syscall(SYS_mount_setattr, AT_FDCWD, "/media", 0, &attr, sizeof(attr)));
}

/* Files ------------------------------------------------------------------------------ */

DENY(open_by_handle_at, EPERM, EPERM, 0)
{
	struct {
		struct file_handle h;
		char space[128];
	} f = { .h.handle_bytes = 128 };
	int id, fd = open("/", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (fd < 0 || name_to_handle_at(AT_FDCWD, "/etc/passwd", &f.h, &id, 0))
		return -errno;
	return OPENED(open_by_handle_at(fd, &f.h, O_RDONLY));
}

DENY(mknod_char, EPERM, EPERM, 0)
{
	unlink("/media/c");
	return ERR(mknod("/media/c", S_IFCHR | 0600, 0x101));
}

DENY(mknod_block, EPERM, EPERM, 0)
{
	unlink("/media/b");
	return ERR(mknod("/media/b", S_IFBLK | 0600, 0xfe00));
}

DENY(dev_mem, EPERM, ANY, 0)
{
	return OPENED(open("/dev/mem", O_RDONLY));
}

DENY(xattr_trusted, EPERM, ANY, 0)
{
	int fd = open("/tmp", O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);

	return fd < 0 ? -errno : ERR(fsetxattr(fd, "trusted.x", "", 0, 0));
}

DENY(xattr_security, EPERM, ANY, 0)
{
	int fd = open("/tmp", O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);

	return fd < 0 ? -errno : ERR(fsetxattr(fd, "security.x", "", 0, 0));
}

DENY(immutable, EPERM, ANY, 0)
{
	int flags = FS_IMMUTABLE_FL;
	int fd = open("/tmp", O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);

	return fd < 0 ? -errno : ERR(ioctl(fd, FS_IOC_SETFLAGS, &flags));
}

DENY(fanotify_content, EPERM, ANY, 0)
{
	return OPENED(syscall(SYS_fanotify_init, FAN_CLASS_CONTENT, O_RDONLY));
}

DENY(quota, EPERM, ANY, ESRCH)
{
	struct dqblk q = { 0 };

	return ERR(quotactl(QCMD(Q_SETQUOTA, USRQUOTA), "/dev/vda", 0, (void *)&q));
}

TEST_HARNESS_MAIN
