// SPDX-License-Identifier: GPL-2.0-only
/*
 * vserver-wrapper: what an init script calls to start or stop the guests of one mark.
 * Its settings come by environment: MARK, NUMPARALLEL, LOCKFILE.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tool.h"

static const struct tool tool = {
	.name = "vserver-wrapper",
	.about = "start or stop the guests of one mark",
	.usage =
"Usage: vserver-wrapper start|stop|restart|condrestart|status\n"
"\n"
"Environment:\n"
"  MARK         which guests (apps/init/mark); default: default\n"
"  NUMPARALLEL  how many at the same time; default: 6\n"
"  LOCKFILE     flag that they were started; a name without / is made in\n"
"               /var/lock/subsys or /run; default: vservers-MARK\n"
"\n"
"Exit status: of start-vservers; status: 0 started, 1 not; 2 bad verb.\n"
"\n"
"Example: MARK=web NUMPARALLEL=2 vserver-wrapper start\n",
	.fail = 1,
};

static const struct option options[] = { TOOL_OPTIONS };

static const char *setting(const char *name, const char *otherwise)
{
	const char *value = getenv(name);

	return value && *value ? value : otherwise;
}

static char *lock_path(const char *mark)
{
	const char *file = getenv("LOCKFILE");
	const char *dir = access("/var/lock/subsys", W_OK) ? "/run" : "/var/lock/subsys";
	char *path;
	int n;

	if (file && strchr(file, '/'))
		return tool_strdup(file);
	if (file && *file)
		n = asprintf(&path, "%s/%s", dir, file);
	else
		n = asprintf(&path, "%s/vservers-%s", dir, mark);
	if (n < 0)
		die_errno("memory");
	return path;
}

static int run(const char *mode, const char *mark)
{
	const char *dir = setting("VSERVER_SBINDIR", "/usr/sbin");
	const char *jobs = setting("NUMPARALLEL", "6");
	char *path;
	int status;
	pid_t pid;

	if (asprintf(&path, "%s/start-vservers", dir) < 0)
		die_errno("memory");
	pid = fork();
	if (pid < 0)
		die_errno("fork");
	if (!pid) {
		execl(path, path, mode, "-j", jobs, "--mark", mark, NULL);
		warn_errno("%s", path);
		_exit(1);
	}
	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			die_errno("waitpid");
	free(path);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 1;
}

static int start(const char *mark, const char *lock)
{
	int ret = run("--start", mark), fd;

	if (ret == 1)
		return ret;		/* not even one */
	fd = open(lock, O_WRONLY | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0644);
	if (fd < 0)
		warn_errno("%s", lock);
	else
		close(fd);
	return ret;
}

static int stop(const char *mark, const char *lock)
{
	int ret = run("--stop", mark);

	if (!ret && unlink(lock) && errno != ENOENT)
		warn_errno("%s", lock);
	return ret;
}

static int status(const char *mark, bool started)
{
	printf("guests with the mark '%s': %s\n", mark, started ? "started" : "not started");
	tool_flush();
	return started ? 0 : 1;
}

int main(int argc, char **argv)
{
	const char *mark, *verb;
	char *lock;
	bool started;

	tool_init(&tool);
	while (tool_getopt(argc, argv, "", options) != -1)
		;
	if (argc - optind != 1)
		die_usage("one verb is needed");
	verb = argv[optind];
	mark = setting("MARK", "default");
	lock = lock_path(mark);
	started = !access(lock, F_OK);
	if (!strcmp(verb, "start"))
		return start(mark, lock);
	if (!strcmp(verb, "stop"))
		return stop(mark, lock);
	if (!strcmp(verb, "status"))
		return status(mark, started);
	if (!strcmp(verb, "condrestart") && !started)
		return 0;
	if (!strcmp(verb, "restart") || !strcmp(verb, "condrestart"))
		return stop(mark, lock) | start(mark, lock);
	die_usage("unknown verb '%s'", verb);
}
