// SPDX-License-Identifier: GPL-2.0-only
/*
 * The program vshelper_test puts into kernel.vshelper: it writes down how the
 * kernel called it and does what the test asks for.  All files are below
 * PROBE_DIR and named by the context id:
 *
 *	ID.log	appended: one line per argument, variable and fact
 *	ID.done	a pipe: gets one byte when the log is complete
 *	ID.hold	a pipe: if it exists, wait for a byte from it
 *	ID.exit	if it exists, the exit status
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <linux/vserver.h>

#include "vshelper_probe.h"

static const char *name_of(const char *xid, const char *what)
{
	static char path[128];

	snprintf(path, sizeof(path), PROBE_DIR "/%s.%s", xid, what);
	return path;
}

static void write_log(const char *xid, int argc, char **argv, char **envp)
{
	FILE *log = fopen(name_of(xid, "log"), "a");

	if (!log)
		exit(101);
	for (int i = 1; i < argc; i++)
		fprintf(log, "arg %s\n", argv[i]);
	for (; *envp; envp++)
		fprintf(log, "env %s\n", *envp);
	fprintf(log, "context %ld\n", syscall(236, VCMD_task_xid, 0, NULL));
	fprintf(log, "uid %d\n", geteuid());
	fprintf(log, "end\n");
	fclose(log);
}

/* A byte to or from a pipe that may not be there. */
static void use_pipe(const char *path, int flags)
{
	int fd = open(path, flags);
	char c = 0;

	if (fd < 0)
		return;
	if ((flags == O_WRONLY ? write(fd, &c, 1) : read(fd, &c, 1)) < 0)
		exit(102);
	close(fd);
}

int main(int argc, char **argv, char **envp)
{
	const char *xid = argc > 2 ? argv[2] : "none";
	int code = 0;
	FILE *f;

	write_log(xid, argc, argv, envp);
	use_pipe(name_of(xid, "done"), O_WRONLY);
	use_pipe(name_of(xid, "hold"), O_RDONLY);
	f = fopen(name_of(xid, "exit"), "r");
	if (f && fscanf(f, "%d", &code) != 1)
		code = 103;
	return code;
}
