/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a guest's root does not get unless it is granted: rule 7 of
 * design/ARCHITECTURE.md and the attack surface of design/kernel-core.md 18.
 *
 * One fixture variant per attempt; each is made by a guest with the usual
 * capability bound, by one that was given every capability, and by the host,
 * where it has to get through (or as far as the machine has what it wants:
 * `host` is what a successful attempt answers there).
 */
#ifndef _VS_SELFTEST_DENY_H
#define _VS_SELFTEST_DENY_H

#include "iso.h"
#include <sys/mount.h>

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

#endif /* _VS_SELFTEST_DENY_H */
