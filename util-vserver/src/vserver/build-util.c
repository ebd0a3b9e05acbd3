// SPDX-License-Identifier: GPL-2.0-only
/*
 * Small things all build methods share: messages, lists, running programs, progress,
 * and the signals that ask a long build to end and clean up.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "build.h"

static volatile sig_atomic_t interrupted;

static void message(const struct build *b, const char *fmt, va_list ap, const char *tail)
{
	fprintf(stderr, "vserver: %s: ", b->name);
	vfprintf(stderr, fmt, ap);
	fprintf(stderr, "%s%s\n", tail ? ": " : "", tail ? tail : "");
}

int build_fail(const struct build *b, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	message(b, fmt, ap, NULL);
	va_end(ap);
	return -1;
}

int build_fail_errno(const struct build *b, const char *fmt, ...)
{
	const char *tail = interrupted ? "interrupted" : strerror(errno);
	va_list ap;

	va_start(ap, fmt);
	message(b, fmt, ap, tail);
	va_end(ap);
	return -1;
}

void build_warn(const struct build *b, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	fputs("warning: ", stderr);
	message(b, fmt, ap, NULL);
	va_end(ap);
}

static void *out_of_memory(void)
{
	fputs("vserver: build: out of memory\n", stderr);
	exit(1);
}

void build_list_add(struct build_list *l, const char *text)
{
	char **v = realloc(l->v, (l->n + 2) * sizeof(*v));

	if (!v)
		out_of_memory();
	l->v = v;
	v[l->n] = strdup(text);
	if (!v[l->n++])
		out_of_memory();
	v[l->n] = NULL;
}

void build_list_free(struct build_list *l)
{
	for (size_t i = 0; i < l->n; i++)
		free(l->v[i]);
	free(l->v);
	l->v = NULL;
	l->n = 0;
}

char *build_printf(const char *fmt, ...)
{
	va_list ap;
	char *text;
	int n;

	va_start(ap, fmt);
	n = vasprintf(&text, fmt, ap);
	va_end(ap);
	return n < 0 ? out_of_memory() : text;
}

bool build_interrupted(void)
{
	if (interrupted)
		errno = EINTR;
	return interrupted;
}

static void on_signal(int sig)
{
	interrupted = sig;
}

/**
 * build_catch_signals() - make ^C, TERM and HUP end the work instead of the program
 *
 * The build then fails like on any error and removes what it made. Programs that are run
 * get the default action back by exec.
 */
void build_catch_signals(void)
{
	static const int sigs[] = { SIGINT, SIGTERM, SIGHUP };
	struct sigaction sa = { .sa_handler = on_signal };

	for (size_t i = 0; i < sizeof(sigs) / sizeof(*sigs); i++)
		sigaction(sigs[i], &sa, NULL);
}

static void exec_child(const struct build *b, const char *cwd, char *const argv[])
{
	if (cwd && chdir(cwd)) {
		build_fail_errno(b, "%s", cwd);
		_exit(127);
	}
	execvp(argv[0], argv);
	build_fail_errno(b, "cannot run %s", argv[0]);
	_exit(127);
}

/**
 * build_run() - run a program of the host and wait for it
 * @b: for messages
 * @cwd: where, NULL: here
 * @argv: program, looked up in PATH, and arguments; no shell sees them
 *
 * A program that dies or exits with another status than 0 is an error.
 */
int build_run(const struct build *b, const char *cwd, char *const argv[])
{
	int status;
	pid_t pid;

	if (build_interrupted())
		return build_fail_errno(b, "%s not run", argv[0]);
	fflush(NULL);
	pid = fork();
	if (pid < 0)
		return build_fail_errno(b, "fork");
	if (!pid)
		exec_child(b, cwd, argv);
	while (waitpid(pid, &status, 0) < 0) {
		if (errno != EINTR)
			return build_fail_errno(b, "waitpid");
		if (interrupted)
			kill(pid, SIGTERM);
	}
	if (WIFSIGNALED(status))
		return build_fail(b, "%s: killed by signal %d", argv[0], WTERMSIG(status));
	if (WEXITSTATUS(status) == 127)
		return -1;		/* said so in the child, or the shell in it did */
	if (WEXITSTATUS(status))
		return build_fail(b, "%s: exit status %d", argv[0], WEXITSTATUS(status));
	return 0;
}

/**
 * build_progress() - show how far a long step is, at most five times a second
 * @p: state of the line
 * @files: entries done
 * @bytes: data written
 */
void build_progress(struct build_progress *p, unsigned long long files, unsigned long long bytes)
{
	struct timespec now;

	p->files += files;
	p->bytes += bytes;
	if ((p->files & 63) || !isatty(STDERR_FILENO))
		return;
	clock_gettime(CLOCK_MONOTONIC, &now);
	if ((now.tv_sec - p->last.tv_sec) * 1000 + (now.tv_nsec - p->last.tv_nsec) / 1000000 < 200)
		return;
	p->last = now;
	p->shown = true;
	fprintf(stderr, "\r%s: %llu files, %llu MB ", p->what, p->files, p->bytes >> 20);
}

void build_progress_end(struct build_progress *p)
{
	if (p->shown)
		fputs("\r\033[K", stderr);
}
