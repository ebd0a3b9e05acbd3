// SPDX-License-Identifier: GPL-2.0-only
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "inroot.h"
#include "internal.h"
#include "source.h"

#define MAX_LINKS	40	/* as many as the kernel follows */

/**
 * struct roots - what guests' roots are
 * @base: directory whose directories all count as roots
 * @v, @n: roots elsewhere
 */
struct roots {
	struct stat base;
	struct stat *v;
	size_t n;
};

/**
 * struct way - a path that is being followed
 * @at: the directory that was reached
 * @todo: what is left
 * @links: how many were followed
 */
struct way {
	int at;
	char *todo;
	unsigned int links;
};

static bool same(const struct stat *a, const struct stat *b)
{
	return a->st_dev == b->st_dev && a->st_ino == b->st_ino;
}

static void add_root(struct roots *r, const char *path)
{
	r->v = xrealloc(r->v, r->n + 1, sizeof(*r->v));
	if (!stat(path, &r->v[r->n]))
		r->n++;
}

static int find_roots(const struct guest *g, struct roots *r)
{
	auto_free char *base = cfg_vdirbase();
	struct cfg_list names;

	memset(r, 0, sizeof(*r));
	if (stat(base, &r->base))
		memset(&r->base, 0, sizeof(r->base));
	add_root(r, g->root);
	if (cfg_guests(&names, CFG_GUESTS_DISABLED) < 0) {
		errno = EIO;
		return -1;
	}
	for (size_t i = 0; i < names.n; i++) {
		auto_free char *vdir = xasprintf("%s/%s/vdir", cfg_confdir(), names.v[i]);

		add_root(r, vdir);
	}
	cfg_list_free(&names);
	return 0;
}

/* Is ST a guest's root? PARENT: the directory that has it, NULL if it was reached by "..". */
static bool is_root(const struct roots *r, const struct stat *parent, const struct stat *st)
{
	if (parent && r->base.st_ino && same(parent, &r->base) && S_ISDIR(st->st_mode))
		return true;
	for (size_t i = 0; i < r->n; i++)
		if (same(st, &r->v[i]))
			return true;
	return false;
}

/* What is left after the next component, which is cut off. */
static char *cut(char *path, char **rest)
{
	path += strspn(path, "/");
	*rest = path + strcspn(path, "/");
	if (**rest)
		*(*rest)++ = '\0';
	return path;
}

/* The link FD goes in front of what is left. */
static int follow(struct way *w, int fd, const char *rest)
{
	char target[PATH_MAX], *old = w->todo;
	ssize_t n = readlinkat(fd, "", target, sizeof(target) - 1);

	if (n < 0 || ++w->links > MAX_LINKS) {
		errno = n < 0 ? errno : ELOOP;
		return -1;
	}
	target[n] = '\0';
	w->todo = xasprintf("%s%s%s", target, *rest ? "/" : "", rest);
	free(old);
	if (*target == '/') {
		int top = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);

		if (top < 0)
			return -1;
		close(w->at);
		w->at = top;
	}
	return 0;
}

/* One component: 0 go on, 1 the rest is in the guest's root *w->at, -1 errno. */
static int step(struct way *w, const struct roots *r)
{
	char *rest, *name = cut(w->todo, &rest);
	bool up = !strcmp(name, "..");
	struct stat parent, st;
	int fd;

	if (!*name || !strcmp(name, ".")) {
		memmove(w->todo, rest, strlen(rest) + 1);
		return 0;
	}
	fd = openat(w->at, name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0)
		return -1;
	if (fstat(w->at, &parent) || fstat(fd, &st)) {
		close(fd);
		return -1;
	}
	if (S_ISLNK(st.st_mode)) {
		int ret = follow(w, fd, rest);

		close(fd);
		return ret;
	}
	memmove(w->todo, rest, strlen(rest) + 1);
	close(w->at);
	w->at = fd;
	return is_root(r, up ? NULL : &parent, &st);
}

static int walk(struct way *w, const struct roots *r, bool *of_guest)
{
	int ret = 0;

	while (!ret && *w->todo)
		ret = step(w, r);
	if (ret < 0)
		return -1;
	*of_guest = ret;
	return ret ? inroot_open(w->at, *w->todo ? w->todo : "/", O_PATH, 0) :
		     fcntl(w->at, F_DUPFD_CLOEXEC, 0);
}

int source_open(const struct guest *g, const char *path, bool *of_guest)
{
	struct way w = { .todo = xstrdup(path) };
	struct roots r = { .n = 0 };
	int fd = -1;

	*of_guest = false;
	w.at = open(*path == '/' ? "/" : ".", O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (!*path)
		errno = ENOENT;
	else if (w.at >= 0 && !find_roots(g, &r))
		fd = walk(&w, &r, of_guest);
	if (w.at >= 0) {
		int err = errno;

		close(w.at);
		errno = err;
	}
	free(w.todo);
	free(r.v);
	return fd;
}
