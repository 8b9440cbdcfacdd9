/* SPDX-License-Identifier: MIT */
/* What happens at the limits: a full queue, no descriptor free, waiting. */
#include "channels.h"
#include "numbers.h"

#include "base/fault.h"

#include <errno.h>
#include <pthread.h>
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

/* ---- the queue ---- */

static shmem_message *filling(size_t bytes, int number)
{
	shmem_message *m = NULL;
	char *body = calloc(1, bytes);

	ck_assert_ptr_nonnull(body);
	memcpy(body, &number, sizeof(number));
	support_ok(shmem_message_new(body, bytes, &m));
	free(body);
	return m;
}

/* Sends until the queue is full; how many were sent. */
static int fill(size_t bytes)
{
	int sent = 0;
	int err = 0;

	while (err == 0) {
		shmem_message *m = filling(bytes, sent);

		err = shmem_channel_send(a, &m);
		sent += err == 0;
		shmem_message_free(&m);
	}
	support_is(err, SHMEM_E_AGAIN);
	return sent;
}

START_TEST(a_full_queue_empties_in_order)
{
	static const size_t sizes[] = {4, 1000, 30000, 100000};
	int sent;

	if (_i == 3) /* these take memory of their own, 2 MiB of addresses */
		support_needs(SUPPORT_ADDRESSES);
	sent = fill(sizes[_i]);
	ck_assert_uint_ne(shmem_channel_wants(a) & SHMEM_POLL_WRITE, 0);
	ck_assert_uint_eq(support_stats(a).send_again, 1);
	support_is(shmem_channel_wait(a, SHMEM_POLL_WRITE, 0),
		   SHMEM_E_TIMEDOUT);
	for (int i = 0; i < sent; i++) {
		shmem_message *m = support_recv(b);
		int number;

		memcpy(&number, shmem_message_data(m), sizeof(number));
		ck_assert_int_eq(number, i);
		shmem_message_free(&m);
	}
	support_ok(shmem_channel_wait(a, SHMEM_POLL_WRITE, SUPPORT_WAIT));
	support_settle(a);
	ck_assert_uint_eq(shmem_channel_wants(a), SHMEM_POLL_READ);
	support_send_text(a, "on we go");
	support_recv_text(b, "on we go");
}
END_TEST

/* The receiver takes some and the writer may go on, as often as it likes. */
START_TEST(a_queue_fills_and_empties_all_day)
{
	int next = 0;
	int expected = 0;

	for (int round = 0; round < 200; round++) {
		shmem_message *m;

		for (;;) {
			m = filling(5000, next);
			if (shmem_channel_send(a, &m) != 0)
				break;
			next++;
		}
		shmem_message_free(&m);
		for (int i = 0; i < 1 + round % 97; i++) {
			int number;

			if (shmem_channel_recv(b, 0, &m) != 0)
				break;
			memcpy(&number, shmem_message_data(m), sizeof(number));
			ck_assert_int_eq(number, expected);
			expected++;
			shmem_message_free(&m);
		}
	}
	ck_assert_int_gt(expected, 1000);
}
END_TEST

/* Bounded: not the sum of all that is sent. */
START_TEST(a_smaller_queue_takes_less)
{
	shmem_channel_opts opts = SHMEM_CHANNEL_OPTS_INIT;
	int large = fill(30000);
	int small;

	teardown();
	opts.queue_bytes = 1;
	opts.no_ring = true;
	support_ok(shmem_channel_pair(&opts, &a, &b));
	small = fill(30000);
	ck_assert_int_ge(small, 1);
	ck_assert_int_lt(small, large);
	ck_assert_int_lt(small * 30000, 1 << 20);
}
END_TEST

START_TEST(a_blocked_message_keeps_its_parts)
{
	shmem_message *m = support_text("late");
	shmem_segment *s = support_segment(a, 9000, 4);
	shmem_handle *h = support_handle(10);

	(void)fill(30000);
	while (fill(4) != 0)
		;
	support_ok(shmem_message_push_segment(m, &s));
	support_ok(shmem_message_push_handle(m, &h));
	for (int i = 0; i < 50; i++)
		support_is(shmem_channel_send(a, &m), SHMEM_E_AGAIN);
	ck_assert_uint_eq(shmem_message_segments(m), 1);
	ck_assert_uint_eq(shmem_message_handles(m), 1);
	support_ok(shmem_message_pop_segment(m, &s));
	support_check_segment(s, 4);
	support_ok(shmem_message_push_segment(m, &s));
	for (;;) {
		shmem_message *other = NULL;

		if (shmem_channel_recv(b, 0, &other) != 0)
			break;
		shmem_message_free(&other);
	}
	support_ok(shmem_channel_send(a, &m));
	m = support_recv(b);
	support_check_text(m, "late");
	support_ok(shmem_message_pop_segment(m, &s));
	support_check_segment(s, 4);
	support_ok(shmem_segment_free(&s));
	shmem_message_free(&m);
}
END_TEST

/* News that could not be told wait, and the loop is told to come back. */
START_TEST(what_could_not_be_told_is_told_later)
{
	shmem_segment *s;
	uint64_t id;

	/* A pipe's calls have no EAGAIN; a full one is in the next test. */
	support_needs(SUPPORT_ERRNO);
	s = support_segment(b, 10, 1);
	id = support_give(b, &s);
	s = support_get(a);
	shmem__fault_arm(1, EAGAIN, "sendmsg");
	support_ok(shmem_segment_free(&s));
	ck_assert_ptr_nonnull(shmem__fault_hit());
	shmem__fault_arm(0, 0, NULL);
	support_settle(b);
	ck_assert_int_eq(shmem_segment_state(b, id), SHMEM_STATE_AWAY);
	ck_assert_uint_ne(shmem_channel_wants(a) & SHMEM_POLL_WRITE, 0);
	support_settle(a);
	ck_assert_uint_eq(shmem_channel_wants(a), SHMEM_POLL_READ);
	support_settle(b);
	ck_assert_int_eq(shmem_segment_state(b, id), SHMEM_STATE_DEAD);
}
END_TEST

static void *wait_to_read(void *arg)
{
	(void)arg;
	return (void *)(intptr_t)shmem_channel_wait(a, SHMEM_POLL_READ,
						    SUPPORT_WAIT);
}

/* Otherwise the peer, which waits for just these news, waits for ever. */
START_TEST(waiting_to_read_tells_what_could_not_be_told)
{
	shmem_segment *s = support_segment(b, 10, 1);
	pthread_t waiting;
	void *result = NULL;
	int sent;

	(void)support_give(b, &s);
	s = support_get(a);
	sent = fill(4);
	support_ok(shmem_segment_free(&s));
	ck_assert_int_eq(pthread_create(&waiting, NULL, wait_to_read, NULL), 0);
	support_sleep(20); /* it sleeps by now */
	while (sent-- > 0) {
		shmem_message *m = support_recv(b);

		shmem_message_free(&m);
	}
	while (support_stats(b).segments != 0) {
		support_ok(
			shmem_channel_wait(b, SHMEM_POLL_READ, SUPPORT_WAIT));
		support_settle(b);
	}
	support_send_text(b, "thanks");
	ck_assert_int_eq(pthread_join(waiting, &result), 0);
	ck_assert_int_eq((int)(intptr_t)result, 0);
	support_recv_text(a, "thanks");
}
END_TEST

/* More of them than one packet takes; then a message gives a newer segment in
 * the place of one of whose end the peer has not been told. */
START_TEST(a_newer_segment_overtakes_the_news_of_the_older_one)
{
	enum { MANY = 1500 };
	shmem_segment *s[MANY];
	shmem_message *m = NULL;
	shmem_segment *newer;

	for (int i = 0; i < MANY; i++) {
		s[i] = support_segment(a, 10, 1);
		support_give(a, &s[i]);
		s[i] = support_get(b);
		support_give(b, &s[i]);
		s[i] = support_get(a);
	}
	(void)fill(30000);
	while (fill(4) != 0)
		;
	for (int i = 0; i < MANY; i++)
		support_ok(shmem_segment_free(&s[i]));
	ck_assert_uint_eq(support_stats(a).pool_segments, MANY);
	while (shmem_channel_recv(b, 0, &m) == 0)
		shmem_message_free(&m);
	ck_assert_uint_eq(support_stats(b).segments, MANY); /* not told yet */
	newer = support_segment(a, 10, 2); /* where the last one was */
	support_give(a, &newer);
	support_settle(a);
	newer = support_get(b);
	support_check_segment(newer, 2);
	support_ok(shmem_segment_free(&newer));
	support_settle(b);
	support_settle(a);
	ck_assert_uint_eq(support_stats(b).segments, 0);
	ck_assert_uint_eq(support_stats(b).violations, 0);
}
END_TEST

/* ---- descriptors ---- */

/* With UNMAP a received segment keeps one. */
START_TEST(no_program_that_is_started_gets_a_descriptor)
{
	enum { FDS = 1200 };
	shmem_channel_opts opts = SHMEM_CHANNEL_OPTS_INIT;
	bool there[FDS];
	shmem_segment *s;
	int seen = 0;

	teardown();
	for (int fd = 0; fd < FDS; fd++)
		there[fd] = support_is_open(fd);
	opts.enforce = SHMEM_ENFORCE_UNMAP;
	support_ok(shmem_channel_pair(&opts, &a, &b));
	s = support_segment(a, 10, 1);
	support_give(a, &s);
	s = support_get(b);
	for (int fd = 0; fd < FDS; fd++) {
		if (there[fd] || !support_is_open(fd))
			continue;
		seen++;
		ck_assert(!support_is_inherited(fd));
	}
	ck_assert_int_ge(seen, 4); /* two sockets, memory at both ends */
	support_ok(shmem_segment_free(&s));
}
END_TEST

static unsigned long before;

/* Leaves `count` descriptors: the lowest that is free, and all above it but so
 * many, are not. */
static void leave(unsigned long count)
{
	intptr_t lowest = support_stranger();

	support_close(lowest);
	before = support_limit_descriptors((unsigned long)lowest + count);
}

static void give_back(void)
{
	support_limit_descriptors(before);
}

START_TEST(without_descriptors_nothing_is_lost)
{
	shmem_message *m;
	shmem_message *got = NULL;

	support_needs(SUPPORT_FEW);
	m = support_text("ten handles");
	support_send_text(a, "first");
	for (int i = 0; i < 10; i++) {
		shmem_handle *h = support_handle(4096);

		support_ok(shmem_message_push_handle(m, &h));
	}
	support_ok(shmem_channel_send(a, &m));
	support_send_text(a, "last");
	support_recv_text(b, "first");
	leave((unsigned long)_i);
	for (int i = 0; i < 3; i++)
		support_is(shmem_channel_recv(b, 0, &got), SHMEM_E_LIMIT);
	support_is(shmem_channel_recv(b, 20, &got), SHMEM_E_LIMIT);
	give_back();
	got = support_recv(b);
	support_check_text(got, "ten handles");
	ck_assert_uint_eq(shmem_message_handles(got), 10);
	shmem_message_free(&got);
	support_recv_text(b, "last");
}
END_TEST

START_TEST(new_memory_waits_for_descriptors_too)
{
	shmem_segment *s;

	support_needs(SUPPORT_FEW);
	s = support_segment(a, 10, 1);
	support_give(a, &s);
	leave(0);
	support_is(shmem_segment_recv(b, 0, &s), SHMEM_E_LIMIT);
	give_back();
	s = support_get(b);
	support_check_segment(s, 1);
	/* Memory that is known needs none. */
	leave(0);
	support_give(b, &s);
	s = support_get(a);
	support_give(a, &s);
	s = support_get(b);
	give_back();
	support_ok(shmem_segment_free(&s));
}
END_TEST

START_TEST(no_memory_is_made_without_descriptors)
{
	shmem_segment *s = NULL;

	support_needs(SUPPORT_FEW);
	leave(0);
	support_is(shmem_segment_alloc(a, 10, &s), SHMEM_E_LIMIT);
	give_back();
	support_ok(shmem_segment_alloc(a, 10, &s));
	support_ok(shmem_segment_free(&s));
}
END_TEST

START_TEST(no_pair_is_made_without_descriptors)
{
	shmem_channel *x = NULL;
	shmem_channel *y = NULL;

	support_needs(SUPPORT_FEW);
	leave((unsigned long)_i);
	support_is(shmem_channel_pair(NULL, &x, &y), SHMEM_E_LIMIT);
	give_back();
	ck_assert_ptr_null(x);
	ck_assert_ptr_null(y);
}
END_TEST

/* A thousand segments take a thousand descriptors only on the way. */
START_TEST(segments_hold_no_descriptors)
{
	enum { MANY = 1000 };
	size_t count = 0;
	shmem_segment *s[MANY];

	support_send_text(a, "hello");
	support_recv_text(b, "hello");
	support_send_text(b, "hello");
	support_recv_text(a, "hello");
	count = support_descriptors();
	for (int i = 0; i < MANY; i++) {
		s[i] = support_segment(a, 10, 1);
		support_give(a, &s[i]);
		s[i] = support_get(b);
	}
	ck_assert_uint_le(support_descriptors(), count);
	for (int i = 0; i < MANY; i++)
		support_ok(shmem_segment_free(&s[i]));
}
END_TEST

/* ---- adopting ---- */

START_TEST(only_such_a_socket_is_adopted)
{
	intptr_t pair[2] = {SHMEM_OS_HANDLE_INVALID, SHMEM_OS_HANDLE_INVALID};
	shmem_os_handle sock;
	shmem_channel *c = NULL;

	support_wrong_ends((unsigned)_i, pair);
	sock = pair[0];
	support_is(shmem_channel_adopt(&sock, NULL, &c), SHMEM_E_INVAL);
	ck_assert_int_eq(sock, pair[0]); /* still the caller's */
	ck_assert_ptr_null(c);
	support_is(shmem_channel_adopt(NULL, NULL, &c), SHMEM_E_INVAL);
	support_is(shmem_channel_adopt(&sock, NULL, NULL), SHMEM_E_INVAL);
	for (int i = 0; i < 2; i++)
		if (pair[i] != SHMEM_OS_HANDLE_INVALID)
			support_close(pair[i]);
}
END_TEST

START_TEST(options_are_checked)
{
	shmem_channel_opts opts = SHMEM_CHANNEL_OPTS_INIT;
	struct {
		shmem_channel_opts known;
		uint64_t later;
	} newer = {SHMEM_CHANNEL_OPTS_INIT, 0};
	shmem_channel *x = NULL;
	shmem_channel *y = NULL;

	opts.enforce = (shmem_enforce)3;
	support_is(shmem_channel_pair(&opts, &x, &y), SHMEM_E_INVAL);
	opts.enforce = SHMEM_ENFORCE_PROTECT;
	opts.size = 1;
	support_is(shmem_channel_pair(&opts, &x, &y), SHMEM_E_INVAL);
	newer.known.size = sizeof(newer);
	newer.later = 1;
	support_is(shmem_channel_pair(&newer.known, &x, &y), SHMEM_E_INVAL);
	support_is(shmem_channel_pair(NULL, NULL, &y), SHMEM_E_INVAL);
	support_is(shmem_channel_pair(NULL, &x, NULL), SHMEM_E_INVAL);
	ck_assert_ptr_null(x);
	ck_assert_ptr_null(y);
	newer.later = 0;
	support_ok(shmem_channel_pair(&newer.known, &x, &y));
	shmem_channel_close(&x);
	shmem_channel_close(&y);
	opts.size = sizeof(size_t) + sizeof(shmem_enforce); /* an older one */
	support_ok(shmem_channel_pair(&opts, &x, &y));
	shmem_channel_close(&x);
	shmem_channel_close(&y);
}
END_TEST

/* ---- waiting ---- */

START_TEST(no_channel_is_a_closed_one)
{
	shmem_channel *none = NULL;
	shmem_message *m = NULL;

	ck_assert_int_eq(shmem_channel_pollable(NULL), SHMEM_OS_HANDLE_INVALID);
	ck_assert_int_eq(shmem_channel_peer_pollable(NULL),
			 SHMEM_OS_HANDLE_INVALID);
	ck_assert_uint_eq(shmem_channel_wants(NULL), 0);
	ck_assert_int_eq(shmem_channel_peer_pid(NULL), 0);
	support_is(shmem_channel_dispatch(NULL), SHMEM_E_INVAL);
	support_is(shmem_channel_wait(NULL, SHMEM_POLL_READ, 0), SHMEM_E_INVAL);
	support_is(shmem_channel_wait(a, 0, 0), SHMEM_E_INVAL);
	support_is(shmem_channel_wait(a, 4, 0), SHMEM_E_INVAL);
	support_is(shmem_channel_set_nonblocking(NULL, true), SHMEM_E_INVAL);
	support_is(shmem_channel_recv(NULL, 0, &m), SHMEM_E_INVAL);
	support_is(shmem_channel_recv(a, 0, NULL), SHMEM_E_INVAL);
	support_is(shmem_channel_send(a, NULL), SHMEM_E_INVAL);
	support_is(shmem_channel_send(a, &m), SHMEM_E_INVAL);
	shmem_channel_close(NULL);
	shmem_channel_close(&none);
}
END_TEST

START_TEST(waiting_ends_when_there_is_something)
{
	uint64_t start = support_now();
	shmem_message *m = NULL;

	support_is(shmem_channel_wait(b, SHMEM_POLL_READ, 30),
		   SHMEM_E_TIMEDOUT);
	ck_assert_uint_ge(support_now() - start, 29);
	support_ok(shmem_channel_wait(b, SHMEM_POLL_WRITE, 0));
	support_send_text(a, "x");
	support_ok(shmem_channel_wait(b, SHMEM_POLL_READ, SUPPORT_WAIT));
	support_recv_text(b, "x");
	shmem_channel_close(&a);
	support_ok(shmem_channel_wait(b, SHMEM_POLL_READ, SUPPORT_WAIT));
	support_is(shmem_channel_recv(b, 0, &m), SHMEM_E_CLOSED);
	support_ok(shmem_channel_wait(b, SHMEM_POLL_READ, SUPPORT_WAIT));
	ck_assert_uint_eq(shmem_channel_wants(b), 0);
}
END_TEST

/* Nothing here ever waits for room. */
static bool ready(shmem_channel *c, int timeout)
{
	return (shmem_channel_wants(c) & SHMEM_POLL_WRITE) != 0 ||
	       support_readable(shmem_channel_pollable(c), timeout);
}

/* As an event loop does it: never asleep while there is something. */
START_TEST(a_loop_misses_nothing)
{
	shmem_message *m = NULL;
	int got = 0;

	support_ok(shmem_channel_set_nonblocking(b, true));
	ck_assert(!ready(b, 0));
	for (int i = 0; i < 3000; i++) {
		for (int k = 0; k < 1 + i % 3; k++)
			support_send_text(a, "tick");
		while (got < 1000000) {
			if (!ready(b, 0))
				break;
			while (shmem_channel_recv(b, 0, &m) == 0) {
				shmem_message_free(&m);
				got++;
			}
		}
	}
	ck_assert_int_eq(got, 6000 - 3000 % 3);
	ck_assert(!ready(b, 0));
}
END_TEST

static Suite *suite(void)
{
	Suite *s = suite_create("channel limits");
	TCase *t = support_case(s, "limits");

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_loop_test(t, a_full_queue_empties_in_order, 0, 4);
	tcase_add_test(t, a_queue_fills_and_empties_all_day);
	tcase_add_test(t, a_smaller_queue_takes_less);
	tcase_add_test(t, a_blocked_message_keeps_its_parts);
	tcase_add_test(t, what_could_not_be_told_is_told_later);
	tcase_add_test(t, waiting_to_read_tells_what_could_not_be_told);
	tcase_add_test(t, a_newer_segment_overtakes_the_news_of_the_older_one);
	tcase_add_test(t, no_program_that_is_started_gets_a_descriptor);
	tcase_add_loop_test(t, without_descriptors_nothing_is_lost, 0, 10);
	tcase_add_test(t, new_memory_waits_for_descriptors_too);
	tcase_add_test(t, no_memory_is_made_without_descriptors);
	tcase_add_loop_test(t, no_pair_is_made_without_descriptors, 0, 2);
	tcase_add_test(t, segments_hold_no_descriptors);
	tcase_add_loop_test(t, only_such_a_socket_is_adopted, 0,
			    SUPPORT_WRONG_ENDS);
	tcase_add_test(t, options_are_checked);
	tcase_add_test(t, no_channel_is_a_closed_one);
	tcase_add_test(t, waiting_ends_when_there_is_something);
	tcase_add_test(t, a_loop_misses_nothing);
	return s;
}
SUPPORT_MAIN(suite)
