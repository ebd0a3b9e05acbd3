// SPDX-License-Identifier: GPL-2.0-only
/*
 * Ports: who conflicts with whom.
 *
 * TCP's bind buckets are made per port domain, see nx_info.domain: guests that
 * share an address have a domain in common and conflict like processes of one
 * machine; all others never meet there. UDP keeps one table, where the
 * addresses that two sockets really get packets for are compared.
 *
 * The host's wildcard sockets do not cover what guests own. What is left is a
 * host socket bound to the very address of a guest: TCP is checked in bind(2),
 * without a lock common to both domains, so two binds at the same moment may
 * both succeed; packets then go to either of two sockets on the very same
 * address, or to the host's if the guest's is a wildcard socket.
 */

#include <linux/export.h>
#include <linux/rcupdate.h>
#include <net/inet_hashtables.h>
#include <net/inet_sock.h>
#include <net/ipv6.h>
#include <net/tcp_states.h>

#include "port.h"
#include "sock.h"

/**
 * __vs_port_domain - The port domain of a guest's socket
 * @sk: socket with a context
 *
 * Return: 0 for the host's, else a negative number.
 */
int __vs_port_domain(const struct sock *sk)
{
	return READ_ONCE(sk->sk_nx->domain);
}
EXPORT_SYMBOL_GPL(__vs_port_domain);

/**
 * __vs_listen_hash - Take a guest's wildcard listener out of the common bucket
 * @h: TCP's tables
 * @sk: listener with a context
 * @hash: the hash of its address and port
 *
 * An IPv6 socket has 0.0.0.0 in the IPv4 field exactly if it is bound to ::
 * or to ::ffff:0.0.0.0.
 *
 * Return: @hash for a specific address, else another one that depends on the
 * context only and does not lead to the bucket of the host's listeners.
 */
u32 __vs_listen_hash(const struct inet_hashinfo *h, const struct sock *sk,
		     u32 hash)
{
	return sk->sk_rcv_saddr ?
	       hash : nx_listen_slot(sk->sk_nx, hash, h->lhash2_mask);
}

/* --- what two sockets get ------------------------------------------------------- */

/**
 * struct nx_reach - the addresses that a socket gets packets for
 * @view: its context
 * @v4: some IPv4 address
 * @v6: some IPv6 address
 * @addr4: which one, 0 for all the context has
 * @addr6: which one, :: for all the context has
 */
struct nx_reach {
	struct nx_view view;
	bool v4;
	bool v6;
	__be32 addr4;
	struct in6_addr addr6;
};

static void nx_reach_v6(struct nx_reach *reach, const struct in6_addr *addr,
			bool v6only)
{
	if (ipv6_addr_v4mapped(addr)) {
		reach->v4 = true;
		reach->addr4 = addr->s6_addr32[3];
		return;
	}
	reach->v6 = true;
	reach->addr6 = *addr;
	reach->v4 = ipv6_addr_any(addr) && !v6only;
}

static struct nx_reach nx_reach_name(const struct sock *sk,
				     const struct nx_name *name)
{
	struct nx_reach reach = {
		.view = nx_view(sock_net(sk), nx_of_sock(sk)),
	};

	if (name->v4) {
		reach.v4 = true;
		reach.addr4 = *name->v4;
	} else {
		nx_reach_v6(&reach, name->v6, ipv6_only_sock(sk));
	}
	return reach;
}

/* The IPv4 field of a socket of a specific IPv6 address holds a placeholder. */
static struct nx_reach nx_reach_sock(const struct sock *sk)
{
	struct nx_name name = { .v4 = (__be32 *)&sk->sk_rcv_saddr };

#if IS_ENABLED(CONFIG_IPV6)
	if (sk->sk_family == AF_INET6)
		name = (struct nx_name) {
			.v6 = (struct in6_addr *)&sk->sk_v6_rcv_saddr,
		};
#endif
	return nx_reach_name(sk, &name);
}

/* Every member of a group gets a copy: no conflict. */
static bool nx_is_group4(__be32 addr)
{
	return ipv4_is_multicast(addr) || ipv4_is_lbcast(addr);
}

/* Is this address, bound by somebody else, among those of a wildcard socket? */
static bool nx_any_covers4(const struct nx_view *view, __be32 addr)
{
	const struct nx_owner *owner;

	if (nx_is_group4(addr))
		return false;
	if (view->nxi)
		return nx_own4(view, addr);
	owner = nx_owner4(view->net, addr);
	while (owner && !owner->shared && nx_owner_next4(owner, addr))
		owner = nx_owner_next4(owner, addr);
	return !owner || owner->shared;
}

static bool nx_any_covers6(const struct nx_view *view,
			   const struct in6_addr *addr)
{
	const struct nx_owner *owner;

	if (ipv6_addr_is_multicast(addr))
		return false;
	if (view->nxi)
		return nx_own6(view, addr);
	owner = nx_owner6(view->net, addr);
	while (owner && !owner->shared && nx_owner_next6(owner, addr))
		owner = nx_owner_next6(owner, addr);
	return !owner || owner->shared;
}

/* Contexts without a domain in common share no address. */
static bool nx_same_domain(const struct nx_view *a, const struct nx_view *b)
{
	return (a->nxi ? READ_ONCE(a->nxi->domain) : 0) ==
	       (b->nxi ? READ_ONCE(b->nxi->domain) : 0);
}

static bool nx_meet4(const struct nx_reach *a, const struct nx_reach *b)
{
	if (!a->v4 || !b->v4)
		return false;
	if (a->addr4 && b->addr4)
		return a->addr4 == b->addr4 && !nx_is_group4(a->addr4);
	if (a->addr4)
		return nx_any_covers4(&b->view, a->addr4);
	if (b->addr4)
		return nx_any_covers4(&a->view, b->addr4);
	if (!nx_same_domain(&a->view, &b->view))
		return false;
	return !a->view.nxi || !b->view.nxi ||
	       nx_sets_meet4(a->view.set, b->view.set);
}

static bool nx_meet6(const struct nx_reach *a, const struct nx_reach *b)
{
	bool any_a = ipv6_addr_any(&a->addr6), any_b = ipv6_addr_any(&b->addr6);

	if (!a->v6 || !b->v6)
		return false;
	if (!any_a && !any_b)
		return ipv6_addr_equal(&a->addr6, &b->addr6) &&
		       !ipv6_addr_is_multicast(&a->addr6);
	if (!any_a)
		return nx_any_covers6(&b->view, &a->addr6);
	if (!any_b)
		return nx_any_covers6(&a->view, &b->addr6);
	if (!nx_same_domain(&a->view, &b->view))
		return false;
	return !a->view.nxi || !b->view.nxi ||
	       nx_sets_meet6(a->view.set, b->view.set);
}

static bool nx_meet(const struct nx_reach *a, const struct nx_reach *b)
{
	return nx_meet4(a, b) || nx_meet6(a, b);
}

/*
 * Guests without a domain in common share no address; what a context left
 * behind has none.
 */
static bool nx_can_meet(const struct sock *sk, const struct sock *sk2)
{
	if ((sk->sk_nx && test_bit(NXS_RELEASED, &sk->sk_nx->state)) ||
	    (sk2->sk_nx && test_bit(NXS_RELEASED, &sk2->sk_nx->state)))
		return false;
	return !sk->sk_nx || !sk2->sk_nx ||
	       READ_ONCE(sk->sk_nx->domain) == READ_ONCE(sk2->sk_nx->domain);
}

/**
 * __vs_saddr_apart - Do contexts keep two sockets apart?
 * @sk: the socket that is being bound or hashed
 * @sk2: one with the same port, maybe a mini socket
 * @conflict: whether the port is meant, or else a reuseport group
 *
 * Called under the lock of a hash bucket.
 *
 * Return: true if neither gets packets of the other, whatever else may be.
 */
bool __vs_saddr_apart(const struct sock *sk, const struct sock *sk2,
		      bool conflict)
{
	struct nx_reach a, b;
	bool apart;

	if (likely(sk_fullsock(sk2))) {
		if (sk->sk_nx == sk2->sk_nx)
			return false;
		if (!conflict || !nx_can_meet(sk, sk2))
			return true;
	} else if (!sk->sk_nx) {
		return false;
	}
	/* What a mini socket got packets for is one address. */
	rcu_read_lock();
	a = nx_reach_sock(sk);
	b = nx_reach_sock(sk2);
	apart = !nx_meet(&a, &b);
	rcu_read_unlock();
	return apart;
}

/* --- bind(2): the other domain's TCP sockets --------------------------------------- */

/*
 * Connections and their remains do not count, as if everybody had set
 * SO_REUSEADDR: nobody else can know which ports they use.
 */
static bool nx_in_the_way(const struct sock *sk, const struct nx_reach *mine,
			  const struct sock *sk2)
{
	int dev = READ_ONCE(sk->sk_bound_dev_if), dev2;
	struct nx_reach other;

	if (sk2->sk_state != TCP_LISTEN && sk2->sk_state != TCP_CLOSE)
		return false;
	dev2 = READ_ONCE(sk2->sk_bound_dev_if);
	if (dev && dev2 && dev != dev2)
		return false;
	other = nx_reach_sock(sk2);
	return nx_meet(mine, &other);
}

static bool nx_bucket_taken(const struct sock *sk, const struct nx_reach *mine,
			    const struct inet_bind_bucket *tb)
{
	struct inet_bind2_bucket *tb2;
	struct sock *sk2;

	hlist_for_each_entry(tb2, &tb->bhash2, bhash_node)
		sk_for_each_bound(sk2, &tb2->owners)
			if (nx_in_the_way(sk, mine, sk2))
				return true;
	return false;
}

/* Both the tables of the bucket and the lists in it change under its lock. */
static bool nx_domain_taken(struct sock *sk, const struct nx_reach *mine,
			    u16 port, int domain)
{
	struct inet_hashinfo *hinfo = tcp_or_dccp_get_hashinfo(sk);
	struct net *net = sock_net(sk);
	struct inet_bind_hashbucket *head;
	struct inet_bind_bucket *tb;
	bool taken = false;

	head = &hinfo->bhash[inet_bhashfn(net, port, hinfo->bhash_size)];
	spin_lock_bh(&head->lock);
	inet_bind_bucket_for_each(tb, &head->chain)
		if (inet_bind_bucket_match(tb, net, port, domain))
			taken = taken || nx_bucket_taken(sk, mine, tb);
	spin_unlock_bh(&head->lock);
	return taken;
}

/* The host binds an address: look at the domain of each guest that has it. */
static bool nx_owners_taken(struct sock *sk, const struct nx_reach *mine,
			    u16 port)
{
	const struct nx_owner *owner = NULL;

	if (mine->v4 && mine->addr4) {
		owner = nx_owner4(mine->view.net, mine->addr4);
		for (; owner; owner = nx_owner_next4(owner, mine->addr4))
			if (nx_domain_taken(sk, mine, port,
					    READ_ONCE(owner->nxi->domain)))
				return true;
	}
	if (mine->v6 && !ipv6_addr_any(&mine->addr6)) {
		owner = nx_owner6(mine->view.net, &mine->addr6);
		for (; owner; owner = nx_owner_next6(owner, &mine->addr6))
			if (nx_domain_taken(sk, mine, port,
					    READ_ONCE(owner->nxi->domain)))
				return true;
	}
	return false;
}

/**
 * nx_port_taken - Is a port in use on the same address in another domain?
 * @sk: socket that is being bound, of a guest or the host
 * @name: the address as it is going to be bound
 *
 * Return: true for a TCP port that the host has bound on an address of the
 * guest's, or a guest on the address that the host wants.
 */
bool nx_port_taken(struct sock *sk, const struct nx_name *name)
{
	struct nx_reach mine;
	bool taken;

	if (!name->port || sk->sk_protocol != IPPROTO_TCP ||
	    sk->sk_type != SOCK_STREAM)
		return false;
	rcu_read_lock();
	mine = nx_reach_name(sk, name);
	if (!sk->sk_nx)
		taken = nx_owners_taken(sk, &mine, name->port);
	else
		taken = READ_ONCE(sk->sk_nx->domain) &&
			nx_domain_taken(sk, &mine, name->port, 0);
	rcu_read_unlock();
	return taken;
}

/* --- addresses with several owners --------------------------------------------------- */

static bool nx_shared4(const struct nx_view *view, __be32 addr)
{
	const struct nx_owner *owner = nx_owner4(view->net, addr);

	return owner && (owner->shared || owner->nxi != view->nxi ||
			 nx_owner_next4(owner, addr));
}

static bool nx_shared6(const struct nx_view *view, const struct in6_addr *addr)
{
	const struct nx_owner *owner = nx_owner6(view->net, addr);

	return owner && (owner->shared || owner->nxi != view->nxi ||
			 nx_owner_next6(owner, addr));
}

/**
 * nx_name_is_shared - May others have what a guest binds?
 * @view: the guest
 * @name: the address; "any" stands for the whole set
 *
 * Return: true if another context or the host has an address in common with
 * it, or might have: others were in the same port domain.
 */
bool nx_name_is_shared(const struct nx_view *view, const struct nx_name *name)
{
	if (name->v4 ? !*name->v4 : ipv6_addr_any(name->v6))
		return READ_ONCE(view->nxi->joint);
	if (name->v4)
		return nx_shared4(view, *name->v4);
	if (ipv6_addr_v4mapped(name->v6))
		return nx_shared4(view, name->v6->s6_addr32[3]);
	return nx_shared6(view, name->v6);
}
