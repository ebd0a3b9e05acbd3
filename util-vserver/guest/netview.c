// SPDX-License-Identifier: GPL-2.0-only
/* What can be told of a running guest's network, and its bandwidth changed. */
#define _GNU_SOURCE
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "internal.h"
#include "network.h"

/* --- addresses ------------------------------------------------------------------------- */

/* Addresses of a state file, parsed once; family 0 for other entries. */
static struct vc_net_addr *known_addresses(const struct netstate *s)
{
	struct vc_net_addr *v = xrealloc(NULL, s->n + 1, sizeof(*v));

	for (size_t i = 0; i < s->n; i++)
		if (strcmp(s->v[i].kind, "address") || !strcmp(s->v[i].dev, "-") ||
		    vc_net_parse(VC_NET_ADDR, s->v[i].value, &v[i], NULL) < 0)
			v[i].family = 0;
	return v;
}

static void describe(struct guest_address *to, const struct vc_net_addr *a,
		     const struct netstate *s, const struct vc_net_addr *known)
{
	memset(to, 0, sizeof(*to));
	vc_net_text(a, to->text);
	to->shared = a->shared;
	for (size_t i = 0; a->kind == VC_NET_ADDR && i < s->n; i++)
		if (known[i].family == a->family && !memcmp(known[i].ip, a->ip, sizeof(a->ip))) {
			snprintf(to->dev, sizeof(to->dev), "%.*s", IFNAMSIZ - 1, s->v[i].dev);
			to->kept = !s->v[i].ours;
		}
}

int guest_addresses(const struct cfg *c, uint32_t xid, uint32_t *nid, struct guest_address **v,
		    size_t *n)
{
	auto_free struct vc_net_addr *known = NULL;
	struct netstate s = { 0 };
	struct vc_net_set set;

	*v = NULL;
	*n = 0;
	if (network_find(c, xid, nid) < 0)
		return -1;
	if (!*nid)
		return 0;
	if (vc_net_set_read(*nid, &set) < 0)
		return cfg_fail_errno("network context %u", *nid);
	if (netstate_read(c, &s) < 0) {
		vc_net_set_free(&set);
		return -1;
	}
	known = known_addresses(&s);
	*v = xrealloc(NULL, set.n + 1, sizeof(**v));
	for (*n = 0; *n < set.n; ++*n)
		describe(&(*v)[*n], &set.addr[*n], &s, known);
	netstate_free(&s);
	vc_net_set_free(&set);
	return 0;
}

/* --- bandwidth -------------------------------------------------------------------------- */

static int read_classes(const struct netstate *s, struct guest_class **v, size_t *n)
{
	struct rtnl r;
	int ret = rtnl_open(&r);

	if (ret < 0)
		return -1;
	*v = xrealloc(NULL, s->n + 1, sizeof(**v));
	for (size_t i = 0; ret >= 0 && i < s->n; i++) {
		if (strcmp(s->v[i].kind, "class"))
			continue;
		ret = shape_read(&r, s->v[i].dev, s->nid, &(*v)[*n]);
		*n += ret > 0;
	}
	rtnl_close(&r);
	if (ret < 0)
		free(*v);
	return ret < 0 ? -1 : 0;
}

int guest_classes(const struct cfg *c, struct guest_class **v, size_t *n)
{
	struct netstate s;
	int ret = netstate_read(c, &s);

	*v = NULL;
	*n = 0;
	if (ret > 0) {
		ret = read_classes(&s, v, n);
		netstate_free(&s);
	}
	return ret;
}

static bool is_shape(const struct netentry *e)
{
	return !strcmp(e->kind, "queue") || !strcmp(e->kind, "class");
}

/* A class is the same one if only its rate has changed. */
static bool stays(const struct netstate *next, const struct netentry *e)
{
	for (size_t i = 0; i < next->n; i++)
		if (!strcmp(next->v[i].kind, e->kind) && !strcmp(next->v[i].dev, e->dev))
			return true;
	return false;
}

static int remove_obsolete(const struct guest *g, struct rtnl *r, const struct netstate *old,
			   const struct netstate *next)
{
	for (size_t i = old->n; i-- > 0;) {
		const struct netentry *e = &old->v[i];
		int shared;

		if (!is_shape(e) || stays(next, e))
			continue;
		shared = netstate_shared(g->cfg, e);
		if (shared < 0 || (!shared && shape_remove(r, old, e) < 0))
			return -1;
	}
	return 0;
}

static int change(struct guest *g, struct rtnl *r, const struct netstate *old, bool remove)
{
	struct netstate next = { .guest = xstrdup(old->guest), .nid = old->nid };
	int ret = 0;

	for (size_t i = 0; i < old->n; i++)
		if (!is_shape(&old->v[i]))
			netstate_add(&next, old->v[i].kind, old->v[i].ours, old->v[i].dev,
				     old->v[i].value);
	if (!remove)
		ret = shape_plan(g, r, old, &next);
	if (!ret)
		ret = remove_obsolete(g, r, old, &next);
	if (!ret)
		ret = netstate_write(g->cfg, &next);
	if (!ret && !remove)
		ret = shape_up(g, r);
	netstate_free(&next);
	return ret;
}

int guest_shape(struct guest *g, bool remove)
{
	auto_close int lock = netstate_lock();
	uint32_t mark = remove || !g->net.tcs ? 0 : SHAPE_MARK(g->nid);
	struct netstate old;
	struct rtnl r;
	int ret = lock < 0 ? -1 : netstate_read(g->cfg, &old);

	if (ret <= 0)
		return ret < 0 ? -1 : cfg_fail("nothing is known about the guest's network");
	/* The number that it was started with: the configuration may say another one now. */
	g->nid = old.nid;
	ret = rtnl_open(&r);
	if (!ret) {
		ret = change(g, &r, &old, remove);
		rtnl_close(&r);
	}
	if (!ret && old.nid && vc_net_set_mark(old.nid, mark) < 0)
		ret = cfg_fail_errno("mark of network context %u", old.nid);
	netstate_free(&old);
	return ret;
}
