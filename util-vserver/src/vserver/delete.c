// SPDX-License-Identifier: GPL-2.0-only
/* vserver NAME delete */
#define _GNU_SOURCE
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "config/config.h"
#include "verb.h"

static const char usage[] =
"Usage: vserver NAME delete [--yes]\n"
"Remove a stopped guest: its root directory, its configuration and its cache.\n"
"\n"
"  -y, --yes   don't ask (also: vserver --silent NAME delete)\n"
"\n"
"Exit status: 0 removed, 1 failed or running, 2 the answer was no.\n"
"\n"
"Example: vserver web stop && vserver web delete --yes\n";

static const struct option options[] = {
	{ "yes", no_argument, NULL, 'y' },
	TOOL_OPTIONS
};

static bool confirmed(struct vserver_ctx *v)
{
	char *root = NULL, answer[16];

	if (cfg_vdir(v->cfg, &root) < 0)
		root = NULL;
	printf("Remove guest '%s' with %s%s%s? [y/N] ", v->name, v->cfg->path,
	       root ? " and " : "", root ? root : "");
	fflush(stdout);
	free(root);
	return fgets(answer, sizeof(answer), stdin) && (answer[0] == 'y' || answer[0] == 'Y');
}

int verb_delete(struct vserver_ctx *v, int argc, char **argv)
{
	bool yes = v->silent;
	uint32_t xid;
	int r;

	while (verb_getopt(argc, argv, "+y", options, usage) != -1)
		yes = true;
	if (optind < argc)
		die_usage("delete takes no argument '%s'", argv[optind]);
	/* Before the question; the same is checked again under the lock. */
	r = cfg_running(v->cfg, &xid);
	if (r > 0)
		cfg_fail("the guest is running; stop it first");
	if (r)
		return verb_failed(v);
	if (!yes && !confirmed(v))
		return VSERVER_USAGE;
	return guest_delete(v->cfg) < 0 ? verb_failed(v) : VSERVER_OK;
}
