// SPDX-License-Identifier: GPL-2.0-only
/*
 * kernel.vshelper: startup and shutdown of contexts, and reboot(2) inside a
 * guest (spec/abi.md section 12).
 *
 * Guards against: a guest's reboot that reaches the host, a helper that runs
 * with a guest's identity or environment, a stop procedure that cannot find
 * out which guest ended.
 */
#include "waiter.h"

#include <libgen.h>
#include <linux/reboot.h>

#include "vshelper_log.h"

FIXTURE(helper)
{
	__u32 xid;
	char saved[512];
	char path[PATH_MAX];
	int done;	/* a byte for each finished log */
};

FIXTURE_SETUP(helper)
{
	char dir[PATH_MAX];

	SKIP_UNLESS_VSERVER();
	self->xid = vs_xid(0);
	mkdir(PROBE_DIR, 0700);
	remove_files(self->xid);
	snprintf(dir, sizeof(dir), "%s", vs_self_exe);
	snprintf(self->path, sizeof(self->path), "%s/vshelper_probe", dirname(dir));
	ASSERT_EQ(0, access(self->path, X_OK)) {
		TH_LOG("%s: %s", self->path, strerror(errno));
	}
	ASSERT_GT(vs_read_file(SYSCTL, self->saved, sizeof(self->saved)), 0);
	ASSERT_EQ(0, vs_write_file(SYSCTL, self->path));
	self->done = make_pipe(self->xid, "done");
	ASSERT_GE(self->done, 0);
}

FIXTURE_TEARDOWN(helper)
{
	int hold = open(probe_file(self->xid, "hold"), O_WRONLY | O_NONBLOCK);

	/* no helper of this test may run when the old path is back */
	if (hold >= 0)
		vs_post(hold);
	vs_destroy(self->xid);
	vs_until_gone(self->xid);
	EXPECT_EQ(0, vs_write_file(SYSCTL, self->saved));
	remove_files(self->xid);
}

TEST_F(helper, startup_and_shutdown)
{
	VS_IN_SETUP(self->xid, VXF_SC_HELPER) {
		/* synchronous: it has run when create returns */
		expect_state_log(_metadata, self->xid, "startup", 1);
		EXPECT_EQ(self->xid, vs_task_xid(0));
	}
	ASSERT_TRUE(vs_await(self->done));
	ASSERT_TRUE(vs_await(self->done));
	expect_state_log(_metadata, self->xid, "shutdown", 2);
}

TEST_F(helper, startup_refused)
{
	ASSERT_EQ(0, set_exit_code(self->xid, 1));
	EXPECT_EQ(-ENOEXEC, vs_create(self->xid, VXF_INIT_SET | VXF_SC_HELPER));
	EXPECT_EQ(0, vs_task_xid(0));
	EXPECT_FALSE(vs_exists(self->xid));
	EXPECT_EQ(-ENOEXEC, vs_create(self->xid, VXF_INIT_SET | VXF_SC_HELPER |
				      VXF_PERSISTENT));
	EXPECT_FALSE(vs_exists(self->xid));
	/* the exit code alone made the difference */
	ASSERT_EQ(0, set_exit_code(self->xid, 0));
	VS_IN_SETUP(self->xid, VXF_SC_HELPER) { }
}

/* The tools set the flag only after the creation. */
TEST_F(helper, flag_set_later)
{
	VS_IN_SETUP(self->xid, 0) {
		EXPECT_EQ(0, vs_set_cflags(VX_ID_SELF, VXF_SC_HELPER, VXF_SC_HELPER));
	}
	ASSERT_TRUE(vs_await(self->done));
	expect_state_log(_metadata, self->xid, "shutdown", 2);
}

TEST_F(helper, silent_without_the_flag)
{
	__u32 other = vs_xid(1);
	int done = make_pipe(other, "done");

	ASSERT_GE(done, 0);
	VS_IN_SETUP(self->xid, 0) { }
	VS_IN_SETUP(self->xid, 0) {
		EXPECT_EQ(0, vs_set_cflags(VX_ID_SELF, VXF_SC_HELPER, VXF_SC_HELPER));
		EXPECT_EQ(0, vs_set_cflags(VX_ID_SELF, 0, VXF_SC_HELPER));
	}
	/* by the time a later context has told its end ... */
	VS_IN_SETUP(other, 0) {
		EXPECT_EQ(0, vs_set_cflags(VX_ID_SELF, VXF_SC_HELPER, VXF_SC_HELPER));
	}
	ASSERT_TRUE(vs_await(done));
	expect_state_log(_metadata, other, "shutdown", 2);
	/* ... the earlier ones have said nothing */
	EXPECT_ERRNO(ENOENT, access(probe_file(self->xid, "log"), F_OK));
	remove_files(other);
}

/* While the shutdown helper runs the guest can still be looked up by it. */
TEST_F(helper, context_during_shutdown)
{
	struct vcmd_vhi_name name = { VHIN_CONTEXT, "/etc/vservers/web" };
	int hold = make_pipe(self->xid, "hold");
	struct waiter w = { -1, -1 };
	struct vcmd_vx_info info;

	ASSERT_GE(hold, 0);
	VS_IN_SETUP(self->xid, 0) {
		EXPECT_EQ(0, vserver(VCMD_set_vhi_name, VX_ID_SELF, &name));
		EXPECT_EQ(0, vs_set_cflags(VX_ID_SELF, VXF_SC_HELPER, VXF_SC_HELPER));
	}
	ASSERT_TRUE(vs_await(self->done));
	memset(&name, 0, sizeof(name));
	EXPECT_EQ(0, vserver(VCMD_get_vhi_name, self->xid, &name));
	EXPECT_STREQ("/etc/vservers/web", name.name);
	EXPECT_EQ(0, vserver(VCMD_vx_info, self->xid, &info));
	EXPECT_EQ(0, vs_tasks(self->xid));
	/* nobody gets in any more */
	EXPECT_EQ(-EFAULT, vs_migrate(self->xid, 0));
	EXPECT_EQ(-EFAULT, vserver(VCMD_ctx_migrate_v0, self->xid, NULL));
	EXPECT_LT(vs_create(self->xid, VXF_INIT_SET), 0);
	EXPECT_EQ(0, vs_task_xid(0));
	/* the end is over when the helper is */
	w = start_waiter(self->xid, false);
	EXPECT_EQ(0, waitpid(w.pid, NULL, WNOHANG));
	vs_post(hold);
	EXPECT_EQ(0, end_waiter(w).ret);
	EXPECT_FALSE(vs_exists(self->xid));
}

/* reboot(2) ----------------------------------------------------------------- */

static int vs_reboot(__u32 cmd)
{
	return syscall(SYS_reboot, LINUX_REBOOT_MAGIC1, LINUX_REBOOT_MAGIC2, cmd, NULL)
		? -errno : 0;
}

/* What a guest got from reboot(2), told before it waits to be killed. */
struct rebooter {
	pid_t pid;
	int fd;
};

static struct rebooter start_rebooter(__u32 xid, const struct vs_guest *g, __u32 cmd,
				      uid_t uid)
{
	struct rebooter r;
	int fds[2], ret;

	if (pipe2(fds, O_CLOEXEC))
		exit(1);
	r.fd = fds[0];
	r.pid = fork();
	if (r.pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		if (uid) {
			prctl(PR_SET_KEEPCAPS, 1);
			ret = setresuid(uid, uid, uid);
			ret |= vs_set_effective(1ULL << CAP_SYS_BOOT |
						1ULL << CAP_SYS_ADMIN |
						1ULL << CAP_SYS_RESOURCE);
			if (ret)
				_exit(1);
		}
		if (vs_become_guest(xid, g) < 0)
			_exit(1);
		vs_post(fds[1]);
		ret = vs_reboot(cmd);
		if (write(fds[1], &ret, sizeof(ret)) != sizeof(ret))
			_exit(1);
		for (;;)
			pause();
	}
	close(fds[1]);
	vs_await(r.fd);
	return r;
}

/* The result of the call, INT_MIN if it never returned. */
static int reboot_result(struct rebooter r)
{
	int ret;

	return read(r.fd, &ret, sizeof(ret)) == sizeof(ret) ? ret : INT_MIN;
}

static const struct {
	__u32 cmd;
	const char *action;
} reboots[] = {
	{ LINUX_REBOOT_CMD_RESTART, "restart" },
	{ LINUX_REBOOT_CMD_HALT, "halt" },
	{ LINUX_REBOOT_CMD_POWER_OFF, "poweroff" },
	{ LINUX_REBOOT_CMD_SW_SUSPEND, "swsusp" },
	{ LINUX_REBOOT_CMD_CAD_ON, NULL },
	{ LINUX_REBOOT_CMD_CAD_OFF, NULL },
	{ LINUX_REBOOT_CMD_RESTART2, NULL },
	{ LINUX_REBOOT_CMD_KEXEC, NULL },
};

TEST_F(helper, reboot_commands)
{
	char cad[16], after[16], want[512];

	ASSERT_GT(vs_read_file("/proc/sys/kernel/ctrl-alt-del", cad, sizeof(cad)), 0);
	for (size_t i = 0; i < ARRAY_SIZE(reboots); i++) {
		struct vs_guest g = { .cflags = i & 1 ? VXF_INFO_INIT : 0, .init = true };
		__u32 cmd = reboots[i].cmd;
		uid_t uid = i & 2 ? 1234 : 0;
		struct rebooter r = start_rebooter(self->xid, &g, cmd, uid);
		struct waiter w = start_waiter(self->xid, false);
		struct verdict v;

		EXPECT_EQ(0, reboot_result(r)) {
			TH_LOG("reboot %#x", cmd);
		}
		if (reboots[i].action) {
			ASSERT_TRUE(vs_await(self->done));
			snprintf(want, sizeof(want), "arg %s\narg %u\n" BASE_ENV
				 "env VS_UID=%d\nenv VS_PID=%d\nenv VS_CMD=%08x\n"
				 HOST_ROOT, reboots[i].action, self->xid, uid, r.pid, cmd);
			expect_log(_metadata, self->xid, want);
		}
		/* no REBOOT_KILL: it is the helper's business, the caller lives */
		EXPECT_EQ(0, waitpid(r.pid, NULL, WNOHANG));
		vs_end(r.pid);
		close(r.fd);
		v = end_waiter(w);
		EXPECT_EQ(0, v.ret);
		EXPECT_EQ(reboots[i].action ? (__s32)cmd : 0, v.exit.reboot_cmd);
		EXPECT_ERRNO(ENOENT, access(probe_file(self->xid, "log"), F_OK));
	}
	ASSERT_GT(vs_read_file("/proc/sys/kernel/ctrl-alt-del", after, sizeof(after)), 0);
	EXPECT_STREQ(cad, after);
}

/* A member that still sets up has the host's power, but it is no host. */
TEST_F(helper, reboot_during_setup)
{
	VS_IN_SETUP(self->xid, 0) {
		char want[512];

		snprintf(want, sizeof(want), "arg restart\narg %u\n" BASE_ENV
			 "env VS_UID=0\nenv VS_PID=%d\nenv VS_CMD=01234567\n" HOST_ROOT,
			 self->xid, getpid());
		EXPECT_EQ(0, vs_reboot(LINUX_REBOOT_CMD_RESTART));
		ASSERT_TRUE(vs_await(self->done));
		expect_log(_metadata, self->xid, want);
	}
}

TEST_F(helper, reboot_refused)
{
	const int magic = LINUX_REBOOT_MAGIC1;

	VS_IN_GUEST(self->xid, .bcaps = ~(1ULL << CAP_SYS_BOOT)) {
		for (size_t i = 0; i < ARRAY_SIZE(reboots); i++)
			EXPECT_EQ(-EPERM, vs_reboot(reboots[i].cmd));
		/* the capability comes before the magic numbers */
		EXPECT_ERRNO(EPERM, syscall(SYS_reboot, 1, 2, 0, NULL));
	}
	VS_IN_GUEST(self->xid, .bcaps = VS_BOUND) {
		EXPECT_ERRNO(EINVAL, syscall(SYS_reboot, 1, 2, LINUX_REBOOT_CMD_RESTART, NULL));
		EXPECT_ERRNO(EINVAL, syscall(SYS_reboot, magic, 2, LINUX_REBOOT_CMD_RESTART,
					     NULL));
		EXPECT_EQ(-EINVAL, vs_reboot(0x12345678));
		EXPECT_EQ(-EINVAL, vs_reboot(0xdeadbeef));
		/* the bound lets it through, the task's own set does not */
		ASSERT_EQ(0, vs_drop_cap(CAP_SYS_BOOT));
		EXPECT_EQ(-EPERM, vs_reboot(LINUX_REBOOT_CMD_RESTART));
	}
	EXPECT_ERRNO(ENOENT, access(probe_file(self->xid, "log"), F_OK));
}

/* Without a helper nothing happens, not even with REBOOT_KILL. */
TEST_F(helper, reboot_without_a_helper)
{
	static const char *const paths[] = { "", "/nonexistent/helper", "/etc/passwd" };
	const struct vs_guest g = { .cflags = VXF_REBOOT_KILL, .init = true };

	for (size_t i = 0; i < ARRAY_SIZE(paths); i++) {
		struct rebooter r;
		struct waiter w;
		struct verdict v;

		ASSERT_EQ(0, vs_write_file(SYSCTL, i ? paths[i] : "\n"));
		r = start_rebooter(self->xid, &g, LINUX_REBOOT_CMD_RESTART, 0);
		w = start_waiter(self->xid, false);
		EXPECT_EQ(-EPERM, reboot_result(r)) {
			TH_LOG("helper '%s'", paths[i]);
		}
		EXPECT_EQ(0, waitpid(r.pid, NULL, WNOHANG));
		vs_end(r.pid);
		close(r.fd);
		v = end_waiter(w);
		EXPECT_EQ(0, v.ret);
		EXPECT_EQ(0, v.exit.reboot_cmd);
	}
	/* no helper at all is not an error for a state event */
	ASSERT_EQ(0, vs_write_file(SYSCTL, "\n"));
	VS_IN_SETUP(self->xid, VXF_SC_HELPER) { }
}

TEST_F(helper, reboot_kills_all_members)
{
	static const __u32 fatal[] = { LINUX_REBOOT_CMD_RESTART, LINUX_REBOOT_CMD_HALT,
				       LINUX_REBOOT_CMD_POWER_OFF };
	const struct vs_guest g = { .cflags = VXF_REBOOT_KILL, .init = true };

	for (size_t i = 0; i < ARRAY_SIZE(fatal); i++) {
		struct rebooter r;
		struct waiter w;
		struct verdict v;
		int status, hold = make_pipe(self->xid, "hold");
		int up[2];	/* not "hold": a late helper would take the byte */
		pid_t other;

		/* a second member that has nothing to do with the caller */
		VS_IN_SETUP(self->xid, VXF_PERSISTENT | VXF_REBOOT_KILL) {
			EXPECT_EQ(0, vs_set_cflags(VX_ID_SELF, 0, VXF_STATE_SETUP));
		}
		ASSERT_EQ(0, pipe(up));
		other = fork();
		if (other == 0) {
			if (vs_migrate(self->xid, 0))
				_exit(1);
			vs_post(up[1]);
			for (;;)
				pause();
		}
		close(up[1]);
		ASSERT_TRUE(vs_await(up[0]));
		close(up[0]);
		ASSERT_EQ(0, vs_set_cflags(self->xid, 0, VXF_PERSISTENT));
		w = start_waiter(self->xid, false);
		r.pid = fork();
		if (r.pid == 0) {
			if (vs_migrate(self->xid, VXM_SET_INIT))
				_exit(1);
			vs_reboot(fatal[i]);
			_exit(77);	/* must not come back */
		}
		EXPECT_EQ(r.pid, waitpid(r.pid, &status, 0));
		EXPECT_EQ(SIGKILL, status);
		EXPECT_EQ(other, waitpid(other, &status, 0));
		EXPECT_EQ(SIGKILL, status);
		vs_post(hold);
		v = end_waiter(w);
		EXPECT_EQ(0, v.ret);
		EXPECT_EQ((__s32)fatal[i], v.exit.reboot_cmd);
		close(hold);
		unlink(probe_file(self->xid, "hold"));
	}
	/* suspend is not the end */
	{
		struct rebooter r = start_rebooter(self->xid, &g,
						   LINUX_REBOOT_CMD_SW_SUSPEND, 0);

		EXPECT_EQ(0, reboot_result(r));
		EXPECT_EQ(0, waitpid(r.pid, NULL, WNOHANG));
		vs_end(r.pid);
	}
}

/* A persistent context is as good as new after its guest was ended that way. */
TEST_F(helper, persistent_context_after_reboot_kill)
{
	const struct vs_guest g = { .cflags = VXF_REBOOT_KILL | VXF_PERSISTENT, .init = true };
	struct rebooter r = start_rebooter(self->xid, &g, LINUX_REBOOT_CMD_RESTART, 0);
	int status;

	EXPECT_EQ(r.pid, waitpid(r.pid, &status, 0));
	EXPECT_EQ(SIGKILL, status);
	EXPECT_TRUE(vs_exists(self->xid));
	EXPECT_EQ(0, vs_tasks(self->xid));
	/* the next guest may come and fork */
	VS_IN_CHILD {
		pid_t pid = -1;

		ASSERT_EQ(0, vs_migrate(self->xid, VXM_SET_INIT));
		for (int i = 0; i < 1000 && pid < 0; i++) {
			pid = fork();
			if (pid == 0)
				_exit(0);
			sched_yield();
		}
		EXPECT_GT(pid, 0);
		waitpid(pid, NULL, 0);
	}
}

/* The sysctl ----------------------------------------------------------------- */

TEST_F(helper, sysctl)
{
	char text[512], back[512];
	struct stat st;

	ASSERT_EQ(0, stat(SYSCTL, &st));
	EXPECT_EQ(0644, st.st_mode & 07777);
	EXPECT_EQ(0, st.st_uid);
	/* with and without newline: one line comes back */
	ASSERT_EQ(0, vs_write_file(SYSCTL, "/x/y z\n"));
	EXPECT_EQ(7, vs_read_file(SYSCTL, back, sizeof(back)));
	EXPECT_STREQ("/x/y z\n", back);
	ASSERT_EQ(0, vs_write_file(SYSCTL, "/x"));
	EXPECT_EQ(3, vs_read_file(SYSCTL, back, sizeof(back)));
	EXPECT_STREQ("/x\n", back);
	ASSERT_EQ(0, vs_write_file(SYSCTL, "\n"));
	vs_read_file(SYSCTL, back, sizeof(back));
	EXPECT_STREQ("\n", back);
	/* 255 characters fit, no more */
	memset(text, 'p', sizeof(text));
	text[255] = 0;
	ASSERT_EQ(0, vs_write_file(SYSCTL, text));
	EXPECT_EQ(256, vs_read_file(SYSCTL, back, sizeof(back)));
	EXPECT_EQ(0, memcmp(text, back, 255));
	text[255] = 'p';
	text[400] = 0;
	vs_write_file(SYSCTL, text);
	EXPECT_LE(vs_read_file(SYSCTL, back, sizeof(back)), 256);
}

TEST_F(helper, sysctl_belongs_to_the_host)
{
	char back[512];

	VS_IN_GUEST(self->xid, .bcaps = ~0ULL) {
		int fd = open(SYSCTL, O_WRONLY);

		EXPECT_EQ(-1, fd);
		EXPECT_TRUE(errno == EACCES || errno == EPERM || errno == ENOENT);
	}
	VS_IN_CHILD {
		ASSERT_EQ(1, vs_migrate(1, 0));
		EXPECT_LT(vs_write_file(SYSCTL, "/bin/true"), 0);
	}
	vs_read_file(SYSCTL, back, sizeof(back));
	EXPECT_EQ(0, strncmp(back, self->path, strlen(self->path)));
}

TEST_HARNESS_MAIN
