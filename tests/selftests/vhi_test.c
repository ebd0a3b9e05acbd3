// SPDX-License-Identifier: GPL-2.0-only
/*
 * The names of a context: CONTEXT, kept in the context, and the six of
 * uname(2), kept in the UTS namespace stored in the context (spec/abi.md 8.4).
 *
 * Guards against: a guest name that leaks into the host's uname, a name
 * without end, and lookups "which guest is this" that break.
 */
#include "common.h"

#include <sys/utsname.h>

FIXTURE(vhi)
{
	__u32 xid;
	struct utsname host;
};

/* A persistent context with a UTS namespace of its own in set 0. */
FIXTURE_SETUP(vhi)
{
	SKIP_UNLESS_VSERVER();
	self->xid = vs_xid(0);
	ASSERT_EQ(0, uname(&self->host));
	VS_IN_SETUP(self->xid, VXF_PERSISTENT) {
		struct vcmd_space_mask_v2 uts = { .mask = CLONE_NEWUTS };

		ASSERT_EQ(0, unshare(CLONE_NEWUTS));
		ASSERT_EQ(0, vserver(VCMD_set_space, VX_ID_SELF, &uts));
		ASSERT_EQ(0, vs_set_cflags(VX_ID_SELF, 0, VXF_STATE_SETUP));
	}
	ASSERT_EQ(0, _metadata->exit_code);
}

FIXTURE_TEARDOWN(vhi)
{
	struct utsname now;

	vs_destroy(self->xid);
	/* whatever a test did, the host keeps its names */
	EXPECT_EQ(0, uname(&now));
	EXPECT_EQ(0, memcmp(&now, &self->host, sizeof(now)));
}

static long set_name(__u32 xid, __u32 field, const char *name)
{
	struct vcmd_vhi_name arg = { .field = field };

	snprintf(arg.name, sizeof(arg.name), "%s", name);
	return vserver(VCMD_set_vhi_name, xid, &arg);
}

static long get_name(__u32 xid, __u32 field, char name[VHIN_LEN])
{
	struct vcmd_vhi_name arg = { .field = field };
	long ret;

	memset(arg.name, 'z', sizeof(arg.name));
	ret = vserver(VCMD_get_vhi_name, xid, &arg);
	memcpy(name, arg.name, VHIN_LEN);
	return ret;
}

TEST_F(vhi, context_name)
{
	char name[VHIN_LEN];

	ASSERT_EQ(0, get_name(self->xid, VHIN_CONTEXT, name));
	EXPECT_STREQ("", name);
	EXPECT_EQ(0, set_name(self->xid, VHIN_CONTEXT, "/etc/vservers/web"));
	ASSERT_EQ(0, get_name(self->xid, VHIN_CONTEXT, name));
	EXPECT_STREQ("/etc/vservers/web", name);
	/* a shorter name leaves nothing of the longer one */
	EXPECT_EQ(0, set_name(self->xid, VHIN_CONTEXT, "/x"));
	ASSERT_EQ(0, get_name(self->xid, VHIN_CONTEXT, name));
	EXPECT_STREQ("/x", name);
	EXPECT_EQ(0, set_name(self->xid, VHIN_CONTEXT, ""));
	ASSERT_EQ(0, get_name(self->xid, VHIN_CONTEXT, name));
	EXPECT_STREQ("", name);
	/* bytes are bytes */
	EXPECT_EQ(0, set_name(self->xid, VHIN_CONTEXT, "/etc/\xc3\xa4 b\n\x01"));
	ASSERT_EQ(0, get_name(self->xid, VHIN_CONTEXT, name));
	EXPECT_STREQ("/etc/\xc3\xa4 b\n\x01", name);
}

TEST_F(vhi, longest_name)
{
	struct vcmd_vhi_name arg = { .field = VHIN_CONTEXT };
	char name[VHIN_LEN];

	/* 65 bytes without an end: the last one becomes the end */
	memset(arg.name, 'a', sizeof(arg.name));
	EXPECT_EQ(0, vserver(VCMD_set_vhi_name, self->xid, &arg));
	ASSERT_EQ(0, get_name(self->xid, VHIN_CONTEXT, name));
	EXPECT_EQ(0, name[64]);
	EXPECT_EQ(64, strlen(name));
	EXPECT_EQ('a', name[63]);

	arg.field = VHIN_NODENAME;
	EXPECT_EQ(0, vserver(VCMD_set_vhi_name, self->xid, &arg));
	ASSERT_EQ(0, get_name(self->xid, VHIN_NODENAME, name));
	EXPECT_EQ(64, strlen(name));
}

TEST_F(vhi, fields)
{
	static const __u32 bad[] = { 7, 8, 255, 0x7fffffff, 0x80000000, ~0U };
	char name[VHIN_LEN];

	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		EXPECT_EQ(-EINVAL, set_name(self->xid, bad[i], "x"));
		EXPECT_EQ(-EINVAL, get_name(self->xid, bad[i], name));
	}
}

TEST_F(vhi, no_stored_uts_namespace)
{
	__u32 xid = vs_xid(1);
	char name[VHIN_LEN];

	VS_IN_SETUP(xid, 0) {
		for (__u32 field = VHIN_SYSNAME; field <= VHIN_DOMAINNAME; field++) {
			EXPECT_EQ(-EINVAL, set_name(xid, field, "x"));
			EXPECT_EQ(-EINVAL, get_name(xid, field, name));
		}
		EXPECT_EQ(0, set_name(xid, VHIN_CONTEXT, "x"));
		/* a set without UTS is not enough */
		EXPECT_EQ(0, vserver(VCMD_set_space_v1, xid,
				     &(struct vcmd_space_mask_v1){ CLONE_NEWIPC }));
		EXPECT_EQ(-EINVAL, set_name(xid, VHIN_NODENAME, "x"));
	}
}

TEST_F(vhi, uname_of_the_guest)
{
	static const char *const names[] = { "Sys", "node", "9.9", "#1 x", "m68k", "dom" };
	struct vcmd_space_mask_v2 uts = { .mask = CLONE_NEWUTS };
	char name[VHIN_LEN];

	/* the namespace began as a copy of the host's */
	ASSERT_EQ(0, get_name(self->xid, VHIN_NODENAME, name));
	EXPECT_STREQ(self->host.nodename, name);
	ASSERT_EQ(0, get_name(self->xid, VHIN_RELEASE, name));
	EXPECT_STREQ(self->host.release, name);

	for (__u32 field = VHIN_SYSNAME; field <= VHIN_DOMAINNAME; field++) {
		EXPECT_EQ(0, set_name(self->xid, field, names[field - 1]));
		ASSERT_EQ(0, get_name(self->xid, field, name));
		EXPECT_STREQ(names[field - 1], name);
	}
	VS_IN_CHILD {
		struct utsname u;

		ASSERT_EQ(0, vserver(VCMD_enter_space, self->xid, &uts));
		ASSERT_EQ(0, vs_migrate(self->xid, 0));
		ASSERT_EQ(0, uname(&u));
		EXPECT_STREQ("Sys", u.sysname);
		EXPECT_STREQ("node", u.nodename);
		EXPECT_STREQ("9.9", u.release);
		EXPECT_STREQ("#1 x", u.version);
		EXPECT_STREQ("m68k", u.machine);
		EXPECT_STREQ("dom", u.domainname);
		/* changed while it runs */
		ASSERT_EQ(0, get_name(VX_ID_SELF, VHIN_NODENAME, name));
		EXPECT_STREQ("node", name);
	}
}

TEST_F(vhi, change_seen_by_running_guest)
{
	struct vcmd_space_mask_v2 uts = { .mask = CLONE_NEWUTS };
	int go[2], ready[2];
	struct utsname u;
	pid_t pid;

	ASSERT_EQ(0, pipe(go));
	ASSERT_EQ(0, pipe(ready));
	pid = fork();
	if (pid == 0) {
		if (vserver(VCMD_enter_space, self->xid, &uts) ||
		    vs_migrate(self->xid, 0))
			_exit(1);
		vs_post(ready[1]);
		vs_await(go[0]);
		if (uname(&u))
			_exit(2);
		_exit(strcmp(u.nodename, "renamed") ? 3 : 0);
	}
	ASSERT_TRUE(vs_await(ready[0]));
	EXPECT_EQ(0, set_name(self->xid, VHIN_NODENAME, "renamed"));
	vs_post(go[1]);
	vs_join(_metadata, pid);
}

/* A guest reads and writes names only as its capabilities allow. */
TEST_F(vhi, from_inside)
{
	char name[VHIN_LEN];

	VS_IN_GUEST(vs_xid(1), .bcaps = ~0ULL) {
		EXPECT_EQ(0, get_name(VX_ID_SELF, VHIN_CONTEXT, name));
		EXPECT_EQ(-EPERM, get_name(self->xid, VHIN_CONTEXT, name));
		EXPECT_EQ(-EPERM, set_name(VX_ID_SELF, VHIN_CONTEXT, "/elsewhere"));
	}
	VS_IN_GUEST(vs_xid(1)) {
		EXPECT_EQ(-EPERM, get_name(VX_ID_SELF, VHIN_CONTEXT, name));
	}
	/* the watch asks for the name of anyone: vps works this way */
	VS_IN_CHILD {
		EXPECT_EQ(0, set_name(self->xid, VHIN_CONTEXT, "/etc/vservers/web"));
		ASSERT_EQ(1, vs_migrate(1, 0));
		EXPECT_EQ(0, get_name(self->xid, VHIN_CONTEXT, name));
		EXPECT_STREQ("/etc/vservers/web", name);
		EXPECT_EQ(-EPERM, set_name(self->xid, VHIN_CONTEXT, "x"));
	}
}

TEST_HARNESS_MAIN
