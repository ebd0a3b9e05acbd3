// SPDX-License-Identifier: GPL-2.0-only
/* --strace: strace(1) on the host watches the guest's first process from before its exec. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "internal.h"
#include "run.h"
#include "start.h"

static void exec_strace(pid_t target, const char *file, int messages)
{
	auto_free char *pid = xasprintf("%d", (int)target);

	/* It goes on for as long as the guest runs. */
	setsid();
	if (dup2(messages, 2) < 0)
		_exit(127);
	execlp("strace", "strace", "-f", "-o", file, "-p", pid, NULL);
	dprintf(2, "strace: %s\n", strerror(errno));
	_exit(127);
}

int trace_start(struct start *s, const char **step)
{
	/* A new file, and in a sticky directory: nobody can have put a link in its place. */
	char text[256] = "", file[] = "/tmp/vserver-start.XXXXXX";
	int pipefd[2], fd;
	ssize_t n;

	(void)step;
	if (!s->o->trace)
		return 0;
	fd = mkostemp(file, O_CLOEXEC);
	if (fd < 0)
		return cfg_fail_errno("%s", file);
	close(fd);
	if (pipe2(pipefd, O_CLOEXEC) < 0)
		return cfg_fail_errno("pipe");
	s->tracer = fork();
	if (!s->tracer)
		exec_strace(s->child, file, pipefd[1]);
	close(pipefd[1]);
	/* Its first words: "Process N attached", or why not. */
	n = s->tracer < 0 ? -1 : read(pipefd[0], text, sizeof(text) - 1);
	close(pipefd[0]);
	text[n < 0 ? 0 : strcspn(text, "\n")] = '\0';
	if (!strstr(text, "attached"))
		return cfg_fail("strace: %s", *text ? text : "can't be run");
	guest_note(s->g, GUEST_WARNING, "trace in %s", file);
	return 0;
}

void trace_undo(struct start *s)
{
	if (s->tracer <= 0)
		return;
	kill(s->tracer, SIGTERM);
	waitpid(s->tracer, NULL, 0);
	s->tracer = 0;
}
