// SPDX-License-Identifier: GPL-2.0-only
/*
 * /run/vservers.net: lines of words.
 *
 *	guest DIR
 *	nid N
 *	KIND ours|kept DEV VALUE
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "internal.h"
#include "netstate.h"

int netstate_lock(void)
{
	return guest_lock_file("vserver.interfaces");
}

struct netentry *netstate_add(struct netstate *s, const char *kind, bool ours, const char *dev,
			      const char *value)
{
	s->v = xrealloc(s->v, s->n + 1, sizeof(*s->v));
	s->v[s->n] = (struct netentry){
		.kind = xstrdup(kind), .ours = ours, .dev = xstrdup(dev ? : "-"),
		.value = xstrdup(value ? : "-"),
	};
	return &s->v[s->n++];
}

void netstate_free(struct netstate *s)
{
	for (size_t i = 0; i < s->n; i++) {
		free(s->v[i].kind);
		free(s->v[i].dev);
		free(s->v[i].value);
	}
	free(s->v);
	free(s->guest);
	memset(s, 0, sizeof(*s));
}

static int bad_line(const char *file, unsigned int line)
{
	return cfg_fail("%s:%u: not a line of ours", file, line);
}

static int parse_line(struct netstate *s, const char *file, unsigned int number, char *line)
{
	char *save, *kind = strtok_r(line, " ", &save);
	char *word = strtok_r(NULL, " ", &save);
	char *dev = strtok_r(NULL, " ", &save);
	char *value = strtok_r(NULL, " ", &save);

	if (!kind || !word)
		return bad_line(file, number);
	if (!strcmp(kind, "nid"))
		return cfg_parse_id(word, &s->nid) < 0 ? bad_line(file, number) : 0;
	if (!dev || !value || strtok_r(NULL, " ", &save) ||
	    (strcmp(word, "ours") && strcmp(word, "kept")))
		return bad_line(file, number);
	netstate_add(s, kind, !strcmp(word, "ours"), dev, value);
	return 0;
}

static int parse(struct netstate *s, const char *file, char *text)
{
	unsigned int number = 0;
	char *next;

	for (char *line = text; line && *line; line = next) {
		next = strchr(line, '\n');
		if (next)
			*next++ = '\0';
		number++;
		/* The only word that may have blanks. */
		if (!strncmp(line, "guest ", 6) && !s->guest)
			s->guest = xstrdup(line + 6);
		else if (parse_line(s, file, number, line) < 0)
			return -1;
	}
	return s->guest && strchr(s->guest, '/') ? 0 : cfg_fail("%s: names no guest", file);
}

static int read_file(const char *name, struct netstate *s)
{
	auto_free char *file = xasprintf("%s/%s", cfg_netdir(), name);
	auto_close int fd = open(file, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	auto_free char *text = NULL;
	size_t len;

	memset(s, 0, sizeof(*s));
	if (fd < 0)
		return errno == ENOENT ? 0 : cfg_fail_errno("%s", file);
	if (cfg_slurp(fd, file, &text, &len) == 0 && parse(s, file, text) == 0)
		return 1;
	netstate_free(s);
	return -1;
}

int netstate_read(const struct cfg *c, struct netstate *s)
{
	auto_free char *name = cfg_unique_name(c);

	memset(s, 0, sizeof(*s));
	return name ? read_file(name, s) : -1;
}

static char *to_text(const struct netstate *s, size_t *len)
{
	char *text = NULL;
	FILE *out = open_memstream(&text, len);

	if (!out)
		return NULL;
	fprintf(out, "guest %s\nnid %u\n", s->guest, s->nid);
	for (size_t i = 0; i < s->n; i++)
		fprintf(out, "%s %s %s %s\n", s->v[i].kind, s->v[i].ours ? "ours" : "kept",
			s->v[i].dev, s->v[i].value);
	fclose(out);
	return text;
}

int netstate_write(const struct cfg *c, const struct netstate *s)
{
	auto_free char *name = cfg_unique_name(c), *file = NULL, *text = NULL;
	auto_close int dir = -1;
	size_t len = 0;

	if (!name)
		return -1;
	mkdir(cfg_netdir(), 0755);
	dir = open(cfg_netdir(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (dir < 0)
		return cfg_fail_errno("%s", cfg_netdir());
	file = xasprintf("%s/%s", cfg_netdir(), name);
	text = to_text(s, &len);
	return text ? cfg_write_atomic(dir, name, file, text, len) : cfg_fail_errno("%s", file);
}

int netstate_remove(const struct cfg *c)
{
	auto_free char *name = cfg_unique_name(c);
	auto_free char *file = name ? xasprintf("%s/%s", cfg_netdir(), name) : NULL;

	if (!file)
		return -1;
	return unlink(file) < 0 && errno != ENOENT ? cfg_fail_errno("%s", file) : 0;
}

int netstate_others(const struct cfg *c, int (*each)(void *arg, const struct netstate *s),
		    void *arg)
{
	auto_free char *own = cfg_unique_name(c);
	DIR *dir = own ? opendir(cfg_netdir()) : NULL;
	struct dirent *de;
	int r = 0;

	if (!dir)
		return !own ? -1 : errno == ENOENT ? 0 : cfg_fail_errno("%s", cfg_netdir());
	while (!r && (de = readdir(dir))) {
		struct netstate s;

		if (de->d_name[0] == '.' || !strcmp(de->d_name, own))
			continue;
		r = read_file(de->d_name, &s);
		if (r > 0) {
			r = each(arg, &s);
			netstate_free(&s);
		}
	}
	closedir(dir);
	return r;
}

bool netstate_has(const struct netstate *s, const struct netentry *e)
{
	for (size_t i = 0; i < s->n; i++)
		if (s->v[i].ours && !strcmp(s->v[i].kind, e->kind) &&
		    !strcmp(s->v[i].dev, e->dev) && !strcmp(s->v[i].value, e->value))
			return true;
	return false;
}

static int has_entry(void *arg, const struct netstate *s)
{
	return netstate_has(s, arg);
}

int netstate_shared(const struct cfg *c, const struct netentry *e)
{
	return netstate_others(c, has_entry, (void *)e);
}

bool netstate_alive(const struct netstate *s)
{
	struct cfg *c = cfg_open_dir(s->guest);
	uint32_t xid;
	bool alive;

	if (!c)
		return false;
	alive = guest_is_locked(c) || cfg_running(c, &xid) > 0;
	cfg_close(c);
	return alive;
}
