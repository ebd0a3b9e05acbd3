/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _VSERVER_VISIBLE_H
#define _VSERVER_VISIBLE_H

#include <linux/types.h>

struct proc_dir_entry;

u8 vx_proc_attr(const struct proc_dir_entry *de);
void vx_set_proc_attr(struct proc_dir_entry *de, u8 flags, u8 mask);

#endif /* _VSERVER_VISIBLE_H */
