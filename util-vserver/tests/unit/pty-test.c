// SPDX-License-Identifier: GPL-2.0-only
/*
 * pty-test.c - the terminal proxy without a guest: the child "enters" nothing
 *
 * Each case runs the proxy as the leader of a session of its own, on a terminal
 * (the outer pty) or on pipes, and looks at what came out, how it ended, and in
 * which modes it left the terminal.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

#include "src/pty.h"

static int number, failures;

static void check(bool ok, const char *what)
{
	printf("%sok %d - %s\n", ok ? "" : "not ", ++number, what);
	if (!ok)
		failures++;
}

struct run {
	int outer;		/* master of the proxy's terminal, or -1 */
	int keeper;		/* its slave, to look at the modes */
	int in, out;		/* or the pipes */
	pid_t proxy;
	char text[1 << 16];	/* what came out, the end if it is more */
	size_t length;
	size_t total;
	int status;
};

static void command(const char *script)
{
	int channel = pty_proxy("pty-test");
	const char *what = pty_attach(channel, -1);

	if (what) {
		fprintf(stderr, "%s: %s\n", what, strerror(errno));
		_exit(99);
	}
	execl("/bin/sh", "sh", "-c", script, NULL);
	_exit(98);
}

static void start_on_terminal(struct run *r, const char *script)
{
	struct winsize size = { .ws_row = 11, .ws_col = 77 };

	memset(r, 0, sizeof(*r));
	r->outer = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
	grantpt(r->outer);
	unlockpt(r->outer);
	r->keeper = open(ptsname(r->outer), O_RDWR | O_NOCTTY | O_CLOEXEC);
	ioctl(r->outer, TIOCSWINSZ, &size);
	r->in = r->out = r->outer;
	fflush(NULL);
	r->proxy = fork();
	if (r->proxy)
		return;
	setsid();
	ioctl(r->keeper, TIOCSCTTY, 0);
	for (int fd = 0; fd < 3; fd++)
		dup2(r->keeper, fd);
	/* The proxy is this process, without an exec. */
	close_range(3, ~0U, 0);
	command(script);
}

static void start_on_pipes(struct run *r, const char *script)
{
	int to[2], from[2];

	memset(r, 0, sizeof(*r));
	r->outer = r->keeper = -1;
	if (pipe2(to, O_CLOEXEC) || pipe2(from, O_CLOEXEC))
		exit(1);
	r->in = to[1];
	r->out = from[0];
	fflush(NULL);
	r->proxy = fork();
	if (r->proxy) {
		close(to[0]);
		close(from[1]);
		return;
	}
	setsid();
	dup2(to[0], 0);
	dup2(from[1], 1);
	close_range(3, ~0U, 0);
	command(script);
}

static void put(const struct run *r, const char *text)
{
	if (write(r->in, text, strlen(text)) != (ssize_t)strlen(text))
		check(false, "write to the proxy");
}

static bool read_some(struct run *r, int wait_ms)
{
	struct pollfd p = { .fd = r->out, .events = POLLIN };
	ssize_t n;

	if (poll(&p, 1, wait_ms) <= 0)
		return false;
	if (r->length > sizeof(r->text) / 2)
		r->length = 0;
	n = read(r->out, r->text + r->length, sizeof(r->text) - r->length - 1);
	if (n <= 0)
		return false;
	r->length += n;
	r->total += n;
	r->text[r->length] = 0;
	return true;
}

static long long now_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000LL + ts.tv_nsec / 1000000;
}

static bool wait_for(struct run *r, const char *text)
{
	while (!strstr(r->text, text))
		if (!read_some(r, 5000))
			return false;
	return true;
}

/* Wait for the end, reading on.  A proxy that hangs is killed: status -1. */
static void finish(struct run *r)
{
	long long until = now_ms() + 20000;

	r->status = -1;
	while (now_ms() < until) {
		while (read_some(r, 0))
			;
		if (waitpid(r->proxy, &r->status, WNOHANG) == r->proxy)
			break;
		r->status = -1;
		if (!read_some(r, 10))
			poll(NULL, 0, 10);
	}
	if (r->status == -1) {
		kill(r->proxy, SIGKILL);
		waitpid(r->proxy, NULL, 0);
	}
	while (read_some(r, 0))
		;
}

static void end(struct run *r)
{
	close(r->in);
	if (r->out != r->in)
		close(r->out);
	if (r->keeper >= 0)
		close(r->keeper);
}

static bool is_raw(const struct run *r)
{
	struct termios t;

	return tcgetattr(r->keeper, &t) == 0 && !(t.c_lflag & (ICANON | ECHO));
}

static bool exited(const struct run *r, int code)
{
	return r->status != -1 && WIFEXITED(r->status) &&
	       WEXITSTATUS(r->status) == code;
}

static bool killed(const struct run *r, int sig)
{
	return r->status != -1 && WIFSIGNALED(r->status) &&
	       WTERMSIG(r->status) == sig;
}

static void test_ends(void)
{
	struct run r;

	start_on_terminal(&r, "tty; echo size $(stty size); exit 7");
	finish(&r);
	check(exited(&r, 7), "exit status is the child's");
	check(strstr(r.text, "/dev/pts/"), "the child has a terminal");
	check(strstr(r.text, "size 11 77"), "of the same size");
	check(!is_raw(&r), "modes are restored after the end");
	end(&r);

	start_on_terminal(&r, "kill -9 $$");
	finish(&r);
	check(killed(&r, SIGKILL), "a killed child kills the proxy alike");
	check(!is_raw(&r), "modes are restored then, too");
	end(&r);

	start_on_terminal(&r, "sleep 30 & echo done; exit 3");
	finish(&r);
	check(exited(&r, 3), "a job left on the terminal doesn't keep the proxy");
	end(&r);
}

static void test_interactive(void)
{
	struct run r;
	struct winsize size = { .ws_row = 50, .ws_col = 132 };

	start_on_terminal(&r, "trap 'stty size' WINCH; echo ready; "
			      "while read x; do echo \"<$x>\"; done; echo over");
	check(wait_for(&r, "ready") && is_raw(&r), "raw mode while it runs");
	put(&r, "hello\r");
	check(wait_for(&r, "<hello>"), "input reaches the child");
	ioctl(r.outer, TIOCSWINSZ, &size);
	put(&r, "again\r");
	check(wait_for(&r, "50 132"), "a new size reaches the child");
	put(&r, "\4");
	finish(&r);
	check(exited(&r, 0) && strstr(r.text, "over"), "^D is left to the child");
	check(!is_raw(&r), "cooked after ^D");
	end(&r);

	start_on_terminal(&r, "trap 'echo got it; exit 5' INT; echo ready; "
			      "while :; do sleep 0.1; done");
	wait_for(&r, "ready");
	put(&r, "\3");
	finish(&r);
	check(exited(&r, 5) && strstr(r.text, "got it"), "^C interrupts the child");
	end(&r);
}

static void test_signals(void)
{
	static const int fatal[] = { SIGTERM, SIGHUP, SIGALRM, SIGSEGV };
	struct run r;

	for (size_t i = 0; i < 4; i++) {
		char name[80];

		snprintf(name, sizeof(name), "SIG%s to the proxy ends it and "
			 "restores the modes", sigabbrev_np(fatal[i]));
		start_on_terminal(&r, "echo ready; sleep 30");
		wait_for(&r, "ready");
		kill(r.proxy, fatal[i]);
		finish(&r);
		check(killed(&r, fatal[i]) && !is_raw(&r), name);
		end(&r);
	}

	start_on_terminal(&r, "trap 'echo hup >&3; exit' HUP; echo ready; "
			      "while :; do sleep 0.1; done");
	wait_for(&r, "ready");
	close(r.keeper);
	r.keeper = -1;
	close(r.outer);
	r.in = r.out = open("/dev/null", O_RDWR | O_CLOEXEC);
	finish(&r);
	check(killed(&r, SIGHUP), "a terminal that goes away ends the proxy");
	end(&r);

	start_on_terminal(&r, "trap 'echo int; exit 6' INT; echo ready; "
			      "while :; do sleep 0.1; done");
	wait_for(&r, "ready");
	kill(r.proxy, SIGINT);
	finish(&r);
	check(exited(&r, 6), "SIGINT to the proxy is passed on");
	end(&r);
}

static void test_ignored(void)
{
	struct run r;

	signal(SIGHUP, SIG_IGN);
	signal(SIGCHLD, SIG_IGN);
	start_on_terminal(&r, "echo ready; read x; exit 4");
	signal(SIGCHLD, SIG_DFL);
	signal(SIGHUP, SIG_DFL);
	wait_for(&r, "ready");
	kill(r.proxy, SIGHUP);
	put(&r, "x\r");
	finish(&r);
	check(exited(&r, 4), "signals that the caller ignores stay ignored, "
			     "but the end of the child is seen");
	end(&r);

	signal(SIGINT, SIG_IGN);
	start_on_terminal(&r, "echo ready; while :; do sleep 0.1; done");
	signal(SIGINT, SIG_DFL);
	wait_for(&r, "ready");
	put(&r, "\003");
	finish(&r);
	check(killed(&r, SIGINT) || exited(&r, 128 + SIGINT),
	      "the keys work although the caller ignores SIGINT");
	end(&r);
}

static void test_stop(void)
{
	struct run r;
	int status = 0;

	start_on_terminal(&r, "echo ready; read x; echo \"<$x>\"");
	wait_for(&r, "ready");
	kill(r.proxy, SIGTSTP);
	check(waitpid(r.proxy, &status, WUNTRACED) == r.proxy &&
	      WIFSTOPPED(status) && !is_raw(&r), "stopped: the modes are back");
	kill(r.proxy, SIGCONT);
	put(&r, "x\r");
	finish(&r);
	check(exited(&r, 0) && strstr(r.text, "<x>"), "and it goes on");
	end(&r);
}

/*
 * The terminal's session has a leader that stays in the foreground; the proxy
 * runs in a background job of it. @resume: the leader brings it to the
 * foreground, else it sends SIGTERM. The leader's status tells how the job
 * ended: 0 by SIGTERM, 1 by itself, 2 it wasn't stopped at first.
 */
static void leader(struct run *r, const char *script, bool resume)
{
	int status;
	pid_t job = fork();

	if (job == 0) {
		setpgid(0, 0);
		close_range(3, ~0U, 0);
		command(script);
	}
	setpgid(job, job);
	if (waitpid(job, &status, WUNTRACED) != job || !WIFSTOPPED(status) ||
	    is_raw(r))
		_exit(2);
	if (resume) {
		signal(SIGTTOU, SIG_IGN);
		tcsetpgrp(0, job);
	} else {
		kill(job, SIGTERM);
	}
	kill(job, SIGCONT);
	waitpid(job, &status, 0);
	_exit(!(WIFSIGNALED(status) && WTERMSIG(status) == SIGTERM));
}

static void start_in_background(struct run *r, const char *script, bool resume)
{
	memset(r, 0, sizeof(*r));
	r->outer = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
	grantpt(r->outer);
	unlockpt(r->outer);
	r->keeper = open(ptsname(r->outer), O_RDWR | O_NOCTTY | O_CLOEXEC);
	r->in = r->out = r->outer;
	fflush(NULL);
	r->proxy = fork();
	if (r->proxy)
		return;
	setsid();
	ioctl(r->keeper, TIOCSCTTY, 0);
	for (int fd = 0; fd < 3; fd++)
		dup2(r->keeper, fd);
	leader(r, script, resume);
}

static void test_background(void)
{
	struct run r;

	start_in_background(&r, "sleep 30", false);
	finish(&r);
	check(exited(&r, 0) && !is_raw(&r),
	      "in the background it stops, and SIGTERM ends it");
	end(&r);

	start_in_background(&r, "echo works", true);
	finish(&r);
	check(exited(&r, 1) && strstr(r.text, "works") && !is_raw(&r),
	      "brought to the foreground it goes on");
	end(&r);
}

static void test_pipes(void)
{
	struct run r;

	start_on_pipes(&r, "tty >/dev/null && cat; echo status $?");
	put(&r, "one\ntwo");
	close(r.in);
	r.in = open("/dev/null", O_RDWR | O_CLOEXEC);
	finish(&r);
	check(exited(&r, 0), "end of file on a pipe ends the child's input");
	check(!strncmp(r.text, "one\r\ntwo", 8) && strstr(r.text, "status 0"),
	      "and all of it arrived once, without echo");
	end(&r);

	start_on_pipes(&r, "stty raw -echo; echo ready; sleep 0.6; stty sane; cat");
	close(r.in);
	r.in = open("/dev/null", O_RDWR | O_CLOEXEC);
	finish(&r);
	check(exited(&r, 0), "end of file survives a change of modes");
	end(&r);

	start_on_pipes(&r, "echo ready; sleep 30");
	wait_for(&r, "ready");
	close(r.out);
	r.out = open("/dev/null", O_RDONLY | O_CLOEXEC);
	kill(r.proxy, SIGTERM);
	finish(&r);
	check(killed(&r, SIGTERM), "SIGTERM without a terminal");
	end(&r);

	start_on_pipes(&r, "while :; do echo y; done");
	wait_for(&r, "y");
	close(r.out);
	r.out = open("/dev/null", O_RDONLY | O_CLOEXEC);
	finish(&r);
	check(killed(&r, SIGPIPE), "nobody reads the output any more");
	end(&r);
}

static void test_volume(void)
{
	struct run r;

	start_on_terminal(&r, "stty -opost; head -c 3000000 /dev/zero | tr '\\0' x");
	finish(&r);
	check(exited(&r, 0) && r.total == 3000000, "3 MB of output, every byte");
	end(&r);

	start_on_pipes(&r, "stty -opost; head -c 100000 /dev/zero | tr '\\0' x");
	poll(NULL, 0, 1500);
	finish(&r);
	check(exited(&r, 0) && r.total == 100000,
	      "a reader that is slower than the child loses nothing");
	end(&r);

	start_on_pipes(&r, "stty raw -echo; echo ready; head -c 300000 | wc -c; echo end");
	wait_for(&r, "ready");
	for (int i = 0; i < 300; i++) {
		char block[1001];

		memset(block, 'a' + i % 26, 1000);
		block[1000] = 0;
		put(&r, block);
	}
	finish(&r);
	check(exited(&r, 0) && strstr(r.text, "300000"), "300 kB of input");
	end(&r);
}

static long cpu_ms(void)
{
	struct rusage u;

	getrusage(RUSAGE_CHILDREN, &u);
	return (u.ru_utime.tv_sec + u.ru_stime.tv_sec) * 1000 +
	       (u.ru_utime.tv_usec + u.ru_stime.tv_usec) / 1000;
}

/* The historic proxy went round and round after an end of file. */
static void test_no_spin(void)
{
	struct run r;
	long before = cpu_ms();

	start_on_pipes(&r, "exec sleep 2");
	close(r.in);
	r.in = open("/dev/null", O_RDWR | O_CLOEXEC);
	finish(&r);
	check(exited(&r, 0) && cpu_ms() - before < 300,
	      "no busy loop after the end of the input");
	end(&r);

	before = cpu_ms();
	start_on_terminal(&r, "exec sleep 2 <&- >&- 2>&-");
	finish(&r);
	check(exited(&r, 0) && cpu_ms() - before < 300,
	      "no busy loop when the child closes its terminal");
	end(&r);
}

/* The channel: what the child may do wrong. */
static int serve(int (*child)(int channel))
{
	int channel;
	pid_t pid;

	fflush(NULL);
	pid = pty_split(&channel);
	if (pid == 0)
		_exit(child(channel));
	return pty_serve("pty-test", channel, pid);
}

static int gives_up(int channel)
{
	(void)channel;
	return 42;
}

static int sends_file(int channel)
{
	int fd = open("/dev/null", O_RDWR);
	union {
		char room[CMSG_SPACE(sizeof(int))];
		struct cmsghdr align;
	} control = { 0 };
	struct iovec iov = { .iov_base = "m", .iov_len = 1 };
	struct msghdr msg = {
		.msg_iov = &iov, .msg_iovlen = 1, .msg_control = &control,
		.msg_controllen = sizeof(control.room),
	};
	struct cmsghdr *c = CMSG_FIRSTHDR(&msg);
	char byte;

	c->cmsg_level = SOL_SOCKET;
	c->cmsg_type = SCM_RIGHTS;
	c->cmsg_len = CMSG_LEN(sizeof(int));
	memcpy(CMSG_DATA(c), &fd, sizeof(int));
	sendmsg(channel, &msg, 0);
	/* No go: the proxy closed the channel. */
	return read(channel, &byte, 1) == 0 ? 43 : 1;
}

static void test_channel(void)
{
	int status, fd = posix_openpt(O_RDWR | O_NOCTTY);
	int slave;

	status = serve(gives_up);
	check(WIFEXITED(status) && WEXITSTATUS(status) == 42,
	      "a child that fails to enter: its status");
	fprintf(stderr, "# expected message: ");
	status = serve(sends_file);
	check(WIFEXITED(status) && WEXITSTATUS(status) == 43,
	      "something else than a terminal is refused");
	unlockpt(fd);
	slave = ioctl(fd, TIOCGPTPEER, O_RDWR | O_NOCTTY);
	check(pty_is_master(fd), "a master is one");
	check(slave >= 0 && !pty_is_master(slave), "a slave is none");
	check(!pty_is_master(-1), "nor is a bad descriptor");
}

int main(void)
{
	alarm(120);
	/* A script that runs us in the background ignores it. */
	signal(SIGINT, SIG_DFL);
	test_ends();
	test_interactive();
	test_signals();
	test_ignored();
	test_stop();
	test_background();
	test_pipes();
	test_volume();
	test_no_spin();
	test_channel();
	printf("1..%d\n", number);
	return failures != 0;
}
