// SPDX-License-Identifier: GPL-2.0-only
#define _GNU_SOURCE
#include <errno.h>
#include <grp.h>
#include <stdbool.h>
#include <string.h>

#include "inroot.h"
#include "internal.h"
#include "user.h"

/* A guest can make these files as large as it likes. */
#define MAX_FILE	(4 << 20)

/* Cuts the next line into N fields at colons; false at the end. Short lines are skipped. */
static bool next_entry(char **text, char **field, size_t n)
{
	char *line;

	while ((line = strsep(text, "\n"))) {
		size_t i = 0;

		/* The last field keeps its colons only if there are too many of them. */
		while (i < n && (field[i] = strsep(&line, ":")))
			i++;
		if (i == n)
			return true;
	}
	return false;
}

/* (uid_t)-1 means "unchanged" to the system calls: never an id. */
static bool parse_id(const char *text, uint32_t *id)
{
	return !cfg_parse_id(text, id) && *id != UINT32_MAX;
}

static int find_passwd(const char *passwd, const char *who, struct user *u)
{
	auto_free char *copy = xstrdup(passwd);
	uint32_t uid, gid, number;
	bool numeric = parse_id(who, &number);
	char *f[7], *text = copy;

	while (next_entry(&text, f, 7)) {
		if (!parse_id(f[2], &uid) || !parse_id(f[3], &gid) || !*f[0])
			continue;
		if (numeric ? uid != number : strcmp(f[0], who))
			continue;
		u->name = xstrdup(f[0]);
		u->uid = uid;
		u->gid = gid;
		u->home = xstrdup(*f[5] == '/' ? f[5] : "/");
		u->shell = xstrdup(f[6]);
		return 0;
	}
	if (!numeric)
		return cfg_fail("the guest has no user '%s'", who);
	u->name = xstrdup(who);
	u->uid = number;
	/* Never the caller's groups, least of all root's. */
	u->gid = number;
	u->home = xstrdup("/");
	u->shell = xstrdup("");
	return 0;
}

static bool is_member(char *list, const char *name)
{
	char *word;

	while ((word = strsep(&list, ",")))
		if (!strcmp(word, name))
			return true;
	return false;
}

static void find_groups(const char *group, struct user *u)
{
	auto_free char *copy = xstrdup(group);
	char *f[4], *text = copy;
	uint32_t gid;

	while (next_entry(&text, f, 4)) {
		if (!parse_id(f[2], &gid) || gid == u->gid || !is_member(f[3], u->name))
			continue;
		u->groups = xrealloc(u->groups, u->ngroups + 1, sizeof(*u->groups));
		u->groups[u->ngroups++] = gid;
	}
}

int user_parse(const char *passwd, const char *group, const char *who, struct user *u)
{
	memset(u, 0, sizeof(*u));
	if (find_passwd(passwd ? passwd : "", who, u) < 0)
		return -1;
	if (group)
		find_groups(group, u);
	return 0;
}

static int read_file(int root, const char *path, char **text)
{
	*text = inroot_read(root, path, MAX_FILE, NULL);
	/* Missing is fine: a number works without, a name isn't found then. */
	if (!*text && errno != ENOENT && errno != ENOTDIR)
		return cfg_fail_errno("%s in the guest", path);
	return 0;
}

int user_find(int root, const char *who, struct user *u)
{
	auto_free char *passwd = NULL;
	auto_free char *group = NULL;

	memset(u, 0, sizeof(*u));
	if (read_file(root, "/etc/passwd", &passwd) < 0 ||
	    read_file(root, "/etc/group", &group) < 0)
		return -1;
	return user_parse(passwd, group, who, u);
}

int user_become(const struct user *u)
{
	if (setgroups(u->ngroups, u->groups) < 0)
		return cfg_fail_errno("groups of user '%s'", u->name);
	if (setresgid(u->gid, u->gid, u->gid) < 0)
		return cfg_fail_errno("group %u", u->gid);
	if (setresuid(u->uid, u->uid, u->uid) < 0)
		return cfg_fail_errno("user '%s'", u->name);
	return 0;
}

void user_free(struct user *u)
{
	free(u->name);
	free(u->home);
	free(u->shell);
	free(u->groups);
	memset(u, 0, sizeof(*u));
}
