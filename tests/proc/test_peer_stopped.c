/* SPDX-License-Identifier: MIT */
/* Peers that stop, fork, or become another program. */
#include "channels.h"

#include <string.h>

#define SOON_MS 100

static shmem_channel *ours;
static support_gate ready;
static pid_t child;

static void setup(void)
{
	support_gate_init(&ready);
}

static void teardown(void)
{
	shmem_channel_close(&ours);
	support_gate_close(&ready);
}

/* The child's end is greeted, so that each knows who the other is. */
static void start(support_peer_fn *fn)
{
	shmem_channel_opts opts = SHMEM_CHANNEL_OPTS_INIT;

	opts.queue_bytes = 1 << 18;
	child = support_peer(&opts, fn, &ready, sizeof(ready), &ours);
	support_gate_await(&ready);
	support_recv_text(ours, "hello");
}

static void greet(shmem_channel *theirs, support_gate *told)
{
	support_send_text(theirs, "hello");
	support_gate_pass(told);
}

static void stay(void)
{
	for (;;)
		support_sleep(1000);
}

/* Counts segments, checks each, and says how many there were. */
static void count_segments(shmem_channel *theirs, void *told)
{
	shmem_segment *s = NULL;
	unsigned n = 0;

	greet(theirs, told);
	while (shmem_segment_recv(theirs, SUPPORT_WAIT, &s) == 0) {
		unsigned number;

		memcpy(&number, shmem_segment_data(s), sizeof(number));
		ck_assert_uint_eq(number, n);
		n++;
		support_ok(shmem_segment_free(&s));
	}
	support_exit(n > 100 ? 42 : 1);
}

static int send_number(unsigned number)
{
	shmem_segment *s = NULL;
	int err;

	support_ok(shmem_segment_alloc(ours, 4096, &s));
	memcpy(shmem_segment_data(s), &number, sizeof(number));
	err = shmem_segment_send(ours, &s);
	/* All or nothing. */
	ck_assert((err == 0) == (s == NULL));
	if (err != 0)
		ck_assert_int_eq(
			memcmp(shmem_segment_data(s), &number, sizeof(number)),
			0);
	support_ok(shmem_segment_free(&s));
	return err;
}

START_TEST(a_stopped_peer_fills_the_queue_and_no_more)
{
	unsigned sent = 0;
	uint64_t start_ms;
	int err;

	start(count_segments);
	support_stop(child);
	while ((err = send_number(sent)) == 0)
		ck_assert_uint_lt(++sent, 100000);
	support_is(err, SHMEM_E_AGAIN);
	ck_assert_uint_ne(shmem_channel_wants(ours) & SHMEM_POLL_WRITE, 0);
	start_ms = support_now();
	support_is(shmem_channel_wait(ours, SHMEM_POLL_WRITE, 50),
		   SHMEM_E_TIMEDOUT);
	ck_assert_uint_ge(support_now() - start_ms, 50);
	support_is(send_number(sent), SHMEM_E_AGAIN);
	support_continue(child);
	while (sent < 2000) {
		support_ok(shmem_channel_wait(ours, SHMEM_POLL_WRITE,
					      SUPPORT_WAIT));
		(void)shmem_channel_dispatch(ours);
		if (send_number(sent) == 0)
			sent++;
	}
	shmem_channel_close(&ours);
	ck_assert_int_eq(support_wait(child, 60000), 42);
}
END_TEST

static void answer_one(shmem_channel *theirs, void *told)
{
	shmem_message *m;
	shmem_message *reply = support_text("answer");

	greet(theirs, told);
	m = support_recv(theirs);
	support_ok(shmem_channel_reply(theirs, m, &reply));
	shmem_message_free(&m);
}

START_TEST(a_call_to_a_stopped_peer_times_out_and_is_answered_later)
{
	shmem_message *m = support_text("question");
	shmem_message *reply = NULL;
	uint64_t begin;

	start(answer_one);
	support_stop(child);
	begin = support_now();
	support_is(shmem_channel_call(ours, &m, 50, &reply), SHMEM_E_TIMEDOUT);
	ck_assert_uint_ge(support_now() - begin, 50);
	ck_assert_ptr_null(m);
	begin = support_now();
	support_is(shmem_channel_recv(ours, 50, &reply), SHMEM_E_TIMEDOUT);
	ck_assert_uint_ge(support_now() - begin, 50);
	support_continue(child);
	reply = support_recv(ours);
	ck_assert_uint_ne(shmem_message_reply_to(reply), 0);
	support_check_text(reply, "answer");
	shmem_message_free(&reply);
	ck_assert_int_eq(support_wait(child, 60000), 0);
}
END_TEST

static void killed_while_stopped(shmem_channel *theirs, void *told)
{
	greet(theirs, told);
	stay();
}

/* The end of one try, and all for the next one. */
static void again(void)
{
	ck_assert_int_eq(support_wait(child, 60000), -SIGKILL);
	teardown();
	setup();
}

static uint64_t kill_the_stopped(void)
{
	shmem_message *m = NULL;
	shmem_segment *s;
	uint64_t begin;
	uint64_t took;

	start(killed_while_stopped);
	s = support_segment(ours, 100, 1);
	support_give(ours, &s);
	support_stop(child);
	support_kill(child);
	begin = support_now();
	support_is(shmem_channel_recv(ours, SUPPORT_WAIT, &m), SHMEM_E_CLOSED);
	took = support_now() - begin;
	support_ok(shmem_channel_reclaim(ours, &s, NULL));
	support_check_segment(s, 1);
	support_ok(shmem_segment_free(&s));
	again();
	return took;
}

START_TEST(a_stopped_peer_that_is_killed_is_gone)
{
	support_soon(SOON_MS, kill_the_stopped);
}
END_TEST

static void become_another(shmem_channel *theirs, void *told)
{
	greet(theirs, told);
	support_become_another();
}

/* Its descriptors are closed then, and nothing of the other end is there. */
START_TEST(a_peer_that_becomes_another_program_is_gone)
{
	shmem_message *m = NULL;

	support_needs(SUPPORT_FORK);
	start(become_another);
	support_is(shmem_channel_recv(ours, SUPPORT_WAIT, &m), SHMEM_E_CLOSED);
	support_kill(child);
	ck_assert_int_eq(support_wait(child, 60000), -SIGKILL);
}
END_TEST

/* The grandchild has the socket, too, and keeps it open. */
static void pass_and_stay(void *told)
{
	support_gate_pass(told);
	stay();
}

static void fork_and_wait(shmem_channel *theirs, void *told)
{
	greet(theirs, told);
	support_orphan(pass_and_stay, told);
	stay();
}

static uint64_t kill_the_parent(void)
{
	shmem_message *m = NULL;
	shmem_segment *s;
	uint64_t begin;
	uint64_t took = 0;

	start(fork_and_wait);
	support_gate_await(&ready);
	s = support_segment(ours, 100, 1);
	support_give(ours, &s);
	support_kill(child);
	if (support_lacks(SUPPORT_PIDFD) != NULL) {
		/* A hole that is known: the socket is still somebody's. */
		support_is(shmem_channel_recv(ours, 5 * SOON_MS, &m),
			   SHMEM_E_TIMEDOUT);
	} else if (shmem_channel_peer_pollable(ours) !=
		   SHMEM_OS_HANDLE_INVALID) {
		begin = support_now();
		ck_assert(support_readable(
			(int)shmem_channel_peer_pollable(ours), SUPPORT_WAIT));
		support_is(shmem_channel_recv(ours, SUPPORT_WAIT, &m),
			   SHMEM_E_CLOSED);
		took = support_now() - begin;
		support_ok(shmem_channel_reclaim(ours, &s, NULL));
		support_ok(shmem_segment_free(&s));
	}
	/* The grandchild is in the test's own process group. */
	again();
	return took;
}

START_TEST(a_dead_peer_is_told_of_though_its_child_lives)
{
	support_needs(SUPPORT_FORK);
	support_soon(SOON_MS, kill_the_parent);
}
END_TEST

static Suite *suite(void)
{
	Suite *s = suite_create("peer_stopped");
	TCase *t = support_case(s, "peers");

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_test(t, a_stopped_peer_fills_the_queue_and_no_more);
	tcase_add_test(
		t, a_call_to_a_stopped_peer_times_out_and_is_answered_later);
	tcase_add_test(t, a_stopped_peer_that_is_killed_is_gone);
	tcase_add_test(t, a_peer_that_becomes_another_program_is_gone);
	tcase_add_test(t, a_dead_peer_is_told_of_though_its_child_lives);
	return s;
}
SUPPORT_MAIN(suite)
