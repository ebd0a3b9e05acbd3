// SPDX-License-Identifier: GPL-2.0-only
/* vserver(8): finds the guest and hands over to the verb. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "config/config.h"
#include "src/tool.h"
#include "vserver.h"

static int verb_chkconfig(struct vserver_ctx *v, int argc, char **argv)
{
	char **copy = tool_alloc((size_t)argc + 2, sizeof(*copy));
	int r;

	memcpy(copy + 1, argv, ((size_t)argc + 1) * sizeof(*copy));
	copy[0] = (char *)"exec";
	r = verb_exec(v, argc + 1, copy);
	free(copy);
	return r;
}

static const struct {
	const char *name;
	int (*run)(struct vserver_ctx *v, int argc, char **argv);
	bool needs_guest;
} verbs[] = {
	{ "build", verb_build, false },
	{ "start", verb_start, true },
	{ "stop", verb_stop, true },
	{ "restart", verb_restart, true },
	{ "condrestart", verb_condrestart, true },
	{ "enter", verb_enter, true },
	{ "exec", verb_exec, true },
	{ "suexec", verb_suexec, true },
	{ "chkconfig", verb_chkconfig, true },
	{ "status", verb_status, true },
	{ "running", verb_running, true },
	{ "tc", verb_tc, true },
	{ "delete", verb_delete, true },
};

static const struct tool tool = {
	.name = "vserver",
	.about = "builds, starts, stops and enters a guest",
	.usage =
"Usage: vserver [OPTION]... NAME VERB [ARGUMENT]...\n"
"\n"
"NAME is the name of a guest in /etc/vservers, the path of its configuration\n"
"directory, or the context id of a running guest.\n"
"\n"
"  start                start it (start --help: rescue modes)\n"
"  stop                 stop it; no error if it is stopped already\n"
"  restart              stop and start\n"
"  condrestart          the same, but only if it is running\n"
"  enter                a login shell in it, on a terminal of its own\n"
"  exec CMD [ARG]...    run a program in it as root\n"
"  suexec USER CMD ...  run a program in it as USER\n"
"  status [--json]      print its state; exit status 0 running, 3 stopped\n"
"  running              exit status 0 running, 1 stopped\n"
"  tc [apply|clear]     show or change its bandwidth (tc --help)\n"
"  build OPTION...      make a new guest (build --help)\n"
"  delete [--yes]       remove a stopped guest with all its files\n"
"\n"
"  -s, --sync           also run the configured *-sync commands\n"
"  -v, --verbose        print what is done      --silent   print errors only\n"
"      --defaulttty     the guest's stdio is the configured terminal\n"
"      --debug-sysv     start and stop an rc script through /bin/sh -x\n"
"      --json           status and tc as JSON\n"
"\n"
"Exit status: 0 done, 1 failed, 2 usage, 3 stopped (status, tc), 5 no such guest;\n"
"enter, exec and suexec: that of the program.\n"
"\n"
"Example: vserver web build -m debootstrap -- -d bookworm && vserver web start\n",
};

static void message(const struct vserver_ctx *v, FILE *to, const char *fmt, va_list ap)
{
	char text[2048];

	vsnprintf(text, sizeof(text), fmt, ap);
	fflush(stdout);
	fprintf(to, "vserver: %s: %s\n", v->name, text);
}

void vserver_error(const struct vserver_ctx *v, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	message(v, stderr, fmt, ap);
	va_end(ap);
}

void vserver_info(const struct vserver_ctx *v, const char *fmt, ...)
{
	va_list ap;

	if (v->silent)
		return;
	va_start(ap, fmt);
	message(v, stderr, fmt, ap);
	va_end(ap);
}

enum {
	OPT_SILENT = 256, OPT_DEBUG, OPT_DEFAULTTTY, OPT_STRACE, OPT_DEBUG_SYSV, OPT_JSON,
	OPT_NONAMESPACE, OPT_INSECURE,
};

static const struct option options[] = {
	{ "sync", no_argument, NULL, 's' },
	{ "verbose", no_argument, NULL, 'v' },
	{ "silent", no_argument, NULL, OPT_SILENT },
	{ "debug", no_argument, NULL, OPT_DEBUG },
	{ "defaulttty", no_argument, NULL, OPT_DEFAULTTTY },
	{ "strace", no_argument, NULL, OPT_STRACE },
	{ "debug-sysv", no_argument, NULL, OPT_DEBUG_SYSV },
	{ "json", no_argument, NULL, OPT_JSON },
	/* Four dashes on the command line: getopt takes two of them away. */
	{ "nonamespace", no_argument, NULL, OPT_NONAMESPACE },
	{ "--nonamespace", no_argument, NULL, OPT_NONAMESPACE },
	{ "--insecure", no_argument, NULL, OPT_INSECURE },
	TOOL_OPTIONS
};

static void parse_options(struct vserver_ctx *v, int argc, char **argv)
{
	int c;

	while ((c = tool_getopt(argc, argv, "+sv", options)) != -1) {
		switch (c) {
		case 's':
			v->sync = true;
			break;
		case 'v':
			v->verbose = true;
			break;
		case OPT_SILENT:
			v->silent = true;
			break;
		case OPT_DEBUG:
			v->debug = true;
			v->verbose = true;
			break;
		case OPT_DEFAULTTTY:
			v->defaulttty = true;
			break;
		case OPT_STRACE:
			v->strace = true;
			break;
		case OPT_DEBUG_SYSV:
			v->debug_sysv = true;
			break;
		case OPT_JSON:
			v->json = true;
			break;
		case OPT_NONAMESPACE:
			/* Told old scripts that the namespace is entered; ours see to it. */
			break;
		case OPT_INSECURE:
			v->insecure = true;
			break;
		}
	}
}

static int find_verb(const char *name)
{
	for (size_t i = 0; i < sizeof(verbs) / sizeof(verbs[0]); i++)
		if (!strcmp(verbs[i].name, name))
			return (int)i;
	return -1;
}

static bool wants_help(int argc, char **argv)
{
	return argc > 1 && (!strcmp(argv[1], "--help") || !strcmp(argv[1], "--list-steps"));
}

static int run_verb(struct vserver_ctx *v, int argc, char **argv)
{
	int verb = find_verb(argv[0]), r;

	if (verb >= 0 && (!verbs[verb].needs_guest || wants_help(argc, argv))) {
		v->cfg = cfg_open(v->name);
		r = verbs[verb].run(v, argc, argv);
	} else {
		v->cfg = cfg_open(v->name);
		if (!v->cfg) {
			warn("%s", cfg_error());
			return VSERVER_NO_GUEST;
		}
		if (verb < 0)
			die_usage("unknown command '%s'", argv[0]);
		r = verbs[verb].run(v, argc, argv);
	}
	tool_flush();
	cfg_close(v->cfg);
	return r;
}

/* What a careless caller may have left us must not reach the guest or confuse our waiting. */
static void clean_start(void)
{
	int fd;

	/* Descriptors 0 to 2 must be taken, or a file of ours becomes standard output. */
	do {
		fd = open("/dev/null", O_RDWR);
	} while (fd >= 0 && fd <= STDERR_FILENO);
	if (fd >= 0)
		close(fd);
	signal(SIGCHLD, SIG_DFL);
	umask(022);
}

int main(int argc, char **argv)
{
	struct vserver_ctx v = { 0 };

	clean_start();
	tool_init(&tool);
	parse_options(&v, argc, argv);
	argc -= optind;
	argv += optind;
	if (argc < 2)
		die_usage(argc ? "no command for guest '%s'" : "no guest and no command", argv[0]);
	v.name = argv[0];
	/* The verbs parse words of their own: 0 makes getopt begin anew. */
	optind = 0;
	return run_verb(&v, argc - 1, argv + 1);
}
