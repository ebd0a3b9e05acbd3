/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Between space.c and the part of it that lives in kernel/nsproxy.c.
 */
#ifndef _VSERVER_SPACE_H
#define _VSERVER_SPACE_H

#include <linux/types.h>

struct nsproxy;
struct user_namespace;

bool vx_spaces_valid(unsigned long flags);
struct nsproxy *vx_mix_spaces(struct nsproxy *ns, unsigned long flags);
int vx_join_spaces(struct nsproxy *ns, struct user_namespace *user_ns,
		   unsigned long flags);

#endif /* _VSERVER_SPACE_H */
