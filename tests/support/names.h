/* SPDX-License-Identifier: MIT */
/* Named objects: opened, refused, and what a list says of one of them. */
#ifndef SHMEM_TESTS_NAMES_H
#define SHMEM_TESTS_NAMES_H

#include "support.h"

#include <shmem/named.h>

/* Opens it; fails the test where that fails, or does not fail like this. */
shmem_handle *names_open(const char *name, uint64_t bytes, unsigned flags,
			 shmem_access access);
void names_refused(const char *name, int error, uint64_t bytes, unsigned flags);

typedef struct names_seen {
	const char *name;
	int times;
	bool in_use;
	uint64_t bytes;
	int stop; /* what the list is told each time */
} names_seen;

/* For shmem_named_list(), whose argument is one of those. */
int names_look(const shmem_named_info *info, void *arg);

/* Whether it is in use; it must be there once, and of that size. */
bool names_in_use(const char *name, uint64_t bytes);

#endif
