// SPDX-License-Identifier: GPL-2.0-only
/* capchroot - run a command in another root directory, without a way to change it again */
#define _GNU_SOURCE
#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/capability.h>
#include <unistd.h>

#include "tool.h"

static const struct tool tool = {
	.name = "capchroot",
	.about = "run a command in another root directory",
	.fail = 255,
	.bad_usage = 255,
	.usage =
"Usage: capchroot [--nochroot] [--suid USER] [--] DIR COMMAND [ARG]...\n\n"
"  --nochroot   COMMAND can't change its root directory again\n"
"  --suid USER  run as this user of the host, with its groups\n"
"  --help, --version\n\n"
"Exit status: that of COMMAND; 255: failures of capchroot.\n\n"
"Example: capchroot --nochroot --suid nobody /vservers/web /bin/id\n",
};

static const struct option options[] = {
	{ "nochroot", no_argument, NULL, 'n' },
	{ "suid", required_argument, NULL, 's' },
	TOOL_OPTIONS
};

/**
 * struct identity - a user with its groups
 * @groups: @n of them
 */
struct identity {
	uid_t uid;
	gid_t gid;
	gid_t *groups;
	int n;
};

/* By the host's name service, so before the chroot. */
static void find_user(const char *name, struct identity *id)
{
	const struct passwd *p;

	errno = 0;
	p = getpwnam(name);
	if (!p && errno && errno != ENOENT)
		die_errno("user %s", name);
	if (!p)
		die("user %s: no such user", name);
	id->uid = p->pw_uid;
	id->gid = p->pw_gid;
	id->n = 0;
	getgrouplist(name, p->pw_gid, NULL, &id->n);
	id->groups = tool_alloc((size_t)id->n, sizeof(*id->groups));
	if (getgrouplist(name, p->pw_gid, id->groups, &id->n) < 0)
		die("groups of %s change", name);
}

static void become(const struct identity *id)
{
	if (setgroups((size_t)id->n, id->groups) < 0)
		die_errno("setgroups");
	if (setresgid(id->gid, id->gid, id->gid) < 0)
		die_errno("setresgid");
	if (setresuid(id->uid, id->uid, id->uid) < 0)
		die_errno("setresuid");
}

/* From the bounding set, too: exec of root or of a set-uid program would bring it back. */
static void drop_chroot(void)
{
	const cap_value_t cap = CAP_SYS_CHROOT;
	cap_t caps;

	if (cap_drop_bound(cap) < 0)
		die_errno("taking away sys_chroot");
	caps = cap_get_proc();
	if (!caps || cap_set_flag(caps, CAP_EFFECTIVE, 1, &cap, CAP_CLEAR) < 0 ||
	    cap_set_flag(caps, CAP_PERMITTED, 1, &cap, CAP_CLEAR) < 0 ||
	    cap_set_flag(caps, CAP_INHERITABLE, 1, &cap, CAP_CLEAR) < 0 ||
	    cap_set_proc(caps) < 0)
		die_errno("taking away sys_chroot");
	cap_free(caps);
}

int main(int argc, char **argv)
{
	const char *user = NULL;
	struct identity id = { 0 };
	bool nochroot = false;
	int c;

	tool_init(&tool);
	while ((c = tool_getopt(argc, argv, "+", options)) >= 0) {
		if (c == 'n')
			nochroot = true;
		else
			user = optarg;
	}
	argv += optind;
	if (!argv[0] || !argv[1])
		die_usage("a directory and a command are needed");
	if (user)
		find_user(user, &id);
	if (chdir(argv[0]) < 0 || chroot(".") < 0 || chdir("/") < 0)
		die_errno("%s", argv[0]);
	if (nochroot)
		drop_chroot();
	if (user)
		become(&id);
	tool_exec(argv + 1);
}
