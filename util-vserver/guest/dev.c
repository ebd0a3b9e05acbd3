// SPDX-License-Identifier: GPL-2.0-only
/*
 * What every guest gets: /proc, /dev with the harmless devices, /dev/pts, /dev/shm.
 *
 * The root is mounted nodev. Devices exist only on this small tmpfs, so that nodes that came
 * with an archive into the guest's tree are dead. An fstab entry for one of the places
 * replaces the built-in mount.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/mount.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include "fstab.h"
#include "inroot.h"
#include "internal.h"
#include "mounts.h"

static const struct {
	const char *name;
	unsigned int minor, major;
	mode_t mode;
} nodes[] = {
	{ "null", 3, 1, 0666 },
	{ "zero", 5, 1, 0666 },
	{ "full", 7, 1, 0666 },
	{ "random", 8, 1, 0644 },
	{ "urandom", 9, 1, 0644 },
	{ "tty", 0, 5, 0666 },
};

static const struct {
	const char *name;
	const char *target;
} links[] = {
	{ "fd", "/proc/self/fd" },
	{ "stdin", "/proc/self/fd/0" },
	{ "stdout", "/proc/self/fd/1" },
	{ "stderr", "/proc/self/fd/2" },
	{ "ptmx", "pts/ptmx" },
};

static int attach(int mnt, int root, const char *path)
{
	auto_close int at = inroot_dir(root, path, true);

	if (at < 0 || move_mount(mnt, "", at, "", MOVE_MOUNT_F_EMPTY_PATH |
				 MOVE_MOUNT_T_EMPTY_PATH) < 0)
		return cfg_fail_errno("can't mount on %s in the guest", path);
	return 0;
}

/* Returns the descriptor of a detached mount. */
static int fresh(const char *type, unsigned int attrs, const char *const *options)
{
	auto_close int fs = fsopen(type, FSOPEN_CLOEXEC);
	int mnt;

	if (fs < 0 || fsconfig(fs, FSCONFIG_SET_STRING, "source", type, 0) < 0)
		return cfg_fail_errno("file system %s", type);
	for (; options && options[0]; options += 2) {
		int r = options[1] ? fsconfig(fs, FSCONFIG_SET_STRING, options[0], options[1], 0) :
				     fsconfig(fs, FSCONFIG_SET_FLAG, options[0], NULL, 0);

		if (r < 0)
			return cfg_fail_errno("file system %s: option %s", type, options[0]);
	}
	if (fsconfig(fs, FSCONFIG_CMD_CREATE, NULL, NULL, 0) < 0)
		return cfg_fail_errno("file system %s", type);
	mnt = fsmount(fs, FSMOUNT_CLOEXEC, attrs);
	return mnt < 0 ? cfg_fail_errno("file system %s", type) : mnt;
}

int mount_fresh(int root, const char *path, const char *type, unsigned int attrs,
		const char *const *options)
{
	auto_close int mnt = fresh(type, attrs, options);

	return mnt < 0 ? -1 : attach(mnt, root, path);
}

static int populate(int dev)
{
	for (size_t i = 0; i < sizeof(nodes) / sizeof(nodes[0]); i++)
		if (mknodat(dev, nodes[i].name, S_IFCHR, makedev(nodes[i].major, nodes[i].minor)) ||
		    fchmodat(dev, nodes[i].name, nodes[i].mode, 0))
			return cfg_fail_errno("/dev/%s in the guest", nodes[i].name);
	for (size_t i = 0; i < sizeof(links) / sizeof(links[0]); i++)
		if (symlinkat(links[i].target, dev, links[i].name))
			return cfg_fail_errno("/dev/%s in the guest", links[i].name);
	if (mkdirat(dev, "pts", 0755) || mkdirat(dev, "shm", 0755) ||
	    fchmodat(dev, "pts", 0755, 0) || fchmodat(dev, "shm", 0755, 0))
		return cfg_fail_errno("/dev in the guest");
	return 0;
}

static int mount_dev(int root)
{
	/* Room for sockets and fifos that daemons make here, not for files. */
	static const char *const options[] = { "mode", "0755", "size", "1m", "nr_inodes", "1024",
					       NULL };
	auto_close int mnt = fresh("tmpfs", MOUNT_ATTR_NOSUID | MOUNT_ATTR_NOEXEC, options);

	if (mnt < 0 || populate(mnt) < 0)
		return -1;
	return attach(mnt, root, "/dev");
}

int dev_mount(int root, struct libmnt_table *tb)
{
	static const char *const pts[] = { "newinstance", NULL, "ptmxmode", "0666", "mode", "0620",
					   "gid", "5", NULL };
	static const char *const shm[] = { "mode", "1777", NULL };
	const unsigned int closed = MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC;

	if (!fstab_has(tb, "/proc") && mount_fresh(root, "/proc", "proc", closed, NULL) < 0)
		return -1;
	if (fstab_has(tb, "/dev"))
		return 0;	/* then the rest of it is the fstab's business, too */
	if (mount_dev(root) < 0)
		return -1;
	if (!fstab_has(tb, "/dev/pts") &&
	    mount_fresh(root, "/dev/pts", "devpts", MOUNT_ATTR_NOSUID | MOUNT_ATTR_NOEXEC, pts) < 0)
		return -1;
	if (!fstab_has(tb, "/dev/shm") &&
	    mount_fresh(root, "/dev/shm", "tmpfs", MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV, shm) < 0)
		return -1;
	return 0;
}
