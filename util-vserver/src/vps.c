// SPDX-License-Identifier: GPL-2.0-only
/*
 * vps.c - ps(1) in context 1, with a column for the context
 *
 * ps runs in context 1 and writes into a pipe; the parent stays where it is and
 * asks the kernel for the context of each PID it reads.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <json-c/json.h>

#include "config/config.h"
#include "procwalk.h"
#include "tool.h"
#include "vps-column.h"
#include "watch.h"

static const struct tool tool = {
	.name = "vps",
	.about = "show the processes of all contexts",
	.usage =
		"Usage: vps [ARGUMENT]...\n"
		"       vps --json\n"
		"\n"
		"Runs ps(1) with these arguments in context 1, which sees every process,\n"
		"and adds a column CONTEXT behind PID: number of the context and name of the\n"
		"guest, MAIN for the host, ALL_PROC for context 1, ERR for a process that is\n"
		"gone. ps must be asked for the column PID.\n"
		"\n"
		"  --json              alone: all processes with their contexts\n"
		"  --help, --version   alone: of vps itself\n"
		"\n"
		"Exit: that of ps; 254 for failures of vps.\n"
		"\n"
		"Example: vps axf | grep web\n",
	.fail = 254,
	.bad_usage = 254,
};

/* Names are asked for once: a big guest has many processes. */
static const char *guest_name(uint32_t xid)
{
	static char *names[VS_XID_MAX + 1];

	if (xid > VS_XID_MAX)
		return "";
	if (!names[xid]) {
		names[xid] = cfg_name_by_xid(xid);
		if (!names[xid])
			names[xid] = tool_strdup("");
	}
	return names[xid];
}

static void describe(pid_t pid, pid_t ps, char *text, size_t size)
{
	/* ps itself has ended by the time its own line is read. */
	int xid = pid == ps ? WATCH_XID : vc_task_xid(pid);

	if (xid < 0)
		snprintf(text, size, "%5s", "ERR");
	else if (xid == 0)
		snprintf(text, size, "%5d MAIN", xid);
	else if (xid == WATCH_XID)
		snprintf(text, size, "%5d ALL_PROC", xid);
	else
		snprintf(text, size, "%5d %s", xid, guest_name(xid));
}

static void filter(FILE *in, pid_t ps)
{
	char *line = NULL, text[300];
	size_t room = 0;
	bool any = false;
	int column = -1;

	for (; getline(&line, &room, in) > 0; any = true) {
		int end = column;
		pid_t pid;

		if (column < 0) {
			column = column_find_pid(line);
			if (column >= 0)
				column_write(stdout, line, column, "CONTEXT");
			else
				fputs(line, stdout);
			continue;
		}
		pid = column_read_pid(line, &end);
		text[0] = 0;
		if (pid > 0)
			describe(pid, ps, text, sizeof(text));
		column_write(stdout, line, end, text);
	}
	if (any && column < 0)
		warn("ps printed no column PID: no contexts to show");
	free(line);
}

/* ps cuts its lines at the width of a terminal only: leave room for ours. */
static void set_width(void)
{
	struct winsize size;
	char text[16];

	if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) < 0 ||
	    size.ws_col < 2 * VPS_COLUMN)
		return;
	snprintf(text, sizeof(text), "%d", size.ws_col - VPS_COLUMN);
	setenv("COLUMNS", text, 0);
}

static int run_ps(char **argv)
{
	int ends[2], status;
	pid_t child;
	FILE *in;

	if (pipe2(ends, O_CLOEXEC) < 0 || (child = fork()) < 0)
		die_errno("ps");
	if (child == 0) {
		set_width();
		if (dup2(ends[1], STDOUT_FILENO) < 0)
			die_errno("ps");
		watch_exec("ps", argv);
	}
	close(ends[1]);
	in = fdopen(ends[0], "r");
	if (!in)
		die_errno("ps");
	filter(in, child);
	fclose(in);
	while (waitpid(child, &status, 0) < 0)
		if (errno != EINTR)
			die_errno("ps");
	return WIFEXITED(status) ? WEXITSTATUS(status) : tool.fail;
}

static int add_json(const struct proc_stat *p, void *arg)
{
	struct json_object *o = json_object_new_object();
	const char *name = guest_name(p->xid);
	char state[2] = { p->state, 0 };

	json_object_object_add(o, "pid", json_object_new_int(p->pid));
	json_object_object_add(o, "ppid", json_object_new_int(p->ppid));
	json_object_object_add(o, "xid", json_object_new_int64(p->xid));
	json_object_object_add(o, "guest",
			       *name ? json_object_new_string(name) : NULL);
	json_object_object_add(o, "state", json_object_new_string(state));
	json_object_object_add(o, "command", json_object_new_string(p->comm));
	json_object_array_add(arg, o);
	return 0;
}

static int print_json(void)
{
	struct json_object *list = json_object_new_array();
	struct json_object *top = json_object_new_object();

	watch_enter();
	if (proc_walk(add_json, list) < 0)
		die_errno("/proc");
	json_object_object_add(top, "processes", list);
	tool_json(top);
	return 0;
}

int main(int argc, char **argv)
{
	static const struct option options[] = { TOOL_OPTIONS };
	const char *only = argc == 2 ? argv[1] : "";
	int status;

	tool_init(&tool);
	/* Everything else is for ps, whatever it looks like. */
	if (!strcmp(only, "--help") || !strcmp(only, "--version"))
		tool_getopt(argc, argv, "+", options);
	status = strcmp(only, "--json") ? run_ps(argv) : print_json();
	tool_flush();
	return status;
}
