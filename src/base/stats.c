/* SPDX-License-Identifier: MIT */
/* The process's figures: the sum of what channels and everybody counted. */
#include "base/stats.h"

#include "base/os.h"

#include <string.h>

static shmem__stats process;
static shmem__stats *_Atomic blocks;
static shmem__lock blocks_lock = SHMEM__LOCK_INIT;

static uint64_t get(const shmem__stats *s, size_t stat)
{
	return atomic_load_explicit(&s->value[stat], memory_order_relaxed);
}

void shmem__count(size_t stat, uint64_t n)
{
	atomic_fetch_add_explicit(&process.value[stat], n,
				  memory_order_relaxed);
}

/* A child that is forked in the midst of these two walks on in a list that is
 * in order: each store leaves it so, and takes out at most who was busy. */
void shmem__stats_join(shmem__stats *s)
{
	shmem__lock_take(&blocks_lock);
	s->next = blocks;
	s->at = &blocks;
	blocks = s;
	if (s->next != NULL)
		s->next->at = &s->next;
	shmem__lock_drop(&blocks_lock);
}

void shmem__stats_leave(shmem__stats *s)
{
	shmem__lock_take(&blocks_lock);
	if (s->next != NULL)
		s->next->at = s->at;
	*s->at = s->next;
	for (size_t i = 0; i < SHMEM__STAT_COUNT; i++)
		shmem__count(i, get(s, i));
	shmem__lock_drop(&blocks_lock);
}

static void fill(shmem_stats *out, const uint64_t *values)
{
	size_t start = offsetof(shmem_stats, handles);
	size_t room = out->size > start ? out->size - start : 0;

	if (room > SHMEM__STAT_COUNT * sizeof(uint64_t))
		room = SHMEM__STAT_COUNT * sizeof(uint64_t);
	memcpy((unsigned char *)out + start, values, room);
}

void shmem__stats_copy(const shmem__stats *s, shmem_stats *out)
{
	uint64_t values[SHMEM__STAT_COUNT];

	for (size_t i = 0; i < SHMEM__STAT_COUNT; i++)
		values[i] = get(s, i);
	fill(out, values);
}

void shmem_stats_read(shmem_stats *out)
{
	uint64_t values[SHMEM__STAT_COUNT];

	shmem__lock_take(&blocks_lock);
	for (size_t i = 0; i < SHMEM__STAT_COUNT; i++) {
		values[i] = get(&process, i);
		for (const shmem__stats *s = blocks; s != NULL; s = s->next)
			values[i] += get(s, i);
	}
	shmem__lock_drop(&blocks_lock);
	fill(out, values);
}
