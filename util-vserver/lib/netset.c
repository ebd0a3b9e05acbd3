// SPDX-License-Identifier: LGPL-2.1-or-later
/* The address set of a network context as /proc/virtnet/NID/info shows it. */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "internal.h"

#define VIRTNET "/proc/virtnet"

/**
 * struct element - what stands between the brackets of a line
 * @ip: first address
 * @second: IPv4: end of the range; IPv6: mask
 * @third: IPv4: mask; IPv6: prefix
 * @type: NXA_* bits
 */
struct element {
	char ip[INET6_ADDRSTRLEN], second[INET6_ADDRSTRLEN], third[INET6_ADDRSTRLEN];
	unsigned int type;
};

static bool parse_type(unsigned int type, struct vc_net_addr *a)
{
	a->shared = type & NXA_MOD_SHARED;
	switch (type & NXA_MASK_ALL) {
	case NXA_TYPE_ADDR:
		a->kind = VC_NET_ADDR;
		return true;
	case NXA_TYPE_MASK:
		a->kind = VC_NET_MASK;
		return true;
	case NXA_TYPE_RANGE:
		a->kind = VC_NET_RANGE;
		return true;
	}
	return false;
}

static bool parse_v4(const struct element *e, struct vc_net_addr *a)
{
	a->family = AF_INET;
	if (!parse_type(e->type, a) || inet_pton(AF_INET, e->ip, a->ip) != 1 ||
	    inet_pton(AF_INET, e->third, a->mask) != 1)
		return false;
	a->prefix = vc_mask_prefix(a->mask, 4);
	return a->kind != VC_NET_RANGE || inet_pton(AF_INET, e->second, a->ip2) == 1;
}

static bool parse_v6(const struct element *e, struct vc_net_addr *a)
{
	int prefix = atoi(e->third);

	a->family = AF_INET6;
	if (!parse_type(e->type, a) || inet_pton(AF_INET6, e->ip, a->ip) != 1 ||
	    inet_pton(AF_INET6, e->second, a->mask) != 1 || prefix > 128)
		return false;
	/* A single address is compared as a whole; the prefix is only kept for show. */
	if (a->kind == VC_NET_ADDR)
		vc_set_prefix(a, prefix);
	else
		a->prefix = vc_mask_prefix(a->mask, 16);
	return true;
}

/* Only if the brackets are the whole line. */
static bool parse_element(const char *text, struct vc_net_addr *a)
{
	struct element e;
	int end = -1;

	memset(a, 0, sizeof(*a));
	sscanf(text, "[%45[0-9.]-%45[0-9.]/%45[0-9.]:%x]%n", e.ip, e.second, e.third, &e.type,
	       &end);
	if (end > 0)
		return !text[end] && parse_v4(&e, a);
	sscanf(text, "[%45[0-9a-f:.]/%45[0-9a-f:.]/%3[0-9]:%x]%n", e.ip, e.second, e.third,
	       &e.type, &end);
	return end > 0 && !text[end] && parse_v6(&e, a);
}

static bool parse_single(const char *text, enum vc_net_kind kind, struct vc_net_addr *a)
{
	memset(a, 0, sizeof(*a));
	a->kind = kind;
	a->family = AF_INET;
	vc_set_prefix(a, 32);
	return inet_pton(AF_INET, text, a->ip) == 1;
}

static bool add_entry(struct vc_net_set *set, const char *text)
{
	struct vc_net_addr *more;

	more = reallocarray(set->addr, set->n + 1, sizeof(*more));
	if (!more)
		return false;
	set->addr = more;
	errno = EINVAL;
	if (!parse_element(text, &more[set->n]))
		return false;
	set->n++;
	return true;
}

static bool parse_id(const char *text, uint32_t *nid)
{
	char *end;
	unsigned long id = strtoul(text, &end, 10);

	*nid = (uint32_t)id;
	return end != text && !*end && id <= UINT32_MAX;
}

/* "Name:" or "NUMBER:", a tab, the value. */
static bool parse_line(struct vc_net_set *set, char *line)
{
	char *value = strstr(line, ":\t");

	if (!value)
		return true;
	*value = '\0';
	value += 2;
	errno = EINVAL;
	if (!strcmp(line, "ID"))
		return parse_id(value, &set->nid);
	if (!strcmp(line, "Bcast"))
		return parse_single(value, VC_NET_BCAST, &set->bcast);
	if (!strcmp(line, "Lback"))
		return parse_single(value, VC_NET_LBACK, &set->lback);
	if (*line && !line[strspn(line, "0123456789")])
		return add_entry(set, value);
	return true;
}

int vc_net_set_parse(const char *text, struct vc_net_set *set)
{
	char *copy = strdup(text), *rest = copy, *line;
	int error = 0;

	memset(set, 0, sizeof(*set));
	if (!copy)
		return -1;
	while (!error && (line = strsep(&rest, "\n")))
		error = parse_line(set, line) ? 0 : errno;
	free(copy);
	if (!error)
		return 0;
	vc_net_set_free(set);
	errno = error;
	return -1;
}

void vc_net_set_free(struct vc_net_set *set)
{
	free(set->addr);
	memset(set, 0, sizeof(*set));
}

/* ENOENT of a number means: no such context. Of the directory: no such kernel. */
static int open_info(uint32_t nid)
{
	char path[64];
	int fd;

	snprintf(path, sizeof(path), VIRTNET "/%u/info", nid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0 && errno == ENOENT)
		errno = access(VIRTNET, F_OK) < 0 ? ENOSYS : ESRCH;
	return fd;
}

/* The whole file; its size isn't known before. */
static char *read_all(int fd)
{
	size_t size = 0, room = 0;
	char *text = NULL, *more;
	ssize_t n;

	do {
		if (room - size < 2) {
			room = room ? 2 * room : 4096;
			more = realloc(text, room);
			if (!more)
				goto fail;
			text = more;
		}
		n = read(fd, text + size, room - size - 1);
		if (n > 0)
			size += (size_t)n;
	} while (n > 0 || (n < 0 && errno == EINTR));
	if (n < 0)
		goto fail;
	text[size] = '\0';
	return text;
fail:
	free(text);
	return NULL;
}

int vc_net_set_read(uint32_t nid, struct vc_net_set *set)
{
	int fd = open_info(nid), r = -1;
	char *text;

	memset(set, 0, sizeof(*set));
	if (fd < 0)
		return -1;
	text = read_all(fd);
	close(fd);
	if (text)
		r = vc_net_set_parse(text, set);
	free(text);
	return r;
}
