// SPDX-License-Identifier: GPL-2.0-only
/*
 * Stop of a guest (tools.md A.3). Nothing here sleeps for a fixed time: every wait ends with
 * the context. From the stop request on an error is a warning; the end is what counts.
 */
#define _GNU_SOURCE
#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/close_range.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include <vserver.h>

#include "cgroup.h"
#include "init.h"
#include "inroot.h"
#include "internal.h"
#include "join.h"
#include "network.h"
#include "run.h"
#include "start.h"

/* After SIGKILL: longer means a process hangs in the kernel. */
#define KILL_MSEC	10000

static void warn(const struct guest *g)
{
	guest_note(g, GUEST_WARNING, "%s", cfg_error());
}

static void scripts(const struct guest *g, const char *flavour)
{
	auto_close int cwd = g->root ? open(g->root, O_PATH | O_DIRECTORY | O_CLOEXEC) : -1;

	if (run_scripts(g, flavour, cwd >= 0 ? cwd : g->cfg->fd) < 0)
		warn(g);
}

/* What a stop leaves behind for nobody: also used when the guest died by itself. */
static void clean_up(struct guest *g, uint32_t xid)
{
	if (cfg_helper_remove(xid) < 0)
		warn(g);
	if (cfg_run_remove(g->cfg, xid) < 0)
		warn(g);
	if (cgroup_remove(g) < 0)
		warn(g);
	network_down(g);
}

static int not_running(struct guest *g)
{
	uint32_t xid;
	int r = cfg_run_read(g->cfg, &xid);

	/* Only what belongs to this guest: the id may live on as another guest. */
	if (r > 0 && !cfg_owns_xid(g->cfg, xid)) {
		struct vcmd_ctx_stat st;

		if (vc_ctx_stat(xid, &st) < 0)
			clean_up(g, xid);
		else if (cfg_run_remove(g->cfg, xid) < 0)
			warn(g);
	} else if (r > 0) {
		/* A persistent context without processes. */
		vc_set_cflags(xid, 0, VXF_PERSISTENT | VXF_SC_HELPER);
		clean_up(g, xid);
	}
	/* Also what a start has left that didn't get as far as the run file. */
	network_down(g);
	return GUEST_ALREADY;
}

int guest_clean_dead(struct guest *g)
{
	auto_close int lock = guest_lock(g->cfg);
	uint32_t xid;
	int r = lock < 0 ? -1 : cfg_running(g->cfg, &xid);

	if (!r)
		not_running(g);
	return r < 0 ? -1 : 0;
}

/* --- the stop command of guests without a real init --------------------------------- */

/* The configured terminal or log file, opened in the host: -1 for none. */
static int stop_output(const struct guest *g, const struct guest_stop_options *o)
{
	const char *key;
	const struct cfg *at = o->tty ?
		cfg_first(g->cfg, "apps/init/tty", "apps/init/tty", &key) : NULL;
	auto_free char *path = at ? cfg_path(at, key) : NULL;

	return path ? open(path, O_WRONLY | O_APPEND | O_NOCTTY | O_CLOEXEC) : -1;
}

static void stop_child(struct guest *g, uint32_t xid, const struct guest_stop_options *o)
{
	const char *const level[] = { "PREVLEVEL", g->level_start ? : "", "RUNLEVEL",
				      g->level_stop ? : "", NULL };
	bool sysv = !strcmp(g->style->name, "sysv");
	auto_close int root = -1;
	int out = stop_output(g, o);
	char **argv = NULL;
	int null;

	if (network_join(g, xid) < 0 || join_spaces(g, xid) < 0)
		goto failed;
	root = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
	argv = root < 0 ? NULL : init_stop_argv(g, root, o->debug_sysv);
	null = root < 0 ? -1 : inroot_null(root);
	if (!argv || null < 0)
		goto failed;
	if (join_fork_if_needed(g) < 0 || join_context(g, xid) < 0)
		goto failed;
	environ = join_environment(g, sysv ? level : NULL);
	setsid();
	/* No descriptor of the caller: vshelper's is the host's log. */
	dup2(null, 0);
	dup2(out >= 0 ? out : null, 1);
	dup2(out >= 0 ? out : null, 2);
	close_range(3, ~0U, CLOSE_RANGE_CLOEXEC);
	execvp(argv[0], argv);
	cfg_fail_errno("%s in the guest", argv[0]);
failed:
	/* Standard error is still the admin's unless the exec failed. */
	warn(g);
	_exit(126);
}

/* Runs the stop command, but not longer than the guest may take. */
static void run_stop_command(struct guest *g, uint32_t xid, const struct guest_stop_options *o)
{
	struct pollfd p = { .events = POLLIN };
	int status;
	pid_t pid;

	fflush(NULL);
	pid = fork();
	if (!pid)
		stop_child(g, xid, o);
	p.fd = pid < 0 ? -1 : (int)syscall(SYS_pidfd_open, pid, 0);
	if (p.fd < 0) {
		cfg_fail_errno("stop command");
		warn(g);
		return;
	}
	while (poll(&p, 1, (int)g->stop_timeout * 1000) < 0 && errno == EINTR)
		;
	close(p.fd);
	if (waitpid(pid, &status, WNOHANG) == 0) {
		guest_note(g, GUEST_WARNING, "the stop command has not ended within %u seconds",
			   g->stop_timeout);
		kill(pid, SIGKILL);
		waitpid(pid, &status, 0);
	} else if (status) {
		guest_note(g, GUEST_INFO, "the stop command %s", run_describe(status));
	}
}

/* --- waiting and killing ------------------------------------------------------------ */

static void list_processes(const struct guest *g, uint32_t xid)
{
	DIR *dir = opendir("/proc");
	struct dirent *de;

	while (dir && (de = readdir(dir))) {
		auto_free char *path = xasprintf("/proc/%s/comm", de->d_name);
		char comm[64] = "";
		uint32_t pid;

		if (cfg_parse_id(de->d_name, &pid) < 0 || vc_task_xid((pid_t)pid) != (int)xid)
			continue;
		auto_close int fd = open(path, O_RDONLY | O_CLOEXEC);

		if (fd >= 0 && read(fd, comm, sizeof(comm) - 1) < 0)
			comm[0] = '\0';
		/* The guest chose this name; it goes to the admin's terminal. */
		for (char *c = comm; *c; c++)
			if (!isprint((unsigned char)*c))
				*c = *c == '\n' ? '\0' : '?';
		guest_note(g, GUEST_WARNING, "still running: process %u (%s)", pid, comm);
	}
	if (dir)
		closedir(dir);
}

static void signal_all(uint32_t xid, int sig)
{
	vc_ctx_kill(xid, 1, sig);
	vc_ctx_kill(xid, 0, sig);
}

/* signal, (seconds, signal)*: true if the context is gone. */
static bool kill_sequence(const struct guest *g, uint32_t xid)
{
	static char *const usual[] = { "15", "5", "9" };
	char *const *v = g->killseq.n ? g->killseq.v : usual;
	size_t n = g->killseq.n ? g->killseq.n : 3;

	for (size_t i = 0; i < n; i++) {
		if (i % 2 == 0)
			signal_all(xid, atoi(v[i]));
		else if (guest_wait_gone(xid, atoi(v[i]) * 1000) == 1)
			return true;
	}
	if (guest_wait_gone(xid, KILL_MSEC) == 1)
		return true;
	signal_all(xid, SIGKILL);
	return guest_wait_gone(xid, KILL_MSEC) == 1;
}

/* The guest's own reboot asked for this stop: tell vshelper that it may return. */
static void notify_helper(const struct guest *g, const char *fifo)
{
	auto_close int fd = open(fifo, O_WRONLY | O_NONBLOCK | O_CLOEXEC | O_NOFOLLOW);

	if (fd < 0 || write(fd, "stopped\n", 8) != 8)
		guest_note(g, GUEST_WARNING, "%s: can't tell the helper: %s", fifo, strerror(errno));
}

/* Descriptor of the guest's init to wait on, -1: it has none. */
static int open_init(uint32_t xid)
{
	struct vcmd_vx_info info;
	int fd;

	if (vc_vx_info(xid, &info) < 0 || !info.initpid)
		return -1;
	fd = (int)syscall(SYS_pidfd_open, info.initpid, 0);
	/* The number may have gone to another process in between. */
	if (fd >= 0 && vc_task_xid((pid_t)info.initpid) != (int)xid) {
		close(fd);
		return -1;
	}
	return fd;
}

static bool wait_for_init(const struct guest *g, int init)
{
	struct pollfd p = { .fd = init, .events = POLLIN };
	int r;

	if (init < 0)
		return true;
	do {
		r = poll(&p, 1, (int)g->stop_timeout * 1000);
	} while (r < 0 && errno == EINTR);
	return r > 0;
}

static void request_stop(struct guest *g, uint32_t xid, const struct guest_stop_options *o,
			 bool by_guest)
{
	if (g->style && !g->real_init && !o->rescue_init) {
		run_stop_command(g, xid, o);
		return;
	}
	if (by_guest)
		return;
	/* A guest that has no init (any more) has nothing to wait for. */
	if (vc_ctx_kill(xid, 1, SIGINT) < 0 && errno != ESRCH) {
		cfg_fail_errno("can't signal the guest's init");
		warn(g);
	}
}

static bool wait_for_end(struct guest *g, uint32_t xid, int init, bool by_guest)
{
	/* Its init has shut everything down and called reboot(2): nothing listens any more. */
	if (init >= 0 && by_guest) {
		signal_all(xid, SIGKILL);
		return guest_wait_gone(xid, KILL_MSEC) == 1;
	}
	if (!wait_for_init(g, init)) {
		guest_note(g, GUEST_WARNING, "the guest has not stopped within %u seconds",
			   g->stop_timeout);
		list_processes(g, xid);
	}
	/* What outlives its init or the stop command didn't listen to it. */
	return kill_sequence(g, xid);
}

static int stop_running(struct guest *g, uint32_t xid, const struct guest_stop_options *o)
{
	struct cfg_helper h = { .dir = g->cfg->path, .method = (char *)"async" };
	const char *fifo = getenv("VSHELPER_STOP_SYNC");
	bool gone;
	int init;

	if (cfg_helper_write(xid, &h) < 0)
		warn(g);
	/* Scripts see the guest's mounts; the host's are all there as well (mounts.h). */
	if (vc_enter_space(xid, CLONE_NEWNS | CLONE_FS, 0) < 0)
		guest_note(g, GUEST_WARNING, "can't enter the guest's mount namespace: %s",
			   strerror(errno));
	scripts(g, "pre-stop");
	/* The guest's own reboot(2) at the end of its shutdown is the end of the context. */
	if (vc_set_cflags(xid, VXF_REBOOT_KILL, VXF_SC_HELPER | VXF_REBOOT_KILL) < 0) {
		cfg_fail_errno("context flags");
		warn(g);
	}
	init = g->real_init || o->rescue_init ? open_init(xid) : -1;
	request_stop(g, xid, o, fifo && *fifo);
	/* From here on the last process takes the context with it. */
	vc_set_cflags(xid, 0, VXF_PERSISTENT);
	if (fifo && *fifo)
		notify_helper(g, fifo);
	gone = wait_for_end(g, xid, init, fifo && *fifo);
	if (init >= 0)
		close(init);
	if (!gone) {
		list_processes(g, xid);
		return cfg_fail("context %u is still there", xid);
	}
	scripts(g, "post-stop");
	clean_up(g, xid);
	if (g->stop_sync.n && init_run_host(g, &g->stop_sync, "apps/init/cmd.stop-sync",
						       g->cfg->fd) < 0)
		warn(g);
	scripts(g, "postpost-stop");
	return 0;
}

int guest_stop(struct guest *g, const struct guest_stop_options *o)
{
	auto_close int lock = guest_lock(g->cfg);
	uint32_t xid;
	int r;

	if (lock < 0)
		return -1;
	/* A damaged configuration must not keep a guest from being stopped. */
	if (guest_load(g, g->cfg) < 0) {
		warn(g);
		g->style = NULL;
		g->stop_timeout = g->stop_timeout ? : 30;
	}
	r = cfg_running(g->cfg, &xid);
	if (r < 0)
		return -1;
	return r ? stop_running(g, xid, o) : not_running(g);
}
