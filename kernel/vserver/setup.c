// SPDX-License-Identifier: GPL-2.0-only
/*
 * Linux-VServer: registration as a security module and start-up order.
 */

#include <linux/init.h>
#include <linux/jump_label.h>
#include <linux/lsm_hooks.h>
#include <linux/sched.h>

#include "compat.h"
#include "hooks_init.h"
#include "setup.h"

DEFINE_STATIC_KEY_FALSE(vs_active);

/* Set last: without it no context can be created (fail closed). */
static bool vx_ready __ro_after_init;

const struct lsm_id vx_lsmid = {
	.name = "vserver",
	.id = VX_LSM_ID,
};

struct lsm_blob_sizes vx_blob_sizes __ro_after_init = {
	.lbs_ipc = sizeof(u32),
	.lbs_key = sizeof(u32),
};

/**
 * vx_enabled - Did every hook register?
 *
 * Return: true when contexts may be created.
 */
bool vx_enabled(void)
{
	return vx_ready;
}

/**
 * vx_activate - Switch the hooks on, at the first creation of a context
 *
 * May sleep. The key never goes off again: objects that were tagged while
 * it was on must be compared for ever.
 */
void vx_activate(void)
{
	static_branch_enable(&vs_active);
}

static int __init vx_init(void)
{
	vx_task_hooks_init();
	vx_signal_hooks_init();
	vx_caps_hooks_init();
	vx_policy_hooks_init();
	nx_sock_hooks_init();
	nx_visible_hooks_init();
	vx_ready = true;
	pr_info("vserver: isolation is on, ABI %04x:%04x\n",
		VCI_VERSION >> 16, VCI_VERSION & 0xffff);
	return 0;
}

/*
 * Order FIRST can be neither left out nor moved by "lsm=" or "security=".
 * No flags and no .enabled for the same reason.
 */
DEFINE_LSM(vserver) = {
	.name = "vserver",
	.order = LSM_ORDER_FIRST,
	.init = vx_init,
	.blobs = &vx_blob_sizes,
};
