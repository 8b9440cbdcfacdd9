/* SPDX-License-Identifier: MIT */
/*
 * What the parent and its workers say to each other. A worker first sends an
 * empty message: it is in its sandbox and ready. Then each job travels to it
 * with two segments, one with the text and one for the result; the result
 * travels back with the same two. Parent and worker are one program on one
 * machine, so plain structs do.
 */
#ifndef PARALLEL_GZIP_JOB_H
#define PARALLEL_GZIP_JOB_H

#include <stdint.h>
#include <zlib.h>

#define BLOCK_BYTES (1u << 20)

/* Room for any compressed block and the flush that ends it. */
static inline uint64_t result_room(void)
{
	return (uint64_t)compressBound(BLOCK_BYTES) + 64;
}

struct job {
	uint64_t block; /* number of the block in the file */
	uint32_t bytes; /* of text in the first segment */
	uint32_t reserved;
};

struct result {
	uint64_t block;
	uint32_t bytes; /* of deflated data in the second segment */
	uint32_t crc;   /* CRC-32 of the text */
};

#endif
