/* SPDX-License-Identifier: GPL-2.0-only */
/* The guest's fstab family (config.md 4.4): options as secure-mount's, nodev by default. */
#ifndef VSERVER_GUEST_FSTAB_H
#define VSERVER_GUEST_FSTAB_H

#include "guest.h"

struct libmnt_table;
struct libmnt_fs;

/* Iterates over the table (NULL: nothing) without swap and noauto lines; start with NULL. */
struct libmnt_fs *fstab_next(struct libmnt_table *tb, struct libmnt_fs *after);
bool fstab_has(struct libmnt_table *tb, const char *target);
/* Refuses what is in a guest's root as source of anything but a bind mount. */
int fstab_check_source(const struct guest *g, struct libmnt_fs *fs);
/* The entry with destination /, mounted on the guest's root directory. */
int fstab_mount_rootfs(const struct guest *g, struct libmnt_table *tb);
/* All others in their order. */
int fstab_mount_all(const struct guest *g, struct libmnt_table *tb, int root);

#endif
