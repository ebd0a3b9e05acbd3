// SPDX-License-Identifier: GPL-2.0-only
/* build -m skeleton: a root with nothing but the base set-up, and a command to fill it. */
#include <getopt.h>
#include <stdlib.h>

#include "build.h"

static int parse(struct build *b, int argc, char **argv)
{
	static const struct option options[] = {
		{ "debug", no_argument, NULL, 'D' },
		{ }
	};
	int c;

	while ((c = getopt_long(argc, argv, "+d:", options, NULL)) != -1) {
		if (c == 'd')
			b->dist = optarg;
		else if (c == 'D')
			b->o.debug++;
		else
			return 2;
	}
	for (; optind < argc; optind++)
		build_list_add(&b->args, argv[optind]);
	return 0;
}

/* The command runs in the new root, on the host: it is the admin's own. */
static int finish(struct build *b)
{
	return b->args.n ? build_run(b, b->rootpath, b->args.v) : 0;
}

const struct build_method build_skeleton = {
	.name = "skeleton",
	.usage = "[-d DIST] [COMMAND ARG...]",
	.what = "empty root; COMMAND (of the host) runs in it",
	.parse = parse,
	.finish = finish,
};
