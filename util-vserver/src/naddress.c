// SPDX-License-Identifier: GPL-2.0-only
/* naddress - the addresses of a network context */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include <json-c/json.h>

#include "ctx.h"
#include "netctx.h"
#include "tool.h"

static const struct tool tool = {
	.name = "naddress",
	.about = "change or show the addresses of a network context",
	.fail = CTX_FAILED,
	.bad_usage = CTX_FAILED,
	.usage =
"Usage: naddress --add|--remove|--set [OPTION]... [--] [COMMAND [ARG]...]\n"
"       naddress --list [--nid NID] [--json]\n\n"
"  --add               to those that it has\n"
"  --remove            these\n"
"  --set               instead of those that it has; none given: none left\n"
"  --nid NID           number or name; default: the caller's network context\n"
"  --ip ADDRESS[/MASK] one address; 0.0.0.0 and :: stand for all\n"
"  --ip DEVICE         the first IPv4 address of a device\n"
"  --mask ADDRESS/MASK all addresses of a network\n"
"  --range FROM-TO     all from one to another, IPv4\n"
"  --bcast ADDRESS     broadcast address; or DEVICE: that of a device\n"
"  --lback ADDRESS     what 127.0.0.1 becomes, IPv4\n"
"  --shared            the host goes on using the addresses, too\n"
"  --silent            don't print the addresses\n"
"  --json              with --list\n"
"  --help, --version\n\n"
"MASK: a prefix length or a mask in the form of an address. The first address is\n"
"the one that connections come from.\n\n"
"Exit status: that of COMMAND; 255: failures of naddress.\n\n"
"Example: naddress --add --nid web --ip 192.0.2.7/24 --ip 2001:db8::7/64\n",
};

enum operation { NONE, ADD, REMOVE, SET, LIST };

enum {
	OPT_ADD = 0x100, OPT_REMOVE, OPT_SET, OPT_LIST, OPT_NID, OPT_SHARED, OPT_SILENT, OPT_JSON,
	OPT_KIND = 0x200,	/* + enum vc_net_kind */
};

static const struct option options[] = {
	{ "add", no_argument, NULL, OPT_ADD },
	{ "remove", no_argument, NULL, OPT_REMOVE },
	{ "set", no_argument, NULL, OPT_SET },
	{ "list", no_argument, NULL, OPT_LIST },
	{ "nid", required_argument, NULL, OPT_NID },
	{ "shared", no_argument, NULL, OPT_SHARED },
	{ "silent", no_argument, NULL, OPT_SILENT },
	{ "json", no_argument, NULL, OPT_JSON },
	{ "ip", required_argument, NULL, OPT_KIND + VC_NET_ADDR },
	{ "mask", required_argument, NULL, OPT_KIND + VC_NET_MASK },
	{ "range", required_argument, NULL, OPT_KIND + VC_NET_RANGE },
	{ "bcast", required_argument, NULL, OPT_KIND + VC_NET_BCAST },
	{ "lback", required_argument, NULL, OPT_KIND + VC_NET_LBACK },
	TOOL_OPTIONS
};

static const char *const kinds[] = {
	[VC_NET_ADDR] = "ip",
	[VC_NET_MASK] = "mask",
	[VC_NET_RANGE] = "range",
	[VC_NET_BCAST] = "bcast",
	[VC_NET_LBACK] = "lback",
};

/**
 * struct job - the command line
 * @nid: the argument, NULL if not given
 * @addresses: in the order of the options
 */
struct job {
	enum operation operation;
	const char *nid;
	bool shared, silent, json;
	struct net_list addresses;
	char **argv;
};

static void set_operation(struct job *j, enum operation operation)
{
	if (j->operation != NONE)
		die_usage("only one of --add, --remove, --set, --list");
	j->operation = operation;
}

static void add_address(struct job *j, enum vc_net_kind kind)
{
	char option[16];

	snprintf(option, sizeof(option), "--%s", kinds[kind]);
	net_list_add(&j->addresses, kind, option, optarg);
}

static void set_option(struct job *j, int option)
{
	switch (option) {
	case OPT_ADD:
		return set_operation(j, ADD);
	case OPT_REMOVE:
		return set_operation(j, REMOVE);
	case OPT_SET:
		return set_operation(j, SET);
	case OPT_LIST:
		return set_operation(j, LIST);
	case OPT_NID:
		j->nid = optarg;
		return;
	case OPT_SHARED:
		j->shared = true;
		return;
	case OPT_SILENT:
		j->silent = true;
		return;
	case OPT_JSON:
		j->json = true;
		return;
	default:
		add_address(j, (enum vc_net_kind)(option - OPT_KIND));
	}
}

static void check_remove(const struct net_list *list)
{
	for (size_t i = 0; i < list->n; i++) {
		if (list->v[i].kind == VC_NET_BCAST || list->v[i].kind == VC_NET_LBACK)
			die_usage("--%s can be replaced but not removed",
				  kinds[list->v[i].kind]);
	}
}

static void check(const struct job *j)
{
	if (j->operation == NONE)
		die_usage("one of --add, --remove, --set, --list is needed");
	if (j->json && j->operation != LIST)
		die_usage("--json needs --list");
	if (j->shared && j->operation != ADD && j->operation != SET)
		die_usage("--shared needs --add or --set");
	if (j->operation == LIST && (j->addresses.n || *j->argv))
		die_usage("--list takes neither addresses nor a command");
	/* In a chain of programs there may be none; alone it is a mistake. */
	if (j->operation != SET && j->operation != LIST && !j->addresses.n && !*j->argv)
		die_usage("no address given");
	if (j->operation == REMOVE)
		check_remove(&j->addresses);
}

/* --- change -------------------------------------------------------------------------- */

static void change(uint32_t nid, const struct job *j)
{
	if (!j->silent)
		net_list_print(&j->addresses, j->operation == REMOVE ? "Removing" : "Adding");
	if (j->operation == REMOVE) {
		net_list_leave(nid, &j->addresses);
		return;
	}
	if (j->operation == SET)
		net_remove_all(nid);
	net_list_join(nid, &j->addresses);
}

/* --- list ---------------------------------------------------------------------------- */

static void show_line(const struct vc_net_addr *a)
{
	char text[VC_NET_TEXT_LEN];

	if (a->family)
		printf("%-6s %s%s\n", kinds[a->kind], vc_net_text(a, text),
		       a->shared ? " shared" : "");
}

static struct json_object *json_ip(const struct vc_net_addr *a, const uint8_t *ip)
{
	char text[INET6_ADDRSTRLEN] = "";

	inet_ntop(a->family, ip, text, sizeof(text));
	return json_object_new_string(text);
}

static struct json_object *json_address(const struct vc_net_addr *a)
{
	struct json_object *o = json_object_new_object();

	json_object_object_add(o, "type", json_object_new_string(kinds[a->kind]));
	json_object_object_add(o, "family",
			       json_object_new_string(a->family == AF_INET ? "inet" : "inet6"));
	json_object_object_add(o, "address", json_ip(a, a->ip));
	if (a->kind == VC_NET_RANGE)
		json_object_object_add(o, "end", json_ip(a, a->ip2));
	json_object_object_add(o, "mask", json_ip(a, a->mask));
	if (a->prefix >= 0)
		json_object_object_add(o, "prefix", json_object_new_int(a->prefix));
	json_object_object_add(o, "shared", json_object_new_boolean(a->shared));
	return o;
}

static void list_json(const struct vc_net_set *set)
{
	struct json_object *all = json_object_new_object(), *list = json_object_new_array();

	json_object_object_add(all, "nid", json_object_new_int64(set->nid));
	if (set->bcast.family)
		json_object_object_add(all, "bcast", json_ip(&set->bcast, set->bcast.ip));
	if (set->lback.family)
		json_object_object_add(all, "lback", json_ip(&set->lback, set->lback.ip));
	for (size_t i = 0; i < set->n; i++)
		json_object_array_add(list, json_address(&set->addr[i]));
	json_object_object_add(all, "addresses", list);
	tool_json(all);
}

static noreturn void die_unread(uint32_t nid)
{
	int error = errno;

	if (error == ESRCH)
		die("no network context %" PRIu32, nid);
	/* A guest has no such directory. */
	if (error == ENOSYS && vc_get_version() >= 0)
		die("/proc/virtnet: not visible from here");
	errno = error;
	die_vc("vc_net_set_read");
}

static void list(uint32_t nid, bool json)
{
	struct vc_net_set set;

	if (vc_net_set_read(nid, &set) < 0)
		die_unread(nid);
	if (json) {
		list_json(&set);
	} else {
		show_line(&set.bcast);
		show_line(&set.lback);
		for (size_t i = 0; i < set.n; i++)
			show_line(&set.addr[i]);
	}
	vc_net_set_free(&set);
}

int main(int argc, char **argv)
{
	struct job job = { 0 };
	uint32_t nid;
	int c;

	tool_init(&tool);
	while ((c = tool_getopt(argc, argv, "+", options)) >= 0)
		set_option(&job, c);
	job.argv = argv + optind;
	check(&job);
	if (job.shared)
		net_list_share(&job.addresses);
	nid = net_target(job.nid);
	if (job.operation == LIST)
		list(nid, job.json);
	else
		change(nid, &job);
	tool_chain(job.argv);
}
