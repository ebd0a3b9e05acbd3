// SPDX-License-Identifier: GPL-2.0-only
/*
 * Addresses come and go alone: nobody else loses one with them. Runs on the loopback device
 * of a network namespace of its own.
 */
#include <net/if.h>
#include <sched.h>
#include <sys/mount.h>

#include "guest/rtnl.h"
#include "tap.h"

static struct rtnl r;

static struct cfg_iface iface(const char *text)
{
	struct cfg_iface f = { .ip_file = (char *)"g/ip", .ip = (char *)text, .dev = (char *)"lo",
			       .dev_file = (char *)"g/dev", .scope = -1 };

	if (vc_net_parse(VC_NET_ADDR, text, &f.addr, NULL) < 0)
		printf("Bail out! %s\n", text);
	return f;
}

static int add(const char *text)
{
	struct cfg_iface f = iface(text);
	int n = rtnl_address_add(&r, &f);

	rtnl_refresh(&r);
	return n;
}

static bool there(const char *text)
{
	struct cfg_iface f = iface(text);
	struct rtnl_addr *a;

	rtnl_refresh(&r);
	a = rtnl_address(&r, &f.addr, "lo");
	return a && rtnl_addr_get_prefixlen(a) == f.addr.prefix;
}

static bool removed(const char *text)
{
	char *v[] = { (char *)text };

	return rtnl_address_delete(&r, "lo", v, 1) == 0 && !there(text);
}

static bool read_only_proc(void)
{
	return !unshare(CLONE_NEWNS) && !mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) &&
	       !mount("/proc", "/proc", NULL, MS_BIND | MS_REC, NULL) &&
	       !mount(NULL, "/proc", NULL, MS_REMOUNT | MS_BIND | MS_RDONLY, NULL);
}

static void one_network(void)
{
	num(add("10.9.0.1/24"), 0, "an address is added");
	num(add("10.9.0.2/24"), 0, "a second one of its network");
	num(add("10.9.0.3/24"), 0, "a third one");
	num(add("10.9.0.2/24"), 1, "one that is there already is told");
	ok(removed("10.9.0.1/24"), "the first one goes");
	ok(there("10.9.0.2/24") && there("10.9.0.3/24"), "and takes none of its network along");
	ok(removed("10.9.0.1/24"), "one that is gone already is no error");
	ok(removed("10.9.0.2/24") && there("10.9.0.3/24"), "likewise the next one");
	ok(removed("10.9.0.3/24"), "and the last one");
}

/* Several of one network at once, with a stranger among them. */
static void together(void)
{
	char *v[] = { (char *)"10.9.1.1/24", (char *)"10.9.1.3/24", (char *)"fd00::1/64" };

	add("10.9.1.1/24");
	add("10.9.1.2/24");
	add("10.9.1.3/24");
	num(add("fd00::1/64"), 0, "an IPv6 address is added");
	num(rtnl_address_delete(&r, "lo", v, 3), 0, "several are removed at once");
	ok(!there("10.9.1.1/24") && !there("10.9.1.3/24") && !there("fd00::1/64"), "all of them");
	ok(there("10.9.1.2/24"), "and not the one between them");
	removed("10.9.1.2/24");
}

static void details(void)
{
	struct cfg_iface f = iface("10.9.2.1/24");
	struct rtnl_addr *a;
	char dev[IFNAMSIZ];

	f.label = (char *)"lo:web";
	f.has_bcast = true;
	f.bcast = iface("10.9.2.255").addr;
	f.scope = 253;
	num(rtnl_address_add(&r, &f), 0, "an address with label, broadcast and scope");
	rtnl_refresh(&r);
	a = rtnl_address(&r, &f.addr, NULL);
	ok(a, "it is found without the device");
	if (a) {
		is(rtnl_address_device(&r, a, dev), "lo", "which it tells");
		is(rtnl_addr_get_label(a), "lo:web", "label");
		num(rtnl_addr_get_scope(a), 253, "scope");
		ok(rtnl_addr_get_broadcast(a), "broadcast address");
	}
	ok(!rtnl_address(&r, &f.addr, "eth7"), "it isn't on a device that isn't there");
	ok(removed("10.9.2.1/24"), "it is removed by address and prefix alone");
	add("10.9.2.1/24");
	removed("10.9.2.1/25");
	ok(there("10.9.2.1/24"), "with another prefix it is another address");
	f = iface("10.9.2.1/24");
	f.dev = (char *)"eth7";
	num(rtnl_address_add(&r, &f), -1, "an unknown device is refused");
	is(cfg_error(), "g/dev: 'eth7': the host has no such device", "with file and value");
}

int main(void)
{
	tap_begin();
	if (unshare(CLONE_NEWNET) < 0) {
		puts("1..0 # SKIP no network namespace can be made here");
		return 0;
	}
	num(rtnl_open(&r), 0, "connection to the kernel");
	ok(rtnl_device(&r, "lo") && !rtnl_is_up(rtnl_device(&r, "lo")), "lo is there and down");
	num(rtnl_set_up(&r, "lo"), 0, "it can be set up");
	rtnl_refresh(&r);
	ok(rtnl_is_up(rtnl_device(&r, "lo")), "and then is up");
	one_network();
	together();
	details();
	/* The kernel's own switch for it can't be reached: what went along is put back. */
	if (read_only_proc())
		one_network();
	rtnl_close(&r);
	return tap_end();
}
