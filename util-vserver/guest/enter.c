// SPDX-License-Identifier: GPL-2.0-only
/*
 * enter, exec, suexec: a program in a running guest (abi.md 14.2).
 *
 * The environment is made from scratch: the host's would hand secrets and library paths to
 * the guest. Files of the guest are read before the context is entered, by openat2.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/close_range.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/personality.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include <vserver.h>

#include "cgroup.h"
#include "inroot.h"
#include "internal.h"
#include "join.h"
#include "limits.h"
#include "network.h"
#include "src/pty.h"
#include "start.h"
#include "user.h"

int join_spaces(struct guest *g, uint32_t xid)
{
	auto_close int cgroup = cgroup_open(g);

	if (cgroup == -1 || (cgroup >= 0 && cgroup_join(cgroup) < 0))
		return -1;
	if (limits_process(g->cfg) < 0)
		return -1;
	if (g->has_ioprio && syscall(SYS_ioprio_set, 1 /* process */, 0, g->ioprio) < 0)
		return cfg_fail_errno("ionice");
	if (g->has_nice && setpriority(PRIO_PROCESS, 0, g->nice) < 0)
		return cfg_fail_errno("nice %d", g->nice);
	/* Mask 0: everything that was stored, so a guest of older tools works as well. */
	if (vc_enter_space(xid, 0, 0) < 0)
		return cfg_fail_errno("can't enter the namespaces of context %u", xid);
	if (vc_enter_space(xid, CLONE_NEWNS | CLONE_FS, 1) < 0)
		return cfg_fail_errno("can't enter the mount namespace of context %u", xid);
	return chdir("/") < 0 ? cfg_fail_errno("root of the guest") : 0;
}

int join_fork_if_needed(const struct guest *g)
{
	pid_t pid;
	int status;

	if (!(g->spaces & CLONE_NEWPID))
		return 0;
	pid = fork();
	if (pid < 0)
		return cfg_fail_errno("fork");
	if (!pid)
		return 0;
	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			_exit(1);
	pty_end_like(status);
}

int join_context(struct guest *g, uint32_t xid)
{
	if (g->has_personality && personality(g->personality) < 0)
		return cfg_fail_errno("personality %#lx", g->personality);
	if (vc_ctx_migrate(xid, 0) < 0)
		return cfg_fail_errno("can't enter context %u", xid);
	return 0;
}

/* TERM comes from the host, so it is looked at: it ends up in paths of terminfo readers. */
static const char *terminal(void)
{
	static const char good[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
				   "0123456789+-._";
	const char *term = getenv("TERM");

	return term && *term && !term[strspn(term, good)] ? term : "linux";
}

char **join_environment(const struct guest *g, const char *const *more)
{
	struct cfg_list env = { 0 };

	for (; more && more[0]; more += 2) {
		auto_free char *line = xasprintf("%s=%s", more[0], more[1]);

		cfg_list_add(&env, line, 0);
	}
	for (size_t i = 0; i < g->environment.n; i++) {
		const char *line = g->environment.v[i];
		size_t n = strcspn(line, "=") + 1, k;

		for (k = 0; k < env.n; k++)
			if (!strncmp(env.v[k], line, n))
				break;
		if (k == env.n)
			cfg_list_add(&env, line, 0);
	}
	return env.v;
}

/* The login shell: `shell` of the configuration, else what the guest has. */
static int login_shell(const struct guest *g, int root, char ***argv)
{
	static char *const usual[][3] = {
		{ "/bin/bash", "-login" }, { "/bin/sh", "-l" }, { "/bin/csh" },
	};
	static char *words[3];
	char *path = NULL;
	int r = cfg_scalar_def(g->cfg, "shell", "shell", &path);

	*argv = words;
	if (r < 0)
		return -1;
	if (r > 0 && *path) {
		words[0] = path;
		return 0;
	}
	free(path);
	for (size_t i = 0; i < sizeof(usual) / sizeof(usual[0]); i++)
		if (inroot_executable(root, usual[i][0])) {
			words[0] = usual[i][0];
			words[1] = usual[i][1];
			return 0;
		}
	return cfg_fail("the guest has neither /bin/bash nor /bin/sh nor /bin/csh; name a shell in "
			"%s/shell", g->cfg->path);
}

static int prepare_stdio(const struct guest_enter_options *o, const struct user *u)
{
	const char *what;

	if (o->channel >= 0) {
		what = pty_attach(o->channel, u->uid);
		if (what)
			return cfg_fail_errno("terminal in the guest: %s", what);
	}
	return close_range(3, ~0U, CLOSE_RANGE_CLOEXEC) < 0 ? cfg_fail_errno("descriptors") : 0;
}

static int become(struct guest *g, const struct guest_enter_options *o, char **argv,
		  const struct user *u)
{
	const char *const more[] = { "HOME", u->home, "USER", u->name, "LOGNAME", u->name, "SHELL",
				     *u->shell ? u->shell : "/bin/sh", "TERM", terminal(), NULL };
	char **env = join_environment(g, more);

	if (prepare_stdio(o, u) < 0)
		return -1;
	umask(022);
	if (user_become(u) < 0)
		return -1;
	/* A home that isn't there or isn't allowed is no reason to refuse. */
	if (chdir(o->argv ? "/" : u->home) < 0 && chdir("/") < 0)
		return cfg_fail_errno("root of the guest");
	environ = env;
	execvp(argv[0], argv);
	return cfg_fail_errno("%s in the guest", argv[0]);
}

static int get_in(struct guest *g, const struct guest_enter_options *o, struct user *u,
		  char ***argv)
{
	auto_close int root = -1;
	uint32_t xid = 0;
	int running = cfg_running(g->cfg, &xid);

	if (running < 0)
		return -1;
	if (!running && !o->insecure)
		return cfg_fail("the guest is not running");
	if (guest_load(g, g->cfg) < 0)
		return -1;
	if (running ? network_join(g, xid) < 0 || join_spaces(g, xid) < 0 : child_temporary(g) < 0)
		return -1;
	root = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (root < 0)
		return cfg_fail_errno("root of the guest");
	if (user_find(root, o->user ? o->user : "0", u) < 0)
		return -1;
	if (!*argv && login_shell(g, root, argv) < 0)
		return -1;
	if (!running)
		return 0;
	return join_fork_if_needed(g) < 0 ? -1 : join_context(g, xid);
}

int guest_enter(struct guest *g, const struct guest_enter_options *o)
{
	char **argv = (char **)o->argv;
	struct user u = { 0 };

	if (get_in(g, o, &u, &argv) < 0)
		return -1;
	return become(g, o, argv, &u);
}
