/* SPDX-License-Identifier: MIT */
/* Many segments at once: side by side, so that one call revokes all of them,
 * and yet each one for itself. */
#include "channels.h"

#include <shmem/shmem.h>
#include <string.h>
#include <sys/stat.h>

#define COUNT 16u
#define PAGE 4096u

static shmem_channel *a;
static shmem_channel *b;
static shmem_segment *s[COUNT];
static uint64_t size;

static void open_with(const shmem_channel_opts *opts)
{
	support_ok(shmem_channel_pair(opts, &a, &b));
	support_send_text(a, "hello");
	support_recv_text(b, "hello");
	support_send_text(b, "hello");
	support_recv_text(a, "hello");
	size = PAGE;
}

static void setup(void)
{
	open_with(NULL);
}

static void teardown(void)
{
	shmem_channel_close(&a);
	shmem_channel_close(&b);
	support_ok(shmem_segment_free_many(s, COUNT));
}

static void make(void)
{
	support_ok(shmem_segment_alloc_many(a, size, COUNT, s));
	for (unsigned i = 0; i < COUNT; i++)
		memset(shmem_segment_data(s[i]), (int)i + 1, (size_t)size);
}

static void give(shmem_channel *from, unsigned first, unsigned count)
{
	shmem_message *m = NULL;

	support_ok(shmem_message_new(NULL, 0, &m));
	for (unsigned i = first; i < first + count; i++)
		support_ok(shmem_message_push_segment(m, &s[i]));
	support_ok(shmem_channel_send(from, &m));
}

static void get(shmem_channel *to, unsigned first, unsigned count)
{
	shmem_message *m = support_recv(to);

	for (unsigned i = first; i < first + count; i++) {
		support_ok(shmem_message_pop_segment(m, &s[i]));
		support_check_segment(s[i], (int)i + 1);
	}
	shmem_message_free(&m);
}

static const unsigned char *at(unsigned i)
{
	return shmem_segment_data(s[i]);
}

START_TEST(they_lie_side_by_side)
{
	support_needs(SUPPORT_PAGES);
	make();
	for (unsigned i = 1; i < COUNT; i++)
		ck_assert_ptr_eq(at(i), at(i - 1) + (at(1) - at(0)));
	ck_assert_uint_eq(support_stats(a).segment_runs, 1);
	ck_assert_uint_eq(support_stats(a).segments_owned, COUNT);
	/* One memory object, of which no descriptor is left here. */
	ck_assert_uint_eq(support_stats(a).descriptors_sent, 1);
}
END_TEST

START_TEST(one_call_at_each_side_hands_over_all)
{
	static const uint64_t sizes[] = {1, PAGE, 30000, 65536, 300000};
	const unsigned char *away;
	shmem_stats before, after;

	size = sizes[_i];
	make();
	before = support_stats(a);
	away = at(0);
	give(a, 0, COUNT);
	after = support_stats(a);
	ck_assert_uint_eq(after.revokes, before.revokes + 1);
	support_load_faults(away);
	before = support_stats(b);
	get(b, 0, COUNT);
	after = support_stats(b);
	ck_assert_uint_eq(after.restores, before.restores + 1);
	for (unsigned i = 1; i < COUNT; i++)
		ck_assert_ptr_eq(at(i), at(i - 1) + (at(1) - at(0)));
	give(b, 0, COUNT);
	get(a, 0, COUNT);
}
END_TEST

START_TEST(each_can_travel_alone)
{
	unsigned char *away;

	make();
	away = shmem_segment_data(s[5]);
	give(a, 5, 1);
	for (unsigned i = 0; i < COUNT; i++)
		if (i != 5)
			support_check_segment(s[i], (int)i + 1);
	support_load_faults(away);
	support_store_faults(away + PAGE - 1);
	get(b, 5, 1);
	give(a, 0, 5);
	get(b, 0, 5);
	give(b, 3, 3);
	get(a, 3, 3);
	support_check_segment(s[15], 16);
}
END_TEST

START_TEST(freed_together_they_are_used_again)
{
	const unsigned char *first;
	shmem_stats stats;

	support_needs(SUPPORT_PAGES);
	make();
	first = at(0);
	give(a, 0, COUNT);
	get(b, 0, COUNT);
	support_ok(shmem_segment_free_many(s, COUNT));
	for (unsigned i = 0; i < COUNT; i++)
		ck_assert_ptr_null(s[i]);
	support_settle(a);
	make();
	ck_assert_ptr_eq(at(0), first);
	for (unsigned i = 1; i < COUNT; i++)
		ck_assert_ptr_eq(at(i), first + (size_t)i * PAGE);
	stats = support_stats(a);
	ck_assert_uint_eq(stats.segment_runs, 1);
	ck_assert_uint_eq(stats.pool_hits, COUNT);
	give(a, 0, COUNT);
	get(b, 0, COUNT);
}
END_TEST

static uint64_t packets_of(const shmem_channel *channel)
{
	shmem_stats stats = support_stats(channel);

	return stats.packets_by_ring + stats.packets_by_socket;
}

/* So do those that are still in a message. */
START_TEST(freed_with_their_message_they_are_one_piece_of_news)
{
	shmem_stats before;
	shmem_stats after;
	shmem_message *m;
	uint64_t packets;

	support_needs(SUPPORT_PAGES);
	make();
	give(a, 0, COUNT);
	m = support_recv(b);
	before = support_stats(b);
	packets = packets_of(b);
	shmem_message_free(&m);
	after = support_stats(b);
	ck_assert_uint_eq(packets_of(b), packets + 1);
	ck_assert_uint_eq(after.revokes, before.revokes + 1);
	ck_assert_uint_eq(after.segments, 0);
	support_settle(a);
	ck_assert_uint_eq(support_stats(a).pool_segments, COUNT);
}
END_TEST

START_TEST(those_in_the_pool_come_first_and_the_rest_is_made)
{
	make();
	support_ok(shmem_segment_free_many(s + 4, 3));
	support_ok(shmem_segment_free_many(s, 4));
	for (unsigned i = 7; i < COUNT; i++)
		give(a, i, 1);
	for (unsigned i = 7; i < COUNT; i++)
		get(b, i, 1);
	support_ok(shmem_segment_free_many(s, COUNT));
	/* The peer's news of nine, then. */
	support_ok(shmem_segment_alloc_many(a, PAGE, COUNT, s));
	ck_assert_uint_eq(support_stats(a).pool_hits, COUNT);
	for (unsigned i = 0; i < COUNT; i++)
		give(a, i, 1);
	for (unsigned i = 0; i < COUNT; i++) {
		shmem_segment *one = support_get(b);

		support_ok(shmem_segment_free(&one));
	}
}
END_TEST

/* Bytes of the memory object that is mapped at `at`; 0 where this user may not
 * know. */
#ifdef _WIN32
static uint64_t memory_behind(const void *at)
{
	(void)at;
	return 0;
}
#else
static uint64_t memory_behind(const void *at)
{
	FILE *f = fopen("/proc/self/maps", "r");
	char line[512];
	char path[64];
	struct stat st;
	unsigned long low = 0;
	unsigned long high = 0;

	ck_assert_ptr_nonnull(f);
	while (fgets(line, sizeof(line), f) != NULL) {
		ck_assert_int_eq(sscanf(line, "%lx-%lx", &low, &high), 2);
		if (low <= (uintptr_t)at && (uintptr_t)at < high)
			break;
	}
	fclose(f);
	snprintf(path, sizeof(path), "/proc/self/map_files/%lx-%lx", low, high);
	return stat(path, &st) == 0 ? (uint64_t)st.st_blocks * 512 : 0;
}
#endif

START_TEST(what_of_a_run_is_given_up_takes_no_memory)
{
	shmem_channel_opts opts = SHMEM_CHANNEL_OPTS_INIT;
	uint64_t before;

	support_needs(SUPPORT_HOLES);
	support_needs(SUPPORT_ADVICE);
	teardown();
	opts.pool_bytes = 1;
	open_with(&opts);
	size = 262144;
	make();
	before = memory_behind(at(0));
	if (before != 0)
		ck_assert_uint_ge(before, COUNT * size);
	for (unsigned i = 1; i < COUNT; i += 2)
		support_ok(shmem_segment_free(&s[i]));
	if (before != 0)
		ck_assert_uint_eq(memory_behind(at(0)),
				  before - COUNT / 2 * size);
	for (unsigned i = 0; i < COUNT; i += 2)
		give(a, i, 1);
	for (unsigned i = 0; i < COUNT; i += 2)
		get(b, i, 1);
	for (unsigned i = 0; i < COUNT; i += 2)
		support_ok(shmem_segment_free(&s[i]));
	support_settle(a);
	support_settle(b);
	ck_assert_uint_eq(support_stats(a).mapped_bytes,
			  support_stats(b).mapped_bytes);
	/* Slots and limits are free again. */
	for (int round = 0; round < 3; round++) {
		make();
		support_ok(shmem_segment_free_many(s, COUNT));
	}
}
END_TEST

START_TEST(a_run_outlives_its_channel_s_peer)
{
	make();
	give(a, 0, COUNT);
	get(b, 0, 8);
	shmem_channel_close(&a);
	for (unsigned i = 0; i < 8; i++)
		support_check_segment(s[i], (int)i + 1);
}
END_TEST

START_TEST(where_views_are_replaced_each_has_its_own_memory)
{
	shmem_channel_opts opts = SHMEM_CHANNEL_OPTS_INIT;

	teardown();
	opts.enforce = SHMEM_ENFORCE_UNMAP;
	open_with(&opts);
	make();
	ck_assert_uint_eq(support_stats(a).segment_runs, 0);
	give(a, 0, COUNT);
	get(b, 0, COUNT);
}
END_TEST

START_TEST(large_ones_have_their_own_memory)
{
	size = 512 << 10;
	make();
	ck_assert_uint_eq(support_stats(a).segment_runs, 0);
	give(a, 0, COUNT);
	get(b, 0, COUNT);
}
END_TEST

START_TEST(without_enforcement_they_are_a_run_as_well)
{
	shmem_channel_opts opts = SHMEM_CHANNEL_OPTS_INIT;

	support_needs(SUPPORT_PAGES);
	teardown();
	opts.enforce = SHMEM_ENFORCE_NONE;
	open_with(&opts);
	make();
	ck_assert_uint_eq(support_stats(a).segment_runs, 1);
	give(a, 0, COUNT);
	get(b, 0, COUNT);
}
END_TEST

START_TEST(all_or_none)
{
	shmem_channel_opts opts = SHMEM_CHANNEL_OPTS_INIT;
	shmem_segment *untouched = (shmem_segment *)&opts;
	shmem_segment *many[COUNT] = {untouched};

	teardown();
	opts.max_segments = 2 * COUNT - 1;
	open_with(&opts);
	make();
	support_is(shmem_segment_alloc_many(a, PAGE, COUNT, many),
		   SHMEM_E_LIMIT);
	ck_assert_ptr_eq(many[0], untouched);
	ck_assert_uint_eq(support_stats(a).segments_owned, COUNT);
	support_ok(shmem_segment_alloc_many(a, PAGE, COUNT - 1, many));
	support_ok(shmem_segment_free_many(many, COUNT - 1));
	give(a, 0, COUNT);
}
END_TEST

START_TEST(mistakes_are_told)
{
	shmem_segment *one[1] = {NULL};
	shmem_message *m = NULL;

	support_is(shmem_segment_alloc_many(NULL, 1, 1, one), SHMEM_E_INVAL);
	support_is(shmem_segment_alloc_many(a, 1, 1, NULL), SHMEM_E_INVAL);
	support_is(shmem_segment_alloc_many(
			   a, 1, SHMEM_MESSAGE_MAX_SEGMENTS + 1, one),
		   SHMEM_E_LIMIT);
	support_ok(shmem_segment_alloc_many(a, 1, 0, NULL));
	support_is(shmem_segment_free_many(NULL, 1), SHMEM_E_INVAL);
	support_ok(shmem_segment_free_many(NULL, 0));
	make();
	support_ok(shmem_message_new(NULL, 0, &m));
	one[0] = s[3];
	support_ok(shmem_message_push_segment(m, &one[0]));
	support_is(shmem_segment_free_many(s, COUNT), SHMEM_E_STATE);
	support_ok(shmem_message_pop_segment(m, &one[0]));
	shmem_message_free(&m);
	ck_assert_uint_eq(support_stats(a).segments_owned, COUNT);
	shmem_channel_close(&b);
	shmem_channel_close(&a);
}
END_TEST

START_TEST(after_the_peer_s_end_there_are_no_more)
{
	shmem_message *m = NULL;

	shmem_channel_close(&b);
	support_is(shmem_channel_recv(a, SUPPORT_WAIT, &m), SHMEM_E_CLOSED);
	support_is(shmem_segment_alloc_many(a, PAGE, COUNT, s), SHMEM_E_CLOSED);
}
END_TEST

START_TEST(a_thousand_at_once)
{
	static shmem_segment *many[SHMEM_MESSAGE_MAX_SEGMENTS];
	shmem_message *m = NULL;

	support_needs(SUPPORT_PAGES);
	support_ok(shmem_segment_alloc_many(a, 100, SHMEM_MESSAGE_MAX_SEGMENTS,
					    many));
	ck_assert_uint_eq(support_stats(a).segment_runs, 4);
	support_ok(shmem_message_new(NULL, 0, &m));
	for (unsigned i = 0; i < SHMEM_MESSAGE_MAX_SEGMENTS; i++)
		support_ok(shmem_message_push_segment(m, &many[i]));
	support_ok(shmem_channel_send(a, &m));
	m = support_recv(b);
	/* Four runs, which may have come to lie side by side. */
	ck_assert_uint_le(support_stats(b).restores, 4);
	shmem_message_free(&m);
}
END_TEST

static Suite *suite(void)
{
	Suite *su = suite_create("segment_many");
	TCase *t = support_case(su, "many");

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_test(t, they_lie_side_by_side);
	tcase_add_loop_test(t, one_call_at_each_side_hands_over_all, 0, 5);
	tcase_add_test(t, each_can_travel_alone);
	tcase_add_test(t, freed_together_they_are_used_again);
	tcase_add_test(t, freed_with_their_message_they_are_one_piece_of_news);
	tcase_add_test(t, those_in_the_pool_come_first_and_the_rest_is_made);
	tcase_add_test(t, what_of_a_run_is_given_up_takes_no_memory);
	tcase_add_test(t, a_run_outlives_its_channel_s_peer);
	tcase_add_test(t, where_views_are_replaced_each_has_its_own_memory);
	tcase_add_test(t, large_ones_have_their_own_memory);
	tcase_add_test(t, without_enforcement_they_are_a_run_as_well);
	tcase_add_test(t, all_or_none);
	tcase_add_test(t, mistakes_are_told);
	tcase_add_test(t, after_the_peer_s_end_there_are_no_more);
	tcase_add_test(t, a_thousand_at_once);
	return su;
}

SUPPORT_MAIN(suite)
