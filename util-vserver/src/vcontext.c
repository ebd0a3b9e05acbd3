// SPDX-License-Identifier: GPL-2.0-only
/* vcontext - create or enter a context and run a program there */
#define _GNU_SOURCE
#include <errno.h>
#include <inttypes.h>
#include <linux/close_range.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/personality.h>
#include <unistd.h>

#include "guest/user.h"
#include "ctx.h"
#include "pty.h"
#include "tool.h"

static const struct tool tool = {
	.name = "vcontext",
	.about = "create or enter a context and run a program there",
	.fail = CTX_FAILED,
	.bad_usage = CTX_FAILED,
	.usage =
"Usage: vcontext --create [--xid XID] [OPTION]... [--] COMMAND [ARG]...\n"
"       vcontext --migrate --xid XID [OPTION]... [--] COMMAND [ARG]...\n"
"       vcontext --migrate-self [OPTION]... [--] COMMAND [ARG]...\n\n"
"  --xid XID, --ctx XID   number or name of the context\n"
"  --silent               don't print the new context's number\n"
"  --silentexist          no message when the context exists\n"
"  --chroot               working directory becomes the root directory\n"
"  --pivot-root           the same with a mount namespace kept in the context\n"
"  --namespace            with --chroot: keep or enter mount namespace and root\n"
"  --initpid, --fakeinit  COMMAND becomes the init of the context\n"
"  --endsetup             end of the set-up: limits on capabilities take effect\n"
"  --uid USER             run as this user of the guest, with its groups only\n"
"  --disconnect           in the background\n"
"  --vlogin               on a terminal of the guest\n"
"  --closefd              close all files but standard input, output, error\n"
"  --syncsock FILE        before COMMAND tell this socket; wait until it closes\n"
"  --syncmsg TEXT         what to tell (default: ok)\n"
"  --personality-type TYPE, --personality-flags LIST\n"
"                         as in personality(2)\n"
"  --help, --version\n\n"
"Exit status: that of COMMAND; 254: the context exists; 255: other failures.\n\n"
"Example: vcontext --create --xid 5000 --endsetup -- bash\n",
};

enum operation { NONE, CREATE, MIGRATE, MIGRATE_SELF };

enum {
	OPT_CREATE = 0x100, OPT_MIGRATE, OPT_MIGRATE_SELF, OPT_XID, OPT_SILENT,
	OPT_SILENTEXIST, OPT_CHROOT, OPT_PIVOT, OPT_NAMESPACE, OPT_UID, OPT_INIT,
	OPT_ENDSETUP, OPT_DISCONNECT, OPT_SYNCSOCK, OPT_SYNCMSG, OPT_PERS_TYPE,
	OPT_PERS_FLAGS, OPT_VLOGIN, OPT_CLOSEFD,
};

static const struct option options[] = {
	{ "create", no_argument, NULL, OPT_CREATE },
	{ "migrate", no_argument, NULL, OPT_MIGRATE },
	{ "migrate-self", no_argument, NULL, OPT_MIGRATE_SELF },
	{ "xid", required_argument, NULL, OPT_XID },
	{ "ctx", required_argument, NULL, OPT_XID },
	{ "silent", no_argument, NULL, OPT_SILENT },
	{ "silentexist", no_argument, NULL, OPT_SILENTEXIST },
	{ "chroot", no_argument, NULL, OPT_CHROOT },
	{ "pivot-root", no_argument, NULL, OPT_PIVOT },
	{ "namespace", no_argument, NULL, OPT_NAMESPACE },
	{ "uid", required_argument, NULL, OPT_UID },
	{ "initpid", no_argument, NULL, OPT_INIT },
	{ "fakeinit", no_argument, NULL, OPT_INIT },
	{ "endsetup", no_argument, NULL, OPT_ENDSETUP },
	{ "disconnect", no_argument, NULL, OPT_DISCONNECT },
	{ "syncsock", required_argument, NULL, OPT_SYNCSOCK },
	{ "syncmsg", required_argument, NULL, OPT_SYNCMSG },
	{ "personality-type", required_argument, NULL, OPT_PERS_TYPE },
	{ "personality-flags", required_argument, NULL, OPT_PERS_FLAGS },
	{ "vlogin", no_argument, NULL, OPT_VLOGIN },
	{ "closefd", no_argument, NULL, OPT_CLOSEFD },
	TOOL_OPTIONS
};

/**
 * struct job - the command line
 * @xid: the argument, NULL if not given
 * @personality: valid if @set_personality
 */
struct job {
	enum operation operation;
	const char *xid;
	bool silent, silentexist, chroot, pivot, namespace, init, endsetup;
	bool disconnect, vlogin, closefd, set_personality;
	const char *uid, *syncsock, *syncmsg;
	unsigned long personality;
	char **argv;
};

static void set_operation(struct job *j, enum operation operation)
{
	if (j->operation != NONE)
		die_usage("only one of --create, --migrate, --migrate-self");
	j->operation = operation;
}

static void add_personality_type(struct job *j, const char *name)
{
	unsigned long type;

	if (!vc_pers_type(name, &type))
		die_usage("Unknown personality '%s'", name);
	j->personality |= type;
	j->set_personality = true;
}

static void add_personality_flags(struct job *j, const char *list)
{
	struct tool_bits bits = { .value = j->personality };

	tool_bits_add(&bits, VC_PERS_FLAGS, list);
	j->personality = (unsigned long)bits.value;
	j->set_personality = true;
}

static void set_option(struct job *j, int option)
{
	switch (option) {
	case OPT_CREATE:
		return set_operation(j, CREATE);
	case OPT_MIGRATE:
		return set_operation(j, MIGRATE);
	case OPT_MIGRATE_SELF:
		return set_operation(j, MIGRATE_SELF);
	case OPT_XID:
		j->xid = optarg;
		return;
	case OPT_SILENT:
		j->silent = true;
		return;
	case OPT_SILENTEXIST:
		j->silentexist = true;
		return;
	case OPT_CHROOT:
		j->chroot = true;
		return;
	case OPT_PIVOT:
		j->pivot = true;
		return;
	case OPT_NAMESPACE:
		j->namespace = true;
		return;
	case OPT_UID:
		j->uid = optarg;
		return;
	case OPT_INIT:
		j->init = true;
		return;
	case OPT_ENDSETUP:
		j->endsetup = true;
		return;
	case OPT_DISCONNECT:
		j->disconnect = true;
		return;
	case OPT_SYNCSOCK:
		j->syncsock = optarg;
		return;
	case OPT_SYNCMSG:
		j->syncmsg = optarg;
		return;
	case OPT_PERS_TYPE:
		return add_personality_type(j, optarg);
	case OPT_PERS_FLAGS:
		return add_personality_flags(j, optarg);
	case OPT_VLOGIN:
		j->vlogin = true;
		return;
	case OPT_CLOSEFD:
		j->closefd = true;
		return;
	}
}

static void check(const struct job *j)
{
	if (j->operation == NONE)
		die_usage("one of --create, --migrate, --migrate-self is needed");
	if (!*j->argv)
		die_usage("no command given");
	if (j->operation == MIGRATE && !j->xid)
		die_usage("--migrate needs --xid");
	if (j->operation == CREATE && j->init)
		die_usage("--initpid is for --migrate and --migrate-self");
	if (j->chroot && j->pivot)
		die_usage("only one of --chroot, --pivot-root");
	if (j->namespace && !j->chroot)
		die_usage("--namespace needs --chroot");
	if (j->disconnect && j->vlogin)
		die_usage("only one of --disconnect, --vlogin");
}

static void create(const struct job *j, uint32_t *xid)
{
	if (ctx_create(xid)) {
		if (!j->silent)
			ctx_announce(*xid);
		return;
	}
	if (!j->silentexist)
		warn("vc_ctx_create(): %s", strerror(EEXIST));
	exit(CTX_EXISTS);
}

static void enter_root(const struct job *j, uint32_t xid)
{
	const uint64_t spaces = CLONE_NEWNS | CLONE_FS;

	if (j->pivot)
		ctx_pivot(xid);
	/* The stored root replaces the working directory, too: before the chroot. */
	if (j->namespace && j->operation == MIGRATE && vc_enter_space(xid, spaces, 0) < 0)
		die_vc("vc_enter_space");
	if (j->chroot)
		ctx_chroot();
	if (j->namespace && j->operation != MIGRATE && vc_set_space(xid, spaces, 0) < 0)
		die_vc("vc_set_space");
}

/*
 * With --migrate the process isn't a member yet when it clears the flags, so being init is
 * asked for in the migration itself: then there never is a context without an init.
 */
static void enter_context(const struct job *j, uint32_t xid)
{
	bool migrate = j->operation == MIGRATE;

	ctx_clear_state(xid, j->init && !migrate, j->endsetup);
	if (migrate)
		ctx_migrate(xid, j->init);
}

static void become_user(const struct job *j, int terminal)
{
	struct user user = { .uid = (uid_t)-1 };
	const char *what;

	if (j->uid)
		ctx_find_user(j->uid, &user);
	if (j->vlogin) {
		what = pty_attach(terminal, user.uid);
		if (what)
			die_errno("%s", what);
	}
	if (j->uid)
		ctx_become(&user);
	user_free(&user);
}

static noreturn void run(const struct job *j)
{
	uint32_t xid = j->operation == CREATE ? VX_ID_DYNAMIC : VX_ID_SELF;
	int sync = -1, terminal = -1;

	/* Names are looked up while the host's files can still be read. */
	if (j->xid)
		xid = tool_xid(j->xid);
	if (j->syncsock)
		sync = ctx_sync_connect(j->syncsock);
	if (j->disconnect)
		ctx_detach();
	if (j->vlogin) {
		terminal = pty_proxy(tool.name);
		if (terminal < 0)
			die_errno("terminal");
	}
	/* Marked, not closed: our own are still needed. */
	if (j->closefd && close_range(3, ~0U, CLOSE_RANGE_CLOEXEC) < 0)
		die_errno("closing files");
	if (j->operation == CREATE)
		create(j, &xid);
	enter_root(j, xid);
	enter_context(j, xid);
	become_user(j, terminal);
	if (j->set_personality && personality(j->personality) < 0)
		die_errno("personality %#lx", j->personality);
	if (j->syncsock)
		ctx_sync(sync, j->syncmsg);
	tool_exec(j->argv);
}

int main(int argc, char **argv)
{
	struct job job = { .syncmsg = "ok" };
	int c;

	tool_init(&tool);
	while ((c = tool_getopt(argc, argv, "+", options)) >= 0)
		set_option(&job, c);
	job.argv = argv + optind;
	check(&job);
	run(&job);
}
