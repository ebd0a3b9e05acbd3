// SPDX-License-Identifier: GPL-2.0-only
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "inroot.h"
#include "internal.h"

static int open_how(int root, const char *path, int flags, mode_t mode)
{
	struct open_how how = {
		.flags = (uint64_t)(flags | O_CLOEXEC),
		.mode = flags & (O_CREAT | __O_TMPFILE) ? mode : 0,
		.resolve = RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS,
	};
	long fd;

	/* A fifo or terminal that the guest put there must neither block nor become ours. */
	if (!(flags & O_PATH))
		how.flags |= O_NOCTTY | O_NONBLOCK;
	do {
		fd = syscall(SYS_openat2, root, path, &how, sizeof(how));
	} while (fd < 0 && errno == EAGAIN);	/* a rename raced with ".." */
	return (int)fd;
}

int inroot_open(int root, const char *path, int flags, mode_t mode)
{
	return open_how(root, path, flags, mode);
}

int inroot_open_nofollow(int root, const char *path, int flags, mode_t mode)
{
	return open_how(root, path, flags | O_NOFOLLOW, mode);
}

int inroot_null(int root)
{
	/* No link at the end: opening a file of /proc can be an act of its own. */
	int fd = inroot_open_nofollow(root, "/dev/null", O_RDWR, 0);
	struct stat st;

	if (fd < 0)
		return cfg_fail_errno("/dev/null in the guest");
	if (fstat(fd, &st) < 0 || !S_ISCHR(st.st_mode) || st.st_rdev != makedev(1, 3)) {
		close(fd);
		return cfg_fail("/dev/null in the guest is not the null device");
	}
	return fd;
}

int inroot_parent(int root, const char *path, const char **base)
{
	auto_free char *dir = xstrdup(path);
	char *slash;

	while (*dir && dir[strlen(dir) - 1] == '/')
		dir[strlen(dir) - 1] = '\0';
	slash = strrchr(dir, '/');
	*base = path + (slash ? slash - dir + 1 : 0);
	if (slash)
		slash[1] = '\0';
	if (!strcmp(*base, "..") || !strcmp(*base, ".") || !**base) {
		errno = EINVAL;
		return -1;
	}
	return open_how(root, slash ? dir : ".", O_PATH | O_DIRECTORY, 0);
}

int inroot_dir(int root, const char *path, bool make)
{
	auto_free char *copy = NULL;
	int fd = open_how(root, path, O_PATH | O_DIRECTORY, 0);

	if (fd >= 0 || !make || errno != ENOENT)
		return fd;
	copy = xstrdup(path);
	/* From the front: each prefix is resolved in the root again, so links stay inside. */
	for (char *p = copy; *p;) {
		char *end;

		p += strspn(p, "/");
		end = p + strcspn(p, "/");
		if (end == p)
			break;
		char saved = *end;

		*end = '\0';
		fd = open_how(root, copy, O_PATH | O_DIRECTORY, 0);
		if (fd < 0 && errno == ENOENT) {
			const char *base;
			auto_close int parent = inroot_parent(root, copy, &base);

			if (parent < 0 || (mkdirat(parent, base, 0755) < 0 && errno != EEXIST))
				return -1;
			fd = open_how(root, copy, O_PATH | O_DIRECTORY, 0);
		}
		if (fd < 0)
			return -1;
		close(fd);
		*end = saved;
		p = end;
	}
	return open_how(root, path, O_PATH | O_DIRECTORY, 0);
}

char *inroot_read(int root, const char *path, size_t max, size_t *len)
{
	auto_close int fd = open_how(root, path, O_RDONLY, 0);
	struct stat st;
	size_t used = 0;
	char *text;

	if (fd < 0 || fstat(fd, &st) < 0)
		return NULL;
	if (!S_ISREG(st.st_mode) || (size_t)st.st_size > max) {
		errno = S_ISREG(st.st_mode) ? EFBIG : EINVAL;
		return NULL;
	}
	text = xrealloc(NULL, max + 1, 1);
	while (used < max) {
		ssize_t n = read(fd, text + used, max - used);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0) {
			free(text);
			return NULL;
		}
		if (!n)
			break;
		used += (size_t)n;
	}
	text[used] = '\0';
	if (len)
		*len = used;
	return text;
}

bool inroot_executable(int root, const char *path)
{
	auto_close int fd = open_how(root, path, O_PATH, 0);
	struct stat st;

	return fd >= 0 && !fstat(fd, &st) && S_ISREG(st.st_mode) && (st.st_mode & 0111);
}

int inroot_unlink(int root, const char *path)
{
	const char *base;
	auto_close int parent = inroot_parent(root, path, &base);

	if (parent < 0)
		return errno == ENOENT ? 0 : -1;
	return unlinkat(parent, base, 0) < 0 && errno != ENOENT ? -1 : 0;
}
