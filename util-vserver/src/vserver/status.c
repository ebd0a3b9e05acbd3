// SPDX-License-Identifier: GPL-2.0-only
/* vserver NAME status: text that scripts parse (tools.md A.1), or JSON. */
#define _GNU_SOURCE
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <json-c/json.h>

#include "config/config.h"
#include "verb.h"

struct state {
	char *name;
	bool running;
	uint32_t xid;
	unsigned int processes;
	uint64_t uptime;	/* seconds */
	uint32_t nid;
	struct guest_address *addresses;
	size_t n;
};

static int get_state(struct vserver_ctx *v, struct state *s)
{
	struct vcmd_virt_stat virt;
	struct vcmd_ctx_stat ctx;
	int r = cfg_running(v->cfg, &s->xid);

	s->name = cfg_guest_name(v->cfg);
	if (r <= 0)
		return r;
	s->running = true;
	if (vc_ctx_stat(s->xid, &ctx) >= 0)
		s->processes = ctx.tasks;
	if (vc_virt_stat(s->xid, &virt) >= 0)
		s->uptime = virt.uptime / 1000000000ULL;
	/* A guest that ends just now is no error. */
	if (guest_addresses(v->cfg, s->xid, &s->nid, &s->addresses, &s->n) < 0)
		vserver_info(v, "%s", cfg_error());
	return 0;
}

static void print_addresses(const struct state *s)
{
	if (!s->nid)
		printf("Network:              not confined by addresses\n");
	else if (!s->n)
		printf("Addresses:            none but its own loopback\n");
	for (size_t i = 0; i < s->n; i++)
		printf("%-21s %s%s%s%s\n", i ? "" : "Addresses:", s->addresses[i].text,
		       s->addresses[i].dev[0] ? " on " : "", s->addresses[i].dev,
		       s->addresses[i].shared ? ", shared with the host" : "");
}

static void print_text(const struct state *s)
{
	unsigned long long minutes = s->uptime / 60, days = minutes / (24 * 60);

	if (!s->running) {
		printf("Vserver '%s' is stopped\n", s->name);
		return;
	}
	printf("Vserver '%s' is running at context '%u'\n", s->name, s->xid);
	printf("Number of processes:  %u\n", s->processes);
	printf("Uptime:               ");
	if (days)
		printf("%llu days, ", days);
	printf("%02llu:%02llu\n", minutes / 60 % 24, minutes % 60);
	print_addresses(s);
}

static struct json_object *addresses_json(const struct state *s)
{
	struct json_object *all = json_object_new_array();

	for (size_t i = 0; i < s->n; i++) {
		const struct guest_address *a = &s->addresses[i];
		struct json_object *o = json_object_new_object();

		json_object_object_add(o, "address", json_object_new_string(a->text));
		json_object_object_add(o, "device",
				       a->dev[0] ? json_object_new_string(a->dev) : NULL);
		json_object_object_add(o, "kept", json_object_new_boolean(a->kept));
		json_object_object_add(o, "shared", json_object_new_boolean(a->shared));
		json_object_array_add(all, o);
	}
	return all;
}

static void print_json(const struct vserver_ctx *v, const struct state *s)
{
	struct json_object *o = json_object_new_object();

	json_object_object_add(o, "name", json_object_new_string(s->name));
	json_object_object_add(o, "config", json_object_new_string(v->cfg->path));
	json_object_object_add(o, "running", json_object_new_boolean(s->running));
	if (s->running) {
		json_object_object_add(o, "context", json_object_new_int64(s->xid));
		json_object_object_add(o, "processes", json_object_new_int64(s->processes));
		json_object_object_add(o, "uptime", json_object_new_int64((int64_t)s->uptime));
		json_object_object_add(o, "network_context", json_object_new_int64(s->nid));
		json_object_object_add(o, "addresses", addresses_json(s));
	}
	tool_json(o);
}

int verb_status(struct vserver_ctx *v, int argc, char **argv)
{
	struct state s = { 0 };

	if (argc == 2 && !strcmp(argv[1], "--json"))
		v->json = true;
	else
		verb_no_arguments(argc, argv);
	if (get_state(v, &s) < 0)
		return verb_failed(v);
	if (v->json)
		print_json(v, &s);
	else if (!v->silent)
		print_text(&s);
	free(s.name);
	free(s.addresses);
	return s.running ? VSERVER_OK : VSERVER_STOPPED;
}
