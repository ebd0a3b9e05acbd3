// SPDX-License-Identifier: GPL-2.0-only
/*
 * tc/DEV of a guest: what it may send through a device; and .defaults/tc/DEV: what the
 * device carries, and the host's own part of it. Not in the original; see vserver-network(5).
 */
#define _GNU_SOURCE
#include <errno.h>
#include <math.h>
#include <string.h>
#include <strings.h>

#include "internal.h"
#include "network.h"

int cfg_parse_rate(const char *text, uint64_t *rate)
{
	static const struct {
		const char *name;
		double factor;
	} units[] = {
		{ "", 1 }, { "bit", 1 },
		{ "kbit", 1e3 }, { "mbit", 1e6 }, { "gbit", 1e9 }, { "tbit", 1e12 },
		{ "bps", 8 }, { "kbps", 8e3 }, { "mbps", 8e6 }, { "gbps", 8e9 },
	};
	char *end;
	double n;

	if (*text < '0' || *text > '9' || text[strspn(text, "0123456789.")] == 'x')
		return -1;
	n = strtod(text, &end);
	for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++) {
		if (strcasecmp(end, units[i].name))
			continue;
		n *= units[i].factor;
		/* The kernel counts bytes: less than one can't be said. */
		if (!isfinite(n) || n < 8 || n > 1e15)
			return -1;
		*rate = (uint64_t)n;
		return 0;
	}
	return -1;
}

static int read_rate(const struct cfg *c, const char *dir, const char *name, uint64_t *rate)
{
	cfg_auto_free char *key = cfg_xasprintf("%s/%s", dir, name);
	cfg_auto_free char *text = NULL, *file = NULL;
	int n = cfg_scalar(c, key, &text);

	if (n <= 0)
		return n;
	file = cfg_path(c, key);
	return cfg_parse_rate(text, rate) < 0 ?
	       cfg_fail("%s: '%s': a rate is a number with bit, kbit, mbit or gbit behind it", file,
			text) : 0;
}

static int read_class(const struct cfg *c, const char *dir, const char *dev, struct cfg_tc *tc)
{
	cfg_auto_free char *key = cfg_xasprintf("%s/share", dir);
	uint64_t share = CFG_SHARE_DEFAULT;

	tc->dir = cfg_path(c, dir);
	tc->dev = cfg_xstrdup(dev);
	if (!cfg_is_device(dev))
		return cfg_fail("%s: '%s': not the name of a device", tc->dir, dev);
	if (read_rate(c, dir, "rate", &tc->rate) < 0 || read_rate(c, dir, "ceil", &tc->ceil) < 0 ||
	    cfg_u64(c, key, 1, CFG_SHARE_MAX, &share) < 0)
		return -1;
	tc->share = (unsigned int)share;
	if (tc->ceil && tc->rate > tc->ceil)
		return cfg_fail("%s/rate: more than %s/ceil", tc->dir, tc->dir);
	return 0;
}

int cfg_tc_read(const struct cfg *c, struct cfg_network *net)
{
	struct cfg_list names;
	int r = cfg_entries(c, "tc", &names);

	for (size_t i = 0; r > 0 && i < names.n; i++) {
		cfg_auto_free char *dir = cfg_xasprintf("tc/%s", names.v[i]);
		cfg_auto_free char *off = cfg_xasprintf("tc/%s/disabled", names.v[i]);
		cfg_auto_free char *probe = cfg_xasprintf("tc/%s/.", names.v[i]);

		/* A file among them is a misspelling; cfg_check() tells. */
		if (cfg_bool(c, off) || !cfg_bool(c, probe))
			continue;
		net->tc = cfg_xrealloc(net->tc, net->tcs + 1, sizeof(*net->tc));
		memset(&net->tc[net->tcs], 0, sizeof(*net->tc));
		if (read_class(c, dir, names.v[i], &net->tc[net->tcs++]) < 0)
			r = -1;
	}
	cfg_list_free(&names);
	return r < 0 ? -1 : 0;
}

int cfg_tc_device(const char *dev, uint64_t *capacity, struct cfg_tc *host)
{
	cfg_auto_free char *dir = cfg_xasprintf("tc/%s", dev);
	struct cfg *d = cfg_defaults();

	*capacity = 0;
	memset(host, 0, sizeof(*host));
	host->share = CFG_SHARE_DEFAULT;
	if (!d)
		return 0;
	if (read_rate(d, dir, "capacity", capacity) < 0)
		return -1;
	return read_class(d, dir, dev, host);
}

void cfg_tc_free(struct cfg_tc *tc)
{
	free(tc->dir);
	free(tc->dev);
	tc->dir = NULL;
	tc->dev = NULL;
}
