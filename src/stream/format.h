/* SPDX-License-Identifier: MIT */
/*
 * Records in a segment: how many bytes are used (8 bytes, this header
 * included), then for each record its length (8 bytes) and its bytes, padded
 * to 8. Both ends are on one machine, so numbers are in its byte order.
 */
#ifndef SHMEM_SRC_STREAM_FORMAT_H
#define SHMEM_SRC_STREAM_FORMAT_H

#include <stdint.h>

#define SHMEM__STREAM_HEADER 8u
#define SHMEM__RECORD_HEADER 8u

static inline uint64_t shmem__record_span(uint64_t len)
{
	return SHMEM__RECORD_HEADER + ((len + 7) & ~(uint64_t)7);
}

#endif
