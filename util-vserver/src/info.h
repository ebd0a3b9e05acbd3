/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * info.h - the questions that vserver-info answers
 */
#ifndef UTIL_VSERVER_INFO_H
#define UTIL_VSERVER_INFO_H

#include <stdbool.h>
#include <stdint.h>

struct json_object;

/**
 * struct query - a question and its answer
 * @id: first argument: guest, xid or pid, as the tag wants it
 * @args: arguments behind the tag, NULL-terminated
 * @text: answer for people and scripts; NULL: the exit status says it all
 * @json: answer for --json
 */
struct query {
	const char *id;
	char **args;
	char *text;
	struct json_object *json;
};

/**
 * struct tag - one kind of question
 * @name: the word
 * @args: what may follow it, for --list
 * @about: likewise
 * @ask: 0 and an answer; -1: no (nothing printed), or a failure (printed)
 */
struct tag {
	const char *name;
	const char *args;
	const char *about;
	int (*ask)(struct query *q);
};

/* Ends with a nameless tag. */
extern const struct tag info_guest_tags[];	/* guests and processes */
extern const struct tag info_system_tags[];	/* kernel and tools */

void answer_text(struct query *q, const char *text);
void answer_number(struct query *q, const char *fmt, uint64_t n);
/* A question that has only yes and no; the plain form shows @text or nothing. */
int answer_bool(struct query *q, bool yes, const char *text);

int ask_sysinfo(struct query *q);

#endif
