// SPDX-License-Identifier: GPL-2.0-only
/* Writers: every file is written new and renamed, so that a reader never sees half of it. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "internal.h"

static int write_all(int fd, const char *text, size_t len)
{
	while (len) {
		ssize_t n = write(fd, text, len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -1;
		text += n;
		len -= (size_t)n;
	}
	return 0;
}

/* A name beside NAME that no reader takes for anything (dot file). */
static char *temporary(const char *name)
{
	const char *slash = strrchr(name, '/');
	int dir = slash ? (int)(slash - name) + 1 : 0;

	return cfg_xasprintf("%.*s.%s.new%d", dir, name, name + dir, (int)getpid());
}

int cfg_write_atomic(int dirfd, const char *name, const char *file, const char *text,
		     size_t len)
{
	cfg_auto_free char *tmp = temporary(name);
	int fd = openat(dirfd, tmp, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0644);
	int r;

	if (fd < 0)
		return cfg_fail_errno("%s: can't create", file);
	/* Exactly 0644, whatever the umask: other users' tools read these files. */
	r = write_all(fd, text, len) || fchmod(fd, 0644) || fsync(fd) ? -1 : 0;
	if (close(fd) < 0)
		r = -1;
	if (!r && renameat(dirfd, tmp, dirfd, name) < 0)
		r = -1;
	if (r) {
		cfg_fail_errno("%s: can't write", file);
		unlinkat(dirfd, tmp, 0);
	}
	return r;
}

int cfg_link_atomic(int dirfd, const char *name, const char *file, const char *target)
{
	cfg_auto_free char *tmp = temporary(name);

	unlinkat(dirfd, tmp, 0);
	if (symlinkat(target, dirfd, tmp) < 0)
		return cfg_fail_errno("%s: can't create link", file);
	if (renameat(dirfd, tmp, dirfd, name) < 0) {
		cfg_fail_errno("%s: can't create link", file);
		unlinkat(dirfd, tmp, 0);
		return -1;
	}
	return 0;
}

/* mkdir -p below DIRFD; "" and "." are there already. */
static int make_dirs(int dirfd, const char *path, const char *file)
{
	cfg_auto_free char *copy = cfg_xstrdup(path);

	for (char *p = copy; *p;) {
		char *slash = strchr(p, '/');

		if (slash)
			*slash = '\0';
		if (*copy && mkdirat(dirfd, copy, 0755) < 0 && errno != EEXIST)
			return cfg_fail_errno("%s: can't create directory", file);
		if (!slash)
			break;
		*slash = '/';
		p = slash + 1;
	}
	return 0;
}

static int make_parents(const struct cfg *c, const char *key)
{
	cfg_auto_free char *dir = cfg_xstrdup(key), *file = cfg_path(c, key);
	char *slash = strrchr(dir, '/');

	if (!slash)
		return 0;
	*slash = '\0';
	return make_dirs(c->fd, dir, file);
}

struct cfg *cfg_create(const char *path)
{
	if (*path != '/') {
		cfg_fail("%s: not an absolute path", path);
		return NULL;
	}
	if (make_dirs(AT_FDCWD, path, path) < 0)
		return NULL;
	return cfg_open_dir(path);
}

int cfg_mkdir(const struct cfg *c, const char *key)
{
	cfg_auto_free char *file = cfg_path(c, key);

	return make_dirs(c->fd, key, file);
}

static int write_key(const struct cfg *c, const char *key, const char *text, size_t len)
{
	cfg_auto_free char *file = cfg_path(c, key);

	if (make_parents(c, key) < 0)
		return -1;
	return cfg_write_atomic(c->fd, key, file, text, len);
}

int cfg_write_scalar(const struct cfg *c, const char *key, const char *fmt, ...)
{
	cfg_auto_free char *text = NULL, *line = NULL;
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vasprintf(&text, fmt, ap);
	va_end(ap);
	if (n < 0)
		return cfg_fail_errno("%s", key);
	if (strchr(text, '\n')) {
		cfg_auto_free char *file = cfg_path(c, key);

		return cfg_fail("%s: the value has more than one line", file);
	}
	line = cfg_xasprintf("%s\n", text);
	return write_key(c, key, line, strlen(line));
}

int cfg_write_list(const struct cfg *c, const char *key, const char *const *v, size_t n)
{
	cfg_auto_free char *text = NULL;
	size_t len = 0;
	FILE *out = open_memstream(&text, &len);

	if (!out)
		return cfg_fail_errno("%s", key);
	for (size_t i = 0; i < n; i++)
		fprintf(out, "%s\n", v[i]);
	fclose(out);
	return write_key(c, key, text, len);
}

int cfg_write_bool(const struct cfg *c, const char *key)
{
	return write_key(c, key, "", 0);
}

int cfg_write_link(const struct cfg *c, const char *key, const char *target)
{
	cfg_auto_free char *file = cfg_path(c, key);

	if (make_parents(c, key) < 0)
		return -1;
	return cfg_link_atomic(c->fd, key, file, target);
}

int cfg_write_copy(const struct cfg *c, const char *key, const char *from)
{
	cfg_auto_close int fd = open(from, O_RDONLY | O_CLOEXEC);
	cfg_auto_free char *text = NULL;
	size_t len;

	if (fd < 0)
		return cfg_fail_errno("%s", from);
	if (cfg_slurp(fd, from, &text, &len) < 0)
		return -1;
	return write_key(c, key, text, len);
}

int cfg_remove(const struct cfg *c, const char *key)
{
	cfg_auto_free char *file = cfg_path(c, key);

	if (unlinkat(c->fd, key, 0) < 0 && errno != ENOENT)
		return cfg_fail_errno("%s: can't remove", file);
	return 0;
}
