/* SPDX-License-Identifier: MIT */
/*
 * Two processes that pass segments to and fro at random, until one of them
 * dies; and the account of every segment that the survivor then gives.
 *
 * A segment's contents are a number that is never used twice, and its low byte
 * all over. Whoever receives one first notes its number in memory that both
 * processes share, then writes all over it; whoever frees one notes that first.
 */
#ifndef SHMEM_TESTS_CRASH_H
#define SHMEM_TESTS_CRASH_H

#include "channels.h"

#include <stdatomic.h>

#define CRASH_AWAY 64u
#define CRASH_HELD (2 * CRASH_AWAY)
#define CRASH_NOTES 65536u

/* What one process has begun to do, and with what. */
typedef struct crash_notes {
	atomic_uint count;
	uint64_t what[CRASH_NOTES];
} crash_notes;

typedef struct crash_shared {
	crash_notes taken; /* numbers */
	crash_notes freed; /* segments' ids */
	atomic_ulong steps;
} crash_shared;

typedef struct crash_party {
	shmem_channel *channel;
	crash_shared *shared;
	bool noting; /* the one that will die */
	uint32_t seed;
	uint64_t last_number;

	shmem_segment *held[CRASH_HELD];
	struct {
		uint64_t id; /* 0: nothing */
		uint64_t number;
	} away[CRASH_AWAY];
	shmem_message *request;
} crash_party;

crash_shared *crash_shared_make(void);
void crash_shared_free(crash_shared *shared);

/* The side decides what numbers it uses. */
void crash_begin(crash_party *party, shmem_channel *channel,
		 crash_shared *shared, unsigned side, bool noting,
		 uint32_t seed);

/* One thing, chosen at random. The channel's end, or 0. */
int crash_step(crash_party *party);

/* After the peer's end: where is everything? Fails the test where something is
 * lost, or not what it should be. Closes the channel. Returns how many segments
 * came home. */
unsigned crash_account(crash_party *party);

#endif
