/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * exec and suexec without a terminal of their own: the admin's terminal stays on the host.
 *
 * A program of the guest that got it, as a descriptor or as /dev/tty of the session, could
 * leave a process behind that reads what the admin types afterwards. So whatever of standard
 * input, output and error is a terminal becomes a pipe, and the rest is passed on.
 */
#ifndef VSERVER_RELAY_H
#define VSERVER_RELAY_H

/**
 * relay_split() - keep the terminal away from what follows
 *
 * Without a controlling terminal and with no terminal among the three: nothing to do. Else
 * the process forks; the caller goes on in the child, which has a session of its own. The
 * parent copies, forwards signals and ends as the child ends.
 *
 * Return: 0, or -1 with errno.
 */
int relay_split(void);

#endif
