// SPDX-License-Identifier: GPL-2.0-only
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <utmp.h>

#include "init.h"
#include "inroot.h"
#include "internal.h"
#include "run.h"

static const struct guest_style styles[] = {
	{
		.name = "sysv",
		.start = { "/etc/init.d/rc", "/etc/rc.d/rc" },
		.stop = { "/etc/init.d/rc", "/etc/rc.d/rc" },
		.level_start = "3",
		.level_stop = "6",
		.utmp = true,
	}, {
		.name = "plain",
		.real = true,
		.start = { "/sbin/init" },
	}, {
		.name = "minit",
		.real = true,
		.start = { "/sbin/minit-start" },
	}, {
		.name = "gentoo",
		.start = { "/lib/rcscripts/sh/init-vserver.sh", "/lib/rc/sh/init-vserver.sh" },
		.stop = { "/sbin/rc" },
		.level_start = "default",
		.level_stop = "shutdown",
		.utmp = true,
	}, {
		.name = "openrc",
		.start = { "/lib/rcscripts/sh/init-vserver.sh", "/lib/rc/sh/init-vserver.sh" },
		.stop = { "/sbin/rc" },
		.level_start = "default",
		.level_stop = "shutdown",
		.utmp = true,
	}, {
		.name = "arch",
		.start = { "/etc/rc.multi" },
		.stop = { "/etc/rc.shutdown" },
		.utmp = true,
	}, {
		.name = "",	/* everything comes from the cmd.* files */
	},
};

static int load_style(struct guest *g)
{
	auto_free char *name = NULL;
	int r = cfg_scalar(g->cfg, "apps/init/style", &name);

	if (r < 0)
		return -1;
	for (size_t i = 0; i < sizeof(styles) / sizeof(styles[0]); i++)
		if (!strcmp(styles[i].name, r ? name : "sysv")) {
			g->style = &styles[i];
			g->real_init = styles[i].real;
			return 0;
		}
	return cfg_fail("%s/apps/init/style:1: unknown init style '%s' (known: sysv, plain, "
			"minit, gentoo, openrc, arch)", g->cfg->path, name);
}

static int load_levels(struct guest *g)
{
	int r;

	r = cfg_scalar(g->cfg, cfg_bool(g->cfg, "apps/init/runlevel.start") ?
		       "apps/init/runlevel.start" : "apps/init/runlevel", &g->level_start);
	if (r == 0 && g->style->level_start)
		g->level_start = xstrdup(g->style->level_start);
	if (r < 0)
		return -1;
	r = cfg_scalar(g->cfg, "apps/init/runlevel.stop", &g->level_stop);
	if (r == 0 && g->style->level_stop)
		g->level_stop = xstrdup(g->style->level_stop);
	return r < 0 ? -1 : 0;
}

static int load_environment(struct guest *g)
{
	int r = cfg_array_def(g->cfg, "apps/init/environment", "apps/init/environment",
			      &g->environment);

	if (r < 0)
		return -1;
	for (size_t i = 0; i < g->environment.n; i++)
		if (!strchr(g->environment.v[i], '=') || *g->environment.v[i] == '=')
			return cfg_fail("%s:%u: '%s' is not VARIABLE=VALUE", g->environment.file,
					g->environment.line[i], g->environment.v[i]);
	if (r == 0)
		cfg_list_add(&g->environment, "PATH=/bin:/usr/bin:/sbin:/usr/sbin", 0);
	return 0;
}

static int load_killseq(struct guest *g)
{
	static const char *const usual[] = { "15", "5", "9" };
	int r = cfg_array(g->cfg, "apps/init/killseq", &g->killseq);
	uint32_t v;

	if (r < 0)
		return -1;
	for (size_t i = 0; i < g->killseq.n; i++)
		if (cfg_parse_id(g->killseq.v[i], &v) < 0 || (i % 2 == 0 && (v < 1 || v > 64)) ||
		    v > 3600)
			return cfg_fail("%s:%u: '%s' is not a %s", g->killseq.file,
					g->killseq.line[i], g->killseq.v[i],
					i % 2 ? "number of seconds" : "signal number");
	for (size_t i = 0; r == 0 && i < sizeof(usual) / sizeof(usual[0]); i++)
		cfg_list_add(&g->killseq, usual[i], 0);
	return 0;
}

int init_load(struct guest *g)
{
	const char *timeout = "apps/vshelper/sync-timeout", *key;
	const struct cfg *at = cfg_first(g->cfg, timeout, timeout, &key);
	uint64_t seconds = 30;

	if (load_style(g) < 0 || load_levels(g) < 0 || load_environment(g) < 0 ||
	    load_killseq(g) < 0 || cfg_u64(at, key, 0, 86400, &seconds) < 0 ||
	    cfg_array(g->cfg, "apps/init/cmd.start", &g->start) < 0 ||
	    cfg_array(g->cfg, "apps/init/cmd.stop", &g->stop) < 0 ||
	    cfg_array(g->cfg, "apps/init/cmd.prepare", &g->prepare) < 0 ||
	    cfg_array(g->cfg, "apps/init/cmd.start-sync", &g->start_sync) < 0 ||
	    cfg_array(g->cfg, "apps/init/cmd.stop-sync", &g->stop_sync) < 0)
		return -1;
	g->stop_timeout = (unsigned int)seconds;
	g->sync = cfg_bool(g->cfg, "apps/init/sync");
	return 0;
}

void init_free_argv(char **argv)
{
	for (size_t i = 0; argv && argv[i]; i++)
		free(argv[i]);
	free(argv);
}

static char **argv_add(char **argv, const char *word)
{
	size_t n = 0;

	while (argv && argv[n])
		n++;
	argv = xrealloc(argv, n + 2, sizeof(*argv));
	argv[n] = xstrdup(word);
	argv[n + 1] = NULL;
	return argv;
}

static char **argv_copy(char *const *from)
{
	char **argv = NULL;

	for (; *from; from++)
		argv = argv_add(argv, *from);
	return argv;
}

/* The last existing candidate of the style, or NULL with an error that names them all. */
static const char *candidate(const struct guest *g, int root, const char *const *paths,
			     const char *file)
{
	const char *found = NULL;

	for (size_t i = 0; paths[i]; i++)
		if (inroot_executable(root, paths[i]))
			found = paths[i];
	if (!found && paths[0])
		cfg_fail("init style %s: the guest has no program %s%s%s (set apps/init/style or "
			 "apps/init/%s)", g->style->name, paths[0], paths[1] ? " or " : "",
			 paths[1] ? paths[1] : "", file);
	else if (!found)
		cfg_fail("%s/apps/init/%s: missing, and the init style has no command of its own",
			 g->cfg->path, file);
	return found;
}

static char **style_argv(const struct guest *g, int root, const char *const *paths,
			 const char *level, const char *file, bool debug)
{
	const char *program = candidate(g, root, paths, file);
	char **argv = NULL;

	if (!program)
		return NULL;
	if (debug) {
		argv = argv_add(argv, "/bin/sh");
		argv = argv_add(argv, "-x");
	}
	argv = argv_add(argv, program);
	return level && *level ? argv_add(argv, level) : argv;
}

char **init_start_argv(const struct guest *g, int root, const struct guest_start_options *o)
{
	static char *const sleeper[] = { "/bin/sleep", "900", NULL };

	if (o->rescue || o->rescue_init)
		return argv_copy(o->rescue_cmd && *o->rescue_cmd ? o->rescue_cmd : sleeper);
	if (g->start.n)
		return argv_copy(g->start.v);
	return style_argv(g, root, g->style->start, g->level_start, "cmd.start",
			  o->debug_sysv && !g->style->real);
}

char **init_stop_argv(const struct guest *g, int root, bool debug_sysv)
{
	if (g->stop.n)
		return argv_copy(g->stop.v);
	return style_argv(g, root, g->style->stop, g->level_stop, "cmd.stop", debug_sysv);
}

/* As fakerunlevel(8): one RUN_LVL record, so that `runlevel` in the guest answers. */
static int write_runlevel(const struct guest *g, int root)
{
	char level = g->level_start && g->level_start[0] >= '0' && g->level_start[0] <= '9' ?
		     g->level_start[0] : '3';
	const char *base;
	auto_close int dir = inroot_parent(root, "/var/run/utmp", &base);
	auto_close int fd = -1;
	struct utmp ut = { .ut_type = RUN_LVL, .ut_pid = ('#' << 8) + level };
	struct timeval now;

	if (dir < 0 && (errno == ENOENT || errno == ENOTDIR))
		return 0;	/* a guest without /var/run has no use for it */
	/* Made new: a link could lead to a file of the guest's /proc. */
	if (dir < 0 || (unlinkat(dir, base, 0) < 0 && errno != ENOENT))
		return cfg_fail_errno("/var/run/utmp in the guest");
	fd = openat(dir, base, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0664);
	if (fd < 0)
		return cfg_fail_errno("/var/run/utmp in the guest");
	gettimeofday(&now, NULL);
	ut.ut_tv.tv_sec = (int32_t)now.tv_sec;
	ut.ut_tv.tv_usec = (int32_t)now.tv_usec;
	memcpy(ut.ut_user, "runlevel", sizeof("runlevel"));
	ut.ut_line[0] = '~';
	ut.ut_id[0] = '~';
	ut.ut_id[1] = '~';
	if (fchmod(fd, 0664) < 0 || write(fd, &ut, sizeof(ut)) != (ssize_t)sizeof(ut))
		return cfg_fail_errno("/var/run/utmp in the guest");
	return 0;
}

static int clean_run(int root)
{
	static const char *const dirs[] = { "/var/run", "/var/lock" };

	for (size_t i = 0; i < 2; i++)
		if (inroot_clean(root, dirs[i]) < 0)
			return cfg_fail_errno("%s in the guest: can't clean it", dirs[i]);
	return 0;
}

static int boot_flags(int root)
{
	auto_close int fd = -1;

	if (inroot_unlink(root, "/.autofsck") < 0 || inroot_unlink(root, "/forcefsck") < 0)
		return cfg_fail_errno("/forcefsck in the guest");
	fd = inroot_open_nofollow(root, "/fastboot", O_WRONLY | O_CREAT, 0644);
	/* A link, directory or fifo of this name is the guest's own affair. */
	if (fd < 0 && errno != ELOOP && errno != EISDIR && errno != ENXIO)
		return cfg_fail_errno("/fastboot in the guest");
	return 0;
}

int init_prepare(const struct guest *g, int root)
{
	if (!strcmp(g->style->name, "sysv") && clean_run(root) < 0)
		return -1;
	if (!strcmp(g->style->name, "plain") && boot_flags(root) < 0)
		return -1;
	if (g->prepare.n)
		return init_run_host(g, &g->prepare, "apps/init/cmd.prepare", root);
	return g->style->utmp ? write_runlevel(g, root) : 0;
}

int init_run_host(const struct guest *g, const struct cfg_list *cmd, const char *what, int cwd)
{
	int status = run_program(cmd->v, cwd);

	if (status < 0)
		return -1;
	if (status)
		return cfg_fail("%s/%s: %s %s", g->cfg->path, what, cmd->v[0],
				run_describe(status));
	return 0;
}
