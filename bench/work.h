/* SPDX-License-Identifier: MIT */
/* The work done on each message: every byte is written, every byte checked. */
#ifndef BENCH_WORK_H
#define BENCH_WORK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Fills `bytes` (a multiple of 64; aligned to 8) with what only this seed
 * and this position give. */
void bench_produce(void *data, size_t bytes, uint64_t seed);

/* Reads all of it; false where any byte is not what produce wrote. */
bool bench_consume(const void *data, size_t bytes, uint64_t seed);

uint64_t bench_now_ns(void);

#endif
