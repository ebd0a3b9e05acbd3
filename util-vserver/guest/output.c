// SPDX-License-Identifier: GPL-2.0-only
#define _GNU_SOURCE
#include <ctype.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "internal.h"
#include "output.h"

#define OUTPUT_SIZE	(128 << 10)

int output_make(void)
{
	int fd = memfd_create("vserver-output", MFD_CLOEXEC | MFD_ALLOW_SEALING);

	if (fd < 0 || ftruncate(fd, OUTPUT_SIZE) < 0 ||
	    fcntl(fd, F_ADD_SEALS, F_SEAL_GROW | F_SEAL_SHRINK | F_SEAL_SEAL) < 0) {
		cfg_fail_errno("memory for the output of the guest");
		if (fd >= 0)
			close(fd);
		return -1;
	}
	return fd;
}

/* The guest wrote this, and it goes to the admin's terminal: no control characters. */
static void make_harmless(char *line)
{
	for (; *line; line++)
		if (*line == '\t')
			*line = ' ';
		else if (!isascii(*line) || iscntrl(*line))
			*line = '?';
}

void output_show(const struct guest *g, enum guest_note level, int fd, size_t max)
{
	char *text = xrealloc(NULL, OUTPUT_SIZE + 1, 1), *p = text, *line;
	ssize_t n = pread(fd, text, OUTPUT_SIZE, 0);
	size_t lines = 0, seen = 0;

	text[n < 0 ? 0 : n] = '\0';
	/* Non-empty lines only, here as below. */
	for (char *c = text; *c; c++)
		lines += *c != '\n' && (c[1] == '\n' || !c[1]);
	while ((line = strsep(&p, "\n"))) {
		make_harmless(line);
		if (*line && ++seen + max > lines)
			guest_note(g, level, "| %s", line);
	}
	free(text);
}
