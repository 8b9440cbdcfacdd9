/* SPDX-License-Identifier: MIT */
/* Blocks for decoded values. */
#include "protocol/memory.h"

#include <stdint.h>

#define BLOCK_BYTES 1024u

typedef struct block {
	struct block *next;
	size_t used;
	size_t capacity;
	max_align_t data[];
} block;

struct shmem_protocol_memory {
	shmem_message *message;
	void *blocks;
};

void *shmem__blocks_alloc(void **blocks, size_t bytes)
{
	block *b = *blocks;
	size_t align = _Alignof(max_align_t);
	size_t need;

	if (bytes > SIZE_MAX / 2)
		return NULL;
	need = (bytes + align - 1) / align * align;
	if (b == NULL || b->capacity - b->used < need) {
		size_t capacity = need > BLOCK_BYTES ? need : BLOCK_BYTES;

		b = SHMEM__OS(NULL, malloc, (sizeof(*b) + capacity));
		if (b == NULL)
			return NULL;
		b->used = 0;
		b->capacity = capacity;
		b->next = *blocks;
		*blocks = b;
	}
	b->used += need;
	return (char *)b->data + (b->used - need);
}

void shmem__blocks_free_all(void **blocks)
{
	block *b = *blocks;

	while (b != NULL) {
		block *next = b->next;

		free(b);
		b = next;
	}
	*blocks = NULL;
}

int shmem__memory_new(shmem_message **take, void **take_blocks,
		      shmem_protocol_memory **ret)
{
	shmem_protocol_memory *memory = shmem__protocol_new(sizeof(*memory));

	if (memory == NULL)
		return SHMEM_E_NOMEM;
	memory->message = *take;
	memory->blocks = *take_blocks;
	*take = NULL;
	*take_blocks = NULL;
	*ret = memory;
	return 0;
}

void shmem_protocol_memory_free(shmem_protocol_memory **take)
{
	shmem_protocol_memory *memory = take != NULL ? *take : NULL;

	if (memory == NULL)
		return;
	*take = NULL;
	shmem_message_free(&memory->message);
	shmem__blocks_free(&memory->blocks);
	free(memory);
}
