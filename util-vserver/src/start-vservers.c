// SPDX-License-Identifier: GPL-2.0-only
/*
 * start-vservers: start or stop many guests, several at a time, those first that others
 * depend on (apps/init/depends), and stop in the reverse order.
 *
 * A small scheduler: every guest is a node that waits until the nodes before it are done;
 * then `vserver NAME start` runs in a child. A guest whose dependency failed is not started.
 * Stopping goes on: at shutdown a half stopped machine helps nobody.
 */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "config/config.h"
#include "tool.h"

#define DEFAULT_JOBS	99

/* Exit statuses of start-vservers; 1 also for usage, as 2 has a meaning of its own. */
enum { ALL_GOOD = 0, NONE_GOOD = 1, SOME_FAILED = 2 };

enum state { WAITING, RUNNING, DONE, FAILED };

/**
 * struct node - a guest to start or stop
 * @name: short name
 * @before: indices of the nodes that must be done first
 * @state: how far it is
 * @visit: colour of the search for cycles: 0 new, 1 on the path, 2 finished
 * @cyclic: lies on a cycle
 * @listed: selected by the user, not only a dependency
 * @pid: the child, while RUNNING
 */
struct node {
	char *name;
	size_t *before, n_before;
	enum state state;
	int visit;
	bool cyclic, listed;
	pid_t pid;
};

static struct {
	struct node *v;
	size_t n;
} nodes;

static struct {
	bool start, stop, all, marked, unmarked, running, stopped, debug;
	const char *mark;
	unsigned int jobs;
} opt = { .jobs = DEFAULT_JOBS };

static volatile sig_atomic_t got_signal;

static const struct option options[] = {
	{ "mark", required_argument, NULL, 'm' },
	{ "start", no_argument, NULL, 'S' },
	{ "stop", no_argument, NULL, 'T' },
	{ "all", no_argument, NULL, 'a' },
	{ "marked", no_argument, NULL, 'M' },
	{ "unmarked", no_argument, NULL, 'U' },
	{ "running", no_argument, NULL, 'R' },
	{ "stopped", no_argument, NULL, 'P' },
	{ "debug", no_argument, NULL, 'D' },
	TOOL_OPTIONS
};

static const struct tool tool = {
	.name = "start-vservers",
	.about = "start or stop guests in the order of their dependencies",
	.usage =
"Usage: start-vservers [OPTION]... [-- NAME...]\n"
"Several guests at a time, in the order of their apps/init/depends.\n"
"\n"
"  --start, --stop      what to do (a program name start-* or stop-* says it too)\n"
"  -m, --mark LIST      guests with one of these marks; !LIST: with none of them\n"
"  --all                all guests\n"
"  --marked, --unmarked guests with any mark, without a mark\n"
"  --running, --stopped guests in this state\n"
"  -j N                 at most N at the same time (default 99)\n"
"  --debug              print what is run\n"
"  --help, --version\n"
"\n"
"A guest must pass all filters given. Guests with a file `disabled` are left out.\n"
"Exit status: 0 all done, 1 none (or bad usage), 2 some failed.\n"
"\n"
"Example: start-vservers --start --mark default -j 4\n",
	.fail = NONE_GOOD,
	.bad_usage = NONE_GOOD,
};

/* --- the graph ----------------------------------------------------------------------- */

static void *xrealloc(void *p, size_t size)
{
	p = realloc(p, size);
	if (!p)
		die_errno("memory");
	return p;
}

static char *xstrdup(const char *s)
{
	char *copy = strdup(s);

	if (!copy)
		die_errno("memory");
	return copy;
}

/* Index of the node NAME, or -1. */
static ssize_t find_node(const char *name)
{
	for (size_t i = 0; i < nodes.n; i++)
		if (!strcmp(nodes.v[i].name, name))
			return (ssize_t)i;
	return -1;
}

static size_t add_node(const char *name, bool listed)
{
	ssize_t i = find_node(name);
	struct node *node;

	if (i < 0) {
		nodes.v = xrealloc(nodes.v, (nodes.n + 1) * sizeof(*nodes.v));
		i = (ssize_t)nodes.n++;
		memset(&nodes.v[i], 0, sizeof(nodes.v[i]));
		nodes.v[i].name = xstrdup(name);
	}
	node = &nodes.v[i];
	node->listed |= listed;
	return (size_t)i;
}

/* Node NODE waits for node FIRST. */
static void add_edge(size_t node, size_t first)
{
	struct node *n = &nodes.v[node];

	n->before = xrealloc(n->before, (n->n_before + 1) * sizeof(*n->before));
	n->before[n->n_before++] = first;
}

static bool is_running(const char *name)
{
	struct cfg *c = cfg_open(name);
	uint32_t xid;
	bool yes = c && cfg_running(c, &xid) == 1;

	if (c)
		cfg_close(c);
	return yes;
}

/* A dependency that may not be started here must run already. */
static bool dependency_usable(const char *name, const char *dep)
{
	struct cfg *c = strchr(dep, '/') ? NULL : cfg_open(dep);
	bool disabled = c && cfg_bool(c, "disabled");

	if (c)
		cfg_close(c);
	if (c && (!disabled || is_running(dep)))
		return true;
	warn("%s: depends on %s, which %s", name, dep, c ? "is disabled" : "does not exist");
	return false;
}

static void read_depends(size_t node)
{
	const char *name = nodes.v[node].name;
	struct cfg *c = cfg_open(name);
	struct cfg_list deps = { };
	int r = c ? cfg_list(c, "apps/init/depends", &deps) : 0;

	if (r < 0) {
		warn("%s", cfg_error());
		nodes.v[node].state = FAILED;
	}
	for (size_t i = 0; r > 0 && i < deps.n; i++) {
		ssize_t other = find_node(deps.v[i]);

		if (opt.stop) {
			if (other >= 0)		/* the others are not to be stopped */
				add_edge((size_t)other, node);
		} else if (dependency_usable(name, deps.v[i])) {
			add_edge(node, add_node(deps.v[i], false));
		} else {
			nodes.v[node].state = FAILED;
		}
	}
	cfg_list_free(&deps);
	if (c)
		cfg_close(c);
}

/* Names of a cycle, from the node that closes it back to it. */
static void report_cycle(const size_t *path, size_t len, size_t first)
{
	size_t start = len;

	while (start && path[start - 1] != first)
		start--;
	fprintf(stderr, "%s: dependency cycle: ", program_invocation_short_name);
	for (size_t i = start - 1; i < len; i++) {
		nodes.v[path[i]].cyclic = true;
		fprintf(stderr, "%s -> ", nodes.v[path[i]].name);
	}
	fprintf(stderr, "%s\n", nodes.v[first].name);
}

static void search_cycles(size_t node, size_t *path, size_t len)
{
	struct node *n = &nodes.v[node];

	path[len++] = node;
	n->visit = 1;
	for (size_t i = 0; i < n->n_before; i++) {
		if (nodes.v[n->before[i]].visit == 1)
			report_cycle(path, len, n->before[i]);
		else if (!nodes.v[n->before[i]].visit)
			search_cycles(n->before[i], path, len);
	}
	n->visit = 2;
}

/*
 * Guests on a cycle can't be started in the wanted order, so they aren't; all others are.
 * To stop them any order will do.
 */
static void resolve_cycles(void)
{
	size_t *path = xrealloc(NULL, (nodes.n + 1) * sizeof(*path));

	for (size_t i = 0; i < nodes.n; i++)
		if (!nodes.v[i].visit)
			search_cycles(i, path, 0);
	free(path);
	for (size_t i = 0; i < nodes.n; i++) {
		if (!nodes.v[i].cyclic)
			continue;
		if (opt.stop)
			nodes.v[i].n_before = 0;
		else
			nodes.v[i].state = FAILED;
	}
}

/* --- selection ----------------------------------------------------------------------- */

static bool list_has(const char *list, const char *word)
{
	size_t len = strlen(word);

	while (*list) {
		size_t n = strcspn(list, ",");

		if (n == len && !strncmp(list, word, n))
			return true;
		list += n + (list[n] == ',');
	}
	return false;
}

/* "a,b": one of them; "!a,b" or "~a,b": none of them. */
static bool mark_matches(const struct cfg_list *marks, const char *list)
{
	bool inverse = *list == '!' || *list == '~';

	for (size_t i = 0; i < marks->n; i++)
		if (list_has(list + inverse, marks->v[i]))
			return !inverse;
	return inverse;
}

static bool passes_marks(const struct cfg *c)
{
	struct cfg_list marks = { };
	bool ok;

	if (!opt.mark && !opt.marked && !opt.unmarked)
		return true;
	if (cfg_list(c, "apps/init/mark", &marks) < 0)
		warn("%s", cfg_error());
	ok = (!opt.mark || mark_matches(&marks, opt.mark)) && (!opt.marked || marks.n) &&
	     (!opt.unmarked || !marks.n);
	cfg_list_free(&marks);
	return ok;
}

static bool passes(const char *name)
{
	struct cfg *c = cfg_open(name);
	bool ok = c && passes_marks(c);

	if (c)
		cfg_close(c);
	if (ok && opt.running != opt.stopped)
		ok = is_running(name) == opt.running;
	return ok;
}

static void select_guests(char **names)
{
	struct cfg_list all = { };

	if (cfg_guests(&all, 0) < 0)
		die("%s", cfg_error());
	for (char **n = names; *n; n++) {
		bool known = false;

		for (size_t i = 0; i < all.n; i++)
			known |= !strcmp(all.v[i], *n);
		if (!known)
			warn("%s: no such guest, or it is disabled: skipped", *n);
		else if (passes(*n))
			add_node(*n, true);
	}
	for (size_t i = 0; !*names && i < all.n; i++)
		if (passes(all.v[i]))
			add_node(all.v[i], true);
	cfg_list_free(&all);
	/* dependencies are appended and get their turn, too */
	for (size_t i = 0; i < nodes.n; i++)
		read_depends(i);
	resolve_cycles();
}

/* --- running ------------------------------------------------------------------------- */

static void exec_vserver(const struct node *n)
{
	const char *dir = getenv("VSERVER_SBINDIR");
	int null = open("/dev/null", O_RDONLY);
	char *path;

	if (null >= 0)
		dup2(null, STDIN_FILENO);
	if (asprintf(&path, "%s/vserver", dir ? dir : "/usr/sbin") < 0)
		_exit(127);
	execl(path, path, "--defaulttty", "--sync", "--", n->name, opt.stop ? "stop" : "start",
	      NULL);
	warn_errno("%s", path);
	_exit(127);
}

static void launch(struct node *n)
{
	if (is_running(n->name) != opt.stop) {
		n->state = DONE;
		return;
	}
	if (opt.debug)
		printf("vserver %s %s\n", n->name, opt.stop ? "stop" : "start");
	fflush(NULL);
	n->pid = fork();
	if (!n->pid)
		exec_vserver(n);
	if (n->pid < 0)
		warn_errno("%s: fork", n->name);
	n->state = n->pid < 0 ? FAILED : RUNNING;
}

static void reap(void)
{
	int status;
	pid_t pid = waitpid(-1, &status, 0);

	for (size_t i = 0; pid > 0 && i < nodes.n; i++) {
		struct node *n = &nodes.v[i];

		if (n->state != RUNNING || n->pid != pid)
			continue;
		n->state = status ? FAILED : DONE;
		if (WIFSIGNALED(status))
			warn("%s: %s killed by signal %d", n->name, opt.stop ? "stop" : "start",
			      WTERMSIG(status));
		else if (status)
			warn("%s: %s failed with status %d", n->name,
			      opt.stop ? "stop" : "start", WEXITSTATUS(status));
	}
}

/* -1: has to wait, 0: can go, 1: a dependency failed */
static int readiness(const struct node *n)
{
	int ready = 0;

	for (size_t i = 0; i < n->n_before; i++) {
		const struct node *b = &nodes.v[n->before[i]];

		if (b->state == FAILED && !opt.stop) {
			warn("%s: not started, because %s is not", n->name, b->name);
			return 1;
		}
		if (b->state == WAITING || b->state == RUNNING)
			ready = -1;
	}
	return ready;
}

/* One pass over those that wait; true if something changed without a child's end. */
static bool launch_ready(unsigned int *active)
{
	bool changed = false;

	*active = 0;
	for (size_t i = 0; i < nodes.n; i++)
		*active += nodes.v[i].state == RUNNING;
	for (size_t i = 0; i < nodes.n && !got_signal; i++) {
		struct node *n = &nodes.v[i];
		int ready;

		if (n->state != WAITING || *active >= opt.jobs)
			continue;
		ready = readiness(n);
		if (ready < 0)
			continue;
		if (ready > 0)
			n->state = FAILED;
		else
			launch(n);
		*active += n->state == RUNNING;
		changed |= n->state != RUNNING;
	}
	return changed;
}

static void run_all(void)
{
	unsigned int active;

	for (;;) {
		while (launch_ready(&active))
			;
		if (!active)
			return;
		reap();
	}
}

static int result(void)
{
	size_t good = 0, bad = 0;

	for (size_t i = 0; i < nodes.n; i++) {
		if (nodes.v[i].state == DONE) {
			good++;
			continue;
		}
		bad++;
		/* behind a second cycle that shares a guest with one that was reported */
		if (nodes.v[i].state == WAITING && !got_signal)
			warn("%s: waits for itself", nodes.v[i].name);
	}
	return !bad ? ALL_GOOD : good ? SOME_FAILED : NONE_GOOD;
}

static void on_signal(int sig)
{
	got_signal = sig;
}

/* The children of a terminal get ^C themselves; we launch no more and wait for them. */
static void catch_signals(void)
{
	struct sigaction sa = { .sa_handler = on_signal };

	sigaction(SIGINT, &sa, NULL);
	sigaction(SIGTERM, &sa, NULL);
	sigaction(SIGHUP, &sa, NULL);
}

/* --- options ------------------------------------------------------------------------- */

static void set_jobs(const char *text)
{
	char *end;
	unsigned long n = strtoul(text, &end, 10);

	if (end == text || *end || *text == '-' || !n || n > 10000)
		die_usage("-j %s: not a number from 1 to 10000", text);
	opt.jobs = (unsigned int)n;
}

static void parse(int argc, char **argv)
{
	int c;

	while ((c = tool_getopt(argc, argv, "m:j:", options)) != -1) {
		switch (c) {
		case 'm':
			opt.mark = optarg;
			break;
		case 'j':
			set_jobs(optarg);
			break;
		case 'S':
		case 'T':
			opt.start = c == 'S';
			opt.stop = c == 'T';
			break;
		case 'a':
			opt.all = true;
			break;
		case 'M':
			opt.marked = true;
			break;
		case 'U':
			opt.unmarked = true;
			break;
		case 'R':
			opt.running = true;
			break;
		case 'P':
			opt.stopped = true;
			break;
		case 'D':
			opt.debug = true;
			break;
		}
	}
}

static void mode_from_name(void)
{
	if (!strncmp(program_invocation_short_name, "start-", 6))
		opt.start = true;
	else if (!strncmp(program_invocation_short_name, "stop-", 5))
		opt.stop = true;
}

int main(int argc, char **argv)
{
	tool_init(&tool);
	mode_from_name();
	parse(argc, argv);
	if (!opt.start && !opt.stop)
		die_usage("neither --start nor --stop");
	if (!argv[optind] && !opt.all && !opt.mark && !opt.marked && !opt.unmarked &&
	    !opt.running && !opt.stopped)
		die_usage("no guests chosen: give names or a filter such as --all");
	select_guests(argv + optind);
	catch_signals();
	run_all();
	if (got_signal)
		warn("ended by signal %d", got_signal);
	return result();
}
