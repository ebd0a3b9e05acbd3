// SPDX-License-Identifier: GPL-2.0-only
/* ncontext - create or enter a network context and run a program there */
#define _GNU_SOURCE
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "ctx.h"
#include "netctx.h"
#include "tool.h"

static const struct tool tool = {
	.name = "ncontext",
	.about = "create or enter a network context and run a program there",
	.fail = CTX_FAILED,
	.bad_usage = CTX_FAILED,
	.usage =
"Usage: ncontext --create [--nid NID] [OPTION]... [--] COMMAND [ARG]...\n"
"       ncontext --migrate --nid NID [OPTION]... [--] COMMAND [ARG]...\n"
"       ncontext --migrate-self [OPTION]... [--] COMMAND [ARG]...\n\n"
"  --nid NID       number or name of the context; 1: all addresses\n"
"  --silent        don't print the new context's number\n"
"  --silentexist   no message when the context exists\n"
"  --disconnect    in the background\n"
"  --syncsock FILE before COMMAND tell this socket; wait until it closes\n"
"  --syncmsg TEXT  what to tell (default: ok)\n"
"  --help, --version\n\n"
"A new context has no addresses: until naddress gives it some, it reaches nothing\n"
"but itself by 127.0.0.1 and ::1.\n\n"
"Exit status: that of COMMAND; 254: the context exists; 255: other failures.\n\n"
"Example: ncontext --create -- naddress --add --ip 192.0.2.7/24 -- bash\n",
};

enum operation { NONE, CREATE, MIGRATE, MIGRATE_SELF };

enum {
	OPT_CREATE = 0x100, OPT_MIGRATE, OPT_MIGRATE_SELF, OPT_NID, OPT_SILENT,
	OPT_SILENTEXIST, OPT_DISCONNECT, OPT_SYNCSOCK, OPT_SYNCMSG,
};

static const struct option options[] = {
	{ "create", no_argument, NULL, OPT_CREATE },
	{ "migrate", no_argument, NULL, OPT_MIGRATE },
	{ "migrate-self", no_argument, NULL, OPT_MIGRATE_SELF },
	{ "nid", required_argument, NULL, OPT_NID },
	{ "silent", no_argument, NULL, OPT_SILENT },
	{ "silentexist", no_argument, NULL, OPT_SILENTEXIST },
	{ "disconnect", no_argument, NULL, OPT_DISCONNECT },
	{ "syncsock", required_argument, NULL, OPT_SYNCSOCK },
	{ "syncmsg", required_argument, NULL, OPT_SYNCMSG },
	TOOL_OPTIONS
};

/**
 * struct job - the command line
 * @nid: the argument, NULL if not given
 */
struct job {
	enum operation operation;
	const char *nid, *syncsock, *syncmsg;
	bool silent, silentexist, disconnect;
	char **argv;
};

static void set_operation(struct job *j, enum operation operation)
{
	if (j->operation != NONE)
		die_usage("only one of --create, --migrate, --migrate-self");
	j->operation = operation;
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
	case OPT_NID:
		j->nid = optarg;
		return;
	case OPT_SILENT:
		j->silent = true;
		return;
	case OPT_SILENTEXIST:
		j->silentexist = true;
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
	}
}

static void check(const struct job *j)
{
	if (j->operation == NONE)
		die_usage("one of --create, --migrate, --migrate-self is needed");
	if (!*j->argv)
		die_usage("no command given");
	if (j->operation == MIGRATE && !j->nid)
		die_usage("--migrate needs --nid");
}

static void create(const struct job *j, uint32_t nid)
{
	if (net_create(&nid)) {
		if (!j->silent)
			net_announce(nid);
		return;
	}
	if (!j->silentexist)
		warn("vc_net_create(): %s", strerror(EEXIST));
	exit(CTX_EXISTS);
}

static noreturn void run(const struct job *j)
{
	uint32_t nid = VX_ID_DYNAMIC;
	int sync = -1;

	/* Names are looked up before there is a second process that could fail. */
	if (j->nid)
		nid = tool_nid(j->nid);
	if (j->syncsock)
		sync = ctx_sync_connect(j->syncsock);
	if (j->disconnect)
		ctx_detach();
	if (j->operation == CREATE)
		create(j, nid);
	if (j->operation == MIGRATE)
		net_migrate(nid);
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
