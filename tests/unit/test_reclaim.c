/* SPDX-License-Identifier: MIT */
/* The peer's end: what it sent is still delivered, what it had comes home. */
#include "channels.h"

#include "base/fault.h"

#include <errno.h>
#include <string.h>

#define ALL_MODES 3

static shmem_channel *a;
static shmem_channel *b;

static void setup(void)
{
	support_ok(shmem_channel_pair(NULL, &a, &b));
}

static void teardown(void)
{
	shmem_channel_close(&a);
	shmem_channel_close(&b);
}

/* Enough has gone to and fro that both sides have a ring. */
static void warm_up(void)
{
	for (int i = 0; i < 10; i++) {
		support_send_text(a, "ping");
		support_recv_text(b, "ping");
		support_send_text(b, "pong");
		support_recv_text(a, "pong");
	}
	ck_assert_uint_gt(support_stats(a).packets_by_ring, 0);
}

static shmem_segment *home(bool expect_known)
{
	shmem_segment *s = NULL;
	bool known = !expect_known;

	support_ok(shmem_channel_reclaim(a, &s, &known));
	ck_assert_int_eq(known, expect_known);
	return s;
}

static void no_more(void)
{
	shmem_segment *s = NULL;
	bool known;

	support_is(shmem_channel_reclaim(a, &s, &known), SHMEM_E_NOENT);
	ck_assert_ptr_null(s);
}

static void wait_for_end(void)
{
	shmem_message *m = NULL;

	support_is(shmem_channel_recv(a, SUPPORT_WAIT, &m), SHMEM_E_CLOSED);
}

START_TEST(nothing_is_reclaimed_from_the_living)
{
	shmem_segment *s = support_segment(a, 10, 1);
	shmem_segment *none = NULL;

	support_give(a, &s);
	support_is(shmem_channel_reclaim(a, &s, NULL), SHMEM_E_STATE);
	support_is(shmem_channel_reclaim(NULL, &none, NULL), SHMEM_E_INVAL);
	support_is(shmem_channel_reclaim(a, NULL, NULL), SHMEM_E_INVAL);
	s = support_get(b);
	support_ok(shmem_segment_free(&s));
}
END_TEST

START_TEST(what_a_peer_never_read_is_known)
{
	shmem_segment *s = support_segment(a, 10, 1);

	support_give(a, &s);
	shmem_channel_close(&b);
	wait_for_end();
	s = home(true);
	support_check_segment(s, 1);
	support_ok(shmem_segment_free(&s));
	no_more();
}
END_TEST

START_TEST(what_a_peer_had_is_unknown)
{
	shmem_segment *s = support_segment(a, 10, 1);

	support_give(a, &s);
	s = support_get(b);
	memset(shmem_segment_data(s), 2, 10);
	shmem_channel_close(&b);
	support_ok(shmem_segment_free(&s));
	wait_for_end();
	s = home(false);
	support_check_segment(s, 2);
	support_ok(shmem_segment_free(&s));
	no_more();
}
END_TEST

/* With a ring it shows what the peer has taken in. */
START_TEST(what_a_peer_did_not_take_in_is_known)
{
	shmem_segment *first;
	shmem_segment *second;
	uint64_t first_id;
	uint64_t second_id;

	warm_up();
	first = support_segment(a, 10, 1);
	second = support_segment(a, 10, 2);
	first_id = support_give(a, &first);
	second_id = support_give(a, &second);
	first = support_get(b);
	shmem_channel_close(&b);
	support_ok(shmem_segment_free(&first));
	wait_for_end();
	first = home(false);
	ck_assert_uint_eq(shmem_segment_id(first), first_id);
	second = home(true);
	ck_assert_uint_eq(shmem_segment_id(second), second_id);
	support_check_segment(second, 2);
	support_ok(shmem_segment_free(&first));
	support_ok(shmem_segment_free(&second));
	no_more();
}
END_TEST

/* A peer that could not say hello has not read either. */
START_TEST(hello_comes_before_reading)
{
	shmem_segment *s = support_segment(a, 10, 1);
	shmem_segment *got = NULL;

	support_needs(SUPPORT_ERRNO);
	support_give(a, &s);
	shmem__fault_arm(1, EAGAIN, "sendmsg");
	support_is(shmem_segment_recv(b, 0, &got), SHMEM_E_AGAIN);
	ck_assert_str_eq(shmem__fault_hit(), "sendmsg");
	shmem__fault_arm(0, 0, NULL);
	ck_assert_uint_ne(shmem_channel_wants(b) & SHMEM_POLL_WRITE, 0);
	if (_i == 0) {
		got = support_get(b);
		support_check_segment(got, 1);
		support_ok(shmem_segment_free(&got));
		return;
	}
	shmem_channel_close(&b);
	wait_for_end();
	s = home(true);
	support_ok(shmem_segment_free(&s));
}
END_TEST

START_TEST(what_the_peer_made_comes_home_too)
{
	shmem_segment *s = support_segment(b, 10, 1);
	uint64_t id = support_give(b, &s);

	s = support_get(a);
	memset(shmem_segment_data(s), 3, 10);
	support_give(a, &s);
	shmem_channel_close(&b);
	wait_for_end();
	ck_assert_int_eq(shmem_segment_state(a, id), SHMEM_STATE_AWAY);
	s = home(false);
	ck_assert_uint_eq(shmem_segment_id(s), id);
	support_check_segment(s, 3);
	ck_assert_int_eq(shmem_segment_state(a, id), SHMEM_STATE_OWNED);
	support_ok(shmem_segment_free(&s));
}
END_TEST

/* What is ours, and what waits for us, is not touched by the peer's end. */
START_TEST(only_what_was_away_comes_home)
{
	shmem_segment *mine = support_segment(a, 10, 1);
	shmem_segment *staged = support_segment(a, 10, 2);
	shmem_segment *s = support_segment(b, 10, 3);
	shmem_message *m = support_text("");

	support_ok(shmem_message_push_segment(m, &staged));
	support_give(b, &s);
	support_send_text(b, "last words");
	shmem_channel_close(&b);
	s = support_get(a);
	support_check_segment(s, 3);
	support_recv_text(a, "last words");
	wait_for_end();
	no_more();
	support_check_segment(mine, 1);
	support_is(shmem_channel_send(a, &m), SHMEM_E_CLOSED);
	support_ok(shmem_message_pop_segment(m, &staged));
	support_check_segment(staged, 2);
	shmem_message_free(&m);
	support_is(shmem_segment_send(a, &mine), SHMEM_E_CLOSED);
	support_check_segment(mine, 1);
	support_ok(shmem_segment_free(&mine));
	support_ok(shmem_segment_free(&staged));
	support_ok(shmem_segment_free(&s));
	support_is(shmem_segment_alloc(a, 10, &s), SHMEM_E_CLOSED);
}
END_TEST

/* The peer closes while it has things from us unread: it does not lose what it
 * said before that. */
START_TEST(unread_packets_lose_nothing)
{
	support_send_text(b, "first");
	support_send_text(a, "never read");
	support_send_text(b, "second");
	shmem_channel_close(&b);
	support_recv_text(a, "first");
	support_recv_text(a, "second");
	wait_for_end();
}
END_TEST

START_TEST(a_send_that_finds_the_end_is_enough)
{
	shmem_segment *s = support_segment(a, 10, 1);
	shmem_segment *t = support_segment(a, 10, 2);

	if (_i == 1)
		warm_up();
	support_give(a, &s);
	s = support_get(b);
	support_send_text(b, "one");
	support_send_text(b, "two");
	shmem_channel_close(&b);
	support_ok(shmem_segment_free(&s));
	support_is(shmem_segment_send(a, &t), SHMEM_E_CLOSED);
	support_check_segment(t, 2);
	support_ok(shmem_segment_free(&t));
	/* What it sent has not even been received yet. */
	s = home(false);
	support_check_segment(s, 1);
	support_ok(shmem_segment_free(&s));
	no_more();
	support_recv_text(a, "one");
	support_recv_text(a, "two");
	wait_for_end();
}
END_TEST

START_TEST(everything_comes_home_in_every_mode)
{
	static const shmem_enforce modes[ALL_MODES] = {
		SHMEM_ENFORCE_PROTECT, SHMEM_ENFORCE_UNMAP, SHMEM_ENFORCE_NONE};
	shmem_channel_opts opts = SHMEM_CHANNEL_OPTS_INIT;
	shmem_segment *kept[500] = {NULL};
	shmem_segment *s;

	teardown();
	opts.enforce = modes[_i];
	support_ok(shmem_channel_pair(&opts, &a, &b));
	for (int i = 0; i < 500; i++) {
		s = support_segment(a, 10, i);
		support_give(a, &s);
		kept[i] = support_get(b);
		if (i % 2 != 0)
			support_ok(shmem_segment_free(&kept[i]));
	}
	ck_assert_uint_eq(support_stats(b).segments_owned, 250);
	shmem_channel_close(&b);
	wait_for_end();
	for (int i = 0; i < 500; i += 2) {
		support_ok(shmem_segment_free(&kept[i]));
		s = home(false);
		support_check_segment(s, i);
		support_ok(shmem_segment_free(&s));
	}
	no_more();
	ck_assert_uint_eq(support_stats(a).reclaimed, 250);
	ck_assert_uint_eq(support_stats(a).segments, 0);
}
END_TEST

START_TEST(what_is_not_reclaimed_goes_with_the_channel)
{
	shmem_segment *s = NULL;

	for (int i = 0; i < 10; i++) {
		s = support_segment(a, 10, i);
		support_give(a, &s);
	}
	shmem_channel_close(&b);
	wait_for_end();
	s = home(true);
	shmem_channel_close(&a);
	ck_assert_ptr_null(shmem_segment_data(s));
	support_ok(shmem_segment_free(&s));
	ck_assert_uint_eq(support_stats(NULL).segments, 0);
	ck_assert_uint_eq(support_stats(NULL).mapped_bytes, 0);
}
END_TEST

static Suite *suite(void)
{
	Suite *s = suite_create("reclaim");
	TCase *t = support_case(s, "reclaim");

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_test(t, nothing_is_reclaimed_from_the_living);
	tcase_add_test(t, what_a_peer_never_read_is_known);
	tcase_add_test(t, what_a_peer_had_is_unknown);
	tcase_add_test(t, what_a_peer_did_not_take_in_is_known);
	tcase_add_loop_test(t, hello_comes_before_reading, 0, 2);
	tcase_add_test(t, what_the_peer_made_comes_home_too);
	tcase_add_test(t, only_what_was_away_comes_home);
	tcase_add_test(t, unread_packets_lose_nothing);
	tcase_add_loop_test(t, a_send_that_finds_the_end_is_enough, 0, 2);
	tcase_add_loop_test(t, everything_comes_home_in_every_mode, 0,
			    ALL_MODES);
	tcase_add_test(t, what_is_not_reclaimed_goes_with_the_channel);
	return s;
}
SUPPORT_MAIN(suite)
