/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * watch.h - context 1, from where all processes are seen
 */
#ifndef UTIL_VSERVER_WATCH_H
#define UTIL_VSERVER_WATCH_H

/* Id of the context that sees everything and belongs to nobody. */
#define WATCH_XID	1

/**
 * watch_enter() - become a process of context 1
 *
 * There is no way back. Ends the program with a message when the kernel refuses.
 */
void watch_enter(void);

/**
 * watch_exec() - run an ordinary tool there
 * @program: its name, found by PATH
 * @argv: of the wrapper; the tool gets the arguments from argv[1] on
 */
_Noreturn void watch_exec(const char *program, char **argv);

#endif
