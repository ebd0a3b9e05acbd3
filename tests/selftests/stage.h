/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Programs within the program; common.h includes this.
 *
 * Some things only happen at exec: capabilities are trimmed, a task that
 * entered a guest becomes visible.  VS_STAGE(name) { ... } defines what this
 * test program does when vs_exec_stage("name", ...) executed it again; the
 * block's return value is the exit code, `argv` holds the arguments.
 */
#ifndef _VS_SELFTEST_STAGE_H
#define _VS_SELFTEST_STAGE_H

static char vs_self_exe[PATH_MAX];

static void __attribute__((constructor(110))) vs_find_self(void)
{
	ssize_t n = readlink("/proc/self/exe", vs_self_exe, sizeof(vs_self_exe) - 1);

	if (n < 0)
		n = 0;
	vs_self_exe[n] = 0;
}

#define VS_STAGE(_name) \
	static int vs_stage_##_name(int argc, char **argv); \
	static void __attribute__((constructor(120))) \
	vs_register_##_name(int argc, char **argv, char **envp VS_UNUSED) \
	{ \
		const char *stage = getenv("VS_STAGE"); \
		if (stage && !strcmp(stage, #_name)) { \
			unsetenv("VS_STAGE"); \
			_exit(vs_stage_##_name(argc, argv)); \
		} \
	} \
	static int vs_stage_##_name(int argc VS_UNUSED, char **argv VS_UNUSED)

/* Checks inside a stage: there is no test metadata after exec. */
static int vs_stage_failed VS_UNUSED;
#define STAGE_EXPECT(_cond) do { \
	if (!(_cond)) { \
		fprintf(stderr, "# %s:%d:%s: not true: %s (errno %d)\n", \
			__FILE__, __LINE__, __func__, #_cond, errno); \
		vs_stage_failed = KSFT_FAIL; \
	} \
} while (0)

static VS_UNUSED int vs_vexec_stage(const char *name, va_list ap)
{
	char *argv[8] = { vs_self_exe };
	int n = 1;

	while (n < 7 && (argv[n] = va_arg(ap, char *)))
		n++;
	argv[n] = NULL;
	if (setenv("VS_STAGE", name, 1))
		return -errno;
	execv(vs_self_exe, argv);
	n = -errno;
	unsetenv("VS_STAGE");
	return n;
}

/* Replace the caller; arguments are strings up to NULL; returns on error only. */
static VS_UNUSED int vs_exec_stage(const char *name, ...)
{
	va_list ap;
	int ret;

	va_start(ap, name);
	ret = vs_vexec_stage(name, ap);
	va_end(ap);
	return ret;
}

/* Same, for those to whom an error is the end: does not return. */
static VS_UNUSED void __attribute__((noreturn)) vs_run_stage(const char *name, ...)
{
	va_list ap;
	int ret;

	va_start(ap, name);
	ret = vs_vexec_stage(name, ap);
	va_end(ap);
	fprintf(stderr, "# stage %s: exec %s: %s\n", name, vs_self_exe, strerror(-ret));
	_exit(127);
}

#endif /* _VS_SELFTEST_STAGE_H */
