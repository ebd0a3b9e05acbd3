// SPDX-License-Identifier: GPL-2.0-only
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/vfs.h>

#include "cgroup.h"
#include "internal.h"

#define CHILD		"guest"
/* How long killed processes may take to leave the group; they hold locks at worst. */
#define EMPTY_MSEC	5000

/* Where cgroup v2 is mounted: alone, or beside version 1 as systemd's hybrid layout has it. */
static int hierarchy(void)
{
	static const char *const places[] = { VS_CGROUP, VS_CGROUP "/unified" };

	for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
		int fd = open(places[i], O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		struct statfs st;

		if (fd >= 0 && !fstatfs(fd, &st) && st.f_type == CGROUP2_SUPER_MAGIC)
			return fd;
		if (fd >= 0)
			close(fd);
	}
	return CGROUP_NONE;
}

/* The directory of settings: the guest's or the common one, never both (config.md 2.1). */
static const struct cfg *settings(const struct guest *g, const char **key)
{
	return cfg_first(g->cfg, "cgroup", "cgroup", key);
}

static int group_name(const struct guest *g, char **base, char **name)
{
	const char *key;
	const struct cfg *at = settings(g, &key);
	int r;

	r = cfg_scalar(cfg_defaults(), "cgroup/base", base);
	if (r == 0 || (r > 0 && !**base))
		*base = xstrdup("vserver");
	if (r >= 0)
		r = cfg_scalar(at, "cgroup/name", name);
	if (r == 0 || (r > 0 && !**name))
		*name = xstrdup(strrchr(g->cfg->path, '/') + 1);
	if (r < 0)
		return -1;
	if (strchr(*name, '/') || !strcmp(*name, ".") || !strcmp(*name, "..") ||
	    strchr(*base, '/') || !strcmp(*base, ".."))
		return cfg_fail("%s/cgroup: '%s/%s' is not a name for a cgroup", g->cfg->path,
				*base, *name);
	return 0;
}

static int write_control(int dir, const char *file, const char *text)
{
	auto_close int fd = openat(dir, file, O_WRONLY | O_CLOEXEC);
	size_t n = strlen(text);

	return fd < 0 || write(fd, text, n) != (ssize_t)n ? -1 : 0;
}

/* Hands every controller that DIR has down to its children, as far as that works. */
static void enable_controllers(int dir)
{
	static const char *const names[] = { "+memory", "+pids", "+cpu", "+io", "+cpuset" };

	/* One by one: a kernel without one of them must not lose the others. */
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (write_control(dir, "cgroup.subtree_control", names[i]) < 0)
			continue;
}

static int open_dir(int at, const char *name, bool make)
{
	if (make && mkdirat(at, name, 0755) < 0 && errno != EEXIST)
		return cfg_fail_errno("cgroup %s", name);
	int fd = openat(at, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);

	return fd < 0 ? cfg_fail_errno("cgroup %s", name) : fd;
}

static bool is_own_setting(const char *name)
{
	static const char *const own[] = { "name", "mnt", "subsys", "base", "inherit", "per-ss" };

	for (size_t i = 0; i < sizeof(own) / sizeof(own[0]); i++)
		if (!strcmp(own[i], name))
			return true;
	return false;
}

static int apply_file(const struct cfg *at, const char *name, int group)
{
	auto_free char *key = xasprintf("cgroup/%s", name);
	struct cfg_list lines;
	int r = cfg_array(at, key, &lines);

	/* One write per line: io.max and its kind take one device at a time. */
	for (size_t i = 0; r > 0 && i < lines.n; i++) {
		if (write_control(group, name, lines.v[i]) == 0)
			continue;
		r = errno == ENOENT ?
		    cfg_fail("%s: this kernel's cgroup v2 has no file '%s'", lines.file, name) :
		    cfg_fail_errno("%s:%u: '%s'", lines.file, lines.line[i], lines.v[i]);
	}
	cfg_list_free(&lines);
	return r < 0 ? -1 : 0;
}

static int apply_settings(const struct guest *g, int group, bool *any)
{
	const char *key;
	const struct cfg *at = settings(g, &key);
	struct cfg_list names;
	int r = cfg_entries(at, "cgroup", &names);

	*any = false;
	for (size_t i = 0; r > 0 && i < names.n; i++) {
		if (is_own_setting(names.v[i]))
			continue;
		*any = true;
		if (group >= 0)
			r = apply_file(at, names.v[i], group) < 0 ? -1 : 1;
	}
	cfg_list_free(&names);
	return r < 0 ? -1 : 0;
}

/* Limits that can't be applied must not be lost in silence. */
static int without_hierarchy(const struct guest *g)
{
	bool any;

	if (apply_settings(g, -1, &any) < 0)
		return -1;
	if (any)
		return cfg_fail("%s/cgroup: settings exist, but no cgroup v2 is mounted on %s",
				g->cfg->path, VS_CGROUP);
	guest_note(g, GUEST_WARNING, "no cgroup v2 is mounted on %s, so the guest shares the "
		   "cgroup of the host", VS_CGROUP);
	return CGROUP_NONE;
}

int cgroup_make(const struct guest *g)
{
	auto_free char *base = NULL;
	auto_free char *name = NULL;
	auto_close int top = -1;
	auto_close int mid = -1;
	auto_close int group = -1;
	bool any;

	if (cfg_bool(g->cfg, "nocgroup"))
		return CGROUP_NONE;
	if (group_name(g, &base, &name) < 0)
		return -1;
	top = hierarchy();
	if (top < 0)
		return without_hierarchy(g);
	enable_controllers(top);
	mid = open_dir(top, base, true);
	if (mid < 0)
		return -1;
	enable_controllers(mid);
	group = open_dir(mid, name, true);
	if (group < 0 || apply_settings(g, group, &any) < 0)
		return -1;
	return open_dir(group, CHILD, true);
}

/* One group for several guests: .defaults/cgroup/name, or two guests with one name. */
static bool is_shared(const struct guest *g)
{
	const char *key;
	const struct cfg *at = settings(g, &key);

	return at && at != g->cfg && cfg_bool(at, "cgroup/name");
}

static int open_group(const struct guest *g, char **name, int *parent)
{
	auto_free char *base = NULL;
	auto_close int top = -1;
	int fd;

	if (cfg_bool(g->cfg, "nocgroup"))
		return CGROUP_NONE;
	if (group_name(g, &base, name) < 0)
		return -1;
	top = hierarchy();
	if (top < 0)
		return CGROUP_NONE;
	*parent = openat(top, base, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
	if (*parent < 0)
		return CGROUP_NONE;
	fd = openat(*parent, *name, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
	return fd < 0 ? CGROUP_NONE : fd;
}

int cgroup_open(const struct guest *g)
{
	auto_free char *name = NULL;
	auto_close int parent = -1;
	auto_close int group = open_group(g, &name, &parent);
	int fd;

	if (group < 0)
		return group;
	fd = openat(group, CHILD, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
	return fd < 0 ? CGROUP_NONE : fd;
}

int cgroup_join(int fd)
{
	if (write_control(fd, "cgroup.procs", "0") < 0)
		return cfg_fail_errno("can't join the guest's cgroup");
	return 0;
}

/* Waits until cgroup.events says populated 0; the file raises POLLPRI at each change. */
static void wait_empty(int group)
{
	auto_close int fd = openat(group, "cgroup.events", O_RDONLY | O_CLOEXEC);
	struct pollfd p = { .fd = fd, .events = POLLPRI };
	char text[256];

	while (fd >= 0) {
		ssize_t n = pread(fd, text, sizeof(text) - 1, 0);

		if (n < 0)
			return;
		text[n] = '\0';
		if (strstr(text, "populated 0") || poll(&p, 1, EMPTY_MSEC) <= 0)
			return;
	}
}

/* Only directories can be removed in a cgroup file system, and only from below. */
static int remove_below(int dir)
{
	int copy = fcntl(dir, F_DUPFD_CLOEXEC, 0);
	DIR *d = copy < 0 ? NULL : fdopendir(copy);
	struct dirent *de;
	int r = 0;

	if (!d) {
		if (copy >= 0)
			close(copy);
		return -1;
	}
	rewinddir(d);
	while ((de = readdir(d))) {
		auto_close int sub = -1;

		if (de->d_type != DT_DIR || de->d_name[0] == '.')
			continue;
		sub = openat(dir, de->d_name, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
		if (sub < 0 || remove_below(sub) < 0 ||
		    (unlinkat(dir, de->d_name, AT_REMOVEDIR) < 0 && errno != ENOENT))
			r = -1;
	}
	closedir(d);
	return r;
}

int cgroup_remove(const struct guest *g)
{
	auto_free char *name = NULL;
	auto_close int parent = -1;
	auto_close int group = open_group(g, &name, &parent);

	if (group == CGROUP_NONE)
		return 0;
	if (group < 0)
		return -1;
	/* Whoever is still in it isn't of the guest: its context has been emptied before. */
	if (!is_shared(g))
		wait_empty(group);
	if (remove_below(group) < 0 || unlinkat(parent, name, AT_REMOVEDIR) < 0)
		return is_shared(g) ? 0 : cfg_fail_errno("cgroup %s: can't be removed", name);
	return 0;
}
