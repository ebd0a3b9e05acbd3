/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Agents: processes that live somewhere (in the host, as watch, in a guest)
 * and run functions of the test program there, one after the other.
 *
 *	struct agent host, guest;
 *
 *	ASSERT_EQ(0, agent_start(&guest, .xid = vs_xid(0)));
 *	ASSERT_EQ(0, agent_start(&host));
 *	EXPECT_EQ(-ESRCH, CALL(guest, probe_kill, host.pid));
 *	EXPECT_EQ(0, CALL(host, probe_kill, guest.pid));
 *
 * An agent in a guest is a real one: its set-up is over and it executed this
 * program again inside, so it is no longer "entering" (unless .stay is set).
 * Functions take up to three longs and return a value or a negative errno;
 * longer results go through the shared page.  An agent ends when the test
 * process does.
 */
#ifndef _VS_SELFTEST_ISO_H
#define _VS_SELFTEST_ISO_H

#include "common.h"
#include <dirent.h>
#include <sys/ioctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>

typedef long (*agent_fn)(long a, long b, long c);

struct agent {
	pid_t pid;		/* as the host sees it */
	__u32 xid;
	int to, from;
};

struct agent_place {
	__u32 xid;		/* 0: stays in the host */
	bool watch;		/* becomes the spectator instead */
	bool join;		/* migrates into an existing context */
	bool setup;		/* creates it, but leaves it in STATE_SETUP */
	bool stay;		/* no exec: still "entering" */
	bool no_session;	/* stays in the session of the test */
	__u64 migrate_flags;	/* VXM_* for join */
	int fd;			/* descriptor to keep over exec, 0: none */
	void (*before)(void);	/* run in the host, before entering */
	long (*last)(void);	/* run inside, before exec */
	struct vs_guest guest;
};

/* The shared page: where functions put more than a number. */
struct agent_shared {
	long v[64];
	char text[60 * 1024];
};

static struct agent_shared *shared VS_UNUSED;
static int shared_fd = -1;

static VS_UNUSED int agent_share(void)
{
	if (shared)
		return 0;
	shared_fd = memfd_create("agents", 0);
	if (shared_fd < 0 || ftruncate(shared_fd, sizeof(*shared)))
		return -errno;
	shared = mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE, MAP_SHARED,
		      shared_fd, 0);
	return shared == MAP_FAILED ? -errno : 0;
}

struct agent_request {
	long fn;		/* relative to agent_loop(): survives any layout */
	long arg[3];
};

static VS_UNUSED void agent_loop(int in, int out)
{
	struct agent_request r;
	agent_fn fn;
	long ret;

	while (read(in, &r, sizeof(r)) == sizeof(r)) {
		fn = (agent_fn)((char *)agent_loop + r.fn);
		ret = fn(r.arg[0], r.arg[1], r.arg[2]);
		if (write(out, &ret, sizeof(ret)) != sizeof(ret))
			break;
	}
	_exit(0);
}

VS_STAGE(agent)
{
	if (argc != 4)
		return KSFT_FAIL;
	shared_fd = atoi(argv[3]);
	shared = mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE, MAP_SHARED,
		      shared_fd, 0);
	if (shared == MAP_FAILED)
		return KSFT_FAIL;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	agent_loop(atoi(argv[1]), atoi(argv[2]));
	return 0;
}

static VS_UNUSED long agent_enter(const struct agent_place *p)
{
	long ret = 0;

	if (p->before)
		p->before();
	if (p->watch)
		ret = vs_migrate(VX_ID_WATCH, 0);
	else if (p->join)
		ret = vs_migrate(p->xid, p->migrate_flags);
	else if (p->setup)
		ret = vs_create(p->xid, VXF_INIT_SET | p->guest.cflags);
	else if (p->xid)
		ret = vs_become_guest(p->xid, &p->guest);
	if (ret >= 0 && p->last)
		ret = p->last();
	return ret < 0 ? ret : 0;
}

/* The new process: enter, tell the result, execute again, serve. */
static VS_UNUSED void agent_child(const struct agent_place *p, int in, int out)
{
	char a[12], b[12], c[12];
	long ret;

	if (!p->no_session)
		setsid();
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	fcntl(in, F_SETFD, 0);
	fcntl(out, F_SETFD, 0);
	if (p->fd)
		fcntl(p->fd, F_SETFD, 0);
	ret = agent_enter(p);
	if (write(out, &ret, sizeof(ret)) != sizeof(ret) || ret)
		_exit(1);
	if (p->stay)
		agent_loop(in, out);
	snprintf(a, sizeof(a), "%d", in);
	snprintf(b, sizeof(b), "%d", out);
	snprintf(c, sizeof(c), "%d", shared_fd);
	ret = vs_exec_stage("agent", a, b, c, NULL);
	fprintf(stderr, "# agent: exec: %s\n", strerror(-ret));
	_exit(1);
}

static VS_UNUSED long agent_call(struct agent *ag, agent_fn fn, long a, long b, long c)
{
	struct agent_request r = {
		.fn = (char *)fn - (char *)agent_loop, .arg = { a, b, c },
	};
	long ret;

	if (write(ag->to, &r, sizeof(r)) != sizeof(r) ||
	    read(ag->from, &ret, sizeof(ret)) != sizeof(ret))
		return -EPIPE;
	return ret;
}

static VS_UNUSED long do_nothing(long a, long b, long c)
{
	return 0;
}

/* 0, or what entering answered. The agent serves when this returns. */
static VS_UNUSED long __agent_start(struct agent *ag, const struct agent_place *p)
{
	int to[2], from[2];
	long ret = agent_share();
	pid_t pid;

	if (ret)
		return ret;
	if (pipe2(to, O_CLOEXEC) || pipe2(from, O_CLOEXEC))
		return -errno;
	pid = fork();	/* @ag may be in shared memory */
	if (pid == 0) {
		close(to[1]);
		close(from[0]);
		agent_child(p, to[0], from[1]);
	}
	close(to[0]);
	close(from[1]);
	ag->pid = pid;
	ag->xid = p->xid;
	ag->to = to[1];
	ag->from = from[0];
	if (ag->pid < 0 || read(ag->from, &ret, sizeof(ret)) != sizeof(ret))
		ret = -EPIPE;
	if (!ret)
		ret = agent_call(ag, do_nothing, 0, 0, 0);
	if (ret)
		waitpid(ag->pid, NULL, 0);
	return ret;
}

#define agent_start(_agent, ...) \
	__agent_start(_agent, &(struct agent_place){ __VA_ARGS__ })

#define CALL_(_agent, _fn, _a, _b, _c, ...) \
	agent_call(&(_agent), _fn, (long)(_a), (long)(_b), (long)(_c))
#define CALL(_agent, ...) CALL_(_agent, __VA_ARGS__, 0, 0, 0, 0)

/* Kill it and wait; returns the wait status. */
static VS_UNUSED int agent_end(struct agent *ag)
{
	int status = -1;

	if (ag->pid > 0) {
		kill(ag->pid, SIGKILL);
		waitpid(ag->pid, &status, 0);
	}
	close(ag->to);
	close(ag->from);
	ag->pid = 0;
	return status;
}

/* The usual functions ------------------------------------------------------ */

#define ERR(_call) ({ long __r = (long)(_call); __r == -1 ? (long)-errno : __r; })

static VS_UNUSED long do_getpid(long a, long b, long c)
{
	return getpid();
}

/* Number of a new sibling that waits for signals: same context, own group. */
static VS_UNUSED long do_spawn(long a, long b, long c)
{
	pid_t pid = fork();

	if (pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		for (;;)
			pause();
	}
	if (pid > 0)
		setpgid(pid, pid);
	return pid < 0 ? -errno : pid;
}

/* Reap a child: its wait status, -EAGAIN if it still runs. */
static VS_UNUSED long do_reap(long pid, long nohang, long c)
{
	int status;
	pid_t ret = waitpid(pid, &status, nohang ? WNOHANG : 0);

	if (ret == 0)
		return -EAGAIN;
	return ret < 0 ? -errno : status;
}

static VS_UNUSED long do_kill(long pid, long sig, long c)
{
	return ERR(kill(pid, sig));
}

/* Paths go to functions through the shared page. */
static VS_UNUSED long do_open_rd(long a, long b, long c)
{
	int fd = open(shared->text, O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		return -errno;
	close(fd);
	return 0;
}

static VS_UNUSED long do_read_file(long a, long b, long c)
{
	char path[512];

	snprintf(path, sizeof(path), "%.500s", shared->text);
	return vs_read_file(path, shared->text, sizeof(shared->text));
}

/* text: file, text+512: what to write */
static VS_UNUSED long do_write_file(long a, long b, long c)
{
	return vs_write_file(shared->text, shared->text + 512);
}

static VS_UNUSED long do_stat(long a, long b, long c)
{
	struct stat st;

	return ERR(stat(shared->text, &st));
}

/* Is there an entry of this name? 1, 0 or negative errno. */
static VS_UNUSED long dir_has(const char *dir, const char *name)
{
	DIR *d = opendir(dir);
	struct dirent *de;
	long ret = 0;

	if (!d)
		return -errno;
	while (!ret && (de = readdir(d)))
		ret = !strcmp(de->d_name, name);
	closedir(d);
	return ret;
}

/* text: directory, text+512: name */
static VS_UNUSED long do_dir_has(long a, long b, long c)
{
	return dir_has(shared->text, shared->text + 512);
}

#define TEXT(...) snprintf(shared->text, 512, __VA_ARGS__)
#define TEXT2(...) snprintf(shared->text + 512, 512, __VA_ARGS__)

/* The same as one expression: a path looked at by somebody. */
#define AT(_agent, _fn, ...) ({ TEXT(__VA_ARGS__); CALL(_agent, _fn); })

/* State letter of a process in /proc/<pid>/stat as the caller sees it. */
static VS_UNUSED int proc_state(pid_t pid)
{
	char path[64], buf[512], *p;

	snprintf(path, sizeof(path), "/proc/%d/stat", pid);
	if (vs_read_file(path, buf, sizeof(buf)) < 0)
		return 0;
	p = strrchr(buf, ')');
	return p ? p[2] : 0;
}

#endif /* _VS_SELFTEST_ISO_H */
