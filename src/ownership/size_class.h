/* SPDX-License-Identifier: MIT */
/*
 * Sizes of memory objects. A few sizes only, so that memory fits again: powers
 * of two up to 32 KiB, then whole units (see mapping/os.h), four steps to each
 * doubling where these are larger. Where the unit is a huge page that costs
 * addresses, not memory: what is not touched is not there, unless a segment
 * that has proven warm gets a huge page (see revoke.c). Where all memory is
 * paid for at once there are no huge pages, and the unit is small.
 */
#ifndef SHMEM_SRC_OWNERSHIP_SIZE_CLASS_H
#define SHMEM_SRC_OWNERSHIP_SIZE_CLASS_H

#include <stddef.h>
#include <stdint.h>

#define SHMEM__HUGE_PAGE ((uint64_t)2 << 20)
#define SHMEM__SIZE_MAX ((uint64_t)1 << 46)
#define SHMEM__CLASS_COUNT 192u

/* A segment of so many bytes does not waste most of a huge page. */
#define SHMEM__WORTH_HUGE ((uint64_t)512 << 10)

/* Bytes of memory for a segment of `bytes` (0: one page); 0 where that is more
 * than SHMEM__SIZE_MAX. *ret_class is below SHMEM__CLASS_COUNT. */
uint64_t shmem__size_class(uint64_t bytes, unsigned *ret_class);

/* From here on moving page tables is cheaper than protecting huge pages. */
#define SHMEM__MOVE_FROM ((uint64_t)128 << 20)

/*
 * How many bytes of addresses such memory takes. From SHMEM__MOVE_FROM on,
 * whole GiB, since a page table of 1 GiB moves as one; what lies beyond the
 * memory raises SIGBUS. Of a capacity that there may be addresses for: at most
 * SIZE_MAX / 2.
 */
size_t shmem__size_span(uint64_t capacity);

/* What the address of such memory is a multiple of. */
size_t shmem__size_align(uint64_t capacity);

#endif
