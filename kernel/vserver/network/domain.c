// SPDX-License-Identifier: GPL-2.0-only
/*
 * Port domains: contexts that own an address in common conflict over ports
 * like the processes of one machine, so they always have the same domain; an
 * entry that is shared with the host puts its context into the domain of the
 * host, 0.
 *
 * To be in one domain without a common address does no harm, for ports only
 * conflict where addresses meet. So domains are joined but never parted while
 * a context has addresses. A context with sockets cannot change its domain:
 * they are in the hash buckets of the old one.
 */

#include <linux/mm.h>
#include <linux/slab.h>

#include "config.h"

/* Far below any number of sockets that are made while a domain changes. */
#define NX_FROZEN	(INT_MIN / 2)

/* Has @nxi given an address of its own to 127.0.0.1? */
static bool nx_explicit_lback(const struct nx_info *nxi)
{
	return nx_set_config(nxi)->lback4 != nx_default_lback4(nxi->nid);
}

static bool nx_in_block(const struct nx_set *set, u32 nid)
{
	for (u32 i = 0; i < set->n4; i++)
		if (!nx_wide_type(set->v4[i].type) &&
		    nx_block_nid(set->v4[i].ip) == nid)
			return true;
	return false;
}

/**
 * nx_block_free - Is the loopback block of a nid free?
 * @nid: of a context to be made
 * @net_cookie: where
 *
 * Return: false if another context was given an address of that block.
 */
bool nx_block_free(u32 nid, u64 net_cookie)
{
	struct nx_info *nxi;
	unsigned long index;

	nx_for_each(index, nxi) {
		const struct nx_set *set = nx_set_config(nxi);

		if (nxi->net_cookie != net_cookie || nxi->nid == nid)
			continue;
		if ((nx_explicit_lback(nxi) &&
		     nx_block_nid(set->lback4) == nid) || nx_in_block(set, nid))
			return false;
	}
	return true;
}

/* Is a single address one of the loopback addresses of another context? */
static bool nx_foreign_lback(const struct nx_info *nxi,
			     const struct nx_entry *e)
{
	struct nx_info *other;
	u32 nid;

	if (e->v6)
		return !nx_wide_type(e->a6.type) &&
		       nx_is_lback6(&e->a6.ip, &nid);
	nid = nx_wide_type(e->a4.type) ? 0 : nx_block_nid(e->a4.ip);
	if (!nid || nid == nxi->nid)
		return false;
	other = xa_load(&nx_by_nid, nid);
	return other && other->net_cookie == nxi->net_cookie;
}

/* Does a context in this domain have sockets? */
static bool nx_domain_busy(int domain)
{
	struct nx_info *nxi;
	unsigned long index;

	nx_for_each(index, nxi)
		if (nxi->domain == domain && atomic_read(&nxi->socks))
			return true;
	return false;
}

/*
 * Give all in a domain another one, unless there are sockets. Those who make
 * a socket meanwhile spin in nx_count_sock(), so this must not be preempted.
 */
static int nx_change_domain(int domain, int to)
{
	struct nx_info *nxi;
	unsigned long index;
	int ret = 0;

	preempt_disable();
	nx_for_each(index, nxi) {
		if (nxi->domain != domain)
			continue;
		if (!atomic_cmpxchg(&nxi->socks, 0, NX_FROZEN))
			continue;
		ret = -EBUSY;
		break;
	}
	nx_for_each(index, nxi) {
		if (atomic_read(&nxi->socks) >= 0)
			continue;
		if (!ret)
			WRITE_ONCE(nxi->domain, to);
		atomic_fetch_sub_release(NX_FROZEN, &nxi->socks);
	}
	preempt_enable();
	return ret;
}

/* Make one domain of two. That with sockets stays, there may be only one. */
static int nx_join_domains(int mine, int other)
{
	int keep = other, change = mine, ret;
	struct nx_info *nxi;
	unsigned long index;

	if (mine == other)
		return 0;
	if (!mine || (other && nx_domain_busy(mine)))
		swap(keep, change);
	ret = nx_change_domain(change, keep);
	if (ret)
		return ret;
	nx_for_each(index, nxi)
		if (nxi->domain == keep)
			WRITE_ONCE(nxi->joint, true);
	return 0;
}

/**
 * nx_leave_domain - Go back to a domain of one's own, if possible
 * @nxi: a context that owns nothing any more
 *
 * With sockets it stays where it is.
 */
void nx_leave_domain(struct nx_info *nxi)
{
	preempt_disable();
	if (!atomic_cmpxchg(&nxi->socks, 0, NX_FROZEN)) {
		WRITE_ONCE(nxi->domain, nx_own_domain(nxi));
		WRITE_ONCE(nxi->joint, false);
		atomic_fetch_sub_release(NX_FROZEN, &nxi->socks);
	}
	preempt_enable();
}

static int nx_meet_others(struct nx_info *nxi, const struct nx_set *set)
{
	struct nx_info *other;
	unsigned long index;
	int ret = 0;

	nx_for_each(index, other) {
		if (other == nxi || other->net_cookie != nxi->net_cookie)
			continue;
		if (!nx_entries_meet(set, nx_set_config(other)) &&
		    !(nx_explicit_lback(other) &&
		      nx_set_has4(set, nx_set_config(other)->lback4)))
			continue;
		ret = nx_join_domains(nxi->domain, other->domain);
		if (ret)
			break;
	}
	return ret;
}

static u32 nx_count_owning(const struct nx_entry *add, u32 n)
{
	u32 owning = 0;

	for (u32 i = 0; i < n; i++)
		owning += add[i].v6 || !nx_wide_type(add[i].a4.type) ||
			  !nx_entry_all4(&add[i].a4);
	return owning;
}

/**
 * nx_claim - May a context own these addresses as well?
 * @nxi: the context, listed
 * @add: entries to be added
 * @n: how many
 *
 * Joins the port domains of all that own one of them. When that fails midway,
 * the domains joined before stay together, which is harmless.
 *
 * Return: 0; -EBUSY when two of them have sockets in different domains, or
 * when an address is the loopback address of another context; -ENOMEM.
 */
int nx_claim(struct nx_info *nxi, const struct nx_entry *add, u32 n)
{
	struct nx_set *set;
	int ret = 0;

	if (!nx_count_owning(add, n))
		return 0;
	for (u32 i = 0; i < n; i++)
		if (nx_foreign_lback(nxi, &add[i]))
			return -EBUSY;
	set = nx_set_edit(NULL, &NX_EDIT(.add = add, .nadd = n));
	if (!set)
		return -ENOMEM;
	for (u32 i = 0; !ret && i < n; i++)
		if (nx_entry_shared(&add[i]))
			ret = nx_join_domains(nxi->domain, 0);
	if (!ret)
		ret = nx_meet_others(nxi, set);
	kvfree(set);
	return ret;
}
