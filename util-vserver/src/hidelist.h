/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * hidelist.h - one line of the list of vprocunhide
 */
#ifndef UTIL_VSERVER_HIDELIST_H
#define UTIL_VSERVER_HIDELIST_H

#include <stdbool.h>
#include <stdint.h>

/**
 * struct hide_rule - what a line asks for
 * @pattern: path, points into the line; shell patterns allowed; no slash at the end
 * @recursive: the line had one: everything below, too
 * @flags, @mask: for set_iattr: bits in @mask become those in @flags
 */
struct hide_rule {
	char *pattern;
	bool recursive;
	uint32_t flags, mask;
};

/**
 * hide_parse() - read a line
 * @line: the text, changed in place
 * @rule: result
 *
 * Return: 1 a rule, 0 an empty line or a comment, -1 neither: @rule->pattern is
 * no absolute path.
 */
int hide_parse(char *line, struct hide_rule *rule);

#endif
