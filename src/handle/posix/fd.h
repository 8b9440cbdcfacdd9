/* SPDX-License-Identifier: MIT */
/* File descriptors of the library's, shared by what makes memory objects. */
#ifndef SHMEM_SRC_HANDLE_POSIX_FD_H
#define SHMEM_SRC_HANDLE_POSIX_FD_H

#include <shmem/base.h>

/* Whether it is a number of standard input, output or error. */
bool shmem__fd_is_standard(int fd);

/* Moves a new descriptor off the numbers of standard input, output and error;
 * on an error it is closed. E_LIMIT, E_SYS. */
int shmem__fd_raise(int fd, shmem_os_handle *ret);

/* The same where it must not fail: without a free number it stays there. */
int shmem__fd_lift(int fd);

/* A copy of the number, not inheritable. E_LIMIT, E_SYS. */
int shmem__fd_copy(int fd, shmem_os_handle *ret);

/* Whether this process may make a file so large (RLIMIT_FSIZE): trying to would
 * raise SIGXFSZ, which kills. E_NOSPACE. */
int shmem__fd_may_hold(uint64_t bytes);

/* A second open file description of the same file, which can't write, by way
 * of /proc. E_LIMIT, E_ACCESS, E_SYS (no /proc here). */
int shmem__fd_reopen_readonly(int fd, shmem_os_handle *ret);

#endif
