/* SPDX-License-Identifier: MIT */
/* Memory that lies in the pool unused goes back to the system. */
#include "channels.h"

#include "base/fault.h"
#include "base/os.h"
#include "transport/channel.h"

#include <errno.h>
#include <shmem/shmem.h>

/* What a segment of a MiB takes. */
static uint64_t slot_bytes(void)
{
	unsigned size_class;

	return shmem__size_class(1 << 20, &size_class);
}

static uint64_t pool_bytes(const shmem_channel *channel)
{
	shmem_stats stats = SHMEM_STATS_INIT;

	shmem_channel_stats(channel, &stats);
	return stats.pool_bytes;
}

START_TEST(an_idle_pool_empties_at_both_ends)
{
	uint64_t before;
	shmem_channel *a;
	shmem_channel *b;
	shmem_segment *s[64] = {NULL};
	shmem_message *m;
	shmem_stats stats = SHMEM_STATS_INIT;

	ck_assert_int_eq(shmem_channel_pair(NULL, &a, &b), 0);
	shmem_channel_stats(b, &stats);
	before = stats.mapped_bytes;
	for (int i = 0; i < 64; i++) {
		ck_assert_int_eq(shmem_segment_alloc(a, 1 << 20, &s[i]), 0);
		ck_assert_int_eq(shmem_segment_send(a, &s[i]), 0);
		ck_assert_int_eq(shmem_segment_recv(b, SUPPORT_WAIT, &s[i]), 0);
	}
	for (int i = 0; i < 64; i++)
		ck_assert_int_eq(shmem_segment_free(&s[i]), 0);
	ck_assert_int_eq(shmem_channel_recv(a, 0, &m), SHMEM_E_AGAIN);
	ck_assert_uint_eq(pool_bytes(a), 64u * slot_bytes());
	/* A blocking wait does it, too: it takes as many seconds as halvings.
	 */
	ck_assert_int_eq(shmem_channel_recv(a, 3500, &m), SHMEM_E_TIMEDOUT);
	ck_assert_uint_le(pool_bytes(a), 16u * slot_bytes());
	ck_assert_int_eq(shmem_channel_recv(b, 0, &m), SHMEM_E_AGAIN);
	shmem_channel_stats(b, &stats);
	ck_assert_uint_le(stats.mapped_bytes - before, 16u * slot_bytes());
	shmem_channel_close(&a);
	shmem_channel_close(&b);
}
END_TEST

/* Half of what one segment holds is no segment: it goes as a whole, and nothing
 * is left to wake up for. */
START_TEST(a_last_large_segment_goes_too)
{
	shmem_channel *a;
	shmem_channel *b;
	shmem_segment *s = NULL;
	shmem_message *m;

	ck_assert_int_eq(shmem_channel_pair(NULL, &a, &b), 0);
	ck_assert_int_eq(shmem_segment_alloc(a, 8 << 20, &s), 0);
	ck_assert_int_eq(shmem_segment_free(&s), 0);
	ck_assert_uint_eq(pool_bytes(a), 8 << 20);
	for (int i = 0; i < 20 && pool_bytes(a) != 0; i++)
		ck_assert_int_eq(shmem_channel_recv(a, 2500, &m),
				 SHMEM_E_TIMEDOUT);
	ck_assert_uint_eq(pool_bytes(a), 0);
	shmem_channel_close(&a);
	shmem_channel_close(&b);
}
END_TEST

START_TEST(memory_in_steady_use_stays)
{
	uint64_t end = support_now() + 2500;
	uint64_t now = 0;
	uint64_t held_up = 0;
	shmem_channel *a;
	shmem_channel *b;
	shmem_segment *s = NULL;
	shmem_message *m;
	shmem_stats stats = SHMEM_STATS_INIT;

	ck_assert_int_eq(shmem_channel_pair(NULL, &a, &b), 0);
	while (now < end) {
		uint64_t before = support_now();

		ck_assert_int_eq(shmem_segment_alloc(a, 1 << 20, &s), 0);
		ck_assert_int_eq(shmem_segment_send(a, &s), 0);
		ck_assert_int_eq(shmem_segment_recv(b, SUPPORT_WAIT, &s), 0);
		ck_assert_int_eq(shmem_segment_free(&s), 0);
		ck_assert_int_eq(shmem_channel_recv(a, 10, &m),
				 SHMEM_E_TIMEDOUT);
		now = support_now();
		/* Nobody can say that it was in use then. */
		held_up += now - before > 900;
	}
	shmem_channel_stats(a, &stats);
	ck_assert_uint_le(stats.pool_misses, 3 + held_up);
	shmem_channel_close(&a);
	shmem_channel_close(&b);
}
END_TEST

static uint64_t addresses(void)
{
	FILE *f = fopen("/proc/self/statm", "r");
	unsigned long long pages = 0;

	if (f == NULL)
		return 0; /* only Linux tells */
	ck_assert_int_eq(fscanf(f, "%llu", &pages), 1);
	fclose(f);
	return pages * 4096;
}

#define MANY 4096u
#define GIGA_FROM ((uint64_t)128 << 20)
#define SLACK ((uint64_t)64 << 20)

/* Page tables that move take whole GiB, and as many to move them to. */
START_TEST(addresses_are_bounded_by_the_bytes)
{
	static const uint64_t sizes[] = {4096, 1 << 20, 100 << 20, 128 << 20,
					 200 << 20};
	static shmem_segment *s[MANY];
	uint64_t total = (uint64_t)1 << 30;
	uint64_t size = sizes[_i];
	unsigned count = (unsigned)(total / size);
	uint64_t before = addresses();
	shmem_channel *a;
	shmem_channel *b;
	shmem_stats stats = SHMEM_STATS_INIT;

	if (size >= (uint64_t)128 << 20)
		support_needs(SUPPORT_NATIVE);
	/* Sanitizers have addresses of their own, 32 bits have not enough. */
	if (support_is_slow() || sizeof(void *) == 4 || before == 0)
		return;
	if (count > MANY)
		count = MANY;
	ck_assert_int_eq(shmem_channel_pair(NULL, &a, &b), 0);
	for (unsigned i = 0; i < count; i++) {
		ck_assert_int_eq(shmem_segment_alloc(a, size, &s[i]), 0);
		*(char *)shmem_segment_data(s[i]) = 1;
		ck_assert_int_eq(shmem_segment_send(a, &s[i]), 0);
		ck_assert_int_eq(shmem_segment_recv(b, SUPPORT_WAIT, &s[i]), 0);
		ck_assert_int_eq(shmem_segment_send(b, &s[i]), 0);
		ck_assert_int_eq(shmem_segment_recv(a, SUPPORT_WAIT, &s[i]), 0);
	}
	shmem_channel_stats(a, &stats);
	/* Both ends are in this process. */
	ck_assert_uint_le(addresses() - before,
			  2 * stats.mapped_bytes * (size < GIGA_FROM ? 2 : 16) +
				  SLACK);
	for (unsigned i = 0; i < count; i++)
		ck_assert_int_eq(shmem_segment_free(&s[i]), 0);
	shmem_channel_close(&a);
	shmem_channel_close(&b);
	ck_assert_uint_le(addresses(), before + SLACK);
}
END_TEST

/* ---- by a clock that need not be waited for ---- */

#define SECOND ((uint64_t)1000000000)
#define MIB ((uint64_t)1 << 20)

static shmem_channel *giver;
static shmem_channel *taker;
static shmem_segment *held[64];

/* However long it took to come here. */
static void no_time_has_passed(void)
{
	giver->trimmed = shmem__now_ns();
}

/* So many segments lie free in the giver's pool; the peer has their memory. */
static void fill_pool(int count, uint64_t bytes)
{
	ck_assert_int_eq(shmem_channel_pair(NULL, &giver, &taker), 0);
	for (int i = 0; i < count; i++) {
		support_ok(shmem_segment_alloc(giver, bytes, &held[i]));
		support_give(giver, &held[i]);
		held[i] = support_get(taker);
	}
	for (int i = 0; i < count; i++)
		support_ok(shmem_segment_free(&held[i]));
	support_settle(giver);
	giver->trimmed = 0;
	shmem__trim(giver); /* the first look, from which time counts */
}

static void close_pool(void)
{
	for (int i = 0; i < 64; i++)
		shmem_segment_free(&held[i]);
	shmem_channel_close(&giver);
	shmem_channel_close(&taker);
}

static uint64_t after_a_second(void)
{
	giver->trimmed -= SECOND;
	shmem__trim(giver);
	return pool_bytes(giver);
}

START_TEST(each_second_half_goes)
{
	fill_pool(64, MIB);
	ck_assert_uint_eq(pool_bytes(giver), 64 * slot_bytes());
	no_time_has_passed();
	shmem__trim(giver); /* too soon */
	ck_assert_uint_eq(pool_bytes(giver), 64 * slot_bytes());
	for (uint64_t left = 64; left > 0; left /= 2)
		ck_assert_uint_eq(after_a_second(), left / 2 * slot_bytes());
	support_settle(taker);
	ck_assert_uint_eq(taker->pool.theirs.count, 0);
	ck_assert_uint_eq(giver->pool.ours.count, 0);
	close_pool();
}
END_TEST

START_TEST(a_little_goes_at_once)
{
	fill_pool(10, 4096);
	ck_assert_uint_eq(pool_bytes(giver), 10 * 4096);
	ck_assert_uint_eq(after_a_second(), 0);
	close_pool();
}
END_TEST

START_TEST(what_was_needed_for_a_moment_stays)
{
	fill_pool(8, MIB);
	for (int n = 0; n < 5; n++) {
		for (int i = 0; i < 8; i++)
			support_ok(shmem_segment_alloc(giver, MIB, &held[i]));
		for (int i = 0; i < 8; i++)
			support_ok(shmem_segment_free(&held[i]));
		ck_assert_uint_eq(after_a_second(), 8 * slot_bytes());
	}
	ck_assert_uint_eq(support_stats(giver).pool_misses, 8);
	/* Half of what is idle, when six of eight are in use. */
	for (int i = 0; i < 4; i++)
		support_ok(shmem_segment_alloc(giver, MIB, &held[i]));
	for (int i = 0; i < 4; i++)
		support_ok(shmem_segment_free(&held[i]));
	ck_assert_uint_eq(after_a_second(), 6 * slot_bytes());
	close_pool();
}
END_TEST

/* The peer can't be told: its memory and ours go when it can. */
START_TEST(a_full_queue_lets_them_wait)
{
	static const char filling[4000];
	shmem_message *m = NULL;
	uint64_t mapped;
	int err;

	fill_pool(8, MIB);
	do {
		m = NULL;
		support_ok(shmem_message_new(filling, sizeof(filling), &m));
		err = shmem_channel_send(giver, &m);
	} while (err == 0);
	support_is(err, SHMEM_E_AGAIN);
	shmem_message_free(&m);
	mapped = support_stats(giver).mapped_bytes;
	ck_assert_uint_eq(after_a_second(), 4 * slot_bytes());
	ck_assert_uint_eq(support_stats(giver).mapped_bytes, mapped);
	ck_assert((shmem_channel_wants(giver) & SHMEM_POLL_WRITE) != 0);
	while (shmem_channel_recv(taker, 0, &m) == 0)
		shmem_message_free(&m);
	no_time_has_passed();
	support_settle(giver);
	ck_assert_uint_eq(support_stats(giver).mapped_bytes,
			  mapped - 4 * slot_bytes());
	support_settle(taker);
	ck_assert_uint_eq(taker->pool.theirs.count, 4);
	close_pool();
}
END_TEST

/* Any call may fail: in the end it is gone, at both ends. */
START_TEST(failures_only_delay_it)
{
	unsigned long hits = 0;

	for (unsigned long k = 1; k < 6; k++) {
		fill_pool(8, MIB);
		shmem__fault_arm(k, _i == 0 ? EAGAIN : ENOMEM, NULL);
		shmem__fault_repeat(3);
		ck_assert_uint_eq(after_a_second(), 4 * slot_bytes());
		hits += shmem__fault_hit() != NULL;
		shmem__fault_arm(0, 0, NULL);
		no_time_has_passed();
		support_settle(giver);
		support_settle(taker);
		ck_assert_uint_eq(giver->pool.ours.count, 4);
		ck_assert_uint_eq(taker->pool.theirs.count, 4);
		close_pool();
	}
	ck_assert_uint_gt(hits, 0);
}
END_TEST

START_TEST(waiting_ends_when_there_is_something_to_trim)
{
	uint64_t never = UINT64_MAX;

	ck_assert_int_eq(shmem_channel_pair(NULL, &giver, &taker), 0);
	ck_assert_uint_eq(shmem__trim_deadline(giver, never), never);
	close_pool();
	fill_pool(1, MIB);
	ck_assert_uint_eq(shmem__trim_deadline(giver, never),
			  giver->trimmed + SECOND);
	ck_assert_uint_eq(shmem__trim_deadline(giver, 5), 5);
	shmem_channel_close(&taker);
	support_is(shmem_channel_recv(giver, SUPPORT_WAIT,
				      &(shmem_message *){NULL}),
		   SHMEM_E_CLOSED);
	ck_assert_uint_eq(after_a_second(),
			  slot_bytes()); /* it is over anyway */
	close_pool();
}
END_TEST

static Suite *suite(void)
{
	Suite *s = suite_create("trim");
	TCase *t = support_case(s, "trim");

	tcase_set_timeout(t, 600);
	tcase_add_test(t, an_idle_pool_empties_at_both_ends);
	tcase_add_test(t, a_last_large_segment_goes_too);
	tcase_add_test(t, memory_in_steady_use_stays);
	tcase_add_loop_test(t, addresses_are_bounded_by_the_bytes, 0, 5);
	t = support_case(s, "seconds");
	tcase_add_test(t, each_second_half_goes);
	tcase_add_test(t, a_little_goes_at_once);
	tcase_add_test(t, what_was_needed_for_a_moment_stays);
	tcase_add_test(t, a_full_queue_lets_them_wait);
	tcase_add_loop_test(t, failures_only_delay_it, 0, 2);
	tcase_add_test(t, waiting_ends_when_there_is_something_to_trim);
	return s;
}
SUPPORT_MAIN(suite)
