// SPDX-License-Identifier: GPL-2.0-only
/*
 * The configuration directory that build writes (config.md 4.13), and the checks of what it
 * is made from. Everything that can be refused is refused before anything is made.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <vserver.h>

#include "config/config.h"
#include "build.h"

/**
 * struct iface - a parsed --interface [SUFFIX=][DEV:]IP[/MASK|/PREFIX]
 * Strings lie in @text, which is the caller's to free.
 */
struct iface {
	char *text;
	const char *name, *dev, *ip, *mask, *prefix;
};

static bool number_in(const char *text, unsigned long max)
{
	char *end;
	unsigned long n;

	if (!*text || strspn(text, "0123456789") != strlen(text))
		return false;
	errno = 0;
	n = strtoul(text, &end, 10);
	return !errno && n <= max;
}

static int family(const char *ip)
{
	unsigned char addr[16];

	if (inet_pton(AF_INET, ip, addr) == 1)
		return AF_INET;
	return inet_pton(AF_INET6, ip, addr) == 1 ? AF_INET6 : -1;
}

/* The dotted form, with all ones at its beginning. */
static bool is_mask(const char *text)
{
	struct vc_net_addr a;

	return strchr(text, '.') && !vc_net_parse(VC_NET_ADDR, "10.0.0.1", &a, NULL) &&
	       !vc_net_parse_mask(text, &a, NULL) && a.prefix >= 0;
}

/*
 * Cut at the first '=', then at the first ':' as ever, but an IPv6 address without a device
 * is recognised as what it is.
 */
static int parse_iface(const char *spec, struct iface *f)
{
	char *p = f->text = build_printf("%s", spec), *cut;
	int af;

	cut = strchr(p, '=');
	if (cut) {
		*cut = '\0';
		f->name = p;
		p = cut + 1;
	}
	cut = strrchr(p, '/');
	if (cut) {
		*cut++ = '\0';
		*(strchr(cut, '.') ? &f->mask : &f->prefix) = cut;
	}
	cut = family(p) == AF_INET6 ? NULL : strchr(p, ':');
	if (cut) {
		*cut = '\0';
		f->dev = p;
		p = cut + 1;
	}
	f->ip = p;
	af = family(p);
	if (af < 0 || (f->dev && !*f->dev) || (f->name && !*f->name))
		return -1;
	if (f->mask && (af != AF_INET || !is_mask(f->mask)))
		return -1;
	return f->prefix && !number_in(f->prefix, af == AF_INET ? 32 : 128) ? -1 : 0;
}

static int check_interfaces(const struct build *b)
{
	for (size_t i = 0; i < b->o.interfaces.n; i++) {
		struct iface f = { };
		int bad = parse_iface(b->o.interfaces.v[i], &f);

		free(f.text);
		if (bad)
			return build_fail(b, "--interface %s: not [NAME=][DEV:]IP[/MASK|/PREFIX]",
					  b->o.interfaces.v[i]);
	}
	if (b->o.netprefix && !number_in(b->o.netprefix, 128))
		return build_fail(b, "--netprefix %s: not a prefix length", b->o.netprefix);
	if (b->o.netmask && !is_mask(b->o.netmask))
		return build_fail(b, "--netmask %s: not a netmask", b->o.netmask);
	if (b->o.netbcast && family(b->o.netbcast) != AF_INET)
		return build_fail(b, "--netbcast %s: not an address", b->o.netbcast);
	return 0;
}

static int check_style(const struct build *b)
{
	static const char *const styles[] = {
		"sysv", "plain", "minit", "gentoo", "openrc", "arch",
	};

	if (!b->o.initstyle)
		return 0;
	for (size_t i = 0; i < sizeof(styles) / sizeof(*styles); i++)
		if (!strcmp(styles[i], b->o.initstyle))
			return 0;
	return build_fail(b, "--initstyle %s: unknown (sysv, plain, minit, gentoo, openrc, arch)",
			  b->o.initstyle);
}

/* Scalars are lines: a control character in one would make a second one of it. */
static int check_text(const struct build *b, const char *option, const char *value, size_t max)
{
	if (!value)
		return 0;
	for (const char *p = value; *p; p++)
		if ((unsigned char)*p < ' ' || *p == 0x7f)
			return build_fail(b, "%s: control character in the value", option);
	if (!*value || strlen(value) > max)
		return build_fail(b, "%s %s: empty or longer than %zu bytes", option, value, max);
	return 0;
}

static int check_flags(const struct build *b)
{
	uint64_t value = 0;

	for (size_t i = 0; i < b->o.flags.n; i++)
		if (vc_list_parse(VC_CFLAGS, b->o.flags.v[i], &value, NULL, NULL, NULL))
			return build_fail(b, "--flags: Unknown flag '%s'", b->o.flags.v[i]);
	return 0;
}

/**
 * build_check_config() - can the options be written as configuration?
 * @b: the build, nothing made yet
 */
int build_check_config(const struct build *b)
{
	if (check_text(b, "--hostname", b->o.hostname, 64) ||
	    check_text(b, "--netdev", b->o.netdev, 15) ||
	    check_text(b, "--cpuset", b->o.cpuset, 255) ||
	    check_text(b, "--cpusetcpus", b->o.cpusetcpus, 255) ||
	    check_text(b, "--cpusetmems", b->o.cpusetmems, 255))
		return -1;
	return check_interfaces(b) || check_style(b) || check_flags(b) ? -1 : 0;
}

/* --- the context id ------------------------------------------------------------------ */

/* Name of the guest that has this id in its configuration, NULL if none; caller frees. */
static char *configured_by(uint32_t xid)
{
	struct cfg_list names = { };
	char *found = NULL;

	if (cfg_guests(&names, CFG_GUESTS_DISABLED) < 0)
		return NULL;
	for (size_t i = 0; !found && i < names.n; i++) {
		struct cfg *c = cfg_open(names.v[i]);
		uint32_t id;

		if (c && cfg_static_id(c, "context", &id) > 0 && id == xid)
			found = strdup(names.v[i]);
		if (c)
			cfg_close(c);
	}
	cfg_list_free(&names);
	return found;
}

/**
 * build_choose_context() - the id given, if it is free, else the next one
 * @b: the build
 */
int build_choose_context(struct build *b)
{
	struct vcmd_ctx_stat st;
	char *other;

	if (!b->o.context) {
		if (cfg_next_context(&b->xid) < 0)
			return build_fail(b, "%s", cfg_error());
		return 0;
	}
	b->xid = b->o.context;
	other = configured_by(b->xid);
	if (other) {
		build_fail(b, "context %u: belongs to the guest %s", b->xid, other);
		free(other);
		return -1;
	}
	if (vc_ctx_stat(b->xid, &st) >= 0)
		return build_fail(b, "context %u: in use", b->xid);
	return 0;
}

/* --- writing ------------------------------------------------------------------------- */

static int put(struct build *b, const char *key, const char *value)
{
	if (!value || cfg_write_scalar(b->cfg, key, "%s", value) >= 0)
		return 0;
	return build_fail(b, "%s", cfg_error());
}

static int put_link(struct build *b, const char *key, const char *target)
{
	if (cfg_write_link(b->cfg, key, target) >= 0)
		return 0;
	return build_fail(b, "%s", cfg_error());
}

static int put_in(struct build *b, size_t i, const char *file, const char *value)
{
	char *key;
	int ret;

	if (!value)
		return 0;
	key = build_printf("interfaces/%zu/%s", i, file);
	ret = put(b, key, value);
	free(key);
	return ret;
}

static int write_interface(struct build *b, size_t i)
{
	struct iface f = { };
	bool nodev;
	char *key;
	int ret;

	parse_iface(b->o.interfaces.v[i], &f);	/* checked before */
	nodev = f.dev ? !strcmp(f.dev, "nodev") : !b->o.netdev;
	ret = put_in(b, i, "name", f.name) || put_in(b, i, "dev", nodev ? NULL : f.dev) ||
	      put_in(b, i, "ip", f.ip) || put_in(b, i, "mask", f.mask) ||
	      put_in(b, i, "prefix", f.prefix);
	if (!ret && nodev) {
		key = build_printf("interfaces/%zu/nodev", i);
		if (cfg_write_bool(b->cfg, key) < 0)
			ret = build_fail(b, "%s", cfg_error());
		free(key);
	}
	free(f.text);
	return ret ? -1 : 0;
}

static int write_interfaces(struct build *b)
{
	if (put(b, "interfaces/dev", b->o.netdev) || put(b, "interfaces/mask", b->o.netmask) ||
	    put(b, "interfaces/prefix", b->o.netprefix) ||
	    put(b, "interfaces/bcast", b->o.netbcast))
		return -1;
	for (size_t i = 0; i < b->o.interfaces.n; i++)
		if (write_interface(b, i))
			return -1;
	return 0;
}

/* "LIST[:X]": the list, and whether it is exclusive. Start reads cpu_exclusive, not cpus_. */
static int write_cpu_list(struct build *b, const char *key, const char *exclusive, const char *text)
{
	const char *colon = text ? strrchr(text, ':') : NULL;
	char *list;
	int ret;

	if (!colon)
		return put(b, key, text);
	list = strndup(text, (size_t)(colon - text));
	ret = list ? put(b, key, list) || put(b, exclusive, colon + 1) : -1;
	free(list);
	return ret ? -1 : 0;
}

static int write_cpuset(struct build *b)
{
	if (put(b, "cpuset/name", b->o.cpuset) ||
	    write_cpu_list(b, "cpuset/cpus", "cpuset/cpu_exclusive", b->o.cpusetcpus) ||
	    write_cpu_list(b, "cpuset/mems", "cpuset/mem_exclusive", b->o.cpusetmems))
		return -1;
	return put(b, "cpuset/virtualized", b->o.cpusetvirt ? "1" : NULL);
}

static int write_links(struct build *b)
{
	char *target, *base = NULL;
	int ret;

	if (cfg_link(cfg_defaults(), "cachebase", &base) <= 0)
		base = build_printf("%s", VS_CACHEDIR);
	target = build_printf("%s/%s", base, b->name);
	ret = put_link(b, "cache", target);
	free(target);
	free(base);
	target = b->o.lockfile ? build_printf("%s", b->o.lockfile) :
		 build_printf("%s/%s", cfg_rundir(), b->name);
	ret = ret || put_link(b, "run", target) ? -1 : 0;
	free(target);
	return ret;
}

/**
 * build_write_vdir() - make a guest of the directory
 * @b: the build
 *
 * The last thing: without the link nobody can start or list a guest that is half built.
 */
int build_write_vdir(struct build *b)
{
	return put_link(b, "vdir", b->rootpath);
}

static int write_fstab(struct build *b)
{
	char *from = build_printf("%s/.defaults/fstab", cfg_confdir());
	int ret = 0;

	if (access(from, R_OK)) {
		free(from);
		from = build_dist_path(b, "fstab");
	}
	if (!from)
		return build_fail(b, "no fstab template %s/defaults/fstab", cfg_datadir());
	if (cfg_write_copy(b->cfg, "fstab", from) < 0)
		ret = build_fail(b, "%s", cfg_error());
	free(from);
	return ret;
}

static int write_dirs(struct build *b)
{
	static const char *const dirs[] = { "interfaces", "uts", "cpuset", "apps/init" };

	for (size_t i = 0; i < sizeof(dirs) / sizeof(*dirs); i++)
		if (cfg_mkdir(b->cfg, dirs[i]) < 0)
			return build_fail(b, "%s", cfg_error());
	return 0;
}

static int write_context(struct build *b)
{
	char *text = build_printf("%u", b->xid);
	int ret = put(b, "context", text);

	free(text);
	return ret;
}

/**
 * build_write_config() - fill the configuration directory, but for vdir
 * @b: the build, ->cfg open
 */
int build_write_config(struct build *b)
{
	if (write_dirs(b) || put(b, "name", b->name) || write_context(b) ||
	    put(b, "uts/nodename", b->o.hostname) || put(b, "apps/init/style", b->o.initstyle) ||
	    write_interfaces(b) || write_cpuset(b) || write_links(b) || write_fstab(b))
		return -1;
	if (b->o.flags.n &&
	    cfg_write_list(b->cfg, "cflags", (const char *const *)b->o.flags.v, b->o.flags.n) < 0)
		return build_fail(b, "%s", cfg_error());
	return 0;
}
