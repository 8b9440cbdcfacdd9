/* SPDX-License-Identifier: MIT */
/*
 * Faults of memory access, as the operating system tells of them. What is
 * called from a trap may do nothing that a signal handler may not.
 */
#ifndef SHMEM_SRC_TRANSPORT_TRAP_H
#define SHMEM_SRC_TRANSPORT_TRAP_H

#include <shmem/base.h>
#include <stdio.h>

typedef enum shmem__touch {
	SHMEM__TOUCH_UNKNOWN,
	SHMEM__TOUCH_LOAD,
	SHMEM__TOUCH_STORE,
	SHMEM__TOUCH_JUMP
} shmem__touch;

typedef struct shmem__trap {
	const void *address; /* that was touched */
	const void *pc;      /* by what; NULL where that is unknown */
	const void *caller;  /* of a jump, to where there is no code to walk */
	const void *caller_at; /* where that lies, on a stack that may well be
				* broken, too; NULL: it is known already */
	shmem__touch touch;
	uint64_t thread; /* 0 where threads have no number */
	uint64_t process;
} shmem__trap;

/*
 * From now on `look` is called at each fault, by one thread at a time, before
 * whatever happened at faults until now: a handler, or death. Done once for
 * good. E_UNSUPPORTED, E_SYS; then nothing has changed.
 */
int shmem__trap_install(void (*look)(const shmem__trap *trap));

/* The call stack of the fault, from within `look`: how many frames. */
int shmem__trap_stack(const shmem__trap *trap, void **frame, int max);

/* All of it or, where that fails, less. */
void shmem__trap_write(int fd, const char *bytes, size_t length);

/* Whether `fd` is open; the descriptor of a stream, or -1. */
bool shmem__trap_can_write(int fd);
int shmem__trap_stream(FILE *stream);

/* OS part of the OS part: what a signal's context tells, and the signal once
 * more, to be delivered when its handler returns. */
void shmem__trap_context(shmem__trap *trap, const void *context);
void shmem__trap_again(int signal, const void *info);

#endif
