/* SPDX-License-Identifier: MIT */
/*
 * Memory of which each access is seen: it faults, one instruction may see the
 * memory then, and after that some bytes change, as by a peer that is always
 * just in time.
 */
#ifndef SHMEM_TESTS_STEPPED_H
#define SHMEM_TESTS_STEPPED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Whether this can be done here, and nobody else looks at the memory. */
bool stepped_works(void);

/* From here on; the word at `turned` becomes `after` once it was read. */
void stepped_begin(void *at, size_t length, void *turned, uint64_t after);
void stepped_end(void);

/* How often the word was seen that is there. */
unsigned stepped_times(size_t offset);

/* By system: what comes first and last, and what its handlers do. The first
 * takes note of an access; false where it was elsewhere. */
void stepped_handle(void);
void stepped_unhandle(void);
bool stepped_access(uintptr_t at);
void stepped_go_on(void);

#endif
