// SPDX-License-Identifier: GPL-2.0-only
/*
 * Bandwidth: on each device that some running guest is shaped on there is one tree
 *
 *	1:      HTB, replaces the device's own queue
 *	1:1     what the device carries
 *	1:ffff  the host, and everything that has no class
 *	1:NID   a guest (the kernel marks its packets with the class, kernel-network.md 5.13)
 *
 * The tree comes with the first guest and goes with the last one. Only what is sent is
 * shaped: what comes in has used the line already.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <linux/if_ether.h>
#include <linux/pkt_sched.h>
#include <netlink/errno.h>
#include <netlink/route/class.h>
#include <netlink/route/classifier.h>
#include <netlink/route/qdisc.h>
#include <netlink/route/qdisc/htb.h>
#include <netlink/route/tc.h>
#include <stdio.h>
#include <string.h>

#include "internal.h"
#include "network.h"

#define QUEUE		TC_H_MAKE(SHAPE_MAJOR << 16, 0)
#define TOP		TC_H_MAKE(SHAPE_MAJOR << 16, 1)
#define HOST_MINOR	0xffffU
#define HOST		TC_H_MAKE(SHAPE_MAJOR << 16, HOST_MINOR)

/* One turn of a class: shares only hold if the largest packet fits into it. */
#define TURN		65536U
/* Without a reservation of its own: a thousandth, and a twentieth for the host. */
#define SMALL_PART	1000
#define HOST_PART	20
/* What a class may send at once, in milliseconds of its rate. */
#define BURST_MSEC	4
#define BURST_MIN	3200U

/* --- what the device carries ---------------------------------------------------------- */

/* Mbit/s as the driver says, 0: it doesn't know. */
static uint64_t link_speed(const char *dev)
{
	auto_free char *path = xasprintf("/sys/class/net/%s/speed", dev);
	auto_close int fd = open(path, O_RDONLY | O_CLOEXEC);
	char text[24] = "";
	long n;

	if (fd < 0 || read(fd, text, sizeof(text) - 1) < 1)
		return 0;
	n = strtol(text, NULL, 10);
	return n > 0 ? (uint64_t)n * 1000000 : 0;
}

static int device_limits(const char *dir, const char *dev, uint64_t *capacity,
			 struct cfg_tc *host)
{
	if (cfg_tc_device(dev, capacity, host) < 0)
		return -1;
	if (!*capacity)
		*capacity = link_speed(dev);
	if (!*capacity)
		return cfg_fail("%s: device '%s' doesn't tell its speed: please write it to "
				"%s/.defaults/tc/%s/capacity", dir, dev, cfg_confdir(), dev);
	if (!host->rate)
		host->rate = *capacity / HOST_PART;
	if (!host->ceil || host->ceil > *capacity)
		host->ceil = *capacity;
	return 0;
}

/* --- checks ------------------------------------------------------------------------------ */

struct reserved {
	const char *dev;
	uint64_t sum;
};

static int add_reserved(void *arg, const struct netstate *s)
{
	struct reserved *q = arg;
	bool known = false;

	for (size_t i = 0; i < s->n; i++) {
		const char *colon = strchr(s->v[i].value, ':');

		if (strcmp(s->v[i].kind, "class") || strcmp(s->v[i].dev, q->dev) || !colon)
			continue;
		if (!known && !netstate_alive(s))
			return 0;
		known = true;
		q->sum += strtoull(colon + 1, NULL, 10);
	}
	return 0;
}

/* More than all of it can't be promised. */
static int check_rate(const struct guest *g, const struct cfg_tc *tc, uint64_t capacity,
		      uint64_t host)
{
	struct reserved q = { .dev = tc->dev, .sum = host };

	if (!tc->rate)
		return 0;
	if (netstate_others(g->cfg, add_reserved, &q) < 0)
		return -1;
	if (q.sum + tc->rate <= capacity)
		return 0;
	return cfg_fail("%s/rate: '%" PRIu64 "kbit': of %" PRIu64 "kbit on '%s' only %" PRIu64
			"kbit are not reserved", tc->dir, tc->rate / 1000, capacity / 1000, tc->dev,
			q.sum < capacity ? (capacity - q.sum) / 1000 : 0);
}

/* The root queue of the device that isn't the kernel's own; to be put back. */
static struct rtnl_qdisc *root_queue(struct rtnl *r, int ifindex)
{
	struct nl_cache *cache;
	struct nl_object *o;

	if (rtnl_qdisc_alloc_cache(r->sock, &cache) < 0)
		return NULL;
	for (o = nl_cache_get_first(cache); o; o = nl_cache_get_next(o)) {
		struct rtnl_tc *tc = TC_CAST(o);

		if (rtnl_tc_get_ifindex(tc) == ifindex && rtnl_tc_get_parent(tc) == TC_H_ROOT &&
		    rtnl_tc_get_handle(tc)) {
			nl_object_get(o);
			nl_cache_free(cache);
			return (struct rtnl_qdisc *)o;
		}
	}
	nl_cache_free(cache);
	return NULL;
}

/* 1: our tree is there, 0: it isn't, -1: somebody else's is. */
static int have_tree(struct rtnl *r, const char *dir, struct rtnl_link *link)
{
	struct rtnl_qdisc *q = root_queue(r, rtnl_link_get_ifindex(link));
	int ret = 1;

	if (!q)
		return 0;
	if (strcmp(rtnl_tc_get_kind(TC_CAST(q)), "htb") || rtnl_tc_get_handle(TC_CAST(q)) != QUEUE)
		ret = cfg_fail("%s: device '%s' has a queue of its own (%s %x:), which isn't "
			       "replaced", dir, rtnl_link_get_name(link),
			       rtnl_tc_get_kind(TC_CAST(q)), rtnl_tc_get_handle(TC_CAST(q)) >> 16);
	rtnl_qdisc_put(q);
	return ret;
}

static int plan_queue(const struct guest *g, struct rtnl *r, const struct cfg_tc *tc,
		      const struct netstate *old, struct netstate *s)
{
	struct netentry e = { (char *)"queue", true, tc->dev, (char *)"-" };
	struct rtnl_link *link = rtnl_device(r, tc->dev);
	int there = link ? have_tree(r, tc->dir, link) : 0;
	int known = there > 0 && !netstate_has(old, &e) ? netstate_shared(g->cfg, &e) : 1;

	if (there < 0 || known < 0)
		return -1;
	if (!known)
		return cfg_fail("%s: device '%s' has a queue of its own (htb 1:), which isn't "
				"replaced", tc->dir, tc->dev);
	netstate_add(s, "queue", true, tc->dev, NULL);
	return 0;
}

static bool will_be_made(const struct netstate *s, const char *dev)
{
	for (size_t i = 0; i < s->n; i++)
		if (strcmp(s->v[i].kind, "address") && !strcmp(s->v[i].dev, dev))
			return true;
	return false;
}

static int plan_one(const struct guest *g, struct rtnl *r, const struct cfg_tc *tc,
		    const struct netstate *old, struct netstate *s)
{
	auto_free char *value = xasprintf("%x:%" PRIu64, g->nid, tc->rate);
	struct cfg_tc host = { 0 };
	uint64_t capacity;
	int ret;

	if (!rtnl_device(r, tc->dev) && !will_be_made(s, tc->dev))
		return cfg_fail("%s: '%s': the host has no such device", tc->dir, tc->dev);
	ret = device_limits(tc->dir, tc->dev, &capacity, &host);
	if (!ret)
		ret = check_rate(g, tc, capacity, host.rate);
	if (!ret)
		ret = plan_queue(g, r, tc, old, s);
	if (!ret)
		netstate_add(s, "class", true, tc->dev, value);
	cfg_tc_free(&host);
	return ret;
}

int shape_plan(const struct guest *g, struct rtnl *r, const struct netstate *old,
	       struct netstate *s)
{
	if (g->net.tcs && !g->nid)
		return cfg_fail("%s/tc: needs a network context", g->cfg->path);
	if (g->net.tcs && g->nid == HOST_MINOR)
		return cfg_fail("%s/tc: network context %u has no class number", g->cfg->path,
				g->nid);
	for (size_t i = 0; i < g->net.tcs; i++)
		if (plan_one(g, r, &g->net.tc[i], old, s) < 0)
			return -1;
	return 0;
}

/* --- making ------------------------------------------------------------------------------- */

static int add_queue(struct rtnl *r, struct rtnl_link *link)
{
	struct rtnl_qdisc *q = rtnl_qdisc_alloc();
	int code = -NLE_NOMEM;

	if (q) {
		rtnl_tc_set_ifindex(TC_CAST(q), rtnl_link_get_ifindex(link));
		rtnl_tc_set_parent(TC_CAST(q), TC_H_ROOT);
		rtnl_tc_set_handle(TC_CAST(q), QUEUE);
		code = rtnl_tc_set_kind(TC_CAST(q), "htb");
		if (code >= 0)
			code = rtnl_htb_set_defcls(q, HOST_MINOR);
		if (code >= 0)
			code = rtnl_qdisc_add(r->sock, q, NLM_F_CREATE | NLM_F_EXCL);
		rtnl_qdisc_put(q);
	}
	return code < 0 ? rtnl_fail(code, "device '%s': queue htb", rtnl_link_get_name(link)) : 0;
}

/* The mark is the class: the filter of kind fw does that when it has no rules. */
static int add_filter(struct rtnl *r, struct rtnl_link *link)
{
	struct rtnl_cls *f = rtnl_cls_alloc();
	int code = -NLE_NOMEM;

	if (f) {
		rtnl_tc_set_ifindex(TC_CAST(f), rtnl_link_get_ifindex(link));
		rtnl_tc_set_parent(TC_CAST(f), QUEUE);
		code = rtnl_tc_set_kind(TC_CAST(f), "fw");
		rtnl_cls_set_prio(f, 1);
		rtnl_cls_set_protocol(f, ETH_P_ALL);
		if (code >= 0)
			code = rtnl_cls_add(r->sock, f, NLM_F_CREATE | NLM_F_EXCL);
		rtnl_cls_put(f);
	}
	return code < 0 ? rtnl_fail(code, "device '%s': filter fw", rtnl_link_get_name(link)) : 0;
}

static uint32_t burst(uint64_t bits)
{
	uint64_t bytes = bits / 8 * BURST_MSEC / 1000;

	return bytes < BURST_MIN ? BURST_MIN : bytes > 1 << 20 ? 1 << 20 : (uint32_t)bytes;
}

static int set_class(struct rtnl_class *c, uint64_t rate, uint64_t ceil, unsigned int share)
{
	int code = rtnl_htb_set_rate64(c, rate / 8 ? : 1);

	if (code >= 0)
		code = rtnl_htb_set_ceil64(c, ceil / 8 ? : 1);
	if (code >= 0)
		code = rtnl_htb_set_rbuffer(c, burst(rate));
	if (code >= 0)
		code = rtnl_htb_set_cbuffer(c, burst(ceil));
	return code < 0 ? code : rtnl_htb_set_quantum(c, share * TURN);
}

/* Makes or changes a class. */
static int put_class(struct rtnl *r, struct rtnl_link *link, uint32_t parent, uint32_t handle,
		     const struct cfg_tc *tc)
{
	struct rtnl_class *c = rtnl_class_alloc();
	int code = -NLE_NOMEM;

	if (c) {
		rtnl_tc_set_ifindex(TC_CAST(c), rtnl_link_get_ifindex(link));
		rtnl_tc_set_parent(TC_CAST(c), parent);
		rtnl_tc_set_handle(TC_CAST(c), handle);
		code = rtnl_tc_set_kind(TC_CAST(c), "htb");
		if (code >= 0)
			code = set_class(c, tc->rate, tc->ceil, tc->share);
		if (code >= 0)
			code = rtnl_class_add(r->sock, c, NLM_F_CREATE);
		rtnl_class_put(c);
	}
	return code < 0 ? rtnl_fail(code, "device '%s': class %x:%x", rtnl_link_get_name(link),
				    TC_H_MAJ(handle) >> 16, TC_H_MIN(handle)) : 0;
}

static int put_tree(struct rtnl *r, struct rtnl_link *link, const char *dir, uint64_t capacity,
		    const struct cfg_tc *host)
{
	struct cfg_tc all = { .rate = capacity, .ceil = capacity, .share = 1 };
	int there = have_tree(r, dir, link);

	if (there < 0)
		return -1;
	if (!there && (add_queue(r, link) < 0 || add_filter(r, link) < 0))
		return -1;
	return put_class(r, link, QUEUE, TOP, &all) < 0 ||
	       put_class(r, link, TOP, HOST, host) < 0 ? -1 : 0;
}

static int make_one(struct rtnl *r, uint32_t nid, const struct cfg_tc *tc)
{
	struct rtnl_link *link = rtnl_device(r, tc->dev);
	struct cfg_tc host = { 0 }, own = *tc;
	uint64_t capacity;
	int ret;

	if (!link)
		return cfg_fail("%s: '%s': the host has no such device", tc->dir, tc->dev);
	ret = device_limits(tc->dir, tc->dev, &capacity, &host);
	if (!ret)
		ret = put_tree(r, link, tc->dir, capacity, &host);
	cfg_tc_free(&host);
	if (ret < 0)
		return -1;
	if (!own.ceil || own.ceil > capacity)
		own.ceil = capacity;
	if (!own.rate)
		own.rate = capacity / SMALL_PART < own.ceil ? capacity / SMALL_PART : own.ceil;
	return put_class(r, link, TOP, SHAPE_MARK(nid), &own);
}

int shape_up(const struct guest *g, struct rtnl *r)
{
	for (size_t i = 0; i < g->net.tcs; i++)
		if (make_one(r, g->nid, &g->net.tc[i]) < 0)
			return -1;
	return 0;
}

/* --- removing ---------------------------------------------------------------------------- */

static bool not_there(int code)
{
	return code == -NLE_OBJ_NOTFOUND || code == -NLE_NODEV || code == -NLE_INVAL;
}

static int remove_queue(struct rtnl *r, struct rtnl_link *link)
{
	struct rtnl_qdisc *q = root_queue(r, rtnl_link_get_ifindex(link));
	int code = 0;

	if (q && !strcmp(rtnl_tc_get_kind(TC_CAST(q)), "htb") &&
	    rtnl_tc_get_handle(TC_CAST(q)) == QUEUE)
		code = rtnl_qdisc_delete(r->sock, q);
	if (q)
		rtnl_qdisc_put(q);
	return code < 0 && !not_there(code) ?
	       rtnl_fail(code, "device '%s': queue htb", rtnl_link_get_name(link)) : 0;
}

static int remove_class(struct rtnl *r, struct rtnl_link *link, uint32_t handle)
{
	struct rtnl_class *c = rtnl_class_alloc();
	int code = -NLE_NOMEM;

	if (c) {
		rtnl_tc_set_ifindex(TC_CAST(c), rtnl_link_get_ifindex(link));
		rtnl_tc_set_parent(TC_CAST(c), TOP);
		rtnl_tc_set_handle(TC_CAST(c), handle);
		code = rtnl_class_delete(r->sock, c);
		rtnl_class_put(c);
	}
	return code < 0 && !not_there(code) ?
	       rtnl_fail(code, "device '%s': class %x:%x", rtnl_link_get_name(link), SHAPE_MAJOR,
			 TC_H_MIN(handle)) : 0;
}

int shape_remove(struct rtnl *r, const struct netstate *s, const struct netentry *e)
{
	struct rtnl_link *link = rtnl_device(r, e->dev);

	if (!link)
		return 0;
	return !strcmp(e->kind, "queue") ? remove_queue(r, link) :
					   remove_class(r, link, SHAPE_MARK(s->nid));
}

/* --- looking ------------------------------------------------------------------ */

static void fill(struct guest_class *c, struct rtnl_class *k)
{
	uint64_t rate = 0, ceil = 0;

	rtnl_htb_get_rate64(k, &rate);
	rtnl_htb_get_ceil64(k, &ceil);
	c->rate = rate * 8;
	c->ceil = ceil * 8;
	c->share = rtnl_htb_get_quantum(k) / TURN;
	c->sent = rtnl_tc_get_stat(TC_CAST(k), RTNL_TC_BYTES);
	c->packets = rtnl_tc_get_stat(TC_CAST(k), RTNL_TC_PACKETS);
	c->dropped = rtnl_tc_get_stat(TC_CAST(k), RTNL_TC_DROPS);
	c->queued = rtnl_tc_get_stat(TC_CAST(k), RTNL_TC_BACKLOG);
}

int shape_read(struct rtnl *r, const char *dev, uint32_t nid, struct guest_class *c)
{
	struct rtnl_link *link = rtnl_device(r, dev);
	struct nl_cache *cache;
	struct nl_object *o;
	int code;

	memset(c, 0, sizeof(*c));
	if (!link)
		return 0;
	code = rtnl_class_alloc_cache(r->sock, rtnl_link_get_ifindex(link), &cache);
	if (code < 0)
		return rtnl_fail(code, "device '%s': classes", dev);
	for (o = nl_cache_get_first(cache); o; o = nl_cache_get_next(o))
		if (rtnl_tc_get_handle(TC_CAST(o)) == SHAPE_MARK(nid) &&
		    !strcmp(rtnl_tc_get_kind(TC_CAST(o)), "htb"))
			break;
	if (o) {
		snprintf(c->dev, sizeof(c->dev), "%s", dev);
		fill(c, (struct rtnl_class *)o);
	}
	nl_cache_free(cache);
	return o ? 1 : 0;
}
