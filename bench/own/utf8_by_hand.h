/* SPDX-License-Identifier: MIT */
/* UTF-8 without NULs, checked byte by byte, as somebody would write it who
 * packs messages by hand: for the benchmark and for tests/cost. */
#ifndef BENCH_UTF8_BY_HAND_H
#define BENCH_UTF8_BY_HAND_H

#include <stdbool.h>
#include <stddef.h>

static inline bool is_tail(const unsigned char *p, size_t n)
{
	for (size_t i = 1; i < n; i++)
		if ((p[i] & 0xc0) != 0x80)
			return false;
	return true;
}

static inline bool is_utf8(const unsigned char *p, size_t size)
{
	while (size > 0) {
		size_t n = *p < 0x80 ? 1 : *p < 0xe0 ? 2 : *p < 0xf0 ? 3 : 4;

		if (*p == 0 || (*p >= 0x80 && *p < 0xc2) || *p > 0xf4 ||
		    n > size || !is_tail(p, n) || (*p == 0xe0 && p[1] < 0xa0) ||
		    (*p == 0xed && p[1] >= 0xa0) ||
		    (*p == 0xf0 && p[1] < 0x90) || (*p == 0xf4 && p[1] >= 0x90))
			return false;
		p += n;
		size -= n;
	}
	return true;
}

#endif
