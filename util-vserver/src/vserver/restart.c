// SPDX-License-Identifier: GPL-2.0-only
/* vserver NAME restart */
#define _GNU_SOURCE
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "config/config.h"
#include "verb.h"

/* A stop goes into the guest's mount namespace, from which nothing may be started. */
static int stop_in_child(struct vserver_ctx *v)
{
	char *argv[] = { (char *)"stop", NULL };
	int status;
	pid_t pid;

	fflush(NULL);
	pid = fork();
	if (pid < 0) {
		cfg_fail_errno("fork");
		return verb_failed(v);
	}
	if (!pid) {
		v->sync = true;
		exit(verb_stop(v, 1, argv));
	}
	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			return VSERVER_FAILED;
	return WIFEXITED(status) ? WEXITSTATUS(status) : VSERVER_FAILED;
}

int verb_restart(struct vserver_ctx *v, int argc, char **argv)
{
	char *start[] = { (char *)"start", NULL };
	int r;

	verb_no_arguments(argc, argv);
	r = stop_in_child(v);
	if (r != VSERVER_OK)
		return r;
	/* It meant the stop; scripts of the start must not take it for theirs. */
	unsetenv("VSHELPER_STOP_SYNC");
	optind = 0;
	return verb_start(v, 1, start);
}
