/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A walk over a tree that somebody else filled, and maybe still changes: of any depth, with
 * a bounded number of descriptors and no recursion.
 *
 * Links are never followed. Near the start every directory on the way stays open. Deeper
 * down only the current one does; its parent is then opened again as ".." and must be the
 * directory that it was on the way down (ESTALE if somebody moved it meanwhile).
 */
#ifndef VSERVER_GUEST_TREE_H
#define VSERVER_GUEST_TREE_H

#include <stddef.h>
#include <sys/stat.h>

#define TREE_NEXT	0	/* done with this entry */
#define TREE_ENTER	1	/* it is a directory to go into */

struct tree;

/**
 * struct tree_ops - what to do; each may end the walk by -1 with errno
 * @entry: called for each entry. TREE_ENTER: the directory is entered when all other
 *	entries of the current one have been seen
 * @enter: NAME was opened as @fd; TREE_NEXT: leave it alone after all. May be NULL
 * @leave: everything below NAME is done; @dirfd is the directory that has it and @st what
 *	NAME was when it was opened. May be NULL
 */
struct tree_ops {
	int (*entry)(struct tree *t, int dirfd, const char *name);
	int (*enter)(struct tree *t, int fd, const char *name, const struct stat *st);
	int (*leave)(struct tree *t, int dirfd, const char *name, const struct stat *st);
};

/**
 * struct tree - one walk; set @ops and @arg, zero the rest
 * @path: of the current entry below the start, "/a/b"; after a failure the one that failed
 * @depth: directories that the current one is below, itself included: 1 at the start
 * @level, @room, @len, @size: private
 */
struct tree {
	const struct tree_ops *ops;
	void *arg;
	char *path;
	size_t depth;
	struct tree_level *level;
	size_t room, len, size;
};

/* Walks the directory FD, which stays open: 0, or -1 with errno. */
int tree_walk(struct tree *t, int fd);
void tree_free(struct tree *t);
/* The path for a message: one of 10,000 levels is cut in front. Malloc'ed. */
char *tree_shown(const struct tree *t);
/* The parent of the directory FD, which must be the one of ST: descriptor or -1 (ESTALE). */
int tree_parent(int fd, const struct stat *st);

#endif
