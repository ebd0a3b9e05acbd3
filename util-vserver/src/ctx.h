/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * ctx.h - the steps from a process of the host to a program in a context
 *
 * Shared by vcontext and chcontext; both do them in one process. Every step succeeds or
 * ends the program with a message: half-way into a context there is no way back.
 */
#ifndef UTIL_VSERVER_CTX_H
#define UTIL_VSERVER_CTX_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

/* Exit status: the context exists already. */
#define CTX_EXISTS	254
/* Exit status: failures of the tool itself. */
#define CTX_FAILED	255

/* Ids that tools hand out themselves when none is asked for; the kernel doesn't. */
#define CTX_FREE_FIRST	49152U
#define CTX_FREE_LAST	65534U

/**
 * ctx_create() - make a context and enter it
 * @xid: in: id or VX_ID_DYNAMIC for a free one; out: id of the context
 *
 * Return: false if it exists already (errno EEXIST).
 */
bool ctx_create(uint32_t *xid);
/* The line that scripts read. */
void ctx_announce(uint32_t xid);
/* Clears one-time state flags of a context; nothing to clear is fine. */
void ctx_clear_state(uint32_t xid, bool init, bool setup);
/* @init: the caller becomes the context's init and reaper. */
void ctx_migrate(uint32_t xid, bool init);

/* chroot to the working directory. */
void ctx_chroot(void);
/*
 * The working directory becomes the root of a mount namespace: that stored in the context
 * (second set of spaces) if there is one, else a new one, which is then stored.
 */
void ctx_pivot(uint32_t xid);

/**
 * ctx_detach() - go to the background
 *
 * Returns in a child with a session of its own and /dev/null as standard input. The parent
 * never returns: it ends with 0 when the child executes its program, else with the
 * child's status.
 */
void ctx_detach(void);

/* Connected stream socket of a path. */
int ctx_sync_connect(const char *path);
/* Sends the message, then waits until the other side closes. */
void ctx_sync(int fd, const char *message);

/* A user of the root directory that is now in effect; also drops all other groups. */
struct user;
void ctx_find_user(const char *who, struct user *user);
void ctx_become(const struct user *user);

#endif
