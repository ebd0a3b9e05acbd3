// SPDX-License-Identifier: GPL-2.0-only
/*
 * Process 1 of the machine that scripts/vm boots.
 *
 * Mounts what a host has, runs the one command it was given (/run/vm/argv,
 * NUL-separated) and reports over virtio-serial ports of their own, so that
 * nothing the kernel or a program prints on the console can be mistaken for a
 * verdict or for the command's output:
 *
 *   vm.verdict   "up\n" when the command starts, "exit N\n" when it ended
 *   vm.out       its standard output (and standard error, if there is no vm.err)
 *   vm.err       its standard error
 *
 * The command gets pipes, not the ports: a port can be opened only once, so
 * /dev/stdout and /dev/stderr would not work on it.  With "vm_shell=1" on the
 * kernel command line the command gets the terminal /dev/hvc0 instead.
 *
 * The machine goes off when the command has ended and all that it wrote has
 * been passed on; processes it left behind don't delay that.
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/reboot.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

#define RUN_DIR		"/run/vm"
#define PORT_DIR	"/sys/class/virtio-ports"
#define SETUP_SCRIPT	"/usr/lib/vserver-vm/setup"
#define TERMINAL	"/dev/hvc0"
#define STATUS_SETUP	125
#define ARRAY_SIZE(a)	(sizeof(a) / sizeof((a)[0]))
#define PUMP_SIZE	65536
#define PUMP_MAX	((1 << 20) / PUMP_SIZE + 1)

static int verdict_fd = -1;

/* The machine is of no use any more: say why on the console and go off. */
static void give_up(const char *what)
{
	fprintf(stderr, "vm-init: %s: %s\n", what, strerror(errno));
	sync();
	reboot(RB_POWER_OFF);
	for (;;)
		pause();
}

/*
 * Mounts
 */

static const struct mount_point {
	const char *type;
	const char *target;
	unsigned long flags;
	const char *options;
	bool optional;
} mount_points[] = {
	{ "proc", "/proc", MS_NOSUID | MS_NODEV | MS_NOEXEC, NULL, false },
	{ "sysfs", "/sys", MS_NOSUID | MS_NODEV | MS_NOEXEC, NULL, false },
	{ "devtmpfs", "/dev", MS_NOSUID, "mode=755", false },
	{ "devpts", "/dev/pts", MS_NOSUID | MS_NOEXEC, "gid=5,mode=620,ptmxmode=666", false },
	{ "tmpfs", "/dev/shm", MS_NOSUID | MS_NODEV, "mode=1777", false },
	{ "mqueue", "/dev/mqueue", MS_NOSUID | MS_NODEV | MS_NOEXEC, NULL, true },
	{ "tmpfs", "/tmp", MS_NOSUID | MS_NODEV, "mode=1777", false },
	{ "cgroup2", "/sys/fs/cgroup", MS_NOSUID | MS_NODEV | MS_NOEXEC, NULL, false },
	{ "securityfs", "/sys/kernel/security", MS_NOSUID | MS_NODEV | MS_NOEXEC, NULL, true },
	{ "debugfs", "/sys/kernel/debug", MS_NOSUID | MS_NODEV | MS_NOEXEC, NULL, true },
};

/* /run holds what vm-boot unpacked for us, so a tmpfs there gets a copy of it. */
static void mount_run(void)
{
	if (mkdir("/run.new", 0755) && errno != EEXIST)
		give_up("/run.new");
	if (mount("tmpfs", "/run.new", "tmpfs", MS_NOSUID | MS_NODEV, "mode=755"))
		give_up("/run");
	if (system("cp -a " RUN_DIR " /run.new/ && mkdir -m 1777 /run.new/lock"))
		give_up("copying " RUN_DIR);
	if (mount("/run.new", "/run", NULL, MS_MOVE, NULL))
		give_up("/run");
	rmdir("/run.new");
}

static void mount_all(void)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(mount_points); i++) {
		const struct mount_point *m = &mount_points[i];

		mkdir(m->target, 0755);
		if (mount(m->type, m->target, m->type, m->flags, m->options) &&
		    errno != EBUSY && !m->optional)
			give_up(m->target);
	}
	mount_run();
	/* as systemd leaves it: tools have to cope with a shared tree */
	if (mount(NULL, "/", NULL, MS_REC | MS_SHARED, NULL))
		give_up("sharing /");
}

/* What udev would make. */
static void link_descriptors(void)
{
	static const char *const links[][2] = {
		{ "/proc/self/fd", "/dev/fd" },
		{ "/proc/self/fd/0", "/dev/stdin" },
		{ "/proc/self/fd/1", "/dev/stdout" },
		{ "/proc/self/fd/2", "/dev/stderr" },
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(links); i++)
		if (symlink(links[i][0], links[i][1]) && errno != EEXIST)
			give_up(links[i][1]);
}

/* The directory given with --share; its presence is told by the kernel command line. */
static void mount_share(void)
{
	if (!getenv("vm_share"))
		return;
	mkdir("/mnt/share", 0755);
	if (mount("share", "/mnt/share", "9p", 0,
		  "trans=virtio,version=9p2000.L,msize=262144,cache=none"))
		give_up("/mnt/share");
}

/*
 * Ports
 */

/* A port's device has a number; its name is in sysfs. */
static int open_port(const char *name)
{
	char path[300], line[64] = "";
	struct dirent *entry;
	int fd = -1;
	FILE *f;
	DIR *dir;

	dir = opendir(PORT_DIR);
	if (!dir)
		return -1;
	while (fd < 0 && (entry = readdir(dir))) {
		snprintf(path, sizeof(path), PORT_DIR "/%s/name", entry->d_name);
		f = fopen(path, "re");
		if (!f)
			continue;
		if (fgets(line, sizeof(line), f) && !strcmp(strtok(line, "\n"), name)) {
			snprintf(path, sizeof(path), "/dev/%s", entry->d_name);
			fd = open(path, O_WRONLY | O_CLOEXEC);
		}
		fclose(f);
	}
	closedir(dir);
	return fd;
}

static void write_all(int fd, const char *buf, size_t len)
{
	while (len) {
		ssize_t done = write(fd, buf, len);

		if (done < 0 && errno == EINTR)
			continue;
		if (done <= 0)
			return;
		buf += done;
		len -= done;
	}
}

static void tell(const char *what, int number)
{
	char line[32];
	int len;

	len = snprintf(line, sizeof(line), number < 0 ? "%s\n" : "%s %d\n", what, number);
	write_all(verdict_fd, line, len);
}

/*
 * The command
 */

/* Reads a file of NUL-terminated strings; the list is never freed. */
static char **read_strings(const char *path)
{
	static char *empty[] = { NULL };
	size_t size = 0, room = 0, count = 0, i;
	char *data = NULL, **list, *p;
	ssize_t got;
	int fd;

	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return empty;
	do {
		if (size + 65536 > room) {
			room += 262144;
			data = realloc(data, room);
			if (!data)
				give_up(path);
		}
		got = read(fd, data + size, 65536);
		if (got < 0)
			give_up(path);
		size += got;
	} while (got);
	close(fd);

	for (i = 0; i < size; i++)
		count += !data[i];
	list = calloc(count + 1, sizeof(*list));
	if (!list)
		give_up(path);
	for (i = 0, p = data; i < count; i++, p += strlen(p) + 1)
		list[i] = p;
	return list;
}

/* The child: a session of its own, default signals, the given descriptors. */
static void run_child(char **argv, const int fd[3], bool terminal)
{
	sigset_t none;
	int i;

	setsid();
	if (terminal)
		ioctl(fd[0], TIOCSCTTY, 1);
	for (i = 0; i < 3; i++)
		if (dup2(fd[i], i) < 0)
			_exit(STATUS_SETUP);
	close_range(3, ~0U, 0);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	if (chdir("/root"))
		_exit(STATUS_SETUP);
	execvp(argv[0], argv);
	fprintf(stderr, "vm: %s: %s\n", argv[0], strerror(errno));
	_exit(errno == ENOENT ? 127 : 126);
}

static pid_t start(char **argv, const int fd[3], bool terminal)
{
	pid_t pid;

	fflush(NULL);
	pid = fork();
	if (pid < 0)
		give_up("fork");
	if (!pid)
		run_child(argv, fd, terminal);
	return pid;
}

static int exit_code(int status)
{
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

/* Reaps everything; true once @pid is among it. */
static bool reap(pid_t pid, int *status, int flags)
{
	bool found = false;
	int s;
	pid_t got;

	while ((got = waitpid(-1, &s, flags)) > 0) {
		if (got == pid) {
			*status = s;
			found = true;
			break;
		}
	}
	return found;
}

/* Passes on what is there; false at the end of the stream. */
static bool pump(struct pollfd *from, int to)
{
	static char buf[PUMP_SIZE];
	ssize_t got;

	got = read(from->fd, buf, sizeof(buf));
	if (got > 0) {
		write_all(to, buf, got);
		return true;
	}
	if (got < 0 && (errno == EAGAIN || errno == EINTR))
		return false;
	close(from->fd);
	from->fd = -1;	/* poll() skips it from now on */
	return false;
}

static void on_child(int sig)
{
	(void)sig;
}

/*
 * Waits for @pid while its output is passed on.  SIGCHLD is blocked except in
 * ppoll(), so an exit between reap() and ppoll() is not missed.
 */
static int serve(pid_t pid, struct pollfd from[2], const int to[2])
{
	sigset_t chld, none;
	int status = 0, i, n;
	bool done = false;

	sigemptyset(&none);
	sigemptyset(&chld);
	sigaddset(&chld, SIGCHLD);
	sigprocmask(SIG_BLOCK, &chld, NULL);
	signal(SIGCHLD, on_child);

	while (!done) {
		done = reap(pid, &status, WNOHANG);
		if (!done)
			ppoll(from, 2, NULL, &none);
		/*
		 * A bounded number of reads, more than a pipe can hold: a
		 * process left behind that never stops writing must not keep
		 * us from seeing that the command has ended.
		 */
		for (i = 0; i < 2; i++)
			for (n = 0; n < PUMP_MAX && from[i].fd >= 0; n++)
				if (!pump(&from[i], to[i]))
					break;
	}
	return exit_code(status);
}

static int run_captured(char **argv)
{
	struct pollfd from[2] = { { .fd = -1, .events = POLLIN }, { .fd = -1, .events = POLLIN } };
	int to[2], out[2], err[2], fd[3], status;
	pid_t pid;

	to[0] = open_port("vm.out");
	to[1] = open_port("vm.err");
	if (to[0] < 0)
		give_up("port vm.out");
	fd[0] = open("/dev/null", O_RDONLY | O_CLOEXEC);
	if (fd[0] < 0 || pipe2(out, O_CLOEXEC))
		give_up("pipe");
	fd[1] = out[1];
	fd[2] = out[1];
	if (to[1] >= 0) {
		if (pipe2(err, O_CLOEXEC))
			give_up("pipe");
		fd[2] = err[1];
		from[1].fd = err[0];
		fcntl(err[0], F_SETFL, O_NONBLOCK);
	}
	from[0].fd = out[0];
	fcntl(out[0], F_SETFL, O_NONBLOCK);

	tell("up", -1);
	pid = start(argv, fd, false);
	close(out[1]);
	if (to[1] >= 0)
		close(err[1]);
	status = serve(pid, from, to);
	close(to[0]);
	if (to[1] >= 0)
		close(to[1]);
	return status;
}

/* A serial line does not tell the size of the terminal at its end; scripts/vm does. */
static void terminal_size(int fd)
{
	const char *rows = getenv("VM_ROWS"), *columns = getenv("VM_COLUMNS");
	struct winsize size = { };

	if (!rows || !columns)
		return;
	size.ws_row = atoi(rows);
	size.ws_col = atoi(columns);
	ioctl(fd, TIOCSWINSZ, &size);
}

static int run_on_terminal(char **argv)
{
	int fd[3], status = 0;
	pid_t pid;

	fd[0] = open(TERMINAL, O_RDWR | O_NOCTTY | O_CLOEXEC);
	if (fd[0] < 0)
		give_up(TERMINAL);
	fd[1] = fd[0];
	fd[2] = fd[0];
	terminal_size(fd[0]);
	tell("up", -1);
	pid = start(argv, fd, true);
	while (!reap(pid, &status, 0))
		;
	tcdrain(fd[0]);
	return exit_code(status);
}

/*
 * The rest of the machine
 */

static void loopback_up(void)
{
	struct ifreq ifr = { .ifr_name = "lo", .ifr_flags = IFF_UP | IFF_RUNNING };
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	if (fd < 0 || ioctl(fd, SIOCSIFFLAGS, &ifr))
		give_up("loopback");
	close(fd);
}

static void environment(void)
{
	char **list;

	setenv("PATH", "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", 1);
	setenv("HOME", "/root", 1);
	setenv("USER", "root", 1);
	setenv("LOGNAME", "root", 1);
	setenv("SHELL", "/bin/bash", 1);
	setenv("LC_ALL", "C.UTF-8", 1);
	for (list = read_strings(RUN_DIR "/env"); *list; list++)
		putenv(*list);
}

/* What needs more than a line of C is a shell script: sysctls, host name, ... */
static void setup(void)
{
	static char *argv[] = { SETUP_SCRIPT, NULL };
	const int fd[3] = { 0, 1, 2 };
	int status = 0;
	pid_t pid;

	pid = start(argv, fd, false);
	while (!reap(pid, &status, 0))
		;
	errno = 0;
	if (status)
		give_up(SETUP_SCRIPT " failed");
}

int main(void)
{
	struct rlimit core = { 0, RLIM_INFINITY };
	bool terminal = getenv("vm_shell");
	char **argv;
	int status;

	if (getpid() != 1) {
		fprintf(stderr, "vm-init: this is only for process 1\n");
		return 2;
	}
	umask(022);
	mount_all();
	link_descriptors();
	mount_share();
	loopback_up();
	setrlimit(RLIMIT_CORE, &core);
	unsetenv("vm_shell");
	unsetenv("vm_share");
	environment();
	setup();

	verdict_fd = open_port("vm.verdict");
	if (verdict_fd < 0)
		give_up("port vm.verdict");
	argv = read_strings(RUN_DIR "/argv");
	errno = EINVAL;
	if (!*argv)
		give_up("no command");
	status = terminal ? run_on_terminal(argv) : run_captured(argv);
	tell("exit", status);
	close(verdict_fd);
	reboot(RB_POWER_OFF);
	give_up("power off");
}
