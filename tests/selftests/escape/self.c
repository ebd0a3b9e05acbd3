// SPDX-License-Identifier: GPL-2.0-only
/* The own cage: vserver(2), capabilities by exec. */
#include "escape.h"
#include <linux/capability.h>
#include <sys/sendfile.h>
#include <sys/xattr.h>

#define FAMILY "self"

/* A guest aims at itself, the host at another guest. */
static unsigned int target(const struct escape_env *env)
{
	return env->confined ? env->xid : env->other;
}

ESCAPE_CASE_ALWAYS(migrate_host, EPERM, "migrate back to the host")
{
	struct vcmd_ctx_migrate arg = { 0 };

	/* there is no such way, not even for the host: the control is another */
	return verdict(vserver(VCMD_ctx_migrate, env->confined ? 0 : env->other, &arg));
}

ESCAPE_CASE_ALWAYS(migrate_guest, EPERM, "migrate into another guest")
{
	struct vcmd_ctx_migrate arg = { 0 };

	return verdict(vserver(VCMD_ctx_migrate, env->other, &arg));
}

ESCAPE_CASE_ALWAYS(migrate_watch, EPERM, "become the spectator")
{
	return verdict(vserver(VCMD_ctx_migrate, 1, NULL));
}

ESCAPE_CASE_ALWAYS(create, EPERM, "create a context of the own")
{
	struct vcmd_ctx_create arg = { .flagword = VXF_INIT_SET };

	return verdict(vserver(VCMD_ctx_create, 60001, &arg));
}

ESCAPE_CASE_ALWAYS(bcaps, EPERM, "raise the capability bound")
{
	struct vcmd_bcaps arg = { .bcaps = ~0ULL, .bmask = 1 };

	return verdict(vserver(VCMD_set_bcaps, target(env), &arg));
}

ESCAPE_CASE_ALWAYS(ccaps, EPERM, "raise the context capabilities")
{
	struct vcmd_ccaps_v1 arg = { .caps = ~0ULL, .mask = VXC_SYSLOG };

	return verdict(vserver(VCMD_set_ccaps, target(env), &arg));
}

ESCAPE_CASE_ALWAYS(umask, EPERM, "allow itself namespaces")
{
	struct vcmd_umask arg = { .value = ~0ULL, .mask = CLONE_NEWUSER };

	return verdict(vserver(VCMD_set_umask, target(env), &arg));
}

ESCAPE_CASE_ALWAYS(setup, EPERM, "go back to the set-up phase")
{
	struct vcmd_flags arg = { .flagword = ~0ULL, .mask = VXF_STATE_SETUP };

	return verdict(vserver(VCMD_set_cflags, target(env), &arg));
}

ESCAPE_CASE_ALWAYS(kill_guest, EPERM, "signal the members of another guest")
{
	struct vcmd_ctx_kill arg = { .pid = 0, .sig = 0 };

	return verdict(vserver(VCMD_ctx_kill, env->other, &arg));
}

ESCAPE_CASE_ALWAYS(enter_space, EPERM, "enter the spaces of another guest")
{
	int ret = verdict(vserver(VCMD_enter_space, env->other, NULL));

	/* it stored none: that is how far the host gets */
	return ret == REFUSED && errno == EINVAL ? REACHED : ret;
}

ESCAPE_CASE_ALWAYS(info, EPERM, "ask about another guest")
{
	struct vcmd_vx_info arg;

	return verdict(vserver(VCMD_vx_info, env->other, &arg));
}

ESCAPE_CASE_ALWAYS(attributes, EPERM, "open a hidden file of /proc")
{
	struct vcmd_iattr_v1 arg = {
		.name = "/proc/uptime", .flags = 0, .mask = IATTR_HIDE,
	};

	return verdict(vserver(VCMD_set_iattr, 0, &arg));
}

/* Exec ------------------------------------------------------------------------ */

static int copy_program(const char *to)
{
	int in = open("/escape", O_RDONLY | O_CLOEXEC);
	int out = open(to, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0755);
	struct stat st;
	off_t off = 0;

	if (in < 0 || out < 0 || fstat(in, &st))
		return -1;
	while (off < st.st_size)
		if (sendfile(out, in, &off, st.st_size - off) <= 0)
			return -1;
	close(in);
	return close(out);
}

/* "escape --caps" exits with 1 if it could mount, see main.c. */
static int run_as_user(const char *program)
{
	int status;
	pid_t pid = fork();

	if (pid == 0) {
		if (setgid(1000) || setuid(1000))
			_exit(3);
		execl(program, program, "--caps", NULL);
		_exit(errno == EPERM ? 0 : 3);
	}
	waitpid(pid, &status, 0);
	if (!WIFEXITED(status) || WEXITSTATUS(status) > 1)
		return UNAVAILABLE;
	return WEXITSTATUS(status) ? REACHED : refused(0);
}

ESCAPE_CASE(setuid_root, 0, "regain capabilities by a setuid program")
{
	unlink("/tmp/suid");
	if (copy_program("/tmp/suid") || chmod("/tmp/suid", 04755))
		return UNAVAILABLE;
	return run_as_user("/tmp/suid");
}

ESCAPE_CASE(file_caps, 0, "regain capabilities by a program's file capabilities")
{
	struct vfs_cap_data data = {
		.magic_etc = VFS_CAP_REVISION_2 | VFS_CAP_FLAGS_EFFECTIVE,
		.data[0].permitted = 1U << CAP_SYS_ADMIN,
	};

	unlink("/tmp/fcap");
	if (copy_program("/tmp/fcap") ||
	    setxattr("/tmp/fcap", "security.capability", &data, sizeof(data), 0))
		return verdict(-1);
	return run_as_user("/tmp/fcap");
}

ESCAPE_CASE(capset, EPERM, "set a dropped capability again")
{
	struct __user_cap_header_struct hdr = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct d[2];

	if (syscall(SYS_capget, &hdr, d))
		return REFUSED;
	d[0].permitted |= 1U << CAP_SYS_ADMIN;
	d[0].effective |= 1U << CAP_SYS_ADMIN;
	return verdict(syscall(SYS_capset, &hdr, d));
}
