/* SPDX-License-Identifier: MIT */
/* Reserved address ranges, given out from the front. */
#include "ownership/range.h"

#include "base/error.h"
#include "base/fault.h"
#include "base/os.h"
#include "mapping/os.h"

/* A range of a small class spans at most this, and at most so many slots. */
#define RANGE_BYTES ((uint64_t)(SIZE_MAX > UINT32_MAX ? 4 : 1) << 20)
#define RANGE_SLOTS 256u

/* How often somebody else may be faster in taking a slot's addresses. */
#define TRIES 16

static int range_new(shmem__ranges *ranges, uint64_t capacity, unsigned least,
		     shmem__range **ret)
{
	uint64_t span = shmem__size_span(capacity);
	uint64_t slots = RANGE_BYTES / span;
	shmem__range *range;
	void *base;
	int err;

	if (slots > RANGE_SLOTS)
		slots = RANGE_SLOTS;
	if (slots < least)
		slots = least;
	if (slots > SIZE_MAX / 2 / span)
		return SHMEM_E_NOMEM;
	range = shmem__calloc(1, sizeof(*range));
	if (range == NULL)
		return SHMEM_E_NOMEM;
	err = shmem__range_reserve((size_t)(slots * span),
				   shmem__size_align(capacity), &base);
	if (err != 0) {
		shmem__free(range);
		return err;
	}
	range->base = base;
	range->length = (size_t)(slots * span);
	range->process = shmem__process_id();
	range->next = ranges->all;
	if (range->next != NULL)
		range->next->prev = range;
	ranges->all = range;
	*ret = range;
	return 0;
}

static void range_drop(shmem__ranges *ranges, shmem__range *range)
{
	if (range->prev != NULL)
		range->prev->next = range->next;
	else
		ranges->all = range->next;
	if (range->next != NULL)
		range->next->prev = range->prev;
	if (range->used < range->length)
		shmem__view_unmap(range->base + range->used,
				  range->length - range->used);
	shmem__free(range);
}

bool shmem__range_is_here(const shmem__range *range)
{
	return range->process == shmem__process_id();
}

int shmem__ranges_take(shmem__ranges *ranges, unsigned size_class,
		       uint64_t capacity, unsigned slots,
		       shmem__range **ret_range, unsigned char **ret)
{
	shmem__range *range = ranges->current[size_class];
	size_t span;
	int err;

	/* A peer's memory may be larger than all addresses here. */
	if (capacity > SIZE_MAX / 2)
		return SHMEM_E_NOMEM;
	span = shmem__size_span(capacity);
	if (range == NULL || !shmem__range_is_here(range) ||
	    (range->length - range->used) / span < slots) {
		err = range_new(ranges, capacity, slots, &range);
		if (err != 0)
			return err;
		ranges->current[size_class] = range;
	}
	*ret = range->base + range->used;
	*ret_range = range;
	range->used += slots * span;
	range->live += slots;
	return 0;
}

static void unmap_gone(shmem__ranges *ranges)
{
	if (ranges->gone_length != 0)
		shmem__view_unmap(ranges->gone, ranges->gone_length);
	ranges->gone_length = 0;
}

static void unmap(shmem__ranges *ranges, unsigned char *at, size_t span)
{
	if (!ranges->closing) {
		shmem__view_unmap(at, span);
		return;
	}
	if (ranges->gone + ranges->gone_length != at) {
		unmap_gone(ranges);
		ranges->gone = at;
	}
	ranges->gone_length += span;
}

void shmem__ranges_give(shmem__ranges *ranges, unsigned size_class,
			shmem__range *range, unsigned char *at,
			uint64_t capacity)
{
	if (shmem__range_is_here(range))
		unmap(ranges, at, shmem__size_span(capacity));
	if (--range->live > 0)
		return;
	if (ranges->current[size_class] == range)
		ranges->current[size_class] = NULL;
	range_drop(ranges, range);
}

/* In one view where each slot can be given back by itself all the same. */
static int map_run(shmem_os_handle os, size_t count, size_t span,
		   shmem_access access, unsigned char *base)
{
	size_t length = shmem__view_splits() ? count * span : span;
	void *at;
	int err = 0;

	for (size_t i = 0; i < count * span && err == 0; i += length)
		err = shmem__view_map(os, i, length, access, base + i, &at);
	return err;
}

int shmem__ranges_map(shmem__ranges *ranges, unsigned size_class,
		      uint64_t capacity, unsigned slots, shmem_os_handle os,
		      shmem_access access, shmem__range **ret_range,
		      unsigned char **ret)
{
	size_t span = 0;
	shmem__range *range = NULL;
	unsigned char *base = NULL;
	int err = SHMEM_E_BUSY;

	for (int i = 0; i < TRIES && err == SHMEM_E_BUSY; i++) {
		err = shmem__ranges_take(ranges, size_class, capacity, slots,
					 &range, &base);
		if (err != 0)
			return err;
		span = shmem__size_span(capacity);
		err = map_run(os, slots, span, access, base);
		for (unsigned n = 0; n < slots && err != 0; n++)
			shmem__ranges_give(ranges, size_class, range,
					   base + n * span, capacity);
	}
	if (err == SHMEM_E_BUSY)
		err = SHMEM_E_NOMEM;
	if (err == 0) {
		*ret_range = range;
		*ret = base;
	}
	return err;
}

void shmem__ranges_close(shmem__ranges *ranges)
{
	ranges->closing = shmem__view_splits();
}

void shmem__ranges_fini(shmem__ranges *ranges)
{
	unmap_gone(ranges);
	/* Slots that were given back may be somebody else's addresses by now:
	 * only what no slot covers is unmapped here, the rest slot by slot. */
	while (ranges->all != NULL)
		range_drop(ranges, ranges->all);
}
