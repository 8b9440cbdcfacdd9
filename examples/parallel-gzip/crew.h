/* SPDX-License-Identifier: MIT */
/*
 * One worker process, seen from the parent: its channel, and the slots in which
 * blocks are with it. The number of slots is the backpressure: a worker never
 * has more to do than that, and never more results waiting to be written.
 */
#ifndef PARALLEL_GZIP_CREW_H
#define PARALLEL_GZIP_CREW_H

#include <stdbool.h>
#include <stdint.h>

#include <shmem/shmem.h>

#define SLOTS 4

enum slot_state {
	SLOT_FREE, /* both segments are here, to be filled */
	SLOT_SEND, /* the message waits for room in the channel */
	SLOT_AWAY, /* both segments are the worker's */
	SLOT_DONE  /* both are back; the result waits to be written */
};

struct slot {
	enum slot_state state;
	shmem_segment *text, *room;
	shmem_message *message;
	uint64_t block;
	unsigned deaths; /* of workers that had the block in hand */
	uint64_t order;  /* in which the worker was given it */
	uint32_t text_bytes;
	uint32_t result_bytes, crc;
};

struct worker {
	struct worker *next;
	shmem_process *process;
	shmem_channel *channel;
	uint64_t given; /* blocks so far */
	bool ready;     /* in its sandbox; the slots have their segments */
	bool dead;      /* but there may be results of it to be written */
	struct slot slots[SLOTS];
};

/* Starts `program` as a worker. 0 or the library's error. */
int worker_start(const char *program, int level, struct worker **ret);

/* A free slot, or NULL; the one in hand, which is the longest with the worker,
 * or NULL; how many are with it. */
struct slot *worker_free_slot(struct worker *w);
struct slot *worker_slot_in_hand(struct worker *w);
unsigned worker_busy_slots(const struct worker *w);

/* Hands over a slot's segments, its text filled in; now, or by worker_flush()
 * when the channel has room again. 0 or an error. */
int worker_give(struct worker *w, struct slot *slot);
int worker_flush(struct worker *w);

/*
 * Takes in what the worker has sent; *results counts the blocks. 0, or the
 * error that ends this worker: it died (SHMEM_E_CLOSED) or sent nonsense. It is
 * trusted no more than any other sandboxed process.
 */
int worker_collect(struct worker *w, unsigned *results);

/*
 * After such an error: makes sure that it is dead, and takes back what it held;
 * *reclaimed counts the segments. Slots that are not DONE are lost blocks. Says
 * in *status how it ended (see shmem_process_wait()).
 */
void worker_bury(struct worker *w, unsigned *reclaimed, int *status);

/* Lets go of it. Returns how it ended; 0 also where it had to be killed. */
int worker_close(struct worker *w);

#endif
