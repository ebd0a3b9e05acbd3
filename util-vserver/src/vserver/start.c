// SPDX-License-Identifier: GPL-2.0-only
/* vserver NAME start */
#define _GNU_SOURCE
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "config/config.h"
#include "verb.h"

static const char usage[] =
"Usage: vserver NAME start [OPTION]... [CMD [ARG]...]\n"
"Start the guest: all of it or nothing. What can't be done is undone, and the\n"
"message says which step failed.\n"
"\n"
"      --rescue        run CMD (default: /bin/sleep 900) instead of the guest's init\n"
"      --rescue-init   the same, as the guest's pid 1 and without waiting for its end\n"
"      --rescue-cmd C  as --rescue with the command line C (old form)\n"
"      --list-steps    print the names of the steps and do nothing\n"
"\n"
"Example: vserver web start --rescue-init /bin/sleep 3600\n";

enum { OPT_RESCUE = 256, OPT_RESCUE_INIT, OPT_RESCUE_CMD, OPT_FAIL_AT, OPT_LIST };

static const struct option options[] = {
	{ "rescue", no_argument, NULL, OPT_RESCUE },
	{ "rescue-init", no_argument, NULL, OPT_RESCUE_INIT },
	{ "rescue-cmd", required_argument, NULL, OPT_RESCUE_CMD },
	/* For the tests of the undo; not in the help. */
	{ "fail-at", required_argument, NULL, OPT_FAIL_AT },
	{ "list-steps", no_argument, NULL, OPT_LIST },
	TOOL_OPTIONS
};

static int list_steps(void)
{
	for (const char *const *name = guest_start_steps(); *name; name++)
		puts(*name);
	return VSERVER_OK;
}

static void check_step(const char *wanted)
{
	for (const char *const *name = guest_start_steps(); *name; name++)
		if (!strcmp(*name, wanted))
			return;
	die_usage("start: no step is called '%s'", wanted);
}

int verb_start(struct vserver_ctx *v, int argc, char **argv)
{
	struct guest_start_options o = { .tty = v->defaulttty, .debug_sysv = v->debug_sysv,
					 .sync = v->sync, .trace = v->strace };
	static char *shell[4] = { (char *)"/bin/sh", (char *)"-c" };
	struct guest g = verb_guest(v);
	int c, r;

	while ((c = verb_getopt(argc, argv, "+", options, usage)) != -1) {
		switch (c) {
		case OPT_RESCUE:
			o.rescue = true;
			break;
		case OPT_RESCUE_INIT:
			o.rescue_init = true;
			break;
		case OPT_RESCUE_CMD:
			o.rescue = true;
			shell[2] = optarg;
			o.rescue_cmd = shell;
			break;
		case OPT_FAIL_AT:
			check_step(optarg);
			o.fail_at = optarg;
			break;
		case OPT_LIST:
			return list_steps();
		}
	}
	if (optind < argc && !o.rescue && !o.rescue_init)
		die_usage("start takes no argument '%s'", argv[optind]);
	if (optind < argc)
		o.rescue_cmd = argv + optind;
	r = guest_start(&g, &o);
	if (r == GUEST_ALREADY)
		vserver_info(v, "already running");
	else if (r < 0)
		verb_failed(v);
	else if (v->verbose)
		vserver_info(v, "started at context %u", g.xid);
	guest_free(&g);
	return r < 0 ? VSERVER_FAILED : VSERVER_OK;
}
