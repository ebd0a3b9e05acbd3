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

extern const struct vc_word_info vc_words[VC_WORDS]
	__attribute__((visibility("hidden")));

#endif
