// SPDX-License-Identifier: GPL-2.0-only
/*
 * SCHED_PAUSE: a guest that stands still until the flag is cleared.
 *
 * Every member gets a piece of task work that sleeps on the way back to user
 * mode, so nobody is held while he holds a lock of the kernel. A held member
 * can still be killed. A worker walks over the members until all are held: a
 * fork that was under way may bring another one after a walk, but held
 * parents fork no more.
 */

#include <linux/delay.h>
#include <linux/sched/signal.h>
#include <linux/slab.h>
#include <linux/task_work.h>

#include "context.h"

/* Killable, freezable, and not counted as load. */
#define VX_HELD_STATE	(TASK_KILLABLE | TASK_NOLOAD | TASK_FREEZABLE)

/* Runs in the member, before it returns to user mode. */
static void vx_hold(struct callback_head *head)
{
	struct vx_info *vxi = vx_current();

	kfree(head);
	if (current->flags & PF_EXITING) {
		/* nothing could wake it */
		WRITE_ONCE(current->vs_held, 0);
		return;
	}
	atomic_inc(&vxi->held);
	wait_event_state(vxi->wait, !vx_flag(vxi, VXF_SCHED_PAUSE),
			 VX_HELD_STATE);
	WRITE_ONCE(current->vs_held, 0);
	atomic_dec(&vxi->held);
}

/* Under rcu_read_lock(). A failure is made good by the next walk. */
static void vx_hold_task(struct task_struct *t)
{
	struct callback_head *head;

	if ((t->flags & PF_EXITING) || fatal_signal_pending(t) ||
	    cmpxchg(&t->vs_held, 0, 1))
		return;
	head = kmalloc(sizeof(*head), GFP_ATOMIC);
	if (head) {
		init_task_work(head, vx_hold);
		if (!task_work_add(t, head, TWA_SIGNAL))
			return;
		kfree(head);	/* it is exiting */
	}
	WRITE_ONCE(t->vs_held, 0);
}

static void vx_hold_members(struct vx_info *vxi)
{
	struct task_struct *p, *t;

	rcu_read_lock();
	for_each_process_thread(p, t)
		if (vx_task_serial(t) == vxi->id)
			vx_hold_task(t);
	rcu_read_unlock();
}

/**
 * vx_pause_work - Hold every member of a paused context
 * @work: vx_info.pause_work, holds a reference
 */
void vx_pause_work(struct work_struct *work)
{
	struct vx_info *vxi = container_of(work, struct vx_info, pause_work);

	unsigned int delay = 20;

	while (vx_flag(vxi, VXF_SCHED_PAUSE) &&
	       atomic_read(&vxi->held) < atomic_read(&vxi->tasks)) {
		vx_hold_members(vxi);
		msleep(delay);
		/* a stopped member may never come to be held */
		delay = min(delay * 2, 1000U);
	}
	vx_put(vxi);
}

/**
 * vx_pause_changed - Act on a change of SCHED_PAUSE, or on a new member
 * @vxi: context, counted
 */
void vx_pause_changed(struct vx_info *vxi)
{
	if (!vx_flag(vxi, VXF_SCHED_PAUSE)) {
		wake_up_all(&vxi->wait);
		return;
	}
	vx_get(vxi);
	if (!queue_work(system_unbound_wq, &vxi->pause_work))
		vx_put(vxi);
}
