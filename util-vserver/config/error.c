// SPDX-License-Identifier: GPL-2.0-only
/* Error text, memory and small text helpers of config/. */
#define _GNU_SOURCE
#include <errno.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "internal.h"

static _Thread_local char error_text[1024];

const char *cfg_error(void)
{
	return error_text[0] ? error_text : "unknown error";
}

int cfg_fail(const char *fmt, ...)
{
	char text[sizeof(error_text)];
	va_list ap;

	/* Built aside: an argument may be the present text. */
	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	memcpy(error_text, text, sizeof(text));
	return -1;
}

int cfg_fail_errno(const char *fmt, ...)
{
	char text[sizeof(error_text)];
	int err = errno;
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	cfg_fail("%s: %s", text, strerror(err));
	errno = err;
	return -1;
}

static void *must(void *p)
{
	if (!p) {
		fputs("util-vserver: out of memory\n", stderr);
		_exit(1);
	}
	return p;
}

char *cfg_xstrdup(const char *s)
{
	return must(strdup(s));
}

char *cfg_xasprintf(const char *fmt, ...)
{
	char *s = NULL;
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vasprintf(&s, fmt, ap);
	va_end(ap);
	return must(n < 0 ? NULL : s);
}

void *cfg_xrealloc(void *p, size_t n, size_t size)
{
	return must(reallocarray(p, n, size));
}

char *cfg_strip(char *s)
{
	size_t n;

	s += strspn(s, " \t\r\n");
	n = strlen(s);
	while (n && strchr(" \t\r\n", s[n - 1]))
		s[--n] = '\0';
	return s;
}

int cfg_parse_id(const char *text, uint32_t *id)
{
	uint64_t v = 0;
	const char *p = text;

	for (; *p >= '0' && *p <= '9'; p++) {
		v = v * 10 + (uint64_t)(*p - '0');
		if (v > UINT32_MAX)
			return -1;
	}
	if (p == text || *p)
		return -1;
	*id = (uint32_t)v;
	return 0;
}

void cfg_list_add(struct cfg_list *list, const char *text, unsigned int line)
{
	list->v = cfg_xrealloc(list->v, list->n + 2, sizeof(*list->v));
	list->line = cfg_xrealloc(list->line, list->n + 1, sizeof(*list->line));
	list->v[list->n] = cfg_xstrdup(text);
	list->line[list->n] = line;
	list->v[++list->n] = NULL;
}

void cfg_list_free(struct cfg_list *list)
{
	for (size_t i = 0; i < list->n; i++)
		free(list->v[i]);
	free(list->v);
	free(list->line);
	free(list->file);
	memset(list, 0, sizeof(*list));
}
