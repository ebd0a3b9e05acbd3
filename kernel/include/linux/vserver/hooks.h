/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The hooks that existing kernel files call, one inline each.
 *
 * Included at the end of <linux/sched.h>, so every hooked file has it and
 * no hooked file needs an #include of its own.  Only task_struct may be
 * dereferenced here; everything that needs another structure is out of line.
 *
 * All hooks hide behind one static key that is off until the first context
 * is created: until then each is a single no-op instruction.
 */
#ifndef _LINUX_VSERVER_HOOKS_H
#define _LINUX_VSERVER_HOOKS_H

struct cred;
struct ctl_table;
struct ctl_table_header;
struct ctl_table_root;
struct dentry;
struct file_lock_core;
struct inode;
struct key;
struct nsset;
struct pid;
struct pid_namespace;
struct proc_dir_entry;
struct proc_ns_operations;
struct seq_file;
struct seq_operations;
struct subprocess_info;
struct user_namespace;
struct vx_info;

#ifdef CONFIG_VSERVER

#include <linux/jump_label.h>

DECLARE_STATIC_KEY_FALSE(vs_active);

/*
 * current->vs_id: the serial number of the task's context, 0 in the host and
 * for the watch.  VS_ENTERING is set from the moment a task joins a context
 * until its first exec there; with the bit the number equals that of no
 * ordinary member, so the guest can neither see nor touch the task.
 */
#define VS_ENTERING	BIT(31)

/* current->vs_flags */
#define VS_WATCH	BIT(0)		/* member of the spectator context 1 */
#define VS_SEES_HIDDEN	BIT(1)		/* is changing attributes of /proc */
#define VS_NET_WATCH	BIT(2)		/* member of the network context 1 */

static __always_inline bool vs_on(void)
{
	return static_branch_unlikely(&vs_active);
}

/* Is the caller a member of a context with xid >= 2? */
static __always_inline bool vs_guest(void)
{
	return vs_on() && unlikely(current->vs_id);
}

bool __vs_confined(void);

/* Is the caller a guest whose set-up is over, so that every rule applies? */
static __always_inline bool vs_confined(void)
{
	return vs_guest() && __vs_confined();
}

/* --- kernel/pid.c, kernel/fork.c, fs/proc/base.c, fs/locks.c: visibility --- */

struct pid *__vs_find_pid(int nr, struct pid_namespace *ns, struct pid *pid);
struct pid *__vs_find_ge_pid(int nr, struct pid_namespace *ns);
int __vs_pid_nr(struct pid *pid, struct pid_namespace *ns, int nr);
bool __vs_pid_visible(struct pid *pid);

#define vs_tag_pid(pid)	((pid)->vs_id = vs_on() ? current->vs_id : 0)

static __always_inline struct pid *
vs_find_pid(int nr, struct pid_namespace *ns, struct pid *pid)
{
	return vs_guest() ? __vs_find_pid(nr, ns, pid) : pid;
}

static __always_inline int
vs_pid_nr(struct pid *pid, struct pid_namespace *ns, int nr)
{
	return vs_guest() ? __vs_pid_nr(pid, ns, nr) : nr;
}

/* May the caller know that this process exists? */
static __always_inline bool vs_pid_visible(struct pid *pid)
{
	return !vs_guest() || __vs_pid_visible(pid);
}

extern int vx_host_view;	/* kernel.vserver.host_view */

/*
 * May /proc show the caller this task? Members only for a guest; with
 * host_view 0 the host sees its own as well (so that killall is harmless).
 */
static __always_inline bool vs_task_visible(const struct task_struct *task)
{
	if (!vs_on() || READ_ONCE(task->vs_id) == current->vs_id)
		return true;
	return !current->vs_id && (READ_ONCE(vx_host_view) ||
				   (current->vs_flags & ~VS_NET_WATCH));
}

int __vs_proc_revalidate(struct task_struct *task, const struct dentry *dentry);

/*
 * d_revalidate of /proc/<pid> and below, for a living task: dentries are
 * shared by all viewers of a proc mount.
 */
static __always_inline int
vs_proc_revalidate(struct task_struct *task, const struct dentry *dentry)
{
	return vs_on() ? __vs_proc_revalidate(task, dentry) : 1;
}

/* --- kernel/exit.c ------------------------------------------------------- */

struct task_struct *__vs_new_reaper(struct task_struct *father,
				    struct task_struct *reaper);
void __vs_exit_task(struct task_struct *tsk, int group_dead, long code);

static __always_inline struct task_struct *
vs_new_reaper(struct task_struct *father, struct task_struct *reaper)
{
	return vs_guest() ? __vs_new_reaper(father, reaper) : reaper;
}

static __always_inline void
vs_exit_task(struct task_struct *tsk, int group_dead, long code)
{
	if (vs_on() && unlikely(tsk->vs_vxi || tsk->vs_nxi))
		__vs_exit_task(tsk, group_dead, code);
}

/* --- security/commoncap.c and the call sites of single grants ------------ */

int __vs_capable(const struct cred *cred, struct user_namespace *ns, int cap);
bool __vs_may_unshare(unsigned long flags);
bool __vs_may_adjust_oom(void);

/* > 0 granted, < 0 refused, 0 the usual rules decide */
#define vs_capable(cred, ns, cap)					\
	(vs_on() && unlikely((cred)->user->vs_id | current->vs_flags) ? \
	 __vs_capable(cred, ns, cap) : 0)

/* May the caller create namespaces although it lacks CAP_SYS_ADMIN? */
static __always_inline bool vs_may_unshare(unsigned long flags)
{
	return vs_guest() && __vs_may_unshare(flags);
}

/* May the caller lower oom_score_adj although it lacks CAP_SYS_RESOURCE? */
static __always_inline bool vs_may_adjust_oom(void)
{
	return vs_guest() && __vs_may_adjust_oom();
}

/* --- kernel/user.c, kernel/ucount.c, security/keys/key.c --------------- */

/* One counter per (context, user) */

static __always_inline unsigned int vs_user_tag(void)
{
	return vs_on() ? current->vs_id & ~VS_ENTERING : 0;
}

#define vs_same_user(up)	((up)->vs_id == vs_user_tag())
#define vs_tag_user(up)		((up)->vs_id = vs_user_tag())
#define vs_user_before(up)	(vs_user_tag() < (up)->vs_id)

/* --- security/keys/process_keys.c ---------------------------------------- */

struct key *__vs_user_keyring_register(void);

static __always_inline struct key *vs_user_keyring_register(void)
{
	return vs_guest() ? __vs_user_keyring_register() : NULL;
}

/* --- kernel/umh.c, kernel/reboot.c --------------------------------------- */

int __vs_reboot(unsigned int cmd, void __user *arg);

/* Must the kernel not start a host program on behalf of the caller? */
static __always_inline bool vs_deny_helper(void)
{
	return vs_confined();
}

/* --- fs/namespace.c -------------------------------------------------------- */

/*
 * The start chain of old tools pivots a root it made shared before: a member
 * that sets its context up gets slave copies when it leaves the host's mounts.
 */
static __always_inline bool vs_slave_mounts(void)
{
	return vs_guest() && !__vs_confined();
}

/* --- fs/proc: what a guest sees ------------------------------------------ */

bool __vs_proc_hidden(const struct proc_dir_entry *de);
bool __vs_sysctl_denied(struct ctl_table_header *head,
			const struct ctl_table *table, int op);

/* Is this entry outside /proc/<pid> hidden from the caller? */
static __always_inline bool vs_proc_hidden(const struct proc_dir_entry *de)
{
	return vs_on() && __vs_proc_hidden(de);
}

static __always_inline bool
vs_sysctl_denied(struct ctl_table_header *head, const struct ctl_table *table,
		 int op)
{
	return vs_on() && unlikely(current->vs_id | current->vs_flags) &&
	       __vs_sysctl_denied(head, table, op);
}

bool __vs_mount_nodev(void);
bool __vs_hide_mounts(void);

/* fs/namespace.c: are device nodes dead on mounts the caller makes? */
static __always_inline bool vs_mount_nodev(void)
{
	return vs_guest() && __vs_mount_nodev();
}

/* fs/namespace.c: does the caller's context have the flag hide_mount? */
static __always_inline bool vs_hide_mounts(void)
{
	return vs_guest() && __vs_hide_mounts();
}

/* --- fs/proc/proc_net.c: the tables of /proc/net ------------------------- */

const struct seq_operations *__vs_seq_ops(const struct seq_operations *ops);

/* Opened by a member of a network context: only its own rows. */
static __always_inline const struct seq_operations *
vs_seq_ops(const struct seq_operations *ops)
{
	return vs_on() && unlikely(current->vs_nxi) ? __vs_seq_ops(ops) : ops;
}

/* --- kernel/printk/printk.c ---------------------------------------------- */

bool __vs_own_log(void);
int __vs_syslog(int type);

/* Does the caller have a kernel log of its own, an empty one? */
static __always_inline bool vs_own_log(void)
{
	return vs_guest() && __vs_own_log();
}

int vs_proc_pid_vinfo(struct seq_file *m, struct pid_namespace *ns,
		      struct pid *pid, struct task_struct *task);
int vs_proc_pid_ninfo(struct seq_file *m, struct pid_namespace *ns,
		      struct pid *pid, struct task_struct *task);
int vs_proc_pid_nsproxy(struct seq_file *m, struct pid_namespace *ns,
			struct pid *pid, struct task_struct *task);
void vs_proc_pid_status(struct seq_file *m, struct task_struct *task);

#else /* !CONFIG_VSERVER */

static inline bool vs_guest(void) { return false; }
static inline bool vs_confined(void) { return false; }
static inline bool vs_pid_visible(struct pid *pid) { return true; }
static inline bool vs_may_unshare(unsigned long flags) { return false; }
static inline bool vs_may_adjust_oom(void) { return false; }
static inline struct key *vs_user_keyring_register(void) { return NULL; }
static inline const struct seq_operations *
vs_seq_ops(const struct seq_operations *ops)
{
	return ops;
}

static inline bool vs_deny_helper(void) { return false; }
static inline bool vs_slave_mounts(void) { return false; }
static inline bool vs_mount_nodev(void) { return false; }
static inline bool vs_hide_mounts(void) { return false; }
static inline bool vs_own_log(void) { return false; }
static inline int __vs_syslog(int type) { return 0; }
static inline bool vs_proc_hidden(const struct proc_dir_entry *de)
{
	return false;
}

static inline bool vs_task_visible(const struct task_struct *task)
{
	return true;
}

static inline struct pid *
vs_find_pid(int nr, struct pid_namespace *ns, struct pid *pid)
{
	return pid;
}

static inline struct pid *__vs_find_ge_pid(int nr, struct pid_namespace *ns)
{
	return NULL;
}

static inline int vs_pid_nr(struct pid *pid, struct pid_namespace *ns, int nr)
{
	return nr;
}

static inline int
vs_proc_revalidate(struct task_struct *task, const struct dentry *dentry)
{
	return 1;
}

static inline struct task_struct *
vs_new_reaper(struct task_struct *father, struct task_struct *reaper)
{
	return reaper;
}

static inline void
vs_exit_task(struct task_struct *tsk, int group_dead, long code)
{
}

static inline int
vs_capable(const struct cred *cred, struct user_namespace *ns, int cap)
{
	return 0;
}

static inline int __vs_reboot(unsigned int cmd, void __user *arg)
{
	return 0;
}

static inline bool
vs_sysctl_denied(struct ctl_table_header *head, const struct ctl_table *table,
		 int op)
{
	return false;
}

static inline void
vs_proc_pid_status(struct seq_file *m, struct task_struct *task)
{
}

/* The objects have no field to compare or to set. */
#define vs_tag_pid(pid)		((void)(pid))
#define vs_same_user(up)	((void)(up), true)
#define vs_tag_user(up)		((void)(up))
#define vs_user_before(up)	((void)(up), false)
#define vs_user_tag()		0

#endif /* CONFIG_VSERVER */
#endif /* _LINUX_VSERVER_HOOKS_H */
