// SPDX-License-Identifier: GPL-2.0-only
/* The shared network stack. */
#include "escape.h"
#include <linux/if_ether.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netlink.h>
#include <net/if.h>
#include <net/route.h>
#include <netinet/in.h>
#include <sys/socket.h>

#define FAMILY "net"

ESCAPE_CASE_ALWAYS(packet, EPERM, "read everybody's packets")
{
	return verdict(socket(AF_PACKET, SOCK_RAW, htons(ETH_P_ALL)));
}

ESCAPE_CASE_ALWAYS(raw, EPERM, "forge packets")
{
	return verdict(socket(AF_INET, SOCK_RAW, IPPROTO_RAW));
}

ESCAPE_CASE(raw_tcp, EPERM, "read everybody's TCP")
{
	return verdict(socket(AF_INET, SOCK_RAW, IPPROTO_TCP));
}

ESCAPE_CASE_ALWAYS(proc_events, EPROTONOSUPPORT, "be told of everybody's processes")
{
	return verdict(socket(AF_NETLINK, SOCK_DGRAM, NETLINK_CONNECTOR));
}

ESCAPE_CASE_ALWAYS(netfilter, EPROTONOSUPPORT, "the packet filter")
{
	struct {
		struct nlmsghdr nl;
		struct nfgenmsg nf;
	} req = {
		.nl = {
			.nlmsg_len = sizeof(req), .nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK,
			.nlmsg_type = NFNL_SUBSYS_NFTABLES << 8 | NFT_MSG_GETGEN,
		},
		.nf.nfgen_family = AF_INET,
	};
	struct { struct nlmsghdr nl; struct nlmsgerr err; char rest[512]; } ans;
	int s = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_NETFILTER);

	if (s < 0 || send(s, &req, sizeof(req), 0) < 0 ||
	    recv(s, &ans, sizeof(ans), 0) < 0)
		return verdict(-1);
	return ans.nl.nlmsg_type == NLMSG_ERROR && ans.err.error ?
	       refused(-ans.err.error) : REACHED;
}

ESCAPE_CASE(interface, EPERM, "switch an interface")
{
	struct ifreq ifr = { .ifr_name = "lo" };
	int s = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	if (s < 0 || ioctl(s, SIOCGIFFLAGS, &ifr))
		return UNAVAILABLE;
	return verdict(ioctl(s, SIOCSIFFLAGS, &ifr));
}

ESCAPE_CASE(route, EPERM, "change the routes")
{
	struct rtentry rt = { .rt_flags = RTF_UP };
	int s = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	int ret = verdict(ioctl(s, SIOCDELRT, &rt));

	/* no such route, or not a valid one: that far the host gets */
	return ret == REFUSED && errno != EPERM ? REACHED : ret;
}

ESCAPE_CASE(mark, EPERM, "mark packets past the firewall")
{
	int mark = 1, s = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	return verdict(setsockopt(s, SOL_SOCKET, SO_MARK, &mark, sizeof(mark)));
}

ESCAPE_CASE(transparent, EPERM, "answer for addresses of others")
{
	int on = 1, s = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	return verdict(setsockopt(s, IPPROTO_IP, 19 /* IP_TRANSPARENT */, &on,
				  sizeof(on)));
}

ESCAPE_CASE_ALWAYS(headers, EPERM, "forge packets on a socket for ping")
{
	int on = 1, s = socket(AF_INET, SOCK_RAW | SOCK_CLOEXEC, IPPROTO_ICMP);

	return verdict(setsockopt(s, IPPROTO_IP, IP_HDRINCL, &on, sizeof(on)));
}

#define FAMILY_CASE(_name, _family, _type, _proto, _errno) \
	ESCAPE_CASE_ALWAYS(_name, _errno, "a socket that knows nothing of contexts: " #_name) \
	{ \
		return verdict(socket(_family, _type, _proto)); \
	}

FAMILY_CASE(xdp, 44, SOCK_RAW, 0, EAFNOSUPPORT)
FAMILY_CASE(vsock, AF_VSOCK, SOCK_STREAM, 0, EAFNOSUPPORT)
FAMILY_CASE(alg, AF_ALG, SOCK_SEQPACKET, 0, EAFNOSUPPORT)
FAMILY_CASE(key, AF_KEY, SOCK_RAW, 2, EPERM)
FAMILY_CASE(bluetooth, AF_BLUETOOTH, SOCK_RAW, 1, EAFNOSUPPORT)
FAMILY_CASE(can, AF_CAN, SOCK_RAW, 1, EAFNOSUPPORT)
FAMILY_CASE(tipc, AF_TIPC, SOCK_STREAM, 0, EAFNOSUPPORT)
FAMILY_CASE(smc, 43, SOCK_STREAM, 0, EAFNOSUPPORT)
FAMILY_CASE(sctp, AF_INET, SOCK_STREAM, IPPROTO_SCTP, EPROTONOSUPPORT)
FAMILY_CASE(mptcp, AF_INET, SOCK_STREAM, 262, EPROTONOSUPPORT)
FAMILY_CASE(udplite, AF_INET, SOCK_DGRAM, 136, EPROTONOSUPPORT)
FAMILY_CASE(sock_diag, AF_NETLINK, SOCK_RAW, NETLINK_SOCK_DIAG, EPROTONOSUPPORT)
FAMILY_CASE(xfrm, AF_NETLINK, SOCK_RAW, NETLINK_XFRM, EPROTONOSUPPORT)
FAMILY_CASE(audit, AF_NETLINK, SOCK_RAW, NETLINK_AUDIT, EPROTONOSUPPORT)
