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

	return !strncmp(a, b, n) && (!b[n] || b[n] == '/');
}

static int check_root(const struct cfg *c, const char *root)
{
	/* A root must be none of these and contain none of these. */
	static const char *const never[] = { "/bin", "/boot", "/dev", "/etc", "/home", "/lib",
					     "/opt", "/proc", "/root", "/run", "/sbin", "/sys",
					     "/tmp", "/usr", "/var/lib", "/var/log" };
	auto_free char *base = cfg_vdirbase();

	for (size_t i = 0; i < sizeof(never) / sizeof(never[0]); i++)
		if (contains(root, never[i]))
			return cfg_fail("%s/vdir: %s is a directory of the host, not a guest's root",
					c->path, root);
	if (contains(root, cfg_confdir()) || contains(root, c->path) || contains(root, base))
		return cfg_fail("%s/vdir: %s contains the configuration or other guests", c->path,
				root);
	return 0;
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
