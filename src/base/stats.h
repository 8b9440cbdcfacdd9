/* SPDX-License-Identifier: MIT */
/*
 * Statistics. A channel counts in a block of its own, which only its thread
 * writes, so that counting costs a plain addition; the process's figures are
 * the sum of all blocks and of one that every thread adds to.
 */
#ifndef SHMEM_SRC_BASE_STATS_H
#define SHMEM_SRC_BASE_STATS_H

#include <shmem/diagnose.h>
#include <stdatomic.h>

/* A figure's place: its index among the uint64_t of shmem_stats. */
#define SHMEM__STAT(field)                                                     \
	((offsetof(shmem_stats, field) - offsetof(shmem_stats, handles)) /     \
	 sizeof(uint64_t))
#define SHMEM__STAT_COUNT                                                      \
	((sizeof(shmem_stats) - offsetof(shmem_stats, handles)) /              \
	 sizeof(uint64_t))

typedef struct shmem__stats {
	_Atomic uint64_t value[SHMEM__STAT_COUNT];
	struct shmem__stats *_Atomic next;
	struct shmem__stats *_Atomic *_Atomic at; /* what points to it */
} shmem__stats;

/* Adds to the process's own block; any thread. `n` may wrap to subtract. */
void shmem__count(size_t stat, uint64_t n);
#define SHMEM__COUNT(field, n) shmem__count(SHMEM__STAT(field), (uint64_t)(n))

/* Adds to a block; its one thread. */
static inline void shmem__stats_add(shmem__stats *s, size_t stat, uint64_t n)
{
	uint64_t v =
		atomic_load_explicit(&s->value[stat], memory_order_relaxed);

	atomic_store_explicit(&s->value[stat], v + n, memory_order_relaxed);
}
#define SHMEM__ADD(stats, field, n)                                            \
	shmem__stats_add(stats, SHMEM__STAT(field), (uint64_t)(n))

/* Makes a zeroed block part of the process's figures; leave adds what it
 * counted to the process's own block. */
void shmem__stats_join(shmem__stats *s);
void shmem__stats_leave(shmem__stats *s);

/* Fills in as much of `out` as out->size says. */
void shmem__stats_copy(const shmem__stats *s, shmem_stats *out);

#endif
