/* SPDX-License-Identifier: MIT */
/* src/base/lock: after a fork, and where priorities are strict. */
#include "base/os.h"
#include "support.h"

#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <time.h>
#include <unistd.h>

static shmem__lock lock = SHMEM__LOCK_INIT;

static void take_and_drop(void *arg)
{
	(void)arg;
	shmem__lock_take(&lock);
	shmem__lock_drop(&lock);
	/* It is this process's by now, and works as ever. */
	shmem__lock_take(&lock);
	shmem__lock_drop(&lock);
}

/* Whoever had it is not in the child. */
START_TEST(what_another_thread_held_is_free_in_a_child)
{
	shmem__lock_take(&lock);
	ck_assert_int_eq(support_child(take_and_drop, NULL), 0);
	shmem__lock_drop(&lock);
	take_and_drop(NULL);
}
END_TEST

#define ROUNDS 20000
#define THREADS 4

static unsigned long counter;

static void *count(void *arg)
{
	for (int i = 0; i < ROUNDS; i++) {
		shmem__lock_take(&lock);
		counter++;
		shmem__lock_drop(&lock);
	}
	return arg;
}

START_TEST(one_thread_has_it_at_a_time)
{
	pthread_t thread[THREADS];

	for (int i = 0; i < THREADS; i++)
		ck_assert_int_eq(pthread_create(&thread[i], NULL, count, NULL),
				 0);
	for (int i = 0; i < THREADS; i++)
		pthread_join(thread[i], NULL);
	ck_assert_uint_eq(counter, (unsigned long)THREADS * ROUNDS);
}
END_TEST

/* ---- strict priorities, on one processor ---- */

static atomic_bool held;

static bool set_priority(int priority)
{
	struct sched_param param = {.sched_priority = priority};

	return pthread_setschedparam(pthread_self(), SCHED_FIFO, &param) == 0;
}

/* Has it for 20 ms of the processor's time. */
static void *hold(void *arg)
{
	struct timespec now;
	struct timespec from;

	ck_assert(set_priority(1));
	shmem__lock_take(&lock);
	atomic_store(&held, true);
	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &from);
	do
		clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
	while ((now.tv_sec - from.tv_sec) * 1000 +
		       (now.tv_nsec - from.tv_nsec) / 1000000 <
	       20);
	shmem__lock_drop(&lock);
	return arg;
}

START_TEST(who_waits_lets_those_run_that_come_after_it)
{
	cpu_set_t one;
	pthread_t holder;

	if (!set_priority(2)) {
		support_skip(__func__, "priorities are strict for root alone");
		return;
	}
	CPU_ZERO(&one);
	CPU_SET((size_t)sched_getcpu(), &one);
	ck_assert_int_eq(sched_setaffinity(0, sizeof(one), &one), 0);
	ck_assert_int_eq(pthread_create(&holder, NULL, hold, NULL), 0);
	while (!atomic_load(&held))
		support_sleep(1);
	shmem__lock_take(&lock);
	shmem__lock_drop(&lock);
	pthread_join(holder, NULL);
}
END_TEST

static Suite *suite(void)
{
	Suite *s = suite_create("lock");
	TCase *t = support_case(s, "lock");

	tcase_add_test(t, what_another_thread_held_is_free_in_a_child);
	tcase_add_test(t, one_thread_has_it_at_a_time);
	tcase_add_test(t, who_waits_lets_those_run_that_come_after_it);
	return s;
}
SUPPORT_MAIN(suite)
