// SPDX-License-Identifier: GPL-2.0-only
/*
 * Between names and context ids (tools.md 0.3).
 *
 * The kernel knows a context's configuration directory (its CONTEXT name). Whether a
 * context is this guest's is decided by the inode of that directory, not by its spelling.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>

#include "internal.h"
#include "vserver.h"

static int context_dir(uint32_t xid, struct stat *st)
{
	char name[VC_VHI_NAME_LEN] = "";

	if (vc_get_vhi_name(xid, VHIN_CONTEXT, name, sizeof(name)) < 0)
		return -1;
	return *name == '/' ? stat(name, st) : -1;
}

bool cfg_owns_xid(const struct cfg *c, uint32_t xid)
{
	struct stat mine, its;

	return !fstat(c->fd, &mine) && !context_dir(xid, &its) && mine.st_dev == its.st_dev &&
	       mine.st_ino == its.st_ino;
}

static bool has_tasks(uint32_t xid)
{
	struct vcmd_ctx_stat st;

	return vc_ctx_stat(xid, &st) >= 0 && st.tasks > 0;
}

/* Also true for a context that isn't there. */
static bool in_setup(uint32_t xid)
{
	uint64_t flags;

	return vc_get_cflags(xid, &flags, NULL) < 0 || (flags & VXF_STATE_SETUP);
}

int cfg_static_id(const struct cfg *c, const char *key, uint32_t *id)
{
	uint64_t v;
	int r = cfg_u64(c, key, VS_XID_MIN, VS_XID_MAX, &v);

	if (r == 0 && strcmp(key, "context"))
		r = cfg_u64(c, "context", VS_XID_MIN, VS_XID_MAX, &v);
	if (r == 1)
		*id = (uint32_t)v;
	return r;
}

int cfg_running(const struct cfg *c, uint32_t *xid)
{
	uint32_t id;
	int r = cfg_run_read(c, &id);

	/* Without a run file (lost with /run) the static id tells, once the start is over. */
	if (r == 0 && cfg_static_id(c, "context", &id) == 1 && !in_setup(id))
		r = 1;
	if (r == 1 && cfg_owns_xid(c, id) && has_tasks(id)) {
		*xid = id;
		return 1;
	}
	return r < 0 ? -1 : 0;
}

static int self_id(const char *key, uint32_t *id)
{
	int r = !strcmp(key, "context") ? vc_task_xid(0) :
		!strcmp(key, "tag") ? vc_task_tag(0) : vc_task_nid(0);

	if (r < 0)
		return cfg_fail_errno("self");
	*id = (uint32_t)r;
	return 0;
}

/* KEY is "context", "ncontext" or "tag": which of a guest's ids is wanted. */
static int lookup(const char *arg, const char *key, uint32_t *id)
{
	cfg_auto_free char *text = cfg_xstrdup(arg);
	size_t n = strlen(text);
	bool forced = *text == ':';
	struct cfg *c;
	int r;

	if (n && text[n - 1] == '\n')
		text[n - 1] = '\0';
	if (!strcmp(text, "self"))
		return self_id(key, id);
	if (!forced && !cfg_parse_id(text, id))
		return 0;
	c = cfg_open(text + forced);
	if (!c)
		return -1;
	/* Ids of a running guest: ours are always started with the static ones. */
	r = strcmp(key, "context") ? 0 : cfg_running(c, id);
	if (r == 0)
		r = cfg_static_id(c, key, id);
	if (r == 0)
		cfg_fail("%s/%s: not set and the guest is not running", c->path, key);
	cfg_close(c);
	return r == 1 ? 0 : -1;
}

int cfg_lookup_xid(const char *arg, uint32_t *xid)
{
	return lookup(arg, "context", xid);
}

int cfg_lookup_nid(const char *arg, uint32_t *nid)
{
	return lookup(arg, "ncontext", nid);
}

int cfg_lookup_tag(const char *arg, uint32_t *tag)
{
	return lookup(arg, "tag", tag);
}

struct cfg *cfg_by_xid(uint32_t xid)
{
	char name[VC_VHI_NAME_LEN] = "";
	cfg_auto_free char *link = NULL;
	struct cfg *c;

	if (vc_get_vhi_name(xid, VHIN_CONTEXT, name, sizeof(name)) == 0 && *name == '/') {
		c = cfg_open_dir(name);
		if (c)
			return c;
	}
	link = cfg_rev_link(xid);
	c = cfg_open_dir(link);
	/* The link may be stale: the guest's run file must say the same. */
	if (c) {
		uint32_t id;

		if (cfg_run_read(c, &id) == 1 && id == xid)
			return c;
		cfg_close(c);
	}
	cfg_fail("%u: no guest runs with this context id", xid);
	return NULL;
}

char *cfg_name_by_xid(uint32_t xid)
{
	struct cfg *c = cfg_by_xid(xid);
	char *name = c ? cfg_guest_name(c) : NULL;

	cfg_close(c);
	return name;
}

/* Does any guest, started or not, have this id? */
static bool id_configured(const struct cfg_list *names, uint32_t id)
{
	for (size_t i = 0; i < names->n; i++) {
		cfg_auto_free char *dir = cfg_xasprintf("%s/%s", cfg_confdir(), names->v[i]);
		struct cfg *c = cfg_open_dir(dir);
		uint32_t other;
		bool same = c && cfg_static_id(c, "context", &other) == 1 && other == id;

		cfg_close(c);
		if (same)
			return true;
	}
	return false;
}

static int lock_ids(void)
{
	cfg_auto_free char *path = cfg_xasprintf("%s/vserver.context.next", cfg_lockdir());
	int fd;

	mkdir(cfg_lockdir(), 0755);
	fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0644);
	if (fd < 0 || flock(fd, LOCK_EX) < 0) {
		cfg_fail_errno("%s: can't lock", path);
		if (fd >= 0)
			close(fd);
		return -1;
	}
	return fd;
}

int cfg_next_context(uint32_t *xid)
{
	cfg_auto_free char *dir = cfg_xasprintf("%s/.defaults", cfg_confdir());
	cfg_auto_close int lock = lock_ids();
	uint64_t id = VS_XID_FIRST;
	struct cfg_list names;
	struct cfg *d;
	int r;

	if (lock < 0)
		return -1;
	d = cfg_create(dir);
	if (!d)
		return -1;
	r = cfg_u64(d, "context.next", VS_XID_MIN, VS_XID_MAX, &id);
	if (r >= 0)
		r = cfg_guests(&names, CFG_GUESTS_DISABLED);
	if (r >= 0) {
		struct vcmd_ctx_stat st;

		while (id <= VS_XID_MAX && (id_configured(&names, (uint32_t)id) ||
					    vc_ctx_stat((uint32_t)id, &st) >= 0))
			id++;
		cfg_list_free(&names);
		if (id > VS_XID_MAX)
			r = cfg_fail("%s/context.next: no free context id left", dir);
	}
	if (r >= 0)
		r = cfg_write_scalar(d, "context.next", "%llu", (unsigned long long)id + 1);
	cfg_close(d);
	if (r < 0)
		return -1;
	*xid = (uint32_t)id;
	return 0;
}
