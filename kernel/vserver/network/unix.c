// SPDX-License-Identifier: GPL-2.0-only
/*
 * Unix sockets: every context has its own abstract names.
 *
 * A name belongs to the process context and to the network context of the
 * socket that bound it. Names are looked up on behalf of the caller: bind,
 * autobind, connect and sendto run in process context. Names in the file
 * system need nothing, they follow the file system.
 *
 * A socket made in the host and handed to a guest keeps the host's marks: a
 * name it binds belongs to the host, as the socket does.
 */

#include "../context/context.h"
#include "visible.h"

/* Does the caller's network context, as its new sockets carry it, equal @nxi? */
static bool nx_is_mine(const struct net *net, const struct nx_info *nxi)
{
	const struct nx_info *mine = nx_current_in(net);

	/* Sockets of an unconfined context carry none. */
	return nxi == mine ||
	       (!nxi && mine && nx_set_rcu(mine)->all);
}

/**
 * nx_unix_is_mine - Was this socket made by a member of the caller's contexts?
 * @sk: Unix socket
 *
 * Return: true if so; for the host, if it was made by the host.
 */
bool nx_unix_is_mine(const struct sock *sk)
{
	bool mine;

	if (sk->sk_xid != vx_task_serial(current))
		return false;
	rcu_read_lock();
	mine = nx_is_mine(sock_net(sk), sk->sk_nx);
	rcu_read_unlock();
	return mine;
}

/**
 * __vs_unix_hidden - Does an abstract name belong to another context?
 * @sk: the socket that bound it, under the lock of the table
 *
 * Return: true if the caller must not find it.
 */
bool __vs_unix_hidden(const struct sock *sk)
{
	return !nx_unix_is_mine(sk);
}
EXPORT_SYMBOL_GPL(__vs_unix_hidden);
