// SPDX-License-Identifier: GPL-2.0-only
/* vserver NAME exec CMD [ARG]... */
#define _GNU_SOURCE
#include <unistd.h>

#include "config/config.h"
#include "src/pty.h"
#include "verb.h"

int verb_exec(struct vserver_ctx *v, int argc, char **argv)
{
	struct guest_enter_options o = { .channel = -1, .insecure = v->insecure };
	struct guest g = verb_guest(v);

	if (argc < 2)
		die_usage("exec: no program");
	o.argv = argv + 1;
	/* The admin's terminal isn't for the guest; pipes and files are passed on. */
	if (isatty(STDIN_FILENO) && isatty(STDOUT_FILENO)) {
		o.channel = pty_proxy("vserver");
		if (o.channel < 0)
			die_errno("%s: terminal", v->name);
	}
	guest_enter(&g, &o);
	return verb_failed(v);
}
