// SPDX-License-Identifier: GPL-2.0-only
/* vserver NAME running: exit status only. */
#define _GNU_SOURCE
#include "config/config.h"
#include "verb.h"

int verb_running(struct vserver_ctx *v, int argc, char **argv)
{
	uint32_t xid;
	int r;

	verb_no_arguments(argc, argv);
	r = cfg_running(v->cfg, &xid);
	if (r < 0)
		return verb_failed(v);
	if (r)
		return VSERVER_OK;
	/* As ever: a stale run file goes away. One of a context that lives is not stale. */
	if (cfg_run_read(v->cfg, &xid) == 1 && !cfg_owns_xid(v->cfg, xid))
		cfg_run_remove(v->cfg, xid);
	return VSERVER_FAILED;
}
