/* SPDX-License-Identifier: MIT */
/* Requests and replies, and who gives way when both ends wait. Whoever is to
 * wait does so in a thread of his own. */
#include "channels.h"

#include <pthread.h>
#include <stdatomic.h>
#include <string.h>

static shmem_channel *a; /* gives way */
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

/* A call in another thread. */
typedef struct caller {
	pthread_t thread;
	shmem_channel *channel;
	int timeout;
	int err;
	atomic_bool ended;
	shmem_message *left; /* of what was to be sent */
	shmem_message *reply;
} caller;

static void *call_in_thread(void *arg)
{
	caller *it = arg;

	it->err = shmem_channel_call(it->channel, &it->left, it->timeout,
				     &it->reply);
	atomic_store(&it->ended, true);
	return NULL;
}

static void begin(caller *it, shmem_channel *channel, const char *question,
		  int timeout)
{
	it->channel = channel;
	it->timeout = timeout;
	it->left = support_text(question);
	it->reply = NULL;
	atomic_init(&it->ended, false);
	ck_assert_int_eq(pthread_create(&it->thread, NULL, call_in_thread, it),
			 0);
}

static void finish(caller *it, int expected, const char *answer)
{
	ck_assert_int_eq(pthread_join(it->thread, NULL), 0);
	support_is(it->err, expected);
	ck_assert_ptr_null(it->left); /* it was sent, whatever came of it */
	if (expected != 0) {
		ck_assert_ptr_null(it->reply);
		return;
	}
	support_check_text(it->reply, answer);
	ck_assert_uint_ne(shmem_message_reply_to(it->reply), 0);
	shmem_message_free(&it->reply);
}

/* Answers a request that came, and frees it. */
static void answer(shmem_channel *channel, shmem_message **request,
		   const char *text)
{
	shmem_message *m = support_text(text);

	ck_assert(shmem_message_is_request(*request));
	support_ok(shmem_channel_reply(channel, *request, &m));
	ck_assert_ptr_null(m);
	shmem_message_free(request);
}

START_TEST(either_end_calls_the_other)
{
	shmem_channel *from = _i == 0 ? a : b;
	shmem_channel *to = _i == 0 ? b : a;
	shmem_message *m;
	caller it;

	for (int i = 0; i < 100; i++) {
		begin(&it, from, "2 + 2?", SUPPORT_WAIT);
		m = support_recv(to);
		support_check_text(m, "2 + 2?");
		answer(to, &m, "4");
		finish(&it, 0, "4");
	}
}
END_TEST

START_TEST(segments_and_handles_go_both_ways)
{
	shmem_segment *s = support_segment(a, 100, 1);
	shmem_handle *h = support_handle(4096);
	shmem_message *m;
	shmem_message *r = support_text("here");
	caller it;

	it.channel = a;
	it.timeout = SUPPORT_WAIT;
	it.left = support_text("take");
	it.reply = NULL;
	atomic_init(&it.ended, false);
	support_ok(shmem_message_push_segment(it.left, &s));
	ck_assert_int_eq(pthread_create(&it.thread, NULL, call_in_thread, &it),
			 0);
	m = support_recv(b);
	support_ok(shmem_message_pop_segment(m, &s));
	memset(shmem_segment_data(s), 2, 100);
	support_ok(shmem_message_push_segment(r, &s));
	support_ok(shmem_message_push_handle(r, &h));
	support_ok(shmem_channel_reply(b, m, &r));
	shmem_message_free(&m);
	ck_assert_int_eq(pthread_join(it.thread, NULL), 0);
	support_ok(it.err);
	support_ok(shmem_message_pop_segment(it.reply, &s));
	support_check_segment(s, 2);
	support_ok(shmem_segment_free(&s));
	ck_assert_uint_eq(shmem_message_handles(it.reply), 1);
	shmem_message_free(&it.reply);
}
END_TEST

START_TEST(what_comes_meanwhile_is_queued_in_order)
{
	shmem_message *m;
	caller it;

	support_send_text(b, "before");
	begin(&it, a, "?", SUPPORT_WAIT);
	m = support_recv(b);
	support_send_text(b, "one");
	support_send_text(b, "two");
	answer(b, &m, "!");
	support_send_text(b, "three");
	finish(&it, 0, "!");
	support_recv_text(a, "before");
	support_recv_text(a, "one");
	support_recv_text(a, "two");
	support_recv_text(a, "three");
}
END_TEST

START_TEST(a_late_reply_comes_as_a_message)
{
	static const int timeouts[] = {0, 30};
	uint64_t start = support_now();
	shmem_message *m = support_text("?");
	shmem_message *r = NULL;

	support_is(shmem_channel_call(a, &m, timeouts[_i], &r),
		   SHMEM_E_TIMEDOUT);
	ck_assert_ptr_null(m);
	ck_assert_ptr_null(r);
	ck_assert_uint_ge(support_now() - start + 1, (uint64_t)timeouts[_i]);
	m = support_recv(b);
	answer(b, &m, "late");
	m = support_recv(a);
	support_check_text(m, "late");
	ck_assert_uint_eq(shmem_message_reply_to(m), 1);
	ck_assert(!shmem_message_is_request(m));
	shmem_message_free(&m);
}
END_TEST

/* The reply to an earlier call is not taken for that of a later one. */
START_TEST(late_replies_do_not_mix_with_newer_calls)
{
	shmem_message *first;
	shmem_message *second;
	shmem_message *m = support_text("first?");
	caller it;

	support_is(shmem_channel_call(a, &m, 0, &first), SHMEM_E_TIMEDOUT);
	first = support_recv(b);
	begin(&it, a, "second?", SUPPORT_WAIT);
	second = support_recv(b);
	answer(b, &first, "to the first");
	answer(b, &second, "to the second");
	finish(&it, 0, "to the second");
	m = support_recv(a);
	support_check_text(m, "to the first");
	shmem_message_free(&m);
}
END_TEST

START_TEST(requests_are_answered_in_any_order)
{
	shmem_message *request[10];
	uint64_t id[10];

	for (int i = 0; i < 10; i++) {
		shmem_message *m = support_text("?");

		support_ok(shmem_channel_request(a, &m, &id[i]));
		request[i] = support_recv(b);
	}
	for (int i = 0; i < 10; i++) {
		int j = (i * 7 + 3) % 10;
		shmem_message *m;
		char text[8];

		snprintf(text, sizeof(text), "%d", j);
		answer(b, &request[j], text);
		m = support_recv(a);
		ck_assert_uint_eq(shmem_message_reply_to(m), id[j]);
		support_check_text(m, text);
		shmem_message_free(&m);
	}
}
END_TEST

START_TEST(only_a_request_is_answered_and_only_here)
{
	shmem_channel *x = NULL;
	shmem_channel *y = NULL;
	shmem_message *r = support_text("answer");
	shmem_message *m;
	shmem_message *none = NULL;
	uint64_t id;

	support_ok(shmem_channel_pair(NULL, &x, &y));
	support_send_text(a, "no request");
	m = support_recv(b);
	support_is(shmem_channel_reply(b, m, &r), SHMEM_E_STATE);
	support_is(shmem_channel_reply(b, r, &r), SHMEM_E_STATE);
	support_is(shmem_channel_reply(b, NULL, &r), SHMEM_E_INVAL);
	support_is(shmem_channel_reply(b, m, &none), SHMEM_E_INVAL);
	support_is(shmem_channel_reply(NULL, m, &r), SHMEM_E_INVAL);
	support_is(shmem_channel_request(b, &r, NULL), SHMEM_E_INVAL);
	support_is(shmem_channel_request(b, &none, &id), SHMEM_E_INVAL);
	support_is(shmem_channel_call(b, &r, 0, NULL), SHMEM_E_INVAL);
	shmem_message_free(&m);
	m = support_text("?");
	support_ok(shmem_channel_request(a, &m, &id));
	m = support_recv(b);
	support_is(shmem_channel_reply(y, m, &r), SHMEM_E_INVAL);
	support_ok(shmem_channel_reply(b, m, &r));
	ck_assert_ptr_null(r);
	r = support_text("again");
	support_is(shmem_channel_reply(b, m, &r), SHMEM_E_STATE);
	shmem_channel_close(&b);
	support_is(shmem_channel_reply(y, m, &r), SHMEM_E_CLOSED);
	shmem_message_free(&m);
	shmem_message_free(&r);
	shmem_channel_close(&x);
	shmem_channel_close(&y);
}
END_TEST

START_TEST(a_request_freed_unanswered_ends_the_call)
{
	shmem_message *m;
	caller it;

	begin(&it, a, "?", -1);
	m = support_recv(b);
	shmem_message_free(&m);
	finish(&it, SHMEM_E_NOENT, NULL);
}
END_TEST

START_TEST(a_peer_that_goes_ends_the_call)
{
	shmem_message *m;
	caller it;

	begin(&it, a, "?", -1);
	m = support_recv(b);
	shmem_channel_close(&b);
	shmem_message_free(&m);
	finish(&it, SHMEM_E_CLOSED, NULL);
}
END_TEST

/* ---- both wait ---- */

START_TEST(when_both_call_one_gives_way)
{
	shmem_message *m;
	caller from_b;

	begin(&from_b, b, "b asks", -1);
	/* Its request may be here already, or come while we wait. */
	support_sleep(_i == 0 ? 30 : 0);
	m = support_text("a asks");
	{
		shmem_message *r = NULL;

		support_is(shmem_channel_call(a, &m, -1, &r), SHMEM_E_DEADLOCK);
		ck_assert_ptr_null(m);
		ck_assert_ptr_null(r);
	}
	m = support_recv(a);
	support_check_text(m, "b asks");
	answer(a, &m, "for b");
	finish(&from_b, 0, "for b");
	/* a's request stands, and its reply comes as a message. */
	m = support_recv(b);
	support_check_text(m, "a asks");
	answer(b, &m, "for a");
	m = support_recv(a);
	support_check_text(m, "for a");
	ck_assert_uint_ne(shmem_message_reply_to(m), 0);
	shmem_message_free(&m);
}
END_TEST

/* The one that gives way serves a call, and calls back from there. */
START_TEST(a_call_from_within_service_gives_way_at_once)
{
	shmem_message *request;
	shmem_message *m = support_text("back");
	shmem_message *r = NULL;
	caller from_b;

	begin(&from_b, b, "b asks", -1);
	request = support_recv(a);
	support_is(shmem_channel_call(a, &m, -1, &r), SHMEM_E_DEADLOCK);
	answer(a, &request, "served");
	finish(&from_b, 0, "served");
	m = support_recv(b);
	support_check_text(m, "back");
	answer(b, &m, "too late");
	support_recv_text(a, "too late");
}
END_TEST

/* The other way round the one that waits gives way. */
START_TEST(a_call_from_within_service_reaches_who_waits)
{
	shmem_message *request;
	shmem_message *m;
	caller from_a;
	caller from_b;

	begin(&from_a, a, "a asks", -1);
	request = support_recv(b);
	begin(&from_b, b, "b asks back", -1);
	finish(&from_a, SHMEM_E_DEADLOCK, NULL);
	m = support_recv(a);
	support_check_text(m, "b asks back");
	answer(a, &m, "well");
	finish(&from_b, 0, "well");
	answer(b, &request, "done");
	support_recv_text(a, "done");
}
END_TEST

/* Once it is answered, or will not be, nobody waits for it any more. */
START_TEST(a_call_that_was_served_is_no_deadlock)
{
	shmem_message *m;
	caller it;

	for (int i = 0; i < 3; i++) {
		begin(&it, b, "b asks", -1);
		m = support_recv(a);
		if (i % 2 == 0) {
			answer(a, &m, "yes");
			finish(&it, 0, "yes");
		} else {
			shmem_message_free(&m);
			finish(&it, SHMEM_E_NOENT, NULL);
		}
		begin(&it, a, "a asks", -1);
		m = support_recv(b);
		answer(b, &m, "well");
		finish(&it, 0, "well");
	}
}
END_TEST

/* A peer that has lost patience and goes on to other things does not wait. */
START_TEST(a_call_that_timed_out_is_no_deadlock)
{
	shmem_message *m = support_text("b asks");
	caller it;

	support_is(shmem_channel_call(b, &m, 1, &m), SHMEM_E_TIMEDOUT);
	ck_assert_ptr_null(m);
	support_send_text(b, "b goes on");
	begin(&it, a, "a asks", SUPPORT_WAIT);
	m = support_recv(b);
	support_check_text(m, "a asks");
	answer(b, &m, "well");
	finish(&it, 0, "well");
	m = support_recv(a);
	support_check_text(m, "b asks");
	answer(a, &m, "late");
	support_recv_text(a, "b goes on");
	support_recv_text(b, "late");
}
END_TEST

/* Nobody waits for a plain request, so nobody need give way. */
START_TEST(a_request_that_nobody_waits_for_is_no_deadlock)
{
	shmem_message *m = support_text("no hurry");
	uint64_t id;
	caller it;

	support_ok(shmem_channel_request(b, &m, &id));
	begin(&it, a, "a asks", SUPPORT_WAIT);
	m = support_recv(b);
	answer(b, &m, "yes");
	finish(&it, 0, "yes");
	m = support_recv(a);
	support_check_text(m, "no hurry");
	answer(a, &m, "later");
	support_recv_text(b, "later");
}
END_TEST

/* ---- limits ---- */

START_TEST(the_queue_for_other_messages_has_an_end)
{
	shmem_channel_opts opts = SHMEM_CHANNEL_OPTS_INIT;
	static const char filler[20000];
	shmem_message *request;
	shmem_message *m;
	caller it;
	uint64_t got = 0;

	teardown();
	opts.queue_bytes = 1; /* which means the least there is */
	support_ok(shmem_channel_pair(&opts, &a, &b));
	begin(&it, a, "?", -1);
	request = support_recv(b);
	/* It takes them in until that is full. */
	while (!atomic_load(&it.ended)) {
		support_ok(shmem_message_new(filler, sizeof(filler), &m));
		if (shmem_channel_send(b, &m) == SHMEM_E_AGAIN) {
			shmem_message_free(&m);
			support_sleep(1);
		}
	}
	finish(&it, SHMEM_E_LIMIT, NULL);
	m = support_text("!");
	while (shmem_channel_reply(b, request, &m) == SHMEM_E_AGAIN) {
		shmem_message *early = support_recv(a);

		got += shmem_message_size(early);
		shmem_message_free(&early);
	}
	shmem_message_free(&request);
	for (;;) {
		m = support_recv(a);
		if (shmem_message_reply_to(m) != 0)
			break;
		got += shmem_message_size(m);
		shmem_message_free(&m);
	}
	support_check_text(m, "!");
	shmem_message_free(&m);
	ck_assert_uint_gt(got, 196608);
}
END_TEST

START_TEST(at_most_4096_requests_wait)
{
	shmem_message *m = NULL;
	shmem_message *first = NULL;
	uint64_t id;

	for (int i = 0; i < 4096; i++) {
		support_ok(shmem_message_new(NULL, 0, &m));
		support_ok(shmem_channel_request(a, &m, &id));
		support_settle(b);
	}
	support_ok(shmem_message_new(NULL, 0, &m));
	support_is(shmem_channel_request(a, &m, &id), SHMEM_E_LIMIT);
	support_is(shmem_channel_call(a, &m, 0, &first), SHMEM_E_LIMIT);
	ck_assert_ptr_nonnull(m);
	first = support_recv(b);
	answer(b, &first, "one");
	support_recv_text(a, "one");
	support_ok(shmem_channel_request(a, &m, &id));
}
END_TEST

static Suite *suite(void)
{
	Suite *s = suite_create("call");
	TCase *t = support_case(s, "call");

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_loop_test(t, either_end_calls_the_other, 0, 2);
	tcase_add_test(t, segments_and_handles_go_both_ways);
	tcase_add_test(t, what_comes_meanwhile_is_queued_in_order);
	tcase_add_loop_test(t, a_late_reply_comes_as_a_message, 0, 2);
	tcase_add_test(t, late_replies_do_not_mix_with_newer_calls);
	tcase_add_test(t, requests_are_answered_in_any_order);
	tcase_add_test(t, only_a_request_is_answered_and_only_here);
	tcase_add_test(t, a_request_freed_unanswered_ends_the_call);
	tcase_add_test(t, a_peer_that_goes_ends_the_call);
	tcase_add_loop_test(t, when_both_call_one_gives_way, 0, 2);
	tcase_add_test(t, a_call_from_within_service_gives_way_at_once);
	tcase_add_test(t, a_call_from_within_service_reaches_who_waits);
	tcase_add_test(t, a_call_that_was_served_is_no_deadlock);
	tcase_add_test(t, a_call_that_timed_out_is_no_deadlock);
	tcase_add_test(t, a_request_that_nobody_waits_for_is_no_deadlock);
	tcase_add_test(t, the_queue_for_other_messages_has_an_end);
	tcase_add_test(t, at_most_4096_requests_wait);
	return s;
}
SUPPORT_MAIN(suite)
