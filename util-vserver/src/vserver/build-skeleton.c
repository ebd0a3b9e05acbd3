// SPDX-License-Identifier: GPL-2.0-only
/* build -m skeleton: a root with nothing but the base set-up, and a command to fill it. */
#include "build.h"

/* The command runs in the new root, on the host: it is the admin's own. */
static int finish(struct build *b)
{
	return b->args.n ? build_run(b, b->rootpath, b->args.v) : 0;
}

const struct build_method build_skeleton = {
	.name = "skeleton",
	.usage = "[-d DIST] [COMMAND ARG...]",
	.what = "empty root; COMMAND (of the host) runs in it",
	.rest = true,
	.finish = finish,
};
