// SPDX-License-Identifier: GPL-2.0-only
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <libmount/libmount.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>

#include "fstab.h"
#include "inroot.h"
#include "internal.h"
#include "mounts.h"
#include "source.h"

/* --- the table --------------------------------------------------------------------- */

static int parse_error(struct libmnt_table *tb, const char *file, int line)
{
	(void)tb;
	cfg_fail("%s:%d: not an fstab entry (SOURCE DIRECTORY TYPE OPTIONS)", file, line);
	return -1;	/* stop; the historic tool also ended here */
}

static int add_file(const struct guest *g, struct libmnt_table *tb, const char *key)
{
	auto_free char *path = cfg_path(g->cfg, key);
	int fd = cfg_open_file(g->cfg, key);
	FILE *in;
	int r;

	if (fd < 0)
		return errno == ENOENT ? 0 : cfg_fail_errno("%s", path);
	in = fdopen(fd, "r");
	if (!in) {
		close(fd);
		return cfg_fail_errno("%s", path);
	}
	cfg_fail("%s: can't be read as an fstab", path);
	r = mnt_table_parse_stream(tb, in, path);
	fclose(in);
	return r ? -1 : 0;
}

static int check_entry(struct libmnt_fs *fs)
{
	const char *target = mnt_fs_get_target(fs);

	if (mnt_fs_is_swaparea(fs))
		return 0;
	if (!target || (*target != '/' && strcmp(target, "none")))
		return cfg_fail("fstab: destination '%s' is not an absolute path",
				target ? target : "");
	return 0;
}

int mounts_load(const struct guest *g, struct libmnt_table **tb)
{
	struct libmnt_fs *fs = NULL;
	struct libmnt_iter *it;
	int r = 0;

	*tb = mnt_new_table();
	it = mnt_new_iter(MNT_ITER_FORWARD);
	if (!*tb || !it)
		return cfg_fail("out of memory");
	mnt_table_set_parser_errcb(*tb, parse_error);
	if (cfg_bool(g->cfg, "fstab.local"))
		guest_note(g, GUEST_WARNING, "%s/fstab.local: obsolete, please use fstab",
			   g->cfg->path);
	if (add_file(g, *tb, "fstab") < 0 || add_file(g, *tb, "fstab.local") < 0 ||
	    add_file(g, *tb, "fstab.remote") < 0)
		r = -1;
	while (!r && !mnt_table_next_fs(*tb, it, &fs))
		r = check_entry(fs);
	mnt_free_iter(it);
	return r;
}

void mounts_unload(struct libmnt_table *tb)
{
	mnt_unref_table(tb);
}

static bool has_option(struct libmnt_fs *fs, const char *name)
{
	const char *options = mnt_fs_get_options(fs);

	return options && !mnt_optstr_get_option(options, name, NULL, NULL);
}

struct libmnt_fs *fstab_next(struct libmnt_table *tb, struct libmnt_fs *after)
{
	struct libmnt_fs *fs = NULL;
	struct libmnt_iter *it;

	if (!tb)
		return NULL;
	it = mnt_new_iter(MNT_ITER_FORWARD);
	if (it && after)
		mnt_table_set_iter(tb, it, after), mnt_table_next_fs(tb, it, &fs);
	fs = NULL;
	while (it && !mnt_table_next_fs(tb, it, &fs)) {
		const char *target = mnt_fs_get_target(fs);

		if (!mnt_fs_is_swaparea(fs) && !has_option(fs, "noauto") && target &&
		    *target == '/')
			break;
		fs = NULL;
	}
	mnt_free_iter(it);
	return fs;
}

/* Compares paths without regard to repeated and trailing slashes. */
static bool same_path(const char *a, const char *b)
{
	for (;;) {
		a += strspn(a, "/");
		b += strspn(b, "/");
		size_t n = strcspn(a, "/");

		if (n != strcspn(b, "/") || strncmp(a, b, n))
			return false;
		if (!n)
			return true;
		a += n;
		b += n;
	}
}

bool fstab_has(struct libmnt_table *tb, const char *target)
{
	for (struct libmnt_fs *fs = fstab_next(tb, NULL); fs; fs = fstab_next(tb, fs))
		if (same_path(mnt_fs_get_target(fs), target))
			return true;
	return false;
}

/* --- one entry --------------------------------------------------------------------- */

/**
 * struct entry - an fstab line made ready for the kernel
 * @flags: MS_*
 * @data: options of the file system
 * @dest: descriptor of the destination
 * @path: its name for calls that want one; valid in child processes as well
 */
struct entry {
	struct libmnt_fs *fs;
	unsigned long flags;
	char *data;
	int dest;
	char path[64];
};

static int split_options(struct entry *e)
{
	const char *options = mnt_fs_get_options(e->fs);
	auto_free char *vfs = NULL;
	auto_free char *user = NULL;

	e->flags = 0;
	if (options && mnt_split_optstr(options, &user, &vfs, &e->data, 0, 0))
		return cfg_fail("bad options '%s'", options);
	if (vfs && mnt_optstr_get_flags(vfs, &e->flags,
					mnt_get_builtin_optmap(MNT_LINUX_MAP)))
		return cfg_fail("bad options '%s'", options);
	/* `users` and its kind promise these; the other user options mean nothing here. */
	if (user && (!mnt_optstr_get_option(user, "users", NULL, NULL)))
		e->flags |= MS_NOEXEC | MS_NOSUID;
	/* A guest gets devices only where the admin says so, and on devpts. */
	if (!has_option(e->fs, "dev") && strcmp(mnt_fs_get_fstype(e->fs) ? : "", "devpts"))
		e->flags |= MS_NODEV;
	return 0;
}

static uint64_t attributes(unsigned long flags)
{
	return (flags & MS_RDONLY ? MOUNT_ATTR_RDONLY : 0) |
	       (flags & MS_NOSUID ? MOUNT_ATTR_NOSUID : 0) |
	       (flags & MS_NODEV ? MOUNT_ATTR_NODEV : 0) |
	       (flags & MS_NOEXEC ? MOUNT_ATTR_NOEXEC : 0) |
	       (flags & MS_NODIRATIME ? MOUNT_ATTR_NODIRATIME : 0) |
	       (flags & MS_NOATIME ? MOUNT_ATTR_NOATIME : 0);
}

static int bind_entry(const struct guest *g, struct entry *e)
{
	const char *source = mnt_fs_get_source(e->fs);
	unsigned int deep = e->flags & MS_REC ? AT_RECURSIVE : 0;
	struct mount_attr attr = { .attr_set = attributes(e->flags) };
	bool of_guest;
	auto_close int from = source_open(g, source ? : "", &of_guest);
	auto_close int tree = -1;

	if (attr.attr_set & MOUNT_ATTR_NOATIME)
		attr.attr_clr = MOUNT_ATTR__ATIME;
	if (from < 0)
		return cfg_fail_errno("source %s", source ? : "");
	tree = open_tree(from, "", AT_EMPTY_PATH | OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | deep);
	/* Later mounts of the host below the source aren't the guest's business. */
	attr.propagation = MS_PRIVATE;
	if (tree < 0 ||
	    mount_setattr(tree, "", AT_EMPTY_PATH | AT_RECURSIVE, &attr, sizeof(attr)) < 0)
		return cfg_fail_errno("bind mount of %s", source);
	attr = (struct mount_attr){ .propagation = MS_SHARED };
	if (mount_setattr(tree, "", AT_EMPTY_PATH | AT_RECURSIVE, &attr, sizeof(attr)) < 0 ||
	    move_mount(tree, "", e->dest, "", MOVE_MOUNT_F_EMPTY_PATH | MOVE_MOUNT_T_EMPTY_PATH) < 0)
		return cfg_fail_errno("bind mount of %s", source);
	return 0;
}

/*
 * Only a bind mount takes the thing itself. Everything else is given a path, and is better
 * not done with what a guest may change: its image could also be made to break the host.
 */
static int check_path(const struct guest *g, const char *path)
{
	bool of_guest;
	auto_close int fd = source_open(g, path, &of_guest);

	if (of_guest)
		return cfg_fail("%s is in a guest's root, which that guest may exchange: keep it "
				"elsewhere, or use a bind mount", path);
	(void)fd;	/* what is missing is told by the mount */
	return 0;
}

int fstab_check_source(const struct guest *g, struct libmnt_fs *fs)
{
	const char *source = mnt_fs_get_source(fs), *options = mnt_fs_get_fs_options(fs);
	char *next = (char *)options, *name, *value;
	size_t n, len;

	if (source && *source == '/' && check_path(g, source) < 0)
		return -1;
	while (next && !mnt_optstr_next_option(&next, &name, &n, &value, &len)) {
		auto_free char *path = value && *value == '/' ?
			xasprintf("%.*s", (int)len, value) : NULL;

		if (path && check_path(g, path) < 0)
			return -1;
	}
	return 0;
}

/* Devices, network file systems, tags like UUID=, helpers: all that mount(8) can do. */
static int library_mount(const struct guest *g, struct entry *e)
{
	struct libmnt_context *cxt = mnt_new_context();
	struct libmnt_fs *fs = mnt_copy_fs(NULL, e->fs);
	char why[256] = "";
	int r, code;

	if (!cxt || !fs)
		return cfg_fail("out of memory");
	if (fstab_check_source(g, e->fs) < 0) {
		mnt_unref_fs(fs);
		mnt_free_context(cxt);
		return -1;
	}
	mnt_fs_set_target(fs, e->path);
	if (e->flags & MS_NODEV)
		mnt_fs_append_options(fs, "nodev");
	mnt_context_disable_canonicalize(cxt, 1);
	mnt_context_disable_mtab(cxt, 1);
	mnt_context_set_fs(cxt, fs);
	r = mnt_context_mount(cxt);
	code = mnt_context_get_excode(cxt, r, why, sizeof(why));
	mnt_unref_fs(fs);
	mnt_free_context(cxt);
	if (code)
		return cfg_fail("source %s: %s", mnt_fs_get_source(e->fs) ? : "none",
				*why ? why : "mount failed");
	return 0;
}

/* File systems without a device: one system call, no program of the host involved. */
static bool is_simple(const char *type)
{
	static const char *const simple[] = { "tmpfs", "ramfs", "proc", "sysfs", "devpts",
					      "mqueue", "cgroup2", "hugetlbfs", "binfmt_misc" };

	for (size_t i = 0; i < sizeof(simple) / sizeof(simple[0]); i++)
		if (!strcmp(type, simple[i]))
			return true;
	return false;
}

static int simple_mount(struct entry *e)
{
	const char *type = mnt_fs_get_fstype(e->fs), *source = mnt_fs_get_source(e->fs);
	auto_free char *data = xstrdup(e->data ? : "");

	/* A new instance always; without this its ptmx could be opened by nobody. */
	if (!strcmp(type, "devpts") && !strstr(data, "ptmxmode=")) {
		char *more = xasprintf("%s%sptmxmode=0666", data, *data ? "," : "");

		free(data);
		data = more;
	}
	if (mount(source ? : "none", e->path, type, e->flags, data) < 0)
		return cfg_fail_errno("file system %s", type);
	return 0;
}

static int overlay_mount(const struct guest *g, struct entry *e)
{
	auto_free char *data = NULL;
	struct overlay *o = overlay_open(g, e->data ? : "", &data);
	int r;

	if (!o)
		return -1;
	r = mount(mnt_fs_get_source(e->fs) ? : "none", e->path, "overlay", e->flags, data);
	if (r < 0)
		cfg_fail_errno("file system overlay");
	overlay_close(o);
	return r;
}

static int do_entry(const struct guest *g, struct entry *e)
{
	const char *type = mnt_fs_get_fstype(e->fs);
	const unsigned long propagation = MS_SHARED | MS_PRIVATE | MS_SLAVE | MS_UNBINDABLE;

	if (e->flags & MS_BIND)
		return bind_entry(g, e);
	if (e->flags & MS_MOVE)
		return cfg_fail("option move is not supported, use bind");
	if (e->flags & MS_REMOUNT)
		return mount(NULL, e->path, NULL, e->flags, e->data) < 0 ?
		       cfg_fail_errno("remount") : 0;
	if (e->flags & propagation)
		return mount(NULL, e->path, NULL, e->flags & (propagation | MS_REC), NULL) < 0 ?
		       cfg_fail_errno("propagation") : 0;
	if (type && !strcmp(type, "overlay"))
		return overlay_mount(g, e);
	return type && is_simple(type) ? simple_mount(e) : library_mount(g, e);
}

static int mount_entry(const struct guest *g, struct libmnt_fs *fs, int dest)
{
	const char *target = mnt_fs_get_target(fs);
	struct entry e = { .fs = fs, .dest = dest };
	int r;

	snprintf(e.path, sizeof(e.path), "/proc/%d/fd/%d", (int)getpid(), dest);
	r = split_options(&e);
	if (!r)
		r = do_entry(g, &e);
	free(e.data);
	if (r) {
		auto_free char *why = xstrdup(cfg_error());

		return cfg_fail("fstab entry for %s: %s", target, why);
	}
	return 0;
}

int fstab_mount_rootfs(const struct guest *g, struct libmnt_table *tb)
{
	for (struct libmnt_fs *fs = fstab_next(tb, NULL); fs; fs = fstab_next(tb, fs)) {
		if (!same_path(mnt_fs_get_target(fs), "/"))
			continue;
		auto_close int dest = open(g->root, O_PATH | O_DIRECTORY | O_CLOEXEC);

		if (dest < 0)
			return cfg_fail_errno("guest root %s", g->root);
		if (mount_entry(g, fs, dest) < 0)
			return -1;
	}
	return 0;
}

static bool may_fail(const struct guest *g, struct libmnt_fs *fs)
{
	if (!has_option(fs, "nofail"))
		return false;
	guest_note(g, GUEST_WARNING, "%s", cfg_error());
	return true;
}

/* A missing directory for /proc and its kind is made; for data it is a typing error. */
static int open_dest(struct libmnt_fs *fs, int root)
{
	const char *type = mnt_fs_get_fstype(fs), *target = mnt_fs_get_target(fs);
	int fd = inroot_open(root, target, O_PATH, 0);

	if (fd < 0 && errno == ENOENT && type && is_simple(type))
		fd = inroot_dir(root, target, true);
	return fd;
}

int fstab_mount_all(const struct guest *g, struct libmnt_table *tb, int root)
{
	for (struct libmnt_fs *fs = fstab_next(tb, NULL); fs; fs = fstab_next(tb, fs)) {
		const char *target = mnt_fs_get_target(fs);

		if (same_path(target, "/"))
			continue;
		auto_close int dest = open_dest(fs, root);
		int r = dest < 0 ? cfg_fail_errno("fstab entry for %s: destination in the guest",
						  target) : mount_entry(g, fs, dest);

		if (r && !may_fail(g, fs))
			return -1;
	}
	return 0;
}
