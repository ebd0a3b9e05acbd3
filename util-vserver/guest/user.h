/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Users of a guest, from the guest's own /etc/passwd and /etc/group.
 *
 * The files are parsed here: NSS would load libraries of the guest into a host program.
 */
#ifndef VSERVER_GUEST_USER_H
#define VSERVER_GUEST_USER_H

#include <stddef.h>
#include <sys/types.h>

/**
 * struct user - what a login needs
 * @name, @home, @shell: never NULL; "/" and "" if the guest doesn't say
 * @groups: supplementary groups, without @gid
 */
struct user {
	char *name;
	uid_t uid;
	gid_t gid;
	char *home;
	char *shell;
	gid_t *groups;
	size_t ngroups;
};

/**
 * user_find() - look a user up
 * @root: descriptor of the guest's root
 * @who: name or number; a number need not be in the guest's files
 */
int user_find(int root, const char *who, struct user *u);
/* The same on text, for tests: contents of passwd and group (NULL: no such file). */
int user_parse(const char *passwd, const char *group, const char *who, struct user *u);
/* Becomes the user: groups, gid, uid. */
int user_become(const struct user *u);
void user_free(struct user *u);

#endif
