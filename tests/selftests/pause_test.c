// SPDX-License-Identifier: GPL-2.0-only
/*
 * SCHED_PAUSE: all members of a context are held until the flag is cleared
 * (spec/abi.md 9.1 bit 10, design/kernel-core.md 12).
 *
 * A member counts in shared memory; it is held when it sleeps although it
 * never asked to, and the count stands still.
 *
 * Guards against: a paused guest that goes on through a fork or a late
 * joiner, or that cannot be killed any more.
 */
#include "common.h"

struct counters {
	volatile unsigned long count[2];
};

FIXTURE(pause)
{
	__u32 xid;
	struct counters *mem;
};

FIXTURE_SETUP(pause)
{
	SKIP_UNLESS_VSERVER();
	self->xid = vs_xid(0);
	self->mem = mmap(NULL, sizeof(*self->mem), PROT_READ | PROT_WRITE,
			 MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	ASSERT_NE(MAP_FAILED, self->mem);
}

FIXTURE_TEARDOWN(pause)
{
	vs_set_cflags(self->xid, 0, VXF_SCHED_PAUSE);
	vs_destroy(self->xid);
}

static void count_for_ever(volatile unsigned long *n)
{
	for (;;)
		++*n;
}

static pid_t start_counter(__u32 xid, volatile unsigned long *n)
{
	pid_t pid = fork();

	if (pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		if (vs_become_guest(xid, &(struct vs_guest){ 0 }) < 0)
			_exit(1);
		count_for_ever(n);
	}
	return pid;
}

static bool it_counts(volatile unsigned long *n)
{
	unsigned long seen = *n;

	for (int i = 0; i < 1000000 && *n == seen; i++)
		sched_yield();
	return *n != seen;
}

/* Held: asleep, and not a step further while others run. */
static bool stands_still(pid_t pid, volatile unsigned long *n)
{
	unsigned long seen;

	vs_until_asleep(pid);
	seen = *n;
	for (int i = 0; i < 2000; i++)
		sched_yield();
	return *n == seen;
}

TEST_F(pause, held_and_let_go)
{
	pid_t pid = start_counter(self->xid, &self->mem->count[0]);

	ASSERT_TRUE(it_counts(&self->mem->count[0]));
	for (int i = 0; i < 3; i++) {
		EXPECT_EQ(0, vs_set_cflags(self->xid, VXF_SCHED_PAUSE, VXF_SCHED_PAUSE));
		ASSERT_TRUE(stands_still(pid, &self->mem->count[0]));
		EXPECT_EQ(0, vs_set_cflags(self->xid, 0, VXF_SCHED_PAUSE));
		ASSERT_TRUE(it_counts(&self->mem->count[0]));
	}
	vs_end(pid);
}

TEST_F(pause, others_are_not)
{
	pid_t pid = start_counter(self->xid, &self->mem->count[0]);
	pid_t other = start_counter(vs_xid(1), &self->mem->count[1]);

	ASSERT_TRUE(it_counts(&self->mem->count[0]));
	EXPECT_EQ(0, vs_set_cflags(self->xid, VXF_SCHED_PAUSE, VXF_SCHED_PAUSE));
	EXPECT_TRUE(stands_still(pid, &self->mem->count[0]));
	ASSERT_TRUE(it_counts(&self->mem->count[1]));
	vs_end(other);
	vs_end(pid);
}

TEST_F(pause, can_be_killed)
{
	pid_t pid = start_counter(self->xid, &self->mem->count[0]);
	int status;

	ASSERT_TRUE(it_counts(&self->mem->count[0]));
	EXPECT_EQ(0, vs_set_cflags(self->xid, VXF_SCHED_PAUSE, VXF_SCHED_PAUSE));
	EXPECT_TRUE(stands_still(pid, &self->mem->count[0]));
	EXPECT_EQ(0, vs_kill(self->xid, 0, SIGKILL));
	EXPECT_EQ(pid, waitpid(pid, &status, 0));
	EXPECT_EQ(SIGKILL, status);
	EXPECT_FALSE(vs_exists(self->xid));
}

/* Entering a paused guest is waiting for its end. */
TEST_F(pause, late_joiner)
{
	pid_t pid = start_counter(self->xid, &self->mem->count[0]), late;

	ASSERT_TRUE(it_counts(&self->mem->count[0]));
	EXPECT_EQ(0, vs_set_cflags(self->xid, VXF_SCHED_PAUSE, VXF_SCHED_PAUSE));
	EXPECT_TRUE(stands_still(pid, &self->mem->count[0]));
	late = fork();
	if (late == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		if (vs_migrate(self->xid, 0))
			_exit(1);
		count_for_ever(&self->mem->count[1]);
	}
	while (vs_tasks(self->xid) < 2)
		sched_yield();
	EXPECT_TRUE(stands_still(late, &self->mem->count[1]));
	EXPECT_EQ(0, vs_set_cflags(self->xid, 0, VXF_SCHED_PAUSE));
	ASSERT_TRUE(it_counts(&self->mem->count[1]));
	vs_end(late);
	vs_end(pid);
}

/* A fork bomb stops with its last generation. */
TEST_F(pause, while_it_forks)
{
	unsigned long seen;
	pid_t pid = fork();

	if (pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		if (vs_become_guest(self->xid, &(struct vs_guest){ 0 }) < 0)
			_exit(1);
		for (;;) {
			pid_t child = fork();

			++self->mem->count[0];
			if (child == 0)
				_exit(0);
			waitpid(child, NULL, 0);
		}
	}
	ASSERT_TRUE(it_counts(&self->mem->count[0]));
	EXPECT_EQ(0, vs_set_cflags(self->xid, VXF_SCHED_PAUSE, VXF_SCHED_PAUSE));
	/* whoever of parent and child has the word: it must fall silent */
	for (int tries = 0; tries < 100000; tries++) {
		seen = self->mem->count[0];
		for (int i = 0; i < 500; i++)
			sched_yield();
		if (self->mem->count[0] == seen)
			break;
	}
	EXPECT_EQ(seen, self->mem->count[0]);
	EXPECT_EQ(0, vs_set_cflags(self->xid, 0, VXF_SCHED_PAUSE));
	ASSERT_TRUE(it_counts(&self->mem->count[0]));
	vs_destroy(self->xid);
	waitpid(pid, NULL, 0);
}

TEST_HARNESS_MAIN
