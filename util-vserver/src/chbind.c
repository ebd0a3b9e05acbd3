// SPDX-License-Identifier: GPL-2.0-only
/*
 * chbind - run a command with some of the addresses
 *
 * Historically a chain of ncontext, nattribute and naddress; here the same system calls in
 * the same order, made by one process. So a command that happens to exit with 254 is not
 * taken for "exists already", and --disconnect works for a new context, too.
 */
#define _GNU_SOURCE
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "ctx.h"
#include "netctx.h"
#include "tool.h"

static const struct tool tool = {
	.name = "chbind",
	.about = "run a command with some of the addresses",
	.fail = CTX_FAILED,
	.bad_usage = CTX_FAILED,
	.usage =
"Usage: chbind [OPTION]... [--] COMMAND [ARG]...\n\n"
"Enters the network context if it exists, else makes it. The options marked * are\n"
"for a new one only. Without an address it reaches nothing but itself.\n\n"
"  --ip ADDRESS[/MASK] * one address, IPv4 or IPv6; 0.0.0.0 and :: stand for all\n"
"  --ip DEVICE         * the first IPv4 address of a device\n"
"  --bcast ADDRESS     * broadcast address; or DEVICE: that of a device\n"
"  --lback ADDRESS     * what 127.0.0.1 becomes; default: one of its own\n"
"  --shared            * the host goes on using the addresses, too\n"
"  --nid NID             number or name; default: a free number, a new context\n"
"  --secure            * capabilities and flags for a guest that isn't trusted\n"
"  --ncap LIST         * capabilities, see nattribute\n"
"  --flag LIST         * flags, see nattribute\n"
"  --disconnect          run COMMAND in the background\n"
"  --silent              print nothing but errors\n"
"  --help, --version\n\n"
"Exit status: that of COMMAND; 255: failures of chbind.\n\n"
"Example: chbind --ip 192.0.2.7 --ip 2001:db8::7 -- sshd -D\n",
};

enum {
	OPT_IP = 0x100, OPT_BCAST, OPT_LBACK, OPT_SHARED, OPT_NID, OPT_SECURE, OPT_NCAP,
	OPT_FLAG, OPT_DISCONNECT, OPT_SILENT,
};

static const struct option options[] = {
	{ "ip", required_argument, NULL, OPT_IP },
	{ "bcast", required_argument, NULL, OPT_BCAST },
	{ "lback", required_argument, NULL, OPT_LBACK },
	{ "shared", no_argument, NULL, OPT_SHARED },
	{ "nid", required_argument, NULL, OPT_NID },
	{ "secure", no_argument, NULL, OPT_SECURE },
	{ "ncap", required_argument, NULL, OPT_NCAP },
	{ "flag", required_argument, NULL, OPT_FLAG },
	{ "disconnect", no_argument, NULL, OPT_DISCONNECT },
	{ "silent", no_argument, NULL, OPT_SILENT },
	TOOL_OPTIONS
};

/**
 * struct job - the command line
 * @nid: the argument, NULL: a free id
 * @ncaps: what --ncap says, apart from --secure
 * @nflags: what --flag says, apart from --secure
 */
struct job {
	const char *nid;
	bool shared, secure, silent, disconnect;
	struct tool_bits ncaps, nflags;
	struct net_list addresses;
	char **argv;
};

static void set_option(struct job *j, int option)
{
	switch (option) {
	case OPT_IP:
		net_list_add(&j->addresses, VC_NET_ADDR, "--ip", optarg);
		break;
	case OPT_BCAST:
		net_list_add(&j->addresses, VC_NET_BCAST, "--bcast", optarg);
		break;
	case OPT_LBACK:
		net_list_add(&j->addresses, VC_NET_LBACK, "--lback", optarg);
		break;
	case OPT_SHARED:
		j->shared = true;
		break;
	case OPT_NID:
		j->nid = optarg;
		break;
	case OPT_SECURE:
		j->secure = true;
		break;
	case OPT_NCAP:
		tool_bits_add(&j->ncaps, VC_NCAPS, optarg);
		break;
	case OPT_FLAG:
		tool_bits_add(&j->nflags, VC_NFLAGS, optarg);
		break;
	case OPT_DISCONNECT:
		j->disconnect = true;
		break;
	case OPT_SILENT:
		j->silent = true;
		break;
	}
}

/* What --secure says, then what was named, wherever it stood on the command line. */
static struct tool_bits combine(const struct job *j, enum vc_word word,
				const struct tool_bits *named)
{
	struct tool_bits bits = { 0 };

	if (j->secure)
		tool_bits_secure(&bits, word);
	bits.value = (bits.value & ~named->mask) | named->value;
	bits.mask |= named->mask;
	return bits;
}

static void set_attributes(const struct job *j)
{
	struct tool_bits ncaps = combine(j, VC_NCAPS, &j->ncaps);
	struct tool_bits nflags = combine(j, VC_NFLAGS, &j->nflags);

	if (ncaps.mask && vc_set_ncaps(VX_ID_SELF, ncaps.value, ncaps.mask) < 0)
		die_vc("vc_set_ncaps");
	if (nflags.mask && vc_set_nflags(VX_ID_SELF, nflags.value, nflags.mask) < 0)
		die_vc("vc_set_nflags");
}

/* The whole set-up of a new context; false: it exists. */
static bool create(const struct job *j, uint32_t nid)
{
	if (!net_create(&nid))
		return false;
	if (!j->silent)
		net_announce(nid);
	set_attributes(j);
	if (!j->silent)
		net_list_print(&j->addresses, "Adding");
	net_list_join(nid, &j->addresses);
	return true;
}

static void enter(const struct job *j, uint32_t nid)
{
	if (!j->silent && (j->secure || j->ncaps.mask || j->nflags.mask || j->addresses.n))
		warn("network context %" PRIu32 " exists: options for a new one have no effect",
		     nid);
	net_migrate(nid);
}

int main(int argc, char **argv)
{
	struct job job = { 0 };
	uint32_t nid = VX_ID_DYNAMIC;
	int c;

	tool_init(&tool);
	while ((c = tool_getopt(argc, argv, "+", options)) >= 0)
		set_option(&job, c);
	job.argv = argv + optind;
	if (!*job.argv)
		die_usage("no command given");
	if (job.shared)
		net_list_share(&job.addresses);
	if (job.nid)
		nid = tool_nid(job.nid);
	if (job.disconnect)
		ctx_detach();
	/* The host and the spectator's context can't be made. */
	if (job.nid && (nid < VX_ID_MIN || nid > VX_ID_MAX))
		enter(&job, nid);
	else if (!create(&job, nid))
		enter(&job, nid);
	tool_exec(job.argv);
}
