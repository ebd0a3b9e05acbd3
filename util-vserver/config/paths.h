/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Where things are (tools.md 0.1). The environment variables exist for tests and for
 * alternative installations; none of our programs is set-uid.
 */
#ifndef VSERVER_CONFIG_PATHS_H
#define VSERVER_CONFIG_PATHS_H

#define VS_CONFDIR		"/etc/vservers"			/* $VSERVER_CONFDIR */
#define VS_VSERVERDIR		"/vservers"			/* if no .defaults/vdirbase */
#define VS_PKGDATADIR		"/usr/share/util-vserver"	/* $VSERVER_DATADIR */
#define VS_PKGLIBEXECDIR	"/usr/lib/util-vserver"		/* $VSERVER_LIBEXECDIR */
#define VS_RUNDIR		"/run/vservers"			/* $VSERVER_RUNDIR */
#define VS_REVDIR		"/run/vservers.rev"		/* if no .defaults/run.rev */
#define VS_HELPERDIR		"/run/vshelper"			/* $VSERVER_HELPERDIR */
/* Not /run/lock: that is open to all users, who could block a start there. */
#define VS_LOCKDIR		"/run/vservers.lock"		/* $VSERVER_LOCKDIR */
/* What starts have changed in the host's network. */
#define VS_NETDIR		"/run/vservers.net"		/* $VSERVER_NETDIR */
#define VS_CACHEDIR		"/var/cache/vservers"
#define VS_CGROUP		"/sys/fs/cgroup"		/* the unified hierarchy */

/* Context ids that a guest may have (abi.md 8.2). */
#define VS_XID_MIN		2
#define VS_XID_MAX		65535
/* The first id that build hands out (config.md, context.next). */
#define VS_XID_FIRST		40000

#endif
