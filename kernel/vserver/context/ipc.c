// SPDX-License-Identifier: GPL-2.0-only
/*
 * System V IPC objects in an IPC namespace that contexts share.
 *
 * Normally a guest has a namespace of its own. Where it has not, equal uids
 * would reach each other's objects: each object carries the serial of the
 * context that made it, and a guest reaches its own only.
 */

#include <linux/ipc.h>
#include <linux/lsm_hooks.h>

#include "../hooks_init.h"
#include "../setup.h"
#include "context.h"

static u32 *vx_ipc_owner(const struct kern_ipc_perm *perm)
{
	return perm->security + vx_blob_sizes.lbs_ipc;
}

static int vx_ipc_new(struct kern_ipc_perm *perm)
{
	*vx_ipc_owner(perm) = vs_user_tag();
	return 0;
}

/* @perm is NULL for the commands that ask for totals. */
static int vx_ipc_access(const struct kern_ipc_perm *perm)
{
	if (!vs_confined() || !perm)
		return 0;
	return *vx_ipc_owner(perm) == vs_user_tag() ? 0 : -EACCES;
}

static int hook_ipc_permission(struct kern_ipc_perm *perm, short flag)
{
	return vx_ipc_access(perm);
}

static int hook_msg_queue_alloc_security(struct kern_ipc_perm *perm)
{
	return vx_ipc_new(perm);
}

static int hook_shm_alloc_security(struct kern_ipc_perm *perm)
{
	return vx_ipc_new(perm);
}

static int hook_sem_alloc_security(struct kern_ipc_perm *perm)
{
	return vx_ipc_new(perm);
}

static int hook_msg_queue_associate(struct kern_ipc_perm *perm, int msqflg)
{
	return vx_ipc_access(perm);
}

static int hook_shm_associate(struct kern_ipc_perm *perm, int shmflg)
{
	return vx_ipc_access(perm);
}

static int hook_sem_associate(struct kern_ipc_perm *perm, int semflg)
{
	return vx_ipc_access(perm);
}

static int hook_msg_queue_msgctl(struct kern_ipc_perm *perm, int cmd)
{
	return vx_ipc_access(perm);
}

static int hook_shm_shmctl(struct kern_ipc_perm *perm, int cmd)
{
	return vx_ipc_access(perm);
}

static int hook_sem_semctl(struct kern_ipc_perm *perm, int cmd)
{
	return vx_ipc_access(perm);
}

static struct security_hook_list vx_ipc_hooks[] __ro_after_init = {
	LSM_HOOK_INIT(ipc_permission, hook_ipc_permission),
	LSM_HOOK_INIT(msg_queue_alloc_security, hook_msg_queue_alloc_security),
	LSM_HOOK_INIT(shm_alloc_security, hook_shm_alloc_security),
	LSM_HOOK_INIT(sem_alloc_security, hook_sem_alloc_security),
	LSM_HOOK_INIT(msg_queue_associate, hook_msg_queue_associate),
	LSM_HOOK_INIT(shm_associate, hook_shm_associate),
	LSM_HOOK_INIT(sem_associate, hook_sem_associate),
	LSM_HOOK_INIT(msg_queue_msgctl, hook_msg_queue_msgctl),
	LSM_HOOK_INIT(shm_shmctl, hook_shm_shmctl),
	LSM_HOOK_INIT(sem_semctl, hook_sem_semctl),
};

void __init vx_ipc_hooks_init(void)
{
	security_add_hooks(vx_ipc_hooks, ARRAY_SIZE(vx_ipc_hooks), &vx_lsmid);
}
