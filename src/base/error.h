/* SPDX-License-Identifier: MIT */
/* Turns native error codes into the library's, once, where a call is made. */
#ifndef SHMEM_SRC_BASE_ERROR_H
#define SHMEM_SRC_BASE_ERROR_H

#include <shmem/base.h>

/* What a native error code means, as a SHMEM_E_*. OS part. */
int shmem__error_from_os(int native);

/* The calling thread's last native error code. OS part. */
int shmem__os_last(void);

/* Sets it, as a failing call does. OS part. */
void shmem__os_last_set(int native);

/* Remembers the native code for shmem_os_error(). */
void shmem__os_error_set(int native);

/*
 * Remembers the native code and returns `err`. Inline, as is the next one, so
 * that a compiler sees that a failure is never 0.
 */
static inline int shmem__fail_os(int native, int err)
{
	shmem__os_error_set(native);
	return err;
}

/* Remembers errno (or GetLastError()) and returns what it means. */
static inline int shmem__fail_last(void)
{
	int native = shmem__os_last();
	int err = shmem__error_from_os(native);

	return shmem__fail_os(native, err != 0 ? err : SHMEM_E_SYS);
}

#endif
