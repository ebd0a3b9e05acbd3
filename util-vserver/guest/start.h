/* SPDX-License-Identifier: GPL-2.0-only */
/* The two halves of a start: start.c on the host, child.c in the guest's first process. */
#ifndef VSERVER_GUEST_START_H
#define VSERVER_GUEST_START_H

#include "guest.h"

/**
 * struct start - state of a start in progress; descriptors are -1 when not open
 * @tb: fstab entries
 * @lock: see guest_lock()
 * @root: O_PATH, the guest's root in the first mount namespace
 * @cgroup: directory for the guest's processes, or CGROUP_NONE
 * @tty: stdio of the guest, -1: its /dev/null
 * @output: takes what the start program prints if it isn't a real init
 * @argv: what the guest shall run
 * @child: the guest's first process, 0: none
 * @tracer: strace on the host, 0: none
 * @from_child: messages of the child (struct report)
 * @to_child: one byte lets it go on to the exec
 * @created: the context is ours and has to be killed on failure
 */
struct start {
	struct guest *g;
	const struct guest_start_options *o;
	struct libmnt_table *tb;
	int lock;
	int root;
	int cgroup;
	int tty;
	int output;
	char **argv;
	pid_t child;
	pid_t tracer;
	int from_child;
	int to_child;
	bool created;
};

/**
 * struct report - what the child tells; fixed size, so that one read gets all of it
 * @step: the step that failed, empty: ready for the exec
 * @created: the context exists
 * @text: why
 */
struct report {
	char step[32];
	bool created;
	char text[900];
};

/* Forks the child and waits until it is ready; *step names the failed step. */
int child_create(struct start *s, const char **step);
/* Lets it exec; 0 when the exec worked. */
int child_release(struct start *s, const char **step);
/* Kills the child and everything in the context, and waits for the end of both. */
void child_undo(struct start *s);
/* Makes the calling process the only one of a temporary context in the guest's root. */
int child_temporary(struct guest *g);
/* --strace. */
int trace_start(struct start *s, const char **step);
void trace_undo(struct start *s);
/* Names of the child's steps before and after the go-ahead. */
const char *child_step_name(size_t i);

#endif
