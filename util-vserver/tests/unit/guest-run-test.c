// SPDX-License-Identifier: GPL-2.0-only
/* Scripts of a guest (config.md 1.2) and the output of its start program. */
#include <limits.h>
#include <signal.h>
#include <sys/wait.h>

#include "guest/output.h"
#include "guest/run.h"
#include "tap.h"

static struct guest g;
static char notes[4096];

static void on_note(void *arg, enum guest_note level, const char *text)
{
	(void)arg;
	(void)level;
	strncat(notes, text, sizeof(notes) - strlen(notes) - 2);
	strcat(notes, "\n");
}

static void script(const char *path, const char *text, bool executable)
{
	put(path, text);
	chmod(path, executable ? 0755 : 0644);
}

/* What the scripts wrote since the last call. */
static const char *log_text(void)
{
	static char text[4096];
	int fd = open("log", O_RDONLY);
	ssize_t n = fd < 0 ? 0 : read(fd, text, sizeof(text) - 1);

	text[n < 0 ? 0 : n] = '\0';
	if (fd >= 0)
		close(fd);
	unlink("log");
	return text;
}

static void order(int cwd)
{
	script("conf/g/scripts/pre-start", "echo a $1 $2 >> ../log\n", false);
	script("conf/g/scripts/pre-start.d/20-c", "#!/bin/sh\necho c $1 $2 >> ../log\n", true);
	script("conf/g/scripts/pre-start.d/10-b", "#!/bin/sh\necho b >> ../log\n", true);
	script("conf/g/scripts/pre-start.d/30-d~", "#!/bin/sh\necho backup >> ../log\n", true);
	script("conf/.defaults/scripts/pre-start", "#!/bin/sh\necho default >> ../log\n", true);
	num(run_scripts(&g, "pre-start", cwd), 0, "scripts run");
	is(log_text(), "a pre-start g\nb\nc pre-start g\n",
	   "in order, with arguments and cwd, without backups and without defaults");
	script("conf/g/scripts/pre-start.d/10-b", "DONT_SKIP_DEFAULTS=\n", false);
	run_scripts(&g, "pre-start", cwd);
	is(log_text(), "a pre-start g\nc pre-start g\ndefault\n",
	   "a sourced one can ask for the defaults");
	num(run_scripts(&g, "post-start", cwd), 0, "a flavour without scripts is fine");
	script("conf/.defaults/scripts/post-stop.d/x", "#!/bin/sh\necho dx >> ../log\n", true);
	run_scripts(&g, "post-stop", cwd);
	is(log_text(), "dx\n", "defaults run if the guest has none");
}

static void failing(int cwd)
{
	script("conf/g/scripts/pre-start", "#!/bin/sh\nexit 3\n", true);
	num(run_scripts(&g, "pre-start", cwd), -1, "a script that fails");
	has(cfg_error(), "scripts/pre-start ended with status 3", "is named with its status");
	is(log_text(), "", "and the others don't run");
	script("conf/g/scripts/pre-start", "exit 4\n", false);
	num(run_scripts(&g, "pre-start", cwd), -1, "a sourced script that fails");
	script("conf/g/scripts/pre-start", "#!/bin/sh\nkill -9 $$\n", true);
	num(run_scripts(&g, "pre-start", cwd), -1, "a script that is killed");
	has(cfg_error(), "was killed by signal 9", "is named with the signal");
	script("conf/g/scripts/pre-start", "#!/no/such/shell\n", true);
	num(run_scripts(&g, "pre-start", cwd), -1, "a script without interpreter");
	has(cfg_error(), "scripts/pre-start: can't be run: No such file", "can't be run");
}

static void on_alarm(int sig)
{
	(void)sig;
}

/* Guards against a start that can't be interrupted while a script hangs. */
static void interrupted(int cwd)
{
	static char *const argv[] = { (char *)"sleep", (char *)"60", NULL };
	struct sigaction sa = { .sa_handler = on_alarm };
	int status;

	sigaction(SIGALRM, &sa, NULL);
	ualarm(200000, 0);
	status = run_program(argv, cwd);
	ok(status >= 0 && WIFSIGNALED(status) && WTERMSIG(status) == SIGTERM,
	   "a signal ends a program that is waited for");
}

static void output(void)
{
	int fd = output_make();
	char big[4096];

	dprintf(fd, "one\n\n\033[31mred\033[0m\ttab\ntwo\nthree\n");
	notes[0] = '\0';
	output_show(&g, GUEST_WARNING, fd, 100);
	is(notes, "| one\n| ?[31mred?[0m tab\n| two\n| three\n",
	   "lines of the guest reach the terminal without control characters");
	notes[0] = '\0';
	output_show(&g, GUEST_WARNING, fd, 2);
	is(notes, "| two\n| three\n", "only the last ones if asked");
	memset(big, 'x', sizeof(big));
	for (int i = 0; i < 64; i++)
		if (write(fd, big, sizeof(big)) < 0)
			break;
	ok(lseek(fd, 0, SEEK_END) <= 128 << 10, "a chatty guest can't fill the memory");
	close(fd);
}

int main(void)
{
	int cwd;

	tap_begin();
	put("conf/g/context", "5\n");
	put("conf/.defaults/x", "");
	mkdir("cwd", 0755);
	strcat(strcpy(notes, tap_dir), "/conf");
	setenv("VSERVER_CONFDIR", notes, 1);
	g.cfg = cfg_open_dir("conf/g");
	free(((struct cfg *)g.cfg)->name);
	((struct cfg *)g.cfg)->name = strdup("g");
	g.note = on_note;
	cwd = open("cwd", O_RDONLY | O_DIRECTORY);
	order(cwd);
	failing(cwd);
	interrupted(cwd);
	output();
	return tap_end();
}
