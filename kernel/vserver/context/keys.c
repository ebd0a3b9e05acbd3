// SPDX-License-Identifier: GPL-2.0-only
/*
 * Keyrings: equal uids of different contexts must not share keys.
 *
 * Each key carries the serial of the context whose credentials made it; a
 * guest reaches its own only. The keyrings "_uid.N" and "_uid_ses.N" are
 * found through a register keyring, of which each context has its own.
 */

#include <linux/cred.h>
#include <linux/err.h>
#include <linux/init_task.h>
#include <linux/key.h>
#include <linux/lsm_hooks.h>
#include <linux/sched/user.h>

#include "../hooks_init.h"
#include "../setup.h"
#include "context.h"

#ifdef CONFIG_KEYS
static u32 *vx_key_owner(const struct key *key)
{
	return key->security + vx_blob_sizes.lbs_key;
}

static int hook_key_alloc(struct key *key, const struct cred *cred,
			  unsigned long flags)
{
	*vx_key_owner(key) = cred->user->vs_id;
	return 0;
}

/*
 * A search that starts at a keyring the kernel itself holds (certificates,
 * the register of persistent keyrings) is allowed: nobody in the guest can
 * possess, and so search, a key of others.
 */
static int hook_key_permission(key_ref_t key_ref, const struct cred *cred,
			       enum key_need_perm need_perm)
{
	u32 viewer = vs_on() ? cred->user->vs_id : 0;

	if (!viewer || *vx_key_owner(key_ref_to_ptr(key_ref)) == viewer)
		return 0;
	return is_key_possessed(key_ref) && need_perm == KEY_NEED_SEARCH ?
	       0 : -EACCES;
}

/**
 * __vs_user_keyring_register - Where a guest's user keyrings are found
 *
 * Made at the first use; as the caller pins its context, no reference is
 * returned. Only the initial user namespace is shared by contexts: numbers of
 * another one are other users, and have a register there.
 *
 * Return: the keyring, an error pointer, or NULL for that of the namespace.
 */
struct key *__vs_user_keyring_register(void)
{
	struct vx_info *vxi = vx_current();
	struct key *reg, *old;

	if (!vxi || current_user_ns() != &init_user_ns)
		return NULL;
	/* pairs with the cmpxchg() below: the keyring is complete */
	reg = smp_load_acquire(&vxi->user_keyrings);
	if (reg)
		return reg;
	reg = keyring_alloc(".user_reg", GLOBAL_ROOT_UID, INVALID_GID,
			    &init_cred,
			    KEY_POS_WRITE | KEY_POS_SEARCH |
			    KEY_USR_VIEW | KEY_USR_READ,
			    0, NULL, NULL);
	if (IS_ERR(reg))
		return reg;
	*vx_key_owner(reg) = vxi->id;
	old = cmpxchg(&vxi->user_keyrings, NULL, reg);
	if (!old)
		return reg;
	key_put(reg);
	return old;
}

/**
 * vx_free_keys - Let go of the user keyrings of a context
 * @vxi: context, at its end
 */
void vx_free_keys(struct vx_info *vxi)
{
	key_put(vxi->user_keyrings);
}

static struct security_hook_list vx_keys_hooks[] __ro_after_init = {
	LSM_HOOK_INIT(key_alloc, hook_key_alloc),
	LSM_HOOK_INIT(key_permission, hook_key_permission),
};

void __init vx_keys_hooks_init(void)
{
	security_add_hooks(vx_keys_hooks, ARRAY_SIZE(vx_keys_hooks), &vx_lsmid);
}
#else
void vx_free_keys(struct vx_info *vxi)
{
}

void __init vx_keys_hooks_init(void)
{
}
#endif /* CONFIG_KEYS */
