// SPDX-License-Identifier: GPL-2.0-only
/* net-test.c - addresses as text and back, sets as the kernel shows them: no kernel needed */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>

#include <vserver.h>

#include "tap.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static const char *const kinds[] = { "ip", "mask", "range", "bcast", "lback" };

/* Kind, address and mask as they come out; what is printed reads back as the same. */
static void accepted(void)
{
	static const struct {
		enum vc_net_kind kind, result;
		const char *text, *printed, *mask;
		int prefix;
	} cases[] = {
		{ VC_NET_ADDR, VC_NET_ADDR, "10.0.0.1", "10.0.0.1", "255.255.255.255", 32 },
		{ VC_NET_ADDR, VC_NET_ADDR, "10.0.0.1/32", "10.0.0.1", "255.255.255.255", 32 },
		{ VC_NET_ADDR, VC_NET_ADDR, "10.0.0.1/24", "10.0.0.1/24", "255.255.255.0", 24 },
		/* The original counted its bits from the other end and made it 24. */
		{ VC_NET_ADDR, VC_NET_ADDR, "10.0.0.1/255.255.255.240", "10.0.0.1/28",
		  "255.255.255.240", 28 },
		/* The original shifted by 32 and made it all ones. */
		{ VC_NET_ADDR, VC_NET_ADDR, "10.0.0.1/0", "10.0.0.1/0", "0.0.0.0", 0 },
		{ VC_NET_ADDR, VC_NET_ADDR, "10.0.0.1/255.0.255.0", "10.0.0.1/255.0.255.0",
		  "255.0.255.0", -1 },
		{ VC_NET_ADDR, VC_NET_ADDR, "10.0.0.1/0.0.0.255", "10.0.0.1/0.0.0.255",
		  "0.0.0.255", -1 },
		{ VC_NET_ADDR, VC_NET_MASK, "0", "0.0.0.0/0", "0.0.0.0", 0 },
		{ VC_NET_ADDR, VC_NET_MASK, "0.0.0.0", "0.0.0.0/0", "0.0.0.0", 0 },
		{ VC_NET_ADDR, VC_NET_MASK, "0.0.0.0/0", "0.0.0.0/0", "0.0.0.0", 0 },
		{ VC_NET_ADDR, VC_NET_MASK, "::", "::/0", "::", 0 },
		{ VC_NET_ADDR, VC_NET_ADDR, "2001:DB8::7", "2001:db8::7",
		  "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", 128 },
		/* The original had a wrong mask unless the rest modulo 8 was 0 or 4. */
		{ VC_NET_ADDR, VC_NET_ADDR, "2001:db8::7/61", "2001:db8::7/61",
		  "ffff:ffff:ffff:fff8::", 61 },
		{ VC_NET_ADDR, VC_NET_ADDR, "2001:db8::7/127", "2001:db8::7/127",
		  "ffff:ffff:ffff:ffff:ffff:ffff:ffff:fffe", 127 },
		{ VC_NET_ADDR, VC_NET_ADDR, "2001:db8::7/ffff:ffff::", "2001:db8::7/32",
		  "ffff:ffff::", 32 },
		{ VC_NET_MASK, VC_NET_MASK, "10.0.0.0/8", "10.0.0.0/8", "255.0.0.0", 8 },
		/* No address is equal to one that has bits outside of the mask. */
		{ VC_NET_MASK, VC_NET_MASK, "10.1.2.3/8", "10.0.0.0/8", "255.0.0.0", 8 },
		{ VC_NET_MASK, VC_NET_MASK, "10.1.2.3/255.0.255.0", "10.0.2.0/255.0.255.0",
		  "255.0.255.0", -1 },
		{ VC_NET_MASK, VC_NET_MASK, "2001:db8:ffff::1/33", "2001:db8:8000::/33",
		  "ffff:ffff:8000::", 33 },
		{ VC_NET_MASK, VC_NET_MASK, "10.1.2.3", "10.1.2.3", "255.255.255.255", 32 },
		{ VC_NET_RANGE, VC_NET_RANGE, "10.0.0.1-10.0.0.9", "10.0.0.1-10.0.0.9",
		  "255.255.255.255", 32 },
		{ VC_NET_RANGE, VC_NET_RANGE, "10.0.0.9-10.0.0.9", "10.0.0.9-10.0.0.9",
		  "255.255.255.255", 32 },
		{ VC_NET_RANGE, VC_NET_RANGE, "10.0.0.4-10.0.9.0/30", "10.0.0.4-10.0.9.0/30",
		  "255.255.255.252", 30 },
		{ VC_NET_BCAST, VC_NET_BCAST, "10.0.0.255", "10.0.0.255", "255.255.255.255", 32 },
		{ VC_NET_LBACK, VC_NET_LBACK, "127.1.2.3", "127.1.2.3", "255.255.255.255", 32 },
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		char text[VC_NET_TEXT_LEN] = "", again[VC_NET_TEXT_LEN] = "", what[256];
		char mask[INET6_ADDRSTRLEN] = "";
		struct vc_net_addr a, b;
		int r = vc_net_parse(cases[i].kind, cases[i].text, &a, NULL);

		if (!r) {
			vc_net_text(&a, text);
			inet_ntop(a.family, a.mask, mask, sizeof(mask));
		}
		snprintf(what, sizeof(what), "%s '%s' is %s with mask %s",
			 kinds[cases[i].kind], cases[i].text, text, mask);
		ok(!r && a.kind == cases[i].result && a.prefix == cases[i].prefix &&
		   !strcmp(text, cases[i].printed) && !strcmp(mask, cases[i].mask), what);
		snprintf(what, sizeof(what), "%s reads back as printed", text);
		ok(!r && !vc_net_parse(a.kind, text, &b, NULL) && !memcmp(&a, &b, sizeof(a)) &&
		   !strcmp(vc_net_text(&b, again), text), what);
	}
}

static void refused(void)
{
	static const struct {
		enum vc_net_kind kind;
		const char *text, *why;
	} cases[] = {
		{ VC_NET_ADDR, "", "missing" },
		{ VC_NET_ADDR, "/24", "missing" },
		{ VC_NET_ADDR, "10.0.0", "not an IP address" },
		{ VC_NET_ADDR, "10.0.0.256", "not an IP address" },
		{ VC_NET_ADDR, "10.0.0.1 ", "not an IP address" },
		{ VC_NET_ADDR, " 10.0.0.1", "not an IP address" },
		{ VC_NET_ADDR, "web", "not an IP address" },
		{ VC_NET_ADDR, "00", "not an IP address" },
		{ VC_NET_ADDR, "fe80::1%lo", "not an IP address" },
		{ VC_NET_ADDR, "2001:db8:::1", "not an IP address" },
		{ VC_NET_ADDR, "::ffff:10.0.0.1", "write it as IPv4" },
		{ VC_NET_ADDR, "10.0.0.1-10.0.0.2", "not an IP address" },
		{ VC_NET_ADDR, "10.0.0.1/", "nothing behind the slash" },
		{ VC_NET_ADDR, "10.0.0.1/33", "longer than 32 bits" },
		{ VC_NET_ADDR, "10.0.0.1/256", "longer than 32 bits" },
		{ VC_NET_ADDR, "10.0.0.1/4294967320", "out of range" },
		{ VC_NET_ADDR, "10.0.0.1/-1", "neither a prefix" },
		{ VC_NET_ADDR, "10.0.0.1/+8", "neither a prefix" },
		{ VC_NET_ADDR, "10.0.0.1/0x18", "neither a prefix" },
		{ VC_NET_ADDR, "10.0.0.1/24/8", "neither a prefix" },
		{ VC_NET_ADDR, "10.0.0.1/255.255.255", "neither a prefix" },
		{ VC_NET_ADDR, "10.0.0.1/ffff::", "neither a prefix" },
		{ VC_NET_ADDR, "2001:db8::1/129", "longer than 128 bits" },
		{ VC_NET_ADDR, "2001:db8::1/255.255.255.0", "neither a prefix" },
		{ VC_NET_ADDR, "0.0.0.0/24", "takes no mask" },
		{ VC_NET_ADDR, "::/64", "takes no mask" },
		{ VC_NET_MASK, "10.0.0.0/33", "longer than 32 bits" },
		{ VC_NET_MASK, "", "missing" },
		{ VC_NET_RANGE, "10.0.0.1", "has the form" },
		{ VC_NET_RANGE, "10.0.0.1-", "missing" },
		{ VC_NET_RANGE, "-10.0.0.1", "missing" },
		{ VC_NET_RANGE, "10.0.0.2-10.0.0.1", "ends before it begins" },
		/* Compared as numbers, not as the bytes of a little-endian machine. */
		{ VC_NET_RANGE, "10.0.1.0-10.0.0.255", "ends before it begins" },
		{ VC_NET_RANGE, "10.0.0.1-10.0.0.2/40", "longer than 32 bits" },
		{ VC_NET_RANGE, "10.0.0.1-2001:db8::1", "for IPv4" },
		{ VC_NET_RANGE, "2001:db8::1-2001:db8::2", "for IPv4" },
		{ VC_NET_BCAST, "10.0.0.255/24", "takes no mask" },
		{ VC_NET_BCAST, "ff02::1", "IPv4" },
		{ VC_NET_LBACK, "::1", "IPv4" },
		{ VC_NET_LBACK, "127.0.0.1/8", "takes no mask" },
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		struct vc_net_addr a, before;
		const char *why = "";
		char what[256];
		int r;

		memset(&a, 0x5a, sizeof(a));
		before = a;
		errno = 0;
		r = vc_net_parse(cases[i].kind, cases[i].text, &a, &why);
		snprintf(what, sizeof(what), "%s '%s' is refused", kinds[cases[i].kind],
			 cases[i].text);
		ok(r < 0 && errno == EINVAL && !memcmp(&a, &before, sizeof(a)), what);
		has(why, cases[i].why, what);
	}
}

/* Longer than any buffer: refused, not cut. */
static void too_long(void)
{
	char text[4096];
	struct vc_net_addr a;

	memset(text, '1', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	ok(vc_net_parse(VC_NET_ADDR, text, &a, NULL) < 0, "a text of 4 KB is refused");
}

/* Configurations have the mask in a file of its own. */
static void mask_alone(void)
{
	char text[VC_NET_TEXT_LEN];
	const char *why = "";
	struct vc_net_addr a;

	vc_net_parse(VC_NET_ADDR, "10.0.0.1", &a, NULL);
	ok(!vc_net_parse_mask("255.255.240.0", &a, NULL) && a.prefix == 20, "a dotted mask");
	is(vc_net_text(&a, text), "10.0.0.1/20", "is the address's");
	ok(vc_net_parse_mask("33", &a, &why) < 0 && a.prefix == 20, "33 is refused");
	has(why, "longer than 32 bits", "and why");
	ok(vc_net_parse_mask("", &a, &why) < 0, "an empty mask is refused");
	vc_net_parse(VC_NET_ADDR, "0.0.0.0", &a, NULL);
	ok(vc_net_parse_mask("24", &a, &why) < 0, "all addresses take no mask");
	ok(!vc_net_parse_mask("0", &a, NULL) && a.kind == VC_NET_MASK && !a.prefix,
	   "but /0 is what they have");
	vc_net_parse(VC_NET_MASK, "10.0.0.0/8", &a, NULL);
	ok(vc_net_parse_mask("24", &a, NULL) < 0 && a.prefix == 8, "a network has its mask");
}

static const char shown[] =
	"ID:\t5000\n"
	"Info:\t0000000012345678\n"
	"Bcast:\t10.0.0.255\n"
	"Lback:\t127.19.136.1\n"
	"Mystery:\tof a later kernel\n"
	"0:\t[10.0.0.1-0.0.0.0/255.255.255.0:0010]\n"
	"1:\t[10.1.0.0-0.0.0.0/255.255.0.0:0820]\n"
	"2:\t[10.2.0.1-10.2.0.9/255.255.255.255:0040]\n"
	"0:\t[2001:0db8:0000:0000:0000:0000:0000:0007/"
		"ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff/64:0010]\n"
	"1:\t[2001:0db8:0001:0000:0000:0000:0000:0000/"
		"ffff:ffff:ffff:0000:0000:0000:0000:0000/48:0020]\n";

static void sets(void)
{
	static const struct {
		enum vc_net_kind kind;
		bool shared;
		const char *text;
	} want[] = {
		{ VC_NET_ADDR, false, "10.0.0.1/24" },
		{ VC_NET_MASK, true, "10.1.0.0/16" },
		{ VC_NET_RANGE, false, "10.2.0.1-10.2.0.9" },
		{ VC_NET_ADDR, false, "2001:db8::7/64" },
		{ VC_NET_MASK, false, "2001:db8:1::/48" },
	};
	char text[VC_NET_TEXT_LEN];
	struct vc_net_set set;

	if (!ok(!vc_net_set_parse(shown, &set), "the kernel's text is understood"))
		return;
	num(set.nid, 5000, "id");
	is(vc_net_text(&set.bcast, text), "10.0.0.255", "broadcast address");
	is(vc_net_text(&set.lback, text), "127.19.136.1", "loopback address");
	num((long long)set.n, COUNT(want), "number of entries");
	for (size_t i = 0; i < set.n && i < COUNT(want); i++) {
		is(vc_net_text(&set.addr[i], text), want[i].text, want[i].text);
		ok(set.addr[i].kind == want[i].kind && set.addr[i].shared == want[i].shared,
		   "its kind");
	}
	vc_net_set_free(&set);
	ok(!set.n && !set.addr, "an empty set is left");
	ok(!vc_net_set_parse("ID:\t7\n", &set) && !set.n && !set.lback.family,
	   "no addresses: an empty set");
	vc_net_set_free(&set);
}

/* An entry that isn't understood must not be left out: the set would look smaller. */
static void damaged_sets(void)
{
	static const char *const cases[] = {
		"0:\t[10.0.0.1-0.0.0.0/255.255.255.0:0010\n",
		"0:\t[10.0.0.1-0.0.0.0/255.255.255.0:0010] x\n",
		"0:\t[10.0.0.1-0.0.0.0/255.255.255.0:0008]\n",
		"0:\t[10.0.0-0.0.0.0/255.255.255.0:0010]\n",
		"0:\t[10.0.0.1/24:0010]\n",
		"0:\t[2001:db8::1/ffff::/129:0010]\n",
		"0:\t10.0.0.1\n",
		"ID:\tx\n",
		"ID:\t4294967296\n",
		"Lback:\tlocalhost\n",
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		struct vc_net_set set;
		char what[128];

		snprintf(what, sizeof(what), "refused: %.*s", (int)strlen(cases[i]) - 1, cases[i]);
		ok(vc_net_set_parse(cases[i], &set) < 0 && errno == EINVAL && !set.addr, what);
	}
}

/* Nothing of these reaches the kernel, so every kernel gives the same answer. */
static void impossible(void)
{
	struct vc_net_addr a = { .kind = VC_NET_RANGE, .family = AF_INET6 };

	ok(vc_net_add(5000, &a) < 0 && errno == EINVAL, "no command adds an IPv6 range");
	a.kind = VC_NET_LBACK;
	ok(vc_net_remove(5000, &a) < 0 && errno == EINVAL, "or removes an IPv6 loopback");
	a = (struct vc_net_addr) { .kind = VC_NET_ADDR };
	ok(vc_net_add(5000, &a) < 0 && errno == EINVAL, "or adds an address of no family");
}

int main(void)
{
	tap_begin();
	accepted();
	refused();
	too_long();
	mask_alone();
	sets();
	damaged_sets();
	impossible();
	return tap_end();
}
