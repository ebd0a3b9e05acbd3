// SPDX-License-Identifier: GPL-2.0-only
/*
 * stat-format.c - the columns of vserver-stat
 *
 * Monitoring scripts cut this table at fixed positions, so they are binding
 * (spec/tools.md A.7).  Two digits that the original got wrong are right here,
 * in the same places: hundredths of a second, and days beyond 99 of a year.
 */
#include <inttypes.h>
#include <stdio.h>

#include "stat-format.h"

const char stat_header[] =
	"CTX   PROC    VSZ    RSS  userTIME   sysTIME    UPTIME NAME";

enum {
	MINUTE = 60,
	HOUR = 60 * MINUTE,
	DAY = 24 * HOUR,
	YEAR = 365,		/* in days */
	MANY_DAYS = 999,	/* from here on years are shown */
};

void stat_memory(uint64_t bytes, char text[STAT_COLUMN])
{
	static const char units[] = " KMGT+";
	const char *unit = units;
	unsigned int tenths = 0;

	while (bytes >= 1000 && unit[1]) {
		tenths = bytes % 1024 * 10 / 1024;
		bytes /= 1024;
		unit++;
	}
	if (tenths)
		snprintf(text, STAT_COLUMN, "%" PRIu64 ".%u%c", bytes, tenths, *unit);
	else
		snprintf(text, STAT_COLUMN, "%" PRIu64 "%c", bytes, *unit);
}

void stat_time(uint64_t ms, char text[STAT_COLUMN])
{
	uint64_t s = ms / 1000;
	unsigned int hundredths = ms % 1000 / 10;
	unsigned int hours = s % DAY / HOUR;
	unsigned int minutes = s % HOUR / MINUTE;
	uint64_t days = s / DAY;

	if (s < HOUR)
		snprintf(text, STAT_COLUMN, "%um%02us%02u", minutes,
			 (unsigned int)(s % MINUTE), hundredths);
	else if (s < DAY)
		snprintf(text, STAT_COLUMN, "%uh%02um%02u", hours, minutes,
			 (unsigned int)(s % MINUTE));
	else if (days <= MANY_DAYS)
		snprintf(text, STAT_COLUMN, "%ud%02uh%02u", (unsigned int)days,
			 hours, minutes);
	else
		snprintf(text, STAT_COLUMN, "%" PRIu64 "y%02ud%02u", days / YEAR,
			 (unsigned int)(days % YEAR), hours);
}

/* Cut between characters, so that a long name stays valid UTF-8. */
static int name_bytes(const char *name)
{
	int n = 0, characters = 0;

	for (; name[n]; n++) {
		if ((name[n] & 0xc0) != 0x80 && ++characters > STAT_NAME)
			break;
	}
	return n;
}

void stat_line(const struct stat_row *row, const char *name, char *text,
	       size_t size)
{
	char xid[STAT_COLUMN], vsz[STAT_COLUMN], rss[STAT_COLUMN];
	char user[STAT_COLUMN], system[STAT_COLUMN], uptime[STAT_COLUMN];
	int used;

	used = snprintf(xid, sizeof(xid), "%" PRIu32, row->xid);
	stat_memory(row->vsz, vsz);
	stat_memory(row->rss, rss);
	stat_time(row->user_ms, user);
	stat_time(row->system_ms, system);
	stat_time(row->uptime_ms, uptime);
	snprintf(text, size, "%s%*" PRIu32 "%7s%7s%10s%10s%10s %.*s", xid,
		 10 - used, row->processes, vsz, rss, user, system, uptime,
		 name_bytes(name), name);
}
