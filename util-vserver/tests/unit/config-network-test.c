// SPDX-License-Identifier: GPL-2.0-only
/* interfaces/ and tc/: what they mean, and one sentence with file and value for all damage. */
#include <arpa/inet.h>
#include <linux/rtnetlink.h>

#include "config/network.h"
#include "tap.h"

static struct cfg *c;
static struct cfg_network net;
static char notes[2000];

static void on_note(void *arg, const char *text)
{
	(void)arg;
	snprintf(notes + strlen(notes), sizeof(notes) - strlen(notes), "%s\n", text);
}

static int load(void)
{
	cfg_network_free(&net);
	notes[0] = '\0';
	return cfg_network(c, &net, on_note, NULL);
}

static void clear(void)
{
	if (system("rm -rf g/interfaces g/tc .defaults/interfaces") != 0)
		puts("Bail out! rm");
}

/* FILE, TEXT pairs, NULL: with these and nothing else. */
static void with(const char *const *files)
{
	clear();
	for (; files[0]; files += 2)
		put(files[0], files[1]);
}

#define FILES(...)	with((const char *const[]){ __VA_ARGS__, NULL })

static const char *shown(size_t i)
{
	static char text[VC_NET_TEXT_LEN];

	return i < net.n ? vc_net_text(&net.iface[i].addr, text) : "(none)";
}

/* With the files at hand the network doesn't load, and the message has PART. */
static void refused(const char *part)
{
	num(load(), -1, part);
	has(cfg_error(), part, "one sentence with file and value");
	ok(!strchr(cfg_error(), '\n'), "in one line");
}

static void simple(void)
{
	clear();
	num(load(), 0, "no interfaces");
	num((long long)net.n, 0, "are an empty set");
	FILES("g/interfaces/0/ip", "203.0.113.7/24\n", "g/interfaces/0/dev", "eth0\n");
	num(load(), 0, "the whole network set-up: two files");
	is(shown(0), "203.0.113.7/24", "address with prefix");
	is(net.iface[0].dev, "eth0", "device");
	ok(net.iface[0].has_bcast && !memcmp(net.iface[0].bcast.ip, "\xcb\x00\x71\xff", 4),
	   "computed broadcast address");
	is(notes, "", "nothing to warn of");
	FILES("g/interfaces/0/ip", "2001:db8::7", "g/interfaces/0/prefix", "64",
	      "g/interfaces/0/dev", "eth0");
	num(load(), 0, "an IPv6 address");
	is(shown(0), "2001:db8::7/64", "with the prefix from its file");
	ok(!net.iface[0].has_bcast, "has no broadcast address");
}

static void masks(void)
{
	static const struct {
		const char *mask, *want;
	} good[] = {
		{ "255.255.255.0", "10.0.0.1/24" }, { "255.255.255.255", "10.0.0.1" },
		{ "255.255.254.0", "10.0.0.1/23" }, { "128.0.0.0", "10.0.0.1/1" },
		{ "0.0.0.0", "10.0.0.1/0" },
	};
	static const char *const bad[] = { "255.0.255.0", "255.255.255.1", "24", "255.255.255",
					   "0xffffff00", "fffff", "255.255.255.256", "ffff::" };

	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		FILES("g/interfaces/0/ip", "10.0.0.1", "g/interfaces/0/nodev", "",
		      "g/interfaces/0/mask", good[i].mask);
		num(load(), 0, good[i].mask);
		is(shown(0), good[i].want, "the mask counts as it is");
	}
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		char part[100];

		FILES("g/interfaces/0/ip", "10.0.0.1", "g/interfaces/0/nodev", "",
		      "g/interfaces/0/mask", bad[i]);
		snprintf(part, sizeof(part), "g/interfaces/0/mask: '%s': ", bad[i]);
		refused(part);
	}
	FILES("g/interfaces/0/ip", "fd00::1", "g/interfaces/0/nodev", "",
	      "g/interfaces/0/mask", "255.255.255.0");
	refused("g/interfaces/0/mask: '255.255.255.0': an IPv6 address takes a prefix");
}

static void common(void)
{
	FILES("g/interfaces/dev", "eth1", "g/interfaces/prefix", "20",
	      "g/interfaces/bcast", "10.0.15.255", "g/interfaces/lback", "127.5.5.1",
	      "g/interfaces/0/ip", "10.0.0.1", "g/interfaces/1/ip", "10.0.0.2",
	      "g/interfaces/1/dev", "eth2", "g/interfaces/1/prefix", "32",
	      "g/interfaces/2/ip", "10.0.0.3", "g/interfaces/2/disabled", "",
	      "g/interfaces/3/ip", "10.0.0.4", "g/interfaces/3/mask", "255.0.0.0");
	num(load(), 0, "common settings");
	num((long long)net.n, 3, "a disabled entry is none");
	is(net.iface[0].dev, "eth1", "the common device");
	is(shown(0), "10.0.0.1/20", "and prefix");
	is(net.iface[1].dev, "eth2", "the entry's own wins");
	is(shown(1), "10.0.0.2", "also the prefix");
	is(shown(2), "10.0.0.4/20", "a prefix, even a common one, goes before a mask");
	ok(net.bcast.family == AF_INET && net.lback.family == AF_INET,
	   "broadcast and loopback address of the network context");
	FILES("g/interfaces/mask", "255.255.255.0", "g/interfaces/dev", "eth0",
	      "g/interfaces/0/ip", "10.0.0.1", "g/interfaces/1/ip", "fd00::1");
	num(load(), 0, "a common mask with an IPv6 entry beside it");
	is(shown(0), "10.0.0.1/24", "is that of the IPv4 entry");
	is(shown(1), "fd00::1", "and not of the other");
}

static void details(void)
{
	FILES("g/interfaces/0/ip", "10.0.0.1", "g/interfaces/0/dev", "eth0",
	      "g/interfaces/0/name", "web", "g/interfaces/0/peer", "10.0.0.2",
	      "g/interfaces/0/scope", "link", "g/interfaces/0/down", "");
	num(load(), 0, "label, peer, scope, down");
	is(net.iface[0].label, "eth0:web", "label");
	ok(net.iface[0].has_peer && net.iface[0].peer.ip[3] == 2, "peer");
	num(net.iface[0].scope, RT_SCOPE_LINK, "scope");
	ok(net.iface[0].down, "down");
	FILES("g/interfaces/0/ip", "10.0.0.1", "g/interfaces/0/only_ip", "",
	      "g/interfaces/dev", "eth0");
	num(load(), 0, "the old name of nodev");
	ok(!net.iface[0].dev, "means the same, also with a common device");
	has(notes, "g/interfaces/0/only_ip: old name", "with a warning");
	FILES("g/interfaces/0/ip", "127.0.0.1", "g/interfaces/0/nodev", "",
	      "g/interfaces/1/ip", "::1", "g/interfaces/1/nodev", "");
	num(load(), 0, "loopback addresses of old configurations");
	num((long long)net.n, 0, "are passed over");
	has(notes, "g/interfaces/1/ip: ignored", "with a warning");
	FILES("g/interfaces/0/ip", "10.0.0.1", "g/interfaces/0/nodev", "",
	      "g/interfaces/0/mac", "x");
	load();
	has(notes, "g/interfaces/0/mac: has no effect", "settings without effect are said aloud");
	FILES("g/interfaces/b/ip", "10.0.0.2", "g/interfaces/b/nodev", "",
	      "g/interfaces/a/ip", "10.0.0.1", "g/interfaces/a/nodev", "");
	load();
	is(shown(0), "10.0.0.1", "the order is that of the names");
}

static void vlans(void)
{
	FILES("g/interfaces/vlandev", "", "g/interfaces/0/ip", "10.0.0.1",
	      "g/interfaces/0/dev", "eth0.42", "g/interfaces/1/ip", "10.0.0.2",
	      "g/interfaces/1/dev", "eth0", "g/interfaces/2/ip", "10.0.0.3",
	      "g/interfaces/2/dev", "eth0.43", "g/interfaces/2/novlandev", "");
	num(load(), 0, "VLAN devices");
	ok(net.iface[0].vlan, "the common switch is for names of the form DEV.ID");
	ok(!net.iface[1].vlan && !net.iface[2].vlan, "and for no others, nor with novlandev");
	FILES(".defaults/interfaces/vlandev", "", "g/interfaces/0/ip", "10.0.0.1",
	      "g/interfaces/0/dev", "eth0.42");
	load();
	ok(net.iface[0].vlan, "the machine's switch");
	put("g/interfaces/novlandev", "");
	load();
	ok(!net.iface[0].vlan, "which the guest can turn off");
	FILES("g/interfaces/0/ip", "10.0.0.1", "g/interfaces/0/dev", "vlan42",
	      "g/interfaces/0/vlandev", "");
	refused("g/interfaces/0/dev: 'vlan42': a VLAN device is called DEV.ID");
	put("g/interfaces/0/dev", "eth0.4095");
	refused("g/interfaces/0/dev: 'eth0.4095': a VLAN device is called DEV.ID");
	put("g/interfaces/0/tap", "");
	put("g/interfaces/0/dev", "eth0.4094");
	refused("g/interfaces/0/dev: 'eth0.4094' can't be a VLAN and a tun or tap device");
}

static void damage(void)
{
	static const char *const ips[] = { "10.0.0", "10.0.0.256", "eth0", "10.0.0.1 10.0.0.2",
					   "fd00:::1", "010.0.0.1", "::ffff:10.0.0.1", "0.0.0.0",
					   "::", "224.0.0.1", "255.255.255.255", "ff02::1" };

	for (size_t i = 0; i < sizeof(ips) / sizeof(ips[0]); i++) {
		char part[100];

		FILES("g/interfaces/0/ip", ips[i], "g/interfaces/0/nodev", "");
		snprintf(part, sizeof(part), "g/interfaces/0/ip: '%s': ", ips[i]);
		refused(part);
	}
	FILES("g/interfaces/0/ip", "10.0.0.1/33", "g/interfaces/0/nodev", "");
	refused("g/interfaces/0/ip: '33': the prefix is a number from 0 to 32");
	FILES("g/interfaces/0/ip", "fd00::1", "g/interfaces/0/nodev", "",
	      "g/interfaces/prefix", "129");
	refused("g/interfaces/prefix: '129': the prefix is a number from 0 to 128");
	FILES("g/interfaces/0/ip", "10.0.0.1/24", "g/interfaces/0/nodev", "",
	      "g/interfaces/0/prefix", "25");
	refused("g/interfaces/0/prefix: says /25, but ");
	FILES("g/interfaces/0/nodev", "");
	refused("g/interfaces/0/ip: missing");
	FILES("g/interfaces/0/ip", "10.0.0.1");
	refused("g/interfaces/0: has neither dev");
	FILES("g/interfaces/0/ip", "10.0.0.1", "g/interfaces/0/dev", "a/b");
	refused("g/interfaces/0/dev: 'a/b': not the name of a device");
	FILES("g/interfaces/0/ip", "10.0.0.1", "g/interfaces/0/dev", "averyveryverylong");
	refused("g/interfaces/0/dev: 'averyveryverylong': not the name of a device");
	FILES("g/interfaces/0/ip", "10.0.0.1", "g/interfaces/0/dev", "eth0",
	      "g/interfaces/0/name", "muchtoolong");
	refused("g/interfaces/0/name: 'muchtoolong': the label 'eth0:muchtoolong' has more than 15");
	FILES("g/interfaces/0/ip", "10.0.0.1", "g/interfaces/0/dev", "eth0",
	      "g/interfaces/0/peer", "fd00::1");
	refused("g/interfaces/0/peer: 'fd00::1': not of the same family");
	FILES("g/interfaces/0/ip", "10.0.0.1", "g/interfaces/0/dev", "eth0",
	      "g/interfaces/bcast", "10.0.0.300");
	refused("g/interfaces/bcast: '10.0.0.300': ");
	FILES("g/interfaces/0/ip", "10.0.0.1", "g/interfaces/0/dev", "eth0",
	      "g/interfaces/0/scope", "galaxy");
	refused("g/interfaces/0/scope: 'galaxy': a scope is");
	FILES("g/interfaces/0/ip", "10.0.0.1/24", "g/interfaces/0/nodev", "",
	      "g/interfaces/1/ip", "10.0.0.1/16", "g/interfaces/1/nodev", "");
	refused("g/interfaces/1/ip: '10.0.0.1': the same address is in ");
	FILES("g/interfaces/0/ip", "", "g/interfaces/0/nodev", "");
	refused("g/interfaces/0/ip: is empty");
	FILES("g/interfaces/lback", "fd00::1");
	refused("g/interfaces/lback: 'fd00::1': ");
}

static void rates(void)
{
	static const struct {
		const char *text;
		uint64_t want;
	} good[] = {
		{ "10mbit", 10000000 }, { "1.5Gbit", 1500000000 }, { "800kbit", 800000 },
		{ "64kbps", 512000 }, { "9600", 9600 }, { "100bit", 100 },
	};
	static const char *const bad[] = { "", "mbit", "10 m", "-5mbit", "0", "0x10mbit", "1e400mbit",
					   "10mib", "inf", "7bit" };
	uint64_t rate;

	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		rate = 0;
		num(cfg_parse_rate(good[i].text, &rate), 0, good[i].text);
		num((long long)rate, (long long)good[i].want, "is that many bits per second");
	}
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		num(cfg_parse_rate(bad[i], &rate), -1, bad[i]);
}

static void shaping(void)
{
	FILES("g/tc/eth0/rate", "10mbit", "g/tc/eth0/ceil", "50mbit", "g/tc/eth0/share", "3",
	      "g/tc/eth1/rate", "1mbit", "g/tc/eth2/disabled", "");
	num(load(), 0, "bandwidth");
	num((long long)net.tcs, 2, "of the devices that aren't disabled");
	num((long long)net.tc[0].rate, 10000000, "reserved");
	num((long long)net.tc[0].ceil, 50000000, "at most");
	num(net.tc[0].share, 3, "share");
	num(net.tc[1].share, CFG_SHARE_DEFAULT, "which has a default");
	num((long long)net.tc[1].ceil, 0, "no limit but the device's");
	put("g/tc/eth0/rate", "60mbit");
	refused("g/tc/eth0/rate: more than ");
	put("g/tc/eth0/rate", "fast");
	refused("g/tc/eth0/rate: 'fast': a rate is a number");
	FILES("g/tc/eth0/share", "0");
	refused("g/tc/eth0/share:1: '0' is not a number from 1 to 1000");
	FILES("g/tc/a:b/rate", "1mbit");
	refused("g/tc/a:b: 'a:b': not the name of a device");
}

int main(void)
{
	tap_begin();
	setenv("VSERVER_CONFDIR", tap_dir, 1);
	mkdir("g", 0755);
	mkdir(".defaults", 0755);
	c = cfg_open_dir("g");
	cfg_defaults();
	simple();
	masks();
	common();
	details();
	vlans();
	damage();
	rates();
	shaping();
	return tap_end();
}
