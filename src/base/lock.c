/* SPDX-License-Identifier: MIT */
/* Waiting for a lock that is hardly ever held, and then for an instant. */
#include "base/os.h"

#include <stdbool.h>

/* Who waits longer may have a priority that keeps the holder from running. */
#define YIELDS 64

static bool try_take(shmem__lock *lock, int me)
{
	int holder = 0;

	if (atomic_compare_exchange_strong_explicit(&lock->holder, &holder, me,
						    memory_order_acquire,
						    memory_order_relaxed))
		return true;
	/* A thread that was not copied with the process never lets go. */
	return holder != me &&
	       atomic_compare_exchange_strong_explicit(&lock->holder, &holder,
						       me, memory_order_acquire,
						       memory_order_relaxed);
}

void shmem__lock_take(shmem__lock *lock)
{
	int me = shmem__process_id();

	for (int i = 0; !try_take(lock, me); i++)
		if (i < YIELDS)
			shmem__yield();
		else
			shmem__sleep_ms(1);
}
