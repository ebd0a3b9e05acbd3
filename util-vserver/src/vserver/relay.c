// SPDX-License-Identifier: GPL-2.0-only
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
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
 * struct channel - one direction; a reader that is slow stops this one and no other
 * @from: descriptor, -1: not relayed (any more)
 * @to: descriptor that doesn't block
 * @buf: what was read and not yet written: bytes @done to @n
 */
struct channel {
	int from, to;
	size_t n, done;
	char buf[CHUNK];
};

/**
 * struct relay - the parent's side
 * @channel: for descriptors 0, 1 and 2 of the child
 * @child: what runs in the guest
 * @pidfd: becomes readable at its end
 */
struct relay {
	struct channel channel[3];
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

/* Our end must not block, and the terminal's mode is not only ours: so it is opened again. */
static int open_terminal(int fd)
{
	char path[32];
	int own;

	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	own = open(path, O_WRONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	return own < 0 ? fd : own;
}

/* far[i] replaces descriptor i in the child. */
static int make_pipes(struct relay *r, int *far)
{
	for (int i = 0; i < 3; i++) {
		struct channel *c = &r->channel[i];
		int ends[2];

		*c = (struct channel){ .from = -1, .to = -1 };
		far[i] = -1;
		if (!isatty(i))
			continue;
		if (pipe2(ends, O_CLOEXEC) < 0)
			return -1;
		far[i] = ends[i != 0];
		c->from = i ? ends[0] : 0;
		c->to = i ? open_terminal(i) : ends[1];
		if (!i && fcntl(c->to, F_SETFL, O_NONBLOCK) < 0)
			return -1;
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

static bool pending(const struct channel *c)
{
	return c->done < c->n;
}

/* The pipe's end that is ours; descriptor 0 and the terminal stay. */
static void finish(struct channel *c)
{
	close(c->from ? c->from : c->to);
	c->from = -1;
	c->n = 0;
	c->done = 0;
}

/* One read, or one write of what was read; ends the channel when either is over. */
static void step(struct channel *c)
{
	ssize_t n;

	if (pending(c)) {
		n = write(c->to, c->buf + c->done, c->n - c->done);
		if (n > 0)
			c->done += (size_t)n;
	} else {
		n = read(c->from, c->buf, sizeof(c->buf));
		c->n = n > 0 ? (size_t)n : 0;
		c->done = 0;
	}
	if (!n || (n < 0 && errno != EINTR && errno != EAGAIN))
		finish(c);
}

/* What the channel waits for. */
static struct pollfd wanted(const struct channel *c)
{
	if (pending(c))
		return (struct pollfd){ .fd = c->to, .events = POLLOUT };
	return (struct pollfd){ .fd = c->from, .events = POLLIN };
}

/* Reading in the background would stop us; then the input waits. */
static bool may_read(void)
{
	pid_t group = tcgetpgrp(0);

	/* -1: not our controlling terminal, then nothing stops us. */
	return group < 0 || group == getpgrp();
}

/* After the end: what it wrote is in the pipes; a daemon of it may write on for ever. */
static void drain(struct channel *c)
{
	for (int chunks = 0; c->from >= 0 && (pending(c) || chunks < PIPE_CHUNKS);) {
		struct pollfd p = wanted(c);

		int ready = poll(&p, 1, pending(c) ? -1 : 0);

		if (!ready || (ready < 0 && errno != EINTR))
			break;
		chunks += !pending(c);
		if (ready > 0)
			step(c);
	}
}

static void serve(struct relay *r)
{
	for (;;) {
		struct channel *in = &r->channel[0];
		bool asleep = in->from >= 0 && !pending(in) && !may_read();
		struct pollfd p[4] = { { .fd = -1 } };

		for (int i = asleep; i < 3; i++)
			p[i] = wanted(&r->channel[i]);
		p[3] = (struct pollfd){ .fd = r->pidfd, .events = POLLIN };
		if (poll(p, 4, asleep ? FOREGROUND_MSEC : -1) < 0)
			continue;
		if (p[3].revents)
			break;
		for (int i = 0; i < 3; i++)
			if (p[i].revents)
				step(&r->channel[i]);
	}
	drain(&r->channel[1]);
	drain(&r->channel[2]);
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
	if (make_pipes(&r, far) < 0)
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
