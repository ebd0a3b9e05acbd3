/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The security context: what confines processes.
 */
#ifndef _VSERVER_CONTEXT_H
#define _VSERVER_CONTEXT_H

#include <linux/cred.h>
#include <linux/fs_struct.h>
#include <linux/refcount.h>
#include <linux/rcupdate.h>
#include <linux/sched.h>
#include <linux/spinlock.h>
#include <linux/types.h>
#include <linux/user_namespace.h>
#include <linux/wait.h>
#include <linux/workqueue.h>
#include <uapi/linux/vserver.h>

struct key;
struct linux_binprm;
struct nsproxy;
struct seq_file;
struct vx_acct;

#define VX_SPACES	2	/* stored sets of spaces per context */

/**
 * struct vx_space - one stored set of spaces of a context
 * @mask: CLONE_* bits of the spaces that were stored
 * @ns: counted namespace proxy, NULL while @mask has no namespace bit
 * @fs: private copy of root, cwd and umask, NULL without CLONE_FS
 * @cred: counted credentials whose user namespace was stored, or NULL
 *
 * Written and read under vx_info.space_lock (a mutex: installing sleeps).
 */
struct vx_space {
	unsigned long mask;
	struct nsproxy *ns;
	struct fs_struct *fs;
	const struct cred *cred;
};

/* vx_info.state bits */
enum vx_state {
	VXS_SHUTDOWN,		/* the last member left; nobody may join any more */
	VXS_RELEASED,		/* no longer findable by number */
	VXS_HELPER,		/* a reboot helper is being started */
	VXS_KILL,		/* REBOOT_KILL: new members die at once */
};

/**
 * struct vx_info - a security context
 * @usecnt: references: one of the id table while listed, one per member task,
 *	one per open file of /proc/virtual, one per system call at work
 * @id: serial number, 31 bits, never 0, not reused; constant
 * @xid: the number users know, 2..65535; constant
 * @tasks: member tasks (threads) that have not exited
 * @threads_seen: members that ever were (forks and migrations)
 * @held: members that SCHED_PAUSE holds now
 * @lock: protects the flag words, @initpid, @reaper, @state transitions
 * @cflags: VXF_*; read without lock
 * @bcaps: capability bound as it was set
 * @bcaps_explicit: bits >= 32 granted one by one (spec/abi.md 9.3)
 * @ccaps: VXC_*
 * @umask: CLONE_* a member may use without CAP_SYS_ADMIN
 * @wmask: CLONE_* that are logged
 * @badness: bias of the OOM score
 * @state: bits of enum vx_state
 * @initpid: thread group of the guest's init, counted, set once; RCU
 * @init_map: == @initpid while members see it as process 1, else NULL
 * @reaper: thread group that adopts orphans, counted; RCU
 * @reboot_cmd: last command word of reboot(2) by a member
 * @exit_code: wait status of the last member process that exited
 * @created: boot time in ns of creation
 * @wait: woken when @state gets VXS_RELEASED or loses VXS_HELPER
 * @space_lock: serialises use of @space
 * @space: the stored sets of spaces
 * @user_keyrings: register of the users' keyrings, constant
 * @acct: traffic counters, never NULL (network/account.c)
 * @name: CONTEXT name, always NUL terminated; protected by @lock
 * @release_work: runs the shutdown helper, then takes the context off the tables
 * @space_work: lets go of @space, once the context is off the tables
 * @kill_work: kills until nobody is left
 * @pause_work: holds members until all are held
 * @rcu_work: frees the object after a grace period
 */
struct vx_info {
	refcount_t usecnt;
	u32 id;
	u32 xid;
	atomic_t tasks;
	atomic_t threads_seen;
	atomic_t held;

	spinlock_t lock;		/* flag words, init, state */
	u64 cflags;
	u64 bcaps;
	u64 bcaps_explicit;
	u64 ccaps;
	u64 umask;
	u64 wmask;
	s64 badness;
	unsigned long state;

	struct pid __rcu *initpid;
	struct pid *init_map;
	struct pid __rcu *reaper;

	int reboot_cmd;
	int exit_code;
	u64 created;
	wait_queue_head_t wait;

	struct mutex space_lock;	/* @space */
	struct vx_space space[VX_SPACES];
	struct key *user_keyrings;
	struct vx_acct __percpu *acct;
	char name[VHIN_LEN];

	struct work_struct release_work;
	struct work_struct space_work;
	struct work_struct kill_work;
	struct work_struct pause_work;
	struct rcu_work rcu_work;
};

/* The plain serial number of a task, without the entering bit. */
static inline u32 vx_task_serial(const struct task_struct *task)
{
	return READ_ONCE(task->vs_id) & ~VS_ENTERING;
}

/* The caller's context, NULL in host and watch; stable while current runs. */
static inline struct vx_info *vx_current(void)
{
	return current->vs_vxi;
}

static inline bool vx_is_host(void)
{
	return !current->vs_id && !(current->vs_flags & ~VS_NET_WATCH);
}

static inline bool vx_is_watch(void)
{
	return current->vs_flags & VS_WATCH;
}

static inline bool vx_flag(const struct vx_info *vxi, u64 flag)
{
	return READ_ONCE(vxi->cflags) & flag;
}

static inline bool vx_ccap(const struct vx_info *vxi, u64 ccap)
{
	return READ_ONCE(vxi->ccaps) & ccap;
}

/* Is the set-up of this context over? */
static inline bool vx_confines(const struct vx_info *vxi)
{
	return !vx_flag(vxi, VXF_STATE_SETUP);
}

static inline struct vx_info *vx_get(struct vx_info *vxi)
{
	if (vxi)
		refcount_inc(&vxi->usecnt);
	return vxi;
}

static inline bool vx_tryget(struct vx_info *vxi)
{
	return vxi && refcount_inc_not_zero(&vxi->usecnt);
}

/* lifecycle.c */
void vx_put(struct vx_info *vxi);
struct vx_info *vx_lookup(u32 xid);
struct vx_info *vx_lookup_serial_rcu(u32 serial);
struct vx_info *vx_next(u32 *xid);
struct vx_info *vx_get_task(struct task_struct *task);
unsigned int vx_count(bool active);
struct vx_info *vx_create(u32 xid, u64 flags);
int vx_join(struct vx_info *vxi);
void vx_leave(struct vx_info *vxi);
void vx_abandon(struct vx_info *vxi);
void vx_persistent_cleared(struct vx_info *vxi);
u64 vx_change_flags(struct vx_info *vxi, u64 value, u64 mask);

/* migrate.c */
int vx_may_migrate(void);
int vx_migrate_self(struct vx_info *vxi, u64 how);
int vx_watch_self(void);

/* pid.c */
void vx_set_init(struct vx_info *vxi, struct pid *pid);
void vx_set_reaper(struct vx_info *vxi, struct pid *pid);

/* caps.c */
u64 vx_effective_bcaps(const struct vx_info *vxi);
void vx_store_bcaps(struct vx_info *vxi, u64 value, u64 mask);

/* grant.c */
bool vx_grants(struct vx_info *vxi, const struct cred *cred,
	       struct user_namespace *ns, int cap);
bool vx_call_refuses(struct vx_info *vxi, int cap);
bool vx_is_guest_root(const struct cred *cred, struct user_namespace *ns);

/* kill.c */
int vx_kill(struct vx_info *vxi, int nr, int sig);
void vx_kill_all_later(struct vx_info *vxi);
void vx_kill_work(struct work_struct *work);

/* pause.c */
void vx_pause_work(struct work_struct *work);
void vx_pause_changed(struct vx_info *vxi);

/* signal.c */
bool vx_ends_init(struct task_struct *tsk, int sig);

/* helper.c */
int vx_helper_state(struct vx_info *vxi, bool startup);

/* sysctl.c */
void vx_helper_path_get(char *buf);
bool vx_helper_configured(void);
extern u64 vx_bcaps_max;

/* space.c */
void vx_free_spaces(struct vx_info *vxi);

/* keys.c */
int vx_new_keys(struct vx_info *vxi);
void vx_free_keys(struct vx_info *vxi);

#endif /* _VSERVER_CONTEXT_H */
