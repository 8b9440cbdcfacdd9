/* SPDX-License-Identifier: MIT */
/* The arena, the buffer and a few questions about text. */
#include "text.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define BLOCK_BYTES 32768u
#define DISTANCE_MAX 64u

typedef struct arena_block {
	struct arena_block *next;
	size_t used;
	size_t capacity;
	max_align_t data[];
} arena_block;

static void *must(void *p)
{
	if (p == NULL) {
		fputs("shmemc: out of memory\n", stderr);
		exit(3);
	}
	return p;
}

void *arena_alloc(arena *a, size_t bytes)
{
	arena_block *block = a->blocks;
	size_t align = _Alignof(max_align_t);
	size_t need = (bytes + align - 1) / align * align;

	if (block == NULL || block->capacity - block->used < need) {
		size_t capacity = need > BLOCK_BYTES ? need : BLOCK_BYTES;

		block = must(calloc(1, sizeof(*block) + capacity));
		block->capacity = capacity;
		block->next = a->blocks;
		a->blocks = block;
	}
	block->used += need;
	return (char *)block->data + (block->used - need);
}

char *arena_copy(arena *a, const char *text, size_t size)
{
	char *copy = arena_alloc(a, size + 1);

	if (size > 0)
		memcpy(copy, text, size);
	return copy;
}

char *arena_printf(arena *a, const char *format, ...)
{
	buffer b = {0};
	va_list args;
	char *copy;

	va_start(args, format);
	buffer_vprintf(&b, format, args);
	va_end(args);
	copy = arena_copy(a, b.data, b.size);
	buffer_free(&b);
	return copy;
}

void arena_free(arena *a)
{
	while (a->blocks != NULL) {
		arena_block *next = a->blocks->next;

		free(a->blocks);
		a->blocks = next;
	}
}

static void reserve(buffer *b, size_t more)
{
	size_t capacity = b->capacity > 0 ? b->capacity : 256;

	while (capacity - b->size <= more)
		capacity *= 2;
	if (capacity == b->capacity)
		return;
	b->data = must(realloc(b->data, capacity));
	b->capacity = capacity;
}

void buffer_add(buffer *b, const char *text, size_t size)
{
	reserve(b, size);
	if (size > 0)
		memcpy(b->data + b->size, text, size);
	b->size += size;
	b->data[b->size] = '\0';
}

void buffer_puts(buffer *b, const char *text)
{
	buffer_add(b, text, strlen(text));
}

void buffer_vprintf(buffer *b, const char *format, va_list args)
{
	va_list again;
	int size;

	va_copy(again, args);
	size = vsnprintf(NULL, 0, format, args);
	if (size > 0) {
		reserve(b, (size_t)size);
		vsnprintf(b->data + b->size, (size_t)size + 1, format, again);
		b->size += (size_t)size;
	}
	va_end(again);
}

void buffer_printf(buffer *b, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	buffer_vprintf(b, format, args);
	va_end(args);
}

void buffer_free(buffer *b)
{
	free(b->data);
	*b = (buffer){0};
}

const char *buffer_text(const buffer *b)
{
	return b->data != NULL ? b->data : "";
}

/* Bytes of the sequence that starts here; 0 where it is not UTF-8. */
static size_t sequence(const unsigned char *p, size_t left)
{
	static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
	uint32_t code;
	size_t n;

	if (p[0] < 0x80)
		return p[0] != 0;
	if (p[0] < 0xc2 || p[0] > 0xf4)
		return 0;
	n = p[0] < 0xe0 ? 2 : p[0] < 0xf0 ? 3 : 4;
	if (n > left)
		return 0;
	code = p[0] & (0xffu >> (n + 1));
	for (size_t i = 1; i < n; i++) {
		if ((p[i] & 0xc0) != 0x80)
			return 0;
		code = code << 6 | (p[i] & 0x3f);
	}
	if (code < least[n] || code > 0x10ffff ||
	    (code >= 0xd800 && code <= 0xdfff))
		return 0;
	return n;
}

size_t text_valid(const char *text, size_t size)
{
	size_t at = 0;

	while (at < size) {
		size_t n =
			sequence((const unsigned char *)text + at, size - at);

		if (n == 0)
			return at;
		at += n;
	}
	return size;
}

bool text_equal(const char *a, const char *b)
{
	return strcmp(a, b) == 0;
}

static unsigned min2(unsigned a, unsigned b)
{
	return a < b ? a : b;
}

unsigned text_distance(const char *a, const char *b, unsigned limit)
{
	unsigned row[DISTANCE_MAX + 1];
	size_t na = strlen(a);
	size_t nb = strlen(b);

	if (na > DISTANCE_MAX || nb > DISTANCE_MAX)
		return limit + 1;
	for (unsigned j = 0; j <= nb; j++)
		row[j] = j;
	for (unsigned i = 1; i <= na; i++) {
		unsigned diagonal = row[0];

		row[0] = i;
		for (unsigned j = 1; j <= nb; j++) {
			unsigned change = diagonal + (a[i - 1] != b[j - 1]);

			diagonal = row[j];
			row[j] = min2(change, min2(row[j], row[j - 1]) + 1);
		}
	}
	return min2(row[nb], limit + 1);
}
