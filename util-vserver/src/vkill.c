// SPDX-License-Identifier: GPL-2.0-only
/* vkill - send a signal to processes of a context */
#define _GNU_SOURCE
#include <errno.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>

#include "tool.h"

static const struct tool tool = {
	.name = "vkill",
	.about = "send a signal to processes of a context",
	.usage =
"Usage: vkill [--xid XID] [-s SIGNAL] [--] [PID]...\n\n"
"  -c, --xid XID        number or name of the context; default: that of each PID\n"
"  -s, --signal SIGNAL  name with or without SIG, or number; default: TERM\n"
"  --help, --version\n\n"
"PID: number of a process as the host sees it; with --xid also\n"
"  1   the init of the context\n"
"  0   all processes; this is meant when there is no PID\n"
"  -1  all but the init\n\n"
"Example: vkill --xid web -s KILL -- -1\n",
};

static const struct option options[] = {
	{ "xid", required_argument, NULL, 'c' },
	{ "ctx", required_argument, NULL, 'c' },
	{ "signal", required_argument, NULL, 's' },
	TOOL_OPTIONS
};

/* Context of a process, -1 after a message. */
static int64_t xid_of(pid_t pid)
{
	int xid;

	if (pid <= 1) {
		warn("%d: --xid is needed to know whose", pid);
		return -1;
	}
	xid = vc_task_xid(pid);
	if (xid < 0 && errno == ENOSYS)
		die_vc("vc_task_xid");
	if (xid < 0)
		warn_errno("%d", pid);
	else if (xid < (int)VX_ID_MIN)
		warn("%d: is in no context", pid);
	return xid < (int)VX_ID_MIN ? -1 : xid;
}

static bool send_signal(const char *xid, pid_t pid, int sig)
{
	int64_t id = xid ? (int64_t)tool_xid(xid) : xid_of(pid);

	if (id < 0)
		return false;
	if (vc_ctx_kill((uint32_t)id, pid, sig) >= 0)
		return true;
	if (errno == ENOSYS)
		die_vc("vc_ctx_kill");
	warn_errno("%d: vc_ctx_kill()", pid);
	return false;
}

/* Never "0, so everything" out of a typing error. */
static bool parse_pid(const char *arg, pid_t *pid)
{
	char *end;
	long n;

	errno = 0;
	n = strtol(arg, &end, 10);
	if (errno || end == arg || *end || n < -1 || n > INT_MAX) {
		warn("'%s' is not a process number", arg);
		return false;
	}
	*pid = (pid_t)n;
	return true;
}

int main(int argc, char **argv)
{
	const char *xid = NULL;
	int sig = SIGTERM, c;
	bool ok = true;
	pid_t pid;

	tool_init(&tool);
	while ((c = tool_getopt(argc, argv, "+c:s:", options)) >= 0) {
		if (c == 'c')
			xid = optarg;
		else
			sig = vc_signal(optarg);
		if (sig < 0)
			die_usage("Unknown signal '%s'", optarg);
	}
	if (!argv[optind]) {
		if (!xid)
			die_usage("neither --xid nor a process given");
		return send_signal(xid, 0, sig) ? EXIT_SUCCESS : EXIT_FAILURE;
	}
	for (; argv[optind]; optind++) {
		if (!parse_pid(argv[optind], &pid) || !send_signal(xid, pid, sig))
			ok = false;
	}
	return ok ? EXIT_SUCCESS : EXIT_FAILURE;
}
