/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The guest's view of files.
 *
 * Two mount namespaces exist per guest (abi.md 14.1): one with the host's view, in which the
 * guest's root and everything below it is mounted (space index 0), and one of which the
 * guest's root is the root (index 1). The first follows the host's mounts as a slave, so it
 * keeps no disk of the host busy; the second has nothing but the guest's own mounts.
 */
#ifndef VSERVER_GUEST_MOUNTS_H
#define VSERVER_GUEST_MOUNTS_H

#include "guest.h"

struct libmnt_table;

/* Reads fstab, fstab.local and fstab.remote into one table (NULL if there is none). */
int mounts_load(const struct guest *g, struct libmnt_table **tb);
void mounts_unload(struct libmnt_table *tb);

/* fsck of the entries that want it. */
int mounts_fsck(const struct guest *g, struct libmnt_table *tb);
/* A mount namespace of our own that follows the host's. */
int mounts_namespace(void);
/* Makes the guest's root a mount; returns its descriptor or -1. */
int mounts_root(const struct guest *g, struct libmnt_table *tb);
/* /proc, /dev and the entries of the table. */
int mounts_all(const struct guest *g, struct libmnt_table *tb, int root);
int mounts_mtab(const struct guest *g, int root);
/* Takes down what mounts_root() and mounts_all() did (ROOT is closed by the caller). */
void mounts_undo(const struct guest *g);
/* In the guest's first process: the second namespace, with the guest's root as its root. */
int mounts_pivot(const struct guest *g);
/* Mounts a fresh procfs over /proc: for a guest with a process space of its own. */
int mounts_proc(int root);

/* dev.c: the built-in mounts, except those that the table has itself. */
int dev_mount(int root, struct libmnt_table *tb);
/* A new file system at PATH below ROOT. */
int mount_fresh(int root, const char *path, const char *type, unsigned int attrs,
		const char *const *options);

#endif
