// SPDX-License-Identifier: GPL-2.0-only
/*
 * vshelper ACTION XID: the program the kernel runs when a guest calls reboot(2), and when a
 * context loses its last task.
 *
 * It runs as root in the host with two words from the kernel. What it does is looked up in
 * the host's files by the number; nothing that a guest can write is used as a path, a name
 * or an argument. The action becomes a file name, so it must look like one.
 *
 * What to do stands in /run/vshelper/XID (config.md 6), written at the end of a start and at
 * the beginning of a stop:
 *   default	the guest asks: restart or stop it, or do what apps/vshelper says
 *   async	a stop is going on and waits for the context's end: end it
 *   sync	the same, and tell so through a fifo
 *   other	a program of that name in .defaults/apps/vshelper-methods
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include <vserver.h>

#include "config/config.h"
#include "tool.h"

#define DEFAULT_TIMEOUT	30	/* seconds, as for the stop itself */

static const struct tool tool = {
	.name = "vshelper",
	.about = "act on what a guest asks the kernel for",
	.usage =
"Usage: vshelper ACTION XID\n"
"Run by the kernel (sysctl kernel.vshelper) when a guest restarts, halts or ends.\n"
"What happens is told by apps/vshelper of the guest and of .defaults; see vshelper(8).\n"
"\n"
"Example: vshelper restart 40000\n",
	.fail = 1,
	.bad_usage = 1,
};

static const struct option options[] = { TOOL_OPTIONS };

struct event {
	const char *action;
	const char *xid_text;
	uint32_t xid;
	char **argv;
	struct cfg *guest;
};

/* --- surroundings -------------------------------------------------------------------- */

/* The kernel gives no descriptors at all: 0, 1 and 2 must not become somebody's file. */
static void set_up_stdio(void)
{
	int null = open("/dev/null", O_RDWR), log;
	char *path;

	while (null >= 0 && null <= 2)
		null = dup(null);
	if (isatty(STDIN_FILENO) || isatty(STDERR_FILENO))
		return;
	path = cfg_defaults() ? cfg_path(cfg_defaults(), "apps/vshelper/logfile") : NULL;
	log = path ? open(path, O_WRONLY | O_APPEND | O_NOCTTY | O_CLOEXEC) : -1;
	if (log >= 0) {
		dup2(log, STDOUT_FILENO);
		dup2(log, STDERR_FILENO);
	}
	free(path);
}

static void log_call(int argc, char **argv)
{
	char stamp[32];
	time_t now = time(NULL);
	struct tm tm;

	localtime_r(&now, &tm);
	strftime(stamp, sizeof(stamp), "%Y-%m-%d %H:%M:%S", &tm);
	fprintf(stderr, "%s vshelper", stamp);
	for (int i = 1; i < argc; i++)
		fprintf(stderr, " %s", argv[i]);
	fputc('\n', stderr);
}

/* A word that may be a file name: the kernel's actions and the configured ones are. */
static bool is_word(const char *text)
{
	size_t n = strspn(text, "abcdefghijklmnopqrstuvwxyz"
				"ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_");

	return n && n < 64 && !text[n];
}

static bool parse_xid(const char *text, uint32_t *xid)
{
	size_t n = strspn(text, "0123456789");
	unsigned long v;

	if (!n || n > 5 || text[n])
		return false;
	v = strtoul(text, NULL, 10);
	*xid = (uint32_t)v;
	return v >= VS_XID_MIN && v <= VS_XID_MAX;
}

/* --- programs of the admin ----------------------------------------------------------- */

/* Becomes PATH with our own arguments, if it is a program; returns if it isn't. */
static void try_program(char *path, const struct event *e)
{
	struct stat st;

	if (!path)
		return;
	if (!stat(path, &st) && S_ISREG(st.st_mode) && !access(path, X_OK)) {
		e->argv[0] = path;
		execv(path, e->argv);
		warn_errno("%s", path);
		exit(1);
	}
	free(path);
}

static char *key_path(const struct cfg *c, const char *dir, const char *word)
{
	char *key, *path = NULL;

	if (!c || asprintf(&key, "%s/%s", dir, word) < 0)
		return NULL;
	path = cfg_path(c, key);
	free(key);
	return path;
}

static char *lib_path(const char *dir, const char *word)
{
	char *path;

	return asprintf(&path, "%s/%s/%s", cfg_libexecdir(), dir, word) < 0 ? NULL : path;
}

static void try_delegate(const struct event *e)
{
	try_program(key_path(cfg_defaults(), "apps/vshelper-delegate", e->action), e);
	try_program(lib_path("vshelper-delegate", e->action), e);
}

/* A method, or an action word, that is not built in. */
static int run_method(const struct event *e, const char *word)
{
	if (!is_word(word))
		die("%s: bad method '%s'", e->guest->path, word);
	setenv("VSERVER", e->guest->path, 1);
	try_program(key_path(cfg_defaults(), "apps/vshelper-methods", word), e);
	try_program(lib_path("vshelper-methods", word), e);
	die("%s: unknown method '%s'", e->guest->path, word);
}

/* --- the built-in method ------------------------------------------------------------- */

static void exec_vserver(const struct event *e, const char *verb, const char *option)
{
	const char *dir = getenv("VSERVER_SBINDIR");
	char *path;

	if (asprintf(&path, "%s/vserver", dir ? dir : "/usr/sbin") < 0)
		_exit(127);
	execl(path, path, "--defaulttty", "--", e->guest->path, verb, option, NULL);
	warn_errno("%s", path);
	_exit(127);
}

/* Starts `vserver GUEST VERB` in a session of its own: it outlives us and the guest. */
static pid_t spawn_vserver(const struct event *e, const char *verb, const char *option)
{
	pid_t pid = fork();

	if (pid < 0)
		die_errno("fork");
	if (!pid) {
		setsid();
		exec_vserver(e, verb, option);
	}
	return pid;
}

static unsigned int sync_timeout(const struct event *e)
{
	char *text = NULL;
	long n = DEFAULT_TIMEOUT;

	if (cfg_scalar_def(e->guest, "apps/vshelper/sync-timeout", "apps/vshelper/sync-timeout",
			   &text) > 0) {
		n = strtol(text, NULL, 10);
		if (n < 0 || n > 24 * 3600)
			n = DEFAULT_TIMEOUT;
	}
	free(text);
	return (unsigned int)n;
}

/*
 * Waits until the stop has come to the point where it waits for the context's end: it writes
 * to the fifo then. Or until it is over, or the time is up (false).
 */
static bool wait_for_stop(int fifo, pid_t child, unsigned int seconds)
{
	struct pollfd p[2] = {
		{ .fd = fifo, .events = POLLIN },
		{ .fd = (int)syscall(SYS_pidfd_open, child, 0), .events = POLLIN },
	};
	int r;

	do {
		r = poll(p, 2, (int)seconds * 1000);
	} while (r < 0 && errno == EINTR);
	if (p[1].fd >= 0)
		close(p[1].fd);
	return r > 0;
}

/* A directory with the fifo through which `vserver stop` says where it is. */
static int make_fifo(char **dir, char **path)
{
	int fd;

	if (asprintf(dir, "%s/stop-sync.XXXXXX", cfg_helperdir()) < 0 || !mkdtemp(*dir))
		die_errno("%s: directory for the fifo", cfg_helperdir());
	if (asprintf(path, "%s/pipe", *dir) < 0)
		die_errno("memory");
	/* for both directions, so that neither side waits for the other to open it */
	fd = mkfifo(*path, 0600) ? -1 : open(*path, O_RDWR | O_NONBLOCK | O_CLOEXEC);
	if (fd < 0)
		warn_errno("%s", *path);
	return fd;
}

/*
 * VERB is "restart" or "stop". Returns when only the guest's end is left to wait for: the
 * stop waits for it, and the kernel's end of the context waits for us. Killing who is left
 * is the stop's work: it holds the guest's lock, so it can't hit a guest started anew.
 */
static int stop_guest(const struct event *e, const char *verb)
{
	char *dir, *path;
	int fifo = make_fifo(&dir, &path), ret = 1;

	if (fifo >= 0) {
		setenv("VSHELPER_STOP_SYNC", path, 1);
		if (wait_for_stop(fifo, spawn_vserver(e, verb, NULL), sync_timeout(e)))
			ret = 0;
		else
			warn("%s: its stop has not come to an end in time", e->guest->path);
		close(fifo);
	}
	unlink(path);
	rmdir(dir);
	return ret;
}

static int builtin_restart(const struct event *e)
{
	if (!strcmp(e->action, "restart"))
		return stop_guest(e, "restart");
	if (!strcmp(e->action, "halt") || !strcmp(e->action, "poweroff"))
		return stop_guest(e, "stop");
	if (!strcmp(e->action, "shutdown")) {
		/*
		 * Only to clean up, and not if somebody started it again meanwhile. In the
		 * background: the kernel waits for us, and the stop for the kernel.
		 */
		spawn_vserver(e, "stop", "--dead");
		return 0;
	}
	if (!strcmp(e->action, "swsusp") || !strcmp(e->action, "restart2"))
		return 0;
	warn("%s: nothing to do for '%s'", e->guest->path, e->action);
	return 1;
}

static int handle_default(const struct event *e)
{
	char *word = NULL;

	try_program(key_path(e->guest, "apps/vshelper", e->action), e);
	if (cfg_scalar(e->guest, "apps/vshelper/action", &word) <= 0) {
		try_program(key_path(cfg_defaults(), "apps/vshelper", e->action), e);
		if (cfg_scalar(cfg_defaults(), "apps/vshelper/action", &word) <= 0)
			return builtin_restart(e);
	}
	return strcmp(word, "restart") ? run_method(e, word) : builtin_restart(e);
}

/* --- the other methods --------------------------------------------------------------- */

static int kill_context(const struct event *e)
{
	if (vc_ctx_kill(e->xid, 0, SIGKILL) < 0 && errno != ESRCH)
		die_errno("context %u: kill", e->xid);
	return 0;
}

/* The reader is the stop that made the fifo; it may have given up. */
static int tell(const char *fifo, const char *action)
{
	int fd = fifo ? open(fifo, O_WRONLY | O_NONBLOCK | O_NOFOLLOW | O_CLOEXEC) : -1;
	struct stat st;

	if (fd < 0 || fstat(fd, &st) || !S_ISFIFO(st.st_mode) || dprintf(fd, "%s\n", action) < 0)
		die_errno("%s", fifo ? fifo : "state without a fifo");
	close(fd);
	return 0;
}

static int handle(const struct event *e, const struct cfg_helper *state)
{
	if (!strcmp(state->method, "default"))
		return handle_default(e);
	if (!strcmp(state->method, "async"))
		return kill_context(e);
	if (!strcmp(state->method, "sync"))
		return kill_context(e) || tell(state->fifo, e->action);
	return run_method(e, state->method);
}

/* Does the state belong to this guest, and the guest run with this id? */
static bool state_fits(const struct event *e, const struct cfg_helper *state)
{
	struct stat a, b;
	uint32_t xid;

	if (stat(state->dir, &a) || fstat(e->guest->fd, &b) || a.st_dev != b.st_dev ||
	    a.st_ino != b.st_ino)
		return false;
	return cfg_run_read(e->guest, &xid) == 1 && xid == e->xid;
}

static int dispatch(struct event *e)
{
	struct cfg_helper state;
	int r = cfg_helper_read(e->xid, &state);

	if (r < 0)
		warn("%s", cfg_error());
	if (r <= 0)
		return 0;		/* nobody asked for anything */
	e->guest = cfg_by_xid(e->xid);
	if (!e->guest && !strcmp(e->action, "shutdown"))
		e->guest = cfg_open(state.dir);
	if (!e->guest)
		die("context %u: no guest is responsible", e->xid);
	if (!state_fits(e, &state))
		die("%s: does not run as context %u", e->guest->path, e->xid);
	return handle(e, &state);
}

int main(int argc, char **argv)
{
	struct event e = { .argv = argv };

	tool_init(&tool);
	set_up_stdio();
	/* the kernel's calls have no options; "+": an action is not looked through for any */
	while (tool_getopt(argc, argv, "+", options) != -1)
		;
	log_call(argc, argv);
	if (argc < 3)
		die("two arguments are needed: ACTION XID");
	e.action = argv[1];
	e.xid_text = argv[2];
	if (!is_word(e.action))
		die("bad action");
	if (!parse_xid(e.xid_text, &e.xid))
		die("'%s' is not a context id", e.xid_text);
	if (cfg_bool(cfg_defaults(), "apps/vshelper/disabled"))
		return 0;
	try_delegate(&e);
	/* a context may be made with the helper on; refusing would make that fail */
	if (!strcmp(e.action, "startup") || !strcmp(e.action, "netup") ||
	    !strcmp(e.action, "netdown"))
		return 0;
	return dispatch(&e);
}
