// SPDX-License-Identifier: GPL-2.0-only
/*
 * What a guest's root does not get unless it is granted: rule 7 of
 * design/ARCHITECTURE.md and the attack surface of design/kernel-core.md 18.
 *
 * One fixture variant per attempt; each is made by a guest with the usual
 * capability bound, by one that was given every capability, and by the host,
 * where it has to get through (or as far as the machine has what it wants:
 * `host` is what a successful attempt answers there).
 *
 * Guards against: a subsystem that asks only for uid 0 or for a capability
 * the usual bound contains, and a rule that a generous bound lifts although
 * it protects the host.
 */
#include "iso.h"
#include <linux/bpf.h>
#include <linux/fanotify.h>
#include <linux/fs.h>
#include <linux/if_ether.h>
#include <linux/if_tun.h>
#include <linux/io_uring.h>
#include <linux/keyctl.h>
#include <linux/netlink.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/perf_event.h>
#include <linux/sched.h>
#include <net/if.h>
#include <netinet/in.h>
#include <sys/io.h>
#include <sys/mount.h>
#include <sys/quota.h>
#include <sys/reboot.h>
#include <sys/swap.h>
#include <sys/timex.h>
#include <sys/xattr.h>
#include <time.h>

#ifndef OPEN_TREE_CLONE
#define OPEN_TREE_CLONE	1
#endif

#define ANY	4095	/* with every capability: not decided here */

FIXTURE(deny) {
	struct agent plain, all, host;
};

FIXTURE_VARIANT(deny) {
	agent_fn try;
	long plain, all, host;
};

FIXTURE_SETUP(deny)
{
	SKIP_UNLESS_VSERVER();
	/* whatever gets through, gets through to a copy */
	ASSERT_EQ(0, unshare(CLONE_NEWNS));
	ASSERT_EQ(0, mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL));
	ASSERT_EQ(0, mount("none", "/media", "tmpfs", 0, NULL));
	ASSERT_EQ(0, agent_start(&self->host));
	ASSERT_EQ(0, agent_start(&self->plain, .xid = vs_xid(0)));
	ASSERT_EQ(0, agent_start(&self->all, .xid = vs_xid(1), .guest.bcaps = ~0ULL));
}

FIXTURE_TEARDOWN(deny)
{
}

/* In a child: most of these change the caller. */
static long in_child(agent_fn fn)
{
	int status, fds[2];
	long ret = -EPIPE;
	pid_t pid;

	if (pipe2(fds, O_CLOEXEC))
		return -errno;
	pid = fork();
	if (pid == 0) {
		ret = fn(0, 0, 0);
		_exit(write(fds[1], &ret, sizeof(ret)) != sizeof(ret));
	}
	close(fds[1]);
	if (read(fds[0], &ret, sizeof(ret)) != sizeof(ret))
		ret = -EPIPE;
	close(fds[0]);
	waitpid(pid, &status, 0);
	return ret;
}

static long do_try(long fn, long b, long c)
{
	return in_child((agent_fn)((char *)agent_loop + fn));
}

#define TRY(_agent, _fn)	CALL(_agent, do_try, (char *)(_fn) - (char *)agent_loop)

TEST_F(deny, guests)
{
	long host = TRY(self->host, variant->try);

	if (host == -ENOSYS || host == -ENOPROTOOPT || host == -EAFNOSUPPORT ||
	    host == -EPROTONOSUPPORT || host == -EOPNOTSUPP || host == -ENODEV)
		SKIP(return, "not in this kernel: %s", strerror(-host));
	EXPECT_EQ(variant->host, host) {
		TH_LOG("host: %s", strerror(-host));
	}
	EXPECT_EQ(variant->plain, TRY(self->plain, variant->try));
	if (variant->all != -ANY) {
		EXPECT_EQ(variant->all, TRY(self->all, variant->try)) {
			TH_LOG("with every capability");
		}
	}
}

/* NAME, errno in the usual guest, with all capabilities, in the host */
#define DENY(_name, _plain, _all, _host) \
	static long try_##_name(long a, long b, long c); \
	FIXTURE_VARIANT_ADD(deny, _name) { \
		.try = try_##_name, .plain = -(_plain), .all = -(_all), \
		.host = -(_host), \
	}; \
	static long try_##_name(long a VS_UNUSED, long b VS_UNUSED, long c VS_UNUSED)

/* The descriptor is not needed: 0 or the error. */
#define OPENED(_call) ({ long __fd = ERR(_call); __fd < 0 ? __fd : (close(__fd), 0L); })

/* Namespaces -------------------------------------------------------------------- */

DENY(userns_unshare, EPERM, EPERM, 0)
{
	return ERR(unshare(CLONE_NEWUSER));
}

static long clone_with(__u64 flags)
{
	struct clone_args args = { .flags = flags, .exit_signal = SIGCHLD };
	long pid = syscall(SYS_clone3, &args, sizeof(args));

	if (pid == 0)
		_exit(0);
	if (pid < 0)
		return -errno;
	waitpid(pid, NULL, 0);
	return 0;
}

DENY(userns_clone, EPERM, EPERM, 0)
{
	return clone_with(CLONE_NEWUSER);
}

DENY(userns_as_user, EPERM, EPERM, 0)
{
	if (setresuid(1000, 1000, 1000))
		return -errno;
	return ERR(unshare(CLONE_NEWUSER));
}

DENY(unshare_mnt, EPERM, 0, 0)
{
	return ERR(unshare(CLONE_NEWNS));
}

DENY(unshare_net, EPERM, 0, 0)
{
	return ERR(unshare(CLONE_NEWNET));
}

DENY(unshare_uts, EPERM, 0, 0)
{
	return ERR(unshare(CLONE_NEWUTS));
}

DENY(unshare_ipc, EPERM, 0, 0)
{
	return ERR(unshare(CLONE_NEWIPC));
}

DENY(unshare_pid, EPERM, 0, 0)
{
	return ERR(unshare(CLONE_NEWPID));
}

DENY(unshare_cgroup, EPERM, 0, 0)
{
	return ERR(unshare(CLONE_NEWCGROUP));
}

DENY(unshare_time, EPERM, 0, 0)
{
	return ERR(unshare(0x80));
}

DENY(clone_pid, EPERM, 0, 0)
{
	return clone_with(CLONE_NEWPID);
}

DENY(clone3_set_tid, EPERM, ANY, EEXIST)
{
	pid_t tid = 1;
	struct clone_args args = {
		.exit_signal = SIGCHLD, .set_tid = (long)&tid, .set_tid_size = 1,
	};

	return ERR(syscall(SYS_clone3, &args, sizeof(args)));
}

DENY(setns_own_fd, EPERM, ANY, 0)
{
	int fd = open("/proc/self/ns/mnt", O_RDONLY | O_CLOEXEC);

	return fd < 0 ? -errno : ERR(setns(fd, CLONE_NEWNS));
}

/* Mounts -------------------------------------------------------------------------- */

DENY(mount_tmpfs, EPERM, ANY, 0)
{
	return ERR(mount("none", "/media", "tmpfs", 0, NULL));
}

DENY(mount_proc, EPERM, ANY, 0)
{
	return ERR(mount("none", "/media", "proc", 0, NULL));
}

DENY(mount_bind, EPERM, ANY, 0)
{
	return ERR(mount("/", "/media", NULL, MS_BIND | MS_REC, NULL));
}

DENY(mount_remount, EPERM, EPERM, 0)
{
	return ERR(mount(NULL, "/media", NULL, MS_REMOUNT, NULL));
}

DENY(mount_propagation, EPERM, ANY, 0)
{
	return ERR(mount(NULL, "/media", NULL, MS_SHARED, NULL));
}

DENY(mount_move, EPERM, ANY, 0)
{
	mkdir("/media/moved", 0755);
	mkdir("/media/here", 0755);
	if (mount("/media/moved", "/media/moved", NULL, MS_BIND, NULL))
		return -errno;
	return ERR(mount("/media/moved", "/media/here", NULL, MS_MOVE, NULL));
}

DENY(umount, EPERM, ANY, 0)
{
	return ERR(umount2("/media", MNT_DETACH));
}

DENY(pivot_root, EPERM, EPERM, EBUSY)
{
	return ERR(syscall(SYS_pivot_root, "/", "/"));
}

DENY(mount_cgroup_v1, EPERM, EPERM, 0)
{
	return ERR(mount("none", "/media", "cgroup", 0, "none,name=denytest"));
}

DENY(mount_cgroup_v2, EPERM, EPERM, 0)
{
	return ERR(mount("none", "/media", "cgroup2", 0, NULL));
}

DENY(mount_sysfs, EPERM, EPERM, 0)
{
	return ERR(mount("none", "/media", "sysfs", 0, NULL));
}

DENY(fsopen, EPERM, EPERM, 0)
{
	return OPENED(syscall(SYS_fsopen, "tmpfs", 0));
}

DENY(fspick, EPERM, EPERM, 0)
{
	return OPENED(syscall(SYS_fspick, AT_FDCWD, "/media", 0));
}

/* A mount is usable by its descriptor alone. */
DENY(fsmount_devtmpfs, EPERM, EPERM, 0)
{
	int fs = syscall(SYS_fsopen, "devtmpfs", 0);

	if (fs < 0 || syscall(SYS_fsconfig, fs, 6 /* CMD_CREATE */, NULL, NULL, 0))
		return -errno;
	return OPENED(syscall(SYS_fsmount, fs, 0, 0));
}

DENY(mount_devtmpfs, EPERM, EPERM, 0)
{
	return ERR(mount("none", "/media", "devtmpfs", 0, NULL));
}

DENY(mount_debugfs, EPERM, EPERM, 0)
{
	return ERR(mount("none", "/media", "debugfs", 0, NULL));
}

DENY(open_tree_clone, EPERM, EPERM, 0)
{
	return OPENED(syscall(SYS_open_tree, AT_FDCWD, "/", OPEN_TREE_CLONE));
}

DENY(move_mount, EPERM, ANY, EBADF)
{
	return ERR(syscall(SYS_move_mount, -1, "", AT_FDCWD, "/media", 4));
}

DENY(mount_setattr, EPERM, EPERM, 0)
{
	struct { __u64 set, clr, propagation, userns_fd; } attr = { .set = 1 };

	return ERR(syscall(SYS_mount_setattr, AT_FDCWD, "/media", 0, &attr, sizeof(attr)));
}

/* Files ------------------------------------------------------------------------------ */

DENY(open_by_handle_at, EPERM, EPERM, 0)
{
	struct {
		struct file_handle h;
		char space[128];
	} f = { .h.handle_bytes = 128 };
	int id, fd = open("/", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (fd < 0 || name_to_handle_at(AT_FDCWD, "/etc/passwd", &f.h, &id, 0))
		return -errno;
	return OPENED(open_by_handle_at(fd, &f.h, O_RDONLY));
}

DENY(mknod_char, EPERM, EPERM, 0)
{
	unlink("/media/c");
	return ERR(mknod("/media/c", S_IFCHR | 0600, 0x101));
}

DENY(mknod_block, EPERM, EPERM, 0)
{
	unlink("/media/b");
	return ERR(mknod("/media/b", S_IFBLK | 0600, 0xfe00));
}

DENY(dev_mem, EPERM, ANY, 0)
{
	return OPENED(open("/dev/mem", O_RDONLY));
}

DENY(xattr_trusted, EPERM, ANY, 0)
{
	int fd = open("/tmp", O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);

	return fd < 0 ? -errno : ERR(fsetxattr(fd, "trusted.x", "", 0, 0));
}

DENY(xattr_security, EPERM, ANY, 0)
{
	int fd = open("/tmp", O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);

	return fd < 0 ? -errno : ERR(fsetxattr(fd, "security.x", "", 0, 0));
}

DENY(immutable, EPERM, ANY, 0)
{
	int flags = FS_IMMUTABLE_FL;
	int fd = open("/tmp", O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);

	return fd < 0 ? -errno : ERR(ioctl(fd, FS_IOC_SETFLAGS, &flags));
}

DENY(fanotify_content, EPERM, ANY, 0)
{
	return OPENED(syscall(SYS_fanotify_init, FAN_CLASS_CONTENT, O_RDONLY));
}

DENY(quota, EPERM, ANY, ESRCH)
{
	struct dqblk q = { 0 };

	return ERR(quotactl(QCMD(Q_SETQUOTA, USRQUOTA), "/dev/vda", 0, (void *)&q));
}

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
	EXPECT_EQ(0, TRY(granted, try_userns_unshare));
	EXPECT_EQ(-EPERM, TRY(granted, try_bpf_map));
	EXPECT_EQ(-EPERM, TRY(granted, try_perf_own));
	EXPECT_EQ(-EPERM, TRY(granted, try_mount_sysfs));
	EXPECT_EQ(-EPERM, TRY(granted, try_fsopen));
	ASSERT_EQ(0, vserver(VCMD_set_bcaps, vs_xid(0), &one));
	/* credentials were cut at exec: a program started now has them */
	EXPECT_EQ(0, TRY(granted, try_perf_own));
	EXPECT_EQ(0, TRY(granted, do_mount_tmpfs));

	ASSERT_EQ(0, agent_start(&all, .xid = vs_xid(1), .guest.bcaps = ~0ULL));
	EXPECT_EQ(0, TRY(all, do_mknod_null));
	EXPECT_EQ(0, TRY(all, do_mount_tmpfs));
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
