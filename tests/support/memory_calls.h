/* SPDX-License-Identifier: MIT */
/* By which calls of the system memory is reached, and how these may fail. */
#ifndef SHMEM_TESTS_MEMORY_CALLS_H
#define SHMEM_TESTS_MEMORY_CALLS_H

#include <shmem/base.h>
#include <stdbool.h>
#include <stddef.h>

/* What makes a view, what changes its protection, and what takes it away in
 * favour of addresses that are reserved, as far as that can fail. */
extern const char call_view[];
extern const char call_protect[];
extern const char call_unmap[];

extern const int call_no_memory; /* SHMEM_E_NOMEM */

/* Answers of those, and what the library makes of them. */
typedef struct call_refusal {
	const char *call;
	int native;
	int err;
} call_refusal;
extern const call_refusal call_view_refusals[];
extern const size_t call_view_refusal_count;

/* Past the library: whether the page can be made writable. */
bool call_make_writable(void *at);

/* Past the library: whether the object got shorter, or was made as long as that
 * again. */
bool call_resize(shmem_os_handle os, uint64_t bytes);

/* A view of what somebody else may write, until this process writes a page. */
void *call_private_view(shmem_os_handle os, size_t bytes);
void call_private_unmap(void *at, size_t bytes);

/* In memory, and to stay there, as far as that is allowed. */
void call_lock(void *at, size_t bytes);

/* How many pages of the range are there. */
size_t call_resident(void *at, size_t length);

#endif
