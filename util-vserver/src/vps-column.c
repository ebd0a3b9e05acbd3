// SPDX-License-Identifier: GPL-2.0-only
/*
 * vps-column.c - a column for the context in the output of ps
 *
 * ps aligns PID to the right, under the word in the header; so the digit at the
 * end of that word belongs to the number.  A wide number may go on behind it.
 */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "vps-column.h"

static int is_word_end(char c)
{
	return c == 0 || c == ' ' || c == '\n';
}

int column_find_pid(const char *header)
{
	for (const char *p = header; (p = strstr(p, "PID")) != NULL; p += 3)
		if ((p == header || p[-1] == ' ') && is_word_end(p[3]))
			return p + 3 - header;
	return -1;
}

pid_t column_read_pid(const char *line, int *end)
{
	int length = strcspn(line, "\n"), from = *end - 1, to = *end;

	if (from < 0 || length < *end || !isdigit((unsigned char)line[from]))
		return -1;
	while (from > 0 && isdigit((unsigned char)line[from - 1]))
		from--;
	while (isdigit((unsigned char)line[to]))
		to++;
	/* A digit of some text: "foo1", "1.5", "12:30". */
	if ((from > 0 && line[from - 1] != ' ') || !is_word_end(line[to]))
		return -1;
	*end = to;
	return strtol(line + from, NULL, 10);
}

/* Bytes of the first @width characters, and how many there were. */
static int cut(const char *text, int width, int *characters)
{
	int n = 0;

	*characters = 0;
	for (; text[n]; n++) {
		if ((text[n] & 0xc0) == 0x80)
			continue;
		if (*characters == width)
			break;
		++*characters;
	}
	return n;
}

void column_write(FILE *f, const char *line, int end, const char *text)
{
	int length = strcspn(line, "\n"), characters;
	int bytes = cut(text, VPS_COLUMN - 1, &characters);
	const char *rest = line + (length > end ? end : length);

	/* The blank behind PID stays there; the line grows by VPS_COLUMN. */
	rest += *rest == ' ';
	fprintf(f, "%-*.*s %.*s", end, end < length ? end : length, line, bytes,
		text);
	if (rest[0] && rest[0] != '\n')
		fprintf(f, "%*s%s", VPS_COLUMN - characters, "", rest);
	else
		fputs(rest, f);
}
