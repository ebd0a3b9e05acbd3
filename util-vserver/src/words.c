// SPDX-License-Identifier: GPL-2.0-only
/* Flag words on standard output: see words.h. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include <json-c/json.h>

#include "tool.h"
#include "words.h"

static char *text_of(enum vc_word word, uint64_t bits)
{
	char *text = vc_list_text(word, bits);

	if (!text)
		die_errno("memory");
	return text;
}

static struct json_object *json_word(enum vc_word word, uint64_t value)
{
	struct json_object *o = json_object_new_object(), *names = json_object_new_array();
	char hex[32];

	snprintf(hex, sizeof(hex), "0x%016llx", (unsigned long long)value);
	json_object_object_add(o, "value", json_object_new_string(hex));
	for (unsigned int bit = 0; bit < 64; bit++) {
		char *name;

		if (!(value & 1ULL << bit))
			continue;
		name = text_of(word, 1ULL << bit);
		json_object_array_add(names, json_object_new_string(name));
		free(name);
	}
	json_object_object_add(o, "names", names);
	return o;
}

static void show_word(const struct word *w, uint64_t value)
{
	char *text = text_of(w->word, value);

	printf("%s:\n%s\n", w->title, text);
	free(text);
}

void words_show(const struct word *words, size_t n, uint32_t id, bool json)
{
	struct json_object *all = json ? json_object_new_object() : NULL;
	uint64_t value;

	for (size_t i = 0; i < n; i++) {
		if (words[i].get(id, &value, NULL) < 0) {
			if (errno == ENOSYS && words[i].optional)
				continue;
			die_vc(words[i].function);
		}
		if (json)
			json_object_object_add(all, words[i].title,
					       json_word(words[i].word, value));
		else
			show_word(&words[i], value);
	}
	if (json)
		tool_json(all);
}

void words_list(const struct word *words, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		printf("%s:\n", words[i].title);
		for (unsigned int bit = 0; bit < 64; bit++) {
			const char *name = vc_bit_name(words[i].word, bit);

			if (name)
				printf("  ^%-2u  %s\n", bit, name);
		}
	}
	tool_flush();
}
