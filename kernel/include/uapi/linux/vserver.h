/* SPDX-License-Identifier: GPL-2.0 WITH Linux-syscall-note */
/*
 * The vserver(2) ABI: command words, structures and flag bits.
 *
 * Numbers and layouts are binding (spec/abi.md) and never change; extensions
 * get new command words.  Structures are naturally aligned on 64-bit; the
 * kernel translates the layouts that differ for 32-bit callers.
 */
#ifndef _UAPI_LINUX_VSERVER_H
#define _UAPI_LINUX_VSERVER_H

#include <linux/types.h>

/* ABI version and the special ids ---------------------------------------- */

#define VCI_VERSION		0x00020308

#define VX_ID_HOST		0U
#define VX_ID_WATCH		1U
#define VX_ID_MIN		2U
#define VX_ID_MAX		65535U
#define VX_ID_DYNAMIC		((__u32)-1)
#define VX_ID_SELF		((__u32)-2)

/* Config word returned by get_vci ---------------------------------------- */

#define VCI_NO_DYNAMIC		(1U << 0)
#define VCI_PROC_SECURE		(1U << 4)
#define VCI_HARDCPU		(1U << 5)
#define VCI_IDLELIMIT		(1U << 6)
#define VCI_IDLETIME		(1U << 7)
#define VCI_COWBL		(1U << 8)
#define VCI_FULLCOWBL		(1U << 9)
#define VCI_SPACES		(1U << 10)
#define VCI_NETV2		(1U << 11)
#define VCI_MEMCG		(1U << 12)
#define VCI_MEMCG_SWAP		(1U << 13)
#define VCI_DEBUG		(1U << 16)
#define VCI_HISTORY		(1U << 20)
#define VCI_TAG_SHIFT		24
#define VCI_PPTAG		(1U << 28)

/* Command words: category << 24 | command << 16 | version ------------------ */

#define VC_CMD(cat, cmd, ver)	(((cat) << 24) | ((cmd) << 16) | (ver))

#define VC_CAT_VERSION		0
#define VC_CAT_VSETUP		1
#define VC_CAT_VHOST		2
#define VC_CAT_DEVICE		6
#define VC_CAT_VPROC		9
#define VC_CAT_PROCALT		10
#define VC_CAT_PROCMIG		11
#define VC_CAT_PROCTRL		12
#define VC_CAT_SCHED		14
#define VC_CAT_MEMCTRL		20
#define VC_CAT_VNET		25
#define VC_CAT_NETALT		26
#define VC_CAT_NETMIG		27
#define VC_CAT_NETCTRL		28
#define VC_CAT_TAGMIG		35
#define VC_CAT_DLIMIT		36
#define VC_CAT_INODE		38
#define VC_CAT_VSTAT		40
#define VC_CAT_VINFO		46
#define VC_CAT_EVENT		48
#define VC_CAT_FLAGS		52
#define VC_CAT_VSPACE		54
#define VC_CAT_DEBUG		56
#define VC_CAT_RLIMIT		60
#define VC_CAT_SYSTEST		61
#define VC_CAT_COMPAT		63

/* version and information */
#define VCMD_get_version	VC_CMD(VC_CAT_VERSION, 0, 0)
#define VCMD_get_vci		VC_CMD(VC_CAT_VERSION, 1, 0)
#define VCMD_task_xid		VC_CMD(VC_CAT_VINFO, 1, 0)
#define VCMD_task_nid		VC_CMD(VC_CAT_VINFO, 2, 0)
#define VCMD_task_tag		VC_CMD(VC_CAT_VINFO, 3, 0)
#define VCMD_vx_info		VC_CMD(VC_CAT_VINFO, 5, 0)
#define VCMD_nx_info		VC_CMD(VC_CAT_VINFO, 6, 0)
#define VCMD_ctx_stat		VC_CMD(VC_CAT_VSTAT, 0, 0)
#define VCMD_rlimit_stat	VC_CMD(VC_CAT_VSTAT, 1, 0)
#define VCMD_virt_stat		VC_CMD(VC_CAT_VSTAT, 3, 0)
#define VCMD_sock_stat		VC_CMD(VC_CAT_VSTAT, 5, 0)

/* contexts */
#define VCMD_ctx_create_v0	VC_CMD(VC_CAT_VPROC, 1, 0)
#define VCMD_ctx_create		VC_CMD(VC_CAT_VPROC, 1, 1)
#define VCMD_ctx_migrate_v0	VC_CMD(VC_CAT_PROCMIG, 1, 0)
#define VCMD_ctx_migrate	VC_CMD(VC_CAT_PROCMIG, 1, 1)
#define VCMD_ctx_kill		VC_CMD(VC_CAT_PROCTRL, 1, 0)
#define VCMD_wait_exit		VC_CMD(VC_CAT_EVENT, 99, 0)
#define VCMD_get_cflags		VC_CMD(VC_CAT_FLAGS, 1, 0)
#define VCMD_set_cflags		VC_CMD(VC_CAT_FLAGS, 2, 0)
#define VCMD_get_ccaps_v0	VC_CMD(VC_CAT_FLAGS, 3, 0)
#define VCMD_get_ccaps		VC_CMD(VC_CAT_FLAGS, 3, 1)
#define VCMD_set_ccaps_v0	VC_CMD(VC_CAT_FLAGS, 4, 0)
#define VCMD_set_ccaps		VC_CMD(VC_CAT_FLAGS, 4, 1)
#define VCMD_get_nflags		VC_CMD(VC_CAT_FLAGS, 5, 0)
#define VCMD_set_nflags		VC_CMD(VC_CAT_FLAGS, 6, 0)
#define VCMD_get_ncaps		VC_CMD(VC_CAT_FLAGS, 7, 0)
#define VCMD_set_ncaps		VC_CMD(VC_CAT_FLAGS, 8, 0)
#define VCMD_get_bcaps		VC_CMD(VC_CAT_FLAGS, 9, 0)
#define VCMD_set_bcaps		VC_CMD(VC_CAT_FLAGS, 10, 0)
#define VCMD_get_umask		VC_CMD(VC_CAT_FLAGS, 13, 0)
#define VCMD_set_umask		VC_CMD(VC_CAT_FLAGS, 14, 0)
#define VCMD_get_wmask		VC_CMD(VC_CAT_FLAGS, 15, 0)
#define VCMD_set_wmask		VC_CMD(VC_CAT_FLAGS, 16, 0)
#define VCMD_get_badness	VC_CMD(VC_CAT_MEMCTRL, 5, 0)
#define VCMD_set_badness	VC_CMD(VC_CAT_MEMCTRL, 6, 0)
#define VCMD_set_vhi_name	VC_CMD(VC_CAT_VHOST, 1, 0)
#define VCMD_get_vhi_name	VC_CMD(VC_CAT_VHOST, 2, 0)

/* spaces */
#define VCMD_enter_space_v0	VC_CMD(VC_CAT_PROCALT, 1, 0)
#define VCMD_enter_space_v1	VC_CMD(VC_CAT_PROCALT, 1, 1)
#define VCMD_enter_space	VC_CMD(VC_CAT_PROCALT, 1, 2)
#define VCMD_set_space_v0	VC_CMD(VC_CAT_PROCALT, 3, 0)
#define VCMD_set_space_v1	VC_CMD(VC_CAT_PROCALT, 3, 1)
#define VCMD_set_space		VC_CMD(VC_CAT_PROCALT, 3, 2)
#define VCMD_get_space_mask_v0	VC_CMD(VC_CAT_PROCALT, 4, 0)
#define VCMD_get_space_mask	VC_CMD(VC_CAT_VSPACE, 0, 1)
#define VCMD_get_space_default	VC_CMD(VC_CAT_VSPACE, 1, 0)

/* limits and scheduler */
#define VCMD_get_rlimit		VC_CMD(VC_CAT_RLIMIT, 1, 0)
#define VCMD_set_rlimit		VC_CMD(VC_CAT_RLIMIT, 2, 0)
#define VCMD_get_rlimit_mask	VC_CMD(VC_CAT_RLIMIT, 3, 0)
#define VCMD_reset_hits		VC_CMD(VC_CAT_RLIMIT, 7, 0)
#define VCMD_reset_minmax	VC_CMD(VC_CAT_RLIMIT, 9, 0)
#define VCMD_set_sched_v2	VC_CMD(VC_CAT_SCHED, 1, 2)
#define VCMD_set_sched_v3	VC_CMD(VC_CAT_SCHED, 1, 3)
#define VCMD_set_sched_v4	VC_CMD(VC_CAT_SCHED, 1, 4)
#define VCMD_set_sched		VC_CMD(VC_CAT_SCHED, 1, 5)
#define VCMD_get_sched		VC_CMD(VC_CAT_SCHED, 2, 5)
#define VCMD_sched_info		VC_CMD(VC_CAT_SCHED, 3, 0)
#define VCMD_set_prio_bias	VC_CMD(VC_CAT_SCHED, 4, 0)
#define VCMD_get_prio_bias	VC_CMD(VC_CAT_SCHED, 5, 0)

/* network contexts */
#define VCMD_net_create_v0	VC_CMD(VC_CAT_VNET, 1, 0)
#define VCMD_net_create		VC_CMD(VC_CAT_VNET, 1, 1)
#define VCMD_net_migrate	VC_CMD(VC_CAT_NETMIG, 1, 0)
#define VCMD_net_add_v0		VC_CMD(VC_CAT_NETALT, 1, 0)
#define VCMD_net_remove_v0	VC_CMD(VC_CAT_NETALT, 2, 0)
#define VCMD_net_add_ipv4_v1	VC_CMD(VC_CAT_NETALT, 1, 1)
#define VCMD_net_rem_ipv4_v1	VC_CMD(VC_CAT_NETALT, 2, 1)
#define VCMD_net_add_ipv4	VC_CMD(VC_CAT_NETALT, 1, 2)
#define VCMD_net_rem_ipv4	VC_CMD(VC_CAT_NETALT, 2, 2)
#define VCMD_net_add_ipv6	VC_CMD(VC_CAT_NETALT, 3, 1)
#define VCMD_net_remove_ipv6	VC_CMD(VC_CAT_NETALT, 4, 1)
#define VCMD_net_set_mark	VC_CMD(VC_CAT_NETALT, 32, 0)	/* ours */
#define VCMD_net_get_mark	VC_CMD(VC_CAT_NETALT, 33, 0)	/* ours */

/* files, tags, disk limits, devices */
#define VCMD_tag_migrate	VC_CMD(VC_CAT_TAGMIG, 1, 0)
#define VCMD_add_dlimit		VC_CMD(VC_CAT_DLIMIT, 1, 0)
#define VCMD_rem_dlimit		VC_CMD(VC_CAT_DLIMIT, 2, 0)
#define VCMD_set_dlimit		VC_CMD(VC_CAT_DLIMIT, 5, 0)
#define VCMD_get_dlimit		VC_CMD(VC_CAT_DLIMIT, 6, 0)
#define VCMD_get_iattr		VC_CMD(VC_CAT_INODE, 1, 1)
#define VCMD_set_iattr		VC_CMD(VC_CAT_INODE, 2, 1)
#define VCMD_fget_iattr		VC_CMD(VC_CAT_INODE, 3, 0)
#define VCMD_fset_iattr		VC_CMD(VC_CAT_INODE, 4, 0)
#define VCMD_set_mapping	VC_CMD(VC_CAT_DEVICE, 1, 0)
#define VCMD_unset_mapping	VC_CMD(VC_CAT_DEVICE, 2, 0)

/* Structures (spec/abi.md section 7) -------------------------------------- */

struct vcmd_vx_info {
	__u32 xid;
	__u32 initpid;
};

struct vcmd_nx_info {
	__u32 nid;
};

struct vcmd_ctx_stat {
	__u32 usecnt;
	__u32 tasks;
};

struct vcmd_ctx_create {
	__u64 flagword;
};

struct vcmd_ctx_migrate {
	__u64 flagword;
};

struct vcmd_net_create {
	__u64 flagword;
};

/* Address types and modifiers (spec/abi.md 8.7) */
#define NXA_TYPE_NONE		0x0000
#define NXA_TYPE_IPV4		0x0001
#define NXA_TYPE_IPV6		0x0002
#define NXA_TYPE_ADDR		0x0010
#define NXA_TYPE_MASK		0x0020
#define NXA_TYPE_RANGE		0x0040
#define NXA_TYPE_ANY		0x00ff
#define NXA_MOD_BCAST		0x0100
#define NXA_MOD_LBACK		0x0200
#define NXA_MOD_SHARED		0x0800	/* ours: the host uses it as well */
#define NXA_LOOPBACK		0x1000
#define NXA_MASK_ALL		(NXA_TYPE_ADDR | NXA_TYPE_MASK | NXA_TYPE_RANGE)
#define NXA_MASK_BIND		(NXA_MASK_ALL | NXA_MOD_BCAST | NXA_MOD_LBACK)
#define NXA_MASK_SHOW		(NXA_MASK_ALL | NXA_LOOPBACK)

/* All addresses in network byte order */
struct vcmd_net_addr_v0 {
	__u16 type;
	__u16 count;
	__be32 ip[4];
	__be32 mask[4];
};

struct vcmd_net_ipv4_v1 {
	__u16 type;
	__u16 flags;
	__be32 ip;
	__be32 mask;
};

struct vcmd_net_ipv4_v2 {
	__u16 type;
	__u16 flags;
	__be32 ip;
	__be32 ip2;
	__be32 mask;
};

struct vcmd_net_ipv6_v1 {
	__u16 type;
	__u16 flags;
	__u32 prefix;
	__u8 ip[16];
	__u8 mask[16];
};

/* Mark of the sockets made from now on; for tc "fw": major << 16 | minor */
struct vcmd_net_mark {
	__u32 mark;
};

struct vcmd_flags {
	__u64 flagword;
	__u64 mask;
};

struct vcmd_ccaps_v1 {
	__u64 caps;
	__u64 mask;
};

struct vcmd_ccaps_v0 {
	__u64 bcaps;
	__u64 ccaps;
	__u64 cmask;
};

struct vcmd_bcaps {
	__u64 bcaps;
	__u64 bmask;
};

struct vcmd_umask {
	__u64 value;
	__u64 mask;
};

struct vcmd_badness {
	__s64 bias;
};

#define VHIN_CONTEXT		0
#define VHIN_SYSNAME		1
#define VHIN_NODENAME		2
#define VHIN_RELEASE		3
#define VHIN_VERSION		4
#define VHIN_MACHINE		5
#define VHIN_DOMAINNAME		6
#define VHIN_LEN		65

struct vcmd_vhi_name {
	__u32 field;
	char name[VHIN_LEN];
};

struct vcmd_virt_stat {
	__u64 offset;
	__u64 uptime;
	__u32 nr_threads;
	__u32 nr_running;
	__u32 nr_uninterruptible;
	__u32 nr_onhold;
	__u32 nr_forks;
	__u32 load[3];
};

struct vcmd_sock_stat {
	__u32 field;
	__u32 count[3];
	__u64 total[3];
};

struct vcmd_rlimit {
	__u32 id;
	__u64 minimum;
	__u64 softlimit;
	__u64 maximum;
};

#define CRLIM_UNSET		((__u64)0)
#define CRLIM_INFINITY		(~(__u64)0)
#define CRLIM_KEEP		(~(__u64)1)

struct vcmd_rlimit_mask {
	__u32 minimum;
	__u32 softlimit;
	__u32 maximum;
};

struct vcmd_rlimit_stat {
	__u32 id;
	__u32 hits;
	__u64 value;
	__u64 minimum;
	__u64 maximum;
};

struct vcmd_sched_v2 {
	__s32 fill_rate;
	__s32 interval;
	__s32 tokens;
	__s32 tokens_min;
	__s32 tokens_max;
	__u64 cpu_mask;
};

struct vcmd_sched_v3 {
	__u32 set_mask;
	__s32 fill_rate;
	__s32 interval;
	__s32 tokens;
	__s32 tokens_min;
	__s32 tokens_max;
	__s32 priority_bias;
};

struct vcmd_sched_v4 {
	__u32 set_mask;
	__s32 fill_rate;
	__s32 interval;
	__s32 tokens;
	__s32 tokens_min;
	__s32 tokens_max;
	__s32 prio_bias;
	__s32 cpu_id;
	__s32 bucket_id;
};

struct vcmd_sched_v5 {
	__u32 mask;
	__s32 cpu_id;
	__s32 bucket_id;
	__s32 fill_rate[2];
	__s32 interval[2];
	__s32 tokens;
	__s32 tokens_min;
	__s32 tokens_max;
	__s32 prio_bias;
};

struct vcmd_sched_info {
	__s32 cpu_id;
	__s32 bucket_id;
	__u64 user_msec;
	__u64 sys_msec;
	__u64 hold_msec;
	__u32 token_usec;
	__s32 vavavoom;
};

struct vcmd_prio_bias {
	__s32 cpu_id;
	__s32 prio_bias;
};

struct vcmd_ctx_kill {
	__s32 pid;
	__s32 sig;
};

struct vcmd_wait_exit {
	__s32 reboot_cmd;
	__s32 exit_code;
};

struct vcmd_space_mask_v1 {
	__u64 mask;
};

struct vcmd_space_mask_v2 {
	__u64 mask;
	__u32 index;
};

struct vcmd_iattr_v1 {
	const char *name;
	__u32 tag;
	__u32 flags;
	__u32 mask;
};

struct vcmd_fiattr {
	__u32 tag;
	__u32 flags;
	__u32 mask;
};

/* Inode attributes */
#define IATTR_ADMIN		0x00000001
#define IATTR_WATCH		0x00000002
#define IATTR_HIDE		0x00000004
#define IATTR_WRITE		0x00000008
#define IATTR_BARRIER		0x00010000
#define IATTR_IXUNLINK		0x00020000
#define IATTR_IMMUTABLE		0x00040000
#define IATTR_COW		0x00080000
#define IATTR_TAG		0x01000000
#define IATTR_FLAGS		0x00000007

/* Context flags (cflags) --------------------------------------------------- */

#define VXF_INFO_LOCK		(1ULL << 0)
#define VXF_INFO_SCHED		(1ULL << 1)
#define VXF_INFO_NPROC		(1ULL << 2)
#define VXF_INFO_PRIVATE	(1ULL << 3)
#define VXF_INFO_INIT		(1ULL << 4)
#define VXF_INFO_HIDE		(1ULL << 5)
#define VXF_INFO_ULIMIT		(1ULL << 6)
#define VXF_INFO_NSPACE		(1ULL << 7)
#define VXF_SCHED_HARD		(1ULL << 8)
#define VXF_SCHED_PRIO		(1ULL << 9)
#define VXF_SCHED_PAUSE		(1ULL << 10)
#define VXF_VIRT_MEM		(1ULL << 16)
#define VXF_VIRT_UPTIME		(1ULL << 17)
#define VXF_VIRT_CPU		(1ULL << 18)
#define VXF_VIRT_LOAD		(1ULL << 19)
#define VXF_VIRT_TIME		(1ULL << 20)
#define VXF_HIDE_MOUNT		(1ULL << 24)
#define VXF_HIDE_NETIF		(1ULL << 25)
#define VXF_HIDE_VINFO		(1ULL << 26)
#define VXF_STATE_SETUP		(1ULL << 32)
#define VXF_STATE_INIT		(1ULL << 33)
#define VXF_STATE_ADMIN		(1ULL << 34)
#define VXF_SC_HELPER		(1ULL << 36)
#define VXF_REBOOT_KILL		(1ULL << 37)
#define VXF_PERSISTENT		(1ULL << 38)
#define VXF_FORK_RSS		(1ULL << 48)
#define VXF_PROLIFIC		(1ULL << 49)
#define VXF_IGNEG_NICE		(1ULL << 52)
#define VXF_IGNEG_IONICE	(1ULL << 53)

#define VXF_ONE_TIME		(VXF_STATE_SETUP | VXF_STATE_INIT | VXF_STATE_ADMIN)
#define VXF_INIT_SET		VXF_ONE_TIME

/* Flags of ctx_migrate */
#define VXM_SET_INIT		(1ULL << 0)
#define VXM_SET_REAPER		(1ULL << 1)

/* Context capabilities (ccaps) --------------------------------------------- */

#define VXC_SET_UTSNAME		(1ULL << 0)
#define VXC_SET_RLIMIT		(1ULL << 1)
#define VXC_FS_SECURITY		(1ULL << 2)
#define VXC_FS_TRUSTED		(1ULL << 3)
#define VXC_TIOCSTI		(1ULL << 4)
#define VXC_RAW_ICMP		(1ULL << 8)
#define VXC_SYSLOG		(1ULL << 12)
#define VXC_OOM_ADJUST		(1ULL << 13)
#define VXC_AUDIT_CONTROL	(1ULL << 14)
#define VXC_SECURE_MOUNT	(1ULL << 16)
#define VXC_SECURE_REMOUNT	(1ULL << 17)
#define VXC_BINARY_MOUNT	(1ULL << 18)
#define VXC_DEV_MOUNT		(1ULL << 19)
#define VXC_QUOTA_CTL		(1ULL << 20)
#define VXC_ADMIN_MAPPER	(1ULL << 21)
#define VXC_ADMIN_CLOOP		(1ULL << 22)
#define VXC_KTHREAD		(1ULL << 24)
#define VXC_NAMESPACE		(1ULL << 25)
#define VXC_IO_URING		(1ULL << 32)	/* ours: io_uring_setup(2) */

/* Network flags (nflags) and capabilities (ncaps) --------------------------- */

#define NXF_INFO_LOCK		(1ULL << 0)
#define NXF_INFO_PRIVATE	(1ULL << 3)
#define NXF_SINGLE_IP		(1ULL << 8)
#define NXF_LBACK_REMAP		(1ULL << 9)
#define NXF_LBACK_ALLOW		(1ULL << 10)
#define NXF_HIDE_NETIF		(1ULL << 25)
#define NXF_HIDE_LBACK		(1ULL << 26)
#define NXF_STATE_SETUP		(1ULL << 32)
#define NXF_STATE_ADMIN		(1ULL << 34)
#define NXF_SC_HELPER		(1ULL << 36)
#define NXF_PERSISTENT		(1ULL << 38)

#define NXC_TUN_CREATE		(1ULL << 0)
#define NXC_RAW_ICMP		(1ULL << 8)
#define NXC_MULTICAST		(1ULL << 12)

#endif /* _UAPI_LINUX_VSERVER_H */
