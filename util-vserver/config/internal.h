/* SPDX-License-Identifier: GPL-2.0-only */
/* Shared by the files of config/ only. */
#ifndef VSERVER_CONFIG_INTERNAL_H
#define VSERVER_CONFIG_INTERNAL_H

#include <stdlib.h>
#include <unistd.h>

#include "config.h"

static inline void cfg_freep(void *p)
{
	free(*(void **)p);
}

static inline void cfg_closep(int *fd)
{
	if (*fd >= 0)
		close(*fd);
}

#define cfg_auto_free	__attribute__((cleanup(cfg_freep)))
#define cfg_auto_close	__attribute__((cleanup(cfg_closep)))

/* These end the program when memory is out: nothing sensible could be done about it. */
char *cfg_xstrdup(const char *s);
char *cfg_xasprintf(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
void *cfg_xrealloc(void *p, size_t n, size_t size);

void cfg_list_add(struct cfg_list *list, const char *text, unsigned int line);
/* Whole contents of a descriptor, at most CFG_MAX_FILE bytes; NUL-terminated. */
#define CFG_MAX_FILE	(1 << 20)
int cfg_slurp(int fd, const char *file, char **text, size_t *len);
/* Cuts blanks, CR and newlines at both ends in place; returns the new start. */
char *cfg_strip(char *s);
/* Decimal number of the whole text. */
int cfg_parse_id(const char *text, uint32_t *id);

/* Write TEXT to NAME below DIRFD: new file, fsync, rename. FILE is for messages. */
int cfg_write_atomic(int dirfd, const char *name, const char *file, const char *text,
		     size_t len);
/* run.rev/XID */
char *cfg_rev_link(uint32_t xid);
/* Link NAME below DIRFD to TARGET, replacing what is there in one step. */
int cfg_link_atomic(int dirfd, const char *name, const char *file, const char *target);

#endif
