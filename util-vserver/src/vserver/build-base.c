// SPDX-License-Identifier: GPL-2.0-only
/*
 * What every guest has in its root, whatever filled it: directories to mount on, the
 * standard device nodes, a few files of /etc. And access to .distributions.
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "config/config.h"
#include "guest/inroot.h"
#include "build.h"

/* --- .distributions ------------------------------------------------------------------ */

/**
 * build_dist_path() - path of a distribution's file
 * @b: the build
 * @file: name below the distribution's directory
 *
 * Looks at CONFDIR/.distributions/DIST, the shipped distributions/DIST and the shipped
 * defaults, in this order. NULL: there is none. The caller frees it.
 */
char *build_dist_path(const struct build *b, const char *file)
{
	char *paths[3] = { }, *found = NULL;
	int n = 0;

	if (b->dist) {
		paths[n++] = build_printf("%s/.distributions/%s/%s", cfg_confdir(), b->dist, file);
		paths[n++] = build_printf("%s/distributions/%s/%s", cfg_datadir(), b->dist, file);
	}
	paths[n++] = build_printf("%s/defaults/%s", cfg_datadir(), file);
	for (int i = 0; i < n; i++) {
		if (!found && !access(paths[i], R_OK))
			found = paths[i];
		else
			free(paths[i]);
	}
	return found;
}

int build_dist_open(const struct build *b, const char *file)
{
	char *path = build_dist_path(b, file);
	int fd = path ? open(path, O_RDONLY | O_CLOEXEC) : -1;

	if (!path)
		errno = ENOENT;
	free(path);
	return fd;
}

/**
 * build_dist_script() - run initpre or initpost of the distribution
 * @b: the build
 * @which: file name
 *
 * Called with the configuration directory and the shell file of path variables.
 */
int build_dist_script(struct build *b, const char *which)
{
	char *path = build_dist_path(b, which), *vars;
	int ret = 0;

	if (!path)
		return 0;
	vars = build_printf("%s/util-vserver-vars", cfg_libexecdir());
	if (!access(path, X_OK))
		ret = build_run(b, b->confpath, (char *[]){ path, b->confpath, vars, NULL });
	else
		build_warn(b, "%s is not executable, not run", path);
	free(vars);
	free(path);
	return ret;
}

/* --- device nodes -------------------------------------------------------------------- */

struct node {
	const char *name;
	char type;			/* c b d f l */
	unsigned int major, minor;
	mode_t mode;
	const char *target;
};

/* "name c|b major minor mode", "name d mode", "name f mode", "name l target mode" */
static int parse_node(char *line, struct node *n)
{
	char *save, *word[6] = { }, *mode, *end;
	int count = 0;

	for (char *w = strtok_r(line, " \t\r\n", &save); w && count < 6;
	     w = strtok_r(NULL, " \t\r\n", &save))
		word[count++] = w;
	if (count < 3 || strchr(word[0], '/') || word[0][0] == '.' || word[1][1])
		return -1;
	n->name = word[0];
	n->type = word[1][0];
	if (count != (strchr("cb", n->type) ? 5 : n->type == 'l' ? 4 :
		      strchr("df", n->type) ? 3 : -1))
		return -1;
	mode = word[count - 1];
	n->mode = (mode_t)strtoul(mode, &end, 8);
	if (*end || n->mode > 07777)
		return -1;
	n->target = n->type == 'l' ? word[2] : NULL;
	if (count == 5) {
		n->major = (unsigned int)strtoul(word[2], &end, 0);
		if (*end)
			return -1;
		n->minor = (unsigned int)strtoul(word[3], &end, 0);
		if (*end)
			return -1;
	}
	return 0;
}

static int make_node(int dev, const struct node *n)
{
	int ret;

	switch (n->type) {
	case 'l':
		return symlinkat(n->target, dev, n->name);
	case 'd':
		ret = mkdirat(dev, n->name, n->mode);
		break;
	case 'f':
		ret = mknodat(dev, n->name, S_IFREG | n->mode, 0);
		break;
	default:
		ret = mknodat(dev, n->name, (n->type == 'c' ? S_IFCHR : S_IFBLK) | n->mode,
			      makedev(n->major, n->minor));
	}
	/* EEXIST keeps the node of the source with its mode */
	return ret ? ret : fchmodat(dev, n->name, n->mode, 0);
}

static int make_nodes(struct build *b, int dev, FILE *f, const char *path)
{
	char *line = NULL;
	unsigned int number = 0;
	size_t size = 0;
	int ret = 0;

	while (!ret && getline(&line, &size, f) >= 0) {
		struct node n = { };
		char *p = line + strspn(line, " \t\r\n");

		number++;
		if (!*p || *p == '#')
			continue;
		if (parse_node(p, &n))
			ret = build_fail(b, "%s:%u: not a device node", path, number);
		else if (make_node(dev, &n) && errno != EEXIST)
			ret = build_fail_errno(b, "dev/%s", n.name);
	}
	free(line);
	return ret;
}

static int make_dev(struct build *b)
{
	char *path = build_dist_path(b, "devs");
	FILE *f = path ? fopen(path, "re") : NULL;
	int dev = -1, ret = -1;

	if (!f) {
		build_fail_errno(b, "list of device nodes %s/defaults/devs", cfg_datadir());
		goto out;
	}
	dev = build_open_dir(b->rootfd, "dev");
	if (dev < 0) {
		build_fail_errno(b, "%s/dev", b->rootpath);
		goto out;
	}
	if (b->method->fresh_dev && !b->nodevsanity && remove_below(dev, NULL, NULL)) {
		build_fail_errno(b, "clearing %s/dev", b->rootpath);
		goto out;
	}
	if (mkdirat(dev, "pts", 0755) && errno != EEXIST)
		build_fail_errno(b, "dev/pts");
	else
		ret = make_nodes(b, dev, f, path);
out:
	if (dev >= 0)
		close(dev);
	if (f)
		fclose(f);
	free(path);
	return ret;
}

/* --- files of /etc ------------------------------------------------------------------- */

static char *seed_source(const struct build *b, const char *name)
{
	char *path = build_printf("%s/.defaults/files/%s", cfg_confdir(), name), *key;

	if (!access(path, R_OK))
		return path;
	free(path);
	key = build_printf("files/%s", name);
	path = build_dist_path(b, key);
	free(key);
	if (!path && !strcmp(name, "resolv.conf"))
		path = strdup("/etc/resolv.conf");
	return path;
}

/* A file that the guest has, even a dangling link, is the guest's business. */
static int seed_file(struct build *b, int etc, const char *name)
{
	char *from = seed_source(b, name);
	int in = from ? open(from, O_RDONLY | O_CLOEXEC) : -1, out, ret = 0;
	struct stat st;

	free(from);
	if (in < 0)
		return 0;
	if (!fstat(in, &st) && S_ISREG(st.st_mode) && st.st_size) {
		out = openat(etc, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0644);
		if (out >= 0) {
			ret = build_copy_data(in, out, st.st_size);
			close(out);
		} else if (errno != EEXIST) {
			ret = -1;
		}
	}
	close(in);
	return ret ? build_fail_errno(b, "etc/%s", name) : 0;
}

static int seed_etc(struct build *b)
{
	static const char *const names[] = {
		"hosts", "nsswitch.conf", "krb5.conf", "krb.conf", "krb.realms", "ldap.conf",
		"localtime", "resolv.conf",
	};
	int etc = build_open_dir(b->rootfd, "etc"), ret = 0;

	if (etc < 0)
		return build_fail_errno(b, "%s/etc", b->rootpath);
	for (size_t i = 0; !ret && i < sizeof(names) / sizeof(*names); i++)
		ret = seed_file(b, etc, names[i]);
	close(etc);
	return ret;
}

static int make_dirs(struct build *b)
{
	static const struct {
		const char *name;
		mode_t mode;
	} dirs[] = {
		{ "etc", 0755 }, { "dev", 0755 }, { "proc", 0555 }, { "tmp", 01777 },
	};

	for (size_t i = 0; i < sizeof(dirs) / sizeof(*dirs); i++) {
		if (mkdirat(b->rootfd, dirs[i].name, dirs[i].mode)) {
			if (errno != EEXIST)
				return build_fail_errno(b, "%s/%s", b->rootpath, dirs[i].name);
		} else if (fchmodat(b->rootfd, dirs[i].name, dirs[i].mode, 0)) {
			return build_fail_errno(b, "%s/%s", b->rootpath, dirs[i].name);
		}
	}
	return 0;
}

/**
 * build_base() - complete the root after the method filled it
 * @b: the build
 */
int build_base(struct build *b)
{
	return make_dirs(b) || make_dev(b) || seed_etc(b) ? -1 : 0;
}
