// SPDX-License-Identifier: GPL-2.0-only
/* Network contexts and the addresses that options name: see netctx.h. */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <ifaddrs.h>
#include <inttypes.h>
#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "ctx.h"
#include "netctx.h"
#include "tool.h"

/* The first free id, from a place that differs between processes. */
static int create_free(void)
{
	uint32_t n = CTX_FREE_LAST - CTX_FREE_FIRST + 1;
	uint32_t start = (uint32_t)getpid() % n;
	int r = -1;

	for (uint32_t i = 0; i < n; i++) {
		r = vc_net_create(CTX_FREE_FIRST + (start + i) % n, NULL);
		if (r >= 0 || (errno != EEXIST && errno != EBUSY))
			return r;
	}
	return r;
}

/* Either it is there but not ready, or its 127.0.0.1 was given to another. */
static noreturn void die_taken(uint32_t nid)
{
	struct vcmd_nx_info info;
	const char *why = strerror(EBUSY);

	if (vc_nx_info(nid, &info) >= 0)
		die("vc_net_create(): network context %" PRIu32 " is still being set up: %s",
		    nid, why);
	die("vc_net_create(): the loopback addresses of network context %" PRIu32
	    " belong to another one: %s", nid, why);
}

bool net_create(uint32_t *nid)
{
	int r = *nid == VX_ID_DYNAMIC ? create_free() : vc_net_create(*nid, NULL);

	if (r < 0 && errno == EEXIST)
		return false;
	if (r < 0 && errno == EBUSY)
		die_taken(*nid);
	if (r < 0)
		die_vc("vc_net_create");
	*nid = (uint32_t)r;
	return true;
}

void net_announce(uint32_t nid)
{
	printf("New network context is %" PRIu32 "\n", nid);
	tool_flush();
}

void net_migrate(uint32_t nid)
{
	if (vc_net_migrate(nid) < 0)
		die_vc("vc_net_migrate");
}

uint32_t net_target(const char *nid)
{
	int own;

	if (nid)
		return tool_nid(nid);
	own = vc_task_nid(0);
	if (own < 0)
		die_vc("vc_task_nid");
	if (own < (int)VX_ID_MIN)
		die("the caller is in no network context: --nid is needed");
	return (uint32_t)own;
}

/* --- devices ------------------------------------------------------------------------- */

/* Not if_nametoindex(): for a name that is no device the kernel runs modprobe. */
static bool is_device(const char *name)
{
	static struct if_nameindex *devices;
	const struct if_nameindex *i;

	if (!devices)
		devices = if_nameindex();
	if (!devices)
		die_errno("names of the devices");
	for (i = devices; i->if_name; i++) {
		if (!strcmp(i->if_name, name))
			return true;
	}
	return false;
}

/* An address with a label is the device's, too. */
static bool is_of(const struct ifaddrs *i, const char *device)
{
	size_t len = strlen(device);

	return !strncmp(i->ifa_name, device, len) &&
	       (!i->ifa_name[len] || i->ifa_name[len] == ':') &&
	       i->ifa_addr && i->ifa_addr->sa_family == AF_INET;
}

static struct in_addr ip_of(const struct sockaddr *address)
{
	return ((const struct sockaddr_in *)address)->sin_addr;
}

/* The first one in the kernel's order; secondary ones come after it. */
static const struct ifaddrs *primary(const struct ifaddrs *i, const char *device)
{
	while (i && !is_of(i, device))
		i = i->ifa_next;
	return i;
}

/* The address as text that vc_net_parse() reads. */
static void device_text(const struct ifaddrs *i, enum vc_net_kind kind,
			char text[VC_NET_TEXT_LEN])
{
	char ip[INET_ADDRSTRLEN], mask[INET_ADDRSTRLEN];
	struct in_addr a;

	a = ip_of(kind == VC_NET_BCAST ? i->ifa_broadaddr : i->ifa_addr);
	inet_ntop(AF_INET, &a, ip, sizeof(ip));
	if (kind != VC_NET_ADDR || !i->ifa_netmask) {
		strcpy(text, ip);
		return;
	}
	a = ip_of(i->ifa_netmask);
	snprintf(text, VC_NET_TEXT_LEN, "%s/%s", ip, inet_ntop(AF_INET, &a, mask, sizeof(mask)));
}

static void resolve_device(const char *option, const char *device, enum vc_net_kind kind,
			   char text[VC_NET_TEXT_LEN])
{
	const struct ifaddrs *i;
	struct ifaddrs *all;

	if (getifaddrs(&all) < 0)
		die_errno("addresses of the devices");
	i = primary(all, device);
	if (!i)
		die("%s: device %s has no IPv4 address", option, device);
	if (kind == VC_NET_BCAST && (!(i->ifa_flags & IFF_BROADCAST) || !i->ifa_broadaddr))
		die("%s: device %s has no broadcast address", option, device);
	device_text(i, kind, text);
	freeifaddrs(all);
}

/* --- lists of addresses -------------------------------------------------------------- */

static bool has_one_only(enum vc_net_kind kind)
{
	return kind == VC_NET_BCAST || kind == VC_NET_LBACK;
}

static struct vc_net_addr *place(struct net_list *list, enum vc_net_kind kind)
{
	for (size_t i = 0; has_one_only(kind) && i < list->n; i++) {
		if (list->v[i].kind == kind)
			return &list->v[i];
	}
	list->v = reallocarray(list->v, list->n + 1, sizeof(*list->v));
	if (!list->v)
		die_errno("memory");
	return &list->v[list->n++];
}

void net_list_add(struct net_list *list, enum vc_net_kind kind, const char *option,
		  const char *text)
{
	char resolved[VC_NET_TEXT_LEN];
	struct vc_net_addr a;
	const char *why;

	/* A device that is called like an address wins, as ever. */
	if ((kind == VC_NET_ADDR || kind == VC_NET_BCAST) && is_device(text)) {
		resolve_device(option, text, kind, resolved);
		text = resolved;
	}
	if (vc_net_parse(kind, text, &a, &why) < 0)
		die_usage("%s: '%s': %s", option, text, why);
	*place(list, kind) = a;
}

void net_list_share(struct net_list *list)
{
	for (size_t i = 0; i < list->n; i++)
		list->v[i].shared = !has_one_only(list->v[i].kind);
}

void net_list_print(const struct net_list *list, const char *verb)
{
	char ip[INET6_ADDRSTRLEN];

	if (!list->n)
		return;
	fputs(verb, stdout);
	for (size_t i = 0; i < list->n; i++) {
		const struct vc_net_addr *a = &list->v[i];

		printf(" %s", inet_ntop(a->family, a->ip, ip, sizeof(ip)));
		if (a->kind == VC_NET_RANGE)
			printf("-%s", inet_ntop(a->family, a->ip2, ip, sizeof(ip)));
	}
	putchar('\n');
	tool_flush();
}

/* The kernel's EBUSY has reasons that its text doesn't tell. */
static noreturn void die_busy(const char *function, const char *what, const char *why)
{
	die("%s(): %s%s: %s", function, what, why, strerror(EBUSY));
}

static noreturn void die_address(const char *function, const struct vc_net_addr *a,
				 const char *busy)
{
	char text[VC_NET_TEXT_LEN];

	if (errno == ENOSYS)
		die_vc(function);
	vc_net_text(a, text);
	if (errno == EBUSY)
		die_busy(function, text, busy);
	die_errno("%s(): %s", function, text);
}

#define BUSY_ADD	": others use it already"
#define BUSY_REMOVE	": processes may have sockets that nothing limits"

void net_list_join(uint32_t nid, const struct net_list *list)
{
	for (size_t i = 0; i < list->n; i++) {
		if (vc_net_add(nid, &list->v[i]) < 0)
			die_address("vc_net_add", &list->v[i], BUSY_ADD);
	}
}

static bool same(const struct vc_net_addr *a, const struct vc_net_addr *b)
{
	if (a->kind != b->kind || a->family != b->family || memcmp(a->ip, b->ip, sizeof(a->ip)))
		return false;
	/* The mask of a single address says nothing about which one it is. */
	return a->kind == VC_NET_ADDR || (!memcmp(a->ip2, b->ip2, sizeof(a->ip2)) &&
					  !memcmp(a->mask, b->mask, sizeof(a->mask)));
}

/* The kernel wants an equal entry; people know the address only. */
static bool leave_similar(uint32_t nid, const struct vc_net_addr *a)
{
	struct vc_net_set set;
	bool done = false;

	if (vc_net_set_read(nid, &set) < 0)
		return false;
	for (size_t i = 0; !done && i < set.n; i++)
		done = same(a, &set.addr[i]) && vc_net_remove(nid, &set.addr[i]) >= 0;
	vc_net_set_free(&set);
	return done;
}

void net_list_leave(uint32_t nid, const struct net_list *list)
{
	for (size_t i = 0; i < list->n; i++) {
		const struct vc_net_addr *a = &list->v[i];

		if (vc_net_remove(nid, a) >= 0)
			continue;
		if (errno == ESRCH) {
			if (leave_similar(nid, a))
				continue;
			errno = ESRCH;
		}
		die_address("vc_net_remove", a, BUSY_REMOVE);
	}
}

void net_remove_all(uint32_t nid)
{
	if (vc_net_remove_all(nid) >= 0)
		return;
	if (errno == EBUSY)
		die_busy("vc_net_remove_all", "all addresses", BUSY_REMOVE);
	die_vc("vc_net_remove_all");
}
