/* SPDX-License-Identifier: MIT */
/* The call stack, where the C library can tell, and the time of day. */
#include "ownership/watch.h"

#include <time.h>

#if __has_include(<execinfo.h>)
#include <execinfo.h>
#define HAVE_BACKTRACE 1
#else
#define HAVE_BACKTRACE 0
#endif

int shmem__stack(void **frames, int max)
{
#if HAVE_BACKTRACE
	return backtrace(frames, max);
#else
	(void)frames;
	(void)max;
	return 0;
#endif
}

uint64_t shmem__wall_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_REALTIME, &t);
	return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}
