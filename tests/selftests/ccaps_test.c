// SPDX-License-Identifier: GPL-2.0-only
/*
 * Grants beside the capability bound: ccaps and the umask of namespaces
 * (spec/abi.md 9.2, 8.3).  Each opens one action that the default bound
 * refuses, for the guest's root only, and nothing else.
 *
 * Guards against: a grant that opens more than its name says, or works for
 * ordinary users of the guest.
 */
#include "common.h"

#include <linux/dm-ioctl.h>
#include <linux/loop.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/statvfs.h>
#include <sys/sysmacros.h>
#include <sys/xattr.h>

/* Nodes that everybody may open, so that only the capability is missing. */
#define LOOP	VS_DIR "/loop"
#define MAPPER	VS_DIR "/mapper"

FIXTURE(ccaps)
{
	__u32 xid;
	int loop;
};

/* A node of the same device as the host's; none if the kernel has no such device. */
static int copy_node(const char *host, const char *node)
{
	struct stat st;

	if (stat(host, &st))
		return 0;
	if (mknod(node, st.st_mode & S_IFMT, st.st_rdev))
		return -errno;
	return chmod(node, 0666) ? -errno : 0;
}

/* A loop device with a file behind it; -1: there is none. */
static int bind_loop(void)
{
	int control = open("/dev/loop-control", O_RDWR | O_CLOEXEC), fd, image;
	char path[32];
	long n;

	if (control < 0)
		return -1;
	n = ioctl(control, LOOP_CTL_GET_FREE);
	close(control);
	snprintf(path, sizeof(path), "/dev/loop%ld", n);
	fd = open(path, O_RDWR | O_CLOEXEC);
	image = open(VS_DIR "/image", O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	if (n < 0 || ftruncate(image, 1 << 20) || ioctl(fd, LOOP_SET_FD, image) ||
	    copy_node(path, LOOP)) {
		close(fd);
		fd = -1;
	}
	close(image);
	return fd;
}

FIXTURE_SETUP(ccaps)
{
	SKIP_UNLESS_VSERVER();
	self->xid = vs_xid(0);
	ASSERT_EQ(0, unshare(CLONE_NEWUTS));
	ASSERT_EQ(0, vs_private_dir());
	ASSERT_EQ(0, mkdir(VS_DIR "/dir", 0777));
	ASSERT_EQ(0, copy_node("/dev/mapper/control", MAPPER));
	self->loop = bind_loop();
}

FIXTURE_TEARDOWN(ccaps)
{
	if (self->loop >= 0) {
		ioctl(self->loop, LOOP_CLR_FD);
		close(self->loop);
	}
	vs_destroy(self->xid);
}

/* Actions: 0 or -errno. */

static int result(long ret)
{
	return ret < 0 ? -errno : 0;
}

static int do_hostname(void)
{
	return result(sethostname("ccaps", 5));
}

static int do_domainname(void)
{
	return result(setdomainname("ccaps", 5));
}

static int do_raise_limit(void)
{
	struct rlimit low = { 1, 1 }, high = { 2, 2 };

	if (setrlimit(RLIMIT_CORE, &low))
		return -errno;
	return result(setrlimit(RLIMIT_CORE, &high));
}

static int do_oom_score(void)
{
	char now[16];
	int ret = vs_write_file("/proc/self/oom_score_adj", "500");

	/* without the capability it cannot go below the least it ever was */
	if (ret == 0)
		ret = vs_write_file("/proc/self/oom_score_adj", "-500");
	if (ret == 0 && (vs_read_file("/proc/self/oom_score_adj", now, sizeof(now)) < 0 ||
			 atoi(now) != -500))
		return -EIO;
	return ret;
}

static int do_mount(void)
{
	if (mount("none", VS_DIR "/dir", "tmpfs", 0, NULL))
		return -errno;
	return result(umount(VS_DIR "/dir"));
}

static int do_trusted_xattr(void)
{
	return result(setxattr(VS_DIR "/dir", "trusted.ccaps", "x", 1, 0));
}

static int do_security_xattr(void)
{
	return result(setxattr(VS_DIR "/dir", "security.ccaps", "x", 1, 0));
}

static int do_syslog(void)
{
	return result(syscall(SYS_syslog, 10 /* size of the buffer */, NULL, 0));
}

static int do_unshare_uts(void)
{
	return result(unshare(CLONE_NEWUTS));
}

static int do_unshare_ipc(void)
{
	return result(unshare(CLONE_NEWIPC));
}

static int do_clone_uts(void)
{
	pid_t pid = syscall(SYS_clone, CLONE_NEWUTS | SIGCHLD, NULL, NULL, NULL, NULL);

	if (pid == 0)
		_exit(0);
	if (pid < 0)
		return -errno;
	return result(waitpid(pid, NULL, 0));
}

static int do_clone_ipc(void)
{
	pid_t pid = syscall(SYS_clone, CLONE_NEWIPC | SIGCHLD, NULL, NULL, NULL, NULL);

	if (pid == 0)
		_exit(0);
	if (pid < 0)
		return -errno;
	return result(waitpid(pid, NULL, 0));
}

/* By a descriptor that may write it would be allowed to everybody who has it. */
static int do_loop(void)
{
	int fd = open(LOOP, O_RDONLY | O_CLOEXEC), ret;

	if (fd < 0)
		return -errno;
	ret = result(ioctl(fd, LOOP_SET_CAPACITY, 0));
	close(fd);
	return ret;
}

static int do_mapper(void)
{
	struct dm_ioctl version = { .version = { DM_VERSION_MAJOR }, .data_size = sizeof(version) };
	int fd = open(MAPPER, O_RDONLY | O_CLOEXEC), ret;

	if (fd < 0)
		return -errno;
	ret = result(ioctl(fd, DM_VERSION, &version));
	close(fd);
	return ret;
}

static const struct action {
	const char *name;
	int (*act)(void);
	__u64 ccap;		/* opens it */
	__u64 umask;		/* or this does */
	int error;
	const char *node;	/* a device that the kernel may lack */
} actions[] = {
	{ "hostname", do_hostname, VXC_SET_UTSNAME, 0, -EPERM },
	{ "domainname", do_domainname, VXC_SET_UTSNAME, 0, -EPERM },
	{ "rlimit", do_raise_limit, VXC_SET_RLIMIT, 0, -EPERM },
	{ "oom score", do_oom_score, VXC_OOM_ADJUST, 0, -EACCES },
	{ "mount", do_mount, VXC_SECURE_MOUNT, 0, -EPERM },
	{ "trusted xattr", do_trusted_xattr, VXC_FS_TRUSTED, 0, -EPERM },
	{ "security xattr", do_security_xattr, VXC_FS_SECURITY, 0, -EPERM },
	{ "syslog", do_syslog, VXC_SYSLOG, 0, -EPERM },
	{ "unshare uts", do_unshare_uts, 0, CLONE_NEWUTS, -EPERM },
	{ "unshare ipc", do_unshare_ipc, 0, CLONE_NEWIPC, -EPERM },
	{ "clone uts", do_clone_uts, 0, CLONE_NEWUTS, -EPERM },
	{ "clone ipc", do_clone_ipc, 0, CLONE_NEWIPC, -EPERM },
	{ "loop device", do_loop, VXC_ADMIN_CLOOP, 0, -EPERM, LOOP },
	{ "device mapper", do_mapper, VXC_ADMIN_MAPPER, 0, -EACCES, MAPPER },
};

static bool is_here(size_t i)
{
	return !actions[i].node || !access(actions[i].node, F_OK);
}

static int perform(size_t i)
{
	return i < ARRAY_SIZE(actions) ? actions[i].act() : -ENOTSUP;
}

/* argv[1]: index, argv[2]: wanted result */
VS_STAGE(act)
{
	int got = perform(atoi(argv[1]));

	STAGE_EXPECT(got == atoi(argv[2]));
	if (vs_stage_failed)
		fprintf(stderr, "# after exec: %s: %s\n", actions[atoi(argv[1])].name,
			strerror(-got));
	return vs_stage_failed;
}

static void exec_action(size_t i, int want)
{
	char a[16], b[16];

	snprintf(a, sizeof(a), "%zu", i);
	snprintf(b, sizeof(b), "%d", want);
	vs_run_stage("act", a, b, NULL);
}

#define EXPECT_ACTION(_want, _i) do { \
	int __got = perform(_i); \
	EXPECT_EQ(_want, __got) { \
		TH_LOG("%s: %s", actions[_i].name, strerror(-__got)); \
	} \
} while (0)

#define FOR_EACH_ACTION(_i) \
	for (size_t _i = 0; _i < ARRAY_SIZE(actions); _i++) \
		if (is_here(_i))

/* The host itself may do all of it, and has all the devices of the test's kernel. */
TEST_F(ccaps, host_may)
{
	for (size_t i = 0; i < ARRAY_SIZE(actions); i++) {
		ASSERT_TRUE(is_here(i)) {
			TH_LOG("%s: no device (tests/selftests/config)", actions[i].name);
		}
		VS_IN_CHILD { EXPECT_ACTION(0, i); }
	}
}

/* A guest has none of these by default. */
TEST_F(ccaps, refused_without)
{
	FOR_EACH_ACTION(i) {
		VS_IN_GUEST(self->xid) { EXPECT_ACTION(actions[i].error, i); }
		VS_IN_GUEST(self->xid) { exec_action(i, actions[i].error); }
	}
}

TEST_F(ccaps, opened_by_its_grant)
{
	FOR_EACH_ACTION(i) {
		VS_IN_GUEST(self->xid, .ccaps = actions[i].ccap,
			    .umask = actions[i].umask) {
			EXPECT_ACTION(0, i);
		}
		/* the cut of credentials at exec does not close it */
		VS_IN_GUEST(self->xid, .ccaps = actions[i].ccap,
			    .umask = actions[i].umask) {
			exec_action(i, 0);
		}
	}
}

TEST_F(ccaps, opened_by_no_other)
{
	FOR_EACH_ACTION(i) {
		VS_IN_GUEST(self->xid, .umask = ~actions[i].umask,
			    .ccaps = ~(actions[i].ccap | VXC_SECURE_REMOUNT | VXC_NAMESPACE |
				       VXC_BINARY_MOUNT | VXC_DEV_MOUNT)) {
			EXPECT_ACTION(actions[i].error, i);
		}
	}
}

/* A grant lifts the bound, it does not make root of a user. */
TEST_F(ccaps, not_for_ordinary_users)
{
	FOR_EACH_ACTION(i) {
		if (actions[i].ccap == VXC_SYSLOG)
			continue;	/* mainline lets users read the log, too */
		VS_IN_GUEST(self->xid, .ccaps = ~0ULL, .umask = ~0ULL) {
			/* its own files, so that only the capability is missing */
			ASSERT_EQ(0, chown(VS_DIR "/dir", 1234, 1234));
			ASSERT_EQ(0, setresgid(1234, 1234, 1234));
			ASSERT_EQ(0, setresuid(1234, 1234, 1234));
			prctl(PR_SET_DUMPABLE, 1);
			EXPECT_ACTION(actions[i].error, i);
		}
		ASSERT_EQ(0, chown(VS_DIR "/dir", 0, 0));
	}
}

/* Nor for a root that has given up its capabilities. */
TEST_F(ccaps, not_for_powerless_root)
{
	FOR_EACH_ACTION(i) {
		if (actions[i].ccap == VXC_SYSLOG)
			continue;
		VS_IN_GUEST(self->xid, .ccaps = ~0ULL, .umask = ~0ULL) {
			ASSERT_EQ(0, vs_set_effective(0));
			EXPECT_ACTION(actions[i].error, i);
		}
	}
}

TEST_F(ccaps, mounts_without_devices)
{
	struct statvfs st;

	VS_IN_GUEST(self->xid, .ccaps = VXC_SECURE_MOUNT) {
		ASSERT_EQ(0, mount("none", VS_DIR "/dir", "tmpfs", 0, NULL));
		ASSERT_EQ(0, statvfs(VS_DIR "/dir", &st));
		EXPECT_NE(0, st.f_flag & ST_NODEV);
	}
	VS_IN_GUEST(self->xid, .ccaps = VXC_SECURE_MOUNT | VXC_DEV_MOUNT) {
		ASSERT_EQ(0, mount("none", VS_DIR "/dir", "tmpfs", 0, NULL));
		ASSERT_EQ(0, statvfs(VS_DIR "/dir", &st));
		EXPECT_EQ(0, st.f_flag & ST_NODEV);
	}
}

/* An own log that is always empty: the host's is not shown. */
TEST_F(ccaps, syslog_types)
{
	static const int ok[] = { 0, 1, 6, 7 }, empty[] = { 3, 4, 5, 9, 10 };
	char buf[256], before[64], after[64];

	ASSERT_LT(0, vs_read_file("/proc/sys/kernel/printk", before, sizeof(before)));
	VS_IN_GUEST(self->xid, .ccaps = VXC_SYSLOG) {
		for (size_t i = 0; i < ARRAY_SIZE(ok); i++) {
			EXPECT_LE(0, syscall(SYS_syslog, ok[i], NULL, 0)) {
				TH_LOG("type %d: %s", ok[i], strerror(errno));
			}
		}
		EXPECT_LE(0, syscall(SYS_syslog, 8, NULL, 4));
		for (size_t i = 0; i < ARRAY_SIZE(empty); i++) {
			EXPECT_EQ(0, syscall(SYS_syslog, empty[i], buf, sizeof(buf))) {
				TH_LOG("type %d", empty[i]);
			}
		}
	}
	VS_IN_GUEST(self->xid) {
		for (int type = 0; type <= 10; type++) {
			if (type == 2)
				continue;
			EXPECT_ERRNO(EPERM, syscall(SYS_syslog, type, buf, sizeof(buf)));
		}
	}
	/* the host's console level and log have not been touched */
	ASSERT_LT(0, vs_read_file("/proc/sys/kernel/printk", after, sizeof(after)));
	EXPECT_STREQ(before, after);
	EXPECT_LT(0, syscall(SYS_syslog, 10, NULL, 0));
	EXPECT_LT(0, syscall(SYS_syslog, 3, buf, sizeof(buf)));
}

/* The sysctl files are another way to the same names. */
TEST_F(ccaps, hostname_by_sysctl)
{
	VS_IN_GUEST(self->xid) {
		EXPECT_LT(vs_write_file("/proc/sys/kernel/hostname", "by-sysctl"), 0);
	}
	VS_IN_GUEST(self->xid, .ccaps = VXC_SET_UTSNAME) {
		char name[64];

		EXPECT_EQ(0, vs_write_file("/proc/sys/kernel/hostname", "by-sysctl"));
		EXPECT_EQ(0, gethostname(name, sizeof(name)));
		EXPECT_STREQ("by-sysctl", name);
	}
}

TEST_HARNESS_MAIN
