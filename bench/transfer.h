/* SPDX-License-Identifier: MIT */
/* One peer at one size: round trips of a message and its answer, then a
 * stream of messages. */
#ifndef BENCH_TRANSFER_H
#define BENCH_TRANSFER_H

#include "pair.h"

struct transfer {
	const struct bench_peer *peer;
	size_t bytes;
	bool spin;
	bool only_first;    /* one round trip, between processes just started */
	unsigned budget_ms; /* for the round trips, and again for the stream */
};

/* What has been measured is in *pair; false: pair->reason says why not. */
bool transfer_run(const struct transfer *what, struct bench_pair *pair);

/* How many messages one answer stands for; twice as many may be under way. */
unsigned transfer_window(size_t bytes);

/* Bytes of memory that a cell of this size may need. */
uint64_t transfer_memory(size_t bytes);

#endif
