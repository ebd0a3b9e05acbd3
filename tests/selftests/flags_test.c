// SPDX-License-Identifier: GPL-2.0-only
/*
 * Flag words, capability words and masks of a context: stored and returned
 * bit by bit as spec/abi.md section 8.3 says.  What the bits do is tested
 * where it belongs (init_test, caps_test, spaces_test, ...).
 *
 * Guards against: a one-time bit that can be set again (a context opened for
 * set-up or administration after it was closed), and tools that read back
 * something else than they wrote.
 */
#include "common.h"

FIXTURE(flags)
{
	__u32 xid;
};

FIXTURE_SETUP(flags)
{
	SKIP_UNLESS_VSERVER();
	self->xid = vs_xid(0);
	VS_IN_SETUP(self->xid, VXF_PERSISTENT) { }
	ASSERT_EQ(0, _metadata->exit_code);
}

FIXTURE_TEARDOWN(flags)
{
	vs_destroy(self->xid);
}

#define ALTERNATE 0x5a5a5a5aa5a5a5a5ULL

TEST_F(flags, masked_write)
{
	/* everything that is neither one-time nor starts the helper */
	const __u64 all = ~(VXF_ONE_TIME | VXF_SC_HELPER);
	const __u64 base = VXF_ONE_TIME | VXF_PERSISTENT;
	struct vcmd_flags f;

	EXPECT_EQ(base, vs_get_cflags(self->xid));
	EXPECT_EQ(0, vs_set_cflags(self->xid, ~0ULL, 0));
	EXPECT_EQ(base, vs_get_cflags(self->xid));
	/* unknown bits are kept, bits outside the mask stay */
	EXPECT_EQ(0, vs_set_cflags(self->xid, ~0ULL, all));
	EXPECT_EQ(all | base, vs_get_cflags(self->xid));
	EXPECT_EQ(0, vs_set_cflags(self->xid, ALTERNATE | VXF_PERSISTENT, all));
	EXPECT_EQ((ALTERNATE & all) | base, vs_get_cflags(self->xid));
	EXPECT_EQ(0, vs_set_cflags(self->xid, 0, 1ULL << 63 | 1));
	EXPECT_EQ((ALTERNATE & all & ~1ULL) | base, vs_get_cflags(self->xid));
	EXPECT_EQ(0, vs_set_cflags(self->xid, 0, all & ~VXF_PERSISTENT));
	EXPECT_EQ(base, vs_get_cflags(self->xid));
	ASSERT_EQ(0, vserver(VCMD_get_cflags, self->xid, &f));
	EXPECT_EQ(~0ULL, f.mask);
}

TEST_F(flags, each_bit_alone)
{
	for (int bit = 0; bit < 64; bit++) {
		__u64 b = 1ULL << bit;
		__u64 now = vs_get_cflags(self->xid);

		if (b & (VXF_ONE_TIME | VXF_SC_HELPER | VXF_PERSISTENT))
			continue;
		EXPECT_EQ(0, vs_set_cflags(self->xid, ~0ULL, b));
		EXPECT_EQ(now | b, vs_get_cflags(self->xid)) {
			TH_LOG("bit %d set", bit);
		}
		EXPECT_EQ(0, vs_set_cflags(self->xid, 0, b));
		EXPECT_EQ(now, vs_get_cflags(self->xid)) {
			TH_LOG("bit %d cleared", bit);
		}
	}
}

TEST_F(flags, one_time_bits)
{
	/* ADMIN last: without it the flags cannot be changed at all */
	static const __u64 bits[] = { VXF_STATE_INIT, VXF_STATE_SETUP, VXF_STATE_ADMIN };
	__u64 left = VXF_ONE_TIME;
	struct vcmd_flags f;
	__u32 xid = vs_xid(1);
	pid_t pid = -1;
	int go[2];

	ASSERT_EQ(0, pipe(go));
	pid = fork();
	if (pid == 0) {
		/* not persistent: it could not be removed without ADMIN */
		if (vs_create(xid, VXF_INIT_SET) != xid)
			_exit(1);
		vs_post(go[1]);
		for (;;)
			pause();
	}
	ASSERT_TRUE(vs_await(go[0]));
	for (size_t i = 0; i < ARRAY_SIZE(bits); i++) {
		/* setting what is set changes nothing */
		EXPECT_EQ(0, vs_set_cflags(xid, ~0ULL, left));
		EXPECT_EQ(left, vs_get_cflags(xid));
		EXPECT_EQ(0, vs_set_cflags(xid, 0, bits[i]));
		left &= ~bits[i];
		/* once cleared it stays clear, silently */
		if (bits[i] != VXF_STATE_ADMIN)
			EXPECT_EQ(0, vs_set_cflags(xid, ~0ULL, VXF_ONE_TIME));
		ASSERT_EQ(0, vserver(VCMD_get_cflags, xid, &f));
		EXPECT_EQ(left, f.flagword);
		/* the mask shows which can still be cleared */
		EXPECT_EQ(~VXF_ONE_TIME | left, f.mask);
	}
	EXPECT_EQ(-EACCES, vs_set_cflags(xid, ~0ULL, ~0ULL));
	vs_end(pid);
}

/* Clearing STATE_INIT from outside names no init. */
TEST_F(flags, init_is_only_made_from_inside)
{
	struct vcmd_vx_info info;
	__u32 other = vs_xid(1);

	VS_IN_CHILD {
		pid_t pid = getpid();

		ASSERT_EQ(0, vs_migrate(self->xid, 0));
		EXPECT_EQ(0, vs_set_cflags(VX_ID_SELF, 0, VXF_STATE_INIT));
		ASSERT_EQ(0, vserver(VCMD_vx_info, VX_ID_SELF, &info));
		EXPECT_EQ(pid, info.initpid);
		/* a second time there is nothing to change */
		VS_IN_CHILD {
			EXPECT_EQ(0, vs_set_cflags(VX_ID_SELF, 0, VXF_STATE_INIT));
			ASSERT_EQ(0, vserver(VCMD_vx_info, VX_ID_SELF, &info));
			EXPECT_EQ(pid, info.initpid);
		}
	}
	VS_IN_SETUP(other, VXF_PERSISTENT) { }
	EXPECT_EQ(0, vs_set_cflags(other, 0, VXF_STATE_INIT));
	ASSERT_EQ(0, vserver(VCMD_vx_info, other, &info));
	EXPECT_EQ(0, info.initpid);
	vs_destroy(other);
}

/* With the last one-time flag the door shuts for the members, too. */
TEST_F(flags, end_of_setup_ends_self_setup)
{
	VS_IN_SETUP(vs_xid(1), 0) {
		EXPECT_EQ(0, vs_set_ccaps(VX_ID_SELF, 1, 1));
		EXPECT_EQ(0, vs_set_cflags(VX_ID_SELF, 0, VXF_STATE_SETUP));
		EXPECT_EQ(-EPERM, vs_set_ccaps(VX_ID_SELF, 2, 2));
		EXPECT_EQ(-EPERM, vs_set_bcaps(VX_ID_SELF, ~0ULL, ~0ULL));
		EXPECT_EQ(-EPERM, vs_set_cflags(VX_ID_SELF, ~0ULL, VXF_STATE_SETUP));
	}
}

TEST_F(flags, ccaps)
{
	struct vcmd_ccaps_v1 c;

	EXPECT_EQ(0, vs_set_ccaps(self->xid, ALTERNATE, ~0ULL));
	ASSERT_EQ(0, vserver(VCMD_get_ccaps, self->xid, &c));
	EXPECT_EQ(ALTERNATE, c.caps);
	EXPECT_EQ(~0ULL, c.mask);
	EXPECT_EQ(0, vs_set_ccaps(self->xid, ~ALTERNATE, 0xffff0000ffff0000ULL));
	ASSERT_EQ(0, vserver(VCMD_get_ccaps, self->xid, &c));
	EXPECT_EQ((ALTERNATE & 0x0000ffff0000ffffULL) |
		  (~ALTERNATE & 0xffff0000ffff0000ULL), c.caps);
	EXPECT_EQ(0, vs_set_ccaps(self->xid, ~0ULL, 0));
	ASSERT_EQ(0, vserver(VCMD_get_ccaps, self->xid, &c));
	EXPECT_EQ((ALTERNATE & 0x0000ffff0000ffffULL) |
		  (~ALTERNATE & 0xffff0000ffff0000ULL), c.caps);
}

TEST_F(flags, ccaps_of_the_old_tools)
{
	struct vcmd_ccaps_v0 c = { .bcaps = 0xff00ff00ff00ff00ULL,
				   .ccaps = 0x4101, .cmask = ~0ULL };
	struct vcmd_bcaps b;

	EXPECT_EQ(0, vserver(VCMD_set_ccaps_v0, self->xid, &c));
	memset(&c, 0, sizeof(c));
	ASSERT_EQ(0, vserver(VCMD_get_ccaps_v0, self->xid, &c));
	EXPECT_EQ(0xff00ff00ff00ff00ULL, c.bcaps);
	EXPECT_EQ(0x4101, c.ccaps);
	EXPECT_EQ(~0ULL, c.cmask);
	/* bits of the bound can only be taken away this way */
	c = (struct vcmd_ccaps_v0){ .bcaps = ~0xf000f000f000f000ULL,
				    .ccaps = 0x0101, .cmask = 0x100 };
	EXPECT_EQ(0, vserver(VCMD_set_ccaps_v0, self->xid, &c));
	ASSERT_EQ(0, vserver(VCMD_get_bcaps, self->xid, &b));
	EXPECT_EQ(0x0f000f000f000f00ULL, b.bcaps);
	ASSERT_EQ(0, vserver(VCMD_get_ccaps_v0, self->xid, &c));
	EXPECT_EQ(0x0f000f000f000f00ULL, c.bcaps);
	EXPECT_EQ(0x4101, c.ccaps);
}

TEST_F(flags, bcaps)
{
	/* the last one is what vattribute --secure really sends */
	static const __u64 words[] = { 0, ~0ULL, ALTERNATE, 1ULL << 63,
				       0xffffffffb44c04ffULL };
	struct vcmd_bcaps b;

	for (size_t i = 0; i < ARRAY_SIZE(words); i++) {
		EXPECT_EQ(0, vs_set_bcaps(self->xid, words[i], ~0ULL));
		ASSERT_EQ(0, vserver(VCMD_get_bcaps, self->xid, &b));
		EXPECT_EQ(words[i], b.bcaps);
		EXPECT_EQ(~0ULL, b.bmask);
	}
	EXPECT_EQ(0, vs_set_bcaps(self->xid, 1ULL << 39, 1ULL << 39 | 1));
	ASSERT_EQ(0, vserver(VCMD_get_bcaps, self->xid, &b));
	EXPECT_EQ(0xffffffffb44c04feULL, b.bcaps);
}

TEST_F(flags, umask_and_wmask)
{
	static const struct { __u32 get, set; } words[] = {
		{ VCMD_get_umask, VCMD_set_umask },
		{ VCMD_get_wmask, VCMD_set_wmask },
	};
	struct vcmd_umask m;

	for (size_t i = 0; i < ARRAY_SIZE(words); i++) {
		m = (struct vcmd_umask){ ALTERNATE, ~0ULL };
		EXPECT_EQ(0, vserver(words[i].set, self->xid, &m));
		m = (struct vcmd_umask){ 0, 0xff };
		EXPECT_EQ(0, vserver(words[i].set, self->xid, &m));
		ASSERT_EQ(0, vserver(words[i].get, self->xid, &m));
		EXPECT_EQ(ALTERNATE & ~0xffULL, m.value);
		EXPECT_EQ(~0ULL, m.mask);
		/* two words, not one */
		ASSERT_EQ(0, vserver(words[!i].get, self->xid, &m));
		EXPECT_EQ(i ? ALTERNATE & ~0xffULL : 0, m.value);
	}
}

TEST_F(flags, badness)
{
	static const __s64 words[] = { 0, 1000, -1000, INT64_MAX, INT64_MIN };
	struct vcmd_badness b;

	for (size_t i = 0; i < ARRAY_SIZE(words); i++) {
		b.bias = words[i];
		EXPECT_EQ(0, vserver(VCMD_set_badness, self->xid, &b));
		b.bias = 7;
		ASSERT_EQ(0, vserver(VCMD_get_badness, self->xid, &b));
		EXPECT_EQ(words[i], b.bias);
	}
}

/* Two contexts share no word. */
TEST_F(flags, contexts_are_separate)
{
	__u32 other = vs_xid(1);
	struct vcmd_ccaps_v0 c;

	VS_IN_SETUP(other, VXF_PERSISTENT) { }
	EXPECT_EQ(0, vs_set_ccaps(self->xid, ALTERNATE, ~0ULL));
	EXPECT_EQ(0, vs_set_bcaps(self->xid, 0, ~0ULL));
	EXPECT_EQ(0, vs_set_cflags(self->xid, VXF_HIDE_MOUNT, VXF_HIDE_MOUNT));
	ASSERT_EQ(0, vserver(VCMD_get_ccaps_v0, other, &c));
	EXPECT_EQ(0, c.ccaps);
	EXPECT_EQ(~0ULL, c.bcaps);
	EXPECT_EQ(0, vs_get_cflags(other) & VXF_HIDE_MOUNT);
	vs_destroy(other);
}

TEST_HARNESS_MAIN
