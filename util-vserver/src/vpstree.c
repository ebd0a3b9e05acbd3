// SPDX-License-Identifier: GPL-2.0-only
/*
 * vpstree.c - pstree(1) in context 1
 */
#include <string.h>

#include "tool.h"
#include "watch.h"

static const struct tool tool = {
	.name = "vpstree",
	.about = "show the processes of all contexts as a tree",
	.usage =
		"Usage: vpstree [ARGUMENT]...\n"
		"\n"
		"Runs pstree(1) with these arguments in context 1, which sees every process.\n"
		"\n"
		"  --help, --version   alone: of vpstree itself\n"
		"\n"
		"Exit: that of pstree; 255 if it can't be run.\n"
		"\n"
		"Example: vpstree -p\n",
	.fail = 255,
	.bad_usage = 255,
};

int main(int argc, char **argv)
{
	static const struct option options[] = { TOOL_OPTIONS };

	tool_init(&tool);
	/* Everything else is for pstree, whatever it looks like. */
	if (argc == 2 && (!strcmp(argv[1], "--help") || !strcmp(argv[1], "--version")))
		tool_getopt(argc, argv, "+", options);
	watch_exec("pstree", argv);
}
