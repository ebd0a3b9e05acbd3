// SPDX-License-Identifier: GPL-2.0-only
/*
 * The text interfaces /proc/virtual and /proc/virtnet (spec/procfs.md); what
 * is below /proc/<pid> is in procpid_test.
 *
 * Guards against: scripts that stop parsing because a blank became a tab, and
 * kill-all scripts that take a stray name in /proc/virtual for a context.
 */
#include "proctext.h"

#include <dirent.h>

FIXTURE(proc)
{
	__u32 xid;
	char dir[64];
};

FIXTURE_SETUP(proc)
{
	SKIP_UNLESS_VSERVER();
	self->xid = vs_xid(0);
	snprintf(self->dir, sizeof(self->dir), "/proc/virtual/%u", self->xid);
	VS_IN_SETUP(self->xid, VXF_PERSISTENT) {
		EXPECT_EQ(0, vs_set_bcaps(VX_ID_SELF, 0xffffffffb44c04ffULL, ~0ULL));
		EXPECT_EQ(0, vs_set_ccaps(VX_ID_SELF, 0x4101, ~0ULL));
		EXPECT_EQ(0, vs_set_umask(VX_ID_SELF, CLONE_NEWUTS, ~0ULL));
		EXPECT_EQ(0, vs_set_cflags(VX_ID_SELF, VXF_VIRT_UPTIME, VXF_VIRT_UPTIME |
					   VXF_STATE_SETUP));
	}
	ASSERT_EQ(0, _metadata->exit_code);
}

FIXTURE_TEARDOWN(proc)
{
	vs_destroy(self->xid);
}

/* Layout ---------------------------------------------------------------------- */

static bool is_number(const char *s)
{
	if (*s == '0' || !*s)
		return false;
	return s[strspn(s, "0123456789")] == 0;
}

TEST_F(proc, only_contexts_and_two_files)
{
	static const char *const tops[] = { "/proc/virtual", "/proc/virtnet" };

	for (size_t i = 0; i < ARRAY_SIZE(tops); i++) {
		int numbers = 0, files = 0, found = 0;
		DIR *d = opendir(tops[i]);
		struct dirent *e;
		struct stat st;

		ASSERT_NE(NULL, d);
		while ((e = readdir(d))) {
			if (e->d_name[0] == '.')
				continue;
			if (is_number(e->d_name)) {
				numbers++;
				found |= (__u32)atoi(e->d_name) == self->xid;
				EXPECT_EQ(DT_DIR, e->d_type);
				continue;
			}
			EXPECT_TRUE(!strcmp(e->d_name, "info") ||
				    !strcmp(e->d_name, "status")) {
				TH_LOG("%s/%s", tops[i], e->d_name);
			}
			EXPECT_EQ(DT_REG, e->d_type);
			files++;
		}
		closedir(d);
		EXPECT_EQ(2, files);
		EXPECT_EQ(i == 0, found);
		ASSERT_EQ(0, stat(tops[i], &st));
		EXPECT_EQ(S_IFDIR | 0555, st.st_mode);
		EXPECT_EQ(0, st.st_uid);
		EXPECT_EQ(2 + numbers, st.st_nlink);
	}
}

TEST_F(proc, files_of_a_context)
{
	static const char *const names[] = { "info", "status", "limit", "sched", "cvirt",
					     "cacct", "nsproxy", "nsproxy1" };
	struct dirent *e;
	struct stat st;
	int n = 0;
	DIR *d;

	ASSERT_EQ(0, stat(self->dir, &st));
	EXPECT_EQ(S_IFDIR | 0555, st.st_mode);
	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		char path[128];

		snprintf(path, sizeof(path), "%s/%s", self->dir, names[i]);
		EXPECT_EQ(0, stat(path, &st)) {
			TH_LOG("%s: %s", path, strerror(errno));
		}
		EXPECT_EQ(S_IFREG | 0444, st.st_mode);
		EXPECT_EQ(0, st.st_uid);
		EXPECT_LE(0, read_entry(self->dir, names[i]));
	}
	d = opendir(self->dir);
	ASSERT_NE(NULL, d);
	while ((e = readdir(d)))
		n += e->d_name[0] != '.';
	closedir(d);
	EXPECT_EQ(ARRAY_SIZE(names), n);
}

TEST_F(proc, names_that_are_no_context)
{
	static const char *const names[] = { "0", "1", "65536", "-1", "abc", "limit",
					     "99999999999" };
	char path[64];

	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		snprintf(path, sizeof(path), "/proc/virtual/%s", names[i]);
		EXPECT_ERRNO(ENOENT, access(path, F_OK));
	}
	snprintf(path, sizeof(path), "/proc/virtual/0%u", self->xid);
	EXPECT_ERRNO(ENOENT, access(path, F_OK));
	snprintf(path, sizeof(path), "/proc/virtual/%u", vs_xid(1));
	EXPECT_ERRNO(ENOENT, access(path, F_OK));
}

/* As getdents64(2) returns it. */
struct entry {
	__u64 ino;
	__s64 off;
	unsigned short len;
	unsigned char type;
	char name[];
};

/* Each context once, however small the pieces are in which one reads. */
TEST_F(proc, listing_in_pieces)
{
	const __u32 first = 51000, count = 40;
	int fd, seen[40] = { 0 };
	char buf[96] __attribute__((aligned(8)));
	long n;

	for (__u32 i = 0; i < count; i++) {
		VS_IN_SETUP(first + i, VXF_PERSISTENT) { }
	}
	fd = open("/proc/virtual", O_RDONLY | O_DIRECTORY);
	ASSERT_GE(fd, 0);
	while ((n = syscall(SYS_getdents64, fd, buf, sizeof(buf))) > 0) {
		for (long at = 0; at < n;) {
			struct entry *e = (struct entry *)(buf + at);
			__u32 nr = atoi(e->name);

			if (nr >= first && nr < first + count) {
				seen[nr - first]++;
				/* those ahead may vanish meanwhile */
				if (nr % 4 == 0)
					vs_destroy(nr + 1);
			}
			at += e->len;
		}
	}
	EXPECT_EQ(0, n);
	close(fd);
	for (__u32 i = 0; i < count; i++) {
		if (i % 4 != 1) {
			EXPECT_EQ(1, seen[i]) {
				TH_LOG("context %u", first + i);
			}
		} else {
			EXPECT_LE(seen[i], 1);
		}
		vs_destroy(first + i);
	}
}

TEST_F(proc, context_that_vanished)
{
	char path[128], buf[64];
	int fd, dir;

	snprintf(path, sizeof(path), "%s/status", self->dir);
	fd = open(path, O_RDONLY);
	dir = open(self->dir, O_RDONLY | O_DIRECTORY);
	ASSERT_GE(fd, 0);
	ASSERT_GE(dir, 0);
	EXPECT_LT(0, pread(fd, buf, sizeof(buf), 0));
	vs_destroy(self->xid);
	ASSERT_FALSE(vs_exists(self->xid));
	EXPECT_ERRNO(ENOENT, access(path, F_OK));
	EXPECT_ERRNO(ENOENT, access(self->dir, F_OK));
	EXPECT_EQ(0, lseek(fd, 0, SEEK_SET));
	EXPECT_EQ(0, read(fd, buf, sizeof(buf)));
	EXPECT_EQ(-1, openat(dir, "status", O_RDONLY));
	/* the number comes back as another context: the old file stays empty */
	VS_IN_SETUP(self->xid, VXF_PERSISTENT) { }
	EXPECT_EQ(0, lseek(fd, 0, SEEK_SET));
	EXPECT_EQ(0, read(fd, buf, sizeof(buf)));
	EXPECT_EQ(0, access(path, F_OK));
	close(fd);
	close(dir);
}

/* Top level -------------------------------------------------------------------- */

TEST_F(proc, version)
{
	long vci = vserver(VCMD_get_vci, 0, NULL);

	ASSERT_LT(0, read_entry("/proc/virtual", "info"));
	expect_text(_metadata, "VCIVersion:\t0002:0308\nVCISyscall:\t%d\nVCIKernel:\t%08lx\n",
		    VS_NR, vci);
	ASSERT_LT(0, read_entry("/proc/virtnet", "info"));
	expect_text(_metadata, "VCIVersion:\t0002:0308\nVCISyscall:\t%d\nVCIKernel:\t%08lx\n",
		    VS_NR, vci);
}

TEST_F(proc, totals)
{
	int total = -1, active = -1, p[7], t[3], more, now;
	pid_t pid;

	ASSERT_LT(0, read_entry("/proc/virtual", "status"));
	ASSERT_EQ(12, sscanf(text, "#CTotal:\t%d\n#CActive:\t%d\n"
			     "#NSProxy:\t%d\t%d %d %d %d %d %d\n#InitTask:\t%d\t%d %d\n",
			     &total, &active, &p[0], &p[1], &p[2], &p[3], &p[4], &p[5],
			     &p[6], &t[0], &t[1], &t[2]));
	expect_text(_metadata, "#CTotal:\t%d\n#CActive:\t%d\n"
		    "#NSProxy:\t%d\t%d %d %d %d %d %d\n#InitTask:\t%d\t%d %d\n",
		    total, active, p[0], p[1], p[2], p[3], p[4], p[5], p[6],
		    t[0], t[1], t[2]);
	EXPECT_LE(1, total);
	EXPECT_LE(active, total);
	/* one more with a task; ours has none and is not active */
	pid = VS_START_GUEST(vs_xid(1));
	ASSERT_LT(0, read_entry("/proc/virtual", "status"));
	ASSERT_EQ(2, sscanf(text, "#CTotal:\t%d\n#CActive:\t%d\n", &more, &now));
	EXPECT_EQ(total + 1, more);
	EXPECT_EQ(active + 1, now);
	vs_end(pid);
}

TEST_F(proc, network_totals)
{
	int total = -1, active = -1;

	ASSERT_LT(0, read_entry("/proc/virtnet", "status"));
	ASSERT_EQ(2, sscanf(text, "#CTotal:\t%d\n#CActive:\t%d\n", &total, &active));
	expect_text(_metadata, "#CTotal:\t%d\n#CActive:\t%d\n", total, active);
}

/* One context ------------------------------------------------------------------- */

TEST_F(proc, info)
{
	struct vcmd_badness bias = { -500 };
	char pointer[64];
	pid_t pid;

	EXPECT_EQ(0, vserver(VCMD_set_badness, self->xid, &bias));
	ASSERT_LT(0, read_entry(self->dir, "info"));
	ASSERT_EQ(1, sscanf(text, "ID:\t%*d\nInfo:\t%63s\n", pointer));
	expect_text(_metadata, "ID:\t%u\nInfo:\t%s\nInit:\t0\nOOM:\t-500\n", self->xid,
		    pointer);
	EXPECT_EQ(strlen(pointer), strspn(pointer, "0123456789abcdefx()nul"));

	pid = VS_START_GUEST(vs_xid(1), .init = true);
	snprintf(self->dir, sizeof(self->dir), "/proc/virtual/%u", vs_xid(1));
	ASSERT_LT(0, read_entry(self->dir, "info"));
	ASSERT_EQ(1, sscanf(text, "ID:\t%*d\nInfo:\t%63s\n", pointer));
	expect_text(_metadata, "ID:\t%u\nInfo:\t%s\nInit:\t%d\nOOM:\t0\n", vs_xid(1), pointer,
		    pid);
	vs_end(pid);
}

TEST_F(proc, status)
{
	int use = -1, tasks = -1;
	pid_t pid;

	ASSERT_LT(0, read_entry(self->dir, "status"));
	ASSERT_EQ(2, sscanf(text, "UseCnt:\t%d\nTasks:\t%d\n", &use, &tasks));
	expect_text(_metadata, "UseCnt:\t%d\nTasks:\t0\nFlags:\t%016llx\n"
		    "BCaps:\tffffffffb44c04ff\nCCaps:\t0000000000004101\n"
		    "Umask:\t%16llx\nWmask:\t%16llx\nSpaces:\t%08lx %08lx\n", use,
		    (unsigned long long)(VXF_VIRT_UPTIME | VXF_PERSISTENT | VXF_STATE_INIT |
					 VXF_STATE_ADMIN),
		    (unsigned long long)CLONE_NEWUTS, 0ULL, 0UL, 0UL);

	/* Tasks is what the shell functions read */
	pid = fork();
	if (pid == 0) {
		vs_migrate(self->xid, 0);
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		for (;;)
			pause();
	}
	while (vs_tasks(self->xid) == 0)
		sched_yield();
	ASSERT_LT(0, read_entry(self->dir, "status"));
	ASSERT_EQ(2, sscanf(text, "UseCnt:\t%d\nTasks:\t%d\n", &use, &tasks));
	EXPECT_EQ(1, tasks);
	EXPECT_LE(1, use);
	vs_end(pid);
}

TEST_F(proc, stored_spaces)
{
	struct vcmd_space_mask_v2 uts = { CLONE_NEWUTS, 0 }, ipc = { CLONE_NEWIPC, 1 };
	char *line;

	EXPECT_EQ(0, read_entry(self->dir, "nsproxy"));
	EXPECT_EQ(0, read_entry(self->dir, "nsproxy1"));
	VS_IN_CHILD {
		ASSERT_EQ(0, unshare(CLONE_NEWUTS));
		ASSERT_EQ(0, sethostname("proc-test", 9));
		ASSERT_EQ(0, vserver(VCMD_set_space, self->xid, &uts));
		ASSERT_EQ(0, vserver(VCMD_set_space, self->xid, &ipc));
	}
	ASSERT_LT(0, read_entry(self->dir, "status"));
	line = strstr(text, "Spaces:");
	ASSERT_NE(NULL, line);
	EXPECT_STREQ("Spaces:\t04000000 08000000\n", line);
	ASSERT_LT(0, read_entry(self->dir, "nsproxy"));
	EXPECT_EQ(0, strncmp(text, "NSProxy:\t", 9));
	EXPECT_NE(NULL, strstr(text, "\nNodeName:\tproc-test\n"));
	EXPECT_NE(NULL, strstr(text, "\nSysName:\tLinux\n"));
	ASSERT_LT(0, read_entry(self->dir, "nsproxy1"));
}

/* All lines of the nsproxy file, in order and form. */
TEST_F(proc, nsproxy_format)
{
	char p[5][64], sys[65], node[65], rel[65], ver[65], mach[65], dom[65], root[256];
	int users, sem[5], msg[3], shmmni;
	unsigned long shm[2];
	long used;
	char *rest;

	VS_IN_CHILD {
		ASSERT_EQ(0, vserver(VCMD_set_space, self->xid, NULL));
	}
	ASSERT_LT(0, read_entry(self->dir, "nsproxy"));
	ASSERT_EQ(6, sscanf(text, "NSProxy:\t%63[^ ] [%63[^,],%63[^,],%63[^]]]\n"
			    "Namespace:\t%63[^ ] [#%d]\n", p[0], p[1], p[2], p[3], p[4],
			    &users)) {
		TH_LOG("%s", text);
	}
	rest = strstr(text, "\nRootPath:");
	ASSERT_NE(NULL, rest);
	ASSERT_EQ(7, sscanf(rest + 1, "RootPath:\t%255[^\n]\nSysName:\t%64[^\n]\n"
			    "NodeName:\t%64[^\n]\nRelease:\t%64[^\n]\nVersion:\t%64[^\n]\n"
			    "Machine:\t%64[^\n]\nDomainName:\t%64[^\n]\n", root, sys, node,
			    rel, ver, mach, dom));
	rest = strstr(rest, "\nSEMS:");
	ASSERT_NE(NULL, rest);
	ASSERT_EQ(12, sscanf(rest + 1, "SEMS:\t\t%d %d %d %d  %d\nMSG:\t\t%d %d %d\n"
			     "SHM:\t\t%lu %lu  %d %ld\n", &sem[0], &sem[1], &sem[2], &sem[3],
			     &sem[4], &msg[0], &msg[1], &msg[2], &shm[0], &shm[1], &shmmni,
			     &used));
	expect_text(_metadata, "NSProxy:\t%s [%s,%s,%s]\nNamespace:\t%s [#%d]\nRootPath:\t%s\n"
		    "SysName:\t%s\nNodeName:\t%s\nRelease:\t%s\nVersion:\t%s\nMachine:\t%s\n"
		    "DomainName:\t%s\nSEMS:\t\t%d %d %d %d  %d\nMSG:\t\t%d %d %d\n"
		    "SHM:\t\t%lu %lu  %d %ld\n", p[0], p[1], p[2], p[3], p[4], users, root,
		    sys, node, rel, ver, mach, dom, sem[0], sem[1], sem[2], sem[3], sem[4],
		    msg[0], msg[1], msg[2], shm[0], shm[1], shmmni, used);
	EXPECT_STREQ("/", root);
}

TEST_F(proc, limit)
{
	static const char *const rows[] = { "PROC", "VM", "VML", "RSS", "ANON", "RMAP", "FILES",
					    "OFD", "LOCKS", "SOCK", "MSGQ", "SHM", "SEMA",
					    "SEMS", "DENT" };
	char want[4096] = "Limit\t current\t     min/max\t\t    soft/hard\t\thits\n", *line;

	ASSERT_LT(0, read_entry(self->dir, "limit"));
	line = strchr(text, '\n');
	for (size_t i = 0; i < ARRAY_SIZE(rows) && line; i++) {
		long now, low, high;
		long long soft, hard;
		int hits, n = 0;

		EXPECT_EQ(6, sscanf(line + 1, "%*[A-Z]:\t%ld\t%ld/%ld\t%lld/%lld\t%d%n", &now,
				    &low, &high, &soft, &hard, &hits, &n));
		snprintf(want + strlen(want), sizeof(want) - strlen(want),
			 "%s:\t%8ld\t%8ld/%8ld\t%8lld/%8lld\t%6d\n", rows[i], now, low, high,
			 soft, hard, hits);
		/* a fresh context is not limited */
		EXPECT_EQ(-1, soft);
		EXPECT_EQ(-1, hard);
		line = strchr(line + 1, '\n');
	}
	EXPECT_STREQ(want, text);
}

TEST_F(proc, sched)
{
	int fill[2], interval[2], low, high, bias, cpus = 0, n = 0;
	char want[8192], *line;

	ASSERT_LT(0, read_entry(self->dir, "sched"));
	ASSERT_EQ(7, sscanf(text, "FillRate:\t%d,%d\nInterval:\t%d,%d\nTokensMin:\t%d\n"
			    "TokensMax:\t%d\nPrioBias:\t%d\n%n", &fill[0], &fill[1],
			    &interval[0], &interval[1], &low, &high, &bias, &n));
	snprintf(want, sizeof(want), "FillRate:\t%8d,%d\nInterval:\t%8d,%d\n"
		 "TokensMin:\t%8d\nTokensMax:\t%8d\nPrioBias:\t%8d\n", fill[0], fill[1],
		 interval[0], interval[1], low, high, bias);
	EXPECT_EQ(0, strncmp(want, text, strlen(want)));
	for (line = text + strlen(want); line && *line; line = strchr(line, '\n') + 1) {
		long long user, sys, hold;
		long token, idle;
		int cpu, v[9], len;
		char c[2], back[512];

		ASSERT_EQ(17, sscanf(line, "cpu %d: %lld %lld %lld %ld %ld %c%c %d %d %d %d/%d "
				     "%d/%d %d %d", &cpu, &user, &sys, &hold, &token, &idle,
				     &c[0], &c[1], &v[0], &v[1], &v[2], &v[3], &v[4], &v[5],
				     &v[6], &v[7], &v[8]));
		len = snprintf(back, sizeof(back), "cpu %d: %lld %lld %lld %ld %ld %c%c %d %d %d "
			       "%d/%d %d/%d %d %d\n", cpu, user, sys, hold, token, idle, c[0],
			       c[1], v[0], v[1], v[2], v[3], v[4], v[5], v[6], v[7], v[8]);
		EXPECT_EQ(0, strncmp(back, line, len));
		EXPECT_NE(NULL, strchr("HR", c[0]));
		EXPECT_NE(NULL, strchr("I-", c[1]));
		cpus++;
	}
	EXPECT_EQ(sysconf(_SC_NPROCESSORS_ONLN), cpus);
}

TEST_F(proc, cvirt)
{
	unsigned long up, cs;
	int v[12];
	pid_t pid;

	ASSERT_LT(0, read_entry(self->dir, "cvirt"));
	ASSERT_EQ(14, sscanf(text, "BiasUptime:\t%lu.%lu\nnr_threads:\t%d\nnr_running:\t%d\n"
			     "nr_unintr:\t%d\nnr_onhold:\t%d\nload_updates:\t%d\n"
			     "loadavg:\t%d.%d %d.%d %d.%d\ntotal_forks:\t%d\n", &up, &cs,
			     &v[0], &v[1], &v[2], &v[3], &v[4], &v[5], &v[6], &v[7], &v[8],
			     &v[9], &v[10], &v[11]));
	expect_text(_metadata, "BiasUptime:\t%lu.%02lu\nnr_threads:\t%d\nnr_running:\t%d\n"
		    "nr_unintr:\t%d\nnr_onhold:\t%d\nload_updates:\t%d\n"
		    "loadavg:\t%d.%02d %d.%02d %d.%02d\ntotal_forks:\t%d\n", up, cs, v[0], v[1],
		    v[2], v[3], v[4], v[5], v[6], v[7], v[8], v[9], v[10], v[11]);
	EXPECT_EQ(0, v[0]);
	pid = VS_START_GUEST(vs_xid(1));
	vs_until_asleep(pid);
	snprintf(self->dir, sizeof(self->dir), "/proc/virtual/%u", vs_xid(1));
	ASSERT_LT(0, read_entry(self->dir, "cvirt"));
	EXPECT_NE(NULL, strstr(text, "\nnr_threads:\t1\nnr_running:\t0\n"));
	vs_end(pid);
}

TEST_F(proc, cacct)
{
	static const char *const rows[] = { "UNSPEC", "UNIX", "INET", "INET6", "PACKET",
					    "OTHER" };
	char want[4096] = "Type\t    recv #/bytes\t\t   send #/bytes\t\t    fail #/bytes\n";
	char *line;

	ASSERT_LT(0, read_entry(self->dir, "cacct"));
	line = strchr(text, '\n');
	for (size_t i = 0; i < ARRAY_SIZE(rows) && line; i++) {
		unsigned long v[6];

		ASSERT_EQ(6, sscanf(line + 1, "%*[A-Z0-9]:\t%lu/%lu\t%lu/%lu\t%lu/%lu", &v[0],
				    &v[1], &v[2], &v[3], &v[4], &v[5]));
		snprintf(want + strlen(want), sizeof(want) - strlen(want),
			 "%s:\t%10lu/%-10lu\t%10lu/%-10lu\t%10lu/%-10lu\n", rows[i], v[0], v[1],
			 v[2], v[3], v[4], v[5]);
		line = strchr(line + 1, '\n');
	}
	/* nothing was sent or charged yet */
	sprintf(want + strlen(want), "\nslab:\t %8u %8u %8u %8u\n\n", 0, 0, 0, 0);
	for (int i = 0; i < 5; i++)
		sprintf(want + strlen(want), "page[%d]: %8u %8u %8u %8u\t %8u %8u %8u %8u\n", i,
			0, 0, 0, 0, 0, 0, 0, 0);
	expect_text(_metadata, "%s", want);
}

/* Who may read ------------------------------------------------------------------- */

static bool listed(const char *dir, const char *name)
{
	struct dirent *e;
	bool found = false;
	DIR *d = opendir(dir);

	while (d && (e = readdir(d)))
		found |= !strcmp(e->d_name, name);
	if (d)
		closedir(d);
	return found;
}

static long set_proc_flags(const char *path, __u32 flags, __u32 mask)
{
	struct vcmd_iattr_v1 arg = { .name = path, .flags = flags, .mask = mask };

	return vserver(VCMD_set_iattr, 0, &arg);
}

TEST_F(proc, hidden_from_guests)
{
	static const char *const tops[] = { "virtual", "virtnet" };
	char path[64];

	for (size_t i = 0; i < ARRAY_SIZE(tops); i++) {
		snprintf(path, sizeof(path), "/proc/%s", tops[i]);
		EXPECT_TRUE(listed("/proc", tops[i]));
		VS_IN_GUEST(vs_xid(1), .bcaps = ~0ULL) {
			EXPECT_FALSE(listed("/proc", tops[i]));
			EXPECT_ERRNO(ENOENT, access(path, F_OK));
			EXPECT_ERRNO(ENOENT, open(path, O_RDONLY));
			EXPECT_ERRNO(ENOENT, access(self->dir, F_OK));
		}
		/* also through a descriptor that the host had opened */
		int fd = open(path, O_RDONLY | O_DIRECTORY);

		ASSERT_GE(fd, 0);
		VS_IN_GUEST(vs_xid(1), .bcaps = ~0ULL) {
			EXPECT_ERRNO(ENOENT, openat(fd, "status", O_RDONLY));
		}
		close(fd);
	}
}

/* Opened with setattr --~hide a guest sees its own context, and totals of one. */
TEST_F(proc, opened_for_guests)
{
	static const char *const paths[] = { "/proc/virtual", "/proc/virtual/info",
					     "/proc/virtual/status" };
	__u32 own = vs_xid(1);
	char name[16], path[64];

	for (size_t i = 0; i < ARRAY_SIZE(paths); i++)
		EXPECT_EQ(0, set_proc_flags(paths[i], 0, IATTR_HIDE));
	snprintf(name, sizeof(name), "%u", self->xid);
	VS_IN_GUEST(own) {
		char mine[16];

		snprintf(mine, sizeof(mine), "%u", own);
		EXPECT_TRUE(listed("/proc", "virtual"));
		EXPECT_TRUE(listed("/proc/virtual", "info"));
		EXPECT_TRUE(listed("/proc/virtual", mine));
		EXPECT_FALSE(listed("/proc/virtual", name));
		EXPECT_ERRNO(ENOENT, access(self->dir, F_OK));
		snprintf(path, sizeof(path), "/proc/virtual/%u/status", own);
		EXPECT_LT(0, vs_read_file(path, text, sizeof(text)));
		EXPECT_NE(NULL, strstr(text, "\nTasks:\t1\n"));
		ASSERT_LT(0, read_entry("/proc/virtual", "status"));
		expect_text(_metadata, "#CTotal:\t1\n#CActive:\t1\n"
			    "#NSProxy:\t0\t0 0 0 0 0 0\n#InitTask:\t0\t0 0\n");
	}
	/* kernel addresses are not for guests */
	VS_IN_GUEST(own) {
		char pointer[64] = "";

		snprintf(path, sizeof(path), "/proc/virtual/%u", own);
		ASSERT_LT(0, read_entry(path, "info"));
		EXPECT_EQ(1, sscanf(text, "ID:\t%*d\nInfo:\t%63s\n", pointer));
		EXPECT_EQ(strlen(pointer), strspn(pointer, "0(nul)"));
	}
	/* hide_vinfo hides even that */
	VS_IN_GUEST(own, .cflags = VXF_HIDE_VINFO) {
		snprintf(path, sizeof(path), "/proc/virtual/%u", own);
		EXPECT_ERRNO(ENOENT, access(path, F_OK));
	}
	for (size_t i = ARRAY_SIZE(paths); i-- > 0;)
		EXPECT_EQ(0, set_proc_flags(paths[i], IATTR_HIDE, IATTR_HIDE));
	VS_IN_GUEST(own) { EXPECT_ERRNO(ENOENT, access("/proc/virtual", F_OK)); }
}

TEST_HARNESS_MAIN
