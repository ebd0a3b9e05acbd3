// SPDX-License-Identifier: GPL-2.0-only
/*
 * What system calls cost, in executed instructions.
 *
 * Runs under QEMU's -icount shift=0 on one CPU, where the guest's clock counts
 * instructions: a difference of clock readings is an exact count. Each row is
 * the smallest of several rounds, so that interrupts fall out.
 *
 *   bench rows			the rows on this kernel, as this task
 *   bench beside		the same, with a guest running beside
 *   bench guest		the same, inside a guest
 *   bench enter		enter a fresh context and exec, against unshare
 *   bench many N		create N idle contexts
 *
 * Prints "name<TAB>instructions" lines.
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <err.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <linux/vserver.h>

#define NR_VSERVER	236
#define BCAPS_SECURE	0xb44c04ffULL
#define XID		77

static char *self;

static uint64_t now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000000000ULL + ts.tv_nsec;
}

static int vserver(uint32_t cmd, uint32_t id, void *data)
{
	return syscall(NR_VSERVER, cmd, id, data);
}

static void spawn_wait(char *const argv[])
{
	pid_t pid = vfork();
	int status;

	if (pid == 0) {
		execv(argv[0], argv);
		_exit(127);
	}
	if (pid < 0 || waitpid(pid, &status, 0) != pid || status)
		err(1, "cannot run %s", argv[0]);
}

/* --- the rows: each does its operation @n times ------------------------------- */

static void row_getpid(unsigned int n)
{
	while (n--)
		syscall(SYS_getpid);
}

static void row_kill(unsigned int n)
{
	while (n--)
		kill(getpid(), 0);
}

static void row_open(unsigned int n)
{
	while (n--)
		close(open("/etc/passwd", O_RDONLY));
}

static void row_stat(unsigned int n)
{
	struct stat st;

	while (n--)
		stat("/etc/passwd", &st);
}

static void row_pipe(unsigned int n)
{
	int there[2], back[2];
	char byte = 0;
	pid_t pid;

	if (pipe(there) || pipe(back))
		err(1, "pipe");
	pid = fork();
	if (pid == 0) {
		while (n-- && read(there[0], &byte, 1) == 1 &&
		       write(back[1], &byte, 1) == 1)
			;
		_exit(0);
	}
	while (n--)
		if (write(there[1], &byte, 1) != 1 || read(back[0], &byte, 1) != 1)
			err(1, "ping-pong");
	waitpid(pid, NULL, 0);
	close(there[0]);
	close(there[1]);
	close(back[0]);
	close(back[1]);
}

static void row_fork(unsigned int n)
{
	while (n--) {
		pid_t pid = fork();

		if (pid == 0)
			_exit(0);
		waitpid(pid, NULL, 0);
	}
}

static void row_exec(unsigned int n)
{
	char *argv[] = { self, "nothing", NULL };

	while (n--)
		spawn_wait(argv);
}

static void row_fault(unsigned int n)
{
	size_t size = (size_t)n * 4096;
	char *p = mmap(NULL, size, PROT_READ | PROT_WRITE,
		       MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (p == MAP_FAILED)
		err(1, "mmap");
	madvise(p, size, MADV_NOHUGEPAGE);
	for (size_t i = 0; i < size; i += 4096)
		p[i] = 1;
	munmap(p, size);
}

static void row_proc(unsigned int n)
{
	while (n--) {
		DIR *dir = opendir("/proc");
		struct dirent *entry;
		char path[300], buf[4096];

		while (dir && (entry = readdir(dir))) {
			int fd;

			if (entry->d_name[0] < '0' || entry->d_name[0] > '9')
				continue;
			snprintf(path, sizeof(path), "/proc/%s/stat",
				 entry->d_name);
			fd = open(path, O_RDONLY);
			if (fd >= 0 && read(fd, buf, sizeof(buf)) > 0)
				close(fd);
		}
		closedir(dir);
	}
}

static const struct row {
	const char *name;
	void (*run)(unsigned int n);
	unsigned int n;
} rows[] = {
	{ "getpid", row_getpid, 2000 },
	{ "kill(self, 0)", row_kill, 2000 },
	{ "open+close", row_open, 1000 },
	{ "stat", row_stat, 1000 },
	{ "pipe ping-pong", row_pipe, 500 },
	{ "fork+exit+wait", row_fork, 30 },
	{ "vfork+exec+exit+wait", row_exec, 20 },
	{ "page fault", row_fault, 500 },
	{ "read all of /proc", row_proc, 5 },
};

static void run_rows(void)
{
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		uint64_t best = UINT64_MAX;

		for (int round = 0; round < 9; round++) {
			uint64_t t = now();

			rows[i].run(rows[i].n);
			t = now() - t;
			if (t < best)
				best = t;
		}
		printf("%s\t%llu\n", rows[i].name,
		       (unsigned long long)(best / rows[i].n));
	}
	fflush(stdout);
}

/* --- contexts ------------------------------------------------------------------ */

static void enter_context(uint32_t xid, uint64_t more)
{
	struct vcmd_ctx_create create = {
		.flagword = VXF_STATE_SETUP | VXF_STATE_INIT | VXF_STATE_ADMIN |
			    more,
	};
	struct vcmd_bcaps bcaps = { BCAPS_SECURE, ~0ULL };
	struct vcmd_flags flags = {
		VXF_INFO_INIT, VXF_INFO_INIT | VXF_STATE_SETUP | VXF_STATE_INIT
	};

	if (vserver(VCMD_ctx_create, xid, &create) < 0)
		err(1, "ctx_create %u", xid);
	if (vserver(VCMD_set_bcaps, VX_ID_SELF, &bcaps) ||
	    vserver(VCMD_set_cflags, VX_ID_SELF, &flags))
		err(1, "setting up context %u", xid);
}

/*
 * Six processes that sleep, in a guest or in the host: every column has the
 * same number of them, because fork and /proc depend on it.
 */
static pid_t sleepers(int in_a_guest)
{
	int ready[2];
	char byte;
	pid_t pid;

	if (pipe(ready))
		err(1, "pipe");
	pid = fork();
	if (pid == 0) {
		if (in_a_guest)
			enter_context(XID + 1, 0);
		else
			setpgid(0, 0);
		for (int i = 0; i < 5; i++)
			if (fork() == 0)
				pause();
		if (write(ready[1], "", 1) != 1)
			_exit(1);
		pause();
		_exit(0);
	}
	if (read(ready[0], &byte, 1) != 1)
		err(1, "sleepers");
	return pid;
}

static void end_sleepers(pid_t pid, int in_a_guest)
{
	struct vcmd_ctx_kill all = { 0, SIGKILL };

	if (in_a_guest ? vserver(VCMD_ctx_kill, XID + 1, &all) :
			 kill(-pid, SIGKILL))
		err(1, "ending the sleepers");
	waitpid(pid, NULL, 0);
}

static int in_guest(void)
{
	char *argv[] = { self, "run", NULL };
	pid_t pid = fork();
	int status;

	if (pid == 0) {
		enter_context(XID, 0);
		/* one more process, so that it is not init that is measured */
		pid = fork();
		if (pid == 0) {
			execv(self, argv);
			_exit(127);
		}
		waitpid(pid, &status, 0);
		_exit(WEXITSTATUS(status));
	}
	waitpid(pid, &status, 0);
	return WEXITSTATUS(status);
}

static uint64_t time_child(void (*prepare)(int round), int round)
{
	char *argv[] = { self, "nothing", NULL };
	uint64_t t = now();
	pid_t pid = fork();
	int status;

	if (pid == 0) {
		prepare(round);
		execv(self, argv);
		_exit(127);
	}
	waitpid(pid, &status, 0);
	if (status)
		errx(1, "the child failed (%#x)", status);
	return now() - t;
}

static void prepare_nothing(int round)
{
	(void)round;
}

static void prepare_context(int round)
{
	enter_context(1000 + round, 0);
}

static void prepare_unshare(int round)
{
	int status;
	pid_t pid;

	(void)round;
	if (unshare(CLONE_NEWPID | CLONE_NEWNS | CLONE_NEWUTS | CLONE_NEWIPC |
		    CLONE_NEWNET))
		_exit(1);
	/* only a child is inside the new PID namespace */
	pid = fork();
	if (pid) {
		waitpid(pid, &status, 0);
		_exit(status != 0);
	}
}

static void bench_enter(void)
{
	static const struct {
		const char *name;
		void (*prepare)(int round);
	} ways[] = {
		{ "fork+exec alone", prepare_nothing },
		{ "fresh context+exec", prepare_context },
		{ "unshare pid,mount,uts,ipc,net+exec", prepare_unshare },
	};

	for (size_t i = 0; i < sizeof(ways) / sizeof(*ways); i++) {
		uint64_t best = UINT64_MAX;

		for (int round = 0; round < 15; round++) {
			uint64_t t = time_child(ways[i].prepare, round);

			if (t < best)
				best = t;
		}
		printf("%s\t%llu\n", ways[i].name, (unsigned long long)best);
	}
}

/* --- many idle contexts ---------------------------------------------------------- */

static uint64_t free_kb(void)
{
	unsigned long long kb = 0;
	char line[128];
	FILE *f;
	int fd;

	sync();
	fd = open("/proc/sys/vm/drop_caches", O_WRONLY);
	if (fd < 0 || write(fd, "3", 1) != 1)
		err(1, "drop_caches");
	close(fd);
	usleep(200000);	/* RCU lets go of what died */
	f = fopen("/proc/meminfo", "r");
	while (f && fgets(line, sizeof(line), f))
		if (sscanf(line, "MemFree: %llu kB", &kb) == 1)
			break;
	if (f)
		fclose(f);
	return kb;
}

static void bench_many(unsigned int count)
{
	uint64_t before, after, early = UINT64_MAX, late = UINT64_MAX;
	uint64_t *cost = mmap(NULL, 4096, PROT_READ | PROT_WRITE,
			      MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	if (cost == MAP_FAILED)
		err(1, "mmap");
	*cost = 0;
	before = free_kb();
	for (unsigned int i = 1; i <= count; i++) {
		struct vcmd_ctx_create create = {
			.flagword = VXF_STATE_ADMIN | VXF_PERSISTENT,
		};
		pid_t pid = fork();
		int status;

		if (pid == 0) {
			uint64_t t = now();

			if (vserver(VCMD_ctx_create, i + 1, &create) < 0)
				_exit(1);
			*cost = now() - t;
			_exit(0);
		}
		waitpid(pid, &status, 0);
		if (status)
			errx(1, "context number %u failed", i);
		/* the best of some neighbours: interrupts and slab refills */
		if (i >= 10 && i < 40 && *cost < early)
			early = *cost;
		if (i > count - 30 && *cost < late)
			late = *cost;
	}
	after = free_kb();
	printf("contexts\t%u\n", count);
	printf("bytes each\t%llu\n",
	       (unsigned long long)(before > after ?
				    (before - after) * 1024 / count : 0));
	printf("create number 10\t%llu\n", (unsigned long long)early);
	printf("create number %u\t%llu\n", count, (unsigned long long)late);
}

int main(int argc, char **argv)
{
	const char *what = argc > 1 ? argv[1] : "rows";
	pid_t pid;

	self = "/proc/self/exe";
	if (!strcmp(what, "nothing"))
		return 0;
	self = realpath("/proc/self/exe", NULL);
	if (!self)
		err(1, "realpath");
	if (!strcmp(what, "run")) {
		run_rows();
	} else if (!strcmp(what, "rows") || !strcmp(what, "beside")) {
		int in_a_guest = !strcmp(what, "beside");

		pid = sleepers(in_a_guest);
		run_rows();
		end_sleepers(pid, in_a_guest);
	} else if (!strcmp(what, "guest")) {
		int status;

		pid = sleepers(0);
		status = in_guest();
		end_sleepers(pid, 0);
		return status;
	} else if (!strcmp(what, "enter")) {
		bench_enter();
	} else if (!strcmp(what, "many") && argc > 2) {
		bench_many(strtoul(argv[2], NULL, 0));
	} else {
		errx(2, "unknown: %s", what);
	}
	return 0;
}
