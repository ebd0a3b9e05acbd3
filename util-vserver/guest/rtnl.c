// SPDX-License-Identifier: GPL-2.0-only
/* Devices: look-up, up, VLANs; and the connection itself. Addresses: rtaddr.c. */
#define _GNU_SOURCE
#include <net/if.h>
#include <netlink/errno.h>
#include <netlink/route/link/vlan.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "internal.h"
#include "rtnl.h"

int rtnl_fail(int code, const char *fmt, ...)
{
	char what[512];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(what, sizeof(what), fmt, ap);
	va_end(ap);
	return cfg_fail("%s: %s", what, nl_geterror(code));
}

int rtnl_open(struct rtnl *r)
{
	int code;

	memset(r, 0, sizeof(*r));
	r->sock = nl_socket_alloc();
	if (!r->sock)
		return cfg_fail("netlink: no memory");
	code = nl_connect(r->sock, NETLINK_ROUTE);
	if (code < 0) {
		rtnl_fail(code, "netlink");
		rtnl_close(r);
		return -1;
	}
	return rtnl_refresh(r) < 0 ? (rtnl_close(r), -1) : 0;
}

void rtnl_close(struct rtnl *r)
{
	nl_cache_free(r->links);
	nl_cache_free(r->addrs);
	nl_socket_free(r->sock);
	memset(r, 0, sizeof(*r));
}

int rtnl_refresh(struct rtnl *r)
{
	int code;

	nl_cache_free(r->links);
	nl_cache_free(r->addrs);
	r->links = NULL;
	r->addrs = NULL;
	code = rtnl_link_alloc_cache(r->sock, AF_UNSPEC, &r->links);
	if (code >= 0)
		code = rtnl_addr_alloc_cache(r->sock, &r->addrs);
	return code < 0 ? rtnl_fail(code, "devices and addresses of the host") : 0;
}

struct rtnl_link *rtnl_device(struct rtnl *r, const char *name)
{
	struct nl_object *o;

	for (o = nl_cache_get_first(r->links); o; o = nl_cache_get_next(o)) {
		struct rtnl_link *link = (struct rtnl_link *)o;

		if (rtnl_link_get_name(link) && !strcmp(rtnl_link_get_name(link), name))
			return link;
	}
	return NULL;
}

bool rtnl_is_up(struct rtnl_link *link)
{
	return rtnl_link_get_flags(link) & IFF_UP;
}

int rtnl_set_up(struct rtnl *r, const char *name)
{
	struct rtnl_link *old = rtnl_device(r, name), *change;
	int code;

	if (!old)
		return cfg_fail("device '%s': there is none", name);
	change = rtnl_link_alloc();
	if (!change)
		return cfg_fail("netlink: no memory");
	rtnl_link_set_flags(change, IFF_UP);
	code = rtnl_link_change(r->sock, old, change, 0);
	rtnl_link_put(change);
	return code < 0 ? rtnl_fail(code, "device '%s': can't be set up", name) : 0;
}

int rtnl_vlan_add(struct rtnl *r, const char *name)
{
	const char *dot = strrchr(name, '.');
	auto_free char *parent = strndup(name, (size_t)(dot - name));
	struct rtnl_link *under = rtnl_device(r, parent), *link;
	int code;

	if (!under)
		return cfg_fail("there is no device '%s'", parent);
	link = rtnl_link_vlan_alloc();
	if (!link)
		return cfg_fail("netlink: no memory");
	rtnl_link_set_link(link, rtnl_link_get_ifindex(under));
	rtnl_link_set_name(link, name);
	code = rtnl_link_vlan_set_id(link, (uint16_t)atoi(dot + 1));
	if (code >= 0)
		code = rtnl_link_add(r->sock, link, NLM_F_CREATE | NLM_F_EXCL);
	rtnl_link_put(link);
	return code < 0 ? rtnl_fail(code, "VLAN device '%s'", name) : 0;
}

int rtnl_device_delete(struct rtnl *r, const char *name)
{
	struct rtnl_link *link = rtnl_device(r, name);
	int code = link ? rtnl_link_delete(r->sock, link) : 0;

	return code < 0 && code != -NLE_NODEV && code != -NLE_OBJ_NOTFOUND ?
	       rtnl_fail(code, "device '%s'", name) : 0;
}
