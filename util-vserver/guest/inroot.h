/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Paths inside a guest's root, which the guest may have filled with any link it likes.
 *
 * Everything is resolved by openat2(RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS) from a
 * descriptor of the root; links, also absolute ones, stay inside. All return -1 with errno.
 */
#ifndef VSERVER_GUEST_INROOT_H
#define VSERVER_GUEST_INROOT_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

/* open(2) below ROOT; O_CLOEXEC, O_NOCTTY and O_NONBLOCK are added. */
int inroot_open(int root, const char *path, int flags, mode_t mode);
/* The same without following a link in the last component. */
int inroot_open_nofollow(int root, const char *path, int flags, mode_t mode);
/*
 * The guest's null device, and nothing else that the guest put in its place: what is
 * opened here with the host's rights becomes the standard input of guest programs.
 * On failure the error text is set.
 */
int inroot_null(int root);
/* O_PATH descriptor of the directory PATH; with MAKE missing components are made (0755). */
int inroot_dir(int root, const char *path, bool make);
/* Descriptor of the directory that holds PATH; *base points to the last component. */
int inroot_parent(int root, const char *path, const char **base);
/* A regular file's contents up to MAX bytes, NUL-terminated and malloc'ed. */
char *inroot_read(int root, const char *path, size_t max, size_t *len);
/* True if PATH is there and is a regular file with an x bit. */
bool inroot_executable(int root, const char *path);
/* unlink(2) below ROOT; a missing file is fine. */
int inroot_unlink(int root, const char *path);

/* --- remove.c: trees of any depth ---------------------------------------------------- */

/**
 * inroot_clean() - remove every non-directory below PATH, keeping the directories
 * Links aren't followed below PATH, other mounts aren't entered.
 */
int inroot_clean(int root, const char *path);

/**
 * remove_tree() - remove NAME below the directory DIRFD with everything in it
 * @at: set to the path, relative to DIRFD, at which it failed (malloc'ed); may be NULL
 * Never follows a link and never crosses into another mount (EBUSY).
 */
int remove_tree(int dirfd, const char *name, char **at);

/* The same for all that is in the directory FD but for the entry KEEP (NULL: all). */
int remove_below(int fd, const char *keep, char **at);

#endif
