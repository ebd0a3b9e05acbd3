/* SPDX-License-Identifier: GPL-2.0-only */
/* Init styles (tools.md A.2) and the preparation of a guest's tree for its init. */
#ifndef VSERVER_GUEST_INIT_H
#define VSERVER_GUEST_INIT_H

#include "guest.h"

int init_load(struct guest *g);

/* The command lines; ROOT is a descriptor of the guest's root. NULL: cfg_error(). */
char **init_start_argv(const struct guest *g, int root, const struct guest_start_options *o);
char **init_stop_argv(const struct guest *g, int root, bool debug_sysv);
void init_free_argv(char **argv);

/* Step 13 of tools.md A.2. */
int init_prepare(const struct guest *g, int root);

/* Host commands of start-sync, stop-sync, prepare; cwd is the directory CWD. */
int init_run_host(const struct guest *g, const struct cfg_list *cmd, const char *what, int cwd);

#endif
