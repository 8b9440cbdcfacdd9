/* SPDX-License-Identifier: MIT */
/* A hash table with chains; it doubles when it has as many things as chains. */
#include "protocol/table.h"

#include "protocol/memory.h"

#define FIRST_COUNT 16u

static size_t bucket_of(const shmem__table *table, uint64_t key)
{
	/* Keys count up by one or two: no need to stir them. */
	return (size_t)(key ^ (key >> 20)) & (table->bucket_count - 1);
}

int shmem__table_reserve(shmem__table *table)
{
	size_t count = table->bucket_count;
	shmem__table bigger = {0};

	if (table->count < count)
		return 0;
	bigger.bucket_count = count > 0 ? count * 2 : FIRST_COUNT;
	bigger.buckets = shmem__protocol_new(bigger.bucket_count *
					     sizeof(*bigger.buckets));
	if (bigger.buckets == NULL)
		return SHMEM_E_NOMEM;
	for (size_t i = 0; i < count; i++)
		while (table->buckets[i] != NULL) {
			shmem__node *node = table->buckets[i];

			table->buckets[i] = node->next;
			shmem__table_add(&bigger, node);
		}
	free((void *)table->buckets);
	*table = bigger;
	return 0;
}

void shmem__table_add(shmem__table *table, shmem__node *node)
{
	shmem__node **bucket = &table->buckets[bucket_of(table, node->key)];

	node->next = *bucket;
	*bucket = node;
	table->count++;
}

shmem__node *shmem__table_find(const shmem__table *table, uint64_t key)
{
	shmem__node *node;

	if (table->bucket_count == 0)
		return NULL;
	node = table->buckets[bucket_of(table, key)];
	while (node != NULL && node->key != key)
		node = node->next;
	return node;
}

void shmem__table_remove(shmem__table *table, shmem__node *node)
{
	shmem__node **at = &table->buckets[bucket_of(table, node->key)];

	while (*at != node)
		at = &(*at)->next;
	*at = node->next;
	node->next = NULL;
	table->count--;
}

void shmem__table_fini(shmem__table *table)
{
	free((void *)table->buckets);
	*table = (shmem__table){0};
}
