// SPDX-License-Identifier: GPL-2.0-only
/* vserver NAME condrestart */
#define _GNU_SOURCE
#include "config/config.h"
#include "verb.h"

int verb_condrestart(struct vserver_ctx *v, int argc, char **argv)
{
	uint32_t xid;
	int r;

	verb_no_arguments(argc, argv);
	r = cfg_running(v->cfg, &xid);
	if (r < 0)
		return verb_failed(v);
	return r ? verb_restart(v, argc, argv) : VSERVER_OK;
}
