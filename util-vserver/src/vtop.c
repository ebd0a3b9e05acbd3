// SPDX-License-Identifier: GPL-2.0-only
/*
 * vtop.c - top(1) in context 1
 */
#include <string.h>

#include "tool.h"
#include "watch.h"

static const struct tool tool = {
	.name = "vtop",
	.about = "show the processes of all contexts, live",
	.usage =
		"Usage: vtop [ARGUMENT]...\n"
		"\n"
		"Runs top(1) with these arguments in context 1, which sees every process.\n"
		"\n"
		"  --help, --version   alone: of vtop itself\n"
		"\n"
		"Exit: that of top; 255 if it can't be run.\n"
		"\n"
		"Example: vtop -b -n 1 | head -20\n",
	.fail = 255,
	.bad_usage = 255,
};

int main(int argc, char **argv)
{
	static const struct option options[] = { TOOL_OPTIONS };

	tool_init(&tool);
	/* Everything else is for top, whatever it looks like. */
	if (argc == 2 && (!strcmp(argv[1], "--help") || !strcmp(argv[1], "--version")))
		tool_getopt(argc, argv, "+", options);
	watch_exec("top", argv);
}
