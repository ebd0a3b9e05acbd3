// SPDX-License-Identifier: GPL-2.0-only
/* build -m rsync: the root from a directory, here or on another machine. */
#include <getopt.h>
#include <stdlib.h>
#include <string.h>

#include "build.h"

static int parse(struct build *b, int argc, char **argv)
{
	static const struct option options[] = {
		{ "source", required_argument, NULL, 's' },
		{ "debug", no_argument, NULL, 'D' },
		{ }
	};
	/* holes, ACLs and attributes too: without file capabilities half a system doesn't work */
	static const char *const defaults[] = { "-HAXSazx", "--numeric-ids" };
	int c;

	while ((c = getopt_long(argc, argv, "+s:o:d:", options, NULL)) != -1) {
		switch (c) {
		case 's':
			b->source = optarg;
			break;
		case 'o':
			build_list_add(&b->args, optarg);
			break;
		case 'd':
			b->dist = optarg;
			break;
		case 'D':
			b->o.debug++;
			break;
		default:
			return 2;
		}
	}
	if (!b->source) {
		build_fail(b, "rsync: --source DIRECTORY or HOST:DIRECTORY is missing");
		return 2;
	}
	if (!b->args.n) {
		build_list_add(&b->args, defaults[0]);
		build_list_add(&b->args, defaults[1]);
	}
	for (; optind < argc; optind++)
		build_list_add(&b->args, argv[optind]);
	return 0;
}

static int populate(struct build *b)
{
	struct build_list argv = { };
	char *src = build_printf("%s/", b->source), *dst = build_printf("%s/", b->rootpath);
	int ret;

	build_list_add(&argv, "rsync");
	for (size_t i = 0; i < b->args.n; i++)
		build_list_add(&argv, b->args.v[i]);
	build_list_add(&argv, "--");
	build_list_add(&argv, src);
	build_list_add(&argv, dst);
	ret = build_run(b, NULL, argv.v);
	build_list_free(&argv);
	free(src);
	free(dst);
	return ret;
}

const struct build_method build_rsync = {
	.name = "rsync",
	.usage = "-s|--source DIR-or-HOST:DIR [-o OPTION]... [-d DIST] [-- OPTION...]",
	.what = "copy with rsync, also from another machine",
	.parse = parse,
	.populate = populate,
};
