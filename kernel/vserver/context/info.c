// SPDX-License-Identifier: GPL-2.0-only
/*
 * Commands that only read (spec/abi.md 6.1).
 */

#include <linux/capability.h>
#include <linux/pid.h>
#include <linux/pid_namespace.h>
#include <linux/sched/signal.h>

#include "../network/network.h"
#include "../switch.h"
#include "context.h"

int vc_get_version(struct vc_call *c)
{
	return VCI_VERSION;
}

/**
 * vc_config_word - The features that are really built in
 *
 * Return: VCI_* bits; bit 31 is never set (the word passes through an int).
 */
u32 vc_config_word(void)
{
	return VCI_NO_DYNAMIC | VCI_PROC_SECURE | VCI_SPACES | VCI_NETV2;
}

int vc_get_vci(struct vc_call *c)
{
	return vc_config_word();
}

/* Which number of a task is asked for; under RCU. */
typedef u32 (*vx_task_number)(const struct task_struct *task);

static u32 vx_task_xid(const struct task_struct *task)
{
	return READ_ONCE(task->vs_xid);
}

/* File tags are not built yet; no task has one. */
static u32 vx_task_tag(const struct task_struct *task)
{
	return 0;
}

/*
 * A number of process c->id of the initial pid namespace, 0 for the caller.
 * A guest may only ask about itself.
 */
static int vc_task_number(struct vc_call *c, vx_task_number number)
{
	struct task_struct *task;
	int ret = -ESRCH;

	if (!c->id)
		return number(current);
	if (vx_current() && c->id != task_pid_nr(current) &&
	    c->id != task_tgid_nr(current))
		return -EPERM;

	rcu_read_lock();
	task = find_task_by_pid_ns(c->id, &init_pid_ns);
	if (task)
		ret = number(task);
	rcu_read_unlock();
	return ret;
}

int vc_task_xid(struct vc_call *c)
{
	return vc_task_number(c, vx_task_xid);
}

int vc_task_nid(struct vc_call *c)
{
	return vc_task_number(c, nx_task_nid);
}

int vc_task_tag(struct vc_call *c)
{
	return vc_task_number(c, vx_task_tag);
}

/* The host's number of the context's init, 0 for none. */
static u32 vx_init_nr(struct vx_info *vxi)
{
	struct pid *pid;
	u32 nr = 0;

	rcu_read_lock();
	pid = rcu_dereference(vxi->initpid);
	if (pid && pid_has_task(pid, PIDTYPE_TGID))
		nr = pid_nr(pid);
	rcu_read_unlock();
	return nr;
}

int vc_vx_info(struct vc_call *c)
{
	struct vcmd_vx_info *d = c->data;

	d->xid = c->vxi->xid;
	d->initpid = vx_init_nr(c->vxi);
	return 0;
}

int vc_ctx_stat(struct vc_call *c)
{
	struct vcmd_ctx_stat *d = c->data;

	/* without the reference of this very call */
	d->usecnt = refcount_read(&c->vxi->usecnt) - 1;
	d->tasks = atomic_read(&c->vxi->tasks);
	return 0;
}
