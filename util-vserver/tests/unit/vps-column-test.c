// SPDX-License-Identifier: GPL-2.0-only
/*
 * vps-column-test.c - the column that vps puts into the output of ps
 */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "src/vps-column.h"

static int number, failures;

static void check(bool ok, const char *what)
{
	printf("%sok %d - %.*s\n", ok ? "" : "not ", ++number,
	       (int)strcspn(what, "\n"), what);
	failures += !ok;
}

static void header(const char *line, int want)
{
	char what[160];

	snprintf(what, sizeof(what), "PID of '%s' ends at %d", line, want);
	check(column_find_pid(line) == want, what);
}

static void pid(const char *line, int end, int want, int want_end)
{
	char what[160];
	int got;

	snprintf(what, sizeof(what), "'%s' at %d is %d", line, end, want);
	got = column_read_pid(line, &end);
	check(got == want && (want < 0 || end == want_end), what);
}

static void written(const char *line, int end, const char *text, const char *want)
{
	char *got;
	size_t size;
	FILE *f = open_memstream(&got, &size);

	column_write(f, line, end, text);
	fclose(f);
	check(!strcmp(got, want), want);
	if (strcmp(got, want))
		printf("# got: %s\n", got);
	free(got);
}

int main(void)
{
	header("    PID TTY          TIME CMD\n", 7);
	header("   PPID     PID CMD\n", 15);
	header("PID", 3);
	header("USER         PID %CPU\n", 16);
	header("   SPID PIDX PPID\n", -1);
	header("", -1);

	pid("    123 pts/0 00:00:00 bash\n", 7, 123, 7);
	pid("1234567890 pts/0\n", 7, 1234567890, 10);
	pid("      1", 7, 1, 7);
	pid("      - pts/0\n", 7, -1, 0);
	pid("   ab12 pts/0\n", 7, -1, 0);
	pid("   12.3 pts/0\n", 7, -1, 0);
	pid("123\n", 7, -1, 0);
	pid("", 7, -1, 0);

	written("    PID TTY   CMD\n", 7, "CONTEXT",
		"    PID CONTEXT             TTY   CMD\n");
	written("    123 pts/0 sh\n", 7, "    0 MAIN",
		"    123     0 MAIN          pts/0 sh\n");
	written("    123 pts/0 sh\n", 7, "40000 a-very-long-guest-name",
		"    123 40000 a-very-long-g pts/0 sh\n");
	written("    123\n", 7, "40000 web", "    123 40000 web\n");
	written("  x\n", 7, "", "  x     \n");
	written("    123 x\n", 7, "", "    123                     x\n");
	printf("1..%d\n", number);
	return failures != 0;
}
