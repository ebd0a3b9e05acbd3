// SPDX-License-Identifier: GPL-2.0-only
/* vwait - wait until a context is gone */
#define _GNU_SOURCE
#include <errno.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tool.h"

static const struct tool tool = {
	.name = "vwait",
	.about = "wait until a context is gone",
	.fail = 127,
	.bad_usage = 126,
	.usage =
"Usage: vwait [--timeout SECONDS] [--terminate] [--status-fd FD] XID\n\n"
"  --timeout SECONDS  give up after this time; 0 or none: never\n"
"  --terminate        kill all of the context's processes instead of giving up\n"
"  --status-fd FD     write the outcome there\n"
"  --help, --version\n\n"
"Outcome and exit status:\n"
"  FINISHED N  0    the context is gone; N: exit status of its init\n"
"  KILLED      1    it was killed after the time-out\n"
"  TIMEOUT     2    it still lives\n"
"  ???         126  wrong command line\n"
"  ERROR N     127  N: number of the error\n\n"
"Example: vwait --timeout 30 --terminate web\n",
};

enum outcome { FINISHED = 0, KILLED = 1, TIMEOUT = 2, UNKNOWN = 126, ERROR = 127 };

static const struct option options[] = {
	{ "timeout", required_argument, NULL, 't' },
	{ "terminate", no_argument, NULL, 'k' },
	{ "status-fd", required_argument, NULL, 'f' },
	TOOL_OPTIONS
};

/* How long a killed context may take to vanish, in seconds. */
#define KILL_TIME 10

static volatile sig_atomic_t expired;

static void on_alarm(int sig)
{
	(void)sig;
	expired = 1;
}

/* Rings again and again: the first one could come just before the wait begins. */
static void set_timer(long seconds)
{
	struct itimerval timer = {
		.it_value.tv_sec = seconds,
		.it_interval.tv_usec = seconds ? 100000 : 0,
	};
	struct sigaction action = { .sa_handler = on_alarm };

	expired = 0;
	sigaction(SIGALRM, &action, NULL);
	setitimer(ITIMER_REAL, &timer, NULL);
}

/* FINISHED, TIMEOUT or ERROR; @status: of the context, or the error's number. */
static enum outcome wait_for(uint32_t xid, int *status)
{
	struct vcmd_wait_exit result = { 0 };

	*status = 0;
	for (;;) {
		if (vc_wait_exit(xid, &result) >= 0) {
			*status = WIFSIGNALED(result.exit_code) ?
				  128 + WTERMSIG(result.exit_code) :
				  WEXITSTATUS(result.exit_code);
			return FINISHED;
		}
		/* Gone before we asked. */
		if (errno == ESRCH)
			return FINISHED;
		if (errno != EINTR && errno != EAGAIN) {
			*status = errno;
			return ERROR;
		}
		if (expired)
			return TIMEOUT;
	}
}

static enum outcome terminate(uint32_t xid)
{
	int status;

	vc_ctx_kill(xid, 1, SIGKILL);
	vc_ctx_kill(xid, 0, SIGKILL);
	set_timer(KILL_TIME);
	if (wait_for(xid, &status) == TIMEOUT)
		warn("killed, but after %d seconds there still are processes", KILL_TIME);
	return KILLED;
}

static void report(int fd, enum outcome outcome, int status)
{
	char text[32];

	switch (outcome) {
	case FINISHED:
		snprintf(text, sizeof(text), "FINISHED %d", status);
		break;
	case KILLED:
		strcpy(text, "KILLED");
		break;
	case TIMEOUT:
		strcpy(text, "TIMEOUT");
		break;
	case ERROR:
		snprintf(text, sizeof(text), "ERROR %d", status);
		break;
	default:
		strcpy(text, "???");
	}
	if (fd >= 0 && dprintf(fd, "%s\n", text) < 0)
		die_errno("--status-fd %d", fd);
}

int main(int argc, char **argv)
{
	bool kill_it = false;
	long timeout = 0;
	int fd = -1, status, c;
	enum outcome outcome;
	uint32_t xid;

	tool_init(&tool);
	while ((c = tool_getopt(argc, argv, "+", options)) >= 0) {
		if (c == 't')
			timeout = (long)tool_s64(optarg, "--timeout", INT_MIN, INT_MAX);
		else if (c == 'k')
			kill_it = true;
		else
			fd = (int)tool_u64(optarg, "--status-fd", 0, INT_MAX);
	}
	if (argc - optind != 1) {
		report(fd, UNKNOWN, 0);
		die_usage("exactly one context is needed");
	}
	xid = tool_xid(argv[optind]);
	set_timer(timeout > 0 ? timeout : 0);
	outcome = wait_for(xid, &status);
	if (outcome == ERROR) {
		errno = status;
		warn_vc("vc_wait_exit");
	}
	if (outcome == TIMEOUT && kill_it)
		outcome = terminate(xid);
	report(fd, outcome, status);
	return outcome;
}
