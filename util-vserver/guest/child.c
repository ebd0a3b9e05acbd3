// SPDX-License-Identifier: GPL-2.0-only
/*
 * The guest's first process: from a fork of vserver on the host to the guest's init.
 *
 * Order of the system calls: abi.md 14.1. Until the exec the process is a host program, so it
 * opens nothing of the guest's without openat2 and runs no code of the guest's.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/close_range.h>
#include <linux/sched.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/personality.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/wait.h>

#include <vserver.h>

#include "cgroup.h"
#include "inroot.h"
#include "internal.h"
#include "limits.h"
#include "mounts.h"
#include "network.h"
#include "start.h"

struct child {
	struct start *s;
	struct guest *g;
	int report;
	int go;
	bool created;
};

/* --- steps before the parent's go-ahead -------------------------------------------- */

/* A daemon that starts guests may be protected; the guest must not inherit that. */
static int reset_oom(void)
{
	auto_close int fd = open("/proc/self/oom_score_adj", O_RDWR | O_CLOEXEC);
	char text[16] = "";

	if (fd < 0 || read(fd, text, sizeof(text) - 1) < 0)
		return cfg_fail_errno("/proc/self/oom_score_adj");
	if (text[0] == '-' && pwrite(fd, "0", 1, 0) < 0)
		return cfg_fail_errno("/proc/self/oom_score_adj");
	return 0;
}

static int do_priority(struct child *c)
{
	if (reset_oom() < 0)
		return -1;
	if (c->g->has_ioprio && syscall(SYS_ioprio_set, 1 /* process */, 0, c->g->ioprio) < 0)
		return cfg_fail_errno("ionice");
	if (c->g->has_nice && setpriority(PRIO_PROCESS, 0, c->g->nice) < 0)
		return cfg_fail_errno("nice %d", c->g->nice);
	return 0;
}

static int do_ulimits(struct child *c)
{
	return limits_process(c->g->cfg);
}

static int do_cgroup(struct child *c)
{
	if (c->s->cgroup < 0)
		return 0;
	/* CLONE_INTO_CGROUP has put us there; that directory becomes the namespace's root. */
	return unshare(CLONE_NEWCGROUP) < 0 ? cfg_fail_errno("cgroup namespace") : 0;
}

static int do_shared_net(struct child *c)
{
	if (!c->g->net_of)
		return 0;
	if (vc_enter_space(c->g->net_of, CLONE_NEWNET, 0) < 0)
		return cfg_fail_errno("network namespace of context %u", c->g->net_of);
	return 0;
}

static int do_network(struct child *c)
{
	return network_context(c->g);
}

static int create_failed(uint32_t xid)
{
	int err = errno;
	auto_free char *other = err == EEXIST || err == EBUSY ? cfg_name_by_xid(xid) : NULL;

	if (other)
		return cfg_fail("context id %u is in use by guest '%s'", xid, other);
	errno = err;
	if (err == ENOSYS)
		return cfg_fail("this kernel has no Linux-VServer support");
	return cfg_fail_errno("context id %u", xid);
}

static int do_context(struct child *c)
{
	if (vc_ctx_create(c->g->xid, VXF_INIT_SET) < 0)
		return create_failed(c->g->xid);
	c->created = true;
	return 0;
}

static int do_spaces(struct child *c)
{
	uint64_t mask = c->g->spaces | (c->g->net_of ? CLONE_NEWNET : 0);

	if (vc_set_space(c->g->xid, CLONE_NEWNS | CLONE_FS, 0) < 0)
		return cfg_fail_errno("mount namespace");
	if (mask && vc_set_space(c->g->xid, mask, 0) < 0)
		return cfg_fail_errno("namespaces");
	/* An extension of ours; a kernel without it leaves entering to the cgroup alone. */
	if (c->s->cgroup >= 0 && vc_set_space(c->g->xid, CLONE_NEWCGROUP, 0) < 0 &&
	    errno != EINVAL)
		return cfg_fail_errno("cgroup namespace");
	return 0;
}

static int do_limits(struct child *c)
{
	return limits_context(c->g->cfg, c->g->xid);
}

static int do_sysctl(struct child *c)
{
	return limits_sysctl(c->g->cfg);
}

static int do_names(struct child *c)
{
	static const char *const names[] = { "sysname", "nodename", "release", "version",
					     "machine", "domainname" };

	for (unsigned int i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		auto_free char *key = xasprintf("uts/%s", names[i]);
		auto_free char *text = NULL;
		int r = cfg_text(c->g->cfg, key, &text);

		if (r > 0 && strlen(text) >= VHIN_LEN)
			r = cfg_fail("%s/%s: longer than 64 bytes", c->g->cfg->path, key);
		else if (r > 0 && vc_set_vhi_name(c->g->xid, VHIN_SYSNAME + i, text) < 0)
			r = cfg_fail_errno("%s/%s", c->g->cfg->path, key);
		if (r < 0)
			return -1;
	}
	return 0;
}

static int do_badness(struct child *c)
{
	if (c->g->has_badness && vc_set_badness(c->g->xid, c->g->badness) < 0)
		return cfg_fail_errno("badness %lld", (long long)c->g->badness);
	return 0;
}

static int do_owner(struct child *c)
{
	auto_free char *name = cfg_context_name(c->g->cfg, c->g->xid);

	if (vc_set_vhi_name(c->g->xid, VHIN_CONTEXT, name) < 0)
		return cfg_fail_errno("name of the context");
	return 0;
}

static int do_flags(struct child *c)
{
	uint64_t high = c->g->bcaps >> 32 << 32;
	uint32_t xid = c->g->xid;

	if (vc_set_ccaps(xid, c->g->ccaps, ~0ULL) < 0)
		return cfg_fail_errno("context capabilities");
	if (vc_set_bcaps(xid, c->g->bcaps, ~0ULL) < 0)
		return cfg_fail_errno("capabilities");
	/* From 32 up only what is named in a call of its own counts (vserver.h). */
	if (high && vc_set_bcaps(xid, high, high) < 0)
		return cfg_fail_errno("capabilities");
	if (vc_set_cflags(xid, c->g->cflags, ~(uint64_t)VXF_ONE_TIME) < 0)
		return cfg_fail_errno("context flags");
	if (c->g->umask && vc_set_umask(xid, c->g->umask, ~0ULL) < 0)
		return cfg_fail_errno("umask");
	return 0;
}

static int do_pivot(struct child *c)
{
	if (mounts_pivot(c->g) < 0)
		return -1;
	if (c->g->spaces & CLONE_NEWPID) {
		auto_close int root = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);

		if (root < 0 || mounts_proc(root) < 0)
			return -1;
	}
	if (vc_set_space(c->g->xid, CLONE_NEWNS | CLONE_FS, 1) < 0)
		return cfg_fail_errno("the guest's mount namespace");
	return 0;
}

/* --- steps after it ---------------------------------------------------------------- */

static int open_null(void)
{
	auto_close int root = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);

	return root < 0 ? cfg_fail_errno("the guest's root") : inroot_null(root);
}

static int do_stdio(struct child *c)
{
	auto_close int null = c->s->tty >= 0 ? -1 : open_null();
	int in = c->s->tty >= 0 ? c->s->tty : null;
	int out = c->s->output >= 0 ? c->s->output : in;

	if (in < 0)
		return -1;
	if (dup2(in, 0) < 0 || dup2(out, 1) < 0 || dup2(out, 2) < 0)
		return cfg_fail_errno("standard input and output");
	/* Everything else ends at the exec; the reports need their pipe until then. */
	if (!cfg_bool(c->g->cfg, "keepfds") && !cfg_bool(cfg_defaults(), "keepfds") &&
	    close_range(3, ~0U, CLOSE_RANGE_CLOEXEC) < 0)
		return cfg_fail_errno("descriptors");
	return 0;
}

static int do_personality(struct child *c)
{
	if (c->g->has_personality && personality(c->g->personality) < 0)
		return cfg_fail_errno("personality %#lx", c->g->personality);
	return 0;
}

static int do_seal(struct child *c)
{
	uint64_t mask = VXF_STATE_SETUP;

	if (setgroups(0, NULL) < 0)
		return cfg_fail_errno("supplementary groups");
	/* Who clears STATE_INIT becomes the guest's init. */
	if (c->g->real_init)
		mask |= VXF_STATE_INIT;
	if (vc_set_cflags(c->g->xid, 0, mask) < 0)
		return cfg_fail_errno("end of the set-up");
	return 0;
}

static char **environment(const struct guest *g)
{
	struct cfg_list env = { 0 };

	for (size_t i = 0; i < g->environment.n; i++)
		cfg_list_add(&env, g->environment.v[i], 0);
	if (!strcmp(g->style->name, "sysv")) {
		auto_free char *level = xasprintf("RUNLEVEL=%s", g->level_start);

		cfg_list_add(&env, "PREVLEVEL=N", 0);
		cfg_list_add(&env, level, 0);
	}
	return env.v;
}

static int do_exec(struct child *c)
{
	char *const *argv = c->s->argv;

	environ = environment(c->g);
	umask(022);
	execvp(argv[0], argv);
	return cfg_fail_errno("%s in the guest", argv[0]);
}

/* --- running them ------------------------------------------------------------------ */

/*
 * For ----insecure on a stopped guest: the calling process gets a context with the guest's
 * ids and names around it, in the guest's root without its mounts.
 */
int child_temporary(struct guest *g)
{
	static int (*const todo[])(struct child *c) = { do_network, do_context, do_spaces, do_names,
							do_owner, do_flags, do_pivot, do_seal };
	struct start s = { .g = g, .cgroup = CGROUP_NONE, .tty = -1, .output = -1 };
	struct child c = { .s = &s, .g = g };
	auto_close int root = -1;

	/* Its end is no event for the helper, and it has no init. */
	g->cflags &= ~(uint64_t)(VXF_SC_HELPER | VXF_PERSISTENT);
	g->real_init = false;
	g->spaces &= CLONE_NEWUTS | CLONE_NEWIPC;
	/* Its addresses are not there now, and it would find others in its place. */
	cfg_network_free(&g->net);
	g->nflags &= ~(uint64_t)NXF_PERSISTENT;
	if (mounts_namespace() < 0)
		return -1;
	root = mounts_root(g, NULL);
	if (root < 0 || dev_mount(root, NULL) < 0)
		return -1;
	if (unshare((int)g->spaces) < 0)
		return cfg_fail_errno("namespaces");
	for (size_t i = 0; i < sizeof(todo) / sizeof(todo[0]); i++)
		if (todo[i](&c) < 0)
			return -1;
	return 0;
}

static const struct {
	const char *name;
	int (*run)(struct child *c);
	bool after;
} steps[] = {
	{ "priority", do_priority, false },
	{ "ulimits", do_ulimits, false },
	{ "cgroup-space", do_cgroup, false },
	{ "shared-net", do_shared_net, false },
	{ "network", do_network, false },
	{ "context", do_context, false },
	{ "spaces", do_spaces, false },
	{ "limits", do_limits, false },
	{ "sysctl", do_sysctl, false },
	{ "names", do_names, false },
	{ "badness", do_badness, false },
	{ "owner", do_owner, false },
	{ "flags", do_flags, false },
	{ "pivot", do_pivot, false },
	{ "stdio", do_stdio, true },
	{ "personality", do_personality, true },
	{ "seal", do_seal, true },
	{ "exec", do_exec, true },
};

const char *child_step_name(size_t i)
{
	return i < sizeof(steps) / sizeof(steps[0]) ? steps[i].name : NULL;
}

static void send_report(struct child *c, const char *step)
{
	struct report r = { .created = c->created };

	snprintf(r.step, sizeof(r.step), "%s", step);
	snprintf(r.text, sizeof(r.text), "%s", *step ? cfg_error() : "");
	/* Smaller than PIPE_BUF: all or nothing. A parent that died needs no report. */
	if (write(c->report, &r, sizeof(r)) < 0)
		_exit(1);
}

static void run_steps(struct child *c, bool after)
{
	const char *fail_at = c->s->o->fail_at;

	for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]); i++) {
		bool fail = fail_at && !strcmp(fail_at, steps[i].name);

		if (steps[i].after != after)
			continue;
		/* An exec can't be taken back: there the failure comes before it. */
		if (fail && steps[i].run == do_exec)
			cfg_fail("failed on request");
		else if (steps[i].run(c) == 0 && !fail)
			continue;
		else if (fail)
			cfg_fail("failed on request");
		send_report(c, steps[i].name);
		_exit(1);
	}
}

static void reset_signals(void)
{
	sigset_t none;

	for (int sig = 1; sig < NSIG; sig++)
		if (sig != SIGKILL && sig != SIGSTOP)
			signal(sig, SIG_DFL);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
}

static void child_main(struct child *c)
{
	char go;

	reset_signals();
	/* No ^C of the admin's terminal here: the parent undoes everything in order. */
	setsid();
	run_steps(c, false);
	send_report(c, "");
	if (read(c->go, &go, 1) != 1)
		_exit(1);	/* the parent is gone or gave up */
	run_steps(c, true);
	_exit(1);
}

static pid_t fork_child(struct start *s)
{
	struct clone_args args = {
		/* The cgroup namespace has to wait until the child is in the cgroup. */
		.flags = s->g->spaces & ~(uint64_t)(s->g->net_of ? CLONE_NEWNET : 0),
		.exit_signal = SIGCHLD,
	};

	if (s->cgroup >= 0) {
		args.flags |= CLONE_INTO_CGROUP;
		args.cgroup = (uint64_t)s->cgroup;
	}
	return (pid_t)syscall(SYS_clone3, &args, sizeof(args));
}

/* --- the parent's side ------------------------------------------------------------- */

static int no_report(struct start *s)
{
	int status;

	if (waitpid(s->child, &status, 0) == s->child) {
		s->child = 0;
		if (WIFSIGNALED(status))
			return cfg_fail("the guest's first process was killed by signal %d",
					WTERMSIG(status));
	}
	return cfg_fail("the guest's first process ended without a word");
}

/* 1: a report, 0: end of file, -1: error or interrupted. */
static int receive(struct start *s, struct report *r)
{
	ssize_t n = read(s->from_child, r, sizeof(*r));

	if (n == (ssize_t)sizeof(*r)) {
		s->created |= r->created;
		r->step[sizeof(r->step) - 1] = '\0';
		r->text[sizeof(r->text) - 1] = '\0';
		return 1;
	}
	if (n < 0)
		return errno == EINTR ? cfg_fail("interrupted") : cfg_fail_errno("read");
	return 0;
}

static int failed_step(const struct report *r, const char **step)
{
	for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]); i++)
		if (!strcmp(steps[i].name, r->step))
			*step = steps[i].name;
	return cfg_fail("%s", r->text);
}

int child_create(struct start *s, const char **step)
{
	struct child c = { .s = s, .g = s->g };
	int report[2], go[2], n;
	struct report r;

	if (pipe2(report, O_CLOEXEC) < 0)
		return cfg_fail_errno("pipe");
	if (pipe2(go, O_CLOEXEC) < 0) {
		cfg_fail_errno("pipe");
		close(report[0]);
		close(report[1]);
		return -1;
	}
	c.report = report[1];
	c.go = go[0];
	fflush(NULL);
	s->child = fork_child(s);
	if (s->child == 0) {
		close(report[0]);
		close(go[1]);
		child_main(&c);
	}
	close(report[1]);
	close(go[0]);
	s->from_child = report[0];
	s->to_child = go[1];
	if (s->child < 0) {
		s->child = 0;
		return cfg_fail_errno("can't make the guest's first process");
	}
	n = receive(s, &r);
	if (n == 0)
		return no_report(s);
	if (n < 0)
		return -1;
	return r.step[0] ? failed_step(&r, step) : 0;
}

int child_release(struct start *s, const char **step)
{
	struct report r;
	int n;

	if (write(s->to_child, "", 1) != 1)
		return cfg_fail_errno("the guest's first process is gone");
	n = receive(s, &r);
	return n > 0 ? failed_step(&r, step) : n;
}

void child_undo(struct start *s)
{
	if (s->child > 0) {
		kill(s->child, SIGKILL);
		while (waitpid(s->child, NULL, 0) < 0 && errno == EINTR)
			;
		s->child = 0;
	}
	/* Killed before it could report: the name is set before the flags that make it stay. */
	if (!s->created && s->g->xid && cfg_owns_xid(s->g->cfg, s->g->xid))
		s->created = true;
	if (s->created) {
		/* A persistent context would outlive its processes. */
		vc_set_cflags(s->g->xid, 0, VXF_PERSISTENT | VXF_SC_HELPER);
		vc_ctx_kill(s->g->xid, 1, SIGKILL);
		vc_ctx_kill(s->g->xid, 0, SIGKILL);
	}
	if (s->created && guest_wait_gone(s->g->xid, 10000) != 1)
		guest_note(s->g, GUEST_WARNING, "context %u is still there", s->g->xid);
	s->created = false;
	if (s->from_child >= 0)
		close(s->from_child);
	if (s->to_child >= 0)
		close(s->to_child);
	s->from_child = -1;
	s->to_child = -1;
}
