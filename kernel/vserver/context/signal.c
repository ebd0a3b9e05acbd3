// SPDX-License-Identifier: GPL-2.0-only
/*
 * Touching another task: signals, tracing, priorities, limits, sessions.
 *
 * The pid filter keeps a guest from *naming* a foreign task. These hooks are
 * for the ways to reach one without naming it: process groups with members
 * of the host, pidfds and /proc descriptors that came from elsewhere, and
 * tasks that are entering. A spectator sees all and touches nothing.
 */

#include <linux/lsm_hooks.h>
#include <linux/pid.h>
#include <linux/ptrace.h>
#include <linux/sched/signal.h>
#include <linux/sched/user.h>

#include "../hooks_init.h"
#include "../setup.h"
#include "context.h"

/*
 * May the calling guest or spectator touch @p? Hosts don't get here.
 * Spectators may touch each other: they are members of context 1.
 */
static noinline int vx_touch(const struct task_struct *p)
{
	u32 id = READ_ONCE(p->vs_id);

	if ((READ_ONCE(p->vs_flags) ^ current->vs_flags) & VS_WATCH)
		return -EPERM;
	/* A program of the host that is entering may handle its children. */
	if (current->vs_id & VS_ENTERING)
		id |= VS_ENTERING;
	return id == current->vs_id ? 0 : -EPERM;
}

static __always_inline bool vx_restricted(void)
{
	return vs_on() && unlikely(current->vs_id | (current->vs_flags & VS_WATCH));
}

static __always_inline int vs_touch(const struct task_struct *p)
{
	return vx_restricted() ? vx_touch(p) : 0;
}

/**
 * vx_ends_init - Would a signal end or stop the init of its guest?
 * @tsk: the target
 * @sig: signal number, not 0
 *
 * Like the init of a PID namespace: what it handles or blocks gets through
 * (many inits block the signals they wait for). Takes no lock; any context
 * under rcu_read_lock() or tasklist_lock.
 *
 * Return: true if @tsk is an init and @sig is deadly for it.
 */
bool vx_ends_init(struct task_struct *tsk, int sig)
{
	struct vx_info *vxi = READ_ONCE(tsk->vs_vxi);
	struct sighand_struct *sighand;
	bool deadly;

	if (!vxi || rcu_access_pointer(vxi->initpid) != task_tgid(tsk))
		return false;
	if (sig == SIGKILL || sig == SIGSTOP)
		return true;
	if (sigismember(&tsk->blocked, sig) ||
	    sigismember(&tsk->real_blocked, sig))
		return false;
	rcu_read_lock();
	sighand = rcu_dereference(tsk->sighand);
	deadly = sighand &&
		 READ_ONCE(sighand->action[sig - 1].sa.sa_handler) == SIG_DFL;
	rcu_read_unlock();
	return deadly;
}

/*
 * kill(2) notes the number the sender has for itself; for a target in another
 * context the sender has none. A signal to a group passes here per target,
 * with one and the same @info.
 */
static void vx_fix_sender(struct kernel_siginfo *info,
			  const struct task_struct *p)
{
	if (info == SEND_SIG_NOINFO || info == SEND_SIG_PRIV ||
	    (info->si_code != SI_USER && info->si_code != SI_TKILL))
		return;
	if (p->vs_id && vx_task_serial(p) != vx_task_serial(current))
		info->si_pid = 0;
	else if (unlikely(!info->si_pid))
		info->si_pid = task_tgid_vnr(current);
}

/*
 * With @cred the sender is somebody else than current (USB completions, in
 * irq context): only the power it was armed with counts.
 */
static int hook_task_kill(struct task_struct *p, struct kernel_siginfo *info,
			  int sig, const struct cred *cred)
{
	int ret;

	if (!vs_on())
		return 0;
	if (cred)
		return !cred->user->vs_id ||
		       cred->user->vs_id == vx_task_serial(p) ? 0 : -EPERM;
	ret = vs_touch(p);
	if (!ret && sig && vs_guest() && vx_ends_init(p, sig))
		ret = -EPERM;
	if (!ret)
		vx_fix_sender(info, p);
	return ret;
}

static int hook_ptrace_access_check(struct task_struct *child,
				    unsigned int mode)
{
	if (!vx_restricted())
		return 0;
	if (vx_is_watch() && !(mode & PTRACE_MODE_ATTACH))
		return 0;
	return vx_touch(child);
}

/* A host parent may trace a guest, never the other way round. */
static int hook_ptrace_traceme(struct task_struct *parent)
{
	if (!vs_on())
		return 0;
	return !parent->vs_id || parent->vs_id == current->vs_id ? 0 : -EPERM;
}

static int hook_task_setnice(struct task_struct *p, int nice)
{
	return vs_touch(p);
}

static int hook_task_setioprio(struct task_struct *p, int ioprio)
{
	return vs_touch(p);
}

static int hook_task_getioprio(struct task_struct *p)
{
	return vx_is_watch() ? 0 : vs_touch(p);
}

static int hook_task_setscheduler(struct task_struct *p)
{
	return vs_touch(p);
}

static int hook_task_getscheduler(struct task_struct *p)
{
	return vx_is_watch() ? 0 : vs_touch(p);
}

static int hook_task_movememory(struct task_struct *p)
{
	return vs_touch(p);
}

static int hook_task_setpgid(struct task_struct *p, pid_t pgid)
{
	/* the caller itself and its children */
	return vs_guest() ? vx_touch(p) : 0;
}

static int hook_task_getpgid(struct task_struct *p)
{
	return vs_guest() ? vx_touch(p) : 0;
}

static int hook_task_getsid(struct task_struct *p)
{
	return vs_guest() ? vx_touch(p) : 0;
}

static int hook_task_prlimit(const struct cred *cred, const struct cred *tcred,
			     unsigned int flags)
{
	if (!vs_on() || cred == tcred)
		return 0;
	if (vx_is_watch() && (flags & LSM_PRLIMIT_WRITE))
		return -EPERM;
	return !cred->user->vs_id || cred->user->vs_id == tcred->user->vs_id ?
	       0 : -EPERM;
}

static struct security_hook_list vx_signal_hooks[] __ro_after_init = {
	LSM_HOOK_INIT(task_kill, hook_task_kill),
	LSM_HOOK_INIT(ptrace_access_check, hook_ptrace_access_check),
	LSM_HOOK_INIT(ptrace_traceme, hook_ptrace_traceme),
	LSM_HOOK_INIT(task_setnice, hook_task_setnice),
	LSM_HOOK_INIT(task_setioprio, hook_task_setioprio),
	LSM_HOOK_INIT(task_getioprio, hook_task_getioprio),
	LSM_HOOK_INIT(task_setscheduler, hook_task_setscheduler),
	LSM_HOOK_INIT(task_getscheduler, hook_task_getscheduler),
	LSM_HOOK_INIT(task_movememory, hook_task_movememory),
	LSM_HOOK_INIT(task_setpgid, hook_task_setpgid),
	LSM_HOOK_INIT(task_getpgid, hook_task_getpgid),
	LSM_HOOK_INIT(task_getsid, hook_task_getsid),
	LSM_HOOK_INIT(task_prlimit, hook_task_prlimit),
};

void __init vx_signal_hooks_init(void)
{
	security_add_hooks(vx_signal_hooks, ARRAY_SIZE(vx_signal_hooks),
			   &vx_lsmid);
}
