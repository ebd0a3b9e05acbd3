/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * TAP and a scratch directory for the tests of config/ and guest/. Every test names the
 * failure that it guards against.
 */
#ifndef VSERVER_TESTS_TAP_H
#define VSERVER_TESTS_TAP_H

#include <fcntl.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static int tap_number, tap_failures;
static char tap_dir[] = "/tmp/vserver-test.XXXXXX";

static inline bool ok(bool good, const char *what)
{
	printf("%sok %d - %s\n", good ? "" : "not ", ++tap_number, what);
	tap_failures += !good;
	return good;
}

static inline void is(const char *got, const char *want, const char *what)
{
	if (!ok(got && !strcmp(got, want), what))
		printf("# got '%s', wanted '%s'\n", got ? got : "(null)", want);
}

/* The text contains the part. */
static inline void has(const char *got, const char *part, const char *what)
{
	if (!ok(got && strstr(got, part), what))
		printf("# got '%s', wanted something with '%s'\n", got ? got : "(null)", part);
}

static inline void num(long long got, long long want, const char *what)
{
	if (!ok(got == want, what))
		printf("# got %lld, wanted %lld\n", got, want);
}

static inline void tap_begin(void)
{
	if (!mkdtemp(tap_dir) || chdir(tap_dir) < 0) {
		puts("Bail out! no scratch directory");
		exit(1);
	}
}

static inline int tap_end(void)
{
	char command[64];

	snprintf(command, sizeof(command), "rm -rf '%s'", tap_dir);
	if (chdir("/") < 0 || system(command) != 0)
		puts("# scratch directory not removed");
	printf("1..%d\n", tap_number);
	return tap_failures ? 1 : 0;
}

/* Makes a file with all directories above it, below the scratch directory. */
static inline void put(const char *path, const char *text)
{
	char copy[512];
	int fd;

	snprintf(copy, sizeof(copy), "%s", path);
	for (char *p = copy + 1; (p = strchr(p, '/')); p++) {
		*p = '\0';
		mkdir(copy, 0755);
		*p = '/';
	}
	fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0644);
	if (fd < 0 || write(fd, text, strlen(text)) != (ssize_t)strlen(text)) {
		printf("Bail out! can't write %s\n", path);
		exit(1);
	}
	close(fd);
}

#endif
