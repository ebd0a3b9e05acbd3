// SPDX-License-Identifier: GPL-2.0-only
/*
 * Life of a network context: creation, look-up, references, membership,
 * release.
 *
 * As with security contexts there are two tables, by nid and by serial, and a
 * context is listed as long as it has member tasks or the flag PERSISTENT.
 * When the last member leaves a context that is not persistent
 *
 *   1. it gets NXS_SHUTDOWN: nobody can join any more;
 *   2. it loses its addresses and is taken off both tables (NXS_RELEASED),
 *      before the parent of the last member hears of its exit. With SC_HELPER
 *      a work item does so, after the "netdown" helper, for which the context
 *      can still be looked up;
 *   3. the memory goes with the last reference, which may be that of a
 *      socket, after a grace period. Such sockets have lost their addresses.
 *
 * A task carries its context in task_struct (vs_nxi), counted. Only the task
 * itself changes it; others read it under RCU.
 */

#include <linux/filter.h>
#include <linux/mm.h>
#include <linux/nsproxy.h>
#include <linux/slab.h>

#include "../context/context.h"
#include "../setup.h"
#include "../switch.h"
#include "config.h"

DEFINE_MUTEX(nx_config);	/* tables, sets, owners, domains */
DEFINE_XARRAY(nx_by_nid);
static DEFINE_XARRAY_ALLOC1(nx_by_serial);
static u32 nx_next_serial;

DEFINE_STATIC_KEY_FALSE(nx_active);
EXPORT_SYMBOL_GPL(nx_active);

#define NXF_INIT_SET	(NXF_STATE_ADMIN | NXF_HIDE_NETIF | NXF_LBACK_REMAP | \
			 NXF_HIDE_LBACK)

/* --- references and look-up ------------------------------------------------------ */

static void nx_free_work(struct work_struct *work)
{
	struct nx_info *nxi = container_of(to_rcu_work(work), struct nx_info,
					   rcu_work);

	WARN_ON_ONCE(!list_empty(&nxi->owners));
	nx_strays_gone(nxi);
	kvfree(rcu_dereference_protected(nxi->set, true));
	kfree(nxi);
}

/**
 * nx_get - Take a reference
 * @nxi: context that the caller holds otherwise, or NULL
 *
 * Return: @nxi.
 */
struct nx_info *nx_get(struct nx_info *nxi)
{
	if (nxi)
		refcount_inc(&nxi->usecnt);
	return nxi;
}

/**
 * nx_tryget - Take a reference to a context that may be going away
 * @nxi: context that is valid under RCU, or NULL
 *
 * Return: true with the reference.
 */
bool nx_tryget(struct nx_info *nxi)
{
	return nxi && refcount_inc_not_zero(&nxi->usecnt);
}

/**
 * nx_put - Drop a reference
 * @nxi: context or NULL
 *
 * Any context, also softirq: the memory is freed by a work item.
 */
void nx_put(struct nx_info *nxi)
{
	if (nxi && refcount_dec_and_test(&nxi->usecnt))
		queue_rcu_work(system_wq, &nxi->rcu_work);
}

/**
 * nx_lookup_rcu - Find a listed context by its number
 * @nid: the number
 *
 * Return: the context, valid under RCU, or NULL.
 */
struct nx_info *nx_lookup_rcu(u32 nid)
{
	return xa_load(&nx_by_nid, nid);
}

/**
 * nx_lookup - Find a listed context by its number
 * @nid: the number
 *
 * Return: the context, counted, or NULL.
 */
struct nx_info *nx_lookup(u32 nid)
{
	struct nx_info *nxi;

	rcu_read_lock();
	nxi = nx_lookup_rcu(nid);
	if (!nx_tryget(nxi))
		nxi = NULL;
	rcu_read_unlock();
	return nxi;
}

/**
 * nx_lookup_serial_rcu - Find a listed context by its serial
 * @serial: the serial
 *
 * Return: the context, valid under RCU, or NULL when it is released.
 */
struct nx_info *nx_lookup_serial_rcu(u32 serial)
{
	return xa_load(&nx_by_serial, serial);
}

/**
 * nx_next - Walk the listed contexts in order of their numbers
 * @nid: in: lowest number wanted; out: number of the context found
 *
 * Return: the context, counted, or NULL at the end.
 */
struct nx_info *nx_next(u32 *nid)
{
	unsigned long index = *nid;
	struct nx_info *nxi;

	rcu_read_lock();
	for (nxi = xa_find(&nx_by_nid, &index, VX_ID_MAX, XA_PRESENT); nxi;
	     nxi = xa_find_after(&nx_by_nid, &index, VX_ID_MAX, XA_PRESENT))
		if (nx_tryget(nxi))
			break;
	rcu_read_unlock();
	*nid = index;
	return nxi;
}

/**
 * nx_count - Number of listed contexts
 * @active: count only those with member tasks
 */
unsigned int nx_count(bool active)
{
	unsigned int count = 0;
	struct nx_info *nxi;
	unsigned long index;

	rcu_read_lock();
	nx_for_each(index, nxi)
		if (!active || atomic_read(&nxi->tasks))
			count++;
	rcu_read_unlock();
	return count;
}

/**
 * nx_task_nid - The number of a task's network context
 * @task: any task, referenced or under RCU
 *
 * Return: 0 host, 1 watch, else the nid.
 */
u32 nx_task_nid(const struct task_struct *task)
{
	const struct nx_info *nxi;
	u32 nid = VX_ID_HOST;

	rcu_read_lock();
	nxi = READ_ONCE(task->vs_nxi);
	if (nxi)
		nid = nxi->nid;
	else if (READ_ONCE(task->vs_flags) & VS_NET_WATCH)
		nid = VX_ID_WATCH;
	rcu_read_unlock();
	return nid;
}

/* --- release ------------------------------------------------------------------------ */

/*
 * Take a context off both tables, with all it owns, and drop the reference of
 * the tables.
 */
static void nx_unlist(struct nx_info *nxi)
{
	mutex_lock(&nx_config);
	set_bit(NXS_RELEASED, &nxi->state);
	if (atomic_read(&nxi->socks))
		nx_addresses_lost(nxi);
	xa_erase(&nx_by_nid, nxi->nid);
	xa_erase(&nx_by_serial, nxi->id);
	nx_disown_all(nxi);
	mutex_unlock(&nx_config);
	nx_put(nxi);
}

static void nx_release_work(struct work_struct *work)
{
	struct nx_info *nxi = container_of(work, struct nx_info, work);

	if (nx_flag(nxi, NXF_SC_HELPER))
		nx_helper(nxi, false);
	nx_unlist(nxi);
	nx_put(nxi);	/* the reference of the work */
}

/*
 * Nobody is left: shut the context unless it is persistent. @sleep: the caller
 * may wait for nx_config, which nobody holds for long.
 */
static void nx_last_left(struct nx_info *nxi, bool sleep)
{
	bool release;

	spin_lock(&nxi->lock);
	release = !atomic_read(&nxi->tasks) && !nx_flag(nxi, NXF_PERSISTENT) &&
		  !test_and_set_bit(NXS_SHUTDOWN, &nxi->state);
	if (nx_flag(nxi, NXF_SC_HELPER))
		sleep = false;
	spin_unlock(&nxi->lock);

	if (!release)
		return;
	if (sleep) {
		nx_unlist(nxi);
		return;
	}
	nx_get(nxi);
	queue_work(system_unbound_wq, &nxi->work);
}

/**
 * nx_leave - Count a member task out
 * @nxi: its context; the member's reference stays
 *
 * Process context, may sleep.
 */
void nx_leave(struct nx_info *nxi)
{
	if (atomic_dec_and_test(&nxi->tasks))
		nx_last_left(nxi, true);
}

/**
 * nx_persistent_cleared - Release a context that nothing holds any more
 * @nxi: context, counted
 *
 * May sleep; without nx_config.
 */
void nx_persistent_cleared(struct nx_info *nxi)
{
	if (!atomic_read(&nxi->tasks))
		nx_last_left(nxi, true);
}

/* Undo a creation that failed before anybody joined; no helper is called. */
static void nx_abandon(struct nx_info *nxi)
{
	spin_lock(&nxi->lock);
	WRITE_ONCE(nxi->nflags, nxi->nflags & ~(NXF_SC_HELPER | NXF_PERSISTENT));
	spin_unlock(&nxi->lock);
	nx_persistent_cleared(nxi);
}

/* --- membership ----------------------------------------------------------------------- */

/**
 * nx_task_alloc - fork: count the child in
 * @task: the child, which was copied with its parent's pointer
 */
void nx_task_alloc(struct task_struct *task)
{
	struct nx_info *nxi = task->vs_nxi;

	if (!nxi)
		return;
	nx_get(nxi);
	atomic_inc(&nxi->tasks);
}

/**
 * nx_task_free - Drop the reference of a task that is no more
 * @task: the task; one that never ran was not counted out
 *
 * Softirq or process context.
 */
void nx_task_free(struct task_struct *task)
{
	struct nx_info *nxi = task->vs_nxi;

	if (!nxi)
		return;
	if (!(task->flags & PF_EXITING) && atomic_dec_and_test(&nxi->tasks))
		nx_last_left(nxi, false);
	nx_put(nxi);
}

/* Count a new member in and take its reference. */
static int nx_join(struct nx_info *nxi)
{
	int ret = 0;

	spin_lock(&nxi->lock);
	if (test_bit(NXS_SHUTDOWN, &nxi->state)) {
		ret = -EFAULT;
	} else if (nx_flag(nxi, NXF_INFO_PRIVATE) &&
		   !nx_flag(nxi, NXF_STATE_SETUP)) {
		ret = -EACCES;
	} else {
		nx_get(nxi);
		atomic_inc(&nxi->tasks);
	}
	spin_unlock(&nxi->lock);
	return ret;
}

/* The caller's new context, which it joined, or NULL; leaves the former one. */
static void nx_become(struct nx_info *nxi)
{
	struct nx_info *old = current->vs_nxi;

	/* readers under RCU see all of it */
	smp_store_release(&current->vs_nxi, nxi);
	if (!old)
		return;
	nx_leave(old);
	nx_put(old);
}

static int nx_migrate_self(struct nx_info *nxi)
{
	int ret;

	if (nxi == nx_current())
		return 0;
	ret = vx_may_migrate();
	if (!ret)
		ret = nx_join(nxi);
	if (ret)
		return ret;
	nx_become(nxi);
	WRITE_ONCE(current->vs_flags, current->vs_flags & ~VS_NET_WATCH);
	return 0;
}

/**
 * nx_watch_self - Make the caller a network spectator (context 1)
 *
 * It sees all addresses and uses them without restriction, as the host.
 *
 * Return: 1, the number of the context.
 */
int nx_watch_self(void)
{
	WRITE_ONCE(current->vs_flags, current->vs_flags | VS_NET_WATCH);
	nx_become(NULL);
	return VX_ID_WATCH;
}

/* --- creation ---------------------------------------------------------------------------- */

/* Switch the hooks on, before there can be a socket that needs them. */
static void nx_activate(void)
{
	vx_activate();
	mutex_lock(&nx_config);
	if (!static_key_enabled(&nx_active)) {
		/* our part of the look-up is behind that of BPF */
		static_branch_inc(&bpf_sk_lookup_enabled);
		static_branch_enable(&nx_active);
	}
	mutex_unlock(&nx_config);
}

/* Why the number is taken: -EBUSY while its context is being set up. */
static int nx_taken(u32 nid)
{
	struct nx_info *nxi = nx_lookup_rcu(nid);

	return nxi && nx_flag(nxi, NXF_STATE_SETUP) ? -EBUSY : -EEXIST;
}

static int nx_list(struct nx_info *nxi)
{
	int ret;

	lockdep_assert_held(&nx_config);
	if (xa_load(&nx_by_nid, nxi->nid))
		return nx_taken(nxi->nid);
	if (!nx_block_free(nxi->nid, nxi->net_cookie))
		return -EBUSY;
	ret = xa_alloc_cyclic(&nx_by_serial, &nxi->id, nxi,
			      XA_LIMIT(1, S32_MAX), &nx_next_serial,
			      GFP_KERNEL_ACCOUNT);
	if (ret < 0)
		return -ENOMEM;
	nxi->domain = nx_own_domain(nxi);
	ret = xa_insert(&nx_by_nid, nxi->nid, nxi, GFP_KERNEL_ACCOUNT);
	if (!ret)
		return 0;
	xa_erase(&nx_by_serial, nxi->id);
	return -ENOMEM;
}

static struct nx_info *nx_alloc(u32 nid, u64 flags)
{
	struct nx_info *nxi = kzalloc(sizeof(*nxi), GFP_KERNEL_ACCOUNT);
	struct nx_set *set;

	if (!nxi)
		return NULL;
	set = nx_set_edit(NULL, &NX_EDIT(.lback4 = nx_default_lback4(nid),
					 .bcast4 = htonl(INADDR_BROADCAST)));
	if (!set) {
		kfree(nxi);
		return NULL;
	}
	refcount_set(&nxi->usecnt, 2);
	nxi->nid = nid;
	spin_lock_init(&nxi->lock);
	nxi->nflags = flags;
	nxi->net_cookie = current->nsproxy->net_ns->net_cookie;
	RCU_INIT_POINTER(nxi->set, set);
	nx_lback6(nid, &nxi->lback6);
	INIT_LIST_HEAD(&nxi->owners);
	nxi->self.nxi = nxi;
	INIT_WORK(&nxi->work, nx_release_work);
	INIT_RCU_WORK(&nxi->rcu_work, nx_free_work);
	return nxi;
}

/*
 * A context without members, counted besides the reference of the tables.
 * The caller must let somebody join or call nx_abandon().
 */
static struct nx_info *nx_create(u32 nid, u64 flags)
{
	struct nx_info *nxi;
	int ret;

	if (!nx_owner_ready())
		return ERR_PTR(-ENOMEM);
	nxi = nx_alloc(nid, flags);
	if (!nxi)
		return ERR_PTR(-ENOMEM);
	nx_activate();
	mutex_lock(&nx_config);
	ret = nx_list(nxi);
	mutex_unlock(&nx_config);
	if (!ret)
		return nxi;
	kvfree(rcu_dereference_protected(nxi->set, true));
	kfree(nxi);
	return ERR_PTR(ret);
}

/* --- commands ------------------------------------------------------------------------------ */

int vc_net_create(struct vc_call *c)
{
	const struct vcmd_net_create *d = c->data;
	u64 flags = c->no_data ? NXF_INIT_SET : d->flagword;
	struct nx_info *nxi;
	int ret;

	if (c->id < VX_ID_MIN || c->id > VX_ID_MAX)
		return -EINVAL;
	ret = vx_may_migrate();
	if (ret)
		return ret;
	nxi = nx_create(c->id, flags);
	if (IS_ERR(nxi))
		return PTR_ERR(nxi);

	if (nx_lback6_route(current->nsproxy->net_ns))
		pr_warn_once("vserver: no route for the IPv6 loopback addresses\n");
	if ((flags & NXF_SC_HELPER) && nx_helper(nxi, true))
		ret = -ENOEXEC;
	if (!ret)
		ret = nx_migrate_self(nxi);
	if (ret)
		nx_abandon(nxi);
	nx_put(nxi);
	return ret ? ret : c->id;
}

int vc_net_migrate(struct vc_call *c)
{
	return nx_migrate_self(c->nxi);
}

int vc_nx_info(struct vc_call *c)
{
	struct vcmd_nx_info *d = c->data;

	d->nid = c->nxi->nid;
	return 0;
}
