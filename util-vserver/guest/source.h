/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Paths of the host that an fstab names: directories to bind, images, layers of an overlay.
 *
 * The host's own directories and links are trusted. But a path may lead into the root of a
 * guest, this one or another that runs, and what is there may have been replaced by a link to
 * anywhere since the admin wrote the line. So from a guest's root on everything is resolved
 * inside that root, however the way there is spelled.
 */
#ifndef VSERVER_GUEST_SOURCE_H
#define VSERVER_GUEST_SOURCE_H

#include <stdbool.h>

#include "guest.h"

/* O_PATH descriptor of PATH or -1 with errno; *of_guest: it is in a guest's root. */
int source_open(const struct guest *g, const char *path, bool *of_guest);

struct overlay;

/**
 * overlay_open() - the options of an overlay with layers that can't be exchanged any more
 * @g: the guest
 * @options: of the file system, without those of the mount
 * @result: out: malloc'ed; layers in a guest's root are names of descriptors, valid in this
 *	process until overlay_close()
 * Return: NULL with cfg_error() set if there is no such directory.
 */
struct overlay *overlay_open(const struct guest *g, const char *options, char **result);
void overlay_close(struct overlay *o);

#endif
