/* SPDX-License-Identifier: MIT */
/* What a list of named objects says of one of them. */
#ifndef SHMEM_TESTS_LISTED_H
#define SHMEM_TESTS_LISTED_H

#include "support.h"

#include <shmem/named.h>

typedef struct listed {
	const char *name;
	int times;
	bool in_use;
	uint64_t bytes;
	int stop; /* what the list is told each time */
} listed;

/* For shmem_named_list(), whose argument is one of those. */
int listed_look(const shmem_named_info *info, void *arg);

/* Whether it is in use; it must be there once, and of that size. */
bool listed_in_use(const char *name, uint64_t bytes);

#endif
