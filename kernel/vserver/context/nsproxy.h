/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Included at the end of kernel/nsproxy.c, whose private functions for
 * setns(2) it uses: joining the spaces a context has stored is a setns()
 * from a namespace proxy instead of a file descriptor. All permission checks
 * are those of setns().
 */
#ifdef CONFIG_VSERVER

#include "space.h"

/* In this order; the user namespace comes before all of them. */
static const unsigned long vx_space_order[] = {
	CLONE_NEWNS, CLONE_NEWUTS, CLONE_NEWIPC, CLONE_NEWPID,
	CLONE_NEWCGROUP, CLONE_NEWNET, CLONE_NEWTIME,
};

static struct ns_common *vx_space_ns(const struct nsproxy *ns,
				     unsigned long flag)
{
	switch (flag) {
	case CLONE_NEWNS:
		return from_mnt_ns(ns->mnt_ns);
	case CLONE_NEWUTS:
		return &ns->uts_ns->ns;
	case CLONE_NEWIPC:
		return &ns->ipc_ns->ns;
	case CLONE_NEWPID:
		return &ns->pid_ns_for_children->ns;
	case CLONE_NEWCGROUP:
		return &ns->cgroup_ns->ns;
	case CLONE_NEWNET:
		return &ns->net_ns->ns;
	default:
		return &ns->time_ns_for_children->ns;
	}
}

static int vx_validate_spaces(struct nsset *nsset, unsigned long flags,
			      struct nsproxy *ns,
			      struct user_namespace *user_ns)
{
	int ret = 0;

#ifdef CONFIG_USER_NS
	if (flags & CLONE_NEWUSER)
		ret = validate_ns(nsset, &user_ns->ns);
#endif
	for (int i = 0; !ret && i < ARRAY_SIZE(vx_space_order); i++)
		if (flags & vx_space_order[i])
			ret = validate_ns(nsset,
					  vx_space_ns(ns, vx_space_order[i]));
	return ret;
}

/**
 * vx_spaces_valid - Does this kernel have the namespaces of a mask?
 * @flags: CLONE_NEW* bits, 0 is fine
 */
bool vx_spaces_valid(unsigned long flags)
{
	return !flags || !check_setns_flags(flags);
}

/**
 * vx_mix_spaces - The caller's namespaces, some of them replaced
 * @ns: where the replacements come from, may be NULL
 * @flags: CLONE_NEW* bits to take from @ns, without CLONE_NEWUSER
 *
 * Return: a counted proxy or an error pointer.
 */
struct nsproxy *vx_mix_spaces(struct nsproxy *ns, unsigned long flags)
{
	struct nsset nsset = {};
	struct nsproxy *mix;
	int ret;

	if (!ns || !flags) {
		get_nsproxy(current->nsproxy);
		return current->nsproxy;
	}
	/* Flags besides NEWNS make it work on a copy of current->fs. */
	ret = prepare_nsset(flags | CLONE_NEWUTS, &nsset);
	if (ret)
		return ERR_PTR(ret);
	ret = vx_validate_spaces(&nsset, flags, ns, NULL);
	mix = nsset.nsproxy;
	if (!ret)
		nsset.nsproxy = NULL;
	put_nsset(&nsset);
	return ret ? ERR_PTR(ret) : mix;
}

/**
 * vx_join_spaces - Move the caller into stored namespaces
 * @ns: the stored proxy, NULL if @flags is 0 or CLONE_NEWUSER only
 * @user_ns: the stored user namespace, used with CLONE_NEWUSER
 * @flags: CLONE_NEW* bits of the namespaces to join
 *
 * With CLONE_NEWNS root and working directory become the root of the mount
 * namespace.
 *
 * Return: 0 or -errno of setns(2); nothing has changed on failure.
 */
int vx_join_spaces(struct nsproxy *ns, struct user_namespace *user_ns,
		   unsigned long flags)
{
	struct nsset nsset = {};
	int ret;

	ret = prepare_nsset(flags, &nsset);
	if (ret)
		return ret;
	ret = vx_validate_spaces(&nsset, flags, ns, user_ns);
	if (!ret) {
		commit_nsset(&nsset);
		perf_event_namespaces(current);
	}
	put_nsset(&nsset);
	return ret;
}

#endif /* CONFIG_VSERVER */
