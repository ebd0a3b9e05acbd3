// SPDX-License-Identifier: GPL-2.0-only
/*
 * vshelper: the program the kernel runs in the host when a guest reboots,
 * starts or ends (spec/abi.md section 12).
 */

#include <linux/completion.h>
#include <linux/kmod.h>
#include <linux/pid.h>
#include <linux/reboot.h>
#include <linux/sched/signal.h>
#include <linux/umh.h>

#include "../network/network.h"
#include "context.h"

#define VX_HELPER_PATH	256
#define VX_HELPER_ENV	7

enum {
	VX_EVENT_STARTUP = 1,
	VX_EVENT_SHUTDOWN = 2,
	VX_EVENT_NETUP = 3,
	VX_EVENT_NETDOWN = 4,
};

/**
 * struct vx_event - one call of the helper
 * @action: its first argument
 * @id: number of the context it is about, its second argument
 * @cmd: VS_CMD
 * @uid: VS_UID of the process that asked for a reboot
 * @pid: VS_PID, number in the initial PID namespace, 0: leave both out
 * @wait: UMH_WAIT_EXEC or UMH_WAIT_PROC
 * @work: runs it in the host when the caller is a guest
 * @done: completed by @work
 * @ret: result
 */
struct vx_event {
	const char *action;
	u32 id;
	u32 cmd;
	u32 uid;
	int pid;
	int wait;
	struct work_struct work;
	struct completion done;
	int ret;
};

/*
 * Host context only: a guest may not start programs of the host.
 * Returns the exit status word, -errno, or -ENOENT without a helper.
 */
static int vx_event_call(struct vx_event *ev)
{
	char path[VX_HELPER_PATH], id[12], uid[20], pid[20], cmd[20];
	char *argv[] = { path, (char *)ev->action, id, NULL };
	char *envp[VX_HELPER_ENV] = {
		(char *)"HOME=/",
		(char *)"TERM=linux",
		(char *)"PATH=/sbin:/usr/sbin:/bin:/usr/bin",
	};
	int n = 3;

	vx_helper_path_get(path);
	if (!path[0])
		return -ENOENT;
	snprintf(id, sizeof(id), "%u", ev->id);
	if (ev->pid) {
		snprintf(uid, sizeof(uid), "VS_UID=%u", ev->uid);
		snprintf(pid, sizeof(pid), "VS_PID=%d", ev->pid);
		envp[n++] = uid;
		envp[n++] = pid;
	}
	snprintf(cmd, sizeof(cmd), "VS_CMD=%08x", ev->cmd);
	envp[n++] = cmd;
	return call_usermodehelper(path, argv, envp, ev->wait);
}

static void vx_event_work(struct work_struct *work)
{
	struct vx_event *ev = container_of(work, struct vx_event, work);

	ev->ret = vx_event_call(ev);
	complete(&ev->done);
}

/* From a guest: let a worker of the host make the call. */
static int vx_event_call_for_guest(struct vx_event *ev)
{
	INIT_WORK_ONSTACK(&ev->work, vx_event_work);
	init_completion(&ev->done);
	queue_work(system_unbound_wq, &ev->work);
	wait_for_completion(&ev->done);
	destroy_work_on_stack(&ev->work);
	return ev->ret;
}

/* An event that waits for the end of the helper; no helper is no error. */
static int vx_helper_event(const char *action, u32 id, u32 cmd)
{
	struct vx_event ev = {
		.action = action, .id = id, .cmd = cmd, .wait = UMH_WAIT_PROC,
	};
	int ret = vx_event_call(&ev);

	return ret == -ENOENT && !vx_helper_configured() ? 0 : ret;
}

/**
 * vx_helper_state - Tell the helper that a context starts or has ended
 * @vxi: context, counted
 * @startup: true for startup, false for shutdown
 *
 * Host context; sleeps until the helper exits.
 *
 * Return: 0 if there is no helper or it exited with 0, else not 0.
 */
int vx_helper_state(struct vx_info *vxi, bool startup)
{
	return startup ? vx_helper_event("startup", vxi->xid, VX_EVENT_STARTUP) :
			 vx_helper_event("shutdown", vxi->xid,
					 VX_EVENT_SHUTDOWN);
}

/**
 * nx_helper - Tell the helper that a network context starts or has ended
 * @nxi: network context, counted
 * @up: true for netup, false for netdown
 *
 * Host context; sleeps until the helper exits.
 *
 * Return: 0 if there is no helper or it exited with 0, else not 0.
 */
int nx_helper(struct nx_info *nxi, bool up)
{
	return up ? vx_helper_event("netup", nxi->nid, VX_EVENT_NETUP) :
		    vx_helper_event("netdown", nxi->nid, VX_EVENT_NETDOWN);
}

/* reboot(2) command words and what they become; NULL: nothing to do */
static const struct {
	u32 cmd;
	const char *action;
} vx_reboot_actions[] = {
	{ LINUX_REBOOT_CMD_RESTART, "restart" },
	{ LINUX_REBOOT_CMD_HALT, "halt" },
	{ LINUX_REBOOT_CMD_POWER_OFF, "poweroff" },
	{ LINUX_REBOOT_CMD_SW_SUSPEND, "swsusp" },
	{ LINUX_REBOOT_CMD_CAD_ON, NULL },
	{ LINUX_REBOOT_CMD_CAD_OFF, NULL },
	{ LINUX_REBOOT_CMD_RESTART2, NULL },
	{ LINUX_REBOOT_CMD_KEXEC, NULL },
};

static int vx_reboot_action(u32 cmd, const char **action)
{
	for (size_t i = 0; i < ARRAY_SIZE(vx_reboot_actions); i++) {
		if (vx_reboot_actions[i].cmd == cmd) {
			*action = vx_reboot_actions[i].action;
			return 0;
		}
	}
	return -EINVAL;
}

/* One helper at a time per context; wait_exit waits for it. */
static int vx_reboot_helper(struct vx_info *vxi, u32 cmd, const char *action)
{
	struct vx_event ev = {
		.action = action,
		.id = vxi->xid,
		.cmd = cmd,
		.uid = from_kuid(&init_user_ns, current_uid()),
		.pid = task_tgid_nr(current),
		.wait = UMH_WAIT_EXEC,
	};
	int ret;

	if (test_and_set_bit(VXS_HELPER, &vxi->state))
		return -EAGAIN;
	ret = vx_event_call_for_guest(&ev) ? -EPERM : 0;
	if (!ret)
		WRITE_ONCE(vxi->reboot_cmd, (int)cmd);
	clear_bit(VXS_HELPER, &vxi->state);
	wake_up_all(&vxi->wait);
	return ret;
}

/**
 * __vs_reboot - reboot(2) of a guest
 * @cmd: command word; capability and magic numbers are checked already
 * @arg: argument of RESTART2, unused
 *
 * The host never reboots. Process context.
 *
 * Return: 0; -EINVAL for an unknown word; -EAGAIN while another helper is
 * being started; -EPERM if the helper cannot be run (nothing happens then).
 */
int __vs_reboot(unsigned int cmd, void __user *arg)
{
	struct vx_info *vxi = vx_current();
	const char *action;
	int ret;

	if (cmd == LINUX_REBOOT_CMD_POWER_OFF && !kernel_can_power_off())
		cmd = LINUX_REBOOT_CMD_HALT;
	ret = vx_reboot_action(cmd, &action);
	if (ret || !action)
		return ret;
	ret = vx_reboot_helper(vxi, cmd, action);
	if (ret || cmd == LINUX_REBOOT_CMD_SW_SUSPEND)
		return ret;
	if (vx_flag(vxi, VXF_REBOOT_KILL)) {
		/* the caller is hit as well and does not return to user mode */
		vx_kill(vxi, 0, SIGKILL);
		vx_kill_all_later(vxi);
	}
	return 0;
}
