// SPDX-License-Identifier: GPL-2.0-only
/*
 * Names of a context (spec/abi.md 8.4): the CONTEXT name, which tools use to
 * find a guest's configuration, and the fields of the uts namespace that is
 * stored in its first set of spaces.
 */

#include <linux/nsproxy.h>
#include <linux/sched.h>
#include <linux/string.h>
#include <linux/utsname.h>

#include "../switch.h"
#include "context.h"

static const unsigned short vx_uts_offset[] = {
	[VHIN_SYSNAME]		= offsetof(struct new_utsname, sysname),
	[VHIN_NODENAME]		= offsetof(struct new_utsname, nodename),
	[VHIN_RELEASE]		= offsetof(struct new_utsname, release),
	[VHIN_VERSION]		= offsetof(struct new_utsname, version),
	[VHIN_MACHINE]		= offsetof(struct new_utsname, machine),
	[VHIN_DOMAINNAME]	= offsetof(struct new_utsname, domainname),
};

static_assert(__NEW_UTS_LEN + 1 == VHIN_LEN);

/* Under space_lock. */
static struct uts_namespace *vx_stored_uts(const struct vx_info *vxi)
{
	const struct vx_space *space = &vxi->space[0];

	return space->mask & CLONE_NEWUTS ? space->ns->uts_ns : NULL;
}

static void vx_get_uts_name(struct uts_namespace *uts, struct vcmd_vhi_name *d)
{
	const char *name = (const char *)&uts->name + vx_uts_offset[d->field];

	down_read(&uts_sem);
	memcpy(d->name, name, VHIN_LEN);
	up_read(&uts_sem);
}

static void vx_set_uts_name(struct uts_namespace *uts,
			    const struct vcmd_vhi_name *d)
{
	char *name = (char *)&uts->name + vx_uts_offset[d->field];

	down_write(&uts_sem);
	strscpy_pad(name, d->name, VHIN_LEN);
	up_write(&uts_sem);
	if (d->field == VHIN_NODENAME)
		uts_proc_notify(UTS_PROC_HOSTNAME);
	else if (d->field == VHIN_DOMAINNAME)
		uts_proc_notify(UTS_PROC_DOMAINNAME);
}

int vc_get_vhi_name(struct vc_call *c)
{
	struct vcmd_vhi_name *d = c->data;
	struct vx_info *vxi = c->vxi;
	struct uts_namespace *uts;
	u32 field = d->field;
	int ret = 0;

	/* what the caller left in name and padding does not go back */
	memset(d, 0, sizeof(*d));
	d->field = field;
	if (field > VHIN_DOMAINNAME)
		return -EINVAL;
	if (field == VHIN_CONTEXT) {
		spin_lock(&vxi->lock);
		memcpy(d->name, vxi->name, VHIN_LEN);
		spin_unlock(&vxi->lock);
		return 0;
	}
	mutex_lock(&vxi->space_lock);
	uts = vx_stored_uts(vxi);
	if (uts)
		vx_get_uts_name(uts, d);
	else
		ret = -EINVAL;
	mutex_unlock(&vxi->space_lock);
	return ret;
}

int vc_set_vhi_name(struct vc_call *c)
{
	struct vcmd_vhi_name *d = c->data;
	struct vx_info *vxi = c->vxi;
	struct uts_namespace *uts;
	int ret = 0;

	if (d->field > VHIN_DOMAINNAME)
		return -EINVAL;
	d->name[VHIN_LEN - 1] = '\0';
	if (d->field == VHIN_CONTEXT) {
		spin_lock(&vxi->lock);
		strscpy_pad(vxi->name, d->name, VHIN_LEN);
		spin_unlock(&vxi->lock);
		return 0;
	}
	mutex_lock(&vxi->space_lock);
	uts = vx_stored_uts(vxi);
	/* A guest that kept the names of the host must not change them. */
	if (uts && uts != &init_uts_ns)
		vx_set_uts_name(uts, d);
	else
		ret = -EINVAL;
	mutex_unlock(&vxi->space_lock);
	return ret;
}
