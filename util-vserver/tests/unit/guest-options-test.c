// SPDX-License-Identifier: GPL-2.0-only
/* The whole configuration of a guest: defaults, and a clear message for everything damaged. */
#include <limits.h>
#include <sched.h>

#include <libmount/libmount.h>
#include <vserver.h>

#include "guest/fstab.h"
#include "guest/guest.h"
#include "guest/init.h"
#include "guest/mounts.h"
#include "tap.h"

static struct cfg *c;
static struct guest g;

static int load(void)
{
	guest_free(&g);
	memset(&g, 0, sizeof(g));
	return guest_load(&g, c);
}

/* With FILE holding TEXT the guest doesn't load, and the message has PART. */
static void refused(const char *file, const char *text, const char *part)
{
	char what[200];

	put(file, text);
	snprintf(what, sizeof(what), "damage in %s is refused: %.*s", file,
		 (int)strcspn(part, "\n"), part);
	num(load(), -1, what);
	has(cfg_error(), part, "with file and reason");
	unlink(file);
}

static void defaults(void)
{
	num(load(), 0, "a minimal guest");
	num(g.xid, 40001, "context id");
	is(g.style->name, "sysv", "sysv is the default style");
	ok(!g.real_init, "without a real init");
	ok(g.cflags == (VXF_HIDE_NETIF | VXF_VIRT_UPTIME | VXF_SC_HELPER | VXF_INFO_INIT),
	   "default context flags");
	ok(g.bcaps == 0xb44c04ff, "capabilities: the secure preset and nothing from 32 up");
	ok(g.ccaps == 0x4101, "context capabilities: the secure preset");
	ok(g.spaces == (CLONE_NEWUTS | CLONE_NEWIPC), "private uts and ipc spaces");
	is(g.environment.v[0], "PATH=/bin:/usr/bin:/sbin:/usr/sbin", "environment");
	num(g.stop_timeout, 30, "time-out of a stop");
	is(g.killseq.v[0], "15", "kill sequence");
	is(g.level_start, "3", "runlevel");
}

static void settings(void)
{
	put("g/cflags", "virt_mem\n!hide_netif\n~sc_helper\nfakeinit\nstate_admin\n");
	put("g/bcapabilities", "NET_RAW\n!SYS_CHROOT\nCAP_SYSLOG\n");
	put("g/personality", "linux32\nADDR_LIMIT_3GB\n");
	put("g/spaces/net", "");
	put("g/nice", "-5");
	put("g/ionice/priority", "6\n");
	put("g/apps/init/killseq", "2\n10\n9\n");
	num(load(), 0, "a guest with settings");
	ok(g.cflags == (VXF_VIRT_MEM | VXF_VIRT_UPTIME | VXF_INFO_INIT),
	   "flags are added and taken away, state flags aren't for the configuration");
	ok(g.real_init, "the line fakeinit means a real init");
	ok(g.bcaps == ((0xb44c04ffULL | 1 << 13 | 1ULL << 34) & ~(1ULL << 18)), "capabilities");
	ok(g.has_personality && g.personality == (8 | 0x8000000), "personality with a flag");
	ok(g.spaces & CLONE_NEWNET, "private network space");
	num(g.nice, -5, "nice");
	num(g.ioprio, 2 << 13 | 6, "ionice priority alone means class 2");
	is(g.killseq.v[1], "10", "kill sequence");
	for (const char *const *f = (const char *const[]){ "cflags", "bcapabilities", "personality",
			"spaces/net", "nice", "ionice/priority", "apps/init/killseq", NULL }; *f; f++) {
		char path[100];

		snprintf(path, sizeof(path), "g/%s", *f);
		unlink(path);
	}
}

static void network(void)
{
	num(load(), 0, "a guest without interfaces");
	num(g.nid, 40001, "has a network context all the same, of the context's number");
	num((long long)g.net.n, 0, "which owns nothing");
	ok(g.ncaps == NXC_RAW_ICMP, "network capabilities: the secure preset, so ping works");
	ok(g.nflags == (NXF_HIDE_NETIF | NXF_LBACK_REMAP | NXF_HIDE_LBACK), "network flags");
	put("g/nflags", "!hide_lback\npersistent\nstate_setup\n");
	put("g/ncapabilities", "!raw_icmp\ntun_create\n");
	put("g/ncontext", "77\n");
	num(load(), 0, "a guest with network settings");
	num(g.nid, 77, "number of the network context");
	ok(g.nflags == (NXF_HIDE_NETIF | NXF_LBACK_REMAP | NXF_PERSISTENT),
	   "flags are added and taken away, state flags aren't for the configuration");
	ok(g.ncaps == NXC_TUN_CREATE, "likewise capabilities");
	put("g/spaces/net", "");
	put("g/interfaces/0/ip", "10.0.0.1\n");
	put("g/interfaces/0/nodev", "");
	load();
	ok(g.nid == 77 && !g.net.n, "with a network namespace addresses of the host don't count");
	unlink("g/ncontext");
	load();
	num(g.nid, 0, "which needs no network context");
	unlink("g/spaces/net");
	load();
	ok(g.nid == 40001 && g.net.n == 1, "without one both are back");
	put("g/noncontext", "");
	load();
	num(g.nid, 0, "noncontext: none");
	for (const char *const *f = (const char *const[]){ "nflags", "ncapabilities", "noncontext",
			"interfaces/0/nodev", NULL }; *f; f++) {
		char path[100];

		snprintf(path, sizeof(path), "g/%s", *f);
		unlink(path);
	}
	num(load(), -1, "a damaged interface is refused");
	has(cfg_error(), "g/interfaces/0: has neither dev", "with its name");
	unlink("g/interfaces/0/ip");
	rmdir("g/interfaces/0");
}

static void damage(void)
{
	refused("g/nflags", "privat\n", "g/nflags:1: unknown nflag 'privat'");
	refused("g/ncapabilities", "icmp6\n", "g/ncapabilities:1: unknown ncap 'icmp6'");
	refused("g/ncontext", "1\n", "g/ncontext:1: '1' is not a number from 2 to 65535");
	refused("g/cflags", "virt_mem\nvirt_nem\n", "g/cflags:2: unknown flag 'virt_nem'");
	refused("g/bcapabilities", "NET_ROW\n", "g/bcapabilities:1: unknown bcap 'NET_ROW'");
	refused("g/ccapabilities", "x\n", "g/ccapabilities:1: unknown ccap");
	refused("g/umask", "newfoo\n", "g/umask:1: unknown namespace");
	refused("g/personality", "linux33\n", "g/personality:1: unknown personality type");
	refused("g/nice", "20\n", "g/nice:1: '20' is not a number from -20 to 19");
	refused("g/badness", "lots\n", "g/badness:1: 'lots'");
	refused("g/apps/init/style", "systemd\n", "g/apps/init/style:1: unknown init style 'systemd'");
	refused("g/apps/init/killseq", "15\n5\n99\n", "g/apps/init/killseq:3: '99' is not a signal");
	refused("g/apps/init/environment", "PATH\n", "g/apps/init/environment:1: 'PATH' is not");
	refused("g/spaces/mask", "0xzz\n", "g/spaces/mask:1:");
	refused("g/spaces/pid", "other\n", "g/spaces/pid:");
	refused("g/context", "abc\n", "g/context:1: 'abc' is not a number from 2 to 65535");
	num(load(), -1, "a guest without context is refused");
	has(cfg_error(), "g/context: missing", "and told what to do");
	put("g/context", "40001\n");
	if (rename("g/vdir", "g/vdir.away"))
		ok(false, "rename");
	num(load(), -1, "a guest without root is refused");
	has(cfg_error(), "g/vdir: guest root: No such file", "and told so");
	if (symlink("/", "g/vdir"))
		ok(false, "symlink");
	num(load(), -1, "the host's root as guest root is refused");
	unlink("g/vdir");
	if (rename("g/vdir.away", "g/vdir"))
		ok(false, "rename");
}

static void init_commands(void)
{
	struct guest_start_options o = { 0 };
	int root = open("g/vdir", O_PATH | O_DIRECTORY);
	char **argv;

	load();
	ok(!init_start_argv(&g, root, &o), "sysv without an rc script is refused");
	has(cfg_error(), "the guest has no program /etc/init.d/rc or /etc/rc.d/rc", "by name");
	put("g/vdir/etc/init.d/rc", "");
	chmod("g/vdir/etc/init.d/rc", 0755);
	argv = init_start_argv(&g, root, &o);
	is(argv[0], "/etc/init.d/rc", "sysv: rc script");
	is(argv[1], "3", "with its runlevel");
	init_free_argv(argv);
	o.debug_sysv = true;
	argv = init_start_argv(&g, root, &o);
	is(argv[1], "-x", "--debug-sysv: traced");
	init_free_argv(argv);
	o = (struct guest_start_options){ .rescue = true };
	argv = init_start_argv(&g, root, &o);
	is(argv[0], "/bin/sleep", "rescue without a command sleeps");
	init_free_argv(argv);
	put("g/apps/init/cmd.start", "/bin/my\nwith blanks\n");
	load();
	o = (struct guest_start_options){ 0 };
	argv = init_start_argv(&g, root, &o);
	is(argv[1], "with blanks", "cmd.start: one word per line");
	init_free_argv(argv);
	unlink("g/apps/init/cmd.start");
}

static void tables(void)
{
	struct libmnt_table *tb;
	struct libmnt_fs *fs;

	put("g/fstab", "# remark\nnone /proc proc defaults 0 0\n/dev/x swap swap sw 0 0\n"
	    "none /off tmpfs noauto 0 0\nnone //tmp/ tmpfs size=1m 0 0");
	num(mounts_load(&g, &tb), 0, "an fstab");
	fs = fstab_next(tb, NULL);
	is(mnt_fs_get_target(fs), "/proc", "first entry");
	fs = fstab_next(tb, fs);
	has(mnt_fs_get_target(fs), "tmp", "swap and noauto are left out, the last line isn't");
	ok(!fstab_next(tb, fs), "end of the table");
	ok(fstab_has(tb, "/tmp"), "slashes don't matter");
	ok(!fstab_has(tb, "/off"), "noauto isn't mounted");
	mounts_unload(tb);
	put("g/fstab", "none /proc proc defaults 0 0\njunk\n");
	num(mounts_load(&g, &tb), -1, "a damaged fstab");
	has(cfg_error(), "g/fstab:2:", "is refused with its line");
	mounts_unload(tb);
	put("g/fstab", "none proc proc defaults 0 0\n");
	num(mounts_load(&g, &tb), -1, "a relative destination is refused");
	mounts_unload(tb);
}

int main(void)
{
	tap_begin();
	mkdir("g", 0755);
	mkdir("g/vdir", 0755);
	put("g/context", "40001\n");
	setenv("VSERVER_CONFDIR", tap_dir, 1);
	c = cfg_open_dir("g");
	defaults();
	settings();
	network();
	damage();
	init_commands();
	tables();
	return tap_end();
}
