/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What ioctl.c, netmsg.c and unix.c tell others.
 */
#ifndef _VSERVER_NETWORK_VISIBLE_H
#define _VSERVER_NETWORK_VISIBLE_H

#include "network.h"

struct ctl_table;
struct ctl_table_header;
struct nlmsghdr;

/* ioctl.c; context/sysctl.c asks */
bool nx_sysctl_hidden(const struct ctl_table_header *head,
		      const struct ctl_table *table, int op);

/* netmsg.c */
bool nx_sees_msg(const struct nx_info *nxi, struct net *net,
		 const struct nlmsghdr *nlh, bool edit);

/* unix.c */
bool nx_unix_is_mine(const struct sock *sk);

#endif /* _VSERVER_NETWORK_VISIBLE_H */
