/* SPDX-License-Identifier: MIT */
/* What this machine is, which two of its cores are used, and whether it is
 * quiet enough to measure. */
#ifndef BENCH_MACHINE_H
#define BENCH_MACHINE_H

#include <stdbool.h>
#include <stdint.h>

struct machine {
	char cpu[96];
	char kernel[96];
	char date[32];
	char huge_shmem[16]; /* shmem_enabled: what memfds may have */
	unsigned cores;      /* that this process may use */
	uint64_t memory;     /* bytes */
	double load;         /* how much else went on at the start */
	int cpus[2];         /* where the two sides are pinned */
	bool one_core;       /* then both are pinned to the same */
};

const struct machine *machine_get(void);

void machine_pin(int side);

/* Bytes that can be used without swapping, now. */
uint64_t machine_memory_available(void);

/*
 * Waits until the machine is idle, at most `limit_ms`; false where it never
 * was. Other people's work is the largest error there is.
 */
bool machine_wait_quiet(int limit_ms);

#endif
