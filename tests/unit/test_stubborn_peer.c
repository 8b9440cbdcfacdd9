/* SPDX-License-Identifier: MIT */
/*
 * A peer that never stops sending, or sends what takes long to deal with: no
 * call takes longer for it than it may, and nothing of ours runs short.
 */
#include "raw.h"

#include "base/codec.h"
#include "base/fault.h"
#include "transport/channel.h"

#include <limits.h>
#include <string.h>

#define PAGE 4096u
#define FLAG_RW 3u
#define PACKET_MAX (96u * 1024)
#define THEIRS(slot, generation)                                               \
	((uint64_t)(generation) << 32 | (uint64_t)(slot) << 1)

static support_raw raw;
static shmem_channel *c;

static void setup(void)
{
	support_raw_open(&raw, NULL, &c);
	support_raw_room(&raw);
	support_raw_greet(&raw, c, 0);
}

static void teardown(void)
{
	shmem_channel_close(&c);
	support_raw_close(&raw);
}

/* A packet full of frames that say nothing. */
static void fill_with_nothing(void)
{
	while (raw.length + 8 <= PACKET_MAX)
		support_raw_frame(&raw, RAW_FREE, 0);
}

/* ---- a peer that never stops ---- */

#define PATIENCE_MS 30000

static uint64_t begin;

/* In front of each look at the socket, so that it is never empty; for long
 * enough that nobody could say that it ended by itself. */
static void send_nothing(void)
{
	static unsigned looks;

	if (looks++ % RAW_LOOKS != 0)
		return;
	if (support_now() - begin > 2 * PATIENCE_MS)
		return;
	support_raw_frame(&raw, RAW_FREE, 0);
	support_raw_send(&raw);
}

/* One to be heard, and one that is left. */
static void ring_bells(void)
{
	for (int i = 0; i < 2; i++)
		if (support_now() - begin <= 2 * PATIENCE_MS)
			support_raw_try(&raw, "\1", 1);
}

static void never_stop(void (*sender)(void))
{
	begin = support_now();
	sender();
	shmem__fault_arm(1, 0, RAW_LOOK);
	shmem__fault_repeat(ULONG_MAX);
	shmem__fault_instead(sender);
}

static void has_ended(void)
{
	shmem__fault_arm(0, 0, NULL);
	ck_assert_uint_lt(support_now() - begin, PATIENCE_MS);
}

static void give_ring(void)
{
	shmem__put64(support_raw_frame(&raw, RAW_RING, 8), 1 << 17);
	raw.fd[raw.fds++] = support_object(PAGE + (1 << 17));
	support_raw_send(&raw);
	support_settle(c);
}

START_TEST(a_receive_ends_in_time)
{
	shmem_message *m = NULL;

	if (_i == 1)
		give_ring();
	never_stop(_i == 1 ? ring_bells : send_nothing);
	support_is(shmem_channel_recv(c, 100, &m), SHMEM_E_TIMEDOUT);
	has_ended();
}
END_TEST

START_TEST(a_look_ends_at_once)
{
	shmem_message *m = NULL;

	if (_i == 1)
		give_ring();
	never_stop(_i == 1 ? ring_bells : send_nothing);
	support_is(shmem_channel_recv(c, 0, &m), SHMEM_E_AGAIN);
	support_ok(shmem_channel_dispatch(c));
	has_ended();
}
END_TEST

START_TEST(a_call_ends_in_time)
{
	shmem_message *m = support_text("?");
	shmem_message *reply = NULL;

	never_stop(send_nothing);
	support_is(shmem_channel_call(c, &m, 100, &reply), SHMEM_E_TIMEDOUT);
	has_ended();
}
END_TEST

START_TEST(asking_for_what_a_living_peer_has_ends)
{
	shmem_segment *s = NULL;
	bool known;

	never_stop(send_nothing);
	support_is(shmem_channel_reclaim(c, &s, &known), SHMEM_E_STATE);
	has_ended();
}
END_TEST

/* ---- a turn ---- */

/* What one turn takes in is little enough for the turns of others; what is left
 * shows. */
static unsigned turns_until_a_message(void)
{
	shmem_message *m = NULL;
	unsigned turns = 0;

	while (shmem_channel_recv(c, 0, &m) == SHMEM_E_AGAIN) {
		ck_assert((shmem_channel_wants(c) & SHMEM_POLL_WRITE) != 0 ||
			  support_readable(shmem_channel_pollable(c), 0));
		turns++;
		ck_assert_uint_lt(turns, 10000);
	}
	ck_assert_ptr_nonnull(m);
	shmem_message_free(&m);
	return turns;
}

static void say_hello_at_the_end(void)
{
	support_raw_message(&raw, RAW_PLAIN, 0, 0);
	support_raw_send(&raw);
}

START_TEST(frames_that_say_nothing_end_a_turn)
{
	for (int i = 0; i < 10; i++) {
		fill_with_nothing();
		support_raw_send(&raw);
	}
	say_hello_at_the_end();
	ck_assert_uint_ge(turns_until_a_message(), 5);
}
END_TEST

static void announce(uint32_t first, uint32_t count)
{
	for (uint32_t i = 0; i < count; i++)
		support_raw_announce(&raw, first + i, PAGE,
				     support_object(PAGE));
	support_raw_send(&raw);
}

START_TEST(frames_that_say_nothing_end_a_dispatch)
{
	for (int i = 0; i < 10; i++) {
		fill_with_nothing();
		support_raw_send(&raw);
	}
	support_settle(c);
	ck_assert_uint_lt(c->link.received, 10);
	ck_assert((shmem_channel_wants(c) & SHMEM_POLL_WRITE) != 0 ||
		  support_readable(shmem_channel_pollable(c), 0));
}
END_TEST

START_TEST(announcements_end_a_turn)
{
	for (uint32_t i = 0; i < 3; i++)
		announce(i * 250, 250);
	say_hello_at_the_end();
	ck_assert_uint_ge(turns_until_a_message(), 3);
	ck_assert_uint_eq(support_stats(c).mapped_bytes, 750 * PAGE);
}
END_TEST

START_TEST(retirements_end_a_turn)
{
	unsigned char *at;

	for (uint32_t i = 0; i < 4; i++) {
		announce(i * 250, 250);
		support_settle(c);
		support_settle(c);
	}
	at = support_raw_frame(&raw, RAW_RETIRE, 8000);
	for (uint32_t i = 0; i < 1000; i++)
		shmem__put64(at + (size_t)8 * i, THEIRS(i, 1));
	support_raw_send(&raw);
	say_hello_at_the_end();
	ck_assert_uint_ge(turns_until_a_message(), 2);
	ck_assert_uint_eq(support_stats(c).mapped_bytes, 0);
}
END_TEST

/* Labels belong to the message before them, however much there is. */
START_TEST(a_message_is_not_handed_out_before_its_labels)
{
	shmem_message *m;

	for (uint32_t i = 0; i < 4; i++) {
		announce(i * 250, 250);
		support_settle(c);
		support_settle(c);
	}
	for (uint32_t i = 0; i < 1000; i++)
		support_raw_segment(&raw, THEIRS(i, 1), 10);
	support_raw_message(&raw, RAW_PLAIN, 0, 0);
	for (uint32_t i = 0; i < 1000; i++) {
		unsigned char *at = support_raw_frame(&raw, RAW_LABEL, 40);

		shmem__put64(at, THEIRS(i, 1));
		at[8] = 'x';
	}
	support_raw_send(&raw);
	m = support_recv(c);
	for (uint32_t i = 0; i < 1000; i++) {
		shmem_segment *s = NULL;

		support_ok(shmem_message_pop_segment(m, &s));
		ck_assert_str_eq(shmem_segment_label(s), "x");
		support_ok(shmem_segment_free(&s));
	}
	shmem_message_free(&m);
	support_settle(c);
}
END_TEST

/* ---- descriptors ---- */

/* All that a peer sends waits for the program, but not as many descriptors. */
START_TEST(few_descriptors_wait_in_the_inbox)
{
	size_t before = support_descriptors();
	size_t kept;
	unsigned got = 0;
	shmem_message *m = NULL;

	for (unsigned i = 0; i < 40; i++) {
		for (unsigned k = 0; k < 50; k++)
			support_raw_handle(&raw, PAGE, FLAG_RW,
					   support_object(PAGE));
		support_raw_message(&raw, RAW_PLAIN, 0, 0);
		support_raw_send(&raw);
	}
	for (int i = 0; i < 10; i++)
		support_settle(c);
	kept = support_descriptors() - support_raw_in_flight(&raw) - before;
	ck_assert_uint_le(kept, 256 + 250);
	ck_assert_uint_ge(kept, 256);
	while (got < 40) {
		support_ok(shmem_channel_recv(c, SUPPORT_WAIT, &m));
		ck_assert_uint_eq(shmem_message_handles(m), 50);
		shmem_message_free(&m);
		got++;
	}
	ck_assert_uint_eq(support_descriptors(), before);
}
END_TEST

START_TEST(closing_what_came_does_not_linger)
{
	shmem_message *m = NULL;
	int fd;

	support_needs(SUPPORT_PASSING);
	fd = support_lingering();
	begin = support_now();
	switch (_i) {
	case 0: /* as memory */
		support_raw_announce(&raw, 0, PAGE, fd);
		break;
	case 1: /* as a handle */
		support_raw_handle(&raw, PAGE, FLAG_RW, fd);
		support_raw_message(&raw, RAW_PLAIN, 0, 0);
		break;
	default: /* as nothing at all */
		support_raw_frame(&raw, RAW_FREE, 0);
		raw.fd[raw.fds++] = fd;
	}
	support_raw_send(&raw);
	support_is(shmem_channel_recv(c, SUPPORT_WAIT, &m),
		   _i < 2 ? SHMEM_E_UNTRUSTED : SHMEM_E_PROTO);
	ck_assert_uint_lt(support_now() - begin, 60000);
	support_lingering_end();
}
END_TEST

/* ---- a ring whose reader lies ---- */

/* How much it has read, seen when what it freed is told. */
START_TEST(a_lie_in_our_ring_ends_the_channel_at_errands_too)
{
	shmem__ring_shared *shared;
	shmem_segment *s;
	uint64_t id = THEIRS(0, 1);
	shmem_message *m = NULL;

	teardown();
	support_raw_open(&raw, NULL, &c);
	support_raw_recv(&raw);
	support_raw_hello(support_raw_frame(&raw, RAW_HELLO, 64), 0);
	/* can use rings */
	shmem__put64(raw.out + 16 + 8 + 16, SHMEM__FEATURE_RING);
	support_raw_send(&raw);
	support_settle(c);
	for (int i = 0; i < 6; i++)
		support_send_text(c, "until there is a ring");
	shared = c->link.ring_out.shared;
	ck_assert_ptr_nonnull(shared);
	announce(0, 1);
	support_raw_segment(&raw, id, 10);
	support_raw_message(&raw, RAW_PLAIN, 0, 0);
	support_raw_send(&raw);
	s = support_get(c);
	/* Near its end, so that the tail is looked at. */
	for (int i = 0; i < 200; i++)
		support_send_text(c, "more than fits in front");
	atomic_store(&shared->tail, UINT64_MAX / 2);
	support_ok(shmem_segment_free(&s));
	support_is(shmem_channel_dispatch(c), SHMEM_E_PROTO);
	support_is(shmem_channel_recv(c, 0, &m), SHMEM_E_PROTO);
	ck_assert_uint_eq(support_stats(c).violations, 1);
}
END_TEST

static Suite *suite(void)
{
	Suite *s = suite_create("stubborn peer");
	TCase *t = support_case(s, "time");

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_loop_test(t, a_receive_ends_in_time, 0, 2);
	tcase_add_loop_test(t, a_look_ends_at_once, 0, 2);
	tcase_add_test(t, a_call_ends_in_time);
	tcase_add_test(t, asking_for_what_a_living_peer_has_ends);
	tcase_add_test(t, frames_that_say_nothing_end_a_turn);
	tcase_add_test(t, frames_that_say_nothing_end_a_dispatch);
	tcase_add_test(t, announcements_end_a_turn);
	tcase_add_test(t, retirements_end_a_turn);
	tcase_add_test(t, a_message_is_not_handed_out_before_its_labels);
	tcase_add_loop_test(t, closing_what_came_does_not_linger, 0, 3);
	tcase_add_test(t, a_lie_in_our_ring_ends_the_channel_at_errands_too);
	t = support_case(s, "descriptors");
	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_test(t, few_descriptors_wait_in_the_inbox);
	return s;
}
SUPPORT_MAIN(suite)
