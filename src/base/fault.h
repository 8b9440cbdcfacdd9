/* SPDX-License-Identifier: MIT */
/*
 * The one place through which the library calls the operating system and the
 * allocator: SHMEM__OS(value on failure, function, (arguments)). In the test
 * build a test may make the k-th such call fail with an errno of its choice.
 */
#ifndef SHMEM_SRC_BASE_FAULT_H
#define SHMEM_SRC_BASE_FAULT_H

#include <stdbool.h>
#include <stddef.h>

#ifdef SHMEM_FAULT_INJECTION

/* Counts the call; true, with errno set, where it is to fail. */
bool shmem__fault(const char *call);

/*
 * From now on the k-th call (from 1) fails with `native`; 0 for none. `only`
 * counts only calls of that function (NULL: all). Returns how many calls were
 * counted since the last arming. Calls of all threads count.
 */
unsigned long shmem__fault_arm(unsigned long k, int native, const char *only);

/* So many calls fail, from the k-th on; after arming it is one. */
void shmem__fault_repeat(unsigned long times);

/* What to do instead of failing, until the next arming. */
void shmem__fault_instead(void (*fn)(void));

/* What to do before failing, until the next arming: a part of what the call
 * would have done. */
void shmem__fault_halfway(void (*fn)(void));

/* The name of the call that was made to fail first since arming, or NULL. */
const char *shmem__fault_hit(void);

/* How many blocks of memory the library holds. */
unsigned long shmem__fault_blocks(void);

#define SHMEM__OS(fail, call, args) (shmem__fault(#call) ? (fail) : call args)
#else
#define SHMEM__OS(fail, call, args) (call args)
#endif

/* malloc and friends; NULL sets no error, the caller returns E_NOMEM. */
void *shmem__calloc(size_t count, size_t bytes);
void *shmem__realloc(void *old, size_t bytes);
void shmem__free(void *p);

#endif
