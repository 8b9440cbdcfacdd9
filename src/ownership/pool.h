/* SPDX-License-Identifier: MIT */
/*
 * The memory behind a channel's segments: made here or taken in from the peer,
 * mapped once, recycled, in the end unmapped. It belongs to one channel, so
 * that recycled bytes never reach anybody but the two who knew them.
 */
#ifndef SHMEM_SRC_OWNERSHIP_POOL_H
#define SHMEM_SRC_OWNERSHIP_POOL_H

#include "base/stats.h"
#include "ownership/ledger.h"
#include "ownership/range.h"

#include <shmem/channel.h>

/* Memory of one maker, and how much there may be. */
typedef struct shmem__budget {
	uint64_t count;
	uint64_t bytes;
	uint64_t max_count;
	uint64_t max_bytes;
} shmem__budget;

typedef struct shmem__pool {
	shmem__ledger *ledger;
	shmem__stats *stats;
	shmem_enforce enforce;
	bool keep_os; /* descriptors outlive mapping: UNMAP, or not yet known */
	bool lends;   /* the peer's views of ours are made, and taken, by us */
	bool guest;   /* ours of the peer's by the peer */
	bool scrub;
	bool no_move;         /* page tables are not moved */
	uint32_t huge_small;  /* small segments in huge pages */
	shmem__budget ours;   /* what the peer must be able to map */
	shmem__budget theirs; /* what the peer makes us map */
	uint64_t free_bytes;
	uint64_t free_max;
	uint64_t free_low; /* the least of free_bytes since it was last asked */
	uint32_t unannounced;      /* of ours, that the peer does not have */
	uint32_t unannounced_from; /* no lower slot has such a one */
	shmem__ranges ranges;
	shmem__entry *free[SHMEM__CLASS_COUNT]; /* ours, last freed first */
} shmem__pool;

/* The ledger and the statistics are borrowed. */
void shmem__pool_init(shmem__pool *pool, shmem__ledger *ledger,
		      shmem__stats *stats);

/* Unmaps and closes everything. */
void shmem__pool_fini(shmem__pool *pool);

/*
 * A segment of `bytes` that is ours (OWNED, pages open), out of recycled memory
 * or fresh. E_LIMIT, E_NOMEM, E_NOSPACE, E_UNSUPPORTED, E_SYS.
 */
int shmem__pool_alloc(shmem__pool *pool, uint64_t bytes, shmem__entry **ret);

/*
 * Several such segments, all or none, as many as `count` of what lies in the
 * pool; *ret_n may be 0. E_NOMEM, E_SYS.
 */
int shmem__pool_alloc_reused(shmem__pool *pool, uint64_t bytes, size_t count,
			     shmem__entry **entries, size_t *ret_n);

/*
 * A run: `count` segments (2 to SHMEM__RUN_MAX) in one fresh memory object,
 * side by side in one view, so that one cheap call revokes or restores all of
 * them; one alone costs more than elsewhere, since the view splits. The caller
 * announces it at once, or frees and retires each. Errors as for alloc;
 * E_UNSUPPORTED where it does not pay or views are replaced one by one (UNMAP,
 * or not yet agreed).
 */
#define SHMEM__RUN_MAX 256u
int shmem__pool_alloc_run(shmem__pool *pool, uint64_t bytes, size_t count,
			  shmem__entry **entries);

/* Whether the next alloc of so many bytes finds memory to use again. */
bool shmem__pool_has(const shmem__pool *pool, uint64_t bytes);

/*
 * A segment has become DEAD (its pages are closed already): its memory, if
 * ours, is kept for reuse. Where there is enough of it already, true: the
 * caller retires the memory, at the peer too.
 */
bool shmem__pool_recycle(shmem__pool *pool, shmem__entry *entry);

/* Some free memory of ours, largest first, no longer in the pool, for the
 * caller to retire; NULL where there is none. */
shmem__entry *shmem__pool_evict(shmem__pool *pool);

/* The same, of at most `max` bytes. */
shmem__entry *shmem__pool_evict_below(shmem__pool *pool, uint64_t max);

/* The memory goes away at this side. A slot of ours may be used again. */
void shmem__pool_retire(shmem__pool *pool, shmem__entry *entry);

/*
 * The peer's memory object for a slot of the peer's, or a run for several
 * (ascending): checked and mapped, inaccessible. Takes `take` on success.
 * E_PROTO (slot in use or out of range, capacity or run not possible, more than
 * it may), E_UNTRUSTED, E_NOMEM, E_SYS.
 */
int shmem__pool_take_in(shmem__pool *pool, const uint32_t *slots, size_t count,
			uint64_t capacity, shmem_os_handle take);

/* The first of ours that the peer does not have, at most `max`. */
size_t shmem__pool_unannounced(shmem__pool *pool, shmem__entry **list,
			       size_t max);

/* The peer has mapped it: the descriptor is not needed any more. */
void shmem__pool_announced(shmem__pool *pool, shmem__entry *entry);

/* What both ends agreed on. Descriptors that are not needed are closed;
 * E_NOMEM, E_SYS where pages that are not ours could not be unmapped. */
int shmem__pool_set_enforce(shmem__pool *pool, shmem_enforce enforce);

#endif
