/* SPDX-License-Identifier: MIT */
/* Segments that are freed together, while somebody may still hold them. */
#include "channels.h"

#include <shmem/shmem.h>

static shmem_channel *a;
static shmem_channel *b;

static void setup(void)
{
	ck_assert_int_eq(shmem_channel_pair(NULL, &a, &b), 0);
}

static void teardown(void)
{
	shmem_channel_close(&a);
	shmem_channel_close(&b);
}

static shmem_segment *segment_in(uint64_t group)
{
	shmem_segment *s = NULL;

	ck_assert_int_eq(shmem_segment_alloc(a, 4096, &s), 0);
	shmem_segment_set_group(s, group);
	return s;
}

static uint64_t owned(void)
{
	shmem_stats stats = SHMEM_STATS_INIT;

	shmem_channel_stats(a, &stats);
	return stats.segments_owned;
}

START_TEST(a_group_is_freed_and_no_other_segment)
{
	shmem_segment *mine[3];
	shmem_segment *other = segment_in(8);
	shmem_segment *none = segment_in(0);
	uint64_t id;

	for (int i = 0; i < 3; i++)
		mine[i] = segment_in(7);
	id = shmem_segment_id(mine[1]);
	ck_assert_uint_eq(owned(), 5);
	ck_assert_uint_eq(shmem_channel_free_group(a, 7), 3);
	ck_assert_uint_eq(owned(), 2);
	ck_assert_int_eq(shmem_segment_state(a, id), SHMEM_STATE_DEAD);
	for (int i = 0; i < 3; i++) {
		ck_assert_ptr_null(shmem_segment_data(mine[i]));
		ck_assert_uint_eq(shmem_segment_size(mine[i]), 0);
		ck_assert_int_eq(shmem_segment_send(a, &mine[i]),
				 SHMEM_E_STATE);
		ck_assert_int_eq(shmem_segment_free(&mine[i]), 0);
	}
	ck_assert_uint_eq(shmem_channel_free_group(a, 7), 0);
	ck_assert_uint_eq(shmem_channel_free_group(a, 0), 0);
	ck_assert_ptr_nonnull(shmem_segment_data(other));
	ck_assert_ptr_nonnull(shmem_segment_data(none));
	shmem_segment_free(&other);
	shmem_segment_free(&none);
}
END_TEST

START_TEST(the_peer_is_told_and_the_memory_is_used_again)
{
	shmem_segment *s = segment_in(7);
	uint64_t id = shmem_segment_id(s);
	void *at = shmem_segment_data(s);
	shmem_segment *again;

	/* There and back, so that the peer knows it. */
	ck_assert_int_eq(shmem_segment_send(a, &s), 0);
	ck_assert_int_eq(shmem_segment_recv(b, SUPPORT_WAIT, &s), 0);
	ck_assert_int_eq(shmem_segment_send(b, &s), 0);
	ck_assert_int_eq(shmem_segment_recv(a, SUPPORT_WAIT, &s), 0);
	/* What arrives is in no group. */
	ck_assert_uint_eq(shmem_channel_free_group(a, 7), 0);
	shmem_segment_set_group(s, 9);
	ck_assert_uint_eq(shmem_channel_free_group(a, 9), 1);
	ck_assert_int_eq(shmem_channel_dispatch(b), 0);
	ck_assert_int_eq(shmem_segment_state(b, id), SHMEM_STATE_DEAD);
	again = segment_in(0);
	ck_assert_ptr_eq(shmem_segment_data(again), at);
	shmem_segment_free(&again);
	shmem_segment_free(&s);
}
END_TEST

START_TEST(what_waits_in_a_message_or_is_away_is_left_alone)
{
	shmem_segment *waiting = segment_in(7);
	shmem_segment *away = segment_in(7);
	shmem_message *m = NULL;

	ck_assert_int_eq(shmem_message_new(NULL, 0, &m), 0);
	ck_assert_int_eq(shmem_message_push_segment(m, &waiting), 0);
	ck_assert_int_eq(shmem_segment_send(a, &away), 0);
	ck_assert_uint_eq(shmem_channel_free_group(a, 7), 0);
	ck_assert_int_eq(shmem_message_pop_segment(m, &waiting), 0);
	ck_assert_ptr_nonnull(shmem_segment_data(waiting));
	ck_assert_uint_eq(shmem_channel_free_group(a, 7), 1);
	shmem_segment_free(&waiting);
	shmem_message_free(&m);
}
END_TEST

static Suite *suite(void)
{
	Suite *s = suite_create("segment_group");
	TCase *t = support_case(s, "group");

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_test(t, a_group_is_freed_and_no_other_segment);
	tcase_add_test(t, the_peer_is_told_and_the_memory_is_used_again);
	tcase_add_test(t, what_waits_in_a_message_or_is_away_is_left_alone);
	return s;
}
SUPPORT_MAIN(suite)
