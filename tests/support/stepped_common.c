/* SPDX-License-Identifier: MIT */
/* What was accessed, and what it becomes. */
#include "stepped.h"

#include "support.h"

#include "mapping/os.h"

#include <string.h>

#define ACCESSES_MAX 4096

static struct {
	unsigned char *at;
	size_t length;
	unsigned char *turned;
	uint64_t after;
	unsigned long offset[ACCESSES_MAX]; /* in order */
	size_t accesses;
} watch;

bool stepped_access(uintptr_t at)
{
	uintptr_t offset = at - (uintptr_t)watch.at;

	if (watch.at == NULL || offset >= watch.length ||
	    watch.accesses == ACCESSES_MAX)
		return false;
	watch.offset[watch.accesses++] = (unsigned long)offset;
	return shmem__view_protect(watch.at, watch.length, SHMEM_RW) == 0;
}

void stepped_go_on(void)
{
	if (watch.turned != NULL && watch.accesses > 0 &&
	    watch.at + watch.offset[watch.accesses - 1] / 8 * 8 == watch.turned)
		memcpy(watch.turned, &watch.after, sizeof(watch.after));
	(void)shmem__view_protect(watch.at, watch.length, SHMEM_NONE);
}

void stepped_begin(void *at, size_t length, void *turned, uint64_t after)
{
	memset(&watch, 0, sizeof(watch));
	watch.at = at;
	watch.length = length;
	watch.turned = turned;
	watch.after = after;
	stepped_handle();
	ck_assert_int_eq(shmem__view_protect(at, length, SHMEM_NONE), 0);
}

void stepped_end(void)
{
	ck_assert_int_eq(shmem__view_protect(watch.at, watch.length, SHMEM_RW),
			 0);
	stepped_unhandle();
}

unsigned stepped_times(size_t offset)
{
	unsigned n = 0;

	for (size_t i = 0; i < watch.accesses; i++)
		n += watch.offset[i] / 8 == offset / 8;
	return n;
}
