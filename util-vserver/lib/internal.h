/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Shared by the files of lib/ only. */
#ifndef LIBVSERVER_INTERNAL_H
#define LIBVSERVER_INTERNAL_H

#include <string.h>

#include "vserver.h"

/* The kernel writes nothing through the pointer of an "in" command. */
static inline int vc_call(uint32_t cmd, uint32_t id, const void *data)
{
	return (int)vc_syscall(cmd, id, (void *)data);
}

/**
 * struct vc_name - a name of one or more bits
 * @name: lower case, without the word's prefix
 * @bits: its bits
 * @alias: only understood, never printed
 */
struct vc_name {
	const char *name;
	uint64_t bits;
	bool alias;
};

/**
 * struct vc_word_info - all about one flag word
 * @title: what an element is called in messages
 * @prefix: optional in front of names
 * @names: in ascending order of bits, aliases last; ends with a NULL name
 * @secure: value of --secure
 */
struct vc_word_info {
	const char *title;
	const char *prefix;
	const struct vc_name *names;
	uint64_t secure;
};

#define VC_HIDDEN __attribute__((visibility("hidden")))

extern const struct vc_word_info vc_words[VC_WORDS] VC_HIDDEN;

/* All flag words have the same shape: value, then mask. */
int vc_get_word(uint32_t cmd, uint32_t id, uint64_t *value, uint64_t *mask) VC_HIDDEN;
int vc_set_word(uint32_t cmd, uint32_t id, uint64_t value, uint64_t mask) VC_HIDDEN;

/* Number of leading ones of SIZE bytes, -1 if a one follows a zero. */
int vc_mask_prefix(const uint8_t *mask, size_t size) VC_HIDDEN;
/* The mask of a prefix, and the prefix itself. */
void vc_set_prefix(struct vc_net_addr *a, int prefix) VC_HIDDEN;

#endif
