// SPDX-License-Identifier: GPL-2.0-only
/*
 * vserver-info.c - answers one question about guests, processes or the system
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include <json-c/json.h>

#include "info.h"
#include "tool.h"

static const struct tool tool = {
	.name = "vserver-info",
	.about = "answer one question about a guest, a process or the system",
	.usage =
		"Usage: vserver-info [OPTION]... ID TAG [ARGUMENT]...\n"
		"\n"
		"  -l, --list      all TAGs with their arguments\n"
		"  -q, --quiet     no output but messages\n"
		"  -j, --json      the answer as JSON\n"
		"      --help, --version\n"
		"\n"
		"ID is a guest, an xid or a process, as the TAG needs it; - where none is\n"
		"needed. Without ID and TAG: SYSINFO.\n"
		"Exit: 0 answered or yes, 1 no answer, no, or bad usage.\n"
		"\n"
		"Example: vserver-info web CONTEXT\n",
	.fail = 1,
	.bad_usage = 1,
};

void answer_text(struct query *q, const char *text)
{
	q->text = tool_strdup(text);
	q->json = json_object_new_string(text);
}

void answer_number(struct query *q, const char *fmt, uint64_t n)
{
	char text[32];

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
	snprintf(text, sizeof(text), fmt, n);
#pragma GCC diagnostic pop
	q->text = tool_strdup(text);
	q->json = json_object_new_int64(n);
}

int answer_bool(struct query *q, bool yes, const char *text)
{
	if (yes && text)
		q->text = tool_strdup(text);
	q->json = json_object_new_boolean(yes);
	return yes ? 0 : -1;
}

static const struct tag *find_in(const struct tag *tags, const char *name)
{
	for (; tags->name; tags++)
		if (!strcasecmp(tags->name, name))
			return tags;
	return NULL;
}

static const struct tag *find_tag(const char *name)
{
	const struct tag *tag = find_in(info_guest_tags, name);

	return tag ? tag : find_in(info_system_tags, name);
}

static void list_tags(const struct tag *tags)
{
	for (; tags->name; tags++)
		printf("%-12s %-10s %s\n", tags->name, tags->args, tags->about);
}

static void print_json(const struct query *q, const char *tag)
{
	struct json_object *top = json_object_new_object();

	json_object_object_add(top, "id", json_object_new_string(q->id));
	json_object_object_add(top, "tag", json_object_new_string(tag));
	json_object_object_add(top, "value", q->json);
	tool_json(top);
}

static int ask(const struct tag *tag, struct query *q, bool json)
{
	int ret = tag->ask(q);

	/* A "no" has a JSON form, too. */
	if (json && q->json)
		print_json(q, tag->name);
	else if (ret == 0 && q->text)
		puts(q->text);
	else
		json_object_put(q->json);
	free(q->text);
	tool_flush();
	return ret ? 1 : 0;
}

static void be_quiet(void)
{
	int null = open("/dev/null", O_WRONLY | O_CLOEXEC);

	if (null < 0 || dup2(null, STDOUT_FILENO) < 0)
		die_errno("/dev/null");
	close(null);
}

int main(int argc, char **argv)
{
	static const struct option options[] = {
		{ "list", no_argument, NULL, 'l' },
		{ "quiet", no_argument, NULL, 'q' },
		{ "json", no_argument, NULL, 'j' },
		TOOL_OPTIONS
	};
	struct query q = { .id = "-" };
	const struct tag *tag;
	bool json = false;
	int c;

	tool_init(&tool);
	while ((c = tool_getopt(argc, argv, "+lqj", options)) != -1) {
		switch (c) {
		case 'l':
			list_tags(info_guest_tags);
			list_tags(info_system_tags);
			tool_flush();
			return 0;
		case 'q':
			be_quiet();
			break;
		case 'j':
			json = true;
			break;
		}
	}
	if (argc - optind < 2) {
		c = ask(find_tag("SYSINFO"), &q, json);
		if (!json)
			puts("\nAssumed 'SYSINFO' as no other tag was given; "
			     "try 'vserver-info --help'.");
		tool_flush();
		return c;
	}
	q.id = argv[optind];
	q.args = argv + optind + 2;
	tag = find_tag(argv[optind + 1]);
	if (!tag)
		die_usage("%s: no such tag", argv[optind + 1]);
	return ask(tag, &q, json);
}
