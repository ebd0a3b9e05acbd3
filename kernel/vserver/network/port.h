/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Whose packets two sockets could both get: port.c for bind.c.
 */
#ifndef _VSERVER_NETWORK_PORT_H
#define _VSERVER_NETWORK_PORT_H

#include "sock.h"

/**
 * struct nx_name - the address in a sockaddr, for reading and for changing
 * @v4: IPv4 address, or NULL
 * @v6: IPv6 address if @v4 is NULL
 * @port: in host order
 */
struct nx_name {
	__be32 *v4;
	struct in6_addr *v6;
	u16 port;
};

bool nx_port_taken(struct sock *sk, const struct nx_name *name);
bool nx_name_is_shared(const struct nx_view *view, const struct nx_name *name);

#endif /* _VSERVER_NETWORK_PORT_H */
