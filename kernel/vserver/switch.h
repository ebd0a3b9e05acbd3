/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a command handler of the vserver system call gets and returns.
 */
#ifndef _VSERVER_SWITCH_H
#define _VSERVER_SWITCH_H

#include <linux/types.h>
#include <uapi/linux/vserver.h>

struct nx_info;
struct vx_info;

/**
 * struct vc_call - one vserver(2) call at work
 * @cmd: the command word
 * @id: the id argument as it came
 * @vxi: target context, counted by the dispatcher for the time of the call;
 *	NULL for commands without a target
 * @nxi: likewise the target of commands on network contexts
 * @data: kernel copy of the argument structure, native layout, zero-filled
 *	where the caller gave nothing
 * @no_data: the caller passed NULL (only where the table allows it)
 *
 * A handler returns the result of the call (>= 0) or -errno. It never touches
 * user memory: the dispatcher copies in before and out after it.
 */
struct vc_call {
	u32 cmd;
	u32 id;
	struct vx_info *vxi;
	struct nx_info *nxi;
	void *data;
	bool no_data;
};

/* context/info.c */
int vc_get_version(struct vc_call *c);
int vc_get_vci(struct vc_call *c);
int vc_task_xid(struct vc_call *c);
int vc_task_nid(struct vc_call *c);
int vc_task_tag(struct vc_call *c);
int vc_vx_info(struct vc_call *c);
int vc_ctx_stat(struct vc_call *c);

/* context/lifecycle.c, context/migrate.c */
int vc_ctx_create(struct vc_call *c);
int vc_ctx_migrate(struct vc_call *c);

/* context/kill.c */
int vc_ctx_kill(struct vc_call *c);
int vc_wait_exit(struct vc_call *c);

/* context/flags.c */
int vc_get_cflags(struct vc_call *c);
int vc_set_cflags(struct vc_call *c);
int vc_get_ccaps_v0(struct vc_call *c);
int vc_set_ccaps_v0(struct vc_call *c);
int vc_get_ccaps(struct vc_call *c);
int vc_set_ccaps(struct vc_call *c);
int vc_get_bcaps(struct vc_call *c);
int vc_set_bcaps(struct vc_call *c);
int vc_get_umask(struct vc_call *c);
int vc_set_umask(struct vc_call *c);
int vc_get_wmask(struct vc_call *c);
int vc_set_wmask(struct vc_call *c);
int vc_get_badness(struct vc_call *c);
int vc_set_badness(struct vc_call *c);

/* context/uname.c */
int vc_set_vhi_name(struct vc_call *c);
int vc_get_vhi_name(struct vc_call *c);

/* context/space.c */
int vc_enter_space(struct vc_call *c);	/* v0, v1, v2: by c->cmd */
int vc_set_space(struct vc_call *c);
int vc_get_space_mask(struct vc_call *c);
int vx_store_spaces(struct vx_info *vxi, unsigned long mask, unsigned int index);

/* context/procattr.c: attributes of /proc entries */
int vc_get_iattr(struct vc_call *c);
int vc_set_iattr(struct vc_call *c);
int vc_fget_iattr(struct vc_call *c);
int vc_fset_iattr(struct vc_call *c);

/* network/lifecycle.c */
int vc_nx_info(struct vc_call *c);
int vc_net_create(struct vc_call *c);
int vc_net_migrate(struct vc_call *c);

/* network/address.c */
int vc_net_add_v0(struct vc_call *c);
int vc_net_remove_v0(struct vc_call *c);
int vc_net_add_ipv4_v1(struct vc_call *c);
int vc_net_rem_ipv4_v1(struct vc_call *c);
int vc_net_add_ipv4(struct vc_call *c);
int vc_net_rem_ipv4(struct vc_call *c);
int vc_net_add_ipv6(struct vc_call *c);
int vc_net_remove_ipv6(struct vc_call *c);

/* network/flags.c */
int vc_get_nflags(struct vc_call *c);
int vc_set_nflags(struct vc_call *c);
int vc_get_ncaps(struct vc_call *c);
int vc_set_ncaps(struct vc_call *c);
int vc_net_set_mark(struct vc_call *c);
int vc_net_get_mark(struct vc_call *c);

/* network/account.c */
int vc_sock_stat(struct vc_call *c);

u32 vc_config_word(void);

#endif /* _VSERVER_SWITCH_H */
