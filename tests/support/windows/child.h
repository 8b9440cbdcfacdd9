/* SPDX-License-Identifier: MIT */
/* Between starting children and being one. */
#ifndef SHMEM_TESTS_WINDOWS_CHILD_H
#define SHMEM_TESTS_WINDOWS_CHILD_H

/* Plays the child, if that is what this process was started as; does not return
 * then. */
void support_child_run(char **argv);

#endif
