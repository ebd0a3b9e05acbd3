// SPDX-License-Identifier: GPL-2.0-only
/* New namespaces: fresh capabilities, fresh kernel code to attack. */
#include "escape.h"
#include <linux/sched.h>

#define FAMILY "namespace"

ESCAPE_CASE_ALWAYS(user, EPERM, "a user namespace: all capabilities in it")
{
	return verdict(unshare(CLONE_NEWUSER));
}

ESCAPE_CASE_ALWAYS(user_clone, EPERM, "the same by clone3")
{
	struct clone_args args = { .flags = CLONE_NEWUSER, .exit_signal = SIGCHLD };
	long pid = syscall(SYS_clone3, &args, sizeof(args));

	if (pid == 0)
		_exit(0);
	return verdict(pid);
}

ESCAPE_CASE_ALWAYS(user_as_nobody, EPERM, "the same without any privilege")
{
	if (setgid(65534) || setuid(65534))
		return UNAVAILABLE;
	return verdict(unshare(CLONE_NEWUSER));
}

ESCAPE_CASE_ALWAYS(user_net, EPERM, "a user and a network namespace at once")
{
	return verdict(unshare(CLONE_NEWUSER | CLONE_NEWNET));
}

#define NAMESPACE_CASE(_name, _flag) \
	ESCAPE_CASE(_name, EPERM, "a new namespace: " #_name) \
	{ \
		return verdict(unshare(_flag)); \
	}

NAMESPACE_CASE(mnt, CLONE_NEWNS)
NAMESPACE_CASE(net, CLONE_NEWNET)
NAMESPACE_CASE(pid, CLONE_NEWPID)
NAMESPACE_CASE(uts, CLONE_NEWUTS)
NAMESPACE_CASE(ipc, CLONE_NEWIPC)
NAMESPACE_CASE(cgroup, CLONE_NEWCGROUP)

ESCAPE_CASE(set_tid, EPERM, "choose a process number")
{
	pid_t tid = 32000;	/* far from those in use */
	struct clone_args args = {
		.exit_signal = SIGCHLD, .set_tid = (long)&tid, .set_tid_size = 1,
	};
	long pid = syscall(SYS_clone3, &args, sizeof(args));

	if (pid == 0)
		_exit(0);
	return verdict(pid);
}
