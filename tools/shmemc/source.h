/* SPDX-License-Identifier: MIT */
/* A source file in memory, and places in it. */
#ifndef SHMEMC_SOURCE_H
#define SHMEMC_SOURCE_H

#include "text.h"

#include <stdint.h>

typedef struct source {
	const char *path;
	const char *text; /* NUL-terminated */
	size_t size;
} source;

/* Some bytes of a source file. */
typedef struct place {
	const source *source;
	size_t at;
	size_t size;
} place;

typedef struct position {
	unsigned line;    /* from 1 */
	unsigned column;  /* from 1, in characters */
	size_t line_at;   /* where the line begins */
	size_t line_size; /* without its end */
} position;

position source_position(const source *s, size_t at);

/* How the compiler gets at files: true, with a copy of the text that malloc
 * made, or false where there is no such file. */
typedef bool (*source_read)(void *arg, const char *path, char **ret_text,
			    size_t *ret_size);

#endif
