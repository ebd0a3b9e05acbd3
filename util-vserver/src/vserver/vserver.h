/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * vserver(8): one file per verb. The table of verbs is in main.c; each verb parses its own
 * arguments and returns the exit status of the program.
 */
#ifndef VSERVER_VERBS_H
#define VSERVER_VERBS_H

#include <stdbool.h>

struct cfg;

/* Exit statuses of vserver (tools.md A.1). */
#define VSERVER_OK		0
#define VSERVER_FAILED		1
#define VSERVER_USAGE		2	/* also: `delete` was answered with no */
#define VSERVER_STOPPED		3	/* status of a stopped guest */
#define VSERVER_NO_GUEST	5	/* no such configuration directory */

/**
 * struct vserver_ctx - what stood before the verb on the command line
 * @name: NAME as given, without one trailing slash
 * @cfg: the guest; NULL only for build
 * @sync: --sync
 * @verbose: --verbose
 * @silent: --silent
 * @debug: --debug
 * @defaulttty: --defaulttty: stdio of the guest is the configured tty
 * @debug_sysv: --debug-sysv: rc script through /bin/sh -x
 * @insecure: ----insecure: enter, exec and suexec also on a stopped guest
 * @strace: --strace: trace the guest's init into a new file /tmp/vserver-start.*
 * @json: --json
 */
struct vserver_ctx {
	const char *name;
	struct cfg *cfg;
	bool sync;
	bool verbose;
	bool silent;
	bool debug;
	bool defaulttty;
	bool debug_sysv;
	bool insecure;
	bool strace;
	bool json;
};

/* argv[0] is the verb. build gets v->cfg NULL if there is no such guest yet. */
int verb_build(struct vserver_ctx *v, int argc, char **argv);
int verb_start(struct vserver_ctx *v, int argc, char **argv);
int verb_stop(struct vserver_ctx *v, int argc, char **argv);
int verb_restart(struct vserver_ctx *v, int argc, char **argv);
int verb_condrestart(struct vserver_ctx *v, int argc, char **argv);
int verb_enter(struct vserver_ctx *v, int argc, char **argv);
int verb_exec(struct vserver_ctx *v, int argc, char **argv);
int verb_suexec(struct vserver_ctx *v, int argc, char **argv);
int verb_status(struct vserver_ctx *v, int argc, char **argv);
int verb_running(struct vserver_ctx *v, int argc, char **argv);
int verb_delete(struct vserver_ctx *v, int argc, char **argv);
int verb_tc(struct vserver_ctx *v, int argc, char **argv);

/* "vserver: NAME: what" on stderr (unless ->silent for info). */
void vserver_error(const struct vserver_ctx *v, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));
void vserver_info(const struct vserver_ctx *v, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

#endif
