/* SPDX-License-Identifier: MIT */
/*
 * The frame of a gzip file (RFC 1952) with one member: header, deflated blocks
 * that each end on a byte border, an empty last block, CRC and size.
 */
#include "gzip.h"

#include <string.h>
#include <zlib.h>

enum { DEFLATE = 8, HAS_NAME = 8, BEST = 2, FASTEST = 4, UNIX = 3 };

static void put32(unsigned char *out, uint32_t value)
{
	for (int i = 0; i < 4; i++)
		out[i] = (unsigned char)(value >> 8 * i);
}

size_t gzip_header(unsigned char out[GZIP_HEADER_MAX], const char *name,
		   time_t modified, int level)
{
	size_t name_bytes = name == NULL ? 0 : strlen(name) + 1;

	if (name_bytes > GZIP_HEADER_MAX - 10)
		name_bytes = 0;
	out[0] = 0x1f;
	out[1] = 0x8b;
	out[2] = DEFLATE;
	out[3] = name_bytes != 0 ? HAS_NAME : 0;
	put32(out + 4,
	      modified > 0 && modified <= UINT32_MAX ? (uint32_t)modified : 0);
	out[8] = level == 9 ? BEST : level == 1 ? FASTEST : 0;
	out[9] = UNIX;
	if (name_bytes != 0)
		memcpy(out + 10, name, name_bytes);
	return 10 + name_bytes;
}

void gzip_trailer(unsigned char out[GZIP_TRAILER_BYTES], uint32_t crc,
		  uint64_t text_bytes)
{
	/* The shortest last block: final, fixed codes, end of block. */
	out[0] = 0x03;
	out[1] = 0x00;
	put32(out + 2, crc);
	put32(out + 6, (uint32_t)text_bytes);
}

uint32_t gzip_join_crc(uint32_t first, uint32_t second, uint32_t second_bytes)
{
	return (uint32_t)crc32_combine(first, second, (z_off_t)second_bytes);
}
