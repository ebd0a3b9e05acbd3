/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * pty.h - the terminal proxy: a guest's program on a terminal of the guest
 *
 * A program that runs in a guest on the administrator's own terminal could
 * push characters into it, change its modes, or keep it open.  So the process
 * is split in two before it enters the guest:
 *
 *	proxy  stays on the host, keeps the terminal, copies bytes
 *	child  enters the guest, opens a new pty there, becomes the program
 *
 * The only things the two share are the pty and, until the program is
 * executed, a socket pair on which the child hands over the pty's master.
 * The proxy checks that what it got is the master of a pty.
 *
 *	int channel = pty_proxy("mytool");	(the proxy never returns)
 *	... enter the guest ...
 *	what = pty_attach(channel, -1);
 *	if (what)
 *		die("%s: %s", what, strerror(errno));
 *	execvp(...);
 */
#ifndef UTIL_VSERVER_PTY_H
#define UTIL_VSERVER_PTY_H

#include <sys/types.h>

/**
 * pty_proxy() - divide the process into the proxy and the child
 * @tool: name of the program, for the proxy's messages
 *
 * Return: in the child the file descriptor of the channel for pty_attach(), or
 * -1 with errno set when no child could be made.  The proxy doesn't return: it
 * serves the terminal and ends the way the child ended (same exit status, or
 * killed by the same signal).
 *
 * The child is the leader of a new session without a terminal; what it writes
 * to standard error before pty_attach() still reaches the caller's terminal.
 */
int pty_proxy(const char *tool);

/**
 * pty_attach() - open a new pty here and make it the controlling terminal
 * @channel: what pty_proxy() returned; closed on success
 * @owner: user who shall own the terminal, (uid_t)-1 for the present one
 *
 * To be called by the child after it has entered the guest: root directory,
 * mount namespace and context, before it gives up root.  The pty comes from
 * the devpts of /dev/ptmx there.  On success standard input, output and error
 * are the terminal, with modes and size of the caller's.
 *
 * Return: NULL, or the name of the step that failed with errno set.
 */
const char *pty_attach(int channel, uid_t owner);

/*
 * The two halves of pty_proxy(), for a caller that makes the processes itself
 * (tests, a service that keeps a console).
 */

/**
 * pty_split() - make the child and the channel between it and the proxy
 * @channel: out: this side's end of the channel
 *
 * Return: as fork(2).
 */
pid_t pty_split(int *channel);

/**
 * pty_receive() - take over the master of the guest's pty
 * @channel: the proxy's end of the channel
 *
 * Return: the file descriptor, checked to be the master of a pty; -1 with errno
 * 0 when the child gave up without one (it has said why itself), -1 with
 * another errno when something else came.
 */
int pty_receive(int channel);

/**
 * pty_serve() - be the proxy until the child ends
 * @tool: name of the program, for messages
 * @channel: the proxy's end of the channel; closed
 * @child: the process that pty_split() returned
 *
 * The terminal's modes are the old ones again when this returns.
 *
 * Return: a status as of wait(2): that of the child, or as if killed by SIGHUP,
 * SIGTERM, ... when the proxy's terminal went away or the proxy was told to end.
 */
int pty_serve(const char *tool, int channel, pid_t child);

/**
 * pty_end_like() - end this process the way another one ended
 * @status: as of wait(2)
 */
void pty_end_like(int status) __attribute__((noreturn));

/**
 * pty_is_master() - is this file descriptor the master side of a pty?
 */
int pty_is_master(int fd);

#endif
