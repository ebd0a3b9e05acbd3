// SPDX-License-Identifier: GPL-2.0-only
/*
 * Readers of single files (config.md section 1).
 *
 * Files are opened relative to the directory's descriptor. Links are followed: the
 * configuration belongs to the host's admin, and links into .defaults are common.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/stat.h>

#include "internal.h"

char *cfg_path(const struct cfg *c, const char *key)
{
	return cfg_xasprintf("%s/%s", c->path, key);
}

int cfg_open_file(const struct cfg *c, const char *key)
{
	struct stat st;
	int fd;

	if (!c) {
		errno = ENOENT;
		return -1;
	}
	/* O_NONBLOCK: a fifo put there by mistake must not hang the start. */
	fd = openat(c->fd, key, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	if (fd < 0)
		return -1;
	if (fstat(fd, &st) < 0 || !S_ISREG(st.st_mode)) {
		close(fd);
		errno = EINVAL;
		return -1;
	}
	return fd;
}

int cfg_slurp(int fd, const char *file, char **text, size_t *len)
{
	size_t size = 4096, used = 0;
	char *buf = cfg_xrealloc(NULL, size + 1, 1);

	for (;;) {
		ssize_t n = read(fd, buf + used, size - used);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0) {
			free(buf);
			return cfg_fail_errno("%s", file);
		}
		if (!n)
			break;
		used += (size_t)n;
		if (used == size) {
			if (size >= CFG_MAX_FILE) {
				free(buf);
				return cfg_fail("%s: larger than %d bytes", file, CFG_MAX_FILE);
			}
			size *= 2;
			buf = cfg_xrealloc(buf, size + 1, 1);
		}
	}
	buf[used] = '\0';
	if (memchr(buf, '\0', used)) {
		free(buf);
		return cfg_fail("%s: contains a NUL byte", file);
	}
	*text = buf;
	*len = used;
	return 0;
}

/* 1: contents stored, 0: no such file, -1: error. *file is set unless there is none. */
static int load(const struct cfg *c, const char *key, char **file, char **text)
{
	cfg_auto_close int fd = cfg_open_file(c, key);
	size_t len;

	if (fd < 0 && (errno == ENOENT || errno == ENOTDIR))
		return 0;
	*file = cfg_path(c, key);
	if (fd < 0) {
		if (errno == EINVAL)
			return cfg_fail("%s: not a regular file", *file);
		return cfg_fail_errno("%s", *file);
	}
	return cfg_slurp(fd, *file, text, &len) < 0 ? -1 : 1;
}

int cfg_scalar(const struct cfg *c, const char *key, char **value)
{
	cfg_auto_free char *file = NULL, *text = NULL;
	int r = load(c, key, &file, &text);
	char *s, *end;

	if (r <= 0)
		return r;
	end = text + strcspn(text, "\n");
	/* Old files may have remarks below the first line; they were never read. */
	*end = '\0';
	s = cfg_strip(text);
	*value = cfg_xstrdup(s);
	return 1;
}

int cfg_text(const struct cfg *c, const char *key, char **value)
{
	cfg_auto_free char *file = NULL, *text = NULL;
	int r = load(c, key, &file, &text);
	size_t n;

	if (r <= 0)
		return r;
	n = strlen(text);
	while (n && (text[n - 1] == '\n' || text[n - 1] == '\r'))
		text[--n] = '\0';
	*value = text;
	text = NULL;
	return 1;
}

static int bad_value(const struct cfg *c, const char *key, const char *text, const char *want)
{
	cfg_auto_free char *file = cfg_path(c, key);

	return cfg_fail("%s:1: '%s' is not %s", file, text, want);
}

int cfg_u64(const struct cfg *c, const char *key, uint64_t min, uint64_t max, uint64_t *value)
{
	cfg_auto_free char *text = NULL;
	int r = cfg_scalar(c, key, &text);
	unsigned long long v;
	char *end;

	if (r <= 0)
		return r;
	errno = 0;
	v = strtoull(text, &end, 10);
	if (*text < '0' || *text > '9' || *end || errno || v < min || v > max) {
		cfg_auto_free char *want = cfg_xasprintf("a number from %llu to %llu",
							 (unsigned long long)min,
							 (unsigned long long)max);

		return bad_value(c, key, text, want);
	}
	*value = v;
	return 1;
}

int cfg_s64(const struct cfg *c, const char *key, int64_t min, int64_t max, int64_t *value)
{
	cfg_auto_free char *text = NULL;
	int r = cfg_scalar(c, key, &text);
	long long v;
	char *end;

	if (r <= 0)
		return r;
	errno = 0;
	v = strtoll(text, &end, 10);
	if (end == text || *end || errno || v < min || v > max) {
		cfg_auto_free char *want = cfg_xasprintf("a number from %lld to %lld",
							 (long long)min, (long long)max);

		return bad_value(c, key, text, want);
	}
	*value = v;
	return 1;
}

int cfg_limit(const struct cfg *c, const char *key, uint64_t *value)
{
	cfg_auto_free char *text = NULL;
	int r = cfg_scalar(c, key, &text);
	unsigned long long v, factor = 1;
	char *end;

	if (r <= 0)
		return r;
	if (!strncmp(text, "inf", 3)) {
		*value = ~0ULL;
		return 1;
	}
	errno = 0;
	v = strtoull(text, &end, 0);
	switch (*end) {
	case 'k':
		factor = 1000;
		break;
	case 'm':
		factor = 1000 * 1000;
		break;
	case 'K':
		factor = 1 << 10;
		break;
	case 'M':
		factor = 1 << 20;
		break;
	case 'G':
		factor = 1 << 30;
		break;
	}
	if (factor != 1)
		end++;
	if (*text < '0' || *text > '9' || *end || errno || v > ~0ULL / factor)
		return bad_value(c, key, text, "a limit (number with k, m, K, M or G, or inf)");
	*value = v * factor;
	return 1;
}

static int read_lines(const struct cfg *c, const char *key, struct cfg_list *list, bool comments)
{
	cfg_auto_free char *file = NULL, *text = NULL;
	int r = load(c, key, &file, &text);
	unsigned int line = 0;
	char *next;

	memset(list, 0, sizeof(*list));
	if (r <= 0)
		return r;
	for (char *p = text; p; p = next) {
		next = strchr(p, '\n');
		if (next)
			*next++ = '\0';
		line++;
		p = cfg_strip(p);
		if (*p && !(comments && *p == '#'))
			cfg_list_add(list, p, line);
	}
	list->file = file;
	file = NULL;
	return 1;
}

int cfg_list(const struct cfg *c, const char *key, struct cfg_list *list)
{
	return read_lines(c, key, list, true);
}

int cfg_array(const struct cfg *c, const char *key, struct cfg_list *list)
{
	return read_lines(c, key, list, false);
}

bool cfg_bool(const struct cfg *c, const char *key)
{
	struct stat st;

	/* lstat: a dangling link is there, too. */
	return c && !fstatat(c->fd, key, &st, AT_SYMLINK_NOFOLLOW);
}

int cfg_link(const struct cfg *c, const char *key, char **target)
{
	char buf[PATH_MAX];
	ssize_t n;

	if (!c)
		return 0;
	n = readlinkat(c->fd, key, buf, sizeof(buf));
	if (n < 0 && (errno == ENOENT || errno == ENOTDIR))
		return 0;
	if (n < 0 || n == sizeof(buf)) {
		cfg_auto_free char *file = cfg_path(c, key);

		return n < 0 && errno == EINVAL ? cfg_fail("%s: not a symbolic link", file) :
						  cfg_fail_errno("%s", file);
	}
	buf[n] = '\0';
	*target = cfg_xstrdup(buf);
	return 1;
}

const struct cfg *cfg_first(const struct cfg *c, const char *key, const char *defkey,
			    const char **found)
{
	struct cfg *defaults = defkey ? cfg_defaults() : NULL;

	if (c && key && cfg_bool(c, key)) {
		*found = key;
		return c;
	}
	if (defaults && cfg_bool(defaults, defkey)) {
		*found = defkey;
		return defaults;
	}
	*found = key ? key : defkey;
	return NULL;
}

int cfg_scalar_def(const struct cfg *c, const char *key, const char *defkey, char **value)
{
	const char *found;
	const struct cfg *at = cfg_first(c, key, defkey, &found);

	return cfg_scalar(at, found, value);
}

int cfg_list_def(const struct cfg *c, const char *key, const char *defkey,
		 struct cfg_list *list)
{
	const char *found;
	const struct cfg *at = cfg_first(c, key, defkey, &found);

	return cfg_list(at, found, list);
}

int cfg_array_def(const struct cfg *c, const char *key, const char *defkey,
		  struct cfg_list *list)
{
	const char *found;
	const struct cfg *at = cfg_first(c, key, defkey, &found);

	return cfg_array(at, found, list);
}
