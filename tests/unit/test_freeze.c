/* SPDX-License-Identifier: MIT */
/* A segment becomes an immutable handle: proven, whole, and only where that can
 * be proven. */
#include "numbers.h"
#include "raw.h"

#include "mapping/os.h"

#include <string.h>

#define PAGE 4096u

static shmem_channel *a;
static shmem_channel *b;

static shmem_channel_opts with(shmem_enforce enforce)
{
	shmem_channel_opts opts = SHMEM_CHANNEL_OPTS_INIT;

	opts.enforce = enforce;
	return opts;
}

static void setup(void)
{
	shmem_channel_opts opts = with(SHMEM_ENFORCE_UNMAP);

	support_ok(shmem_channel_pair(&opts, &a, &b));
}

static void teardown(void)
{
	shmem_channel_close(&a);
	shmem_channel_close(&b);
}

static void check_frozen(shmem_handle *h, uint64_t bytes, int fill)
{
	shmem_mapping *m = NULL;
	const unsigned char *data;

	ck_assert(shmem_handle_is_frozen(h));
	ck_assert(shmem_handle_is_readonly_enforced(h));
	ck_assert_int_eq(shmem_handle_access(h), SHMEM_READ);
	support_is(shmem_mapping_open(h, 0, 0, SHMEM_RW, &m), SHMEM_E_ACCESS);
	support_ok(shmem_mapping_open(h, 0, 0, SHMEM_READ, &m));
	data = shmem_mapping_data(m);
	for (size_t i = 0; i < shmem_mapping_size(m); i++)
		if (data[i] != (i < bytes ? fill : 0))
			ck_abort_msg("byte %zu is %d", i, data[i]);
	shmem_mapping_close(&m);
}

START_TEST(what_is_frozen_can_not_be_written_any_more)
{
	support_needs(SUPPORT_SEALS);

	shmem_segment *s = support_segment(a, 5000, 3);
	shmem_handle *h = NULL;
	uint64_t id = shmem_segment_id(s);

	support_ok(shmem_segment_set_label(s, "cold"));
	support_ok(shmem_segment_freeze(&s, &h));
	ck_assert_ptr_null(s);
	ck_assert_uint_eq(shmem_handle_size(h), 2 * PAGE);
	ck_assert_str_eq(shmem_handle_label(h), "cold");
	check_frozen(h, 5000, 3);
	ck_assert_int_eq(shmem_segment_state(a, id), SHMEM_STATE_DEAD);
	ck_assert_uint_eq(support_stats(a).segments, 0);
	ck_assert_uint_eq(support_stats(a).segments_owned, 0);
	ck_assert_uint_eq(support_stats(a).mapped_bytes, 0);
	shmem_handle_close(&h);
}
END_TEST

/* Whoever made it, whoever freezes it: both have used it. */
START_TEST(either_side_freezes_what_either_side_made)
{
	support_needs(SUPPORT_SEALS);

	shmem_channel *maker = _i & 1 ? a : b;
	shmem_channel *other = _i & 1 ? b : a;
	shmem_channel *freezer = _i & 2 ? maker : other;
	shmem_channel *loser = _i & 2 ? other : maker;
	shmem_segment *s = support_segment(maker, PAGE, 1);
	shmem_handle *h = NULL;
	uint64_t id = support_give(maker, &s);

	s = support_get(other);
	memset(shmem_segment_data(s), 9, PAGE);
	if (freezer == maker) {
		support_give(other, &s);
		s = support_get(maker);
	}
	support_ok(shmem_segment_freeze(&s, &h));
	check_frozen(h, PAGE, 9);
	support_settle(loser);
	for (int i = 0; i < 2; i++) {
		shmem_channel *c = i == 0 ? a : b;

		ck_assert_int_eq(shmem_segment_state(c, id), SHMEM_STATE_DEAD);
		ck_assert_uint_eq(support_stats(c).segments, 0);
		ck_assert_uint_eq(support_stats(c).mapped_bytes, 0);
	}
	shmem_handle_close(&h);
	/* The slot is of use again. */
	s = support_segment(maker, PAGE, 2);
	support_give(maker, &s);
	s = support_get(other);
	support_check_segment(s, 2);
	support_ok(shmem_segment_free(&s));
}
END_TEST

START_TEST(the_new_owner_can_prove_it_by_himself)
{
	support_needs(SUPPORT_SEALS);

	shmem_segment *s = support_segment(a, PAGE, 1);
	shmem_handle *h = NULL;
	shmem_message *m = NULL;

	/* The handle goes to the side that had the segment before. */
	support_give(a, &s);
	s = support_get(b);
	support_ok(shmem_segment_freeze(&s, &h));
	support_ok(shmem_message_new(NULL, 0, &m));
	support_ok(shmem_message_push_handle(m, &h));
	support_ok(shmem_channel_send(b, &m));
	m = support_recv(a);
	support_ok(shmem_message_pop_handle(m, &h));
	shmem_message_free(&m);
	check_frozen(h, PAGE, 1);
	ck_assert(!support_can_write(shmem_handle_os(h)));
	shmem_handle_close(&h);
}
END_TEST

/* A handle shows all of the memory, and may go to somebody else. */
START_TEST(nothing_of_an_older_segment_is_frozen_with_a_newer_one)
{
	support_needs(SUPPORT_SEALS);

	shmem_segment *s = support_segment(a, 2 * PAGE, 77);
	shmem_handle *h = NULL;

	support_give(a, &s);
	s = support_get(b);
	support_ok(shmem_segment_free(&s));
	support_settle(a);
	s = support_segment(a, PAGE + 1, 1);
	ck_assert_uint_eq(support_stats(a).pool_hits, 1);
	support_ok(shmem_segment_freeze(&s, &h));
	check_frozen(h, PAGE + 1, 1);
	shmem_handle_close(&h);
}
END_TEST

START_TEST(without_unmapping_there_is_no_proof)
{
	static const shmem_enforce enforce[] = {SHMEM_ENFORCE_PROTECT,
						SHMEM_ENFORCE_NONE};
	shmem_channel_opts opts = with(enforce[_i]);
	shmem_segment *s;
	shmem_handle *h = NULL;

	teardown();
	support_ok(shmem_channel_pair(&opts, &a, &b));
	s = support_segment(a, 100, 5);
	support_is(shmem_segment_freeze(&s, &h), SHMEM_E_UNSUPPORTED);
	support_check_segment(s, 5);
	support_ok(shmem_segment_free(&s));
}
END_TEST

/* Whoever made it, whoever freezes it: it is refused rather than pretended, and
 * the segment goes on. */
START_TEST(where_nothing_can_be_proven_it_is_refused)
{
	shmem_segment *s;
	shmem_handle *h = NULL;

	if (support_lacks(SUPPORT_SEALS) == NULL) /* see all the others */
		return;
	s = support_segment(a, 100, 5);
	support_is(shmem_segment_freeze(&s, &h), SHMEM_E_UNSUPPORTED);
	support_give(a, &s);
	s = support_get(b);
	support_is(shmem_segment_freeze(&s, &h), SHMEM_E_UNSUPPORTED);
	ck_assert_ptr_null(h);
	support_check_segment(s, 5);
	memset(shmem_segment_data(s), 6, 100);
	support_give(b, &s);
	s = support_get(a);
	support_is(shmem_segment_freeze(&s, &h), SHMEM_E_UNSUPPORTED);
	support_check_segment(s, 6);
	support_ok(shmem_segment_free(&s));
}
END_TEST

/* One end that wants it binds both. */
START_TEST(unmapping_at_either_end_binds_both)
{
	support_needs(SUPPORT_SEALS);

	static const shmem_enforce other[] = {SHMEM_ENFORCE_PROTECT,
					      SHMEM_ENFORCE_NONE};
	shmem_channel_opts opts_a = with(SHMEM_ENFORCE_UNMAP);
	shmem_channel_opts opts_b = with(other[_i / 2]);
	shmem_segment *s;
	shmem_handle *h = NULL;

	teardown();
	if (_i % 2 == 0)
		support_adopted(&opts_a, &a, &opts_b, &b);
	else
		support_adopted(&opts_b, &a, &opts_a, &b);
	s = support_segment(a, 100, 5);
	support_give(a, &s);
	s = support_get(b);
	support_ok(shmem_segment_freeze(&s, &h));
	check_frozen(h, 100, 5);
	shmem_handle_close(&h);
}
END_TEST

START_TEST(somebody_s_writable_mapping_is_in_the_way)
{
	support_needs(SUPPORT_SEALS);

	shmem_segment *s;
	shmem_handle *h = NULL;
	shmem_channel_opts opts = with(SHMEM_ENFORCE_UNMAP);
	support_raw raw;
	void *view;

	teardown();
	support_raw_open(&raw, &opts, &a);
	support_raw_greet(&raw, a, 0);
	s = support_segment(a, PAGE, 5);
	support_raw_segment(&raw, shmem_segment_id(s), PAGE);
	support_give(a, &s);
	support_raw_recv(&raw);
	support_raw_recv(&raw);
	ck_assert_uint_eq(raw.in_fds, 1);
	support_ok(
		shmem__view_map(raw.in_fd[0], 0, PAGE, SHMEM_RW, NULL, &view));
	support_raw_message(&raw, RAW_PLAIN, 0, 0);
	support_raw_send(&raw);
	s = support_get(a);
	support_is(shmem_segment_freeze(&s, &h), SHMEM_E_BUSY);
	support_check_segment(s, 5); /* as it was */
	shmem__view_unmap(view, PAGE);
	support_ok(shmem_segment_freeze(&s, &h));
	check_frozen(h, PAGE, 5);
	shmem_handle_close(&h);
	support_raw_close(&raw);
}
END_TEST

START_TEST(after_the_channel_s_end_there_is_nothing_to_freeze)
{
	shmem_segment *s = support_segment(a, 10, 1);
	shmem_segment *none = NULL;
	shmem_handle *h = NULL;

	shmem_channel_close(&a);
	support_is(shmem_segment_freeze(&s, &h), SHMEM_E_CLOSED);
	support_ok(shmem_segment_free(&s));
	support_is(shmem_segment_freeze(&none, &h), SHMEM_E_INVAL);
	support_is(shmem_segment_freeze(NULL, &h), SHMEM_E_INVAL);
}
END_TEST

START_TEST(a_dead_peer_does_not_hinder_freezing)
{
	support_needs(SUPPORT_SEALS);

	shmem_segment *s = support_segment(a, 10, 1);
	shmem_segment *lost = support_segment(a, 10, 2);
	shmem_handle *h = NULL;
	shmem_message *m = NULL;

	support_give(a, &lost);
	shmem_channel_close(&b);
	support_is(shmem_channel_recv(a, SUPPORT_WAIT, &m), SHMEM_E_CLOSED);
	support_ok(shmem_segment_freeze(&s, &h));
	check_frozen(h, 10, 1);
	shmem_handle_close(&h);
	support_ok(shmem_channel_reclaim(a, &lost, NULL));
	support_ok(shmem_segment_freeze(&lost, &h));
	check_frozen(h, 10, 2);
	shmem_handle_close(&h);
}
END_TEST

/* The peer has not been told yet that its memory is gone: it can't put other
 * memory there, which would then be taken from the application. */
START_TEST(a_slot_is_not_used_again_before_its_end_is_told)
{
	support_needs(SUPPORT_SEALS);

	shmem_channel_opts opts = with(SHMEM_ENFORCE_UNMAP);
	support_raw raw;
	shmem_segment *s;
	shmem_handle *h = NULL;
	shmem_message *m = NULL;
	int err = 0;

	teardown();
	opts.nonblocking = true;
	support_raw_open(&raw, &opts, &a);
	support_raw_greet(&raw, a, 0);
	support_raw_announce(&raw, 0, PAGE, support_object(PAGE));
	support_raw_segment(&raw, (uint64_t)1 << 32, 10);
	support_raw_message(&raw, RAW_PLAIN, 0, 0);
	support_raw_send(&raw);
	s = support_get(a);
	while (err == 0) {
		static const char filler[30000];

		support_ok(shmem_message_new(filler, sizeof(filler), &m));
		err = shmem_channel_send(a, &m);
		shmem_message_free(&m);
	}
	support_is(err, SHMEM_E_AGAIN);
	while (err == SHMEM_E_AGAIN) { /* to the last byte */
		support_ok(shmem_message_new(NULL, 0, &m));
		if (shmem_channel_send(a, &m) != 0)
			err = 0;
		shmem_message_free(&m);
	}
	support_ok(shmem_segment_freeze(&s, &h));
	shmem_handle_close(&h);
	ck_assert_uint_ne(shmem_channel_wants(a) & SHMEM_POLL_WRITE, 0);
	support_raw_announce(&raw, 0, PAGE, support_object(PAGE));
	support_raw_segment(&raw, (uint64_t)2 << 32, 10);
	support_raw_message(&raw, RAW_PLAIN, 0, 0);
	support_raw_send(&raw);
	support_is(shmem_segment_recv(a, 0, &s), SHMEM_E_PROTO);
	support_raw_close(&raw);
}
END_TEST

static Suite *suite(void)
{
	Suite *s = suite_create("freeze");
	TCase *t = support_case(s, "freeze");

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_test(t, what_is_frozen_can_not_be_written_any_more);
	tcase_add_loop_test(t, either_side_freezes_what_either_side_made, 0, 4);
	tcase_add_test(t, the_new_owner_can_prove_it_by_himself);
	tcase_add_test(t,
		       nothing_of_an_older_segment_is_frozen_with_a_newer_one);
	tcase_add_loop_test(t, without_unmapping_there_is_no_proof, 0, 2);
	tcase_add_test(t, where_nothing_can_be_proven_it_is_refused);
	tcase_add_loop_test(t, unmapping_at_either_end_binds_both, 0, 4);
	tcase_add_test(t, somebody_s_writable_mapping_is_in_the_way);
	tcase_add_test(t, after_the_channel_s_end_there_is_nothing_to_freeze);
	tcase_add_test(t, a_dead_peer_does_not_hinder_freezing);
	tcase_add_test(t, a_slot_is_not_used_again_before_its_end_is_told);
	return s;
}
SUPPORT_MAIN(suite)
