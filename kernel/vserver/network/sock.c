// SPDX-License-Identifier: GPL-2.0-only
/*
 * Which context a socket belongs to.
 *
 * A socket takes the contexts of the task that makes it, for good: accepted
 * sockets take those of the listener, descriptors that are passed on keep
 * them, and nothing later looks at the current task. Sockets of the kernel,
 * and those of another network namespace than the context's, have none.
 *
 * IPv4 and IPv6 sockets are marked where they are allocated, because raw ones
 * receive before they are handed to anybody. The others are marked when they
 * are complete; the kernel's own ones, many of which nobody tells about, thus
 * never hold a context.
 */

#include <linux/gfp.h>
#include <linux/lsm_hooks.h>
#include <linux/net.h>
#include <net/inet_sock.h>

#include "../context/context.h"
#include "../hooks_init.h"
#include "../setup.h"
#include "policy.h"
#include "sock.h"

/* Those that have ports count: they are in the buckets of a port domain. */
static bool nx_counts(const struct sock *sk)
{
	return sk->sk_family == AF_INET || sk->sk_family == AF_INET6;
}

/* A reference for @sk, whose family is set. */
static struct nx_info *nx_sock_get(const struct sock *sk, struct nx_info *nxi)
{
	if (nxi) {
		nx_get(nxi);
		if (nx_counts(sk))
			nx_count_sock(nxi);
	}
	return nxi;
}

static void nx_sock_put(const struct sock *sk, struct nx_info *nxi)
{
	if (nxi) {
		if (nx_counts(sk))
			atomic_dec(&nxi->socks);
		nx_put(nxi);
	}
}

static void nx_sock_replace(struct sock *sk, struct nx_info *nxi)
{
	struct nx_info *old = sk->sk_nx;

	if (old == nxi)
		return;
	WRITE_ONCE(sk->sk_nx, nx_sock_get(sk, nxi));
	nx_sock_put(sk, old);
}

/*
 * sk_alloc() wants cleared memory and is called by the task that makes the
 * socket; sk_clone_lock() does not, may run in softirq, and fills the memory
 * only later, but calls sk_free_security if it gives up before.
 */
static int hook_sk_alloc_security(struct sock *sk, int family, gfp_t priority)
{
	sk->sk_nx = NULL;
	if (!vs_on() || !(priority & __GFP_ZERO))
		return 0;
	sk->sk_xid = vx_task_serial(current);
	if (family == AF_INET || family == AF_INET6) {
		sk->sk_family = family;		/* a little early */
		sk->sk_nx = nx_sock_get(sk, nx_current());
	}
	return 0;
}

static void hook_sk_free_security(struct sock *sk)
{
	nx_sock_put(sk, sk->sk_nx);
}

/*
 * After the copy of a whole socket both point to the same context and there
 * is one reference. Where a protocol accepts into a socket of sk_alloc(), only
 * the latter's own reference may be there; families that do so are marked
 * when they are complete, or not at all.
 */
static void hook_sk_clone_security(const struct sock *sk, struct sock *newsk)
{
	newsk->sk_xid = sk->sk_xid;
	if (newsk->sk_nx == sk->sk_nx)
		nx_sock_get(newsk, sk->sk_nx);
	else
		nx_sock_replace(newsk, sk->sk_nx);
}

/* The new end of a connection was allocated by the task that connects. */
static int hook_unix_stream_connect(struct sock *sock, struct sock *other,
				    struct sock *newsk)
{
	newsk->sk_xid = other->sk_xid;
	nx_sock_replace(newsk, other->sk_nx);
	return 0;
}

static void hook_sctp_sk_clone(struct sctp_association *asoc, struct sock *sk,
			       struct sock *newsk)
{
	newsk->sk_xid = sk->sk_xid;
	nx_sock_replace(newsk, sk->sk_nx);
}

/* The caller's context as its new sockets in @net shall carry it. */
static struct nx_info *nx_for_new(const struct net *net)
{
	struct nx_info *nxi = nx_current_in(net);
	bool all;

	if (!nxi)
		return NULL;
	rcu_read_lock();
	all = nx_set_rcu(nxi)->all;
	rcu_read_unlock();
	return all ? NULL : nxi;
}

/* Only joined groups are delivered; traffic gets the class of the context. */
static void nx_inet_defaults(struct sock *sk)
{
	inet_clear_bit(MC_ALL, sk);
	inet_assign_bit(MC6_ALL, sk, false);
	if (READ_ONCE(sk->sk_nx->mark))
		WRITE_ONCE(sk->sk_mark, READ_ONCE(sk->sk_nx->mark));
}

static int hook_socket_post_create(struct socket *sock, int family, int type,
				   int protocol, int kern)
{
	struct sock *sk = sock->sk;

	if (!vs_on() || !sk)
		return 0;
	if (kern)
		sk->sk_xid = 0;
	if (!nx_on())
		return 0;
	nx_sock_replace(sk, kern ? NULL : nx_for_new(sock_net(sk)));
	if (sk->sk_nx && (family == AF_INET || family == AF_INET6)) {
		nx_inet_defaults(sk);
		nx_udp_adopt(sk);
	}
	return 0;
}

static struct security_hook_list nx_sock_hooks[] __ro_after_init = {
	LSM_HOOK_INIT(sk_alloc_security, hook_sk_alloc_security),
	LSM_HOOK_INIT(sk_free_security, hook_sk_free_security),
	LSM_HOOK_INIT(sk_clone_security, hook_sk_clone_security),
	LSM_HOOK_INIT(unix_stream_connect, hook_unix_stream_connect),
	LSM_HOOK_INIT(sctp_sk_clone, hook_sctp_sk_clone),
	LSM_HOOK_INIT(socket_post_create, hook_socket_post_create),
	LSM_HOOK_INIT(socket_bind, nx_socket_bind),
	LSM_HOOK_INIT(socket_connect, nx_socket_connect),
	LSM_HOOK_INIT(socket_setsockopt, nx_socket_setsockopt),
	LSM_HOOK_INIT(socket_getsockopt, nx_socket_getsockopt),
};

void __init nx_sock_hooks_init(void)
{
	security_add_hooks(nx_sock_hooks, ARRAY_SIZE(nx_sock_hooks),
			   &vx_lsmid);
}
