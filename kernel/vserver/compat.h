/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What differs between kernel versions. The only file of ours that may ask
 * for LINUX_VERSION_CODE; each entry says which release changed what.
 */
#ifndef _VSERVER_COMPAT_H
#define _VSERVER_COMPAT_H

#include <linux/version.h>

#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 12, 0)
#error "Linux-VServer needs Linux 6.12 or later"
#endif

#endif /* _VSERVER_COMPAT_H */
