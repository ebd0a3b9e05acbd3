// SPDX-License-Identifier: GPL-2.0-only
/* vattribute - flags and capabilities of a context */
#define _GNU_SOURCE
#include <stdio.h>
#include <stdlib.h>

#include "tool.h"
#include "words.h"

static const struct tool tool = {
	.name = "vattribute",
	.about = "set or show flags and capabilities of a context",
	.usage =
"Usage: vattribute [--set] [--xid XID] [OPTION]... [--] [COMMAND [ARG]...]\n"
"       vattribute --get [--xid XID] [--json]\n\n"
"  --xid XID      number or name; default: the caller's context\n"
"  --bcap LIST    bound of the system's capabilities\n"
"  --ccap LIST    capabilities of the context\n"
"  --flag LIST    context flags\n"
"  --umask LIST   namespaces that members may make themselves\n"
"  --secure       the usual bound for a guest that isn't trusted; give it first:\n"
"                 it replaces what was said before\n"
"  --json         with --get\n"
"  --list         print all names that LISTs may contain\n"
"  --help, --version\n\n"
"LIST: names, numbers (masks), ^N (bit N), all, none, with commas between; ! or ~\n"
"in front takes away. Only what is mentioned is changed.\n\n"
"Example: vattribute --xid web --bcap '!sys_chroot' --flag virt_uptime\n",
};

enum {
	OPT_SET = 0x100, OPT_GET, OPT_XID, OPT_SECURE, OPT_JSON, OPT_LIST,
	OPT_WORD = 0x200,	/* + enum vc_word */
};

static const struct option options[] = {
	{ "set", no_argument, NULL, OPT_SET },
	{ "get", no_argument, NULL, OPT_GET },
	{ "xid", required_argument, NULL, OPT_XID },
	{ "ctx", required_argument, NULL, OPT_XID },
	{ "bcap", required_argument, NULL, OPT_WORD + VC_BCAPS },
	{ "ccap", required_argument, NULL, OPT_WORD + VC_CCAPS },
	{ "flag", required_argument, NULL, OPT_WORD + VC_CFLAGS },
	{ "umask", required_argument, NULL, OPT_WORD + VC_SPACES },
	{ "secure", no_argument, NULL, OPT_SECURE },
	{ "json", no_argument, NULL, OPT_JSON },
	{ "list", no_argument, NULL, OPT_LIST },
	TOOL_OPTIONS
};

/* In the order in which they are shown. */
static const struct word words[] = {
	{ VC_BCAPS, "bcapabilities", vc_get_bcaps, "vc_get_bcaps", false },
	{ VC_CCAPS, "ccapabilities", vc_get_ccaps, "vc_get_ccaps", false },
	{ VC_CFLAGS, "flags", vc_get_cflags, "vc_get_cflags", false },
	{ VC_SPACES, "umask", vc_get_umask, "vc_get_umask", true },
};

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/**
 * struct job - the command line
 * @bits: what to set; of VC_BCAPS only what was said after --secure
 * @secure: bcaps start from the preset
 */
struct job {
	bool get, set, json, list, secure;
	const char *xid;
	struct tool_bits bits[VC_WORDS];
	char **argv;
};

static void set_secure(struct job *j)
{
	j->secure = true;
	j->bits[VC_BCAPS] = (struct tool_bits) { 0 };
	tool_bits_secure(&j->bits[VC_CCAPS], VC_CCAPS);
	tool_bits_secure(&j->bits[VC_CFLAGS], VC_CFLAGS);
}

static void set_option(struct job *j, int option)
{
	switch (option) {
	case OPT_SET:
		j->set = true;
		break;
	case OPT_GET:
		j->get = true;
		break;
	case OPT_XID:
		j->xid = optarg;
		break;
	case OPT_SECURE:
		set_secure(j);
		break;
	case OPT_JSON:
		j->json = true;
		break;
	case OPT_LIST:
		j->list = true;
		break;
	default:
		tool_bits_add(&j->bits[option - OPT_WORD], (enum vc_word)(option - OPT_WORD),
			      optarg);
	}
}

static void set_bcaps(uint32_t xid, const struct job *j)
{
	const struct tool_bits *named = &j->bits[VC_BCAPS];
	struct tool_bits secure;

	if (j->secure) {
		tool_bits_secure(&secure, VC_BCAPS);
		if (vc_set_bcaps(xid, secure.value, secure.mask) < 0)
			die_vc("vc_set_bcaps");
	}
	/* A call of its own: the kernel trusts bits >= 32 only where they are named. */
	if ((named->mask || !j->secure) &&
	    vc_set_bcaps(xid, named->value, named->mask) < 0)
		die_vc("vc_set_bcaps");
}

static void set(uint32_t xid, const struct job *j)
{
	const struct tool_bits *b = j->bits;

	if (j->secure || b[VC_BCAPS].mask || b[VC_CCAPS].mask) {
		if (vc_set_ccaps(xid, b[VC_CCAPS].value, b[VC_CCAPS].mask) < 0)
			die_vc("vc_set_ccaps");
		set_bcaps(xid, j);
	}
	if (b[VC_CFLAGS].mask &&
	    vc_set_cflags(xid, b[VC_CFLAGS].value, b[VC_CFLAGS].mask) < 0)
		die_vc("vc_set_cflags");
	if (b[VC_SPACES].mask &&
	    vc_set_umask(xid, b[VC_SPACES].value, b[VC_SPACES].mask) < 0)
		die_vc("vc_set_umask");
}

static uint32_t target(const struct job *j)
{
	int xid;

	if (j->xid)
		return tool_xid(j->xid);
	xid = vc_task_xid(0);
	if (xid < 0)
		die_vc("vc_task_xid");
	if (xid < (int)VX_ID_MIN)
		die("the caller is in no context: --xid is needed");
	return (uint32_t)xid;
}

int main(int argc, char **argv)
{
	struct job job = { 0 };
	uint32_t xid;
	int c;

	tool_init(&tool);
	while ((c = tool_getopt(argc, argv, "+", options)) >= 0)
		set_option(&job, c);
	job.argv = argv + optind;
	if (job.get && job.set)
		die_usage("only one of --set, --get");
	if (job.json && !job.get)
		die_usage("--json needs --get");
	if (job.list) {
		words_list(words, COUNT(words));
		return EXIT_SUCCESS;
	}
	xid = target(&job);
	if (job.get)
		words_show(words, COUNT(words), xid, job.json);
	else
		set(xid, &job);
	tool_chain(job.argv);
}
