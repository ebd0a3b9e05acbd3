// SPDX-License-Identifier: GPL-2.0-only
/* Addresses of the host's devices; see rtnl.h. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/if_addr.h>
#include <net/if.h>
#include <netlink/errno.h>
#include <string.h>

#include "internal.h"
#include "rtnl.h"

static int size_of(int family)
{
	return family == AF_INET ? 4 : 16;
}

static bool same_ip(struct rtnl_addr *have, const struct vc_net_addr *want)
{
	struct nl_addr *local = rtnl_addr_get_local(have);

	return local && rtnl_addr_get_family(have) == want->family &&
	       nl_addr_get_len(local) == (unsigned int)size_of(want->family) &&
	       !memcmp(nl_addr_get_binary_addr(local), want->ip, (size_t)size_of(want->family));
}

struct rtnl_addr *rtnl_address(struct rtnl *r, const struct vc_net_addr *a, const char *dev)
{
	struct rtnl_link *link = dev ? rtnl_device(r, dev) : NULL;
	struct nl_object *o;

	if (dev && !link)
		return NULL;
	for (o = nl_cache_get_first(r->addrs); o; o = nl_cache_get_next(o)) {
		struct rtnl_addr *have = (struct rtnl_addr *)o;

		if (same_ip(have, a) && (!link || rtnl_addr_get_ifindex(have) ==
					 rtnl_link_get_ifindex(link)))
			return have;
	}
	return NULL;
}

const char *rtnl_address_device(struct rtnl *r, struct rtnl_addr *a, char *buffer)
{
	return rtnl_link_i2name(r->links, rtnl_addr_get_ifindex(a), buffer, IFNAMSIZ) ? : "?";
}

/* --- adding --------------------------------------------------------------------------- */

static int set_ip(struct rtnl_addr *to, int (*set)(struct rtnl_addr *, struct nl_addr *),
		  const struct vc_net_addr *a, int prefix)
{
	struct nl_addr *ip = nl_addr_build(a->family, a->ip, (size_t)size_of(a->family));
	int code;

	if (!ip)
		return -NLE_NOMEM;
	nl_addr_set_prefixlen(ip, prefix);
	code = set(to, ip);
	nl_addr_put(ip);
	return code;
}

static int build(struct rtnl_addr *to, const struct cfg_iface *f, int ifindex)
{
	int code;

	rtnl_addr_set_ifindex(to, ifindex);
	code = set_ip(to, rtnl_addr_set_local, &f->addr, f->addr.prefix);
	if (code >= 0 && f->has_peer)
		code = set_ip(to, rtnl_addr_set_peer, &f->peer, f->addr.prefix);
	if (code >= 0 && f->has_bcast)
		code = set_ip(to, rtnl_addr_set_broadcast, &f->bcast, 32);
	if (code >= 0 && f->label)
		code = rtnl_addr_set_label(to, f->label);
	if (f->scope >= 0)
		rtnl_addr_set_scope(to, f->scope);
	/*
	 * A search for duplicates takes a second or two, and nobody can bind the address
	 * meanwhile: services that start with the guest would fail.
	 */
	if (f->addr.family == AF_INET6)
		rtnl_addr_set_flags(to, IFA_F_NODAD);
	return code;
}

int rtnl_address_add(struct rtnl *r, const struct cfg_iface *f)
{
	struct rtnl_link *link = rtnl_device(r, f->dev);
	struct rtnl_addr *a;
	int code;

	if (!link)
		return cfg_fail("%s: '%s': the host has no such device", f->dev_file, f->dev);
	a = rtnl_addr_alloc();
	if (!a)
		return cfg_fail("netlink: no memory");
	code = build(a, f, rtnl_link_get_ifindex(link));
	if (code >= 0)
		code = rtnl_addr_add(r->sock, a, NLM_F_EXCL);
	rtnl_addr_put(a);
	if (code == -NLE_EXIST)
		return 1;
	return code < 0 ? rtnl_fail(code, "%s: '%s': device '%s' doesn't take it", f->ip_file,
				    f->ip, f->dev) : 0;
}

/* --- removing --------------------------------------------------------------------------- */

/*
 * The switch that makes the kernel keep the other addresses of the network. Its old value,
 * -1: it can't be set (then those are put back afterwards).
 */
static int promote(const char *dev, int value)
{
	auto_free char *path = xasprintf("/proc/sys/net/ipv4/conf/%s/promote_secondaries", dev);
	auto_close int fd = open(path, O_RDWR | O_CLOEXEC);
	char old[8] = "";

	if (fd < 0 || read(fd, old, sizeof(old) - 1) < 1)
		return -1;
	if (atoi(old) != value && pwrite(fd, value ? "1" : "0", 1, 0) != 1)
		return -1;
	return atoi(old);
}

static bool is_one_of(struct rtnl_addr *a, const struct vc_net_addr *v, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (same_ip(a, &v[i]) && rtnl_addr_get_prefixlen(a) == v[i].prefix)
			return true;
	return false;
}

static int delete_all(struct rtnl *r, int ifindex, const struct vc_net_addr *v, size_t n)
{
	struct nl_object *o;
	int result = 0;

	for (o = nl_cache_get_first(r->addrs); o; o = nl_cache_get_next(o)) {
		struct rtnl_addr *a = (struct rtnl_addr *)o;
		int code;

		if (rtnl_addr_get_ifindex(a) != ifindex || !is_one_of(a, v, n))
			continue;
		code = rtnl_addr_delete(r->sock, a, 0);
		if (code < 0 && code != -NLE_NOADDR && code != -NLE_OBJ_NOTFOUND) {
			char ip[64];

			result = rtnl_fail(code, "address %s",
					   nl_addr2str(rtnl_addr_get_local(a), ip, sizeof(ip)));
		}
	}
	return result;
}

/* What went with an address although nobody asked for that comes back as it was. */
static int put_back(struct rtnl *r, struct nl_cache *before, int ifindex,
		    const struct vc_net_addr *v, size_t n)
{
	struct nl_object *o;
	int result = 0;

	for (o = nl_cache_get_first(before); o; o = nl_cache_get_next(o)) {
		struct rtnl_addr *a = (struct rtnl_addr *)o;
		struct nl_object *there;
		int code;

		if (rtnl_addr_get_ifindex(a) != ifindex || is_one_of(a, v, n))
			continue;
		there = nl_cache_search(r->addrs, o);
		if (there) {
			nl_object_put(there);
			continue;
		}
		rtnl_addr_unset_flags(a, IFA_F_SECONDARY);
		code = rtnl_addr_add(r->sock, a, NLM_F_EXCL);
		if (code < 0 && code != -NLE_EXIST)
			result = rtnl_fail(code, "an address of the host was lost");
	}
	return result;
}

int rtnl_address_delete(struct rtnl *r, const char *dev, char *const *text, size_t n)
{
	struct rtnl_link *link = rtnl_device(r, dev);
	auto_free struct vc_net_addr *v = NULL;
	struct nl_cache *before;
	int ifindex, old, result;

	if (!link || !n)
		return 0;
	v = xrealloc(NULL, n, sizeof(*v));
	for (size_t i = 0; i < n; i++)
		if (vc_net_parse(VC_NET_ADDR, text[i], &v[i], NULL) < 0)
			return cfg_fail("'%s' is no address", text[i]);
	ifindex = rtnl_link_get_ifindex(link);
	old = promote(dev, 1);
	result = delete_all(r, ifindex, v, n);
	if (old == 0)
		promote(dev, 0);
	before = r->addrs;
	r->addrs = NULL;
	if (rtnl_refresh(r) < 0 || put_back(r, before, ifindex, v, n) < 0)
		result = -1;
	nl_cache_free(before);
	return result;
}
