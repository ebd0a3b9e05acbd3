// SPDX-License-Identifier: GPL-2.0-only
/*
 * vspace - make, store or enter spaces (namespaces) of a context
 *
 * --new leaves a parent outside: it passes signals on and ends as its child did.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <linux/sched.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "pty.h"
#include "spaces.h"
#include "tool.h"

static const struct tool tool = {
	.name = "vspace",
	.about = "make, store or enter spaces of a context",
	.fail = 255,
	.bad_usage = 255,
	.usage =
"Usage: vspace --new SPACES [--] COMMAND [ARG]...\n"
"       vspace --enter XID SPACES [--index N] [--] COMMAND [ARG]...\n"
"       vspace --set SPACES [--index N] [--] [COMMAND [ARG]...]\n\n"
"  -n, --new        run COMMAND in new spaces; wait for it\n"
"  -e, --enter XID  run COMMAND in the spaces stored in the context\n"
"  -s, --set        store the present spaces in the caller's context\n"
"  -i, --index N    which set of stored spaces: 0 (default) or 1\n\n"
"SPACES, which add up; --~NAME takes one away:\n"
"  -M, --mount      mounts                -N, --net     network\n"
"  -F, --fs         root directory        -S, --user    users\n"
"  -I, --ipc        System V IPC          -P, --pid     processes\n"
"  -U, --uts        host name             -C, --cgroup  control groups\n"
"  -T, --time       clocks\n"
"      --default    those that guests usually get, without mounts and root\n"
"  -m, --mask NUM   exactly these bits (CLONE_*)\n"
"  --help, --version\n\n"
"Exit status: that of COMMAND; 255: failures of vspace.\n\n"
"Example: vspace --new --uts --ipc -- sh -c 'hostname test; hostname'\n",
};

enum { OPT_DEFAULT = 0x100, OPT_ADD = 0x200, OPT_REMOVE = 0x300 };
enum operation { NONE, NEW, ENTER, SET };

struct job {
	enum operation operation;
	const char *xid;
	uint64_t mask;
	uint32_t index;
	char **argv;
};

#define MAX_SPACES	16
#define MAX_OPTIONS	(2 * MAX_SPACES + 12)

/* The long and short options of the spaces are made from their table. */
static void make_options(struct option *o, char *shorts)
{
	static const struct option fixed[] = {
		{ "new", no_argument, NULL, 'n' },
		{ "enter", required_argument, NULL, 'e' },
		{ "set", no_argument, NULL, 's' },
		{ "index", required_argument, NULL, 'i' },
		{ "mask", required_argument, NULL, 'm' },
		{ "default", no_argument, NULL, OPT_DEFAULT },
		TOOL_OPTIONS
	};
	static char removers[MAX_SPACES][16];

	shorts = stpcpy(shorts, "+ne:si:m:");
	for (int i = 0; space_names[i].name && i < MAX_SPACES; i++) {
		snprintf(removers[i], sizeof(removers[i]), "~%s", space_names[i].name);
		*o++ = (struct option) { space_names[i].name, no_argument, NULL, OPT_ADD + i };
		*o++ = (struct option) { removers[i], no_argument, NULL, OPT_REMOVE + i };
		*shorts++ = space_names[i].letter;
	}
	*shorts = '\0';
	memcpy(o, fixed, sizeof(fixed));
}

static void set_operation(struct job *j, enum operation operation)
{
	if (j->operation != NONE)
		die_usage("only one of --new, --enter, --set");
	j->operation = operation;
}

static void set_space_option(struct job *j, int c)
{
	for (int i = 0; space_names[i].name; i++) {
		if (c == OPT_ADD + i || c == space_names[i].letter)
			j->mask |= space_names[i].bit;
		else if (c == OPT_REMOVE + i)
			j->mask &= ~space_names[i].bit;
	}
}

static void set_option(struct job *j, int c)
{
	switch (c) {
	case 'n':
		return set_operation(j, NEW);
	case 'e':
		j->xid = optarg;
		return set_operation(j, ENTER);
	case 's':
		return set_operation(j, SET);
	case 'i':
		j->index = (uint32_t)tool_u64(optarg, "--index", 0, 1);
		return;
	case 'm':
		j->mask = tool_u64(optarg, "--mask", 0, UINT64_MAX);
		return;
	case OPT_DEFAULT:
		j->mask |= space_default();
		return;
	default:
		set_space_option(j, c);
	}
}

static void check(const struct job *j)
{
	if (j->operation == NONE)
		die_usage("one of --new, --enter, --set is needed");
	if (j->operation != SET && !*j->argv)
		die_usage("no command given");
	/* To the kernel an empty mask would mean "all that is stored". */
	if (!j->mask)
		die_usage("no spaces given");
}

/* The child may have gone into a context by now, where kill() from outside may not reach. */
static void forward(pid_t child, int sig)
{
	int xid = vc_task_xid(child);

	if (xid > 1)
		vc_ctx_kill((uint32_t)xid, child, sig);
	else
		kill(child, sig);
}

/* Ends or stops as the child does: a shell's job control must see one job. */
static void child_changed(pid_t child)
{
	int status;

	if (waitpid(child, &status, WNOHANG | WUNTRACED) != child)
		return;
	if (!WIFSTOPPED(status))
		pty_end_like(status);
	raise(SIGSTOP);
	forward(child, SIGCONT);
}

static noreturn void serve(pid_t child, const sigset_t *all)
{
	siginfo_t info;

	for (;;) {
		if (sigwaitinfo(all, &info) < 0)
			continue;
		if (info.si_signo == SIGCHLD) {
			child_changed(child);
		} else if (info.si_code != SI_KERNEL) {
			/* What the terminal sends to the group reaches the child by itself. */
			forward(child, info.si_signo);
		}
	}
}

static noreturn void run_new(const struct job *j)
{
	/* As a flag of clone, FS would make both halves share their root. */
	struct clone_args args = {
		.flags = j->mask & ~(uint64_t)CLONE_FS,
		.exit_signal = SIGCHLD,
	};
	sigset_t all, before;
	long pid;

	tool_flush();
	sigfillset(&all);
	sigprocmask(SIG_BLOCK, &all, &before);
	/* Inherited as "ignored" it would lose the child's status. */
	signal(SIGCHLD, SIG_DFL);
	pid = syscall(SYS_clone3, &args, sizeof(args));
	if (pid < 0)
		die_errno("new spaces %#llx", (unsigned long long)args.flags);
	if (!pid) {
		sigprocmask(SIG_SETMASK, &before, NULL);
		tool_exec(j->argv);
	}
	serve((pid_t)pid, &all);
}

int main(int argc, char **argv)
{
	struct option options[MAX_OPTIONS];
	char shorts[64];
	struct job job = { 0 };
	int c;

	tool_init(&tool);
	make_options(options, shorts);
	while ((c = tool_getopt(argc, argv, shorts, options)) >= 0)
		set_option(&job, c);
	job.argv = argv + optind;
	check(&job);
	switch (job.operation) {
	case NEW:
		run_new(&job);
	case ENTER:
		if (vc_enter_space(tool_xid(job.xid), job.mask, job.index) < 0)
			die_vc("vc_enter_space");
		break;
	default:
		if (vc_set_space(VX_ID_SELF, job.mask, job.index) < 0)
			die_vc("vc_set_space");
	}
	tool_chain(job.argv);
}
