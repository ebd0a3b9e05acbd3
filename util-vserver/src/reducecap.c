// SPDX-License-Identifier: GPL-2.0-only
/*
 * reducecap - run a command with fewer capabilities
 *
 * A ceiling for the command and all that it starts: taken from the bounding set, too, so
 * that neither root nor a set-uid program gets them back.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/capability.h>
#include <unistd.h>

#include <json-c/json.h>

#include "tool.h"

static const struct tool tool = {
	.name = "reducecap",
	.about = "run a command with fewer capabilities",
	.usage =
"Usage: reducecap [--show] [--secure] [--cap [!]CAP]... [--] COMMAND [ARG]...\n"
"       reducecap --show [--pid PID] [--json]\n\n"
"  --secure     only those that a guest gets that isn't trusted\n"
"  --cap CAP    keep a capability that --secure takes away\n"
"  --cap '!CAP' take a capability away\n"
"  --CAP_NAME, ----CAP_NAME\n"
"               old spelling: take away, keep\n"
"  --show       table of capabilities; with COMMAND: of those it will have\n"
"  --pid PID    of this process instead of reducecap itself\n"
"  --json       with --show\n"
"  --flag FLAG  ignored: flags belong to contexts, see vattribute(8)\n"
"  --help, --version\n\n"
"Example: reducecap --secure --cap '!kill' -- bash\n",
};

enum { OPT_SHOW = 0x100, OPT_SECURE, OPT_CAP, OPT_FLAG, OPT_PID, OPT_JSON };

static const struct option options[] = {
	{ "show", no_argument, NULL, OPT_SHOW },
	{ "secure", no_argument, NULL, OPT_SECURE },
	{ "cap", required_argument, NULL, OPT_CAP },
	{ "flag", required_argument, NULL, OPT_FLAG },
	{ "pid", required_argument, NULL, OPT_PID },
	{ "json", no_argument, NULL, OPT_JSON },
	TOOL_OPTIONS
};

struct job {
	bool show, secure, json;
	pid_t pid;
	struct tool_bits named;
	char **argv;
};

static void set_option(struct job *j, int option)
{
	switch (option) {
	case OPT_SHOW:
		j->show = true;
		break;
	case OPT_SECURE:
		j->secure = true;
		break;
	case OPT_CAP:
		tool_bits_add(&j->named, VC_BCAPS, optarg);
		break;
	case OPT_FLAG:
		warn("--flag %s: ignored, flags belong to contexts (see vattribute)", optarg);
		break;
	case OPT_PID:
		j->pid = (pid_t)tool_u64(optarg, "--pid", 1, INT_MAX);
		break;
	case OPT_JSON:
		j->json = true;
		break;
	}
}

/*
 * The old spellings in front of the command become --cap with the same meaning. The new
 * words are never freed: they live as long as argv.
 */
static void translate(char **argv)
{
	for (int i = 1; argv[i] && !strncmp(argv[i], "--", 2) && argv[i][2]; i++) {
		bool keep = !strncasecmp(argv[i], "----CAP_", 8);
		const char *name = argv[i] + (keep ? 8 : 6);
		char *word;

		/* The argument of an option is not ours to read. */
		if (!strcmp(argv[i], "--cap") || !strcmp(argv[i], "--flag") ||
		    !strcmp(argv[i], "--pid")) {
			if (!argv[++i])
				return;
			continue;
		}
		if (!keep && strncasecmp(argv[i], "--CAP_", 6))
			continue;
		if (asprintf(&word, "--cap=%s%s", keep ? "" : "!", name) < 0)
			die_errno("memory");
		argv[i] = word;
	}
}

static uint64_t wanted(const struct job *j)
{
	uint64_t keep = j->secure ? vc_word_secure(VC_BCAPS) : ~0ULL;

	return (keep & ~j->named.mask) | j->named.value;
}

static void set_flag(cap_t caps, cap_flag_t set, cap_value_t cap, cap_flag_value_t value)
{
	if (cap_set_flag(caps, set, 1, &cap, value) < 0)
		die_errno("cap_set_flag()");
}

static void reduce(uint64_t keep)
{
	cap_t caps = cap_get_proc();

	if (!caps)
		die_errno("cap_get_proc()");
	for (cap_value_t cap = 0; cap < cap_max_bits() && cap < 64; cap++) {
		if (keep & 1ULL << cap)
			continue;
		/* Already gone: fine without the right to drop it. */
		if (cap_get_bound(cap) == CAP_SET && cap_drop_bound(cap) < 0)
			die_errno("taking away %s", vc_bit_name(VC_BCAPS, (unsigned int)cap) ?:
				  "an unknown capability");
		set_flag(caps, CAP_EFFECTIVE, cap, CAP_CLEAR);
		set_flag(caps, CAP_PERMITTED, cap, CAP_CLEAR);
		set_flag(caps, CAP_INHERITABLE, cap, CAP_CLEAR);
	}
	if (cap_set_proc(caps) < 0)
		die_errno("cap_set_proc()");
	cap_free(caps);
}

static bool has(cap_t caps, cap_flag_t set, cap_value_t cap)
{
	cap_flag_value_t value = CAP_CLEAR;

	return cap_get_flag(caps, cap, set, &value) == 0 && value == CAP_SET;
}

static void show_row(const char *name, cap_t caps, cap_value_t cap)
{
	printf("%-20s  %9s  %9s  %11s\n", name, has(caps, CAP_EFFECTIVE, cap) ? "X" : "",
	       has(caps, CAP_PERMITTED, cap) ? "X" : "",
	       has(caps, CAP_INHERITABLE, cap) ? "X" : "");
}

static struct json_object *json_row(const char *name, cap_t caps, cap_value_t cap)
{
	struct json_object *o = json_object_new_object();

	json_object_object_add(o, "capability", json_object_new_string(name));
	json_object_object_add(o, "effective",
			       json_object_new_boolean(has(caps, CAP_EFFECTIVE, cap)));
	json_object_object_add(o, "permitted",
			       json_object_new_boolean(has(caps, CAP_PERMITTED, cap)));
	json_object_object_add(o, "inheritable",
			       json_object_new_boolean(has(caps, CAP_INHERITABLE, cap)));
	return o;
}

static void show(pid_t pid, bool json)
{
	struct json_object *rows = json ? json_object_new_array() : NULL;
	cap_t caps = pid ? cap_get_pid(pid) : cap_get_proc();

	if (!caps)
		die_errno("process %d", pid);
	if (!json)
		printf("%-20s  %9s  %9s  %11s\n", "Capability", "Effective", "Permitted",
		       "Inheritable");
	for (cap_value_t cap = 0; cap < cap_max_bits(); cap++) {
		char *name = vc_list_text(VC_BCAPS, 1ULL << cap);

		if (!name)
			die_errno("memory");
		if (json)
			json_object_array_add(rows, json_row(name, caps, cap));
		else
			show_row(name, caps, cap);
		free(name);
	}
	cap_free(caps);
	if (json)
		tool_json(rows);
	tool_flush();
}

int main(int argc, char **argv)
{
	struct job job = { 0 };
	int c;

	tool_init(&tool);
	translate(argv);
	while ((c = tool_getopt(argc, argv, "+", options)) >= 0)
		set_option(&job, c);
	job.argv = argv + optind;
	if (!*job.argv && !job.show)
		die_usage("no command given");
	if (job.pid && (*job.argv || !job.show))
		die_usage("--pid is for --show without a command");
	if (job.json && !job.show)
		die_usage("--json needs --show");
	if (!job.pid)
		reduce(wanted(&job));
	if (job.show)
		show(job.pid, job.json);
	tool_chain(job.argv);
}
