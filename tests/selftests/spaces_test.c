// SPDX-License-Identifier: GPL-2.0-only
/*
 * Spaces kept in a context and joined from it (spec/abi.md 8.6).
 *
 * Guards against: a host process that stays in the host's namespace after it
 * "entered", a start chain that cannot tell a first start from a second, a
 * null namespace installed by an empty mask.
 */
#include "common.h"

#include <poll.h>
#include <sys/inotify.h>
#include <sys/mount.h>

#ifndef CLONE_NEWTIME
#define CLONE_NEWTIME 0x80
#endif

#define DEFAULT_MASK (CLONE_NEWNS | CLONE_NEWUTS | CLONE_NEWIPC | CLONE_FS)

static const struct space {
	__u64 bit;
	const char *file;
} spaces[] = {
	{ CLONE_NEWNS, "/proc/self/ns/mnt" },
	{ CLONE_NEWUTS, "/proc/self/ns/uts" },
	{ CLONE_NEWIPC, "/proc/self/ns/ipc" },
	{ CLONE_NEWNET, "/proc/self/ns/net" },
};

#define NSPACES ARRAY_SIZE(spaces)

/* Which namespaces a process lives in. */
struct home {
	ino_t ns[NSPACES];
};

static struct home home(void)
{
	struct home h = { { 0 } };
	struct stat st;

	for (size_t i = 0; i < NSPACES; i++)
		if (!stat(spaces[i].file, &st))
			h.ns[i] = st.st_ino;
	return h;
}

static long set_space(__u32 xid, __u64 mask, __u32 index)
{
	struct vcmd_space_mask_v2 arg = { .mask = mask, .index = index };

	return vserver(VCMD_set_space, xid, &arg);
}

static long enter_space(__u32 xid, __u64 mask, __u32 index)
{
	struct vcmd_space_mask_v2 arg = { .mask = mask, .index = index };

	return vserver(VCMD_enter_space, xid, &arg);
}

/* Shared between the test and its children. */
struct shared {
	struct home guest[2];
};

FIXTURE(space)
{
	__u32 xid;
	struct home host;
	struct shared *mem;
};

FIXTURE_SETUP(space)
{
	SKIP_UNLESS_VSERVER();
	self->xid = vs_xid(0);
	/* what the tests do with mounts stays here */
	ASSERT_EQ(0, unshare(CLONE_NEWNS));
	ASSERT_EQ(0, mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL));
	self->host = home();
	self->mem = mmap(NULL, sizeof(*self->mem), PROT_READ | PROT_WRITE,
			 MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	ASSERT_NE(MAP_FAILED, self->mem);
}

FIXTURE_TEARDOWN(space)
{
	vs_destroy(self->xid);
}

/* The caller must be in the given home for the bits of mask, else in another. */
static void expect_home(struct __test_metadata *_metadata, const struct home *in,
			__u64 mask, const struct home *out)
{
	struct home now = home();

	for (size_t i = 0; i < NSPACES; i++) {
		ino_t want = mask & spaces[i].bit ? in->ns[i] : out->ns[i];

		EXPECT_EQ(want, now.ns[i]) {
			TH_LOG("%s, mask %#llx", spaces[i].file,
			       (unsigned long long)mask);
		}
	}
}

TEST_F(space, each_alone)
{
	for (size_t i = 0; i < NSPACES; i++) {
		VS_IN_SETUP(self->xid, VXF_PERSISTENT) {
			ASSERT_EQ(0, unshare(spaces[i].bit));
			EXPECT_EQ(0, set_space(VX_ID_SELF, spaces[i].bit, 0));
			self->mem->guest[0] = home();
		}
		EXPECT_NE(self->host.ns[i], self->mem->guest[0].ns[i]);
		VS_IN_CHILD {
			EXPECT_EQ(0, enter_space(self->xid, spaces[i].bit, 0));
			expect_home(_metadata, &self->mem->guest[0], spaces[i].bit,
				    &self->host);
			/* entering is not joining */
			EXPECT_EQ(0, vs_task_xid(0));
		}
		/* the others were not stored, not even with the good one */
		for (size_t j = 0; j < NSPACES; j++) {
			if (j == i)
				continue;
			EXPECT_EQ(-EINVAL, enter_space(self->xid, spaces[j].bit, 0));
			EXPECT_EQ(-EINVAL, enter_space(self->xid, spaces[i].bit |
						       spaces[j].bit, 0));
		}
		EXPECT_EQ(-EINVAL, enter_space(self->xid, CLONE_FS, 0));
		expect_home(_metadata, &self->host, ~0ULL, &self->host);
		vs_destroy(self->xid);
		EXPECT_FALSE(vs_exists(self->xid));
	}
}

/* Namespaces the old tools do not know: extensions of ours. */
TEST_F(space, newer_kinds)
{
	static const struct space more[] = {
		{ CLONE_NEWCGROUP, "/proc/self/ns/cgroup" },
		{ CLONE_NEWTIME, "/proc/self/ns/time_for_children" },
		{ CLONE_NEWPID, "/proc/self/ns/pid_for_children" },
	};
	struct stat st;

	for (size_t i = 0; i < ARRAY_SIZE(more); i++) {
		ino_t host;

		ASSERT_EQ(0, stat(more[i].file, &st));
		host = st.st_ino;
		VS_IN_SETUP(self->xid, VXF_PERSISTENT) {
			ASSERT_EQ(0, unshare(more[i].bit));
			EXPECT_EQ(0, set_space(VX_ID_SELF, more[i].bit, 0)) {
				TH_LOG("%s", more[i].file);
			}
			if (more[i].bit == CLONE_NEWPID) {
				/* it has no name before its first process */
				VS_IN_CHILD { EXPECT_EQ(1, getpid()); }
			}
		}
		VS_IN_CHILD {
			EXPECT_EQ(0, enter_space(self->xid, more[i].bit, 0)) {
				TH_LOG("%s", more[i].file);
			}
			if (more[i].bit != CLONE_NEWPID) {
				ASSERT_EQ(0, stat(more[i].file, &st));
				EXPECT_NE(host, st.st_ino);
			}
		}
		vs_destroy(self->xid);
	}
}

TEST_F(space, some_of_all)
{
	__u64 all = 0;

	for (size_t i = 0; i < NSPACES; i++)
		all |= spaces[i].bit;
	VS_IN_SETUP(self->xid, VXF_PERSISTENT) {
		ASSERT_EQ(0, unshare(all));
		/* one by one: what is stored grows */
		for (size_t i = 0; i < NSPACES; i++)
			EXPECT_EQ(0, set_space(VX_ID_SELF, spaces[i].bit, 0));
		self->mem->guest[0] = home();
	}
	for (unsigned int pick = 1; pick < 1U << NSPACES; pick++) {
		__u64 mask = 0;

		for (size_t i = 0; i < NSPACES; i++)
			if (pick & 1U << i)
				mask |= spaces[i].bit;
		VS_IN_CHILD {
			EXPECT_EQ(0, enter_space(self->xid, mask, 0));
			expect_home(_metadata, &self->mem->guest[0], mask, &self->host);
		}
	}
	/* no mask: everything that is stored */
	VS_IN_CHILD {
		EXPECT_EQ(0, enter_space(self->xid, 0, 0));
		expect_home(_metadata, &self->mem->guest[0], all, &self->host);
	}
	VS_IN_CHILD {
		EXPECT_EQ(0, vserver(VCMD_enter_space, self->xid, NULL));
		expect_home(_metadata, &self->mem->guest[0], all, &self->host);
	}
}

TEST_F(space, old_commands_use_index_0)
{
	struct vcmd_space_mask_v1 uts = { CLONE_NEWUTS };

	VS_IN_SETUP(self->xid, VXF_PERSISTENT) {
		ASSERT_EQ(0, unshare(CLONE_NEWUTS));
		EXPECT_EQ(0, vserver(VCMD_set_space_v1, VX_ID_SELF, &uts));
		self->mem->guest[0] = home();
	}
	EXPECT_EQ(-EINVAL, enter_space(self->xid, CLONE_NEWUTS, 1));
	for (int how = 0; how < 4; how++) {
		VS_IN_CHILD {
			long ret = how == 0 ? enter_space(self->xid, CLONE_NEWUTS, 0) :
				   how == 1 ? vserver(VCMD_enter_space_v1, self->xid, &uts) :
				   how == 2 ? vserver(VCMD_enter_space_v1, self->xid, NULL) :
				   vserver(VCMD_enter_space_v0, self->xid, NULL);

			EXPECT_EQ(0, ret);
			expect_home(_metadata, &self->mem->guest[0], CLONE_NEWUTS,
				    &self->host);
		}
	}
}

TEST_F(space, two_sets)
{
	VS_IN_SETUP(self->xid, VXF_PERSISTENT) {
		for (int index = 0; index < 2; index++) {
			ASSERT_EQ(0, unshare(CLONE_NEWUTS | CLONE_NEWIPC));
			EXPECT_EQ(0, set_space(VX_ID_SELF, CLONE_NEWUTS | CLONE_NEWIPC,
					       index));
			self->mem->guest[index] = home();
		}
	}
	EXPECT_NE(self->mem->guest[0].ns[1], self->mem->guest[1].ns[1]);
	for (int index = 0; index < 2; index++) {
		VS_IN_CHILD {
			EXPECT_EQ(0, enter_space(self->xid, 0, index));
			expect_home(_metadata, &self->mem->guest[index],
				    CLONE_NEWUTS | CLONE_NEWIPC, &self->host);
		}
	}
	/* one after the other, as `vserver enter` does */
	VS_IN_CHILD {
		EXPECT_EQ(0, enter_space(self->xid, CLONE_NEWIPC, 0));
		EXPECT_EQ(0, enter_space(self->xid, CLONE_NEWUTS, 1));
		EXPECT_EQ(self->mem->guest[0].ns[2], home().ns[2]);
		EXPECT_EQ(self->mem->guest[1].ns[1], home().ns[1]);
	}
}

TEST_F(space, index_out_of_range)
{
	static const __u32 bad[] = { 2, 3, 0x7fffffff, 0x80000000, ~0U };

	VS_IN_SETUP(self->xid, VXF_PERSISTENT) {
		EXPECT_EQ(0, set_space(VX_ID_SELF, CLONE_NEWUTS, 0));
		EXPECT_EQ(0, set_space(VX_ID_SELF, CLONE_NEWUTS, 1));
		for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
			EXPECT_EQ(-EINVAL, set_space(VX_ID_SELF, CLONE_NEWUTS, bad[i]));
	}
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
		EXPECT_EQ(-EINVAL, enter_space(self->xid, CLONE_NEWUTS, bad[i]));
}

TEST_F(space, bits_that_are_no_spaces)
{
	static const __u64 bad[] = { 1, CLONE_VM, CLONE_THREAD, 1ULL << 32, 1ULL << 63,
				     ~0ULL };

	VS_IN_SETUP(self->xid, VXF_PERSISTENT) {
		for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
			EXPECT_EQ(-EINVAL, set_space(VX_ID_SELF, bad[i], 0));
			EXPECT_EQ(-EINVAL, set_space(VX_ID_SELF, bad[i] | CLONE_NEWUTS, 0));
		}
	}
	/* the good bit beside the bad one was not stored */
	EXPECT_EQ(-EINVAL, enter_space(self->xid, CLONE_NEWUTS, 0));
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
		EXPECT_EQ(-EINVAL, enter_space(self->xid, bad[i], 0));
}

/* Before anything is stored every enter fails: the start chain relies on it. */
TEST_F(space, nothing_stored)
{
	struct vcmd_space_mask_v1 none = { 0 };

	VS_IN_SETUP(self->xid, VXF_PERSISTENT) { }
	EXPECT_EQ(-EINVAL, vserver(VCMD_enter_space_v0, self->xid, NULL));
	EXPECT_EQ(-EINVAL, vserver(VCMD_enter_space_v1, self->xid, NULL));
	EXPECT_EQ(-EINVAL, vserver(VCMD_enter_space_v1, self->xid, &none));
	EXPECT_EQ(-EINVAL, vserver(VCMD_enter_space, self->xid, NULL));
	EXPECT_EQ(-EINVAL, enter_space(self->xid, 0, 0));
	EXPECT_EQ(-EINVAL, enter_space(self->xid, 0, 1));
	EXPECT_EQ(-EINVAL, enter_space(self->xid, CLONE_NEWNS | CLONE_FS, 1));
	expect_home(_metadata, &self->host, ~0ULL, &self->host);
}

/* v0, NULL and mask 0 store the default spaces, and no more than those. */
TEST_F(space, no_mask_is_the_default)
{
	for (int how = 0; how < 5; how++) {
		VS_IN_SETUP(self->xid, VXF_PERSISTENT) {
			struct vcmd_space_mask_v1 none = { 0 };
			long ret;

			ASSERT_EQ(0, unshare(CLONE_NEWUTS | CLONE_NEWIPC | CLONE_NEWNS |
					     CLONE_NEWNET));
			ret = how == 0 ? vserver(VCMD_set_space_v0, VX_ID_SELF, NULL) :
			      how == 1 ? vserver(VCMD_set_space_v1, VX_ID_SELF, NULL) :
			      how == 2 ? vserver(VCMD_set_space_v1, VX_ID_SELF, &none) :
			      how == 3 ? vserver(VCMD_set_space, VX_ID_SELF, NULL) :
			      set_space(VX_ID_SELF, 0, 0);
			EXPECT_EQ(0, ret);
			self->mem->guest[0] = home();
		}
		EXPECT_EQ(-EINVAL, enter_space(self->xid, CLONE_NEWNET, 0));
		EXPECT_EQ(-EINVAL, enter_space(self->xid, 0, 1));
		VS_IN_CHILD {
			EXPECT_EQ(0, enter_space(self->xid, DEFAULT_MASK, 0));
			expect_home(_metadata, &self->mem->guest[0], DEFAULT_MASK,
				    &self->host);
		}
		vs_destroy(self->xid);
	}
}

/* The caller's present spaces count: a later call replaces an earlier one. */
TEST_F(space, stored_again)
{
	VS_IN_SETUP(self->xid, VXF_PERSISTENT) {
		EXPECT_EQ(0, set_space(VX_ID_SELF, CLONE_NEWUTS, 0));
		ASSERT_EQ(0, unshare(CLONE_NEWUTS));
		EXPECT_EQ(0, set_space(VX_ID_SELF, CLONE_NEWUTS, 0));
		self->mem->guest[0] = home();
	}
	VS_IN_CHILD {
		EXPECT_EQ(0, enter_space(self->xid, CLONE_NEWUTS, 0));
		expect_home(_metadata, &self->mem->guest[0], CLONE_NEWUTS, &self->host);
	}
}

/* The host stores its own spaces in a guest: class S from outside. */
TEST_F(space, stored_by_the_host)
{
	VS_IN_SETUP(self->xid, VXF_PERSISTENT) {
		EXPECT_EQ(0, vs_set_cflags(VX_ID_SELF, 0, VXF_STATE_SETUP));
	}
	VS_IN_CHILD {
		ASSERT_EQ(0, unshare(CLONE_NEWIPC));
		EXPECT_EQ(0, set_space(self->xid, CLONE_NEWIPC, 1));
		self->mem->guest[0] = home();
	}
	VS_IN_CHILD {
		EXPECT_EQ(0, enter_space(self->xid, CLONE_NEWIPC, 1));
		expect_home(_metadata, &self->mem->guest[0], CLONE_NEWIPC, &self->host);
	}
}

/* Root and working directory ------------------------------------------------- */

/* One number for device and inode, 0 for what is not there. */
static __u64 inode(const char *path)
{
	struct stat st;

	return stat(path, &st) ? 0 : (__u64)st.st_dev << 40 ^ st.st_ino;
}

FIXTURE(root)
{
	__u32 xid;
	__u64 root, sub;
};

/* A context whose stored root is /tmp/root with working directory /sub. */
FIXTURE_SETUP(root)
{
	SKIP_UNLESS_VSERVER();
	self->xid = vs_xid(0);
	ASSERT_EQ(0, unshare(CLONE_NEWNS));
	ASSERT_EQ(0, mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL));
	ASSERT_EQ(0, mount("none", "/tmp", "tmpfs", 0, NULL));
	ASSERT_EQ(0, mkdir("/tmp/root", 0755));
	ASSERT_EQ(0, mkdir("/tmp/root/sub", 0755));
	self->root = inode("/tmp/root");
	self->sub = inode("/tmp/root/sub");
	VS_IN_SETUP(self->xid, VXF_PERSISTENT) {
		ASSERT_EQ(0, chroot("/tmp/root"));
		ASSERT_EQ(0, chdir("/sub"));
		EXPECT_EQ(0, set_space(VX_ID_SELF, CLONE_FS, 0));
	}
	ASSERT_EQ(0, _metadata->exit_code);
}

FIXTURE_TEARDOWN(root)
{
	vs_destroy(self->xid);
}

TEST_F(root, entered)
{
	VS_IN_CHILD {
		EXPECT_EQ(0, enter_space(self->xid, CLONE_FS, 0));
		EXPECT_EQ(self->root, inode("/"));
		EXPECT_EQ(self->sub, inode("."));
		/* a copy: leaving it does not change the stored one */
		EXPECT_EQ(0, chdir("/"));
	}
	VS_IN_CHILD {
		EXPECT_EQ(0, enter_space(self->xid, CLONE_FS, 0));
		EXPECT_EQ(self->sub, inode("."));
	}
	EXPECT_NE(self->root, inode("/"));
}

static int sharing_child(void *arg)
{
	char c;

	return read(*(int *)arg, &c, 1) < 0;
}

TEST_F(root, shared_fs_structure)
{
	static char stack[65536] __attribute__((aligned(16)));
	int fds[2];

	ASSERT_EQ(0, pipe(fds));
	VS_IN_CHILD {
		pid_t pid = clone(sharing_child, stack + sizeof(stack), CLONE_FS | SIGCHLD,
				  fds);

		ASSERT_GT(pid, 0);
		EXPECT_EQ(-EINVAL, enter_space(self->xid, CLONE_FS, 0));
		EXPECT_NE(self->root, inode("/"));
		vs_post(fds[1]);
		ASSERT_EQ(pid, waitpid(pid, NULL, 0));
		EXPECT_EQ(0, enter_space(self->xid, CLONE_FS, 0));
		EXPECT_EQ(self->root, inode("/"));
	}
}

/* With the mount namespace: root and directory are those stored with it. */
TEST_F(root, with_its_mounts)
{
	__u32 xid = vs_xid(1);

	VS_IN_SETUP(xid, VXF_PERSISTENT) {
		ASSERT_EQ(0, unshare(CLONE_NEWNS));
		ASSERT_EQ(0, mount("none", "/tmp/root", "tmpfs", 0, NULL));
		ASSERT_EQ(0, mkdir("/tmp/root/inner", 0755));
		ASSERT_EQ(0, chroot("/tmp/root"));
		ASSERT_EQ(0, chdir("/inner"));
		EXPECT_EQ(0, set_space(VX_ID_SELF, CLONE_NEWNS | CLONE_FS, 1));
	}
	EXPECT_EQ(0, inode("/tmp/root/inner"));
	VS_IN_CHILD {
		EXPECT_EQ(0, enter_space(xid, CLONE_NEWNS | CLONE_FS, 1));
		EXPECT_NE(0, inode("/inner"));
		EXPECT_EQ(inode("/inner"), inode("."));
	}
	vs_destroy(xid);
}

/* The end of the historic start chain: pivot_root on shared mounts works
 * while the context is being set up (mainline refuses it).
 */
static int pivot(void)
{
	if (unshare(CLONE_NEWNS) || chdir("/tmp/root") ||
	    (mkdir(".oldroot", 0700) && errno != EEXIST) ||
	    syscall(SYS_pivot_root, ".", "./.oldroot"))
		return -errno;
	return 0;
}

TEST_F(root, pivot_on_shared_mounts)
{
	ASSERT_EQ(0, mount("/tmp/root", "/tmp/root", NULL, MS_BIND | MS_REC, NULL));
	ASSERT_EQ(0, mount("none", "/", NULL, MS_REC | MS_SHARED, NULL));
	VS_IN_CHILD { EXPECT_EQ(-EINVAL, pivot()); }
	VS_IN_SETUP(vs_xid(1), 0) {
		EXPECT_EQ(-EPERM, enter_space(VX_ID_SELF, CLONE_NEWNS | CLONE_FS, 1));
		EXPECT_EQ(0, pivot());
		EXPECT_EQ(0, umount2("./.oldroot", MNT_DETACH));
		EXPECT_EQ(0, set_space(VX_ID_SELF, CLONE_NEWNS | CLONE_FS, 1));
		EXPECT_EQ(0, inode("/tmp/root"));
	}
	/* nothing of it reached the host's mounts */
	EXPECT_NE(0, inode("/tmp/root/sub"));
	EXPECT_NE(0, inode("/proc/self"));
}

/* Was the watched file system given up within @ms? */
static bool unmounted(int fd, int ms)
{
	struct inotify_event event;
	struct pollfd p = { .fd = fd, .events = POLLIN };

	while (poll(&p, 1, ms) > 0) {
		if (read(fd, &event, sizeof(event)) < (ssize_t)sizeof(event))
			return false;
		if (event.mask & IN_UNMOUNT)
			return true;
	}
	return false;
}

static void keep_mounts(__u32 xid, int ready, int wait)
{
	if (vs_create(xid, VXF_INIT_SET) == xid && !unshare(CLONE_NEWNS) &&
	    !set_space(VX_ID_SELF, CLONE_NEWNS | CLONE_FS, 0)) {
		vs_post(ready);
		vs_await(wait);
	}
	_exit(0);
}

/*
 * The stored mounts go with the last member, though nobody reaps it and it
 * therefore still holds the context.
 */
TEST_F(root, ends_with_the_members)
{
	siginfo_t info = {};
	int fds[2], ready[2], fd = inotify_init1(IN_CLOEXEC);
	pid_t pid;

	ASSERT_LE(0, fd);
	ASSERT_EQ(0, pipe(fds));
	ASSERT_EQ(0, pipe(ready));
	ASSERT_EQ(0, mount("none", "/tmp/root", "tmpfs", 0, NULL));
	ASSERT_LE(0, inotify_add_watch(fd, "/tmp/root", IN_DELETE_SELF));
	pid = fork();
	if (!pid)
		keep_mounts(vs_xid(1), ready[1], fds[0]);
	ASSERT_LT(0, pid);
	ASSERT_TRUE(vs_await(ready[0]));
	ASSERT_EQ(0, umount("/tmp/root"));
	EXPECT_FALSE(unmounted(fd, 300));
	vs_post(fds[1]);
	ASSERT_EQ(0, waitid(P_PID, pid, &info, WEXITED | WNOWAIT));
	EXPECT_TRUE(unmounted(fd, 20000));
	EXPECT_EQ(pid, waitpid(pid, NULL, 0));
}

TEST_HARNESS_MAIN
