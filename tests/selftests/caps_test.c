// SPDX-License-Identifier: GPL-2.0-only
/*
 * The capability bound of a context: what it takes away, when it starts, that
 * exec cuts the credentials to it and nothing gets round it (spec/abi.md 9.3,
 * design/kernel-core.md 9).  The grants beside it are in ccaps_test.
 *
 * Each action below needs exactly one capability.  It is tried three times:
 * refused where the bound lacks that one capability only, done where the
 * bound has all of them, and done while the context is being set up.
 */
#include "common.h"

#include <netinet/in.h>
#include <grp.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/sysmacros.h>
#include <sys/timex.h>

/* Actions: 0 or -errno -------------------------------------------------------- */

static int result(long ret)
{
	return ret < 0 ? -errno : 0;
}

/* A file of its own for the action, in no directory. */
static int scratch_file(void)
{
	return memfd_create("caps_test", MFD_CLOEXEC);
}

static int do_chown(void)
{
	int fd = scratch_file();
	int ret = result(fchown(fd, 1234, 1234));

	close(fd);
	return ret;
}

static int do_kill_other_user(void)
{
	int up[2], stay[2], ret;
	pid_t pid;

	if (pipe(up) || pipe(stay))
		return -errno;
	pid = fork();
	if (pid == 0) {
		close(stay[1]);
		if (setresuid(1234, 1234, 1234))
			_exit(1);
		vs_post(up[1]);
		vs_await(stay[0]);
		_exit(0);
	}
	vs_await(up[0]);
	ret = result(kill(pid, SIGUSR1));
	close(stay[1]);
	waitpid(pid, NULL, 0);
	close(stay[0]);
	close(up[0]);
	close(up[1]);
	return ret;
}

static int do_setuid(void)
{
	return result(setresuid(1234, 1234, 1234));
}

static int do_setgroups(void)
{
	gid_t gid = 1234;

	return result(setgroups(1, &gid));
}

static int do_drop_bounding(void)
{
	return result(prctl(PR_CAPBSET_DROP, CAP_SYS_PACCT, 0, 0, 0));
}

static int do_low_port(void)
{
	struct sockaddr_in in = { .sin_family = AF_INET, .sin_port = htons(811) };
	int fd = socket(AF_INET, SOCK_STREAM, 0);
	int ret = result(bind(fd, (struct sockaddr *)&in, sizeof(in)));

	close(fd);
	return ret;
}

static int do_big_buffer(void)
{
	int fd = socket(AF_INET, SOCK_DGRAM, 0), size = 65536;
	int ret = result(setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof(size)));

	close(fd);
	return ret;
}

static int do_mlock(void)
{
	struct rlimit none = { 0, 0 };

	if (setrlimit(RLIMIT_MEMLOCK, &none))
		return -errno;
	return result(mlock(vs_self_exe, 1));
}

static int do_chroot(void)
{
	return result(chroot("/"));
}

static int do_hostname(void)
{
	return result(sethostname("caps-test", 9));
}

static int do_nice(void)
{
	return result(setpriority(PRIO_PROCESS, 0, -3));
}

static int do_raise_limit(void)
{
	struct rlimit low = { 1, 1 }, high = { 2, 2 };

	if (setrlimit(RLIMIT_CORE, &low))
		return -errno;
	return result(setrlimit(RLIMIT_CORE, &high));
}

static int do_adjust_clock(void)
{
	struct timex t = { .modes = ADJ_TICK, .tick = 1000000 / sysconf(_SC_CLK_TCK) };

	return result(adjtimex(&t));
}

static int do_lease(void)
{
	char name[64];
	int fd = scratch_file(), rd, ret;

	/* a lease wants a read-only description of somebody else's file */
	snprintf(name, sizeof(name), "/proc/self/fd/%d", fd);
	rd = open(name, O_RDONLY);
	if (rd < 0 || fchown(fd, 1234, 1234))
		return -errno;
	close(fd);
	ret = result(fcntl(rd, F_SETLEASE, F_RDLCK));
	close(rd);
	return ret;
}

static int do_accounting(void)
{
	return result(syscall(SYS_acct, NULL));
}

static int do_device_node(void)
{
	char name[64];
	int ret;

	snprintf(name, sizeof(name), VS_DIR "/node.%d", getpid());
	ret = result(mknod(name, S_IFCHR | 0600, makedev(1, 3)));
	unlink(name);
	return ret;
}

/* Actions that a confined guest is refused even with the capability. */
#define HOST_ONLY true

static const struct action {
	int cap;
	const char *name;
	int (*act)(void);
	int error;
	bool host_only;
} actions[] = {
	{ CAP_CHOWN, "chown", do_chown, -EPERM },
	{ CAP_KILL, "kill", do_kill_other_user, -EPERM },
	{ CAP_SETUID, "setuid", do_setuid, -EPERM },
	{ CAP_SETGID, "setgroups", do_setgroups, -EPERM },
	{ CAP_SETPCAP, "drop bounding", do_drop_bounding, -EPERM },
	{ CAP_NET_BIND_SERVICE, "low port", do_low_port, -EACCES },
	{ CAP_NET_ADMIN, "receive buffer", do_big_buffer, -EPERM },
	{ CAP_IPC_LOCK, "mlock", do_mlock, -EPERM },
	{ CAP_SYS_CHROOT, "chroot", do_chroot, -EPERM },
	{ CAP_SYS_ADMIN, "hostname", do_hostname, -EPERM },
	{ CAP_SYS_NICE, "nice", do_nice, -EACCES },
	{ CAP_SYS_RESOURCE, "raise limit", do_raise_limit, -EPERM },
	{ CAP_SYS_TIME, "adjust clock", do_adjust_clock, -EPERM },
	{ CAP_LEASE, "lease", do_lease, -EACCES },
	{ CAP_SYS_PACCT, "accounting", do_accounting, -EPERM, HOST_ONLY },
	{ CAP_MKNOD, "device node", do_device_node, -EPERM, HOST_ONLY },
};

#define FOR_EACH_ACTION(_a) \
	for (const struct action *_a = actions; _a < actions + ARRAY_SIZE(actions); _a++)

#define EXPECT_ACTION(_want, _a) do { \
	int __got = (_a)->act(); \
	EXPECT_EQ(_want, __got) { \
		TH_LOG("%s: %s", (_a)->name, strerror(-__got)); \
	} \
} while (0)

FIXTURE(caps)
{
	__u32 xid;
};

/* Names and mounts of the test stay in namespaces of its own. */
FIXTURE_SETUP(caps)
{
	SKIP_UNLESS_VSERVER();
	self->xid = vs_xid(0);
	ASSERT_EQ(0, unshare(CLONE_NEWUTS));
	ASSERT_EQ(0, vs_private_dir());
}

FIXTURE_TEARDOWN(caps)
{
	vs_destroy(self->xid);
}

TEST_F(caps, bound_takes_one_away)
{
	FOR_EACH_ACTION(a) {
		VS_IN_GUEST(self->xid, .bcaps = ~(1ULL << a->cap)) {
			EXPECT_ACTION(a->error, a);
		}
		if (a->host_only)
			continue;
		VS_IN_GUEST(self->xid, .bcaps = ~0ULL) {
			EXPECT_ACTION(0, a);
		}
		/* that capability alone is enough: nothing else was tested */
		if (a->cap == CAP_KILL || a->cap == CAP_LEASE)
			continue;	/* need others to prepare */
		VS_IN_GUEST(self->xid, .bcaps = 1ULL << a->cap) {
			EXPECT_ACTION(0, a);
		}
	}
}

TEST_F(caps, no_bound_during_setup)
{
	FOR_EACH_ACTION(a) {
		VS_IN_SETUP(self->xid, 0) {
			ASSERT_EQ(0, vs_set_bcaps(VX_ID_SELF, 0, ~0ULL));
			EXPECT_ACTION(0, a);
		}
	}
}

/* The end of the set-up arms the bound at once, without an exec. */
TEST_F(caps, starts_at_the_end_of_setup)
{
	VS_IN_SETUP(self->xid, 0) {
		ASSERT_EQ(0, vs_set_bcaps(VX_ID_SELF, 0, ~0ULL));
		EXPECT_EQ(0, do_hostname());
		ASSERT_EQ(0, vs_set_cflags(VX_ID_SELF, 0, VXF_STATE_SETUP));
		EXPECT_EQ(-EPERM, do_hostname());
		VS_IN_CHILD { EXPECT_EQ(-EPERM, do_hostname()); }
	}
	/* or by a flagword without the flag */
	VS_IN_CHILD {
		ASSERT_EQ(self->xid, vs_create(self->xid, VXF_STATE_ADMIN));
		EXPECT_EQ(0, do_hostname());
	}
}

/* What the host changes is felt by running members. */
TEST_F(caps, changed_from_outside)
{
	int go[2], ready[2];
	pid_t pid;

	ASSERT_EQ(0, pipe(go));
	ASSERT_EQ(0, pipe(ready));
	pid = fork();
	if (pid == 0) {
		if (vs_become_guest(self->xid, &(struct vs_guest){ .bcaps = ~0ULL }) < 0)
			_exit(1);
		if (do_hostname())
			_exit(2);
		vs_post(ready[1]);
		vs_await(go[0]);
		_exit(do_hostname() == -EPERM ? 0 : 3);
	}
	ASSERT_TRUE(vs_await(ready[0]));
	EXPECT_EQ(0, vs_set_bcaps(self->xid, 0, 1ULL << CAP_SYS_ADMIN));
	vs_post(go[1]);
	vs_join(_metadata, pid);
}

/* The default bound, action by action. */
TEST_F(caps, default_bound)
{
	FOR_EACH_ACTION(a) {
		int want = VS_BOUND >> a->cap & 1 ? 0 : a->error;

		if (a->host_only)
			want = a->error;
		VS_IN_GUEST(self->xid) { EXPECT_ACTION(want, a); }
	}
}

TEST_F(caps, host_is_not_bound)
{
	pid_t pid = VS_START_GUEST(self->xid, .no_caps = true);

	ASSERT_GT(pid, 0);
	FOR_EACH_ACTION(a) {
		VS_IN_CHILD { EXPECT_ACTION(0, a); }
	}
	vs_end(pid);
}

/* exec ------------------------------------------------------------------------- */

/* The capability words of /proc/self/status. */
struct cap_words {
	unsigned long long inh, prm, eff, bnd, amb;
};

static bool read_words(struct cap_words *w)
{
	char buf[4096], *line;

	if (vs_read_file("/proc/self/status", buf, sizeof(buf)) <= 0)
		return false;
	line = strstr(buf, "CapInh:");
	return line && sscanf(line, "CapInh: %llx CapPrm: %llx CapEff: %llx "
			      "CapBnd: %llx CapAmb: %llx", &w->inh, &w->prm,
			      &w->eff, &w->bnd, &w->amb) == 5;
}

/* argv[1]: the most that may be left; argv[2]: what must be left */
VS_STAGE(words)
{
	__u64 most = strtoull(argv[1], NULL, 16), least = strtoull(argv[2], NULL, 16);
	struct cap_words w = { 0 };

	STAGE_EXPECT(read_words(&w));
	STAGE_EXPECT((w.bnd & ~most) == 0);
	STAGE_EXPECT((w.prm & ~most) == 0);
	STAGE_EXPECT((w.eff & ~most) == 0);
	STAGE_EXPECT((w.inh & ~most) == 0);
	STAGE_EXPECT((w.amb & ~most) == 0);
	STAGE_EXPECT((w.bnd & least) == least);
	STAGE_EXPECT((w.prm & least) == least);
	STAGE_EXPECT((w.eff & least) == least);
	if (vs_stage_failed)
		fprintf(stderr, "# bnd %llx prm %llx eff %llx inh %llx amb %llx\n",
			w.bnd, w.prm, w.eff, w.inh, w.amb);
	/* nothing brings the others back */
	STAGE_EXPECT(vs_set_effective(most | 1ULL << CAP_SYS_ADMIN) < 0 ||
		     most & 1ULL << CAP_SYS_ADMIN);
	STAGE_EXPECT(prctl(PR_CAPBSET_READ, CAP_SYS_ADMIN) ==
		     (most >> CAP_SYS_ADMIN & 1));
	return vs_stage_failed;
}

static void exec_words(__u64 most, __u64 least)
{
	char a[32], b[32];

	snprintf(a, sizeof(a), "%llx", (unsigned long long)most);
	snprintf(b, sizeof(b), "%llx", (unsigned long long)least);
	vs_run_stage("words", a, b, NULL);
}

TEST_F(caps, exec_cuts_the_credentials)
{
	VS_IN_GUEST(self->xid) {
		struct cap_words w = { 0 };

		/* not cut yet: the creator still sets up */
		ASSERT_TRUE(read_words(&w));
		EXPECT_NE(0, w.eff & 1ULL << CAP_SYS_ADMIN);
		exec_words(VS_BOUND, VS_BOUND);
	}
	VS_IN_GUEST(self->xid, .no_caps = true) { exec_words(0, 0); }
	VS_IN_GUEST(self->xid, .bcaps = 1ULL << CAP_SYS_ADMIN) {
		exec_words(~0xffffffffULL | 1ULL << CAP_SYS_ADMIN, 1ULL << CAP_SYS_ADMIN);
	}
	/* inherited and ambient ones, too */
	VS_IN_SETUP(self->xid, 0) {
		struct __user_cap_header_struct hdr = {
			.version = _LINUX_CAPABILITY_VERSION_3 };
		struct __user_cap_data_struct d[2];

		ASSERT_EQ(0, syscall(SYS_capget, &hdr, d));
		d[0].inheritable = d[0].permitted;
		d[1].inheritable = d[1].permitted;
		ASSERT_EQ(0, syscall(SYS_capset, &hdr, d));
		ASSERT_EQ(0, prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, CAP_SYS_ADMIN, 0, 0));
		ASSERT_EQ(0, vs_set_bcaps(VX_ID_SELF, VS_BOUND, ~0ULL));
		ASSERT_EQ(0, vs_set_cflags(VX_ID_SELF, 0, VXF_STATE_SETUP));
		exec_words(VS_BOUND, VS_BOUND);
	}
	/* not during set-up: the tools run a dozen programs in that phase */
	VS_IN_SETUP(self->xid, 0) {
		ASSERT_EQ(0, vs_set_bcaps(VX_ID_SELF, VS_BOUND, ~0ULL));
		exec_words(~0ULL, 0xffffffffULL);
	}
}

/* Capabilities above 31 ---------------------------------------------------------- */

#define SECURE_WORD 0xffffffffb44c04ffULL

/* "--secure" of the old tools keeps all of them by mistake. */
TEST_F(caps, high_ones_by_mistake)
{
	VS_IN_GUEST(self->xid, .bcaps = SECURE_WORD) {
		exec_words(VS_BOUND, VS_BOUND);
	}
	/* each only beside the one it was split off from */
	VS_IN_GUEST(self->xid, .bcaps = ~(1ULL << CAP_SYS_ADMIN)) {
		exec_words(~(1ULL << CAP_SYS_ADMIN | 1ULL << 32 | 1ULL << 33 | 1ULL << 34 |
			     1ULL << 36 | 1ULL << 38 | 1ULL << 39 | 1ULL << 40), 1);
	}
	VS_IN_GUEST(self->xid, .bcaps = ~(1ULL << CAP_SYS_TIME)) {
		exec_words(~(1ULL << CAP_SYS_TIME | 1ULL << 35), 1);
	}
	VS_IN_GUEST(self->xid, .bcaps = ~(1ULL << CAP_AUDIT_CONTROL)) {
		exec_words(~(1ULL << CAP_AUDIT_CONTROL | 1ULL << 37), 1);
	}
}

TEST_F(caps, high_ones_on_purpose)
{
	const __u64 alarm = 1ULL << 35;

	/* named one by one they are meant */
	VS_IN_SETUP(self->xid, 0) {
		ASSERT_EQ(0, vs_set_bcaps(VX_ID_SELF, SECURE_WORD, ~0ULL));
		ASSERT_EQ(0, vs_set_bcaps(VX_ID_SELF, alarm, alarm));
		ASSERT_EQ(0, vs_set_cflags(VX_ID_SELF, 0, VXF_STATE_SETUP));
		exec_words(VS_BOUND | alarm, VS_BOUND | alarm);
	}
	/* until the whole word is written again */
	VS_IN_SETUP(self->xid, 0) {
		ASSERT_EQ(0, vs_set_bcaps(VX_ID_SELF, alarm, alarm));
		ASSERT_EQ(0, vs_set_bcaps(VX_ID_SELF, SECURE_WORD, ~0ULL));
		ASSERT_EQ(0, vs_set_cflags(VX_ID_SELF, 0, VXF_STATE_SETUP));
		exec_words(VS_BOUND, VS_BOUND);
	}
	/* or the bit is cleared */
	VS_IN_SETUP(self->xid, 0) {
		ASSERT_EQ(0, vs_set_bcaps(VX_ID_SELF, SECURE_WORD, ~0ULL));
		ASSERT_EQ(0, vs_set_bcaps(VX_ID_SELF, alarm, alarm));
		ASSERT_EQ(0, vs_set_bcaps(VX_ID_SELF, 0, alarm));
		ASSERT_EQ(0, vs_set_cflags(VX_ID_SELF, 0, VXF_STATE_SETUP));
		exec_words(VS_BOUND, VS_BOUND);
	}
}

/* User namespaces ------------------------------------------------------------------ */

TEST_F(caps, user_namespaces_are_refused)
{
	VS_IN_GUEST(self->xid) { EXPECT_ERRNO(EPERM, unshare(CLONE_NEWUSER)); }
	VS_IN_GUEST(self->xid, .bcaps = ~0ULL) {
		EXPECT_ERRNO(EPERM, unshare(CLONE_NEWUSER));
		EXPECT_ERRNO(EPERM, syscall(SYS_clone, CLONE_NEWUSER | SIGCHLD, NULL, NULL,
					    NULL, NULL));
		/* least of all for an ordinary user */
		ASSERT_EQ(0, setresuid(1234, 1234, 1234));
		EXPECT_ERRNO(EPERM, unshare(CLONE_NEWUSER));
	}
	VS_IN_CHILD { EXPECT_WORKS(unshare(CLONE_NEWUSER)); }
}

/* With the grant one can be had, but nothing can be done in it that the bound
 * refuses outside.
 */
TEST_F(caps, user_namespaces_do_not_widen)
{
	const __u64 both = CLONE_NEWUSER | CLONE_NEWUTS;

	VS_IN_GUEST(self->xid, .umask = both) {
		__u64 effective = 0;

		ASSERT_EQ(0, unshare(CLONE_NEWUSER | CLONE_NEWUTS)) {
			TH_LOG("unshare: %s", strerror(errno));
		}
		/* root there by the kernel's own book */
		ASSERT_EQ(0, vs_caps(&effective, NULL));
		EXPECT_EQ(-EPERM, do_hostname());
		EXPECT_EQ(-EPERM, do_big_buffer());
		EXPECT_ERRNO(EPERM, mount("none", VS_DIR, "tmpfs", 0, NULL));
		EXPECT_ERRNO(EPERM, unshare(CLONE_NEWNET));
	}
	/* the twin: the bound allows it, so it works there */
	VS_IN_GUEST(self->xid, .umask = both, .bcaps = ~0ULL) {
		ASSERT_EQ(0, unshare(CLONE_NEWUSER | CLONE_NEWUTS)) {
			TH_LOG("unshare: %s", strerror(errno));
		}
		EXPECT_EQ(0, do_hostname());
	}
}

TEST_HARNESS_MAIN
