/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a start program without a real init prints: kept in memory and shown if it failed.
 *
 * Not a pipe, because services that keep it open would die of its end; not the admin's
 * terminal, because they would keep that.
 */
#ifndef VSERVER_GUEST_OUTPUT_H
#define VSERVER_GUEST_OUTPUT_H

#include "guest.h"

/* Descriptor of a memory file of fixed size: later writes beyond it fail. */
int output_make(void);
/* Passes its lines on as messages, the last MAX ones. */
void output_show(const struct guest *g, enum guest_note level, int fd, size_t max);

#endif
