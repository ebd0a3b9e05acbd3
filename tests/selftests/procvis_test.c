// SPDX-License-Identifier: GPL-2.0-only
/*
 * What a guest sees of /proc outside its processes, and what opens and closes
 * it: default-deny with a short list, the iattr commands, mounts
 * (design/kernel-core.md 13, spec/procfs.md 6).
 *
 * Guards against: a new /proc entry that guests see because nobody thought of
 * it, and a viewer's answer cached for another viewer.
 */
#include "iso.h"
#include <sys/mount.h>
#include <sys/statfs.h>

FIXTURE(proc) {
	struct agent guest, watch, host;
};

FIXTURE_SETUP(proc)
{
	SKIP_UNLESS_VSERVER();
	ASSERT_EQ(0, agent_start(&self->host));
	ASSERT_EQ(0, agent_start(&self->guest, .xid = vs_xid(0)));
	ASSERT_EQ(0, agent_start(&self->watch, .watch = true));
}

FIXTURE_TEARDOWN(proc)
{
}

/* Default deny ------------------------------------------------------------------ */

/* What the built-in list may open; sys and net have rules of their own. */
static const char * const harmless[] = {
	"cpuinfo", "meminfo", "stat", "uptime", "loadavg", "version",
	"filesystems", "mounts", "net", "self", "thread-self", "sys",
	"sysvipc", "devices", "cgroups", "swaps", "vmstat", "tty", "crypto",
	"execdomains", "locks",
};

/* What a Debian guest does not work without. */
static const char * const needed[] = {
	"cpuinfo", "meminfo", "stat", "uptime", "loadavg", "version",
	"filesystems", "mounts", "net", "self", "thread-self", "sys",
};

static const char * const dangerous[] = {
	"kcore", "kmsg", "kallsyms", "sysrq-trigger", "keys", "key-users",
	"timer_list", "iomem", "ioports", "interrupts", "slabinfo",
	"vmallocinfo", "kpagecount", "kpageflags", "kpagecgroup", "cmdline",
	"diskstats", "partitions", "bus", "driver", "irq",
	"config.gz", "modules", "virtual", "virtnet", "pressure", "fs",
	"schedstat", "sched_debug", "zoneinfo", "buddyinfo", "acpi",
};

static bool in_list(const char *name, const char * const *list, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (!strcmp(name, list[i]))
			return true;
	return false;
}

TEST_F(proc, default_deny)
{
	struct dirent *de;
	DIR *d = opendir("/proc");
	int hidden = 0;

	ASSERT_NE(NULL, d);
	while ((de = readdir(d))) {
		const char *n = de->d_name;
		bool allowed = in_list(n, harmless, ARRAY_SIZE(harmless));
		long found;

		if (n[0] == '.' || (n[0] >= '0' && n[0] <= '9') || allowed)
			continue;
		hidden++;
		EXPECT_EQ(-ENOENT, AT(self->guest, do_stat, "/proc/%s", n)) {
			TH_LOG("/proc/%s is visible", n);
		}
		EXPECT_EQ(-ENOENT, AT(self->guest, do_open_rd, "/proc/%s", n));
		TEXT("/proc");
		TEXT2("%s", n);
		found = CALL(self->guest, do_dir_has);
		EXPECT_EQ(0, found) {
			TH_LOG("/proc/%s is listed", n);
		}
		/* the host's own look is unimpressed by the guest's */
		EXPECT_EQ(0, AT(self->host, do_stat, "/proc/%s", n));
	}
	closedir(d);
	EXPECT_LT(10, hidden);
}

TEST_F(proc, needed_entries)
{
	for (size_t i = 0; i < ARRAY_SIZE(needed); i++) {
		EXPECT_EQ(0, AT(self->guest, do_open_rd, "/proc/%s", needed[i])) {
			TH_LOG("/proc/%s", needed[i]);
		}
		TEXT("/proc");
		TEXT2("%s", needed[i]);
		EXPECT_EQ(1, CALL(self->guest, do_dir_has));
	}
}

TEST_F(proc, dangerous_entries)
{
	for (size_t i = 0; i < ARRAY_SIZE(dangerous); i++) {
		EXPECT_EQ(-ENOENT, AT(self->guest, do_open_rd, "/proc/%s", dangerous[i])) {
			TH_LOG("/proc/%s", dangerous[i]);
		}
	}
}

/* Tables of sockets list those of the host and of other guests. */
TEST_F(proc, network_tables)
{
	static const char * const hidden[] = {
		"tcp", "tcp6", "udp", "udp6", "raw", "unix", "packet", "netlink",
		"netfilter", "ptype",
	};

	for (size_t i = 0; i < ARRAY_SIZE(hidden); i++) {
		if (AT(self->host, do_stat, "/proc/net/%s", hidden[i]))
			continue;
		EXPECT_EQ(-ENOENT, AT(self->guest, do_open_rd, "/proc/net/%s", hidden[i])) {
			TH_LOG("/proc/net/%s", hidden[i]);
		}
		EXPECT_EQ(-ENOENT, AT(self->guest, do_open_rd, "/proc/self/net/%s",
				      hidden[i]));
	}
	EXPECT_EQ(0, AT(self->guest, do_open_rd, "/proc/net/dev"));
	EXPECT_EQ(0, AT(self->guest, do_open_rd, "/proc/net/route"));
}

/* A descriptor of /proc itself doesn't help. */
static long do_openat_dir(long dir, long flags, long c)
{
	int fd = openat(dir, shared->text, flags | O_CLOEXEC);

	if (fd < 0)
		return -errno;
	close(fd);
	return 0;
}

TEST_F(proc, kept_directory)
{
	int dir = open("/proc", O_RDONLY | O_DIRECTORY);
	struct agent in;

	ASSERT_LE(0, dir);
	ASSERT_EQ(0, agent_start(&in, .xid = vs_xid(0), .join = true));
	TEXT("kallsyms");
	EXPECT_EQ(0, do_openat_dir(dir, O_RDONLY, 0));
	EXPECT_EQ(-ENOENT, CALL(in, do_openat_dir, dir, O_RDONLY));
	TEXT("uptime");
	EXPECT_EQ(0, CALL(in, do_openat_dir, dir, O_RDONLY));
}

/* While it is set up a context is not yet confined in what it may write, but
 * hiding is a matter of who looks: the tools work from outside.
 */
TEST_F(proc, watch_sees_what_ps_needs)
{
	EXPECT_EQ(0, AT(self->watch, do_open_rd, "/proc/uptime"));
	EXPECT_EQ(0, AT(self->watch, do_open_rd, "/proc/stat"));
	EXPECT_EQ(0, AT(self->watch, do_open_rd, "/proc/meminfo"));
	EXPECT_EQ(0, AT(self->watch, do_open_rd, "/proc/%d/stat", self->guest.pid));
	EXPECT_EQ(0, AT(self->watch, do_open_rd, "/proc/%d/stat", getpid()));
}

/* Attributes ---------------------------------------------------------------------- */

static long set_attr(const char *path, __u32 flags, __u32 mask)
{
	struct vcmd_iattr_v1 arg = { .name = path, .flags = flags, .mask = mask };

	return vserver(VCMD_set_iattr, 0, &arg);
}

static long get_attr(const char *path, long *flags, long *mask)
{
	struct vcmd_iattr_v1 arg = { .name = path, .tag = ~0U };
	long ret = vserver(VCMD_get_iattr, 0, &arg);

	*flags = arg.flags;
	*mask = arg.mask;
	return ret;
}

#define ENTRY "/proc/iomem"

FIXTURE(attr) {
	struct agent guest, watch;
};

FIXTURE_SETUP(attr)
{
	SKIP_UNLESS_VSERVER();
	ASSERT_EQ(0, agent_start(&self->guest, .xid = vs_xid(0)));
	ASSERT_EQ(0, agent_start(&self->watch, .watch = true));
	if (set_attr(ENTRY, IATTR_ADMIN | IATTR_HIDE, IATTR_FLAGS) == -ENOSYS)
		SKIP(return, "no attributes yet");
}

FIXTURE_TEARDOWN_PARENT(attr)
{
	set_attr(ENTRY, IATTR_ADMIN | IATTR_HIDE, IATTR_FLAGS);
	set_attr("/proc/bus", IATTR_ADMIN | IATTR_HIDE, IATTR_FLAGS);
}

/* HIDE clear: everybody. */
TEST_F(attr, open_for_all)
{
	EXPECT_EQ(-ENOENT, AT(self->guest, do_open_rd, ENTRY));
	ASSERT_EQ(0, set_attr(ENTRY, 0, IATTR_HIDE));
	EXPECT_EQ(0, AT(self->guest, do_open_rd, ENTRY));
	EXPECT_EQ(0, AT(self->watch, do_open_rd, ENTRY));
	EXPECT_EQ(0, do_open_rd(0, 0, 0));
	TEXT("/proc");
	TEXT2("%s", ENTRY + 6);
	EXPECT_EQ(1, CALL(self->guest, do_dir_has));
	ASSERT_EQ(0, set_attr(ENTRY, IATTR_HIDE, IATTR_HIDE));
	EXPECT_EQ(-ENOENT, AT(self->guest, do_open_rd, ENTRY));
	TEXT("/proc");
	EXPECT_EQ(0, CALL(self->guest, do_dir_has));
}

/* HIDE with WATCH: the spectator, never a guest. */
TEST_F(attr, watch_bit)
{
	EXPECT_EQ(-ENOENT, AT(self->watch, do_open_rd, ENTRY));
	ASSERT_EQ(0, set_attr(ENTRY, IATTR_WATCH, IATTR_WATCH));
	EXPECT_EQ(0, AT(self->watch, do_open_rd, ENTRY));
	EXPECT_EQ(-ENOENT, AT(self->guest, do_open_rd, ENTRY));
	ASSERT_EQ(0, set_attr(ENTRY, 0, IATTR_WATCH));
	EXPECT_EQ(-ENOENT, AT(self->watch, do_open_rd, ENTRY));
}

/* HIDE without ADMIN: not even the host, until it is set again. */
TEST_F(attr, admin_bit)
{
	ASSERT_EQ(0, set_attr(ENTRY, IATTR_HIDE | IATTR_WATCH, IATTR_FLAGS));
	TEXT(ENTRY);
	EXPECT_EQ(-ENOENT, do_open_rd(0, 0, 0));
	EXPECT_EQ(0, AT(self->watch, do_open_rd, ENTRY));
}

TEST_F(attr, read_back)
{
	long flags, mask;

	ASSERT_EQ(0, get_attr(ENTRY, &flags, &mask));
	EXPECT_EQ(IATTR_ADMIN | IATTR_HIDE, flags & IATTR_FLAGS);
	EXPECT_EQ(IATTR_TAG, flags & IATTR_TAG);
	EXPECT_EQ(IATTR_FLAGS, mask & IATTR_FLAGS);
	ASSERT_EQ(0, set_attr(ENTRY, IATTR_WATCH, IATTR_FLAGS));
	ASSERT_EQ(0, get_attr(ENTRY, &flags, &mask));
	EXPECT_EQ(IATTR_WATCH, flags & IATTR_FLAGS);
	ASSERT_EQ(0, get_attr("/proc/self", &flags, &mask));
	EXPECT_EQ(IATTR_ADMIN, flags & IATTR_FLAGS);
	ASSERT_EQ(0, get_attr("/proc/uptime", &flags, &mask));
	EXPECT_EQ(0, flags & IATTR_HIDE);
	/* Not procfs: no such bits. */
	ASSERT_EQ(0, get_attr("/tmp", &flags, &mask));
	EXPECT_EQ(0, mask & IATTR_FLAGS);
	EXPECT_EQ(-EINVAL, set_attr("/tmp", IATTR_HIDE, IATTR_HIDE));
	EXPECT_EQ(-ENOENT, set_attr("/proc/nonesuch", 0, IATTR_HIDE));
}

/* A hidden directory hides what is below, and opens alone. */
TEST_F(attr, directory)
{
	TEXT("/proc/bus/pci/devices");
	if (do_open_rd(0, 0, 0))
		SKIP(return, "no /proc/bus/pci");
	EXPECT_EQ(-ENOENT, CALL(self->guest, do_open_rd));
	ASSERT_EQ(0, set_attr("/proc/bus", 0, IATTR_HIDE));
	EXPECT_EQ(0, AT(self->guest, do_stat, "/proc/bus"));
	ASSERT_EQ(0, set_attr("/proc/bus", IATTR_HIDE, IATTR_HIDE));
	EXPECT_EQ(-ENOENT, AT(self->guest, do_stat, "/proc/bus"));
}

static long do_set_attr(long flags, long mask, long c)
{
	return set_attr(shared->text, flags, mask);
}

static long do_get_attr(long a, long b, long c)
{
	long flags, mask;

	return get_attr(shared->text, &flags, &mask);
}

TEST_F(attr, only_the_host_sets)
{
	struct agent all;

	ASSERT_EQ(0, agent_start(&all, .xid = vs_xid(1), .guest.bcaps = ~0ULL));
	TEXT("/proc/uptime");
	EXPECT_EQ(-EPERM, CALL(all, do_set_attr, IATTR_HIDE, IATTR_HIDE));
	EXPECT_EQ(-EPERM, CALL(self->guest, do_set_attr, IATTR_HIDE, IATTR_HIDE));
	EXPECT_EQ(-EPERM, CALL(self->watch, do_set_attr, IATTR_HIDE, IATTR_HIDE));
	EXPECT_EQ(-EPERM, CALL(all, do_get_attr));
	EXPECT_EQ(0, CALL(self->guest, do_open_rd));
	EXPECT_EQ(0, do_get_attr(0, 0, 0));
}

/* Cached dentries -------------------------------------------------------------------- */

/* A foreign look must not detach what the host mounted below /proc/<pid>. */
TEST_F(proc, foreign_look_keeps_mounts)
{
	struct agent in;
	struct statfs fs;
	char path[64];

	VS_IN_CHILD {
		snprintf(path, sizeof(path), "/proc/%d", self->host.pid);
		ASSERT_EQ(0, unshare(CLONE_NEWNS));
		ASSERT_EQ(0, mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL));
		ASSERT_EQ(0, mount("none", path, "tmpfs", 0, NULL));
		ASSERT_EQ(0, agent_start(&in, .xid = vs_xid(0), .join = true));
		EXPECT_EQ(-ENOENT, AT(in, do_stat, "%s", path));
		ASSERT_EQ(0, statfs(path, &fs));
		EXPECT_EQ(0x01021994, fs.f_type);
		EXPECT_EQ(0, umount(path));
	}
}

/* "1" means somebody else to each viewer of the one instance. */
static long do_readlink_exe(long a, long b, long c)
{
	ssize_t n = readlink(shared->text, shared->text + 512, 511);

	if (n < 0)
		return -errno;
	shared->text[512 + n] = 0;
	return n;
}

TEST_F(proc, number_one)
{
	struct agent init, late;
	char exe[512];

	ASSERT_EQ(0, agent_start(&init, .xid = vs_xid(1),
				 .guest = { .init = true, .cflags = VXF_INFO_INIT }));
	ASSERT_EQ(0, agent_start(&late, .xid = vs_xid(1), .join = true));
	TEXT("/proc/1/exe");
	ASSERT_LT(0, do_readlink_exe(0, 0, 0));
	strcpy(exe, shared->text + 512);
	for (int i = 0; i < 3; i++) {
		ASSERT_LT(0, CALL(late, do_readlink_exe));
		EXPECT_STREQ(vs_self_exe, shared->text + 512);
		ASSERT_LT(0, CALL(init, do_readlink_exe));
		EXPECT_STREQ(vs_self_exe, shared->text + 512);
		ASSERT_LT(0, do_readlink_exe(0, 0, 0));
		EXPECT_STREQ(exe, shared->text + 512);
	}
}

/* Mounts ------------------------------------------------------------------------------- */

static long do_chroot(long a, long b, long c)
{
	return chroot(shared->text) || chdir("/") ? -errno : 0;
}

static long do_mounts(long a, long b, long c)
{
	char file[64];

	snprintf(file, sizeof(file), "/proc/self/%.40s", shared->text);
	return vs_read_file(file, shared->text, sizeof(shared->text));
}

TEST_F(proc, mounts_below_the_own_root)
{
	static const char * const files[] = { "mounts", "mountinfo", "mountstats" };
	char dir[] = "/tmp/procvis.XXXXXX", path[64];

	ASSERT_NE(NULL, mkdtemp(dir));
	VS_IN_CHILD {
		struct agent in;

		ASSERT_EQ(0, unshare(CLONE_NEWNS));
		ASSERT_EQ(0, mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL));
		ASSERT_EQ(0, mount("guestroot", dir, "tmpfs", 0, NULL));
		snprintf(path, sizeof(path), "%s/proc", dir);
		ASSERT_EQ(0, mkdir(path, 0755));
		ASSERT_EQ(0, mount("guestproc", path, "proc", 0, NULL));
		ASSERT_EQ(0, agent_start(&in, .xid = vs_xid(0), .join = true));
		TEXT("%s", dir);
		ASSERT_EQ(0, CALL(in, do_chroot));
		for (size_t i = 0; i < ARRAY_SIZE(files); i++) {
			TEXT("%s", files[i]);
			ASSERT_LT(0, CALL(in, do_mounts));
			EXPECT_NE(NULL, strstr(shared->text, "/proc"));
			EXPECT_EQ(NULL, strstr(shared->text, dir));
			EXPECT_EQ(NULL, strstr(shared->text, "/sys/"));
			TEXT("%s", files[i]);
			ASSERT_LT(0, do_mounts(0, 0, 0));
			EXPECT_NE(NULL, strstr(shared->text, dir));
		}
		agent_end(&in);
	}
	rmdir(dir);
}

TEST_F(proc, hide_mount)
{
	struct agent in;

	ASSERT_EQ(0, agent_start(&in, .xid = vs_xid(1), .guest.cflags = VXF_HIDE_MOUNT));
	TEXT("mounts");
	EXPECT_EQ(0, CALL(in, do_mounts));
	TEXT("mountinfo");
	EXPECT_EQ(0, CALL(in, do_mounts));
	TEXT("mountstats");
	EXPECT_EQ(0, CALL(in, do_mounts));
	TEXT("mounts");
	EXPECT_LT(0, CALL(self->guest, do_mounts));
	EXPECT_LT(0, AT(self->host, do_read_file, "/proc/%d/mounts", in.pid));
}

/* /proc/virtual --------------------------------------------------------------------------------- */

FIXTURE(virt) {
	struct agent guest, other, watch;
};

FIXTURE_SETUP(virt)
{
	SKIP_UNLESS_VSERVER();
	ASSERT_EQ(0, agent_start(&self->guest, .xid = vs_xid(0)));
	ASSERT_EQ(0, agent_start(&self->other, .xid = vs_xid(1)));
	ASSERT_EQ(0, agent_start(&self->watch, .watch = true));
}

FIXTURE_TEARDOWN_PARENT(virt)
{
	set_attr("/proc/virtual", IATTR_ADMIN | IATTR_HIDE, IATTR_FLAGS);
}

TEST_F(virt, hidden)
{
	EXPECT_EQ(-ENOENT, AT(self->guest, do_stat, "/proc/virtual"));
	EXPECT_EQ(-ENOENT, AT(self->guest, do_stat, "/proc/virtual/%u", self->guest.xid));
	EXPECT_EQ(-ENOENT, AT(self->guest, do_stat, "/proc/virtnet"));
	EXPECT_EQ(-ENOENT, AT(self->watch, do_stat, "/proc/virtual"));
	TEXT("/proc/virtual/%u/status", self->guest.xid);
	EXPECT_EQ(0, do_open_rd(0, 0, 0));
}

TEST_F(virt, opened_shows_the_own_only)
{
	if (set_attr("/proc/virtual", 0, IATTR_HIDE) == -ENOSYS)
		SKIP(return, "no attributes yet");
	EXPECT_EQ(0, AT(self->guest, do_stat, "/proc/virtual/%u", self->guest.xid));
	EXPECT_EQ(-ENOENT, AT(self->guest, do_stat, "/proc/virtual/%u", self->other.xid));
	EXPECT_EQ(0, AT(self->guest, do_open_rd, "/proc/virtual/%u/status", self->guest.xid));
	TEXT("/proc/virtual");
	TEXT2("%u", self->guest.xid);
	EXPECT_EQ(1, CALL(self->guest, do_dir_has));
	EXPECT_EQ(1, CALL(self->watch, do_dir_has));
	TEXT2("%u", self->other.xid);
	EXPECT_EQ(0, CALL(self->guest, do_dir_has));
	EXPECT_EQ(1, CALL(self->watch, do_dir_has));
	EXPECT_EQ(1, do_dir_has(0, 0, 0));
}

TEST_F(virt, watch_bit)
{
	if (set_attr("/proc/virtual", IATTR_WATCH, IATTR_WATCH) == -ENOSYS)
		SKIP(return, "no attributes yet");
	EXPECT_EQ(0, AT(self->watch, do_stat, "/proc/virtual/%u", self->guest.xid));
	EXPECT_EQ(-ENOENT, AT(self->guest, do_stat, "/proc/virtual"));
}

TEST_HARNESS_MAIN
