/* SPDX-License-Identifier: MIT */
/* The messages of typed.shmem, packed and checked by hand. */
#ifndef TESTS_COST_TYPED_BY_HAND_H
#define TESTS_COST_TYPED_BY_HAND_H

#include <shmem/shmem.h>

/* What arrives; strings and arrays are valid during the call, and a segment
 * that is left is freed. */
typedef struct by_hand_handlers {
	int (*move)(void *arg, uint32_t id, int32_t x, int32_t y);
	int (*draw)(void *arg, uint32_t id, int32_t x, int32_t y,
		    const char *name, const uint32_t *colours, size_t count);
	int (*show)(void *arg, uint32_t id, int32_t x, int32_t y,
		    const char *name, const uint32_t *colours, size_t count,
		    shmem_segment **take);
} by_hand_handlers;

int by_hand_send_move(shmem_channel *channel, uint32_t id, int32_t x,
		      int32_t y);
int by_hand_send_draw(shmem_channel *channel, uint32_t id, int32_t x, int32_t y,
		      const char *name, const uint32_t *colours, size_t count);
int by_hand_send_show(shmem_channel *channel, uint32_t id, int32_t x, int32_t y,
		      const char *name, const uint32_t *colours, size_t count,
		      shmem_segment **take);
int by_hand_receive(shmem_channel *channel, const by_hand_handlers *handlers,
		    void *arg);

#endif
