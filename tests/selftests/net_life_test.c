// SPDX-License-Identifier: GPL-2.0-only
/*
 * Life of a network context: members, PERSISTENT, sockets that outlive both,
 * references (design/kernel-network.md 2, 11).
 *
 * Guards against: a context that stays because a socket forgot to let go, one
 * that is freed while a packet looks for its socket, and an address that still
 * belongs to a guest which is no more.
 */
#include "netreach.h"

#include <pthread.h>

FIXTURE(life)
{
	__u32 nid;
	struct agent host;
};

FIXTURE_SETUP(life)
{
	SKIP_UNLESS_VSERVER();
	self->nid = vs_xid(0);
	ASSERT_EQ(0, net_world());
	ASSERT_EQ(0, net_start(&self->host));
}

FIXTURE_TEARDOWN(life)
{
	net_set_nflags(self->nid, 0, NXF_PERSISTENT);
}

/* A number in /proc/virtnet/NID/status */
static long status_of(__u32 nid, const char *field)
{
	char path[64], text[512], *at;

	snprintf(path, sizeof(path), "/proc/virtnet/%u/status", nid);
	if (vs_read_file(path, text, sizeof(text)) < 0)
		return -ENOENT;
	at = strstr(text, field);
	return at ? atol(at + strlen(field) + 2) : -EINVAL;
}

/* Wait until the references are that many: sockets are freed after a while. */
static long settled(__u32 nid, long want)
{
	time_t end = time(NULL) + 30;
	long now;

	while ((now = status_of(nid, "UseCnt")) != want && time(NULL) < end)
		sched_yield();
	return now;
}

TEST_F(life, members)
{
	struct agent one, two;

	ASSERT_EQ(0, net_start(&one, .nid = self->nid, .addrs = NET_A "/24"));
	EXPECT_EQ(1, status_of(self->nid, "Tasks"));
	ASSERT_EQ(0, net_start(&two, .nid = self->nid, .join = true, .xid = vs_xid(1)));
	EXPECT_EQ(2, status_of(self->nid, "Tasks"));
	agent_end(&one);
	EXPECT_EQ(1, status_of(self->nid, "Tasks"));
	EXPECT_TRUE(net_exists(self->nid));
	agent_end(&two);
	/* when the last one has been reaped it is gone: no helper was asked for */
	EXPECT_FALSE(net_exists(self->nid));
	EXPECT_EQ(-ENOENT, status_of(self->nid, "Tasks"));
	EXPECT_EQ(-ESRCH, vserver(VCMD_net_migrate, self->nid, NULL));
	EXPECT_EQ(-ESRCH, net_add(self->nid, NET_B));
	/* number and address are free again */
	ASSERT_EQ(0, net_start(&one, .nid = self->nid, .addrs = NET_A "/24"));
	EXPECT_LE(0, tcp_server(&one, NET_A, 80));
}

TEST_F(life, children_are_members)
{
	struct agent guest;
	long pid;

	ASSERT_EQ(0, net_start(&guest, .nid = self->nid, .addrs = NET_A "/24"));
	pid = CALL(guest, do_spawn);
	ASSERT_LT(0, pid);
	EXPECT_EQ(2, status_of(self->nid, "Tasks"));
	EXPECT_EQ(self->nid, vserver(VCMD_task_nid, pid, NULL));
	EXPECT_EQ(0, CALL(guest, do_kill, pid, SIGKILL));
	EXPECT_LE(0, CALL(guest, do_reap, pid, 0));
	EXPECT_EQ(1, status_of(self->nid, "Tasks"));
}

TEST_F(life, persistent)
{
	struct agent guest;

	VS_IN_CHILD {
		ASSERT_EQ(self->nid, net_create(self->nid, NET_INIT_SET | NXF_PERSISTENT));
		EXPECT_EQ(0, net_add(self->nid, NET_A "/24"));
	}
	EXPECT_TRUE(net_exists(self->nid));
	EXPECT_EQ(0, status_of(self->nid, "Tasks"));
	EXPECT_EQ(1, settled(self->nid, 1));
	ASSERT_EQ(0, net_start(&guest, .nid = self->nid, .join = true));
	EXPECT_LE(0, tcp_server(&guest, NET_A, 80));
	agent_end(&guest);
	EXPECT_EQ(1, settled(self->nid, 1));
	EXPECT_EQ(0, net_set_nflags(self->nid, 0, NXF_PERSISTENT));
	EXPECT_FALSE(net_exists(self->nid));
	/* taken away while there is a member: it stays until that one ends */
	ASSERT_EQ(0, net_start(&guest, .nid = self->nid, .nflags = NXF_PERSISTENT));
	EXPECT_EQ(0, net_set_nflags(self->nid, 0, NXF_PERSISTENT));
	EXPECT_TRUE(net_exists(self->nid));
	agent_end(&guest);
	EXPECT_FALSE(net_exists(self->nid));
}

/* Every socket counts, and no longer than it lives. */
static long do_many(long a, long b, long c)
{
	static int fds[400];
	int n = 0, i;

	if (a == 0) {
		for (i = 0; i < 400; i++)
			if (fds[i] > 0)
				close(fds[i]);
		memset(fds, 0, sizeof(fds));
		return 0;
	}
	for (i = 0; i < 50; i++) {
		int sv[2];

		fds[n++] = socket(AF_INET, SOCK_STREAM, 0);
		fds[n++] = socket(AF_INET6, SOCK_DGRAM, 0);
		fds[n++] = socket(AF_NETLINK, SOCK_RAW, 0);
		if (socketpair(AF_UNIX, SOCK_STREAM, 0, sv))
			return -errno;
		fds[n++] = sv[0];
		fds[n++] = sv[1];
	}
	return n;
}

TEST_F(life, references)
{
	struct agent guest;
	long before;

	ASSERT_EQ(0, net_start(&guest, .nid = self->nid, .addrs = NET_ADDRS_A,
			       .nflags = NXF_PERSISTENT));
	before = status_of(self->nid, "UseCnt");
	EXPECT_EQ(2, before);
	for (int round = 0; round < 3; round++) {
		EXPECT_EQ(250, CALL(guest, do_many, 1));
		EXPECT_EQ(before + 250, status_of(self->nid, "UseCnt"));
		EXPECT_EQ(0, CALL(guest, do_many, 0));
		EXPECT_EQ(before, settled(self->nid, before));
	}
	agent_end(&guest);
	EXPECT_EQ(1, settled(self->nid, 1));
}

/* Connections: accepted, in the queue, half open, in TIME_WAIT, refused. */
TEST_F(life, references_of_connections)
{
	struct agent guest;
	long srv, fd, conn, before;

	ASSERT_EQ(0, net_start(&guest, .nid = self->nid, .addrs = NET_ADDRS_A,
			       .nflags = NXF_PERSISTENT));
	before = status_of(self->nid, "UseCnt");
	for (int v6 = 0; v6 < 2; v6++) {
		const char *ip = v6 ? NET_A6 : NET_A;

		srv = tcp_server(&guest, v6 ? "::" : "0.0.0.0", 80);
		ASSERT_LE(0, srv);
		for (int i = 0; i < 5; i++) {
			fd = tcp_client(&self->host, ip, 80);
			ASSERT_LE(0, fd);
			if (i > 2)	/* left in the queue */
				continue;
			conn = CALL(guest, do_accept, srv, 5000);
			ASSERT_LE(0, conn);
			/* who closes first waits */
			if (i == 0) {
				CALL(guest, do_close, conn);
				CALL(self->host, do_close, fd);
			} else {
				CALL(self->host, do_close, fd);
				CALL(guest, do_close, conn);
			}
		}
		EXPECT_EQ(-ECONNREFUSED, tcp_client(&self->host, ip, 81));
		EXPECT_EQ(-ECONNREFUSED, tcp_client(&guest, ip, 81));
		EXPECT_LT(before, status_of(self->nid, "UseCnt"));
		CALL(guest, do_close, srv);
		EXPECT_EQ(before, settled(self->nid, before));
	}
	agent_end(&guest);
	EXPECT_EQ(1, settled(self->nid, 1));
}

/* Sockets in other hands ------------------------------------------------------------------ */

static long steal(pid_t pid, long fd)
{
	int pidfd = syscall(SYS_pidfd_open, pid, 0);
	long ret = ERR(syscall(SYS_pidfd_getfd, pidfd, fd, 0));

	close(pidfd);
	return ret;
}

TEST_F(life, sockets_outlive_their_guest)
{
	struct net_server s[3];
	struct agent guest, heir;
	long tcp, udp, fresh;

	ASSERT_EQ(0, net_start(&guest, .nid = self->nid, .addrs = NET_ADDRS_A));
	tcp = steal(guest.pid, tcp_server(&guest, "0.0.0.0", 80));
	udp = steal(guest.pid, udp_server(&guest, "::", 53));
	fresh = steal(guest.pid, CALL(guest, do_socket, AF_INET, SOCK_DGRAM, 0));
	ASSERT_LE(0, tcp);
	ASSERT_LE(0, udp);
	ASSERT_LE(0, fresh);
	agent_end(&guest);
	EXPECT_FALSE(net_exists(self->nid));
	/* the same number and the same addresses: somebody new */
	ASSERT_EQ(0, net_start(&heir, .nid = self->nid, .addrs = NET_ADDRS_A));
	s[0] = (struct net_server){ &heir, tcp_server(&heir, "0.0.0.0", 80) };
	s[1] = (struct net_server){ &heir, udp_server(&heir, "::", 53) };
	ASSERT_LE(0, s[0].fd);
	ASSERT_LE(0, s[1].fd);
	EXPECT_EQ(0, tcp_reach(&self->host, NET_A, 80, s, 2));
	EXPECT_EQ(1, udp_reach(&self->host, NET_A, 53, s, 2));
	EXPECT_EQ(1, udp_reach(&self->host, NET_A6, 53, s, 2));
	/* what was left over got none of it */
	EXPECT_EQ(0, do_wait(tcp, 0, 0));
	EXPECT_EQ(0, do_wait(udp, 0, 0));
	/* nor is it free of its set: no way to be the host's */
	net_to(NET_HOST, 99);
	EXPECT_EQ(-EADDRNOTAVAIL, do_bind(fresh, 0, 0));
	close(tcp);
	close(udp);
	close(fresh);
	EXPECT_EQ(0, tcp_reach(&self->host, NET_A, 80, s, 2));
}

/* After the owner is gone the host's servers are there again. */
TEST_F(life, address_returns)
{
	struct net_server s[2];
	struct agent guest;

	ASSERT_EQ(0, net_start(&guest, .nid = self->nid, .addrs = NET_ADDRS_A));
	s[0] = (struct net_server){ &self->host, tcp_server(&self->host, "::", 80) };
	s[1] = (struct net_server){ &guest, tcp_server(&guest, "::", 80) };
	EXPECT_EQ(1, tcp_reach(&self->host, NET_A6, 80, s, 2));
	EXPECT_EQ(1, tcp_reach(&self->host, NET_A, 80, s, 2));
	agent_end(&guest);
	EXPECT_EQ(0, tcp_reach(&self->host, NET_A6, 80, s, 1));
	EXPECT_EQ(0, tcp_reach(&self->host, NET_A, 80, s, 1));
}

/* Threads: all of a process are members, none moves alone. */
static void *idle(void *fd)
{
	vs_await(*(int *)fd);
	return NULL;
}

TEST_F(life, threads)
{
	pthread_t thread;
	int fds[2];

	ASSERT_EQ(0, pipe(fds));
	VS_IN_CHILD {
		ASSERT_EQ(self->nid, net_create(self->nid, NET_INIT_SET));
		ASSERT_EQ(0, pthread_create(&thread, NULL, idle, &fds[0]));
		EXPECT_EQ(2, status_of(self->nid, "Tasks"));
		EXPECT_EQ(-EINVAL, net_create(vs_xid(1), NET_INIT_SET));
		EXPECT_FALSE(net_exists(vs_xid(1)));
		EXPECT_EQ(self->nid, vserver(VCMD_task_nid, 0, NULL));
		vs_post(fds[1]);
		ASSERT_EQ(0, pthread_join(thread, NULL));
		/* joined is not yet gone */
		while (status_of(self->nid, "Tasks") != 1)
			sched_yield();
		EXPECT_EQ(vs_xid(1), net_create(vs_xid(1), NET_INIT_SET));
		EXPECT_FALSE(net_exists(self->nid));
	}
	EXPECT_FALSE(net_exists(vs_xid(1)));
}

/* /proc ------------------------------------------------------------------------------------- */

TEST_F(life, proc_files)
{
	char path[64], text[4096], want[1024], pointer[64];
	struct agent guest;
	int total, active, now_total, now_active;

	ASSERT_LT(0, vs_read_file("/proc/virtnet/status", text, sizeof(text)));
	ASSERT_EQ(2, sscanf(text, "#CTotal:\t%d\n#CActive:\t%d\n", &total, &active));
	ASSERT_EQ(0, net_start(&guest, .nid = self->nid, .ncaps = NXC_RAW_ICMP,
			       .addrs = NET_A "/24 b203.0.113.255 " NET_A6 "/64"));
	ASSERT_LT(0, vs_read_file("/proc/virtnet/status", text, sizeof(text)));
	ASSERT_EQ(2, sscanf(text, "#CTotal:\t%d\n#CActive:\t%d\n", &now_total, &now_active));
	EXPECT_EQ(total + 1, now_total);
	EXPECT_EQ(active + 1, now_active);

	snprintf(path, sizeof(path), "/proc/virtnet/%u/info", self->nid);
	ASSERT_LT(0, vs_read_file(path, text, sizeof(text)));
	ASSERT_EQ(1, sscanf(text, "ID:\t%*d\nInfo:\t%63s\n", pointer));
	snprintf(want, sizeof(want), "ID:\t%u\nInfo:\t%s\nBcast:\t203.0.113.255\n"
		 "Lback:\t127.%u.%u.1\n0:\t[203.0.113.11-0.0.0.0/255.255.255.0:0010]\n"
		 "0:\t[2001:0db8:0000:0000:0000:0000:0000:0011/"
		 "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff/64:0010]\n",
		 self->nid, pointer, self->nid >> 8, self->nid & 255);
	EXPECT_STREQ(want, text);

	snprintf(path, sizeof(path), "/proc/virtnet/%u/status", self->nid);
	ASSERT_LT(0, vs_read_file(path, text, sizeof(text)));
	snprintf(want, sizeof(want), "UseCnt:\t2\nTasks:\t1\nFlags:\t%016llx\n"
		 "NCaps:\t0000000000000100\n", (unsigned long long)NET_INIT_SET);
	EXPECT_STREQ(want, text);

	snprintf(path, sizeof(path), "/proc/%d/ninfo", guest.pid);
	ASSERT_LT(0, vs_read_file(path, text, sizeof(text)));
	snprintf(want, sizeof(want), "NID:\t%u\nNCaps:\t0000000000000100\nNFlags:\t%016llx\n"
		 "V4Root[bcast]:\t203.0.113.255\nV4Root[lback]:\t127.%u.%u.1\n"
		 "V4Root[0]:\t[203.0.113.11-0.0.0.0/255.255.255.0:0010]\n"
		 "V6Root[0]:\t[2001:0db8:0000:0000:0000:0000:0000:0011/"
		 "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff/64:0010]\n", self->nid,
		 (unsigned long long)NET_INIT_SET, self->nid >> 8, self->nid & 255);
	EXPECT_STREQ(want, text);

	snprintf(path, sizeof(path), "/proc/%d/status", guest.pid);
	ASSERT_LT(0, vs_read_file(path, text, sizeof(text)));
	snprintf(want, sizeof(want), "\nVxID: %u\nNxID: %u\n", self->nid, self->nid);
	EXPECT_NE(NULL, strstr(text, want));

	snprintf(path, sizeof(path), "/proc/virtnet/%u", self->nid);
	EXPECT_EQ(-ENOENT, AT(guest, do_stat, "%s", path));
	agent_end(&guest);
	EXPECT_ERRNO(ENOENT, access(path, F_OK));
}

TEST_F(life, watcher)
{
	char text[256];

	VS_IN_CHILD {
		ASSERT_EQ(1, vserver(VCMD_net_migrate, 1, NULL));
		ASSERT_LT(0, vs_read_file("/proc/self/ninfo", text, sizeof(text)));
		EXPECT_STREQ("NID:\t1\n", text);
		/* with all addresses */
		long fd = socket(AF_INET, SOCK_STREAM, 0);

		net_to(NET_HOST, 80);
		EXPECT_EQ(0, do_bind(fd, 0, 0));
	}
}

TEST_HARNESS_MAIN
