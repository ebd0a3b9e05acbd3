/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The guest's cgroup (version 2): /sys/fs/cgroup/vserver/NAME holds the limits, its child
 * "guest" holds the processes and is the root of the guest's cgroup namespace, so that the
 * guest can neither see nor change its own limits.
 */
#ifndef VSERVER_GUEST_CGROUP_H
#define VSERVER_GUEST_CGROUP_H

#include "guest.h"

/*
 * Makes both and writes the configured settings. Returns a descriptor of the child for
 * CLONE_INTO_CGROUP, -1 on error, or -2: the guest has none (nocgroup, or no cgroup v2 is
 * mounted and no limit configured).
 */
#define CGROUP_NONE	(-2)
int cgroup_make(const struct guest *g);
/* Opens the child of a running guest: descriptor, or CGROUP_NONE. */
int cgroup_open(const struct guest *g);
/* Moves the calling process there. */
int cgroup_join(int fd);
/* Removes it with everything the guest made below; the context's processes are dead. */
int cgroup_remove(const struct guest *g);

#endif
