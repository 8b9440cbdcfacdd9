/* SPDX-License-Identifier: MIT */
/*
 * Addresses for segments. Memory of one size class lies side by side in
 * reserved ranges, in the order in which it came, so that what travels together
 * can be revoked together by one system call.
 */
#ifndef SHMEM_SRC_OWNERSHIP_RANGE_H
#define SHMEM_SRC_OWNERSHIP_RANGE_H

#include "ownership/size_class.h"

#include <shmem/base.h>

#include <stdbool.h>

typedef struct shmem__range {
	unsigned char *base;
	size_t length;
	size_t used;   /* from the front, never given out again */
	unsigned live; /* slots in use */
	int process;   /* whose addresses they are: a forked child has not got
			* those that are in use, and something else there */
	struct shmem__range *next;
	struct shmem__range *prev;
} shmem__range;

typedef struct shmem__ranges {
	shmem__range *all;
	shmem__range *current[SHMEM__CLASS_COUNT];

	/* At the end, neighbours that are given back go by one call. */
	bool closing;
	unsigned char *gone;
	size_t gone_length;
} shmem__ranges;

/*
 * Inaccessible addresses for `slots` pieces of memory side by side, each of
 * shmem__size_span(capacity); every one is given back by itself. E_NOMEM,
 * E_SYS.
 */
int shmem__ranges_take(shmem__ranges *ranges, unsigned size_class,
		       uint64_t capacity, unsigned slots,
		       shmem__range **ret_range, unsigned char **ret);

/* The same, and `os` is mapped there from its beginning, READ or RW; or NONE,
 * to be opened later. E_NOMEM, E_ACCESS, E_SYS. */
int shmem__ranges_map(shmem__ranges *ranges, unsigned size_class,
		      uint64_t capacity, unsigned slots, shmem_os_handle os,
		      shmem_access access, shmem__range **ret_range,
		      unsigned char **ret);

/* Whether its addresses are this process's. */
bool shmem__range_is_here(const shmem__range *range);

/* They are unmapped, if they are this process's. */
void shmem__ranges_give(shmem__ranges *ranges, unsigned size_class,
			shmem__range *range, unsigned char *at,
			uint64_t capacity);

/* From here on all is given back, and nothing taken; then unmaps everything. */
void shmem__ranges_close(shmem__ranges *ranges);
void shmem__ranges_fini(shmem__ranges *ranges);

#endif
