/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * vserver NAME build: private parts. build.c runs the transaction, one file per method fills
 * the new root, build-config.c writes the configuration, build-base.c makes what every guest
 * needs in its root.
 */
#ifndef VSERVER_BUILD_H
#define VSERVER_BUILD_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <time.h>

struct cfg;
struct build;

/**
 * struct build_arg - an option of a method; the last of a list has @letter 0
 * @letter: of -X; no letter of the alphabet: only the long form
 * @name: of --name; NULL: only the short form
 * @kind: what becomes of it
 * @at: offset in struct build of a const char *, struct build_list or bool
 */
struct build_arg {
	int letter;
	const char *name;
	enum { BUILD_TEXT, BUILD_LIST, BUILD_SWITCH } kind;
	size_t at;
};

/**
 * struct build_method - one way to fill a root directory
 * @name: word after -m
 * @usage: its arguments, for --help
 * @what: one line for --help
 * @fresh_dev: replace the content of dev by the standard set (else only add what is missing)
 * @new_identity: the files are those of another system, which lives on
 * @needs_empty: can't work on a root that has files already
 * @options: what the method takes after the common options, see build-args.c;
 *	-d DIST and --debug are understood by all. May be NULL
 * @rest: further arguments go to @b->args
 * @check: after parsing; returns 0, or an exit status (before anything was made). May be NULL
 * @populate: fills the root (NULL: nothing to do)
 * @finish: after the base set-up (NULL: nothing to do)
 */
struct build_method {
	const char *name;
	const char *usage;
	const char *what;
	bool fresh_dev;
	bool new_identity;
	bool needs_empty;
	const struct build_arg *options;
	bool rest;
	int (*check)(struct build *b);
	int (*populate)(struct build *b);
	int (*finish)(struct build *b);
};

/* A growing argv; v[n] is NULL. */
struct build_list {
	char **v;
	size_t n;
};

/**
 * struct build_opts - the common options as given
 * Strings point into argv or the list of default options; NULL means not given.
 */
struct build_opts {
	const char *confdir, *rootbase, *lockfile, *hostname, *initstyle;
	const char *netdev, *netmask, *netprefix, *netbcast;
	const char *cpuset, *cpusetcpus, *cpusetmems;
	struct build_list interfaces;
	struct build_list flags;
	uint32_t context;
	bool force, its_there, keep, cpusetvirt, debug;
};

/**
 * struct build - one build
 * @name: name of the guest
 * @method: chosen method
 * @o: common options
 * @dist: -d of the method, may be NULL
 * @source: source directory, mirror or script of methods that have one
 * @mirror: -m of debootstrap
 * @script: -s of debootstrap
 * @exclude: -X of clone
 * @archives: -t of template
 * @own: -o of rsync: these options instead of the usual ones
 * @args: the rest: command of skeleton, options of debootstrap or rsync
 * @nodevsanity: keep the dev of the archive
 * @title: argv[0] of the method
 * @xid: id chosen
 * @confpath: configuration directory
 * @rootpath: root directory, as it stands in vdir
 * @rootfd: it, opened (O_PATH is not enough: O_DIRECTORY|O_RDONLY)
 * @cfg: it, for writing
 * @lockfd: held lock against a second build of the same name
 * @made_root: the root did not exist before, so it goes if the build fails
 * @found_root: it was there and empty, with this owner and mode; so it is again then
 * @made_conf: the same for the configuration
 * @moved_root: former root renamed by --force, put back on failure
 * @moved_conf: the same for the configuration
 */
struct build {
	const char *name;
	const struct build_method *method;
	struct build_opts o;
	const char *dist, *source, *mirror, *script, *exclude;
	struct build_list archives, own, args;
	bool nodevsanity;
	char *title;
	uint32_t xid;
	char *confpath, *rootpath;
	int rootfd;
	struct cfg *cfg;
	int lockfd;
	bool made_root, made_conf, found_root;
	struct stat root_was;
	char *moved_root, *moved_conf;
};

extern const struct build_method build_skeleton;
extern const struct build_method build_template;
extern const struct build_method build_debootstrap;
extern const struct build_method build_clone;
extern const struct build_method build_rsync;

/* --- build-util.c: messages, lists, programs ----------------------------------------- */

/* "vserver: NAME: what" on stderr; both return -1. The second adds strerror(errno). */
int build_fail(const struct build *b, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));
int build_fail_errno(const struct build *b, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));
void build_warn(const struct build *b, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

/* Adds a copy of TEXT. Out of memory ends the program: nothing sensible can follow. */
void build_list_add(struct build_list *l, const char *text);
void build_list_free(struct build_list *l);
char *build_printf(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/* True after SIGINT, SIGTERM or SIGHUP: long work ends, the build is undone. */
bool build_interrupted(void);
void build_catch_signals(void);

/* Runs a program and waits: 0, or -1 after a message. CWD may be NULL. */
int build_run(const struct build *b, const char *cwd, char *const argv[]);

/**
 * struct build_progress - a counter line on a terminal
 * Zero it before use; build_progress_end() wipes the line.
 */
struct build_progress {
	const char *what;
	unsigned long long files, bytes;
	struct timespec last;
	bool shown;
};

void build_progress(struct build_progress *p, unsigned long long files,
		    unsigned long long bytes);
void build_progress_end(struct build_progress *p);

/* --- build-args.c -------------------------------------------------------------------- */

/* The method's arguments; argv[0] is its title. 0, or an exit status after a message. */
int build_parse_args(struct build *b, int argc, char **argv);

/* --- build-node.c: making nodes in a tree that nobody uses yet ----------------------- */

/* One extended attribute; a list ends with name NULL. */
struct build_xattr {
	char *name;
	void *value;
	size_t size;
};

/**
 * struct build_meta - what a node gets after it was made
 * @mode: type and permissions
 * @mtime: access and modification time are set to these
 */
struct build_meta {
	mode_t mode;
	uid_t uid;
	gid_t gid;
	struct timespec atime, mtime;
	const struct build_xattr *xattrs;
};

/* Parent of PATH below ROOTFD, never outside; missing directories are made. *BASE is the
 * last component, in PATH's memory. Descriptor or -1 with errno. */
int build_open_parent(int rootfd, char *path, char **base);
/* Descriptor of a directory below ROOTFD (links followed inside the root only). */
int build_open_dir(int rootfd, const char *path);
/* Owner, mode, attributes, times of DIRFD/NAME; a link itself is meant. */
int build_set_meta(int dirfd, const char *name, const struct build_meta *m);
/* Writes FD's data to a new file and keeps holes; shares blocks where it can. */
int build_copy_data(int in, int out, off_t size);
/* 1 empty or missing, 0 has entries, -1 error. */
int build_dir_empty(const char *path);

/* --- the steps ----------------------------------------------------------------------- */

int build_choose_context(struct build *b);
int build_write_config(struct build *b);
int build_write_vdir(struct build *b);
/* Checks --interface, --netprefix...: before anything is made. */
int build_check_config(const struct build *b);
int build_base(struct build *b);
int build_dist_script(struct build *b, const char *which);
/* Opens FILE of .distributions/DIST or its shipped counterpart; -1 with ENOENT: none. */
int build_dist_open(const struct build *b, const char *file);
char *build_dist_path(const struct build *b, const char *file);
/* What a Debian guest needs to come up without a machine of its own. */
int build_debian(struct build *b);

#endif
