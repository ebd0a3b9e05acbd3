// SPDX-License-Identifier: GPL-2.0-only
/*
 * stat-format-test.c - the table of vserver-stat, character by character
 */
#include <stdio.h>
#include <string.h>

#include "src/stat-format.h"

static int number, failures;

static void same(const char *got, const char *want, const char *what)
{
	int ok = !strcmp(got, want);

	printf("%sok %d - %s\n", ok ? "" : "not ", ++number, what);
	if (!ok) {
		printf("# got  \"%s\"\n# want \"%s\"\n", got, want);
		failures++;
	}
}

static void memory(uint64_t bytes, const char *want)
{
	char text[STAT_COLUMN], what[80];

	stat_memory(bytes, text);
	snprintf(what, sizeof(what), "memory of %llu bytes is '%s'",
		 (unsigned long long)bytes, want);
	same(text, want, what);
}

static void duration(uint64_t ms, const char *want)
{
	char text[STAT_COLUMN], what[80];

	stat_time(ms, text);
	snprintf(what, sizeof(what), "%llu ms are '%s'",
		 (unsigned long long)ms, want);
	same(text, want, what);
}

static void line(struct stat_row row, const char *name, const char *want,
		 const char *what)
{
	char text[200];

	stat_line(&row, name, text, sizeof(text));
	same(text, want, what);
}

int main(void)
{
	const uint64_t minute = 60000, hour = 60 * minute, day = 24 * hour;

	memory(0, "0 ");
	memory(999, "999 ");
	memory(1000, "0.9K");
	memory(1024, "1K");
	memory(1024 * 999, "999K");
	memory(1024 * 1000, "0.9M");
	memory(29988044, "28.5M");
	memory(30 << 20, "30M");
	memory(5ULL << 40, "5T");
	memory(~0ULL, "16383.9+");

	duration(0, "0m00s00");
	duration(5, "0m00s00");
	duration(45, "0m00s04");
	duration(345, "0m00s34");
	duration(2 * minute + 42570, "2m42s57");
	duration(hour - 1, "59m59s99");
	duration(hour, "1h00m00");
	duration(day - 1, "23h59m59");
	duration(day, "1d00h00");
	duration(12 * day + 4 * hour + 33 * minute, "12d04h33");
	duration(999 * day, "999d00h00");
	duration(1000 * day, "2y270d00");
	duration(2 * 365 * day + 300 * day, "2y300d00");
	duration(3 * 365 * day + 8 * day + 7 * hour, "3y08d07");

	same(stat_header,
	     "CTX   PROC    VSZ    RSS  userTIME   sysTIME    UPTIME NAME",
	     "the header");
	line((struct stat_row){ .xid = 0, .processes = 51,
				.vsz = 95315558, .rss = 27577549,
				.user_ms = 58750, .system_ms = 162570,
				.uptime_ms = 2025930 },
	     "root server",
	     "0       51  90.8M  26.2M   0m58s75   2m42s57  33m45s93 root server",
	     "line of the host");
	line((struct stat_row){ .xid = 49152, .processes = 1234,
				.vsz = 999 << 10, .rss = 1,
				.user_ms = 2665 * day, .system_ms = 1500 * day,
				.uptime_ms = 999 * day },
	     "a-name-that-is-longer-than-twenty",
	     "49152 1234   999K     1   7y110d00   4y40d00 999d00h00 "
	     "a-name-that-is-longe",
	     "widest line, the name is cut");
	line((struct stat_row){ .xid = 7 }, "\303\244\303\244\303\244\303\244\303\244"
	     "\303\244\303\244\303\244\303\244\303\244\303\244\303\244\303\244"
	     "\303\244\303\244\303\244\303\244\303\244\303\244\303\244x",
	     "7        0     0      0    0m00s00   0m00s00   0m00s00 "
	     "\303\244\303\244\303\244\303\244\303\244"
	     "\303\244\303\244\303\244\303\244\303\244\303\244\303\244\303\244"
	     "\303\244\303\244\303\244\303\244\303\244\303\244\303\244",
	     "a name is cut between characters");
	printf("1..%d\n", number);
	return failures != 0;
}
