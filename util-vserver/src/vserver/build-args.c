// SPDX-License-Identifier: GPL-2.0-only
/* The arguments of a build method, which stand after the common options and "--". */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "build.h"

#define MAX_ARGS	8
#define MIN_LONG	256	/* letters below stand on the command line themselves */

static const struct build_arg common[] = {
	{ 'd', NULL, BUILD_TEXT, offsetof(struct build, dist) },
	{ MIN_LONG + 1, "debug", BUILD_SWITCH, offsetof(struct build, o.debug) },
};

/**
 * struct grammar - the options of one method in the forms that getopt wants
 * @arg: the options
 * @n: their number
 * @letters: "+s:X:"
 * @names: the long ones
 */
struct grammar {
	const struct build_arg *arg[MAX_ARGS];
	size_t n;
	char letters[2 * MAX_ARGS + 2];
	struct option names[MAX_ARGS + 1];
};

static void add_arg(struct grammar *g, const struct build_arg *a)
{
	int has_value = a->kind == BUILD_SWITCH ? no_argument : required_argument;
	char *l = g->letters + strlen(g->letters);
	size_t long_ones = 0;

	if (g->n == MAX_ARGS)
		abort();	/* the table of a method is too long */
	g->arg[g->n++] = a;
	if (a->letter < MIN_LONG) {
		*l++ = (char)a->letter;
		if (has_value)
			*l = ':';
	}
	while (g->names[long_ones].name)
		long_ones++;
	if (a->name)
		g->names[long_ones] = (struct option){ a->name, has_value, NULL, a->letter };
}

static void make_grammar(struct grammar *g, const struct build_method *m)
{
	memset(g, 0, sizeof(*g));
	g->letters[0] = '+';
	for (size_t i = 0; i < sizeof(common) / sizeof(*common); i++)
		add_arg(g, &common[i]);
	for (const struct build_arg *a = m->options; a && a->letter; a++)
		add_arg(g, a);
}

/* False: no such option, getopt has said so. */
static bool take(struct build *b, const struct grammar *g, int c)
{
	for (size_t i = 0; i < g->n; i++) {
		void *at = (char *)b + g->arg[i]->at;

		if (g->arg[i]->letter != c)
			continue;
		switch (g->arg[i]->kind) {
		case BUILD_TEXT:
			*(const char **)at = optarg;
			break;
		case BUILD_LIST:
			build_list_add(at, optarg);
			break;
		case BUILD_SWITCH:
			*(bool *)at = true;
			break;
		}
		return true;
	}
	return false;
}

int build_parse_args(struct build *b, int argc, char **argv)
{
	struct grammar g;
	int c;

	make_grammar(&g, b->method);
	while ((c = getopt_long(argc, argv, g.letters, g.names, NULL)) != -1)
		if (!take(b, &g, c))
			return 2;
	if (optind < argc && !b->method->rest) {
		build_fail(b, "%s: unexpected argument '%s'", b->method->name, argv[optind]);
		return 2;
	}
	for (; optind < argc; optind++)
		build_list_add(&b->args, argv[optind]);
	return b->method->check ? b->method->check(b) : 0;
}
