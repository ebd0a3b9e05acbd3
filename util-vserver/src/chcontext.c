// SPDX-License-Identifier: GPL-2.0-only
/*
 * chcontext - run a command in a new or existing context
 *
 * Historically a chain of programs that exec each other; here the same system calls in the
 * same order, made by one process. So a command that happens to exit with 254 is not taken
 * for "exists already", and no parent is left behind by the new spaces.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "ctx.h"
#include "spaces.h"
#include "tool.h"

static const struct tool tool = {
	.name = "chcontext",
	.about = "run a command in a new or existing context",
	.fail = CTX_FAILED,
	.bad_usage = CTX_FAILED,
	.usage =
"Usage: chcontext [OPTION]... [--] COMMAND [ARG]...\n\n"
"Enters the context if it exists, else makes it. The options marked * are for a\n"
"new context only.\n\n"
"  --xid XID, --ctx XID  number or name; default: a free number, a new context\n"
"  --secure            * bound of capabilities for a guest that isn't trusted\n"
"  --cap [!]CAP        * capability in (or, with !, not in) the bound\n"
"  --flag [!]FLAG      * context flag; fakeinit: COMMAND is the context's init\n"
"  --hostname NAME     * host name\n"
"  --domainname NAME   * domain name\n"
"  --spaces OPTION       as of vspace instead of --default: --ipc, --mask=NUM\n"
"  --disconnect          run COMMAND in the background\n"
"  --silent              don't print the new context's number\n"
"  --help, --version\n\n"
"Context 1 sees the processes of all contexts.\n\n"
"Exit status: that of COMMAND; 255: failures of chcontext.\n\n"
"Example: chcontext --secure --hostname test -- bash\n",
};

enum {
	OPT_CAP = 0x100, OPT_XID, OPT_DISCONNECT, OPT_DOMAIN, OPT_HOST, OPT_FLAG,
	OPT_SECURE, OPT_SILENT, OPT_SPACES,
};

static const struct option options[] = {
	{ "cap", required_argument, NULL, OPT_CAP },
	{ "ctx", required_argument, NULL, OPT_XID },
	{ "xid", required_argument, NULL, OPT_XID },
	{ "disconnect", no_argument, NULL, OPT_DISCONNECT },
	{ "domainname", required_argument, NULL, OPT_DOMAIN },
	{ "hostname", required_argument, NULL, OPT_HOST },
	{ "flag", required_argument, NULL, OPT_FLAG },
	{ "secure", no_argument, NULL, OPT_SECURE },
	{ "silent", no_argument, NULL, OPT_SILENT },
	{ "spaces", required_argument, NULL, OPT_SPACES },
	TOOL_OPTIONS
};

/**
 * struct job - the command line
 * @xid: the argument, NULL: a free id
 * @spaces: word of --spaces, NULL: the default
 * @named: what --cap says, apart from --secure
 */
struct job {
	const char *xid, *hostname, *domainname, *spaces;
	bool secure, silent, disconnect, init;
	struct tool_bits named, cflags;
	char **argv;
};

static void set_option(struct job *j, int option)
{
	switch (option) {
	case OPT_CAP:
		tool_bits_add(&j->named, VC_BCAPS, optarg);
		break;
	case OPT_XID:
		j->xid = optarg;
		break;
	case OPT_DISCONNECT:
		j->disconnect = true;
		break;
	case OPT_DOMAIN:
		j->domainname = optarg;
		break;
	case OPT_HOST:
		j->hostname = optarg;
		break;
	case OPT_FLAG:
		if (!strcmp(optarg, "fakeinit"))
			j->init = true;
		tool_bits_add(&j->cflags, VC_CFLAGS, optarg);
		break;
	case OPT_SECURE:
		j->secure = true;
		break;
	case OPT_SILENT:
		j->silent = true;
		break;
	case OPT_SPACES:
		j->spaces = optarg;
		break;
	}
}

static uint64_t chosen_spaces(const struct job *j)
{
	uint64_t mask = 0;

	if (!j->spaces)
		return space_default();
	if (!space_word(j->spaces, &mask) || !mask)
		die_usage("--spaces: '%s' is not an option of vspace that names spaces", j->spaces);
	return mask;
}

static void set_name(unsigned int field, const char *name)
{
	if (name && vc_set_vhi_name(VX_ID_SELF, field, name) < 0)
		die_vc("vc_set_vhi_name");
}

static void set_attributes(const struct job *j)
{
	struct tool_bits bits = { 0 };

	if (j->secure) {
		tool_bits_secure(&bits, VC_CCAPS);
		if (vc_set_ccaps(VX_ID_SELF, bits.value, bits.mask) < 0)
			die_vc("vc_set_ccaps");
		tool_bits_secure(&bits, VC_BCAPS);
		if (vc_set_bcaps(VX_ID_SELF, bits.value, bits.mask) < 0)
			die_vc("vc_set_bcaps");
		tool_bits_secure(&bits, VC_CFLAGS);
	} else {
		bits = (struct tool_bits) { 0 };
	}
	/* A call of its own: the kernel trusts bits >= 32 only where they are named. */
	if (j->named.mask && vc_set_bcaps(VX_ID_SELF, j->named.value, j->named.mask) < 0)
		die_vc("vc_set_bcaps");
	bits.value = (bits.value & ~j->cflags.mask) | j->cflags.value;
	bits.mask |= j->cflags.mask;
	if (bits.mask && vc_set_cflags(VX_ID_SELF, bits.value, bits.mask) < 0)
		die_vc("vc_set_cflags");
}

/* The whole set-up of a new context; false: it exists. */
static bool create(const struct job *j, uint32_t xid, uint64_t spaces)
{
	uint64_t separate = spaces & ~(uint64_t)CLONE_FS;
	struct vcmd_vx_info info;

	/*
	 * Asked first, so that an existing context doesn't cost the caller its spaces. If it
	 * appears between the two calls, entering it replaces them anyway.
	 */
	if (xid != VX_ID_DYNAMIC && vc_vx_info(xid, &info) >= 0)
		return false;
	if (separate && unshare((int)separate) < 0)
		die_errno("new spaces %#llx", (unsigned long long)separate);
	if (!ctx_create(&xid))
		return false;
	if (!j->silent)
		ctx_announce(xid);
	if (vc_set_space(VX_ID_SELF, spaces, 0) < 0)
		die_vc("vc_set_space");
	set_name(VHIN_DOMAINNAME, j->domainname);
	set_name(VHIN_NODENAME, j->hostname);
	set_attributes(j);
	ctx_clear_state(VX_ID_SELF, j->init, true);
	return true;
}

static void enter(const struct job *j, uint32_t xid, uint64_t spaces)
{
	if (!j->silent && (j->secure || j->named.mask || (j->cflags.mask && !j->init) ||
			   j->hostname || j->domainname))
		warn("context %u exists: options for a new one have no effect", xid);
	/* A context made by vcontext alone has none stored; that is no error unless asked for. */
	if (spaces && vc_enter_space(xid, spaces, 0) < 0 && (errno != EINVAL || j->spaces))
		die_vc("vc_enter_space");
	ctx_migrate(xid, j->init);
}

int main(int argc, char **argv)
{
	struct job job = { 0 };
	uint32_t xid = VX_ID_DYNAMIC;
	uint64_t spaces;
	int c;

	tool_init(&tool);
	while ((c = tool_getopt(argc, argv, "+", options)) >= 0)
		set_option(&job, c);
	job.argv = argv + optind;
	if (!*job.argv)
		die_usage("no command given");
	if (job.xid)
		xid = tool_xid(job.xid);
	if (vc_get_version() < 0)
		die_vc("vc_get_version");
	if (job.disconnect)
		ctx_detach();
	if (job.xid && (xid < VX_ID_MIN || xid > VX_ID_MAX)) {
		/* The host and the spectator have no spaces of their own. */
		enter(&job, xid, 0);
	} else {
		spaces = chosen_spaces(&job);
		if (!create(&job, xid, spaces))
			enter(&job, xid, spaces);
	}
	tool_exec(job.argv);
}
