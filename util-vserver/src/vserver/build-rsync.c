// SPDX-License-Identifier: GPL-2.0-only
/* build -m rsync: the root from a directory, here or on another machine. */
#include <stddef.h>
#include <stdlib.h>

#include "build.h"

static const struct build_arg options[] = {
	{ 's', "source", BUILD_TEXT, offsetof(struct build, source) },
	{ 'o', NULL, BUILD_LIST, offsetof(struct build, own) },
	{ }
};

static int check(struct build *b)
{
	if (b->source)
		return 0;
	build_fail(b, "rsync: --source DIRECTORY or HOST:DIRECTORY is missing");
	return 2;
}

static int populate(struct build *b)
{
	/* holes, ACLs and attributes too: without file capabilities half a system doesn't work */
	static const char *const usual[] = { "-HAXSazx", "--numeric-ids" };
	struct build_list argv = { };
	char *src = build_printf("%s/", b->source), *dst = build_printf("%s/", b->rootpath);
	int ret;

	build_list_add(&argv, "rsync");
	for (size_t i = 0; i < b->own.n; i++)
		build_list_add(&argv, b->own.v[i]);
	for (size_t i = 0; !b->own.n && i < sizeof(usual) / sizeof(*usual); i++)
		build_list_add(&argv, usual[i]);
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
	.options = options,
	.rest = true,
	.check = check,
	.populate = populate,
};
