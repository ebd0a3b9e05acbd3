// SPDX-License-Identifier: GPL-2.0-only
/* nattribute - flags and capabilities of a network context */
#define _GNU_SOURCE
#include <stdio.h>
#include <stdlib.h>

#include "netctx.h"
#include "tool.h"
#include "words.h"

static const struct tool tool = {
	.name = "nattribute",
	.about = "set or show flags and capabilities of a network context",
	.usage =
"Usage: nattribute [--set] [--nid NID] [OPTION]... [--] [COMMAND [ARG]...]\n"
"       nattribute --get [--nid NID] [--json]\n\n"
"  --nid NID      number or name; default: the caller's network context\n"
"  --ncap LIST    capabilities of the network context\n"
"  --flag LIST    its flags\n"
"  --secure       what a guest that isn't trusted usually has; give it first:\n"
"                 it replaces what was said before\n"
"  --json         with --get\n"
"  --list         print all names that LISTs may contain\n"
"  --help, --version\n\n"
"LIST: names, numbers (masks), ^N (bit N), all, none, with commas between; ! or ~\n"
"in front takes away. Only what is mentioned is changed.\n\n"
"Example: nattribute --nid web --ncap raw_icmp --flag '!lback_remap'\n",
};

enum {
	OPT_SET = 0x100, OPT_GET, OPT_NID, OPT_SECURE, OPT_JSON, OPT_LIST, OPT_NCAP, OPT_FLAG,
};

static const struct option options[] = {
	{ "set", no_argument, NULL, OPT_SET },
	{ "get", no_argument, NULL, OPT_GET },
	{ "nid", required_argument, NULL, OPT_NID },
	{ "ncap", required_argument, NULL, OPT_NCAP },
	{ "flag", required_argument, NULL, OPT_FLAG },
	{ "secure", no_argument, NULL, OPT_SECURE },
	{ "json", no_argument, NULL, OPT_JSON },
	{ "list", no_argument, NULL, OPT_LIST },
	TOOL_OPTIONS
};

static const struct word words[] = {
	{ VC_NCAPS, "ncapabilities", vc_get_ncaps, "vc_get_ncaps", false },
	{ VC_NFLAGS, "nflags", vc_get_nflags, "vc_get_nflags", false },
};

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/**
 * struct job - the command line
 * @nid: the argument, NULL if not given
 * @ncaps: what to change
 * @nflags: what to change
 */
struct job {
	bool get, set, json, list;
	const char *nid;
	struct tool_bits ncaps, nflags;
	char **argv;
};

static void set_option(struct job *j, int option)
{
	switch (option) {
	case OPT_SET:
		j->set = true;
		break;
	case OPT_GET:
		j->get = true;
		break;
	case OPT_NID:
		j->nid = optarg;
		break;
	case OPT_NCAP:
		tool_bits_add(&j->ncaps, VC_NCAPS, optarg);
		break;
	case OPT_FLAG:
		tool_bits_add(&j->nflags, VC_NFLAGS, optarg);
		break;
	case OPT_SECURE:
		tool_bits_secure(&j->ncaps, VC_NCAPS);
		tool_bits_secure(&j->nflags, VC_NFLAGS);
		break;
	case OPT_JSON:
		j->json = true;
		break;
	case OPT_LIST:
		j->list = true;
		break;
	}
}

static void set(uint32_t nid, const struct job *j)
{
	if (j->ncaps.mask && vc_set_ncaps(nid, j->ncaps.value, j->ncaps.mask) < 0)
		die_vc("vc_set_ncaps");
	if (j->nflags.mask && vc_set_nflags(nid, j->nflags.value, j->nflags.mask) < 0)
		die_vc("vc_set_nflags");
}

int main(int argc, char **argv)
{
	struct job job = { 0 };
	uint32_t nid;
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
	nid = net_target(job.nid);
	if (job.get)
		words_show(words, COUNT(words), nid, job.json);
	else
		set(nid, &job);
	tool_chain(job.argv);
}
