/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * netctx.h - network contexts and the addresses that options name
 *
 * Shared by ncontext, chbind and naddress. Exit codes, --disconnect and --syncsock are
 * those of ctx.h. A step that fails ends the program: a context that nobody is in goes
 * away with it.
 */
#ifndef UTIL_VSERVER_NETCTX_H
#define UTIL_VSERVER_NETCTX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <vserver.h>

/**
 * net_create() - make a network context and enter it
 * @nid: in: id or VX_ID_DYNAMIC for a free one; out: id of the context
 *
 * Return: false if it exists already (errno EEXIST).
 */
bool net_create(uint32_t *nid);
/* The line that scripts read. */
void net_announce(uint32_t nid);
void net_migrate(uint32_t nid);
/* The id that --nid asks for; NULL: the caller's own. */
uint32_t net_target(const char *nid);

/**
 * struct net_list - addresses in the order in which they were given
 * @v: the addresses
 * @n: their number
 */
struct net_list {
	struct vc_net_addr *v;
	size_t n;
};

/**
 * net_list_add() - one more address
 * @option: its name, for messages
 * @text: as vc_net_parse() reads it; the name of a device, where one can stand: the
 *	device's first IPv4 address with its mask, or its broadcast address
 *
 * Of the kinds of which a context has one only, the last one given counts.
 */
void net_list_add(struct net_list *list, enum vc_net_kind kind, const char *option,
		  const char *text);

/* The host goes on using the addresses, too. */
void net_list_share(struct net_list *list);

/* The line "VERB A B C", addresses without masks; nothing if there are none. */
void net_list_print(const struct net_list *list, const char *verb);
void net_list_join(uint32_t nid, const struct net_list *list);
void net_list_leave(uint32_t nid, const struct net_list *list);
void net_remove_all(uint32_t nid);

#endif
