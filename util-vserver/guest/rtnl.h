/* SPDX-License-Identifier: GPL-2.0-only */
/* The host's devices and addresses, through libnl-route-3. */
#ifndef VSERVER_GUEST_RTNL_H
#define VSERVER_GUEST_RTNL_H

#include <netlink/netlink.h>
#include <netlink/route/addr.h>
#include <netlink/route/link.h>

#include "config/network.h"

/**
 * struct rtnl - a connection with what was there when it was read
 * @sock: the socket
 * @links: devices
 * @addrs: addresses
 */
struct rtnl {
	struct nl_sock *sock;
	struct nl_cache *links;
	struct nl_cache *addrs;
};

int rtnl_open(struct rtnl *r);
void rtnl_close(struct rtnl *r);
/* Reads devices and addresses anew. */
int rtnl_refresh(struct rtnl *r);
/* Sets cfg_error() to "WHAT: why" for a code of libnl; returns -1. */
int rtnl_fail(int code, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* Device by name as last read, NULL: there is none. Belongs to the cache. */
struct rtnl_link *rtnl_device(struct rtnl *r, const char *name);
bool rtnl_is_up(struct rtnl_link *link);
int rtnl_set_up(struct rtnl *r, const char *name);
/* PARENT.ID: @name is split at its last dot. */
int rtnl_vlan_add(struct rtnl *r, const char *name);
int rtnl_device_delete(struct rtnl *r, const char *name);

/* The address on DEV (NULL: on any device) as last read, whatever its prefix; or NULL. */
struct rtnl_addr *rtnl_address(struct rtnl *r, const struct vc_net_addr *a, const char *dev);
/* Name of the device that has it; @buffer of IFNAMSIZ. */
const char *rtnl_address_device(struct rtnl *r, struct rtnl_addr *a, char *buffer);
/* 1: it is there already; 0: added; -1. */
int rtnl_address_add(struct rtnl *r, const struct cfg_iface *f);

/**
 * rtnl_address_delete() - take addresses away, and only these
 * @r: the connection
 * @dev: their device
 * @text: "IP/PREFIX" each
 * @n: number of them
 *
 * With the first address of a network the kernel would remove all others of the same
 * network on the device, which may be other guests' or the host's own.
 */
int rtnl_address_delete(struct rtnl *r, const char *dev, char *const *text, size_t n);

#endif
