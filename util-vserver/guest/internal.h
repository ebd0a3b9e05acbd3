/* SPDX-License-Identifier: GPL-2.0-only */
/* Shared by the files of guest/ only. */
#ifndef VSERVER_GUEST_INTERNAL_H
#define VSERVER_GUEST_INTERNAL_H

#include "../config/internal.h"

#define auto_free	cfg_auto_free
#define auto_close	cfg_auto_close
#define xstrdup		cfg_xstrdup
#define xasprintf	cfg_xasprintf
#define xrealloc	cfg_xrealloc

#endif
