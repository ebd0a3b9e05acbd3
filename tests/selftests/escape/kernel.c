// SPDX-License-Identifier: GPL-2.0-only
/* Straight at the kernel: code into it, data out of it, its settings. */
#include "escape.h"
#include <linux/bpf.h>
#include <linux/io_uring.h>
#include <linux/keyctl.h>
#include <linux/perf_event.h>
#include <sys/io.h>
#include <sys/klog.h>
#include <sys/resource.h>
#include <sys/shm.h>
#include <sys/swap.h>
#include <sys/time.h>
#include <sys/timex.h>

#define FAMILY "kernel"

ESCAPE_CASE_ALWAYS(module, EPERM, "load a module from memory")
{
	char image[128] = "no module";
	int ret = verdict(syscall(SYS_init_module, image, sizeof(image), ""));

	return ret == REFUSED && errno == ENOEXEC ? REACHED : ret;
}

ESCAPE_CASE_ALWAYS(module_file, EPERM, "load a module from a file")
{
	int fd = open("/escape", O_RDONLY | O_CLOEXEC);
	int ret = verdict(syscall(SYS_finit_module, fd, "", 0));

	return ret == REFUSED && errno == ENOEXEC ? REACHED : ret;
}

ESCAPE_CASE_ALWAYS(kexec, EPERM, "another kernel")
{
	return verdict(syscall(SYS_kexec_load, 0, 0, NULL, 0));
}

ESCAPE_CASE_ALWAYS(bpf_map, EPERM, "a bpf map")
{
	union bpf_attr attr = {
		.map_type = BPF_MAP_TYPE_ARRAY, .key_size = 4, .value_size = 4,
		.max_entries = 1,
	};

	return verdict(syscall(SYS_bpf, BPF_MAP_CREATE, &attr, sizeof(attr)));
}

ESCAPE_CASE_ALWAYS(bpf_program, EPERM, "a bpf program")
{
	struct bpf_insn insns[] = {
		{ .code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = BPF_REG_0 },
		{ .code = BPF_JMP | BPF_EXIT },
	};
	union bpf_attr attr = {
		.prog_type = BPF_PROG_TYPE_SOCKET_FILTER, .insn_cnt = 2,
		.insns = (unsigned long)insns, .license = (unsigned long)"GPL",
	};

	return verdict(syscall(SYS_bpf, BPF_PROG_LOAD, &attr, sizeof(attr)));
}

static int perf(int type, __u64 config, pid_t pid, int cpu)
{
	struct perf_event_attr attr = {
		.type = type, .size = sizeof(attr), .config = config, .disabled = 1,
	};

	return verdict(syscall(SYS_perf_event_open, &attr, pid, cpu, -1, 0));
}

ESCAPE_CASE_ALWAYS(perf_cpu, EPERM, "count what everybody does on a processor")
{
	return perf(PERF_TYPE_SOFTWARE, PERF_COUNT_SW_CONTEXT_SWITCHES, -1, 0);
}

ESCAPE_CASE_ALWAYS(perf_kernel, EPERM, "sample the kernel")
{
	return perf(PERF_TYPE_SOFTWARE, PERF_COUNT_SW_CPU_CLOCK, 0, -1);
}

ESCAPE_CASE_ALWAYS(io_uring, EPERM, "an io_uring: system calls that no filter sees")
{
	struct io_uring_params p = { 0 };

	return verdict(syscall(SYS_io_uring_setup, 2, &p));
}

ESCAPE_CASE(iopl, EPERM, "input and output ports")
{
	return verdict(ioperm(0x80, 1, 1));
}

ESCAPE_CASE(swap, EPERM, "swap to a file of the own")
{
	int ret = verdict(swapon("/escape", 0));

	/* it is no swap file, and busy: that far the host gets */
	return ret == REFUSED && errno != EPERM ? REACHED : ret;
}

ESCAPE_CASE(acct, EPERM, "process accounting of everybody into a file")
{
	return verdict(syscall(SYS_acct, NULL));
}

ESCAPE_CASE(clock, EPERM, "set the machine's clock")
{
	struct timeval tv;

	gettimeofday(&tv, NULL);
	return verdict(settimeofday(&tv, NULL));
}

ESCAPE_CASE(clock_speed, EPERM, "bend the machine's clock")
{
	struct timex tx = { .modes = 0 };

	if (adjtimex(&tx) < 0)
		return REFUSED;
	tx.modes = ADJ_FREQUENCY;
	return verdict(adjtimex(&tx));
}

ESCAPE_CASE(hostname, EPERM, "rename the machine")
{
	char name[65];

	gethostname(name, sizeof(name));
	return verdict(sethostname(name, strlen(name)));
}

ESCAPE_CASE(realtime, EPERM, "take the processor away from everybody")
{
	struct sched_param p = { 1 };

	return verdict(sched_setscheduler(0, SCHED_FIFO, &p));
}

ESCAPE_CASE(oom, EACCES, "be the last one the memory killer takes")
{
	int fd = open("/proc/self/oom_score_adj", O_WRONLY | O_CLOEXEC);

	return fd < 0 ? REFUSED : verdict(write(fd, "-1000", 5));
}

/* Answered like a disabled Ctrl-Alt-Del: success without effect (abi.md 12). */
ESCAPE_CASE_ALONE(kexec_reboot, 0, "boot a loaded kernel (the host would)")
{
	if (!env->confined)
		return UNAVAILABLE;
	return syscall(SYS_reboot, 0xfee1dead, 672274793, 0x45584543, 0) ?
	       REFUSED : refused(0);
}

/* Its log and its files in /proc ------------------------------------------------- */

ESCAPE_CASE(log, EPERM, "read the kernel log")
{
	char buf[256];

	return verdict(klogctl(3, buf, sizeof(buf)));
}

ESCAPE_CASE(log_clear, EPERM, "wipe the kernel log")
{
	return verdict(klogctl(10, NULL, 0) < 0 ? -1 : 0);
}

#define HIDDEN_CASE(_name, _path, _flags) \
	ESCAPE_CASE_ALWAYS(_name, ENOENT, _path) \
	{ \
		return verdict(open(_path, (_flags) | O_CLOEXEC)); \
	}

HIDDEN_CASE(kcore, "/proc/kcore", O_RDONLY)
HIDDEN_CASE(kmsg, "/proc/kmsg", O_RDONLY | O_NONBLOCK)
HIDDEN_CASE(kallsyms, "/proc/kallsyms", O_RDONLY)
HIDDEN_CASE(sysrq, "/proc/sysrq-trigger", O_WRONLY)
HIDDEN_CASE(iomem, "/proc/iomem", O_RDONLY)
HIDDEN_CASE(keys, "/proc/keys", O_RDONLY)
HIDDEN_CASE(timers, "/proc/timer_list", O_RDONLY)
HIDDEN_CASE(pagemap, "/proc/kpageflags", O_RDONLY)
HIDDEN_CASE(contexts, "/proc/virtual", O_RDONLY)

/* Opening for writing is all that is asked. */
#define SYSCTL_CASE(_name, _path) \
	ESCAPE_CASE_ALWAYS(sysctl_##_name, EACCES, "/proc/sys/" _path) \
	{ \
		int ret = verdict(open("/proc/sys/" _path, O_WRONLY | O_CLOEXEC)); \
		return ret == REFUSED && errno == ENOENT && !env->confined ? \
		       UNAVAILABLE : ret; \
	}

SYSCTL_CASE(core_pattern, "kernel/core_pattern")
SYSCTL_CASE(modprobe, "kernel/modprobe")
SYSCTL_CASE(sysrq, "kernel/sysrq")
SYSCTL_CASE(panic, "kernel/panic")
SYSCTL_CASE(ns_last_pid, "kernel/ns_last_pid")
SYSCTL_CASE(overcommit, "vm/overcommit_memory")
SYSCTL_CASE(drop_caches, "vm/drop_caches")
SYSCTL_CASE(suid_dumpable, "fs/suid_dumpable")
SYSCTL_CASE(protected_symlinks, "fs/protected_symlinks")
SYSCTL_CASE(usermodehelper, "kernel/usermodehelper/bset")

/* Objects of equal uids -------------------------------------------------------------- */

ESCAPE_CASE_ALWAYS(shm, EACCES, "attach shared memory of the host")
{
	char *p = shmat(env->shm, NULL, 0);

	if (p == (void *)-1)
		return verdict(-1);
	return strcmp(p, env->secret) ? refused(0) : REACHED;
}

ESCAPE_CASE_ALWAYS(key, EACCES, "read a key of the host by its serial number")
{
	char buf[64] = { 0 };

	if (env->key < 0)
		return UNAVAILABLE;
	if (syscall(SYS_keyctl, KEYCTL_READ, env->key, buf, sizeof(buf), 0) < 0)
		return verdict(-1);
	return strcmp(buf, env->secret) ? refused(0) : REACHED;
}

ESCAPE_CASE_ALWAYS(key_by_name, ENOKEY, "have the kernel find a key of the host")
{
	return verdict(syscall(SYS_request_key, "user", "escape", NULL, 0));
}

ESCAPE_CASE_ALWAYS(key_destroy, EACCES, "invalidate a key of the host")
{
	long key = syscall(SYS_add_key, "user", "victim", "x", 1, KEY_SPEC_PROCESS_KEYRING);

	if (key < 0)
		return UNAVAILABLE;
	/* the host takes one of its own: the others still need that of env */
	return verdict(syscall(SYS_keyctl, KEYCTL_INVALIDATE,
			       env->confined ? env->key : key, 0, 0, 0));
}

ESCAPE_CASE_ALWAYS(key_request, EPERM, "have the kernel start /sbin/request-key")
{
	long ret = syscall(SYS_request_key, "user", "escape-nonesuch", "x", -2);

	/* for the host it does, whether the program is there or not */
	return ret < 0 && errno == EPERM ? REFUSED : ret < 0 && errno == ENOSYS ?
	       UNAVAILABLE : REACHED;
}
