// SPDX-License-Identifier: GPL-2.0-only
/* Removing what a guest left: nothing outside the tree, whatever links and mounts are in it. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "inroot.h"
#include "internal.h"
#include "tree.h"

/**
 * struct removal - argument of the walks below
 * @mount: the mount to stay on
 * @directories: remove them as well
 * @keep: entry of the start that stays, or NULL
 */
struct removal {
	uint64_t mount;
	bool directories;
	const char *keep;
};

/* The mount that FD is on: st_dev isn't enough, a bind mount has the same. */
static uint64_t mount_of(int fd)
{
	struct statx stx;

	if (statx(fd, "", AT_EMPTY_PATH, STATX_MNT_ID, &stx) < 0 ||
	    !(stx.stx_mask & STATX_MNT_ID))
		return UINT64_MAX;
	return stx.stx_mnt_id;
}

/* EISDIR by Linux, EPERM by POSIX; a busy or immutable file fails when it is entered. */
static int unlink_entry(int dirfd, const char *name)
{
	if (!unlinkat(dirfd, name, 0) || errno == ENOENT)
		return TREE_NEXT;
	return errno == EISDIR || errno == EPERM ? TREE_ENTER : -1;
}

static int remove_entry(struct tree *t, int dirfd, const char *name)
{
	struct removal *r = t->arg;

	if (r->keep && t->depth == 1 && !strcmp(name, r->keep))
		return TREE_NEXT;
	return unlink_entry(dirfd, name);
}

static int enter_directory(struct tree *t, int fd, const char *name, const struct stat *st)
{
	struct removal *r = t->arg;

	(void)name;
	(void)st;
	if (mount_of(fd) == r->mount)
		return TREE_ENTER;
	errno = EBUSY;
	return r->directories ? -1 : TREE_NEXT;
}

static int remove_directory(struct tree *t, int dirfd, const char *name, const struct stat *st)
{
	struct removal *r = t->arg;

	(void)st;
	return r->directories ? unlinkat(dirfd, name, AT_REMOVEDIR) : 0;
}

static const struct tree_ops removing = {
	.entry = remove_entry,
	.enter = enter_directory,
	.leave = remove_directory,
};

/* NAME: in front of the path at which it failed; NULL: none. */
static int walk(int fd, struct removal *r, const char *name, char **at)
{
	struct tree t = { .ops = &removing, .arg = r };
	int ret, err;

	r->mount = mount_of(fd);
	ret = tree_walk(&t, fd);
	err = errno;
	if (ret && at) {
		auto_free char *shown = tree_shown(&t);

		*at = name ? xasprintf("%s%s%s", name, *shown ? "/" : "", shown) : xstrdup(shown);
	}
	tree_free(&t);
	/* It is a file that can't be removed. */
	errno = err == ENOTDIR ? EPERM : err;
	return ret;
}

int inroot_clean(int root, const char *path)
{
	auto_close int fd = inroot_open(root, path, O_RDONLY | O_DIRECTORY, 0);
	struct removal r = { .directories = false };

	if (fd < 0)
		return errno == ENOENT ? 0 : -1;
	return walk(fd, &r, NULL, NULL);
}

static int remove_directory_tree(int dirfd, const char *name, char **at)
{
	auto_close int parent = openat(dirfd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	auto_close int fd = openat(dirfd, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	struct removal r = { .directories = true };

	if (parent < 0 || fd < 0) {
		errno = errno == ENOTDIR ? EPERM : errno;
		return -1;
	}
	if (mount_of(fd) != mount_of(parent)) {
		errno = EBUSY;
		return -1;
	}
	if (walk(fd, &r, name, at) < 0)
		return -1;
	return unlinkat(dirfd, name, AT_REMOVEDIR);
}

int remove_tree(int dirfd, const char *name, char **at)
{
	char *where = NULL;
	int r = unlink_entry(dirfd, name), err;

	if (r == TREE_ENTER)
		r = remove_directory_tree(dirfd, name, &where);
	err = errno;
	if (at)
		*at = !r ? NULL : where ? xstrdup(where) : xstrdup(name);
	free(where);
	errno = err;
	return r;
}

int remove_below(int fd, const char *keep, char **at)
{
	struct removal r = { .directories = true, .keep = keep };

	if (at)
		*at = NULL;
	return walk(fd, &r, NULL, at);
}
