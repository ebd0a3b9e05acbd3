/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The network of a guest: addresses and devices on the host (netup.c), the network context
 * (netcontext.c), bandwidth (shape.c), what can be told and changed later (netview.c).
 */
#ifndef VSERVER_GUEST_NETWORK_H
#define VSERVER_GUEST_NETWORK_H

#include "guest.h"
#include "netstate.h"
#include "rtnl.h"

/*
 * Checks what the configuration asks for against the machine, writes it down, does it. On
 * failure it may be half done: network_down() then takes all of it back.
 */
int network_up(struct guest *g);
/* Takes back what the state file of the guest says; no file: nothing to do. */
void network_down(const struct guest *g);

/* In the guest's first process: makes the network context and enters it. */
int network_context(struct guest *g);
/* Enters the network context of the running guest XID, if it has one. */
int network_join(const struct guest *g, uint32_t xid);
/* 1: stored, 0 stored as 0: the guest has none; -1. */
int network_find(const struct cfg *c, uint32_t xid, uint32_t *nid);
/* A persistent context without processes goes, unless another guest uses it. */
void network_release(const struct guest *g, uint32_t nid);
/* "guest 'NAME'" or "network context N", for messages. */
char *network_owner(const struct cfg *c, uint32_t nid);
/* Fails with the message that the guest's network context is somebody's already. */
int network_in_use(const struct guest *g);

/* Devices of the kinds tun and tap, by /dev/net/tun. */
int tun_make(const struct cfg_iface *f);
int tun_release(const char *dev, bool tap);

/* --- bandwidth (shape.c): with the lock held ----------------------------------------------------- */

#define SHAPE_MAJOR	1U
/* What a network context's packets are marked with: the class of that number. */
#define SHAPE_MARK(nid)	(SHAPE_MAJOR << 16 | (nid))

/* Compares tc/ with the machine and adds the entries to *s; *old: what the guest has now. */
int shape_plan(const struct guest *g, struct rtnl *r, const struct netstate *old,
	       struct netstate *s);
/* Makes queue and class of every shaped device, or changes the class. */
int shape_up(const struct guest *g, struct rtnl *r);
/* Removes an entry "queue" or "class". */
int shape_remove(struct rtnl *r, const struct netstate *s, const struct netentry *e);

/* 1: read, 0: the device has no such class, -1. */
int shape_read(struct rtnl *r, const char *dev, uint32_t nid, struct guest_class *c);
#endif
