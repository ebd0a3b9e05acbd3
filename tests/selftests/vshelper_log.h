/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The files by which tests and vshelper_probe talk, and what the kernel's calls
 * of a helper have to look like (spec/abi.md section 12).
 */
#ifndef _VS_SELFTEST_VSHELPER_LOG_H
#define _VS_SELFTEST_VSHELPER_LOG_H

#include "common.h"
#include "vshelper_probe.h"

#define SYSCTL "/proc/sys/kernel/vshelper"

static VS_UNUSED const char *probe_file(__u32 xid, const char *what)
{
	static char path[128];

	snprintf(path, sizeof(path), PROBE_DIR "/%u.%s", xid, what);
	return path;
}

static VS_UNUSED int make_pipe(__u32 xid, const char *what)
{
	const char *path = probe_file(xid, what);

	unlink(path);
	if (mkfifo(path, 0600))
		return -1;
	/* both ends: the helper's open never waits */
	return open(path, O_RDWR | O_CLOEXEC);
}

static VS_UNUSED void remove_files(__u32 xid)
{
	static const char *const names[] = { "log", "done", "hold", "exit" };

	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		unlink(probe_file(xid, names[i]));
}

static VS_UNUSED int set_exit_code(__u32 xid, int code)
{
	FILE *f = fopen(probe_file(xid, "exit"), "w");

	if (!f || fprintf(f, "%d\n", code) < 0)
		return -1;
	return fclose(f);
}

/* The log must consist of exactly these lines. */
static VS_UNUSED void expect_log(struct __test_metadata *_metadata, __u32 xid, const char *want)
{
	char got[4096];

	EXPECT_GT(vs_read_file(probe_file(xid, "log"), got, sizeof(got)), 0);
	EXPECT_STREQ(want, got);
	unlink(probe_file(xid, "log"));
}

#define BASE_ENV \
	"env HOME=/\nenv TERM=linux\nenv PATH=/sbin:/usr/sbin:/bin:/usr/bin\n"
#define HOST_ROOT "context 0\nuid 0\nend\n"

static VS_UNUSED void expect_state_log(struct __test_metadata *_metadata, __u32 xid,
			     const char *action, int cmd)
{
	char want[512];

	snprintf(want, sizeof(want), "arg %s\narg %u\n" BASE_ENV "env VS_CMD=%08x\n"
		 HOST_ROOT, action, xid, cmd);
	expect_log(_metadata, xid, want);
}

#endif /* _VS_SELFTEST_VSHELPER_LOG_H */
