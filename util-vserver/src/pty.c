// SPDX-License-Identifier: GPL-2.0-only
/*
 * pty.c - the terminal proxy: two processes and the channel between them
 *
 * See pty.h; the proxy's loop is in pty-loop.c.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/wait.h>
#include <unistd.h>

#include "pty.h"

/* ---- the channel ---------------------------------------------------------- */

int pty_is_master(int fd)
{
	struct stat st;
	int number;

	/* Only the master answers with its number; the slave says ENOTTY. */
	return fstat(fd, &st) == 0 && S_ISCHR(st.st_mode) &&
	       st.st_rdev == makedev(5, 2) &&
	       ioctl(fd, TIOCGPTN, &number) == 0;
}

static int send_master(int channel, int master)
{
	union {
		char room[CMSG_SPACE(sizeof(int))];
		struct cmsghdr align;
	} control = { 0 };
	char byte = 'm';
	struct iovec iov = { .iov_base = &byte, .iov_len = 1 };
	struct msghdr msg = {
		.msg_iov = &iov, .msg_iovlen = 1,
		.msg_control = control.room,
		.msg_controllen = sizeof(control.room),
	};
	struct cmsghdr *c = CMSG_FIRSTHDR(&msg);

	c->cmsg_level = SOL_SOCKET;
	c->cmsg_type = SCM_RIGHTS;
	c->cmsg_len = CMSG_LEN(sizeof(int));
	memcpy(CMSG_DATA(c), &master, sizeof(int));
	return sendmsg(channel, &msg, MSG_NOSIGNAL) == 1 ? 0 : -1;
}

int pty_receive(int channel)
{
	union {
		char room[CMSG_SPACE(sizeof(int))];
		struct cmsghdr align;
	} control;
	char byte;
	struct iovec iov = { .iov_base = &byte, .iov_len = 1 };
	struct msghdr msg = {
		.msg_iov = &iov, .msg_iovlen = 1,
		.msg_control = control.room,
		.msg_controllen = sizeof(control.room),
	};
	struct cmsghdr *c;
	ssize_t n;
	int fd;

	do {
		n = recvmsg(channel, &msg, MSG_CMSG_CLOEXEC);
	} while (n < 0 && errno == EINTR);
	if (n <= 0) {
		if (n == 0)
			errno = 0;
		return -1;
	}
	c = CMSG_FIRSTHDR(&msg);
	if ((msg.msg_flags & MSG_CTRUNC) || !c || c->cmsg_level != SOL_SOCKET ||
	    c->cmsg_type != SCM_RIGHTS || c->cmsg_len != CMSG_LEN(sizeof(int))) {
		errno = EBADMSG;
		return -1;
	}
	memcpy(&fd, CMSG_DATA(c), sizeof(int));
	if (!pty_is_master(fd)) {
		close(fd);
		errno = ENOTTY;
		return -1;
	}
	return fd;
}

pid_t pty_split(int *channel)
{
	int pair[2];
	pid_t pid;

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) < 0)
		return -1;
	fflush(NULL);
	/* Ignored, as some parents leave it, it would take the child's status. */
	signal(SIGCHLD, SIG_DFL);
	pid = fork();
	if (pid < 0) {
		int error = errno;

		close(pair[0]);
		close(pair[1]);
		errno = error;
		return -1;
	}
	if (pid == 0) {
		/*
		 * Our terminal can't be the controlling one of anything that
		 * enters a guest.
		 */
		setsid();
		/* Scripts ignore these for what they start in the background; on
		 * a terminal of its own the keys must work.
		 */
		signal(SIGINT, SIG_DFL);
		signal(SIGQUIT, SIG_DFL);
		signal(SIGTSTP, SIG_DFL);
		close(pair[0]);
		*channel = pair[1];
	} else {
		close(pair[1]);
		*channel = pair[0];
	}
	return pid;
}

/* ---- the child's side ----------------------------------------------------- */

/* Not through the name: the guest owns /dev/pts and could replace it. */
static int open_slave(int master)
{
	int unlock = 0;

	if (ioctl(master, TIOCSPTLCK, &unlock) < 0)
		return -1;
	return ioctl(master, TIOCGPTPEER, O_RDWR | O_NOCTTY | O_CLOEXEC);
}

static int wait_for_go(int channel)
{
	char byte;
	ssize_t n;

	do {
		n = read(channel, &byte, 1);
	} while (n < 0 && errno == EINTR);
	if (n == 0)
		errno = EPIPE;
	return n == 1 ? 0 : -1;
}

static const char *use_slave(int slave, uid_t owner)
{
	if (owner != (uid_t)-1 && fchown(slave, owner, -1) < 0)
		return "owner of the terminal";
	/* A caller that forked on its way in isn't the leader any more. */
	setsid();
	if (ioctl(slave, TIOCSCTTY, 0) < 0)
		return "controlling terminal";
	for (int fd = 0; fd < 3; fd++)
		if (dup2(slave, fd) < 0)
			return "standard input and output";
	return NULL;
}

const char *pty_attach(int channel, uid_t owner)
{
	const char *what = NULL;
	int master, slave = -1;

	/* O_NONBLOCK: whatever the guest put there can't make us wait. */
	master = open("/dev/ptmx", O_RDWR | O_NOCTTY | O_CLOEXEC | O_NONBLOCK);
	if (master < 0)
		return "/dev/ptmx";
	if (!pty_is_master(master)) {
		errno = ENOTTY;
		what = "/dev/ptmx";
	} else if ((slave = open_slave(master)) < 0) {
		what = "new terminal";
	} else if (send_master(channel, master) < 0 ||
		   wait_for_go(channel) < 0) {
		what = "terminal proxy";
	} else {
		what = use_slave(slave, owner);
	}

	int error = errno;

	close(master);
	if (slave > 2)
		close(slave);
	if (!what)
		close(channel);
	errno = error;
	return what;
}

/* ---- both ---------------------------------------------------------------- */

void pty_end_like(int status)
{
	static const struct rlimit no_core;

	if (WIFSIGNALED(status)) {
		sigset_t one;

		/* The dump would be the proxy's: of no use to anybody. */
		setrlimit(RLIMIT_CORE, &no_core);
		signal(WTERMSIG(status), SIG_DFL);
		sigemptyset(&one);
		sigaddset(&one, WTERMSIG(status));
		sigprocmask(SIG_UNBLOCK, &one, NULL);
		raise(WTERMSIG(status));
		exit(128 + WTERMSIG(status));
	}
	exit(WEXITSTATUS(status));
}

int pty_proxy(const char *tool)
{
	int channel;
	pid_t child = pty_split(&channel);

	if (child < 0)
		return -1;
	if (child > 0)
		pty_end_like(pty_serve(tool, channel, child));
	return channel;
}
