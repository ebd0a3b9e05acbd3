// SPDX-License-Identifier: GPL-2.0-only
/* Names of guests, defaults, run files, unknown file names (tools.md 0.3, 0.4). */
#include <limits.h>

#include "config/config.h"
#include "tap.h"

static char root[PATH_MAX];

static const char *in(const char *rel)
{
	static char path[2][PATH_MAX + 300];
	static int turn;

	turn ^= 1;
	snprintf(path[turn], sizeof(path[turn]), "%s/%s", root, rel);
	return path[turn];
}

static void names(void)
{
	struct cfg *c = cfg_open("web");
	char *s;

	ok(c, "a short name");
	is(c->path, in("conf/web"), "has the usual path");
	s = cfg_guest_name(c);
	is(s, "web", "display name is the directory's");
	cfg_close(c);
	put("conf/web/name", "\n");
	c = cfg_open("web/");
	ok(c, "one trailing slash is fine");
	s = cfg_guest_name(c);
	is(s, "web", "an empty name file doesn't count");
	put("conf/web/name", "shop");
	s = cfg_guest_name(c);
	is(s, "shop", "a name file does");
	cfg_close(c);
	c = cfg_open("./conf/web");
	ok(c, "a relative path");
	is(c->path, in("conf/web"), "becomes absolute");
	cfg_close(c);
	ok(!cfg_open("nope"), "an unknown name");
	has(cfg_error(), "nope: no such guest", "is said clearly");
	ok(!cfg_open("conf/web"), "a path needs ./ or / in front");
	ok(!cfg_open("../conf/.defaults"), "a directory without vdir is no guest");
	ok(!cfg_open(".defaults"), "names with a dot in front are none");
	ok(!cfg_open(".."), "nor is ..");
	ok(!cfg_open(""), "nor the empty name");
	s = cfg_canonify("/etc/vservers/web-1");
	is(s, "etcvserversweb1", "canonical name");
}

static void guests(void)
{
	struct cfg_list l;

	put("conf/db/vdir/x", "");
	put("conf/old/vdir/x", "");
	put("conf/old/disabled", "");
	put("conf/gone~/vdir/x", "");
	put("conf/novdir/context", "5\n");
	num(cfg_guests(&l, 0), 0, "list of guests");
	num((long long)l.n, 2, "without disabled ones, backups and those without vdir");
	is(l.v[0], "db", "sorted");
	cfg_list_free(&l);
	cfg_guests(&l, CFG_GUESTS_DISABLED);
	num((long long)l.n, 3, "with disabled ones");
	cfg_list_free(&l);
}

static void defaults(void)
{
	struct cfg *c = cfg_open("web");
	char *s = NULL;

	num(cfg_scalar_def(c, "shell", "shell", &s), 1, "found in .defaults");
	is(s, "/bin/dsh", "the default");
	put("conf/web/shell", "/bin/own\n");
	cfg_scalar_def(c, "shell", "shell", &s);
	is(s, "/bin/own", "the guest's own wins");
	num(cfg_scalar_def(c, "none", "none", &s), 0, "nowhere");
	is(cfg_vdirbase(), in("roots"), "vdirbase through its link");
	cfg_close(c);
}

static void run_files(void)
{
	struct cfg *c = cfg_open("web");
	uint32_t xid = 0;
	char target[PATH_MAX];
	ssize_t n;

	num(cfg_run_read(c, &xid), 0, "no run file");
	num(cfg_run_write(c, 40001), 0, "run file");
	num(cfg_run_read(c, &xid), 1, "is read back");
	num(xid, 40001, "with its id");
	n = readlink("rev/40001", target, sizeof(target) - 1);
	target[n < 0 ? 0 : n] = '\0';
	is(target, in("conf/web"), "run.rev link");
	num(cfg_run_write(c, 40002), 0, "a stale run file is replaced");
	cfg_run_read(c, &xid);
	num(xid, 40002, "by the new id");
	num(cfg_run_remove(c, 40001), 0, "remove");
	num(cfg_run_read(c, &xid), 0, "run file is gone");
	num(readlink("rev/40001", target, sizeof(target)), -1, "and the link");
	num(cfg_run_remove(c, 40001), 0, "twice is fine");
	put("run/web", "abc\n");
	num(cfg_run_read(c, &xid), -1, "a damaged run file is an error");
	has(cfg_error(), "run/web:1: not a context id", "that names it");
	unlink("run/web");
	is(cfg_context_name(c, 5), in("conf/web"), "CONTEXT name is the path");
	cfg_close(c);
}

static void long_name(void)
{
	static const char name[] = "a-guest-with-a-name-of-which-the-path-has-more-than-64-bytes";
	char path[300];
	struct cfg *c;

	snprintf(path, sizeof(path), "conf/%s/vdir/x", name);
	put(path, "");
	c = cfg_open(name);
	is(cfg_context_name(c, 7), in("rev/7"), "a long path is named by its run.rev link");
	cfg_close(c);
}

static void helper(void)
{
	struct cfg_helper h = { .dir = (char *)"/etc/vservers/web", .method = (char *)"async",
				.fifo = (char *)"/tmp/f" }, r;

	num(cfg_helper_read(9, &r), 0, "no helper state");
	num(cfg_helper_write(9, &h), 0, "helper state");
	num(cfg_helper_read(9, &r), 1, "is read back");
	is(r.dir, h.dir, "directory");
	is(r.method, "async", "method");
	is(r.fifo, "/tmp/f", "fifo");
	cfg_helper_free(&r);
	h.fifo = NULL;
	cfg_helper_write(9, &h);
	cfg_helper_read(9, &r);
	ok(!r.fifo, "without a fifo");
	cfg_helper_free(&r);
	put("helper/9", "/only/one\n");
	num(cfg_helper_read(9, &r), -1, "half a state is an error");
	num(cfg_helper_remove(9), 0, "remove");
}

static char found[1000];

static void on_finding(void *arg, const char *text)
{
	(void)arg;
	snprintf(found, sizeof(found), "%s", text);
}

static void unknown_names(void)
{
	struct cfg *c = cfg_open("db");

	put("conf/db/context", "6\n");
	put("conf/db/rlimits/rss.hard", "1\n");
	put("conf/db/apps/init/style", "plain\n");
	put("conf/db/scripts/pre-start.d/10-x", "");
	put("conf/db/sched/0/tokens", "1\n");
	put("conf/db/cgroup/memory.max", "1\n");
	mkdir("conf/db/cpuset", 0755);
	num(cfg_check(c, on_finding, NULL), 0, "known names in all depths");
	printf("# %s\n", found);
	put("conf/db/rlimits/rsss", "1\n");
	num(cfg_check(c, on_finding, NULL), 1, "a misspelt limit");
	has(found, "conf/db/rlimits/rsss: unknown name", "is reported with its path");
	unlink("conf/db/rlimits/rsss");
	put("conf/db/app/init/style", "plain\n");
	num(cfg_check(c, on_finding, NULL), 1, "a misspelt directory is reported once");
	cfg_close(c);
}

static void static_ids(void)
{
	struct cfg *c = cfg_open("web");
	uint32_t id = 0;

	put("conf/web/context", "40001\n");
	num(cfg_static_id(c, "context", &id), 1, "context");
	num(cfg_static_id(c, "tag", &id), 1, "tag defaults to it");
	num(id, 40001, "same number");
	put("conf/web/context", "1\n");
	num(cfg_static_id(c, "context", &id), -1, "context 1 is nobody's");
	put("conf/web/context", "65536\n");
	num(cfg_static_id(c, "context", &id), -1, "nor is 65536");
	num(cfg_lookup_xid("12", &id), 0, "a number is taken as it is");
	num(id, 12, "unchecked");
	num(cfg_lookup_xid(":12", &id), -1, ":NAME is a name");
	cfg_close(c);
}

int main(void)
{
	tap_begin();
	if (!realpath(".", root))
		return 1;
	put("conf/web/vdir/x", "");
	put("conf/.defaults/shell", "/bin/dsh\n");
	mkdir("roots", 0755);
	mkdir("run", 0755);
	if (symlink(in("roots"), "conf/.defaults/vdirbase") ||
	    symlink(in("rev"), "conf/.defaults/run.rev"))
		return 1;
	setenv("VSERVER_CONFDIR", in("conf"), 1);
	setenv("VSERVER_RUNDIR", in("run"), 1);
	setenv("VSERVER_HELPERDIR", in("helper"), 1);
	names();
	guests();
	defaults();
	run_files();
	long_name();
	helper();
	unknown_names();
	static_ids();
	return tap_end();
}
