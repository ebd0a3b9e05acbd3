// SPDX-License-Identifier: LGPL-2.1-or-later
/* Network contexts: life, flag words, addresses. */
#include <errno.h>
#include <sys/socket.h>

#include "internal.h"

int vc_net_create(uint32_t nid, const uint64_t *flags)
{
	struct vcmd_net_create d = { .flagword = flags ? *flags : 0 };

	return vc_call(VCMD_net_create, nid, flags ? &d : NULL);
}

int vc_net_migrate(uint32_t nid)
{
	return vc_call(VCMD_net_migrate, nid, NULL);
}

int vc_get_nflags(uint32_t nid, uint64_t *value, uint64_t *mask)
{
	return vc_get_word(VCMD_get_nflags, nid, value, mask);
}

int vc_set_nflags(uint32_t nid, uint64_t value, uint64_t mask)
{
	return vc_set_word(VCMD_set_nflags, nid, value, mask);
}

int vc_get_ncaps(uint32_t nid, uint64_t *value, uint64_t *mask)
{
	return vc_get_word(VCMD_get_ncaps, nid, value, mask);
}

int vc_set_ncaps(uint32_t nid, uint64_t value, uint64_t mask)
{
	return vc_set_word(VCMD_set_ncaps, nid, value, mask);
}

static uint16_t type_of(const struct vc_net_addr *a)
{
	uint16_t shared = a->shared ? NXA_MOD_SHARED : 0;

	switch (a->kind) {
	case VC_NET_ADDR:
		return NXA_TYPE_ADDR | shared;
	case VC_NET_MASK:
		return NXA_TYPE_MASK | shared;
	case VC_NET_RANGE:
		return NXA_TYPE_RANGE | shared;
	case VC_NET_BCAST:
		return NXA_TYPE_ADDR | NXA_MOD_BCAST;
	case VC_NET_LBACK:
		return NXA_TYPE_ADDR | NXA_MOD_LBACK;
	}
	return NXA_TYPE_NONE;
}

/* Ranges exist in the second version only. */
static int ipv4_v2(uint32_t cmd, uint32_t nid, const struct vc_net_addr *a)
{
	struct vcmd_net_ipv4_v2 d = { .type = type_of(a) };

	memcpy(&d.ip, a->ip, sizeof(d.ip));
	memcpy(&d.ip2, a->ip2, sizeof(d.ip2));
	memcpy(&d.mask, a->mask, sizeof(d.mask));
	return vc_call(cmd, nid, &d);
}

static int ipv4_v1(uint32_t cmd, uint32_t nid, const struct vc_net_addr *a)
{
	struct vcmd_net_ipv4_v1 d = { .type = type_of(a) };

	memcpy(&d.ip, a->ip, sizeof(d.ip));
	memcpy(&d.mask, a->mask, sizeof(d.mask));
	return vc_call(cmd, nid, &d);
}

static int ipv6(uint32_t cmd, uint32_t nid, const struct vc_net_addr *a)
{
	struct vcmd_net_ipv6_v1 d = {
		.type = type_of(a),
		.prefix = a->prefix < 0 ? 0 : (uint32_t)a->prefix,
	};

	memcpy(d.ip, a->ip, sizeof(d.ip));
	memcpy(d.mask, a->mask, sizeof(d.mask));
	return vc_call(cmd, nid, &d);
}

/**
 * struct alter - the commands that do one thing to an entry
 * @v4: for all kinds but ranges
 * @v4_range: for ranges
 * @v6: for IPv6, which has no ranges
 */
struct alter {
	uint32_t v4, v4_range, v6;
};

static int alter(const struct alter *cmd, uint32_t nid, const struct vc_net_addr *a)
{
	if (a->family == AF_INET && a->kind == VC_NET_RANGE)
		return ipv4_v2(cmd->v4_range, nid, a);
	if (a->family == AF_INET)
		return ipv4_v1(cmd->v4, nid, a);
	if (a->family == AF_INET6 && (a->kind == VC_NET_ADDR || a->kind == VC_NET_MASK))
		return ipv6(cmd->v6, nid, a);
	errno = EINVAL;
	return -1;
}

int vc_net_add(uint32_t nid, const struct vc_net_addr *addr)
{
	static const struct alter add = {
		VCMD_net_add_ipv4_v1, VCMD_net_add_ipv4, VCMD_net_add_ipv6
	};

	return alter(&add, nid, addr);
}

int vc_net_remove(uint32_t nid, const struct vc_net_addr *addr)
{
	static const struct alter remove = {
		VCMD_net_rem_ipv4_v1, VCMD_net_rem_ipv4, VCMD_net_remove_ipv6
	};

	return alter(&remove, nid, addr);
}

int vc_net_remove_all(uint32_t nid)
{
	struct vcmd_net_ipv6_v1 v6 = { .type = NXA_TYPE_ANY };
	struct vcmd_net_ipv4_v1 v4 = { .type = NXA_TYPE_ANY };

	/* A kernel without IPv6 doesn't know the command. */
	if (vc_call(VCMD_net_remove_ipv6, nid, &v6) < 0 && errno != ENOSYS)
		return -1;
	return vc_call(VCMD_net_rem_ipv4_v1, nid, &v4);
}

int vc_net_set_mark(uint32_t nid, uint32_t mark)
{
	struct vcmd_net_mark d = { .mark = mark };

	return vc_call(VCMD_net_set_mark, nid, &d);
}

int vc_net_get_mark(uint32_t nid, uint32_t *mark)
{
	struct vcmd_net_mark d = { 0 };
	int r = vc_call(VCMD_net_get_mark, nid, &d);

	if (r >= 0)
		*mark = d.mark;
	return r;
}
