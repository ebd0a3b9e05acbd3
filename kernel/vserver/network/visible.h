/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What netlink.c, procnet.c and unix.c tell each other.
 */
#ifndef _VSERVER_NETWORK_VISIBLE_H
#define _VSERVER_NETWORK_VISIBLE_H

#include "network.h"

/* unix.c */
bool nx_unix_is_mine(const struct sock *sk);

#endif /* _VSERVER_NETWORK_VISIBLE_H */
