/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * words.h - flag words as vattribute and nattribute show them
 */
#ifndef UTIL_VSERVER_WORDS_H
#define UTIL_VSERVER_WORDS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <vserver.h>

/**
 * struct word - one of a context's words
 * @word: its table of names
 * @title: line above it, member of the JSON object
 * @get: reads it
 * @function: name of @get, for messages
 * @optional: older kernels don't know it
 */
struct word {
	enum vc_word word;
	const char *title;
	int (*get)(uint32_t id, uint64_t *value, uint64_t *mask);
	const char *function;
	bool optional;
};

/* Prints all words of a context, as text or as one JSON object. */
void words_show(const struct word *words, size_t n, uint32_t id, bool json);
/* Prints the names that lists may contain. */
void words_list(const struct word *words, size_t n);

#endif
