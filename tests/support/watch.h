/* SPDX-License-Identifier: MIT */
/* For child.c: a child that fails ends the test. */
#ifndef SHMEM_TESTS_WATCH_H
#define SHMEM_TESTS_WATCH_H

#include "support.h"

/* Before a child to be watched is made, and after it. */
void support_watch_begin(void);
void support_watch(pid_t child);

/* From here on its end is looked at by the test. */
void support_watch_no_more(pid_t child);

/* In a child: those that are watched are its parent's. */
void support_watch_nobody(void);

#endif
