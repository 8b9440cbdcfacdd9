/* SPDX-License-Identifier: MIT */
/*
 * The payload: chunks of one byte value each, that begin with a stamp which no
 * other chunk of no other message has. Written with memset, because that is how
 * a core writes much memory fast (no line is read before it is overwritten:
 * three times as fast as stores in a loop when another core had it), and read
 * in vectors, so that the memory and not the arithmetic is what is measured.
 */
#include "work.h"

#include <string.h>
#include <time.h>

#define CHUNK ((size_t)16384)
#define ODD UINT64_C(0x9e3779b97f4a7c15)

/* Not every peer aligns messages to more than 8 bytes. */
typedef uint64_t lanes __attribute__((vector_size(64), aligned(8), may_alias));

#if defined(__x86_64__) && defined(__gnu_linux__)
#define WIDEST                                                                 \
	__attribute__((target_clones("avx512f", "avx2", "default"), noinline))
#else
#define WIDEST __attribute__((noinline))
#endif

static uint64_t stamp_of(uint64_t seed, size_t chunk)
{
	return (seed << 24) + chunk;
}

static unsigned char fill_of(uint64_t stamp)
{
	return (unsigned char)(stamp * ODD >> 56);
}

void bench_produce(void *data, size_t bytes, uint64_t seed)
{
	unsigned char *out = data;

	for (size_t at = 0; at < bytes; at += CHUNK) {
		uint64_t stamp = stamp_of(seed, at / CHUNK);
		size_t len = bytes - at < CHUNK ? bytes - at : CHUNK;

		memset(out + at, fill_of(stamp), len);
		memcpy(out + at, &stamp, sizeof(stamp));
	}
}

WIDEST static uint64_t differences(const void *chunk, size_t len,
				   uint64_t stamp)
{
	const lanes *in = chunk;
	const lanes zero = {0};
	lanes fill = zero + fill_of(stamp) * UINT64_C(0x0101010101010101);
	lanes wrong, head = fill;
	uint64_t any = 0;

	head[0] = stamp;
	wrong = in[0] ^ head;
	for (size_t i = 1; i < len / sizeof(lanes); i++)
		wrong |= in[i] ^ fill;
	for (unsigned i = 0; i < 8; i++)
		any |= wrong[i];
	return any;
}

bool bench_consume(const void *data, size_t bytes, uint64_t seed)
{
	const unsigned char *in = data;
	uint64_t wrong = 0;

	for (size_t at = 0; at < bytes; at += CHUNK)
		wrong |= differences(in + at,
				     bytes - at < CHUNK ? bytes - at : CHUNK,
				     stamp_of(seed, at / CHUNK));
	return wrong == 0;
}

uint64_t bench_now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}
