// SPDX-License-Identifier: GPL-2.0-only
/* Users from a guest's own files, which the guest may have filled with anything. */
#include <errno.h>

#include "config/config.h"
#include "guest/inroot.h"
#include "guest/user.h"
#include "tap.h"

static const char passwd[] =
	"root:x:0:0:root:/root:/bin/bash\n"
	"broken line\n"
	"big:x:4294967295:0::/:/bin/sh\n"
	"neg:x:-1:0::/:/bin/sh\n"
	"www:x:33:33:www:/var/www:/usr/sbin/nologin\n"
	"nohome:x:34:34::relative:/bin/sh\n"
	"last:x:35:35::/l:/bin/sh";
static const char group[] =
	"root:x:0:\n"
	"www:x:33:www\n"
	"adm:x:4:root,www\n"
	"short:x\n"
	"wwwx:x:5:wwwx\n"
	"max:x:4294967295:www\n"
	"tty:x:6:www";

static void by_name(void)
{
	struct user u;

	num(user_parse(passwd, group, "www", &u), 0, "a name");
	num(u.uid, 33, "uid");
	num(u.gid, 33, "gid");
	is(u.home, "/var/www", "home");
	num((long long)u.ngroups, 2, "groups without the own one, without damaged lines");
	num(u.groups[0], 4, "adm");
	num(u.groups[1], 6, "tty, in a last line without newline");
	user_free(&u);
	num(user_parse(passwd, group, "last", &u), 0, "a last line without newline");
	user_free(&u);
	user_parse(passwd, group, "nohome", &u);
	is(u.home, "/", "a relative home doesn't count");
	user_free(&u);
	num(user_parse(passwd, group, "nobody", &u), -1, "an unknown name");
	has(cfg_error(), "no user 'nobody'", "is said clearly");
	num(user_parse(passwd, group, "broken line", &u), -1, "a line without fields is nobody");
	num(user_parse(passwd, group, "big", &u), -1, "uid -1 would mean: stay root");
	num(user_parse(passwd, group, "neg", &u), -1, "so would a negative one");
}

static void by_number(void)
{
	struct user u;

	num(user_parse(passwd, group, "33", &u), 0, "a number");
	is(u.name, "www", "of a known user has its name");
	num((long long)u.ngroups, 2, "and groups");
	user_free(&u);
	num(user_parse(passwd, group, "1234", &u), 0, "an unknown number");
	num(u.gid, 1234, "doesn't get the caller's group");
	num((long long)u.ngroups, 0, "nor any other");
	user_free(&u);
	num(user_parse(NULL, NULL, "0", &u), 0, "root without any file");
	num(u.gid, 0, "is root");
	user_free(&u);
	num(user_parse(passwd, group, "4294967295", &u), -1, "the number -1 is refused");
}

static void from_files(void)
{
	struct user u;
	int root;

	put("r/etc/x", "");
	put("outside", "evil:x:0:0::/:/bin/sh\n");
	root = open("r", O_PATH | O_DIRECTORY);
	num(user_find(root, "www", &u), -1, "no passwd, no names");
	put("r/etc/passwd", passwd);
	num(user_find(root, "www", &u), 0, "no group file is fine");
	user_free(&u);
	unlink("r/etc/passwd");
	if (symlink("../../outside", "r/etc/passwd"))
		ok(false, "symlink");
	num(user_find(root, "evil", &u), -1, "a link out of the root leads nowhere");
	unlink("r/etc/passwd");
	mkfifo("r/etc/passwd", 0644);
	num(user_find(root, "www", &u), -1, "a fifo neither blocks nor counts");
	has(cfg_error(), "/etc/passwd in the guest", "and is named");
}

int main(void)
{
	tap_begin();
	by_name();
	by_number();
	from_files();
	return tap_end();
}
