// SPDX-License-Identifier: GPL-2.0-only
/*
 * Keyrings: equal uids of different contexts must not share keys.
 *
 * Each key carries the serial of the context whose credentials made it; a
 * guest reaches its own only. The keyrings "_uid.N" and "_uid_ses.N" are
 * found through a register keyring, of which each context has its own.
 *
 * Keyrings of the kernel itself (certificates, registers) are roots of
 * searches that the kernel makes for whoever is current. They may be
 * searched, and nothing else; what is in them still must be the guest's own.
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

/* Owner of the kernel's own keys; no serial has this bit. */
#define VX_KEY_KERNEL	VS_ENTERING

static int hook_key_alloc(struct key *key, const struct cred *cred,
			  unsigned long flags)
{
	/* Persistent keyrings are found by name, in one place for all. */
	if (vs_on() && cred->user->vs_id && key->description &&
	    !strncmp(key->description, "_persistent.", 12))
		return -EACCES;
	*vx_key_owner(key) = cred == &init_cred ||
			     system_state < SYSTEM_RUNNING ?
			     VX_KEY_KERNEL : cred->user->vs_id;
	return 0;
}

static noinline int vx_key_access(key_ref_t key_ref, u32 viewer,
				  enum key_need_perm need_perm)
{
	u32 owner = *vx_key_owner(key_ref_to_ptr(key_ref));

	if (owner == VX_KEY_KERNEL && is_key_possessed(key_ref) &&
	    need_perm == KEY_NEED_SEARCH)
		return 0;
	/* KEYCTL_READ asks again for what it does */
	if (need_perm == KEY_DEFER_PERM_CHECK)
		return 0;
	return owner == viewer ? 0 : -EACCES;
}

static int hook_key_permission(key_ref_t key_ref, const struct cred *cred,
			       enum key_need_perm need_perm)
{
	u32 owner;

	if (!vs_on())
		return 0;
	if (!cred->user->vs_id) {
		/* the host must not take a guest's key for one of its own */
		owner = *vx_key_owner(key_ref_to_ptr(key_ref));
		return owner && owner != VX_KEY_KERNEL &&
		       (need_perm == KEY_NEED_SEARCH ||
			need_perm == KEY_NEED_LINK) ? -EACCES : 0;
	}
	return vx_key_access(key_ref, cred->user->vs_id, need_perm);
}

/*
 * Only KEYCTL_SESSION_TO_PARENT makes blank credentials: a guest's process
 * would replace the session keyring of its parent in the host.
 */
static int hook_cred_alloc_blank(struct cred *cred, gfp_t gfp)
{
	return vs_confined() ? -EPERM : 0;
}

/**
 * vx_new_keys - Make the register of user keyrings of a new context
 * @vxi: context, not listed yet
 *
 * Not at the first use: searches come under rcu_read_lock().
 *
 * Return: 0 or -errno.
 */
int vx_new_keys(struct vx_info *vxi)
{
	struct key *reg;

	reg = keyring_alloc(".user_reg", GLOBAL_ROOT_UID, INVALID_GID,
			    &init_cred,
			    KEY_POS_WRITE | KEY_POS_SEARCH |
			    KEY_USR_VIEW | KEY_USR_READ,
			    KEY_ALLOC_NOT_IN_QUOTA, NULL, NULL);
	if (IS_ERR(reg))
		return PTR_ERR(reg);
	vxi->user_keyrings = reg;
	return 0;
}

/**
 * __vs_user_keyring_register - Where a guest's user keyrings are found
 *
 * The caller pins its context, so no reference is returned. Only the initial
 * user namespace is shared by contexts: numbers of another one are other
 * users, and have a register there.
 *
 * Return: the keyring, or NULL for that of the namespace.
 */
struct key *__vs_user_keyring_register(void)
{
	struct vx_info *vxi = vx_current();

	return vxi && current_user_ns() == &init_user_ns ?
	       vxi->user_keyrings : NULL;
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
	LSM_HOOK_INIT(cred_alloc_blank, hook_cred_alloc_blank),
};

void __init vx_keys_hooks_init(void)
{
	security_add_hooks(vx_keys_hooks, ARRAY_SIZE(vx_keys_hooks), &vx_lsmid);
}
#else
int vx_new_keys(struct vx_info *vxi)
{
	return 0;
}

void vx_free_keys(struct vx_info *vxi)
{
}

void __init vx_keys_hooks_init(void)
{
}
#endif /* CONFIG_KEYS */
