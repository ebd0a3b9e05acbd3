// SPDX-License-Identifier: GPL-2.0-only
/*
 * The pid filter: which processes a guest can name, and by which number.
 *
 * Every struct pid carries the serial of the context that owns the process.
 * Numbers are filtered in both directions, so that a foreign process looks
 * like one of a foreign PID namespace: looked up it is not there, shown it
 * has number 0. The guest's init is process 1 for the members, in the same
 * two places. Nothing else in signals, exec or procfs has to know.
 *
 * The real number of init keeps resolving inside: stored real numbers (file
 * locks, fuse) are looked up later. Only returned numbers are mapped.
 */

#include <linux/dcache.h>
#include <linux/idr.h>
#include <linux/pid.h>
#include <linux/pid_namespace.h>
#include <linux/proc_fs.h>
#include <linux/sched/signal.h>
#include <linux/sched/task.h>

#include "../network/network.h"
#include "context.h"

bool __vs_confined(void)
{
	struct vx_info *vxi = vx_current();

	return vxi && vx_confines(vxi);
}

static bool vx_owns_pid(const struct pid *pid)
{
	return READ_ONCE(pid->vs_id) == current->vs_id;
}

/* May run in irq context (perf) in the middle of a migration: no context. */
static __always_inline struct pid *vx_init_map(void)
{
	struct vx_info *vxi = vx_current();

	return likely(vxi) ? READ_ONCE(vxi->init_map) : NULL;
}

/*
 * The pid that members see as process 1 in @ns, or NULL. A guest whose init
 * was cloned into a PID namespace of its own is process 1 there natively. An
 * init that is still entering is none yet: what cannot be shown a number must
 * not be found either, loops over /proc would not end.
 */
static struct pid *vx_mapped_init(struct pid_namespace *ns)
{
	struct pid *init = vx_init_map();

	return init && vx_owns_pid(init) && ns_of_pid(init) == ns ? init : NULL;
}

/*
 * A foreign process may still be the caller's child: one that was made before
 * the caller migrated, or one that has finished entering while its parent has
 * not. It keeps its number for its parent: wait4() takes number 0 for "none
 * found, the lock is still held" after it has dropped tasklist_lock.
 */
static bool vx_is_child(struct pid *pid)
{
	struct task_struct *task;
	bool child = false;

	rcu_read_lock();
	task = pid_task(pid, PIDTYPE_PID);
	if (task)
		child = same_thread_group(rcu_dereference(task->real_parent),
					  current) ||
			same_thread_group(rcu_dereference(task->parent),
					  current);
	rcu_read_unlock();
	return child;
}

/**
 * __vs_pid_visible - May the calling guest know of a process?
 * @pid: any process
 *
 * Any context, also NMI (perf).
 *
 * Return: true if it belongs to the caller's context or is its child.
 */
bool __vs_pid_visible(struct pid *pid)
{
	return vx_owns_pid(pid) || vx_is_child(pid);
}

/**
 * __vs_find_pid - Filter a number that was looked up
 * @nr: the number
 * @ns: PID namespace of @nr
 * @pid: what the kernel found, may be NULL
 *
 * Caller holds rcu_read_lock() or tasklist_lock. An init that is gone leaves
 * number 1 unused.
 *
 * Return: the process the calling guest means, or NULL.
 */
struct pid *__vs_find_pid(int nr, struct pid_namespace *ns, struct pid *pid)
{
	if (nr == 1) {
		struct pid *init = vx_mapped_init(ns);

		if (init)
			return pid_has_task(init, PIDTYPE_TGID) ? init : NULL;
	}
	return pid && __vs_pid_visible(pid) ? pid : NULL;
}

/**
 * __vs_pid_nr - The number of a process as the calling guest sees it
 * @pid: the process
 * @ns: PID namespace of the viewer
 * @nr: its number there
 *
 * An exiting init reports its real number: its parent is outside, and
 * do_notify_parent() runs in the child.
 *
 * Return: 0 for a foreign process, 1 for init, else @nr.
 */
int __vs_pid_nr(struct pid *pid, struct pid_namespace *ns, int nr)
{
	if (unlikely(!vx_owns_pid(pid)))
		return vx_is_child(pid) ? nr : 0;
	if (unlikely(pid == vx_init_map()) && ns_of_pid(pid) == ns &&
	    !current->exit_state)
		return 1;
	return nr;
}

/**
 * __vs_find_ge_pid - The next process of the calling guest, for listings
 * @nr: lowest number wanted
 * @ns: PID namespace that is listed
 *
 * Caller holds rcu_read_lock(). Init comes first, as 1, and not again.
 *
 * Return: the process with the lowest number >= @nr, or NULL.
 */
struct pid *__vs_find_ge_pid(int nr, struct pid_namespace *ns)
{
	struct pid *init = vx_mapped_init(ns);
	struct pid *pid;

	if (init && nr <= 1 && pid_has_task(init, PIDTYPE_TGID))
		return init;
	while ((pid = idr_get_next(&ns->idr, &nr))) {
		if (pid != init && vx_owns_pid(pid))
			break;
		nr++;
	}
	return pid;
}

/**
 * __vs_proc_revalidate - Is a cached /proc/<pid> dentry right for the viewer?
 * @task: the living task it names
 * @dentry: the dentry; its name is stable or the walk is retried
 *
 * Dentries are shared by all viewers of a proc mount, and "1" names another
 * process for each guest and for the host. Runs under rcu_read_lock().
 *
 * Return: 1 right, -ENOENT for a process the viewer must not know (0 would
 * throw away the host's dentry), 0 for a "1" that has to be looked up again.
 */
int __vs_proc_revalidate(struct task_struct *task, const struct dentry *dentry)
{
	bool own = READ_ONCE(task->vs_id) == current->vs_id || !current->vs_id;
	struct pid *init = NULL;

	if (dentry->d_name.len != 1 || dentry->d_name.name[0] != '1')
		return own ? 1 : -ENOENT;

	if (current->vs_id)
		init = vx_mapped_init(task_active_pid_ns(current));
	if (init)
		return task_tgid(task) == init ? 1 : 0;
	if (!own)
		return -ENOENT;
	/* the name was resolved by a member of a guest, for its own init */
	return pid_nr_ns(task_pid(task), proc_pid_ns(dentry->d_sb)) == 1 ? 1 : 0;
}

/* Readers under RCU may still look at a pid that was replaced. */
static void vx_put_old_pid(struct pid *old)
{
	if (!old)
		return;
	synchronize_rcu();
	put_pid(old);
}

/**
 * vx_set_init - Make a process the guest's init
 * @vxi: its context
 * @pid: thread group
 *
 * An init that lives stays; one that died may be followed by another in a
 * persistent context. May sleep.
 */
void vx_set_init(struct vx_info *vxi, struct pid *pid)
{
	struct pid *old;

	spin_lock(&vxi->lock);
	old = rcu_dereference_protected(vxi->initpid,
					lockdep_is_held(&vxi->lock));
	if (old && pid_has_task(old, PIDTYPE_TGID)) {
		old = NULL;
	} else {
		rcu_assign_pointer(vxi->initpid, get_pid(pid));
		if (vx_flag(vxi, VXF_INFO_INIT))
			WRITE_ONCE(vxi->init_map, pid);
	}
	spin_unlock(&vxi->lock);
	vx_put_old_pid(old);
}

/**
 * vx_set_reaper - Make a process the one that adopts the guest's orphans
 * @vxi: its context
 * @pid: thread group
 */
void vx_set_reaper(struct vx_info *vxi, struct pid *pid)
{
	struct pid *old;

	spin_lock(&vxi->lock);
	old = rcu_replace_pointer(vxi->reaper, get_pid(pid),
				  lockdep_is_held(&vxi->lock));
	spin_unlock(&vxi->lock);
	vx_put_old_pid(old);
}

/* A thread of @pid's group that will live on; under tasklist_lock. */
static struct task_struct *vx_alive_thread(struct pid *pid)
{
	struct task_struct *leader = pid_task(pid, PIDTYPE_TGID);
	struct task_struct *t;

	if (!leader)
		return NULL;
	for_each_thread(leader, t)
		if (!(t->flags & PF_EXITING))
			return t;
	return NULL;
}

static bool vx_foreign_children(struct task_struct *father)
{
	struct task_struct *child;

	list_for_each_entry(child, &father->children, sibling)
		if (vx_task_serial(child) != vx_task_serial(father))
			return true;
	return false;
}

/*
 * Whoever adopts must not descend from the one whose children he gets, or the
 * family tree has a loop. Under tasklist_lock.
 */
static bool vx_descends(struct task_struct *own, struct task_struct *father)
{
	for (; own != &init_task && own->pid > 1;
	     own = rcu_dereference_protected(own->real_parent, true))
		if (same_thread_group(own, father))
			return true;
	return false;
}

/**
 * __vs_new_reaper - Who adopts the children of an exiting guest process
 * @father: the exiting process, current
 * @reaper: the kernel's choice
 *
 * Runs under tasklist_lock. Threads and subreapers inside the context stay;
 * a choice outside is replaced by the guest's reaper. This also serves
 * processes that entered later, whose parents lead to the host. A child of
 * another context (made by a process that entered afterwards) must not fall
 * to a guest: then the kernel's choice stands.
 */
struct task_struct *__vs_new_reaper(struct task_struct *father,
				    struct task_struct *reaper)
{
	struct vx_info *vxi = vx_current();
	struct task_struct *own = NULL;
	struct pid *pid;

	if (vx_task_serial(reaper) == vx_task_serial(father) || !vxi)
		return reaper;
	rcu_read_lock();
	pid = rcu_dereference(vxi->reaper);
	if (pid && task_pid(father)->level >= pid->level &&
	    task_pid(father)->numbers[pid->level].ns == ns_of_pid(pid))
		own = vx_alive_thread(pid);
	rcu_read_unlock();
	if (!own || vx_descends(own, father) || vx_foreign_children(father))
		return reaper;
	return own;
}

static bool vx_is_init(struct vx_info *vxi, struct task_struct *tsk)
{
	return rcu_access_pointer(vxi->initpid) == task_tgid(tsk);
}

/**
 * __vs_exit_task - Count an exiting member out
 * @tsk: current
 * @group_dead: it is the last thread of its process
 * @code: wait status word
 *
 * After the files are closed, before the parent is told; must not sleep for
 * others: notifications go through work items.
 */
void __vs_exit_task(struct task_struct *tsk, int group_dead, long code)
{
	struct vx_info *vxi = tsk->vs_vxi;

	if (tsk->vs_nxi)
		nx_leave(tsk->vs_nxi);
	if (!vxi)
		return;
	if (group_dead) {
		WRITE_ONCE(vxi->exit_code, (int)code);
		if (vx_is_init(vxi, tsk) && vx_flag(vxi, VXF_REBOOT_KILL))
			vx_kill_all_later(vxi);
	}
	vx_leave(vxi);
}
