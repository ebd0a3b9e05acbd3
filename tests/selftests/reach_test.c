// SPDX-License-Identifier: GPL-2.0-only
/*
 * Ways out of a guest that a review of the kernel found: over the family tree,
 * the host's names and keyrings, and a pause that outlasts a kill. Each test
 * fails on the kernel that had the hole.
 */
#include "common.h"

#include <linux/keyctl.h>
#include <sys/prctl.h>

static long keyctl(int what, const char *name)
{
	long ret = syscall(SYS_keyctl, what, name, 0, 0, 0);

	return ret < 0 ? -errno : ret;
}

FIXTURE(reach)
{
	__u32 xid;
};

FIXTURE_SETUP(reach)
{
	SKIP_UNLESS_VSERVER();
	self->xid = vs_xid(0);
}

FIXTURE_TEARDOWN(reach)
{
	vs_destroy(self->xid);
}

/* R, a child of F, is the reaper of the guest when F dies. */
static void be_reaper(pid_t father, int verdict)
{
	char ok;

	if (vs_set_cflags(VX_ID_SELF, 0, VXF_STATE_INIT))
		_exit(1);
	while (getppid() == father)
		sched_yield();
	/* neither its own parent nor its own child */
	ok = getppid() != getpid() && waitpid(-1, NULL, WNOHANG) == -1 &&
	     errno == ECHILD;
	if (write(verdict, &ok, 1) != 1)
		_exit(1);
	_exit(0);
}

TEST_F(reach, reaper_is_not_its_own_parent)
{
	int verdict[2];
	char ok = 0;
	pid_t pid;

	/* with a subreaper above, a loop in the tree hangs the host */
	ASSERT_EQ(0, prctl(PR_SET_CHILD_SUBREAPER, 1));
	ASSERT_EQ(0, pipe(verdict));
	pid = fork();
	if (pid == 0) {
		if (vs_create(self->xid, VXF_INIT_SET) != self->xid)
			_exit(1);
		pid = getpid();
		if (fork() == 0)
			be_reaper(pid, verdict[1]);
		_exit(0);
	}
	ASSERT_TRUE(pid == waitpid(pid, NULL, 0));
	ASSERT_EQ(1, read(verdict[0], &ok, 1));
	EXPECT_EQ(1, ok);
	/* the reaper came to us */
	EXPECT_LT(0, waitpid(-1, NULL, 0));
	prctl(PR_SET_CHILD_SUBREAPER, 0);
}

TEST_F(reach, name_of_the_host)
{
	VS_IN_GUEST(self->xid, .ccaps = VXC_SET_UTSNAME) {
		EXPECT_ERRNO(EPERM, sethostname("reached", 7));
	}
	VS_IN_GUEST(self->xid, .bcaps = ~0ULL) {
		EXPECT_ERRNO(EPERM, sethostname("reached", 7));
	}
	VS_IN_CHILD {
		ASSERT_EQ(0, unshare(CLONE_NEWUTS));
		VS_IN_GUEST(self->xid, .ccaps = VXC_SET_UTSNAME) {
			EXPECT_EQ(0, sethostname("own", 3));
		}
	}
}

TEST_F(reach, session_keyring_of_the_parent)
{
	long before = keyctl(KEYCTL_JOIN_SESSION_KEYRING, NULL);

	if (before == -ENOSYS)
		SKIP(return, "no keys in this kernel");
	ASSERT_LT(0, before);
	VS_IN_GUEST(self->xid) {
		ASSERT_LT(0, keyctl(KEYCTL_JOIN_SESSION_KEYRING, "reach-guest"));
		/* the kernel takes the refusal for lack of memory */
		EXPECT_EQ(-ENOMEM, keyctl(KEYCTL_SESSION_TO_PARENT, NULL));
	}
	EXPECT_EQ(before, syscall(SYS_keyctl, KEYCTL_GET_KEYRING_ID,
				  KEY_SPEC_SESSION_KEYRING, 0));
	VS_IN_CHILD {
		ASSERT_LT(0, keyctl(KEYCTL_JOIN_SESSION_KEYRING, "reach-host"));
		EXPECT_EQ(0, keyctl(KEYCTL_SESSION_TO_PARENT, NULL));
	}
}

TEST_F(reach, keyring_found_by_name)
{
	static const char name[] = "reach-name";
	int serial[2], stay[2];
	int guest_key = 0;
	long own;
	pid_t pid;

	ASSERT_EQ(0, pipe(serial));
	ASSERT_EQ(0, pipe(stay));
	pid = fork();
	if (pid == 0) {
		struct vs_guest g = { 0 };

		close(stay[1]);
		if (vs_become_guest(self->xid, &g) >= 0)
			guest_key = keyctl(KEYCTL_JOIN_SESSION_KEYRING, name);
		if (write(serial[1], &guest_key, sizeof(guest_key)) < 0)
			_exit(1);
		vs_await(stay[0]);
		_exit(0);
	}
	ASSERT_EQ(sizeof(guest_key), read(serial[0], &guest_key, sizeof(guest_key)));
	if (guest_key == -ENOSYS)
		SKIP(return, "no keys in this kernel");
	ASSERT_LT(0, guest_key);
	own = keyctl(KEYCTL_JOIN_SESSION_KEYRING, name);
	EXPECT_LT(0, own);
	EXPECT_NE(guest_key, own);
	close(stay[1]);
	waitpid(pid, NULL, 0);
}

TEST_F(reach, paused_guest_can_be_killed)
{
	pid_t pid = fork();

	if (pid == 0) {
		if (vs_create(self->xid, VXF_INIT_SET) != self->xid)
			_exit(1);
		for (int i = 0; i < 8; i++)
			if (fork() == 0)
				for (;;)
					pause();
		/* a stopped member is never held: the worker goes on */
		raise(SIGSTOP);
		_exit(0);
	}
	ASSERT_EQ(pid, waitpid(pid, NULL, WUNTRACED));
	ASSERT_EQ(9, vs_tasks(self->xid));
	ASSERT_EQ(0, vs_set_cflags(self->xid, VXF_SCHED_PAUSE, VXF_SCHED_PAUSE));
	EXPECT_EQ(0, vs_kill(self->xid, 0, SIGKILL));
	EXPECT_EQ(pid, waitpid(pid, NULL, 0));
	EXPECT_EQ(0, vs_until_gone(self->xid));
}

TEST_HARNESS_MAIN
