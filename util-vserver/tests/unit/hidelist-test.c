// SPDX-License-Identifier: GPL-2.0-only
/*
 * hidelist-test.c - lines of the list of vprocunhide
 */
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include <linux/vserver.h>

#include "src/hidelist.h"

static int number, failures;

static void check(bool ok, const char *what)
{
	printf("%sok %d - '%s'\n", ok ? "" : "not ", ++number, what);
	failures += !ok;
}

static void rule(const char *text, const char *pattern, bool recursive,
		 unsigned int flags, unsigned int mask)
{
	struct hide_rule r;
	char line[200];

	snprintf(line, sizeof(line), "%s\n", text);
	check(hide_parse(line, &r) == 1 && !strcmp(r.pattern, pattern) &&
	      r.recursive == recursive && r.flags == flags && r.mask == mask,
	      text);
}

static void no_rule(const char *text, int want)
{
	struct hide_rule r;
	char line[200];

	snprintf(line, sizeof(line), "%s\n", text);
	check(hide_parse(line, &r) == want, text);
}

int main(void)
{
	const unsigned int a = IATTR_ADMIN, w = IATTR_WATCH, h = IATTR_HIDE;

	rule("/proc/meminfo", "/proc/meminfo", false, 0, h);
	rule("+/proc/meminfo", "/proc/meminfo", false, 0, h);
	rule("-/proc/cmdline", "/proc/cmdline", false, a | h, a | h);
	rule(":/proc/x", "/proc/x", false, w | h, w | h);
	rule("~/proc/x", "/proc/x", false, a | w | h, a | w | h);
	rule("!/proc/x", "/proc/x", false, h, h);
	rule(">/proc/x", "/proc/x", false, IATTR_WRITE, IATTR_WRITE);
	rule("-/proc/sys/dev/", "/proc/sys/dev", true, a | h, a | h);
	rule(" - /proc/a b/ \r", "/proc/a b", true, a | h, a | h);
	rule("/proc/tty///", "/proc/tty", true, 0, h);
	rule("/", "/", false, 0, h);
	no_rule("", 0);
	no_rule("   ", 0);
	no_rule("# /proc/meminfo", 0);
	no_rule("  # /proc/meminfo", 0);
	no_rule("meminfo", -1);
	no_rule("-", -1);
	no_rule("--/proc/meminfo", -1);
	printf("1..%d\n", number);
	return failures != 0;
}
