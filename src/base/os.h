/* SPDX-License-Identifier: MIT */
/* What every layer needs of the operating system; one file per OS. */
#ifndef SHMEM_SRC_BASE_OS_H
#define SHMEM_SRC_BASE_OS_H

#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>

/* Bytes of a page. */
size_t shmem__page_size(void);

/* Nanoseconds of a clock that never goes back. */
uint64_t shmem__now_ns(void);

/* Fills `bytes` unpredictably. 0 or E_SYS. */
int shmem__random(void *out, size_t bytes);

/* This process's number: a forked child sees another one. */
int shmem__process_id(void);

/* Sleeps; a signal may end it early. */
void shmem__sleep_ms(int ms);

/* The processor that runs this. */
uint32_t shmem__cpu(void);

/* Says that a loop waits for another processor. */
static inline void shmem__relax(void)
{
#if defined(__x86_64__) || defined(__i386__)
	__builtin_ia32_pause();
#elif defined(__aarch64__) || (defined(__arm__) && __ARM_ARCH >= 7)
	__asm__ __volatile__("yield");
#endif
}

/* Lets another thread run. */
void shmem__yield(void);

/*
 * A lock for the few rare moments that touch process-wide lists. In a forked
 * child one that another thread of its parent held at that moment is free: what
 * it guards must be in order after each single store. Not for signal handlers.
 */
typedef struct shmem__lock {
	atomic_int holder; /* the process; 0: nobody */
} shmem__lock;
#define SHMEM__LOCK_INIT                                                       \
	{                                                                      \
		0                                                              \
	}

void shmem__lock_take(shmem__lock *lock);

static inline void shmem__lock_drop(shmem__lock *lock)
{
	atomic_store_explicit(&lock->holder, 0, memory_order_release);
}

/* `n` rounded up to whole pages; 0 where that overflows (or n is 0). */
static inline uint64_t shmem__round_to_pages(uint64_t n)
{
	uint64_t mask = (uint64_t)shmem__page_size() - 1;

	return (n + mask) & ~mask;
}

/* A time-out in milliseconds as a moment of shmem__now_ns(); -1: never. */
#define SHMEM__NEVER UINT64_MAX
uint64_t shmem__deadline(int timeout);

/* Milliseconds left until then, rounded up, for poll(): -1 for never. */
int shmem__time_left(uint64_t deadline);

#endif
