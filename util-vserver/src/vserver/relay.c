// SPDX-License-Identifier: GPL-2.0-only
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "relay.h"
#include "src/pty.h"

/* How often a parent in the background looks whether the terminal is its own again. */
#define FOREGROUND_MSEC	500
#define CHUNK		4096
/* The capacity of a pipe. */
#define PIPE_CHUNKS	(65536 / CHUNK)

/**
 * struct relay - the parent's side
 * @near: our ends of the pipes, -1 where nothing is relayed (any more)
 * @child: what runs in the guest
 * @pidfd: becomes readable at its end
 */
struct relay {
	int near[3];
	pid_t child;
	int pidfd;
};

static volatile sig_atomic_t child_pid;

static void forward(int sig)
{
	int err = errno;

	if (child_pid > 0)
		kill((pid_t)child_pid, sig);
	errno = err;
}

static bool has_terminal(void)
{
	int fd = open("/dev/tty", O_RDONLY | O_NOCTTY | O_CLOEXEC);

	if (fd >= 0)
		close(fd);
	return fd >= 0 || isatty(0) || isatty(1) || isatty(2);
}

/* far[i] replaces descriptor i in the child. */
static int make_pipes(int *near, int *far)
{
	for (int i = 0; i < 3; i++) {
		int ends[2];

		near[i] = -1;
		far[i] = -1;
		if (!isatty(i))
			continue;
		if (pipe2(ends, O_CLOEXEC) < 0)
			return -1;
		near[i] = ends[i == 0];
		far[i] = ends[i != 0];
	}
	return 0;
}

static int enter_child(const int *far)
{
	setsid();
	for (int i = 0; i < 3; i++)
		if (far[i] >= 0 && dup2(far[i], i) < 0)
			return -1;
	return 0;
}

/* False at the end of the input or when nobody takes the output. */
static bool copy(int from, int to)
{
	char buf[CHUNK];
	ssize_t n = read(from, buf, sizeof(buf)), done = 0;

	if (n < 0 && (errno == EINTR || errno == EAGAIN))
		return true;
	while (done < n) {
		ssize_t w = write(to, buf + done, (size_t)(n - done));

		if (w < 0 && errno != EINTR)
			return false;
		done += w > 0 ? w : 0;
	}
	return n > 0;
}

static void finish(struct relay *r, int i)
{
	close(r->near[i]);
	r->near[i] = -1;
}

/* Reading in the background would stop us; then the input waits. */
static bool may_read(void)
{
	pid_t group = tcgetpgrp(0);

	/* -1: not our controlling terminal, then nothing stops us. */
	return group < 0 || group == getpgrp();
}

/* After the end: what it wrote is in the pipes; a daemon of it may write on for ever. */
static void drain(struct relay *r)
{
	for (int i = 1; i < 3; i++) {
		struct pollfd p = { .fd = r->near[i], .events = POLLIN };

		for (int n = 0; n < PIPE_CHUNKS && r->near[i] >= 0; n++)
			if (poll(&p, 1, 0) <= 0 || !copy(r->near[i], i))
				break;
	}
}

static void serve(struct relay *r)
{
	for (;;) {
		bool input = r->near[0] >= 0 && may_read();
		struct pollfd p[4] = {
			{ .fd = input ? 0 : -1, .events = POLLIN },
			{ .fd = r->near[1], .events = POLLIN },
			{ .fd = r->near[2], .events = POLLIN },
			{ .fd = r->pidfd, .events = POLLIN },
		};

		if (poll(p, 4, r->near[0] >= 0 && !input ? FOREGROUND_MSEC : -1) < 0)
			continue;
		if (p[0].revents && !copy(0, r->near[0]))
			finish(r, 0);
		if (p[3].revents) {
			drain(r);
			return;
		}
		for (int i = 1; i < 3; i++)
			if (p[i].revents && !copy(r->near[i], i))
				finish(r, i);
	}
}

static void __attribute__((noreturn)) be_parent(struct relay *r)
{
	static const int signals[] = { SIGINT, SIGQUIT, SIGTERM, SIGHUP, SIGUSR1, SIGUSR2 };
	struct sigaction sa = { .sa_handler = forward };
	int status = 0;

	child_pid = r->child;
	for (size_t i = 0; i < sizeof(signals) / sizeof(signals[0]); i++)
		sigaction(signals[i], &sa, NULL);
	signal(SIGPIPE, SIG_IGN);
	r->pidfd = (int)syscall(SYS_pidfd_open, r->child, 0);
	if (r->pidfd >= 0)
		serve(r);
	while (waitpid(r->child, &status, 0) < 0 && errno == EINTR)
		;
	pty_end_like(status);
}

int relay_split(void)
{
	struct relay r = { .child = -1 };
	int far[3];

	if (!has_terminal())
		return 0;
	if (make_pipes(r.near, far) < 0)
		return -1;
	r.child = fork();
	if (r.child < 0)
		return -1;
	if (!r.child)
		return enter_child(far);
	for (int i = 0; i < 3; i++)
		if (far[i] >= 0)
			close(far[i]);
	be_parent(&r);
}
