/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The hook lists, in the order in which setup.c registers them.
 */
#ifndef _VSERVER_HOOKS_INIT_H
#define _VSERVER_HOOKS_INIT_H

#include <linux/init.h>

void __init vx_task_hooks_init(void);
void __init vx_signal_hooks_init(void);
void __init vx_caps_hooks_init(void);
void __init vx_policy_hooks_init(void);
void __init vx_mount_hooks_init(void);
void __init vx_keys_hooks_init(void);
void __init vx_ipc_hooks_init(void);
void __init nx_sock_hooks_init(void);
void __init nx_visible_hooks_init(void);

#endif /* _VSERVER_HOOKS_INIT_H */
