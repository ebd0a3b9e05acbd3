/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Processes that sleep in wait_exit(xid).
 */
#ifndef _VS_SELFTEST_WAITER_H
#define _VS_SELFTEST_WAITER_H

#include "common.h"

/* A child that waits for the end of xid and reports what it learned. */
struct waiter {
	pid_t pid;
	int fd;
};

struct verdict {
	long ret;
	struct vcmd_wait_exit exit;
};

static VS_UNUSED void on_alarm(int sig VS_UNUSED)
{
}

static VS_UNUSED struct waiter start_waiter(__u32 xid, bool as_watch)
{
	struct waiter w = { -1, -1 };
	int fds[2];

	if (pipe2(fds, O_CLOEXEC))
		return w;
	w.fd = fds[0];
	w.pid = fork();
	if (w.pid == 0) {
		struct sigaction act = { .sa_handler = on_alarm };
		struct verdict v = { .exit = { -1, -1 } };

		prctl(PR_SET_PDEATHSIG, SIGKILL);
		sigaction(SIGALRM, &act, NULL);
		if (as_watch && vs_migrate(1, 0) != 1)
			_exit(1);
		vs_post(fds[1]);
		v.ret = vserver(VCMD_wait_exit, xid, &v.exit);
		_exit(write(fds[1], &v, sizeof(v)) == sizeof(v) ? 0 : 1);
	}
	close(fds[1]);
	if (vs_await(w.fd))
		vs_until_asleep(w.pid);
	return w;
}

static VS_UNUSED struct verdict end_waiter(struct waiter w)
{
	struct verdict v = { -EPIPE, { -1, -1 } };

	if (read(w.fd, &v, sizeof(v)) != sizeof(v))
		v.ret = -EPIPE;
	close(w.fd);
	vs_end(w.pid);
	return v;
}

#endif /* _VS_SELFTEST_WAITER_H */
