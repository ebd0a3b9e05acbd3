// SPDX-License-Identifier: GPL-2.0-only
/* vserver NAME stop */
#define _GNU_SOURCE
#include <stdio.h>

#include "config/config.h"
#include "verb.h"

static const char usage[] =
"Usage: vserver NAME stop [--rescue-init]\n"
"Stop the guest: ask its init or run its stop command, wait as long as\n"
"apps/vshelper/sync-timeout allows (30 s), then signal what is left as\n"
"apps/init/killseq says (TERM, 5 s, KILL).\n"
"\n"
"      --rescue-init   it was started with --rescue-init\n"
"\n"
"Example: vserver web stop\n";

enum { OPT_RESCUE_INIT = 256 };

static const struct option options[] = {
	{ "rescue-init", no_argument, NULL, OPT_RESCUE_INIT },
	TOOL_OPTIONS
};

int verb_stop(struct vserver_ctx *v, int argc, char **argv)
{
	struct guest_stop_options o = { .debug_sysv = v->debug_sysv, .tty = v->defaulttty };
	struct guest g = verb_guest(v);
	int r;

	while (verb_getopt(argc, argv, "+", options, usage) != -1)
		o.rescue_init = true;
	if (optind < argc)
		die_usage("stop takes no argument '%s'", argv[optind]);
	r = guest_stop(&g, &o);
	if (r == GUEST_ALREADY)
		vserver_info(v, "not running");
	else if (r < 0)
		verb_failed(v);
	else if (v->verbose)
		vserver_info(v, "stopped");
	guest_free(&g);
	return r < 0 ? VSERVER_FAILED : VSERVER_OK;
}
