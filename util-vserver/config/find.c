// SPDX-License-Identifier: GPL-2.0-only
/* From names to configuration directories (tools.md 0.4) and the list of guests. */
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <fnmatch.h>
#include <limits.h>
#include <string.h>
#include <sys/stat.h>

#include "internal.h"

static const char *from_env(const char *variable, const char *builtin)
{
	const char *s = getenv(variable);

	return s && *s ? s : builtin;
}

const char *cfg_confdir(void)
{
	return from_env("VSERVER_CONFDIR", VS_CONFDIR);
}

const char *cfg_datadir(void)
{
	return from_env("VSERVER_DATADIR", VS_PKGDATADIR);
}

const char *cfg_libexecdir(void)
{
	return from_env("VSERVER_LIBEXECDIR", VS_PKGLIBEXECDIR);
}

const char *cfg_rundir(void)
{
	return from_env("VSERVER_RUNDIR", VS_RUNDIR);
}

const char *cfg_helperdir(void)
{
	return from_env("VSERVER_HELPERDIR", VS_HELPERDIR);
}

const char *cfg_lockdir(void)
{
	return from_env("VSERVER_LOCKDIR", VS_LOCKDIR);
}

const char *cfg_netdir(void)
{
	return from_env("VSERVER_NETDIR", VS_NETDIR);
}

bool cfg_is_backup(const char *name)
{
	static const char *const patterns[] = {
		"*.rpmsave", "*.rpmnew", "*.rpmorig", "*.cfsaved*", "*.~*~", "*~",
		"*.dpkg-*", "*.bak",
	};

	for (size_t i = 0; i < sizeof(patterns) / sizeof(patterns[0]); i++)
		if (!fnmatch(patterns[i], name, 0))
			return true;
	return false;
}

struct cfg *cfg_open_dir(const char *path)
{
	cfg_auto_free char *real = realpath(path, NULL);
	struct cfg *c;
	int fd;

	fd = real ? open(real, O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1;
	if (fd < 0) {
		cfg_fail_errno("%s", path);
		return NULL;
	}
	c = cfg_xrealloc(NULL, 1, sizeof(*c));
	c->name = cfg_xstrdup(path);
	c->path = cfg_xstrdup(real);
	c->fd = fd;
	return c;
}

void cfg_close(struct cfg *c)
{
	if (!c)
		return;
	close(c->fd);
	free(c->name);
	free(c->path);
	free(c);
}

static bool has_vdir(const char *dir)
{
	cfg_auto_free char *path = cfg_xasprintf("%s/vdir", dir);
	struct stat st;

	/* A link may dangle: `delete` must still find a guest whose root is gone. */
	return !lstat(path, &st) && (S_ISDIR(st.st_mode) || S_ISLNK(st.st_mode));
}

/* A single component that doesn't start with a dot: "..", ".defaults" are no guests. */
static bool is_short_name(const char *name)
{
	return *name && *name != '.' && !strchr(name, '/');
}

static bool is_path(const char *name)
{
	return *name == '/' || !strncmp(name, "./", 2) || !strncmp(name, "../", 3);
}

struct cfg *cfg_open(const char *name)
{
	cfg_auto_free char *stem = cfg_xstrdup(name), *dir = NULL;
	size_t n = strlen(stem);
	struct cfg *c = NULL;
	uint32_t xid;

	if (n > 1 && stem[n - 1] == '/')
		stem[n - 1] = '\0';
	if (is_path(stem))
		dir = cfg_xstrdup(stem);
	else if (is_short_name(stem))
		dir = cfg_xasprintf("%s/%s", cfg_confdir(), stem);
	if (dir && has_vdir(dir)) {
		c = cfg_open_dir(dir);
		/* Keep the usual spelling: old tools compare CONTEXT names as text. */
		if (c && is_short_name(stem) && *dir == '/') {
			free(c->path);
			c->path = cfg_xstrdup(dir);
		}
	} else if (!cfg_parse_id(stem, &xid)) {
		/* The original meant to accept a running guest's xid, but never did. */
		c = cfg_by_xid(xid);
	}
	if (!c) {
		cfg_fail("%s: no such guest (no %s/vdir)", name, dir ? dir : stem);
		return NULL;
	}
	free(c->name);
	c->name = cfg_xstrdup(stem);
	return c;
}

struct cfg *cfg_defaults(void)
{
	static struct cfg *defaults;
	static bool looked;
	cfg_auto_free char *path = NULL;

	if (looked)
		return defaults;
	looked = true;
	path = cfg_xasprintf("%s/.defaults", cfg_confdir());
	if (!access(path, F_OK))
		defaults = cfg_open_dir(path);
	return defaults;
}

char *cfg_guest_name(const struct cfg *c)
{
	cfg_auto_free char *real = realpath(c->path, NULL);
	const char *path = real ? real : c->path;
	char *name = NULL;

	/* An empty file crashed the original; ours takes the directory's name. */
	if (cfg_scalar(c, "name", &name) == 1 && *name)
		return name;
	free(name);
	return cfg_xstrdup(strrchr(path, '/') + 1);
}

char *cfg_canonify(const char *text)
{
	char *out = cfg_xstrdup(text), *w = out;

	for (const char *p = text; *p; p++)
		if ((*p >= 'a' && *p <= 'z') || (*p >= 'A' && *p <= 'Z') ||
		    (*p >= '0' && *p <= '9'))
			*w++ = *p;
	*w = '\0';
	return out;
}

/* The inode keeps guests apart whose names differ only in punctuation. */
char *cfg_unique_name(const struct cfg *c)
{
	cfg_auto_free char *canon = cfg_canonify(c->path);
	struct stat st;

	if (fstat(c->fd, &st) < 0) {
		cfg_fail_errno("%s", c->path);
		return NULL;
	}
	return cfg_xasprintf("%s.%llu", canon, (unsigned long long)st.st_ino);
}

static int by_name(const void *a, const void *b)
{
	return strcoll(*(char *const *)a, *(char *const *)b);
}

static void sort_list(struct cfg_list *list)
{
	if (list->n > 1)
		qsort(list->v, list->n, sizeof(*list->v), by_name);
}

int cfg_entries(const struct cfg *c, const char *key, struct cfg_list *names)
{
	struct dirent *de;
	DIR *dir;
	int fd;

	memset(names, 0, sizeof(*names));
	fd = c ? openat(c->fd, key, O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1;
	if (!c || (fd < 0 && errno == ENOENT))
		return 0;
	dir = fd >= 0 ? fdopendir(fd) : NULL;
	if (!dir) {
		cfg_auto_free char *file = cfg_path(c, key);

		cfg_fail_errno("%s", file);
		if (fd >= 0)
			close(fd);
		return -1;
	}
	while ((de = readdir(dir)))
		if (de->d_name[0] != '.' && !cfg_is_backup(de->d_name))
			cfg_list_add(names, de->d_name, 0);
	closedir(dir);
	names->file = cfg_path(c, key);
	sort_list(names);
	return 1;
}

int cfg_guests(struct cfg_list *names, unsigned int flags)
{
	struct cfg_list all;
	struct cfg *root = cfg_open_dir(cfg_confdir());
	int r;

	memset(names, 0, sizeof(*names));
	if (!root)
		return errno == ENOENT ? 0 : -1;
	r = cfg_entries(root, ".", &all);
	for (size_t i = 0; r > 0 && i < all.n; i++) {
		cfg_auto_free char *dir = cfg_path(root, all.v[i]);
		cfg_auto_free char *off = cfg_xasprintf("%s/disabled", all.v[i]);

		if (!has_vdir(dir))
			continue;
		if (cfg_bool(root, off) && !(flags & CFG_GUESTS_DISABLED))
			continue;
		cfg_list_add(names, all.v[i], 0);
	}
	cfg_list_free(&all);
	cfg_close(root);
	return r < 0 ? -1 : 0;
}

int cfg_vdir(const struct cfg *c, char **path)
{
	cfg_auto_free char *file = cfg_path(c, "vdir");
	struct stat st;
	char *real = realpath(file, NULL);

	if (!real)
		return cfg_fail_errno("%s: guest root", file);
	if (stat(real, &st) < 0 || !S_ISDIR(st.st_mode)) {
		cfg_fail("%s: guest root %s is not a directory", file, real);
		free(real);
		return -1;
	}
	if (!strcmp(real, "/")) {
		free(real);
		return cfg_fail("%s: guest root is the root directory of the host", file);
	}
	*path = real;
	return 0;
}

char *cfg_vdirbase(void)
{
	struct cfg *d = cfg_defaults();
	cfg_auto_free char *file = d ? cfg_path(d, "vdirbase") : NULL;
	char *real = file ? realpath(file, NULL) : NULL;

	return real ? real : cfg_xstrdup(VS_VSERVERDIR);
}
