// SPDX-License-Identifier: GPL-2.0-only
/*
 * io_uring for a guest that was granted it: workers see and may what their
 * maker sees and may; nobody acts with credentials of another context
 * (design/kernel-core.md section 4 and 18, number 26).
 *
 * Guards against: an operation that a worker does as the host, and a
 * personality that somebody else registered.
 */
#include "iso.h"
#include "uring.h"

/* text: path, opened by a worker */
static long do_open_async(long a, long b, long c)
{
	struct io_uring_sqe op = {
		.opcode = IORING_OP_OPENAT, .fd = AT_FDCWD,
		.addr = (unsigned long)shared->text, .open_flags = O_RDONLY,
	};
	long fd = once(&op);

	if (fd < 0)
		return fd;
	close(fd);
	return 0;
}

/* An attribute for which SYS_ADMIN is needed, set by a worker. */
static long do_xattr_async(long a, long b, long c)
{
	struct io_uring_sqe op = {
		.opcode = IORING_OP_FSETXATTR,
		.addr = (unsigned long)"trusted.x", .addr2 = (unsigned long)"v",
		.len = 1,
	};
	long ret;

	op.fd = open("/tmp", O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
	if (op.fd < 0)
		return -errno;
	ret = once(&op);
	close(op.fd);
	return ret;
}

static long do_setup(long flags, long b, long c)
{
	struct io_uring_params p = { .flags = flags };
	int fd = syscall(SYS_io_uring_setup, 4, &p);

	if (fd < 0)
		return -errno;
	close(fd);
	return 0;
}

FIXTURE(uring) {
	struct agent granted, plain, host;
};

FIXTURE_SETUP(uring)
{
	SKIP_UNLESS_VSERVER();
	if (do_setup(0, 0, 0) == -ENOSYS)
		SKIP(return, "no io_uring in this kernel");
	ASSERT_EQ(0, agent_start(&self->host));
	ASSERT_EQ(0, agent_start(&self->plain, .xid = vs_xid(0)));
	ASSERT_EQ(0, agent_start(&self->granted, .xid = vs_xid(1),
				 .guest.ccaps = VXC_IO_URING));
}

FIXTURE_TEARDOWN(uring)
{
}

TEST_F(uring, granted)
{
	EXPECT_EQ(-EPERM, CALL(self->plain, do_setup, 0));
	EXPECT_EQ(0, CALL(self->granted, do_setup, 0));
	EXPECT_EQ(0, CALL(self->host, do_setup, 0));
}

/* A thread of the kernel that polls on the guest's behalf. */
TEST_F(uring, polling_thread)
{
	EXPECT_EQ(-EPERM, CALL(self->granted, do_setup, IORING_SETUP_SQPOLL));
	EXPECT_EQ(0, CALL(self->host, do_setup, IORING_SETUP_SQPOLL));
}

TEST_F(uring, workers_see_what_their_maker_sees)
{
	EXPECT_EQ(-ENOENT, AT(self->granted, do_open_async, "/proc/%d/status", self->host.pid));
	EXPECT_EQ(-ENOENT, AT(self->granted, do_open_async, "/proc/kallsyms"));
	EXPECT_EQ(0, AT(self->granted, do_open_async, "/proc/%d/status", self->granted.pid));
	EXPECT_EQ(0, AT(self->granted, do_open_async, "/proc/uptime"));
	EXPECT_EQ(0, AT(self->host, do_open_async, "/proc/%d/status", self->granted.pid));
	EXPECT_EQ(0, AT(self->host, do_open_async, "/proc/kallsyms"));
}

TEST_F(uring, workers_may_what_their_maker_may)
{
	EXPECT_EQ(0, CALL(self->host, do_xattr_async));
	EXPECT_EQ(-EPERM, CALL(self->granted, do_xattr_async));
}

/* A ring of the host with a personality of the host, kept over the migration. */
static struct ring kept;
static struct io_uring_params kept_params;

static long do_personality(long id, long fd, long c)
{
	struct io_uring_sqe op = {
		.opcode = IORING_OP_NOP, .personality = id,
	};
	struct ring r = { .fd = fd };
	long ret = ring_map(&r, (struct io_uring_params *)&shared->v[8]);

	return ret ? ret : ring_do(&r, &op);
}

TEST_F(uring, personality)
{
	struct agent in;
	long id;

	ASSERT_EQ(0, ring_open(&kept, &kept_params));
	id = ERR(syscall(SYS_io_uring_register, kept.fd, IORING_REGISTER_PERSONALITY,
			 NULL, 0));
	ASSERT_LT(0, id);
	memcpy(&shared->v[8], &kept_params, sizeof(kept_params));
	ASSERT_EQ(0, agent_start(&in, .xid = vs_xid(1), .join = true, .fd = kept.fd));
	EXPECT_EQ(-EPERM, CALL(in, do_personality, id, kept.fd));
	EXPECT_EQ(0, CALL(in, do_personality, 0, kept.fd));
	EXPECT_EQ(0, do_personality(id, kept.fd, 0));
}

/* Workers are threads: a task that has some cannot enter. */
TEST_F(uring, no_migration_with_workers)
{
	VS_IN_CHILD {
		TEXT("/proc/uptime");
		struct io_uring_sqe op = {
			.opcode = IORING_OP_OPENAT, .fd = AT_FDCWD,
			.addr = (unsigned long)shared->text,
		};
		ASSERT_EQ(0, ring_open(&kept, &kept_params));
		ASSERT_LE(0, ring_do(&kept, &op));
		EXPECT_EQ(-EINVAL, vs_migrate(self->plain.xid, 0));
		EXPECT_EQ(0, vs_task_xid(0));
	}
}

TEST_HARNESS_MAIN
