/* SPDX-License-Identifier: MIT */
/* A handle of each kind, for tests of handles that travel. */
#ifndef SHMEM_TESTS_KINDS_H
#define SHMEM_TESTS_KINDS_H

#include "support.h"

#include <shmem/handle.h>

enum kind { RW, READ, SINGLE, FROZEN, EMPTY, KINDS };
#define KIND_BYTES ((size_t)10000) /* of all but EMPTY */

/* One that can be written. */
shmem_handle *kind_made(uint64_t bytes, const char *label);

/* One of a kind; where the system does not have that it is RW. */
shmem_handle *kind_make(int kind);

/* Fails the test where two differ in what a handle says of itself. */
void kind_same(const shmem_handle *a, const shmem_handle *b);

#endif
