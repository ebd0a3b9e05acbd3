// SPDX-License-Identifier: GPL-2.0-only
/*
 * Attributes of /proc entries: get_iattr, set_iattr and their descriptor
 * forms as far as they decide what a guest sees below /proc (spec/abi.md 8.9;
 * design/kernel-core.md 13).
 *
 * Guards against: an entry that vprocunhide cannot open or close again, a
 * hidden one that is reached through an open directory or a cached name.
 */
#include "common.h"

#include <dirent.h>

/* Hidden from guests by default: not on the list of harmless entries. */
#define VICTIM "/proc/iomem"
#define VICTIM_NAME "iomem"
/* On that list. */
#define HARMLESS "/proc/cpuinfo"

FIXTURE(iattr)
{
	__u32 xid;
	__u32 flags;	/* of the victim, to be restored */
};

static long get_iattr(const char *name, struct vcmd_iattr_v1 *a)
{
	/* the tools leave these uninitialised */
	*a = (struct vcmd_iattr_v1){ .name = name, .tag = ~0U, .flags = 0xdeadbeef,
				     .mask = 0xdeadbeef };
	return vserver(VCMD_get_iattr, 0, a);
}

static long set_iattr(const char *name, __u32 flags, __u32 mask)
{
	struct vcmd_iattr_v1 a = { .name = name, .tag = ~0U, .flags = flags, .mask = mask };

	return vserver(VCMD_set_iattr, 0, &a);
}

static long fget_iattr(int fd, struct vcmd_fiattr *a)
{
	*a = (struct vcmd_fiattr){ ~0U, 0xdeadbeef, 0xdeadbeef };
	return vserver(VCMD_fget_iattr, fd, a);
}

static long fset_iattr(int fd, __u32 flags, __u32 mask)
{
	struct vcmd_fiattr a = { .flags = flags, .mask = mask };

	return vserver(VCMD_fset_iattr, fd, &a);
}

FIXTURE_SETUP(iattr)
{
	struct vcmd_iattr_v1 a;

	SKIP_UNLESS_VSERVER();
	self->xid = vs_xid(0);
	ASSERT_EQ(0, get_iattr(VICTIM, &a));
	self->flags = a.flags & IATTR_FLAGS;
}

FIXTURE_TEARDOWN(iattr)
{
	EXPECT_EQ(0, set_iattr(VICTIM, self->flags, IATTR_FLAGS));
}

static bool listed(const char *name)
{
	struct dirent *e;
	bool found = false;
	DIR *d = opendir("/proc");

	while (d && (e = readdir(d)))
		found |= !strcmp(e->d_name, name);
	if (d)
		closedir(d);
	return found;
}

/* Visible or not, by every way to look. */
static void expect_visible(struct __test_metadata *_metadata, bool visible)
{
	EXPECT_EQ(visible, listed(VICTIM_NAME));
	if (visible) {
		EXPECT_WORKS(access(VICTIM, F_OK));
		EXPECT_WORKS(open(VICTIM, O_RDONLY));
	} else {
		EXPECT_ERRNO(ENOENT, access(VICTIM, F_OK));
		EXPECT_ERRNO(ENOENT, open(VICTIM, O_RDONLY));
		EXPECT_ERRNO(ENOENT, open(VICTIM, O_PATH));
	}
}

TEST_F(iattr, defaults)
{
	struct vcmd_iattr_v1 a;

	ASSERT_EQ(0, get_iattr(VICTIM, &a));
	EXPECT_EQ(IATTR_ADMIN | IATTR_HIDE, a.flags & IATTR_FLAGS);
	EXPECT_NE(0, a.flags & IATTR_TAG);
	EXPECT_EQ(IATTR_FLAGS, a.mask & IATTR_FLAGS);
	/* and on the list of harmless entries: not hidden */
	ASSERT_EQ(0, get_iattr(HARMLESS, &a));
	EXPECT_EQ(IATTR_ADMIN, a.flags & (IATTR_ADMIN | IATTR_HIDE));
	VS_IN_GUEST(self->xid) {
		expect_visible(_metadata, false);
		EXPECT_WORKS(access(HARMLESS, R_OK));
	}
	expect_visible(_metadata, true);
}

TEST_F(iattr, hide_and_show)
{
	for (int i = 0; i < 2; i++) {
		EXPECT_EQ(0, set_iattr(VICTIM, 0, IATTR_HIDE));
		VS_IN_GUEST(self->xid) { expect_visible(_metadata, true); }
		EXPECT_EQ(0, set_iattr(VICTIM, IATTR_HIDE, IATTR_HIDE));
		VS_IN_GUEST(self->xid) { expect_visible(_metadata, false); }
		/* the host sees it throughout */
		expect_visible(_metadata, true);
	}
}

/* A change is felt by guests that run, and with names they had looked up. */
TEST_F(iattr, felt_at_once)
{
	int go[2], ready[2], dir = open("/proc", O_RDONLY | O_DIRECTORY);
	pid_t pid;

	ASSERT_EQ(0, pipe(go));
	ASSERT_EQ(0, pipe(ready));
	EXPECT_EQ(0, set_iattr(VICTIM, 0, IATTR_HIDE));
	pid = fork();
	if (pid == 0) {
		int held;

		if (vs_become_guest(self->xid, &(struct vs_guest){ 0 }) < 0)
			_exit(1);
		held = open(VICTIM, O_PATH);
		if (held < 0 || faccessat(dir, VICTIM_NAME, F_OK, 0))
			_exit(2);
		vs_post(ready[1]);
		vs_await(go[0]);
		_exit(faccessat(dir, VICTIM_NAME, F_OK, 0) == -1 && errno == ENOENT ? 0 : 3);
	}
	ASSERT_TRUE(vs_await(ready[0]));
	EXPECT_EQ(0, set_iattr(VICTIM, IATTR_HIDE, IATTR_HIDE));
	vs_post(go[1]);
	vs_join(_metadata, pid);
	close(dir);
}

TEST_F(iattr, watch)
{
	EXPECT_EQ(0, set_iattr(VICTIM, IATTR_HIDE, IATTR_HIDE | IATTR_WATCH));
	VS_IN_CHILD {
		ASSERT_EQ(1, vs_migrate(1, 0));
		expect_visible(_metadata, false);
	}
	EXPECT_EQ(0, set_iattr(VICTIM, IATTR_WATCH, IATTR_WATCH));
	VS_IN_CHILD {
		ASSERT_EQ(1, vs_migrate(1, 0));
		EXPECT_TRUE(listed(VICTIM_NAME));
		EXPECT_WORKS(access(VICTIM, F_OK));
	}
	/* the watch's bit opens nothing to a guest */
	VS_IN_GUEST(self->xid) { expect_visible(_metadata, false); }
}

TEST_F(iattr, descriptor_form)
{
	int fd = open(VICTIM, O_RDONLY);
	struct vcmd_iattr_v1 a;
	struct vcmd_fiattr f;

	ASSERT_GE(fd, 0);
	ASSERT_EQ(0, get_iattr(VICTIM, &a));
	ASSERT_EQ(0, fget_iattr(fd, &f));
	EXPECT_EQ(a.flags, f.flags);
	EXPECT_EQ(a.mask, f.mask);
	EXPECT_EQ(a.tag, f.tag);
	EXPECT_EQ(0, fset_iattr(fd, 0, IATTR_HIDE));
	VS_IN_GUEST(self->xid) { expect_visible(_metadata, true); }
	EXPECT_EQ(0, fset_iattr(fd, IATTR_HIDE, IATTR_HIDE));
	VS_IN_GUEST(self->xid) { expect_visible(_metadata, false); }
	close(fd);
	EXPECT_EQ(-EBADF, fget_iattr(fd, &f));
	EXPECT_EQ(-EBADF, fset_iattr(fd, 0, IATTR_HIDE));
	EXPECT_EQ(-EBADF, fget_iattr(-1, &f));
}

TEST_F(iattr, writes_the_result_back)
{
	struct vcmd_iattr_v1 a = { .name = VICTIM, .flags = 0, .mask = IATTR_HIDE };
	struct vcmd_fiattr f = { .flags = IATTR_HIDE, .mask = IATTR_HIDE };
	int fd = open(VICTIM, O_RDONLY);

	ASSERT_GE(fd, 0);
	EXPECT_EQ(0, vserver(VCMD_set_iattr, 0, &a));
	EXPECT_EQ((char *)VICTIM, a.name);
	EXPECT_EQ(0, vserver(VCMD_fset_iattr, fd, &f));
	close(fd);
}

/* Bits no kernel knows are sent by the tools; they mean nothing. */
TEST_F(iattr, unknown_bits)
{
	struct vcmd_iattr_v1 before, after;

	ASSERT_EQ(0, get_iattr(VICTIM, &before));
	EXPECT_EQ(0, set_iattr(VICTIM, 0x8018, 0x8018));
	EXPECT_EQ(0, set_iattr(VICTIM, IATTR_BARRIER, IATTR_BARRIER));
	EXPECT_EQ(0, set_iattr(VICTIM, ~0U, 0));
	ASSERT_EQ(0, get_iattr(VICTIM, &after));
	EXPECT_EQ(before.flags, after.flags);
}

TEST_F(iattr, errors)
{
	struct vcmd_iattr_v1 a;
	void *edge = vs_edge(sizeof(struct vcmd_iattr_v1));

	EXPECT_EQ(-ENOENT, get_iattr("/proc/no-such-entry", &a));
	EXPECT_EQ(-ENOENT, set_iattr("/proc/no-such-entry", 0, IATTR_HIDE));
	EXPECT_EQ(-ENOENT, get_iattr("", &a));
	EXPECT_EQ(-ENOTDIR, get_iattr(VICTIM "/x", &a));
	EXPECT_EQ(-EFAULT, get_iattr(NULL, &a));
	EXPECT_EQ(-EFAULT, set_iattr((char *)8, 0, IATTR_HIDE));
	EXPECT_EQ(-EFAULT, vserver(VCMD_get_iattr, 0, NULL));
	EXPECT_EQ(-EFAULT, vserver(VCMD_set_iattr, 0, NULL));
	EXPECT_EQ(-EFAULT, vserver(VCMD_fget_iattr, 0, NULL));
	ASSERT_NE(NULL, edge);
	a = (struct vcmd_iattr_v1){ .name = VICTIM };
	memcpy(edge, &a, sizeof(a));
	EXPECT_EQ(0, vserver(VCMD_get_iattr, 0, edge));
	/* the visibility bits exist on procfs only */
	EXPECT_EQ(-EINVAL, set_iattr("/", 0, IATTR_HIDE));
	EXPECT_EQ(-EINVAL, set_iattr("/", IATTR_ADMIN, IATTR_ADMIN));
}

/* Directories and symbolic links below /proc, as vprocunhide walks them. */
TEST_F(iattr, every_kind_of_entry)
{
	static const char *const names[] = { "/proc", "/proc/sys", "/proc/sys/kernel/ostype",
					     "/proc/self", "/proc/mounts", "/proc/net",
					     "/proc/tty", "/proc/tty/drivers" };
	struct vcmd_iattr_v1 a;

	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		__u32 old;

		EXPECT_EQ(0, get_iattr(names[i], &a)) {
			TH_LOG("%s", names[i]);
		}
		old = a.flags & IATTR_FLAGS;
		EXPECT_EQ(0, set_iattr(names[i], 0, IATTR_HIDE)) {
			TH_LOG("%s", names[i]);
		}
		EXPECT_EQ(0, set_iattr(names[i], old, IATTR_FLAGS));
	}
}

TEST_F(iattr, who_may)
{
	struct vcmd_iattr_v1 a;
	struct vcmd_fiattr f;
	int fd = open(VICTIM, O_RDONLY);

	ASSERT_GE(fd, 0);
	/* a guest neither reads nor writes them, whatever it may else do */
	VS_IN_GUEST(self->xid, .bcaps = ~0ULL) {
		EXPECT_EQ(-EPERM, get_iattr(HARMLESS, &a));
		EXPECT_EQ(-EPERM, set_iattr(HARMLESS, 0, IATTR_HIDE));
		EXPECT_EQ(-EPERM, fget_iattr(fd, &f));
		EXPECT_EQ(-EPERM, fset_iattr(fd, 0, IATTR_HIDE));
	}
	/* not even while it is being set up */
	VS_IN_SETUP(self->xid, 0) {
		EXPECT_EQ(-EPERM, set_iattr(VICTIM, 0, IATTR_HIDE));
		EXPECT_EQ(-EPERM, fset_iattr(fd, 0, IATTR_HIDE));
	}
	VS_IN_CHILD {
		ASSERT_EQ(1, vs_migrate(1, 0));
		EXPECT_EQ(0, get_iattr(HARMLESS, &a));
		EXPECT_EQ(0, fget_iattr(fd, &f));
		EXPECT_EQ(-EPERM, set_iattr(HARMLESS, 0, IATTR_HIDE));
		EXPECT_EQ(-EPERM, fset_iattr(fd, 0, IATTR_HIDE));
	}
	VS_IN_CHILD {
		ASSERT_EQ(0, vs_drop_cap(CAP_SYS_ADMIN));
		EXPECT_EQ(-EPERM, get_iattr(VICTIM, &a));
		EXPECT_EQ(-EPERM, set_iattr(VICTIM, 0, IATTR_HIDE));
		EXPECT_EQ(-EPERM, fget_iattr(fd, &f));
		EXPECT_EQ(-EPERM, fset_iattr(fd, 0, IATTR_HIDE));
	}
	VS_IN_CHILD {
		ASSERT_EQ(0, vs_drop_cap(CAP_LINUX_IMMUTABLE));
		EXPECT_EQ(0, get_iattr(VICTIM, &a));
		EXPECT_EQ(-EPERM, set_iattr(VICTIM, 0, IATTR_HIDE));
		EXPECT_EQ(0, fget_iattr(fd, &f));
		EXPECT_EQ(-EPERM, fset_iattr(fd, 0, IATTR_HIDE));
	}
	VS_IN_GUEST(self->xid) { expect_visible(_metadata, false); }
	close(fd);
}

TEST_HARNESS_MAIN
