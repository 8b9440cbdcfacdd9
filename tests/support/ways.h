/* SPDX-License-Identifier: MIT */
/*
 * Every way that a system has to start a program which inherits what can be
 * inherited: this one, as `child`, with a text in the variable
 * SUPPORT_WAY_VARIABLE or as its argument. Each way waits for its end, and
 * returns its exit code.
 */
#ifndef SHMEM_TESTS_WAYS_H
#define SHMEM_TESTS_WAYS_H

#define SUPPORT_WAY_VARIABLE "SHMEM_TEST_TEXT"
#define SUPPORT_WAYS 6

extern int (*const support_ways[SUPPORT_WAYS])(char *text);

/* In the program: how many handles of memory it has. */
int support_memory_handles(void);

#endif
