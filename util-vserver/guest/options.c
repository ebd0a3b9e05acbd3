// SPDX-License-Identifier: GPL-2.0-only
/*
 * From files to struct guest: everything is read and checked before a start changes
 * anything on the machine.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include <vserver.h>

#include "guest.h"
#include "init.h"
#include "internal.h"

/* What every guest has; the configuration adds and takes away. */
#define DEFAULT_NFLAGS	(NXF_HIDE_NETIF | NXF_LBACK_REMAP | NXF_HIDE_LBACK)
#define NFLAGS_ONE_TIME	(NXF_STATE_SETUP | NXF_STATE_ADMIN)
#define DEFAULT_CFLAGS	(VXF_HIDE_NETIF | VXF_VIRT_UPTIME | VXF_SC_HELPER | VXF_INFO_INIT)

void guest_note(const struct guest *g, enum guest_note level, const char *fmt, ...)
{
	char text[1024];
	va_list ap;

	if (!g->note)
		return;
	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	g->note(g->note_arg, level, text);
}

static int load_personality(struct guest *g)
{
	struct cfg_list list;
	int r = cfg_list(g->cfg, "personality", &list);

	for (size_t i = 0; r > 0 && i < list.n; i++) {
		unsigned long type = 0;
		uint64_t bits = 0;

		/* The first line is the type, the others are flags. */
		if (i == 0 ? !vc_pers_type(list.v[i], &type) :
			     vc_list_parse(VC_PERS_FLAGS, list.v[i], &bits, NULL, NULL, NULL) < 0)
			r = cfg_fail("%s:%u: unknown personality %s '%s'", list.file,
				     list.line[i], i ? "flag" : "type", list.v[i]);
		g->personality |= type | bits;
		g->has_personality = true;
	}
	cfg_list_free(&list);
	return r < 0 ? -1 : 0;
}

/* Each line raises bits in *value or, negated by ! or ~, clears them. */
static int flags_from_file(const struct cfg *c, const char *key, enum vc_word word,
			   uint64_t *value)
{
	struct cfg_list list;
	int r = cfg_list(c, key, &list);

	for (size_t i = 0; r > 0 && i < list.n; i++) {
		const char *bad = NULL;
		size_t len = 0;

		if (vc_list_parse(word, list.v[i], value, NULL, &bad, &len) < 0)
			r = cfg_fail("%s:%u: unknown %s '%.*s'", list.file, list.line[i],
				     vc_word_title(word), (int)len, bad ? bad : "");
	}
	cfg_list_free(&list);
	return r < 0 ? -1 : 0;
}

static int load_flags(struct guest *g)
{
	const char *key = cfg_bool(g->cfg, "cflags") ? "cflags" : "flags";
	struct cfg_list list;

	g->cflags = DEFAULT_CFLAGS;
	g->bcaps = vc_word_secure(VC_BCAPS);
	g->ccaps = vc_word_secure(VC_CCAPS);
	if (!strcmp(key, "flags") && cfg_bool(g->cfg, key))
		guest_note(g, GUEST_WARNING, "%s/flags: old name, please rename it to cflags",
			   g->cfg->path);
	if (flags_from_file(g->cfg, key, VC_CFLAGS, &g->cflags) < 0 ||
	    flags_from_file(g->cfg, "bcapabilities", VC_BCAPS, &g->bcaps) < 0 ||
	    flags_from_file(g->cfg, "ccapabilities", VC_CCAPS, &g->ccaps) < 0 ||
	    flags_from_file(g->cfg, "umask", VC_SPACES, &g->umask) < 0)
		return -1;
	/* One-time state flags are the kernel's business, never the configuration's. */
	g->cflags &= ~(uint64_t)VXF_ONE_TIME;
	if (cfg_list(g->cfg, key, &list) < 0)
		return -1;
	for (size_t i = 0; i < list.n; i++)
		if (!strcasecmp(list.v[i], "fakeinit"))
			g->real_init = true;
	cfg_list_free(&list);
	return 0;
}

/* spaces/pid, spaces/net: "" private, "0" none, else the guest whose space is shared. */
static int load_shared_space(struct guest *g, const char *key, uint64_t bit, uint32_t *of)
{
	auto_free char *text = NULL;
	int r = cfg_scalar(g->cfg, key, &text);

	if (r <= 0)
		return r;
	if (!*text) {
		g->spaces |= bit;
		return 0;
	}
	if (!strcmp(text, "0"))
		return 0;
	if (!of)
		return cfg_fail("%s/%s: a process space can't be shared with another guest",
				g->cfg->path, key);
	if (cfg_lookup_xid(text, of) < 0) {
		auto_free char *why = xstrdup(cfg_error());

		return cfg_fail("%s/%s: %s", g->cfg->path, key, why);
	}
	return 0;
}

static int load_spaces(struct guest *g)
{
	const uint64_t possible = CLONE_NEWUTS | CLONE_NEWIPC | CLONE_NEWPID | CLONE_NEWNET;
	uint64_t mask = ~0ULL;
	auto_free char *text = NULL;
	char *end;
	int r;

	g->spaces = CLONE_NEWUTS | CLONE_NEWIPC;
	if (load_shared_space(g, "spaces/pid", CLONE_NEWPID, NULL) < 0 ||
	    load_shared_space(g, "spaces/net", CLONE_NEWNET, &g->net_of) < 0)
		return -1;
	r = cfg_scalar(g->cfg, "spaces/mask", &text);
	if (r <= 0)
		return r;
	errno = 0;
	mask = strtoull(text, &end, 0);
	if (errno || end == text || *end)
		return cfg_fail("%s/spaces/mask:1: '%s' is not a number", g->cfg->path, text);
	/* The guest's own mount namespace isn't a matter of choice. */
	g->spaces = mask & possible;
	g->net_of = 0;
	return 0;
}

static void warn_network(void *arg, const char *text)
{
	guest_note(arg, GUEST_WARNING, "%s", text);
}

/* A network namespace needs no network context: it confines by itself. */
static int load_context(struct guest *g, bool own_net)
{
	int r;

	if (cfg_bool(g->cfg, "noncontext") || (own_net && !cfg_bool(g->cfg, "ncontext")))
		return 0;
	r = cfg_static_id(g->cfg, "ncontext", &g->nid);
	if (r < 0)
		return -1;
	g->nflags = DEFAULT_NFLAGS;
	g->ncaps = vc_word_secure(VC_NCAPS);
	if (flags_from_file(g->cfg, "nflags", VC_NFLAGS, &g->nflags) < 0 ||
	    flags_from_file(g->cfg, "ncapabilities", VC_NCAPS, &g->ncaps) < 0)
		return -1;
	g->nflags &= ~(uint64_t)NFLAGS_ONE_TIME;
	return 0;
}

static int load_network(struct guest *g)
{
	bool own_net = (g->spaces & CLONE_NEWNET) || g->net_of;

	if (load_context(g, own_net) < 0)
		return -1;
	if (!own_net)
		return cfg_network(g->cfg, &g->net, warn_network, g);
	for (const char *const *key = (const char *const[]){ "interfaces", "tc", NULL }; *key; key++) {
		struct cfg_list names = { 0 };

		if (cfg_entries(g->cfg, *key, &names) > 0 && names.n)
			guest_note(g, GUEST_WARNING, "%s/%s: has no effect, the guest has a network "
				   "namespace of its own (spaces/net)", g->cfg->path, *key);
		cfg_list_free(&names);
	}
	return 0;
}

static int load_numbers(struct guest *g)
{
	int64_t v, class = 0, prio = 4;
	int r;

	r = cfg_s64(g->cfg, "badness", INT64_MIN, INT64_MAX, &g->badness);
	if (r < 0)
		return -1;
	g->has_badness = r;
	r = cfg_s64(g->cfg, "nice", -20, 19, &v);
	if (r < 0)
		return -1;
	g->has_nice = r;
	g->nice = r ? (int)v : 0;
	r = cfg_s64(g->cfg, "ionice/class", 0, 3, &class);
	if (r < 0)
		return -1;
	g->has_ioprio = r;
	r = cfg_s64(g->cfg, "ionice/priority", 0, 7, &prio);
	if (r < 0)
		return -1;
	if (r && !g->has_ioprio)
		class = 2;
	g->has_ioprio |= r;
	g->ioprio = (int)(class << 13 | (class == 1 || class == 2 ? prio : 0));
	return 0;
}

static int load_id(struct guest *g)
{
	int r = cfg_static_id(g->cfg, "context", &g->xid);

	if (r == 0)
		return cfg_fail("%s/context: missing; it must hold the guest's context id, "
				"a number from %d to %d", g->cfg->path, VS_XID_MIN, VS_XID_MAX);
	return r < 0 ? -1 : 0;
}

int guest_load(struct guest *g, const struct cfg *c)
{
	g->cfg = c;
	g->name = cfg_guest_name(c);
	if (load_id(g) < 0 || cfg_vdir(c, &g->root) < 0 || init_load(g) < 0 ||
	    load_flags(g) < 0 || load_spaces(g) < 0 || load_network(g) < 0 || load_numbers(g) < 0 ||
	    load_personality(g) < 0)
		return -1;
	return 0;
}

void guest_free(struct guest *g)
{
	struct cfg_list *lists[] = { &g->start, &g->stop, &g->prepare, &g->start_sync,
				     &g->stop_sync, &g->environment, &g->killseq };

	for (size_t i = 0; i < sizeof(lists) / sizeof(lists[0]); i++)
		cfg_list_free(lists[i]);
	cfg_network_free(&g->net);
	free(g->name);
	free(g->root);
	free(g->level_start);
	free(g->level_stop);
}
