// SPDX-License-Identifier: GPL-2.0-only
/*
 * Denied by default: entry points of the kernel and the network stack, and
 * what opens them again.  See deny.h.
 *
 * Guards against: a subsystem that asks only for uid 0 or for a capability
 * the usual bound contains, and a grant that opens more than its name says.
 */
#include "deny.h"
#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <linux/if_tun.h>
#include <linux/io_uring.h>
#include <linux/netlink.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/perf_event.h>
#include <net/if.h>
#include <netinet/in.h>
#include <sys/io.h>
#include <sys/swap.h>
#include <sys/timex.h>
#include <time.h>

/* Kernel entry points -------------------------------------------------------------------- */

DENY(io_uring, EPERM, EPERM, 0)
{
	struct io_uring_params p = { 0 };

	return OPENED(syscall(SYS_io_uring_setup, 2, &p));
}

DENY(bpf_map, EPERM, EPERM, 0)
{
	union bpf_attr attr = {
		.map_type = BPF_MAP_TYPE_ARRAY, .key_size = 4, .value_size = 4,
		.max_entries = 1,
	};

	return OPENED(syscall(SYS_bpf, BPF_MAP_CREATE, &attr, sizeof(attr)));
}

static long perf(int type, __u64 config, pid_t pid, int cpu, bool kernel)
{
	struct perf_event_attr attr = {
		.type = type, .size = sizeof(attr), .config = config,
		.exclude_kernel = !kernel, .exclude_hv = 1, .disabled = 1,
	};

	return OPENED(syscall(SYS_perf_event_open, &attr, pid, cpu, -1, 0));
}

DENY(perf_cpu_wide, EPERM, EPERM, 0)
{
	return perf(PERF_TYPE_SOFTWARE, PERF_COUNT_SW_CONTEXT_SWITCHES, -1, 0, false);
}

DENY(perf_kernel, EPERM, EPERM, 0)
{
	return perf(PERF_TYPE_SOFTWARE, PERF_COUNT_SW_CONTEXT_SWITCHES, 0, -1, true);
}

DENY(perf_own, EPERM, EPERM, 0)
{
	return perf(PERF_TYPE_SOFTWARE, PERF_COUNT_SW_TASK_CLOCK, 0, -1, false);
}

DENY(init_module, EPERM, EPERM, ENOEXEC)
{
	char image[128] = "no module";

	return ERR(syscall(SYS_init_module, image, sizeof(image), ""));
}

DENY(finit_module, EPERM, EPERM, ENOEXEC)
{
	int fd = open(vs_self_exe, O_RDONLY | O_CLOEXEC);

	return fd < 0 ? -errno : ERR(syscall(SYS_finit_module, fd, "", 0));
}

DENY(delete_module, EPERM, ANY, ENOENT)
{
	return ERR(syscall(SYS_delete_module, "nonesuch", O_NONBLOCK));
}

DENY(kexec, EPERM, EPERM, 0)
{
	return ERR(syscall(SYS_kexec_load, 0, 0, NULL, 0));
}

DENY(swapon, EPERM, ANY, ENOENT)
{
	return ERR(swapon("/nonesuch", 0));
}

DENY(acct, EPERM, ANY, 0)
{
	return ERR(syscall(SYS_acct, NULL));
}

DENY(iopl, EPERM, ANY, 0)
{
	return ERR(iopl(3));
}

DENY(ioperm, EPERM, ANY, 0)
{
	return ERR(ioperm(0x80, 1, 1));
}

DENY(settimeofday, EPERM, ANY, 0)
{
	struct timeval tv;

	gettimeofday(&tv, NULL);
	return ERR(settimeofday(&tv, NULL));
}

DENY(adjtimex, EPERM, ANY, 0)
{
	struct timex tx = { .modes = 0 };

	if (adjtimex(&tx) < 0)
		return -errno;
	tx.modes = ADJ_FREQUENCY;
	return ERR(adjtimex(&tx)) < 0 ? -errno : 0;
}

DENY(sethostname, EPERM, ANY, 0)
{
	char name[65];

	gethostname(name, sizeof(name));
	return ERR(sethostname(name, strlen(name)));
}

DENY(nice_up, EACCES, ANY, 0)
{
	return ERR(setpriority(PRIO_PROCESS, 0, -5));
}

DENY(realtime, EPERM, ANY, 0)
{
	struct sched_param p = { 1 };

	return ERR(sched_setscheduler(0, SCHED_FIFO, &p));
}

DENY(ioprio_realtime, EPERM, ANY, 0)
{
	return ERR(syscall(SYS_ioprio_set, 1, 0, 1 << 13));
}

DENY(deadline, EPERM, ANY, 0)
{
	struct {
		__u32 size, policy;
		__u64 flags;
		__s32 nice;
		__u32 priority;
		__u64 runtime, deadline, period;
	} attr = {
		.size = sizeof(attr), .policy = 6,
		.runtime = 1000000, .deadline = 10000000, .period = 10000000,
	};

	return ERR(syscall(SYS_sched_setattr, 0, &attr, 0));
}

DENY(rlimit_up, EPERM, ANY, 0)
{
	struct rlimit lim;

	if (getrlimit(RLIMIT_CORE, &lim))
		return -errno;
	lim.rlim_cur = lim.rlim_max = 4096;
	if (setrlimit(RLIMIT_CORE, &lim))
		return -EIO;
	lim.rlim_max = 8192;
	return ERR(setrlimit(RLIMIT_CORE, &lim));
}

/* Network ----------------------------------------------------------------------------------- */

DENY(packet_socket, EPERM, ANY, 0)
{
	return OPENED(socket(AF_PACKET, SOCK_RAW, htons(ETH_P_ALL)));
}

DENY(packet_dgram, EPERM, ANY, 0)
{
	return OPENED(socket(AF_PACKET, SOCK_DGRAM, htons(ETH_P_ALL)));
}

DENY(raw_tcp, EPERM, ANY, 0)
{
	return OPENED(socket(AF_INET, SOCK_RAW, IPPROTO_TCP));
}

DENY(raw_icmp, EPERM, ANY, 0)
{
	return OPENED(socket(AF_INET, SOCK_RAW, IPPROTO_ICMP));
}

DENY(raw_v6, EPERM, ANY, 0)
{
	return OPENED(socket(AF_INET6, SOCK_RAW, IPPROTO_RAW));
}

DENY(netlink_connector, EPROTONOSUPPORT, EPROTONOSUPPORT, 0)
{
	return OPENED(socket(AF_NETLINK, SOCK_DGRAM, NETLINK_CONNECTOR));
}

/* Ask netfilter for its tables: the answer, or why there is none. */
DENY(netfilter, EPROTONOSUPPORT, EPROTONOSUPPORT, 0)
{
	struct {
		struct nlmsghdr nl;
		struct nfgenmsg nf;
	} req = {
		.nl = {
			.nlmsg_len = sizeof(req), .nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK,
			.nlmsg_type = NFNL_SUBSYS_NFTABLES << 8 | NFT_MSG_GETGEN,
		},
		.nf.nfgen_family = AF_INET,
	};
	struct { struct nlmsghdr nl; struct nlmsgerr err; char rest[512]; } ans;
	int s = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_NETFILTER);

	if (s < 0 || send(s, &req, sizeof(req), 0) < 0 ||
	    recv(s, &ans, sizeof(ans), 0) < 0)
		return -errno;
	return ans.nl.nlmsg_type == NLMSG_ERROR ? ans.err.error : 0;
}

DENY(interface_down, EPERM, ANY, 0)
{
	struct ifreq ifr = { .ifr_name = "lo" };
	int s = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	if (s < 0 || ioctl(s, SIOCGIFFLAGS, &ifr))
		return -errno;
	return ERR(ioctl(s, SIOCSIFFLAGS, &ifr));
}

DENY(tun, EPERM, ANY, 0)
{
	struct ifreq ifr = { .ifr_flags = IFF_TUN };
	int fd = open("/dev/net/tun", O_RDWR | O_CLOEXEC);

	if (fd < 0)
		return errno == ENOENT ? -ENOSYS : -errno;
	return ERR(ioctl(fd, TUNSETIFF, &ifr));
}

DENY(so_mark, EPERM, ANY, 0)
{
	int mark = 1, s = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	return ERR(setsockopt(s, SOL_SOCKET, SO_MARK, &mark, sizeof(mark)));
}

DENY(netlink_generic, EPROTONOSUPPORT, EPROTONOSUPPORT, 0)
{
	return OPENED(socket(AF_NETLINK, SOCK_RAW, NETLINK_GENERIC));
}

DENY(netlink_diag, EPROTONOSUPPORT, EPROTONOSUPPORT, 0)
{
	return OPENED(socket(AF_NETLINK, SOCK_RAW, NETLINK_SOCK_DIAG));
}

DENY(netlink_uevents, EPROTONOSUPPORT, EPROTONOSUPPORT, 0)
{
	return OPENED(socket(AF_NETLINK, SOCK_DGRAM, NETLINK_KOBJECT_UEVENT));
}

DENY(netlink_audit, EPROTONOSUPPORT, EPROTONOSUPPORT, 0)
{
	return OPENED(socket(AF_NETLINK, SOCK_RAW, NETLINK_AUDIT));
}

/* What a guest keeps ------------------------------------------------------------------------- */

static long do_ordinary(long a, long b, long c)
{
	struct sockaddr_in in = { .sin_family = AF_INET, .sin_port = htons(81) };
	char path[] = "/tmp/deny_test.XXXXXX";
	int fd, s;

	if (unshare(CLONE_FILES | CLONE_FS))
		return -errno;
	fd = mkstemp(path);
	if (fd < 0 || fchown(fd, 12, 34) || unlink(path))
		return -errno;
	s = socket(AF_NETLINK, SOCK_RAW, NETLINK_ROUTE);
	if (s < 0)
		return -errno;
	s = socket(AF_INET, SOCK_STREAM, 0);
	if (s < 0 || bind(s, (void *)&in, sizeof(in)))
		return -errno;
	if (chroot("/") || mkfifo("/media/fifo", 0600) || unlink("/media/fifo"))
		return -errno;
	return setgid(5) || setuid(5) ? -errno : 0;
}

/* With MKNOD in the bound: what every /dev has. */
static long do_mknod_null(long a, long b, long c)
{
	unlink("/media/null");
	return ERR(mknod("/media/null", S_IFCHR | 0600, 0x103));
}

static long do_mount_tmpfs(long a, long b, long c)
{
	return ERR(mount("none", "/media", "tmpfs", 0, NULL));
}

static long do_mount_sysfs(long a, long b, long c)
{
	return ERR(mount("none", "/media", "sysfs", 0, NULL));
}

static long do_fsopen(long a, long b, long c)
{
	return OPENED(syscall(SYS_fsopen, "tmpfs", 0));
}

static long do_userns(long a, long b, long c)
{
	return ERR(unshare(CLONE_NEWUSER));
}

/* Grants ----------------------------------------------------------------------- */

static long do_uring(long a, long b, long c)
{
	return try_io_uring(0, 0, 0);
}

/* Each denial has its grant, and the grant opens just that. */
TEST(grants)
{
	struct agent granted, all;
	__u64 explicit = VS_BOUND | 1ULL << CAP_BPF | 1ULL << CAP_PERFMON;
	struct vcmd_bcaps one = { explicit, 1ULL << CAP_BPF | 1ULL << CAP_PERFMON };

	SKIP_UNLESS_VSERVER();
	ASSERT_EQ(0, unshare(CLONE_NEWNS));
	ASSERT_EQ(0, mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL));
	ASSERT_EQ(0, mount("none", "/media", "tmpfs", 0, NULL));
	ASSERT_EQ(0, agent_start(&granted, .xid = vs_xid(0), .guest = {
		.ccaps = VXC_IO_URING | VXC_SECURE_MOUNT, .umask = CLONE_NEWUSER }));
	EXPECT_EQ(0, TRY(granted, do_uring));
	EXPECT_EQ(0, TRY(granted, do_userns));
	EXPECT_EQ(-EPERM, TRY(granted, try_bpf_map));
	EXPECT_EQ(-EPERM, TRY(granted, try_perf_own));
	EXPECT_EQ(-EPERM, TRY(granted, do_mount_sysfs));
	EXPECT_EQ(-EPERM, TRY(granted, do_fsopen));
	ASSERT_EQ(0, vserver(VCMD_set_bcaps, vs_xid(0), &one));
	/* credentials were cut at exec: a program started now has them */
	EXPECT_EQ(0, TRY(granted, try_perf_own));
	EXPECT_EQ(0, TRY(granted, do_mount_tmpfs));

	ASSERT_EQ(0, agent_start(&all, .xid = vs_xid(1), .guest.bcaps = ~0ULL));
	EXPECT_EQ(0, TRY(all, do_mknod_null));
	EXPECT_EQ(0, TRY(all, do_mount_tmpfs));
}

/* Namespaces that were allowed never widen the bound. */
static long do_power_in_userns(long a, long b, long c)
{
	char name[65] = "x";

	if (unshare(CLONE_NEWUSER | CLONE_NEWNS | CLONE_NEWNET | CLONE_NEWUTS))
		return -errno;
	if (mount("none", "/media", "tmpfs", 0, NULL) == 0)
		return 1;
	if (errno != EPERM)
		return -errno;
	if (sethostname(name, 1) == 0)
		return 2;
	if (socket(AF_PACKET, SOCK_RAW, htons(ETH_P_ALL)) >= 0)
		return 3;
	return errno == EPERM ? 0 : -errno;
}

TEST(userns_keeps_the_bound)
{
	struct agent granted;

	SKIP_UNLESS_VSERVER();
	ASSERT_EQ(0, agent_start(&granted, .xid = vs_xid(0), .guest.umask =
		CLONE_NEWUSER | CLONE_NEWNS | CLONE_NEWNET | CLONE_NEWUTS));
	EXPECT_EQ(0, TRY(granted, do_power_in_userns));
	/* without contexts a new user namespace may mount */
	EXPECT_EQ(1, in_child(do_power_in_userns));
}

static void new_network(void)
{
	if (unshare(CLONE_NEWNET))
		_exit(KSFT_FAIL);
}

/* In a network namespace of its own the bound decides. */
TEST(own_network)
{
	struct agent plain, all;

	SKIP_UNLESS_VSERVER();
	ASSERT_EQ(0, agent_start(&plain, .xid = vs_xid(0), .before = new_network));
	ASSERT_EQ(0, agent_start(&all, .xid = vs_xid(1), .before = new_network,
				 .guest.bcaps = ~0ULL));
	EXPECT_EQ(-EPERM, TRY(plain, try_netfilter));
	EXPECT_EQ(0, TRY(all, try_netfilter));
	EXPECT_EQ(-EPERM, TRY(plain, try_packet_socket));
	EXPECT_EQ(0, TRY(all, try_packet_socket));
	EXPECT_EQ(0, TRY(plain, try_netlink_generic));
	EXPECT_EQ(-EPROTONOSUPPORT, TRY(all, try_netlink_connector));
}

TEST(ordinary_things_work)
{
	struct agent plain;

	SKIP_UNLESS_VSERVER();
	ASSERT_EQ(0, unshare(CLONE_NEWNS));
	ASSERT_EQ(0, mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL));
	ASSERT_EQ(0, mount("none", "/media", "tmpfs", 0, NULL));
	ASSERT_EQ(0, agent_start(&plain, .xid = vs_xid(0)));
	EXPECT_EQ(0, TRY(plain, do_ordinary));
	EXPECT_EQ(0, in_child(do_ordinary));
}

TEST_HARNESS_MAIN
