// SPDX-License-Identifier: GPL-2.0-only
/* The guest's network context: made by its first process, entered by whoever comes later. */
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <string.h>
#include <time.h>

#include "internal.h"
#include "network.h"

/* Of 10 ms each, for a context to end. */
#define TRIES	500

/* --- whose is it? --------------------------------------------------------------------- */

struct by_nid {
	uint32_t nid;
	char *name;
	bool alive_only;
};

static int has_nid(void *arg, const struct netstate *s)
{
	struct by_nid *q = arg;
	struct cfg *c;

	if (s->nid != q->nid || (q->alive_only && !netstate_alive(s)))
		return 0;
	c = cfg_open_dir(s->guest);
	q->name = c ? cfg_guest_name(c) : xstrdup(s->guest);
	cfg_close(c);
	return 1;
}

/* The guest that has it, NULL: none; to be freed. */
static char *guest_of(const struct cfg *c, uint32_t nid)
{
	struct by_nid q = { .nid = nid };

	return netstate_others(c, has_nid, &q) > 0 ? q.name : NULL;
}

char *network_owner(const struct cfg *c, uint32_t nid)
{
	auto_free char *name = guest_of(c, nid);

	return name ? xasprintf("guest '%s'", name) : xasprintf("network context %u", nid);
}

int network_in_use(const struct guest *g)
{
	auto_free char *name = guest_of(g->cfg, g->nid);

	return name ? cfg_fail("network context %u is in use by guest '%s'", g->nid, name) :
		      cfg_fail("network context %u is in use", g->nid);
}

void network_release(const struct guest *g, uint32_t nid)
{
	struct by_nid q = { .nid = nid, .alive_only = true };
	int shared = nid ? netstate_others(g->cfg, has_nid, &q) : 1;

	free(q.name);
	if (!shared)
		vc_set_nflags(nid, 0, NXF_PERSISTENT);
}

/* --- making it ------------------------------------------------------------------------ */

static int add(uint32_t nid, const struct vc_net_addr *a, bool joined, const char *file)
{
	char text[VC_NET_TEXT_LEN];

	if (!vc_net_add(nid, a) || (joined && errno == EEXIST))
		return 0;
	vc_net_text(a, text);
	if (errno == EBUSY)
		return cfg_fail("%s: '%s': belongs to another network context", file, text);
	if (errno == ENOSYS && a->family == AF_INET6)
		return cfg_fail("%s: '%s': this kernel has no IPv6", file, text);
	return cfg_fail_errno("%s: '%s'", file, text);
}

static int add_all(const struct guest *g, bool joined)
{
	const struct cfg_network *net = &g->net;
	auto_free char *bcast = cfg_path(g->cfg, "interfaces/bcast");
	auto_free char *lback = cfg_path(g->cfg, "interfaces/lback");

	if ((net->bcast.family && add(g->nid, &net->bcast, joined, bcast) < 0) ||
	    (net->lback.family && add(g->nid, &net->lback, joined, lback) < 0))
		return -1;
	for (size_t i = 0; i < net->n; i++)
		if (add(g->nid, &net->iface[i].addr, joined, net->iface[i].ip_file) < 0)
			return -1;
	return 0;
}

static int create_failed(const struct guest *g)
{
	if (errno == ENOSYS)
		return cfg_fail("this kernel has no network contexts");
	return errno == EEXIST || errno == EBUSY ? network_in_use(g) :
						   cfg_fail_errno("network context %u", g->nid);
}

/*
 * A context of the same number that is there already is entered if the configuration names
 * it in ncontext: so guests share one, and the admin may have made it.
 */
static int create_or_join(const struct guest *g, bool *joined)
{
	uint64_t flags = g->nflags | NXF_STATE_SETUP | NXF_STATE_ADMIN;
	struct timespec tick = { .tv_nsec = 10000000 };

	for (int tries = 0; tries < TRIES; tries++) {
		*joined = false;
		if (vc_net_create(g->nid, &flags) >= 0)
			return 0;
		if (errno != EEXIST || !cfg_bool(g->cfg, "ncontext"))
			return create_failed(g);
		*joined = true;
		if (vc_net_migrate(g->nid) >= 0)
			return 0;
		/* The last one who was in it is just leaving. */
		if (errno != EFAULT && errno != ESRCH)
			break;
		nanosleep(&tick, NULL);
	}
	return cfg_fail_errno("network context %u", g->nid);
}

int network_context(struct guest *g)
{
	bool joined;

	if (!g->nid)
		return 0;
	if (create_or_join(g, &joined) < 0)
		return -1;
	if (!joined && vc_set_ncaps(g->nid, g->ncaps, ~0ULL) < 0)
		return cfg_fail_errno("network capabilities");
	if (add_all(g, joined) < 0)
		return -1;
	if (g->net.tcs && vc_net_set_mark(g->nid, SHAPE_MARK(g->nid)) < 0)
		return cfg_fail_errno("mark of network context %u", g->nid);
	/* From here on the set decides; nobody can enter before. */
	if (!joined && vc_set_nflags(g->nid, 0, NXF_STATE_SETUP) < 0)
		return cfg_fail_errno("network context %u: end of the set-up", g->nid);
	return 0;
}

/* --- entering it ----------------------------------------------------------------------- */

/* Without a state file (lost with /run, or old tools): ask a process of the guest. */
static int ask_processes(uint32_t xid)
{
	DIR *dir = opendir("/proc");
	struct dirent *de;
	int nid = -1;

	while (dir && nid < 0 && (de = readdir(dir))) {
		uint32_t pid;

		if (cfg_parse_id(de->d_name, &pid) < 0 || vc_task_xid((pid_t)pid) != (int)xid)
			continue;
		nid = vc_task_nid((pid_t)pid);
		/* Gone in between, and the number taken by another one? */
		if (vc_task_xid((pid_t)pid) != (int)xid)
			nid = -1;
	}
	if (dir)
		closedir(dir);
	return nid;
}

int network_find(const struct cfg *c, uint32_t xid, uint32_t *nid)
{
	struct netstate s;
	int r = netstate_read(c, &s);

	if (r < 0)
		return -1;
	if (r) {
		*nid = s.nid;
		netstate_free(&s);
		return 0;
	}
	r = ask_processes(xid);
	if (r < 0)
		return cfg_fail("can't find out the network context of the guest");
	*nid = (uint32_t)r;
	return 0;
}

int network_join(const struct guest *g, uint32_t xid)
{
	uint32_t nid;

	if (network_find(g->cfg, xid, &nid) < 0)
		return -1;
	if (nid && vc_net_migrate(nid) < 0)
		return cfg_fail_errno("can't enter network context %u", nid);
	return 0;
}
