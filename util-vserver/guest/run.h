/* SPDX-License-Identifier: GPL-2.0-only */
/* Programs of the host that a start or stop runs: scripts, prepare, sync commands. */
#ifndef VSERVER_GUEST_RUN_H
#define VSERVER_GUEST_RUN_H

#include "guest.h"

/* Runs argv (execvp) with cwd CWD (descriptor) and waits: wait status, or -1 (no start). */
int run_program(char *const *argv, int cwd);
/* "ended with status 3", "was killed by signal 9 (Killed)"; static text. */
const char *run_describe(int status);

/**
 * run_scripts() - all scripts of a flavour (config.md 1.2)
 * @root: cwd (descriptor), the configuration directory's or the guest root's
 * Returns -1 at the first failing script; the others aren't run then.
 */
int run_scripts(const struct guest *g, const char *flavour, int cwd);

#endif
