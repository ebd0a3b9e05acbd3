/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Hooks on sockets that sock.c registers.
 */
#ifndef _VSERVER_NETWORK_POLICY_H
#define _VSERVER_NETWORK_POLICY_H

struct sockaddr;
struct socket;

/* bind.c */
int nx_socket_bind(struct socket *sock, struct sockaddr *address, int addrlen);
int nx_socket_connect(struct socket *sock, struct sockaddr *address,
		      int addrlen);

/* policy.c */
int nx_socket_setsockopt(struct socket *sock, int level, int optname);
int nx_socket_getsockopt(struct socket *sock, int level, int optname);

#endif /* _VSERVER_NETWORK_POLICY_H */
