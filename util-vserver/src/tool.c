// SPDX-License-Identifier: GPL-2.0-only
/* What every tool needs: see tool.h. */
#define _GNU_SOURCE
#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <json-c/json.h>

#include "config/config.h"
#include "tool.h"

#ifndef VSERVER_TOOLS_VERSION
#error "the Makefile defines VSERVER_TOOLS_VERSION"
#endif

static const struct tool *self;

void tool_init(const struct tool *tool)
{
	self = tool;
}

static int fail_status(void)
{
	return self->fail ? self->fail : EXIT_FAILURE;
}

/* One write: messages of several processes must not mix within a line. */
static void message(const char *suffix, const char *fmt, va_list ap)
{
	char text[4096];
	int n = vsnprintf(text, sizeof(text), fmt, ap);

	if (n < 0)
		*text = '\0';
	fflush(stdout);
	dprintf(STDERR_FILENO, "%s: %s%s%s\n", self->name, text, suffix ? ": " : "",
		suffix ? suffix : "");
}

void warn(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	message(NULL, fmt, ap);
	va_end(ap);
}

void warn_errno(const char *fmt, ...)
{
	const char *why = strerror(errno);
	va_list ap;

	va_start(ap, fmt);
	message(why, fmt, ap);
	va_end(ap);
}

void die(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	message(NULL, fmt, ap);
	va_end(ap);
	exit(fail_status());
}

void die_errno(const char *fmt, ...)
{
	const char *why = strerror(errno);
	va_list ap;

	va_start(ap, fmt);
	message(why, fmt, ap);
	va_end(ap);
	exit(fail_status());
}

static noreturn void usage_exit(void)
{
	dprintf(STDERR_FILENO, "Try '%s --help'.\n", self->name);
	exit(self->bad_usage ? self->bad_usage : 2);
}

void die_usage(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	message(NULL, fmt, ap);
	va_end(ap);
	usage_exit();
}

void warn_vc(const char *function)
{
	int error = errno;

	if (error == ENOSYS && vc_get_version() < 0) {
		warn("this kernel has no vserver support: %s(): %s", function, strerror(error));
		return;
	}
	errno = error;
	warn_errno("%s()", function);
}

void die_vc(const char *function)
{
	warn_vc(function);
	exit(fail_status());
}

static noreturn void show_help(void)
{
	printf("%s - %s\n\n%s", self->name, self->about, self->usage);
	tool_flush();
	exit(EXIT_SUCCESS);
}

static noreturn void show_version(void)
{
	printf("%s %s -- %s\n", self->name, VSERVER_TOOLS_VERSION, self->about);
	tool_flush();
	exit(EXIT_SUCCESS);
}

int tool_getopt(int argc, char **argv, const char *shorts, const struct option *options)
{
	/* Messages of getopt begin with argv[0], which may be a path. */
	int c;

	argv[0] = (char *)self->name;
	c = getopt_long(argc, argv, shorts, options, NULL);
	if (c == TOOL_OPT_HELP)
		show_help();
	if (c == TOOL_OPT_VERSION)
		show_version();
	if (c == '?' || c == ':')
		usage_exit();
	return c;
}

typedef int (*lookup_fn)(const char *arg, uint32_t *id);

static uint32_t lookup(lookup_fn fn, const char *arg)
{
	uint32_t id;

	if (fn(arg, &id) < 0)
		die("%s", cfg_error());
	return id;
}

uint32_t tool_xid(const char *arg)
{
	return lookup(cfg_lookup_xid, arg);
}

uint32_t tool_nid(const char *arg)
{
	return lookup(cfg_lookup_nid, arg);
}

uint32_t tool_tag(const char *arg)
{
	return lookup(cfg_lookup_tag, arg);
}

void tool_bits_add(struct tool_bits *bits, enum vc_word word, const char *list)
{
	const char *bad;
	size_t len;

	if (vc_list_parse(word, list, &bits->value, &bits->mask, &bad, &len) < 0)
		die("Unknown %s '%.*s'", vc_word_title(word), (int)len, bad);
}

void tool_bits_secure(struct tool_bits *bits, enum vc_word word)
{
	bits->value = vc_word_secure(word);
	/* Capabilities are replaced as a whole, flags only where the preset has a bit. */
	bits->mask = word == VC_BCAPS || word == VC_CCAPS || word == VC_NCAPS ?
		     ~0ULL : bits->value;
}

int64_t tool_s64(const char *arg, const char *what, int64_t min, int64_t max)
{
	char *end;
	long long n;

	errno = 0;
	n = strtoll(arg, &end, 0);
	if (end == arg || *end)
		die_usage("%s: '%s' is not a number", what, arg);
	if (errno || n < min || n > max)
		die_usage("%s: %s is not in %" PRId64 "..%" PRId64, what, arg, min, max);
	return n;
}

uint64_t tool_u64(const char *arg, const char *what, uint64_t min, uint64_t max)
{
	char *end;
	unsigned long long n;

	errno = 0;
	n = strtoull(arg, &end, 0);
	/* strtoull() takes a minus sign and wraps. */
	if (end == arg || *end || strchr(arg, '-'))
		die_usage("%s: '%s' is not a number", what, arg);
	if (errno || n < min || n > max)
		die_usage("%s: %s is not in %" PRIu64 "..%" PRIu64, what, arg, min, max);
	return n;
}

void tool_exec(char *const *argv)
{
	tool_flush();
	execvp(argv[0], argv);
	die_errno("%s", argv[0]);
}

void tool_chain(char *const *argv)
{
	if (argv[0])
		tool_exec(argv);
	tool_flush();
	exit(EXIT_SUCCESS);
}

void tool_flush(void)
{
	if (fflush(stdout) || ferror(stdout))
		die_errno("standard output");
}

void tool_json(struct json_object *value)
{
	printf("%s\n", json_object_to_json_string_ext(value, JSON_C_TO_STRING_PRETTY |
						      JSON_C_TO_STRING_SPACED |
						      JSON_C_TO_STRING_NOSLASHESCAPE));
	json_object_put(value);
	tool_flush();
}

void *tool_alloc(size_t n, size_t size)
{
	void *p = calloc(n ? n : 1, size ? size : 1);

	if (!p)
		die_errno("memory");
	return p;
}

char *tool_strdup(const char *text)
{
	char *copy = strdup(text);

	if (!copy)
		die_errno("memory");
	return copy;
}

void tool_freep(void *pointer)
{
	free(*(void **)pointer);
}
