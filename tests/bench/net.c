// SPDX-License-Identifier: GPL-2.0-only
/*
 * What the network costs, in executed instructions.
 *
 * Runs under QEMU's -icount shift=0 on one CPU, where the processor's time stamp
 * counts instructions. One task holds both ends of each connection: a packet over
 * lo, veth or a bridge is in the other socket's queue when the call that sends it
 * returns, so nothing ever waits and the scheduler has no part in the figures. A
 * row is the median of thousands of round trips; what interrupts add is not in it.
 *
 *   net host		as the host
 *   net beside N	as the host, beside N guests that listen on the same port
 *   net guest N	in a guest that owns N addresses of each family
 *   net among N	in a guest with one address, beside N others as above
 *   net between A B	clients in the network namespace /run/netns/A, servers in B
 *
 * tests/bench/net-setup has made the addresses: number I is 10.77.(I / 256).(I % 256)
 * and fd77::I, the servers have number 1; 10.99.0.2 and fd99::2 with "between".
 * Guests are made with the system call. They are contexts for processes as well,
 * because these count the traffic.
 *
 * Prints "name<TAB>instructions" lines.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <unistd.h>

#include <linux/vserver.h>

#define NR_VSERVER	236
#define NID		100
#define PORT		5000
#define BIND_PORT	5001
#define CHUNK		65536
#define WARM_UP		400
#define ARRAY_SIZE(a)	(sizeof(a) / sizeof((a)[0]))

enum side { CLIENT, SERVER };

static int namespaces[2] = { -1, -1 };
static const char *server_ip = "10.77.0.1", *server_ip6 = "fd77::1";

/* of the row that runs */
static int family, client, server, listener;
static char buffer[CHUNK];

/* --- sockets ------------------------------------------------------------------- */

union address {
	struct sockaddr sa;
	struct sockaddr_in v4;
	struct sockaddr_in6 v6;
};

static socklen_t size_of(int af)
{
	return af == AF_INET ? sizeof(struct sockaddr_in) : sizeof(struct sockaddr_in6);
}

static union address make_address(int af, const char *ip, unsigned int port)
{
	union address a = { };

	a.sa.sa_family = af;
	if (af == AF_INET)
		a.v4.sin_port = htons(port);
	else
		a.v6.sin6_port = htons(port);
	if (ip && inet_pton(af, ip, af == AF_INET ? (void *)&a.v4.sin_addr : (void *)&a.v6.sin6_addr) != 1)
		errx(1, "%s: not an address", ip);
	return a;
}

static union address server_address(void)
{
	return make_address(family, family == AF_INET ? server_ip : server_ip6, PORT);
}

/* Sockets made from now on are on that side. */
static void go(enum side side)
{
	if (namespaces[side] >= 0 && setns(namespaces[side], CLONE_NEWNET))
		err(1, "setns");
}

static int new_socket(int type)
{
	const struct timeval patience = { 10, 0 };
	const int one = 1;
	int fd = socket(family, type | SOCK_CLOEXEC, 0);

	if (fd < 0)
		err(1, "socket");
	/* whatever goes wrong shall end with a message */
	if (setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience)) ||
	    setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof(patience)))
		err(1, "SO_RCVTIMEO");
	if (type == SOCK_STREAM && setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one)))
		err(1, "SO_REUSEADDR");
	if (family == AF_INET6 && setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &one, sizeof(one)))
		err(1, "IPV6_V6ONLY");
	return fd;
}

/* A server on all addresses it has. */
static int new_server(int type)
{
	union address any = make_address(family, NULL, PORT);
	int fd = new_socket(type);

	if (bind(fd, &any.sa, size_of(family)))
		err(1, "bind");
	if (type == SOCK_STREAM && listen(fd, 128))
		err(1, "listen");
	return fd;
}

static void must_send(int fd, size_t size, const union address *to)
{
	ssize_t done = sendto(fd, buffer, size, 0, to ? &to->sa : NULL, to ? size_of(family) : 0);

	if (done != (ssize_t)size)
		err(1, "send: %zd of %zu", done, size);
}

static void must_receive(int fd, size_t size, union address *from)
{
	socklen_t len = sizeof(*from);

	while (size) {
		ssize_t done = recvfrom(fd, buffer, size, 0, from ? &from->sa : NULL,
					from ? &len : NULL);

		if (done <= 0)
			err(1, "receive: %zd", done);
		size -= done;
	}
}

/* --- the rows: prepare, and one round ------------------------------------------ */

static void close_all(void)
{
	int *fds[] = { &client, &server, &listener };

	for (size_t i = 0; i < ARRAY_SIZE(fds); i++) {
		if (*fds[i] >= 0)
			close(*fds[i]);
		*fds[i] = -1;
	}
}

static void listen_only(void)
{
	go(SERVER);
	listener = new_server(SOCK_STREAM);
	go(CLIENT);
}

static void established(void)
{
	union address to = server_address();
	const int one = 1, big = 4 * CHUNK;

	listen_only();
	client = new_socket(SOCK_STREAM);
	setsockopt(client, SOL_SOCKET, SO_SNDBUF, &big, sizeof(big));
	if (connect(client, &to.sa, size_of(family)))
		err(1, "connect");
	server = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
	if (server < 0)
		err(1, "accept");
	setsockopt(server, SOL_SOCKET, SO_RCVBUF, &big, sizeof(big));
	setsockopt(client, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
	setsockopt(server, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
}

static void ping_pong(void)
{
	must_send(client, 1, NULL);
	must_receive(server, 1, NULL);
	must_send(server, 1, NULL);
	must_receive(client, 1, NULL);
}

static void stream(void)
{
	must_send(client, CHUNK, NULL);
	must_receive(server, CHUNK, NULL);
}

static void datagrams(void)
{
	go(SERVER);
	server = new_server(SOCK_DGRAM);
	go(CLIENT);
	client = new_socket(SOCK_DGRAM);
}

static void connected_datagrams(void)
{
	union address to = server_address();

	datagrams();
	if (connect(client, &to.sa, size_of(family)))
		err(1, "connect");
}

static void unconnected_round(void)
{
	static union address to;
	union address peer;

	if (to.sa.sa_family != family)
		to = server_address();
	must_send(client, 1, &to);
	must_receive(server, 1, &peer);
	must_send(server, 1, &peer);
	must_receive(client, 1, &peer);
}

static void connected_round(void)
{
	union address peer;

	must_send(client, 1, NULL);
	must_receive(server, 1, &peer);
	must_send(server, 1, &peer);
	must_receive(client, 1, NULL);
}

static void connection(void)
{
	union address to = server_address();
	int there, here = socket(family, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (here < 0 || connect(here, &to.sa, size_of(family)))
		err(1, "connect");
	there = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
	if (there < 0)
		err(1, "accept");
	close(here);
	close(there);
}

static void nothing(void)
{
	go(SERVER);
}

static void bind_close(int type)
{
	union address any = make_address(family, NULL, BIND_PORT);
	int fd = socket(family, type | SOCK_CLOEXEC, 0);

	if (fd < 0 || bind(fd, &any.sa, size_of(family)))
		err(1, "bind");
	close(fd);
}

static void bind_tcp(void)
{
	bind_close(SOCK_STREAM);
}

static void bind_udp(void)
{
	bind_close(SOCK_DGRAM);
}

static void empty(void)
{
}

static const struct row {
	const char *name;
	int family;
	void (*prepare)(void);
	void (*round)(void);
	unsigned int n;
} rows[] = {
	{ "TCP established", AF_INET, established, ping_pong, 3000 },
	{ "TCP stream, 64 KiB", AF_INET, established, stream, 1000 },
	{ "UDP unconnected, wildcard server", AF_INET, datagrams, unconnected_round, 3000 },
	{ "UDP connected client", AF_INET, connected_datagrams, connected_round, 3000 },
	{ "TCP socket+bind+close", AF_INET, nothing, bind_tcp, 3000 },
	{ "UDP socket+bind+close", AF_INET, nothing, bind_udp, 3000 },
	{ "TCP connect+accept+close", AF_INET, listen_only, connection, 2000 },
	{ "TCPv6 established", AF_INET6, established, ping_pong, 3000 },
	{ "UDPv6 unconnected, wildcard server", AF_INET6, datagrams, unconnected_round, 3000 },
	{ "UDPv6 connected client", AF_INET6, connected_datagrams, connected_round, 3000 },
	{ "TCPv6 connect+accept+close", AF_INET6, listen_only, connection, 2000 },
};

/* --- measuring ------------------------------------------------------------------ */

/* Under -icount the time stamp counter is the number of instructions. */
static uint64_t instructions(void)
{
	return __builtin_ia32_rdtsc();
}

static int compare(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return (x > y) - (x < y);
}

static uint64_t median(void (*round)(void), unsigned int n)
{
	static uint64_t cost[4000];

	for (unsigned int i = 0; i < WARM_UP; i++)
		round();
	for (unsigned int i = 0; i < n; i++) {
		uint64_t start = instructions();

		round();
		cost[i] = instructions() - start;
	}
	qsort(cost, n, sizeof(*cost), compare);
	return cost[n / 2];
}

static void run_rows(void)
{
	uint64_t own = median(empty, 1000);

	/* each page is there before it counts */
	memset(buffer, 'x', sizeof(buffer));
	client = server = listener = -1;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		family = rows[i].family;
		rows[i].prepare();
		printf("%s\t%llu\n", rows[i].name,
		       (unsigned long long)(median(rows[i].round, rows[i].n) - own));
		fflush(stdout);
		close_all();
	}
}

/* --- guests ---------------------------------------------------------------------- */

static int vserver(uint32_t cmd, uint32_t id, void *data)
{
	return syscall(NR_VSERVER, cmd, id, data);
}

static void add_address(uint32_t nid, unsigned int i)
{
	struct vcmd_net_ipv4_v1 v4 = {
		.type = NXA_TYPE_ADDR,
		.ip = htonl(0x0a4d0000 + i),
		.mask = htonl(0xffff0000),
	};
	struct vcmd_net_ipv6_v1 v6 = {
		.type = NXA_TYPE_ADDR,
		.prefix = 64,
		.ip = { 0xfd, 0x77, [14] = i >> 8, [15] = i },
	};

	if (vserver(VCMD_net_add_ipv4_v1, nid, &v4) < 0)
		err(1, "10.77.%u.%u for %u", i >> 8, i & 255, nid);
	if (vserver(VCMD_net_add_ipv6, nid, &v6) < 0)
		err(1, "fd77::%x for %u", i, nid);
}

static void enter_context(uint32_t xid)
{
	struct vcmd_ctx_create create = {
		.flagword = VXF_STATE_SETUP | VXF_STATE_INIT | VXF_STATE_ADMIN,
	};
	struct vcmd_flags ready = {
		VXF_INFO_INIT, VXF_INFO_INIT | VXF_STATE_SETUP | VXF_STATE_INIT
	};

	if (vserver(VCMD_ctx_create, xid, &create) < 0)
		err(1, "ctx_create %u", xid);
	if (vserver(VCMD_set_cflags, VX_ID_SELF, &ready))
		err(1, "set_cflags %u", xid);
}

/* Makes a guest as the tools do, with addresses first .. first + n - 1, and enters it. */
static void enter_guest(uint32_t nid, unsigned int first, unsigned int n)
{
	struct vcmd_net_create create = {
		.flagword = NXF_STATE_SETUP | NXF_STATE_ADMIN | NXF_HIDE_NETIF |
			    NXF_LBACK_REMAP | NXF_HIDE_LBACK,
	};
	struct vcmd_flags ready = { 0, NXF_STATE_SETUP };

	if (vserver(VCMD_net_create, nid, &create) < 0)
		err(1, "net_create %u", nid);
	for (unsigned int i = first; i < first + n; i++)
		add_address(nid, i);
	if (vserver(VCMD_set_nflags, nid, &ready))
		err(1, "set_nflags %u", nid);
	enter_context(nid);
}

/* A guest with one address, whose servers use the port of the rows. */
static void neighbour(uint32_t nid, unsigned int address)
{
	int ready[2];
	char byte;

	if (pipe(ready))
		err(1, "pipe");
	switch (fork()) {
	case -1:
		err(1, "fork");
	case 0:
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		enter_guest(nid, address, 1);
		for (int i = 0; i < 2; i++) {
			family = i ? AF_INET6 : AF_INET;
			new_server(SOCK_STREAM);
			new_server(SOCK_DGRAM);
		}
		if (write(ready[1], "", 1) != 1)
			_exit(1);
		for (;;)
			pause();
	}
	close(ready[1]);
	if (read(ready[0], &byte, 1) != 1)
		errx(1, "guest %u did not come up", nid);
	close(ready[0]);
}

static void neighbours(unsigned int n)
{
	for (unsigned int i = 0; i < n; i++)
		neighbour(NID + 1 + i, 2 + i);
}

static int open_namespace(const char *name)
{
	char path[100];
	int fd;

	snprintf(path, sizeof(path), "/run/netns/%s", name);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		err(1, "%s", path);
	return fd;
}

int main(int argc, char **argv)
{
	const char *what = argc > 1 ? argv[1] : "";
	unsigned int n = argc > 2 ? strtoul(argv[2], NULL, 10) : 0;

	/* nothing of ours is paged in while it counts */
	if (mlockall(MCL_CURRENT | MCL_FUTURE))
		err(1, "mlockall");
	if (!strcmp(what, "between") && argc == 4) {
		namespaces[CLIENT] = open_namespace(argv[2]);
		namespaces[SERVER] = open_namespace(argv[3]);
		server_ip = "10.99.0.2";
		server_ip6 = "fd99::2";
	} else if (!strcmp(what, "beside") && n) {
		neighbours(n);
	} else if (!strcmp(what, "guest") && n) {
		enter_guest(NID, 1, n);
	} else if (!strcmp(what, "among") && n) {
		neighbours(n);
		enter_guest(NID, 1, 1);
	} else if (strcmp(what, "host")) {
		errx(2, "usage: net host | beside N | guest N | among N | between A B");
	}
	run_rows();
	return 0;
}
