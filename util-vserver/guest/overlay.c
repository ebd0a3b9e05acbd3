// SPDX-License-Identifier: GPL-2.0-only
/* The layers of an overlay: see source.h. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "internal.h"
#include "source.h"

/**
 * struct overlay - descriptors of layers that are in a guest's root
 * @fd, @n: they
 * @out: the options so far
 */
struct overlay {
	int *fd;
	size_t n;
	char *out;
};

/* Options whose value is a directory; `:` separates several where it may. */
static bool is_layer(const char *option, size_t n, bool *several)
{
	static const char *const names[] = { "lowerdir", "lowerdir+", "datadir+", "upperdir",
					     "workdir" };

	*several = n == 8 && !strncmp(option, "lowerdir", n);
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (strlen(names[i]) == n && !strncmp(option, names[i], n))
			return true;
	return false;
}

static void append(struct overlay *o, const char *text, size_t n)
{
	char *longer = xasprintf("%s%.*s", o->out, (int)n, text);

	free(o->out);
	o->out = longer;
}

/* Up to the next separator that has no backslash in front. */
static size_t part(const char *text, char separator)
{
	size_t n = 0;

	while (text[n] && text[n] != separator)
		n += text[n] == '\\' && text[n + 1] ? 2 : 1;
	return n;
}

static char *unescape(const char *text, size_t n)
{
	char *path = xasprintf("%.*s", (int)n, text), *to = path;

	for (const char *from = path; *from; from++) {
		if (*from == '\\' && from[1])
			from++;
		*to++ = *from;
	}
	*to = '\0';
	return path;
}

static int add_layer(const struct guest *g, struct overlay *o, const char *text, size_t n)
{
	auto_free char *path = unescape(text, n);
	char name[40];
	bool of_guest;
	int fd;

	/* Empty: between the colons that set off layers for data only. */
	if (!n)
		return 0;
	fd = source_open(g, path, &of_guest);
	if (fd < 0)
		return cfg_fail_errno("layer %s", path);
	if (!of_guest) {
		close(fd);
		append(o, text, n);
		return 0;
	}
	o->fd = xrealloc(o->fd, o->n + 1, sizeof(*o->fd));
	o->fd[o->n++] = fd;
	append(o, name, (size_t)snprintf(name, sizeof(name), "/proc/self/fd/%d", fd));
	return 0;
}

static int add_layers(const struct guest *g, struct overlay *o, const char *value, size_t n,
		      bool several)
{
	const char *end = value + n;

	for (;;) {
		size_t len = several ? part(value, ':') : n;

		if (len > (size_t)(end - value))
			len = (size_t)(end - value);
		if (add_layer(g, o, value, len) < 0)
			return -1;
		value += len;
		if (value == end)
			return 0;
		append(o, value++, 1);
	}
}

struct overlay *overlay_open(const struct guest *g, const char *options, char **result)
{
	struct overlay *o = xrealloc(NULL, 1, sizeof(*o));
	bool several;
	int r = 0;

	*o = (struct overlay){ .out = xstrdup("") };
	while (!r && *options) {
		size_t n = part(options, ','), key = strcspn(options, "=,");

		if (key < n && is_layer(options, key, &several)) {
			append(o, options, key + 1);
			r = add_layers(g, o, options + key + 1, n - key - 1, several);
		} else {
			append(o, options, n);
		}
		options += n;
		if (*options)
			append(o, options++, 1);
	}
	if (r) {
		overlay_close(o);
		return NULL;
	}
	*result = xstrdup(o->out);
	return o;
}

void overlay_close(struct overlay *o)
{
	for (size_t i = 0; i < o->n; i++)
		close(o->fd[i]);
	free(o->fd);
	free(o->out);
	free(o);
}
