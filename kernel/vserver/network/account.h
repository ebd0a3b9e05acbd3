/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Traffic counters of a process context, one set per CPU.
 */
#ifndef _VSERVER_ACCOUNT_H
#define _VSERVER_ACCOUNT_H

#include <linux/types.h>

struct vx_info;

/* Classes of address families, in the order of spec/abi.md 8.1 */
enum vx_acct_class {
	VXA_UNSPEC, VXA_UNIX, VXA_INET, VXA_INET6, VXA_PACKET, VXA_OTHER,
	VXA_CLASSES
};

enum vx_acct_dir { VXA_RECEIVED, VXA_SENT, VXA_FAILED, VXA_DIRS };

/**
 * struct vx_acct - counters of one CPU
 * @count: messages
 * @bytes: their bytes; 0 for failed ones
 */
struct vx_acct {
	unsigned long count[VXA_CLASSES][VXA_DIRS];
	unsigned long bytes[VXA_CLASSES][VXA_DIRS];
};

/* The same for one class, of all CPUs */
struct vx_acct_sum {
	unsigned long count[VXA_DIRS];
	unsigned long bytes[VXA_DIRS];
};

void vx_acct_sum(const struct vx_info *vxi, enum vx_acct_class class,
		 struct vx_acct_sum *sum);

#endif /* _VSERVER_ACCOUNT_H */
