/* SPDX-License-Identifier: MIT */
/*
 * Two processes that pass segments to and fro at random, until one of them
 * dies; and the account of every segment that the survivor then gives.
 *
 * A segment's contents are a number that is never used twice, and its low byte
 * all over. Whoever receives one first notes its number in memory that both
 * processes share, then writes all over it; whoever frees one notes that first.
 * Only the latest notes are kept.
 *
 * What is wrong fails the test; in a program that is none it is told to
 * crash_wrong().
 */
#ifndef SHMEM_TESTS_CRASH_H
#define SHMEM_TESTS_CRASH_H

#include "channels.h"

#include <stdatomic.h>

#define CRASH_NOTES 8192u

/* What one process has begun to do, and with what. */
typedef struct crash_notes {
	atomic_ulong count;
	uint64_t what[CRASH_NOTES];
} crash_notes;

typedef struct crash_shared {
	crash_notes taken; /* numbers */
	crash_notes freed; /* segments' ids */
	atomic_ulong steps;
	_Atomic uint64_t killed_at; /* ms, by support_now() */
} crash_shared;

typedef struct crash_load {
	unsigned live;  /* segments: more are made as long as there are less */
	unsigned batch; /* made, and messages received, at a time; 64 */
	unsigned keep;  /* held back from sending */
	unsigned burst; /* at most in one message; 64 */
	int wait;       /* ms that a step may wait for a message */
} crash_load;

typedef struct crash_party {
	shmem_channel *channel;
	crash_shared *shared;
	crash_load load;
	bool noting; /* the one that will die */
	uint32_t seed;
	uint64_t last_number;
	uint64_t moves; /* segments sent and received */
	unsigned known; /* of those that came home, by what was said of them */

	unsigned room; /* for each of these */
	unsigned held_count;
	unsigned away_count;
	shmem_segment **held;
	struct crash_away {
		uint64_t id; /* 0: nothing */
		uint64_t number;
	} * away;
	shmem_message *request;
} crash_party;

extern void (*crash_wrong)(const char *what);

void crash_shared_clear(crash_shared *shared);

/* The side decides what numbers it uses. A load of NULL is a small one. */
void crash_begin(crash_party *party, shmem_channel *channel,
		 crash_shared *shared, unsigned side, bool noting,
		 uint32_t seed, const crash_load *load);

/* One thing, chosen at random. The channel's end, or 0. */
int crash_step(crash_party *party);

/* After the peer's end: where is everything? Fails the test where something is
 * lost, or not what it should be. Closes the channel. Returns how many segments
 * came home. */
unsigned crash_account(crash_party *party);

/* Closes the channel, whatever is where. */
void crash_end(crash_party *party);

#endif
