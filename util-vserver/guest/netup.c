// SPDX-License-Identifier: GPL-2.0-only
/*
 * The host's side of a guest's network: devices and addresses.
 *
 * Start: everything is compared with the machine, then written to the state file, then done.
 * Stop: the state file says what to take back; the configuration may have changed since.
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "internal.h"
#include "network.h"

/* How long the end of a network context may take after its last process. */
#define GONE_MSEC	5000

/**
 * struct plan - a start's part in it
 * @g: the guest
 * @r: the host as it is
 * @s: what will be written down
 */
struct plan {
	struct guest *g;
	struct rtnl r;
	struct netstate s;
};

/* --- is the address free? --------------------------------------------------------------- */

static bool masked_equal(const uint8_t *a, const uint8_t *b, const uint8_t *mask, int n)
{
	for (int i = 0; i < n; i++)
		if ((a[i] ^ b[i]) & mask[i])
			return false;
	return true;
}

static bool entry_covers(const struct vc_net_addr *e, const struct vc_net_addr *a)
{
	int n = a->family == AF_INET ? 4 : 16;

	if (e->family != a->family)
		return false;
	switch (e->kind) {
	case VC_NET_ADDR:
		return !memcmp(e->ip, a->ip, (size_t)n);
	case VC_NET_MASK:
		return masked_equal(e->ip, a->ip, e->mask, n);
	case VC_NET_RANGE:
		return memcmp(e->ip, a->ip, (size_t)n) <= 0 && memcmp(a->ip, e->ip2, (size_t)n) <= 0;
	default:
		return false;
	}
}

static int owned(const struct plan *p, const struct cfg_iface *f, uint32_t nid)
{
	auto_free char *owner = network_owner(p->g->cfg, nid);

	return cfg_fail("%s: '%s': belongs to %s already", f->ip_file, f->ip, owner);
}

static int check_set(const struct plan *p, uint32_t nid)
{
	struct vc_net_set set;
	int r = 0;

	/* One that ends just now owns nothing. */
	if (vc_net_set_read(nid, &set) < 0)
		return 0;
	for (size_t i = 0; !r && i < p->g->net.n; i++)
		for (size_t k = 0; !r && k < set.n; k++)
			if (entry_covers(&set.addr[k], &p->g->net.iface[i].addr))
				r = owned(p, &p->g->net.iface[i], nid);
	vc_net_set_free(&set);
	return r;
}

/* All network contexts, those of guests as well as those made by hand. */
static int check_contexts(const struct plan *p)
{
	DIR *dir = opendir("/proc/virtnet");
	struct dirent *de;
	int r = 0;

	if (!dir)
		return errno == ENOENT ? cfg_fail("this kernel has no network contexts") :
					 cfg_fail_errno("/proc/virtnet");
	while (!r && (de = readdir(dir))) {
		uint32_t nid;

		if (!cfg_parse_id(de->d_name, &nid) && nid != p->g->nid)
			r = check_set(p, nid);
	}
	closedir(dir);
	return r;
}

/* Guests that are just being started may have no network context yet, but have a file. */
static int check_state(void *arg, const struct netstate *s)
{
	const struct plan *p = arg;
	bool known = false, alive = false;

	if (s->nid && s->nid == p->g->nid)
		return 0;
	for (size_t i = 0; i < s->n; i++) {
		struct vc_net_addr a;

		if (strcmp(s->v[i].kind, "address") ||
		    vc_net_parse(VC_NET_ADDR, s->v[i].value, &a, NULL) < 0)
			continue;
		for (size_t k = 0; k < p->g->net.n; k++) {
			const struct cfg_iface *f = &p->g->net.iface[k];

			if (!entry_covers(&a, &f->addr))
				continue;
			alive = known ? alive : netstate_alive(s);
			known = true;
			if (alive)
				return cfg_fail("%s: '%s': belongs to guest '%s' already", f->ip_file,
						f->ip, strrchr(s->guest, '/') + 1);
		}
	}
	return 0;
}

/* --- comparing with the machine ---------------------------------------------------------- */

static int check_parent(struct plan *p, const struct cfg_iface *f)
{
	auto_free char *parent = strndup(f->dev, (size_t)(strrchr(f->dev, '.') - f->dev));
	struct rtnl_link *link = rtnl_device(&p->r, parent);

	if (!link)
		return cfg_fail("%s: '%s': the host has no device '%s' for the VLAN", f->dev_file,
				f->dev, parent);
	if (!rtnl_is_up(link) && !f->down)
		return cfg_fail("%s: '%s': device '%s' under it is down", f->dev_file, f->dev,
				parent);
	return 0;
}

static const char *made_kind(const struct cfg_iface *f)
{
	return f->vlan ? "vlan" : f->tun ? "tun" : f->tap ? "tap" : NULL;
}

static bool has_entry(const struct netstate *s, const char *kind, const char *dev)
{
	for (size_t i = 0; i < s->n; i++)
		if (!strcmp(s->v[i].kind, kind) && !strcmp(s->v[i].dev, dev))
			return true;
	return false;
}

/* What is there because another guest's start made it goes with the last of them. */
static int made_by_start(const struct plan *p, const char *kind, const char *dev,
			 const char *value)
{
	struct netentry e = { (char *)kind, true, (char *)dev, (char *)value };

	return netstate_shared(p->g->cfg, &e);
}

static int plan_device(struct plan *p, const struct cfg_iface *f)
{
	struct rtnl_link *link = rtnl_device(&p->r, f->dev);
	const char *kind = made_kind(f);
	int ours = 1;

	if (!link && !kind)
		return cfg_fail("%s: '%s': the host has no such device", f->dev_file, f->dev);
	if (link && f->down && !rtnl_is_up(link))
		return cfg_fail("%s: '%s': the device is down, and %s/down says that it stays so",
				f->dev_file, f->dev, f->dir);
	if (!kind || has_entry(&p->s, kind, f->dev))
		return 0;
	if (!link && f->vlan && check_parent(p, f) < 0)
		return -1;
	if (link)
		ours = made_by_start(p, kind, f->dev, "-");
	if (ours < 0)
		return -1;
	netstate_add(&p->s, kind, ours, f->dev, NULL);
	return 0;
}

static void say_shared(const struct guest *g, const struct cfg_iface *f, const char *dev)
{
	guest_note(g, GUEST_WARNING, "%s: '%s' was on device %s before the start: it stays there "
		   "at the stop, and host and guest share its ports", f->ip_file, f->ip, dev);
}

static int plan_address(struct plan *p, struct cfg_iface *f)
{
	struct rtnl_addr *have = rtnl_address(&p->r, &f->addr, NULL);
	char dev[IFNAMSIZ], value[VC_NET_TEXT_LEN];
	int ours;

	vc_net_text(&f->addr, value);
	if (!have) {
		netstate_add(&p->s, "address", f->dev, f->dev, value);
		if (!f->dev)
			guest_note(p->g, GUEST_INFO, "%s: '%s' is on no device of the host",
				   f->ip_file, f->ip);
		return 0;
	}
	rtnl_address_device(&p->r, have, dev);
	ours = f->dev && !strcmp(dev, f->dev) ? made_by_start(p, "address", dev, value) : 0;
	if (ours < 0)
		return -1;
	netstate_add(&p->s, "address", ours, dev, value);
	f->addr.shared = !ours;
	if (!ours)
		say_shared(p->g, f, dev);
	return 0;
}

static int plan_all(struct plan *p)
{
	struct guest *g = p->g;

	if (g->net.n && (check_contexts(p) < 0 ||
			 netstate_others(g->cfg, check_state, p) < 0))
		return -1;
	for (size_t i = 0; i < g->net.n; i++)
		if ((g->net.iface[i].dev && plan_device(p, &g->net.iface[i]) < 0) ||
		    plan_address(p, &g->net.iface[i]) < 0)
			return -1;
	return shape_plan(g, &p->r, &(struct netstate){ 0 }, &p->s);
}

/* --- doing it ------------------------------------------------------------------------------ */

static int make_device(struct plan *p, const struct cfg_iface *f)
{
	struct rtnl_link *link = rtnl_device(&p->r, f->dev);

	if (!link && f->vlan && rtnl_vlan_add(&p->r, f->dev) < 0)
		return -1;
	if (!link && (f->tun || f->tap) && tun_make(f) < 0)
		return -1;
	if (!link && rtnl_refresh(&p->r) < 0)
		return -1;
	link = rtnl_device(&p->r, f->dev);
	if (f->down || (link && rtnl_is_up(link)))
		return 0;
	if (rtnl_set_up(&p->r, f->dev) < 0) {
		auto_free char *why = xstrdup(cfg_error());

		return cfg_fail("%s: %s", f->dev_file, why);
	}
	return rtnl_refresh(&p->r);
}

/* The same entry as planned: they were added in the order of the configuration. */
static struct netentry *entry_of(struct plan *p, size_t i)
{
	for (size_t k = 0; k < p->s.n; k++)
		if (!strcmp(p->s.v[k].kind, "address") && !i--)
			return &p->s.v[k];
	return NULL;
}

static int make_address(struct plan *p, size_t i)
{
	struct cfg_iface *f = &p->g->net.iface[i];
	struct netentry *e = entry_of(p, i);
	int r;

	if (!f->dev || !e->ours || rtnl_address(&p->r, &f->addr, f->dev))
		return 0;
	r = rtnl_address_add(&p->r, f);
	if (r <= 0)
		return r;
	/* Somebody was faster. */
	e->ours = false;
	f->addr.shared = true;
	say_shared(p->g, f, f->dev);
	return netstate_write(p->g->cfg, &p->s);
}

static int do_all(struct plan *p)
{
	struct guest *g = p->g;

	for (size_t i = 0; i < g->net.n; i++)
		if (g->net.iface[i].dev && make_device(p, &g->net.iface[i]) < 0)
			return -1;
	for (size_t i = 0; i < g->net.n; i++)
		if (make_address(p, i) < 0)
			return -1;
	return shape_up(g, &p->r);
}

/* --- taking it back ------------------------------------------------------------------------- */

static void warn(const struct guest *g)
{
	guest_note(g, GUEST_WARNING, "%s", cfg_error());
}

/* What another guest's file has as made by a start, too, goes with that guest. */
static int leave_shared(void *arg, const struct netstate *other)
{
	struct netstate *s = arg;

	for (size_t i = 0; i < s->n; i++)
		if (s->v[i].ours && netstate_has(other, &s->v[i]))
			s->v[i].ours = false;
	return 0;
}

static void remove_addresses(const struct guest *g, struct rtnl *r, const struct netstate *s,
			     const char *dev)
{
	char **text = xrealloc(NULL, s->n, sizeof(*text));
	size_t n = 0;

	for (size_t i = 0; i < s->n; i++)
		if (s->v[i].ours && !strcmp(s->v[i].kind, "address") &&
		    !strcmp(s->v[i].dev, dev))
			text[n++] = s->v[i].value;
	if (rtnl_address_delete(r, dev, text, n) < 0)
		warn(g);
	free(text);
}

static bool first_of_device(const struct netstate *s, size_t i)
{
	for (size_t k = 0; k < i; k++)
		if (!strcmp(s->v[k].kind, "address") && !strcmp(s->v[k].dev, s->v[i].dev))
			return false;
	return true;
}

static void remove_entry(const struct guest *g, struct rtnl *r, const struct netstate *s,
			 const struct netentry *e)
{
	int code = 0;

	if (!e->ours)
		return;
	if (!strcmp(e->kind, "vlan"))
		code = rtnl_device_delete(r, e->dev);
	else if (!strcmp(e->kind, "tun") || !strcmp(e->kind, "tap"))
		code = tun_release(e->dev, !strcmp(e->kind, "tap"));
	else if (!strcmp(e->kind, "queue") || !strcmp(e->kind, "class"))
		code = shape_remove(r, s, e);
	if (code < 0)
		warn(g);
}

static void remove_all(const struct guest *g, struct netstate *s)
{
	struct rtnl r;

	if (netstate_others(g->cfg, leave_shared, s) < 0)
		warn(g);
	if (rtnl_open(&r) < 0) {
		warn(g);
		return;
	}
	for (size_t i = 0; i < s->n; i++)
		if (!strcmp(s->v[i].kind, "address") && first_of_device(s, i))
			remove_addresses(g, &r, s, s->v[i].dev);
	/* Classes before their queue, then the devices, the latest first. */
	for (size_t i = s->n; i-- > 0;)
		remove_entry(g, &r, s, &s->v[i]);
	rtnl_close(&r);
}

static void take_down(const struct guest *g)
{
	struct netstate s;
	int r = netstate_read(g->cfg, &s);

	if (r < 0)
		warn(g);
	if (r > 0) {
		network_release(g, s.nid);
		if (s.n)
			remove_all(g, &s);
		netstate_free(&s);
	}
	if (r && netstate_remove(g->cfg) < 0)
		warn(g);
}

void network_down(const struct guest *g)
{
	auto_close int lock = -1;
	struct netstate s;
	int r = netstate_read(g->cfg, &s);

	/* Nothing to do needs no lock. */
	if (!r)
		return;
	if (r > 0)
		netstate_free(&s);
	lock = netstate_lock();
	if (lock < 0)
		warn(g);
	else
		take_down(g);
}

/* --- the start ------------------------------------------------------------------------------ */

/* The last stop's context may be about to end; one that lives on is somebody's. */
static int wait_free(const struct guest *g)
{
	struct vcmd_nx_info info;
	struct timespec tick = { .tv_nsec = 10000000 };

	if (!g->nid || cfg_bool(g->cfg, "ncontext"))
		return 0;
	for (int msec = 0; msec < GONE_MSEC; msec += 10) {
		if (vc_nx_info(g->nid, &info) < 0)
			return 0;
		nanosleep(&tick, NULL);
	}
	return network_in_use(g);
}

int network_up(struct guest *g)
{
	struct plan p = { .g = g };
	auto_close int lock = netstate_lock();
	bool needed = g->net.n || g->net.tcs;
	int r;

	if (lock < 0)
		return -1;
	/* What a crash has left. */
	take_down(g);
	if (wait_free(g) < 0 || (needed && rtnl_open(&p.r) < 0))
		return -1;
	p.s.guest = xstrdup(g->cfg->path);
	p.s.nid = g->nid;
	r = plan_all(&p);
	if (!r)
		r = netstate_write(g->cfg, &p.s);
	if (!r)
		r = do_all(&p);
	if (needed)
		rtnl_close(&p.r);
	netstate_free(&p.s);
	return r;
}
