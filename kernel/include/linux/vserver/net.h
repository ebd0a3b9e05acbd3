/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The hooks that the network stack calls, one inline each.
 *
 * Included at the end of <net/sock.h>. All hooks hide behind one static key
 * that is off until the first network context is created and never goes off
 * again: a listener must be taken out of the hash bucket it was put into.
 *
 * A socket of a guest carries its context (sk->sk_nx, counted, constant); the
 * host's sockets carry NULL. No hook that can run in softirq reads current.
 */
#ifndef _LINUX_VSERVER_NET_H
#define _LINUX_VSERVER_NET_H

struct flowi4;
struct flowi6;
struct in_device;
struct in_ifaddr;
struct in6_addr;
struct inet_hashinfo;
struct net;
struct nx_info;
struct sk_buff;
struct sock;
struct sockaddr_storage;

#ifdef CONFIG_VSERVER

#include <linux/jump_label.h>

DECLARE_STATIC_KEY_FALSE(nx_active);

static __always_inline bool nx_on(void)
{
	return static_branch_unlikely(&nx_active);
}

/* Is the caller a member of a network context with nid >= 2? */
static __always_inline bool nx_guest(void)
{
	return nx_on() && unlikely(current->vs_nxi);
}

/* --- binding ports --------------------------------------------------------- */

int __vs_port_domain(const struct sock *sk);
bool __vs_saddr_apart(const struct sock *sk, const struct sock *sk2,
		      bool conflict);
u32 __vs_listen_hash(const struct inet_hashinfo *h, const struct sock *sk,
		     u32 hash);

/*
 * include/net/inet_sock.h: guests bind ports in buckets of their own, as if
 * they were behind a master device of a negative number.
 */
static __always_inline int vs_port_domain(const struct sock *sk)
{
	return nx_on() && unlikely(sk->sk_nx) ? __vs_port_domain(sk) : 0;
}

/*
 * net/ipv4/inet_connection_sock.c: can these two sockets, of which the second
 * may be a mini socket, never get each other's packets? With @conflict the
 * question is whether their ports may collide, else whether they may form a
 * reuseport group.
 */
static __always_inline bool
vs_saddr_apart(const struct sock *sk, const struct sock *sk2, bool conflict)
{
	return nx_on() && __vs_saddr_apart(sk, sk2, conflict);
}

/* net/ipv4/inet_hashtables.c: the bucket of a guest's wildcard listener */
static __always_inline u32
vs_listen_hash(const struct inet_hashinfo *h, const struct sock *sk, u32 hash)
{
	return nx_on() && unlikely(sk->sk_nx) ? __vs_listen_hash(h, sk, hash) :
						hash;
}

/* --- receiving --------------------------------------------------------------- */

struct sock *__vs_lookup4(const struct net *net, int protocol,
			  struct sk_buff *skb, int doff, __be32 saddr,
			  __be16 sport, __be32 daddr, u16 hnum, int dif,
			  void *ehashfn);
struct sock *__vs_lookup6(const struct net *net, int protocol,
			  struct sk_buff *skb, int doff,
			  const struct in6_addr *saddr, __be16 sport,
			  const struct in6_addr *daddr, u16 hnum, int dif,
			  void *ehashfn);
bool __vs_mcast_denied(const struct sock *sk, __be32 daddr, int dif);
bool __vs_raw4_denied(const struct sock *sk, __be32 daddr, int dif);
bool __vs_raw6_denied(const struct sock *sk, const struct in6_addr *daddr,
		      int dif);

/*
 * net/ipv[46]/inet*_hashtables.c: the socket of the guest that owns @daddr,
 * NULL to go on with the usual lookup, ERR_PTR when nobody may receive.
 */
#define vs_lookup4(...) (nx_on() ? __vs_lookup4(__VA_ARGS__) : NULL)
#define vs_lookup6(...) (nx_on() ? __vs_lookup6(__VA_ARGS__) : NULL)

/* net/ipv[46]/udp.c: a guest's wildcard socket, which only vs_lookup finds */
#define vs_udp_hidden(sk, wildcard)					\
	(nx_on() && unlikely((sk)->sk_nx) && (wildcard))

/* net/ipv4/udp.c: may this socket not get a broadcast or multicast? */
static __always_inline bool
vs_mcast_denied(const struct sock *sk, __be32 daddr, int dif)
{
	return nx_on() && unlikely(sk->sk_nx) &&
	       __vs_mcast_denied(sk, daddr, dif);
}

/* net/ipv4/raw.c */
static __always_inline bool
vs_raw4_denied(const struct sock *sk, __be32 daddr, int dif)
{
	return nx_on() && unlikely(sk->sk_nx) && __vs_raw4_denied(sk, daddr, dif);
}

/* net/ipv6/raw.c */
static __always_inline bool
vs_raw6_denied(const struct sock *sk, const struct in6_addr *daddr, int dif)
{
	return nx_on() && unlikely(sk->sk_nx) && __vs_raw6_denied(sk, daddr, dif);
}

/* --- sending ------------------------------------------------------------------- */

int __vs_flow4(const struct net *net, struct flowi4 *fl4, const struct sock *sk);
int __vs_flow6(const struct sock *sk, struct flowi6 *fl6);
bool __vs_owned6(const struct net *net, const struct in6_addr *addr);

/*
 * Every route a socket uses is looked up here: choose or check the source,
 * check or translate the destination. sk may be NULL or a mini socket.
 */
static __always_inline bool vs_confines_flow(const struct sock *sk)
{
	return nx_on() && sk && sk_fullsock(sk) && unlikely(sk->sk_nx);
}

static __always_inline int
vs_flow4(const struct net *net, struct flowi4 *fl4, const struct sock *sk)
{
	return vs_confines_flow(sk) ? __vs_flow4(net, fl4, sk) : 0;
}

static __always_inline int vs_flow6(const struct sock *sk, struct flowi6 *fl6)
{
	return vs_confines_flow(sk) ? __vs_flow6(sk, fl6) : 0;
}

/* net/ipv6/addrconf.c: the host does not send from a guest's address. */
static __always_inline bool
vs_owned6(const struct net *net, const struct in6_addr *addr)
{
	return nx_on() && __vs_owned6(net, addr);
}

/* --- what a guest sees ----------------------------------------------------------- */

void __vs_show_addr(struct sockaddr_storage *addr, int len);
bool __vs_unix_hidden(const struct sock *sk);
bool __vs_netlink_drop(struct sock *sk, struct sk_buff *skb);
bool __vs_ifa_hidden(const struct in_ifaddr *ifa);
struct in_ifaddr *__vs_visible_ifa(struct in_device *in_dev,
				   struct in_ifaddr *ifa,
				   struct in_ifaddr __rcu ***ifap,
				   const char *label);

/* net/socket.c: the guest's own loopback address is shown as 127.0.0.1, ::1 */
static __always_inline void vs_show_addr(struct sockaddr_storage *addr, int len)
{
	if (nx_guest())
		__vs_show_addr(addr, len);
}

/* net/unix/af_unix.c: an abstract name of another context */
static __always_inline bool vs_unix_hidden(const struct sock *sk)
{
	return vs_on() && __vs_unix_hidden(sk);
}

/*
 * net/netlink/af_netlink.c: take out what the receiver may not see. True if
 * the whole buffer is gone (freed).
 */
static __always_inline bool vs_netlink_drop(struct sock *sk, struct sk_buff *skb)
{
	return nx_on() && unlikely(sk->sk_nx) && __vs_netlink_drop(sk, skb);
}

/* net/ipv4/devinet.c, ioctl(2): current is the caller */
static __always_inline bool vs_ifa_hidden(const struct in_ifaddr *ifa)
{
	return nx_guest() && __vs_ifa_hidden(ifa);
}

static __always_inline struct in_ifaddr *
vs_visible_ifa(struct in_device *in_dev, struct in_ifaddr *ifa,
	       struct in_ifaddr __rcu ***ifap, const char *label)
{
	return nx_guest() ? __vs_visible_ifa(in_dev, ifa, ifap, label) : ifa;
}

/* --- net/socket.c: traffic of a context -------------------------------------- */

void __vs_sent(const struct sock *sk, int ret);
void __vs_received(const struct sock *sk, int ret, int flags);

static __always_inline void vs_sent(const struct sock *sk, int ret)
{
	if (vs_on() && unlikely(sk->sk_xid))
		__vs_sent(sk, ret);
}

static __always_inline void
vs_received(const struct sock *sk, int ret, int flags)
{
	if (vs_on() && unlikely(sk->sk_xid))
		__vs_received(sk, ret, flags);
}

/* --- single grants ------------------------------------------------------------------ */

bool __vs_raw_icmp(const struct net *net, int protocol);
bool __vs_may_create_tun(const struct net *net);

/* net/ipv[46]/af_inet*.c: a raw socket for ping without CAP_NET_RAW */
static __always_inline bool vs_raw_icmp(const struct net *net, int protocol)
{
	return nx_guest() && __vs_raw_icmp(net, protocol);
}

/* drivers/net/tun.c */
static __always_inline bool vs_may_create_tun(const struct net *net)
{
	return nx_guest() && __vs_may_create_tun(net);
}

#else /* !CONFIG_VSERVER */

static inline int vs_port_domain(const struct sock *sk) { return 0; }
static inline bool vs_saddr_apart(const struct sock *sk, const struct sock *sk2,
				  bool conflict)
{
	return false;
}

#define vs_listen_hash(h, sk, hash)	(hash)
#define vs_lookup4(...)			((struct sock *)NULL)
#define vs_lookup6(...)			((struct sock *)NULL)
#define vs_udp_hidden(sk, wildcard)	false
#define vs_mcast_denied(sk, daddr, dif)	false
#define vs_raw4_denied(sk, daddr, dif)	false
#define vs_raw6_denied(sk, daddr, dif)	false
#define vs_flow4(net, fl4, sk)		0
#define vs_flow6(sk, fl6)		0
#define vs_owned6(net, addr)		false
static inline void vs_show_addr(struct sockaddr_storage *addr, int len) { }
#define vs_unix_hidden(sk)		false
#define vs_netlink_drop(sk, skb)	false
#define vs_ifa_hidden(ifa)		false
#define vs_visible_ifa(in_dev, ifa, ifap, label)	(ifa)
static inline void vs_sent(const struct sock *sk, int ret) { }
static inline void vs_received(const struct sock *sk, int ret, int flags) { }
#define vs_raw_icmp(net, protocol)	false
#define vs_may_create_tun(net)		false

#endif /* CONFIG_VSERVER */
#endif /* _LINUX_VSERVER_NET_H */
