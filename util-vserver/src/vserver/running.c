// SPDX-License-Identifier: GPL-2.0-only
/* vserver NAME running: exit status only. */
#define _GNU_SOURCE
#include <unistd.h>

#include "config/config.h"
#include "guest/guest.h"
#include "verb.h"

/*
 * As ever: a stale run file goes away. One of a context that lives is not stale, and a start
 * that is going on writes its own: then there is nothing to do.
 */
static void remove_stale(const struct cfg *c)
{
	uint32_t xid;
	int lock;

	if (cfg_run_read(c, &xid) != 1)
		return;
	lock = guest_lock_now(c);
	if (lock < 0)
		return;
	if (cfg_run_read(c, &xid) == 1 && !cfg_owns_xid(c, xid))
		cfg_run_remove(c, xid);
	close(lock);
}

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
	remove_stale(v->cfg);
	return VSERVER_FAILED;
}
