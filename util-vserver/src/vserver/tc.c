// SPDX-License-Identifier: GPL-2.0-only
/* vserver NAME tc: bandwidth of a running guest. */
#define _GNU_SOURCE
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <json-c/json.h>
#include <libsmartcols/libsmartcols.h>

#include "config/config.h"
#include "verb.h"

static const char usage[] =
"Usage: vserver NAME tc [show [--json] | apply | clear]\n"
"Show or change what a running guest may send, as configured in tc/DEV/:\n"
"\n"
"  show     rates, share and counters of each device (the default)\n"
"  apply    read the configuration anew\n"
"  clear    no limits and no reservation until the next start or apply\n"
"\n"
"Start and stop do both by themselves. Connections that exist keep their class.\n"
"\n"
"Exit status: 0 done, 1 failed, 2 usage, 3 the guest is stopped.\n"
"\n"
"Example: echo 20mbit > /etc/vservers/web/tc/eth0/rate && vserver web tc apply\n";

static const struct option options[] = {
	{ "json", no_argument, NULL, 'j' },
	TOOL_OPTIONS
};

/* Bits per second as short as possible without loss. */
static char *rate_text(uint64_t rate)
{
	static const struct {
		uint64_t factor;
		const char *name;
	} units[] = { { 1000000000, "gbit" }, { 1000000, "mbit" }, { 1000, "kbit" } };
	char *text = NULL;
	size_t i = 0;

	while (i < 3 && (!rate || rate % units[i].factor))
		i++;
	if (asprintf(&text, "%llu%s", (unsigned long long)(rate / (i < 3 ? units[i].factor : 1)),
		     i < 3 ? units[i].name : "bit") < 0)
		die_errno("memory");
	return text;
}

static void set_number(struct libscols_line *line, size_t column, uint64_t n)
{
	char text[24];

	snprintf(text, sizeof(text), "%llu", (unsigned long long)n);
	scols_line_set_data(line, column, text);
}

static void print_table(const struct guest_class *v, size_t n)
{
	static const char *const names[] = { "DEVICE", "RATE", "CEIL", "SHARE", "SENT", "PACKETS",
					     "DROPPED", "QUEUED" };
	struct libscols_table *tb = scols_new_table();

	if (!tb)
		die_errno("memory");
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		scols_table_new_column(tb, names[i], 0, i ? SCOLS_FL_RIGHT : 0);
	for (size_t i = 0; i < n; i++) {
		struct libscols_line *line = scols_table_new_line(tb, NULL);

		if (!line)
			die_errno("memory");
		scols_line_set_data(line, 0, v[i].dev);
		scols_line_refer_data(line, 1, rate_text(v[i].rate));
		scols_line_refer_data(line, 2, rate_text(v[i].ceil));
		set_number(line, 3, v[i].share);
		set_number(line, 4, v[i].sent);
		set_number(line, 5, v[i].packets);
		set_number(line, 6, v[i].dropped);
		set_number(line, 7, v[i].queued);
	}
	scols_print_table(tb);
	scols_unref_table(tb);
}

static void add(struct json_object *o, const char *key, uint64_t n)
{
	json_object_object_add(o, key, json_object_new_int64((int64_t)n));
}

static void print_json(const struct guest_class *v, size_t n)
{
	struct json_object *all = json_object_new_array();

	for (size_t i = 0; i < n; i++) {
		struct json_object *o = json_object_new_object();

		json_object_object_add(o, "device", json_object_new_string(v[i].dev));
		add(o, "rate", v[i].rate);
		add(o, "ceil", v[i].ceil);
		add(o, "share", v[i].share);
		add(o, "sent", v[i].sent);
		add(o, "packets", v[i].packets);
		add(o, "dropped", v[i].dropped);
		add(o, "queued", v[i].queued);
		json_object_array_add(all, o);
	}
	tool_json(all);
}

static int show(struct vserver_ctx *v)
{
	struct guest_class *classes;
	size_t n;

	if (guest_classes(v->cfg, &classes, &n) < 0)
		return verb_failed(v);
	if (v->json)
		print_json(classes, n);
	else if (n)
		print_table(classes, n);
	else
		vserver_info(v, "the guest has no bandwidth class on any device");
	free(classes);
	return VSERVER_OK;
}

static int change(struct vserver_ctx *v, bool clear)
{
	struct guest g = verb_guest(v);
	int lock = guest_lock(v->cfg);
	int r = lock < 0 || guest_load(&g, v->cfg) < 0 || guest_shape(&g, clear) < 0 ?
		verb_failed(v) : VSERVER_OK;

	guest_free(&g);
	return r;
}

int verb_tc(struct vserver_ctx *v, int argc, char **argv)
{
	const char *what = "show";
	uint32_t xid;
	int r;

	while (verb_getopt(argc, argv, "j", options, usage) != -1)
		v->json = true;
	if (optind < argc)
		what = argv[optind++];
	if (optind < argc)
		die_usage("tc takes no argument '%s'", argv[optind]);
	if (strcmp(what, "show") && strcmp(what, "apply") && strcmp(what, "clear"))
		die_usage("tc: '%s' is none of show, apply, clear", what);
	r = cfg_running(v->cfg, &xid);
	if (r < 0)
		return verb_failed(v);
	if (!r) {
		vserver_error(v, "the guest is not running");
		return VSERVER_STOPPED;
	}
	return strcmp(what, "show") ? change(v, !strcmp(what, "clear")) : show(v);
}
