// SPDX-License-Identifier: GPL-2.0-only
/* Paths in a root that is full of traps. */
#include <errno.h>
#include <limits.h>

#include "guest/inroot.h"
#include "tap.h"

static bool there(const char *path)
{
	struct stat st;

	return !lstat(path, &st);
}

static void resolving(int root)
{
	char *s;
	int fd;

	s = inroot_read(root, "/etc/f", 100, NULL);
	is(s, "inside", "a file");
	free(s);
	s = inroot_read(root, "/abs", 100, NULL);
	is(s, "inside", "an absolute link starts at the root");
	free(s);
	s = inroot_read(root, "/up", 100, NULL);
	is(s, "inside", ".. stops at the root");
	free(s);
	ok(!inroot_read(root, "/magic", 100, NULL) && errno != 0, "no links of /proc");
	ok(!inroot_read(root, "/etc/f", 3, NULL) && errno == EFBIG, "too long a file");
	ok(!inroot_read(root, "/etc", 100, NULL), "a directory is no file");
	fd = inroot_open_nofollow(root, "/abs", O_WRONLY, 0);
	ok(fd < 0 && errno == ELOOP, "nofollow doesn't follow");
	ok(inroot_executable(root, "/bin/tool"), "a program");
	ok(!inroot_executable(root, "/etc/f"), "no program without x");
	ok(!inroot_executable(root, "/bin/host"), "a link to the host's is none");
}

static void making(int root)
{
	int fd = inroot_dir(root, "/new/sub/dir", true);

	ok(fd >= 0 && there("r/new/sub/dir"), "directories are made");
	close(fd);
	fd = inroot_dir(root, "/trap/x/y", true);
	ok(!there("out/x"), "not through a link that leads out");
	ok(fd < 0 || there("r/out/x/y"), "but inside or not at all");
	ok(inroot_dir(root, "/missing", false) < 0 && errno == ENOENT, "nor without being asked");
}

static void cleaning(int root)
{
	put("r/var/run/a.pid", "1");
	put("r/var/run/sub/b.pid", "1");
	put("out/keep", "1");
	if (symlink("../../../out", "r/var/run/link"))
		ok(false, "symlink");
	num(inroot_clean(root, "/var/run"), 0, "clean");
	ok(!there("r/var/run/a.pid") && !there("r/var/run/sub/b.pid"), "files are gone");
	ok(there("r/var/run/sub"), "directories stay");
	ok(!there("r/var/run/link") && there("out/keep"), "links go, what they point to stays");
	num(inroot_clean(root, "/nothing"), 0, "nothing to clean is fine");
	put("out/victim", "1");
	if (symlink("/../out", "r/evil"))
		ok(false, "symlink");
	inroot_clean(root, "/evil");
	ok(there("out/victim"), "a link as the directory itself doesn't lead out");
}

static void removing(void)
{
	char *at = NULL;
	int top = open(".", O_RDONLY | O_DIRECTORY);

	put("tree/a/b/c", "1");
	put("out/keep2", "1");
	if (symlink("../out", "tree/link") || symlink("../../../out", "tree/a/b/link"))
		ok(false, "symlink");
	num(remove_tree(top, "tree", &at), 0, "a tree");
	ok(!there("tree") && there("out/keep2"), "is gone, targets of its links aren't");
	num(remove_tree(top, "tree", &at), 0, "a missing one is fine");
	if (symlink("out", "linktree"))
		ok(false, "symlink");
	num(remove_tree(top, "linktree", &at), 0, "a link");
	ok(!there("linktree") && there("out/keep2"), "is removed itself");
	if (geteuid()) {
		put("locked/d/f", "1");
		chmod("locked/d", 0555);
		num(remove_tree(top, "locked", &at), -1, "what can't be removed is an error");
		is(at, "locked/d/f", "with its path");
		chmod("locked/d", 0755);
	}
	close(top);
}

int main(void)
{
	int root;

	tap_begin();
	put("r/etc/f", "inside");
	put("r/bin/tool", "");
	chmod("r/bin/tool", 0755);
	mkdir("out", 0755);
	if (symlink("/etc/f", "r/abs") || symlink("../../../../etc/f", "r/up") ||
	    symlink("/proc/self/cwd/x", "r/magic") || symlink("../out", "r/trap") ||
	    symlink("/bin/sh", "r/bin/host"))
		return 1;
	root = open("r", O_PATH | O_DIRECTORY | O_CLOEXEC);
	resolving(root);
	making(root);
	cleaning(root);
	removing();
	return tap_end();
}
