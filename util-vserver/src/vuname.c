// SPDX-License-Identifier: GPL-2.0-only
/* vuname - names of a context: its owner and what uname(2) says inside */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <json-c/json.h>

#include "tool.h"

static const struct tool tool = {
	.name = "vuname",
	.about = "show or set the names of a context",
	.fail = 255,
	.bad_usage = 255,
	.usage =
"Usage: vuname [--get] --xid XID [--json] [TAG]...\n"
"       vuname --set --xid XID [-t TAG[=VALUE]]... [--dir DIR [--missingok]]\n"
"              [--] [COMMAND [ARG]...]\n\n"
"TAG: context sysname nodename release version machine domainname, or the\n"
"beginning of one. Without TAG all are shown; ??? is one that can't be read.\n\n"
"  -g, --get            show\n"
"  -s, --set            set, then run COMMAND\n"
"      --xid XID        number or name of the context; self: the caller's\n"
"  -t, --tag TAG=VALUE  value of a tag; none: empty\n"
"      --dir DIR        set from the files in DIR that have tags as names\n"
"      --missingok      DIR may be missing\n"
"      --json           with --get\n"
"  --help, --version\n\n"
"Example: vuname --set --xid web -t nodename=www.example.org\n",
};

enum { OPT_XID = 0x100, OPT_DIR, OPT_MISSINGOK, OPT_JSON };

static const struct option options[] = {
	{ "get", no_argument, NULL, 'g' },
	{ "set", no_argument, NULL, 's' },
	{ "tag", required_argument, NULL, 't' },
	{ "xid", required_argument, NULL, OPT_XID },
	{ "dir", required_argument, NULL, OPT_DIR },
	{ "missingok", no_argument, NULL, OPT_MISSINGOK },
	{ "json", no_argument, NULL, OPT_JSON },
	TOOL_OPTIONS
};

#define FIELDS	(VHIN_DOMAINNAME + 1)

/**
 * struct job - the command line
 * @value: by field; NULL: not to be set
 */
struct job {
	bool get, set, missingok, json;
	const char *xid, *dir;
	char *value[FIELDS];
	char **argv;
};

static unsigned int field_of(const char *tag)
{
	int field = vc_vhi_field(tag);

	if (field < 0)
		die_usage("Unknown tag '%s'", tag);
	return (unsigned int)field;
}

static void add_tag(struct job *j, const char *arg)
{
	tool_auto_free char *tag = tool_strdup(arg);
	char *equals = strchr(tag, '=');
	unsigned int field;

	if (equals)
		*equals++ = '\0';
	field = field_of(tag);
	free(j->value[field]);
	j->value[field] = tool_strdup(equals ? equals : "");
}

static void set_option(struct job *j, int option)
{
	switch (option) {
	case 'g':
		j->get = true;
		break;
	case 's':
		j->set = true;
		break;
	case 't':
		add_tag(j, optarg);
		break;
	case OPT_XID:
		j->xid = optarg;
		break;
	case OPT_DIR:
		j->dir = optarg;
		break;
	case OPT_MISSINGOK:
		j->missingok = true;
		break;
	case OPT_JSON:
		j->json = true;
		break;
	}
}

/* Contents of a file without its final newlines, NULL if there is no such file. */
static char *read_value(const char *dir, int dirfd, const char *name)
{
	/* One more than the kernel keeps: too long is its error, not cut here. */
	char text[VC_VHI_NAME_LEN + 16];
	ssize_t n;
	int fd = openat(dirfd, name, O_RDONLY | O_CLOEXEC);

	if (fd < 0 && errno == ENOENT)
		return NULL;
	if (fd < 0)
		die_errno("%s/%s", dir, name);
	n = read(fd, text, sizeof(text) - 1);
	if (n < 0)
		die_errno("%s/%s", dir, name);
	close(fd);
	while (n && text[n - 1] == '\n')
		n--;
	text[n] = '\0';
	return tool_strdup(text);
}

static void set_field(uint32_t xid, unsigned int field, const char *value)
{
	if (vc_set_vhi_name(xid, field, value) >= 0)
		return;
	if (errno == E2BIG)
		die("%s: '%s': longer than 64 bytes", vc_vhi_field_name(field), value);
	die_errno("%s: vc_set_vhi_name()", vc_vhi_field_name(field));
}

static void set_from_dir(const struct job *j, uint32_t xid)
{
	int dirfd = open(j->dir, O_PATH | O_DIRECTORY | O_CLOEXEC);

	if (dirfd < 0 && errno == ENOENT && j->missingok)
		return;
	if (dirfd < 0)
		die_errno("%s", j->dir);
	for (unsigned int field = 0; field < FIELDS; field++) {
		tool_auto_free char *value = read_value(j->dir, dirfd, vc_vhi_field_name(field));

		if (value)
			set_field(xid, field, value);
	}
	close(dirfd);
}

static void set(const struct job *j, uint32_t xid)
{
	if (j->dir)
		set_from_dir(j, xid);
	for (unsigned int field = 0; field < FIELDS; field++) {
		if (j->value[field])
			set_field(xid, field, j->value[field]);
	}
}

/**
 * struct output - the line or the object that --get prints
 * @json: NULL for the line
 * @blank: what stands before the next value of the line
 */
struct output {
	struct json_object *json;
	const char *blank;
};

static void show(uint32_t xid, unsigned int field, struct output *out)
{
	char name[VC_VHI_NAME_LEN];
	bool ok = vc_get_vhi_name(xid, field, name, sizeof(name)) >= 0;

	if (!ok && errno == ENOSYS)
		die_vc("vc_get_vhi_name");
	if (out->json) {
		json_object_object_add(out->json, vc_vhi_field_name(field),
				       ok ? json_object_new_string(name) : NULL);
		return;
	}
	printf("%s%s", out->blank, ok ? name : "???");
	out->blank = " ";
}

static void get(const struct job *j, uint32_t xid)
{
	struct output out = {
		.json = j->json ? json_object_new_object() : NULL,
		.blank = "",
	};
	char *const *tag;

	for (tag = j->argv; *tag; tag++)
		field_of(*tag);
	for (tag = j->argv; *tag; tag++)
		show(xid, field_of(*tag), &out);
	for (unsigned int field = 0; !*j->argv && field < FIELDS; field++)
		show(xid, field, &out);
	if (j->json)
		tool_json(out.json);
	else
		putchar('\n');
	tool_flush();
}

int main(int argc, char **argv)
{
	struct job job = { 0 };
	uint32_t xid;
	int c;

	tool_init(&tool);
	while ((c = tool_getopt(argc, argv, "+gst:", options)) >= 0)
		set_option(&job, c);
	job.argv = argv + optind;
	if (job.get && job.set)
		die_usage("only one of --get, --set");
	if (!job.xid)
		die_usage("--xid is needed");
	xid = tool_xid(job.xid);
	if (!job.set) {
		get(&job, xid);
		return EXIT_SUCCESS;
	}
	set(&job, xid);
	tool_chain(job.argv);
}
