/* SPDX-License-Identifier: MIT */
/*
 * What an operating system must provide to start programs and to see them end.
 * Nothing here keeps state.
 */
#ifndef SHMEM_SRC_TRANSPORT_PROCESS_OS_H
#define SHMEM_SRC_TRANSPORT_PROCESS_OS_H

#include <shmem/base.h>

#define SHMEM__START_MAX 65 /* objects that one program can be given */

typedef struct shmem__start {
	const char *path;        /* looked up in PATH unless it has a slash */
	const char *const *argv; /* ends with NULL */
	const char *const *env;  /* ends with NULL */
	const shmem_os_handle *pass; /* borrowed */
	size_t pass_count;           /* at most SHMEM__START_MAX */
	bool outlives; /* this process, where the system ends it otherwise */
} shmem__start;

/* The number that `os`, passed as the i-th object, has in the program. */
shmem_os_handle shmem__start_number(shmem_os_handle os, size_t i);

/* The environment of this process. */
const char *const *shmem__environment(void);

/*
 * Starts the program with standard input, output and error and what is passed,
 * and nothing else; with no signal blocked. *ret_watch becomes readable at its
 * end (INVALID where there is no such thing). E_NOENT, E_ACCESS, E_LIMIT,
 * E_NOMEM, E_SYS: then there is no process.
 */
int shmem__process_start(const shmem__start *start, int *ret_pid,
			 shmem_os_handle *ret_watch);

/* The status of a child that has ended, as shmem_process_wait() tells it.
 * E_AGAIN (it runs), E_STATE (it is not a child any more), E_SYS. */
int shmem__process_reap(int pid, shmem_os_handle watch, int *ret_status);

/* Waits until the child may have ended or `ms` have passed (-1: for ever);
 * `round` counts the waits, from 0. E_SYS. */
int shmem__process_sleep(shmem_os_handle watch, int ms, unsigned round);

/* Kills a child that has not been reaped; fine if it is dead. E_SYS. */
int shmem__process_kill(int pid, shmem_os_handle watch);

#endif
