/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Files of /proc compared byte by byte: a file is read into its values, printed
 * again in the format of the specification, and both texts must be equal.
 */
#ifndef _VS_SELFTEST_PROCTEXT_H
#define _VS_SELFTEST_PROCTEXT_H

#include "common.h"

/* What read_entry() read last. */
static char text[16384];

/* Read a file of a directory into `text`: its length or a negative errno. */
static ssize_t read_entry(const char *dir, const char *name)
{
	char path[128];

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	return vs_read_file(path, text, sizeof(text));
}

/* The text must be what this format prints. */
static void __attribute__((format(printf, 2, 3)))
expect_text(struct __test_metadata *_metadata, const char *fmt, ...)
{
	char want[16384];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(want, sizeof(want), fmt, ap);
	va_end(ap);
	EXPECT_STREQ(want, text);
}

#endif /* _VS_SELFTEST_PROCTEXT_H */
