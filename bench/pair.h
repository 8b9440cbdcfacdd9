/* SPDX-License-Identifier: MIT */
/*
 * Two forked processes pinned to two cores, and the page of memory through
 * which they agree on what comes next and hand back what they measured.
 */
#ifndef BENCH_PAIR_H
#define BENCH_PAIR_H

#include <stdatomic.h>
#include <sys/types.h>

#include "bench.h"

#define BENCH_SAMPLES_MAX 32768

struct bench_pair {
	_Atomic uint64_t agreed;   /* what the sender said last */
	_Atomic uint32_t stage[2]; /* how often each side has agreed */
	_Atomic uint32_t signalled;
	_Atomic uint32_t failed;
	char reason[160];

	/* What came out. */
	uint64_t first_ns; /* the very first round trip */
	double message_ns; /* in the stream; 0: not measured */
	double value;      /* the scenario's own; NAN: none */
	char note[40];     /* how it was done, if that is known */
	uint32_t sample_count;
	uint64_t samples[BENCH_SAMPLES_MAX]; /* round trips, ns */
};

typedef void bench_side_fn(struct bench_pair *pair, enum bench_side side,
			   void *arg);

struct bench_pair *bench_pair_new(void);
void bench_pair_free(struct bench_pair *pair);
/* Forgets what was measured. */
void bench_pair_reset(struct bench_pair *pair);

/*
 * Runs `fn` in two new processes, not yet pinned. False where one of them
 * failed or it took longer than the timeout: pair->reason says why. No process
 * is left.
 */
bool bench_pair_run(struct bench_pair *pair, bench_side_fn *fn, void *arg,
		    int timeout_ms);

/* Pins the calling thread, and what it starts later, to its side's core. */
void bench_pin(enum bench_side side);

/* Both wait for each other; the receiver gets what the sender said. */
uint64_t bench_agree(struct bench_pair *pair, enum bench_side side,
		     uint64_t value);

/* One-way: the sender is ready to be connected to. */
void bench_signal(struct bench_pair *pair);
void bench_await_signal(struct bench_pair *pair);

void bench_sample(struct bench_pair *pair, uint64_t ns);

#endif
