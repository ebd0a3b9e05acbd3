/* SPDX-License-Identifier: GPL-2.0-only */
/* Limits of a process and of a context, sysctls: what stands in ulimits/, rlimits/, sysctl/. */
#ifndef VSERVER_GUEST_LIMITS_H
#define VSERVER_GUEST_LIMITS_H

#include <stdint.h>

struct cfg;

/* ulimits/: of the calling process, inherited by all of the guest. */
int limits_process(const struct cfg *c);
/* rlimits/, sched/ and schedule: an error if configured and the kernel can't do it. */
int limits_context(const struct cfg *c, uint32_t xid);
/* sysctl/: written with the caller's namespaces. */
int limits_sysctl(const struct cfg *c);

#endif
