// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * The names of bits: one table per flag word, and no second list anywhere. Names, parsing
 * and --help are made from these.
 *
 * Names are those that configurations have used since util-vserver 0.30; an alias is
 * understood but never printed.
 */
#define _GNU_SOURCE
#include <sched.h>
#include <sys/personality.h>

#include <linux/capability.h>

#include "internal.h"

#ifndef CLONE_NEWTIME
#define CLONE_NEWTIME 0x00000080
#endif
#ifndef CLONE_NEWCGROUP
#define CLONE_NEWCGROUP 0x02000000
#endif
/* The kernel's bit for root and working directory; as a flag of clone it shares them. */
#define SPACE_FS CLONE_FS

#define BIT(name, bits)		{ name, bits, false }
#define ALIAS(name, bits)	{ name, bits, true }
#define END			{ NULL, 0, false }
#define CAP(name, number)	{ name, 1ULL << (number), false }

static const struct vc_name cflags[] = {
	BIT("lock", VXF_INFO_LOCK),
	BIT("nproc", VXF_INFO_NPROC),
	BIT("private", VXF_INFO_PRIVATE),
	BIT("fakeinit", VXF_INFO_INIT),
	BIT("hideinfo", VXF_INFO_HIDE),
	BIT("ulimit", VXF_INFO_ULIMIT),
	BIT("namespace", VXF_INFO_NSPACE),
	BIT("sched_hard", VXF_SCHED_HARD),
	BIT("sched_prio", VXF_SCHED_PRIO),
	BIT("sched_pause", VXF_SCHED_PAUSE),
	BIT("virt_mem", VXF_VIRT_MEM),
	BIT("virt_uptime", VXF_VIRT_UPTIME),
	BIT("virt_cpu", VXF_VIRT_CPU),
	BIT("virt_load", VXF_VIRT_LOAD),
	BIT("virt_time", VXF_VIRT_TIME),
	BIT("hide_mount", VXF_HIDE_MOUNT),
	BIT("hide_netif", VXF_HIDE_NETIF),
	BIT("hide_vinfo", VXF_HIDE_VINFO),
	BIT("state_setup", VXF_STATE_SETUP),
	BIT("state_init", VXF_STATE_INIT),
	BIT("state_admin", VXF_STATE_ADMIN),
	BIT("sc_helper", VXF_SC_HELPER),
	BIT("reboot_kill", VXF_REBOOT_KILL),
	BIT("persistent", VXF_PERSISTENT),
	BIT("fork_rss", VXF_FORK_RSS),
	BIT("prolific", VXF_PROLIFIC),
	BIT("igneg_nice", VXF_IGNEG_NICE),
	BIT("igneg_ionice", VXF_IGNEG_IONICE),
	ALIAS("secure", VXF_HIDE_NETIF),
	ALIAS("default", VXF_VIRT_UPTIME | VXF_SC_HELPER),
	ALIAS("info_lock", VXF_INFO_LOCK),
	ALIAS("info_nproc", VXF_INFO_NPROC),
	ALIAS("info_private", VXF_INFO_PRIVATE),
	ALIAS("info_init", VXF_INFO_INIT),
	ALIAS("info_hideinfo", VXF_INFO_HIDE),
	ALIAS("info_ulimit", VXF_INFO_ULIMIT),
	ALIAS("info_namespace", VXF_INFO_NSPACE),
	ALIAS("info_nspace", VXF_INFO_NSPACE),
	END
};

static const struct vc_name ccaps[] = {
	BIT("set_utsname", VXC_SET_UTSNAME),
	BIT("set_rlimit", VXC_SET_RLIMIT),
	BIT("fs_security", VXC_FS_SECURITY),
	BIT("fs_trusted", VXC_FS_TRUSTED),
	BIT("tiocsti", VXC_TIOCSTI),
	BIT("raw_icmp", VXC_RAW_ICMP),
	BIT("syslog", VXC_SYSLOG),
	BIT("oom_adjust", VXC_OOM_ADJUST),
	BIT("audit_control", VXC_AUDIT_CONTROL),
	BIT("secure_mount", VXC_SECURE_MOUNT),
	BIT("secure_remount", VXC_SECURE_REMOUNT),
	BIT("binary_mount", VXC_BINARY_MOUNT),
	BIT("dev_mount", VXC_DEV_MOUNT),
	BIT("quota_ctl", VXC_QUOTA_CTL),
	BIT("admin_mapper", VXC_ADMIN_MAPPER),
	BIT("admin_cloop", VXC_ADMIN_CLOOP),
	BIT("kthread", VXC_KTHREAD),
	BIT("namespace", VXC_NAMESPACE),
	BIT("io_uring", VXC_IO_URING),
	ALIAS("utsname", VXC_SET_UTSNAME),
	ALIAS("rlimit", VXC_SET_RLIMIT),
	ALIAS("icmp", VXC_RAW_ICMP),
	ALIAS("ping", VXC_RAW_ICMP),
	ALIAS("mount", VXC_SECURE_MOUNT),
	ALIAS("remount", VXC_SECURE_REMOUNT),
	END
};

static const struct vc_name bcaps[] = {
	CAP("chown", CAP_CHOWN),
	CAP("dac_override", CAP_DAC_OVERRIDE),
	CAP("dac_read_search", CAP_DAC_READ_SEARCH),
	CAP("fowner", CAP_FOWNER),
	CAP("fsetid", CAP_FSETID),
	CAP("kill", CAP_KILL),
	CAP("setgid", CAP_SETGID),
	CAP("setuid", CAP_SETUID),
	CAP("setpcap", CAP_SETPCAP),
	CAP("linux_immutable", CAP_LINUX_IMMUTABLE),
	CAP("net_bind_service", CAP_NET_BIND_SERVICE),
	CAP("net_broadcast", CAP_NET_BROADCAST),
	CAP("net_admin", CAP_NET_ADMIN),
	CAP("net_raw", CAP_NET_RAW),
	CAP("ipc_lock", CAP_IPC_LOCK),
	CAP("ipc_owner", CAP_IPC_OWNER),
	CAP("sys_module", CAP_SYS_MODULE),
	CAP("sys_rawio", CAP_SYS_RAWIO),
	CAP("sys_chroot", CAP_SYS_CHROOT),
	CAP("sys_ptrace", CAP_SYS_PTRACE),
	CAP("sys_pacct", CAP_SYS_PACCT),
	CAP("sys_admin", CAP_SYS_ADMIN),
	CAP("sys_boot", CAP_SYS_BOOT),
	CAP("sys_nice", CAP_SYS_NICE),
	CAP("sys_resource", CAP_SYS_RESOURCE),
	CAP("sys_time", CAP_SYS_TIME),
	CAP("sys_tty_config", CAP_SYS_TTY_CONFIG),
	CAP("mknod", CAP_MKNOD),
	CAP("lease", CAP_LEASE),
	CAP("audit_write", CAP_AUDIT_WRITE),
	CAP("audit_control", CAP_AUDIT_CONTROL),
	CAP("setfcap", CAP_SETFCAP),
	CAP("mac_override", CAP_MAC_OVERRIDE),
	CAP("mac_admin", CAP_MAC_ADMIN),
	CAP("syslog", CAP_SYSLOG),
	CAP("wake_alarm", CAP_WAKE_ALARM),
	CAP("block_suspend", CAP_BLOCK_SUSPEND),
	CAP("audit_read", CAP_AUDIT_READ),
	CAP("perfmon", CAP_PERFMON),
	CAP("bpf", CAP_BPF),
	CAP("checkpoint_restore", CAP_CHECKPOINT_RESTORE),
	END
};

static const struct vc_name nflags[] = {
	BIT("lock", NXF_INFO_LOCK),
	BIT("private", NXF_INFO_PRIVATE),
	BIT("single_ip", NXF_SINGLE_IP),
	BIT("lback_remap", NXF_LBACK_REMAP),
	BIT("lback_allow", NXF_LBACK_ALLOW),
	BIT("hide_netif", NXF_HIDE_NETIF),
	BIT("hide_lback", NXF_HIDE_LBACK),
	BIT("state_setup", NXF_STATE_SETUP),
	BIT("state_admin", NXF_STATE_ADMIN),
	BIT("sc_helper", NXF_SC_HELPER),
	BIT("persistent", NXF_PERSISTENT),
	ALIAS("info_lock", NXF_INFO_LOCK),
	ALIAS("info_private", NXF_INFO_PRIVATE),
	ALIAS("remap_lback", NXF_LBACK_REMAP),
	END
};

static const struct vc_name ncaps[] = {
	BIT("tun_create", NXC_TUN_CREATE),
	BIT("raw_icmp", NXC_RAW_ICMP),
	BIT("multicast", NXC_MULTICAST),
	END
};

static const struct vc_name spaces[] = {
	BIT("newtime", CLONE_NEWTIME),
	BIT("fs", SPACE_FS),
	BIT("newns", CLONE_NEWNS),
	BIT("newcgroup", CLONE_NEWCGROUP),
	BIT("newuts", CLONE_NEWUTS),
	BIT("newipc", CLONE_NEWIPC),
	BIT("newuser", CLONE_NEWUSER),
	BIT("newpid", CLONE_NEWPID),
	BIT("newnet", CLONE_NEWNET),
	END
};

static const struct vc_name pers_flags[] = {
	BIT("uname26", UNAME26),
	BIT("addr_no_randomize", ADDR_NO_RANDOMIZE),
	BIT("fdpic_funcptrs", FDPIC_FUNCPTRS),
	BIT("mmap_page_zero", MMAP_PAGE_ZERO),
	BIT("addr_compat_layout", ADDR_COMPAT_LAYOUT),
	BIT("read_implies_exec", READ_IMPLIES_EXEC),
	BIT("addr_limit_32bit", ADDR_LIMIT_32BIT),
	BIT("short_inode", SHORT_INODE),
	BIT("whole_seconds", WHOLE_SECONDS),
	BIT("sticky_timeouts", STICKY_TIMEOUTS),
	BIT("addr_limit_3gb", ADDR_LIMIT_3GB),
	END
};

#define C(name) (1ULL << CAP_##name)

/*
 * What a guest needs to run an ordinary distribution without reaching beyond itself. The
 * historic preset also had everything from bit 32 up, by a sign extension: not here.
 */
#define SECURE_BCAPS							\
	(C(CHOWN) | C(DAC_OVERRIDE) | C(DAC_READ_SEARCH) | C(FOWNER) |	\
	 C(FSETID) | C(KILL) | C(SETGID) | C(SETUID) |			\
	 C(NET_BIND_SERVICE) | C(SYS_CHROOT) | C(SYS_PTRACE) |		\
	 C(SYS_BOOT) | C(SYS_TTY_CONFIG) | C(LEASE) | C(AUDIT_WRITE) |	\
	 C(SETFCAP))

_Static_assert(SECURE_BCAPS == 0x00000000b44c04ffULL, "the documented preset");

const struct vc_word_info vc_words[VC_WORDS] = {
	[VC_CFLAGS] = { "flag", "vxf_", cflags, VXF_HIDE_NETIF },
	[VC_CCAPS] = { "ccap", "vxc_", ccaps,
		       VXC_SET_UTSNAME | VXC_RAW_ICMP | VXC_AUDIT_CONTROL },
	[VC_BCAPS] = { "bcap", "cap_", bcaps, SECURE_BCAPS },
	[VC_NFLAGS] = { "nflag", "nxf_", nflags, NXF_HIDE_NETIF },
	[VC_NCAPS] = { "ncap", "nxc_", ncaps, NXC_RAW_ICMP },
	[VC_SPACES] = { "namespace", "clone_", spaces, 0 },
	[VC_PERS_FLAGS] = { "personality flag", "per_", pers_flags, 0 },
};
