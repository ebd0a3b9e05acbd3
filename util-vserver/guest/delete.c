// SPDX-License-Identifier: GPL-2.0-only
/*
 * Removal of a guest. The checks come first and all of them before anything is removed: a
 * wrong `vdir` must not cost the host's files.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/stat.h>

#include "cgroup.h"
#include "inroot.h"
#include "internal.h"
#include "network.h"

/* True if B is A or lies below it. */
static bool contains(const char *a, const char *b)
{
	size_t n = strlen(a);

	if (!strcmp(a, "/"))
		return true;
	return !strncmp(a, b, n) && (!b[n] || b[n] == '/');
}

/* The same by what the directories are: a bind mount gives one a second name. */
static bool is_above(const struct stat *a, const char *b)
{
	auto_free char *path = xstrdup(b);
	struct stat st;

	for (;;) {
		char *slash = strrchr(path, '/');

		if (!stat(*path ? path : "/", &st) && st.st_dev == a->st_dev &&
		    st.st_ino == a->st_ino)
			return true;
		if (!slash)
			return false;
		*slash = '\0';
	}
}

/* A root must be none of these and contain none of these. */
static const char *const never[] = { "/bin", "/boot", "/dev", "/etc", "/home", "/lib", "/opt",
				     "/proc", "/root", "/run", "/sbin", "/sys", "/tmp", "/usr",
				     "/var/cache", "/var/lib", "/var/log", "/var/spool" };
/* Nor may it be in one of these, where nobody would put a guest. */
static const char *const system_dirs[] = { "/bin", "/boot", "/dev", "/etc", "/lib", "/proc",
					   "/sbin", "/sys", "/usr" };

static int check_system(const struct cfg *c, const char *root, const struct stat *st)
{
	struct stat dir;

	for (size_t i = 0; i < sizeof(never) / sizeof(never[0]); i++)
		if (contains(root, never[i]) || is_above(st, never[i]))
			return cfg_fail("%s/vdir: %s is a directory of the host, not a guest's root",
					c->path, root);
	for (size_t i = 0; i < sizeof(system_dirs) / sizeof(system_dirs[0]); i++)
		if (!stat(system_dirs[i], &dir) && is_above(&dir, root))
			return cfg_fail("%s/vdir: %s is in the host's %s, not a guest's root",
					c->path, root, system_dirs[i]);
	return 0;
}

/*
 * `vdir` is a link to the root. If there is another link in the root's place, somebody moved
 * the guest away by hand: to remove the other end would leave that link, or be a surprise.
 */
static int check_link(const struct cfg *c)
{
	auto_free char *target = NULL;
	auto_free char *path = NULL;
	struct stat st;
	int r = cfg_link(c, "vdir", &target);

	if (r <= 0)
		return r;
	path = *target == '/' ? xstrdup(target) : xasprintf("%s/%s", c->path, target);
	while (strlen(path) > 1 && path[strlen(path) - 1] == '/')
		path[strlen(path) - 1] = '\0';
	if (!lstat(path, &st) && S_ISLNK(st.st_mode))
		return cfg_fail("%s/vdir: %s is itself a link; point vdir at the directory",
				c->path, path);
	return 0;
}

static int check_root(const struct cfg *c, const char *root)
{
	auto_free char *base = cfg_vdirbase();
	struct stat st;

	if (stat(root, &st) < 0)
		return cfg_fail_errno("%s", root);
	if (!S_ISDIR(st.st_mode))
		return cfg_fail("%s/vdir: %s is not a directory", c->path, root);
	if (check_link(c) < 0)
		return -1;
	if (is_above(&st, cfg_confdir()) || is_above(&st, c->path) || is_above(&st, base))
		return cfg_fail("%s/vdir: %s contains the configuration or other guests", c->path,
				root);
	/* An own directory of the configuration goes with it. */
	return contains(c->path, root) ? 0 : check_system(c, root, &st);
}

/* Two guests with one root: removing one would remove both. */
static int check_shared(const struct cfg *c, const char *root)
{
	struct cfg_list names;
	int r = cfg_guests(&names, CFG_GUESTS_DISABLED);

	for (size_t i = 0; r == 0 && i < names.n; i++) {
		auto_free char *dir = xasprintf("%s/%s", cfg_confdir(), names.v[i]);
		auto_free char *link = xasprintf("%s/vdir", dir);
		auto_free char *other = realpath(link, NULL);
		struct stat a, b;

		if (stat(dir, &a) || fstat(c->fd, &b) ||
		    (a.st_dev == b.st_dev && a.st_ino == b.st_ino))
			continue;
		if (other && (contains(root, other) || contains(other, root)))
			r = cfg_fail("guest '%s' uses %s as well", names.v[i], other);
	}
	cfg_list_free(&names);
	return r;
}

/* Removes PATH, of which the directory part is the host's. */
static int remove_path(const char *path)
{
	auto_free char *dir = xstrdup(path);
	auto_free char *at = NULL;
	char *slash = strrchr(dir, '/');
	auto_close int fd = -1;

	*slash = '\0';
	fd = open(*dir ? dir : "/", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return errno == ENOENT ? 0 : cfg_fail_errno("%s", dir);
	if (remove_tree(fd, slash + 1, &at) == 0)
		return 0;
	if (errno == EBUSY)
		return cfg_fail("%s/%s: something is mounted there", dir, at);
	return cfg_fail_errno("%s/%s: can't remove", dir, at);
}

static int remove_link_target(const struct cfg *c, const char *key, const char *below)
{
	auto_free char *link = cfg_path(c, key);
	auto_free char *real = realpath(link, NULL);

	/* Only what is where such a target belongs; anything else stays. */
	if (!real || !contains(below, real) || !strcmp(below, real))
		return 0;
	return remove_path(real);
}

int guest_delete(const struct cfg *c)
{
	auto_close int lock = guest_lock(c);
	auto_free char *link = cfg_path(c, "vdir");
	auto_free char *root = realpath(link, NULL);
	auto_free char *dir = realpath(c->path, NULL);
	uint32_t xid;
	int r;

	if (lock < 0)
		return -1;
	r = cfg_running(c, &xid);
	if (r)
		return r < 0 ? -1 : cfg_fail("the guest is running; stop it first");
	if (!dir)
		return cfg_fail_errno("%s", c->path);
	if (root && (check_root(c, root) < 0 || check_shared(c, root) < 0))
		return -1;
	if (cfg_run_read(c, &xid) == 1)
		cfg_run_remove(c, xid);
	network_down(&(struct guest){ .cfg = c });
	if (root && remove_path(root) < 0)
		return -1;
	if (remove_link_target(c, "cache", VS_CACHEDIR) < 0)
		return -1;
	/* Last, so that a delete that failed can be repeated. */
	return remove_path(dir);
}
