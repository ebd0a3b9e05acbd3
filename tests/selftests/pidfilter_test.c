// SPDX-License-Identifier: GPL-2.0-only
/*
 * Every way to name a task by number: from a guest a process of the host and
 * one of another guest must not be there (design/kernel-core.md section 6),
 * own ones must be, and the host reaches everybody.
 *
 * One fixture variant per system call, so each call is a result of its own.
 * Guest "all" has every bit in its bound: the filter is no capability check.
 *
 * Guards against: a system call that finds its target without find_vpid(),
 * and one that fails for another reason than the filter (the twins).
 */
#include "iso.h"
#include <linux/capability.h>
#include <linux/futex.h>
#include <linux/ioprio.h>
#include <linux/kcmp.h>
#include <linux/sockios.h>
#include <sys/ptrace.h>
#include <sys/uio.h>
#include <time.h>

#ifndef NS_GET_PID_IN_PIDNS
#define NS_GET_PID_IN_PIDNS	_IOR(0xb7, 0x8, int)
#endif
#ifndef PR_SCHED_CORE
#define PR_SCHED_CORE		62
#define PR_SCHED_CORE_GET	0
#endif

FIXTURE(pid) {
	struct agent host;	/* a host process with a child */
	struct agent all;	/* a guest whose root may do everything */
	struct agent plain;	/* a guest with the usual bound */
	pid_t hosts, alls;	/* their children */
};

FIXTURE_VARIANT(pid) {
	agent_fn probe;
	long foreign;		/* guest on somebody else's process */
	long own;		/* parent on its child, same context */
	long other;		/* host on a guest's process that is no child */
};

FIXTURE_SETUP(pid)
{
	SKIP_UNLESS_VSERVER();
	ASSERT_EQ(0, agent_start(&self->host));
	ASSERT_EQ(0, agent_start(&self->all, .xid = vs_xid(0), .guest.bcaps = ~0ULL));
	ASSERT_EQ(0, agent_start(&self->plain, .xid = vs_xid(1)));
	self->hosts = CALL(self->host, do_spawn);
	self->alls = CALL(self->all, do_spawn);
	ASSERT_LT(0, self->hosts);
	ASSERT_LT(0, self->alls);
}

FIXTURE_TEARDOWN(pid)
{
}

TEST_F(pid, by_number)
{
	long built = CALL(self->host, variant->probe, self->hosts);
	pid_t plains = CALL(self->plain, do_spawn);

	if (built == -ENOSYS || built == -ENODEV || built == -EOPNOTSUPP)
		SKIP(return, "not in this kernel");
	EXPECT_EQ(variant->own, built);
	EXPECT_EQ(variant->own, CALL(self->all, variant->probe, self->alls));
	EXPECT_EQ(variant->other, CALL(self->host, variant->probe, self->alls));

	EXPECT_EQ(variant->foreign, CALL(self->all, variant->probe, self->hosts));
	EXPECT_EQ(variant->foreign, CALL(self->all, variant->probe, self->host.pid));
	EXPECT_EQ(variant->foreign, CALL(self->all, variant->probe, plains));
	EXPECT_EQ(variant->foreign, CALL(self->plain, variant->probe, self->alls));
	EXPECT_EQ(variant->foreign, CALL(self->plain, variant->probe, self->hosts));
}

/* NAME, errno for a foreign process, for an own child, for the host on a guest */
#define PROBE(_name, _foreign, _own, _other) \
	static long probe_##_name(long pid, long b, long c); \
	FIXTURE_VARIANT_ADD(pid, _name) { \
		.probe = probe_##_name, .foreign = -(_foreign), \
		.own = -(_own), .other = -(_other), \
	}; \
	static long probe_##_name(long pid, long b, long c)

/* Signals ------------------------------------------------------------------ */

PROBE(kill, ESRCH, 0, 0)
{
	return ERR(kill(pid, 0));
}

PROBE(kill_pgrp, ESRCH, 0, 0)
{
	return ERR(kill(-pid, 0));
}

PROBE(tkill, ESRCH, 0, 0)
{
	return ERR(syscall(SYS_tkill, pid, 0));
}

PROBE(tgkill, ESRCH, 0, 0)
{
	return ERR(syscall(SYS_tgkill, pid, pid, 0));
}

PROBE(sigqueue, ESRCH, 0, 0)
{
	return ERR(sigqueue(pid, 0, (union sigval){ 0 }));
}

PROBE(tgsigqueue, ESRCH, 0, 0)
{
	siginfo_t info = { .si_code = SI_QUEUE };

	return ERR(syscall(SYS_rt_tgsigqueueinfo, pid, pid, 0, &info));
}

PROBE(pidfd_open, ESRCH, 0, 0)
{
	int fd = syscall(SYS_pidfd_open, pid, 0);

	if (fd < 0)
		return -errno;
	close(fd);
	return 0;
}

/* Tracing and memory -------------------------------------------------------- */

static long trace(int request, long pid)
{
	if (ptrace(request, pid, NULL, NULL))
		return -errno;
	if (request == PTRACE_SEIZE && ptrace(PTRACE_INTERRUPT, pid, NULL, NULL))
		return -errno;
	if (waitpid(pid, NULL, __WALL) != pid)
		return -errno;
	return ERR(ptrace(PTRACE_DETACH, pid, NULL, NULL));
}

PROBE(ptrace_attach, ESRCH, 0, 0)
{
	return trace(PTRACE_ATTACH, pid);
}

PROBE(ptrace_seize, ESRCH, 0, 0)
{
	return trace(PTRACE_SEIZE, pid);
}

/* A byte that exists at this address in every process of this program. */
static char landmark[1];

static long vm_copy(long pid, bool write)
{
	char c = 0;
	struct iovec mine = { &c, 1 }, its = { landmark, 1 };
	ssize_t n = write ? process_vm_writev(pid, &mine, 1, &its, 1, 0) :
			    process_vm_readv(pid, &mine, 1, &its, 1, 0);

	return n == 1 ? 0 : n < 0 ? -errno : -EIO;
}

PROBE(process_vm_readv, ESRCH, 0, 0)
{
	return vm_copy(pid, false);
}

PROBE(process_vm_writev, ESRCH, 0, 0)
{
	return vm_copy(pid, true);
}

PROBE(kcmp, ESRCH, 0, 0)
{
	long ret = ERR(syscall(SYS_kcmp, getpid(), pid, KCMP_FILE, 0, 0));

	return ret > 0 ? 0 : ret;
}

PROBE(move_pages, ESRCH, 0, 0)
{
	return ERR(syscall(SYS_move_pages, pid, 0, NULL, NULL, NULL, 0));
}

PROBE(migrate_pages, ESRCH, 0, 0)
{
	unsigned long nodes = 1;

	return ERR(syscall(SYS_migrate_pages, pid, 2, &nodes, &nodes));
}

PROBE(get_robust_list, ESRCH, 0, 0)
{
	void *head;
	size_t len;

	return ERR(syscall(SYS_get_robust_list, pid, &head, &len));
}

/* The kernel looks the owner of a PI futex up by number. */
PROBE(futex_pi_owner, ESRCH, EAGAIN, EAGAIN)
{
	__u32 word = pid;

	return ERR(syscall(SYS_futex, &word, FUTEX_TRYLOCK_PI, 0, NULL, NULL, 0));
}

/* Scheduling ----------------------------------------------------------------- */

PROBE(sched_getaffinity, ESRCH, 0, 0)
{
	cpu_set_t set;

	return ERR(sched_getaffinity(pid, sizeof(set), &set));
}

PROBE(sched_setaffinity, ESRCH, 0, 0)
{
	cpu_set_t set;

	if (sched_getaffinity(0, sizeof(set), &set))
		return -errno;
	return ERR(sched_setaffinity(pid, sizeof(set), &set));
}

PROBE(sched_getscheduler, ESRCH, 0, 0)
{
	return ERR(sched_getscheduler(pid));
}

PROBE(sched_setscheduler, ESRCH, 0, 0)
{
	struct sched_param param = { 0 };

	return ERR(sched_setscheduler(pid, SCHED_OTHER, &param));
}

PROBE(sched_getparam, ESRCH, 0, 0)
{
	struct sched_param param;

	return ERR(sched_getparam(pid, &param));
}

PROBE(sched_setparam, ESRCH, 0, 0)
{
	struct sched_param param = { 0 };

	return ERR(sched_setparam(pid, &param));
}

PROBE(sched_getattr, ESRCH, 0, 0)
{
	struct { __u32 size, policy; __u64 rest[6]; } attr;

	return ERR(syscall(SYS_sched_getattr, pid, &attr, sizeof(attr), 0));
}

PROBE(sched_setattr, ESRCH, 0, 0)
{
	struct { __u32 size, policy; __u64 rest[5]; } attr = { sizeof(attr) };

	return ERR(syscall(SYS_sched_setattr, pid, &attr, 0));
}

PROBE(sched_rr_get_interval, ESRCH, 0, 0)
{
	struct timespec ts;

	return ERR(sched_rr_get_interval(pid, &ts));
}

PROBE(core_sched, ESRCH, 0, 0)
{
	unsigned long cookie;
	long ret = ERR(prctl(PR_SCHED_CORE, PR_SCHED_CORE_GET, pid, 0, &cookie));

	return ret == -EINVAL ? -ENOSYS : ret;
}

/* The raw call answers 20 - nice: never an error in disguise. */
static long get_prio(int which, long who)
{
	long ret = ERR(syscall(SYS_getpriority, which, who));

	return ret > 0 ? 0 : ret;
}

PROBE(getpriority, ESRCH, 0, 0)
{
	return get_prio(PRIO_PROCESS, pid);
}

PROBE(setpriority, ESRCH, 0, 0)
{
	return ERR(setpriority(PRIO_PROCESS, pid, 0));
}

PROBE(getpriority_pgrp, ESRCH, 0, 0)
{
	return get_prio(PRIO_PGRP, pid);
}

PROBE(setpriority_pgrp, ESRCH, 0, 0)
{
	return ERR(setpriority(PRIO_PGRP, pid, 0));
}

static long get_ioprio(int which, long who)
{
	long ret = ERR(syscall(SYS_ioprio_get, which, who));

	return ret > 0 ? 0 : ret;
}

PROBE(ioprio_get, ESRCH, 0, 0)
{
	return get_ioprio(IOPRIO_WHO_PROCESS, pid);
}

PROBE(ioprio_get_pgrp, ESRCH, 0, 0)
{
	return get_ioprio(IOPRIO_WHO_PGRP, pid);
}

PROBE(ioprio_set, ESRCH, 0, 0)
{
	return ERR(syscall(SYS_ioprio_set, IOPRIO_WHO_PROCESS, pid,
			   IOPRIO_PRIO_VALUE(IOPRIO_CLASS_BE, 4)));
}

PROBE(ioprio_set_pgrp, ESRCH, 0, 0)
{
	return ERR(syscall(SYS_ioprio_set, IOPRIO_WHO_PGRP, pid,
			   IOPRIO_PRIO_VALUE(IOPRIO_CLASS_BE, 4)));
}

/* Limits, groups, capabilities ------------------------------------------------ */

PROBE(prlimit_get, ESRCH, 0, 0)
{
	struct rlimit lim;

	return ERR(prlimit(pid, RLIMIT_NOFILE, NULL, &lim));
}

PROBE(prlimit_set, ESRCH, 0, 0)
{
	struct rlimit lim;

	if (getrlimit(RLIMIT_CORE, &lim))
		return -errno;
	return ERR(prlimit(pid, RLIMIT_CORE, &lim, NULL));
}

PROBE(getpgid, ESRCH, 0, 0)
{
	long ret = ERR(getpgid(pid));

	return ret > 0 ? 0 : ret;
}

PROBE(getsid, ESRCH, 0, 0)
{
	long ret = ERR(getsid(pid));

	return ret > 0 ? 0 : ret;
}

PROBE(setpgid, ESRCH, 0, ESRCH)
{
	return ERR(setpgid(pid, pid));
}

PROBE(waitid, ECHILD, 0, ECHILD)
{
	siginfo_t info;

	return ERR(waitid(P_PID, pid, &info, WEXITED | WNOHANG));
}

PROBE(waitid_pgrp, ECHILD, 0, ECHILD)
{
	siginfo_t info;

	return ERR(waitid(P_PGID, pid, &info, WEXITED | WNOHANG));
}

PROBE(capget, ESRCH, 0, 0)
{
	struct __user_cap_header_struct hdr = {
		.version = _LINUX_CAPABILITY_VERSION_3, .pid = pid,
	};
	struct __user_cap_data_struct d[2];

	return ERR(syscall(SYS_capget, &hdr, d));
}

/* Owners of files, timers -------------------------------------------------------- */

static long with_socket(long (*fn)(int sock, long pid), long pid)
{
	int sock = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	long ret;

	if (sock < 0)
		return -errno;
	ret = fn(sock, pid);
	close(sock);
	return ret;
}

static long set_owner(int sock, long pid)
{
	return ERR(fcntl(sock, F_SETOWN, pid));
}

PROBE(f_setown, ESRCH, 0, 0)
{
	return with_socket(set_owner, pid);
}

PROBE(f_setown_pgrp, ESRCH, 0, 0)
{
	return with_socket(set_owner, -pid);
}

static long set_owner_thread(int sock, long pid)
{
	struct f_owner_ex ex = { F_OWNER_TID, pid };

	return ERR(fcntl(sock, F_SETOWN_EX, &ex));
}

PROBE(f_setown_ex_tid, ESRCH, 0, 0)
{
	return with_socket(set_owner_thread, pid);
}

static long set_owner_group(int sock, long pid)
{
	struct f_owner_ex ex = { F_OWNER_PGRP, pid };

	return ERR(fcntl(sock, F_SETOWN_EX, &ex));
}

PROBE(f_setown_ex_pgrp, ESRCH, 0, 0)
{
	return with_socket(set_owner_group, pid);
}

static long set_owner_ioctl(int sock, long pid)
{
	int nr = pid;

	return ERR(ioctl(sock, SIOCSPGRP, &nr));
}

PROBE(siocspgrp, ESRCH, 0, 0)
{
	return with_socket(set_owner_ioctl, pid);
}

#define PROCESS_CLOCK(pid)	((~(clockid_t)(pid) << 3) | 2)

PROBE(cpu_clock, EINVAL, 0, 0)
{
	struct timespec ts;

	return ERR(clock_gettime(PROCESS_CLOCK(pid), &ts));
}

PROBE(cpu_clock_res, EINVAL, 0, 0)
{
	struct timespec ts;

	return ERR(clock_getres(PROCESS_CLOCK(pid), &ts));
}

PROBE(cpu_timer, EINVAL, 0, 0)
{
	struct sigevent ev = { .sigev_notify = SIGEV_NONE };
	int id;

	if (syscall(SYS_timer_create, PROCESS_CLOCK(pid), &ev, &id))
		return -errno;
	syscall(SYS_timer_delete, id);
	return 0;
}

/* /proc and namespaces -------------------------------------------------------------- */

static long open_proc(long pid, const char *what)
{
	char path[64];
	int fd;

	snprintf(path, sizeof(path), "/proc/%ld%s", pid, what);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	close(fd);
	return 0;
}

PROBE(proc_lookup, ENOENT, 0, 0)
{
	return open_proc(pid, "");
}

PROBE(proc_status, ENOENT, 0, 0)
{
	return open_proc(pid, "/status");
}

PROBE(proc_mem, ENOENT, 0, 0)
{
	return open_proc(pid, "/mem");
}

PROBE(proc_root, ENOENT, 0, 0)
{
	return open_proc(pid, "/root/.");
}

PROBE(proc_fd, ENOENT, 0, 0)
{
	return open_proc(pid, "/fd");
}

PROBE(proc_task, ENOENT, 0, 0)
{
	char what[32];

	snprintf(what, sizeof(what), "/task/%ld", pid);
	return open_proc(pid, what);
}

PROBE(proc_readdir, ENOENT, 0, 0)
{
	char name[24];
	long ret;

	snprintf(name, sizeof(name), "%ld", pid);
	ret = dir_has("/proc", name);
	return ret < 0 ? ret : ret ? 0 : -ENOENT;
}

PROBE(nsfs_pid, ESRCH, 0, 0)
{
	int fd = open("/proc/self/ns/pid", O_RDONLY | O_CLOEXEC);
	long ret;

	if (fd < 0)
		return -errno;
	ret = ERR(ioctl(fd, NS_GET_PID_IN_PIDNS, pid));
	close(fd);
	if (ret == -ENOTTY)
		return -ENOSYS;
	return ret > 0 ? 0 : ret;
}

/* Forged sender: root may name any process that it can see. */
PROBE(scm_credentials, ESRCH, 0, 0)
{
	char byte = 0, space[CMSG_SPACE(sizeof(struct ucred))] = { 0 };
	struct ucred cred = { pid, 0, 0 };
	struct iovec iov = { &byte, 1 };
	struct msghdr msg = {
		.msg_iov = &iov, .msg_iovlen = 1,
		.msg_control = space, .msg_controllen = sizeof(space),
	};
	struct cmsghdr *cm = CMSG_FIRSTHDR(&msg);
	__u64 caps = 0;
	int sv[2];
	long ret;

	if (socketpair(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0, sv))
		return -errno;
	cm->cmsg_level = SOL_SOCKET;
	cm->cmsg_type = SCM_CREDENTIALS;
	cm->cmsg_len = CMSG_LEN(sizeof(cred));
	memcpy(CMSG_DATA(cm), &cred, sizeof(cred));
	ret = ERR(sendmsg(sv[0], &msg, 0));
	close(sv[0]);
	close(sv[1]);
	/* Without SYS_ADMIN nobody may forge, whether the process is there or not. */
	vs_caps(&caps, NULL);
	if (ret == -EPERM && !(caps & (1ULL << CAP_SYS_ADMIN)))
		return -ESRCH;
	return ret > 0 ? 0 : ret;
}

TEST_HARNESS_MAIN
