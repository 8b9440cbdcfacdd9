/* SPDX-License-Identifier: MIT */
/* Names, of named objects and of inherited handles. */
#ifndef SHMEM_SRC_HANDLE_NAME_H
#define SHMEM_SRC_HANDLE_NAME_H

#include <stdbool.h>
#include <stddef.h>

/* The name without its leading slash; NULL where it is not one, or is longer
 * than `max` bytes. */
const char *shmem__name_check(const char *name, size_t max);

#endif
