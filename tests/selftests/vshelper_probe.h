/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _VS_SELFTEST_PROBE_H
#define _VS_SELFTEST_PROBE_H

/* Where vshelper_test and the helper it installs meet. */
#define PROBE_DIR "/run/vserver-selftest"

#endif /* _VS_SELFTEST_PROBE_H */
