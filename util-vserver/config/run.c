// SPDX-License-Identifier: GPL-2.0-only
/*
 * What lives under /run: run files (guest -> xid), run.rev links (xid -> directory) and the
 * state of the helper. Formats are config.md section 6; other tools read them.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "internal.h"

/* The target of the link `run`; a guest without one gets the usual place. */
static int run_file(const struct cfg *c, char **path)
{
	cfg_auto_free char *target = NULL;
	int r = cfg_link(c, "run", &target);

	if (r < 0)
		return -1;
	if (r == 0)
		*path = cfg_xasprintf("%s/%s", cfg_rundir(), strrchr(c->path, '/') + 1);
	else if (*target == '/')
		*path = cfg_xstrdup(target);
	else
		*path = cfg_xasprintf("%s/%s", c->path, target);
	return 0;
}

static char *rev_dir(void)
{
	struct cfg *d = cfg_defaults();
	char *target = NULL;

	if (cfg_link(d, "run.rev", &target) == 1 && *target == '/')
		return target;
	free(target);
	return cfg_xstrdup(VS_REVDIR);
}

char *cfg_rev_link(uint32_t xid)
{
	cfg_auto_free char *dir = rev_dir();

	return cfg_xasprintf("%s/%u", dir, xid);
}

/* One level is enough: /run is there, its subdirectory may be missing after a boot. */
static int make_parent(const char *path)
{
	cfg_auto_free char *dir = cfg_xstrdup(path);

	*strrchr(dir, '/') = '\0';
	if (*dir && mkdir(dir, 0755) < 0 && errno != EEXIST)
		return cfg_fail_errno("%s: can't create directory", dir);
	return 0;
}

int cfg_run_read(const struct cfg *c, uint32_t *xid)
{
	cfg_auto_free char *path = NULL, *text = NULL;
	cfg_auto_close int fd = -1;
	size_t len;

	if (run_file(c, &path) < 0)
		return -1;
	fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	if (fd < 0 && (errno == ENOENT || errno == ENOTDIR))
		return 0;
	if (fd < 0)
		return cfg_fail_errno("%s", path);
	if (cfg_slurp(fd, path, &text, &len) < 0)
		return -1;
	if (cfg_parse_id(cfg_strip(text), xid) < 0)
		return cfg_fail("%s:1: not a context id", path);
	return 1;
}

int cfg_run_write(const struct cfg *c, uint32_t xid)
{
	cfg_auto_free char *path = NULL, *link = cfg_rev_link(xid);
	char text[16];
	int n = snprintf(text, sizeof(text), "%u\n", xid);

	if (run_file(c, &path) < 0 || make_parent(path) < 0 || make_parent(link) < 0)
		return -1;
	/* Order: who finds the run file also finds the link. */
	if (cfg_link_atomic(AT_FDCWD, link, link, c->path) < 0)
		return -1;
	return cfg_write_atomic(AT_FDCWD, path, path, text, (size_t)n);
}

static bool same_dir(const char *path, const struct cfg *c)
{
	struct stat a, b;

	return *path && !stat(path, &a) && !fstat(c->fd, &b) && a.st_dev == b.st_dev &&
	       a.st_ino == b.st_ino;
}

int cfg_run_remove(const struct cfg *c, uint32_t xid)
{
	cfg_auto_free char *path = NULL, *link = cfg_rev_link(xid);
	int r = 0;

	if (run_file(c, &path) < 0)
		return -1;
	if (same_dir(link, c) && unlink(link) < 0 && errno != ENOENT)
		r = cfg_fail_errno("%s: can't remove", link);
	if (unlink(path) < 0 && errno != ENOENT)
		r = cfg_fail_errno("%s: can't remove", path);
	return r;
}

char *cfg_context_name(const struct cfg *c, uint32_t xid)
{
	/* 65 bytes with the NUL (abi.md 8.4). */
	return strlen(c->path) <= 64 ? cfg_xstrdup(c->path) : cfg_rev_link(xid);
}

static char *helper_file(uint32_t xid)
{
	return cfg_xasprintf("%s/%u", cfg_helperdir(), xid);
}

int cfg_helper_read(uint32_t xid, struct cfg_helper *h)
{
	cfg_auto_free char *path = helper_file(xid), *text = NULL;
	cfg_auto_close int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	char *line[3] = { NULL, NULL, NULL }, *next;
	size_t len;

	memset(h, 0, sizeof(*h));
	if (fd < 0)
		return errno == ENOENT ? 0 : cfg_fail_errno("%s", path);
	if (cfg_slurp(fd, path, &text, &len) < 0)
		return -1;
	next = text;
	for (size_t i = 0; i < 3 && next && *next; i++)
		line[i] = strsep(&next, "\n");
	if (!line[1])
		return cfg_fail("%s: fewer than two lines", path);
	h->dir = cfg_xstrdup(line[0]);
	h->method = cfg_xstrdup(line[1]);
	h->fifo = line[2] && *line[2] ? cfg_xstrdup(line[2]) : NULL;
	return 1;
}

int cfg_helper_write(uint32_t xid, const struct cfg_helper *h)
{
	cfg_auto_free char *path = helper_file(xid);
	cfg_auto_free char *text = cfg_xasprintf("%s\n%s\n%s%s", h->dir, h->method,
						 h->fifo ? h->fifo : "", h->fifo ? "\n" : "");

	if (make_parent(path) < 0)
		return -1;
	return cfg_write_atomic(AT_FDCWD, path, path, text, strlen(text));
}

int cfg_helper_remove(uint32_t xid)
{
	cfg_auto_free char *path = helper_file(xid);

	if (unlink(path) < 0 && errno != ENOENT)
		return cfg_fail_errno("%s: can't remove", path);
	return 0;
}

void cfg_helper_free(struct cfg_helper *h)
{
	free(h->dir);
	free(h->method);
	free(h->fifo);
	memset(h, 0, sizeof(*h));
}
