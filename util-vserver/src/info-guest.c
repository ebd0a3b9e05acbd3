// SPDX-License-Identifier: GPL-2.0-only
/*
 * info-guest.c - what vserver-info knows of guests and processes
 */
#define _GNU_SOURCE
#include <ctype.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include <json-c/json.h>

#include "config/config.h"
#include "guest/guest.h"
#include "info.h"
#include "tool.h"

static struct cfg *guest(const struct query *q)
{
	struct cfg *c = cfg_open(q->id);

	if (!c)
		die("%s", cfg_error());
	return c;
}

static int failed(void)
{
	warn("%s", cfg_error());
	return -1;
}

/* The original's idea of a truth value: a number but 0, or y.., t.. */
static bool is_true(const char *text)
{
	return isdigit((unsigned char)*text) ? strtol(text, NULL, 10) != 0 :
	       *text && strchr("yYtT", *text);
}

static int ask_context(struct query *q)
{
	bool allow_static = !q->args[0] || is_true(q->args[0]);
	uint32_t xid;
	int set;

	if (allow_static) {
		xid = tool_xid(q->id);
	} else {
		struct cfg *c = guest(q);

		set = cfg_running(c, &xid);
		cfg_close(c);
		if (set < 0)
			return failed();
		if (!set)
			return -1;
	}
	answer_number(q, "%" PRIu64, xid);
	return 0;
}

static int ask_id(struct query *q)
{
	uint32_t xid = tool_xid(q->id);
	struct cfg *c = cfg_by_xid(xid);

	if (!c) {
		warn("%s: no guest has this context", q->id);
		return -1;
	}
	answer_text(q, c->path);
	cfg_close(c);
	return 0;
}

static int ask_running(struct query *q)
{
	struct cfg *c = guest(q);
	uint32_t xid;
	int set = cfg_running(c, &xid);

	cfg_close(c);
	return set < 0 ? failed() : answer_bool(q, set, "1");
}

static int ask_vdir(struct query *q)
{
	struct cfg *c = guest(q);
	tool_auto_free char *path = NULL;
	int ret = 0;

	if (q->args[0] && is_true(q->args[0]))
		ret = cfg_vdir(c, &path);
	else
		path = cfg_path(c, "vdir");
	cfg_close(c);
	if (ret < 0)
		return failed();
	answer_text(q, path);
	return 0;
}

static int ask_name(struct query *q)
{
	struct cfg *c = guest(q);
	tool_auto_free char *name = cfg_guest_name(c);

	answer_text(q, name);
	cfg_close(c);
	return 0;
}

static int ask_cfgdir(struct query *q)
{
	struct cfg *c = guest(q);

	answer_text(q, c->path);
	cfg_close(c);
	return 0;
}

static int ask_appdir(struct query *q)
{
	struct cfg *c = guest(q);
	char key[PATH_MAX];
	tool_auto_free char *path = NULL;

	snprintf(key, sizeof(key), "apps%s%s", q->args[0] ? "/" : "",
		 q->args[0] ? q->args[0] : "");
	path = cfg_path(c, key);
	cfg_close(c);
	if (!path || access(path, F_OK) < 0) {
		warn_errno("%s", path ? path : key);
		return -1;
	}
	answer_text(q, path);
	return 0;
}

static pid_t pid_argument(const struct query *q)
{
	return strcmp(q->id, "-") ?
	       (pid_t)tool_u64(q->id, "process", 0, INT_MAX) : 0;
}

static int answer_id(struct query *q, int id, const char *function)
{
	if (id < 0) {
		warn_vc(function);
		return -1;
	}
	answer_number(q, "%" PRIu64, id);
	return 0;
}

static int ask_xid(struct query *q)
{
	return answer_id(q, vc_task_xid(pid_argument(q)), "vc_task_xid");
}

static int ask_nid(struct query *q)
{
	return answer_id(q, vc_task_nid(pid_argument(q)), "vc_task_nid");
}

static int ask_tag(struct query *q)
{
	return answer_id(q, vc_task_tag(pid_argument(q)), "vc_task_tag");
}

static int answer_init(struct query *q, uint32_t xid)
{
	struct vcmd_vx_info info;

	if (vc_vx_info(xid, &info) < 0) {
		warn_vc("vc_vx_info");
		return -1;
	}
	if (!info.initpid) {
		warn("context %" PRIu32 " has no init", xid);
		return -1;
	}
	answer_number(q, "%" PRIu64, info.initpid);
	return 0;
}

static int ask_initpid(struct query *q)
{
	return answer_init(q, tool_xid(q->id));
}

static int ask_initpid_pid(struct query *q)
{
	int xid = vc_task_xid(pid_argument(q));

	if (xid < 0) {
		warn_vc("vc_task_xid");
		return -1;
	}
	return answer_init(q, xid);
}

static int ask_pxid(struct query *q)
{
	/* Contexts have no parents; scripts expect a refusal. */
	warn("%s: contexts have no parent", q->id);
	return -1;
}

static int one_name(struct query *q, uint32_t xid, const char *field)
{
	char value[VC_VHI_NAME_LEN];
	int number = vc_vhi_field(field);

	if (number < 0) {
		warn("%s: no such field", field);
		return -1;
	}
	if (vc_get_vhi_name(xid, number, value, sizeof(value)) < 0) {
		warn_vc("vc_get_vhi_name");
		return -1;
	}
	answer_text(q, value);
	return 0;
}

static int ask_uts(struct query *q)
{
	uint32_t xid = tool_xid(q->id);
	const char *field;
	size_t size;
	FILE *f;

	if (q->args[0])
		return one_name(q, xid, q->args[0]);
	f = open_memstream(&q->text, &size);
	if (!f)
		die_errno("memory");
	q->json = json_object_new_object();
	for (unsigned int i = 0; (field = vc_vhi_field_name(i)) != NULL; i++) {
		char value[VC_VHI_NAME_LEN];
		bool ok = vc_get_vhi_name(xid, i, value, sizeof(value)) == 0;

		fprintf(f, "%s%s", i ? " " : "", ok ? value : "???");
		json_object_object_add(q->json, field,
				       ok ? json_object_new_string(value) : NULL);
	}
	fclose(f);
	return 0;
}

static void list_addresses(struct query *q, const struct guest_address *v, size_t n)
{
	size_t size;
	FILE *f = open_memstream(&q->text, &size);

	if (!f)
		die_errno("memory");
	q->json = json_object_new_array();
	for (size_t i = 0; i < n; i++) {
		fprintf(f, "%s%s", i ? " " : "", v[i].text);
		json_object_array_add(q->json, json_object_new_string(v[i].text));
	}
	fclose(f);
}

static int ask_address(struct query *q)
{
	struct cfg *c = guest(q);
	struct guest_address *v = NULL;
	uint32_t xid, nid;
	size_t n = 0;
	int set = cfg_running(c, &xid);

	if (set > 0 && guest_addresses(c, xid, &nid, &v, &n) < 0)
		set = -1;
	cfg_close(c);
	if (set < 0)
		return failed();
	if (!set) {
		warn("%s: the guest is not running", q->id);
		return -1;
	}
	list_addresses(q, v, n);
	free(v);
	return 0;
}

static int ask_canonify(struct query *q)
{
	tool_auto_free char *text = cfg_canonify(q->id);

	answer_text(q, text);
	return 0;
}

const struct tag info_guest_tags[] = {
	{ "CONTEXT", "[STATIC]", "xid of a guest; STATIC false: only if it runs", ask_context },
	{ "ID", "", "configuration directory of an xid", ask_id },
	{ "RUNNING", "", "1 if the guest runs", ask_running },
	{ "ADDRESS", "", "addresses that a running guest owns", ask_address },
	{ "VDIR", "[1]", "root directory of a guest; 1: without links", ask_vdir },
	{ "NAME", "", "name of a guest", ask_name },
	{ "CFGDIR", "", "its configuration directory", ask_cfgdir },
	{ "APPDIR", "[APP]", "configuration of an application, if it exists", ask_appdir },
	{ "CANONIFY", "", "name reduced to letters and digits, for lock files", ask_canonify },
	{ "UTS", "[FIELD]", "names that the context shows", ask_uts },
	{ "INITPID", "", "init process of an xid", ask_initpid },
	{ "INITPID_PID", "", "init process of the context of a process", ask_initpid_pid },
	{ "XID", "", "context of a process; - is the caller", ask_xid },
	{ "NID", "", "network context of a process", ask_nid },
	{ "TAG", "", "tag of a process", ask_tag },
	{ "PXID", "", "parent context: never there", ask_pxid },
	{ NULL, NULL, NULL, NULL }
};
