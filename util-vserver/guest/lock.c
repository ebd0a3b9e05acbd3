// SPDX-License-Identifier: GPL-2.0-only
/* The lock that keeps start, stop and delete of one guest apart; and waiting for its end. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>

#include <vserver.h>

#include "guest.h"
#include "internal.h"

#define LOCK_SECONDS	300

static void on_alarm(int sig)
{
	(void)sig;
}

/* Only for people who look; the lock holds without it. */
static void note_pid(int fd, const char *path)
{
	char pid[24];
	int n = snprintf(pid, sizeof(pid), "%d\n", (int)getpid());

	if (ftruncate(fd, 0) < 0 || pwrite(fd, pid, (size_t)n, 0) < 0)
		guest_note(&(struct guest){ 0 }, GUEST_INFO, "%s: can't note the pid", path);
}

/*
 * A lock of the open file: it conflicts with the POSIX locks of the old tools, but isn't
 * lost when some library closes another descriptor of the file.
 */
int guest_lock_file(const char *name)
{
	auto_free char *path = xasprintf("%s/%s", cfg_lockdir(), name);
	struct sigaction ours = { .sa_handler = on_alarm }, old;
	struct flock lock = { .l_type = F_WRLCK, .l_whence = SEEK_SET };
	int fd, r;

	mkdir(cfg_lockdir(), 0755);
	fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0644);
	if (fd < 0)
		return cfg_fail_errno("%s: can't lock", path);
	sigaction(SIGALRM, &ours, &old);
	alarm(LOCK_SECONDS);
	r = fcntl(fd, F_OFD_SETLKW, &lock);
	alarm(0);
	sigaction(SIGALRM, &old, NULL);
	if (r < 0) {
		r = errno == EINTR ? cfg_fail("%s: another start or stop has not ended within %d "
					      "seconds", path, LOCK_SECONDS) :
				     cfg_fail_errno("%s: can't lock", path);
		close(fd);
		return r;
	}
	note_pid(fd, path);
	return fd;
}

static char *lock_name(const struct cfg *c)
{
	auto_free char *unique = cfg_unique_name(c);

	return unique ? xasprintf("vserver.%s.startup", unique) : NULL;
}

int guest_lock(const struct cfg *c)
{
	auto_free char *name = lock_name(c);

	return name ? guest_lock_file(name) : -1;
}

int guest_lock_now(const struct cfg *c)
{
	auto_free char *name = lock_name(c);
	auto_free char *path = name ? xasprintf("%s/%s", cfg_lockdir(), name) : NULL;
	struct flock lock = { .l_type = F_WRLCK, .l_whence = SEEK_SET };
	int fd;

	if (!path)
		return -1;
	mkdir(cfg_lockdir(), 0755);
	fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0644);
	if (fd >= 0 && !fcntl(fd, F_OFD_SETLK, &lock))
		return fd;
	if (fd >= 0)
		close(fd);
	return cfg_fail_errno("%s: can't lock", path);
}

bool guest_is_locked(const struct cfg *c)
{
	auto_free char *name = lock_name(c);
	auto_free char *path = name ? xasprintf("%s/%s", cfg_lockdir(), name) : NULL;
	auto_close int fd = path ? open(path, O_RDWR | O_CLOEXEC | O_NOFOLLOW) : -1;
	struct flock lock = { .l_type = F_WRLCK, .l_whence = SEEK_SET };

	return fd >= 0 && !fcntl(fd, F_OFD_GETLK, &lock) && lock.l_type != F_UNLCK;
}

/* A child sits in the system call; the caller can then wait for it with a time limit. */
static pid_t fork_waiter(uint32_t xid)
{
	pid_t pid = fork();

	if (!pid) {
		struct vcmd_wait_exit result;

		signal(SIGINT, SIG_DFL);
		signal(SIGTERM, SIG_DFL);
		while (vc_wait_exit(xid, &result) < 0)
			if (errno != EINTR)
				_exit(errno == ESRCH ? 0 : 1);
		_exit(0);
	}
	return pid;
}

static int64_t now_msec(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

int guest_wait_gone(uint32_t xid, int msec)
{
	int64_t end = now_msec() + msec;
	pid_t pid = fork_waiter(xid);
	auto_close int fd = pid > 0 ? (int)syscall(SYS_pidfd_open, pid, 0) : -1;
	struct pollfd p = { .fd = fd, .events = POLLIN };
	int r = 0, status = 0;

	if (fd < 0) {
		cfg_fail_errno("can't wait for context %u", xid);
		if (pid > 0) {
			kill(pid, SIGKILL);
			waitpid(pid, NULL, 0);
		}
		return -1;
	}
	for (;;) {
		int64_t left = end - now_msec();

		r = poll(&p, 1, msec < 0 ? -1 : left > 0 ? (int)left : 0);
		if (r >= 0 || errno != EINTR)
			break;
	}
	if (r <= 0)
		kill(pid, SIGKILL);
	waitpid(pid, &status, 0);
	if (r <= 0)
		return 0;
	return WIFEXITED(status) && WEXITSTATUS(status) == 0 ? 1 :
	       cfg_fail("can't wait for context %u", xid);
}
