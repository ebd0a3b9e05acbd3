// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * The entry. Mainline keeps numbers for the call on the old architectures, so the system's
 * headers have __NR_vserver there; the rest is the table of spec/abi.md section 2.
 */
#define _GNU_SOURCE
#include <sys/syscall.h>
#include <unistd.h>

#include "internal.h"

#ifdef __NR_vserver
#define NR_VSERVER __NR_vserver
#elif defined(__x86_64__) && !defined(__ILP32__)
#define NR_VSERVER 236
#elif defined(__i386__) || defined(__sh__)
#define NR_VSERVER 273
#elif defined(__arm__)
#define NR_VSERVER 313
#elif defined(__alpha__)
#define NR_VSERVER 428
#elif defined(__m68k__)
#define NR_VSERVER 278
#elif defined(__powerpc__)
#define NR_VSERVER 257
#elif defined(__hppa__) || defined(__s390__)
#define NR_VSERVER 263
#elif defined(__sparc__)
#define NR_VSERVER 267
#elif defined(__xtensa__)
#define NR_VSERVER 222
#elif defined(__aarch64__) || defined(__riscv) || defined(__loongarch__) || \
	defined(__arc__) || defined(__csky__) || defined(__nios2__) || defined(__or1k__)
#define NR_VSERVER 250
#else
#error "no number of the vserver system call is known for this architecture"
#endif

long vc_syscall(uint32_t cmd, uint32_t id, void *data)
{
	return syscall(NR_VSERVER, cmd, id, data);
}

int vc_get_version(void)
{
	/* The id is ignored; 63 is what tools have always sent. */
	return vc_call(VCMD_get_version, 63, NULL);
}

int vc_get_vci(void)
{
	return vc_call(VCMD_get_vci, 0, NULL);
}
