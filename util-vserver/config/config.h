/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The configuration tree /etc/vservers: the only code that knows file names there.
 *
 * A guest is a directory with an entry `vdir`; every setting is a small file in it. Keys
 * are the paths of these files relative to the directory ("apps/init/style").
 *
 * Conventions
 *  - Readers return 1 (set, value stored), 0 (not set, value untouched) or -1 (damaged or
 *    unreadable). Other functions return 0 or -1. After -1 cfg_error() has one line
 *    "FILE[:LINE]: why", ready to be printed after "tool: ".
 *  - Text returned through char ** is malloc'ed and the caller's.
 *  - Reading is tolerant as config.md 8.1 asks: a missing final newline, CR, and blanks
 *    around a value are fine; what can't be parsed is an error, never a silent default.
 *  - Nothing here resolves a path inside a guest's root.
 */
#ifndef VSERVER_CONFIG_H
#define VSERVER_CONFIG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "paths.h"

/**
 * struct cfg - an open configuration directory
 * @name: the argument it was found by, for messages
 * @path: absolute path without a trailing slash: CONFDIR/NAME, or the real path
 * @fd: the directory, O_CLOEXEC
 *
 * @path is what the kernel stores as the context's CONTEXT name; see cfg_context_name().
 */
struct cfg {
	char *name;
	char *path;
	int fd;
};

/**
 * struct cfg_list - elements of a list with the lines they stood in
 * @file: name of the file they came from, for messages (NULL: none)
 * @n: number of elements
 * @v: the elements; v[n] is NULL, so it can be used as an argv
 * @line: line number of each element
 */
struct cfg_list {
	char *file;
	size_t n;
	char **v;
	unsigned int *line;
};

/* --- errors ------------------------------------------------------------------------ */

const char *cfg_error(void);
/* Sets the text of cfg_error() (also for the callers' own checks); returns -1. */
int cfg_fail(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
/* The same with ": strerror(errno)" appended; keeps errno. */
int cfg_fail_errno(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/* --- finding guests ---------------------------------------------------------------- */

const char *cfg_confdir(void);		/* /etc/vservers or $VSERVER_CONFDIR */
const char *cfg_datadir(void);		/* /usr/share/util-vserver or $VSERVER_DATADIR */
const char *cfg_libexecdir(void);	/* /usr/lib/util-vserver or $VSERVER_LIBEXECDIR */
const char *cfg_rundir(void);		/* /run/vservers or $VSERVER_RUNDIR */
const char *cfg_helperdir(void);	/* /run/vshelper or $VSERVER_HELPERDIR */
const char *cfg_lockdir(void);		/* /run/vservers.lock or $VSERVER_LOCKDIR */
const char *cfg_netdir(void);		/* /run/vservers.net or $VSERVER_NETDIR */

/**
 * cfg_open() - find a guest by name, path ("/..", "./..", "../..") or decimal xid
 * (a running one). One trailing slash is ignored. NULL: no such guest, see cfg_error().
 */
struct cfg *cfg_open(const char *name);
/* As cfg_open(), but a directory that is still being built (no `vdir` yet) is fine. */
struct cfg *cfg_open_dir(const char *path);
void cfg_close(struct cfg *c);

/* CONFDIR/.defaults; opened once and kept. Readers accept NULL (not there) as "not set". */
struct cfg *cfg_defaults(void);

/* Display name: `name` file, else the basename of the directory. Never NULL. */
char *cfg_guest_name(const struct cfg *c);
/* The path reduced to [A-Za-z0-9], for lock files and `vserver-info CANONIFY`. */
char *cfg_canonify(const char *text);
/* The same with the inode of the directory behind it, unique for a guest. NULL: error. */
char *cfg_unique_name(const struct cfg *c);
/* Names like *~ or *.rpmsave that are never guests, scripts or entries. */
bool cfg_is_backup(const char *name);

#define CFG_GUESTS_DISABLED	0x1	/* also those with a file `disabled` */
/* Short names of all guests of CONFDIR in collation order. */
int cfg_guests(struct cfg_list *names, unsigned int flags);

/* --- reading ----------------------------------------------------------------------- */

int cfg_scalar(const struct cfg *c, const char *key, char **value);
/* The whole file, trailing newlines cut (uts/ *, sysctl values). */
int cfg_text(const struct cfg *c, const char *key, char **value);
int cfg_u64(const struct cfg *c, const char *key, uint64_t min, uint64_t max, uint64_t *value);
int cfg_s64(const struct cfg *c, const char *key, int64_t min, int64_t max, int64_t *value);
/* A limit (tools.md 0.6): number with k m K M G, or "inf" = ~0. */
int cfg_limit(const struct cfg *c, const char *key, uint64_t *value);
/* Lines without empty ones and # comments. */
int cfg_list(const struct cfg *c, const char *key, struct cfg_list *list);
/* Lines without empty ones; # is an ordinary character. One word of a command per line. */
int cfg_array(const struct cfg *c, const char *key, struct cfg_list *list);
void cfg_list_free(struct cfg_list *list);
bool cfg_bool(const struct cfg *c, const char *key);
/* Text of the link KEY, as it stands there. */
int cfg_link(const struct cfg *c, const char *key, char **target);
/* Names in the directory KEY in collation order, without dot files and backups. */
int cfg_entries(const struct cfg *c, const char *key, struct cfg_list *names);
/* Open a regular file for reading: descriptor (O_CLOEXEC), or -1 with errno. */
int cfg_open_file(const struct cfg *c, const char *key);
/* DIR/KEY as text, for messages and for programs of the host. */
char *cfg_path(const struct cfg *c, const char *key);

/*
 * First found: the guest's KEY, then .defaults/DEFKEY (NULL: none). Contents are never
 * merged. The *_def readers do the look-up and read in one go; .defaults' relative files
 * are found by cfg_defaults().
 */
const struct cfg *cfg_first(const struct cfg *c, const char *key, const char *defkey,
			    const char **found);
int cfg_scalar_def(const struct cfg *c, const char *key, const char *defkey, char **value);
int cfg_list_def(const struct cfg *c, const char *key, const char *defkey,
		 struct cfg_list *list);
int cfg_array_def(const struct cfg *c, const char *key, const char *defkey,
		  struct cfg_list *list);

/* Real path of the guest's root directory (target of vdir). */
int cfg_vdir(const struct cfg *c, char **path);
/* Where new roots go: .defaults/vdirbase resolved, else VS_VSERVERDIR. */
char *cfg_vdirbase(void);

/**
 * cfg_check() - look for file names that mean nothing (typing errors)
 * @c: the guest
 * @warn: called with one line per finding ("FILE: unknown name, ignored")
 * @arg: passed on
 * Returns the number of findings.
 */
int cfg_check(const struct cfg *c, void (*warn)(void *arg, const char *text), void *arg);

/* --- ids and run files ------------------------------------------------------------- */

/* Static ids: file KEY ("context", "ncontext", "tag"), the latter two default to context. */
int cfg_static_id(const struct cfg *c, const char *key, uint32_t *id);
/* The number in the run file, not validated. */
int cfg_run_read(const struct cfg *c, uint32_t *xid);
/* Run file and run.rev link, each written new and renamed into place. */
int cfg_run_write(const struct cfg *c, uint32_t xid);
/* Removes both (the link only if it is this guest's). Missing ones are fine. */
int cfg_run_remove(const struct cfg *c, uint32_t xid);
/*
 * What to store as CONTEXT: the path, or the run.rev link if the path has more than the 64
 * bytes the kernel keeps (the original could not start such guests).
 */
char *cfg_context_name(const struct cfg *c, uint32_t xid);
/* True if the context XID was started from this directory (same inode as its CONTEXT). */
bool cfg_owns_xid(const struct cfg *c, uint32_t xid);
/* 1: lives and has tasks, xid stored; 0: stopped. A stale run file is not removed here. */
int cfg_running(const struct cfg *c, uint32_t *xid);

/* Id arguments (tools.md 0.3): number, "self", ":NAME", NAME, path. -1: cfg_error(). */
int cfg_lookup_xid(const char *arg, uint32_t *xid);
int cfg_lookup_nid(const char *arg, uint32_t *nid);
int cfg_lookup_tag(const char *arg, uint32_t *tag);
/* The guest whose context XID is: by the kernel's CONTEXT name, else the run.rev link. */
struct cfg *cfg_by_xid(uint32_t xid);
/* Display name of that guest, NULL if there is none. */
char *cfg_name_by_xid(uint32_t xid);

/**
 * struct cfg_helper - /run/vshelper/XID, what vshelper does for a context
 * @dir: configuration directory
 * @method: "default", "sync" or "async"
 * @fifo: for sync and async, else NULL
 */
struct cfg_helper {
	char *dir;
	char *method;
	char *fifo;
};

int cfg_helper_read(uint32_t xid, struct cfg_helper *h);
int cfg_helper_write(uint32_t xid, const struct cfg_helper *h);
int cfg_helper_remove(uint32_t xid);
void cfg_helper_free(struct cfg_helper *h);

/* --- writing ----------------------------------------------------------------------- */

/* All writers make missing directories (0755), write a new file and rename it. */
struct cfg *cfg_create(const char *path);
int cfg_mkdir(const struct cfg *c, const char *key);
int cfg_write_scalar(const struct cfg *c, const char *key, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));
int cfg_write_list(const struct cfg *c, const char *key, const char *const *v, size_t n);
int cfg_write_bool(const struct cfg *c, const char *key);
int cfg_write_link(const struct cfg *c, const char *key, const char *target);
/* Contents of another file unchanged. */
int cfg_write_copy(const struct cfg *c, const char *key, const char *from);
int cfg_remove(const struct cfg *c, const char *key);
/* Takes .defaults/context.next (or 40000), stores +1; skips ids that live or are configured. */
int cfg_next_context(uint32_t *xid);

#endif
