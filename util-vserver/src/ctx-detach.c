// SPDX-License-Identifier: GPL-2.0-only
/*
 * ctx-detach.c - a program in the background whose start is still reported
 *
 * Parent and child share a pipe whose write end closes on exec. The child's exit handler
 * writes its status there, so: a status = it failed, end of file = it became the program.
 * The parent is made before anything is entered and stays in the host's context.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "ctx.h"
#include "pty.h"
#include "tool.h"

static void report_exit(int status, void *arg)
{
	unsigned char byte = (unsigned char)status;

	/* Nobody reads: the parent was killed, nothing to be done. */
	if (write((int)(intptr_t)arg, &byte, 1) < 0)
		return;
}

static noreturn void wait_for_exec(int fd, pid_t child)
{
	unsigned char status;
	ssize_t n;
	int word;

	do
		n = read(fd, &status, 1);
	while (n < 0 && errno == EINTR);
	if (n < 0)
		die_errno("pipe");
	if (n == 1)
		_exit(status);
	/* Killed before it got there? */
	if (waitpid(child, &word, WNOHANG) == child && WIFSIGNALED(word))
		pty_end_like(word);
	_exit(EXIT_SUCCESS);
}

void ctx_detach(void)
{
	int fds[2], null;
	pid_t pid;

	tool_flush();
	if (pipe2(fds, O_CLOEXEC) < 0)
		die_errno("pipe");
	pid = fork();
	if (pid < 0)
		die_errno("fork");
	if (pid) {
		close(fds[1]);
		wait_for_exec(fds[0], pid);
	}
	close(fds[0]);
	if (on_exit(report_exit, (void *)(intptr_t)fds[1]))
		die("no memory");
	if (setsid() < 0)
		die_errno("setsid");
	null = open("/dev/null", O_RDWR | O_CLOEXEC);
	if (null < 0 || dup2(null, STDIN_FILENO) < 0)
		die_errno("/dev/null");
	close(null);
}
