/* SPDX-License-Identifier: MIT */
/* Which processor runs this. */
#include "base/os.h"

#include <sched.h>

uint32_t shmem__cpu(void)
{
	int cpu = sched_getcpu();

	return cpu < 0 ? 0 : (uint32_t)cpu;
}
