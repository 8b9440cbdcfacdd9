/* SPDX-License-Identifier: MIT */
/* Failures on demand, in the test build, and the allocator behind them. */
#include "base/fault.h"

#include "base/error.h"

#include <stdlib.h>

#ifdef SHMEM_FAULT_INJECTION
#include <stdatomic.h>
#include <string.h>

static atomic_ulong calls;
static unsigned long fail_at;
static unsigned long fail_times = 1;
static int fail_with;
static void (*fail_instead)(void);
static void (*fail_halfway)(void);
static const char *fail_only;
static const char *hit;

bool shmem__fault(const char *call)
{
	unsigned long n;

	if (fail_only != NULL && strcmp(fail_only, call) != 0)
		return false;
	n = atomic_fetch_add(&calls, 1) + 1;
	if (fail_at == 0 || n < fail_at || n - fail_at >= fail_times)
		return false;
	if (hit == NULL)
		hit = call;
	if (fail_instead != NULL) {
		fail_instead();
		return false;
	}
	if (fail_halfway != NULL)
		fail_halfway();
	shmem__os_last_set(fail_with);
	return true;
}

unsigned long shmem__fault_arm(unsigned long k, int native, const char *only)
{
	unsigned long n = atomic_exchange(&calls, 0);

	fail_at = k;
	fail_times = 1;
	fail_instead = NULL;
	fail_halfway = NULL;
	fail_with = native;
	fail_only = only;
	hit = NULL;
	return n;
}

void shmem__fault_repeat(unsigned long times)
{
	fail_times = times;
}

void shmem__fault_instead(void (*fn)(void))
{
	fail_instead = fn;
}

void shmem__fault_halfway(void (*fn)(void))
{
	fail_halfway = fn;
}

const char *shmem__fault_hit(void)
{
	return hit;
}

static atomic_ulong blocks;

unsigned long shmem__fault_blocks(void)
{
	return atomic_load(&blocks);
}

static void *count_block(bool made, void *p)
{
	if (made)
		atomic_fetch_add(&blocks, 1);
	return p;
}
#define GET(made, p) count_block(made, p)
#define GONE(p) (void)((p) != NULL && atomic_fetch_sub(&blocks, 1))
#else
#define GET(made, p) ((void)(made), (p))
#define GONE(p) ((void)0)
#endif

void *shmem__calloc(size_t count, size_t bytes)
{
	void *p = SHMEM__OS(NULL, calloc, (count, bytes));

	return GET(p != NULL, p);
}

void *shmem__realloc(void *old, size_t bytes)
{
	bool fresh = old == NULL;
	void *p = SHMEM__OS(NULL, realloc, (old, bytes));

	return GET(fresh && p != NULL, p);
}

void shmem__free(void *p)
{
	GONE(p);
	free(p);
}
