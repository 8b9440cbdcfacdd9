/* SPDX-License-Identifier: MIT */
/*
 * Memory objects on their way to the peer: each goes there once, ahead of the
 * first message that needs it or while it lies idle, and costs no descriptor
 * from then on.
 */
#include "answers.h"
#include "channels.h"

#include "base/fault.h"
#include "transport/channel.h"

#include <string.h>

#define PAGE ((uint64_t)4096)

static shmem_channel *a;
static shmem_channel *b;
static shmem_segment *s[1000];
static size_t count;

static void set_up(void)
{
	shmem_channel_opts opts = SHMEM_CHANNEL_OPTS_INIT;

	count = 0;
	opts.no_ring = true; /* whose descriptor would go, too */
	support_ok(shmem_channel_pair(&opts, &a, &b));
	support_send_text(a, "hello");
	support_recv_text(b, "hello");
	support_send_text(b, "hello");
	support_recv_text(a, "hello");
}

static void tear_down(void)
{
	for (size_t i = 0; i < count; i++)
		shmem_segment_free(&s[i]);
	shmem_channel_close(&a);
	shmem_channel_close(&b);
}

static void alloc_more(size_t more)
{
	for (; more > 0; more--, count++) {
		support_ok(shmem_segment_alloc(a, PAGE, &s[count]));
		*(int *)shmem_segment_data(s[count]) = (int)count;
	}
}

static size_t unannounced(void)
{
	return a->pool.unannounced;
}

static uint64_t sent(void)
{
	return support_stats(a).descriptors_sent;
}

START_TEST(what_lies_unsent_does_not_hold_descriptors_for_long)
{
	size_t before = support_descriptors();

	alloc_more(500);
	ck_assert_uint_lt(unannounced(), SHMEM__UNANNOUNCED_MAX);
	/* Those of the peer's end are in this process, too, until it looks. */
	while (b->pool.theirs.count < sent())
		support_settle(b);
	ck_assert_uint_lt(support_descriptors() - before,
			  SHMEM__UNANNOUNCED_MAX + 10);
	ck_assert_uint_eq(sent(), 500 - unannounced());
}
END_TEST

START_TEST(each_object_goes_once)
{
	for (int round = 0; round < 3; round++) {
		if (round == 0)
			alloc_more(100);
		for (size_t i = 0; i < count; i++) {
			shmem_segment *got;

			support_give(a, &s[i]);
			got = support_get(b);
			ck_assert_int_eq(*(int *)shmem_segment_data(got),
					 (int)i);
			support_give(b, &got);
			s[i] = support_get(a);
		}
		ck_assert_uint_eq(unannounced(), 0);
		ck_assert_uint_eq(sent(), 100);
	}
}
END_TEST

/* More than a packet's worth go ahead of their message. */
START_TEST(a_message_may_need_many)
{
	shmem_message *m = support_text("many");
	shmem_segment *got = NULL;

	a->pool.keep_os = true; /* not before they are sent */
	alloc_more(900);
	a->pool.keep_os = false;
	ck_assert_uint_eq(unannounced(), 900);
	for (size_t i = 0; i < count; i++)
		support_ok(shmem_message_push_segment(m, &s[i]));
	support_ok(shmem_channel_send(a, &m));
	ck_assert_uint_eq(unannounced(), 0);
	ck_assert_uint_eq(sent(), 900);
	m = support_recv(b);
	for (size_t i = 0; i < count; i++) {
		support_ok(shmem_message_pop_segment(m, &got));
		ck_assert_int_eq(*(int *)shmem_segment_data(got), (int)i);
		support_ok(shmem_segment_free(&got));
	}
	shmem_message_free(&m);
}
END_TEST

/* Some had gone ahead when the message failed: they need not go again. */
START_TEST(what_went_ahead_of_a_failed_message_is_not_sent_again)
{
	shmem_message *m = support_text("many");
	unsigned long k = 0;
	int failed = 0;
	int err;

	a->pool.keep_os = true;
	alloc_more(600);
	a->pool.keep_os = false;
	for (size_t i = 0; i < count; i++)
		support_ok(shmem_message_push_segment(m, &s[i]));
	do {
		shmem__fault_arm(++k, answers_too_many, answers_send);
		err = shmem_channel_send(a, &m);
		shmem__fault_arm(0, 0, NULL);
		if (err == 0)
			break;
		support_is(err, SHMEM_E_LIMIT);
		ck_assert_uint_eq(shmem_message_segments(m), 600);
		failed++;
	} while (k < 100);
	support_ok(err);
	ck_assert_int_ge(failed, 3);
	ck_assert_uint_eq(sent(), 600);
	m = support_recv(b);
	ck_assert_uint_eq(shmem_message_segments(m), 600);
	shmem_message_free(&m);
}
END_TEST

/* Nobody reads: the queue is full, and what is not announced waits. */
START_TEST(a_full_queue_lets_them_wait)
{
	shmem_message *m = NULL;
	int err;

	do {
		m = support_text("filling the queue of one who does not read");
		err = shmem_channel_send(a, &m);
	} while (err == 0);
	support_is(err, SHMEM_E_AGAIN);
	shmem_message_free(&m);
	alloc_more(100);
	ck_assert_uint_eq(unannounced(), 100);
	support_is(shmem_segment_send(a, &s[0]), SHMEM_E_AGAIN);
	ck_assert_int_eq(*(int *)shmem_segment_data(s[0]), 0);
	while (shmem_channel_recv(b, 0, &m) == 0)
		shmem_message_free(&m);
	support_ok(shmem_segment_send(a, &s[0]));
	/* Idle, the sender catches up. */
	support_is(shmem_channel_recv(a, 10, &m), SHMEM_E_TIMEDOUT);
	ck_assert_uint_eq(unannounced(), 0);
	s[0] = support_get(b);
	support_ok(shmem_segment_free(&s[0]));
}
END_TEST

/* The peer has the memory, but has never heard of the segment in it. */
START_TEST(what_was_announced_and_freed_is_used_again)
{
	uint64_t before;

	alloc_more(100);
	support_is(shmem_channel_recv(a, 0, &(shmem_message *){NULL}),
		   SHMEM_E_AGAIN);
	before = sent();
	for (size_t i = 0; i < count; i++)
		support_ok(shmem_segment_free(&s[i]));
	count = 0;
	alloc_more(100);
	ck_assert_uint_ge(support_stats(a).pool_hits, 100);
	ck_assert_uint_eq(sent(), before);
	support_give(a, &s[0]);
	s[0] = support_get(b);
	ck_assert_int_eq(*(int *)shmem_segment_data(s[0]), 0);
}
END_TEST

START_TEST(what_must_be_unmapped_keeps_its_descriptor)
{
	shmem_channel_opts opts = SHMEM_CHANNEL_OPTS_INIT;

	tear_down();
	opts.enforce = SHMEM_ENFORCE_UNMAP;
	support_ok(shmem_channel_pair(&opts, &a, &b));
	alloc_more(100);
	ck_assert_uint_eq(unannounced(), 100);
	ck_assert_int_ge((int)s[99]->entry->os, 0);
	support_give(a, &s[99]);
	ck_assert_uint_eq(unannounced(), 99);
	s[99] = support_get(b);
	ck_assert_int_ge((int)s[99]->entry->os, 0);
}
END_TEST

/* Before the peer has said what it takes, nothing is forced upon it. */
START_TEST(nothing_goes_before_the_greeting)
{
	tear_down();
	support_adopted(NULL, &a, NULL, &b);
	a->agreed = false;
	alloc_more(10);
	shmem__announce_many(a, 1);
	ck_assert_uint_eq(unannounced(), 10);
	a->agreed = true;
	shmem__announce_many(a, 11);
	ck_assert_uint_eq(unannounced(), 10);
	shmem__announce_many(a, 10);
	ck_assert_uint_eq(unannounced(), 0);
	support_settle(b);
	ck_assert_uint_eq(b->pool.theirs.count, 10);
}
END_TEST

static Suite *suite(void)
{
	Suite *suite = suite_create("announce");
	TCase *t = support_case(suite, "announce");

	tcase_add_checked_fixture(t, set_up, tear_down);
	tcase_add_test(t, what_lies_unsent_does_not_hold_descriptors_for_long);
	tcase_add_test(t, each_object_goes_once);
	tcase_add_test(t, a_message_may_need_many);
	tcase_add_test(t,
		       what_went_ahead_of_a_failed_message_is_not_sent_again);
	tcase_add_test(t, a_full_queue_lets_them_wait);
	tcase_add_test(t, what_was_announced_and_freed_is_used_again);
	tcase_add_test(t, what_must_be_unmapped_keeps_its_descriptor);
	tcase_add_test(t, nothing_goes_before_the_greeting);
	return suite;
}
SUPPORT_MAIN(suite)
