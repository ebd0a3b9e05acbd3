/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a start has changed in the host's network: one file per guest in /run/vservers.net.
 *
 * It is written before anything is changed, so that whatever a crash leaves is known. What
 * several guests name (a VLAN device, a root queue) goes with the last of them.
 */
#ifndef VSERVER_GUEST_NETSTATE_H
#define VSERVER_GUEST_NETSTATE_H

#include "guest.h"

/**
 * struct netentry - a thing on the host
 * @kind: "address", "vlan", "tun", "tap", "queue", "class"
 * @ours: made by a start; else it was there before and stays
 * @dev: device of the host, "-" for none
 * @value: address with prefix, rate of a class; "-" if @dev says it all
 */
struct netentry {
	char *kind;
	bool ours;
	char *dev;
	char *value;
};

/**
 * struct netstate - the file of a guest
 * @guest: its configuration directory
 * @nid: network context; 0: none
 * @n: number of entries
 * @v: entries in the order in which they were made
 */
struct netstate {
	char *guest;
	uint32_t nid;
	size_t n;
	struct netentry *v;
};

/* All that changes the host's addresses holds this: descriptor or -1. */
int netstate_lock(void);

struct netentry *netstate_add(struct netstate *s, const char *kind, bool ours, const char *dev,
			      const char *value);
void netstate_free(struct netstate *s);

/* 1: read, 0: there is none, -1. */
int netstate_read(const struct cfg *c, struct netstate *s);
int netstate_write(const struct cfg *c, const struct netstate *s);
int netstate_remove(const struct cfg *c);

/*
 * Calls @each for the files of all guests but @c until it returns something else than 0,
 * and returns that; -1 with cfg_error() if the files can't be read.
 */
int netstate_others(const struct cfg *c, int (*each)(void *arg, const struct netstate *s),
		    void *arg);
/* Does *s have the thing as made by a start? */
bool netstate_has(const struct netstate *s, const struct netentry *e);
/* 1: another guest's file has the thing as made by a start; 0, -1. */
int netstate_shared(const struct cfg *c, const struct netentry *e);
/* Does the guest of the file run, or is it being started? */
bool netstate_alive(const struct netstate *s);

#endif
