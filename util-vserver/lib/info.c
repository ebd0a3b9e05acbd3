// SPDX-License-Identifier: LGPL-2.1-or-later
/* Commands that only look: who is in which context, and what it uses. */
#include "internal.h"

int vc_task_xid(pid_t pid)
{
	return vc_call(VCMD_task_xid, (uint32_t)pid, NULL);
}

int vc_task_nid(pid_t pid)
{
	return vc_call(VCMD_task_nid, (uint32_t)pid, NULL);
}

int vc_task_tag(pid_t pid)
{
	return vc_call(VCMD_task_tag, (uint32_t)pid, NULL);
}

int vc_vx_info(uint32_t xid, struct vcmd_vx_info *info)
{
	return vc_call(VCMD_vx_info, xid, info);
}

int vc_nx_info(uint32_t nid, struct vcmd_nx_info *info)
{
	return vc_call(VCMD_nx_info, nid, info);
}

int vc_ctx_stat(uint32_t xid, struct vcmd_ctx_stat *stat)
{
	return vc_call(VCMD_ctx_stat, xid, stat);
}

int vc_virt_stat(uint32_t xid, struct vcmd_virt_stat *stat)
{
	return vc_call(VCMD_virt_stat, xid, stat);
}

int vc_rlimit_stat(uint32_t xid, struct vcmd_rlimit_stat *stat)
{
	return vc_call(VCMD_rlimit_stat, xid, stat);
}

int vc_sock_stat(uint32_t xid, struct vcmd_sock_stat *stat)
{
	return vc_call(VCMD_sock_stat, xid, stat);
}

int vc_sched_info(uint32_t xid, struct vcmd_sched_info *info)
{
	return vc_call(VCMD_sched_info, xid, info);
}
