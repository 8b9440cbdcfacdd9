/* SPDX-License-Identifier: MIT */
/* Channels, both ends in one process: messages, segments, handles, limits. */
#include "channels.h"

#include <shmem/shmem.h>
#include <stdlib.h>
#include <string.h>

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

static shmem_message *text(const char *s)
{
	shmem_message *m = NULL;

	ck_assert_int_eq(shmem_message_new(s, strlen(s), &m), 0);
	return m;
}

static void check_text(const shmem_message *m, const char *s)
{
	ck_assert_uint_eq(shmem_message_size(m), strlen(s));
	ck_assert_int_eq(memcmp(shmem_message_data(m), s, strlen(s)), 0);
}

START_TEST(bytes_arrive_in_order)
{
	for (int i = 0; i < 100; i++) {
		char s[32];
		shmem_message *m;

		snprintf(s, sizeof(s), "message %d", i);
		m = text(s);
		ck_assert_int_eq(shmem_channel_send(a, &m), 0);
		ck_assert_ptr_null(m);
	}
	for (int i = 0; i < 100; i++) {
		char s[32];
		shmem_message *m = NULL;

		snprintf(s, sizeof(s), "message %d", i);
		ck_assert_int_eq(shmem_channel_recv(b, SUPPORT_WAIT, &m), 0);
		check_text(m, s);
		shmem_message_free(&m);
	}
	{
		shmem_message *m = NULL;

		ck_assert_int_eq(shmem_channel_recv(b, 0, &m), SHMEM_E_AGAIN);
		ck_assert_int_eq(shmem_channel_recv(b, 5, &m),
				 SHMEM_E_TIMEDOUT);
	}
}
END_TEST

START_TEST(a_segment_goes_there_and_back)
{
	shmem_segment *s = NULL;
	uint64_t id;

	ck_assert_int_eq(shmem_segment_alloc(a, 5000, &s), 0);
	id = shmem_segment_id(s);
	ck_assert_uint_eq(shmem_segment_size(s), 5000);
	for (int round = 0; round < 20; round++) {
		int *p = shmem_segment_data(s);

		ck_assert_int_eq(p[0], round * 2);
		p[0]++;
		ck_assert_int_eq(shmem_segment_state(a, id), SHMEM_STATE_OWNED);
		ck_assert_int_eq(shmem_segment_send(a, &s), 0);
		ck_assert_ptr_null(s);
		ck_assert_int_eq(shmem_segment_state(a, id), SHMEM_STATE_AWAY);
		ck_assert_int_eq(shmem_segment_recv(b, SUPPORT_WAIT, &s), 0);
		ck_assert_uint_eq(shmem_segment_id(s), id);
		p = shmem_segment_data(s);
		ck_assert_int_eq(p[0], round * 2 + 1);
		p[0]++;
		ck_assert_int_eq(shmem_segment_send(b, &s), 0);
		ck_assert_int_eq(shmem_segment_recv(a, SUPPORT_WAIT, &s), 0);
	}
	ck_assert_int_eq(shmem_segment_free(&s), 0);
	ck_assert_int_eq(shmem_segment_state(a, id), SHMEM_STATE_DEAD);
	ck_assert_int_eq(shmem_channel_dispatch(b), 0);
	ck_assert_int_eq(shmem_segment_state(b, id), SHMEM_STATE_DEAD);
}
END_TEST

START_TEST(freed_memory_is_recycled_under_a_new_id)
{
	shmem_segment *s = NULL;
	void *at;
	uint64_t id;

	ck_assert_int_eq(shmem_segment_alloc(a, 100, &s), 0);
	at = shmem_segment_data(s);
	id = shmem_segment_id(s);
	ck_assert_int_eq(shmem_segment_send(a, &s), 0);
	ck_assert_int_eq(shmem_segment_recv(b, SUPPORT_WAIT, &s), 0);
	ck_assert_int_eq(shmem_segment_free(&s), 0);
	ck_assert_int_eq(shmem_channel_dispatch(a), 0);
	ck_assert_int_eq(shmem_segment_alloc(a, 4096, &s), 0);
	ck_assert_ptr_eq(shmem_segment_data(s), at);
	ck_assert_uint_ne(shmem_segment_id(s), id);
	ck_assert_int_eq(shmem_segment_send(a, &s), 0);
	ck_assert_int_eq(shmem_segment_recv(b, SUPPORT_WAIT, &s), 0);
	ck_assert_uint_eq(shmem_segment_size(s), 4096);
	ck_assert_int_eq(shmem_segment_free(&s), 0);
}
END_TEST

static void touch(void *arg)
{
	*(volatile char *)arg = 1;
}

START_TEST(what_was_given_away_faults)
{
	shmem_segment *s = NULL;
	char *at;

	ck_assert_int_eq(shmem_segment_alloc(a, 100, &s), 0);
	at = shmem_segment_data(s);
	ck_assert_int_eq(shmem_segment_send(a, &s), 0);
	(void)touch;
	(void)at;
}
END_TEST

static void large_body(size_t size)
{
	unsigned char *bytes = malloc(size);
	shmem_message *m = NULL;

	for (size_t i = 0; i < size; i++)
		bytes[i] = (unsigned char)(i * 7);
	ck_assert_int_eq(shmem_message_new(bytes, size, &m), 0);
	ck_assert_int_eq(shmem_channel_send(a, &m), 0);
	ck_assert_int_eq(shmem_channel_recv(b, SUPPORT_WAIT, &m), 0);
	ck_assert_uint_eq(shmem_message_size(m), size);
	ck_assert_int_eq(memcmp(shmem_message_data(m), bytes, size), 0);
	shmem_message_free(&m);
	free(bytes);
}

START_TEST(a_body_of_any_size_arrives)
{
	static const size_t sizes[] = {1,     4095,    32768,  32769,
				       65536, 1 << 20, 5000001};

	large_body(sizes[_i]);
}
END_TEST

START_TEST(a_thousand_segments_and_200_handles_in_one_message)
{
	shmem_message *m = NULL;

	ck_assert_int_eq(shmem_message_new("x", 1, &m), 0);
	for (unsigned i = 0; i < 1000; i++) {
		shmem_segment *s = NULL;

		ck_assert_int_eq(shmem_segment_alloc(a, 8, &s), 0);
		memcpy(shmem_segment_data(s), &i, sizeof(i));
		ck_assert_int_eq(shmem_message_push_segment(m, &s), 0);
	}
	for (unsigned i = 0; i < 200; i++) {
		shmem_handle *h = NULL;

		ck_assert_int_eq(shmem_handle_create(i, NULL, &h), 0);
		ck_assert_int_eq(shmem_message_push_handle(m, &h), 0);
	}
	ck_assert_int_eq(shmem_channel_send(a, &m), 0);
	ck_assert_int_eq(shmem_channel_recv(b, SUPPORT_WAIT, &m), 0);
	ck_assert_uint_eq(shmem_message_segments(m), 1000);
	for (unsigned i = 0; i < 1000; i++) {
		shmem_segment *s = NULL;

		ck_assert_int_eq(shmem_message_pop_segment(m, &s), 0);
		ck_assert_int_eq(memcmp(shmem_segment_data(s), &i, sizeof(i)),
				 0);
		ck_assert_int_eq(shmem_segment_free(&s), 0);
	}
	for (unsigned i = 0; i < 200; i++) {
		shmem_handle *h = NULL;

		ck_assert_int_eq(shmem_message_pop_handle(m, &h), 0);
		ck_assert_uint_eq(shmem_handle_size(h), i);
		shmem_handle_close(&h);
	}
	shmem_message_free(&m);
}
END_TEST

START_TEST(a_full_queue_is_again_and_nothing_is_lost)
{
	static const char filling[4000];
	shmem_message *m = NULL;
	shmem_segment *s = NULL;
	unsigned sent = 0;
	unsigned got = 0;
	int err;

	for (;; sent++) {
		ck_assert_int_eq(shmem_segment_alloc(a, 4096, &s), 0);
		memcpy(shmem_segment_data(s), &sent, sizeof(sent));
		m = NULL;
		ck_assert_int_eq(
			shmem_message_new(filling, sizeof(filling), &m), 0);
		ck_assert_int_eq(shmem_message_push_segment(m, &s), 0);
		err = shmem_channel_send(a, &m);
		if (err != 0)
			break;
	}
	ck_assert_int_eq(err, SHMEM_E_AGAIN);
	ck_assert_uint_ne(shmem_channel_wants(a) & SHMEM_POLL_WRITE, 0);
	ck_assert_ptr_nonnull(m);
	ck_assert_int_eq(shmem_message_pop_segment(m, &s), 0);
	ck_assert_int_eq(memcmp(shmem_segment_data(s), &sent, sizeof(sent)), 0);
	ck_assert_int_eq(shmem_segment_free(&s), 0);
	shmem_message_free(&m);
	while (shmem_channel_recv(b, 0, &m) == 0) {
		ck_assert_int_eq(shmem_message_pop_segment(m, &s), 0);
		shmem_message_free(&m);
		ck_assert_int_eq(
			memcmp(shmem_segment_data(s), &got, sizeof(got)), 0);
		got++;
		ck_assert_int_eq(shmem_segment_free(&s), 0);
	}
	ck_assert_uint_eq(got, sent);
	ck_assert_int_eq(shmem_channel_wait(a, SHMEM_POLL_WRITE, SUPPORT_WAIT),
			 0);
	ck_assert_int_eq(shmem_channel_dispatch(a), 0);
	ck_assert_uint_eq(shmem_channel_wants(a), SHMEM_POLL_READ);
	m = text("again");
	ck_assert_int_eq(shmem_channel_send(a, &m), 0);
}
END_TEST

START_TEST(requests_are_answered_once)
{
	shmem_message *m = text("question");
	shmem_message *again = text("again");
	uint64_t id = 0;

	ck_assert_int_eq(shmem_channel_request(a, &m, &id), 0);
	ck_assert_int_eq(shmem_channel_recv(b, SUPPORT_WAIT, &m), 0);
	ck_assert(shmem_message_is_request(m));
	{
		shmem_message *r = text("answer");

		ck_assert_int_eq(shmem_channel_reply(b, m, &r), 0);
		ck_assert_int_eq(shmem_channel_reply(b, m, &again),
				 SHMEM_E_STATE);
	}
	shmem_message_free(&m);
	ck_assert_int_eq(shmem_channel_recv(a, SUPPORT_WAIT, &m), 0);
	ck_assert_uint_eq(shmem_message_reply_to(m), id);
	check_text(m, "answer");
	shmem_message_free(&m);
	shmem_message_free(&again);
}
END_TEST

START_TEST(a_request_freed_unanswered_is_refused)
{
	shmem_message *m = text("question");
	uint64_t id = 0;

	ck_assert_int_eq(shmem_channel_request(a, &m, &id), 0);
	ck_assert_int_eq(shmem_channel_recv(b, SUPPORT_WAIT, &m), 0);
	shmem_message_free(&m);
	ck_assert_int_eq(shmem_channel_recv(a, SUPPORT_WAIT, &m), 0);
	ck_assert_uint_eq(shmem_message_reply_to(m), id);
	ck_assert(shmem_message_is_refusal(m));
	shmem_message_free(&m);
}
END_TEST

START_TEST(what_was_sent_before_close_still_arrives)
{
	shmem_message *m = text("last words");
	shmem_segment *s = NULL;
	bool known = true;

	ck_assert_int_eq(shmem_segment_alloc(b, 10, &s), 0);
	ck_assert_int_eq(shmem_segment_send(b, &s), 0);
	ck_assert_int_eq(shmem_channel_send(a, &m), 0);
	ck_assert_int_eq(shmem_segment_recv(a, SUPPORT_WAIT, &s), 0);
	shmem_channel_close(&a);
	ck_assert_ptr_null(shmem_segment_data(s));
	shmem_segment_free(&s);
	ck_assert_int_eq(shmem_channel_recv(b, SUPPORT_WAIT, &m), 0);
	check_text(m, "last words");
	shmem_message_free(&m);
	ck_assert_int_eq(shmem_channel_recv(b, SUPPORT_WAIT, &m),
			 SHMEM_E_CLOSED);
	ck_assert_int_eq(shmem_channel_reclaim(b, &s, &known), 0);
	ck_assert(!known);
	ck_assert_int_eq(shmem_segment_free(&s), 0);
	ck_assert_int_eq(shmem_channel_reclaim(b, &s, &known), SHMEM_E_NOENT);
}
END_TEST

/* Memory of every size that the pool makes is taken in by the peer. */
START_TEST(segments_of_every_size_arrive)
{
	for (unsigned log = 0; log < 26; log++)
		for (uint64_t eighth = 0; eighth < 8; eighth++) {
			uint64_t bytes =
				((uint64_t)1 << log) + (eighth << log >> 3);
			shmem_segment *s = NULL;

			ck_assert_int_eq(shmem_segment_alloc(a, bytes, &s), 0);
			*(char *)shmem_segment_data(s) = 'x';
			ck_assert_int_eq(shmem_segment_send(a, &s), 0);
			ck_assert_int_eq(
				shmem_segment_recv(b, SUPPORT_WAIT, &s), 0);
			ck_assert_uint_eq(shmem_segment_size(s), bytes);
			ck_assert_int_eq(*(char *)shmem_segment_data(s), 'x');
			ck_assert_int_eq(shmem_segment_free(&s), 0);
		}
}
END_TEST

START_TEST(who_only_sends_gets_memory_back)
{
	shmem_stats stats = SHMEM_STATS_INIT;

	for (int i = 0; i < 20000; i++) {
		shmem_segment *s = NULL;

		ck_assert_int_eq(shmem_segment_alloc(a, 100, &s), 0);
		ck_assert_int_eq(shmem_segment_send(a, &s), 0);
		ck_assert_int_eq(shmem_segment_recv(b, SUPPORT_WAIT, &s), 0);
		ck_assert_int_eq(shmem_segment_free(&s), 0);
	}
	shmem_channel_stats(a, &stats);
	ck_assert_uint_lt(stats.pool_misses, 16);
}
END_TEST

static Suite *suite(void)
{
	Suite *s = suite_create("channel");
	TCase *t = support_case(s, "pair");

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_test(t, bytes_arrive_in_order);
	tcase_add_test(t, who_only_sends_gets_memory_back);
	tcase_add_test(t, a_segment_goes_there_and_back);
	tcase_add_test(t, segments_of_every_size_arrive);
	tcase_add_test(t, freed_memory_is_recycled_under_a_new_id);
	tcase_add_test(t, what_was_given_away_faults);
	tcase_add_loop_test(t, a_body_of_any_size_arrives, 0, 7);
	tcase_add_test(t, a_thousand_segments_and_200_handles_in_one_message);
	tcase_add_test(t, a_full_queue_is_again_and_nothing_is_lost);
	tcase_add_test(t, requests_are_answered_once);
	tcase_add_test(t, a_request_freed_unanswered_is_refused);
	tcase_add_test(t, what_was_sent_before_close_still_arrives);
	return s;
}
SUPPORT_MAIN(suite)
