/* SPDX-License-Identifier: MIT */
/* Memory of the runtime: single objects, and blocks that are freed together. */
#ifndef SHMEM_SRC_PROTOCOL_MEMORY_H
#define SHMEM_SRC_PROTOCOL_MEMORY_H

#include "base/fault.h"

#include <shmem/protocol.h>
#include <stdlib.h>

static inline void *shmem__protocol_new(size_t bytes)
{
	return SHMEM__OS(NULL, calloc, (1, bytes));
}

/* Aligned for anything, out of *blocks; NULL: there is none. */
void *shmem__blocks_alloc(void **blocks, size_t bytes);
void shmem__blocks_free_all(void **blocks);

static inline void shmem__blocks_free(void **blocks)
{
	if (*blocks != NULL)
		shmem__blocks_free_all(blocks);
}

/* Takes both on success; either may be NULL. E_NOMEM. */
int shmem__memory_new(shmem_message **take, void **take_blocks,
		      shmem_protocol_memory **ret);

#endif
