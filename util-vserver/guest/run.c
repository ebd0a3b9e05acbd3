// SPDX-License-Identifier: GPL-2.0-only
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "internal.h"
#include "run.h"

/* A sourced script asks for .defaults/scripts as well (DONT_SKIP_DEFAULTS). */
#define STATUS_GO_ON	254

/*
 * A file without x bit was sourced by the original; ours runs in a shell of its own, which
 * has the same arguments but can't change our variables.
 */
static const char source_it[] =
	". \"$0\" || exit; [ -z \"${DONT_SKIP_DEFAULTS+set}\" ] || exit 254";

static void child_exec(char *const *argv, int cwd, int report)
{
	sigset_t none;
	int err;

	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	signal(SIGPIPE, SIG_DFL);
	if (!fchdir(cwd))
		execvp(argv[0], argv);
	err = errno;
	if (write(report, &err, sizeof(err)) < 0)
		_exit(126);
	_exit(127);
}

int run_program(char *const *argv, int cwd)
{
	int report[2], err = 0, status;
	pid_t pid;
	ssize_t n;

	if (pipe2(report, O_CLOEXEC) < 0)
		return cfg_fail_errno("pipe");
	pid = fork();
	if (pid < 0) {
		close(report[0]);
		close(report[1]);
		return cfg_fail_errno("fork");
	}
	if (!pid)
		child_exec(argv, cwd, report[1]);
	close(report[1]);
	do {
		n = read(report[0], &err, sizeof(err));
	} while (n < 0 && errno == EINTR);
	close(report[0]);
	while (waitpid(pid, &status, 0) < 0) {
		if (errno != EINTR)
			return cfg_fail_errno("%s: wait", argv[0]);
		/* The signal that woke us is meant to end the whole start or stop. */
		kill(pid, SIGTERM);
	}
	if (n == (ssize_t)sizeof(err)) {
		errno = err;
		return cfg_fail_errno("%s: can't be run", argv[0]);
	}
	return status;
}

const char *run_describe(int status)
{
	static char text[64];

	if (WIFSIGNALED(status))
		snprintf(text, sizeof(text), "was killed by signal %d (%s)", WTERMSIG(status),
			 strsignal(WTERMSIG(status)));
	else
		snprintf(text, sizeof(text), "ended with status %d", WEXITSTATUS(status));
	return text;
}

/* 1: ran, 0: there is no such script, -1: failed. *more: look at the defaults, too. */
static int run_script(const struct guest *g, const struct cfg *at, const char *key,
		      const char *flavour, int cwd, bool *more)
{
	auto_free char *path = cfg_path(at, key);
	struct stat st;
	int status;

	if (stat(path, &st) < 0 || !S_ISREG(st.st_mode))
		return 0;
	if (st.st_mode & 0111) {
		char *argv[] = { path, (char *)flavour, g->cfg->name, NULL };

		status = run_program(argv, cwd);
	} else {
		char *argv[] = { "/bin/sh", "-c", (char *)source_it, path, (char *)flavour,
				 g->cfg->name, NULL };

		status = run_program(argv, cwd);
		if (status >= 0 && WIFEXITED(status) && WEXITSTATUS(status) == STATUS_GO_ON) {
			*more = true;
			status = 0;
		}
	}
	if (status < 0)
		return -1;
	return status ? cfg_fail("script %s %s", path, run_describe(status)) : 1;
}

/* scripts/F and scripts/F.d/ *: number of scripts that ran, or -1. */
static int run_set(const struct guest *g, const struct cfg *at, const char *flavour, int cwd,
		   bool *more)
{
	auto_free char *key = xasprintf("scripts/%s", flavour);
	auto_free char *dir = xasprintf("scripts/%s.d", flavour);
	int ran = run_script(g, at, key, flavour, cwd, more);
	struct cfg_list names;
	int r;

	if (ran < 0)
		return -1;
	r = cfg_entries(at, dir, &names);
	for (size_t i = 0; r > 0 && i < names.n; i++) {
		auto_free char *sub = xasprintf("%s/%s", dir, names.v[i]);

		r = run_script(g, at, sub, flavour, cwd, more);
		ran += r > 0;
		if (r == 0)
			r = 1;
	}
	cfg_list_free(&names);
	return r < 0 ? -1 : ran;
}

int run_scripts(const struct guest *g, const char *flavour, int cwd)
{
	struct cfg *defaults = cfg_defaults();
	bool more = false;
	int ran = run_set(g, g->cfg, flavour, cwd, &more);

	if (ran < 0)
		return -1;
	if (!defaults || (ran && !more))
		return 0;
	return run_set(g, defaults, flavour, cwd, &more) < 0 ? -1 : 0;
}
