// SPDX-License-Identifier: GPL-2.0-only
/*
 * The tables of /proc/net and the ioctls on devices, as a guest sees them
 * (design/kernel-network.md 5.10).
 *
 * Guards against: sockets, addresses, devices and routes of others in a file
 * that every user may read, and a descriptor of such a file that shows more
 * when it changes hands.
 */
#include "netreach.h"

FIXTURE(procnet)
{
	struct net_four f;
};

FIXTURE_SETUP(procnet)
{
	SKIP_UNLESS_VSERVER();
	ASSERT_EQ(0, net_world());
	ASSERT_EQ(0, nd_add("secret0", "dummy"));
	ASSERT_EQ(0, nd_up("secret0"));
	ASSERT_EQ(0, nd_add_addr("secret0", "192.0.2.1/24"));
	ASSERT_EQ(0, nd_add_addr("secret0", "2001:db8:2::1/64"));
	ASSERT_EQ(0, net_start_four(&self->f));
}

FIXTURE_TEARDOWN(procnet)
{
}

/* Rows of a table after the headline, -errno. */
static long rows(struct agent *ag, const char *file)
{
	long n = 0, ret = AT(*ag, do_read_file, "/proc/net/%s", file);

	if (ret < 0)
		return ret;
	for (const char *p = shared->text; (p = strchr(p, '\n')); p++)
		n++;
	return n - 1;
}

static bool shows(const char *text)
{
	return strstr(shared->text, text) != NULL;
}

/* Sockets -------------------------------------------------------------------------- */

TEST_F(procnet, tcp)
{
	struct net_server s[4];
	long fd;

	net_serve(&self->f, s, do_tcp_server, "0.0.0.0", 80);
	ASSERT_LE(0, tcp_server(&self->f.host, NET_HOST, 4660));
	ASSERT_LE(0, tcp_server(&self->f.a, "127.0.0.1", 25));
	EXPECT_EQ(6, rows(&self->f.host, "tcp"));
	EXPECT_EQ(2, rows(&self->f.a, "tcp"));
	/* its own loopback is called as the guest calls it; 0x50, 0x19 */
	EXPECT_TRUE(shows(": 00000000:0050 00000000:0000 0A"));
	EXPECT_TRUE(shows(": 0100007F:0019 00000000:0000 0A"));
	EXPECT_FALSE(shows(":1234"));
	EXPECT_EQ(1, rows(&self->f.b, "tcp"));
	/* row numbers don't tell how many others there are */
	EXPECT_TRUE(shows("\n   0: "));
	/* a connection counts at both of its ends */
	fd = tcp_client(&self->f.a, NET_B, 80);
	ASSERT_LE(0, fd);
	EXPECT_EQ(3, rows(&self->f.a, "tcp"));
	ASSERT_LE(0, CALL(self->f.b, do_accept, s[2].fd, 5000));
	EXPECT_EQ(2, rows(&self->f.b, "tcp"));
	EXPECT_EQ(1, rows(&self->f.c, "tcp"));
	EXPECT_EQ(8, rows(&self->f.host, "tcp"));
}

TEST_F(procnet, tcp6_and_udp)
{
	static const char * const files[] = { "tcp6", "udp", "udp6" };

	ASSERT_LE(0, tcp_server(&self->f.host, "::", 80));
	ASSERT_LE(0, tcp_server(&self->f.a, "::1", 80));
	ASSERT_LE(0, udp_server(&self->f.host, "0.0.0.0", 53));
	ASSERT_LE(0, udp_server(&self->f.a, NET_A, 53));
	ASSERT_LE(0, udp_server(&self->f.host, "::", 54));
	ASSERT_LE(0, udp_server(&self->f.a, NET_A6, 54));
	for (size_t i = 0; i < ARRAY_SIZE(files); i++) {
		EXPECT_EQ(0, rows(&self->f.b, files[i])) {
			TH_LOG("%s", files[i]);
		}
		EXPECT_EQ(2, rows(&self->f.host, files[i]));
		EXPECT_EQ(1, rows(&self->f.a, files[i]));
		if (!i)
			EXPECT_TRUE(shows(": 00000000000000000000000001000000:0050 "));
	}
}

/* What is left of a closed connection. */
TEST_F(procnet, time_wait)
{
	struct net_server s[1] = { { &self->f.b } };
	long fd, conn;

	s[0].fd = tcp_server(&self->f.b, "0.0.0.0", 80);
	fd = tcp_client(&self->f.a, NET_B, 80);
	ASSERT_LE(0, fd);
	conn = CALL(self->f.b, do_accept, s[0].fd, 5000);
	ASSERT_LE(0, conn);
	EXPECT_EQ(0, CALL(self->f.a, do_close, fd));
	EXPECT_EQ(1, CALL(self->f.b, do_wait, conn, 5000));
	EXPECT_EQ(0, CALL(self->f.b, do_close, conn));
	/* until the last of it has been delivered */
	for (int i = 0; i < 500 && (rows(&self->f.host, "tcp") != 2 || !shows(" 06 ")); i++)
		sched_yield();
	EXPECT_EQ(2, rows(&self->f.host, "tcp"));
	EXPECT_EQ(1, rows(&self->f.a, "tcp"));
	EXPECT_EQ(0, rows(&self->f.c, "tcp"));
}

static long do_unix_name(long a, long b, long c)
{
	struct sockaddr_un sun = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	/* text: an abstract name */
	snprintf(sun.sun_path + 1, sizeof(sun.sun_path) - 1, "%.80s", shared->text);
	if (bind(fd, (void *)&sun, sizeof(sun)) || listen(fd, 4))
		return -errno;
	return fd;
}

TEST_F(procnet, unix_sockets)
{
	ASSERT_LE(0, AT(self->f.host, do_unix_name, "net-test-host"));
	ASSERT_LE(0, AT(self->f.a, do_unix_name, "net-test-a"));
	ASSERT_LT(1, rows(&self->f.host, "unix"));
	EXPECT_TRUE(shows("@net-test-host"));
	EXPECT_TRUE(shows("@net-test-a"));
	EXPECT_EQ(1, rows(&self->f.a, "unix"));
	EXPECT_TRUE(shows("@net-test-a"));
	EXPECT_EQ(0, rows(&self->f.b, "unix"));
}

/* Devices, addresses, routes ---------------------------------------------------------- */

TEST_F(procnet, devices)
{
	ASSERT_LT(0, rows(&self->f.host, "dev"));
	EXPECT_TRUE(shows("secret0:"));
	EXPECT_TRUE(shows(NET_DEV ":"));
	ASSERT_LT(0, rows(&self->f.a, "dev"));
	EXPECT_FALSE(shows("secret0:"));
	EXPECT_TRUE(shows(NET_DEV ":"));
	EXPECT_TRUE(shows("lo:"));
}

TEST_F(procnet, addresses)
{
	ASSERT_LT(0, rows(&self->f.host, "if_inet6"));
	EXPECT_TRUE(shows("20010db8000000000000000000000001 "));
	EXPECT_TRUE(shows("20010db8000000000000000000000011 "));
	ASSERT_LE(0, rows(&self->f.a, "if_inet6"));
	EXPECT_TRUE(shows("20010db8000000000000000000000011 "));
	EXPECT_FALSE(shows("20010db8000000000000000000000001 "));
	EXPECT_FALSE(shows("20010db8000000000000000000000012 "));
	EXPECT_FALSE(shows("secret0"));
}

TEST_F(procnet, routes)
{
	ASSERT_LT(0, rows(&self->f.host, "route"));
	EXPECT_TRUE(shows("secret0\t"));
	ASSERT_LT(0, rows(&self->f.a, "route"));
	EXPECT_TRUE(shows(NET_DEV "\t"));
	EXPECT_FALSE(shows("secret0"));
	ASSERT_LT(0, rows(&self->f.host, "ipv6_route"));
	EXPECT_TRUE(shows("secret0"));
	ASSERT_LE(0, rows(&self->f.a, "ipv6_route"));
	EXPECT_FALSE(shows("secret0"));
	EXPECT_FALSE(shows("20010db8000000000000000000000012 "));
}

/* The counters and tables that cannot be told apart by guest. */
TEST_F(procnet, nothing_else)
{
	static const char * const files[] = {
		"arp", "packet", "fib_trie", "fib_triestat", "snmp", "netstat", "sockstat",
		"sockstat6", "snmp6", "softnet_stat", "ptype", "nf_conntrack", "ip6_flowlabel",
	};

	for (size_t i = 0; i < ARRAY_SIZE(files); i++) {
		long ret = rows(&self->f.a, files[i]);

		/* not there, or nothing but a headline */
		EXPECT_TRUE(ret == -ENOENT || ret == 0 || ret == -1) {
			TH_LOG("%s: %ld: %s", files[i], ret, shared->text);
		}
	}
	EXPECT_LT(0, rows(&self->f.host, "snmp"));
	EXPECT_LT(0, rows(&self->f.host, "fib_trie"));
}

/* Settings are sorted by device. */
TEST_F(procnet, settings)
{
	static const char * const dirs[] = {
		"/proc/sys/net/ipv4/conf", "/proc/sys/net/ipv6/conf", "/proc/sys/net/ipv4/neigh",
	};

	static const char * const files[] = { "forwarding", "forwarding", "gc_stale_time" };

	for (size_t i = 0; i < ARRAY_SIZE(dirs); i++) {
		TEXT("%s", dirs[i]);
		TEXT2("secret0");
		EXPECT_EQ(1, CALL(self->f.host, do_dir_has));
		EXPECT_EQ(-EACCES, CALL(self->f.a, do_dir_has));
		EXPECT_EQ(0, AT(self->f.host, do_open_rd, "%s/secret0/%s", dirs[i], files[i]));
		EXPECT_EQ(-EACCES, AT(self->f.a, do_open_rd, "%s/secret0/%s", dirs[i], files[i])) {
			TH_LOG("%s", dirs[i]);
		}
		EXPECT_EQ(0, AT(self->f.a, do_open_rd, "%s/" NET_DEV "/%s", dirs[i], files[i]));
	}
	TEXT("/proc/sys/net/ipv4/conf/" NET_DEV "/forwarding");
	TEXT2("1");
	EXPECT_GT(0, CALL(self->f.a, do_write_file));
	EXPECT_EQ(0, CALL(self->f.host, do_write_file));
}

TEST_F(procnet, not_hidden)
{
	ASSERT_LE(0, tcp_server(&self->f.host, NET_HOST, 80));
	EXPECT_EQ(0, rows(&self->f.a, "tcp"));
	ASSERT_EQ(0, net_set_nflags(self->f.a.xid, 0, NXF_HIDE_NETIF));
	EXPECT_EQ(1, rows(&self->f.a, "tcp"));
	ASSERT_LT(0, rows(&self->f.a, "dev"));
	EXPECT_TRUE(shows("secret0:"));
}

/* Descriptors that change hands --------------------------------------------------------- */

static long do_read_fd(long fd, long b, long c)
{
	ssize_t n;

	if (lseek(fd, 0, SEEK_SET))
		return -errno;
	n = read(fd, shared->text, sizeof(shared->text) - 1);
	shared->text[n < 0 ? 0 : n] = 0;
	return n < 0 ? -errno : n;
}

/* text: path */
static long do_open(long a, long b, long c)
{
	return ERR(open(shared->text, O_RDONLY));
}

/* Get a descriptor of another process. */
static long steal(pid_t pid, long fd)
{
	int pidfd = syscall(SYS_pidfd_open, pid, 0);
	long ret = ERR(syscall(SYS_pidfd_getfd, pidfd, fd, 0));

	close(pidfd);
	return ret;
}

TEST_F(procnet, opened_by_a_guest)
{
	static const char * const files[] = { "tcp", "tcp6", "udp", "unix", "dev", "route",
					      "ipv6_route", "if_inet6", "raw" };

	ASSERT_LE(0, tcp_server(&self->f.host, NET_HOST, 4660));
	ASSERT_LE(0, tcp_server(&self->f.a, NET_A, 80));
	for (size_t i = 0; i < ARRAY_SIZE(files); i++) {
		long fd = AT(self->f.a, do_open, "/proc/net/%s", files[i]), mine;

		ASSERT_LE(0, fd);
		mine = steal(self->f.a.pid, fd);
		ASSERT_LE(0, mine);
		/* read by the host, with nothing read before and with something */
		EXPECT_LE(0, do_read_fd(mine, 0, 0));
		EXPECT_FALSE(shows(":1234"));
		EXPECT_LE(0, CALL(self->f.a, do_read_fd, fd));
		EXPECT_LE(0, do_read_fd(mine, 0, 0));
		close(mine);
	}
}

static long host_fd;

static void keep_fd(void)
{
	fcntl(host_fd, F_SETFD, 0);
	net_before();
}

TEST_F(procnet, opened_by_the_host)
{
	struct agent in;

	ASSERT_LE(0, tcp_server(&self->f.host, NET_HOST, 4660));
	host_fd = open("/proc/net/tcp", O_RDONLY | O_CLOEXEC);
	ASSERT_LE(0, host_fd);
	net_next = (struct net_place){ .nid = self->f.a.xid, .join = true };
	ASSERT_EQ(0, agent_start(&in, .xid = self->f.a.xid, .join = true, .before = keep_fd,
				 .fd = host_fd));
	EXPECT_LT(0, do_read_fd(host_fd, 0, 0));
	EXPECT_TRUE(shows(":1234"));
	CALL(in, do_read_fd, host_fd);
	/* such a descriptor is the host's to give; if it still works, it is not news */
	EXPECT_EQ(0, rows(&in, "tcp"));
}

/* ioctl --------------------------------------------------------------------------------- */

/* text: device; v[0]: the address got */
static long do_ifreq(long cmd, long b, long c)
{
	struct ifreq ifr = { 0 };
	int s = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	long ret;

	snprintf(ifr.ifr_name, IFNAMSIZ, "%.15s", shared->text);
	ret = ERR(ioctl(s, cmd, &ifr));
	*NET_WHO = (struct sockaddr_storage){ .ss_family = AF_INET };
	memcpy(NET_WHO, &ifr.ifr_addr, sizeof(ifr.ifr_addr));
	close(s);
	return ret;
}

TEST_F(procnet, device_calls)
{
	static const int cmds[] = {
		SIOCGIFFLAGS, SIOCGIFMTU, SIOCGIFINDEX, SIOCGIFHWADDR, SIOCGIFTXQLEN,
		SIOCGIFADDR, SIOCGIFNETMASK, SIOCGIFBRDADDR,
	};

	for (size_t i = 0; i < ARRAY_SIZE(cmds); i++) {
		TEXT("secret0");
		EXPECT_EQ(0, CALL(self->f.host, do_ifreq, cmds[i])) {
			TH_LOG("%#x", cmds[i]);
		}
		EXPECT_EQ(-ENODEV, CALL(self->f.a, do_ifreq, cmds[i])) {
			TH_LOG("%#x", cmds[i]);
		}
		TEXT("nothere0");
		EXPECT_EQ(-ENODEV, CALL(self->f.a, do_ifreq, cmds[i]));
		TEXT(NET_DEV);
		EXPECT_EQ(0, CALL(self->f.a, do_ifreq, cmds[i])) {
			TH_LOG("%#x", cmds[i]);
		}
	}
	TEXT(NET_DEV);
	EXPECT_EQ(0, CALL(self->f.host, do_ifreq, SIOCGIFADDR));
	EXPECT_STREQ(NET_HOST, NET_IP);
	EXPECT_EQ(0, CALL(self->f.a, do_ifreq, SIOCGIFADDR));
	EXPECT_STREQ(NET_A, NET_IP);
	EXPECT_EQ(0, CALL(self->f.c, do_ifreq, SIOCGIFADDR));
	EXPECT_STREQ(NET_C1, NET_IP);
	TEXT("lo");
	EXPECT_EQ(0, CALL(self->f.a, do_ifreq, SIOCGIFADDR));
	EXPECT_STREQ("127.0.0.1", NET_IP);
}

/* v[0]: index; the name into text */
static long do_ifname(long index, long b, long c)
{
	return if_indextoname(index, shared->text) ? 0 : -errno;
}

TEST_F(procnet, names_by_index)
{
	int seen = if_nametoindex(NET_DEV), hidden = if_nametoindex("secret0");

	EXPECT_EQ(0, CALL(self->f.a, do_ifname, seen));
	EXPECT_STREQ(NET_DEV, shared->text);
	EXPECT_EQ(0, CALL(self->f.host, do_ifname, hidden));
	/* glibc says ENXIO for the kernel's ENODEV */
	EXPECT_EQ(-ENXIO, CALL(self->f.a, do_ifname, hidden));
	EXPECT_EQ(-ENXIO, CALL(self->f.a, do_ifname, 4711));
}

/* All of SIOCGIFCONF, as "DEVICE ADDRESS" lines in text. */
static long do_ifconf(long size, long b, long c)
{
	static struct ifreq list[64];
	struct ifconf conf = { .ifc_len = size ? sizeof(list) : 0, .ifc_req = size ? list : NULL };
	int s = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	long n = 0;

	if (ioctl(s, SIOCGIFCONF, &conf))
		return -errno;
	close(s);
	shared->text[0] = 0;
	for (size_t i = 0; size && i < conf.ifc_len / sizeof(*list); i++) {
		*NET_WHO = (struct sockaddr_storage){ 0 };
		memcpy(NET_WHO, &list[i].ifr_addr, sizeof(list[i].ifr_addr));
		n += snprintf(shared->text + n, 4096 - n, "%s %s\n", list[i].ifr_name, NET_IP);
	}
	return conf.ifc_len / sizeof(*list);
}

TEST_F(procnet, list_of_addresses)
{
	EXPECT_EQ(8, CALL(self->f.host, do_ifconf, 1));
	EXPECT_TRUE(shows("secret0 192.0.2.1\n"));
	EXPECT_EQ(2, CALL(self->f.a, do_ifconf, 1));
	EXPECT_STREQ("lo 127.0.0.1\n" NET_DEV " " NET_A "\n", shared->text);
	EXPECT_EQ(4, CALL(self->f.c, do_ifconf, 1));
	EXPECT_TRUE(shows(NET_DEV " " NET_C3 "\n"));
	/* asked for the room it takes */
	EXPECT_EQ(2, CALL(self->f.a, do_ifconf, 0));
	EXPECT_EQ(8, CALL(self->f.host, do_ifconf, 0));
}

TEST_HARNESS_MAIN
