/* SPDX-License-Identifier: MIT */
/* Finds things by a number; the nodes are part of the things. */
#ifndef SHMEM_SRC_PROTOCOL_TABLE_H
#define SHMEM_SRC_PROTOCOL_TABLE_H

#include <stddef.h>
#include <stdint.h>

typedef struct shmem__node {
	struct shmem__node *next;
	uint64_t key;
} shmem__node;

typedef struct shmem__table {
	shmem__node **buckets;
	size_t bucket_count; /* a power of two, or 0 */
	size_t count;
} shmem__table;

/* Room for one more. E_NOMEM. */
int shmem__table_reserve(shmem__table *table);

/* The key is in the node and not yet in the table; there is room. */
void shmem__table_add(shmem__table *table, shmem__node *node);
shmem__node *shmem__table_find(const shmem__table *table, uint64_t key);
void shmem__table_remove(shmem__table *table, shmem__node *node);
void shmem__table_fini(shmem__table *table);

#endif
