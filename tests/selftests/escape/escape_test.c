// SPDX-License-Identifier: GPL-2.0-only
/*
 * Runs the escape suite: builds a root directory with a secret next to it, a
 * host process that keeps the secret, and another guest; then lets every case
 * try twice, confined and as its control, and prints TAP.
 *
 *	escape_test [family[.case]]
 *
 * The program copies itself into the root directory and runs there as
 *	/escape --run PASS FIRST FD
 */
#include "escape.h"
#include "../netdev.h"
#include <linux/keyctl.h>
#include <linux/capability.h>
#include <limits.h>
#include <pty.h>
#include <sys/prctl.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <sys/shm.h>
#include <sys/sysmacros.h>
#include <sys/un.h>

#include "kselftest.h"

extern const struct escape_case *const __start_escape_cases[];
extern const struct escape_case *const __stop_escape_cases[];

#define N_CASES		(__stop_escape_cases - __start_escape_cases)
#define USUAL_BOUND	0xb44c04ffULL
#define CASE_SECONDS	20

/* Which run this is. */
enum pass { USUAL, GENEROUS, HOST_PIVOT, HOST_CHROOT, PASSES };

struct result {
	int done, verdict, error;
};

static struct escape_env env;
static char base[] = "/tmp/escape.XXXXXX";
static char root[64];
static char kept_secret[32];	/* the victim's copy */

/* Inside ----------------------------------------------------------------------- */

static bool wanted_in(const struct escape_case *c, enum pass pass)
{
	switch (pass) {
	case USUAL:
		return true;
	case GENEROUS:
		return c->always;
	case HOST_PIVOT:
		return c->control == CONTROL_PIVOT;
	case HOST_CHROOT:
		return c->control == CONTROL_CHROOT;
	default:
		return false;
	}
}

static void read_env(void)
{
	int fd = open("/etc/env", O_RDONLY | O_CLOEXEC);

	if (fd < 0 || read(fd, &env, sizeof(env)) != sizeof(env))
		_exit(3);
	close(fd);
}

/* One attempt, in a process and a mount namespace (if it may) of its own. */
static struct result attempt(const struct escape_case *c)
{
	struct result r = { 1, REFUSED, ETIMEDOUT };
	int fds[2], status;
	pid_t pid;

	if (pipe2(fds, O_CLOEXEC))
		return r;
	pid = fork();
	if (pid == 0) {
		alarm(CASE_SECONDS);
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		if (!env.confined && unshare(CLONE_NEWNS))
			_exit(3);
		umask(0);
		if (chdir("/"))
			_exit(3);
		errno = 0;
		r.verdict = c->attempt(&env);
		r.error = errno;
		/* what a guest cannot have, its kernel may as well not have */
		if (env.confined && r.verdict == UNAVAILABLE)
			r.verdict = REFUSED;
		_exit(write(fds[1], &r, sizeof(r)) != sizeof(r));
	}
	close(fds[1]);
	if (read(fds[0], &r, sizeof(r)) != sizeof(r))
		r.error = ECHILD;	/* it died */
	close(fds[0]);
	waitpid(pid, &status, 0);
	return r;
}

static int run(enum pass pass, int out)
{
	read_env();
	env.confined = pass == USUAL || pass == GENEROUS;
	for (long i = 0; i < N_CASES; i++) {
		struct result r = { 0 };

		if (wanted_in(__start_escape_cases[i], pass))
			r = attempt(__start_escape_cases[i]);
		if (write(out, &r, sizeof(r)) != sizeof(r))
			return 3;
	}
	return 0;
}

/* "--caps": does this program have SYS_ADMIN? Asks by using it. */
static int caps(void)
{
	char name[65];

	return gethostname(name, sizeof(name)) == 0 &&
	       sethostname(name, strlen(name)) == 0;
}

/* Outside ------------------------------------------------------------------------ */

static void need(bool ok, const char *what)
{
	if (!ok)
		ksft_exit_fail_msg("%s: %s\n", what, strerror(errno));
}

static void copy_self(const char *to)
{
	int in = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
	int out = open(to, O_WRONLY | O_CREAT | O_CLOEXEC, 0755);
	struct stat st;
	off_t off = 0;

	need(in >= 0 && out >= 0 && fstat(in, &st) == 0, to);
	while (off < st.st_size)
		need(sendfile(out, in, &off, st.st_size - off) > 0, to);
	close(in);
	close(out);
}

static void put_file(const char *path, const void *data, size_t size)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	need(fd >= 0 && write(fd, data, size) == (ssize_t)size, path);
	close(fd);
}

static const char *below(const char *name)
{
	static char path[PATH_MAX];

	snprintf(path, sizeof(path), "%s/%s", root, name);
	return path;
}

static void make_root(void)
{
	static const char * const dirs[] = { "proc", "dev", "tmp", "mnt", "etc", "locked" };

	need(mkdtemp(base), base);
	need(unshare(CLONE_NEWNS) == 0, "unshare");
	need(mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0, "private");
	need(mount("escape", base, "tmpfs", 0, NULL) == 0, base);
	snprintf(root, sizeof(root), "%s/root", base);
	need(mkdir(root, 0755) == 0, root);
	need(mount("guest", root, "tmpfs", 0, NULL) == 0, root);
	for (size_t i = 0; i < sizeof(dirs) / sizeof(*dirs); i++)
		need(mkdir(below(dirs[i]), 0755) == 0, dirs[i]);
	need(mount("proc", below("proc"), "proc", 0, NULL) == 0, "proc");
	need(mount("locked", below("locked"), "tmpfs", MS_RDONLY | MS_NODEV | MS_NOSUID,
		   NULL) == 0, "locked");
	need(mknod(below("dev/null"), S_IFCHR | 0666, makedev(1, 3)) == 0, "null");
	copy_self(below("escape"));
}

/* Everything the attempts are told about the outside. */
static void make_targets(void)
{
	struct stat st;
	int master;

	snprintf(env.secret, sizeof(env.secret), "secret-%d-%ld", getpid(), random());
	snprintf(env.path, sizeof(env.path), "%s/secret", base);
	put_file(env.path, env.secret, strlen(env.secret));
	need(stat("/", &st) == 0, "/");
	env.root_dev = st.st_dev;
	env.root_ino = st.st_ino;
	need(openpty(&master, &env.tty, NULL, NULL, NULL) == 0, "openpty");
	fcntl(master, F_SETFD, FD_CLOEXEC);
	master = open("/proc/self/ns/mnt", O_RDONLY | O_CLOEXEC);
	if (ioctl(master, _IOR(0xb7, 0x5, __u64) /* NS_GET_MNTNS_ID */, &env.mnt_ns))
		env.mnt_ns = 0;
	env.shm = shmget(IPC_PRIVATE, 4096, IPC_CREAT | 0600);
	need(env.shm >= 0, "shmget");
	strcpy(shmat(env.shm, NULL, 0), env.secret);
	env.key = syscall(SYS_add_key, "user", "escape", env.secret,
			  strlen(env.secret), KEY_SPEC_USER_KEYRING);
	if (env.key >= 0)
		syscall(SYS_keyctl, KEYCTL_SETPERM, env.key, 0x3f3f3f3f, 0, 0);
	env.secret_at = (unsigned long)kept_secret;
	env.victim = fork();
	if (env.victim == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		signal(SIGUSR1, SIG_DFL);
		strcpy(kept_secret, env.secret);
		for (;;)
			pause();
	}
}

/* A network on which host and guests have addresses. */
static void make_network(void)
{
	static const char * const addrs[] = {
		HOST_IP "/24", GUEST_IP "/24", OTHER_IP "/24",
		HOST_IP6 "/64", GUEST_IP6 "/64", OTHER_IP6 "/64",
	};

	nd_remove(ESCAPE_DEV);
	nd_remove(HIDDEN_DEV);
	need(nd_add(ESCAPE_DEV, "dummy") == 0 && nd_up(ESCAPE_DEV) == 0 &&
	     nd_add(HIDDEN_DEV, "dummy") == 0 && nd_up(HIDDEN_DEV) == 0, "a dummy device");
	nd_up("lo");
	for (size_t i = 0; i < sizeof(addrs) / sizeof(*addrs); i++)
		need(nd_add_addr(ESCAPE_DEV, addrs[i]) == 0, addrs[i]);
	need(nd_add_addr(HIDDEN_DEV, HIDDEN_IP "/24") == 0, HIDDEN_IP);
}

static void serve_tcp(const char *ip, int port)
{
	int s = socket(AF_INET6, SOCK_STREAM | SOCK_CLOEXEC, 0), on = 1;
	struct sockaddr_in6 sa = { .sin6_family = AF_INET6, .sin6_port = htons(port) };

	inet_pton(AF_INET6, ip, &sa.sin6_addr);
	setsockopt(s, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	need(bind(s, (void *)&sa, sizeof(sa)) == 0 && listen(s, 512) == 0, "a server");
}

/* What the host serves; the sockets stay open in this process. */
static void make_servers(void)
{
	struct sockaddr_un sun = { .sun_family = AF_UNIX };
	int s = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	serve_tcp("::", HOST_PORT);
	serve_tcp("::ffff:127.0.0.1", HOST_LO_PORT);
	serve_tcp("::1", HOST_LO_PORT);
	memcpy(sun.sun_path + 1, HOST_NAME, sizeof(HOST_NAME) - 1);
	need(bind(s, (void *)&sun, sizeof(sa_family_t) + sizeof(HOST_NAME)) == 0 &&
	     listen(s, 512) == 0, "an abstract name");
}

/* The caller joins a network context of these addresses. */
static void enter_network(unsigned int nid, const char *ip, const char *ip6,
			  unsigned long long ncaps)
{
	struct vcmd_net_ipv4_v1 v4 = { .type = NXA_TYPE_ADDR, .mask = htonl(0xffffff00) };
	struct vcmd_net_ipv6_v1 v6 = { .type = NXA_TYPE_ADDR, .prefix = 64 };
	struct vcmd_ccaps_v1 caps = { ncaps, ~0ULL };

	inet_pton(AF_INET, ip, &v4.ip);
	inet_pton(AF_INET6, ip6, v6.ip);
	need(vserver(VCMD_net_create, nid, NULL) == nid &&
	     vserver(VCMD_set_ncaps, nid, &caps) == 0 &&
	     vserver(VCMD_net_add_ipv4_v1, nid, &v4) == 0 &&
	     vserver(VCMD_net_add_ipv6, nid, &v6) == 0, "the network context");
}

/* A member keeps the other guest alive. */
static void make_other_guest(void)
{
	struct vcmd_ctx_create arg = { .flagword = VXF_INIT_SET };
	struct vcmd_flags done = { 0, VXF_STATE_SETUP };
	int fds[2];
	char c;

	env.other = 50000 + getpid() % 4000;
	env.xid = env.other + 4000;
	need(pipe2(fds, O_CLOEXEC) == 0, "pipe");
	if (fork() == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		enter_network(env.other, OTHER_IP, OTHER_IP6, 0);
		serve_tcp("::", HOST_PORT);
		serve_tcp("::ffff:127.0.0.1", HOST_LO_PORT);
		serve_tcp("::1", HOST_LO_PORT);
		if (vserver(VCMD_ctx_create, env.other, &arg) < 0 ||
		    vserver(VCMD_set_cflags, env.other, &done) ||
		    write(fds[1], "", 1) != 1)
			_exit(3);
		for (;;)
			pause();
	}
	close(fds[1]);
	need(read(fds[0], &c, 1) == 1, "the other guest");
	close(fds[0]);
}

static void enter_root(enum pass pass)
{
	need(chdir(root) == 0, root);
	if (pass == HOST_CHROOT) {
		need(chroot(".") == 0, "chroot");
		return;
	}
	need(unshare(CLONE_NEWNS) == 0, "unshare");
	need(syscall(SYS_pivot_root, ".", ".") == 0, "pivot_root");
	need(umount2(".", MNT_DETACH) == 0, "umount");
	need(chdir("/") == 0, "/");
}

static void become_guest(unsigned long long bound)
{
	struct vcmd_ctx_create create = { .flagword = VXF_INIT_SET | VXF_INFO_INIT };
	struct vcmd_bcaps bcaps = { bound, ~0ULL };
	struct vcmd_flags done = { 0, VXF_STATE_SETUP | VXF_STATE_INIT };

	/* raw_icmp as every guest has it by default */
	enter_network(env.xid, GUEST_IP, GUEST_IP6, NXC_RAW_ICMP);
	need(vserver(VCMD_ctx_create, env.xid, &create) >= 0, "create");
	need(vserver(VCMD_set_bcaps, VX_ID_SELF, &bcaps) == 0, "bcaps");
	need(vserver(VCMD_set_cflags, VX_ID_SELF, &done) == 0, "end of set-up");
}

/*
 * The bait: a process that just entered the guest, with the secret in memory
 * and a descriptor of the host, and has not executed anything there yet.
 */
static pid_t make_bait(bool enters)
{
	struct vcmd_ctx_migrate arg = { 0 };
	int fds[2];
	char c;
	pid_t pid;

	need(pipe2(fds, O_CLOEXEC) == 0, "pipe");
	pid = fork();
	if (pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		strcpy(kept_secret, env.secret);
		if ((enters && vserver(VCMD_ctx_migrate, env.xid, &arg) < 0) ||
		    write(fds[1], "", 1) != 1)
			_exit(3);
		for (;;)
			pause();
	}
	close(fds[1]);
	need(read(fds[0], &c, 1) == 1, "the bait");
	close(fds[0]);
	return pid;
}

/* The process that runs the cases; starts when a byte comes from @go. */
static void start_run(enum pass pass, int ready, int go, int out)
{
	char a[12], b[12], c;

	setsid();
	enter_root(pass);
	if (pass == USUAL)
		become_guest(USUAL_BOUND);
	else if (pass == GENEROUS)
		become_guest(~0ULL);
	if (write(ready, "", 1) != 1 || read(go, &c, 1) != 1)
		_exit(3);
	fcntl(out, F_SETFD, 0);
	snprintf(a, sizeof(a), "%d", pass);
	snprintf(b, sizeof(b), "%d", out);
	execl("/escape", "/escape", "--run", a, b, NULL);
	_exit(3);
}

/* One run of all cases; false if it did not come to its end. */
static bool pass_over(enum pass pass, struct result *results)
{
	int fds[2], ready[2], go[2];
	long i;
	char c;
	pid_t pid;

	need(pipe2(fds, O_CLOEXEC) == 0 && pipe2(ready, O_CLOEXEC) == 0 &&
	     pipe2(go, O_CLOEXEC) == 0, "pipe");
	pid = fork();
	if (pid == 0)
		start_run(pass, ready[1], go[0], fds[1]);
	close(fds[1]);
	close(ready[1]);
	close(go[0]);
	need(read(ready[0], &c, 1) == 1, "the guest");
	env.bait = make_bait(pass == USUAL || pass == GENEROUS);
	put_file(below("etc/env"), &env, sizeof(env));
	need(write(go[1], "", 1) == 1, "start");
	for (i = 0; i < N_CASES; i++)
		if (read(fds[0], &results[i], sizeof(*results)) != sizeof(*results))
			break;
	close(fds[0]);
	close(ready[0]);
	close(go[1]);
	waitpid(pid, NULL, 0);
	if (kill(env.bait, SIGKILL) || waitpid(env.bait, NULL, 0) != env.bait)
		i = 0;		/* somebody got it */
	env.xid++;		/* the next pass gets a fresh number */
	return i == N_CASES;
}

static bool as_expected(const struct escape_case *c, const struct result *r)
{
	return r->verdict == REFUSED && r->error == c->refusal;
}

static void explain(const char *where, const struct escape_case *c,
		    const struct result *r)
{
	if (r->verdict == REACHED)
		ksft_print_msg("%s: GOT THROUGH: %s\n", where, c->what);
	else
		ksft_print_msg("%s: refused by \"%s\", expected \"%s\"\n", where,
			       strerror(r->error), strerror(c->refusal));
}

static void report(const struct escape_case *c, struct result *r[PASSES], long i)
{
	const struct result *control = c->control == CONTROL_CHROOT ?
				       &r[HOST_CHROOT][i] : &r[HOST_PIVOT][i];
	char name[128];
	bool ok = true;

	snprintf(name, sizeof(name), "%s.%s", c->family, c->name);
	if (c->control != CONTROL_NONE && control->verdict == UNAVAILABLE) {
		ksft_test_result_skip("%s: not in this kernel\n", name);
		return;
	}
	if (c->control != CONTROL_NONE && control->verdict != REACHED) {
		ksft_print_msg("%s: the control failed: %s\n", name,
			       strerror(control->error));
		ok = false;
	}
	for (int p = USUAL; p <= GENEROUS; p++) {
		if (!r[p][i].done || as_expected(c, &r[p][i]))
			continue;
		explain(p == USUAL ? "guest" : "guest with all capabilities", c, &r[p][i]);
		ok = false;
	}
	ksft_test_result(ok, "%s: %s\n", name, c->what);
}

static bool selected(const struct escape_case *c, const char *filter)
{
	size_t n = filter ? strcspn(filter, ".") : 0;

	if (!filter)
		return true;
	return strlen(c->family) == n && !strncmp(c->family, filter, n) &&
	       (!filter[n] || !strcmp(c->name, filter + n + 1));
}

int main(int argc, char **argv)
{
	struct result *r[PASSES];
	const char *filter = argc == 2 ? argv[1] : NULL;
	long n = 0;

	if (argc == 4 && !strcmp(argv[1], "--run"))
		return run(atoi(argv[2]), atoi(argv[3]));
	if (argc == 2 && !strcmp(argv[1], "--caps"))
		return caps();

	ksft_print_header();
	if (vserver(VCMD_get_version, 63, NULL) < 0 || geteuid())
		ksft_exit_skip("needs root and a vserver kernel\n");
	make_root();
	make_network();
	make_servers();
	make_other_guest();
	make_targets();

	for (long i = 0; i < N_CASES; i++)
		n += selected(__start_escape_cases[i], filter);
	ksft_set_plan(n);
	for (int p = 0; p < PASSES; p++) {
		r[p] = calloc(N_CASES, sizeof(**r));
		if (!r[p] || !pass_over(p, r[p]))
			ksft_exit_fail_msg("pass %d broke off\n", p);
		if (kill(env.victim, 0))
			ksft_exit_fail_msg("pass %d killed the host process\n", p);
	}
	for (long i = 0; i < N_CASES; i++)
		if (selected(__start_escape_cases[i], filter))
			report(__start_escape_cases[i], r, i);

	if (env.key >= 0)
		syscall(SYS_keyctl, KEYCTL_UNLINK, env.key, KEY_SPEC_USER_KEYRING);
	shmctl(env.shm, IPC_RMID, NULL);
	nd_remove(ESCAPE_DEV);
	nd_remove(HIDDEN_DEV);
	umount2(base, MNT_DETACH);
	rmdir(base);
	ksft_finished();
}
