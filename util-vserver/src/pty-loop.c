// SPDX-License-Identifier: GPL-2.0-only
/*
 * pty-loop.c - the terminal proxy: the side that stays on the host, see pty.h
 *
 * The proxy is one poll loop over three things: the terminal it was started on,
 * the master of the guest's pty, and signals as a file descriptor.  Two rules
 * keep it out of trouble:
 *
 *  - There is one way out of pty_serve(), and it restores the terminal.  A
 *    crash (SIGSEGV and the like) restores it in a handler.
 *  - Each end of file is an event of its own, not "zero bytes read": a source
 *    that ended is never polled again, so no state spins.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

#include "pty.h"

enum {
	RETRY_MS = 100,		/* the program closed its terminal but lives */
	EOF_MS = 250,		/* between two end-of-file characters */
	NO_LIMIT = -1,
	LAST_BYTES = 128 * 1024,	/* more than the kernel keeps for a pty */
};

struct buffer {
	char data[4096];
	size_t start, end;
};

struct proxy {
	const char *tool;
	pid_t child;
	int master;		/* -1 once hung up */
	int out;		/* our own open file of standard output */
	int signals;		/* signalfd */
	sigset_t usual;		/* signals blocked before we began */
	bool in_tty;		/* on a terminal: raw mode, its size */
	bool in_open;		/* standard input hasn't ended */
	bool quiet;		/* the guest's side is closed just now */
	bool ended;		/* the child was reaped, status is valid */
	int status;
	char last;		/* last byte that went to the guest */
	long long eof_due;	/* when to send the next end of file, ms */
	struct buffer to_guest, to_host;
};

/* For the crash handlers, which get no argument. */
static struct termios saved_modes;
static volatile sig_atomic_t modes_saved;

static const int crashes[] = { SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT };

static long long now_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000LL + ts.tv_nsec / 1000000;
}

/* ---- the terminal on the host ------------------------------------------- */

/* Also from the background: the place to wait for our turn is elsewhere. */
static int set_modes(int when, const struct termios *modes)
{
	sigset_t stop, old;
	int ret;

	sigemptyset(&stop);
	sigaddset(&stop, SIGTTOU);
	sigprocmask(SIG_BLOCK, &stop, &old);
	do {
		ret = tcsetattr(STDIN_FILENO, when, modes);
	} while (ret < 0 && errno == EINTR);
	sigprocmask(SIG_SETMASK, &old, NULL);
	return ret;
}

static void terminal_restore(void)
{
	if (modes_saved)
		set_modes(TCSANOW, &saved_modes);
	modes_saved = 0;
}

static int terminal_raw(void)
{
	struct termios raw, old;

	if (tcgetattr(STDIN_FILENO, &old) < 0)
		return -1;
	raw = old;
	cfmakeraw(&raw);
	if (set_modes(TCSADRAIN, &raw) < 0)
		return -1;
	saved_modes = old;
	modes_saved = 1;
	return 0;
}

/*
 * In the background the kernel stops us here until the shell brings us to the
 * foreground. To be called while signals still have their usual effect: a
 * stopped process must die of SIGTERM.
 */
static int wait_for_foreground(void)
{
	struct termios same;
	int ret;

	if (tcgetattr(STDIN_FILENO, &same) < 0)
		return -1;
	do {
		ret = tcsetattr(STDIN_FILENO, TCSANOW, &same);
	} while (ret < 0 && errno == EINTR);
	return ret;
}

static void on_crash(int sig)
{
	terminal_restore();
	/* The handler was installed to run once: this is the default action. */
	raise(sig);
}

static void catch_crashes(void)
{
	struct sigaction action = {
		.sa_handler = on_crash,
		.sa_flags = SA_RESETHAND | SA_NODEFER,
	};

	for (size_t i = 0; i < sizeof(crashes) / sizeof(*crashes); i++)
		sigaction(crashes[i], &action, NULL);
}

static void copy_size(int master)
{
	struct winsize size;

	if (ioctl(STDIN_FILENO, TIOCGWINSZ, &size) < 0 &&
	    ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) < 0)
		return;
	/* A serial line doesn't know: 0 rows would break many a program. */
	if (size.ws_row && size.ws_col)
		ioctl(master, TIOCSWINSZ, &size);
}

/*
 * First settings of the guest's terminal.  Without a terminal of ours the input
 * is a file or a pipe: echoing it would put it into the output.
 */
static void prepare_guest_side(const struct proxy *p)
{
	struct winsize usual = { .ws_row = 24, .ws_col = 80 };
	struct termios modes;

	ioctl(p->master, TIOCSWINSZ, &usual);
	copy_size(p->master);
	if (p->in_tty) {
		if (tcgetattr(STDIN_FILENO, &modes) == 0)
			tcsetattr(p->master, TCSANOW, &modes);
	} else if (tcgetattr(p->master, &modes) == 0) {
		modes.c_lflag &= ~(tcflag_t)ECHO;
		tcsetattr(p->master, TCSANOW, &modes);
	}
}

/* ---- the loop ------------------------------------------------------------- */

static size_t pending(const struct buffer *b)
{
	return b->end - b->start;
}

/* Return: bytes read, 0 end of file, -1 nothing for now. */
static ssize_t fill(struct buffer *b, int fd)
{
	ssize_t n;

	if (b->start == b->end)
		b->start = b->end = 0;
	n = read(fd, b->data + b->end, sizeof(b->data) - b->end);
	if (n > 0)
		b->end += n;
	if (n < 0 && errno != EAGAIN && errno != EINTR)
		return 0;
	return n;
}

/* Return: 0, or -1 when nobody will ever take it. */
static int flush(struct buffer *b, int fd)
{
	ssize_t n = write(fd, b->data + b->start, pending(b));

	if (n > 0)
		b->start += n;
	return n < 0 && errno != EAGAIN && errno != EINTR ? -1 : 0;
}

static bool has_room(const struct buffer *b)
{
	return b->end < sizeof(b->data) || b->start == b->end;
}

static void hang_up(struct proxy *p)
{
	/* The kernel sends SIGHUP to the session in the guest. */
	if (p->master >= 0)
		close(p->master);
	p->master = -1;
}

/* End the loop as if this signal had ended the child. */
static void end_by(struct proxy *p, int sig)
{
	hang_up(p);
	p->ended = true;
	p->status = sig;
}

static void reap(struct proxy *p)
{
	int status;

	while (!p->ended) {
		pid_t pid = waitpid(p->child, &status, WNOHANG);

		if (pid == p->child) {
			p->status = status;
			p->ended = true;
		} else if (pid < 0 && errno == EINTR) {
			continue;
		} else if (pid < 0) {
			end_by(p, SIGHUP);
		} else {
			return;
		}
	}
}

/* Somebody on the host stopped us: give the terminal back meanwhile. */
static void stopped(struct proxy *p)
{
	sigset_t watched;

	terminal_restore();
	sigprocmask(SIG_SETMASK, &p->usual, &watched);
	raise(SIGSTOP);
	if (p->in_tty)
		wait_for_foreground();
	sigprocmask(SIG_SETMASK, &watched, NULL);
	if (p->in_tty && terminal_raw() < 0)
		end_by(p, SIGHUP);
	/* What happened meanwhile left no trace in the signalfd. */
	if (p->master >= 0)
		copy_size(p->master);
	reap(p);
}

static void on_signal(struct proxy *p)
{
	struct signalfd_siginfo info;

	if (read(p->signals, &info, sizeof(info)) != sizeof(info))
		return;
	switch (info.ssi_signo) {
	case SIGCHLD:
		reap(p);
		break;
	case SIGWINCH:
		if (p->master >= 0)
			copy_size(p->master);
		break;
	case SIGINT:
	case SIGQUIT:
		/* To the foreground job of the guest, as the key would. */
		if (p->master >= 0)
			ioctl(p->master, TIOCSIG, (int)info.ssi_signo);
		break;
	case SIGTSTP:
		stopped(p);
		break;
	default:
		end_by(p, info.ssi_signo);
	}
}

/*
 * An end of file stays one however often it is read; a terminal knows only a
 * character that ends one read.  So send it whenever the program has taken the
 * last one, not faster than every EOF_MS.  Behind an unfinished line the first
 * one only completes the line.
 */
static void send_eof(struct proxy *p)
{
	struct pollfd input = { .events = POLLIN };
	struct termios modes;
	char eof = 4;

	if (p->in_open || p->master < 0 || p->quiet || pending(&p->to_guest) ||
	    now_ms() < p->eof_due)
		return;
	p->eof_due = now_ms() + EOF_MS;
	input.fd = ioctl(p->master, TIOCGPTPEER,
			 O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);
	if (tcgetattr(p->master, &modes) == 0)
		eof = modes.c_cc[VEOF];
	if (poll(&input, 1, 0) == 0 || (p->last && p->last != '\n')) {
		if (write(p->master, &eof, 1) == 1)
			p->last = 0;
	}
	if (input.fd >= 0)
		close(input.fd);
}

static void on_input(struct proxy *p)
{
	ssize_t n = fill(&p->to_guest, STDIN_FILENO);

	if (n > 0)
		p->last = p->to_guest.data[p->to_guest.end - 1];
	if (n != 0)
		return;
	p->in_open = false;
	/* A raw terminal has no end of file: it was hung up. */
	if (p->in_tty)
		end_by(p, SIGHUP);
}

static void on_guest(struct proxy *p, short events)
{
	if (events & POLLOUT)
		flush(&p->to_guest, p->master);
	if (!(events & (POLLIN | POLLHUP | POLLERR)) || !has_room(&p->to_host))
		return;
	/* EIO: nobody in the guest has the terminal open at the moment. */
	p->quiet = fill(&p->to_host, p->master) == 0;
}

static void on_output(struct proxy *p)
{
	if (flush(&p->to_host, p->out) < 0)
		end_by(p, SIGPIPE);
}

static int wait_time(const struct proxy *p)
{
	if (p->quiet)
		return RETRY_MS;
	return p->in_open ? NO_LIMIT : EOF_MS;
}

static void one_turn(struct proxy *p)
{
	struct pollfd fds[4] = {
		{ .fd = p->signals, .events = POLLIN },
		{ .fd = -1, .events = POLLIN },
		{ .fd = -1 },
		{ .fd = -1, .events = POLLOUT },
	};

	if (p->in_open && has_room(&p->to_guest))
		fds[1].fd = STDIN_FILENO;
	if (has_room(&p->to_host))
		fds[2].events |= POLLIN;
	if (pending(&p->to_guest))
		fds[2].events |= POLLOUT;
	/* A closed pty reports POLLHUP whatever is asked: don't ask. */
	if (fds[2].events && !p->quiet)
		fds[2].fd = p->master;
	if (pending(&p->to_host))
		fds[3].fd = p->out;

	if (poll(fds, 4, wait_time(p)) < 0)
		return;
	if (p->quiet)
		fds[2].revents = POLLIN;
	if (fds[0].revents)
		on_signal(p);
	if (!p->ended && fds[1].revents)
		on_input(p);
	if (!p->ended && p->master >= 0 && fds[2].revents)
		on_guest(p, fds[2].revents);
	if (!p->ended && fds[3].revents)
		on_output(p);
	send_eof(p);
}

/*
 * The child is gone: show what it wrote last, however slowly it is taken.  No
 * more than a terminal can hold: a background job that goes on writing must not
 * keep us.  A signal ends this early.
 */
static void drain(struct proxy *p)
{
	ssize_t left = LAST_BYTES, n;

	while (p->master >= 0) {
		struct pollfd fds[2] = {
			{ .fd = p->signals, .events = POLLIN },
			{ .fd = p->out, .events = POLLOUT },
		};

		while (left > 0 && has_room(&p->to_host)) {
			n = fill(&p->to_host, p->master);
			left = n > 0 ? left - n : 0;
		}
		if (!pending(&p->to_host))
			return;
		if (poll(fds, 2, NO_LIMIT) < 0)
			continue;
		if (fds[0].revents)
			on_signal(p);
		if (fds[1].revents && flush(&p->to_host, p->out) < 0)
			return;
	}
}

/* ---- set-up and end of the proxy ------------------------------------------ */

/* What the caller ignores (nohup) stays ignored. */
static bool is_ignored(int sig)
{
	struct sigaction now;

	return sigaction(sig, NULL, &now) == 0 && now.sa_handler == SIG_IGN;
}

static void watched_signals(sigset_t *set)
{
	static const int list[] = { SIGCHLD, SIGWINCH, SIGINT, SIGQUIT, SIGTSTP,
				    SIGTERM, SIGHUP, SIGALRM, SIGUSR1, SIGUSR2 };

	sigemptyset(set);
	for (size_t i = 0; i < sizeof(list) / sizeof(*list); i++)
		if (!is_ignored(list[i]))
			sigaddset(set, list[i]);
}

/*
 * Non-blocking output needs an open file of our own: the flag on the shell's
 * one would outlive us.  A regular file is used as it is, for its position; a
 * socket too, since it can't be opened again.
 */
static int open_output(void)
{
	struct stat st;
	int fd = -1;

	if (fstat(STDOUT_FILENO, &st) == 0 &&
	    (S_ISCHR(st.st_mode) || S_ISFIFO(st.st_mode)))
		fd = open("/proc/self/fd/1",
			  O_WRONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	return fd < 0 ? STDOUT_FILENO : fd;
}

static int start_serving(struct proxy *p, int channel, const sigset_t *watched)
{
	p->master = pty_receive(channel);
	if (p->master < 0) {
		if (errno)
			fprintf(stderr, "%s: terminal of the guest: %s\n",
				p->tool, strerror(errno));
		return -1;
	}
	fcntl(p->master, F_SETFL, fcntl(p->master, F_GETFL) | O_NONBLOCK);
	prepare_guest_side(p);
	if (p->in_tty && wait_for_foreground() < 0) {
		fprintf(stderr, "%s: terminal: %s\n", p->tool, strerror(errno));
		return -1;
	}
	/* From here on nothing may end us with the terminal in raw mode. */
	catch_crashes();
	signal(SIGPIPE, SIG_IGN);
	sigprocmask(SIG_BLOCK, watched, NULL);
	if (p->in_tty && terminal_raw() < 0) {
		fprintf(stderr, "%s: raw mode: %s\n", p->tool, strerror(errno));
		return -1;
	}
	return send(channel, "g", 1, MSG_NOSIGNAL) == 1 ? 0 : -1;
}

static int wait_plainly(pid_t child)
{
	int status;

	while (waitpid(child, &status, 0) < 0)
		if (errno != EINTR)
			return SIGHUP;
	return status;
}

int pty_serve(const char *tool, int channel, pid_t child)
{
	struct proxy p = {
		.tool = tool, .child = child, .master = -1, .in_open = true,
		/* "vlogin GUEST -- COMMAND | less" leaves it to less. */
		.in_tty = isatty(STDIN_FILENO) && isatty(STDOUT_FILENO),
	};
	sigset_t watched;

	watched_signals(&watched);
	sigprocmask(SIG_BLOCK, NULL, &p.usual);
	p.signals = signalfd(-1, &watched, SFD_CLOEXEC);
	if (p.signals >= 0 && start_serving(&p, channel, &watched) == 0) {
		close(channel);
		p.out = open_output();
		/* It may have ended before its signal was blocked. */
		reap(&p);
		while (!p.ended)
			one_turn(&p);
		drain(&p);
		if (p.out != STDOUT_FILENO)
			close(p.out);
	} else {
		/* Closing makes a child that waits for us give up. */
		close(channel);
	}
	terminal_restore();
	hang_up(&p);
	if (p.signals >= 0)
		close(p.signals);
	signal(SIGPIPE, SIG_DFL);
	sigprocmask(SIG_SETMASK, &p.usual, NULL);
	return p.ended ? p.status : wait_plainly(child);
}
