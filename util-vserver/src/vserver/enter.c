// SPDX-License-Identifier: GPL-2.0-only
/* vserver NAME enter */
#define _GNU_SOURCE
#include "config/config.h"
#include "src/pty.h"
#include "verb.h"

int verb_enter(struct vserver_ctx *v, int argc, char **argv)
{
	struct guest_enter_options o = { .channel = -1, .insecure = v->insecure };
	struct guest g = verb_guest(v);
	uint32_t xid;
	int r;

	verb_no_arguments(argc, argv);
	/* Before the terminal is taken: this message needs no proxy. */
	r = cfg_running(v->cfg, &xid);
	if (r < 0)
		return verb_failed(v);
	if (!r && !v->insecure) {
		vserver_error(v, "the guest is not running");
		return VSERVER_FAILED;
	}
	if (!cfg_bool(cfg_defaults(), "apps/vlogin/disable")) {
		o.channel = pty_proxy("vserver");
		if (o.channel < 0)
			die_errno("%s: terminal", v->name);
	}
	guest_enter(&g, &o);
	return verb_failed(v);
}
