/* SPDX-License-Identifier: MIT */
/* Messages: bytes, and what is put into them and taken out again. */
#include "channels.h"

#include <stdlib.h>
#include <string.h>

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

START_TEST(bytes_are_copied)
{
	char text[] = "once";
	shmem_message *m = NULL;

	support_ok(shmem_message_new(text, 4, &m));
	text[0] = 'O';
	support_check_text(m, "once");
	ck_assert(!shmem_message_is_request(m));
	ck_assert(!shmem_message_is_refusal(m));
	ck_assert_uint_eq(shmem_message_reply_to(m), 0);
	shmem_message_free(&m);
	ck_assert_ptr_null(m);
}
END_TEST

START_TEST(an_empty_message_has_no_bytes)
{
	shmem_message *m = NULL;

	support_ok(shmem_message_new(NULL, 0, &m));
	ck_assert_uint_eq(shmem_message_size(m), 0);
	ck_assert_ptr_nonnull(shmem_message_data(m));
	shmem_message_free(&m);
	support_is(shmem_message_new(NULL, 1, &m), SHMEM_E_INVAL);
	support_is(shmem_message_new("x", 1, NULL), SHMEM_E_INVAL);
	support_is(shmem_message_new("x", SIZE_MAX, &m), SHMEM_E_NOMEM);
	ck_assert_ptr_null(m);
}
END_TEST

START_TEST(no_message_is_an_empty_one)
{
	shmem_message *none = NULL;
	shmem_segment *s = NULL;
	shmem_handle *h = NULL;

	ck_assert_uint_eq(shmem_message_size(NULL), 0);
	ck_assert_ptr_nonnull(shmem_message_data(NULL));
	ck_assert_uint_eq(shmem_message_segments(NULL), 0);
	ck_assert_uint_eq(shmem_message_handles(NULL), 0);
	ck_assert_uint_eq(shmem_message_reply_to(NULL), 0);
	ck_assert(!shmem_message_is_request(NULL));
	ck_assert(!shmem_message_is_refusal(NULL));
	ck_assert(!shmem_message_is_shared(NULL));
	support_is(shmem_message_push_segment(NULL, &s), SHMEM_E_INVAL);
	support_is(shmem_message_push_handle(NULL, &h), SHMEM_E_INVAL);
	support_is(shmem_message_pop_segment(NULL, &s), SHMEM_E_INVAL);
	support_is(shmem_message_pop_handle(NULL, &h), SHMEM_E_INVAL);
	shmem_message_free(NULL);
	shmem_message_free(&none);
}
END_TEST

START_TEST(segments_come_out_in_the_order_they_went_in)
{
	shmem_message *m = support_text("");
	shmem_segment *s[5];

	for (int i = 0; i < 5; i++) {
		uint64_t id;

		s[i] = support_segment(a, 10, i);
		id = shmem_segment_id(s[i]);
		support_ok(shmem_message_push_segment(m, &s[i]));
		ck_assert_ptr_null(s[i]);
		ck_assert_int_eq(shmem_segment_state(a, id),
				 SHMEM_STATE_STAGED);
	}
	ck_assert_uint_eq(shmem_message_segments(m), 5);
	for (int i = 0; i < 5; i++) {
		support_ok(shmem_message_pop_segment(m, &s[i]));
		support_check_segment(s[i], i);
		ck_assert_int_eq(shmem_segment_state(a, shmem_segment_id(s[i])),
				 SHMEM_STATE_OWNED);
		support_ok(shmem_segment_free(&s[i]));
	}
	support_is(shmem_message_pop_segment(m, &s[0]), SHMEM_E_NOENT);
	ck_assert_ptr_null(s[0]);
	shmem_message_free(&m);
}
END_TEST

START_TEST(handles_come_out_in_the_order_they_went_in)
{
	shmem_message *m = support_text("");
	shmem_handle *h = NULL;

	for (unsigned i = 0; i < 5; i++) {
		h = support_handle(i);
		support_ok(shmem_message_push_handle(m, &h));
		ck_assert_ptr_null(h);
	}
	ck_assert_uint_eq(shmem_message_handles(m), 5);
	for (unsigned i = 0; i < 5; i++) {
		support_ok(shmem_message_pop_handle(m, &h));
		ck_assert_uint_eq(shmem_handle_size(h), i);
		shmem_handle_close(&h);
	}
	support_is(shmem_message_pop_handle(m, &h), SHMEM_E_NOENT);
	ck_assert_ptr_null(h);
	shmem_message_free(&m);
}
END_TEST

/* As a queue: the places of what was taken out are used again. */
START_TEST(things_go_in_and_out_all_day)
{
	shmem_message *m = support_text("");

	for (unsigned i = 0; i < 20; i++) {
		shmem_handle *h = support_handle(0);

		support_ok(shmem_message_push_handle(m, &h));
	}
	for (unsigned i = 0; i < 100000; i++) {
		shmem_handle *h = NULL;

		support_ok(shmem_message_pop_handle(m, &h));
		support_ok(shmem_message_push_handle(m, &h));
	}
	ck_assert_uint_eq(shmem_message_handles(m), 20);
	shmem_message_free(&m);
	ck_assert_uint_eq(support_stats(NULL).handles, 0);
}
END_TEST

START_TEST(there_is_an_end_to_what_goes_in)
{
	shmem_message *m = support_text("");
	shmem_segment *s;
	shmem_handle *h;

	for (int i = 0; i < SHMEM_MESSAGE_MAX_SEGMENTS; i++) {
		s = support_segment(a, 1, 0);
		support_ok(shmem_message_push_segment(m, &s));
	}
	s = support_segment(a, 1, 0);
	support_is(shmem_message_push_segment(m, &s), SHMEM_E_LIMIT);
	ck_assert_ptr_nonnull(s);
	support_ok(shmem_segment_free(&s));
	for (int i = 0; i < SHMEM_MESSAGE_MAX_HANDLES; i++) {
		h = support_handle(0);
		support_ok(shmem_message_push_handle(m, &h));
	}
	h = support_handle(0);
	support_is(shmem_message_push_handle(m, &h), SHMEM_E_LIMIT);
	ck_assert_ptr_nonnull(h);
	shmem_handle_close(&h);
	shmem_message_free(&m);
	ck_assert_uint_eq(support_stats(a).segments, 0);
	ck_assert_uint_eq(support_stats(NULL).handles, 0);
}
END_TEST

START_TEST(segments_of_two_channels_do_not_mix)
{
	shmem_message *m = support_text("");
	shmem_segment *s = support_segment(a, 10, 1);
	shmem_segment *t = support_segment(b, 10, 2);

	support_ok(shmem_message_push_segment(m, &s));
	support_is(shmem_message_push_segment(m, &t), SHMEM_E_INVAL);
	ck_assert_ptr_nonnull(t);
	/* Nor does one go by another's channel; nothing has changed then. */
	support_is(shmem_channel_send(b, &m), SHMEM_E_INVAL);
	ck_assert_ptr_nonnull(m);
	support_is(shmem_segment_send(a, &t), SHMEM_E_INVAL);
	support_check_segment(t, 2);
	support_ok(shmem_message_pop_segment(m, &s));
	support_check_segment(s, 1);
	support_ok(shmem_segment_free(&s));
	support_ok(shmem_segment_free(&t));
	shmem_message_free(&m);
}
END_TEST

START_TEST(a_message_that_is_freed_frees_what_is_in_it)
{
	shmem_message *m = support_text("");
	shmem_segment *s = support_segment(a, 10, 1);
	shmem_handle *h = support_handle(100);
	uint64_t id = shmem_segment_id(s);

	support_ok(shmem_message_push_segment(m, &s));
	support_ok(shmem_message_push_handle(m, &h));
	shmem_message_free(&m);
	ck_assert_int_eq(shmem_segment_state(a, id), SHMEM_STATE_DEAD);
	ck_assert_uint_eq(support_stats(a).segments, 0);
	ck_assert_uint_eq(support_stats(a).pool_segments, 1);
	ck_assert_uint_eq(support_stats(NULL).handles, 0);
}
END_TEST

/* ---- messages that came ---- */

static shmem_message *full_message(size_t bytes)
{
	unsigned char *body = malloc(bytes + 1);
	shmem_message *m = NULL;
	shmem_handle *h = support_handle(4096);

	ck_assert_ptr_nonnull(body);
	memset(body, 'b', bytes);
	support_ok(shmem_message_new(body, bytes, &m));
	for (int i = 0; i < 3; i++) {
		shmem_segment *s = support_segment(a, 10, i);

		support_ok(shmem_message_push_segment(m, &s));
	}
	support_ok(shmem_message_push_handle(m, &h));
	free(body);
	return m;
}

static void check_full(shmem_message *m, size_t bytes)
{
	const char *data = shmem_message_data(m);

	ck_assert_uint_eq(shmem_message_size(m), bytes);
	for (size_t i = 0; i < bytes; i++)
		if (data[i] != 'b')
			ck_abort_msg("byte %d is %d", (int)i, data[i]);
	ck_assert_uint_eq(shmem_message_segments(m), 3);
	ck_assert_uint_eq(shmem_message_handles(m), 1);
	for (int i = 0; i < 3; i++) {
		shmem_segment *s = NULL;

		support_ok(shmem_message_pop_segment(m, &s));
		support_check_segment(s, i);
		support_ok(shmem_segment_free(&s));
	}
}

/* A message that came may be sent on as it is; an echo does. */
START_TEST(what_came_is_sent_on)
{
	static const size_t sizes[] = {0, 10, 32768, 32769, 200000};
	size_t bytes = sizes[_i];
	shmem_message *m = full_message(bytes);

	support_ok(shmem_channel_send(a, &m));
	for (int i = 0; i < 3; i++) {
		m = support_recv(b);
		support_ok(shmem_channel_send(b, &m));
		m = support_recv(a);
		support_ok(shmem_channel_send(a, &m));
	}
	m = support_recv(b);
	ck_assert(shmem_message_is_shared(m) == (bytes > 32768));
	check_full(m, bytes);
	shmem_message_free(&m);
	support_settle(a);
	support_settle(b);
	ck_assert_uint_eq(support_stats(a).segments, 0);
	ck_assert_uint_eq(support_stats(b).segments, 0);
}
END_TEST

START_TEST(what_came_and_is_freed_frees_what_is_in_it)
{
	shmem_message *m = full_message(50000);

	support_ok(shmem_channel_send(a, &m));
	m = support_recv(b);
	ck_assert_uint_eq(support_stats(b).segments_owned, 4);
	shmem_message_free(&m);
	ck_assert_uint_eq(support_stats(b).segments, 0);
	support_settle(a);
	ck_assert_uint_eq(support_stats(a).segments, 0);
	ck_assert_uint_eq(support_stats(a).pool_segments, 4);
}
END_TEST

/* Its memory is gone: nothing of it may be touched, and nothing crashes. */
START_TEST(a_message_outlives_its_channel)
{
	static const size_t sizes[] = {10, 50000};
	shmem_message *m = full_message(sizes[_i]);
	shmem_segment *s = NULL;
	shmem_handle *h = NULL;

	support_ok(shmem_channel_send(a, &m));
	m = support_recv(b);
	shmem_channel_close(&b);
	if (_i == 0)
		ck_assert_uint_eq(shmem_message_size(m), 10);
	else
		ck_assert_uint_eq(shmem_message_size(m), 0);
	ck_assert_ptr_nonnull(shmem_message_data(m));
	ck_assert_uint_eq(shmem_message_segments(m), 3);
	support_is(shmem_channel_send(a, &m), SHMEM_E_STATE);
	for (int i = 0; i < 3; i++) {
		support_ok(shmem_message_pop_segment(m, &s));
		ck_assert_ptr_null(shmem_segment_data(s));
		ck_assert_uint_eq(shmem_segment_size(s), 0);
		ck_assert_uint_eq(shmem_segment_id(s), 0);
		support_is(shmem_message_push_segment(m, &s), SHMEM_E_STATE);
		support_is(shmem_segment_send(a, &s), SHMEM_E_STATE);
		support_ok(shmem_segment_free(&s));
	}
	support_ok(shmem_message_pop_handle(m, &h));
	ck_assert_uint_eq(shmem_handle_size(h), 4096); /* a handle lives on */
	shmem_handle_close(&h);
	shmem_message_free(&m);
}
END_TEST

START_TEST(a_message_not_sent_outlives_its_channel)
{
	shmem_message *m = full_message(10);
	shmem_segment *s = support_segment(b, 1, 1);

	shmem_channel_close(&a);
	support_is(shmem_message_push_segment(m, &s), SHMEM_E_INVAL);
	support_is(shmem_channel_send(b, &m), SHMEM_E_STATE);
	support_check_text(m, "bbbbbbbbbb");
	shmem_message_free(&m);
	support_ok(shmem_segment_free(&s));
}
END_TEST

static Suite *suite(void)
{
	Suite *s = suite_create("message");
	TCase *t = support_case(s, "message");

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_test(t, bytes_are_copied);
	tcase_add_test(t, an_empty_message_has_no_bytes);
	tcase_add_test(t, no_message_is_an_empty_one);
	tcase_add_test(t, segments_come_out_in_the_order_they_went_in);
	tcase_add_test(t, handles_come_out_in_the_order_they_went_in);
	tcase_add_test(t, things_go_in_and_out_all_day);
	tcase_add_test(t, there_is_an_end_to_what_goes_in);
	tcase_add_test(t, segments_of_two_channels_do_not_mix);
	tcase_add_test(t, a_message_that_is_freed_frees_what_is_in_it);
	tcase_add_loop_test(t, what_came_is_sent_on, 0, 5);
	tcase_add_test(t, what_came_and_is_freed_frees_what_is_in_it);
	tcase_add_loop_test(t, a_message_outlives_its_channel, 0, 2);
	tcase_add_test(t, a_message_not_sent_outlives_its_channel);
	return s;
}
SUPPORT_MAIN(suite)
