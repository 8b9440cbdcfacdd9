/* SPDX-License-Identifier: MIT */
/* Time-outs as moments, so that a wait in several steps does not grow. */
#include "base/os.h"

#include <limits.h>

#define NS_PER_MS 1000000u

uint64_t shmem__deadline(int timeout)
{
	if (timeout < 0)
		return SHMEM__NEVER;
	if (timeout == 0)
		return 0;
	return shmem__now_ns() + (uint64_t)timeout * NS_PER_MS;
}

int shmem__time_left(uint64_t deadline)
{
	uint64_t now;
	uint64_t ms;

	if (deadline == SHMEM__NEVER)
		return -1;
	if (deadline == 0)
		return 0;
	now = shmem__now_ns();
	if (now >= deadline)
		return 0;
	ms = (deadline - now + NS_PER_MS - 1) / NS_PER_MS;
	return ms > INT_MAX ? INT_MAX : (int)ms;
}
