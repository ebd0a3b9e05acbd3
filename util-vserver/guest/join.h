/* SPDX-License-Identifier: GPL-2.0-only */
/* Getting into a running guest; used by enter, exec, suexec and by stop. */
#ifndef VSERVER_GUEST_JOIN_H
#define VSERVER_GUEST_JOIN_H

#include "guest.h"

/* Cgroup, limits, priority, spaces: afterwards / is the guest's, the context the host's. */
int join_spaces(struct guest *g, uint32_t xid);
/* With a process space of its own the program has to be a child; the caller waits. */
int join_fork_if_needed(const struct guest *g);
int join_context(struct guest *g, uint32_t xid);

/* Clean environment: the guest's configured one plus the given pairs. */
char **join_environment(const struct guest *g, const char *const *more);

#endif
