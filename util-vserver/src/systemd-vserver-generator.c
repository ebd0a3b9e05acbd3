// SPDX-License-Identifier: GPL-2.0-only
/*
 * systemd-vserver-generator NORMAL EARLY LATE: tells systemd which guests to start with
 * which mark, and which before which. Run by systemd at boot and on daemon-reload, before
 * any unit; it only makes links and small files in NORMAL.
 *
 *   line M of apps/init/mark	vserver-mark@M.target.wants/vserver@GUEST.service
 *				vserver.target.wants/vserver-mark@M.target
 *   line D of apps/init/depends	vserver@GUEST.service.requires/vserver@D.service
 *				vserver@GUEST.service.d/depends.conf with After=
 *
 * The historic one left out After=, so that guests started together with what they need.
 */
#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "config/config.h"
#include "tool.h"

#define UNIT_DIR	"/usr/lib/systemd/system"

static const struct tool tool = {
	.name = "systemd-vserver-generator",
	.about = "units for the guests that are marked for boot",
	.usage =
"Usage: systemd-vserver-generator NORMAL EARLY LATE\n"
"Run by systemd. Writes links to vserver@.service into the directory NORMAL, by\n"
"apps/init/mark and apps/init/depends of the guests that are not disabled.\n"
"X_UTIL_VSERVER_CONFDIR in the environment replaces /etc/vservers.\n"
"\n"
"Example: systemd-vserver-generator /tmp/units /tmp/units /tmp/units\n",
	.fail = 1,
};

static const struct option options[] = { TOOL_OPTIONS };

static char *print(const char *fmt, ...)
{
	va_list ap;
	char *text;
	int n;

	va_start(ap, fmt);
	n = vasprintf(&text, fmt, ap);
	va_end(ap);
	if (n < 0)
		die_errno("memory");
	return text;
}

/* As systemd-escape does it, so that %I is the name again. */
static char *escape(const char *name)
{
	char *out = tool_alloc(strlen(name) * 4 + 1, 1), *o = out;

	for (const char *p = name; *p; p++) {
		if (*p == '/')
			*o++ = '-';
		else if (isalnum((unsigned char)*p) || *p == ':' || *p == '_' ||
			 (*p == '.' && p != name))
			*o++ = *p;
		else
			o += sprintf(o, "\\x%02x", (unsigned char)*p);
	}
	*o = '\0';
	return out;
}

static void make_dir(const char *path)
{
	if (mkdir(path, 0755) && errno != EEXIST)
		die_errno("%s", path);
}

/* NORMAL/DIR/LINK -> the unit file TARGET */
static void link_unit(const char *normal, const char *dir, const char *link, const char *target)
{
	tool_auto_free char *parent = print("%s/%s", normal, dir);
	tool_auto_free char *path = print("%s/%s", parent, link);
	tool_auto_free char *to = print(UNIT_DIR "/%s", target);

	make_dir(parent);
	if (symlink(to, path) && errno != EEXIST)
		die_errno("%s", path);
}

static void write_marks(const char *normal, const struct cfg *c, const char *unit)
{
	struct cfg_list marks = { };

	if (cfg_list(c, "apps/init/mark", &marks) < 0)
		warn("%s", cfg_error());
	for (size_t i = 0; i < marks.n; i++) {
		tool_auto_free char *mark = escape(marks.v[i]);
		tool_auto_free char *target = print("vserver-mark@%s.target", mark);
		tool_auto_free char *dir = print("%s.wants", target);

		link_unit(normal, dir, unit, "vserver@.service");
		link_unit(normal, "vserver.target.wants", target, "vserver-mark@.target");
	}
	cfg_list_free(&marks);
}

static void write_order(const char *normal, const char *unit, const struct cfg_list *depends)
{
	tool_auto_free char *dir = print("%s/%s.d", normal, unit);
	tool_auto_free char *path = print("%s/depends.conf", dir);
	FILE *f;

	make_dir(dir);
	f = fopen(path, "we");
	if (!f)
		die_errno("%s", path);
	fputs("[Unit]\n", f);
	for (size_t i = 0; i < depends->n; i++) {
		tool_auto_free char *name = escape(depends->v[i]);

		fprintf(f, "After=vserver@%s.service\n", name);
	}
	if (fclose(f))
		die_errno("%s", path);
}

static void write_depends(const char *normal, const struct cfg *c, const char *unit)
{
	tool_auto_free char *dir = print("%s.requires", unit);
	struct cfg_list depends = { };

	if (cfg_list(c, "apps/init/depends", &depends) < 0)
		warn("%s", cfg_error());
	for (size_t i = 0; i < depends.n; i++) {
		tool_auto_free char *name = escape(depends.v[i]);
		tool_auto_free char *other = print("vserver@%s.service", name);

		link_unit(normal, dir, other, "vserver@.service");
	}
	if (depends.n)
		write_order(normal, unit, &depends);
	cfg_list_free(&depends);
}

static void write_guest(const char *normal, const char *guest)
{
	tool_auto_free char *name = escape(guest);
	tool_auto_free char *unit = print("vserver@%s.service", name);
	struct cfg *c = cfg_open(guest);

	if (!c) {
		warn("%s", cfg_error());
		return;
	}
	write_marks(normal, c, unit);
	write_depends(normal, c, unit);
	cfg_close(c);
}

int main(int argc, char **argv)
{
	const char *confdir = getenv("X_UTIL_VSERVER_CONFDIR");
	struct cfg_list guests = { };

	tool_init(&tool);
	while (tool_getopt(argc, argv, "", options) != -1)
		;
	if (argc - optind != 3)
		die_usage("three directories are needed");
	if (confdir && *confdir)
		setenv("VSERVER_CONFDIR", confdir, 1);
	if (cfg_guests(&guests, 0) < 0)
		die("%s", cfg_error());
	for (size_t i = 0; i < guests.n; i++)
		write_guest(argv[optind], guests.v[i]);
	cfg_list_free(&guests);
	return 0;
}
