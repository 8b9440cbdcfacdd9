/* SPDX-License-Identifier: MIT */
/* What the scenarios of this library have in common. */
#ifndef BENCH_OWN_H
#define BENCH_OWN_H

#include <shmem/shmem.h>

#include "../plan.h"

/* One job of a scenario, as both its sides see it. */
struct own {
	const struct bench_job *job;
	struct bench_pair *pair;
	size_t channels;
	shmem_os_handle (*ends)[2];
	shmem_channel **channel; /* this side's */
};

void own_check(struct own *own, const char *what, int err);

/*
 * Runs `fn` in two processes that have `channels` socket pairs between them;
 * the arg of each is a struct own whose channels are not yet adopted.
 */
bool own_run(const struct bench_job *job, struct bench_pair *pair,
	     size_t channels, bench_side_fn *fn);

/* Adopts all channels; spinning and enforcement are the job's. */
void own_adopt(struct own *own, enum bench_side side);
void own_adopt_with(struct own *own, enum bench_side side,
		    const shmem_channel_opts *opts);

void own_send(struct own *own, shmem_channel *channel, shmem_segment **take);
shmem_segment *own_recv(struct own *own, shmem_channel *channel);
/* Touches each page, and changes nothing. */
void own_touch(shmem_segment *segment);
/* Waits for an empty message, or sends one. */
void own_recv_empty(struct own *own, shmem_channel *channel);
void own_send_empty(struct own *own, shmem_channel *channel);

/*
 * Passes segments there and back, in turn, each on its own channel; one byte is
 * touched at each side. The sender has all of them before and after; for the
 * receiver `segments` is nothing. Only the time of a round trip is sampled.
 */
void own_pass(struct own *own, enum bench_side side, shmem_channel **channels,
	      size_t count, shmem_segment **segments);

/* Notes how the first channel's segments changed hands. */
void own_note(struct own *own);

/* How many descriptors this process has open. */
unsigned own_descriptors(void);

/* The variants that a job may have. */
enum own_enforce { OWN_PROTECT, OWN_UNMAP, OWN_NONE };

#endif
