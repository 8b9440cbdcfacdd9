/* SPDX-License-Identifier: MIT */
/*
 * Memory and text of the compiler: an arena that is freed as a whole, and a
 * buffer that grows. Out of memory ends the program; a compiler has nothing
 * better to do.
 */
#ifndef SHMEMC_TEXT_H
#define SHMEMC_TEXT_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>

#define PRINTF_LIKE(at, first) __attribute__((format(printf, at, first)))

typedef struct arena {
	struct arena_block *blocks;
} arena;

/* Zeroed, aligned for anything, until the arena is freed. */
void *arena_alloc(arena *a, size_t bytes);
char *arena_copy(arena *a, const char *text, size_t size);
char *arena_printf(arena *a, const char *format, ...) PRINTF_LIKE(2, 3);
void arena_free(arena *a);

typedef struct buffer {
	char *data; /* NUL-terminated once anything was added */
	size_t size;
	size_t capacity;
} buffer;

void buffer_add(buffer *b, const char *text, size_t size);
void buffer_puts(buffer *b, const char *text);
void buffer_printf(buffer *b, const char *format, ...) PRINTF_LIKE(2, 3);
void buffer_vprintf(buffer *b, const char *format, va_list args);
void buffer_free(buffer *b);

/* "" rather than NULL for an empty buffer. */
const char *buffer_text(const buffer *b);

/* Where the first byte is that is not UTF-8 (or is NUL); `size` for none. */
size_t text_valid(const char *text, size_t size);

bool text_equal(const char *a, const char *b);

/* How many edits turn one into the other; at most `limit` + 1. */
unsigned text_distance(const char *a, const char *b, unsigned limit);

#endif
