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

/* A role: exactly so many descriptors were inherited as arg[0] says, and where
 * they have numbers in a row, those below it. */
int support_role_count(char **arg);

/* Standard input and error of this process are missing and output is a pipe,
 * until it has its own again; and what a program in this role has then: the
 * null device, and that pipe. */
void support_streams_replace(void);
void support_streams_restore(void);
int support_role_streams(char **arg);

/* In a role: this program in another one, started by the system's means, which
 * pass on whatever can be inherited: the status that it ended with; without
 * waiting for it; in the place of this one. */
int support_start_role(const char *role, const char *arg);
void support_leave_role(const char *role, const char *arg);
void support_become_role(const char *role, const char *arg);

/* In a role: dies of an access to no memory, of which nothing is kept. */
void support_fault(void);
#define SUPPORT_FAULT (-11) /* its status */

/* The call by which a program is started. */
#ifdef _WIN32
#define SUPPORT_START_CALL "CreateProcessA"
#else
#define SUPPORT_START_CALL "posix_spawnp"
#endif

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

/* Of one that the library has let go of: whether it runs; and its end. */
bool support_runs(int pid);
void support_end(int pid);

/* Waits for the end of one behind the library's back. Where there is
 * SUPPORT_REAPED. */
void support_reap(int pid);

/* A handle to memory that holds this text. */
shmem_handle *support_memory(const char *text);

#endif
