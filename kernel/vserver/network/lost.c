// SPDX-License-Identifier: GPL-2.0-only
/*
 * A context that loses an address: its traffic there ends.
 *
 * What is sent finds no route any more (flow.c), what arrives for unconnected
 * sockets finds no socket (lookup.c). Connections are aborted, for their
 * packets are not looked at by anybody but the connection. Sockets that are
 * only bound stay as they are and are of use again when the address comes back.
 *
 * When a whole context goes, its TCP connections are left alone: most of them
 * are just delivering what a process sent before it ended.
 */

#include <linux/rwsem.h>
#include <net/inet_hashtables.h>
#include <net/ipv6.h>
#include <net/net_namespace.h>
#include <net/tcp.h>
#include <net/udp.h>

#include "sock.h"

atomic_t nx_strays __read_mostly = ATOMIC_INIT(0);

/* Is a connected socket of @view's context at an address that was lost? */
static bool nx_is_lost(const struct nx_view *view, const struct sock *sk)
{
	if (!sk_fullsock(sk) || sk->sk_nx != view->nxi)
		return false;
	if (test_bit(NXS_RELEASED, &view->nxi->state))
		return true;
#if IS_ENABLED(CONFIG_IPV6)
	if (sk->sk_family == AF_INET6 &&
	    !ipv6_addr_v4mapped(&sk->sk_v6_rcv_saddr))
		return !nx_own6(view, &sk->sk_v6_rcv_saddr);
#endif
	return !nx_own4(view, sk->sk_rcv_saddr);
}

/* --- TCP --------------------------------------------------------------------------- */

/*
 * Take one lost connection out of a bucket. The owner of the socket may be at
 * work on it: whatever it does, nothing is delivered to it from now on.
 */
static struct sock *nx_tcp_take(struct inet_hashinfo *hinfo, u32 slot,
				const struct nx_view *view)
{
	struct inet_ehash_bucket *head = &hinfo->ehash[slot];
	spinlock_t *lock = inet_ehash_lockp(hinfo, slot);
	struct hlist_nulls_node *node;
	struct sock *sk;

	spin_lock_bh(lock);
	sk_nulls_for_each(sk, node, &head->chain) {
		if (!net_eq(sock_net(sk), view->net) || !nx_is_lost(view, sk))
			continue;
		sock_hold(sk);
		__sk_nulls_del_node_init_rcu(sk);
		sock_prot_inuse_add(sock_net(sk), sk->sk_prot, -1);
		spin_unlock_bh(lock);
		return sk;
	}
	spin_unlock_bh(lock);
	return NULL;
}

/* As if a reset had come in. One that its owner is at work on times out. */
static void nx_tcp_abort(struct sock *sk)
{
	local_bh_disable();
	bh_lock_sock(sk);
	if (!sock_owned_by_user(sk) && sk->sk_state != TCP_CLOSE)
		tcp_done_with_error(sk, ECONNABORTED);
	bh_unlock_sock(sk);
	local_bh_enable();
	sock_put(sk);
}

static void nx_tcp_cut(const struct net *net, const struct nx_info *nxi)
{
	struct inet_hashinfo *hinfo = net->ipv4.tcp_death_row.hashinfo;
	struct nx_view view;
	struct sock *sk;

	for (u32 slot = 0; slot <= hinfo->ehash_mask; slot++) {
		if (hlist_nulls_empty(&hinfo->ehash[slot].chain))
			continue;
		do {
			rcu_read_lock();
			view = nx_view(net, nxi);
			sk = nx_tcp_take(hinfo, slot, &view);
			rcu_read_unlock();
			if (sk)
				nx_tcp_abort(sk);
		} while (sk);
		cond_resched();
	}
}

/* --- UDP --------------------------------------------------------------------------- */

static struct sock *nx_udp_find(struct udp_hslot *hslot,
				const struct nx_view *view, u32 skip)
{
	struct sock *sk;

	spin_lock_bh(&hslot->lock);
	sk_for_each(sk, &hslot->head) {
		if (net_eq(sock_net(sk), view->net) &&
		    sk->sk_state == TCP_ESTABLISHED && nx_is_lost(view, sk)) {
			if (skip) {
				skip--;
				continue;
			}
			sock_hold(sk);
			spin_unlock_bh(&hslot->lock);
			return sk;
		}
	}
	spin_unlock_bh(&hslot->lock);
	return NULL;
}

/*
 * Holding the spinlock of a socket that nobody has locked is as good as having
 * locked it, and does not wait for a guest.
 */
static bool nx_udp_abort(struct sock *sk)
{
	bool done;

	local_bh_disable();
	bh_lock_sock(sk);
	done = !sock_owned_by_user(sk);
	if (done) {
		WRITE_ONCE(sk->sk_err, ECONNABORTED);
		sk_error_report(sk);
		__udp_disconnect(sk, 0);
	}
	bh_unlock_sock(sk);
	local_bh_enable();
	sock_put(sk);
	return done;
}

/* Sockets that their owner is at work on at the wrong moment are skipped. */
static void nx_udp_cut(const struct net *net, const struct nx_info *nxi)
{
	struct udp_table *table = net->ipv4.udp_table;
	struct nx_view view;
	struct sock *sk;
	u32 busy;

	for (u32 slot = 0; slot <= table->mask; slot++) {
		if (hlist_empty(&table->hash[slot].head))
			continue;
		busy = 0;
		do {
			rcu_read_lock();
			view = nx_view(net, nxi);
			sk = nx_udp_find(&table->hash[slot], &view, busy);
			rcu_read_unlock();
			if (sk && !nx_udp_abort(sk))
				busy++;
		} while (sk);
		cond_resched();
	}
}

/* --- both -------------------------------------------------------------------------- */

static void nx_cut(struct net *net, const struct nx_info *nxi)
{
	rt_genid_bump_all(net);
	if (!test_bit(NXS_RELEASED, &nxi->state))
		nx_tcp_cut(net, nxi);
	nx_udp_cut(net, nxi);
}

/**
 * nx_addresses_lost - End the traffic of a context on lost addresses
 * @nxi: context whose set has become smaller, or that is released
 *
 * Under nx_config; may sleep, but waits for no guest.
 */
void nx_addresses_lost(struct nx_info *nxi)
{
	struct net *net;

	if (!test_and_set_bit(NXS_STRAYS, &nxi->state))
		atomic_inc(&nx_strays);
	down_read(&net_rwsem);
	for_each_net(net)
		if (nx_in_net(nxi, net))
			nx_cut(net, nxi);
	up_read(&net_rwsem);
}

/**
 * nx_strays_gone - Undo nx_addresses_lost()
 * @nxi: context that no socket has any more
 */
void nx_strays_gone(struct nx_info *nxi)
{
	if (test_bit(NXS_STRAYS, &nxi->state))
		atomic_dec(&nx_strays);
}
