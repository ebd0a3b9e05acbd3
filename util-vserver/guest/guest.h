/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Puts a guest together out of a context, spaces, mounts and a cgroup: start, stop, enter.
 *
 * Functions return 0 or -1; after -1 cfg_error() has the reason in one line. Messages that
 * don't end the work (warnings, notices) go to the callback in struct guest.
 */
#ifndef VSERVER_GUEST_H
#define VSERVER_GUEST_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "config/config.h"
#include "config/network.h"

enum guest_note {
	GUEST_INFO,		/* only with --verbose */
	GUEST_WARNING,
};

/**
 * struct guest_style - one init style (config.md 4.9)
 * @name: word in apps/init/style
 * @real: its program is the guest's pid 1; start returns when its exec worked, stop sends INT
 * @start: candidates for the start program, the last existing one is taken (NULL-terminated)
 * @stop: likewise for stop
 * @level_start: default runlevel, an argument of the start program; NULL: none
 * @level_stop: likewise
 * @utmp: write a runlevel record, so that runlevel(8) works without a real init
 */
struct guest_style {
	const char *name;
	bool real;
	const char *const start[3];
	const char *const stop[3];
	const char *level_start;
	const char *level_stop;
	bool utmp;
};

/**
 * struct guest - everything about a guest that its configuration says
 * @cfg: the configuration directory, owned by the caller
 * @name: display name
 * @root: real path of the root directory on the host
 * @xid: static context id
 * @cflags: context flags to raise (without the one-time state flags)
 * @bcaps: capability bound
 * @ccaps: context capabilities
 * @umask: namespaces that the guest may make itself
 * @spaces: CLONE_* of the private namespaces
 * @net_of: xid whose network namespace is joined instead of a private one; 0: none
 * @nid: network context; 0: none, the guest's network is that of its namespace
 * @nflags: its flags (without the one-time state flags)
 * @ncaps: its capabilities
 * @net: addresses, devices, bandwidth; empty if the guest has a network namespace of its own
 * @badness, @nice, @ioprio, @personality: valid if the has_ member is set
 * @style: init style
 * @real_init: see struct guest_style; also set by the cflags line `fakeinit`
 * @level_start, @level_stop: runlevels or NULL
 * @start, @stop, @prepare: configured commands (n == 0: by style)
 * @start_sync, @stop_sync: commands on the host
 * @sync: run them
 * @environment: complete environment of the guest's init, VAR=VALUE
 * @killseq: signal, (seconds, signal)*
 * @stop_timeout: seconds that a guest gets for its own shutdown
 * @note: receiver of messages; may be NULL
 */
struct guest {
	const struct cfg *cfg;
	char *name;
	char *root;
	uint32_t xid;
	uint64_t cflags;
	uint64_t bcaps;
	uint64_t ccaps;
	uint64_t umask;
	uint64_t spaces;
	uint32_t net_of;
	uint32_t nid;
	uint64_t nflags;
	uint64_t ncaps;
	struct cfg_network net;
	bool has_badness;
	int64_t badness;
	bool has_nice;
	int nice;
	bool has_ioprio;
	int ioprio;
	bool has_personality;
	unsigned long personality;
	const struct guest_style *style;
	bool real_init;
	char *level_start;
	char *level_stop;
	struct cfg_list start, stop, prepare, start_sync, stop_sync;
	bool sync;
	struct cfg_list environment;
	struct cfg_list killseq;
	unsigned int stop_timeout;
	void (*note)(void *arg, enum guest_note level, const char *text);
	void *note_arg;
};

/* Reads and checks the whole configuration; nothing is changed on the machine. */
int guest_load(struct guest *g, const struct cfg *c);
void guest_free(struct guest *g);

/**
 * struct guest_start_options - of `vserver NAME start`
 * @rescue: run @rescue_cmd instead of the guest's own init
 * @rescue_init: the same, as pid 1 of the guest and without waiting
 * @rescue_cmd: NULL-terminated; NULL: /bin/sleep 900
 * @debug_sysv: start an rc script through /bin/sh -x
 * @tty: stdio is the configured terminal instead of /dev/null
 * @trace: run the guest's init under strace into a new file /tmp/vserver-start.*
 * @sync: run the start-sync command
 * @fail_at: testing: this step does its work and then counts as failed
 */
struct guest_start_options {
	bool rescue;
	bool rescue_init;
	char *const *rescue_cmd;
	bool debug_sysv;
	bool tty;
	bool trace;
	bool sync;
	const char *fail_at;
};

#define GUEST_ALREADY	1	/* start: runs already; stop: doesn't run */

/* 0 started, GUEST_ALREADY, or -1: nothing is left behind, cfg_error() names the step. */
int guest_start(struct guest *g, const struct guest_start_options *o);
/* Names of the steps of a start in their order, NULL-terminated. */
const char *const *guest_start_steps(void);

/**
 * struct guest_stop_options - of `vserver NAME stop`
 * @rescue_init: treat the guest as one with a real init
 * @debug_sysv: stop command through /bin/sh -x
 * @tty: stdio of the stop command
 */
struct guest_stop_options {
	bool rescue_init;
	bool debug_sysv;
	bool tty;
};

int guest_stop(struct guest *g, const struct guest_stop_options *o);

/* If the guest doesn't run (any more), removes its run file, cgroup and helper state. */
int guest_clean_dead(struct guest *g);

/**
 * struct guest_enter_options - a program in a running guest
 * @user: name or number of the guest's user, NULL: root
 * @argv: the program; NULL: the login shell (see guest_enter())
 * @channel: of pty_proxy(), -1: stdio stays as it is
 * @insecure: also if it doesn't run: a temporary context around the program
 */
struct guest_enter_options {
	const char *user;
	char *const *argv;
	int channel;
	bool insecure;
};

/* Becomes the program; returns only on failure (-1). */
int guest_enter(struct guest *g, const struct guest_enter_options *o);

/* Waits at most MSEC (-1: for ever) until the context is gone: 1 gone, 0 not yet, -1. */
int guest_wait_gone(uint32_t xid, int msec);

/**
 * struct guest_address - an address of a running guest
 * @text: with its prefix
 * @dev: device of the host that has it for the guest, empty: none that is known
 * @kept: the device had it before the start and keeps it
 * @shared: host and guest share its ports
 */
struct guest_address {
	char text[VC_NET_TEXT_LEN];
	char dev[IFNAMSIZ];
	bool kept;
	bool shared;
};

/**
 * guest_addresses() - what a running guest's network context owns
 * @c: the guest
 * @xid: its context
 * @nid: out: its network context, 0: it has none
 * @v: out: the addresses in their order, to be freed
 * @n: out: number of them
 */
int guest_addresses(const struct cfg *c, uint32_t xid, uint32_t *nid, struct guest_address **v,
		    size_t *n);

/**
 * struct guest_class - what a running guest may send through a device, and has sent
 * @dev: the device
 * @rate: reserved, bits per second
 * @ceil: at most
 * @share: weight in what is left
 * @sent, @packets: went out
 * @dropped: packets that didn't
 * @queued: bytes that wait
 */
struct guest_class {
	char dev[IFNAMSIZ];
	uint64_t rate, ceil;
	unsigned int share;
	uint64_t sent, packets, dropped, queued;
};

/* The classes that a running guest has, to be freed. */
int guest_classes(const struct cfg *c, struct guest_class **v, size_t *n);
/* Makes them what the configuration says now, or takes them away until the next start. */
int guest_shape(struct guest *g, bool remove);

/* Serialises start and stop of one guest: descriptor of the lock or -1. */
int guest_lock(const struct cfg *c);
/* The same without waiting for another start or stop; -1 also if one is going on. */
int guest_lock_now(const struct cfg *c);
/* Any file of the lock directory. */
int guest_lock_file(const char *name);
/* Does somebody hold the guest's lock? */
bool guest_is_locked(const struct cfg *c);

/* Removes the root directory and then the configuration of a stopped guest. */
int guest_delete(const struct cfg *c);

void guest_note(const struct guest *g, enum guest_note level, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

#endif
