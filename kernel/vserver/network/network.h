/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The network context: which addresses a guest's sockets may use and see.
 */
#ifndef _VSERVER_NETWORK_H
#define _VSERVER_NETWORK_H

#include <linux/in.h>
#include <linux/in6.h>
#include <linux/mutex.h>
#include <linux/rcupdate.h>
#include <linux/refcount.h>
#include <linux/sched.h>
#include <linux/types.h>
#include <linux/workqueue.h>
#include <net/net_namespace.h>
#include <net/sock.h>
#include <uapi/linux/vserver.h>

struct seq_file;

/**
 * struct nx_v4 - an entry of the IPv4 address list
 * @type: NXA_* with modifiers, as it was added
 * @flags: as it was added; no meaning
 * @ip: address, or first of a range, or value under @mask
 * @ip2: last address of a range, else 0
 * @mask: netmask for show (ADDR) or to compare (MASK, RANGE)
 */
struct nx_v4 {
	u16 type;
	u16 flags;
	__be32 ip;
	__be32 ip2;
	__be32 mask;
};

/**
 * struct nx_v6 - an entry of the IPv6 address list
 * @type: NXA_* with modifiers, as it was added
 * @flags: as it was added; no meaning
 * @prefix: prefix length as it was given, for show
 * @ip: address, or value under @mask
 * @mask: all ones for ADDR
 */
struct nx_v6 {
	u16 type;
	u16 flags;
	u32 prefix;
	struct in6_addr ip;
	struct in6_addr mask;
};

struct nx_span4;	/* set.c */
struct nx_span6;

/**
 * struct nx_set - what a network context owns; an immutable snapshot
 * @rcu: frees it after a grace period
 * @n4: entries of @v4
 * @n6: entries of @v6
 * @addrs4: entries of @v4 that are single addresses (ADDR)
 * @addrs6: the same of @v6
 * @wide4: some entry of @v4 is a MASK or RANGE
 * @wide6: the same of @v6
 * @odd4: some MASK of @v4 is not contiguous
 * @odd6: the same of @v6
 * @all: an entry matches every IPv4 address: sockets made now are unconfined
 * @lback4: the address that stands for 127.0.0.1, never 0
 * @bcast4: the broadcast address, 255.255.255.255 by default
 * @first4: first ADDR entry, 0 for none
 * @first6: likewise, :: for none
 * @v4: the list in the order of addition
 * @v6: likewise
 * @hash_bits: log2 of the slots of @hash4 and @hash6
 * @hash4: slots of single addresses: 1 + index into @v4, 0 free; linear probing
 * @hash6: the same for @v6
 * @nspans4: entries of @spans4
 * @nspans6: entries of @spans6
 * @spans4: what MASK and RANGE cover, disjoint, in ascending order
 * @spans6: likewise
 *
 * Replaced as a whole under nx_config; readers are under RCU.
 */
struct nx_set {
	struct rcu_head rcu;
	u32 n4;
	u32 n6;
	u32 addrs4;
	u32 addrs6;
	bool wide4;
	bool wide6;
	bool odd4;
	bool odd6;
	bool all;
	__be32 lback4;
	__be32 bcast4;
	__be32 first4;
	struct in6_addr first6;
	struct nx_v4 *v4;
	struct nx_v6 *v6;
	u32 hash_bits;
	u16 *hash4;
	u16 *hash6;
	u32 nspans4;
	u32 nspans6;
	struct nx_span4 *spans4;
	struct nx_span6 *spans6;
};

/**
 * struct nx_owner - who owns an address; a row of the global owner table
 * @nxi: the owner; valid under RCU
 * @shared: the host's wildcard sockets may receive there as well
 *
 * Rows of one address are chained in the order of addition, those of MASK and
 * RANGE entries that cover it behind those of the address itself. Private
 * members follow in owner.c.
 */
struct nx_owner {
	struct nx_info *nxi;
	bool shared;
};

/* nx_info.state bits */
enum nx_state {
	NXS_SHUTDOWN,		/* nobody may join any more */
	NXS_RELEASED,		/* no longer findable; owns no address */
	NXS_STRAYS,		/* sockets may be bound to lost addresses */
};

/**
 * struct nx_info - a network context
 * @usecnt: references: one of the table while listed, one per member task, one
 *	per socket, one per system call at work
 * @nid: the number users know, 2..65535; constant
 * @id: serial number, never 0, not reused; constant
 * @tasks: member tasks that have not exited
 * @socks: sockets that carry the context; negative while @domain changes
 * @lock: protects the flag words and @state transitions
 * @nflags: NXF_*; read without lock
 * @ncaps: NXC_*; read without lock
 * @state: bits of enum nx_state
 * @net_cookie: network namespace it was made in; its sockets elsewhere would
 *	carry no context. Constant
 * @domain: port domain: 0 the host's, else a negative number that all guests
 *	which share an address have in common. Changes only while @socks is 0
 *	(under nx_config)
 * @joint: others are in the same port domain, or were
 * @shared: some entry is shared with the host (under nx_config)
 * @mark: mark of new sockets (tc class major << 16 | minor), 0 none
 * @set: the addresses; never NULL
 * @lback6: the address that stands for ::1; constant
 * @owners: list of the owner table's entries of this context (nx_config)
 * @self: row for the loopback addresses, which need no entry in the table
 * @work: runs the netdown helper, then takes the context off the tables
 * @rcu_work: frees the object after a grace period
 */
struct nx_info {
	refcount_t usecnt;
	u32 nid;
	u32 id;
	atomic_t tasks;
	atomic_t socks;

	spinlock_t lock;
	u64 nflags;
	u64 ncaps;
	unsigned long state;

	u64 net_cookie;
	int domain;
	bool joint;
	bool shared;
	u32 mark;
	struct nx_set __rcu *set;
	struct in6_addr lback6;
	struct list_head owners;
	struct nx_owner self;

	struct work_struct work;
	struct rcu_work rcu_work;
};

extern struct mutex nx_config;		/* all changes of sets, domains, owners */
extern int nx_shared_default;		/* kernel.vserver.shared_addresses */

/* The caller's network context, NULL for the host; stable while current runs. */
static inline struct nx_info *nx_current(void)
{
	return current->vs_nxi;
}

static inline bool nx_flag(const struct nx_info *nxi, u64 flag)
{
	return READ_ONCE(nxi->nflags) & flag;
}

static inline bool nx_cap(const struct nx_info *nxi, u64 cap)
{
	return READ_ONCE(nxi->ncaps) & cap;
}

static inline bool nx_in_net(const struct nx_info *nxi, const struct net *net)
{
	return nxi->net_cookie == net->net_cookie;
}

/* The context of the caller if it counts in @net (of a socket, a mount). */
static inline struct nx_info *nx_current_in(const struct net *net)
{
	struct nx_info *nxi = nx_current();

	return nxi && nx_in_net(nxi, net) ? nxi : NULL;
}

/*
 * A new socket: from here on the port domain stays as it is. It changes only
 * where there are no sockets, and for the moment of the change @socks is far
 * below 0. Where that is seen there is no older socket, so this is the task
 * that makes the first one, and may wait.
 */
static inline void nx_count_sock(struct nx_info *nxi)
{
	if (likely(atomic_inc_return(&nxi->socks) > 0))
		return;
	while (atomic_read_acquire(&nxi->socks) < 0)
		cpu_relax();
}

static inline const struct nx_set *nx_set_rcu(const struct nx_info *nxi)
{
	return rcu_dereference(nxi->set);
}

/* --- lifecycle.c ------------------------------------------------------------- */

struct nx_info *nx_get(struct nx_info *nxi);
bool nx_tryget(struct nx_info *nxi);
void nx_put(struct nx_info *nxi);
struct nx_info *nx_lookup(u32 nid);		/* counted or NULL */
struct nx_info *nx_lookup_rcu(u32 nid);		/* valid under RCU */
struct nx_info *nx_lookup_serial_rcu(u32 serial);
struct nx_info *nx_next(u32 *nid);		/* counted; for listing */
unsigned int nx_count(bool active);
void nx_task_alloc(struct task_struct *task);	/* fork: the child's reference */
void nx_task_free(struct task_struct *task);	/* may be softirq */
void nx_leave(struct nx_info *nxi);		/* a member exits */
void nx_persistent_cleared(struct nx_info *nxi);
int nx_watch_self(void);			/* net_migrate to 1; returns 1 */
u32 nx_task_nid(const struct task_struct *task);	/* any referenced task */

/* --- set.c: what is in a set; all under RCU ------------------------------------ */

bool nx_set_has4(const struct nx_set *set, __be32 addr);	/* not lback, bcast */
bool nx_set_has6(const struct nx_set *set, const struct in6_addr *addr);
bool nx_sets_meet4(const struct nx_set *a, const struct nx_set *b);
bool nx_sets_meet6(const struct nx_set *a, const struct nx_set *b);

/* --- owner.c: who owns an address; all under RCU --------------------------------- */

const struct nx_owner *nx_owner4(const struct net *net, __be32 addr);
const struct nx_owner *nx_owner6(const struct net *net,
				 const struct in6_addr *addr);
const struct nx_owner *nx_owner_next4(const struct nx_owner *owner,
				      __be32 addr);	/* the same addr */
const struct nx_owner *nx_owner_next6(const struct nx_owner *owner,
				      const struct in6_addr *addr);

/* --- policy.c: hooks that context/ calls, for there is one LSM slot per hook ------- */

int nx_socket_create(int family, int type, int protocol);

/* --- loopback.c -------------------------------------------------------------------- */

#define NX_LBACK6_LEN	12	/* bytes of the prefix of all lback6 */

void nx_lback6(u32 nid, struct in6_addr *addr);
bool nx_is_lback6(const struct in6_addr *addr, u32 *nid);
int nx_lback6_route(struct net *net);	/* adds the route once per namespace */

/* --- context/helper.c ------------------------------------------------------------- */

int nx_helper(struct nx_info *nxi, bool up);	/* netup, netdown */

/* --- lost.c ------------------------------------------------------------------------ */

void nx_addresses_lost(struct nx_info *nxi);	/* after the set has shrunk */
void nx_strays_gone(struct nx_info *nxi);	/* before it is freed */

/* --- netlink.c, ioctl.c ------------------------------------------------------------- */

int nx_file_ioctl(struct file *file, unsigned int cmd, unsigned long arg);

/* --- visible addresses: ioctl.c; under RCU or RTNL ----------------------------------- */

bool nx_sees4(const struct nx_info *nxi, __be32 addr);
bool nx_sees6(const struct nx_info *nxi, const struct in6_addr *addr);
bool nx_sees_dev(const struct nx_info *nxi, const struct net_device *dev);

/* --- show.c -------------------------------------------------------------------------- */

int nx_show_top_status(struct seq_file *m, void *v);
int nx_show_info(struct seq_file *m, struct nx_info *nxi);
int nx_show_status(struct seq_file *m, struct nx_info *nxi);

#endif /* _VSERVER_NETWORK_H */
