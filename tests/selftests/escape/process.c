// SPDX-License-Identifier: GPL-2.0-only
/* Into a process of the host, and over its terminal. */
#include "escape.h"
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/uio.h>

#define FAMILY "process"

ESCAPE_CASE_ALWAYS(signal, ESRCH, "signal a host process")
{
	return verdict(kill(env->victim, 0));
}

ESCAPE_CASE_ALWAYS(ptrace, ESRCH, "trace a host process and read its secret")
{
	char buf[32];

	if (ptrace(PTRACE_SEIZE, env->victim, NULL, NULL))
		return REFUSED;
	if (ptrace(PTRACE_INTERRUPT, env->victim, NULL, NULL))
		return REFUSED;
	waitpid(env->victim, NULL, __WALL);
	for (size_t i = 0; i < sizeof(buf) / sizeof(long); i++)
		((long *)buf)[i] = ptrace(PTRACE_PEEKDATA, env->victim,
					  env->secret_at + i * sizeof(long), NULL);
	ptrace(PTRACE_DETACH, env->victim, NULL, NULL);
	return strcmp(buf, env->secret) ? refused(0) : REACHED;
}

ESCAPE_CASE_ALWAYS(vm_read, ESRCH, "copy a host process' memory")
{
	char buf[32];
	struct iovec mine = { buf, sizeof(buf) };
	struct iovec its = { (void *)env->secret_at, sizeof(buf) };

	if (process_vm_readv(env->victim, &mine, 1, &its, 1, 0) < 0)
		return REFUSED;
	return strcmp(buf, env->secret) ? refused(0) : REACHED;
}

ESCAPE_CASE_ALWAYS(proc_mem, ENOENT, "a host process' memory by /proc")
{
	int fd = open_proc(env->victim, "mem", O_RDWR);
	char buf[32];

	if (fd < 0)
		return REFUSED;
	if (pread(fd, buf, sizeof(buf), env->secret_at) != sizeof(buf))
		return REFUSED;
	return strcmp(buf, env->secret) ? refused(0) : REACHED;
}

ESCAPE_CASE_ALWAYS(proc_environ, ENOENT, "a host process' environment")
{
	return verdict(open_proc(env->victim, "environ", O_RDONLY));
}

ESCAPE_CASE_ALWAYS(pidfd, ESRCH, "a handle of a host process, and its files")
{
	int fd = syscall(SYS_pidfd_open, env->victim, 0);

	if (fd < 0)
		return REFUSED;
	return verdict(syscall(SYS_pidfd_getfd, fd, 0, 0));
}

ESCAPE_CASE_ALWAYS(setns, ENOENT, "join a namespace of a host process")
{
	int fd = open_proc(env->victim, "ns/uts", O_RDONLY);

	return fd < 0 ? REFUSED : verdict(setns(fd, 0));
}

ESCAPE_CASE_ALWAYS(prlimit, ESRCH, "change a limit of a host process")
{
	struct rlimit lim;

	if (prlimit(env->victim, RLIMIT_CORE, NULL, &lim))
		return REFUSED;
	return verdict(prlimit(env->victim, RLIMIT_CORE, &lim, NULL));
}

ESCAPE_CASE_ALWAYS(priority, ESRCH, "slow a host process down")
{
	return verdict(setpriority(PRIO_PROCESS, env->victim, 0));
}

ESCAPE_CASE_ALWAYS(affinity, ESRCH, "pin a host process")
{
	cpu_set_t set;

	if (sched_getaffinity(0, sizeof(set), &set))
		return REFUSED;
	return verdict(sched_setaffinity(env->victim, sizeof(set), &set));
}

ESCAPE_CASE_ALWAYS(readdir, 0, "a host process in the listing of /proc")
{
	char buf[32768], name[16];
	int fd = open("/proc", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	long n;

	snprintf(name, sizeof(name), "%d", env->victim);
	if (fd < 0)
		return REFUSED;
	while ((n = syscall(SYS_getdents64, fd, buf, sizeof(buf))) > 0) {
		for (long at = 0; at < n; at += *(unsigned short *)(buf + at + 16))
			if (!strcmp(buf + at + 19, name))
				return REACHED;
	}
	return refused(0);
}

/* Who enters a guest is out of its reach until the first exec -------------------- */

ESCAPE_CASE_ALWAYS(bait_signal, ESRCH, "signal a process that is entering")
{
	return verdict(kill(env->bait, 0));
}

ESCAPE_CASE_ALWAYS(bait_trace, ESRCH, "trace a process that is entering")
{
	if (ptrace(PTRACE_SEIZE, env->bait, NULL, NULL))
		return REFUSED;
	if (ptrace(PTRACE_INTERRUPT, env->bait, NULL, NULL))
		return REFUSED;
	waitpid(env->bait, NULL, __WALL);
	return verdict(ptrace(PTRACE_DETACH, env->bait, NULL, NULL));
}

ESCAPE_CASE_ALWAYS(bait_memory, ENOENT, "the memory of a process that is entering")
{
	char buf[32];
	int fd = open_proc(env->bait, "mem", O_RDWR);

	if (fd < 0)
		return REFUSED;
	if (pread(fd, buf, sizeof(buf), env->secret_at) != sizeof(buf))
		return REFUSED;
	return strcmp(buf, env->secret) ? refused(0) : REACHED;
}

ESCAPE_CASE_ALWAYS(bait_program, ENOENT, "the host's program of a process that is entering")
{
	return verdict(open_proc(env->bait, "exe", O_RDONLY));
}

ESCAPE_CASE_ALWAYS(bait_files, ENOENT, "the descriptors of a process that is entering")
{
	return verdict(open_proc(env->bait, "fd/0", O_RDONLY));
}

ESCAPE_CASE_ALWAYS(bait_root, ENOENT, "the root directory of a process that is entering")
{
	return verdict(open_proc(env->bait, "root/.", O_RDONLY));
}

ESCAPE_CASE_ALWAYS(bait_pidfd, ESRCH, "a handle of a process that is entering")
{
	return verdict(syscall(SYS_pidfd_open, env->bait, 0));
}

/* It returns success: what matters is that the victim lives, see main.c. */
ESCAPE_CASE_ALONE(kill_all, 0, "kill everybody (the host would obey)")
{
	if (!env->confined)
		return UNAVAILABLE;
	signal(SIGUSR1, SIG_IGN);
	if (kill(-1, SIGUSR1) && errno != ESRCH)
		return REFUSED;
	return kill(env->victim, 0) ? refused(0) : REACHED;
}

ESCAPE_CASE_ALONE(kill_init, EPERM, "kill the own init (the host has another)")
{
	return env->confined ? verdict(kill(1, SIGKILL)) : UNAVAILABLE;
}

/* The admin's terminal ---------------------------------------------------------- */

#ifndef TIOCSTI
#define TIOCSTI 0x5412
#endif

ESCAPE_CASE(tty_input, EPERM, "type into the admin's terminal")
{
	return verdict(ioctl(env->tty, TIOCSTI, "x"));
}

ESCAPE_CASE(tty_input_32, EPERM, "the same by the 32-bit entry")
{
	static char c = 'x';

	return verdict(call32(54, env->tty, TIOCSTI, (long)&c));
}

ESCAPE_CASE_ALWAYS(signal_32, ESRCH, "signal a host process by the 32-bit entry")
{
	return verdict(call32(37, env->victim, 0, 0));
}

ESCAPE_CASE_ALWAYS(tty_steal, EPERM, "take the admin's terminal as the own")
{
	setsid();
	return verdict(ioctl(env->tty, TIOCSCTTY, 1));
}

ESCAPE_CASE_ALWAYS(tty_console, EPERM, "redirect the console to a terminal")
{
	int ret = verdict(ioctl(env->tty, TIOCCONS, 0));

	/* one redirection at a time */
	return ret == REFUSED && errno == EBUSY ? REACHED : ret;
}
