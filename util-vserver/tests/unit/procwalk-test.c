// SPDX-License-Identifier: GPL-2.0-only
/*
 * procwalk-test.c - lines of /proc/PID/stat, also those that were made to confuse
 */
#define _GNU_SOURCE
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "src/procwalk.h"

static int number, failures;

static void check(bool ok, const char *what)
{
	printf("%sok %d - %s\n", ok ? "" : "not ", ++number, what);
	failures += !ok;
}

#define REST "S 7 1 1 0 -1 4194560 1 2 3 4 11 22 33 44 20 0 1 0 5555 4096000 77 18446744073709551615"

static void name(const char *text, const char *want)
{
	struct proc_stat p;
	char line[512], what[200];

	snprintf(line, sizeof(line), "42 (%s) " REST " 1 1 0\n", text);
	snprintf(what, sizeof(what), "a program called '%s'", text);
	check(proc_parse_stat(line, &p) == 0 && !strcmp(p.comm, want) &&
	      p.pid == 42 && p.ppid == 7 && p.state == 'S', what);
}

static void self(void)
{
	struct proc_stat p;
	char line[2048];
	FILE *f;
	bool read;

	prctl(PR_SET_NAME, ") R 1 (x");
	f = fopen("/proc/self/stat", "r");
	read = f && fgets(line, sizeof(line), f);
	check(read && proc_parse_stat(line, &p) == 0 && p.pid == getpid() &&
	      p.ppid == getppid() && !strcmp(p.comm, ") R 1 (x") &&
	      p.vsize > 0 && p.rss > 0, "this process, with a nasty name");
	if (f)
		fclose(f);
}

int main(void)
{
	struct proc_stat p;

	check(proc_parse_stat("42 (sh) " REST " 1 1\n", &p) == 0, "a plain line");
	check(p.utime == 44 && p.stime == 66, "times include reaped children");
	check(p.start == 5555 && p.vsize == 4096000 && p.rss == 77,
	      "start, address space, resident pages");
	name("a b", "a b");
	name("x) R 1 (y", "x) R 1 (y");
	name("))))", "))))");
	name("", "");
	name("a-name-of-a-kernel-thread-that-is-longer-than-the-buffer-has-room-for-it",
	     "a-name-of-a-kernel-thread-that-is-longer-than-the-buffer-has-ro");
	check(proc_parse_stat("", &p) < 0, "an empty line is none");
	check(proc_parse_stat("42 (sh", &p) < 0, "a line that ends in the name");
	check(proc_parse_stat("42 (sh) S 7 1", &p) < 0, "a line that is cut");
	check(proc_parse_stat("x (sh) " REST, &p) < 0, "a line without a number");
	self();
	printf("1..%d\n", number);
	return failures != 0;
}
