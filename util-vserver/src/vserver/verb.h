/* SPDX-License-Identifier: GPL-2.0-only */
/* Shared by the verbs that start, stop or enter a guest. */
#ifndef VSERVER_VERB_H
#define VSERVER_VERB_H

#include "guest/guest.h"
#include "src/tool.h"
#include "vserver.h"

/* A guest of which the messages go to standard error in our form. */
struct guest verb_guest(struct vserver_ctx *v);
/* Prints cfg_error() and returns VSERVER_FAILED. */
int verb_failed(struct vserver_ctx *v);
/* Ends with a usage error if there are arguments. */
void verb_no_arguments(int argc, char **argv);
/*
 * Keeps the admin's terminal out of the guest: a new one there if standard input and output
 * are a terminal (returns the channel of pty_proxy()), else pipes (returns -1).
 */
int verb_terminal(struct vserver_ctx *v);
/* getopt_long() for a verb's own options: --help and unknown ones are handled. */
int verb_getopt(int argc, char **argv, const char *shorts, const struct option *options,
		const char *usage);

#endif
