/* SPDX-License-Identifier: MIT */
/* The frame of a gzip file. */
#ifndef PARALLEL_GZIP_GZIP_H
#define PARALLEL_GZIP_GZIP_H

#include <stddef.h>
#include <stdint.h>
#include <time.h>

#define GZIP_HEADER_MAX 266 /* ten bytes, a file name and its NUL */
#define GZIP_TRAILER_BYTES 10

/* Writes the beginning of a gzip file; returns its size. `name` may be NULL. */
size_t gzip_header(unsigned char out[GZIP_HEADER_MAX], const char *name,
		   time_t modified, int level);

/* Writes what follows the last block: the end of the stream, CRC and size. */
void gzip_trailer(unsigned char out[GZIP_TRAILER_BYTES], uint32_t crc,
		  uint64_t text_bytes);

/* The CRC of two texts in a row, from theirs and the size of the second. */
uint32_t gzip_join_crc(uint32_t first, uint32_t second, uint32_t second_bytes);

#endif
