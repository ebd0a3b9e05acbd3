// SPDX-License-Identifier: GPL-2.0-only
/*
 * build -m template: the root from one or more archives (tar, cpio; any compression that
 * libarchive reads by itself).
 *
 * Nobody's shell, name service or tar program is involved. Owners are the numbers of the
 * archive. An entry or hard link whose path has ".." is refused; links inside the archive
 * are resolved as if the new root were /, so nothing is ever written outside. Block and
 * character devices are left out unless --nodevsanity: a guest gets the standard set.
 */
#include <archive.h>
#include <archive_entry.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "build.h"
#include "build-acl.h"

#define READ_BLOCK	(128u << 10)

/* A directory whose times are set at the end: making entries in it changes them. */
struct late {
	char *path;
	struct timespec times[2];
};

struct unpack {
	const struct build *b;
	const char *file;
	struct archive *a;
	struct late *late;
	size_t n_late;
	unsigned long devices;
	struct build_progress progress;
};

static const struct build_arg options[] = {
	{ 't', "template", BUILD_LIST, offsetof(struct build, archives) },
	{ 256, "nodevsanity", BUILD_SWITCH, offsetof(struct build, nodevsanity) },
	{ }
};

/* -d DIST may bring an archive of its own. */
static int check(struct build *b)
{
	char *shipped = b->dist ? build_dist_path(b, "template") : NULL;

	if (shipped)
		build_list_add(&b->archives, shipped);
	free(shipped);
	if (b->archives.n)
		return 0;
	build_fail(b, "template: --template ARCHIVE is missing");
	return 2;
}

static int entry_fail(const struct unpack *u, const char *path, const char *why)
{
	return build_fail(u->b, "%s: entry %s: %s", u->file, path, why);
}

static int entry_fail_errno(const struct unpack *u, const char *path)
{
	if (build_interrupted())
		return entry_fail(u, path, "interrupted");
	if (errno == EBADMSG)		/* build_archive_xattrs() */
		return entry_fail(u, path, "its ACL has names without numbers");
	return entry_fail(u, path, strerror(errno));
}

/*
 * "./a//b/" -> "a/b", "." -> "". An absolute path is taken from the new root, as tar does.
 * NULL with errno EINVAL: has a ".." component.
 */
static char *clean_path(const char *path)
{
	char *out = malloc(strlen(path) + 1), *o = out;

	while (out && *path) {
		size_t n = strcspn(path, "/");

		if (n == 2 && !strncmp(path, "..", 2)) {
			free(out);
			errno = EINVAL;
			return NULL;
		}
		if (n && !(n == 1 && *path == '.')) {
			if (o != out)
				*o++ = '/';
			memcpy(o, path, n);
			o += n;
		}
		path += n + (path[n] == '/');
	}
	if (out)
		*o = '\0';
	return out;
}

/* --- one entry ----------------------------------------------------------------------- */

static int write_data(struct unpack *u, int fd, struct archive_entry *e)
{
	const void *buf;
	size_t len;
	la_int64_t pos;
	int r;

	while ((r = archive_read_data_block(u->a, &buf, &len, &pos)) == ARCHIVE_OK) {
		for (size_t done = 0; done < len; ) {
			ssize_t n = pwrite(fd, (const char *)buf + done, len - done,
					   pos + (off_t)done);

			if (n < 0 || build_interrupted())
				return -1;
			done += (size_t)n;
		}
		build_progress(&u->progress, 0, len);
	}
	if (r != ARCHIVE_EOF) {
		errno = archive_errno(u->a) ?: EIO;
		return -1;
	}
	/* a hole at the end has no data block */
	return archive_entry_size_is_set(e) ? ftruncate(fd, archive_entry_size(e)) : 0;
}

static int make_file(struct unpack *u, int dir, const char *name, struct archive_entry *e)
{
	int fd = openat(dir, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	int ret;

	if (fd < 0)
		return -1;
	ret = write_data(u, fd, e);
	if (close(fd))
		ret = -1;
	return ret;
}

/* Another name for a file that was unpacked before. */
static int make_link(struct unpack *u, int dir, const char *name, const char *target)
{
	char *path = clean_path(target), *base;
	int from, ret = -1;

	if (!path)
		return -1;
	from = build_open_parent(u->b->rootfd, path, &base);
	if (from >= 0) {
		ret = linkat(from, base, dir, name, 0);
		close(from);
	}
	free(path);
	return ret;
}

/* 1 if a directory, or for a directory entry a link to one, is there and stays. */
static int clear_place(struct unpack *u, int dir, const char *name, const char *path, bool want_dir)
{
	struct stat st;
	int fd;

	if (fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW))
		return errno == ENOENT ? 0 : -1;
	if (want_dir && S_ISDIR(st.st_mode))
		return 1;
	if (want_dir && S_ISLNK(st.st_mode)) {
		fd = build_open_dir(u->b->rootfd, path);
		if (fd >= 0) {
			close(fd);
			return 2;	/* keep its target as it is */
		}
	}
	return unlinkat(dir, name, S_ISDIR(st.st_mode) ? AT_REMOVEDIR : 0);
}

static int remember_times(struct unpack *u, const char *path, const struct build_meta *m)
{
	struct late *l = u->late;

	if (!(u->n_late & (u->n_late - 1)))
		l = realloc(l, (u->n_late ? 2 * u->n_late : 1) * sizeof(*l));
	if (!l)
		return -1;
	u->late = l;
	l += u->n_late;
	l->path = strdup(path);
	l->times[0] = m->atime;
	l->times[1] = m->mtime;
	if (!l->path)
		return -1;
	u->n_late++;
	return 0;
}

static int make_node(struct unpack *u, int dir, const char *name, struct archive_entry *e)
{
	mode_t type = archive_entry_filetype(e);

	switch (type) {
	case AE_IFDIR:
		return mkdirat(dir, name, 0700);
	case AE_IFREG:
		return make_file(u, dir, name, e);
	case AE_IFLNK:
		return symlinkat(archive_entry_symlink(e) ?: "", dir, name);
	case AE_IFIFO:
	case AE_IFCHR:
	case AE_IFBLK:
		return mknodat(dir, name, type | 0600,
			       makedev(archive_entry_rdevmajor(e), archive_entry_rdevminor(e)));
	default:
		errno = EOPNOTSUPP;
		return -1;
	}
}

static void fill_meta(struct archive_entry *e, struct build_meta *m)
{
	m->mode = archive_entry_mode(e);
	m->uid = (uid_t)archive_entry_uid(e);
	m->gid = (gid_t)archive_entry_gid(e);
	m->mtime.tv_sec = archive_entry_mtime(e);
	m->mtime.tv_nsec = archive_entry_mtime_nsec(e);
	m->atime = m->mtime;
}

static int set_meta(struct unpack *u, int dir, const char *name, const char *path,
		    struct archive_entry *e)
{
	struct build_xattr *xattrs;
	struct build_meta m = { };
	int ret;

	fill_meta(e, &m);
	if (build_archive_xattrs(e, &xattrs))
		return -1;
	m.xattrs = xattrs;
	ret = build_set_meta(dir, name, &m);
	build_free_xattrs(xattrs);
	if (!ret && S_ISDIR(m.mode))
		ret = remember_times(u, path, &m);
	return ret;
}

/* Makes the entry DIR/NAME; PATH is the whole path below the root. */
static int place_entry(struct unpack *u, int dir, const char *name, const char *path,
		       struct archive_entry *e)
{
	const char *link = archive_entry_hardlink(e);
	bool is_dir = !link && archive_entry_filetype(e) == AE_IFDIR;
	int there = clear_place(u, dir, name, path, is_dir);

	if (there < 0 || there == 2)
		return there < 0 ? -1 : 0;
	if (link)
		return make_link(u, dir, name, link);
	if (!there && make_node(u, dir, name, e))
		return -1;
	return set_meta(u, dir, name, path, e);
}

static int unpack_entry(struct unpack *u, struct archive_entry *e)
{
	const char *shown = archive_entry_pathname(e);
	mode_t type = archive_entry_filetype(e);
	char *path, *copy, *base;
	int dir, ret = -1;

	if (!shown)
		return entry_fail(u, "?", "name cannot be read");
	path = clean_path(shown);
	if (!path)
		return entry_fail(u, shown, errno == EINVAL ? "leads out of the root ('..')" :
				  strerror(errno));
	if (!u->b->nodevsanity && (type == AE_IFCHR || type == AE_IFBLK)) {
		u->devices += strncmp(path, "dev/", 4) != 0;
		free(path);
		return 0;
	}
	if (!*path) {			/* the root itself */
		if (type == AE_IFDIR)
			ret = set_meta(u, u->b->rootfd, ".", ".", e);
		else
			errno = ENOTDIR;
		goto out;
	}
	copy = build_printf("%s", path);
	dir = build_open_parent(u->b->rootfd, copy, &base);
	if (dir >= 0) {
		ret = place_entry(u, dir, base, path, e);
		close(dir);
	}
	free(copy);
out:
	if (ret)
		entry_fail_errno(u, shown);
	free(path);
	return ret;
}

/* --- the archive --------------------------------------------------------------------- */

static int apply_late(struct unpack *u)
{
	int ret = 0;

	for (size_t i = u->n_late; i--; ) {
		struct late *l = &u->late[i];
		int fd = build_open_dir(u->b->rootfd, l->path);

		/* replaced by a later entry: nothing to set */
		if (fd >= 0 && futimens(fd, l->times))
			ret = build_fail_errno(u->b, "times of %s", l->path);
		if (fd >= 0)
			close(fd);
		free(l->path);
	}
	free(u->late);
	u->late = NULL;
	u->n_late = 0;
	return ret;
}

/* Only what the library decodes itself: no filter that would run a program. */
static struct archive *new_archive(void)
{
	struct archive *a = archive_read_new();

	if (!a)
		return NULL;
	archive_read_support_filter_gzip(a);
	archive_read_support_filter_bzip2(a);
	archive_read_support_filter_xz(a);
	archive_read_support_filter_lzma(a);
	archive_read_support_filter_zstd(a);
	archive_read_support_filter_lz4(a);
	archive_read_support_filter_compress(a);
	archive_read_support_format_tar(a);
	archive_read_support_format_cpio(a);
	return a;
}

static int unpack_all(struct unpack *u)
{
	struct archive_entry *e;
	int r;

	while ((r = archive_read_next_header(u->a, &e)) == ARCHIVE_OK || r == ARCHIVE_WARN) {
		if (r == ARCHIVE_WARN)
			build_warn(u->b, "%s: %s", u->file, archive_error_string(u->a));
		if (build_interrupted())
			return build_fail_errno(u->b, "%s", u->file);
		if (unpack_entry(u, e))
			return -1;
		build_progress(&u->progress, 1, 0);
	}
	if (r != ARCHIVE_EOF)
		return build_fail(u->b, "%s: %s", u->file, archive_error_string(u->a));
	if (!u->progress.files)
		return build_fail(u->b, "%s: no entries", u->file);
	return 0;
}

static int unpack_file(const struct build *b, const char *file)
{
	struct unpack u = { .b = b, .file = file, .progress.what = "unpacking" };
	int ret = -1;

	u.a = new_archive();
	if (!u.a || archive_read_open_filename(u.a, file, READ_BLOCK) != ARCHIVE_OK)
		build_fail(b, "%s: %s", file, u.a ? archive_error_string(u.a) : "no memory");
	else
		ret = unpack_all(&u);
	build_progress_end(&u.progress);
	if (apply_late(&u))
		ret = -1;
	if (!ret && u.devices)
		build_warn(b, "%s: %lu device nodes outside dev left out (--nodevsanity keeps them)",
			   file, u.devices);
	archive_read_free(u.a);
	return ret;
}

static int populate(struct build *b)
{
	/* names in pax archives are UTF-8; without this the library would reject some */
	if (!setlocale(LC_CTYPE, "C.UTF-8"))
		build_warn(b, "no UTF-8 locale: names with other letters than ASCII may fail");
	for (size_t i = 0; i < b->archives.n; i++)
		if (unpack_file(b, b->archives.v[i]))
			return -1;
	return 0;
}

const struct build_method build_template = {
	.name = "template",
	.usage = "(-t|--template ARCHIVE)... [-d DIST] [--nodevsanity]",
	.what = "unpack tar or cpio archives, compressed or not",
	.fresh_dev = true,
	.new_identity = true,
	.options = options,
	.check = check,
	.populate = populate,
};
