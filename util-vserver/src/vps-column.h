/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * vps-column.h - a column for the context in the output of ps
 */
#ifndef UTIL_VSERVER_VPS_COLUMN_H
#define UTIL_VSERVER_VPS_COLUMN_H

#include <stdio.h>
#include <sys/types.h>

enum { VPS_COLUMN = 20 };

/**
 * column_find_pid() - where the column PID ends
 * @header: first line of ps
 *
 * Return: offset of the byte behind the word PID, or -1 when there is none.
 */
int column_find_pid(const char *header);

/**
 * column_read_pid() - the number in the column of a line
 * @line: a line of ps
 * @end: in: where the column ends; out: where this number ends, which is
 * further right when it is too wide
 *
 * Return: the number, or -1 when none stands there (threads, foreign lines).
 */
pid_t column_read_pid(const char *line, int *end);

/**
 * column_write() - a line with the text inserted behind the column
 * @f: where to
 * @line: a line of ps, with or without newline
 * @end: where the column ends
 * @text: shown in VPS_COLUMN characters, the last one is always a blank
 */
void column_write(FILE *f, const char *line, int end, const char *text);

#endif
