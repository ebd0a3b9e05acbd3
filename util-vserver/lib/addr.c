// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Addresses of network contexts as text, and back.
 *
 * Nothing is guessed: what isn't an address with a proper mask is refused, for a wrong
 * guess gives a guest addresses that nobody meant.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "internal.h"

static size_t ip_size(int family)
{
	return family == AF_INET ? 4 : 16;
}

static bool refuse(const char **why, const char *text)
{
	*why = text;
	return false;
}

int vc_mask_prefix(const uint8_t *mask, size_t size)
{
	int prefix = 0;
	bool ended = false;

	for (size_t i = 0; i < 8 * size; i++) {
		bool one = mask[i / 8] & 0x80 >> i % 8;

		if (one && ended)
			return -1;
		ended |= !one;
		prefix += one;
	}
	return prefix;
}

void vc_set_prefix(struct vc_net_addr *a, int prefix)
{
	memset(a->mask, 0, sizeof(a->mask));
	for (int i = 0; i < prefix; i++)
		a->mask[i / 8] |= 0x80 >> i % 8;
	a->prefix = prefix;
}

static bool parse_ip(const char *text, int *family, uint8_t ip[16], const char **why)
{
	static const uint8_t mapped[12] = { [10] = 0xff, 0xff };

	memset(ip, 0, 16);
	*family = strchr(text, ':') ? AF_INET6 : AF_INET;
	if (!*text)
		return refuse(why, "the address is missing");
	if (inet_pton(*family, text, ip) != 1)
		return refuse(why, "not an IP address");
	if (*family == AF_INET6 && !memcmp(ip, mapped, sizeof(mapped)))
		return refuse(why, "an IPv4 address in the form of IPv6; write it as IPv4");
	return true;
}

/* One to three digits, nothing else. */
static bool parse_prefix(const char *text, struct vc_net_addr *a, const char **why)
{
	int prefix;

	if (strlen(text) > 3)
		return refuse(why, "the prefix is out of range");
	prefix = atoi(text);
	if (prefix > (int)(8 * ip_size(a->family)))
		return refuse(why, a->family == AF_INET ? "the prefix is longer than 32 bits" :
			      "the prefix is longer than 128 bits");
	vc_set_prefix(a, prefix);
	return true;
}

static bool parse_mask(const char *text, struct vc_net_addr *a, const char **why)
{
	uint8_t mask[16] = { 0 };

	if (!*text)
		return refuse(why, "nothing behind the slash");
	if (!text[strspn(text, "0123456789")])
		return parse_prefix(text, a, why);
	if (inet_pton(a->family, text, mask) != 1)
		return refuse(why, a->family == AF_INET ?
			      "neither a prefix of 0 to 32 nor a dotted mask" :
			      "neither a prefix of 0 to 128 nor a mask in the form of IPv6");
	memcpy(a->mask, mask, sizeof(mask));
	a->prefix = vc_mask_prefix(mask, ip_size(a->family));
	return true;
}

/* Cuts the text at a character; what is behind it, NULL if there is none. */
static char *cut(char *text, char at)
{
	char *p = strchr(text, at);

	if (p)
		*p++ = '\0';
	return p;
}

static bool parse_range_end(char *end, struct vc_net_addr *a, const char **why)
{
	int family;

	if (!end)
		return refuse(why, "a range has the form IP-IP");
	if (!parse_ip(end, &family, a->ip2, why))
		return false;
	if (family != AF_INET || a->family != AF_INET)
		return refuse(why, "ranges are for IPv4; for IPv6 use a mask");
	if (memcmp(a->ip, a->ip2, 4) > 0)
		return refuse(why, "the range ends before it begins");
	return true;
}

static bool is_zero(const uint8_t ip[16])
{
	static const uint8_t zero[16];

	return !memcmp(ip, zero, sizeof(zero));
}

/* Every address of the family, and then nothing else may be said about it. */
static bool make_any(struct vc_net_addr *a, const char *mask, const char **why)
{
	if (mask && a->prefix)
		return refuse(why, "stands for all addresses and takes no mask");
	a->kind = VC_NET_MASK;
	vc_set_prefix(a, 0);
	return true;
}

/* What the kinds have of their own, after address and mask. */
static bool finish(struct vc_net_addr *a, char *end, const char *mask, const char **why)
{
	switch (a->kind) {
	case VC_NET_ADDR:
		return !is_zero(a->ip) || make_any(a, mask, why);
	case VC_NET_MASK:
		for (size_t i = 0; i < sizeof(a->ip); i++)
			a->ip[i] &= a->mask[i];
		return true;
	case VC_NET_RANGE:
		return parse_range_end(end, a, why);
	case VC_NET_BCAST:
	case VC_NET_LBACK:
		if (a->family != AF_INET)
			return refuse(why, "must be an IPv4 address");
		return !mask || refuse(why, "takes no mask");
	}
	return refuse(why, "no such kind of address");
}

static bool parse(char *text, struct vc_net_addr *a, const char **why)
{
	char *mask = cut(text, '/');
	char *end = a->kind == VC_NET_RANGE ? cut(text, '-') : NULL;

	if (!parse_ip(strcmp(text, "0") ? text : "0.0.0.0", &a->family, a->ip, why))
		return false;
	vc_set_prefix(a, (int)(8 * ip_size(a->family)));
	if (mask && !parse_mask(mask, a, why))
		return false;
	return finish(a, end, mask, why);
}

int vc_net_parse(enum vc_net_kind kind, const char *text, struct vc_net_addr *addr,
		 const char **why)
{
	struct vc_net_addr a = { .kind = kind };
	char copy[VC_NET_TEXT_LEN];
	const char *reason = "not an IP address";

	if (strlen(text) < sizeof(copy) && parse(strcpy(copy, text), &a, &reason)) {
		*addr = a;
		return 0;
	}
	if (why)
		*why = reason;
	errno = EINVAL;
	return -1;
}

int vc_net_parse_mask(const char *text, struct vc_net_addr *addr, const char **why)
{
	struct vc_net_addr a = *addr;
	const char *reason = NULL;

	/* All addresses are that already: only /0 is no contradiction. */
	if (a.kind == VC_NET_MASK && is_zero(a.ip))
		a.kind = VC_NET_ADDR;
	if (a.kind != VC_NET_ADDR)
		reason = "takes no mask";
	else if (parse_mask(text, &a, &reason) && finish(&a, NULL, text, &reason)) {
		*addr = a;
		return 0;
	}
	if (why)
		*why = reason;
	errno = EINVAL;
	return -1;
}

static char *add_ip(char *end, char separator, int family, const uint8_t *ip)
{
	if (separator)
		*end++ = separator;
	if (!inet_ntop(family, ip, end, INET6_ADDRSTRLEN))
		strcpy(end, "?");
	return end + strlen(end);
}

char *vc_net_text(const struct vc_net_addr *addr, char buffer[VC_NET_TEXT_LEN])
{
	char *end = add_ip(buffer, '\0', addr->family, addr->ip);

	if (addr->kind == VC_NET_RANGE)
		end = add_ip(end, '-', addr->family, addr->ip2);
	if (addr->prefix < 0)
		add_ip(end, '/', addr->family, addr->mask);
	else if (addr->prefix < (int)(8 * ip_size(addr->family)))
		sprintf(end, "/%d", addr->prefix);
	return buffer;
}
