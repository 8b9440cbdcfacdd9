/* SPDX-License-Identifier: MIT */
/* Code addresses by name. May be called in a signal handler, by one thread at
 * a time. */
#ifndef SHMEM_SRC_TRANSPORT_SYMBOL_H
#define SHMEM_SRC_TRANSPORT_SYMBOL_H

#include <shmem/base.h>

#define SHMEM__SYMBOL_TEXT 256

typedef struct shmem__symbol {
	char module[SHMEM__SYMBOL_TEXT]; /* file; "" where nothing is known */
	uint64_t module_offset;          /* what addr2line wants to be told */
	char name[SHMEM__SYMBOL_TEXT];   /* function; "" where it has none */
	uint64_t name_offset;
} shmem__symbol;

void shmem__symbol_find(const void *code, shmem__symbol *out);

#endif
