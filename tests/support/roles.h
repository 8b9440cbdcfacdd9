/* SPDX-License-Identifier: MIT */
/*
 * For tests of programs that are started: the program is the test's own, which
 * plays the role that its first argument names. A role tells its findings by
 * its exit code; 0 is well.
 */
#ifndef SHMEM_TESTS_ROLES_H
#define SHMEM_TESTS_ROLES_H

#include "support.h"

#include <shmem/process.h>
#include <stdio.h>
#include <stdlib.h>

#define SUPPORT_SELF support_self()

/* In a role: says what is not so, and ends. */
#define SUPPORT_NEED(fact)                                                     \
	do {                                                                   \
		if (!(fact)) {                                                 \
			fprintf(stderr, "child, line %d: %s\n", __LINE__,      \
				#fact);                                        \
			exit(99);                                              \
		}                                                              \
	} while (0)

typedef struct support_role {
	const char *name;
	int (*run)(char **arg); /* ends with NULL */
} support_role;

/* A main() that plays one of the roles, or runs the suite. */
int support_play(int argc, char **argv, const support_role *roles, size_t count,
		 Suite *(*suite)(void));
#define SUPPORT_MAIN_WITH_ROLES(roles, suite)                                  \
	int main(int argc, char **argv)                                        \
	{                                                                      \
		return support_play(argc, argv, roles,                         \
				    sizeof(roles) / sizeof(*(roles)), suite);  \
	}

/* A role: exactly the descriptors below the number in arg[0] are open. */
int support_role_count(char **arg);

/* Starts the program in a role with one argument, or none (NULL). */
int support_spawn(const char *role, const char *arg,
		  const shmem_spawn_handle *handles, size_t count,
		  shmem_process **ret);

/* Waits for its end with that status, and lets go of it. */
void support_expect_exit(shmem_process **take, int status);

/* All of that, for a role that finds all well. */
void support_run_role(const char *role, const char *arg,
		      const shmem_spawn_handle *handles, size_t count);

/* For a teardown: every process was waited for. */
void support_no_process(void);

/* A handle to memory that holds this text. */
shmem_handle *support_memory(const char *text);

#endif
