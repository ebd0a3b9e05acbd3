/* SPDX-License-Identifier: GPL-2.0-only */
/* spaces.h - options that choose spaces: --mount, --~net, --default, --mask=N, ... */
#ifndef UTIL_VSERVER_SPACES_H
#define UTIL_VSERVER_SPACES_H

#include <stdbool.h>
#include <stdint.h>

/**
 * struct space_name - a space as an option
 * @name: long option without its dashes
 * @letter: short option, 0: none
 * @bit: CLONE_* of it
 */
struct space_name {
	const char *name;
	char letter;
	uint64_t bit;
};

/* Ends with a NULL name. */
extern const struct space_name space_names[];

/* Bit of a long option's name, 0: no such space. */
uint64_t space_bit(const char *name);
/*
 * What guests usually get, without file tree and root directory: these two are entered by
 * other means. No return on failure.
 */
uint64_t space_default(void);
/* One word as on the command line of vspace, e.g. "--~net"; false: unknown. */
bool space_word(const char *word, uint64_t *mask);

#endif
