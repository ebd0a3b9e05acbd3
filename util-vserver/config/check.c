// SPDX-License-Identifier: GPL-2.0-only
/*
 * Names that mean nothing (config.md 8.1): a misspelt file was ignored in silence, which is
 * how limits got lost. The table is config.md section 4 as patterns.
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <fnmatch.h>
#include <string.h>
#include <sys/stat.h>

#include "internal.h"

#define RLIMITS "@(cpu|fsize|data|stack|core|rss|nproc|nofile|memlock|as|locks|msgqueue|nsock|" \
		"openfd|anon|shmem|semary|nsems|dentry)?(.min|.soft|.hard)"
#define ULIMITS "@(core|cpu|data|fsize|locks|memlock|nofile|nproc|rss|stack|as|msgqueue|nice|" \
		"rtprio|sigpending)?(.soft|.hard)"
#define SCHED	"@(fill-rate|interval|tokens|tokens-min|tokens-max|prio-bias|priority-bias|" \
		"fill-rate2|interval2|idle-time|cpu-id|bucket-id|force)"
#define IFACE	"@(ip|dev|nodev|only_ip|prefix|mask|bcast|name|scope|peer|down|disabled|vlandev|" \
		"novlandev|tun|tap|nocsum|shared|uid|gid|linktype|indirect|mac|extip)"
#define SCRIPT	"@(initialize|prepre-start|pre-start|post-start|pre-stop|post-stop|postpost-stop)"

static const char *const known[] = {
	"@(vdir|run|cache|name|context|ncontext|tag|disabled|legacy|noisy|keepfds|shell|nice)",
	"@(personality|badness|umask|bcapabilities|ccapabilities|ncapabilities|capabilities)",
	"@(cflags|flags|nflags|noncontext|namespace|nonamespace|namespace-cleanup)",
	"@(nonamespace-cleanup|namespace-cleanup-skip|nocgroup|nonetns|sync|hostname|domainname)",
	"@(fstab|fstab.remote|fstab.local|schedule)",
	"ionice/@(class|priority)",
	"uts/@(sysname|nodename|release|version|machine|domainname)",
	"interfaces/@(dev|prefix|mask|scope|bcast|lback|extip|vlandev|novlandev)",
	"interfaces/*/" IFACE,
	"tc/*/@(rate|ceil|share|disabled)",
	"rlimits/" RLIMITS,
	"ulimits/" ULIMITS,
	"sched/" SCHED,
	"sched/*/" SCHED,
	"dlimits/*/@(directory|space_total|inodes_total|reserved|disabled)",
	"sysctl/*/@(setting|value)",
	"cpuset/@(name|cpus|mems|cpu_exclusive|cpus_exclusive|mem_exclusive|virtualized|nocreate)",
	"spaces/@(pid|net|mask)",
	"cgroup/*",		/* any other file is written to the group */
	"netns/@(name|shared)",
	"netns/interfaces/*/@(host|guest|type)",
	"apps/init/@(style|runlevel|runlevel.start|runlevel.stop|cmd.start|cmd.stop)",
	"apps/init/@(cmd.start-sync|cmd.stop-sync|cmd.prepare|sync|killseq|environment|tty)",
	"apps/init/@(mark|depends|mtab)",
	"apps/vshelper/@(action|sync-timeout|disabled|debug|warning-disabled)",
	"apps/vshelper/@(restart|restart2|halt|poweroff|shutdown|swsusp|startup|oom)",
	"apps/vshelper-methods/*",
	"apps/vlogin/disable",
	"apps/vunify/@(exclude|hash|pkgmgmt-ignore|pkgmgmt-force|refserver.*)",
	"apps/vunify/hash/*",
	"apps/vdevmap/*/@(open|create|remap|flags|device|target)",
	"apps/pkgmgmt/@(internal|style|base|execdir|rpmetc|rpmstate|rpmlib|aptetc|aptstate)",
	"apps/pkgmgmt/@(aptcache|aptarchives|yumetc|yumcache|urpmietc|urpmistate)",
	"apps/build/*",
	"scripts/" SCRIPT,
	"scripts/" SCRIPT ".d/*",
};

/* Directories of which the contents are not ours to judge. */
static const char *const opaque[] = { "vdir", "apps/pkgmgmt/base", "apps/vunify/hash" };

struct walk {
	const struct cfg *c;
	void (*warn)(void *arg, const char *text);
	void *arg;
	int found;
};

static bool is_known(const char *rel)
{
	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
		if (!fnmatch(known[i], rel, FNM_PATHNAME | FNM_EXTMATCH))
			return true;
	return false;
}

static bool is_opaque(const char *rel)
{
	for (size_t i = 0; i < sizeof(opaque) / sizeof(opaque[0]); i++)
		if (!strcmp(opaque[i], rel))
			return true;
	return false;
}

/* A directory is fine if some pattern goes through it: compare component by component. */
static bool is_known_dir(const char *rel)
{
	size_t depth = 1;

	for (const char *p = rel; *p; p++)
		depth += *p == '/';
	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
		cfg_auto_free char *prefix = cfg_xstrdup(known[i]);
		char *p = prefix;

		for (size_t d = 0; p && d < depth; d++) {
			p = strchr(p, '/');
			if (p && d + 1 < depth)
				p++;
		}
		if (!p)
			continue;
		*p = '\0';
		if (!fnmatch(prefix, rel, FNM_PATHNAME | FNM_EXTMATCH))
			return true;
	}
	return false;
}

static void check_dir(struct walk *w, const char *rel);

static void check_entry(struct walk *w, const char *rel)
{
	cfg_auto_free char *text = NULL;
	struct stat st;

	if (fstatat(w->c->fd, rel, &st, AT_SYMLINK_NOFOLLOW) < 0 || is_opaque(rel))
		return;
	if (S_ISDIR(st.st_mode) ? is_known_dir(rel) : is_known(rel) || is_known_dir(rel)) {
		if (S_ISDIR(st.st_mode))
			check_dir(w, rel);
		return;
	}
	w->found++;
	text = cfg_xasprintf("%s/%s: unknown name, ignored", w->c->path, rel);
	w->warn(w->arg, text);
}

static void check_dir(struct walk *w, const char *rel)
{
	struct cfg_list names;

	if (cfg_entries(w->c, *rel ? rel : ".", &names) <= 0)
		return;
	for (size_t i = 0; i < names.n; i++) {
		cfg_auto_free char *sub = *rel ? cfg_xasprintf("%s/%s", rel, names.v[i]) :
						 cfg_xstrdup(names.v[i]);

		check_entry(w, sub);
	}
	cfg_list_free(&names);
}

int cfg_check(const struct cfg *c, void (*warn)(void *arg, const char *text), void *arg)
{
	struct walk w = { .c = c, .warn = warn, .arg = arg };

	check_dir(&w, "");
	return w.found;
}
