// SPDX-License-Identifier: GPL-2.0-only
/*
 * What /proc says about network contexts (spec/procfs.md 3 and 4, formats bit
 * for bit).
 */

#include <linux/mm.h>
#include <linux/sched.h>
#include <linux/seq_file.h>

#include "../context/context.h"
#include "config.h"

int nx_show_top_status(struct seq_file *m, void *v)
{
	unsigned int total = 1, active = 1;

	/* a guest hears of itself only */
	if (!vs_confined()) {
		total = nx_count(false);
		active = nx_count(true);
	}
	seq_printf(m, "#CTotal:\t%d\n#CActive:\t%d\n", total, active);
	return 0;
}

/* "0:" in /proc/virtnet, "V4Root[0]:" in /proc/<pid>. */
static void nx_show_index(struct seq_file *m, const char *name, u32 index)
{
	if (name)
		seq_printf(m, "%s[%d]:\t", name, index);
	else
		seq_printf(m, "%d:\t", index);
}

/* Under RCU, as is what follows: printing does not sleep. */
static void nx_show_v4(struct seq_file *m, const char *name,
		       const struct nx_set *set)
{
	for (u32 i = 0; i < set->n4; i++) {
		const struct nx_v4 *e = &set->v4[i];

		nx_show_index(m, name, i);
		seq_printf(m, "[%pI4-%pI4/%pI4:%04x]\n", &e->ip, &e->ip2,
			   &e->mask, e->type);
	}
}

static void nx_show_v6(struct seq_file *m, const char *name,
		       const struct nx_set *set)
{
	for (u32 i = 0; i < set->n6; i++) {
		const struct nx_v6 *e = &set->v6[i];

		nx_show_index(m, name, i);
		seq_printf(m, "[%pI6/%pI6/%d:%04x]\n", &e->ip, &e->mask,
			   e->prefix, e->type);
	}
}

int nx_show_info(struct seq_file *m, struct nx_info *nxi)
{
	const struct nx_set *set;

	seq_printf(m, "ID:\t%d\n", nxi->nid);
	/* addresses of the kernel are for the host, and hashed even there */
	seq_printf(m, "Info:\t%p\n", vx_is_host() ? nxi : NULL);
	rcu_read_lock();
	set = nx_set_rcu(nxi);
	seq_printf(m, "Bcast:\t%pI4\nLback:\t%pI4\n", &set->bcast4,
		   &set->lback4);
	nx_show_v4(m, NULL, set);
	nx_show_v6(m, NULL, set);
	rcu_read_unlock();
	return 0;
}

int nx_show_status(struct seq_file *m, struct nx_info *nxi)
{
	/* without the reference of this very reading */
	seq_printf(m, "UseCnt:\t%d\n", refcount_read(&nxi->usecnt) - 1);
	seq_printf(m, "Tasks:\t%d\n", atomic_read(&nxi->tasks));
	seq_printf(m, "Flags:\t%016llx\n", READ_ONCE(nxi->nflags));
	seq_printf(m, "NCaps:\t%016llx\n", READ_ONCE(nxi->ncaps));
	return 0;
}

/**
 * vs_proc_pid_ninfo - /proc/<pid>/ninfo
 * @m: output
 * @ns: PID namespace of the proc mount
 * @pid: the process
 * @task: its task, referenced
 *
 * Return: 0.
 */
int vs_proc_pid_ninfo(struct seq_file *m, struct pid_namespace *ns,
		      struct pid *pid, struct task_struct *task)
{
	const struct nx_info *nxi;
	const struct nx_set *set;

	seq_printf(m, "NID:\t%d\n", nx_task_nid(task));
	rcu_read_lock();
	nxi = READ_ONCE(task->vs_nxi);
	if (nxi) {
		set = nx_set_rcu(nxi);
		seq_printf(m, "NCaps:\t%016llx\n", READ_ONCE(nxi->ncaps));
		seq_printf(m, "NFlags:\t%016llx\n", READ_ONCE(nxi->nflags));
		seq_printf(m, "V4Root[bcast]:\t%pI4\n", &set->bcast4);
		seq_printf(m, "V4Root[lback]:\t%pI4\n", &set->lback4);
		nx_show_v4(m, "V4Root", set);
		nx_show_v6(m, "V6Root", set);
	}
	rcu_read_unlock();
	return 0;
}
