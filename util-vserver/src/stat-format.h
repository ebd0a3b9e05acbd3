/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * stat-format.h - the columns of vserver-stat
 */
#ifndef UTIL_VSERVER_STAT_FORMAT_H
#define UTIL_VSERVER_STAT_FORMAT_H

#include <stddef.h>
#include <stdint.h>

/**
 * struct stat_row - what is known of one context
 * @xid: its number
 * @processes: members (thread groups)
 * @vsz: address space of all members, bytes
 * @rss: resident memory of all members, bytes (shared pages count for each)
 * @user_ms: time in user mode, of children that were waited for, too
 * @system_ms: time in the kernel, likewise
 * @uptime_ms: age of the context, or of its oldest member
 */
struct stat_row {
	uint32_t xid;
	uint32_t processes;
	uint64_t vsz;
	uint64_t rss;
	uint64_t user_ms;
	uint64_t system_ms;
	uint64_t uptime_ms;
};

enum {
	STAT_COLUMN = 32,	/* room for one formatted number */
	STAT_NAME = 20,		/* characters of a name that are shown */
};

/* "CTX   PROC ...": scripts compare it literally. */
extern const char stat_header[];

/**
 * stat_memory() - bytes with a unit, three digits at most: "512 ", "28.6M"
 * @bytes: the number
 * @text: result
 */
void stat_memory(uint64_t bytes, char text[STAT_COLUMN]);

/**
 * stat_time() - duration: "2m42s57", "3h05m09", "12d04h33", "2y081d07"
 * @ms: milliseconds
 * @text: result
 */
void stat_time(uint64_t ms, char text[STAT_COLUMN]);

/**
 * stat_line() - one line of the table, without the newline
 * @row: the numbers
 * @name: shown in the last column
 * @text: result, @size bytes
 */
void stat_line(const struct stat_row *row, const char *name, char *text,
	       size_t size);

#endif
