/* SPDX-License-Identifier: MIT */
/* Turns native error codes into the library's, once, where a call is made. */
#ifndef SHMEM_SRC_BASE_ERROR_H
#define SHMEM_SRC_BASE_ERROR_H

#include <shmem/base.h>

/* Remembers the native code for shmem_os_error() and returns `err`. */
int shmem__fail_os(int native, int err);

/* Remembers errno (or GetLastError()) and returns what it means. */
int shmem__fail_last(void);

/* What a native error code means, as a SHMEM_E_*. OS part. */
int shmem__error_from_os(int native);

/* The calling thread's last native error code. OS part. */
int shmem__os_last(void);

#endif
