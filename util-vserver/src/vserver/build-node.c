// SPDX-License-Identifier: GPL-2.0-only
/*
 * Nodes of a new tree: made, filled, given owner, attributes, mode and times.
 *
 * Everything is relative to a descriptor of the new root, and a path is never followed out
 * of it: an archive, or the tree of a running guest, is not to be trusted with the host's
 * files. Nobody else works in the new tree, so a name that was looked at stays what it is.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/fs.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "build.h"

#define COPY_CHUNK	(1u << 20)

static int open_in_root(int rootfd, const char *path, int flags)
{
	struct open_how how = {
		.flags = (unsigned int)flags | O_CLOEXEC,
		.resolve = RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS,
	};

	return (int)syscall(SYS_openat2, rootfd, *path ? path : ".", &how, sizeof(how));
}

/**
 * build_open_dir() - open a directory of the new tree
 * @rootfd: the root
 * @path: relative to it; links are resolved as if it were /
 */
int build_open_dir(int rootfd, const char *path)
{
	return open_in_root(rootfd, path, O_RDONLY | O_DIRECTORY);
}

/* One step down; makes the directory if it isn't there. */
static int step_down(int rootfd, const char *path)
{
	char *copy = strdup(path), *base;
	int parent, fd = -1;

	if (!copy)
		return -1;
	parent = build_open_parent(rootfd, copy, &base);
	if (parent >= 0) {
		/* EEXIST here is a link that leads nowhere or a file: the open tells */
		if (!mkdirat(parent, base, 0755) || errno == EEXIST)
			fd = build_open_dir(rootfd, path);
		close(parent);
	}
	free(copy);
	return fd;
}

/**
 * build_open_parent() - open the directory that is to hold @path
 * @rootfd: the root
 * @path: relative, without empty or ".." components; cut at its last slash
 * @base: set to the last component
 */
int build_open_parent(int rootfd, char *path, char **base)
{
	char *slash = strrchr(path, '/');
	int fd;

	if (!slash) {
		*base = path;
		return build_open_dir(rootfd, "");
	}
	*slash = '\0';
	*base = slash + 1;
	fd = build_open_dir(rootfd, path);
	if (fd < 0 && errno == ENOENT)
		fd = step_down(rootfd, path);
	return fd;
}

static int set_xattrs(int dirfd, const char *name, const struct build_xattr *x)
{
	char path[PATH_MAX];
	int n;

	if (!x)
		return 0;
	/* no lsetxattrat() in this kernel; the l-form stops at the last component */
	n = snprintf(path, sizeof(path), "/proc/self/fd/%d/%s", dirfd, name);
	if (n < 0 || (size_t)n >= sizeof(path)) {
		errno = ENAMETOOLONG;
		return -1;
	}
	for (; x->name; x++)
		if (lsetxattr(path, x->name, x->value, x->size, 0))
			return -1;
	return 0;
}

/**
 * build_set_meta() - owner, mode, attributes, times
 * @dirfd: directory
 * @name: entry of it, not followed
 * @m: what to set
 *
 * The order matters: chown clears set-id bits and file capabilities, chmod would change the
 * mask of an access ACL (and the ACL sets the group bits), and everything changes times.
 */
int build_set_meta(int dirfd, const char *name, const struct build_meta *m)
{
	struct timespec times[2] = { m->atime, m->mtime };

	if (fchownat(dirfd, name, m->uid, m->gid, AT_SYMLINK_NOFOLLOW))
		return -1;
	if (!S_ISLNK(m->mode) && fchmodat(dirfd, name, m->mode & 07777, 0))
		return -1;
	if (set_xattrs(dirfd, name, m->xattrs))
		return -1;
	return utimensat(dirfd, name, times, AT_SYMLINK_NOFOLLOW);
}

static int copy_range_slow(int in, int out, off_t pos, off_t end)
{
	static char buf[COPY_CHUNK];

	while (pos < end) {
		size_t want = end - pos < (off_t)sizeof(buf) ? (size_t)(end - pos) : sizeof(buf);
		ssize_t n = pread(in, buf, want, pos), done = 0;

		if (n <= 0)
			return (int)n;		/* 0: the file became shorter meanwhile */
		while (done < n) {
			ssize_t w = pwrite(out, buf + done, (size_t)(n - done), pos + done);

			if (w < 0)
				return -1;
			done += w;
		}
		pos += n;
	}
	return 0;
}

static int copy_range(int in, int out, off_t pos, off_t end)
{
	while (pos < end) {
		loff_t from = pos, to = pos;
		ssize_t n = copy_file_range(in, &from, out, &to, (size_t)(end - pos), 0);

		if (n < 0 && (errno == EXDEV || errno == EINVAL || errno == EOPNOTSUPP ||
			      errno == ENOSYS))
			return copy_range_slow(in, out, pos, end);
		if (n <= 0)
			return (int)n;
		pos += n;
	}
	return 0;
}

/**
 * build_copy_data() - content of a file into a new one
 * @in: source, regular
 * @out: empty file
 * @size: size of the source
 *
 * Blocks are shared if the file system can; else only data is copied and holes stay holes.
 */
int build_copy_data(int in, int out, off_t size)
{
	off_t data = 0, hole;

	if (!ioctl(out, FICLONE, in))
		return 0;
	if (ftruncate(out, size))
		return -1;
	while (data < size) {
		data = lseek(in, data, SEEK_DATA);
		if (data < 0)
			return errno == ENXIO ? 0 : copy_range_slow(in, out, 0, size);
		hole = lseek(in, data, SEEK_HOLE);
		if (hole < 0 || hole > size)
			hole = size;
		if (copy_range(in, out, data, hole))
			return -1;
		data = hole;
	}
	return 0;
}

/**
 * build_dir_empty() - may this directory be used as new?
 * @path: a path of the host
 */
int build_dir_empty(const char *path)
{
	DIR *dir = opendir(path);
	struct dirent *e;
	int empty = 1;

	if (!dir)
		return errno == ENOENT ? 1 : -1;
	while (empty && (e = readdir(dir)))
		empty = !strcmp(e->d_name, ".") || !strcmp(e->d_name, "..") ||
			!strcmp(e->d_name, "lost+found");
	closedir(dir);
	return empty;
}
