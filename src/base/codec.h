/* SPDX-License-Identifier: MIT */
/*
 * Little-endian integers in byte buffers, at any address. The caller has
 * checked the bounds; see shmem__reader for input that has not been.
 */
#ifndef SHMEM_SRC_BASE_CODEC_H
#define SHMEM_SRC_BASE_CODEC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

static inline void shmem__put16(unsigned char *p, uint16_t v)
{
	p[0] = (unsigned char)(v & 0xff);
	p[1] = (unsigned char)(v >> 8);
}

static inline void shmem__put32(unsigned char *p, uint32_t v)
{
	shmem__put16(p, (uint16_t)(v & 0xffff));
	shmem__put16(p + 2, (uint16_t)(v >> 16));
}

static inline void shmem__put64(unsigned char *p, uint64_t v)
{
	shmem__put32(p, (uint32_t)(v & 0xffffffff));
	shmem__put32(p + 4, (uint32_t)(v >> 32));
}

static inline uint16_t shmem__get16(const unsigned char *p)
{
	return (uint16_t)(p[0] | p[1] << 8);
}

static inline uint32_t shmem__get32(const unsigned char *p)
{
	return shmem__get16(p) | (uint32_t)shmem__get16(p + 2) << 16;
}

static inline uint64_t shmem__get64(const unsigned char *p)
{
	return shmem__get32(p) | (uint64_t)shmem__get32(p + 4) << 32;
}

/* Bytes that somebody else wrote: taken from the front, never past the end. */
typedef struct shmem__reader {
	const unsigned char *at;
	size_t left;
} shmem__reader;

/* The next `n` bytes, or NULL where there are fewer. */
static inline const unsigned char *shmem__take(shmem__reader *r, size_t n)
{
	const unsigned char *p = r->at;

	if (n > r->left)
		return NULL;
	r->at += n;
	r->left -= n;
	return p;
}

static inline bool shmem__all_zero(const unsigned char *p, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (p[i] != 0)
			return false;
	return true;
}

#endif
