/* SPDX-License-Identifier: MIT */
/*
 * A cgroup with a limit on its memory, of either version of cgroups, for a
 * child to join. One at a time.
 */
#ifndef SHMEM_TESTS_CGROUP_H
#define SHMEM_TESTS_CGROUP_H

#include <stdbool.h>

#define CGROUP_NO_LIMIT (-1L)

/* NULL, or why there is none. */
const char *cgroup_make(void);
bool cgroup_limit(long bytes);

/*
 * This process goes in. Beyond the limit it is killed; if it is `spared`, its
 * calls to the system fail, and it waits for the memory that it touches.
 */
bool cgroup_join(bool spared);

/* Once whoever was in it has ended. */
void cgroup_remove(void);

/* Those of tests that failed, and could not remove theirs. */
void cgroup_sweep(void);

#endif
