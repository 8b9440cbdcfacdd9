/* SPDX-License-Identifier: MIT */
/* What this library's own subjects have in common: a channel over a socket pair
 * that was made before the fork. The first member of their state. */
#ifndef BENCH_OURS_H
#define BENCH_OURS_H

#include <shmem/shmem.h>

#include "../pair.h"

struct ours {
	shmem_os_handle ends[2];
	shmem_channel *channel;
};

/* For a peer's prepare and discard; the state's memory is the caller's. */
const char *ours_prepare(struct bench_cell *cell, struct ours *ours);
void ours_discard(struct bench_cell *cell);

/* Spins or not as the cell says; other options are the caller's. */
void ours_adopt(struct bench_cell *cell, enum bench_side side,
		shmem_channel_opts *opts);

/* Ends this side where a call failed. */
void ours_check(struct bench_cell *cell, const char *what, int err);

/* Bytes in a message, waiting where there is no room; the next message. */
void ours_send(struct bench_cell *cell, const void *bytes, size_t len);
void ours_recv(struct bench_cell *cell, shmem_message **ret);

#endif
