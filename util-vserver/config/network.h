/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a guest's configuration says about its network (config.md 4.3): interfaces/ and tc/.
 *
 * Reading checks every value, so that a start finds nothing wrong with them later; only the
 * machine can still refuse. Every message names the file and the value.
 */
#ifndef VSERVER_CONFIG_NETWORK_H
#define VSERVER_CONFIG_NETWORK_H

#include <net/if.h>
#include <vserver.h>

#include "config.h"

/**
 * struct cfg_iface - interfaces/X
 * @dir: DIR/interfaces/X, for messages
 * @ip_file: DIR/interfaces/X/ip
 * @ip: what stands there, without a prefix
 * @addr: the same with its mask, which is a prefix
 * @dev: device of the host that gets the address; NULL: none does (nodev)
 * @dev_file: where the device's name stands; NULL: nodev
 * @label: "DEV:NAME" or NULL
 * @has_bcast: @bcast is valid; IPv4 only
 * @bcast: broadcast address of the entry, by default the last one of its network
 * @has_peer: @peer is valid
 * @peer: other end of a point-to-point link
 * @scope: RT_SCOPE_*, -1: not set
 * @down: the device's state is not our business
 * @vlan: @dev is DEV.ID and made if it isn't there
 * @tun, @tap: @dev is made as that
 * @nocsum: without checksums (tun, tap)
 * @uid, @gid, @linktype: of a tun or tap device; -1: not set
 *
 * Strings are never longer than the kernel takes them.
 */
struct cfg_iface {
	char *dir;
	char *ip_file;
	char *ip;
	struct vc_net_addr addr;
	char *dev;
	char *dev_file;
	char *label;
	bool has_bcast;
	struct vc_net_addr bcast;
	bool has_peer;
	struct vc_net_addr peer;
	int scope;
	bool down;
	bool vlan;
	bool tun, tap;
	bool nocsum;
	int64_t uid, gid, linktype;
};

/**
 * struct cfg_tc - tc/DEV: the guest's class on a device
 * @dir: DIR/tc/DEV, for messages
 * @dev: the device
 * @rate: reserved, bits per second; 0: nothing
 * @ceil: never more than this; 0: what the device carries
 * @share: weight in what nobody has reserved
 */
struct cfg_tc {
	char *dir;
	char *dev;
	uint64_t rate;
	uint64_t ceil;
	unsigned int share;
};

#define CFG_SHARE_DEFAULT	1
#define CFG_SHARE_MAX		1000

/**
 * struct cfg_network - the guest's network
 * @n: number of entries
 * @iface: the entries in the order of their names: the first is the default source
 * @bcast, @lback: given to the network context if their family isn't 0
 * @tcs: number of shaped devices
 * @tc: these
 */
struct cfg_network {
	size_t n;
	struct cfg_iface *iface;
	struct vc_net_addr bcast;
	struct vc_net_addr lback;
	size_t tcs;
	struct cfg_tc *tc;
};

/**
 * cfg_network() - read interfaces/ and tc/
 * @c: the guest
 * @net: out
 * @warn: called with a line for what is allowed but outdated or without effect; may be NULL
 * @arg: passed on
 *
 * Return: 0 or -1; *net has to be freed in any case.
 */
int cfg_network(const struct cfg *c, struct cfg_network *net,
		void (*warn)(void *arg, const char *text), void *arg);
void cfg_network_free(struct cfg_network *net);

/* tc/ of a guest alone; cfg_network() calls it. */
int cfg_tc_read(const struct cfg *c, struct cfg_network *net);
/* .defaults/tc/DEV: what the device carries (0: not set) and the host's own class there. */
int cfg_tc_device(const char *dev, uint64_t *capacity, struct cfg_tc *host);
void cfg_tc_free(struct cfg_tc *tc);

/* "10mbit", "1.5gbit", "800kbit", "64kbps" (bytes), "9600": bits per second; -1: none. */
int cfg_parse_rate(const char *text, uint64_t *rate);
/* True for what can be the name of a device. */
bool cfg_is_device(const char *name);

#endif
