/* SPDX-License-Identifier: MIT */
/*
 * A peer that says of segments what it may not say: the channel is closed with
 * the right error, nothing that came is kept, and everything that was ours can
 * be reclaimed.
 */
#include "raw.h"

#include <string.h>

#define PAGE 4096u

/* Ids of the raw peer's making (side 0) and of ours (side 1). */
#define THEIRS(slot, generation)                                               \
	((uint64_t)(generation) << 32 | (uint64_t)(slot) << 1)
#define OURS(slot, generation) (THEIRS(slot, generation) | 1)

static support_raw raw;
static shmem_channel *c;
static shmem_segment *mine;
static uint64_t mine_id; /* away: the raw peer has it */

/* Greeted; one segment of ours is the peer's, and one of the peer's memory
 * objects is here, with no segment in it. */
static void setup(void)
{
	support_raw_open(&raw, NULL, &c);
	support_raw_greet(&raw, c, 0);
	mine = support_segment(c, 100, 7);
	mine_id = support_give(c, &mine);
	support_raw_recv(&raw); /* the notice */
	support_raw_recv(&raw);
	ck_assert_uint_eq(raw.in_fds, 1);
	support_raw_announce(&raw, 0, PAGE, support_object(PAGE));
	support_raw_send(&raw);
	support_settle(c);
}

static void teardown(void)
{
	shmem_channel_close(&c);
	support_raw_close(&raw);
}

/* Sends the packet: it is refused, the channel closed, and what is ours comes
 * home. */
static void refused(int expected)
{
	shmem_message *m = NULL;
	shmem_segment *s = NULL;
	bool known = true;
	size_t descriptors = support_raw_kept(&raw);

	support_raw_send(&raw);
	support_is(shmem_channel_recv(c, SUPPORT_WAIT, &m), expected);
	support_is(shmem_channel_recv(c, 0, &m), expected);
	support_is(shmem_channel_dispatch(c), expected);
	ck_assert_uint_eq(support_descriptors(), descriptors);
	ck_assert_uint_eq(support_stats(c).violations, 1);
	support_ok(shmem_channel_reclaim(c, &s, &known));
	ck_assert_uint_eq(shmem_segment_id(s), mine_id);
	ck_assert(!known);
	support_check_segment(s, 7);
	support_is(shmem_channel_reclaim(c, &mine, &known), SHMEM_E_NOENT);
	ck_assert_uint_eq(support_stats(c).segments_owned, 1);
	support_ok(shmem_segment_free(&s));
}

START_TEST(what_is_in_order_is_taken)
{
	shmem_message *m;
	shmem_segment *s = NULL;

	support_raw_segment(&raw, mine_id, 100);
	support_raw_segment(&raw, THEIRS(0, 1), 50);
	memcpy(support_raw_message(&raw, RAW_PLAIN, 0, 2), "hi", 2);
	support_raw_send(&raw);
	m = support_recv(c);
	support_check_text(m, "hi");
	ck_assert_uint_eq(shmem_message_segments(m), 2);
	support_ok(shmem_message_pop_segment(m, &s));
	support_check_segment(s, 7);
	support_ok(shmem_segment_free(&s));
	support_ok(shmem_message_pop_segment(m, &s));
	ck_assert_uint_eq(shmem_segment_id(s), THEIRS(0, 1));
	ck_assert_uint_eq(shmem_segment_size(s), 50);
	support_check_segment(s, 0);
	support_ok(shmem_segment_free(&s));
	shmem_message_free(&m);
}
END_TEST

/* Ids and sizes that no peer may give. */
static const struct {
	uint64_t id;
	uint64_t size;
} bad_gift[] = {
	{0, 0},                       /* no id */
	{THEIRS(0, 0), 100},          /* no segment's id */
	{THEIRS(0, 1), PAGE + 1},     /* beyond its memory */
	{THEIRS(0, 1), UINT64_MAX},   /* far beyond */
	{THEIRS(1, 1), 100},          /* memory that was never announced */
	{THEIRS(16383, 1), 100},      /* the same, the last slot */
	{THEIRS(16384, 1), 100},      /* no such slot */
	{THEIRS(0x7fffffff, 1), 100}, /* no such slot at all */
	{OURS(1, 1), 100},            /* ours, never made */
	{OURS(0, 0), 100},            /* ours, no segment's id */
	{OURS(0, 2), 100},            /* ours, not made yet */
	{OURS(0, UINT32_MAX), 100},   /* far from it */
	{OURS(0x7fffffff, 1), 100},   /* no such slot of ours */
	{OURS(0, 1), 99},             /* its size has changed */
	{OURS(0, 1), 101},            /* and grown */
	{OURS(0, 1), UINT64_MAX},
};

START_TEST(no_peer_gives_what_it_can_not_have)
{
	support_raw_segment(&raw, bad_gift[_i].id, bad_gift[_i].size);
	support_raw_message(&raw, RAW_PLAIN, 0, 0);
	refused(SHMEM_E_PROTO);
}
END_TEST

START_TEST(a_bad_gift_spoils_the_good_ones_beside_it)
{
	support_raw_segment(&raw, mine_id, 100);
	support_raw_segment(&raw, THEIRS(0, 1), 10);
	support_raw_segment(&raw, bad_gift[_i].id, bad_gift[_i].size);
	support_raw_message(&raw, RAW_PLAIN, 0, 0);
	refused(SHMEM_E_PROTO);
	ck_assert_int_eq(shmem_segment_state(c, THEIRS(0, 1)),
			 SHMEM_STATE_DEAD);
}
END_TEST

START_TEST(the_same_segment_twice_in_a_message_is_refused)
{
	support_raw_segment(&raw, mine_id, 100);
	support_raw_segment(&raw, mine_id, 100);
	support_raw_message(&raw, RAW_PLAIN, 0, 0);
	refused(SHMEM_E_PROTO);
}
END_TEST

START_TEST(two_segments_in_one_memory_are_refused)
{
	support_raw_segment(&raw, THEIRS(0, 1), 100);
	support_raw_segment(&raw, THEIRS(0, 2), 100);
	support_raw_message(&raw, RAW_PLAIN, 0, 0);
	refused(SHMEM_E_PROTO);
}
END_TEST

/* The peer has just given the segment in its memory. */
static shmem_segment *given(uint64_t id)
{
	shmem_segment *s = NULL;

	support_raw_segment(&raw, id, 100);
	support_raw_message(&raw, RAW_PLAIN, 0, 0);
	support_raw_send(&raw);
	support_ok(shmem_segment_recv(c, SUPPORT_WAIT, &s));
	return s;
}

/* In turn: its gift once more, a newer segment in its place, freeing it,
 * retiring it; while it is ours. */
static void say_of(uint64_t id, int what)
{
	switch (what) {
	case 0:
		support_raw_segment(&raw, id, 100);
		support_raw_message(&raw, RAW_PLAIN, 0, 0);
		break;
	case 1:
		support_raw_segment(&raw, id + ((uint64_t)1 << 32), 100);
		support_raw_message(&raw, RAW_PLAIN, 0, 0);
		break;
	case 2:
		support_raw_ids(&raw, RAW_FREE, id);
		break;
	default:
		support_raw_ids(&raw, RAW_RETIRE, id);
	}
}

START_TEST(what_is_ours_is_not_the_peers)
{
	shmem_segment *s = given(THEIRS(0, 1));
	shmem_message *m = NULL;

	memset(shmem_segment_data(s), 5, 100);
	say_of(THEIRS(0, 1), _i);
	support_raw_send(&raw);
	support_is(shmem_channel_recv(c, SUPPORT_WAIT, &m), SHMEM_E_PROTO);
	support_check_segment(s, 5); /* and stays so */
	ck_assert_int_eq(shmem_segment_state(c, THEIRS(0, 1)),
			 SHMEM_STATE_OWNED);
	support_ok(shmem_segment_free(&s));
}
END_TEST

START_TEST(what_waits_in_the_inbox_is_not_the_peers)
{
	shmem_message *m = NULL;

	support_raw_segment(&raw, THEIRS(0, 1), 100);
	support_raw_message(&raw, RAW_PLAIN, 0, 0);
	support_raw_send(&raw);
	support_settle(c);
	say_of(THEIRS(0, 1), _i);
	support_raw_send(&raw);
	/* What came before is delivered, whatever came then. */
	support_ok(shmem_channel_dispatch(c));
	m = support_recv(c);
	ck_assert_uint_eq(shmem_message_segments(m), 1);
	shmem_message_free(&m);
	support_is(shmem_channel_recv(c, 0, &m), SHMEM_E_PROTO);
}
END_TEST

START_TEST(a_freed_segment_does_not_rise_again)
{
	shmem_segment *s = given(THEIRS(0, 2));

	support_ok(shmem_segment_free(&s));
	support_raw_segment(&raw, THEIRS(0, 1 + (unsigned)_i), 100);
	support_raw_message(&raw, RAW_PLAIN, 0, 0);
	refused(SHMEM_E_PROTO);
}
END_TEST

START_TEST(a_segment_of_ours_does_not_rise_again)
{
	support_raw_ids(&raw, RAW_FREE, mine_id);
	support_raw_send(&raw);
	support_settle(c);
	mine = support_segment(c, 100, 7); /* the same memory, a new id */
	ck_assert_uint_ne(shmem_segment_id(mine), mine_id);
	support_raw_segment(&raw, _i == 0 ? mine_id : shmem_segment_id(mine),
			    100);
	mine_id = support_give(c, &mine);
	support_raw_recv(&raw);
	support_raw_message(&raw, RAW_PLAIN, 0, 0);
	if (_i == 0) {
		refused(SHMEM_E_PROTO);
		return;
	}
	support_raw_send(&raw);
	mine = support_get(c);
	support_ok(shmem_segment_free(&mine));
}
END_TEST

static const uint64_t not_freeable[] = {
	0,
	THEIRS(0, 0),
	THEIRS(0, 1), /* not made yet */
	THEIRS(1, 1),
	THEIRS(0x7fffffff, 1),
	OURS(0, 0),
	OURS(0, 2),
	OURS(1, 1),
	OURS(0x7fffffff, 1),
	UINT64_MAX,
};

START_TEST(no_peer_frees_what_it_has_not)
{
	support_raw_ids(&raw, RAW_FREE, not_freeable[_i]);
	refused(SHMEM_E_PROTO);
}
END_TEST

static const uint64_t not_retirable[] = {
	THEIRS(1, 1), THEIRS(0x7fffffff, 1), OURS(0, 0), OURS(0, 2),
	OURS(1, 1),   OURS(0x7fffffff, 1),   UINT64_MAX,
};

START_TEST(no_peer_retires_what_it_has_not)
{
	support_raw_ids(&raw, RAW_RETIRE, not_retirable[_i]);
	refused(SHMEM_E_PROTO);
}
END_TEST

START_TEST(nothing_is_freed_twice)
{
	support_raw_ids(&raw, RAW_FREE, mine_id);
	support_raw_send(&raw);
	support_settle(c);
	mine = support_segment(c, 5000, 7);
	mine_id = support_give(c, &mine);
	support_raw_recv(&raw);
	support_raw_recv(&raw);
	support_raw_ids(&raw, RAW_FREE, OURS(0, 1));
	refused(SHMEM_E_PROTO);
}
END_TEST

START_TEST(the_peer_retires_its_free_memory)
{
	uint64_t before = support_stats(c).mapped_bytes;

	support_raw_ids(&raw, RAW_RETIRE, THEIRS(0, 9));
	support_raw_send(&raw);
	support_settle(c);
	ck_assert_uint_eq(support_stats(c).mapped_bytes, before - PAGE);
	/* The slot is free for other memory, and only for newer segments. */
	support_raw_announce(&raw, 0, 2 * PAGE, support_object(2 * PAGE));
	support_raw_segment(&raw, THEIRS(0, 10), 2 * PAGE);
	support_raw_message(&raw, RAW_PLAIN, 0, 0);
	support_raw_send(&raw);
	mine = support_get(c);
	ck_assert_uint_eq(shmem_segment_size(mine), 2 * PAGE);
	support_ok(shmem_segment_free(&mine));
}
END_TEST

START_TEST(the_peer_frees_a_segment_of_ours_with_its_memory)
{
	uint64_t before = support_stats(c).mapped_bytes;

	support_raw_ids(&raw, RAW_RETIRE, mine_id);
	support_raw_send(&raw);
	support_settle(c);
	ck_assert_uint_eq(support_stats(c).mapped_bytes, before - PAGE);
	ck_assert_uint_eq(support_stats(c).segments, 0);
	ck_assert_uint_eq(support_stats(c).pool_segments, 0);
	ck_assert_int_eq(shmem_segment_state(c, mine_id), SHMEM_STATE_DEAD);
}
END_TEST

START_TEST(a_newer_segment_frees_the_older_one_in_its_memory)
{
	shmem_segment *s = given(THEIRS(0, 1));

	support_give(c, &s);
	ck_assert_uint_eq(support_stats(c).segments, 2);
	s = given(THEIRS(0, 7));
	ck_assert_uint_eq(support_stats(c).segments, 2);
	ck_assert_int_eq(shmem_segment_state(c, THEIRS(0, 1)),
			 SHMEM_STATE_DEAD);
	support_ok(shmem_segment_free(&s));
}
END_TEST

/* Labels: of what has just arrived, of 32 bytes that end. */
START_TEST(a_label_belongs_to_what_arrives_with_it)
{
	unsigned char *at;

	if (_i == 1) {
		support_raw_segment(&raw, mine_id, 100);
		support_raw_message(&raw, RAW_PLAIN, 0, 0);
	}
	at = support_raw_frame(&raw, RAW_LABEL, _i == 2 ? 39 : 40);
	memcpy(at, &mine_id, 8); /* little-endian here */
	if (_i == 1)
		memset(at + 8, 'x', 32);
	if (_i == 1) {
		shmem_message *m = NULL;

		support_raw_send(&raw);
		m = support_recv(c); /* was delivered before the label */
		shmem_message_free(&m);
		support_is(shmem_channel_recv(c, 0, &m), SHMEM_E_PROTO);
		return;
	}
	refused(SHMEM_E_PROTO);
}
END_TEST

static Suite *suite(void)
{
	Suite *s = suite_create("arrive");
	TCase *t = support_case(s, "segments");

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_test(t, what_is_in_order_is_taken);
	tcase_add_loop_test(t, no_peer_gives_what_it_can_not_have, 0,
			    sizeof(bad_gift) / sizeof(bad_gift[0]));
	tcase_add_loop_test(t, a_bad_gift_spoils_the_good_ones_beside_it, 0,
			    sizeof(bad_gift) / sizeof(bad_gift[0]));
	tcase_add_test(t, the_same_segment_twice_in_a_message_is_refused);
	tcase_add_test(t, two_segments_in_one_memory_are_refused);
	tcase_add_loop_test(t, what_is_ours_is_not_the_peers, 0, 4);
	tcase_add_loop_test(t, what_waits_in_the_inbox_is_not_the_peers, 0, 4);
	tcase_add_loop_test(t, a_freed_segment_does_not_rise_again, 0, 2);
	tcase_add_loop_test(t, a_segment_of_ours_does_not_rise_again, 0, 2);
	tcase_add_loop_test(t, no_peer_frees_what_it_has_not, 0,
			    sizeof(not_freeable) / sizeof(not_freeable[0]));
	tcase_add_loop_test(t, no_peer_retires_what_it_has_not, 0,
			    sizeof(not_retirable) / sizeof(not_retirable[0]));
	tcase_add_test(t, nothing_is_freed_twice);
	tcase_add_test(t, the_peer_retires_its_free_memory);
	tcase_add_test(t, the_peer_frees_a_segment_of_ours_with_its_memory);
	tcase_add_test(t, a_newer_segment_frees_the_older_one_in_its_memory);
	tcase_add_loop_test(t, a_label_belongs_to_what_arrives_with_it, 0, 3);
	return s;
}
SUPPORT_MAIN(suite)
