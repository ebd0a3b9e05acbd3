/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * procwalk.h - all processes of the machine, from context 1
 */
#ifndef UTIL_VSERVER_PROCWALK_H
#define UTIL_VSERVER_PROCWALK_H

#include <stdint.h>
#include <sys/types.h>

/**
 * struct proc_stat - one process, from /proc/PID/stat
 * @pid, @ppid: numbers as the host sees them
 * @xid: its context
 * @state: R, S, D, ...
 * @comm: name of the program
 * @utime, @stime: own processor time and that of reaped children, ticks
 * @start: start on the boot clock, ticks
 * @vsize: bytes
 * @rss: pages
 */
struct proc_stat {
	pid_t pid, ppid;
	uint32_t xid;
	char state;
	char comm[64];
	uint64_t utime, stime, start;
	uint64_t vsize, rss;
};

/**
 * proc_parse_stat() - the fields of a line of /proc/PID/stat
 * @line: the text; a program's name in it may hold any character
 * @p: result, all but the xid
 *
 * Return: 0, or -1 when this is no such line.
 */
int proc_parse_stat(const char *line, struct proc_stat *p);

/**
 * proc_walk() - call a function for each process
 * @each: called with a process and @arg; the walk ends when it returns non-zero
 * @arg: passed on
 *
 * The caller must see all processes: the host does, a process in context 1 does
 * whatever the host's view is set to.  Those that vanish on the way are left out.
 *
 * Return: 0, what @each returned, or -1 with errno set.
 */
int proc_walk(int (*each)(const struct proc_stat *p, void *arg), void *arg);

#endif
