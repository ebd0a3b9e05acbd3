// SPDX-License-Identifier: LGPL-2.1-or-later
/* Flag words as text: element, list, and back. The tables are in words.c. */
#define _GNU_SOURCE
#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <strings.h>

#include "internal.h"

const char *vc_word_title(enum vc_word word)
{
	return vc_words[word].title;
}

uint64_t vc_word_secure(enum vc_word word)
{
	return vc_words[word].secure;
}

static const struct vc_name *find_name(const struct vc_name *n, const char *name, size_t len)
{
	for (; n->name; n++) {
		if (strlen(n->name) == len && !strncasecmp(n->name, name, len))
			return n;
	}
	return NULL;
}

bool vc_name_bits(enum vc_word word, const char *name, size_t len, uint64_t *bits)
{
	const struct vc_word_info *info = &vc_words[word];
	size_t prefix = strlen(info->prefix);
	const struct vc_name *n;

	if (len > prefix && !strncasecmp(name, info->prefix, prefix)) {
		name += prefix;
		len -= prefix;
	}
	n = find_name(info->names, name, len);
	if (!n)
		return false;
	*bits = n->bits;
	return true;
}

const char *vc_bit_name(enum vc_word word, unsigned int bit)
{
	const struct vc_name *n;

	if (bit > 63)
		return NULL;
	for (n = vc_words[word].names; n->name; n++) {
		if (!n->alias && n->bits == 1ULL << bit)
			return n->name;
	}
	return NULL;
}

/* A number as strtoull() knows it, but only if it is all of the LEN bytes. */
static bool parse_number(const char *text, size_t len, int base, uint64_t *number)
{
	char copy[32], *end;

	if (!len || len >= sizeof(copy))
		return false;
	if (!isdigit((unsigned char)*text) && *text != '-')
		return false;
	memcpy(copy, text, len);
	copy[len] = '\0';
	errno = 0;
	*number = strtoull(copy, &end, base);
	return !errno && end != copy && !*end;
}

static bool parse_element(enum vc_word word, const char *text, size_t len, uint64_t *bits)
{
	uint64_t number;

	if (len && *text == '^') {
		if (!parse_number(text + 1, len - 1, 10, &number) || number > 63)
			return false;
		*bits = 1ULL << number;
		return true;
	}
	if (parse_number(text, len, 0, bits))
		return true;
	if (len == 3 && (!strncasecmp(text, "all", 3) || !strncasecmp(text, "any", 3))) {
		*bits = ~0ULL;
		return true;
	}
	if (len == 4 && !strncasecmp(text, "none", 4)) {
		*bits = 0;
		return true;
	}
	return vc_name_bits(word, text, len, bits);
}

int vc_list_parse(enum vc_word word, const char *list, uint64_t *value, uint64_t *mask,
		  const char **bad, size_t *bad_len)
{
	uint64_t v = *value, m = mask ? *mask : 0, bits;
	const char *next;

	for (; list; list = next) {
		const char *comma = strchrnul(list, ','), *e = list;
		bool negate = false;

		next = *comma ? comma + 1 : NULL;
		for (; *e == '!' || *e == '~'; e++)
			negate = !negate;
		if (!parse_element(word, e, (size_t)(comma - e), &bits)) {
			if (bad)
				*bad = list;
			if (bad_len)
				*bad_len = (size_t)(comma - list);
			errno = EINVAL;
			return -1;
		}
		v = negate ? v & ~bits : v | bits;
		m |= bits;
	}
	*value = v;
	if (mask)
		*mask = m;
	return 0;
}

char *vc_list_text(enum vc_word word, uint64_t bits)
{
	const char *comma = "";
	char *text = NULL;
	size_t size;
	FILE *f = open_memstream(&text, &size);
	int named, b;

	if (!f)
		return NULL;
	for (named = 1; named >= 0; named--) {
		for (b = 0; b < 64; b++) {
			const char *name = vc_bit_name(word, (unsigned int)b);

			if (!(bits & 1ULL << b) || !!name != named)
				continue;
			if (name)
				fprintf(f, "%s%s", comma, name);
			else
				fprintf(f, "%s^%d", comma, b);
			comma = ",";
		}
	}
	if (fclose(f)) {
		free(text);
		return NULL;
	}
	return text;
}
