// SPDX-License-Identifier: GPL-2.0-only
/*
 * procwalk.c - all processes of the machine, from context 1
 */
#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <vserver.h>

#include "procwalk.h"

int proc_parse_stat(const char *line, struct proc_stat *p)
{
	/* The name is in parentheses and may itself hold some: the last ends it. */
	const char *open = strchr(line, '('), *close = strrchr(line, ')');
	uint64_t utime, stime;
	int64_t cutime, cstime, rss;
	size_t length;
	int ppid;

	if (!open || !close || close < open || sscanf(line, "%d", &p->pid) != 1)
		return -1;
	length = close - open - 1;
	if (length >= sizeof(p->comm))
		length = sizeof(p->comm) - 1;
	memcpy(p->comm, open + 1, length);
	p->comm[length] = 0;

	if (sscanf(close + 1,
		   " %c %d %*d %*d %*d %*d %*u %*u %*u %*u %*u"
		   " %" SCNu64 " %" SCNu64 " %" SCNd64 " %" SCNd64
		   " %*d %*d %*d %*d %" SCNu64 " %" SCNu64 " %" SCNd64,
		   &p->state, &ppid, &utime, &stime, &cutime, &cstime,
		   &p->start, &p->vsize, &rss) != 9)
		return -1;
	p->ppid = ppid;
	p->utime = utime + cutime;
	p->stime = stime + cstime;
	p->rss = rss > 0 ? rss : 0;
	return 0;
}

static int read_one(int proc, const char *name, struct proc_stat *p)
{
	char path[64], line[2048];
	ssize_t n;
	int fd;

	snprintf(path, sizeof(path), "%s/stat", name);
	fd = openat(proc, path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return -1;
	n = read(fd, line, sizeof(line) - 1);
	close(fd);
	if (n <= 0)
		return -1;
	line[n] = 0;
	return proc_parse_stat(line, p);
}

int proc_walk(int (*each)(const struct proc_stat *p, void *arg), void *arg)
{
	struct dirent *entry;
	int ret = 0;
	DIR *proc = opendir("/proc");

	if (!proc)
		return -1;
	while (ret == 0 && (errno = 0, entry = readdir(proc)) != NULL) {
		struct proc_stat p;
		int xid;

		if (!isdigit((unsigned char)entry->d_name[0]))
			continue;
		if (read_one(dirfd(proc), entry->d_name, &p) < 0)
			continue;
		xid = vc_task_xid(p.pid);
		if (xid < 0)
			continue;
		p.xid = xid;
		ret = each(&p, arg);
	}
	if (!entry && errno)
		ret = -1;
	closedir(proc);
	return ret;
}
