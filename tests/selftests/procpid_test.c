// SPDX-License-Identifier: GPL-2.0-only
/*
 * What a context adds below /proc/<pid>: vinfo, ninfo, nsproxy, two lines in
 * status, and hide_mount (spec/procfs.md section 4).
 *
 * Guards against: programs that recognise a vserver kernel by "VxID: 0" and
 * stop doing so, and files that show a guest what belongs to another.
 */
#include "proctext.h"

FIXTURE(procpid)
{
	__u32 xid;
};

FIXTURE_SETUP(procpid)
{
	SKIP_UNLESS_VSERVER();
	self->xid = vs_xid(0);
}

FIXTURE_TEARDOWN(procpid)
{
	vs_destroy(self->xid);
}

TEST_F(procpid, vinfo)
{
	char dir[64];
	pid_t pid;

	ASSERT_LT(0, read_entry("/proc/self", "vinfo"));
	expect_text(_metadata, "XID:\t0\n");
	ASSERT_LT(0, read_entry("/proc/self", "ninfo"));
	expect_text(_metadata, "NID:\t0\n");

	pid = VS_START_GUEST(self->xid, .init = true, .ccaps = 0x1001,
			     .cflags = VXF_HIDE_VINFO);
	ASSERT_GT(pid, 0);
	snprintf(dir, sizeof(dir), "/proc/%d", pid);
	ASSERT_LT(0, read_entry(dir, "vinfo"));
	/* hide_vinfo does not hide this file */
	expect_text(_metadata, "XID:\t%u\nBCaps:\t00000000b44c04ff\nCCaps:\t0000000000001001\n"
		    "CFlags:\t%016llx\nCIPid:\t%d\n", self->xid,
		    (unsigned long long)(VXF_HIDE_VINFO | VXF_STATE_ADMIN), pid);
	ASSERT_LT(0, read_entry(dir, "ninfo"));
	expect_text(_metadata, "NID:\t0\n");
	vs_end(pid);

	VS_IN_CHILD {
		ASSERT_EQ(1, vs_migrate(1, 0));
		ASSERT_LT(0, read_entry("/proc/self", "vinfo"));
		expect_text(_metadata, "XID:\t1\n");
	}
	/* and by the guest for itself */
	VS_IN_GUEST(self->xid) {
		int xid = -1;

		ASSERT_LT(0, read_entry("/proc/self", "vinfo"));
		EXPECT_EQ(1, sscanf(text, "XID:\t%d\nBCaps:\t00000000b44c04ff\n", &xid));
		EXPECT_EQ(self->xid, xid);
	}
}

TEST_F(procpid, pid_nsproxy)
{
	char p[7][64], c[6];
	int count;

	ASSERT_LT(0, read_entry("/proc/self", "nsproxy"));
	ASSERT_EQ(13, sscanf(text, "Proxy:\t%63[^(](%c)\nCount:\t%d\nuts:\t%63[^(](%c)\n"
			     "ipc:\t%63[^(](%c)\nmnt:\t%63[^(](%c)\npid:\t%63[^(](%c)\n"
			     "net:\t%63[^(](%c)\n", p[0], &c[0], &count, p[1], &c[1], p[2],
			     &c[2], p[3], &c[3], p[4], &c[4], p[5], &c[5]));
	expect_text(_metadata, "Proxy:\t%s(%c)\nCount:\t%d\nuts:\t%s(%c)\nipc:\t%s(%c)\n"
		    "mnt:\t%s(%c)\npid:\t%s(%c)\nnet:\t%s(%c)\n", p[0], c[0], count, p[1],
		    c[1], p[2], c[2], p[3], c[3], p[4], c[4], p[5], c[5]);
	EXPECT_EQ('I', c[4]);
	VS_IN_CHILD {
		ASSERT_EQ(0, unshare(CLONE_NEWUTS));
		ASSERT_LT(0, read_entry("/proc/self", "nsproxy"));
		EXPECT_EQ(1, sscanf(strstr(text, "uts:"), "uts:\t%*[^(](%c)", &c[1]));
		EXPECT_EQ('-', c[1]);
	}
}

/* Both lines, with a blank after the colon, and where they stand. */
static void expect_status_lines(struct __test_metadata *_metadata, const char *dir, int xid)
{
	char want[64], *at;

	ASSERT_LT(0, read_entry(dir, "status"));
	snprintf(want, sizeof(want), "\nVxID: %d\nNxID: 0\nvoluntary_ctxt_switches:", xid);
	at = strstr(text, want);
	EXPECT_NE(NULL, at) {
		TH_LOG("no such lines in %s/status:%s", dir, want);
	}
	/* before them: Mems_allowed_list, where the kernel has it */
	if (at && strstr(text, "Mems_allowed_list:")) {
		char *line = at;

		while (line > text && line[-1] != '\n')
			line--;
		EXPECT_EQ(0, strncmp(line, "Mems_allowed_list:", 18));
	}
}

TEST_F(procpid, status_lines)
{
	char dir[64];
	pid_t pid = VS_START_GUEST(self->xid);

	ASSERT_GT(pid, 0);
	expect_status_lines(_metadata, "/proc/self", 0);
	expect_status_lines(_metadata, "/proc/1", 0);
	snprintf(dir, sizeof(dir), "/proc/%d", pid);
	expect_status_lines(_metadata, dir, self->xid);
	snprintf(dir, sizeof(dir), "/proc/%d/task/%d", pid, pid);
	expect_status_lines(_metadata, dir, self->xid);
	/* hidden by a flag of the task that is looked at */
	EXPECT_EQ(0, vs_set_cflags(self->xid, VXF_HIDE_VINFO, VXF_HIDE_VINFO));
	ASSERT_LT(0, read_entry(dir, "status"));
	EXPECT_EQ(NULL, strstr(text, "VxID"));
	EXPECT_EQ(NULL, strstr(text, "NxID"));
	EXPECT_EQ(0, vs_set_cflags(self->xid, 0, VXF_HIDE_VINFO));
	expect_status_lines(_metadata, dir, self->xid);
	vs_end(pid);
}

TEST_F(procpid, hide_mount)
{
	static const char *const files[] = { "mounts", "mountinfo", "mountstats" };

	VS_IN_GUEST(self->xid) {
		for (size_t i = 0; i < ARRAY_SIZE(files); i++) {
			EXPECT_LT(0, read_entry("/proc/self", files[i]));
		}
	}
	VS_IN_GUEST(self->xid, .cflags = VXF_HIDE_MOUNT) {
		for (size_t i = 0; i < ARRAY_SIZE(files); i++) {
			EXPECT_EQ(0, read_entry("/proc/self", files[i])) {
				TH_LOG("%s is not empty", files[i]);
			}
		}
		EXPECT_EQ(0, vs_read_file("/proc/mounts", text, sizeof(text)));
	}
}

/* vinfo and nsproxy of others are as invisible as they are. */
TEST_F(procpid, pid_files_of_others)
{
	pid_t pid = VS_START_GUEST(self->xid);
	char path[64];

	ASSERT_GT(pid, 0);
	snprintf(path, sizeof(path), "/proc/%d/vinfo", pid);
	EXPECT_EQ(0, access(path, R_OK));
	VS_IN_GUEST(vs_xid(1), .bcaps = ~0ULL) {
		EXPECT_ERRNO(ENOENT, access(path, F_OK));
		EXPECT_EQ(0, access("/proc/self/vinfo", R_OK));
	}
	vs_end(pid);
}

TEST_HARNESS_MAIN
