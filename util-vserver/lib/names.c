// SPDX-License-Identifier: LGPL-2.1-or-later
/* Names that aren't bits: limits, personalities, fields of uname, signals. */
#define _GNU_SOURCE
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <strings.h>
#include <sys/personality.h>
#include <sys/resource.h>

#include "internal.h"

/* 5..12 are the architecture's own RLIMIT numbers, 16 and up those of contexts. */
static const struct {
	const char *name;
	unsigned int id;
} limits[] = {
	{ "cpu", RLIMIT_CPU },
	{ "fsize", RLIMIT_FSIZE },
	{ "data", RLIMIT_DATA },
	{ "stack", RLIMIT_STACK },
	{ "core", RLIMIT_CORE },
	{ "rss", RLIMIT_RSS },
	{ "nproc", RLIMIT_NPROC },
	{ "nofile", RLIMIT_NOFILE },
	{ "memlock", RLIMIT_MEMLOCK },
	{ "as", RLIMIT_AS },
	{ "locks", RLIMIT_LOCKS },
	{ "msgqueue", RLIMIT_MSGQUEUE },
	{ "nsock", 16 },
	{ "openfd", 17 },
	{ "anon", 18 },
	{ "shmem", 19 },
	{ "semary", 20 },
	{ "nsems", 21 },
	{ "dentry", 22 },
};

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

int vc_limit_id(const char *name)
{
	for (size_t i = 0; i < COUNT(limits); i++) {
		if (!strcasecmp(limits[i].name, name))
			return (int)limits[i].id;
	}
	return -1;
}

const char *vc_limit_name(unsigned int id)
{
	for (size_t i = 0; i < COUNT(limits); i++) {
		if (limits[i].id == id)
			return limits[i].name;
	}
	return NULL;
}

static uint64_t suffix_factor(char c)
{
	switch (c) {
	case 'k':
		return 1000;
	case 'm':
		return 1000 * 1000;
	case 'K':
		return 1024;
	case 'M':
		return 1024 * 1024;
	case 'G':
		return 1024 * 1024 * 1024;
	default:
		return 0;
	}
}

int vc_limit_parse(const char *text, uint64_t *value)
{
	unsigned long long number;
	uint64_t factor = 1;
	char *end;

	if (!strncmp(text, "inf", 3)) {
		*value = CRLIM_INFINITY;
		return 0;
	}
	errno = 0;
	number = strtoull(text, &end, 0);
	if (errno)
		return -1;
	if (end != text && suffix_factor(*end))
		factor = suffix_factor(*end++);
	/* strtoull() would turn -1 into infinity. */
	if (end == text || (*end && strcmp(end, "\n")) || strchr(text, '-')) {
		errno = EINVAL;
		return -1;
	}
	if (__builtin_mul_overflow((uint64_t)number, factor, value)) {
		errno = ERANGE;
		return -1;
	}
	return 0;
}

static const struct {
	const char *name;
	unsigned long value;
} pers_types[] = {
	{ "linux", PER_LINUX },
	{ "linux_32bit", PER_LINUX_32BIT },
	{ "linux32", PER_LINUX32 },
	{ "linux32_3gb", PER_LINUX32_3GB },
	{ "svr4", PER_SVR4 },
	{ "svr3", PER_SVR3 },
	{ "scosvr3", PER_SCOSVR3 },
	{ "osr5", PER_OSR5 },
	{ "wysev386", PER_WYSEV386 },
	{ "iscr4", PER_ISCR4 },
	{ "bsd", PER_BSD },
	{ "sunos", PER_SUNOS },
	{ "xenix", PER_XENIX },
	{ "irix32", PER_IRIX32 },
	{ "irixn32", PER_IRIXN32 },
	{ "irix64", PER_IRIX64 },
	{ "riscos", PER_RISCOS },
	{ "solaris", PER_SOLARIS },
	{ "uw7", PER_UW7 },
	{ "hpux", PER_HPUX },
	{ "osf4", PER_OSF4 },
};

bool vc_pers_type(const char *name, unsigned long *type)
{
	if (!strncasecmp(name, "per_", 4))
		name += 4;
	for (size_t i = 0; i < COUNT(pers_types); i++) {
		if (!strcasecmp(pers_types[i].name, name)) {
			*type = pers_types[i].value;
			return true;
		}
	}
	return false;
}

static const char *const vhi_fields[] = {
	[VHIN_CONTEXT] = "context",
	[VHIN_SYSNAME] = "sysname",
	[VHIN_NODENAME] = "nodename",
	[VHIN_RELEASE] = "release",
	[VHIN_VERSION] = "version",
	[VHIN_MACHINE] = "machine",
	[VHIN_DOMAINNAME] = "domainname",
};

int vc_vhi_field(const char *name)
{
	size_t len = strlen(name);

	for (size_t i = 0; len && i < COUNT(vhi_fields); i++) {
		if (!strncasecmp(vhi_fields[i], name, len))
			return (int)i;
	}
	return -1;
}

const char *vc_vhi_field_name(unsigned int field)
{
	return field < COUNT(vhi_fields) ? vhi_fields[field] : NULL;
}

/* All of the text as a number of 0..max, -1 if it isn't one. */
static int small_number(const char *text, int max)
{
	long n;
	char *end;

	if (*text < '0' || *text > '9')
		return -1;
	n = strtol(text, &end, 10);
	return *end || n > max ? -1 : (int)n;
}

int vc_signal(const char *name)
{
	int sig = small_number(name, SIGRTMAX), offset;

	if (sig >= 0)
		return sig;
	if (!strncasecmp(name, "SIG", 3))
		name += 3;
	for (sig = 1; sig < NSIG; sig++) {
		const char *abbrev = sigabbrev_np(sig);

		if (abbrev && !strcasecmp(abbrev, name))
			return sig;
	}
	if (!strcasecmp(name, "IOT"))
		return SIGABRT;
	if (!strcasecmp(name, "CLD"))
		return SIGCHLD;
	if (strncasecmp(name, "RTMIN", 5))
		return -1;
	if (!name[5])
		return SIGRTMIN;
	offset = name[5] == '+' ? small_number(name + 6, SIGRTMAX - SIGRTMIN) : -1;
	return offset < 0 ? -1 : SIGRTMIN + offset;
}
