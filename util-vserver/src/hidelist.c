// SPDX-License-Identifier: GPL-2.0-only
/*
 * hidelist.c - one line of the list of vprocunhide
 *
 * The kernel hides an entry with HIDE from all but the host, if it has ADMIN,
 * and context 1, if it has WATCH.  Rules add bits; only "visible" takes one
 * away, so a later line can't lock the host out by accident.
 */
#include <string.h>

#include <linux/vserver.h>

#include "hidelist.h"

static const struct {
	char prefix;
	uint32_t flags, mask;
} kinds[] = {
	{ '+', 0, IATTR_HIDE },
	{ '-', IATTR_ADMIN | IATTR_HIDE, IATTR_ADMIN | IATTR_HIDE },
	{ ':', IATTR_WATCH | IATTR_HIDE, IATTR_WATCH | IATTR_HIDE },
	{ '~', IATTR_ADMIN | IATTR_WATCH | IATTR_HIDE,
	       IATTR_ADMIN | IATTR_WATCH | IATTR_HIDE },
	{ '!', IATTR_HIDE, IATTR_HIDE },
	{ '>', IATTR_WRITE, IATTR_WRITE },
};

int hide_parse(char *line, struct hide_rule *rule)
{
	static const char blanks[] = " \t\r\n";
	size_t kind = 0, length;

	line += strspn(line, blanks);
	if (!*line || *line == '#')
		return 0;
	for (size_t i = 0; i < sizeof(kinds) / sizeof(*kinds); i++) {
		if (*line == kinds[i].prefix) {
			kind = i;
			line++;
			line += strspn(line, blanks);
			break;
		}
	}
	length = strlen(line);
	while (length && strchr(blanks, line[length - 1]))
		line[--length] = 0;
	rule->recursive = length > 1 && line[length - 1] == '/';
	while (length > 1 && line[length - 1] == '/')
		line[--length] = 0;
	rule->pattern = line;
	rule->flags = kinds[kind].flags;
	rule->mask = kinds[kind].mask;
	return *line == '/' ? 1 : -1;
}
