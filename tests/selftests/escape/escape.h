/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The escape suite: what a break-out kit would try as root of a guest.
 *
 * A case is a function that runs twice, in the same root directory: in a
 * confined guest, where it has to be refused with one certain errno, and as
 * root of the host (its control), where it has to get through.  See README.md.
 */
#ifndef _VS_ESCAPE_H
#define _VS_ESCAPE_H

#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/vserver.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <unistd.h>

/* What a case returns. */
enum {
	REFUSED = 0,		/* errno says how */
	REACHED = 1,
	UNAVAILABLE = 2,	/* this kernel or machine has no such thing */
};

/* Which control proves that the attempt is a real one. */
enum escape_control {
	CONTROL_PIVOT,		/* host, root directory entered like the guest's */
	CONTROL_CHROOT,		/* host, root directory entered by chroot(2) only */
	CONTROL_NONE,		/* it would end the machine, or mainline refuses, too */
};

/* All a break-out kit may have learnt about the outside. */
struct escape_env {
	bool confined;
	pid_t victim;		/* host process, same uid, same program */
	pid_t bait;		/* entered the guest, no exec there yet; same secret */
	unsigned long secret_at;/* where they keep the secret */
	char secret[32];
	char path[128];		/* host path of a file with the secret */
	unsigned long root_dev, root_ino;	/* the host's root directory */
	int tty;		/* descriptor of a terminal of the host */
	unsigned long long mnt_ns;	/* mount namespace of the victim */
	int shm, key;		/* System V id, key serial of the host */
	unsigned int xid, other;/* own contexts, another guest's */
};

/* Addresses of the machine: the host's, the guest's, the other guest's. */
#define HOST_IP		"203.0.113.1"
#define GUEST_IP	"203.0.113.2"
#define OTHER_IP	"203.0.113.3"
#define HOST_IP6	"2001:db8::1"
#define GUEST_IP6	"2001:db8::2"
#define OTHER_IP6	"2001:db8::3"
#define HIDDEN_IP	"192.0.2.1"	/* on HIDDEN_DEV */
#define ESCAPE_DEV	"escape0"
#define HIDDEN_DEV	"escape1"
/* The host's servers, on all its addresses; one on 127.0.0.1 alone */
#define HOST_PORT	4660
#define HOST_LO_PORT	4661
#define HOST_NAME	"escape-host-name"	/* an abstract one */

struct escape_case {
	const char *family, *name, *what;
	int (*attempt)(const struct escape_env *env);
	int refusal;		/* errno; 0: "works", but reaches nothing */
	enum escape_control control;
	bool always;		/* holds for a guest with every capability, too */
};

/* Registration: the cases stand in a section of their own. */
#define __ESCAPE_CASE(_name, _refusal, _what, _control, _always) \
	static int escape_##_name(const struct escape_env *env); \
	static const struct escape_case escape_case_##_name = { \
		FAMILY, #_name, _what, escape_##_name, _refusal, _control, _always \
	}; \
	static const struct escape_case *const escape_ptr_##_name \
	__attribute__((used, section("escape_cases"))) = &escape_case_##_name; \
	static int escape_##_name(const struct escape_env *env __attribute__((unused)))

/* NAME, errno, description: the usual guest is refused */
#define ESCAPE_CASE(_name, _refusal, _what) \
	__ESCAPE_CASE(_name, _refusal, _what, CONTROL_PIVOT, false)
/* ... and so is one that was given every capability */
#define ESCAPE_CASE_ALWAYS(_name, _refusal, _what) \
	__ESCAPE_CASE(_name, _refusal, _what, CONTROL_PIVOT, true)
/* ... where only chroot(2) can be escaped from */
#define ESCAPE_CASE_CHROOT(_name, _refusal, _what) \
	__ESCAPE_CASE(_name, _refusal, _what, CONTROL_CHROOT, true)
/* ... that the host must not try: say why in _what */
#define ESCAPE_CASE_ALONE(_name, _refusal, _what) \
	__ESCAPE_CASE(_name, _refusal, _what, CONTROL_NONE, true)

/* The usual verdict on a system call; what no kernel of this kind has is no case. */
static inline int verdict(long ret)
{
	if (ret != -1)
		return REACHED;
	switch (errno) {
	case ENOSYS: case ENODEV: case EAFNOSUPPORT: case EPROTONOSUPPORT:
	case EOPNOTSUPP: case ENOTTY:
		return UNAVAILABLE;
	}
	return REFUSED;
}

static inline int refused(int err)
{
	errno = err;
	return REFUSED;
}

/* Does this file hold the secret? */
static inline int holds_secret(const struct escape_env *env, int fd)
{
	char buf[64] = { 0 };
	ssize_t n;

	if (fd < 0)
		return verdict(fd);
	n = read(fd, buf, sizeof(buf) - 1);
	close(fd);
	if (n < 0)
		return REFUSED;
	return strstr(buf, env->secret) ? REACHED : refused(0);
}

/* Open below a directory of /proc/<pid>; -1 and errno. */
static inline int open_proc(pid_t pid, const char *what, int flags)
{
	char path[256];

	snprintf(path, sizeof(path), "/proc/%d/%s", pid, what);
	return open(path, flags | O_CLOEXEC);
}

/*
 * A system call by the 32-bit entry, with i386 numbers; -1 and errno.  What
 * pointers point to has to be static: below 4 GiB.
 */
static inline long call32(long nr, long a, long b, long c)
{
#ifdef __x86_64__
	long ret;

	asm volatile("int $0x80" : "=a" (ret)
		     : "a" (nr), "b" (a), "c" (b), "d" (c), "S" (0L), "D" (0L)
		     : "memory", "r8", "r9", "r10", "r11");
	ret = (int)ret;
	if (ret >= 0)
		return ret;
	errno = -ret;
	return -1;
#else
	errno = ENOSYS;
	return -1;
#endif
}

static inline long vserver(unsigned int cmd, unsigned int id, void *data)
{
#ifdef __x86_64__
	return syscall(236, cmd, id, data);
#else
	return syscall(250, cmd, id, data);
#endif
}

#endif /* _VS_ESCAPE_H */
