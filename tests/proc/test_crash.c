/* SPDX-License-Identifier: MIT */
/* One of two processes is killed: at every call to the system, at random. */
#include "crash.h"

#include "base/fault.h"
#include "base/os.h"

#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SOON_MS 100 /* until the survivor is told */
#define STEPS 60u

static crash_shared *shared;
static uint64_t told_most;
static unsigned told_late;
static unsigned told_late_again; /* though the end had been seen otherwise */
static unsigned kills;
static unsigned came_home;
static unsigned known; /* of them */

/* The one that dies, at the call `at` (0: it is killed from outside). */
typedef struct victim {
	unsigned side;
	uint32_t seed;
	unsigned long at;
} victim;

static void die_now(void)
{
	atomic_store(&shared->killed_at, support_now());
	support_die();
}

static void victim_run(shmem_channel *channel, void *arg)
{
	const victim *v = arg;
	crash_party party;
	int err = 0;

	crash_begin(&party, channel, shared, v->side, true, v->seed, NULL);
	if (v->at != 0) {
		shmem__fault_arm(v->at, 0, NULL);
		shmem__fault_instead(die_now);
	}
	for (unsigned i = 0; err == 0 && (v->at == 0 || i < STEPS); i++)
		err = crash_step(&party);
	shmem__fault_arm(0, 0, NULL);
	support_exit(0);
}

static void note_time(uint64_t ms)
{
	if (ms > told_most)
		told_most = ms;
	told_late += ms > SOON_MS;
}

/* Steps until the channel ends; when the other was killed, how long that takes.
 */
static void survive(crash_party *party, pid_t child, unsigned long kill_us)
{
	uint64_t start = shmem__now_ns();
	uint64_t dead_at = 0;
	uint64_t killed_at;
	bool killed = kill_us == 0;
	int err = 0;

	while (err == 0) {
		if (!killed && shmem__now_ns() - start >= kill_us * 1000) {
			atomic_store(&shared->killed_at, support_now());
			support_kill(child);
			killed = true;
		}
		if (dead_at == 0 && support_has_ended(child))
			dead_at = support_now();
		if (dead_at != 0 && support_now() - dead_at > SUPPORT_WAIT)
			ck_abort_msg("the survivor was not told");
		/* With steps that send it finds out as well. */
		err = crash_step(party);
	}
	support_is(err, SHMEM_E_CLOSED);
	told_late_again += dead_at != 0 && support_now() - dead_at > SOON_MS;
	killed_at = atomic_load(&shared->killed_at);
	if (killed_at != 0)
		note_time(support_now() - killed_at);
}

/* Whether the victim got as far as to be killed. */
static bool one_death(unsigned side, shmem_enforce enforce, uint32_t seed,
		      unsigned long at, unsigned long kill_us)
{
	shmem_channel_opts opts = SHMEM_CHANNEL_OPTS_INIT;
	shmem_channel *mine = NULL;
	victim v = {side, seed, at};
	crash_party party;
	pid_t child;
	int status;

	opts.enforce = enforce;
	crash_shared_clear(shared);
	child = support_peer(&opts, victim_run, &v, sizeof(v), &mine);
	crash_begin(&party, mine, shared, 1 - side, false, seed * 7, NULL);
	survive(&party, child, kill_us);
	came_home += crash_account(&party);
	known += party.known;
	status = support_wait(child, 4 * SUPPORT_WAIT);
	ck_assert(status == 0 || status == -SIGKILL);
	kills += status != 0;
	return status != 0;
}

static size_t shm_before;

static void setup(void)
{
	support_private_shm("mode=1777");
	shm_before = support_shm_files();
	told_most = 0;
	told_late = 0;
	told_late_again = 0;
	kills = 0;
	came_home = 0;
	known = 0;
}

static int pass_over(const shmem_named_info *info, void *arg)
{
	(void)info;
	(void)arg;
	return 0;
}

static void teardown(void)
{
	/* What memory is called in its first instant it may be called for ever;
	 * where that is so, whoever looks at the names cleans up. */
	support_ok(shmem_named_list(pass_over, NULL));
	ck_assert_uint_eq(support_shm_files(), shm_before);
}

/* Whoever ends this before its time knows how far it came. */
static void tell(const char *what, int which)
{
	printf("%s (%d): %u kills, %u segments came home, %u of them as they "
	       "were, told within %lu ms, %u later than %d ms\n",
	       what, which, kills, came_home, known, (unsigned long)told_most,
	       told_late, SOON_MS);
	fflush(stdout);
}

static void report(const char *what, int which)
{
	tell(what, which);
	/* On a machine that is busy with other things who is killed takes its
	 * time to die; afterwards it may still be late once. */
	if (support_lacks(SUPPORT_FORK) == NULL) {
		ck_assert_uint_le(told_late, kills / 10);
		ck_assert_uint_le(told_late_again, kills / 100);
		/* Some were never received, and that is said of them. (Where
		 * few are killed it may be all of them, or none.) */
		ck_assert_uint_gt(known, 0);
		ck_assert_uint_lt(known, came_home);
	}
}

/* Where each child takes long to start, a few calls stand for all: other ones
 * in each run. */
static unsigned long stride(void)
{
	return support_lacks(SUPPORT_FORK) == NULL ? 1 : 29;
}

static unsigned long slowness(void)
{
	return support_lacks(SUPPORT_FORK) == NULL ? 1 : 250;
}

START_TEST(killed_at_every_call)
{
	unsigned side = (unsigned)_i % 2;
	shmem_enforce enforce = (shmem_enforce)(_i / 2);
	uint32_t seed;

	for (seed = 1; seed <= support_times(1, 20); seed++) {
		unsigned long at = 1 + (unsigned long)support_now() % stride();

		while (one_death(side, enforce, seed, at, 0))
			at += stride();
		ck_assert_uint_gt(at, STEPS);
		tell("at every call", _i);
	}
	report("at every call", _i);
}
END_TEST

START_TEST(killed_at_random)
{
	unsigned long times = support_times(300, 5000) / stride() + 1;
	uint32_t seed = (uint32_t)support_now();

	printf("the seed is %lu\n", (unsigned long)seed);
	for (unsigned long i = 0; i < times; i++) {
		uint32_t chance = (seed + (uint32_t)i) * 2654435761u;

		one_death((unsigned)_i, (shmem_enforce)(i % 3), chance, 0,
			  (1 + (chance >> 20)) * slowness());
		if (i % 100 == 99)
			tell("at random", _i);
	}
	ck_assert_uint_ge(kills, times * 9 / 10);
	report("at random", _i);
}
END_TEST

static Suite *suite(void)
{
	Suite *s = suite_create("crash");
	TCase *t = support_case(s, "crash");

	shared = support_shared(sizeof(*shared));
	tcase_set_timeout(t, (double)support_times(600, 7200));
	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_loop_test(t, killed_at_every_call, 0, 6);
	tcase_add_loop_test(t, killed_at_random, 0, 2);
	return s;
}
SUPPORT_MAIN(suite)
