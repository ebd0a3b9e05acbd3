// SPDX-License-Identifier: GPL-2.0-only
/*
 * What /proc says about contexts (spec/procfs.md, formats bit for bit): the
 * files of /proc/virtual, the lines and files of /proc/<pid>.
 *
 * Figures of parts that are not built (limits, token buckets) read
 * as zero, limits as -1, "none".
 */

#include <linux/cpumask.h>
#include <linux/fs_struct.h>
#include <linux/ipc_namespace.h>
#include <linux/math64.h>
#include <linux/mnt_namespace.h>
#include <linux/nsproxy.h>
#include <linux/pid.h>
#include <linux/pid_namespace.h>
#include <linux/proc_ns.h>
#include <linux/sched/signal.h>
#include <linux/sched/task.h>
#include <linux/seq_file.h>
#include <linux/utsname.h>
#include <net/net_namespace.h>
#include <asm/unistd.h>

#include "../network/account.h"
#include "../network/network.h"
#include "../switch.h"
#include "context.h"
#include "show.h"

/* Addresses are for the host, and hashed even there. */
static const void *vx_ptr(const void *p)
{
	return vx_is_host() ? p : NULL;
}

/* The number of the context's init, as the reader knows it; 0 for none. */
static int vx_init_number(struct vx_info *vxi)
{
	struct pid *pid;
	int nr = 0;

	rcu_read_lock();
	pid = rcu_dereference(vxi->initpid);
	if (pid && pid_has_task(pid, PIDTYPE_TGID))
		nr = vs_guest() ? pid_vnr(pid) : pid_nr(pid);
	rcu_read_unlock();
	return nr;
}

int vx_show_top_info(struct seq_file *m, void *v)
{
	seq_printf(m, "VCIVersion:\t%04x:%04x\n", VCI_VERSION >> 16,
		   VCI_VERSION & 0xffff);
	seq_printf(m, "VCISyscall:\t%d\n", __NR_vserver);
	seq_printf(m, "VCIKernel:\t%08x\n", vc_config_word());
	return 0;
}

/* Objects that contexts have stored */
enum { VXN_PROXY, VXN_FS, VXN_MNT, VXN_UTS, VXN_IPC, VXN_USER, VXN_PID, VXN_NR };

static const unsigned long vx_stored_flags[VXN_NR] = {
	[VXN_FS] = CLONE_FS, [VXN_MNT] = CLONE_NEWNS, [VXN_UTS] = CLONE_NEWUTS,
	[VXN_IPC] = CLONE_NEWIPC, [VXN_USER] = CLONE_NEWUSER,
	[VXN_PID] = CLONE_NEWPID,
};

static void vx_count_stored(const struct vx_info *vxi, int *stored)
{
	for (int i = 0; i < VX_SPACES; i++) {
		unsigned long mask = READ_ONCE(vxi->space[i].mask);

		stored[VXN_PROXY] += !!READ_ONCE(vxi->space[i].ns);
		for (int n = VXN_FS; n < VXN_NR; n++)
			stored[n] += !!(mask & vx_stored_flags[n]);
	}
}

int vx_show_top_status(struct seq_file *m, void *v)
{
	int s[VXN_NR] = {}, total = 1, active = 1, init[3] = {};
	struct vx_info *vxi;

	if (!vs_confined()) {
		total = vx_count(false);
		active = vx_count(true);
		for (u32 xid = 0; (vxi = vx_next(&xid)); xid++) {
			vx_count_stored(vxi, s);
			vx_put(vxi);
		}
		init[0] = refcount_read(&init_task.usage);
		init[1] = refcount_read(&init_nsproxy.count);
		init[2] = READ_ONCE(init_task.fs->users);
	}
	seq_printf(m, "#CTotal:\t%d\n#CActive:\t%d\n", total, active);
	seq_printf(m, "#NSProxy:\t%d\t%d %d %d %d %d %d\n", s[VXN_PROXY],
		   s[VXN_FS], s[VXN_MNT], s[VXN_UTS], s[VXN_IPC], s[VXN_USER],
		   s[VXN_PID]);
	seq_printf(m, "#InitTask:\t%d\t%d %d\n", init[0], init[1], init[2]);
	return 0;
}

int vx_show_info(struct seq_file *m, struct vx_info *vxi)
{
	seq_printf(m, "ID:\t%d\n", vxi->xid);
	seq_printf(m, "Info:\t%p\n", vx_ptr(vxi));
	seq_printf(m, "Init:\t%d\n", vx_init_number(vxi));
	seq_printf(m, "OOM:\t%lld\n", READ_ONCE(vxi->badness));
	return 0;
}

static void vx_show_bcaps(struct seq_file *m, const struct vx_info *vxi)
{
	u64 bcaps = READ_ONCE(vxi->bcaps);

	seq_printf(m, "BCaps:\t%08x%08x\n", upper_32_bits(bcaps),
		   lower_32_bits(bcaps));
}

int vx_show_status(struct seq_file *m, struct vx_info *vxi)
{
	/* without the reference of this very reading */
	seq_printf(m, "UseCnt:\t%d\n", refcount_read(&vxi->usecnt) - 1);
	seq_printf(m, "Tasks:\t%d\n", atomic_read(&vxi->tasks));
	seq_printf(m, "Flags:\t%016llx\n", READ_ONCE(vxi->cflags));
	vx_show_bcaps(m, vxi);
	seq_printf(m, "CCaps:\t%016llx\n", READ_ONCE(vxi->ccaps));
	seq_printf(m, "Umask:\t%16llx\n", READ_ONCE(vxi->umask));
	seq_printf(m, "Wmask:\t%16llx\n", READ_ONCE(vxi->wmask));
	seq_printf(m, "Spaces:\t%08lx %08lx\n", READ_ONCE(vxi->space[0].mask),
		   READ_ONCE(vxi->space[1].mask));
	return 0;
}

static const char *const vx_limit_names[] = {
	"PROC", "VM", "VML", "RSS", "ANON", "RMAP", "FILES", "OFD", "LOCKS",
	"SOCK", "MSGQ", "SHM", "SEMA", "SEMS", "DENT",
};

int vx_show_limit(struct seq_file *m, struct vx_info *vxi)
{
	seq_puts(m, "Limit\t current\t     min/max\t\t    soft/hard\t\thits\n");
	for (int i = 0; i < ARRAY_SIZE(vx_limit_names); i++) {
		long value = i ? 0 : atomic_read(&vxi->tasks);

		seq_printf(m, "%s:\t%8ld\t%8ld/%8ld\t%8lld/%8lld\t%6d\n",
			   vx_limit_names[i], value, 0L, value, -1LL, -1LL, 0);
	}
	return 0;
}

int vx_show_sched(struct seq_file *m, struct vx_info *vxi)
{
	int cpu;

	seq_printf(m, "FillRate:\t%8d,%d\n", 0, 0);
	seq_printf(m, "Interval:\t%8d,%d\n", 0, 0);
	seq_printf(m, "TokensMin:\t%8d\n", 0);
	seq_printf(m, "TokensMax:\t%8d\n", 0);
	seq_printf(m, "PrioBias:\t%8d\n", 0);
	for_each_online_cpu(cpu)
		seq_printf(m,
			   "cpu %d: %lld %lld %lld %ld %ld %c%c %d %d %d %d/%d %d/%d %d %d\n",
			   cpu, 0LL, 0LL, 0LL, 0L, 0L, 'R', '-', 0, 0, 0,
			   0, 0, 0, 0, 0, 0);
	return 0;
}

/* Member threads by state, found by a walk over all threads. */
static void vx_count_states(const struct vx_info *vxi, int *running, int *unintr)
{
	struct task_struct *g, *t;

	rcu_read_lock();
	for_each_process_thread(g, t) {
		if (READ_ONCE(t->vs_vxi) != vxi)
			continue;
		if (task_is_running(t))
			++*running;
		else if (READ_ONCE(t->__state) == TASK_UNINTERRUPTIBLE)
			++*unintr;
	}
	rcu_read_unlock();
}

int vx_show_cvirt(struct seq_file *m, struct vx_info *vxi)
{
	int running = 0, unintr = 0;
	unsigned long sec;
	u32 nsec;

	sec = div_u64_rem(vxi->created, NSEC_PER_SEC, &nsec);
	vx_count_states(vxi, &running, &unintr);
	seq_printf(m, "BiasUptime:\t%lu.%02lu\n", sec,
		   (unsigned long)nsec / (NSEC_PER_SEC / 100));
	seq_printf(m, "nr_threads:\t%d\n", atomic_read(&vxi->tasks));
	seq_printf(m, "nr_running:\t%d\n", running);
	seq_printf(m, "nr_unintr:\t%d\n", unintr);
	seq_printf(m, "nr_onhold:\t%d\n", 0);
	seq_printf(m, "load_updates:\t%d\n", 0);
	seq_printf(m, "loadavg:\t%d.%02d %d.%02d %d.%02d\n", 0, 0, 0, 0, 0, 0);
	seq_printf(m, "total_forks:\t%d\n", atomic_read(&vxi->threads_seen));
	return 0;
}

static const char *const vx_acct_names[VXA_CLASSES] = {
	"UNSPEC", "UNIX", "INET", "INET6", "PACKET", "OTHER",
};

int vx_show_cacct(struct seq_file *m, struct vx_info *vxi)
{
	seq_puts(m, "Type\t    recv #/bytes\t\t   send #/bytes\t\t    fail #/bytes\n");
	for (int i = 0; i < VXA_CLASSES; i++) {
		struct vx_acct_sum s;

		vx_acct_sum(vxi, i, &s);
		seq_printf(m, "%s:\t%10lu/%-10lu\t%10lu/%-10lu\t%10lu/%-10lu\n",
			   vx_acct_names[i],
			   s.count[VXA_RECEIVED], s.bytes[VXA_RECEIVED],
			   s.count[VXA_SENT], s.bytes[VXA_SENT],
			   s.count[VXA_FAILED], s.bytes[VXA_FAILED]);
	}
	seq_printf(m, "\nslab:\t %8u %8u %8u %8u\n\n", 0, 0, 0, 0);
	for (int i = 0; i < 5; i++)
		seq_printf(m, "page[%d]: %8u %8u %8u %8u\t %8u %8u %8u %8u\n",
			   i, 0, 0, 0, 0, 0, 0, 0, 0);
	return 0;
}

static void vx_show_uts(struct seq_file *m, const struct new_utsname *name)
{
	down_read(&uts_sem);
	seq_printf(m, "SysName:\t%s\n", name->sysname);
	seq_printf(m, "NodeName:\t%s\n", name->nodename);
	seq_printf(m, "Release:\t%s\n", name->release);
	seq_printf(m, "Version:\t%s\n", name->version);
	seq_printf(m, "Machine:\t%s\n", name->machine);
	seq_printf(m, "DomainName:\t%s\n", name->domainname);
	up_read(&uts_sem);
}

static void vx_show_ipc(struct seq_file *m, const struct ipc_namespace *ipc)
{
	seq_printf(m, "SEMS:\t\t%d %d %d %d  %d\n", ipc->sem_ctls[0],
		   ipc->sem_ctls[1], ipc->sem_ctls[2], ipc->sem_ctls[3],
		   ipc->used_sems);
	seq_printf(m, "MSG:\t\t%d %d %d\n", ipc->msg_ctlmax, ipc->msg_ctlmnb,
		   ipc->msg_ctlmni);
	seq_printf(m, "SHM:\t\t%lu %lu  %d %ld\n",
		   (unsigned long)ipc->shm_ctlmax,
		   (unsigned long)ipc->shm_ctlall, ipc->shm_ctlmni,
		   (long)ipc->shm_tot);
}

static void vx_show_root(struct seq_file *m, const struct vx_space *space)
{
	if (!space->fs || !vx_is_host())
		return;
	seq_puts(m, "RootPath:\t");
	seq_path(m, &space->fs->root, " \t\n\\");
	seq_putc(m, '\n');
}

/* Under space_lock. */
static void vx_show_space(struct seq_file *m, const struct vx_space *space)
{
	struct nsproxy *ns = space->ns;

	if (!ns) {
		vx_show_root(m, space);
		return;
	}
	seq_printf(m, "NSProxy:\t%p [%p,%p,%p]\n", vx_ptr(ns),
		   vx_ptr(ns->mnt_ns), vx_ptr(ns->uts_ns), vx_ptr(ns->ipc_ns));
	seq_printf(m, "Namespace:\t%p [#%u]\n", vx_ptr(ns->mnt_ns),
		   refcount_read(&from_mnt_ns(ns->mnt_ns)->count));
	vx_show_root(m, space);
	vx_show_uts(m, &ns->uts_ns->name);
	vx_show_ipc(m, ns->ipc_ns);
}

static int vx_show_stored(struct seq_file *m, struct vx_info *vxi, int index)
{
	mutex_lock(&vxi->space_lock);
	vx_show_space(m, &vxi->space[index]);
	mutex_unlock(&vxi->space_lock);
	return 0;
}

int vx_show_nsproxy(struct seq_file *m, struct vx_info *vxi)
{
	return vx_show_stored(m, vxi, 0);
}

int vx_show_nsproxy1(struct seq_file *m, struct vx_info *vxi)
{
	return vx_show_stored(m, vxi, 1);
}

/**
 * vs_proc_pid_status - Lines of /proc/<pid>/status about the context
 * @m: output
 * @task: any task, referenced
 *
 * Third parties tell guests from hosts by them; there is one blank behind
 * the colon, not a tab.
 */
void vs_proc_pid_status(struct seq_file *m, struct task_struct *task)
{
	struct vx_info *vxi = vx_get_task(task);
	bool hide = vxi && vx_flag(vxi, VXF_HIDE_VINFO);

	vx_put(vxi);
	if (hide)
		return;
	seq_printf(m, "VxID: %d\n", READ_ONCE(task->vs_xid));
	seq_printf(m, "NxID: %d\n", nx_task_nid(task));
}

/**
 * vs_proc_pid_vinfo - /proc/<pid>/vinfo
 * @m: output
 * @ns: PID namespace of the proc mount
 * @pid: the process
 * @task: its task, referenced
 *
 * Return: 0.
 */
int vs_proc_pid_vinfo(struct seq_file *m, struct pid_namespace *ns,
		      struct pid *pid, struct task_struct *task)
{
	struct vx_info *vxi = vx_get_task(task);

	seq_printf(m, "XID:\t%d\n", READ_ONCE(task->vs_xid));
	if (vxi) {
		vx_show_bcaps(m, vxi);
		seq_printf(m, "CCaps:\t%016llx\n", READ_ONCE(vxi->ccaps));
		seq_printf(m, "CFlags:\t%016llx\n", READ_ONCE(vxi->cflags));
		seq_printf(m, "CIPid:\t%d\n", vx_init_number(vxi));
	}
	vx_put(vxi);
	return 0;
}

static void vx_show_ns(struct seq_file *m, const char *name, const void *ns,
		       const void *initial)
{
	seq_printf(m, "%s:\t%p(%c)\n", name, vx_ptr(ns),
		   ns == initial ? 'I' : '-');
}

/**
 * vs_proc_pid_nsproxy - /proc/<pid>/nsproxy
 * @m: output
 * @ns: PID namespace of the proc mount
 * @pid: the process
 * @task: its task, referenced
 *
 * Return: 0; nothing is printed for a task that has left its namespaces.
 */
int vs_proc_pid_nsproxy(struct seq_file *m, struct pid_namespace *ns,
			struct pid *pid, struct task_struct *task)
{
	struct nsproxy *proxy;

	task_lock(task);
	proxy = task->nsproxy;
	if (proxy) {
		vx_show_ns(m, "Proxy", proxy, &init_nsproxy);
		seq_printf(m, "Count:\t%u\n", refcount_read(&proxy->count));
		vx_show_ns(m, "uts", proxy->uts_ns, &init_uts_ns);
		vx_show_ns(m, "ipc", proxy->ipc_ns, init_nsproxy.ipc_ns);
		vx_show_ns(m, "mnt", proxy->mnt_ns, init_nsproxy.mnt_ns);
		vx_show_ns(m, "pid", proxy->pid_ns_for_children, &init_pid_ns);
		vx_show_ns(m, "net", proxy->net_ns, &init_net);
	}
	task_unlock(task);
	return 0;
}
