// SPDX-License-Identifier: GPL-2.0-only
/*
 * interfaces/ of a guest (config.md 4.3).
 *
 * A file of an entry wins over the one of the same name in interfaces/. Masks are real ones:
 * the original took them through an exit code, which lost /0 and turned damage into /32.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <linux/rtnetlink.h>
#include <string.h>
#include <sys/socket.h>

#include "internal.h"
#include "network.h"

/* One entry while it is read. */
struct reader {
	const struct cfg *c;
	const char *entry;	/* "interfaces/X" */
	struct cfg_iface *f;
	void (*warn)(void *arg, const char *text);
	void *arg;
};

static void warn(const struct reader *r, const char *file, const char *text)
{
	cfg_auto_free char *line = cfg_xasprintf("%s: %s", file, text);

	if (r->warn)
		r->warn(r->arg, line);
}

static char *own_key(const struct reader *r, const char *name)
{
	return cfg_xasprintf("%s/%s", r->entry, name);
}

static bool has(const struct reader *r, const char *name)
{
	cfg_auto_free char *key = own_key(r, name);

	return cfg_bool(r->c, key);
}

/* 1: value and file stored, 0: not set, -1. An empty file is one without a value. */
static int get_key(const struct cfg *c, const char *key, char **value, char **file)
{
	int n = cfg_scalar(c, key, value);

	if (n <= 0)
		return n;
	*file = cfg_path(c, key);
	return **value ? 1 : cfg_fail("%s: is empty", *file);
}

static int get_own(const struct reader *r, const char *name, char **value, char **file)
{
	cfg_auto_free char *key = own_key(r, name);

	return get_key(r->c, key, value, file);
}

/* The entry's own file, else the common one. */
static int get(const struct reader *r, const char *name, char **value, char **file)
{
	cfg_auto_free char *key = NULL;

	if (has(r, name))
		return get_own(r, name, value, file);
	key = cfg_xasprintf("interfaces/%s", name);
	return get_key(r->c, key, value, file);
}

bool cfg_is_device(const char *name)
{
	size_t n = strlen(name);

	if (!n || n >= IFNAMSIZ || !strcmp(name, ".") || !strcmp(name, ".."))
		return false;
	for (; *name; name++)
		if (*name == '/' || *name == ':' || *name <= ' ' || *name == 0x7f)
			return false;
	return true;
}

/* --- the address -------------------------------------------------------------------- */

/* An address alone: no mask, not the zero that stands for all. */
static int plain(const char *file, const char *text, struct vc_net_addr *a)
{
	const char *why = NULL;

	if (strchr(text, '/'))
		return cfg_fail("%s: '%s': an address without prefix is wanted", file, text);
	if (vc_net_parse(VC_NET_ADDR, text, a, &why) < 0)
		return cfg_fail("%s: '%s': %s", file, text, why);
	if (a->kind != VC_NET_ADDR)
		return cfg_fail("%s: '%s': stands for all addresses", file, text);
	return 0;
}

static int size_of(const struct vc_net_addr *a)
{
	return a->family == AF_INET ? 32 : 128;
}

static int usable(const char *file, const char *text, const struct vc_net_addr *a)
{
	bool multicast = a->family == AF_INET ? a->ip[0] >= 224 : a->ip[0] == 0xff;

	if (a->kind != VC_NET_ADDR)
		return cfg_fail("%s: '%s': a guest can't own all addresses; for the network of the "
				"host use the file noncontext", file, text);
	if (multicast)
		return cfg_fail("%s: '%s': nobody can own a multicast or broadcast address", file,
				text);
	return 0;
}

/* A whole number in MIN..MAX; the text may be anything. */
static int number(const char *file, const char *text, long max, const char *what)
{
	char *end;
	long n;

	errno = 0;
	n = strtol(text, &end, 10);
	if (*text < '0' || *text > '9' || *end || errno || n > max)
		return cfg_fail("%s: '%s': %s is a number from 0 to %ld", file, text, what, max);
	return (int)n;
}

static int prefix_of_mask(const char *file, const char *text, const struct vc_net_addr *a)
{
	struct vc_net_addr mask;
	const char *why = "not a netmask";

	if (a->family != AF_INET)
		return cfg_fail("%s: '%s': an IPv6 address takes a prefix, not a mask", file, text);
	mask = *a;
	/* Only the dotted form: a number is a prefix and belongs into another file. */
	if (!strchr(text, '.') || vc_net_parse_mask(text, &mask, &why) < 0)
		return cfg_fail("%s: '%s': %s", file, text, why);
	if (mask.prefix < 0)
		return cfg_fail("%s: '%s': the ones of a netmask are at its beginning", file, text);
	return mask.prefix;
}

/* The prefix in order of precedence: own prefix, common prefix, own mask, common mask. */
static int find_prefix(const struct reader *r, const struct vc_net_addr *a, char **file)
{
	cfg_auto_free char *text = NULL;
	int n = get(r, "prefix", &text, file);

	if (n)
		return n < 0 ? -1 : number(*file, text, size_of(a), "the prefix");
	/* The common mask is for IPv4 entries. */
	if (a->family == AF_INET6 && !has(r, "mask"))
		return size_of(a);
	n = get(r, "mask", &text, file);
	if (n)
		return n < 0 ? -1 : prefix_of_mask(*file, text, a);
	return size_of(a);
}

static int set_prefix(struct reader *r, char *slash)
{
	struct cfg_iface *f = r->f;
	cfg_auto_free char *file = NULL, *text = NULL;
	int prefix;

	if (!slash) {
		prefix = find_prefix(r, &f->addr, &file);
	} else {
		prefix = number(f->ip_file, slash, size_of(&f->addr), "the prefix");
		/* Two places that disagree: nobody can know which one is meant. */
		if (prefix >= 0 && (has(r, "prefix") || has(r, "mask"))) {
			int other = find_prefix(r, &f->addr, &file);

			if (other >= 0 && other != prefix)
				return cfg_fail("%s: says /%d, but %s/ip says /%d", file, other,
						f->dir, prefix);
			prefix = other < 0 ? -1 : prefix;
		}
	}
	if (prefix < 0)
		return -1;
	text = cfg_xasprintf("%d", prefix);
	return vc_net_parse_mask(text, &f->addr, NULL) < 0 ?
	       cfg_fail("%s: '%s': prefix %d", f->ip_file, f->ip, prefix) : 0;
}

static int read_ip(struct reader *r)
{
	struct cfg_iface *f = r->f;
	const char *why = NULL;
	char *slash;
	int n = get_own(r, "ip", &f->ip, &f->ip_file);

	if (n < 0)
		return -1;
	if (!n)
		return cfg_fail("%s/ip: missing; it holds the address", f->dir);
	slash = strchr(f->ip, '/');
	if (slash)
		*slash++ = '\0';
	if (vc_net_parse(VC_NET_ADDR, f->ip, &f->addr, &why) < 0)
		return cfg_fail("%s: '%s': %s", f->ip_file, f->ip, why);
	return usable(f->ip_file, f->ip, &f->addr) < 0 ? -1 : set_prefix(r, slash);
}

/* Every guest has these two of its own; an entry was needed in old times. */
static bool is_loopback(const struct vc_net_addr *a)
{
	static const uint8_t v4[4] = { 127, 0, 0, 1 }, v6[16] = { [15] = 1 };

	return a->family == AF_INET ? !memcmp(a->ip, v4, 4) : !memcmp(a->ip, v6, 16);
}

/* --- the device --------------------------------------------------------------------- */

/* X/vlandev, else the common file, else the machine's; novlandev ends the search. */
static bool wants_vlan(const struct reader *r)
{
	if (has(r, "vlandev"))
		return true;
	if (has(r, "novlandev"))
		return false;
	if (cfg_bool(r->c, "interfaces/vlandev"))
		return true;
	return !cfg_bool(r->c, "interfaces/novlandev") &&
	       cfg_bool(cfg_defaults(), "interfaces/vlandev");
}

static int read_vlan(struct reader *r)
{
	struct cfg_iface *f = r->f;
	const char *dot = strrchr(f->dev, '.');
	char *end;
	long id;

	if (!wants_vlan(r))
		return 0;
	id = dot ? strtol(dot + 1, &end, 10) : 0;
	f->vlan = dot && dot > f->dev && dot[1] >= '0' && dot[1] <= '9' && !*end && id >= 1 &&
		  id <= 4094;
	/* A common vlandev is for those entries that look like one. */
	if (!f->vlan && has(r, "vlandev"))
		return cfg_fail("%s: '%s': a VLAN device is called DEV.ID with an ID from 1 to 4094",
				f->dev_file, f->dev);
	return 0;
}

static int own_number(struct reader *r, const char *name, int64_t *value)
{
	cfg_auto_free char *key = own_key(r, name);
	int n = cfg_s64(r->c, key, 0, UINT32_MAX - 1, value);

	if (n == 0)
		*value = -1;
	return n < 0 ? -1 : 0;
}

static int read_tun(struct reader *r)
{
	struct cfg_iface *f = r->f;

	f->tun = has(r, "tun");
	f->tap = has(r, "tap");
	f->nocsum = has(r, "nocsum");
	if (f->tun && f->tap)
		return cfg_fail("%s: has both tun and tap", f->dir);
	if (f->vlan && (f->tun || f->tap))
		return cfg_fail("%s: '%s' can't be a VLAN and a tun or tap device", f->dev_file,
				f->dev);
	return own_number(r, "uid", &f->uid) || own_number(r, "gid", &f->gid) ||
	       own_number(r, "linktype", &f->linktype) ? -1 : 0;
}

static int read_label(struct reader *r)
{
	struct cfg_iface *f = r->f;
	cfg_auto_free char *name = NULL, *file = NULL;
	int n = get_own(r, "name", &name, &file);

	if (n <= 0)
		return n;
	if (f->addr.family != AF_INET) {
		warn(r, file, "only IPv4 addresses have labels, ignored");
		return 0;
	}
	f->label = cfg_xasprintf("%s:%s", f->dev, name);
	if (strlen(f->label) < IFNAMSIZ && !strpbrk(name, " \t/"))
		return 0;
	return cfg_fail("%s: '%s': the label '%s' has more than %d characters or a blank in it",
			file, name, f->label, IFNAMSIZ - 1);
}

static int read_dev(struct reader *r)
{
	struct cfg_iface *f = r->f;
	bool nodev = has(r, "nodev");
	int n;

	if (has(r, "only_ip")) {
		cfg_auto_free char *file = cfg_xasprintf("%s/only_ip", f->dir);

		warn(r, file, "old name, please rename it to nodev");
		nodev = true;
	}
	/* Also with a dev beside it: leaving the device alone is the safer reading. */
	if (nodev)
		return 0;
	n = get(r, "dev", &f->dev, &f->dev_file);
	if (n < 0)
		return -1;
	if (!n)
		return cfg_fail("%s: has neither dev (the device that gets the address) nor nodev",
				f->dir);
	if (!cfg_is_device(f->dev))
		return cfg_fail("%s: '%s': not the name of a device", f->dev_file, f->dev);
	f->down = has(r, "down");
	return read_vlan(r) || read_tun(r) || read_label(r) ? -1 : 0;
}

/* --- what belongs to an address on a device ------------------------------------------- */

static void computed_bcast(struct cfg_iface *f)
{
	f->bcast = f->addr;
	for (int i = 0; i < 4; i++)
		f->bcast.ip[i] |= (uint8_t)~f->addr.mask[i];
	f->has_bcast = f->addr.prefix < 31;
}

static int read_bcast(struct reader *r)
{
	struct cfg_iface *f = r->f;
	cfg_auto_free char *text = NULL, *file = NULL;
	int n;

	if (f->addr.family != AF_INET)
		return 0;
	n = get(r, "bcast", &text, &file);
	if (n < 0)
		return -1;
	if (!n || !strcmp(text, "+")) {
		computed_bcast(f);
		return 0;
	}
	if (plain(file, text, &f->bcast) < 0)
		return -1;
	if (f->bcast.family != AF_INET)
		return cfg_fail("%s: '%s': a broadcast address is one of IPv4", file, text);
	f->has_bcast = true;
	return 0;
}

static int read_peer(struct reader *r)
{
	struct cfg_iface *f = r->f;
	cfg_auto_free char *text = NULL, *file = NULL;
	int n = get_own(r, "peer", &text, &file);

	if (n <= 0)
		return n;
	if (plain(file, text, &f->peer) < 0)
		return -1;
	if (f->peer.family != f->addr.family)
		return cfg_fail("%s: '%s': not of the same family as %s", file, text, f->ip);
	f->has_peer = true;
	return 0;
}

static int read_scope(struct reader *r)
{
	static const struct {
		const char *name;
		int scope;
	} scopes[] = {
		{ "global", RT_SCOPE_UNIVERSE }, { "universe", RT_SCOPE_UNIVERSE },
		{ "site", RT_SCOPE_SITE }, { "link", RT_SCOPE_LINK }, { "host", RT_SCOPE_HOST },
	};
	struct cfg_iface *f = r->f;
	cfg_auto_free char *text = NULL, *file = NULL;
	int n = get(r, "scope", &text, &file);

	f->scope = -1;
	if (n <= 0)
		return n;
	for (size_t i = 0; i < sizeof(scopes) / sizeof(scopes[0]); i++)
		if (!strcmp(text, scopes[i].name))
			f->scope = scopes[i].scope;
	if (f->scope >= 0)
		return 0;
	f->scope = number(file, text, 255, "a scope is global, site, link, host or");
	return f->scope < 0 ? -1 : 0;
}

static void check_outdated(const struct reader *r)
{
	static const char *const names[] = { "mac", "extip", "indirect", "shared" };

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		cfg_auto_free char *file = cfg_xasprintf("%s/%s", r->f->dir, names[i]);

		if (has(r, names[i]))
			warn(r, file, "has no effect");
	}
}

/* --- all of it ------------------------------------------------------------------------ */

static int read_entry(struct reader *r)
{
	check_outdated(r);
	return read_ip(r) || read_dev(r) || read_bcast(r) || read_peer(r) || read_scope(r) ? -1 : 0;
}

static void free_iface(struct cfg_iface *f)
{
	free(f->dir);
	free(f->ip_file);
	free(f->ip);
	free(f->dev);
	free(f->dev_file);
	free(f->label);
}

static int check_double(const struct cfg_network *net, const struct cfg_iface *f)
{
	for (size_t i = 0; i < net->n; i++)
		if (net->iface[i].addr.family == f->addr.family &&
		    !memcmp(net->iface[i].addr.ip, f->addr.ip, sizeof(f->addr.ip)))
			return cfg_fail("%s: '%s': the same address is in %s", f->ip_file, f->ip,
					net->iface[i].ip_file);
	return 0;
}

static int add_entry(const struct cfg *c, const char *name, struct cfg_network *net,
		     void (*warn_to)(void *arg, const char *text), void *arg)
{
	cfg_auto_free char *entry = cfg_xasprintf("interfaces/%s", name);
	struct cfg_iface f = { .dir = cfg_path(c, entry), .scope = -1, .uid = -1, .gid = -1,
			       .linktype = -1 };
	struct reader r = { .c = c, .entry = entry, .f = &f, .warn = warn_to, .arg = arg };

	if (has(&r, "disabled")) {
		free_iface(&f);
		return 0;
	}
	if (read_entry(&r) < 0 || check_double(net, &f) < 0) {
		free_iface(&f);
		return -1;
	}
	if (is_loopback(&f.addr)) {
		warn(&r, f.ip_file, "ignored: every guest has a loopback address of its own");
		free_iface(&f);
		return 0;
	}
	net->iface = cfg_xrealloc(net->iface, net->n + 1, sizeof(*net->iface));
	net->iface[net->n++] = f;
	return 0;
}

/* interfaces/bcast and interfaces/lback also go to the network context. */
static int read_common(const struct cfg *c, const char *name, enum vc_net_kind kind,
		       struct vc_net_addr *a)
{
	cfg_auto_free char *key = cfg_xasprintf("interfaces/%s", name);
	cfg_auto_free char *text = NULL, *file = NULL;
	const char *why = NULL;
	int n = get_key(c, key, &text, &file);

	if (n <= 0 || !strcmp(text, "+"))
		return n < 0 ? -1 : 0;
	return vc_net_parse(kind, text, a, &why) < 0 ?
	       cfg_fail("%s: '%s': %s", file, text, why) : 0;
}

int cfg_network(const struct cfg *c, struct cfg_network *net,
		void (*warn_to)(void *arg, const char *text), void *arg)
{
	struct cfg_list names;
	int r = cfg_entries(c, "interfaces", &names);

	memset(net, 0, sizeof(*net));
	for (size_t i = 0; r > 0 && i < names.n; i++) {
		cfg_auto_free char *probe = cfg_xasprintf("interfaces/%s/.", names.v[i]);

		/* Files there are the common settings. */
		if (cfg_bool(c, probe) && add_entry(c, names.v[i], net, warn_to, arg) < 0)
			r = -1;
	}
	cfg_list_free(&names);
	if (r < 0 || read_common(c, "bcast", VC_NET_BCAST, &net->bcast) < 0 ||
	    read_common(c, "lback", VC_NET_LBACK, &net->lback) < 0)
		return -1;
	return cfg_tc_read(c, net);
}

void cfg_network_free(struct cfg_network *net)
{
	for (size_t i = 0; i < net->n; i++)
		free_iface(&net->iface[i]);
	for (size_t i = 0; i < net->tcs; i++)
		cfg_tc_free(&net->tc[i]);
	free(net->iface);
	free(net->tc);
	memset(net, 0, sizeof(*net));
}
