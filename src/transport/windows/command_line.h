/* SPDX-License-Identifier: MIT */
/* What a program is told when it starts, in the form that Windows has for it.
 */
#ifndef SHMEM_SRC_TRANSPORT_WINDOWS_COMMAND_LINE_H
#define SHMEM_SRC_TRANSPORT_WINDOWS_COMMAND_LINE_H

#include <shmem/base.h>

/* The arguments as one text, which the program's C library takes apart into
 * the same arguments again. E_NOMEM, E_LIMIT (too long). */
int shmem__command_line(const char *const *argv, char **ret);

/* "name=value" texts, each with its NUL, and one more. E_NOMEM, E_LIMIT. */
int shmem__environment_block(const char *const *env, char **ret);

/* The file of a program, looked up in PATH unless it has a slash of either
 * kind, and with ".exe" where it has no extension. E_NOENT, E_ACCESS (a
 * folder), E_NOMEM, E_LIMIT. */
int shmem__find_program(const char *path, char **ret);

#endif
