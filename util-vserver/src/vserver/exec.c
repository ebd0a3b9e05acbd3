// SPDX-License-Identifier: GPL-2.0-only
/* vserver NAME exec CMD [ARG]... */
#define _GNU_SOURCE
#include "config/config.h"
#include "verb.h"

int verb_exec(struct vserver_ctx *v, int argc, char **argv)
{
	struct guest_enter_options o = { .channel = -1, .insecure = v->insecure };
	struct guest g = verb_guest(v);

	if (argc < 2)
		die_usage("exec: no program");
	o.argv = argv + 1;
	o.channel = verb_terminal(v);
	guest_enter(&g, &o);
	return verb_failed(v);
}
