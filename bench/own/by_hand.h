/* SPDX-License-Identifier: MIT */
/* The messages of meter.shmem, packed and checked by hand. */
#ifndef BENCH_BY_HAND_H
#define BENCH_BY_HAND_H

#include <shmem/shmem.h>

/* What arrives; the strings and values are valid during the call. */
typedef struct by_hand_handlers {
	int (*sample)(void *arg, uint64_t id, uint32_t kind, float x, float y,
		      const char *name, const double *values, size_t count);
	int (*give)(void *arg, uint64_t id, shmem_segment **take);
} by_hand_handlers;

int by_hand_send_sample(shmem_channel *channel, uint64_t id, uint32_t kind,
			float x, float y, const char *name,
			const double *values, size_t count);
int by_hand_send_give(shmem_channel *channel, uint64_t id,
		      shmem_segment **take);

/* The next message, checked as generated code does it. */
int by_hand_receive(shmem_channel *channel, const by_hand_handlers *handlers,
		    void *arg);

#endif
