// SPDX-License-Identifier: GPL-2.0-only
/*
 * build -m debootstrap: a fresh Debian by mmdebstrap or debootstrap, whichever is in PATH.
 *
 * The historic tool ignored every error here; a half installed guest is worse than none, so
 * a failure ends the build.
 */
#include <limits.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "config/config.h"
#include "build.h"

#define DEFAULT_MIRROR	"http://deb.debian.org/debian"

/* There is no init style for systemd: the guest gets the classic init and its scripts. */
#define DEFAULT_PACKAGES "--include=sysvinit-core,procps,iproute2"

static const struct build_arg options[] = {
	{ 'm', NULL, BUILD_TEXT, offsetof(struct build, mirror) },
	{ 's', NULL, BUILD_TEXT, offsetof(struct build, script) },
	{ }
};

static int check(struct build *b)
{
	if (b->dist && *b->dist != '-')
		return 0;
	build_fail(b, "debootstrap: -d SUITE is missing (for example -d bookworm)");
	return 2;
}

static bool in_path(const char *program)
{
	const char *path = getenv("PATH") ?: "/usr/sbin:/usr/bin:/sbin:/bin";
	bool found = false;

	while (!found && *path) {
		size_t n = strcspn(path, ":");
		char *file = build_printf("%.*s/%s", (int)n, path, program);

		found = n && !access(file, X_OK);
		free(file);
		path += n + (path[n] == ':');
	}
	return found;
}

/* First line of a file, NULL if there is none. */
static char *first_line(char *path)
{
	FILE *f = path ? fopen(path, "re") : NULL;
	char *line = NULL;
	size_t size = 0;

	if (f) {
		if (getline(&line, &size, f) < 0) {
			free(line);
			line = NULL;
		} else {
			line[strcspn(line, "\r\n")] = '\0';
		}
		fclose(f);
	}
	free(path);
	return line;
}

/* -m, the distribution's, .defaults', the shipped one, the well-known one. */
static char *mirror(const struct build *b)
{
	char *m = NULL;

	if (b->mirror)
		return build_printf("%s", b->mirror);
	m = first_line(build_printf("%s/.distributions/%s/debootstrap.mirror", cfg_confdir(),
				    b->dist));
	if (!m && cfg_scalar(cfg_defaults(), "apps/debootstrap/mirror", &m) <= 0)
		m = NULL;
	if (!m)
		m = first_line(build_dist_path(b, "debootstrap.mirror"));
	return m ? m : build_printf("%s", DEFAULT_MIRROR);
}

/* Options from the configuration: the distribution's file, else .defaults'. */
static int add_options(struct build *b, struct build_list *argv)
{
	char *path = build_printf("%s/.distributions/%s", cfg_confdir(), b->dist);
	struct cfg *dist = access(path, F_OK) ? NULL : cfg_open_dir(path);
	struct cfg_list list = { };
	int r = 0;

	free(path);
	if (dist)
		r = cfg_array(dist, "debootstrap.options", &list);
	if (!r)
		r = cfg_array(cfg_defaults(), "apps/debootstrap/options", &list);
	if (dist)
		cfg_close(dist);
	if (r < 0)
		return build_fail(b, "%s", cfg_error());
	for (size_t i = 0; r > 0 && i < list.n; i++)
		build_list_add(argv, list.v[i]);
	if (r > 0)
		cfg_list_free(&list);
	return 0;
}

static int populate(struct build *b)
{
	struct build_list argv = { };
	bool mm = !b->script && in_path("mmdebstrap");
	char *m;
	int ret;

	if (!mm && !in_path("debootstrap"))
		return build_fail(b, "%s is installed", b->script ? "no debootstrap" :
				  "neither mmdebstrap nor debootstrap");
	build_list_add(&argv, mm ? "mmdebstrap" : "debootstrap");
	build_list_add(&argv, "--variant=minbase");
	build_list_add(&argv, DEFAULT_PACKAGES);
	ret = add_options(b, &argv);
	for (size_t i = 0; i < b->args.n; i++)
		build_list_add(&argv, b->args.v[i]);
	m = mirror(b);
	build_list_add(&argv, b->dist);
	build_list_add(&argv, b->rootpath);
	build_list_add(&argv, m);
	if (b->script)
		build_list_add(&argv, b->script);
	setenv("LC_ALL", "C", 1);
	setenv("DEBIAN_FRONTEND", "noninteractive", 1);
	if (!ret)
		ret = build_run(b, NULL, argv.v);
	free(m);
	build_list_free(&argv);
	return ret;
}

const struct build_method build_debootstrap = {
	.name = "debootstrap",
	.usage = "-d SUITE [-m MIRROR] [-s SCRIPT] [-- OPTION...]",
	.what = "fresh Debian by mmdebstrap or debootstrap",
	.fresh_dev = true,
	.needs_empty = true,
	.options = options,
	.rest = true,
	.check = check,
	.populate = populate,
};
