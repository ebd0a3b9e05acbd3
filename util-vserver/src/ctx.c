// SPDX-License-Identifier: GPL-2.0-only
/* Creating and entering contexts: see ctx.h. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <unistd.h>

#include "config/config.h"
#include "guest/user.h"
#include "ctx.h"
#include "tool.h"

#define SPACE_ROOT	(CLONE_NEWNS | CLONE_FS)

/* The first free id, from a place that differs between processes. */
static int create_free(void)
{
	uint32_t n = CTX_FREE_LAST - CTX_FREE_FIRST + 1;
	uint32_t start = (uint32_t)getpid() % n;
	int r = -1;

	for (uint32_t i = 0; i < n; i++) {
		r = vc_ctx_create(CTX_FREE_FIRST + (start + i) % n, VXF_INIT_SET);
		if (r >= 0 || (errno != EEXIST && errno != EBUSY))
			return r;
	}
	return r;
}

bool ctx_create(uint32_t *xid)
{
	int r = *xid == VX_ID_DYNAMIC ? create_free() : vc_ctx_create(*xid, VXF_INIT_SET);

	if (r < 0 && errno == EEXIST)
		return false;
	if (r < 0 && errno == EBUSY)
		die("vc_ctx_create(): context %" PRIu32 " is still being set up: %s", *xid,
		    strerror(errno));
	if (r < 0)
		die_vc("vc_ctx_create");
	*xid = (uint32_t)r;
	return true;
}

void ctx_announce(uint32_t xid)
{
	printf("New security context is %" PRIu32 "\n", xid);
	tool_flush();
}

void ctx_clear_state(uint32_t xid, bool init, bool setup)
{
	uint64_t mask = (init ? VXF_STATE_INIT : 0) | (setup ? VXF_STATE_SETUP : 0);

	if (mask && vc_set_cflags(xid, 0, mask) < 0)
		die_vc("vc_set_cflags");
}

void ctx_migrate(uint32_t xid, bool init)
{
	if (vc_ctx_migrate(xid, init ? VXM_SET_INIT | VXM_SET_REAPER : 0) < 0)
		die_vc("vc_ctx_migrate");
}

void ctx_chroot(void)
{
	if (chroot(".") < 0)
		die_errno("chroot");
	if (chdir("/") < 0)
		die_errno("/");
}

/* What isn't a mount point is mounted on itself: only such can be a root. */
static void clone_cwd(void)
{
	int fd = open_tree(AT_FDCWD, ".", OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | AT_RECURSIVE);

	if (fd < 0 || move_mount(fd, "", AT_FDCWD, ".", MOVE_MOUNT_F_EMPTY_PATH) < 0 ||
	    fchdir(fd) < 0)
		die_errno("mounting the new root on itself");
	close(fd);
}

static int pivot(void)
{
	return (int)syscall(SYS_pivot_root, ".", ".");
}

void ctx_pivot(uint32_t xid)
{
	if (vc_enter_space(xid, SPACE_ROOT, 1) >= 0)
		return;
	if (unshare(CLONE_NEWNS) < 0)
		die_errno("new mount namespace");
	/* Nothing that happens here may reach the host; its unmounts reach us. */
	if (mount(NULL, "/", NULL, MS_REC | MS_SLAVE, NULL) < 0)
		die_errno("propagation of mounts");
	if (pivot() < 0) {
		if (errno != EINVAL)
			die_errno("pivot_root");
		clone_cwd();
		if (pivot() < 0)
			die_errno("pivot_root");
	}
	/* The old root now covers the new one: no directory for it is needed inside. */
	if (umount2(".", MNT_DETACH) < 0)
		die_errno("detaching the old root");
	if (chdir("/") < 0)
		die_errno("/");
	if (vc_set_space(xid, SPACE_ROOT, 1) < 0)
		die_vc("vc_set_space");
}

int ctx_sync_connect(const char *path)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int fd;

	if (strlen(path) >= sizeof(address.sun_path))
		die("%s: %s", path, strerror(ENAMETOOLONG));
	strcpy(address.sun_path, path);
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0 || connect(fd, (struct sockaddr *)&address, sizeof(address)) < 0)
		die_errno("%s", path);
	return fd;
}

void ctx_sync(int fd, const char *message)
{
	size_t left = strlen(message);
	char sink[64];
	ssize_t n;

	for (; left; message += n, left -= (size_t)n) {
		n = send(fd, message, left, MSG_NOSIGNAL);
		if (n < 0 && errno != EINTR)
			die_errno("synchronization socket");
		if (n < 0)
			n = 0;
	}
	if (shutdown(fd, SHUT_WR) < 0)
		die_errno("synchronization socket");
	do
		n = read(fd, sink, sizeof(sink));
	while (n > 0 || (n < 0 && errno == EINTR));
	if (n < 0)
		die_errno("synchronization socket");
	close(fd);
}

void ctx_find_user(const char *who, struct user *user)
{
	int root = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);

	if (root < 0)
		die_errno("/");
	if (user_find(root, who, user) < 0)
		die("%s", cfg_error());
	close(root);
}

void ctx_become(const struct user *user)
{
	if (user_become(user) < 0)
		die("%s", cfg_error());
}
