// SPDX-License-Identifier: GPL-2.0-only
/*
 * vserver-stat.c - one line per context: processes, memory, time
 *
 * Two sources. A child that moves to context 1, where everything is seen, adds
 * up /proc/PID/stat; it knows the host and every context with processes. For a
 * guest the kernel's own counters are better, since they remember processes
 * that are gone; they are taken where the kernel answers all of them.
 */
#define _GNU_SOURCE
#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <json-c/json.h>

#include "config/config.h"
#include "procwalk.h"
#include "stat-format.h"
#include "tool.h"
#include "watch.h"

#define MAX_CPUS	1024	/* as far as old tools ask */

static const struct tool tool = {
	.name = "vserver-stat",
	.about = "show processes, memory and time of each context",
	.usage =
		"Usage: vserver-stat [OPTION]...\n"
		"\n"
		"  -j, --json        exact numbers: bytes and milliseconds\n"
		"  -O, --sort KEY    accepted and ignored: lines are sorted by context\n"
		"      --help, --version\n"
		"\n"
		"Columns: context, processes, address space, resident memory, time in user\n"
		"mode and in the kernel, age, name of the guest. Context 0 is the host.\n"
		"Exit: 0 done, 1 failure or bad usage.\n"
		"\n"
		"Example: vserver-stat --json | jq '.contexts[] | {name, rss}'\n",
	.fail = 1,
	.bad_usage = 1,
};

/* ---- adding up processes, in the child ------------------------------------ */

struct sums {
	struct stat_row *rows;		/* by xid */
	uint64_t now, hz, page;		/* ticks since boot, ticks per second */
};

static int add_process(const struct proc_stat *p, void *arg)
{
	struct sums *sums = arg;
	struct stat_row *row;
	uint64_t age;

	/* This helper process itself is nobody's business. */
	if (p->xid > VS_XID_MAX || p->pid == getpid())
		return 0;
	row = &sums->rows[p->xid];
	row->xid = p->xid;
	row->processes++;
	row->vsz += p->vsize;
	row->rss += p->rss * sums->page;
	row->user_ms += p->utime * 1000 / sums->hz;
	row->system_ms += p->stime * 1000 / sums->hz;
	age = sums->now > p->start ? sums->now - p->start : 0;
	if (age * 1000 / sums->hz > row->uptime_ms)
		row->uptime_ms = age * 1000 / sums->hz;
	return 0;
}

static noreturn void walk_child(int out)
{
	struct sums sums = {
		.rows = tool_alloc(VS_XID_MAX + 1, sizeof(struct stat_row)),
		.hz = sysconf(_SC_CLK_TCK),
		.page = sysconf(_SC_PAGESIZE),
	};
	struct timespec ts;
	FILE *f = fdopen(out, "w");

	watch_enter();
	clock_gettime(CLOCK_BOOTTIME, &ts);
	sums.now = ts.tv_sec * sums.hz + ts.tv_nsec * sums.hz / 1000000000;
	if (!f || proc_walk(add_process, &sums) < 0)
		die_errno("/proc");
	for (size_t i = 0; i <= VS_XID_MAX; i++)
		if (sums.rows[i].processes)
			fwrite(&sums.rows[i], sizeof(struct stat_row), 1, f);
	if (fclose(f))
		die_errno("result");
	exit(0);
}

/* ---- the table, in the host ------------------------------------------------ */

struct table {
	struct stat_row *rows;
	size_t n, room;
};

static struct stat_row *add_row(struct table *t)
{
	if (t->n == t->room) {
		t->room = t->room ? 2 * t->room : 64;
		t->rows = reallocarray(t->rows, t->room, sizeof(*t->rows));
		if (!t->rows)
			die_errno("memory");
	}
	return memset(&t->rows[t->n++], 0, sizeof(*t->rows));
}

static void walk(struct table *t)
{
	struct stat_row row;
	int ends[2], status;
	pid_t child;
	FILE *f;

	fflush(NULL);
	if (pipe2(ends, O_CLOEXEC) < 0 || (child = fork()) < 0)
		die_errno("helper process");
	if (child == 0) {
		close(ends[0]);
		walk_child(ends[1]);
	}
	close(ends[1]);
	f = fdopen(ends[0], "r");
	if (!f)
		die_errno("helper process");
	while (fread(&row, sizeof(row), 1, f) == 1)
		*add_row(t) = row;
	fclose(f);
	while (waitpid(child, &status, 0) < 0)
		if (errno != EINTR)
			die_errno("helper process");
	/* It has said why. */
	if (status)
		exit(tool.fail);
}

static int kernel_limit(uint32_t xid, uint32_t id, uint64_t *value)
{
	struct vcmd_rlimit_stat stat = { .id = id };

	if (vc_rlimit_stat(xid, &stat) < 0)
		return -1;
	*value = stat.value;
	return 0;
}

static int kernel_times(uint32_t xid, uint64_t *user_ms, uint64_t *system_ms)
{
	int cpu;

	*user_ms = *system_ms = 0;
	/* Numbers are contiguous: the first refusal is the end. */
	for (cpu = 0; cpu < MAX_CPUS; cpu++) {
		struct vcmd_sched_info info = { .cpu_id = cpu };

		if (vc_sched_info(xid, &info) < 0)
			break;
		*user_ms += info.user_msec;
		*system_ms += info.sys_msec;
	}
	return cpu ? 0 : -1;
}

/* Return: 0, or -1 when the kernel doesn't count everything itself. */
static int kernel_figures(uint32_t xid, struct stat_row *row)
{
	uint64_t page = sysconf(_SC_PAGESIZE), processes;
	struct vcmd_virt_stat virt;

	if (vc_virt_stat(xid, &virt) < 0 ||
	    kernel_limit(xid, RLIMIT_NPROC, &processes) < 0 ||
	    kernel_limit(xid, RLIMIT_AS, &row->vsz) < 0 ||
	    kernel_limit(xid, RLIMIT_RSS, &row->rss) < 0 ||
	    kernel_times(xid, &row->user_ms, &row->system_ms) < 0)
		return -1;
	row->xid = xid;
	row->processes = processes;
	row->vsz *= page;
	row->rss *= page;
	row->uptime_ms = virt.uptime / 1000000;
	return 0;
}

static struct stat_row *find_row(struct table *t, uint32_t xid)
{
	for (size_t i = 0; i < t->n; i++)
		if (t->rows[i].xid == xid)
			return &t->rows[i];
	return NULL;
}

/* A persistent context; -1: it is gone meanwhile. */
static int without_process(uint32_t xid, struct stat_row *row)
{
	struct vcmd_ctx_stat stat;
	struct vcmd_virt_stat virt;

	if (vc_ctx_stat(xid, &stat) < 0)
		return -1;
	*row = (struct stat_row){ .xid = xid };
	if (!vc_virt_stat(xid, &virt))
		row->uptime_ms = virt.uptime / 1000000;
	return 0;
}

/* The directory also knows contexts that live without a process. */
static void ask_kernel(struct table *t)
{
	DIR *dir = opendir("/proc/virtual");
	struct dirent *entry;

	if (!dir)
		return;
	while ((entry = readdir(dir)) != NULL) {
		struct stat_row row = { 0 }, *known;
		uint32_t xid;

		if (!isdigit((unsigned char)entry->d_name[0]))
			continue;
		xid = strtoul(entry->d_name, NULL, 10);
		known = find_row(t, xid);
		if (!kernel_figures(xid, &row))
			*(known ? known : add_row(t)) = row;
		else if (!known && !without_process(xid, &row))
			*add_row(t) = row;
	}
	closedir(dir);
}

static int by_xid(const void *a, const void *b)
{
	const struct stat_row *x = a, *y = b;

	return (x->xid > y->xid) - (x->xid < y->xid);
}

/* ---- output ----------------------------------------------------------------- */

static char *name_of(uint32_t xid)
{
	if (xid == 0)
		return tool_strdup("root server");
	if (xid == WATCH_XID)
		return tool_strdup("monitoring server");
	return cfg_name_by_xid(xid);
}

static void print_table(const struct table *t)
{
	char text[256];

	puts(stat_header);
	for (size_t i = 0; i < t->n; i++) {
		tool_auto_free char *name = name_of(t->rows[i].xid);

		stat_line(&t->rows[i], name ? name : "", text, sizeof(text));
		puts(text);
	}
}

static struct json_object *json_row(const struct stat_row *row)
{
	tool_auto_free char *name = name_of(row->xid);
	struct json_object *o = json_object_new_object();

	json_object_object_add(o, "xid", json_object_new_int64(row->xid));
	json_object_object_add(o, "name",
			       name ? json_object_new_string(name) : NULL);
	json_object_object_add(o, "processes",
			       json_object_new_int64(row->processes));
	json_object_object_add(o, "vsz", json_object_new_uint64(row->vsz));
	json_object_object_add(o, "rss", json_object_new_uint64(row->rss));
	json_object_object_add(o, "user_ms",
			       json_object_new_uint64(row->user_ms));
	json_object_object_add(o, "system_ms",
			       json_object_new_uint64(row->system_ms));
	json_object_object_add(o, "uptime_ms",
			       json_object_new_uint64(row->uptime_ms));
	return o;
}

static void print_json(const struct table *t)
{
	struct json_object *list = json_object_new_array();
	struct json_object *top = json_object_new_object();

	for (size_t i = 0; i < t->n; i++)
		json_object_array_add(list, json_row(&t->rows[i]));
	json_object_object_add(top, "contexts", list);
	tool_json(top);
}

int main(int argc, char **argv)
{
	static const struct option options[] = {
		{ "json", no_argument, NULL, 'j' },
		{ "sort", required_argument, NULL, 'O' },
		TOOL_OPTIONS
	};
	struct table table = { 0 };
	bool json = false;
	int c;

	tool_init(&tool);
	while ((c = tool_getopt(argc, argv, "jO:", options)) != -1)
		json |= c == 'j';
	if (optind < argc)
		die_usage("%s: unexpected argument", argv[optind]);
	if (vc_get_version() < 0)
		die_vc("vc_get_version");

	walk(&table);
	ask_kernel(&table);
	qsort(table.rows, table.n, sizeof(*table.rows), by_xid);
	if (json)
		print_json(&table);
	else
		print_table(&table);
	tool_flush();
	return 0;
}
