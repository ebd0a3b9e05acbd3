// SPDX-License-Identifier: GPL-2.0-only
/*
 * watch.c - context 1, from where all processes are seen
 */
#include "tool.h"
#include "watch.h"

void watch_enter(void)
{
	if (vc_ctx_migrate(WATCH_XID, 0) < 0)
		die_vc("vc_ctx_migrate");
}

void watch_exec(const char *program, char **argv)
{
	char *name = tool_strdup(program);

	watch_enter();
	argv[0] = name;
	tool_exec(argv);
}
