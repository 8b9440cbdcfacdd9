/* SPDX-License-Identifier: MIT */
/* Shared libraries: what is loaded, and files that are not what was loaded. */
#ifndef SHMEM_TESTS_LIBRARY_H
#define SHMEM_TESTS_LIBRARY_H

#include <stdbool.h>
#include <stddef.h>

/* The file of this program, and that of the library that is tested. */
const char *library_program(void);
const char *library_built(void);

/* Loads one; a function of one, or of whatever is loaded (NULL). */
void *library_load(const char *path);
void library_unload(void *library);
const char *library_function(void *library, const char *name);

/* Where in a library's file that begins which tells of its functions: all that
 * is before is its head, code and data, and the head ends at `head`. */
size_t library_tables(const unsigned char *bytes, size_t *head);

/* Another file in the place of one, which may be loaded and then stays so. */
void library_replace(const char *path, const void *bytes, size_t length);
void library_remove(const char *path);

/* What the C library's file may be called. */
bool library_is_c(const char *path);

#endif
