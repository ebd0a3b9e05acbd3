// SPDX-License-Identifier: GPL-2.0-only
/*
 * Membership: how a task gets into a context, passes it on and leaves it.
 *
 * A task joins by migrating itself, from the host only, and leaves by
 * exiting only. Its context is in task_struct (vs_id, vs_xid, vs_vxi); the
 * processes it names carry the serial in struct pid; the power it acts with
 * is that of the context whose user_struct its credentials hold.
 *
 * From migration to the first exec inside, a task still runs a program of
 * the host with descriptors of the host. It carries VS_ENTERING: members of
 * the guest can neither see nor touch it (think of CVE-2019-5736).
 */

#include <linux/binfmts.h>
#include <linux/fdtable.h>
#include <linux/file.h>
#include <linux/fs_struct.h>
#include <linux/key.h>
#include <linux/lsm_hooks.h>
#include <linux/mount.h>
#include <linux/path.h>
#include <linux/pid.h>
#include <linux/sched/mm.h>
#include <linux/sched/signal.h>
#include <linux/sched/task.h>
#include <linux/sched/user.h>

#include "../hooks_init.h"
#include "../network/network.h"
#include "../setup.h"
#include "../switch.h"
#include "context.h"

/**
 * vx_may_migrate - Is the caller in a state in which it can change context?
 *
 * A process with threads, or one that shares its memory, would live in two
 * contexts; one that traces another would reach out of the guest. Workers
 * of an io_uring count as threads.
 *
 * Return: 0, -EINVAL with threads, -EBUSY with tracees.
 */
int vx_may_migrate(void)
{
	if (!current_is_single_threaded())
		return -EINVAL;
	if (!list_empty(&current->ptraced))
		return -EBUSY;
	return 0;
}

#ifdef CONFIG_KEYS
/* Keyrings of the host must not follow into the guest. */
static void vx_drop_keyrings(struct cred *cred)
{
	key_put(cred->session_keyring);
	key_put(cred->process_keyring);
	key_put(cred->thread_keyring);
	key_put(cred->request_key_auth);
	cred->session_keyring = NULL;
	cred->process_keyring = NULL;
	cred->thread_keyring = NULL;
	cred->request_key_auth = NULL;
}
#else
static void vx_drop_keyrings(struct cred *cred)
{
}
#endif

/*
 * Credentials that act with the power of the context current->vs_id names:
 * alloc_uid() and alloc_ucounts() answer for that context.
 */
static struct cred *vx_prepare_creds(void)
{
	struct cred *new = prepare_creds();
	struct user_struct *user;
	struct ucounts *ucounts;

	if (!new)
		return NULL;
	user = alloc_uid(new->uid);
	ucounts = alloc_ucounts(new->user_ns, new->uid);
	if (!user || !ucounts) {
		free_uid(user);
		if (ucounts)
			put_ucounts(ucounts);
		abort_creds(new);
		return NULL;
	}
	free_uid(new->user);
	put_ucounts(new->ucounts);
	new->user = user;
	new->ucounts = ucounts;
	vx_drop_keyrings(new);
	return new;
}

/* Mark the caller and the process numbers it owns. */
static void vx_mark_current(u32 id)
{
	WRITE_ONCE(current->vs_id, id);
	WRITE_ONCE(task_pid(current)->vs_id, id);
	WRITE_ONCE(task_tgid(current)->vs_id, id);
}

/**
 * vx_migrate_self - Make the caller a member of a context
 * @vxi: context, counted
 * @how: VXM_SET_INIT, VXM_SET_REAPER
 *
 * May sleep. The caller is a task of the host, checked before. Namespaces,
 * root directory, cgroup, session and parent stay as they are.
 *
 * Return: 0; -EINVAL, -EBUSY of vx_may_migrate(); -EFAULT, -EACCES of
 * vx_join(); -ENOMEM. Nothing has changed on failure.
 */
int vx_migrate_self(struct vx_info *vxi, u64 how)
{
	struct cred *new;
	int ret;

	if (vxi == vx_current())
		return 0;
	ret = vx_may_migrate();
	if (!ret)
		ret = unshare_files();
	if (!ret)
		ret = unshare_fs_struct();
	if (!ret)
		ret = vx_join(vxi);
	if (ret)
		return ret;

	/* From here on users are looked up for the new context. */
	WRITE_ONCE(current->vs_id, vxi->id | VS_ENTERING);
	new = vx_prepare_creds();
	if (!new) {
		WRITE_ONCE(current->vs_id, 0);
		vx_leave(vxi);
		vx_put(vxi);
		return -ENOMEM;
	}

	write_lock_irq(&tasklist_lock);
	vx_mark_current(vxi->id | VS_ENTERING);
	WRITE_ONCE(current->vs_xid, vxi->xid);
	WRITE_ONCE(current->vs_vxi, vxi);
	write_unlock_irq(&tasklist_lock);
	commit_creds(new);

	if (how & VXM_SET_INIT) {
		vx_change_flags(vxi, 0, VXF_STATE_INIT);
		vx_set_init(vxi, task_tgid(current));
	}
	if (how & VXM_SET_REAPER)
		vx_set_reaper(vxi, task_tgid(current));
	if (vx_flag(vxi, VXF_SCHED_PAUSE))
		vx_pause_changed(vxi);
	return 0;
}

/**
 * vx_watch_self - Make the caller a spectator (context 1)
 *
 * Return: 1, the number of the context.
 */
int vx_watch_self(void)
{
	vx_activate();
	WRITE_ONCE(current->vs_flags, current->vs_flags | VS_WATCH);
	WRITE_ONCE(current->vs_xid, VX_ID_WATCH);
	return VX_ID_WATCH;
}

int vc_ctx_migrate(struct vc_call *c)
{
	const struct vcmd_ctx_migrate *d = c->data;

	return vx_migrate_self(c->vxi, c->no_data ? 0 : d->flagword);
}

/* Would the child become that of a process outside? */
static bool vx_parent_outside(void)
{
	bool outside;

	rcu_read_lock();
	outside = READ_ONCE(rcu_dereference(current->real_parent)->vs_id) !=
		  current->vs_id;
	rcu_read_unlock();
	return outside;
}

/*
 * fork: the child was copied with its parent's words, the reference is still
 * to be taken. On failure task_free follows and must find nothing to undo.
 */
static int hook_task_alloc(struct task_struct *task, unsigned long clone_flags)
{
	struct vx_info *vxi = task->vs_vxi;
	int ret = -ENOMEM;

	nx_task_alloc(task);
	if (!vxi)
		return 0;
	task->vs_held = 0;
	/* EAGAIN would let some inits try for ever */
	if (test_bit(VXS_SHUTDOWN, &vxi->state) ||
	    test_bit(VXS_KILL, &vxi->state))
		goto refused;
	/* A guest must not give children to a process of the host. */
	if ((clone_flags & (CLONE_PARENT | CLONE_THREAD)) == CLONE_PARENT &&
	    vx_parent_outside()) {
		ret = -EINVAL;
		goto refused;
	}
	vx_get(vxi);
	atomic_inc(&vxi->tasks);
	atomic_inc(&vxi->threads_seen);
	return 0;

refused:
	task->vs_vxi = NULL;
	return ret;
}

/* Softirq or process context. A task that never ran was not counted out. */
static void hook_task_free(struct task_struct *task)
{
	struct vx_info *vxi = task->vs_vxi;

	nx_task_free(task);
	if (!vxi)
		return;
	if (!(task->flags & PF_EXITING))
		vx_leave(vxi);
	vx_put(vxi);
}

/*
 * The first program a task runs in the guest must be the guest's: otherwise a
 * guest program that was replaced by "#!/proc/self/exe" makes the program of
 * the host run inside, where it can be opened and written.
 */
static bool vx_foreign_program(const struct linux_binprm *bprm)
{
	struct path root;
	bool foreign;

	get_fs_root(current->fs, &root);
	foreign = !path_is_under(&bprm->file->f_path, &root);
	path_put(&root);
	return foreign;
}

static int hook_bprm_check_security(struct linux_binprm *bprm)
{
	if (!vs_guest() || !(current->vs_id & VS_ENTERING))
		return 0;
	return vs_confined() && vx_foreign_program(bprm) ? -EACCES : 0;
}

/* The program of the host is gone: from now on an ordinary member. */
static void hook_bprm_committed_creds(const struct linux_binprm *bprm)
{
	if (vs_confined() && (current->vs_id & VS_ENTERING))
		vx_mark_current(vx_task_serial(current));
}

static struct security_hook_list vx_task_hooks[] __ro_after_init = {
	LSM_HOOK_INIT(task_alloc, hook_task_alloc),
	LSM_HOOK_INIT(task_free, hook_task_free),
	LSM_HOOK_INIT(bprm_check_security, hook_bprm_check_security),
	LSM_HOOK_INIT(bprm_committed_creds, hook_bprm_committed_creds),
};

void __init vx_task_hooks_init(void)
{
	security_add_hooks(vx_task_hooks, ARRAY_SIZE(vx_task_hooks), &vx_lsmid);
}
