/* SPDX-License-Identifier: MIT */
/* Failures on demand, in the test build, and the allocator behind them. */
#include "base/fault.h"

#include <stdlib.h>

#ifdef SHMEM_FAULT_INJECTION
#include <errno.h>
#include <stdatomic.h>
#include <string.h>

static atomic_ulong calls;
static unsigned long fail_at;
static int fail_with;
static const char *fail_only;
static const char *hit;

bool shmem__fault(const char *call)
{
	unsigned long n;

	if (fail_only != NULL && strcmp(fail_only, call) != 0)
		return false;
	n = atomic_fetch_add(&calls, 1) + 1;
	if (n != fail_at)
		return false;
	hit = call;
	errno = fail_with;
	return true;
}

unsigned long shmem__fault_arm(unsigned long k, int native, const char *only)
{
	unsigned long n = atomic_exchange(&calls, 0);

	fail_at = k;
	fail_with = native;
	fail_only = only;
	hit = NULL;
	return n;
}

const char *shmem__fault_hit(void)
{
	return hit;
}
#endif

void *shmem__calloc(size_t count, size_t bytes)
{
	return SHMEM__OS(NULL, calloc, (count, bytes));
}

void *shmem__realloc(void *old, size_t bytes)
{
	return SHMEM__OS(NULL, realloc, (old, bytes));
}

void shmem__free(void *p)
{
	free(p);
}
