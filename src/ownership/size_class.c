/* SPDX-License-Identifier: MIT */
/* Rounding sizes up to size classes. */
#include "ownership/size_class.h"

#include "base/os.h"
#include "mapping/os.h"

#include <stdbool.h>

/* From here on a segment has whole units to itself. */
#define LARGE_FROM ((uint64_t)64 << 10)
#define GIGA ((uint64_t)1 << 30)
/* Larger classes: four to a power of two. */
#define STEP_BITS 2u

static unsigned log2_floor(uint64_t n)
{
	unsigned log = 0;

	for (unsigned step = 32; step > 0; step /= 2)
		if (n >> step != 0) {
			n >>= step;
			log += step;
		}
	return log;
}

uint64_t shmem__size_class(uint64_t bytes, unsigned *ret_class)
{
	uint64_t page = shmem__page_size();
	uint64_t unit = shmem__view_unit();
	uint64_t step;
	uint64_t capacity;
	uint64_t above;
	unsigned log;

	if (bytes > SHMEM__SIZE_MAX)
		return 0;
	if (bytes < page)
		bytes = page;
	log = log2_floor(bytes);
	step = (uint64_t)1 << log;
	if (bytes > LARGE_FROM)
		step >>= STEP_BITS;
	if (step < page)
		step = page;
	capacity = (bytes + step - 1) & ~(step - 1);
	/* Of the capacity, not the size: a capacity must be one of itself. */
	if (capacity >= LARGE_FROM && step < unit)
		capacity = (bytes + unit - 1) & ~(unit - 1);
	log = log2_floor(capacity);
	above = capacity - ((uint64_t)1 << log);
	*ret_class = (log << STEP_BITS) + (unsigned)(above << STEP_BITS >> log);
	return capacity;
}

static bool in_gigas(uint64_t capacity)
{
	return capacity >= SHMEM__MOVE_FROM && SIZE_MAX > UINT32_MAX;
}

size_t shmem__size_span(uint64_t capacity)
{
	if (in_gigas(capacity))
		return (size_t)((capacity + GIGA - 1) / GIGA * GIGA);
	if (capacity < shmem__view_step())
		return shmem__view_step();
	return (size_t)capacity;
}

size_t shmem__size_align(uint64_t capacity)
{
	/* The largest power of two that goes into it. */
	uint64_t align = capacity & (~capacity + 1);

	if (in_gigas(capacity))
		return (size_t)GIGA;
	if (align > SHMEM__HUGE_PAGE)
		return (size_t)SHMEM__HUGE_PAGE;
	if (capacity < LARGE_FROM || align < shmem__view_step())
		return shmem__view_step();
	return (size_t)align;
}
