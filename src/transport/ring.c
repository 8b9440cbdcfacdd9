/* SPDX-License-Identifier: MIT */
/* Records in a ring: an 8-byte length, the packet, padding to a cache line. */
#include "transport/ring.h"

#define LINE 64u
#define RECORD_HEADER 8u
#define SKIP UINT32_MAX /* instead of a length: go on at the beginning */

/* Where the writer starts over when everything has been read, so that a ring
 * in light use stays in the cache and takes few pages. */
#define RESTART 8192u

bool shmem__ring_size_ok(uint64_t bytes)
{
	return bytes >= SHMEM__RING_MIN && bytes <= SHMEM__RING_MAX &&
	       (bytes & (bytes - 1)) == 0;
}

static uint64_t record_bytes(uint64_t length)
{
	return (RECORD_HEADER + length + LINE - 1) & ~(uint64_t)(LINE - 1);
}

static unsigned char *record_at(const shmem__ring *ring, uint64_t place)
{
	return (unsigned char *)ring->shared + SHMEM__RING_HEADER +
	       (place & (ring->bytes - 1));
}

void shmem__ring_create(shmem__ring *ring, void *memory, uint64_t bytes,
			uint64_t sent)
{
	memset(ring, 0, sizeof(*ring));
	ring->shared = memory;
	ring->bytes = bytes;
	atomic_store(&ring->shared->sent, sent);
	/* Until a reader is there, who knows what it has read? */
	atomic_store(&ring->shared->received, UINT64_MAX);
	atomic_store(&ring->shared->asleep, SHMEM__ASLEEP_LOOP);
}

void shmem__ring_attach(shmem__ring *ring, void *memory, uint64_t bytes,
			uint64_t received)
{
	memset(ring, 0, sizeof(*ring));
	ring->shared = memory;
	ring->bytes = bytes;
	atomic_store(&ring->shared->received, received);
}

static int look_at_tail(shmem__ring *ring)
{
	uint64_t tail =
		atomic_load_explicit(&ring->shared->tail, memory_order_acquire);

	if (ring->at - tail > ring->bytes || tail < ring->other)
		return SHMEM_E_PROTO;
	ring->other = tail;
	return 0;
}

static void store_length(unsigned char *record, uint32_t length)
{
	*(volatile uint32_t *)(void *)record = length;
}

int shmem__ring_put(shmem__ring *ring, const unsigned char *packet,
		    size_t length)
{
	uint64_t offset = ring->at & (ring->bytes - 1);
	uint64_t need = record_bytes(length);
	uint64_t skip = 0;
	int err;

	if (offset >= RESTART) {
		err = look_at_tail(ring);
		if (err != 0)
			return err;
	}
	if (offset + need > ring->bytes ||
	    (offset >= RESTART && ring->other == ring->at))
		skip = ring->bytes - offset;
	if (ring->bytes - (ring->at - ring->other) < skip + need) {
		err = look_at_tail(ring);
		if (err != 0)
			return err;
		if (ring->bytes - (ring->at - ring->other) < skip + need)
			return SHMEM_E_AGAIN;
	}
	if (skip != 0)
		store_length(record_at(ring, ring->at), SKIP);
	ring->at += skip;
	store_length(record_at(ring, ring->at), (uint32_t)length);
	memcpy(record_at(ring, ring->at) + RECORD_HEADER, packet, length);
	ring->at += need;
	return 0;
}

static uint32_t load_length(const unsigned char *record)
{
	/* Once: the writer may be changing it. */
	return *(const volatile uint32_t *)(const void *)record;
}

int shmem__ring_peek(shmem__ring *ring, unsigned char *out, size_t room,
		     size_t *ret_length)
{
	uint64_t head =
		atomic_load_explicit(&ring->shared->head, memory_order_acquire);
	uint64_t offset = ring->at & (ring->bytes - 1);
	uint32_t length;

	if (head == ring->at)
		return 0;
	if (head - ring->at > ring->bytes || head % LINE != 0)
		return SHMEM_E_PROTO;
	length = load_length(record_at(ring, ring->at));
	if (length == SKIP) {
		if (offset == 0 || head - ring->at <= ring->bytes - offset)
			return SHMEM_E_PROTO;
		ring->at += ring->bytes - offset;
		offset = 0;
		length = load_length(record_at(ring, ring->at));
	}
	if (length > room || record_bytes(length) > ring->bytes - offset ||
	    record_bytes(length) > head - ring->at)
		return SHMEM_E_PROTO;
	memcpy(out, record_at(ring, ring->at) + RECORD_HEADER, length);
	*ret_length = length;
	return 1;
}

void shmem__ring_take(shmem__ring *ring, size_t length)
{
	ring->at += record_bytes(length);
	atomic_store_explicit(&ring->shared->tail, ring->at,
			      memory_order_release);
}

/*
 * The writer publishes, then looks whether the reader sleeps; the reader says
 * that it sleeps, then looks whether something was published. With a full fence
 * between the two on either side at least one of them sees the other.
 */
bool shmem__ring_wakes(shmem__ring *ring, bool early)
{
	_Atomic uint32_t *asleep = &ring->shared->asleep;
	uint32_t how;

	if (!early)
		atomic_thread_fence(memory_order_seq_cst);
	how = atomic_load_explicit(asleep, memory_order_relaxed);
	if (how == SHMEM__AWAKE || (early && how != SHMEM__ASLEEP))
		return false;
	return atomic_exchange(asleep, SHMEM__AWAKE) != SHMEM__AWAKE;
}

uint64_t shmem__ring_sleep(shmem__ring *ring, uint32_t how)
{
	atomic_store_explicit(&ring->shared->asleep, how, memory_order_relaxed);
	if (how == SHMEM__AWAKE)
		return 0;
	atomic_thread_fence(memory_order_seq_cst);
	return shmem__ring_sent(ring);
}
