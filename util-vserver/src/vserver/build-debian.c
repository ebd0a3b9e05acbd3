// SPDX-License-Identifier: GPL-2.0-only
/*
 * What a Debian guest with System V init needs: it has no machine of its own, so nothing in
 * it checks, mounts or unmounts disks, sets clocks, loads modules or watches consoles. Its
 * root is mounted before it starts, and mounting is denied.
 *
 * Start links become stop links of the same number: that is how Debian's tools remember that
 * an admin switched a script off. Stop links of such scripts go.
 */
#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "build.h"

#define INITTAB_MAX	(256u << 10)

/*
 * Scripts that only make sense on a machine. halt and reboot are none of them: what they ask
 * the kernel for ends or restarts the guest, and during a stop just ends it.
 */
static const char *const machine_scripts[] = {
	"bootlogs", "brightness", "checkfs.sh", "checkroot.sh", "console-setup.sh", "eudev",
	"hwclock.sh", "keyboard-setup.sh", "kmod", "mount-configfs", "mountall.sh",
	"mountdevsubfs.sh", "mountkernfs.sh", "mountnfs.sh", "networking", "procps", "udev",
	"umountfs", "umountnfs.sh", "umountroot", "urandom",
};

static bool unwanted(const char *script)
{
	for (size_t i = 0; i < sizeof(machine_scripts) / sizeof(*machine_scripts); i++)
		if (!strcmp(script, machine_scripts[i]))
			return true;
	return false;
}

/* LINK is S12name or K12name in the directory of one runlevel. */
static int disable_link(int dir, const char *link, bool keep)
{
	char off[NAME_MAX + 1];

	if (link[0] == 'K' && keep)
		return 0;
	if (link[0] == 'S') {
		snprintf(off, sizeof(off), "K%s", link + 1);
		if (!renameat(dir, link, dir, off))
			return 0;
	}
	return unlinkat(dir, link, 0);
}

static int trim_runlevel(struct build *b, char level)
{
	char path[] = "etc/rc?.d";
	struct dirent *e;
	int fd, ret = 0;
	DIR *dir;

	path[6] = level;
	fd = build_open_dir(b->rootfd, path);
	if (fd < 0)
		return errno == ENOENT ? 0 : build_fail_errno(b, "%s", path);
	dir = fdopendir(fd);
	if (!dir) {
		close(fd);
		return build_fail_errno(b, "%s", path);
	}
	while (!ret && (e = readdir(dir))) {
		const char *n = e->d_name;

		if ((n[0] != 'S' && n[0] != 'K') || !isdigit((unsigned char)n[1]) ||
		    !isdigit((unsigned char)n[2]) || !unwanted(n + 3))
			continue;
		/* in 0 and 6 a stop link runs; elsewhere it means "off" */
		if (disable_link(fd, n, level != '0' && level != '6'))
			ret = build_fail_errno(b, "%s/%s", path, n);
	}
	closedir(dir);
	return ret;
}

/* Start of field N of a line with colons, NULL if it has fewer. */
static const char *field(const char *line, int n)
{
	while (line && n--) {
		line = strchr(line, ':');
		if (line)
			line++;
	}
	return line;
}

/*
 * id:levels:action:process. Consoles, keyboards and power supplies are the host's. But for
 * ctrlaltdel: that is what init does on SIGINT, and so how `vserver stop` asks it to end.
 */
static bool console_line(const char *line)
{
	static const char *const actions[] = {
		"kbrequest", "powerwait", "powerfail", "powerokwait",
		"powerfailnow",
	};
	const char *action = field(line, 2), *process = field(line, 3);

	if (*line == '#' || !process)
		return false;
	for (size_t i = 0; i < sizeof(actions) / sizeof(*actions); i++)
		if (strlen(actions[i]) == (size_t)(process - action - 1) &&
		    !strncmp(action, actions[i], strlen(actions[i])))
			return true;
	return strstr(process, "getty");
}

static int write_lines(FILE *out, char *text)
{
	for (char *line = text, *next; line && *line; line = next) {
		next = strchr(line, '\n');
		if (next)
			*next++ = '\0';
		if (fprintf(out, "%s%s\n", console_line(line) ? "#vserver# " : "", line) < 0)
			return -1;
	}
	return 0;
}

/* All of it, or NULL. */
static char *read_text(int fd, size_t size)
{
	char *text = malloc(size + 1);
	size_t used = 0;
	ssize_t n = 1;

	while (text && used < size && n > 0) {
		n = read(fd, text + used, size - used);
		used += n > 0 ? (size_t)n : 0;
	}
	if (n < 0) {
		free(text);
		return NULL;
	}
	if (text)
		text[used] = '\0';
	return text;
}

/* The file is small; a hostile template can't make us read more than a bit of it. */
static char *read_small(int dir, const char *name, mode_t *mode)
{
	int fd = openat(dir, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC), err = EFBIG;
	struct stat st;
	char *text = NULL;

	if (fd < 0)
		return NULL;
	if (!fstat(fd, &st) && S_ISREG(st.st_mode) && st.st_size <= INITTAB_MAX) {
		text = read_text(fd, (size_t)st.st_size);
		err = errno;
		*mode = st.st_mode & 07777;
	}
	close(fd);
	errno = err;
	return text;
}

/* Writes NAME anew beside the old one and puts it in place. */
static int replace_file(int dir, const char *name, mode_t mode, char *text,
			int (*print)(FILE *out, char *text))
{
	char tmp[] = ".vserver-build";
	int fd = openat(dir, tmp, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	FILE *out = fd < 0 ? NULL : fdopen(fd, "w");
	int ret;

	if (!out)
		return -1;
	ret = print(out, text) || fchmod(fd, mode) ? -1 : 0;
	if (fclose(out) || ret)
		return -1;
	return renameat(dir, tmp, dir, name);
}

static bool has_console_lines(const char *text)
{
	for (const char *line = text; line; line = strchr(line, '\n')) {
		char *copy;
		bool yes;

		line += *line == '\n';
		copy = build_printf("%.*s", (int)strcspn(line, "\n"), line);
		yes = console_line(copy);
		free(copy);
		if (yes)
			return true;
	}
	return false;
}

static int edit_inittab(struct build *b, int etc)
{
	mode_t mode = 0644;
	char *text = read_small(etc, "inittab", &mode);
	int ret = 0;

	if (!text)
		return errno == ENOENT ? 0 : build_fail_errno(b, "etc/inittab");
	if (has_console_lines(text))
		ret = replace_file(etc, "inittab", mode, text, write_lines);
	free(text);
	return ret ? build_fail_errno(b, "etc/inittab") : 0;
}

static int print_line(FILE *out, char *text)
{
	return fprintf(out, "%s\n", text) < 0 ? -1 : 0;
}

/* Bootstrap tools copy the build machine's name. */
static int write_hostname(struct build *b, int etc)
{
	const char *host = b->o.hostname ? b->o.hostname : b->name;
	char *hosts;
	int ret;

	for (const char *p = host; *p; p++)
		if (!isalnum((unsigned char)*p) && !strchr(".-", *p))
			return 0;	/* a guest may be called anything, a host may not */
	if (replace_file(etc, "hostname", 0644, (char *)host, print_line))
		return build_fail_errno(b, "etc/hostname");
	if (!faccessat(etc, "hosts", F_OK, AT_SYMLINK_NOFOLLOW))
		return 0;
	hosts = build_printf("127.0.0.1\tlocalhost\n127.0.1.1\t%s\n::1\tlocalhost", host);
	ret = replace_file(etc, "hosts", 0644, hosts, print_line);
	free(hosts);
	return ret ? build_fail_errno(b, "etc/hosts") : 0;
}

/* --- ssh ----------------------------------------------------------------------------- */

/* Sourced by the init script of sshd before it starts the daemon. */
static const char make_keys[] =
	"\n# added by vserver build: keys are made on the first start of this guest\n"
	"if ! ls /etc/ssh/ssh_host_*_key > /dev/null 2>&1; then\n"
	"\tfor type in ed25519 ecdsa; do\n"
	"\t\tssh-keygen -q -t \"$type\" -N '' -f \"/etc/ssh/ssh_host_${type}_key\"\n"
	"\tdone\n"
	"fi\n";

/* A clone of such a guest has them already. */
static bool has_key_lines(int fd)
{
	char text[8192];
	ssize_t n = pread(fd, text, sizeof(text) - 1, 0);

	text[n > 0 ? n : 0] = '\0';
	return strstr(text, make_keys + 1);
}

static int remove_keys(struct build *b, int fd)
{
	DIR *dir = fdopendir(fd);
	struct dirent *e;
	int ret = 0;

	if (!dir) {
		close(fd);
		return build_fail_errno(b, "etc/ssh");
	}
	while (!ret && (e = readdir(dir)))
		if (!strncmp(e->d_name, "ssh_host_", 9) && strstr(e->d_name, "_key"))
			ret = unlinkat(fd, e->d_name, 0);
	closedir(dir);
	return ret ? build_fail_errno(b, "etc/ssh: host keys") : 0;
}

/*
 * Guests from one archive, or a guest and its clone, must not have the same host keys: who
 * is root in one could pass for the other.
 */
static int renew_ssh_keys(struct build *b)
{
	int dir = build_open_dir(b->rootfd, "etc/ssh"), etc, fd, ret = 0;

	if (dir < 0)
		return errno == ENOENT ? 0 : build_fail_errno(b, "etc/ssh");
	if (remove_keys(b, dir))
		return -1;
	etc = build_open_dir(b->rootfd, "etc/default");
	fd = etc < 0 ? -1 : openat(etc, "ssh", O_RDWR | O_APPEND | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	if (fd >= 0 && !has_key_lines(fd) &&
	    write(fd, make_keys, sizeof(make_keys) - 1) != (ssize_t)sizeof(make_keys) - 1)
		ret = build_fail_errno(b, "etc/default/ssh");
	if (fd >= 0)
		close(fd);
	if (etc >= 0)
		close(etc);
	return ret;
}

/**
 * build_debian() - prepare a Debian guest
 * @b: the build
 *
 * Does nothing in a root without etc/debian_version.
 */
int build_debian(struct build *b)
{
	int etc = build_open_dir(b->rootfd, "etc"), ret = 0;

	if (etc < 0)
		return build_fail_errno(b, "etc");
	if (!faccessat(etc, "debian_version", F_OK, AT_SYMLINK_NOFOLLOW)) {
		for (const char *l = "0123456S"; !ret && *l; l++)
			ret = trim_runlevel(b, *l);
		ret = ret || edit_inittab(b, etc) || write_hostname(b, etc) ? -1 : 0;
		if (!ret && b->method->new_identity)
			ret = renew_ssh_keys(b);
	}
	close(etc);
	return ret;
}
