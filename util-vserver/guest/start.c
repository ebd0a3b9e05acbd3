// SPDX-License-Identifier: GPL-2.0-only
/*
 * Start of a guest: a transaction of named steps.
 *
 * Every step has a do and, where it leaves something, an undo that also copes with a do that
 * stopped half-way. After a failure the undos run from that step backwards. What the kernel
 * takes back by itself needs none: mounts live in a namespace that ends with this process,
 * unless the context has stored it.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include <vserver.h>

#include "cgroup.h"
#include "init.h"
#include "inroot.h"
#include "internal.h"
#include "mounts.h"
#include "network.h"
#include "output.h"
#include "run.h"
#include "start.h"

static volatile sig_atomic_t interrupted;

static void on_signal(int sig)
{
	interrupted = sig;
}

/* --- steps ------------------------------------------------------------------------- */

static int do_initialize(struct start *s, const char **step)
{
	(void)step;
	return run_scripts(s->g, "initialize", s->g->cfg->fd);
}

static void warn_check(void *arg, const char *text)
{
	guest_note(arg, GUEST_WARNING, "%s", text);
}

/* The helper is what makes `reboot` in the guest work; a start doesn't hang on it. */
static void check_helper(struct guest *g)
{
	auto_free char *path = NULL;
	auto_close int fd = open("/proc/sys/kernel/vshelper", O_RDONLY | O_CLOEXEC);
	size_t len;

	if (cfg_bool(g->cfg, "apps/vshelper/disabled") ||
	    cfg_bool(g->cfg, "apps/vshelper/warning-disabled") ||
	    cfg_bool(cfg_defaults(), "apps/vshelper/disabled") ||
	    cfg_bool(cfg_defaults(), "apps/vshelper/warning-disabled") || fd < 0 ||
	    cfg_slurp(fd, "kernel.vshelper", &path, &len) < 0)
		return;
	if (access(cfg_strip(path), X_OK) < 0)
		guest_note(g, GUEST_WARNING, "kernel.vshelper names '%s', which is no program: "
			   "reboot and halt in the guest won't work", cfg_strip(path));
}

/* Settings without effect are said aloud: the admin believes in them. */
static void check_unused(struct guest *g)
{
	static const struct {
		const char *key;
		const char *text;
	} unused[] = {
		{ "hostname", "has no effect, please use uts/nodename" },
		{ "domainname", "has no effect, please use uts/domainname" },
		{ "nonamespace", "has no effect: every guest has a mount namespace of its own" },
		{ "netns", "not applied by this version; see spaces/net" },
		{ "dlimits", "not applied by this version" },
		{ "apps/vdevmap", "not applied by this version" },
		{ "cpuset/name", "cgroup version 1, not applied; please use cgroup/cpuset.cpus" },
	};

	for (size_t i = 0; i < sizeof(unused) / sizeof(unused[0]); i++) {
		struct cfg_list names = { 0 };
		bool directory = cfg_entries(g->cfg, unused[i].key, &names) > 0;

		/* Empty directories come from build and mean nothing. */
		if (directory ? names.n > 0 : cfg_bool(g->cfg, unused[i].key))
			guest_note(g, GUEST_WARNING, "%s/%s: %s", g->cfg->path, unused[i].key,
				   unused[i].text);
		cfg_list_free(&names);
	}
}

static int do_options(struct start *s, const char **step)
{
	struct guest *g = s->g;

	(void)step;
	if (guest_load(g, g->cfg) < 0 || mounts_load(g, &s->tb) < 0)
		return -1;
	if (s->o->rescue || s->o->rescue_init)
		g->real_init = s->o->rescue_init;
	cfg_check(g->cfg, warn_check, g);
	check_unused(g);
	check_helper(g);
	return 0;
}

static int do_output(struct start *s, const char **step)
{
	const char *key;
	const struct cfg *at = cfg_first(s->g->cfg, "apps/init/tty", "apps/init/tty", &key);
	auto_free char *path = at ? cfg_path(at, key) : NULL;
	struct stat st;

	(void)step;
	if (!s->o->tty || !at) {
		/* A real init has no use for it, and lives too long. */
		s->output = s->g->real_init ? -1 : output_make();
		return s->g->real_init || s->output >= 0 ? 0 : -1;
	}
	/* A regular file takes the output only. */
	s->tty = open(path, O_RDWR | O_APPEND | O_NOCTTY | O_CLOEXEC);
	if (s->tty < 0 || fstat(s->tty, &st) < 0)
		return cfg_fail_errno("%s", path);
	return 0;
}

static int do_fsck(struct start *s, const char **step)
{
	(void)step;
	return mounts_fsck(s->g, s->tb);
}

static int do_prepre(struct start *s, const char **step)
{
	(void)step;
	return run_scripts(s->g, "prepre-start", s->g->cfg->fd);
}

static int do_interfaces(struct start *s, const char **step)
{
	(void)step;
	return network_up(s->g);
}

static void undo_interfaces(struct start *s)
{
	network_down(s->g);
}

static int do_namespace(struct start *s, const char **step)
{
	(void)s;
	(void)step;
	return mounts_namespace();
}

static int do_root(struct start *s, const char **step)
{
	(void)step;
	s->root = mounts_root(s->g, s->tb);
	return s->root < 0 ? -1 : 0;
}

static void undo_root(struct start *s)
{
	if (s->root >= 0)
		close(s->root);
	s->root = -1;
	mounts_undo(s->g);
}

static int do_mounts(struct start *s, const char **step)
{
	(void)step;
	return mounts_all(s->g, s->tb, s->root);
}

static int do_prepare(struct start *s, const char **step)
{
	(void)step;
	if (mounts_mtab(s->g, s->root) < 0)
		return -1;
	s->argv = init_start_argv(s->g, s->root, s->o);
	return !s->argv ? -1 : s->o->rescue || s->o->rescue_init ? 0 : init_prepare(s->g, s->root);
}

static int do_cgroup(struct start *s, const char **step)
{
	(void)step;
	s->cgroup = cgroup_make(s->g);
	return s->cgroup == -1 ? -1 : 0;
}

static void undo_cgroup(struct start *s)
{
	if (s->cgroup >= 0)
		close(s->cgroup);
	s->cgroup = -1;
	if (cgroup_remove(s->g) < 0)
		guest_note(s->g, GUEST_WARNING, "%s", cfg_error());
}

static int do_pre_start(struct start *s, const char **step)
{
	(void)step;
	return run_scripts(s->g, "pre-start", s->root);
}

static int do_run_file(struct start *s, const char **step)
{
	(void)step;
	return cfg_run_write(s->g->cfg, s->g->xid);
}

static void undo_run_file(struct start *s)
{
	if (cfg_run_remove(s->g->cfg, s->g->xid) < 0)
		guest_note(s->g, GUEST_WARNING, "%s", cfg_error());
}

static int do_helper(struct start *s, const char **step)
{
	struct cfg_helper h = { .dir = s->g->cfg->path, .method = (char *)"default" };

	(void)step;
	if (cfg_bool(s->g->cfg, "apps/vshelper/disabled") ||
	    cfg_bool(cfg_defaults(), "apps/vshelper/disabled"))
		return 0;
	return cfg_helper_write(s->g->xid, &h);
}

static void undo_helper(struct start *s)
{
	if (cfg_helper_remove(s->g->xid) < 0)
		guest_note(s->g, GUEST_WARNING, "%s", cfg_error());
}

/* Waits for the start program's end and shows what it printed. */
static int wait_program(struct start *s)
{
	int status;

	while (waitpid(s->child, &status, 0) < 0)
		if (errno != EINTR || interrupted)
			return cfg_fail("interrupted");
	s->child = 0;
	if (s->output >= 0)
		output_show(s->g, status ? GUEST_WARNING : GUEST_INFO, s->output,
			    status ? 20 : SIZE_MAX / 2);
	if (status)
		return cfg_fail("%s in the guest %s", s->argv[0], run_describe(status));
	return 0;
}

/* Without a real init the start program runs to its end; its status decides. */
static int do_wait(struct start *s, const char **step)
{
	(void)step;
	return s->g->real_init || s->o->rescue ? 0 : wait_program(s);
}

static int do_sync(struct start *s, const char **step)
{
	(void)step;
	if (!s->g->start_sync.n || !(s->o->sync || s->g->sync))
		return 0;
	return init_run_host(s->g, &s->g->start_sync, "apps/init/cmd.start-sync", s->root);
}

static int do_post_start(struct start *s, const char **step)
{
	(void)step;
	return run_scripts(s->g, "post-start", s->root);
}

/*
 * A real init that gives up does so in its first moments (no /etc/inittab, a missing
 * library): worth a look of a fifth of a second, which ends at once if it dies.
 */
static void watch_init(pid_t pid)
{
	auto_close int fd = (int)syscall(SYS_pidfd_open, pid, 0);
	struct pollfd p = { .fd = fd, .events = POLLIN };

	if (fd >= 0)
		poll(&p, 1, 200);
}

static int do_alive(struct start *s, const char **step)
{
	struct vcmd_ctx_stat st;
	int status;

	(void)step;
	if (s->o->rescue)
		return 0;
	if (s->child > 0)
		watch_init(s->child);
	if (s->child > 0 && waitpid(s->child, &status, WNOHANG) == s->child) {
		s->child = 0;
		return cfg_fail("%s in the guest was executed, but %s at once", s->argv[0],
				run_describe(status));
	}
	if (vc_ctx_stat(s->g->xid, &st) < 0 || !st.tasks)
		return cfg_fail("%s in the guest was executed, but no process stayed: it needs at "
				"least one service", s->argv[0]);
	return 0;
}

static const struct step {
	const char *name;
	int (*run)(struct start *s, const char **step);
	void (*undo)(struct start *s);
} steps[] = {
	{ "initialize", do_initialize, NULL },
	{ "options", do_options, NULL },
	{ "output", do_output, NULL },
	{ "fsck", do_fsck, NULL },
	{ "prepre-start", do_prepre, NULL },
	{ "interfaces", do_interfaces, undo_interfaces },
	{ "namespace", do_namespace, NULL },
	{ "root", do_root, undo_root },
	{ "mounts", do_mounts, NULL },
	{ "prepare", do_prepare, NULL },
	{ "cgroup", do_cgroup, undo_cgroup },
	{ "pre-start", do_pre_start, NULL },
	{ "process", child_create, child_undo },
	{ "run-file", do_run_file, undo_run_file },
	{ "helper", do_helper, undo_helper },
	{ "trace", trace_start, trace_undo },
	{ "init", child_release, NULL },
	{ "wait", do_wait, NULL },
	{ "sync", do_sync, NULL },
	{ "post-start", do_post_start, NULL },
	{ "alive", do_alive, NULL },
};

#define NSTEPS (sizeof(steps) / sizeof(steps[0]))

/* In the order in which they happen: the child's steps come with `process` and `init`. */
const char *const *guest_start_steps(void)
{
	static const char *names[NSTEPS + 32];
	size_t n = 0, child = 0;

	for (size_t i = 0; i < NSTEPS; i++) {
		if (steps[i].run == child_create)
			while (child_step_name(child) && strcmp(child_step_name(child), "stdio"))
				names[n++] = child_step_name(child++);
		if (steps[i].run == child_release)
			while (child_step_name(child))
				names[n++] = child_step_name(child++);
		names[n++] = steps[i].name;
	}
	names[n] = NULL;
	return names;
}

static int run_steps(struct start *s)
{
	for (size_t i = 0; i < NSTEPS; i++) {
		const char *name = steps[i].name;
		int r = interrupted ? cfg_fail("interrupted") : steps[i].run(s, &name);

		if (!r && s->o->fail_at && !strcmp(s->o->fail_at, name))
			r = cfg_fail("failed on request");
		if (!r)
			continue;
		auto_free char *why = xstrdup(cfg_error());

		for (size_t k = i + 1; k-- > 0;)
			if (steps[k].undo)
				steps[k].undo(s);
		return cfg_fail("start failed at step '%s': %s", name, why);
	}
	return 0;
}

static int locked_start(struct start *s)
{
	uint32_t xid;
	int r = cfg_running(s->g->cfg, &xid);

	if (r)
		return r < 0 ? -1 : GUEST_ALREADY;
	return run_steps(s);
}

/*
 * A rescue guest is there for as long as its command runs. The lock is given up meanwhile,
 * so that `stop` works; what is left afterwards is cleaned up as for any dead guest.
 */
static int wait_rescue(struct start *s)
{
	int r;

	close(s->lock);
	s->lock = -1;
	r = wait_program(s);
	if (r < 0) {
		auto_free char *why = xstrdup(cfg_error());

		if (s->child > 0)
			child_undo(s);
		guest_clean_dead(s->g);
		return cfg_fail("rescue: %s", why);
	}
	return guest_clean_dead(s->g);
}

int guest_start(struct guest *g, const struct guest_start_options *o)
{
	struct start s = { .g = g, .o = o, .lock = -1, .root = -1, .cgroup = -1, .tty = -1,
			   .output = -1, .from_child = -1, .to_child = -1 };
	static const int signals[] = { SIGINT, SIGTERM, SIGHUP };
	struct sigaction ours = { .sa_handler = on_signal }, old[3];
	int r;

	s.lock = guest_lock(g->cfg);
	if (s.lock < 0)
		return -1;
	/* No SA_RESTART: a signal ends a wait, and with it the step. */
	for (size_t i = 0; i < 3; i++)
		sigaction(signals[i], &ours, &old[i]);
	signal(SIGPIPE, SIG_IGN);
	r = locked_start(&s);
	if (!r && o->rescue)
		r = wait_rescue(&s);
	for (size_t i = 0; i < 3; i++)
		sigaction(signals[i], &old[i], NULL);
	signal(SIGPIPE, SIG_DFL);
	if (s.tb)
		mounts_unload(s.tb);
	init_free_argv(s.argv);
	for (const int *fd = (const int[]){ s.root, s.cgroup, s.tty, s.output, s.from_child, s.to_child,
					    s.lock, -99 }; *fd != -99; fd++)
		if (*fd >= 0)
			close(*fd);
	return r;
}
