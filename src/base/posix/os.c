/* SPDX-License-Identifier: MIT */
/* Pages, time, chance: the POSIX way. */
#include "base/os.h"

#include "base/error.h"
#include "base/fault.h"

#include <sched.h>
#include <time.h>
#include <unistd.h>

size_t shmem__page_size(void)
{
	static atomic_size_t known;
	size_t bytes = atomic_load_explicit(&known, memory_order_relaxed);

	if (bytes == 0) {
		bytes = (size_t)sysconf(_SC_PAGESIZE);
		atomic_store_explicit(&known, bytes, memory_order_relaxed);
	}
	return bytes;
}

uint64_t shmem__now_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

int shmem__random(void *out, size_t bytes)
{
	if (SHMEM__OS(-1, getentropy, (out, bytes)) != 0)
		return shmem__fail_os(shmem__os_last(), SHMEM_E_SYS);
	return 0;
}

int shmem__process_id(void)
{
	return (int)getpid();
}

void shmem__sleep_ms(int ms)
{
	struct timespec t = {ms / 1000, (long)(ms % 1000) * 1000000};

	nanosleep(&t, NULL);
}

void shmem__yield(void)
{
	sched_yield();
}
