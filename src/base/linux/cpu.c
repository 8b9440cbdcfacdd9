/* SPDX-License-Identifier: MIT */
/* Which processor runs this, and how many may. */
#include "base/os.h"

#include <sched.h>

uint32_t shmem__cpu(void)
{
	int cpu = sched_getcpu();

	return cpu < 0 ? 0 : (uint32_t)cpu;
}

/* Not sysconf(), which opens a file: sandboxes may forbid that. Nor does it
 * help this process that there are more processors than it may use. */
unsigned shmem__cpu_count(void)
{
	cpu_set_t set;
	int n;

	if (sched_getaffinity(0, sizeof(set), &set) != 0)
		return CPU_SETSIZE; /* more than fit in a set, or not told */
	n = CPU_COUNT(&set);
	return n > 0 ? (unsigned)n : 1;
}
