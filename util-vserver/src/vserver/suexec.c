// SPDX-License-Identifier: GPL-2.0-only
/* vserver NAME suexec USER CMD [ARG]... */
#define _GNU_SOURCE
#include "config/config.h"
#include "verb.h"

int verb_suexec(struct vserver_ctx *v, int argc, char **argv)
{
	struct guest_enter_options o = { .channel = -1, .insecure = v->insecure };
	struct guest g = verb_guest(v);

	if (argc < 3)
		die_usage("suexec: %s", argc < 2 ? "no user" : "no program");
	o.user = argv[1];
	o.argv = argv + 2;
	o.channel = verb_terminal(v);
	guest_enter(&g, &o);
	return verb_failed(v);
}
