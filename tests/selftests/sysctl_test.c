// SPDX-License-Identifier: GPL-2.0-only
/*
 * Settings and messages of the kernel: sysctl writes and the kernel log
 * (design/kernel-core.md 13 and 14, spec/procfs.md 5, spec/abi.md 9.2).
 *
 * Guards against: a sysctl that only asks for uid 0, and a log that leaks
 * what other guests and the host do.
 */
#include "iso.h"
#include <sys/klog.h>
#include <sys/mount.h>

FIXTURE(sysctl) {
	struct agent guest, watch, host;
};

FIXTURE_SETUP(sysctl)
{
	SKIP_UNLESS_VSERVER();
	ASSERT_EQ(0, agent_start(&self->host));
	ASSERT_EQ(0, agent_start(&self->guest, .xid = vs_xid(0)));
	ASSERT_EQ(0, agent_start(&self->watch, .watch = true));
}

FIXTURE_TEARDOWN(sysctl)
{
}

/* Sysctls -------------------------------------------------------------------------------- */

/* Write what is there already: harmless where it works. */
static long do_rewrite(long a, long b, long c)
{
	char path[512], value[512];
	ssize_t n;

	snprintf(path, sizeof(path), "/proc/sys/%.400s", shared->text);
	n = vs_read_file(path, value, sizeof(value));
	if (n < 0)
		return n == -ENOENT ? -ENOENT : -ENODATA;
	return vs_write_file(path, value);
}

static const char * const sysctls[] = {
	"kernel/core_pattern", "kernel/core_uses_pid", "kernel/sysrq",
	"kernel/panic", "kernel/randomize_va_space", "kernel/pid_max",
	"kernel/printk", "kernel/dmesg_restrict", "kernel/kptr_restrict",
	"kernel/threads-max", "kernel/shmmax", "kernel/yama/ptrace_scope",
	"kernel/perf_event_paranoid", "kernel/hotplug", "kernel/poweroff_cmd",
	"vm/overcommit_memory", "vm/swappiness", "vm/mmap_min_addr",
	"fs/file-max", "fs/protected_symlinks", "fs/suid_dumpable",
	"fs/pipe-max-size", "net/ipv4/ip_forward", "net/core/somaxconn",
	"user/max_user_namespaces",
};

TEST_F(sysctl, writes)
{
	struct agent all, setup;
	int tried = 0;

	ASSERT_EQ(0, agent_start(&all, .xid = vs_xid(1), .guest.bcaps = ~0ULL));
	ASSERT_EQ(0, agent_start(&setup, .xid = vs_xid(2), .setup = true));
	for (size_t i = 0; i < ARRAY_SIZE(sysctls); i++) {
		TEXT("%s", sysctls[i]);
		if (do_rewrite(0, 0, 0))
			continue;
		tried++;
		EXPECT_EQ(-EACCES, CALL(self->guest, do_rewrite)) {
			TH_LOG("%s", sysctls[i]);
		}
		EXPECT_EQ(-EACCES, CALL(all, do_rewrite)) {
			TH_LOG("%s, all capabilities", sysctls[i]);
		}
		EXPECT_EQ(0, CALL(setup, do_rewrite)) {
			TH_LOG("%s, set-up", sysctls[i]);
		}
		EXPECT_EQ(0, do_rewrite(0, 0, 0));
	}
	EXPECT_LT(15, tried);
	EXPECT_EQ(0, AT(self->guest, do_open_rd, "/proc/sys/kernel/ostype"));
	EXPECT_EQ(0, AT(self->guest, do_open_rd, "/proc/sys/fs/file-max"));
}

/* The helper program runs as host root: not even readable. */
TEST_F(sysctl, vshelper)
{
	EXPECT_EQ(0, AT(self->host, do_open_rd, "/proc/sys/kernel/vshelper"));
	TEXT("kernel/vshelper");
	EXPECT_EQ(0, do_rewrite(0, 0, 0));
	TEXT("/proc/sys/kernel/vshelper");
	TEXT2("/bin/sh");
	EXPECT_GT(0, CALL(self->guest, do_write_file));
	EXPECT_GT(0, CALL(self->watch, do_write_file));
	EXPECT_GT(0, CALL(self->guest, do_open_rd));
}

static long new_net(void)
{
	return ERR(unshare(CLONE_NEWNET | CLONE_NEWUTS | CLONE_NEWIPC));
}

/* Tables of namespaces that the guest owns are its own business. */
TEST_F(sysctl, of_own_namespaces)
{
	struct agent own;

	ASSERT_EQ(0, agent_start(&own, .xid = vs_xid(1), .last = new_net,
				 .setup = true));
	agent_end(&own);
	VS_IN_CHILD {
		ASSERT_EQ(0, new_net());
		ASSERT_EQ(0, agent_start(&own, .xid = vs_xid(2)));
		TEXT("net/ipv4/tcp_fin_timeout");
		EXPECT_EQ(0, CALL(own, do_rewrite));
		TEXT("kernel/core_pattern");
		EXPECT_EQ(-EACCES, CALL(own, do_rewrite));
		TEXT("kernel/hostname");
		EXPECT_EQ(-EACCES, CALL(own, do_rewrite));
		agent_end(&own);
	}
}

TEST_F(sysctl, hostname)
{
	struct agent named;

	VS_IN_CHILD {
		ASSERT_EQ(0, new_net());
		ASSERT_EQ(0, agent_start(&named, .xid = vs_xid(1),
					 .guest.ccaps = VXC_SET_UTSNAME));
		TEXT("kernel/hostname");
		EXPECT_EQ(0, CALL(named, do_rewrite));
		TEXT("kernel/domainname");
		EXPECT_EQ(0, CALL(named, do_rewrite));
		agent_end(&named);
	}
}

/* The log ---------------------------------------------------------------------------------- */

static long do_klog(long type, long b, long c)
{
	char buf[256];

	return ERR(klogctl(type, buf, sizeof(buf)));
}

TEST_F(sysctl, kernel_log)
{
	struct agent all;

	ASSERT_EQ(0, agent_start(&all, .xid = vs_xid(1), .guest.bcaps =
				 VS_BOUND & ~(1ULL << CAP_SYS_ADMIN)));
	EXPECT_LT(0, do_klog(3, 0, 0));
	EXPECT_LT(0, do_klog(10, 0, 0));
	for (int type = 2; type <= 10; type++) {
		EXPECT_EQ(-EPERM, CALL(self->guest, do_klog, type)) {
			TH_LOG("type %d", type);
		}
		EXPECT_EQ(-EPERM, CALL(all, do_klog, type));
	}
	EXPECT_EQ(-ENOENT, AT(self->guest, do_open_rd, "/proc/kmsg"));
	EXPECT_EQ(-EPERM, AT(self->guest, do_open_rd, "/dev/kmsg"));
	EXPECT_EQ(0, AT(self->host, do_open_rd, "/dev/kmsg"));
}

/* With the ccap: an own, empty log; never the host's. */
TEST_F(sysctl, kernel_log_granted)
{
	static const int fine[] = { 0, 1, 6, 7, 3, 4, 5, 9, 10 };
	struct agent log;

	ASSERT_EQ(0, agent_start(&log, .xid = vs_xid(1), .guest.ccaps = VXC_SYSLOG));
	for (size_t i = 0; i < ARRAY_SIZE(fine); i++) {
		EXPECT_EQ(0, CALL(log, do_klog, fine[i])) {
			TH_LOG("type %d", fine[i]);
		}
	}
	EXPECT_LT(0, do_klog(3, 0, 0));
}

TEST_HARNESS_MAIN
