// SPDX-License-Identifier: GPL-2.0-only
/*
 * ctx_kill and wait_exit: the end of a guest, seen from the host
 * (spec/abi.md 8.5).
 */

#include <linux/delay.h>
#include <linux/pid.h>
#include <linux/pid_namespace.h>
#include <linux/sched/signal.h>
#include <linux/sched/task.h>

#include "../switch.h"
#include "context.h"

static bool vx_is_member(struct vx_info *vxi, struct task_struct *p)
{
	return vx_task_serial(p) == vxi->id && atomic_read(&p->signal->live);
}

static int vx_signal(struct task_struct *p, int sig)
{
	return group_send_sig_info(sig, SEND_SIG_PRIV, p, PIDTYPE_TGID);
}

/* Every process of the context but @except. Under tasklist_lock. */
static int vx_signal_members(struct vx_info *vxi, int sig, struct pid *except)
{
	struct task_struct *p;
	int ret = -ESRCH;

	for_each_process(p) {
		int err;

		if (!vx_is_member(vxi, p) || task_tgid(p) == except ||
		    task_tgid_nr(p) <= 1)
			continue;
		err = vx_signal(p, sig);
		if (err != -EPERM || ret == -ESRCH)
			ret = err;
	}
	return ret;
}

/**
 * vx_kill - Send a signal to members, as the kernel
 * @vxi: context, counted
 * @nr: 0 all, -1 all but init, 1 init, else one host process number
 * @sig: signal, 0 to test
 *
 * No permission is asked and init is not protected.
 *
 * Return: 0 or the error of the last delivery; -ESRCH without a target.
 */
int vx_kill(struct vx_info *vxi, int nr, int sig)
{
	struct task_struct *p = NULL;
	int ret = -ESRCH;
	struct pid *init;

	read_lock(&tasklist_lock);
	init = rcu_dereference_check(vxi->initpid,
				     lockdep_is_held(&tasklist_lock));
	switch (nr) {
	case 0:
		ret = vx_signal_members(vxi, sig, NULL);
		break;
	case -1:
		ret = vx_signal_members(vxi, sig, init);
		break;
	case 1:
		p = init ? pid_task(init, PIDTYPE_TGID) : NULL;
		break;
	default:
		if (nr > 1)
			p = pid_task(find_pid_ns(nr, &init_pid_ns),
				     PIDTYPE_TGID);
	}
	if (p && vx_is_member(vxi, p))
		ret = vx_signal(p, sig);
	read_unlock(&tasklist_lock);
	return ret;
}

/* One round, unless the last member has left. False: nothing left to do. */
static bool vx_kill_round(struct vx_info *vxi)
{
	bool more;

	/* the lock keeps out members of a persistent context's next life */
	spin_lock(&vxi->lock);
	more = test_bit(VXS_KILL, &vxi->state);
	if (more)
		vx_kill(vxi, 0, SIGKILL);
	spin_unlock(&vxi->lock);
	return more;
}

/**
 * vx_kill_work - Kill every member, including those that are being forked
 * @work: vx_info.kill_work, holds a reference
 *
 * VXS_KILL makes new forks fail, so the rounds end; a fork that passed the
 * test before the bit was set is found by the next round. The last member to
 * leave clears the bit.
 */
void vx_kill_work(struct work_struct *work)
{
	struct vx_info *vxi = container_of(work, struct vx_info, kill_work);

	while (vx_kill_round(vxi))
		msleep(20);
	vx_put(vxi);
}

/**
 * vx_kill_all_later - End a context from a place that cannot sleep
 * @vxi: context, counted
 */
void vx_kill_all_later(struct vx_info *vxi)
{
	set_bit(VXS_KILL, &vxi->state);
	vx_get(vxi);
	if (!queue_work(system_unbound_wq, &vxi->kill_work))
		vx_put(vxi);
}

static bool vx_init_lives(struct vx_info *vxi)
{
	struct pid *pid;
	bool lives;

	rcu_read_lock();
	pid = rcu_dereference(vxi->initpid);
	lives = pid && pid_has_task(pid, PIDTYPE_TGID);
	rcu_read_unlock();
	return lives;
}

/* Without STATE_ADMIN only a guest's init may still be asked to stop. */
static int vx_kill_shut(struct vx_info *vxi, int nr, int *sig)
{
	bool init = vx_init_lives(vxi);

	if (nr > 1 || (nr < 1 && init))
		return -EACCES;
	if (*sig && nr == 1 && atomic_read(&vxi->tasks) > 1)
		*sig = SIGINT;
	return 0;
}

int vc_ctx_kill(struct vc_call *c)
{
	const struct vcmd_ctx_kill *d = c->data;
	int sig = d->sig;
	int ret = 0;

	if (sig < 0 || sig > SIGRTMAX)
		return -EINVAL;
	if (!vx_flag(c->vxi, VXF_STATE_ADMIN))
		ret = vx_kill_shut(c->vxi, d->pid, &sig);
	return ret ? ret : vx_kill(c->vxi, d->pid, sig);
}

static bool vx_ended(struct vx_info *vxi)
{
	return test_bit(VXS_RELEASED, &vxi->state) &&
	       !test_bit(VXS_HELPER, &vxi->state);
}

int vc_wait_exit(struct vc_call *c)
{
	struct vcmd_wait_exit *d = c->data;
	int ret;

	ret = wait_event_interruptible(c->vxi->wait, vx_ended(c->vxi));
	d->reboot_cmd = READ_ONCE(c->vxi->reboot_cmd);
	d->exit_code = READ_ONCE(c->vxi->exit_code);
	return ret;
}
