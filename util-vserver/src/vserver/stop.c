// SPDX-License-Identifier: GPL-2.0-only
/* vserver NAME stop */
#define _GNU_SOURCE
#include <stdio.h>

#include "config/config.h"
#include "verb.h"

static const char usage[] =
"Usage: vserver NAME stop [--rescue-init | --dead]\n"
"Stop the guest: ask its init or run its stop command, wait as long as\n"
"apps/vshelper/sync-timeout allows (30 s), then signal what is left as\n"
"apps/init/killseq says (TERM, 5 s, KILL).\n"
"\n"
"      --rescue-init   it was started with --rescue-init\n"
"      --dead          only tidy up after a guest that has died; never stops one\n"
"\n"
"Example: vserver web stop\n";

enum { OPT_RESCUE_INIT = 256, OPT_DEAD };

static const struct option options[] = {
	{ "rescue-init", no_argument, NULL, OPT_RESCUE_INIT },
	/* For vshelper: the guest may have been started again since it died. */
	{ "dead", no_argument, NULL, OPT_DEAD },
	TOOL_OPTIONS
};

int verb_stop(struct vserver_ctx *v, int argc, char **argv)
{
	struct guest_stop_options o = { .debug_sysv = v->debug_sysv, .tty = v->defaulttty };
	struct guest g = verb_guest(v);
	bool dead = false;
	int c, r;

	while ((c = verb_getopt(argc, argv, "+", options, usage)) != -1) {
		o.rescue_init |= c == OPT_RESCUE_INIT;
		dead |= c == OPT_DEAD;
	}
	if (optind < argc)
		die_usage("stop takes no argument '%s'", argv[optind]);
	r = dead ? guest_clean_dead(&g) : guest_stop(&g, &o);
	if (r == GUEST_ALREADY)
		vserver_info(v, "not running");
	else if (r < 0)
		verb_failed(v);
	else if (v->verbose && !dead)
		vserver_info(v, "stopped");
	guest_free(&g);
	return r < 0 ? VSERVER_FAILED : VSERVER_OK;
}
