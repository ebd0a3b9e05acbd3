/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the files of /proc/virtual and /proc/virtnet say.
 */
#ifndef _VSERVER_SHOW_H
#define _VSERVER_SHOW_H

struct seq_file;
struct vx_info;

int vx_show_top_info(struct seq_file *m, void *v);
int vx_show_top_status(struct seq_file *m, void *v);

int vx_show_info(struct seq_file *m, struct vx_info *vxi);
int vx_show_status(struct seq_file *m, struct vx_info *vxi);
int vx_show_limit(struct seq_file *m, struct vx_info *vxi);
int vx_show_sched(struct seq_file *m, struct vx_info *vxi);
int vx_show_cvirt(struct seq_file *m, struct vx_info *vxi);
int vx_show_cacct(struct seq_file *m, struct vx_info *vxi);
int vx_show_nsproxy(struct seq_file *m, struct vx_info *vxi);
int vx_show_nsproxy1(struct seq_file *m, struct vx_info *vxi);

#endif /* _VSERVER_SHOW_H */
