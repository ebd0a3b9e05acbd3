// SPDX-License-Identifier: GPL-2.0-only
#define _GNU_SOURCE
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "config/config.h"
#include "relay.h"
#include "src/pty.h"
#include "verb.h"

static void on_note(void *arg, enum guest_note level, const char *text)
{
	struct vserver_ctx *v = arg;

	if (level == GUEST_WARNING)
		vserver_error(v, "warning: %s", text);
	else if (v->verbose)
		vserver_info(v, "%s", text);
}

struct guest verb_guest(struct vserver_ctx *v)
{
	return (struct guest){ .cfg = v->cfg, .note = on_note, .note_arg = v };
}

int verb_failed(struct vserver_ctx *v)
{
	vserver_error(v, "%s", cfg_error());
	return VSERVER_FAILED;
}

void verb_no_arguments(int argc, char **argv)
{
	if (argc > 1)
		die_usage("%s takes no argument '%s'", argv[0], argv[1]);
}

int verb_terminal(struct vserver_ctx *v)
{
	int channel = -1;

	fflush(NULL);
	if (isatty(STDIN_FILENO) && isatty(STDOUT_FILENO)) {
		channel = pty_proxy("vserver");
		if (channel < 0)
			die_errno("%s: terminal", v->name);
	} else if (relay_split() < 0) {
		die_errno("%s: pipes", v->name);
	}
	return channel;
}

int verb_getopt(int argc, char **argv, const char *shorts, const struct option *options,
		const char *usage)
{
	int c;

	opterr = 0;
	c = getopt_long(argc, argv, shorts, options, NULL);
	if (c == TOOL_OPT_HELP) {
		fputs(usage, stdout);
		tool_flush();
		exit(VSERVER_OK);
	}
	if (c == '?')
		die_usage("%s: unknown option '%s'", argv[0], argv[optind - 1]);
	return c;
}
