// SPDX-License-Identifier: GPL-2.0-only
/* Trees deeper than a process may have descriptors, and directories that move meanwhile. */
#include <errno.h>
#include <limits.h>
#include <sys/resource.h>

#include "guest/inroot.h"
#include "guest/tree.h"
#include "tap.h"

#define DEEP	3000

/* NAME/d/d/d..., a file at every level. */
static void make_deep(const char *name, int levels)
{
	int fd = open(".", O_RDONLY | O_DIRECTORY), next;

	for (int i = 0; i <= levels && fd >= 0; i++) {
		const char *sub = i ? "d" : name;

		if (mkdirat(fd, sub, 0755))
			break;
		next = openat(fd, sub, O_RDONLY | O_DIRECTORY);
		close(fd);
		fd = next;
		close(openat(fd, "f", O_WRONLY | O_CREAT, 0644));
	}
	if (fd < 0) {
		puts("Bail out! no deep tree");
		exit(1);
	}
	close(fd);
}

struct count {
	long files, entered, left;
	size_t deepest;
};

static int count_entry(struct tree *t, int dirfd, const char *name)
{
	struct count *c = t->arg;
	struct stat st;

	if (fstatat(dirfd, name, &st, AT_SYMLINK_NOFOLLOW))
		return -1;
	if (t->depth > c->deepest)
		c->deepest = t->depth;
	if (S_ISDIR(st.st_mode))
		return TREE_ENTER;
	c->files++;
	return TREE_NEXT;
}

static int count_enter(struct tree *t, int fd, const char *name, const struct stat *st)
{
	struct count *c = t->arg;

	(void)fd;
	(void)st;
	c->entered++;
	return strcmp(name, "skip") ? TREE_ENTER : TREE_NEXT;
}

static int count_leave(struct tree *t, int dirfd, const char *name, const struct stat *st)
{
	struct count *c = t->arg;
	struct stat now;

	c->left++;
	if (fstatat(dirfd, name, &now, AT_SYMLINK_NOFOLLOW) || now.st_ino != st->st_ino)
		return -1;
	return 0;
}

static const struct tree_ops counting = { count_entry, count_enter, count_leave };

static int count_tree(const char *name, struct count *c)
{
	struct tree t = { .ops = &counting, .arg = c };
	int fd = open(name, O_RDONLY | O_DIRECTORY), r;

	memset(c, 0, sizeof(*c));
	r = tree_walk(&t, fd);
	tree_free(&t);
	close(fd);
	return r;
}

static void walking(void)
{
	struct count c;

	num(count_tree("deep", &c), 0, "a tree of 3000 levels with 100 descriptors");
	num(c.files, DEEP + 1, "every file is seen once");
	num(c.left, DEEP, "and every directory left once");
	num((long)c.deepest, DEEP + 1, "at its depth");
	put("wide/a/x", "1");
	put("wide/a/y", "1");
	put("wide/b/c/z", "1");
	put("wide/skip/hidden", "1");
	if (symlink("../deep", "wide/link"))
		ok(false, "symlink");
	num(count_tree("wide", &c), 0, "a wide one");
	num(c.files, 4, "links aren't followed, a directory can be left alone");
	num(c.entered, 4, "every directory once");
	num(c.left, 3, "those gone into are left");
}

/* At the bottom the middle of the way is moved to somewhere else. */
static int move_entry(struct tree *t, int dirfd, const char *name)
{
	struct stat st;

	if (fstatat(dirfd, name, &st, AT_SYMLINK_NOFOLLOW))
		return -1;
	if (S_ISDIR(st.st_mode))
		return TREE_ENTER;
	if (t->depth == 201) {
		char from[1024] = "moving", *p = from + 6;

		for (int i = 0; i < 150; i++)
			p += sprintf(p, "/d");
		if (rename(from, "elsewhere"))
			return -1;
	}
	return TREE_NEXT;
}

static void moving(void)
{
	static const struct tree_ops ops = { .entry = move_entry };
	struct tree t = { .ops = &ops };
	int fd;

	make_deep("moving", 200);
	fd = open("moving", O_RDONLY | O_DIRECTORY);
	errno = 0;
	num(tree_walk(&t, fd), -1, "a directory that moved away");
	num(errno, ESTALE, "is noticed on the way back");
	tree_free(&t);
	close(fd);
}

static void shown(void)
{
	char *at = NULL, *text;
	struct tree t = { .path = NULL };
	int top = open(".", O_RDONLY | O_DIRECTORY);

	text = tree_shown(&t);
	is(text, "", "no path yet");
	free(text);
	num(remove_tree(top, "deep", &at), 0, "a deep tree is removed");
	ok(!at && access("deep", F_OK), "and gone");
	num(remove_tree(top, "elsewhere", &at), 0, "another");
	put("full/lost+found/x", "1");
	put("full/y/lost+found", "1");
	top = open("full", O_RDONLY | O_DIRECTORY);
	num(remove_below(top, "lost+found", &at), 0, "what is in a directory");
	ok(!access("full/lost+found/x", F_OK) && access("full/y", F_OK), "but what is to be kept there");
	num(remove_below(top, NULL, &at), 0, "all of it");
	ok(access("full/lost+found", F_OK), "is gone");
	close(top);
}

int main(void)
{
	struct rlimit few = { 100, 100 };

	tap_begin();
	setrlimit(RLIMIT_NOFILE, &few);
	make_deep("deep", DEEP);
	walking();
	moving();
	shown();
	return tap_end();
}
