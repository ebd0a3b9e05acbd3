// SPDX-License-Identifier: GPL-2.0-only
/* Sources of mounts whose way leads through a guest's root, by whatever name. */
#include <errno.h>
#include <limits.h>

#include "guest/source.h"
#include "tap.h"

static struct guest own = { .xid = 40000 };

static void link_to(const char *target, const char *path)
{
	if (symlink(target, path)) {
		printf("Bail out! %s\n", path);
		exit(1);
	}
}

/* What PATH, relative to the scratch directory, is; "" and errno if it can't be opened. */
static const char *at(const char *path, bool *of_guest)
{
	static char real[PATH_MAX], name[64], full[PATH_MAX];
	size_t top = strlen(tap_dir);
	ssize_t n;
	int fd;

	snprintf(full, sizeof(full), "%s/%s", tap_dir, path);
	errno = 0;
	fd = source_open(&own, *path == '=' ? path + 1 : full, of_guest);
	if (fd < 0)
		return "";
	snprintf(name, sizeof(name), "/proc/self/fd/%d", fd);
	n = readlink(name, real, sizeof(real) - 1);
	close(fd);
	real[n < 0 ? 0 : n] = '\0';
	return !strncmp(real, tap_dir, top) ? real + top : real;
}

static void opens(const char *path, const char *want, bool guest, const char *what)
{
	bool of_guest;

	is(at(path, &of_guest), want, what);
	ok(of_guest == guest, guest ? "of a guest" : "of the host");
}

static void host_paths(void)
{
	opens("host/file", "/host/file", false, "a file of the host");
	opens("host/link", "/host/file", false, "links of the host are followed");
	opens("host/../host/./dir//", "/host/dir", false, "dots and slashes");
	opens("=host/file", "/host/file", false, "a relative path");
	opens("guests", "/guests", false, "the directory of the guests itself");
	opens("host/missing", "", false, "a missing one");
	num(errno, ENOENT, "with its error");
	opens("host/loop", "", false, "a loop of links");
	num(errno, ELOOP, "with its error");
	opens("host/file/x", "", false, "below a file");
	num(errno, ENOTDIR, "with its error");
}

static void guest_paths(void)
{
	opens("guests/own/data", "/guests/own/data", true, "in the guest's own root");
	opens("guests/own", "/guests/own", true, "the root itself");
	opens("guests/own/evil", "/guests/own/host/file", true, "a link stays inside");
	opens("guests/own/up", "/guests/own/host/file", true, "so does ..");
	opens("guests/other/evil", "/guests/other/host/file", true, "in another guest's root");
	opens("elsewhere/far/evil", "/elsewhere/far/host/file", true, "in one kept elsewhere");
	opens("host/door", "/guests/other/host/file", true, "the way in by a link of the host");
	opens("host/..//guests/.//own//evil", "/guests/own/host/file", true, "by odd spelling");
	opens("guests/own/../../host/file", "/guests/own/host/file", true, "no way out again");
	opens("guests/own/nothing", "", true, "what isn't in the guest isn't on the host");
	num(errno, ENOENT, "with its error");
}

static void layers(void)
{
	char *text = NULL, want[512], name[PATH_MAX], real[PATH_MAX] = "";
	struct overlay *o;
	ssize_t n;

	snprintf(want, sizeof(want), "lowerdir=%s/host/dir:%s/host/a\\:b,index=off", tap_dir,
		 tap_dir);
	o = overlay_open(&own, want, &text);
	is(o ? text : NULL, want, "layers of the host keep their names");
	if (o)
		overlay_close(o);
	free(text);
	snprintf(want, sizeof(want), "lowerdir=%s/host/dir:%s/guests/own/evildir,xino=off", tap_dir,
		 tap_dir);
	o = overlay_open(&own, want, &text);
	has(o ? text : NULL, "/host/dir:/proc/self/fd/", "a guest's becomes a descriptor");
	has(o ? text : NULL, ",xino=off", "the rest stays");
	if (o) {
		snprintf(name, sizeof(name), "%s", strstr(text, "/proc/self"));
		*strchr(name, ',') = '\0';
		n = readlink(name, real, sizeof(real) - 1);
		real[n < 0 ? 0 : n] = '\0';
		has(real, "/guests/own/host/dir", "of what is inside");
		overlay_close(o);
		ok(readlink(name, real, sizeof(real)) < 0, "which is closed afterwards");
	}
	free(text);
	snprintf(want, sizeof(want), "upperdir=%s/guests/own/nothing", tap_dir);
	ok(!overlay_open(&own, want, &text), "a missing layer is an error");
	has(cfg_error(), "guests/own/nothing", "that names it");
}

int main(void)
{
	char root[PATH_MAX], base[PATH_MAX], far[PATH_MAX];

	tap_begin();
	snprintf(root, sizeof(root), "%s/guests/own", tap_dir);
	snprintf(base, sizeof(base), "%s/guests", tap_dir);
	snprintf(far, sizeof(far), "%s/elsewhere/far", tap_dir);
	setenv("VSERVER_CONFDIR", tap_dir, 1);
	put("host/file", "");
	put("host/dir/x", "");
	put("host/a:b/x", "");
	put("guests/own/data", "");
	put("guests/own/host/file", "");
	put("guests/own/host/dir/x", "");
	put("guests/other/host/file", "");
	put("elsewhere/far/host/file", "");
	put("far/name", "far");
	put(".defaults/x", "");
	link_to(base, ".defaults/vdirbase");
	link_to(far, "far/vdir");
	link_to("file", "host/link");
	link_to("loop", "host/loop");
	link_to("/host/file", "guests/own/evil");
	link_to("/host/dir", "guests/own/evildir");
	link_to("../../../host/file", "guests/own/up");
	link_to("/host/file", "guests/other/evil");
	link_to("../../../host/file", "elsewhere/far/evil");
	link_to("../guests/other/evil", "host/door");
	own.root = root;
	host_paths();
	guest_paths();
	layers();
	return tap_end();
}
