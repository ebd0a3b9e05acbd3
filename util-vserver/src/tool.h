/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What every tool needs: messages, --help and --version, arguments.
 *
 * A tool begins with
 *
 *	static const struct tool tool = { .name = "vkill", .about = "...", .usage = "..." };
 *	tool_init(&tool);
 *
 * Messages have the form "tool: what: why". The die functions end the program with the
 * status in ->fail (0 there means 1).
 */
#ifndef UTIL_VSERVER_TOOL_H
#define UTIL_VSERVER_TOOL_H

#include <stdbool.h>
#include <stdint.h>
#include <stdnoreturn.h>
#include <getopt.h>

#include <vserver.h>

/**
 * struct tool - what a tool says about itself
 * @name: its name
 * @about: half a sentence for --version and the top of --help
 * @usage: text of --help after the first line; one screen, ends with an example
 * @fail: exit status of failures of the tool itself (tools.md 0.2)
 * @bad_usage: exit status of wrong command lines; 0: 2
 */
struct tool {
	const char *name;
	const char *about;
	const char *usage;
	int fail;
	int bad_usage;
};

void tool_init(const struct tool *tool);

/* "tool: TEXT" and "tool: TEXT: strerror(errno)" on standard error. */
void warn(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
void warn_errno(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
noreturn void die(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
noreturn void die_errno(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
/* A wrong command line: the text and a hint on --help. */
noreturn void die_usage(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/*
 * After a vc_NAME() failed: "tool: vc_NAME(): why". Says it plainly when the reason is
 * that the kernel knows no contexts at all.
 */
void warn_vc(const char *function);
noreturn void die_vc(const char *function);

/*
 * getopt_long() that answers --help and --version itself and ends the program on unknown
 * options. @options needs TOOL_OPTIONS as its last line. -1: no more.
 */
#define TOOL_OPT_HELP		0x7ff0
#define TOOL_OPT_VERSION	0x7ff1
#define TOOL_OPTIONS							\
	{ "help", no_argument, NULL, TOOL_OPT_HELP },			\
	{ "version", no_argument, NULL, TOOL_OPT_VERSION },		\
	{ NULL, 0, NULL, 0 }
int tool_getopt(int argc, char **argv, const char *shorts, const struct option *options);

/* Ids as in tools.md 0.3: number, self, NAME, :NAME, path. No return on failure. */
uint32_t tool_xid(const char *arg);
uint32_t tool_nid(const char *arg);
uint32_t tool_tag(const char *arg);

/**
 * struct tool_bits - a flag word that options add to
 * @value: bits to raise
 * @mask: bits to change
 */
struct tool_bits {
	uint64_t value;
	uint64_t mask;
};

/* Adds a list (tools.md 0.5); "Unknown flag 'X'" ends the program. */
void tool_bits_add(struct tool_bits *bits, enum vc_word word, const char *list);
/* The preset of --secure: replaces what was there. */
void tool_bits_secure(struct tool_bits *bits, enum vc_word word);

/* A whole argument as a number in a range, base 0 (or 10); the option's name is for messages. */
int64_t tool_s64(const char *arg, const char *what, int64_t min, int64_t max);
uint64_t tool_u64(const char *arg, const char *what, uint64_t min, uint64_t max);

/* Becomes a program; on failure the message and ->fail. argv[0] must be there. */
noreturn void tool_exec(char *const *argv);
/* The same if there is a program, else exit status 0. For tools with an optional CMD. */
noreturn void tool_chain(char *const *argv);

/* Standard output really written? A full disk must not look like success. */
void tool_flush(void);

struct json_object;
/* Prints and frees a JSON value. */
void tool_json(struct json_object *value);

/* Memory or the end of the program. */
void *tool_alloc(size_t n, size_t size);
char *tool_strdup(const char *text);

/* Frees what the variable points to when it goes out of scope. */
#define tool_auto_free	__attribute__((cleanup(tool_freep)))
void tool_freep(void *pointer);

#endif
