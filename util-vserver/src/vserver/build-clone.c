// SPDX-License-Identifier: GPL-2.0-only
/*
 * build -m clone: the tree of another guest, copied with owners, modes, times, hard links,
 * extended attributes (so ACLs and file capabilities) and holes; blocks are shared where the
 * file system can.
 *
 * The source may be running, and its root may be hostile. So the walk goes from descriptor
 * to descriptor, follows no link, opens nothing but directories and regular files (opening
 * a device or a fifo has effects), and stays on the source's file system.
 */
#include <errno.h>
#include <fcntl.h>
#include <fnmatch.h>
#include <limits.h>
#include <linux/openat2.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "config/config.h"
#include "guest/tree.h"
#include "build.h"
#include "build-acl.h"

/* A file with several names: where the first of them was made. */
struct link {
	struct link *next;
	ino_t ino;
	nlink_t left;
	char path[];
};

#define LINK_BUCKETS	4096

/* A hostile tree has long paths, and may have many of them. */
#define LINK_BYTES_MAX	(256u << 20)

struct rule {
	bool include;
	char *pattern;
};

/**
 * struct copy - one copy
 * @dev: the source's file system
 * @dst: the directory that is being filled; the walk knows the one that is read
 * @links, @link_bytes: names of files with several, and their size
 * @doing: what failed, for the message
 */
struct copy {
	const struct build *b;
	dev_t dev;
	int dst;
	struct link *links[LINK_BUCKETS];
	size_t link_bytes;
	const char *doing;
	struct rule *rules;
	size_t n_rules;
	struct build_progress progress;
};

static const struct build_arg options[] = {
	{ 's', "source", BUILD_TEXT, offsetof(struct build, source) },
	{ 'X', "exclude-from", BUILD_TEXT, offsetof(struct build, exclude) },
	{ }
};

static int check(struct build *b)
{
	if (b->source)
		return 0;
	build_fail(b, "clone: --source GUEST-or-DIRECTORY is missing");
	return 2;
}

/* --- leaving out --------------------------------------------------------------------- */

static int add_rule(struct copy *c, const char *line)
{
	struct rule *r = realloc(c->rules, (c->n_rules + 1) * sizeof(*r));

	if (!r)
		return -1;
	c->rules = r;
	r += c->n_rules;
	r->include = *line == '+';
	r->pattern = strdup(line + (*line == '+' || *line == '-' || *line == '~'));
	if (!r->pattern)
		return -1;
	c->n_rules++;
	return 0;
}

static int read_rules(struct copy *c)
{
	char *line = NULL;
	size_t size = 0;
	int ret = 0;
	FILE *f;

	if (!c->b->exclude)
		return 0;
	f = fopen(c->b->exclude, "re");
	if (!f)
		return build_fail_errno(c->b, "%s", c->b->exclude);
	while (!ret && getline(&line, &size, f) >= 0) {
		line[strcspn(line, "\r\n")] = '\0';
		for (size_t n = strlen(line); n && (line[n - 1] == ' ' || line[n - 1] == '\t'); )
			line[--n] = '\0';
		if (*line && *line != '#')
			ret = add_rule(c, line);
	}
	free(line);
	fclose(f);
	return ret ? build_fail_errno(c->b, "%s", c->b->exclude) : 0;
}

/* First match wins; fnmatch without flags, so * takes slashes too (tools.md C.1). */
static bool left_out(const struct copy *c, const char *path)
{
	for (size_t i = 0; i < c->n_rules; i++)
		if (!fnmatch(c->rules[i].pattern, path, 0))
			return !c->rules[i].include;
	return false;
}

/* --- hard links ---------------------------------------------------------------------- */

static struct link **find_link(struct copy *c, ino_t ino)
{
	struct link **l = &c->links[(ino ^ ino >> 12) % LINK_BUCKETS];

	while (*l && (*l)->ino != ino)
		l = &(*l)->next;
	return l;
}

/*
 * linkat() with a first path of any length. The new tree is ours and the links in it are not
 * in directories' places, but to follow one would be wrong in any case.
 */
static int link_long(int root, const char *path, int dst, const char *name)
{
	char part[PATH_MAX];
	int fd = root, ret;

	while (strlen(path) >= sizeof(part)) {
		struct open_how how = {
			.flags = O_PATH | O_DIRECTORY | O_CLOEXEC,
			.resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS,
		};
		int next;

		memcpy(part, path, sizeof(part) - 1);
		part[sizeof(part) - 1] = '\0';
		*strrchr(part, '/') = '\0';
		next = (int)syscall(SYS_openat2, fd, part, &how, sizeof(how));
		if (fd != root)
			close(fd);
		if (next < 0)
			return -1;
		fd = next;
		path += strlen(part) + 1;
	}
	ret = linkat(fd, path, dst, name, 0);
	if (fd != root)
		close(fd);
	return ret;
}

/* 1: the entry is now a further name of a file made earlier, 0: it has to be made, -1 error. */
static int try_link(struct copy *c, const struct stat *st, const char *name)
{
	struct link **l, *found;

	if (S_ISDIR(st->st_mode) || st->st_nlink < 2)
		return 0;
	l = find_link(c, st->st_ino);
	found = *l;
	if (!found)
		return 0;
	if (link_long(c->b->rootfd, found->path + 1, c->dst, name))
		return -1;
	if (!--found->left) {
		*l = found->next;
		c->link_bytes -= strlen(found->path);
		free(found);
	}
	return 1;
}

static int remember_link(struct copy *c, const struct stat *st, const char *path)
{
	struct link **l, *new;

	if (S_ISDIR(st->st_mode) || st->st_nlink < 2)
		return 0;
	c->link_bytes += strlen(path);
	new = c->link_bytes > LINK_BYTES_MAX ? NULL : malloc(sizeof(*new) + strlen(path) + 1);
	if (!new) {
		errno = ENOMEM;
		return -1;
	}
	l = find_link(c, st->st_ino);
	new->next = *l;
	new->ino = st->st_ino;
	new->left = st->st_nlink - 1;
	strcpy(new->path, path);
	*l = new;
	return 0;
}

static void free_links(struct copy *c)
{
	for (size_t i = 0; i < LINK_BUCKETS; i++) {
		while (c->links[i]) {
			struct link *l = c->links[i];

			c->links[i] = l->next;
			free(l);
		}
	}
}

/* --- attributes ---------------------------------------------------------------------- */

static char *list_names(const char *path, ssize_t *len)
{
	char *names = NULL;

	*len = llistxattr(path, NULL, 0);
	if (*len > 0) {
		names = malloc((size_t)*len);
		if (names)
			*len = llistxattr(path, names, (size_t)*len);
	}
	return names;
}

static int read_xattr(const char *path, const char *name, struct build_xattr *x)
{
	ssize_t n = lgetxattr(path, name, NULL, 0);
	void *value;

	if (n < 0)
		return -1;
	value = malloc((size_t)n + 1);
	if (!value)
		return -1;
	n = lgetxattr(path, name, value, (size_t)n);
	if (n < 0) {
		free(value);
		return -1;
	}
	x->value = value;
	x->size = (size_t)n;
	x->name = strdup(name);
	return x->name ? 0 : -1;
}

/* All attributes of DIRFD/NAME. One that vanishes meanwhile is no error. */
static int read_xattrs(int dirfd, const char *name, struct build_xattr **out)
{
	char path[PATH_MAX], *names;
	size_t count = 0, i = 0;
	ssize_t len;

	*out = NULL;
	snprintf(path, sizeof(path), "/proc/self/fd/%d/%s", dirfd, name);
	names = list_names(path, &len);
	if (len <= 0) {
		free(names);
		return len < 0 && errno != ENOTSUP ? -1 : 0;
	}
	if (!names)
		return -1;
	for (ssize_t p = 0; p < len; p += (ssize_t)strlen(names + p) + 1)
		count++;
	*out = calloc(count + 1, sizeof(**out));
	for (ssize_t p = 0; *out && p < len; p += (ssize_t)strlen(names + p) + 1) {
		if (!read_xattr(path, names + p, *out + i))
			i++;
		else if (errno != ENODATA)
			break;
	}
	free(names);
	return *out && (i == count || errno == ENODATA) ? 0 : -1;
}

/* --- the walk ------------------------------------------------------------------------ */

static int copy_file(struct copy *c, int src, int dst, const char *name, const struct stat *st)
{
	struct stat now;
	int in, out, ret = -1;

	in = openat(src, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	if (in < 0)
		return -1;
	if (fstat(in, &now) || !S_ISREG(now.st_mode) || now.st_ino != st->st_ino) {
		errno = ESTALE;		/* exchanged under our hands */
		close(in);
		return -1;
	}
	out = openat(dst, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (out >= 0) {
		ret = build_copy_data(in, out, now.st_size);
		if (close(out))
			ret = -1;
	}
	close(in);
	build_progress(&c->progress, 0, (unsigned long long)now.st_size);
	return ret;
}

static int copy_symlink(int src, int dst, const char *name)
{
	char target[PATH_MAX];
	ssize_t n = readlinkat(src, name, target, sizeof(target) - 1);

	if (n < 0)
		return -1;
	target[n] = '\0';
	return symlinkat(target, dst, name);
}

/* Everything but directories; their content comes later. */
static int make_node(struct copy *c, int src, const char *name, const struct stat *st)
{
	switch (st->st_mode & S_IFMT) {
	case S_IFREG:
		return copy_file(c, src, c->dst, name, st);
	case S_IFLNK:
		return copy_symlink(src, c->dst, name);
	default:
		return mknodat(c->dst, name, (st->st_mode & S_IFMT) | 0600, st->st_rdev);
	}
}

static int copy_meta(int src, const char *from, int dst, const char *to, const struct stat *st)
{
	struct build_xattr *xattrs;
	struct build_meta m = {
		.mode = st->st_mode, .uid = st->st_uid, .gid = st->st_gid,
		.atime = st->st_atim, .mtime = st->st_mtim,
	};
	int ret = read_xattrs(src, from, &xattrs);

	m.xattrs = xattrs;
	if (!ret)
		ret = build_set_meta(dst, to, &m);
	build_free_xattrs(xattrs);
	return ret;
}

static int copy_entry(struct tree *t, int src, const char *name)
{
	struct copy *c = t->arg;
	struct stat st;
	int ret;

	if (left_out(c, t->path))
		return TREE_NEXT;
	c->doing = "source";
	if (build_interrupted())
		return -1;
	if (fstatat(src, name, &st, AT_SYMLINK_NOFOLLOW))
		return errno == ENOENT ? TREE_NEXT : -1;
	if (S_ISSOCK(st.st_mode))
		return TREE_NEXT;	/* means nothing without the process behind it */
	build_progress(&c->progress, 1, 0);
	c->doing = "copy of";
	if (S_ISDIR(st.st_mode))
		return mkdirat(c->dst, name, 0700) && errno != EEXIST ? -1 : TREE_ENTER;
	ret = try_link(c, &st, name);
	if (ret)
		return ret < 0 ? -1 : TREE_NEXT;
	if (make_node(c, src, name, &st) || copy_meta(src, name, c->dst, name, &st) ||
	    remember_link(c, &st, t->path))
		return -1;
	return TREE_NEXT;
}

static int move_dst(struct copy *c, const char *name)
{
	int fd = openat(c->dst, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);

	if (fd < 0)
		return -1;
	close(c->dst);
	c->dst = fd;
	return 0;
}

/* What is mounted in the source is not part of it; the directory is. */
static int copy_enter(struct tree *t, int fd, const char *name, const struct stat *st)
{
	struct copy *c = t->arg;

	c->doing = "copy of";
	if (st->st_dev != c->dev)
		return copy_meta(fd, ".", c->dst, name, st) ? -1 : TREE_NEXT;
	return move_dst(c, name) ? -1 : TREE_ENTER;
}

/* Last of all: making entries in it changed its times. */
static int copy_leave(struct tree *t, int src, const char *name, const struct stat *st)
{
	struct copy *c = t->arg;

	c->doing = "copy of";
	/* Nobody else moves directories in the new tree. */
	return move_dst(c, "..") ? -1 : copy_meta(src, name, c->dst, name, st);
}

static int copy_tree(struct copy *c, int src, const struct stat *st)
{
	static const struct tree_ops ops = { copy_entry, copy_enter, copy_leave };
	struct tree t = { .ops = &ops, .arg = c };
	char *shown;
	int ret;

	c->doing = "source";
	c->dst = openat(c->b->rootfd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	ret = c->dst < 0 ? -1 : tree_walk(&t, src);
	if (!ret)
		ret = copy_meta(src, ".", c->b->rootfd, ".", st);
	if (ret) {
		int err = errno;

		shown = tree_shown(&t);
		errno = err;
		build_fail_errno(c->b, "%s /%s", c->doing, shown);
		free(shown);
	}
	if (c->dst >= 0)
		close(c->dst);
	tree_free(&t);
	return ret;
}

/* --source is a guest, or a directory that is no guest. */
static char *source_root(const struct build *b)
{
	struct cfg *src = cfg_open(b->source);
	char *path = NULL, *real;

	if (src) {
		if (cfg_vdir(src, &path) < 0)
			build_fail(b, "%s", cfg_error());
		cfg_close(src);
		return path;
	}
	real = realpath(b->source, NULL);
	if (!real)
		build_fail(b, "no guest and no directory '%s'", b->source);
	return real;
}

static bool contains(const char *dir, const char *path)
{
	size_t n = strlen(dir);

	return !strncmp(dir, path, n) && (path[n] == '/' || !path[n] || !strcmp(dir, "/"));
}

static int populate(struct build *b)
{
	struct copy *c = calloc(1, sizeof(*c));
	char *root = source_root(b);
	struct stat st;
	int src = -1, ret = -1;

	if (!c || !root)
		goto out;
	c->b = b;
	c->progress.what = "copying";
	if (contains(root, b->rootpath)) {
		build_fail(b, "new root %s is inside the source %s", b->rootpath, root);
		goto out;
	}
	src = open(root, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (src < 0 || fstat(src, &st)) {
		build_fail_errno(b, "source %s", root);
		goto out;
	}
	c->dev = st.st_dev;
	ret = read_rules(c) || copy_tree(c, src, &st) ? -1 : 0;
out:
	if (src >= 0)
		close(src);
	if (c) {
		build_progress_end(&c->progress);
		free_links(c);
		for (size_t i = 0; i < c->n_rules; i++)
			free(c->rules[i].pattern);
		free(c->rules);
	}
	free(c);
	free(root);
	return ret;
}

const struct build_method build_clone = {
	.name = "clone",
	.usage = "-s|--source GUEST-or-DIR [-X|--exclude-from FILE]",
	.what = "copy of another guest",
	.needs_empty = true,
	.new_identity = true,
	.options = options,
	.check = check,
	.populate = populate,
};
