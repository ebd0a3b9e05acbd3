// SPDX-License-Identifier: GPL-2.0-only
/*
 * What a stop takes back, by the state files that starts have written: on the loopback
 * device of a network namespace of its own.
 */
#include <sched.h>
#include <sys/file.h>
#include <sys/mount.h>

#include "guest/network.h"
#include "tap.h"

static struct cfg *web, *db;
static char warnings[1000];

static void on_note(void *arg, enum guest_note level, const char *text)
{
	(void)arg;
	if (level == GUEST_WARNING)
		snprintf(warnings + strlen(warnings), sizeof(warnings) - strlen(warnings), "%s\n", text);
}

static void down(const struct cfg *c)
{
	warnings[0] = '\0';
	network_down(&(struct guest){ .cfg = c, .note = on_note });
}

static struct cfg_iface iface(const char *text)
{
	struct cfg_iface f = { .ip_file = (char *)"ip", .ip = (char *)text, .dev = (char *)"lo",
			       .dev_file = (char *)"dev", .scope = -1 };

	if (vc_net_parse(VC_NET_ADDR, text, &f.addr, NULL) < 0)
		printf("Bail out! %s\n", text);
	return f;
}

static void add(const char *text)
{
	struct cfg_iface f = iface(text);
	struct rtnl r;

	if (rtnl_open(&r) < 0 || rtnl_address_add(&r, &f) < 0)
		printf("Bail out! %s: %s\n", text, cfg_error());
	rtnl_close(&r);
}

static bool there(const char *text)
{
	struct cfg_iface f = iface(text);
	struct rtnl r;
	bool found;

	if (rtnl_open(&r) < 0)
		puts("Bail out! netlink");
	found = rtnl_address(&r, &f.addr, "lo");
	rtnl_close(&r);
	return found;
}

/* A state file: ours or kept, address, NULL. */
static void state(const struct cfg *c, const char *const *v)
{
	struct netstate s = { .guest = c->path };

	for (; v[0]; v += 2)
		netstate_add(&s, "address", !strcmp(v[0], "ours"), "lo", v[1]);
	num(netstate_write(c, &s), 0, "a state file is written");
	s.guest = NULL;
	netstate_free(&s);
}

#define STATE(c, ...)	state(c, (const char *const[]){ __VA_ARGS__, NULL })

static void files(void)
{
	struct netstate s;
	struct netentry e = { (char *)"vlan", true, (char *)"eth0.5", (char *)"-" };

	num(netstate_read(web, &s), 0, "no file yet");
	s = (struct netstate){ .guest = strdup("/etc/vservers/with a blank"), .nid = 42 };
	netstate_add(&s, "vlan", true, "eth0.5", NULL);
	netstate_add(&s, "address", false, NULL, "10.0.0.1/24");
	num(netstate_write(web, &s), 0, "a file is written");
	netstate_free(&s);
	num(netstate_read(web, &s), 1, "and read");
	is(s.guest, "/etc/vservers/with a blank", "guest");
	num(s.nid, 42, "network context");
	num((long long)s.n, 2, "entries");
	ok(netstate_has(&s, &e), "ours");
	ok(!s.v[1].ours, "not ours");
	is(s.v[1].dev, "-", "no device");
	is(s.v[1].value, "10.0.0.1/24", "value");
	netstate_free(&s);
	num(netstate_shared(db, &e), 1, "another guest sees the thing");
	num(netstate_shared(web, &e), 0, "the own file isn't another guest's");
	e.ours = true;
	e.dev = (char *)"eth0.6";
	num(netstate_shared(db, &e), 0, "nor is another thing the same");
	num(netstate_remove(web), 0, "it is removed");
	num(netstate_remove(web), 0, "twice is no error");
}

static void damaged(void)
{
	char *name = cfg_unique_name(web), path[300];
	static const char *const texts[] = { "", "nid x\n", "guest /g\nnid 1\naddress ours lo\n",
					     "guest /g\naddress mine lo 10.0.0.1\n" };
	struct netstate s;

	snprintf(path, sizeof(path), "net/%s", name);
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		put(path, texts[i]);
		num(netstate_read(web, &s), -1, "a damaged file is no empty one");
	}
	down(web);
	has(warnings, "not a line of ours", "a stop warns of it");
	num(netstate_read(web, &s), 0, "and doesn't stumble over it again");
	free(name);
}

static void own_and_kept(void)
{
	add("10.9.0.1/24");
	add("10.9.0.2/24");
	add("fd00::2/64");
	STATE(web, "kept", "10.9.0.1/24", "ours", "10.9.0.2/24", "ours", "fd00::2/64",
	      "ours", "10.9.0.9/24");
	down(web);
	ok(there("10.9.0.1/24"), "what was there before stays");
	ok(!there("10.9.0.2/24") && !there("fd00::2/64"), "what the start has added goes");
	is(warnings, "", "what was planned and never added is no matter");
	down(web);
	is(warnings, "", "a second stop has nothing to do");
	/* The guest's was there first, so that the host's is a secondary one. */
	add("10.9.1.1/24");
	add("10.9.1.2/24");
	STATE(web, "ours", "10.9.1.1/24");
	down(web);
	ok(!there("10.9.1.1/24") && there("10.9.1.2/24"), "the host's address of the network stays");
}

/* Two guests name the same thing: a start after a crash of the other one. */
static void last_one(void)
{
	add("10.9.2.1/24");
	STATE(web, "ours", "10.9.2.1/24");
	STATE(db, "ours", "10.9.2.1/24");
	down(web);
	ok(there("10.9.2.1/24"), "the first stop leaves what the other guest has");
	down(db);
	ok(!there("10.9.2.1/24"), "the last one removes it");
}

/* Somebody who has the lock is changing addresses. */
static void locked(void)
{
	struct cfg *c = cfg_open_dir("conf/web");
	int fd;

	ok(!guest_is_locked(c), "nobody has the guest's lock");
	fd = guest_lock(c);
	ok(fd >= 0 && guest_is_locked(c), "a start has it");
	close(fd);
	ok(!guest_is_locked(c), "and gives it back");
	cfg_close(c);
}

int main(void)
{
	struct rtnl r;

	tap_begin();
	if (unshare(CLONE_NEWNET) < 0) {
		puts("1..0 # SKIP no network namespace can be made here");
		return 0;
	}
	setenv("VSERVER_CONFDIR", "conf", 1);
	setenv("VSERVER_NETDIR", "net", 1);
	setenv("VSERVER_LOCKDIR", "lock", 1);
	put("conf/web/context", "1001\n");
	put("conf/db/context", "1002\n");
	web = cfg_open_dir("conf/web");
	db = cfg_open_dir("conf/db");
	if (rtnl_open(&r) < 0 || rtnl_set_up(&r, "lo") < 0)
		puts("Bail out! lo");
	rtnl_close(&r);
	files();
	damaged();
	own_and_kept();
	last_one();
	locked();
	return tap_end();
}
