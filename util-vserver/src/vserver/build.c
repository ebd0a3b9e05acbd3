// SPDX-License-Identifier: GPL-2.0-only
/*
 * vserver NAME build: make a guest.
 *
 * A transaction: everything that can be refused is refused before anything is made, and a
 * failure, or ^C, removes what was made and puts back what --force moved away.
 */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mount.h>
#include <time.h>
#include <unistd.h>

#include "config/config.h"
#include "guest/inroot.h"
#include "src/tool.h"
#include "build.h"
#include "vserver.h"

static const struct build_method *const methods[] = {
	&build_skeleton, &build_template, &build_debootstrap, &build_clone, &build_rsync,
};

#define N_METHODS (sizeof(methods) / sizeof(*methods))

enum {
	OPT_FORCE = 256, OPT_THERE, OPT_KEEP, OPT_ROOTDIR, OPT_PKGBASE, OPT_DEBUG, OPT_CONTEXT,
	OPT_CONFDIR, OPT_LOCKFILE, OPT_HOSTNAME, OPT_NETDEV, OPT_NETMASK, OPT_NETPREFIX,
	OPT_NETBCAST, OPT_INTERFACE, OPT_FLAGS, OPT_INITSTYLE, OPT_CPUSET, OPT_CPUSETCPUS,
	OPT_CPUSETMEMS, OPT_CPUSETVIRT, OPT_HELP,
};

static const struct option options[] = {
	{ "force", no_argument, NULL, OPT_FORCE },
	{ "i-know-its-there", no_argument, NULL, OPT_THERE },
	{ "keep", no_argument, NULL, OPT_KEEP },
	{ "rootdir", required_argument, NULL, OPT_ROOTDIR },
	{ "pkgbase", required_argument, NULL, OPT_PKGBASE },
	{ "debug", no_argument, NULL, OPT_DEBUG },
	{ "context", required_argument, NULL, OPT_CONTEXT },
	{ "confdir", required_argument, NULL, OPT_CONFDIR },
	{ "lockfile", required_argument, NULL, OPT_LOCKFILE },
	{ "hostname", required_argument, NULL, OPT_HOSTNAME },
	{ "netdev", required_argument, NULL, OPT_NETDEV },
	{ "netmask", required_argument, NULL, OPT_NETMASK },
	{ "netprefix", required_argument, NULL, OPT_NETPREFIX },
	{ "netbcast", required_argument, NULL, OPT_NETBCAST },
	{ "interface", required_argument, NULL, OPT_INTERFACE },
	{ "flags", required_argument, NULL, OPT_FLAGS },
	{ "initstyle", required_argument, NULL, OPT_INITSTYLE },
	{ "cpuset", required_argument, NULL, OPT_CPUSET },
	{ "cpusetcpus", required_argument, NULL, OPT_CPUSETCPUS },
	{ "cpusetmems", required_argument, NULL, OPT_CPUSETMEMS },
	{ "cpusetvirt", no_argument, NULL, OPT_CPUSETVIRT },
	{ "help", no_argument, NULL, OPT_HELP },
	{ }
};

static int usage(void)
{
	puts("Usage: vserver NAME build [OPTION]... -m METHOD [-- METHOD-ARGUMENT...]\n"
	     "Make a guest. A failed build leaves nothing behind.\n"
	     "\n"
	     "  -m METHOD            how to fill the root, see below\n"
	     "  --context N          context id (default: the next free one from 40000)\n"
	     "  --hostname H         host name in the guest\n"
	     "  --interface [NAME=][DEV:]IP[/MASK|/PREFIX]   address; repeatable\n"
	     "  --netdev D, --netmask M, --netprefix P, --netbcast B   their common values\n"
	     "  --initstyle S        sysv (default), plain, ...\n"
	     "  --flags A,B          context flags\n"
	     "  --rootdir DIR        make the root in DIR (default: .defaults/vdirbase)\n"
	     "  --confdir DIR        configuration directory (default: /etc/vservers/NAME)\n"
	     "  --lockfile F         run file\n"
	     "  --cpuset N, --cpusetcpus L[:X], --cpusetmems L[:X], --cpusetvirt\n"
	     "  --force              move existing directories out of the way\n"
	     "  --i-know-its-there   use an existing root as it is\n"
	     "  --keep               do not remove the parts of a failed build\n"
	     "\n"
	     "Methods:");
	for (size_t i = 0; i < N_METHODS; i++)
		printf("  -m %s %s\n\t\t%s\n", methods[i]->name, methods[i]->usage,
		       methods[i]->what);
	puts("\nExample: vserver web build -m template --hostname web -- -t debian12.tar.zst");
	return VSERVER_OK;
}

/* --- options ------------------------------------------------------------------------- */

static int set_method(struct build *b, const char *name)
{
	for (size_t i = 0; i < N_METHODS; i++) {
		if (!strcmp(methods[i]->name, name)) {
			b->method = methods[i];
			return 0;
		}
	}
	build_fail(b, "-m %s: unknown method (skeleton, template, debootstrap, clone, rsync)", name);
	return VSERVER_USAGE;
}

static int set_context(struct build *b, const char *text)
{
	char *end;
	unsigned long n;

	errno = 0;
	n = strtoul(text, &end, 10);
	if (errno || end == text || *end || *text == '-' || n < VS_XID_MIN || n > VS_XID_MAX) {
		build_fail(b, "--context %s: not a number from %d to %d", text, VS_XID_MIN,
			   VS_XID_MAX);
		return VSERVER_USAGE;
	}
	b->o.context = (uint32_t)n;
	return 0;
}

/* a,b,c: one element per line of cflags. */
static void add_flags(struct build *b, const char *text)
{
	char *copy = build_printf("%s", text), *save;

	for (char *w = strtok_r(copy, ", \t\n", &save); w; w = strtok_r(NULL, ", \t\n", &save))
		build_list_add(&b->o.flags, w);
	free(copy);
}

static const char **text_option(struct build *b, int c)
{
	switch (c) {
	case OPT_ROOTDIR:
		return &b->o.rootbase;
	case OPT_CONFDIR:
		return &b->o.confdir;
	case OPT_LOCKFILE:
		return &b->o.lockfile;
	case OPT_HOSTNAME:
		return &b->o.hostname;
	case OPT_NETDEV:
		return &b->o.netdev;
	case OPT_NETMASK:
		return &b->o.netmask;
	case OPT_NETPREFIX:
		return &b->o.netprefix;
	case OPT_NETBCAST:
		return &b->o.netbcast;
	case OPT_INITSTYLE:
		return &b->o.initstyle;
	case OPT_CPUSET:
		return &b->o.cpuset;
	case OPT_CPUSETCPUS:
		return &b->o.cpusetcpus;
	case OPT_CPUSETMEMS:
		return &b->o.cpusetmems;
	default:
		return NULL;
	}
}

static int take_option(struct build *b, int c)
{
	const char **text = text_option(b, c);

	if (text) {
		*text = optarg;
		return 0;
	}
	switch (c) {
	case 'm':
		return set_method(b, optarg);
	case OPT_CONTEXT:
		return set_context(b, optarg);
	case 'n':			/* the name is known; old callers give it again */
	case OPT_PKGBASE:		/* no method of ours keeps packages outside */
		return 0;
	case OPT_FORCE:
		b->o.force = true;
		return 0;
	case OPT_THERE:
		b->o.its_there = true;
		return 0;
	case OPT_KEEP:
		b->o.keep = true;
		return 0;
	case OPT_DEBUG:
		b->o.debug = true;
		return 0;
	case OPT_INTERFACE:
		build_list_add(&b->o.interfaces, optarg);
		return 0;
	case OPT_FLAGS:
		add_flags(b, optarg);
		return 0;
	case OPT_CPUSETVIRT:
		b->o.cpusetvirt = true;
		return 0;
	default:
		fputs("Try 'vserver NAME build --help'; options of the method go after --.\n",
		      stderr);
		return VSERVER_USAGE;
	}
}

/* -1: go on, else an exit status */
static int parse_options(struct build *b, int argc, char **argv)
{
	int c, ret;

	optind = 0;
	while ((c = getopt_long(argc, argv, "+m:n:", options, NULL)) != -1) {
		if (c == OPT_HELP)
			return usage();
		ret = take_option(b, c);
		if (ret)
			return ret;
	}
	if (!b->method) {
		build_fail(b, "-m METHOD is missing (skeleton, template, debootstrap, clone, rsync)");
		return VSERVER_USAGE;
	}
	/* the method sees its own name in front, for getopt's messages */
	b->title = build_printf("vserver: %s: %s", b->name, b->method->name);
	argv[optind - 1] = b->title;
	argv += optind - 1;
	argc -= optind - 1;
	optind = 0;
	ret = build_parse_args(b, argc, argv);
	if (ret)
		fprintf(stderr, "Usage: -m %s -- %s\n", b->method->name, b->method->usage);
	return ret ? ret : -1;
}

/* Lines of .defaults/apps/build/options come before the user's. */
static int default_options(struct build *b, int argc, char **argv, struct build_list *all)
{
	struct cfg_list defaults = { };
	int r = 0;

	if (!getenv("NO_DEFAULT_OPTS"))
		r = cfg_array(cfg_defaults(), "apps/build/options", &defaults);
	if (r < 0)
		return build_fail(b, "%s", cfg_error());
	build_list_add(all, argv[0]);
	for (size_t i = 0; i < defaults.n; i++)
		build_list_add(all, defaults.v[i]);
	for (int i = 1; i < argc; i++)
		build_list_add(all, argv[i]);
	cfg_list_free(&defaults);
	return 0;
}

/*
 * The name becomes a file name, a line in files and, as a path, the context's name in the
 * kernel. Anything else is fine: blanks, quotes and other letters than ours.
 */
static int check_name(const struct build *b)
{
	if (!*b->name || *b->name == '.' || strchr(b->name, '/') || cfg_is_backup(b->name))
		return build_fail(b, "not a name for a guest (no /, no dot in front, no backup suffix)");
	for (const char *p = b->name; *p; p++)
		if ((unsigned char)*p < ' ' || *p == 0x7f)
			return build_fail(b, "not a name for a guest (control character)");
	if (strspn(b->name, "0123456789") == strlen(b->name))
		return build_fail(b, "not a name for a guest (a number is a context id)");
	if (strlen(b->confpath) > 64)
		return build_fail(b, "%s: path is longer than 64 bytes, the guest could not start",
				  b->confpath);
	return 0;
}

/* --- directories --------------------------------------------------------------------- */

static char *absolute(const char *path)
{
	char *cwd, *out;

	if (*path == '/')
		return build_printf("%s", path);
	cwd = getcwd(NULL, 0);
	out = build_printf("%s/%s", cwd ? cwd : "", path);
	free(cwd);
	return out;
}

static void choose_paths(struct build *b)
{
	char *base;

	b->confpath = b->o.confdir ? absolute(b->o.confdir) :
		      build_printf("%s/%s", cfg_confdir(), b->name);
	base = b->o.rootbase ? absolute(b->o.rootbase) : cfg_vdirbase();
	b->rootpath = build_printf("%s/%s", base ? base : VS_VSERVERDIR, b->name);
	free(base);
}

/* Makes room for a new directory: *MOVED is where the old one went. */
static int make_room(struct build *b, const char *path, bool there_is_fine, char **moved)
{
	int empty = build_dir_empty(path);

	if (empty < 0)
		return build_fail_errno(b, "%s", path);
	if (empty || there_is_fine)
		return 0;
	if (!b->o.force)
		return build_fail(b, "%s: exists and is not empty (--force moves it away)", path);
	*moved = build_printf("%s.~%lld~", path, (long long)time(NULL));
	if (!rename(path, *moved))
		return 0;
	free(*moved);
	*moved = NULL;
	return build_fail_errno(b, "%s: cannot be moved away", path);
}

static int make_parents(const struct build *b, const char *path)
{
	char *copy = build_printf("%s", path);
	int ret = 0;

	for (char *p = strchr(copy + 1, '/'); p && !ret; p = strchr(p + 1, '/')) {
		*p = '\0';
		if (mkdir(copy, 0755) && errno != EEXIST)
			ret = build_fail_errno(b, "%s", copy);
		*p = '/';
	}
	free(copy);
	return ret;
}

static int make_root(struct build *b)
{
	if (make_room(b, b->rootpath, b->o.its_there && !b->method->needs_empty, &b->moved_root) ||
	    make_parents(b, b->rootpath))
		return -1;
	if (!mkdir(b->rootpath, 0755))
		b->made_root = true;
	else if (errno != EEXIST)
		return build_fail_errno(b, "%s", b->rootpath);
	b->rootfd = open(b->rootpath, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (b->rootfd < 0 || fstat(b->rootfd, &b->root_was))
		return build_fail_errno(b, "%s", b->rootpath);
	b->found_root = !b->made_root && build_dir_empty(b->rootpath) == 1;
	return 0;
}

static int make_conf(struct build *b)
{
	struct stat st;

	if (make_room(b, b->confpath, false, &b->moved_conf))
		return -1;
	b->made_conf = stat(b->confpath, &st) != 0;
	b->cfg = cfg_create(b->confpath);
	return b->cfg ? 0 : build_fail(b, "%s", cfg_error());
}

/* Two builds of one name would undo each other. */
static int lock_build(struct build *b)
{
	char *canon = cfg_canonify(b->confpath);
	char *path = build_printf("%s/vserver.%s.build", cfg_lockdir(), canon ? canon : "");
	int ret = 0;

	mkdir(cfg_lockdir(), 0755);
	b->lockfd = open(path, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0644);
	if (b->lockfd < 0)
		ret = build_fail_errno(b, "%s", path);
	else if (flock(b->lockfd, LOCK_EX | LOCK_NB))
		ret = build_fail(b, "another build of this guest is going on");
	free(path);
	free(canon);
	return ret;
}

static void remove_path(struct build *b, const char *path)
{
	char *copy = build_printf("%s", path), *slash = strrchr(copy, '/');
	int parent;

	*slash = '\0';
	parent = open(*copy ? copy : "/", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (parent < 0 || remove_tree(parent, slash + 1, NULL))
		build_warn(b, "%s: could not be removed: %s", path, strerror(errno));
	if (parent >= 0)
		close(parent);
	free(copy);
}

/* A directory that was there stays, as empty as it was. */
static void empty_root(struct build *b)
{
	if (remove_below(b->rootfd, "lost+found", NULL) ||
	    fchown(b->rootfd, b->root_was.st_uid, b->root_was.st_gid) ||
	    fchmod(b->rootfd, b->root_was.st_mode & 07777))
		build_warn(b, "%s: could not be cleared: %s", b->rootpath, strerror(errno));
}

static void put_back(struct build *b, const char *from, const char *to)
{
	if (from && rename(from, to))
		build_warn(b, "%s: stays, cannot be renamed back: %s", from, strerror(errno));
}

static void undo(struct build *b)
{
	if (b->o.keep) {
		build_warn(b, "parts of the failed build are kept in %s and %s", b->rootpath,
			   b->confpath);
		return;
	}
	if (b->made_root)
		remove_path(b, b->rootpath);
	else if (b->found_root)
		empty_root(b);
	if (b->cfg && b->made_conf)
		remove_path(b, b->confpath);
	else if (b->cfg)
		remove_below(b->cfg->fd, NULL, NULL);
	put_back(b, b->moved_root, b->rootpath);
	put_back(b, b->moved_conf, b->confpath);
}

/* --- the build ----------------------------------------------------------------------- */

/* What bootstrap tools mount in the new root is gone with us. */
static int private_mounts(const struct build *b)
{
	if (unshare(CLONE_NEWNS) || mount(NULL, "/", NULL, MS_REC | MS_SLAVE, NULL))
		return build_fail_errno(b, "mount namespace");
	return 0;
}

static int run_steps(struct build *b)
{
	if (make_root(b) || make_conf(b) || build_choose_context(b) || build_write_config(b) ||
	    build_dist_script(b, "initpre"))
		return -1;
	if (b->method->populate && b->method->populate(b))
		return -1;
	if (build_base(b) || build_debian(b))
		return -1;
	if (b->method->finish && b->method->finish(b))
		return -1;
	if (build_write_vdir(b) || build_dist_script(b, "initpost"))
		return -1;
	return build_interrupted() ? build_fail(b, "interrupted") : 0;
}

static int build_guest(struct build *b, const struct cfg *old)
{
	uint32_t xid;
	int ret;

	if (geteuid())
		return build_fail(b, "only root can build a guest");
	/* --force would take the directories away under its processes */
	if (old && cfg_running(old, &xid) == 1)
		return build_fail(b, "a guest of this name is running; stop it first");
	if (build_check_config(b) || lock_build(b) || private_mounts(b))
		return -1;
	build_catch_signals();
	umask(022);
	ret = run_steps(b);
	if (ret)
		undo(b);
	return ret;
}

static void release(struct build *b)
{
	if (b->rootfd >= 0)
		close(b->rootfd);
	if (b->lockfd >= 0)
		close(b->lockfd);
	cfg_close(b->cfg);
	build_list_free(&b->o.interfaces);
	build_list_free(&b->o.flags);
	build_list_free(&b->archives);
	build_list_free(&b->own);
	build_list_free(&b->args);
	free(b->title);
	free(b->confpath);
	free(b->rootpath);
	free(b->moved_root);
	free(b->moved_conf);
}

static int build_with(struct build *b, const struct vserver_ctx *v, struct build_list *argv)
{
	/* getopt and we exchange entries: a copy of the pointers, so that all can be freed */
	char **args = tool_alloc(argv->n + 1, sizeof(*args));
	int ret;

	memcpy(args, argv->v, argv->n * sizeof(*args));
	ret = parse_options(b, (int)argv->n, args);
	if (ret < 0) {
		choose_paths(b);
		ret = check_name(b) ? VSERVER_USAGE :
		      build_guest(b, v->cfg) ? VSERVER_FAILED : VSERVER_OK;
		if (!ret && !v->silent)
			printf("guest '%s' built: context %u, root %s\n", b->name, b->xid,
			       b->rootpath);
	}
	free(args);
	return ret;
}

/**
 * verb_build() - vserver NAME build
 * @v: what stood before the verb
 * @argc: number of arguments
 * @argv: arguments, the verb first
 */
int verb_build(struct vserver_ctx *v, int argc, char **argv)
{
	struct build b = { .name = v->name, .rootfd = -1, .lockfd = -1 };
	struct build_list all = { };
	int ret;

	if (default_options(&b, argc, argv, &all))
		return VSERVER_FAILED;
	ret = build_with(&b, v, &all);
	release(&b);
	build_list_free(&all);
	return ret;
}
