/* SPDX-License-Identifier: MIT */
/*
 * A line of text, put together without the C library's help: for signal
 * handlers. What does not fit is left out.
 */
#ifndef SHMEM_SRC_BASE_LINE_H
#define SHMEM_SRC_BASE_LINE_H

#include <stddef.h>
#include <stdint.h>

#define SHMEM__LINE_MAX 640

typedef struct shmem__line {
	size_t length;
	char text[SHMEM__LINE_MAX];
} shmem__line;

static inline void shmem__line_char(shmem__line *l, char c)
{
	if (l->length < SHMEM__LINE_MAX)
		l->text[l->length++] = c;
}

static inline void shmem__line_text(shmem__line *l, const char *text)
{
	while (*text != '\0')
		shmem__line_char(l, *text++);
}

/* At least `width` digits, with leading zeros. */
static inline void shmem__line_number(shmem__line *l, uint64_t n, unsigned base,
				      unsigned width)
{
	static const char digits[] = "0123456789abcdef";
	char reversed[64];
	unsigned count = 0;

	do {
		reversed[count++] = digits[n % base];
		n /= base;
	} while (n > 0);
	for (; width > count; width--)
		shmem__line_char(l, '0');
	while (count > 0)
		shmem__line_char(l, reversed[--count]);
}

static inline void shmem__line_decimal(shmem__line *l, uint64_t n)
{
	shmem__line_number(l, n, 10, 1);
}

static inline void shmem__line_hex(shmem__line *l, uint64_t n)
{
	shmem__line_text(l, "0x");
	shmem__line_number(l, n, 16, 1);
}

/* Spaces up to that column. */
static inline void shmem__line_column(shmem__line *l, size_t column)
{
	while (l->length < column)
		shmem__line_char(l, ' ');
}

#endif
