// SPDX-License-Identifier: GPL-2.0-only
/*
 * Keys and keyrings of equal uids in different contexts: nothing follows over
 * the migration, nothing is reached by serial number or by user id, and no
 * host program is started to construct a key (design/kernel-core.md 10, 11).
 *
 * Guards against: uid 0 of a guest holding the keys of uid 0 of the host.
 */
#include "iso.h"
#include <linux/keyctl.h>

#define SECRET "host secret"

static long add_key(const char *name, const char *payload, long ring)
{
	return ERR(syscall(SYS_add_key, "user", name, payload, strlen(payload), ring));
}

static long keyctl(int op, long a, long b, long c, long d)
{
	return ERR(syscall(SYS_keyctl, op, a, b, c, d));
}

static long search(long ring, const char *name)
{
	return keyctl(KEYCTL_SEARCH, ring, (long)"user", (long)name, 0);
}

FIXTURE(keys) {
	struct agent host, guest, other;
	long key;		/* of the host, readable by its uid */
};

static long host_key;

/* The process that will enter has a session keyring with a key in it. */
static void join_session(void)
{
	keyctl(KEYCTL_JOIN_SESSION_KEYRING, 0, 0, 0, 0);
	keyctl(KEYCTL_LINK, host_key, KEY_SPEC_SESSION_KEYRING, 0, 0);
	add_key("vs-process", SECRET, KEY_SPEC_PROCESS_KEYRING);
	add_key("vs-thread", SECRET, KEY_SPEC_THREAD_KEYRING);
}

FIXTURE_SETUP(keys)
{
	SKIP_UNLESS_VSERVER();
	self->key = host_key = add_key("vs-secret", SECRET, KEY_SPEC_USER_KEYRING);
	if (self->key == -ENOSYS)
		SKIP(return, "no keys in this kernel");
	ASSERT_LT(0, self->key);
	ASSERT_EQ(0, keyctl(KEYCTL_SETPERM, self->key, 0x3f3f3f3f, 0, 0));
	ASSERT_EQ(0, agent_start(&self->host, .before = join_session));
	ASSERT_EQ(0, agent_start(&self->guest, .xid = vs_xid(0), .before = join_session));
	ASSERT_EQ(0, agent_start(&self->other, .xid = vs_xid(1), .guest.bcaps = ~0ULL));
}

FIXTURE_TEARDOWN(keys)
{
	keyctl(KEYCTL_UNLINK, self->key, KEY_SPEC_USER_KEYRING, 0, 0);
}

/* text: name */
static long do_search(long ring, long b, long c)
{
	return search(ring, shared->text);
}

static long do_keyctl(long op, long a, long b)
{
	return keyctl(op, a, b, 0, 0);
}

static long do_read(long key, long b, long c)
{
	return keyctl(KEYCTL_READ, key, (long)shared->text, 100, 0);
}

static long do_update(long key, long b, long c)
{
	return keyctl(KEYCTL_UPDATE, key, (long)"x", 1, 0);
}

static long do_add(long ring, long b, long c)
{
	return add_key(shared->text, "guest data", ring);
}

TEST_F(keys, nothing_follows)
{
	static const struct {
		const char *name;
		long ring;
		bool kept;	/* by a host process over exec */
	} held[] = {
		{ "vs-secret", KEY_SPEC_SESSION_KEYRING, true },
		{ "vs-process", KEY_SPEC_PROCESS_KEYRING, false },
		{ "vs-thread", KEY_SPEC_THREAD_KEYRING, false },
		{ "vs-secret", KEY_SPEC_USER_KEYRING, true },
		{ "vs-secret", KEY_SPEC_USER_SESSION_KEYRING, true },
	};

	for (size_t i = 0; i < ARRAY_SIZE(held); i++) {
		TEXT("%s", held[i].name);
		EXPECT_GT(0, CALL(self->guest, do_search, held[i].ring)) {
			TH_LOG("%s in %ld", held[i].name, held[i].ring);
		}
		if (held[i].kept)
			EXPECT_EQ(self->key, CALL(self->host, do_search, held[i].ring));
	}
	TEXT("vs-secret");
	EXPECT_EQ(-ENOKEY, CALL(self->guest, do_search, KEY_SPEC_USER_KEYRING));
}

TEST_F(keys, by_serial)
{
	struct agent *guests[] = { &self->guest, &self->other };

	for (int i = 0; i < 2; i++) {
		struct agent *g = guests[i];

		EXPECT_EQ(-EACCES, agent_call(g, do_read, self->key, 0, 0));
		EXPECT_EQ(-EACCES, agent_call(g, do_update, self->key, 0, 0));
		EXPECT_EQ(-EACCES, agent_call(g, do_keyctl, KEYCTL_DESCRIBE, self->key, 0));
		EXPECT_EQ(-EACCES, agent_call(g, do_keyctl, KEYCTL_LINK, self->key,
					      KEY_SPEC_PROCESS_KEYRING));
		EXPECT_EQ(-EACCES, agent_call(g, do_keyctl, KEYCTL_SETPERM, self->key,
					      0x3f3f3f3f));
		EXPECT_EQ(-EACCES, agent_call(g, do_keyctl, KEYCTL_REVOKE, self->key, 0));
		EXPECT_EQ(-EACCES, agent_call(g, do_keyctl, KEYCTL_INVALIDATE, self->key, 0));
	}
	/* unharmed, and reachable for whom it belongs to */
	EXPECT_EQ(sizeof(SECRET) - 1, (size_t)CALL(self->host, do_read, self->key));
	EXPECT_EQ(0, strncmp(shared->text, SECRET, sizeof(SECRET) - 1));
	EXPECT_EQ(0, CALL(self->host, do_update, self->key));
}

TEST_F(keys, own_keys_work)
{
	long key;

	TEXT("vs-own");
	key = CALL(self->guest, do_add, KEY_SPEC_USER_KEYRING);
	ASSERT_LT(0, key);
	TEXT("vs-own");
	EXPECT_EQ(key, CALL(self->guest, do_search, KEY_SPEC_USER_KEYRING));
	EXPECT_EQ(10, CALL(self->guest, do_read, key));
	EXPECT_EQ(0, strncmp(shared->text, "guest data", 10));
	/* the other guest's and the host's _uid.0 are other keyrings */
	TEXT("vs-own");
	EXPECT_EQ(-ENOKEY, CALL(self->other, do_search, KEY_SPEC_USER_KEYRING));
	EXPECT_EQ(-ENOKEY, search(KEY_SPEC_USER_KEYRING, "vs-own"));
	EXPECT_EQ(-EACCES, CALL(self->other, do_read, key));
}

/* A user keyring has a well-known name; its owner decides, not its uid. */
static long do_user_keyring(long a, long b, long c)
{
	return keyctl(KEYCTL_GET_KEYRING_ID, KEY_SPEC_USER_KEYRING, 1, 0, 0);
}

TEST_F(keys, user_keyrings_differ)
{
	long mine = do_user_keyring(0, 0, 0);
	long guests = CALL(self->guest, do_user_keyring);
	long others = CALL(self->other, do_user_keyring);

	ASSERT_LT(0, mine);
	ASSERT_LT(0, guests);
	ASSERT_LT(0, others);
	EXPECT_NE(mine, guests);
	EXPECT_NE(mine, others);
	EXPECT_NE(guests, others);
	EXPECT_EQ(mine, CALL(self->host, do_user_keyring));
	EXPECT_EQ(guests, CALL(self->guest, do_user_keyring));
}

static long do_persistent(long a, long b, long c)
{
	return keyctl(KEYCTL_GET_PERSISTENT, -1, KEY_SPEC_PROCESS_KEYRING, 0, 0);
}

TEST_F(keys, persistent)
{
	long ring = do_persistent(0, 0, 0);

	if (ring == -EOPNOTSUPP)
		SKIP(return, "no persistent keyrings");
	ASSERT_LT(0, ring);
	EXPECT_NE(ring, CALL(self->guest, do_persistent));
	TEXT("x");
	EXPECT_EQ(-EACCES, CALL(self->guest, do_add, ring));
	EXPECT_LT(0, do_add(ring, 0, 0));
}

/* Named session keyrings are joined by name. */
static long do_join(long a, long b, long c)
{
	return keyctl(KEYCTL_JOIN_SESSION_KEYRING, (long)shared->text, 0, 0, 0);
}

TEST_F(keys, named_session)
{
	long ring;

	TEXT("vs-session-%d", getpid());
	ring = CALL(self->host, do_join);
	ASSERT_LT(0, ring);
	ASSERT_EQ(0, CALL(self->host, do_keyctl, KEYCTL_SETPERM, ring, 0x3f3f3f3f));
	EXPECT_NE(ring, CALL(self->guest, do_join));
	VS_IN_CHILD {
		EXPECT_EQ(ring, do_join(0, 0, 0));
	}
}

/* Without a key the kernel would start /sbin/request-key as host root. */
static long do_request(long a, long b, long c)
{
	return ERR(syscall(SYS_request_key, "user", "vs-nonesuch", "callout",
			   KEY_SPEC_PROCESS_KEYRING));
}

/* text: name of a key that some keyring of the caller may hold */
static long do_request_quiet(long a, long b, long c)
{
	return ERR(syscall(SYS_request_key, "user", shared->text, NULL, 0));
}

/* The kernel searches the user's keyrings by itself. */
TEST_F(keys, requested_by_name)
{
	struct agent plain;

	ASSERT_EQ(0, agent_start(&plain, .xid = vs_xid(0), .join = true));
	TEXT("vs-secret");
	EXPECT_EQ(-ENOKEY, CALL(self->guest, do_request_quiet));
	EXPECT_EQ(-ENOKEY, CALL(self->other, do_request_quiet));
	EXPECT_EQ(-ENOKEY, CALL(plain, do_request_quiet));
	EXPECT_EQ(self->key, CALL(self->host, do_request_quiet));
	TEXT("vs-mine");
	ASSERT_LT(0, CALL(plain, do_add, KEY_SPEC_USER_KEYRING));
	EXPECT_LT(0, CALL(plain, do_request_quiet));
	EXPECT_LT(0, CALL(self->guest, do_request_quiet));
	EXPECT_EQ(-ENOKEY, CALL(self->other, do_request_quiet));
}

TEST_F(keys, no_upcall)
{
	TEXT("vs-nonesuch");
	EXPECT_EQ(-ENOKEY, CALL(self->guest, do_request_quiet));
	EXPECT_EQ(-EPERM, CALL(self->guest, do_request));
	EXPECT_EQ(-ENOKEY, CALL(self->host, do_request_quiet));
	/* the attempt is made for the host, whether the program exists or not */
	EXPECT_NE(-EPERM, CALL(self->host, do_request));
}

/*
 * Adds keys as user @uid until the user's quota is used up; the answer is how
 * many there was room for, or the error that was not EDQUOT. The keys stay.
 */
#define QUOTA_UID	4242

static long do_fill(long b, long c, long d)
{
	long ret = 0, n;
	char name[32];

	if (setresuid(-1, QUOTA_UID, 0))
		return -errno;
	for (n = 0; n < 100000; n++) {
		snprintf(name, sizeof(name), "vs-fill-%ld", n);
		ret = add_key(name, "x", KEY_SPEC_PROCESS_KEYRING);
		if (ret < 0)
			break;
	}
	if (setresuid(-1, 0, 0))
		return -errno;
	return ret == -EDQUOT ? n : ret;
}

static long do_fill_one(long b, long c, long d)
{
	long ret;

	if (setresuid(-1, QUOTA_UID, 0))
		return -errno;
	ret = add_key("vs-one", "x", KEY_SPEC_PROCESS_KEYRING);
	if (setresuid(-1, 0, 0))
		return -errno;
	return ret;
}

/* A user's quota in one guest is not that of the same uid elsewhere. */
TEST_F(keys, quota_per_context)
{
	long room = CALL(self->guest, do_fill);

	ASSERT_LT(2, room);
	EXPECT_EQ(-EDQUOT, CALL(self->guest, do_fill_one));
	EXPECT_LT(0, CALL(self->host, do_fill_one));
	/* less the process keyring and the key */
	EXPECT_LE(room - 2, CALL(self->other, do_fill));
	EXPECT_EQ(-EDQUOT, CALL(self->other, do_fill_one));
	EXPECT_LT(0, CALL(self->host, do_fill_one));
}

TEST_HARNESS_MAIN
