// SPDX-License-Identifier: GPL-2.0-only
/*
 * vlogin.c - a program in a running guest, on a terminal of the guest
 *
 * Like `vserver NAME enter`, but also for a context that has no configuration,
 * and always with a terminal: what runs in the guest never gets hold of the one
 * that vlogin was started on.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <linux/close_range.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "config/config.h"
#include "guest/guest.h"
#include "pty.h"
#include "tool.h"

static const struct tool tool = {
	.name = "vlogin",
	.about = "run a program in a guest, on a terminal of its own",
	.usage =
		"Usage: vlogin [OPTION]... GUEST|XID [-- PROGRAM [ARGUMENT]...]\n"
		"\n"
		"  -u, --user USER   user of the guest, name or number (default: root)\n"
		"      --help, --version\n"
		"\n"
		"Default PROGRAM: the guest's login shell. The terminal is a new one from\n"
		"the guest's /dev/pts; vlogin stays outside and copies what is typed and\n"
		"shown. Without a terminal, input and output may be files or pipes.\n"
		"Exit: that of PROGRAM; 255 if it couldn't be run.\n"
		"\n"
		"Example: vlogin web -- top\n",
	.fail = 255,
	.bad_usage = 255,
};

/* Whatever of its spaces was stored; a plain context has none. */
static void enter_spaces(uint32_t xid)
{
	if (vc_enter_space(xid, 0, 0) < 0 && errno != EINVAL)
		die_vc("vc_enter_space");
	/* Half entered, the process would bring the host's root into the guest. */
	if (vc_enter_space(xid, CLONE_NEWNS | CLONE_FS, 1) < 0 && errno != EINVAL)
		die_vc("vc_enter_space");
}

/* A process space is entered by the children only. */
static void become_child(void)
{
	pid_t pid = fork();
	int status;

	if (pid < 0)
		die_errno("fork");
	if (pid == 0)
		return;
	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			die_errno("wait");
	pty_end_like(status);
}

/* The host's environment is no business of the context. */
static void clean_environment(void)
{
	const char *term = getenv("TERM");
	tool_auto_free char *copy = term ? tool_strdup(term) : NULL;

	clearenv();
	setenv("PATH", "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", 1);
	setenv("HOME", "/root", 1);
	if (copy)
		setenv("TERM", copy, 1);
}

static noreturn void enter_bare(uint32_t xid, char **argv, int channel)
{
	static char *shell[] = { "/bin/sh", "-l", NULL };
	const char *what;

	enter_spaces(xid);
	become_child();
	if (vc_ctx_migrate(xid, 0) < 0)
		die_vc("vc_ctx_migrate");
	what = pty_attach(channel, -1);
	if (what)
		die_errno("terminal in the context: %s", what);
	close_range(3, ~0U, CLOSE_RANGE_CLOEXEC);
	clean_environment();
	tool_exec(*argv ? argv : shell);
}

static noreturn void enter_guest(struct cfg *c, const char *user, char **argv,
				 int channel)
{
	struct guest guest = { .cfg = c };
	const struct guest_enter_options options = {
		.user = user,
		.argv = *argv ? argv : NULL,
		.channel = channel,
	};

	guest_enter(&guest, &options);
	die("%s: %s", c->name, cfg_error());
}

/* Return: a context without a guest, 0: @name isn't its number. */
static uint32_t bare_context(const char *name)
{
	struct vcmd_vx_info info;
	char *end;
	unsigned long xid = strtoul(name, &end, 10);

	if (*end || xid < VS_XID_MIN || xid > VS_XID_MAX)
		return 0;
	if (vc_vx_info(xid, &info) < 0)
		die_vc("vc_vx_info");
	return xid;
}

int main(int argc, char **argv)
{
	static const struct option options[] = {
		{ "user", required_argument, NULL, 'u' },
		TOOL_OPTIONS
	};
	const char *user = NULL;
	uint32_t xid = 0;
	struct cfg *c;
	int channel;

	tool_init(&tool);
	while (tool_getopt(argc, argv, "+u:", options) != -1)
		user = optarg;
	argv += optind;
	if (!argv[0])
		die_usage("which guest?");
	c = cfg_open(argv[0]);
	if (!c) {
		tool_auto_free char *why = tool_strdup(cfg_error());

		xid = bare_context(argv[0]);
		if (!xid)
			die("%s", why);
		if (user)
			die_usage("%s: a context without a guest has no users", user);
	}
	argv++;
	if (argv[0] && !strcmp(argv[0], "--"))
		argv++;

	channel = pty_proxy(tool.name);
	if (channel < 0)
		die_errno("terminal proxy");
	if (c)
		enter_guest(c, user, argv, channel);
	enter_bare(xid, argv, channel);
}
