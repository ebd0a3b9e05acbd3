// SPDX-License-Identifier: GPL-2.0-only
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <libmount/libmount.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "fstab.h"
#include "inroot.h"
#include "internal.h"
#include "mounts.h"
#include "run.h"

int mounts_fsck(const struct guest *g, struct libmnt_table *tb)
{
	static char *const argv[] = { "fsck", "-s", "-n", "-A", "-T", NULL };
	auto_free char *file = cfg_path(g->cfg, "fstab");
	bool wanted = false;
	int status;

	/* Only entries that ask for it; mostly there is none and no fsck is needed. */
	for (struct libmnt_fs *fs = fstab_next(tb, NULL); fs; fs = fstab_next(tb, fs)) {
		if (mnt_fs_get_passno(fs) <= 0)
			continue;
		wanted = true;
		if (fstab_check_source(g, fs) < 0)
			return -1;
	}
	if (!wanted)
		return 0;
	setenv("FSTAB_FILE", file, 1);
	status = run_program(argv, g->cfg->fd);
	unsetenv("FSTAB_FILE");
	if (status < 0)
		return -1;
	/* 1: errors, of which with -n none was left uncorrected by the journal. */
	if (!WIFEXITED(status) || WEXITSTATUS(status) > 1)
		return cfg_fail("fsck of %s %s", file, run_describe(status));
	return 0;
}

int mounts_namespace(void)
{
	if (unshare(CLONE_NEWNS) < 0)
		return cfg_fail_errno("can't make a mount namespace");
	if (mount(NULL, "/", NULL, MS_REC | MS_SLAVE, NULL) < 0)
		return cfg_fail_errno("can't separate the mount namespace");
	return 0;
}

/* The directory and what the host mounted below it, as a tree of its own without devices. */
static int clone_root(const struct guest *g)
{
	struct mount_attr attr = { .attr_set = MOUNT_ATTR_NODEV, .propagation = MS_PRIVATE };
	int tree = open_tree(AT_FDCWD, g->root, OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | AT_RECURSIVE);

	if (tree < 0)
		return cfg_fail_errno("guest root %s", g->root);
	if (mount_setattr(tree, "", AT_EMPTY_PATH | AT_RECURSIVE, &attr, sizeof(attr)) == 0) {
		/* Shared: what is mounted here later shows up in the guest (its slave). */
		attr.attr_set = 0;
		attr.propagation = MS_SHARED;
		if (mount_setattr(tree, "", AT_EMPTY_PATH | AT_RECURSIVE, &attr, sizeof(attr)) == 0)
			return tree;
	}
	cfg_fail_errno("guest root %s: mount attributes", g->root);
	close(tree);
	return -1;
}

int mounts_root(const struct guest *g, struct libmnt_table *tb)
{
	auto_close int tree = -1;
	int root;

	if (fstab_mount_rootfs(g, tb) < 0)
		return -1;
	tree = clone_root(g);
	if (tree < 0)
		return -1;
	if (move_mount(tree, "", AT_FDCWD, g->root, MOVE_MOUNT_F_EMPTY_PATH) < 0)
		return cfg_fail_errno("guest root %s: can't mount it", g->root);
	root = open(g->root, O_PATH | O_DIRECTORY | O_CLOEXEC);
	return root < 0 ? cfg_fail_errno("guest root %s", g->root) : root;
}

int mounts_all(const struct guest *g, struct libmnt_table *tb, int root)
{
	if (dev_mount(root, tb) < 0)
		return -1;
	return fstab_mount_all(g, tb, root);
}

void mounts_undo(const struct guest *g)
{
	/* Twice: the root's own tree and the device of a `/` entry. Neither need exist. */
	if (!umount2(g->root, MNT_DETACH | UMOUNT_NOFOLLOW))
		umount2(g->root, MNT_DETACH | UMOUNT_NOFOLLOW);
}

int mounts_mtab(const struct guest *g, int root)
{
	auto_free char *shipped = xasprintf("%s/defaults/mtab", cfg_datadir());
	auto_close int to = -1;
	auto_close int from = -1;
	char text[4096];
	const char *key;
	const struct cfg *at = cfg_first(g->cfg, "apps/init/mtab", "init/mtab", &key);
	struct stat st;
	ssize_t n;

	/* Today's guests have a link into /proc here; only a plain file of old gets text. */
	to = inroot_open_nofollow(root, "/etc/mtab", O_WRONLY, 0);
	if (to < 0 || fstat(to, &st) < 0 || !S_ISREG(st.st_mode))
		return 0;
	from = at ? cfg_open_file(at, key) : open(shipped, O_RDONLY | O_CLOEXEC);
	if (from < 0)
		return at ? cfg_fail_errno("%s/%s", at->path, key) : 0;
	n = read(from, text, sizeof(text));
	if (n < 0 || ftruncate(to, 0) < 0 || write(to, text, (size_t)n) != n)
		return cfg_fail_errno("/etc/mtab in the guest");
	return 0;
}

int mounts_pivot(const struct guest *g)
{
	if (unshare(CLONE_NEWNS) < 0)
		return cfg_fail_errno("can't make the guest's mount namespace");
	/* pivot_root refuses shared mounts; as slaves ours still follow the first namespace. */
	if (mount(NULL, "/", NULL, MS_REC | MS_SLAVE, NULL) < 0)
		return cfg_fail_errno("can't separate the guest's mounts");
	if (chdir(g->root) < 0)
		return cfg_fail_errno("guest root %s", g->root);
	/* Old root on top of the new one, then off with it: needs no directory in the guest. */
	if (syscall(SYS_pivot_root, ".", ".") < 0)
		return cfg_fail_errno("guest root %s: pivot_root", g->root);
	if (umount2(".", MNT_DETACH) < 0 || chdir("/") < 0)
		return cfg_fail_errno("can't leave the host's root");
	return 0;
}

int mounts_proc(int root)
{
	return mount_fresh(root, "/proc", "proc", MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV |
			   MOUNT_ATTR_NOEXEC, NULL);
}
