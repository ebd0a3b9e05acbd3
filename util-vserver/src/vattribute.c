// SPDX-License-Identifier: GPL-2.0-only
/* vattribute - flags and capabilities of a context */
#define _GNU_SOURCE
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include <json-c/json.h>

#include "tool.h"

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

/**
 * struct word - one of the four words, in the order in which they are shown
 * @word: its table
 * @title: line above it
 * @get: reads it
 */
static const struct word {
	enum vc_word word;
	const char *title;
	int (*get)(uint32_t xid, uint64_t *value, uint64_t *mask);
	const char *function;
} words[] = {
	{ VC_BCAPS, "bcapabilities", vc_get_bcaps, "vc_get_bcaps" },
	{ VC_CCAPS, "ccapabilities", vc_get_ccaps, "vc_get_ccaps" },
	{ VC_CFLAGS, "flags", vc_get_cflags, "vc_get_cflags" },
	{ VC_SPACES, "umask", vc_get_umask, "vc_get_umask" },
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

static void list_names(void)
{
	for (size_t i = 0; i < COUNT(words); i++) {
		printf("%s:\n", words[i].title);
		for (unsigned int bit = 0; bit < 64; bit++) {
			const char *name = vc_bit_name(words[i].word, bit);

			if (name)
				printf("  ^%-2u  %s\n", bit, name);
		}
	}
}

static char *text_of(enum vc_word word, uint64_t bits)
{
	char *text = vc_list_text(word, bits);

	if (!text)
		die_errno("memory");
	return text;
}

static struct json_object *json_word(enum vc_word word, uint64_t value)
{
	struct json_object *o = json_object_new_object(), *names = json_object_new_array();
	char hex[32];

	snprintf(hex, sizeof(hex), "0x%016llx", (unsigned long long)value);
	json_object_object_add(o, "value", json_object_new_string(hex));
	for (unsigned int bit = 0; bit < 64; bit++) {
		char *name;

		if (!(value & 1ULL << bit))
			continue;
		name = text_of(word, 1ULL << bit);
		json_object_array_add(names, json_object_new_string(name));
		free(name);
	}
	json_object_object_add(o, "names", names);
	return o;
}

static void show_word(const struct word *w, uint64_t value)
{
	char *text = text_of(w->word, value);

	printf("%s:\n%s\n", w->title, text);
	free(text);
}

static void get(uint32_t xid, bool json)
{
	struct json_object *all = json ? json_object_new_object() : NULL;
	uint64_t value;

	for (size_t i = 0; i < COUNT(words); i++) {
		if (words[i].get(xid, &value, NULL) < 0) {
			/* Older kernels have no umask. */
			if (errno == ENOSYS && words[i].word == VC_SPACES)
				continue;
			die_vc(words[i].function);
		}
		if (json)
			json_object_object_add(all, words[i].title,
					       json_word(words[i].word, value));
		else
			show_word(&words[i], value);
	}
	if (json)
		tool_json(all);
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
		list_names();
		tool_flush();
		return EXIT_SUCCESS;
	}
	xid = target(&job);
	if (job.get)
		get(xid, job.json);
	else
		set(xid, &job);
	tool_chain(job.argv);
}
