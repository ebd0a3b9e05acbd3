// SPDX-License-Identifier: GPL-2.0-only
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>

#include <vserver.h>

#include "config/config.h"
#include "internal.h"
#include "limits.h"

/* --- ulimits/ ---------------------------------------------------------------------- */

static const struct {
	const char *name;
	int resource;
} resources[] = {
	{ "as", RLIMIT_AS }, { "core", RLIMIT_CORE }, { "cpu", RLIMIT_CPU },
	{ "data", RLIMIT_DATA }, { "fsize", RLIMIT_FSIZE }, { "locks", RLIMIT_LOCKS },
	{ "memlock", RLIMIT_MEMLOCK }, { "msgqueue", RLIMIT_MSGQUEUE }, { "nice", RLIMIT_NICE },
	{ "nofile", RLIMIT_NOFILE }, { "nproc", RLIMIT_NPROC }, { "rss", RLIMIT_RSS },
	{ "rtprio", RLIMIT_RTPRIO }, { "sigpending", RLIMIT_SIGPENDING },
	{ "stack", RLIMIT_STACK },
};

/* DIR/NAME, then .soft and .hard; 1 if any of them is there. */
static int read_pair(const struct cfg *c, const char *dir, const char *name, uint64_t *soft,
		     uint64_t *hard)
{
	auto_free char *both = xasprintf("%s/%s", dir, name);
	auto_free char *s = xasprintf("%s/%s.soft", dir, name);
	auto_free char *h = xasprintf("%s/%s.hard", dir, name);
	int r = cfg_limit(c, both, soft), rs, rh;

	if (r < 0)
		return -1;
	if (r)
		*hard = *soft;
	rs = cfg_limit(c, s, soft);
	rh = rs < 0 ? -1 : cfg_limit(c, h, hard);
	return rh < 0 ? -1 : r || rs || rh;
}

int limits_process(const struct cfg *c)
{
	for (size_t i = 0; i < sizeof(resources) / sizeof(resources[0]); i++) {
		bool files = resources[i].resource == RLIMIT_NOFILE;
		struct rlimit now;
		uint64_t soft, hard;
		int r;

		if (getrlimit(resources[i].resource, &now) < 0)
			return cfg_fail_errno("ulimit %s", resources[i].name);
		soft = now.rlim_cur;
		hard = files ? 1048576 : RLIM_INFINITY;
		r = read_pair(c, "ulimits", resources[i].name, &soft, &hard);
		if (r < 0)
			return -1;
		now.rlim_max = hard;
		now.rlim_cur = soft < hard ? soft : hard;
		/* Without a file the hard limit is only raised where that is possible. */
		if (setrlimit(resources[i].resource, &now) < 0 && r)
			return cfg_fail_errno("%s/ulimits/%s", c->path, resources[i].name);
	}
	return 0;
}

/* --- rlimits/ ---------------------------------------------------------------------- */

static int set_limit(const struct cfg *c, uint32_t xid, const char *name)
{
	auto_free char *min = xasprintf("rlimits/%s.min", name);
	struct vcmd_rlimit limit = { 0 };
	uint64_t soft = CRLIM_KEEP, hard = CRLIM_KEEP, low = CRLIM_KEEP;
	int id = vc_limit_id(name);

	if (id < 0)
		return cfg_fail("%s/rlimits/%s: unknown limit", c->path, name);
	/* As documented: the plain file is soft and hard (the old tool set min as well). */
	if (read_pair(c, "rlimits", name, &soft, &hard) < 0 || cfg_limit(c, min, &low) < 0)
		return -1;
	limit.id = (uint32_t)id;
	limit.minimum = low;
	limit.softlimit = soft;
	limit.maximum = hard;
	if (vc_set_rlimit(xid, &limit) < 0)
		return cfg_fail_errno("%s/rlimits/%s: context limit", c->path, name);
	return 0;
}

static int set_limits(const struct cfg *c, uint32_t xid)
{
	struct cfg_list names;
	int r = cfg_entries(c, "rlimits", &names);

	for (size_t i = 0; r > 0 && i < names.n; i++) {
		char *dot = strchr(names.v[i], '.');

		if (dot)
			*dot = '\0';
		/* RES, RES.min, .. are neighbours or not: setting one twice does no harm. */
		if (set_limit(c, xid, names.v[i]) < 0)
			r = -1;
	}
	cfg_list_free(&names);
	return r < 0 ? -1 : 0;
}

int limits_context(const struct cfg *c, uint32_t xid)
{
	struct cfg_list names;
	size_t n;
	int r;

	if (set_limits(c, xid) < 0)
		return -1;
	r = cfg_entries(c, "sched", &names);
	if (r < 0)
		return -1;
	n = names.n;
	cfg_list_free(&names);
	/* A limit that can't be set must not be lost in silence (tools.md G.1, 9). */
	if (n || cfg_bool(c, "schedule"))
		return cfg_fail("%s/%s: this version can't set scheduler limits", c->path,
				n ? "sched" : "schedule");
	return 0;
}

/* --- sysctl/ ----------------------------------------------------------------------- */

/* Dots separate like slashes; a name with a slash is taken as it is. */
static int sysctl_path(const char *file, const char *setting, char **path)
{
	bool dotted = !strchr(setting, '/');

	if (strstr(setting, "..") || *setting == '/' || !*setting)
		return cfg_fail("%s: '%s' is not the name of a sysctl", file, setting);
	*path = xasprintf("/proc/sys/%s", setting);
	for (char *p = *path + strlen("/proc/sys/"); dotted && *p; p++)
		if (*p == '.')
			*p = '/';
	return 0;
}

static int write_sysctl(const struct cfg *c, const char *entry)
{
	auto_free char *skey = xasprintf("sysctl/%s/setting", entry);
	auto_free char *vkey = xasprintf("sysctl/%s/value", entry);
	auto_free char *file = cfg_path(c, skey);
	auto_free char *setting = NULL;
	auto_free char *value = NULL;
	auto_free char *path = NULL;
	auto_close int fd = -1;
	int r = cfg_scalar(c, skey, &setting);

	if (r > 0)
		r = cfg_text(c, vkey, &value);
	if (r <= 0)
		return r < 0 ? -1 : cfg_fail("%s/sysctl/%s: needs the files setting and value",
					     c->path, entry);
	if (sysctl_path(file, setting, &path) < 0)
		return -1;
	fd = open(path, O_WRONLY | O_CLOEXEC);
	if (fd < 0 || write(fd, value, strlen(value)) < 0)
		return cfg_fail_errno("%s: %s", file, setting);
	return 0;
}

int limits_sysctl(const struct cfg *c)
{
	struct cfg_list names;
	int r = cfg_entries(c, "sysctl", &names);

	for (size_t i = 0; r > 0 && i < names.n; i++)
		if (write_sysctl(c, names.v[i]) < 0)
			r = -1;
	cfg_list_free(&names);
	return r < 0 ? -1 : 0;
}
