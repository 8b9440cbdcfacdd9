/* SPDX-License-Identifier: MIT */
/*
 * A ring of packets in shared memory: one process writes, the other reads. It
 * never waits and makes no system call. Each side keeps its own place to itself
 * and believes nothing that it reads: a record is copied out first, then
 * checked.
 *
 * The words that are shared: `head`, where the writer is; `tail`, where the
 * reader is; `sent`, how many packets the writer has sent by this ring or
 * otherwise, so that one look tells whether there is anything at all;
 * `received`, how many the reader has taken in; `asleep`, whether it wants to
 * be woken; `cpu`, where the writer last ran.
 */
#ifndef SHMEM_SRC_TRANSPORT_RING_H
#define SHMEM_SRC_TRANSPORT_RING_H

#include "base/codec.h"

#include <shmem/base.h>
#include <stdatomic.h>

#define SHMEM__RING_MIN ((uint64_t)128 << 10)
#define SHMEM__RING_MAX ((uint64_t)1 << 20)
#define SHMEM__RING_HEADER 4096u /* bytes before the records */

typedef struct shmem__ring_shared {
	/* The writer's line. */
	_Atomic uint64_t head;
	_Atomic uint64_t sent;
	_Atomic uint32_t cpu;
	unsigned char pad1[64 - 20];
	/* The reader's. */
	_Atomic uint64_t tail;
	_Atomic uint64_t received;
	unsigned char pad2[64 - 16];
	/* Written by both. */
	_Atomic uint32_t asleep;
} shmem__ring_shared;

/* Values of `asleep`. */
#define SHMEM__AWAKE 0u
#define SHMEM__ASLEEP 1u      /* and may be woken before there is something */
#define SHMEM__ASLEEP_LOOP 2u /* in an event loop */

/* One side's view of a ring. */
typedef struct shmem__ring {
	shmem__ring_shared *shared; /* NULL: there is none */
	uint64_t bytes;             /* of records; a power of two */
	uint64_t at;                /* this side's place */
	uint64_t other; /* the reader's, as last seen by the writer */
} shmem__ring;

/* Whether a ring may have so many bytes of records. */
bool shmem__ring_size_ok(uint64_t bytes);

/* The writer's view of new, zeroed memory. */
void shmem__ring_create(shmem__ring *ring, void *memory, uint64_t bytes,
			uint64_t sent);

/* The reader's view. */
void shmem__ring_attach(shmem__ring *ring, void *memory, uint64_t bytes,
			uint64_t received);

/* Writes a packet, not yet to be seen. E_AGAIN (no room), E_PROTO (the reader
 * has written nonsense). */
int shmem__ring_put(shmem__ring *ring, const unsigned char *packet,
		    size_t length);

/* All that was put can be seen, and `sent` packets were sent in all. */
static inline void shmem__ring_publish(shmem__ring *ring, uint64_t sent,
				       uint32_t cpu)
{
	shmem__ring_shared *shared = ring->shared;

	atomic_store_explicit(&shared->cpu, cpu, memory_order_relaxed);
	atomic_store_explicit(&shared->head, ring->at, memory_order_release);
	atomic_store_explicit(&shared->sent, sent, memory_order_release);
}

/* Copies the next packet to `out` (`room` bytes) and leaves it there; take
 * then moves on past it. 1, 0 (nothing), E_PROTO. */
int shmem__ring_peek(shmem__ring *ring, unsigned char *out, size_t room,
		     size_t *ret_length);
void shmem__ring_take(shmem__ring *ring, size_t length);

/* Whether to wake the reader: once for each time that it fell asleep. `early`:
 * only one that may be woken before there is something. */
bool shmem__ring_wakes(shmem__ring *ring, bool early);

/* The reader falls asleep (or wakes up); `sent` as it is after that. */
uint64_t shmem__ring_sleep(shmem__ring *ring, uint32_t how);

static inline uint64_t shmem__ring_sent(const shmem__ring *ring)
{
	return atomic_load_explicit(&ring->shared->sent, memory_order_acquire);
}

#endif
