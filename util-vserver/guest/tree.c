// SPDX-License-Identifier: GPL-2.0-only
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "internal.h"
#include "tree.h"

/* So many directories of the way stay open. */
#define KEEP_OPEN	64
/* Longest path in a message. */
#define SHOWN		256

/**
 * struct tree_level - one directory on the way
 * @fd: it, or -1: too deep to be kept, and something below is open
 * @st: what it was when it was opened
 * @names: its directories that are still to be entered, one after the other
 * @used, @room: bytes of @names
 * @next: first of them that was not entered yet
 * @path: length of the walk's path without the names of this level
 */
struct tree_level {
	int fd;
	struct stat st;
	char *names;
	size_t used, room, next;
	size_t path;
};

static int open_dir(int fd, const char *name)
{
	return openat(fd, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
}

int tree_parent(int fd, const struct stat *st)
{
	int up = open_dir(fd, "..");
	struct stat now;

	if (up < 0)
		return -1;
	if (!fstat(up, &now) && now.st_dev == st->st_dev && now.st_ino == st->st_ino)
		return up;
	close(up);
	errno = ESTALE;
	return -1;
}

static void set_name(struct tree *t, size_t at, const char *name)
{
	size_t n = strlen(name);

	if (at + n + 2 > t->size) {
		t->size = 2 * (at + n + 2);
		t->path = xrealloc(t->path, t->size, 1);
	}
	t->path[at] = '/';
	memcpy(t->path + at + 1, name, n + 1);
	t->len = at + 1 + n;
}

static void add_name(struct tree_level *l, const char *name)
{
	size_t n = strlen(name) + 1;

	if (l->used + n > l->room) {
		l->room = 2 * (l->room + n);
		l->names = xrealloc(l->names, l->room, 1);
	}
	memcpy(l->names + l->used, name, n);
	l->used += n;
}

/* All entries but directories to enter, whose names are kept. */
static int read_level(struct tree *t, struct tree_level *l)
{
	int copy = open_dir(l->fd, "."), r = TREE_NEXT, err;
	DIR *dir = copy < 0 ? NULL : fdopendir(copy);
	struct dirent *de;

	if (!dir) {
		if (copy >= 0)
			close(copy);
		return -1;
	}
	while (r >= 0 && (errno = 0, de = readdir(dir))) {
		if (!strcmp(de->d_name, ".") || !strcmp(de->d_name, ".."))
			continue;
		set_name(t, l->path, de->d_name);
		r = t->ops->entry(t, l->fd, de->d_name);
		if (r == TREE_ENTER)
			add_name(l, de->d_name);
	}
	if (r >= 0 && errno)
		r = -1;
	err = errno;
	closedir(dir);
	errno = err;
	return r < 0 ? -1 : 0;
}

/* Adds a level for the directory FD, which the level owns from now on. */
static int push(struct tree *t, int fd, const struct stat *st)
{
	struct tree_level *l;

	if (t->depth == t->room) {
		t->room = t->room ? 2 * t->room : KEEP_OPEN;
		t->level = xrealloc(t->level, t->room, sizeof(*l));
	}
	if (t->depth > KEEP_OPEN) {
		l = &t->level[t->depth - 1];
		close(l->fd);
		l->fd = -1;
	}
	l = &t->level[t->depth++];
	*l = (struct tree_level){ .fd = fd, .st = *st, .path = t->len };
	return read_level(t, l);
}

static void drop(struct tree_level *l)
{
	if (l->fd >= 0)
		close(l->fd);
	free(l->names);
}

/* Back to the directory above, which had the current one as the last name entered. */
static int pop(struct tree *t)
{
	struct tree_level *l = &t->level[t->depth - 1], *up = l - 1;
	struct stat st = l->st;
	const char *name;

	if (up->fd < 0)
		up->fd = tree_parent(l->fd, &up->st);
	drop(l);
	t->depth--;
	if (up->fd < 0)
		return -1;
	t->len = up->path;
	name = up->names + up->next;
	set_name(t, up->path, name);
	up->next += strlen(name) + 1;
	return t->ops->leave ? t->ops->leave(t, up->fd, name, &st) : 0;
}

/* Into the next directory of the level; 0 if it is left alone. */
static int descend(struct tree *t)
{
	struct tree_level *l = &t->level[t->depth - 1];
	const char *name = l->names + l->next;
	int fd, r, err;
	struct stat st;

	set_name(t, l->path, name);
	fd = open_dir(l->fd, name);
	if (fd < 0)
		return -1;
	r = fstat(fd, &st);
	if (!r)
		r = t->ops->enter ? t->ops->enter(t, fd, name, &st) : TREE_ENTER;
	if (r == TREE_ENTER)
		return push(t, fd, &st);
	err = errno;
	close(fd);
	errno = err;
	l->next += strlen(name) + 1;
	return r;
}

static int walk(struct tree *t)
{
	while (t->depth) {
		struct tree_level *l = &t->level[t->depth - 1];

		if (l->next < l->used) {
			if (descend(t) < 0)
				return -1;
		} else if (t->depth == 1) {
			return 0;
		} else if (pop(t) < 0) {
			return -1;
		}
	}
	return 0;
}

int tree_walk(struct tree *t, int fd)
{
	int top = open_dir(fd, "."), r, err;
	struct stat st;

	t->len = 0;
	t->depth = 0;
	if (top < 0)
		return -1;
	if (fstat(top, &st) < 0) {
		close(top);
		return -1;
	}
	set_name(t, 0, "");
	t->len = 0;
	r = push(t, top, &st);
	if (!r)
		r = walk(t);
	err = errno;
	while (t->depth)
		drop(&t->level[--t->depth]);
	errno = err;
	return r;
}

void tree_free(struct tree *t)
{
	free(t->level);
	free(t->path);
	t->level = NULL;
	t->path = NULL;
	t->room = 0;
	t->size = 0;
}

char *tree_shown(const struct tree *t)
{
	size_t n = t->path ? strlen(t->path) : 0;

	if (n <= SHOWN)
		return xstrdup(n ? t->path + 1 : "");
	return xasprintf("...%s", t->path + n - SHOWN);
}
