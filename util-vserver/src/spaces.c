// SPDX-License-Identifier: GPL-2.0-only
/* Options that choose spaces: see spaces.h. */
#define _GNU_SOURCE
#include <sched.h>
#include <stdlib.h>
#include <string.h>

#include "spaces.h"
#include "tool.h"

#ifndef CLONE_NEWTIME
#define CLONE_NEWTIME 0x00000080
#endif

const struct space_name space_names[] = {
	{ "mount", 'M', CLONE_NEWNS },
	{ "fs", 'F', CLONE_FS },
	{ "ipc", 'I', CLONE_NEWIPC },
	{ "uts", 'U', CLONE_NEWUTS },
	{ "user", 'S', CLONE_NEWUSER },
	{ "pid", 'P', CLONE_NEWPID },
	{ "net", 'N', CLONE_NEWNET },
	{ "cgroup", 'C', CLONE_NEWCGROUP },
	{ "time", 'T', CLONE_NEWTIME },
	{ NULL, 0, 0 }
};

uint64_t space_bit(const char *name)
{
	for (const struct space_name *s = space_names; s->name; s++) {
		if (!strcmp(s->name, name))
			return s->bit;
	}
	return 0;
}

uint64_t space_default(void)
{
	uint64_t mask;

	if (vc_get_space_default(&mask) < 0 && vc_get_space_mask(&mask) < 0)
		die_vc("vc_get_space_default");
	return mask & ~(uint64_t)(CLONE_NEWNS | CLONE_FS);
}

bool space_word(const char *word, uint64_t *mask)
{
	bool remove;
	uint64_t bits;

	if (strncmp(word, "--", 2))
		return false;
	word += 2;
	if (!strncmp(word, "mask=", 5)) {
		*mask = tool_u64(word + 5, "--mask", 0, UINT64_MAX);
		return true;
	}
	remove = *word == '~';
	word += remove;
	bits = strcmp(word, "default") ? space_bit(word) : space_default();
	if (!bits)
		return false;
	*mask = remove ? *mask & ~bits : *mask | bits;
	return true;
}
