/* SPDX-License-Identifier: MIT */
/* The shortest form of each code point up to U+10FFFF, without surrogates. */
#include "protocol/utf8.h"

#include <stdint.h>
#include <string.h>

/* Eight bytes at once: none is 0 and none has its top bit set. */
static bool is_plain(const unsigned char *text)
{
	const uint64_t ones = UINT64_C(0x0101010101010101);
	const uint64_t tops = UINT64_C(0x8080808080808080);
	uint64_t word;

	memcpy(&word, text, sizeof(word));
	return ((word | (word - ones)) & tops) == 0;
}

static bool is_tail(unsigned char c)
{
	return (c & 0xc0) == 0x80;
}

/* Bytes of the sequence that starts here; 0 where it is none. */
static size_t sequence(const unsigned char *p, size_t left)
{
	if (p[0] < 0x80)
		return p[0] != 0;
	if (p[0] < 0xe0)
		return p[0] >= 0xc2 && left >= 2 && is_tail(p[1]) ? 2 : 0;
	if (p[0] < 0xf0) {
		if (left < 3 || !is_tail(p[1]) || !is_tail(p[2]) ||
		    (p[0] == 0xe0 && p[1] < 0xa0) ||
		    (p[0] == 0xed && p[1] >= 0xa0))
			return 0;
		return 3;
	}
	if (p[0] > 0xf4 || left < 4 || !is_tail(p[1]) || !is_tail(p[2]) ||
	    !is_tail(p[3]) || (p[0] == 0xf0 && p[1] < 0x90) ||
	    (p[0] == 0xf4 && p[1] >= 0x90))
		return 0;
	return 4;
}

bool shmem__utf8_is_valid(const unsigned char *text, size_t size)
{
	size_t at = 0;

	/* The last words overlap: no byte is looked at alone in what is plain.
	 */
	while (size - at >= 8 && is_plain(text + at)) {
		at += 8;
		if (size - at < 8 && is_plain(text + size - 8))
			return true;
	}
	while (at < size) {
		size_t n;

		if (size - at >= 8 && is_plain(text + at)) {
			at += 8;
			continue;
		}
		n = sequence(text + at, size - at);
		if (n == 0)
			return false;
		at += n;
	}
	return true;
}
