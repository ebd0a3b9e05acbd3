// SPDX-License-Identifier: GPL-2.0-only
/*
 * vprocunhide.c - say which entries of /proc guests may see
 *
 * The kernel's own default is to show a short list of harmless entries.  This
 * tool applies the list of the machine after boot; without it guests start, too.
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "config/config.h"
#include "hidelist.h"
#include "tool.h"

enum {
	EXIT_NOTHING = 1,	/* no list, or no such kernel */
	EXIT_SOME = 2,
	EXIT_ALL = 3,
};

struct job {
	bool dry_run, verbose;
	const char *list;
	unsigned int line;
	unsigned long done, failed;
};

static const char *describe(const struct hide_rule *rule)
{
	static char text[64];
	bool set = rule->flags != 0;

	snprintf(text, sizeof(text), "%s%s%s%s", set ? "+" : "-",
		 rule->mask & IATTR_ADMIN ? "admin " : "",
		 rule->mask & IATTR_WATCH ? "watch " : "",
		 rule->mask & IATTR_HIDE ? "hide" : "");
	if (rule->mask & IATTR_WRITE)
		return "+write";
	return text;
}

static int set_attributes(const char *path, const struct hide_rule *rule)
{
	struct vcmd_iattr_v1 data = {
		.name = path, .flags = rule->flags, .mask = rule->mask,
	};

	return vc_syscall(VCMD_set_iattr, 0, &data) < 0 ? -1 : 0;
}

static void apply(struct job *job, const struct hide_rule *rule, const char *path)
{
	if (job->dry_run || job->verbose)
		printf("%s %s\n", describe(rule), path);
	if (job->dry_run || set_attributes(path, rule) == 0) {
		job->done++;
		return;
	}
	/* Gone since we looked, as if it had never been there. */
	if (errno == ENOENT)
		return;
	/* No path will do better. */
	if (errno == ENOSYS)
		die_vc("vc_set_iattr");
	job->failed++;
	warn_errno("%s:%u: %s", job->list, job->line, path);
}

/*
 * Everything below @fd: never over a symbolic link, never into another file
 * system (binfmt_misc below /proc/sys).
 */
static void apply_below(struct job *job, const struct hide_rule *rule,
			const char *path, int fd, dev_t dev)
{
	struct dirent *entry;
	DIR *dir = fdopendir(fd);

	if (!dir) {
		warn_errno("%s", path);
		close(fd);
		return;
	}
	while ((entry = readdir(dir)) != NULL) {
		const char *name = entry->d_name;
		char *child;
		struct stat st;
		int sub;

		if (!strcmp(name, ".") || !strcmp(name, ".."))
			continue;
		if (fstatat(dirfd(dir), name, &st, AT_SYMLINK_NOFOLLOW) < 0 ||
		    st.st_dev != dev)
			continue;
		if (asprintf(&child, "%s/%s", path, name) < 0)
			die_errno("memory");
		apply(job, rule, child);
		if (S_ISDIR(st.st_mode)) {
			sub = openat(dirfd(dir), name, O_RDONLY | O_DIRECTORY |
				     O_NOFOLLOW | O_CLOEXEC);
			if (sub >= 0)
				apply_below(job, rule, child, sub, dev);
		}
		free(child);
	}
	closedir(dir);
}

static void apply_path(struct job *job, const struct hide_rule *rule,
		       const char *path)
{
	struct stat st;
	int fd;

	apply(job, rule, path);
	if (!rule->recursive)
		return;
	/* "/proc/net/" means what is behind the link. */
	fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return;
	if (fstat(fd, &st) < 0)
		close(fd);
	else
		apply_below(job, rule, path, fd, st.st_dev);
}

static void apply_rule(struct job *job, const struct hide_rule *rule)
{
	glob_t found;

	/* No match: the kernel doesn't have it, and that is fine. */
	if (glob(rule->pattern, GLOB_NOSORT | GLOB_BRACE, NULL, &found) == 0) {
		for (size_t i = 0; i < found.gl_pathc; i++) {
			struct stat st;

			/* Without a wildcard in it glob() doesn't look. */
			if (lstat(found.gl_pathv[i], &st) == 0)
				apply_path(job, rule, found.gl_pathv[i]);
		}
		globfree(&found);
	}
}

static void apply_list(struct job *job, FILE *f)
{
	char *line = NULL;
	size_t room = 0;

	while (getline(&line, &room, f) > 0) {
		struct hide_rule rule;
		int kind;

		job->line++;
		kind = hide_parse(line, &rule);
		if (kind > 0) {
			apply_rule(job, &rule);
		} else if (kind < 0) {
			warn("%s:%u: '%s' is not an absolute path", job->list,
			      job->line, rule.pattern);
			job->failed++;
		}
	}
	if (ferror(f)) {
		warn_errno("%s", job->list);
		job->failed++;
	}
	free(line);
}

/* The machine's own list replaces the shipped one. */
static FILE *open_list(struct job *job)
{
	static const char key[] = "apps/vprocunhide/files";
	const struct cfg *defaults = cfg_defaults();
	char *path = NULL;
	int fd;

	if (!job->list) {
		fd = defaults ? cfg_open_file(defaults, key) : -1;
		if (fd >= 0) {
			job->list = cfg_path(defaults, key);
			return fdopen(fd, "r");
		}
		if (asprintf(&path, "%s/defaults/vprocunhide-files",
			     cfg_datadir()) < 0)
			return NULL;
		job->list = path;
	}
	return fopen(job->list, "re");
}

static const struct tool tool = {
	.name = "vprocunhide",
	.about = "set which entries of /proc guests may see",
	.usage =
		"Usage: vprocunhide [OPTION]... [LIST]\n"
		"\n"
		"  -n, --dry-run   print what would be done, change nothing\n"
		"  -v, --verbose   print what is done\n"
		"      --help, --version\n"
		"\n"
		"Default LIST: /etc/vservers/.defaults/apps/vprocunhide/files, else\n"
		"/usr/share/util-vserver/defaults/vprocunhide-files.\n"
		"Exit: 0 done, 1 no list or no such kernel, 2 some paths failed or bad\n"
		"usage, 3 all paths failed.\n"
		"\n"
		"Example: vprocunhide --dry-run | grep meminfo\n",
	.fail = EXIT_NOTHING,
};

static void read_options(int argc, char **argv, struct job *job)
{
	static const struct option options[] = {
		{ "dry-run", no_argument, NULL, 'n' },
		{ "verbose", no_argument, NULL, 'v' },
		TOOL_OPTIONS
	};
	int c;

	while ((c = tool_getopt(argc, argv, "nv", options)) != -1) {
		if (c == 'n')
			job->dry_run = true;
		else
			job->verbose = true;
	}
	if (optind < argc - 1)
		die_usage("%s: one list only", argv[optind + 1]);
	job->list = argv[optind];
}

int main(int argc, char **argv)
{
	struct job job = { 0 };
	FILE *f;

	tool_init(&tool);
	read_options(argc, argv, &job);
	if (!job.dry_run && vc_get_version() < 0)
		die_vc("vc_get_version");
	f = open_list(&job);
	if (!f)
		die_errno("%s", job.list ? job.list : "list");
	apply_list(&job, f);
	fclose(f);
	tool_flush();

	if (job.failed)
		warn("%lu of %lu paths failed", job.failed,
		      job.failed + job.done);
	if (!job.failed)
		return 0;
	return job.done ? EXIT_SOME : EXIT_ALL;
}
