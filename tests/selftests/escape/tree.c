// SPDX-License-Identifier: GPL-2.0-only
/* Out of the file tree. */
#include "escape.h"
#include <linux/mount.h>

#define FAMILY "tree"

static int climb_and_look(const struct escape_env *env)
{
	for (int i = 0; i < 64; i++)
		if (chdir(".."))
			break;
	if (chroot("."))
		return REFUSED;
	return holds_secret(env, open(env->path, O_RDONLY | O_CLOEXEC));
}

ESCAPE_CASE_CHROOT(double_chroot, ENOENT,
	"chroot into a subdirectory, climb from the old working directory")
{
	mkdir("/tmp/sub", 0755);
	if (chroot("/tmp/sub"))
		return REFUSED;
	return climb_and_look(env);
}

ESCAPE_CASE_CHROOT(fchdir_chroot, ENOENT,
	"chroot into a subdirectory, climb from a directory kept open")
{
	int fd = open("/", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	mkdir("/tmp/sub", 0755);
	if (fd < 0 || chroot("/tmp/sub") || chdir("/") || fchdir(fd))
		return REFUSED;
	return climb_and_look(env);
}

/* A directory that leaves the root of the process sitting in it. */
ESCAPE_CASE_CHROOT(rename_out, ENOENT,
	"sit deep in a chroot, have the directory moved out of it, climb")
{
	int status;
	pid_t pid;

	mkdir("/tmp/a", 0755);
	mkdir("/tmp/a/b", 0755);
	rmdir("/tmp/moved");
	pid = fork();
	if (pid == 0) {
		if (chroot("/tmp/a") || chdir("/b"))
			_exit(REFUSED);
		raise(SIGSTOP);
		_exit(climb_and_look(env) == REACHED ? REACHED : errno + 10);
	}
	waitpid(pid, NULL, WUNTRACED);
	if (rename("/tmp/a/b", "/tmp/moved"))
		return UNAVAILABLE;
	kill(pid, SIGCONT);
	waitpid(pid, &status, 0);
	return WEXITSTATUS(status) == REACHED ? REACHED :
	       refused(WEXITSTATUS(status) - 10);
}

ESCAPE_CASE_ALWAYS(proc_root, ENOENT, "the root link of a host process")
{
	char path[192];

	snprintf(path, sizeof(path), "root%s", env->path);
	return holds_secret(env, open_proc(env->victim, path, O_RDONLY));
}

ESCAPE_CASE_ALWAYS(proc_cwd, ENOENT, "the working directory of a host process")
{
	return verdict(open_proc(env->victim, "cwd/.", O_RDONLY));
}

ESCAPE_CASE_ALWAYS(proc_fd, ENOENT, "an open file of a host process")
{
	return verdict(open_proc(env->victim, "fd/0", O_RDONLY));
}

ESCAPE_CASE_ALWAYS(proc_exe, ENOENT, "the program of a host process, for writing")
{
	int ret = verdict(open_proc(env->victim, "exe", O_WRONLY));

	/* a running program cannot be written: the host got as far as that */
	return ret == REFUSED && errno == ETXTBSY ? REACHED : ret;
}

ESCAPE_CASE_ALWAYS(proc_1_root, 0, "the root link of process 1")
{
	struct stat st;

	if (stat("/proc/1/root/.", &st))
		return REFUSED;
	return st.st_dev == env->root_dev && st.st_ino == env->root_ino ?
	       REACHED : refused(0);
}

ESCAPE_CASE_ALWAYS(file_handle, EPERM, "a file by its handle (the shocker exploit)")
{
	struct {
		struct file_handle h;
		char space[128];
	} f = { .h.handle_bytes = 128 };
	int id, fd = open("/", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (name_to_handle_at(AT_FDCWD, "/etc/env", &f.h, &id, 0))
		return UNAVAILABLE;
	return verdict(open_by_handle_at(fd, &f.h, O_RDONLY));
}

ESCAPE_CASE_ALWAYS(file_handle_32, EPERM, "the same by the 32-bit entry")
{
	static struct {
		struct file_handle h;
		char space[128];
	} f = { .h.handle_bytes = 128 };
	int id, fd = open("/", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (name_to_handle_at(AT_FDCWD, "/etc/env", &f.h, &id, 0))
		return UNAVAILABLE;
	return verdict(call32(342, fd, (long)&f.h, O_RDONLY));
}

ESCAPE_CASE_ALWAYS(fsopen_32, EPERM, "a new file system by the 32-bit entry")
{
	static char type[] = "tmpfs";

	return verdict(call32(430, (long)type, 0, 0));
}

ESCAPE_CASE_ALWAYS(disk_node, EPERM, "a device node of the disk the host lives on")
{
	unlink("/tmp/disk");
	return verdict(mknod("/tmp/disk", S_IFBLK | 0600, env->root_dev));
}

ESCAPE_CASE_ALWAYS(mem_node, EPERM, "a device node of the machine's memory")
{
	unlink("/tmp/mem");
	return verdict(mknod("/tmp/mem", S_IFCHR | 0600, 0x101));
}

ESCAPE_CASE_ALWAYS(kmsg_node, EPERM, "a device node of the kernel log")
{
	unlink("/tmp/kmsg");
	return verdict(mknod("/tmp/kmsg", S_IFCHR | 0600, 0x10b));
}

/* Mounts --------------------------------------------------------------------- */

#define MOUNT_CASE(_kind, _type, _data) \
	ESCAPE_CASE##_kind(mount_##_type, EPERM, "mount: " #_type) \
	{ \
		return verdict(mount("none", "/mnt", #_type, 0, _data)); \
	}

MOUNT_CASE(, tmpfs, NULL)
MOUNT_CASE(, proc, NULL)
MOUNT_CASE(_ALWAYS, sysfs, NULL)
MOUNT_CASE(_ALWAYS, devtmpfs, NULL)
MOUNT_CASE(_ALWAYS, cgroup, "none,name=escape")
MOUNT_CASE(_ALWAYS, cgroup2, NULL)
MOUNT_CASE(_ALWAYS, debugfs, NULL)
MOUNT_CASE(_ALWAYS, securityfs, NULL)
MOUNT_CASE(_ALWAYS, binfmt_misc, NULL)

ESCAPE_CASE(mount_overlay, EPERM, "mount an overlay")
{
	mkdir("/tmp/up", 0755);
	mkdir("/tmp/work", 0755);
	return verdict(mount("none", "/mnt", "overlay", 0,
			     "lowerdir=/etc,upperdir=/tmp/up,workdir=/tmp/work"));
}

ESCAPE_CASE(mount_bind, EPERM, "bind mount the root of a host process")
{
	char from[64];

	snprintf(from, sizeof(from), "/proc/%d/root", env->confined ? 1 : getpid());
	return verdict(mount(from, "/mnt", NULL, MS_BIND, NULL));
}

ESCAPE_CASE_ALWAYS(remount, EPERM, "lift the flags of a mount")
{
	return verdict(mount(NULL, "/locked", NULL, MS_REMOUNT | MS_BIND, NULL));
}

ESCAPE_CASE(propagate, EPERM, "make the root receive mounts of others")
{
	return verdict(mount(NULL, "/", NULL, MS_SHARED, NULL));
}

ESCAPE_CASE(umount, EPERM, "take a mount away that covers something")
{
	return verdict(umount2("/proc", MNT_DETACH));
}

ESCAPE_CASE_ALWAYS(open_tree, EPERM, "clone the root as a detached mount")
{
	return verdict(syscall(SYS_open_tree, AT_FDCWD, "/", OPEN_TREE_CLONE));
}

ESCAPE_CASE_ALWAYS(fsopen, EPERM, "a new file system by the new mount calls")
{
	return verdict(syscall(SYS_fsopen, "tmpfs", 0));
}

ESCAPE_CASE_ALWAYS(fsmount, EPERM, "the host's device nodes by a mount's descriptor")
{
	int fs = syscall(SYS_fsopen, "devtmpfs", 0);

	if (fs < 0 || syscall(SYS_fsconfig, fs, 6 /* CMD_CREATE */, NULL, NULL, 0))
		return verdict(-1);
	return verdict(syscall(SYS_fsmount, fs, 0, 0));
}

ESCAPE_CASE_ALWAYS(fspick, EPERM, "reconfigure the root's file system")
{
	return verdict(syscall(SYS_fspick, AT_FDCWD, "/", 0));
}

ESCAPE_CASE_ALWAYS(mount_setattr, EPERM, "change mount attributes")
{
	struct mount_attr attr = { .attr_clr = MOUNT_ATTR_NODEV };

	return verdict(syscall(SYS_mount_setattr, AT_FDCWD, "/locked", 0, &attr,
			       sizeof(attr)));
}

ESCAPE_CASE(list_mounts, ENOENT, "the mounts of the host's namespace")
{
	struct {
		__u32 size, spare;
		__u64 mnt_id, param, mnt_ns_id;
	} req = { sizeof(req), 0, ~0ULL /* LSMT_ROOT */, 0, env->mnt_ns };
	__u64 ids[16];

	if (!env->mnt_ns)
		return UNAVAILABLE;
	return verdict(syscall(458 /* listmount */, &req, ids, 16, 0));
}

ESCAPE_CASE_ALWAYS(pivot_root, EPERM, "swap the root directory")
{
	if (!env->confined && (unshare(CLONE_NEWNS) ||
			       mount("none", "/mnt", "tmpfs", 0, NULL)))
		return UNAVAILABLE;
	mkdir("/mnt/old", 0755);
	return verdict(syscall(SYS_pivot_root, "/mnt", "/mnt/old"));
}
