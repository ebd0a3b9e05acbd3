/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _VSERVER_SETUP_H
#define _VSERVER_SETUP_H

#include <linux/lsm_hooks.h>
#include <linux/types.h>
#include <uapi/linux/vserver.h>

#define VX_LSM_ID	0x5653

extern const struct lsm_id vx_lsmid;
extern struct lsm_blob_sizes vx_blob_sizes;

bool vx_enabled(void);
void vx_activate(void);

#endif /* _VSERVER_SETUP_H */
