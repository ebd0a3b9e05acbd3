// SPDX-License-Identifier: GPL-2.0-only
/*
 * Contexts that come and go on all processors while their sockets listen,
 * connect, receive, are looked at and outlive them.
 *
 * Guards against: what only happens between two steps of somebody else. The
 * kernel reports it; here everything has to be over at the end.
 */
#include "netreach.h"

#include <stdatomic.h>

#define WORKERS	6
#define SECONDS	25

struct shared_state {
	atomic_long rounds, refused;
	atomic_bool stop;
	struct timespec end;
};

static struct shared_state *state;

FIXTURE(storm)
{
};

FIXTURE_SETUP(storm)
{
	SKIP_UNLESS_VSERVER();
	ASSERT_EQ(0, net_world());
	ASSERT_EQ(0, agent_share());
	state = mmap(NULL, sizeof(*state), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS,
		     -1, 0);
	ASSERT_NE(MAP_FAILED, state);
	clock_gettime(CLOCK_MONOTONIC, &state->end);
	state->end.tv_sec += SECONDS;
}

FIXTURE_TEARDOWN(storm)
{
}

static bool over(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec >= state->end.tv_sec;
}

static const char * const addrs[] = {
	NET_A "/24", NET_B "/24", NET_C1 "/24", NET_A6 "/64", NET_B6 "/64", NET_C6 "/64",
	"203.0.113.10-203.0.113.15", "203.0.113.0&28", "2001:db8::10&124",
	"=" NET_HOST "/24", "l127.66.0.1", "b203.0.113.255",
};

static const char * const asked[] = {
	NET_A, NET_B, NET_C1, NET_HOST, "127.0.0.1", "0.0.0.0", NET_A6, NET_B6, NET_HOST6,
	"::1", "::", "::ffff:" NET_A,
};

/* Whatever a program does with sockets, all at random; nothing waits. */
static void use_sockets(unsigned int *seed)
{
	int fds[8];

	for (int i = 0; i < 8; i++) {
		const char *ip = asked[rand_r(seed) % ARRAY_SIZE(asked)];
		struct sockaddr_storage sa;
		int type = rand_r(seed) % 2 ? SOCK_STREAM : SOCK_DGRAM, on = 1;

		net_fill(&sa, ip, 80 + rand_r(seed) % 3);
		fds[i] = socket(sa.ss_family, type | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
		if (fds[i] < 0) {
			atomic_fetch_add(&state->refused, 1);
			continue;
		}
		if (rand_r(seed) % 3 == 0)
			setsockopt(fds[i], SOL_SOCKET, SO_REUSEPORT, &on, sizeof(on));
		if (rand_r(seed) % 2) {
			if (bind(fds[i], (void *)&sa, net_len(&sa)))
				atomic_fetch_add(&state->refused, 1);
			else if (type == SOCK_STREAM)
				listen(fds[i], 4);
		} else if (connect(fds[i], (void *)&sa, net_len(&sa)) && errno != EINPROGRESS) {
			atomic_fetch_add(&state->refused, 1);
		}
		if (type == SOCK_DGRAM)
			sendto(fds[i], "x", 1, MSG_NOSIGNAL, (void *)&sa, net_len(&sa));
		else
			send(fds[i], "x", 1, MSG_NOSIGNAL);
		for (int j = 0; j < i; j++) {
			int conn = fds[j] < 0 ? -1 : accept(fds[j], NULL, NULL);

			if (conn >= 0)
				close(conn);
		}
	}
	for (int i = 0; i < 8; i++)
		if (fds[i] >= 0)
			close(fds[i]);
}

static void look(unsigned int *seed)
{
	static const char * const files[] = {
		"/proc/net/tcp", "/proc/net/tcp6", "/proc/net/udp", "/proc/net/unix",
		"/proc/self/ninfo", "/proc/virtnet/status", "/proc/net/dev",
	};
	char path[64], text[8192];

	vs_read_file(files[rand_r(seed) % ARRAY_SIZE(files)], text, sizeof(text));
	snprintf(path, sizeof(path), "/proc/virtnet/%u/info", vs_xid(rand_r(seed) % 4));
	vs_read_file(path, text, sizeof(text));
}

/* One life: join or create, change, use, leave a child behind, end. */
static void one_life(__u32 nid, unsigned int *seed)
{
	pid_t pid;

	if (net_create(nid, NET_INIT_SET | (rand_r(seed) % 4 ? 0 : NXF_PERSISTENT)) < 0 &&
	    vserver(VCMD_net_migrate, nid, NULL)) {
		atomic_fetch_add(&state->refused, 1);
		use_sockets(seed);
		return;
	}
	for (int i = 0; i < 4; i++) {
		const char *addr = addrs[rand_r(seed) % ARRAY_SIZE(addrs)];

		if (net_add(nid, addr))
			atomic_fetch_add(&state->refused, 1);
		use_sockets(seed);
		look(seed);
		if (rand_r(seed) % 3 == 0)
			net_remove(nid, addr);
	}
	pid = fork();
	if (pid == 0) {
		use_sockets(seed);
		_exit(0);
	}
	if (rand_r(seed) % 4 == 0)
		net_remove_all(nid);
	if (rand_r(seed) % 2)
		net_set_nflags(nid, 0, NXF_PERSISTENT);
	use_sockets(seed);
	if (pid > 0 && rand_r(seed) % 2)
		waitpid(pid, NULL, 0);
}

static void worker(int n, const __u32 *nids)
{
	unsigned int seed = 4711 + n;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	prctl(PR_SET_CHILD_SUBREAPER, 1);
	while (!over()) {
		pid_t pid = fork();

		if (pid == 0) {
			seed += atomic_fetch_add(&state->rounds, 1);
			one_life(nids[rand_r(&seed) % 4], &seed);
			_exit(0);
		}
		waitpid(pid, NULL, 0);
		rand_r(&seed);
		while (waitpid(-1, NULL, WNOHANG) > 0)
			;
	}
	while (wait(NULL) > 0)
		;
	_exit(0);
}

TEST_F_TIMEOUT(storm, contexts_come_and_go, 400)
{
	__u32 nids[4];
	pid_t pids[WORKERS];

	for (int i = 0; i < 4; i++)
		nids[i] = vs_xid(i);
	for (int i = 0; i < WORKERS; i++) {
		pids[i] = fork();
		if (pids[i] == 0)
			worker(i, nids);
		ASSERT_LT(0, pids[i]);
	}
	for (int i = 0; i < WORKERS; i++)
		vs_join(_metadata, pids[i]);
	TH_LOG("%ld lives, %ld refusals", (long)state->rounds, (long)state->refused);
	EXPECT_LT(20, state->rounds);
	EXPECT_LT(0, state->refused);
	for (int i = 0; i < 4; i++) {
		time_t end = time(NULL) + 60;
		char path[64], text[512];

		net_set_nflags(nids[i], 0, NXF_PERSISTENT);
		while (net_exists(nids[i]) && time(NULL) < end)
			sched_yield();
		snprintf(path, sizeof(path), "/proc/virtnet/%u/status", nids[i]);
		EXPECT_EQ(-ENOENT, vs_read_file(path, text, sizeof(text))) {
			TH_LOG("%s", text);
		}
	}
	/* all addresses are the host's again; the ports above may be in TIME_WAIT */
	struct agent host;
	struct net_server s[1];

	ASSERT_EQ(0, net_start(&host));
	s[0] = (struct net_server){ &host, tcp_server(&host, "::", 4000) };
	ASSERT_LE(0, s[0].fd);
	EXPECT_EQ(0, tcp_reach(&host, NET_A, 4000, s, 1));
	EXPECT_EQ(0, tcp_reach(&host, NET_C6, 4000, s, 1));
}

/* Packets to a guest's servers while its addresses come and go. */
static void flood(const char *ip, int port)
{
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	while (!over()) {
		struct sockaddr_storage sa;
		int fd;

		net_fill(&sa, ip, port);
		fd = socket(sa.ss_family, SOCK_STREAM | SOCK_NONBLOCK, 0);
		connect(fd, (void *)&sa, net_len(&sa));
		close(fd);
		fd = socket(sa.ss_family, SOCK_DGRAM, 0);
		sendto(fd, "x", 1, 0, (void *)&sa, net_len(&sa));
		close(fd);
	}
	_exit(0);
}

TEST_F_TIMEOUT(storm, addresses_under_traffic, 400)
{
	static const char * const targets[] = { NET_A, NET_A6 };
	__u32 nid = vs_xid(0);
	struct agent guest;
	struct net_server s[1];
	pid_t pids[2];
	long n = 0, udp;

	ASSERT_EQ(0, net_start(&guest, .nid = nid, .addrs = NET_ADDRS_A));
	ASSERT_LE(0, tcp_server(&guest, "::", 80));
	udp = udp_server(&guest, "::", 80);
	ASSERT_LE(0, udp);
	for (int i = 0; i < 2; i++) {
		pids[i] = fork();
		if (pids[i] == 0)
			flood(targets[i], 80);
	}
	while (!over()) {
		ASSERT_EQ(0, net_remove(nid, n % 2 ? NET_A "/24" : NET_A6 "/64"));
		ASSERT_EQ(0, net_add(nid, n % 2 ? NET_A "/24" : NET_A6 "/64"));
		ASSERT_EQ(0, net_add(nid, "203.0.113.64-203.0.113.95"));
		ASSERT_EQ(0, net_remove(nid, "203.0.113.64-203.0.113.95"));
		if (n % 16 == 0)
			ASSERT_EQ(0, net_remove_all(nid) ?: net_add_all(nid, NET_ADDRS_A));
		n++;
	}
	for (int i = 0; i < 2; i++)
		vs_join(_metadata, pids[i]);
	EXPECT_LT(10, n);
	/* it still is where it should be */
	s[0] = (struct net_server){ &guest, tcp_server(&guest, NET_A, 90) };
	struct agent host;

	ASSERT_EQ(0, net_start(&host));
	EXPECT_EQ(0, tcp_reach(&host, NET_A, 90, s, 1));
}

TEST_HARNESS_MAIN
