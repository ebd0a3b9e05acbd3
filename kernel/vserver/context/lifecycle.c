// SPDX-License-Identifier: GPL-2.0-only
/*
 * Life of a security context: creation, look-up, references, release.
 *
 * A context is listed in two tables: by xid, the number users know, and by
 * serial, the number that objects are marked with. It is listed as long as
 * it has member tasks or the flag PERSISTENT. When the last member leaves a
 * context that is not persistent
 *
 *   1. it gets VXS_SHUTDOWN: nobody can join any more;
 *   2. it is taken off both tables (VXS_RELEASED) and those who wait for the
 *      end are woken, before the parent of the last member hears of its exit.
 *      With SC_HELPER a work item does so, after the "shutdown" helper, for
 *      which the context can still be looked up;
 *   3. the memory goes with the last reference, after a grace period.
 *
 * Serials grow monotonically and are not handed out again before 2^31 more
 * contexts were created: pids, users and zombies of a dead context never
 * match a new one that got the same xid.
 */

#include <linux/memcontrol.h>
#include <linux/percpu.h>
#include <linux/pid.h>
#include <linux/sched/task.h>
#include <linux/slab.h>
#include <linux/syscalls.h>
#include <linux/timekeeping.h>
#include <linux/xarray.h>

#include "../network/account.h"
#include "../network/network.h"
#include "../setup.h"
#include "../switch.h"
#include "context.h"

static DEFINE_XARRAY(vx_by_xid);
static DEFINE_XARRAY_ALLOC1(vx_by_serial);
static u32 vx_next_serial;

/*
 * The bound of a new context as it is stored (spec/abi.md 8.2): all ones. What
 * is above bit 31 counts only by the rules of vx_effective_bcaps().
 */
#define VX_BCAPS_INIT	(~0ULL)

static void vx_free_work(struct work_struct *work)
{
	struct vx_info *vxi = container_of(to_rcu_work(work), struct vx_info,
					   rcu_work);

	vx_free_spaces(vxi);
	vx_free_keys(vxi);
	free_percpu(vxi->acct);
	put_pid(rcu_dereference_protected(vxi->initpid, true));
	put_pid(rcu_dereference_protected(vxi->reaper, true));
	kfree(vxi);
}

/**
 * vx_put - Drop a reference
 * @vxi: context or NULL
 *
 * Any context, also softirq: the memory is freed by a work item.
 */
void vx_put(struct vx_info *vxi)
{
	if (vxi && refcount_dec_and_test(&vxi->usecnt))
		queue_rcu_work(system_wq, &vxi->rcu_work);
}

/**
 * vx_lookup - Find a listed context by its number
 * @xid: the number
 *
 * Return: the context, counted, or NULL.
 */
struct vx_info *vx_lookup(u32 xid)
{
	struct vx_info *vxi;

	rcu_read_lock();
	vxi = xa_load(&vx_by_xid, xid);
	if (!vx_tryget(vxi))
		vxi = NULL;
	rcu_read_unlock();
	return vxi;
}

/**
 * vx_lookup_serial_rcu - Find a listed context by its serial
 * @serial: plain serial, without the entering bit
 *
 * Caller holds rcu_read_lock(); the result is not counted.
 *
 * Return: the context or NULL when it is released.
 */
struct vx_info *vx_lookup_serial_rcu(u32 serial)
{
	return xa_load(&vx_by_serial, serial);
}

/**
 * vx_next - Walk the listed contexts in order of their numbers
 * @xid: in: lowest number wanted; out: number of the context found
 *
 * Return: the context, counted, or NULL at the end.
 */
struct vx_info *vx_next(u32 *xid)
{
	unsigned long index = *xid;
	struct vx_info *vxi;

	rcu_read_lock();
	for (vxi = xa_find(&vx_by_xid, &index, VX_ID_MAX, XA_PRESENT); vxi;
	     vxi = xa_find_after(&vx_by_xid, &index, VX_ID_MAX, XA_PRESENT))
		if (vx_tryget(vxi))
			break;
	rcu_read_unlock();
	*xid = index;
	return vxi;
}

/**
 * vx_get_task - The context of any task
 * @task: task, referenced
 *
 * Return: the context, counted, or NULL for host and watch.
 */
struct vx_info *vx_get_task(struct task_struct *task)
{
	struct vx_info *vxi;

	rcu_read_lock();
	vxi = READ_ONCE(task->vs_vxi);
	if (!vx_tryget(vxi))
		vxi = NULL;
	rcu_read_unlock();
	return vxi;
}

/**
 * vx_count - Number of listed contexts
 * @active: count only those with member tasks
 */
unsigned int vx_count(bool active)
{
	unsigned int count = 0;
	struct vx_info *vxi;
	unsigned long index;

	rcu_read_lock();
	xa_for_each(&vx_by_xid, index, vxi)
		if (!active || atomic_read(&vxi->tasks))
			count++;
	rcu_read_unlock();
	return count;
}

static void vx_space_work(struct work_struct *work)
{
	struct vx_info *vxi = container_of(work, struct vx_info, space_work);

	vx_free_spaces(vxi);
	vx_put(vxi);	/* the reference of the work */
}

/*
 * The guest's mounts and other namespaces end with the guest, not with the
 * last reference: a zombie that its parent never reaps would keep them. May
 * run in do_exit(), where unmounting would take too long.
 */
static void vx_release_spaces(struct vx_info *vxi)
{
	vx_get(vxi);
	if (!queue_work(system_unbound_wq, &vxi->space_work))
		vx_put(vxi);
}

/* Take a context off both tables and drop their reference. */
static void vx_unlist(struct vx_info *vxi)
{
	vx_release_spaces(vxi);
	xa_erase(&vx_by_xid, vxi->xid);
	xa_erase(&vx_by_serial, vxi->id);
	set_bit(VXS_RELEASED, &vxi->state);
	wake_up_all(&vxi->wait);
	vx_put(vxi);
}

static void vx_release_work(struct work_struct *work)
{
	struct vx_info *vxi = container_of(work, struct vx_info, release_work);

	vx_helper_state(vxi, false);
	vx_unlist(vxi);
	vx_put(vxi);	/* the reference of the work */
}

/*
 * Nobody is left: shut the context unless it is persistent. Runs in do_exit():
 * must not sleep for long.
 */
static void vx_last_left(struct vx_info *vxi)
{
	bool release, helper;

	spin_lock(&vxi->lock);
	if (!atomic_read(&vxi->tasks))
		clear_bit(VXS_KILL, &vxi->state);
	release = !atomic_read(&vxi->tasks) && !vx_flag(vxi, VXF_PERSISTENT) &&
		  !test_and_set_bit(VXS_SHUTDOWN, &vxi->state);
	helper = vx_flag(vxi, VXF_SC_HELPER);
	spin_unlock(&vxi->lock);

	if (!release)
		return;
	if (!helper) {
		vx_unlist(vxi);
		return;
	}
	vx_get(vxi);
	queue_work(system_unbound_wq, &vxi->release_work);
}

/**
 * vx_join - Count a new member task in
 * @vxi: context, counted by the caller
 *
 * Takes a reference for the member on success. Members fork without asking
 * here: a context with a running member cannot shut down.
 *
 * Return: 0, -EFAULT when the context is shutting down, -EACCES when it is
 * private and set up.
 */
int vx_join(struct vx_info *vxi)
{
	int ret = 0;

	spin_lock(&vxi->lock);
	if (test_bit(VXS_SHUTDOWN, &vxi->state)) {
		ret = -EFAULT;
	} else if (vx_flag(vxi, VXF_INFO_PRIVATE) && vx_confines(vxi)) {
		ret = -EACCES;
	} else {
		vx_get(vxi);
		atomic_inc(&vxi->tasks);
		atomic_inc(&vxi->threads_seen);
	}
	spin_unlock(&vxi->lock);
	return ret;
}

/**
 * vx_leave - Count a member task out
 * @vxi: its context; the member's reference stays
 */
void vx_leave(struct vx_info *vxi)
{
	if (atomic_dec_and_test(&vxi->tasks))
		vx_last_left(vxi);
}

/**
 * vx_persistent_cleared - Release a context that nothing holds any more
 * @vxi: context, counted
 */
void vx_persistent_cleared(struct vx_info *vxi)
{
	if (!atomic_read(&vxi->tasks))
		vx_last_left(vxi);
}

/**
 * vx_abandon - Undo a creation that failed before anybody joined
 * @vxi: context, counted by the caller
 *
 * No helper is called for it.
 */
void vx_abandon(struct vx_info *vxi)
{
	vx_change_flags(vxi, 0, VXF_SC_HELPER | VXF_PERSISTENT);
	if (!atomic_read(&vxi->tasks))
		vx_last_left(vxi);
}

static int vx_list(struct vx_info *vxi)
{
	int ret;

	ret = xa_alloc_cyclic(&vx_by_serial, &vxi->id, vxi,
			      XA_LIMIT(1, VS_ENTERING - 1), &vx_next_serial,
			      GFP_KERNEL_ACCOUNT);
	if (ret < 0)
		return ret;
	ret = xa_insert(&vx_by_xid, vxi->xid, vxi, GFP_KERNEL_ACCOUNT);
	if (ret)
		xa_erase(&vx_by_serial, vxi->id);
	return ret;
}

/* Why the number is taken: -EBUSY while its context is being set up. */
static int vx_taken(u32 xid)
{
	struct vx_info *vxi = vx_lookup(xid);
	int ret = vxi && !vx_confines(vxi) ? -EBUSY : -EEXIST;

	vx_put(vxi);
	return ret;
}

/**
 * vx_create - Make a context without members
 * @xid: its number, 2..65535
 * @flags: initial VXF_*
 *
 * May sleep. The caller must let somebody join or call vx_abandon().
 *
 * Return: the context, counted (besides the reference of the tables), or
 * -EINVAL, -EEXIST, -EBUSY (taken, in set-up) or -ENOMEM.
 */
struct vx_info *vx_create(u32 xid, u64 flags)
{
	struct vx_info *vxi;
	int ret;

	if (xid < VX_ID_MIN || xid > VX_ID_MAX)
		return ERR_PTR(-EINVAL);
	vxi = kzalloc(sizeof(*vxi), GFP_KERNEL_ACCOUNT);
	if (!vxi)
		return ERR_PTR(-ENOMEM);
	vxi->acct = alloc_percpu_gfp(struct vx_acct, GFP_KERNEL_ACCOUNT);
	if (!vxi->acct) {
		kfree(vxi);
		return ERR_PTR(-ENOMEM);
	}

	refcount_set(&vxi->usecnt, 2);
	vxi->xid = xid;
	spin_lock_init(&vxi->lock);
	vxi->cflags = flags;
	vxi->bcaps = VX_BCAPS_INIT;
	vxi->created = ktime_get_boottime_ns();
	init_waitqueue_head(&vxi->wait);
	mutex_init(&vxi->space_lock);
	INIT_WORK(&vxi->release_work, vx_release_work);
	INIT_WORK(&vxi->space_work, vx_space_work);
	INIT_WORK(&vxi->kill_work, vx_kill_work);
	INIT_WORK(&vxi->pause_work, vx_pause_work);
	INIT_RCU_WORK(&vxi->rcu_work, vx_free_work);

	vx_activate();
	ret = vx_new_keys(vxi);
	if (!ret)
		ret = vx_list(vxi);
	if (!ret)
		return vxi;
	vx_free_keys(vxi);
	free_percpu(vxi->acct);
	kfree(vxi);
	return ERR_PTR(ret == -EBUSY ? vx_taken(xid) : -ENOMEM);
}

/* Old callers expect uts and ipc namespaces of their own (spec/abi.md 8.2). */
static int vx_default_spaces(struct vx_info *vxi)
{
	const unsigned long mask = CLONE_NEWUTS | CLONE_NEWIPC;
	int ret = ksys_unshare(mask);

	return ret ? ret : vx_store_spaces(vxi, mask, 0);
}

int vc_ctx_create(struct vc_call *c)
{
	const struct vcmd_ctx_create *d = c->data;
	u64 flags = c->no_data ? VXF_INIT_SET : d->flagword;
	struct vx_info *vxi;
	int ret;

	if (c->id < VX_ID_MIN || c->id > VX_ID_MAX)
		return -EINVAL;
	ret = vx_may_migrate();
	if (ret)
		return ret;
	vxi = vx_create(c->id, flags);
	if (IS_ERR(vxi))
		return PTR_ERR(vxi);

	if ((flags & VXF_SC_HELPER) && vx_helper_state(vxi, true))
		ret = -ENOEXEC;
	if (!ret && c->no_data)
		ret = vx_default_spaces(vxi);
	if (!ret)
		ret = vx_migrate_self(vxi, 0);
	if (ret)
		vx_abandon(vxi);
	vx_put(vxi);
	return ret ? ret : c->id;
}
