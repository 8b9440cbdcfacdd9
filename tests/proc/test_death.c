/* SPDX-License-Identifier: MIT */
/* Peers that die: how soon that is told, and what comes home. */
#include "channels.h"

#include <string.h>

#define TOLD_MS 100u /* as promised */
#define KEPT 20

static shmem_channel *c;
static pid_t child;
static support_gate ready;

static void setup(void)
{
	support_gate_init(&ready);
}

static void teardown(void)
{
	shmem_channel_close(&c);
	support_gate_close(&ready);
}

static void start(support_peer_fn *fn)
{
	child = support_peer(NULL, fn, &ready, sizeof(ready), &c);
}

static void stay(void)
{
	for (;;)
		support_sleep(1000);
}

/* Kills it and waits for nothing: it is still to be buried. */
static uint64_t kill_child(void)
{
	uint64_t when = support_now();

	support_kill(child);
	return when;
}

static void bury(void)
{
	ck_assert_int_eq(support_wait(child, SUPPORT_WAIT), -SIGKILL);
}

/* The end of one try, and all for the next one. */
static void again(void)
{
	bury();
	teardown();
	setup();
}

/* Takes segments and holds them. */
static void keeper(shmem_channel *theirs, void *told)
{
	for (int i = 0; i < KEPT; i++) {
		shmem_segment *s = support_get(theirs);

		memset(shmem_segment_data(s), 100 + i,
		       (size_t)shmem_segment_size(s));
	}
	support_send_text(theirs, "have them");
	support_gate_pass(told);
	stay();
}

static void give_all(uint64_t ids[KEPT])
{
	for (int i = 0; i < KEPT; i++) {
		shmem_segment *s = support_segment(c, 5000, i);

		ids[i] = support_give(c, &s);
	}
	support_gate_await(&ready);
}

static void reclaim_all(const uint64_t ids[KEPT], int first_fill)
{
	shmem_segment *s = NULL;
	bool known = true;

	for (int i = 0; i < KEPT; i++) {
		support_ok(shmem_channel_reclaim(c, &s, &known));
		ck_assert_uint_eq(shmem_segment_id(s), ids[i]);
		ck_assert(!known);
		support_check_segment(s, first_fill + i);
		support_ok(shmem_segment_free(&s));
	}
	support_is(shmem_channel_reclaim(c, &s, &known), SHMEM_E_NOENT);
}

static uint64_t wake(void)
{
	uint64_t ids[KEPT];
	uint64_t since;
	uint64_t took;
	shmem_message *m = NULL;

	start(keeper);
	give_all(ids);
	since = kill_child();
	support_recv_text(c, "have them"); /* said before */
	support_is(shmem_channel_recv(c, SUPPORT_WAIT, &m), SHMEM_E_CLOSED);
	took = support_now() - since;
	reclaim_all(ids, 100);
	again();
	return took;
}

START_TEST(a_death_wakes_who_waits)
{
	support_soon(TOLD_MS, wake);
}
END_TEST

static uint64_t show_in_a_loop(void)
{
	uint64_t ids[KEPT];
	uint64_t since;
	uint64_t took;
	shmem_message *m = NULL;
	int err;

	start(keeper);
	give_all(ids);
	support_recv_text(c, "have them");
	support_check_peer(c, (int)child);
	since = kill_child();
	do {
		ck_assert(support_either_readable(
			shmem_channel_pollable(c),
			shmem_channel_peer_pollable(c), SUPPORT_WAIT));
		err = shmem_channel_recv(c, 0, &m);
	} while (err == SHMEM_E_AGAIN);
	support_is(err, SHMEM_E_CLOSED);
	took = support_now() - since;
	reclaim_all(ids, 100);
	again();
	return took;
}

START_TEST(a_death_shows_in_a_loop)
{
	support_soon(TOLD_MS, show_in_a_loop);
}
END_TEST

static void holder(void *told)
{
	support_gate_await(told);
}

/* Has a child that keeps the socket open, so that it never ends. */
static void forker(shmem_channel *theirs, void *told)
{
	support_orphan(holder, told);
	keeper(theirs, told);
}

static bool by_its_pidfd;

static uint64_t show_though_held(void)
{
	uint64_t ids[KEPT];
	uint64_t since;
	uint64_t took;
	shmem_message *m = NULL;
	int err;

	start(forker);
	for (int i = 0; i < KEPT; i++) {
		shmem_segment *s = support_segment(c, 5000, i);

		ids[i] = support_give(c, &s);
	}
	support_recv_text(c, "have them");
	if (shmem_channel_peer_pollable(c) == SHMEM_OS_HANDLE_INVALID) {
		/* An old kernel: it can't be told. */
		(void)kill_child();
		support_gate_pass(&ready);
		again();
		return 0;
	}
	since = kill_child();
	if (!by_its_pidfd) {
		err = shmem_channel_recv(c, SUPPORT_WAIT, &m);
	} else {
		ck_assert(support_readable((int)shmem_channel_peer_pollable(c),
					   SUPPORT_WAIT));
		err = shmem_channel_recv(c, 0, &m);
	}
	support_is(err, SHMEM_E_CLOSED);
	took = support_now() - since;
	reclaim_all(ids, 100);
	support_gate_pass(&ready);
	again();
	return took;
}

START_TEST(a_death_shows_though_a_child_holds_the_socket)
{
	support_needs(SUPPORT_FORK);
	by_its_pidfd = _i == 1;
	support_soon(TOLD_MS, show_though_held);
}
END_TEST

static void reader_of_none(shmem_channel *theirs, void *told)
{
	(void)theirs;
	support_gate_pass(told);
	stay();
}

START_TEST(what_it_never_read_is_known)
{
	shmem_segment *s;
	shmem_message *m = NULL;
	bool known = false;

	start(reader_of_none);
	s = support_segment(c, 100, 3);
	support_gate_await(&ready);
	support_give(c, &s);
	(void)kill_child();
	support_is(shmem_channel_recv(c, SUPPORT_WAIT, &m), SHMEM_E_CLOSED);
	support_ok(shmem_channel_reclaim(c, &s, &known));
	ck_assert(known);
	support_check_segment(s, 3);
	support_ok(shmem_segment_free(&s));
	bury();
}
END_TEST

/* Sends as fast as it can until it dies, each segment full of its number. */
static void sender(shmem_channel *theirs, void *arg)
{
	(void)arg;
	for (int i = 0;; i++) {
		shmem_segment *s = NULL;

		while (shmem_segment_alloc(theirs, 4096, &s) != 0)
			(void)shmem_channel_wait(theirs, SHMEM_POLL_READ, 10);
		memset(shmem_segment_data(s), i & 0xff, 4096);
		while (shmem_segment_send(theirs, &s) == SHMEM_E_AGAIN)
			(void)shmem_channel_wait(theirs, SHMEM_POLL_WRITE, 10);
		(void)shmem_channel_dispatch(theirs);
	}
}

/* Killed at any moment: what comes is whole and in order, up to the end. */
START_TEST(a_death_in_the_middle_of_sending_cuts_nothing_in_half)
{
	shmem_segment *s = NULL;
	int next = 0;
	int err;

	start(sender);
	for (;;) {
		err = shmem_segment_recv(c, SUPPORT_WAIT, &s);
		if (err != 0)
			break;
		support_check_segment(s, next & 0xff);
		next++;
		if (next == 200 + 137 * _i)
			(void)kill_child();
		support_ok(shmem_segment_free(&s));
	}
	support_is(err, SHMEM_E_CLOSED);
	ck_assert_int_ge(next, 200);
	support_is(shmem_channel_reclaim(c, &s, NULL), SHMEM_E_NOENT);
	bury();
}
END_TEST

static uint64_t call_the_dead(void)
{
	shmem_message *m = support_text("anybody?");
	shmem_message *r = NULL;
	uint64_t since;
	uint64_t took;

	start(reader_of_none);
	support_gate_await(&ready);
	since = kill_child();
	support_is(shmem_channel_call(c, &m, (int)SUPPORT_WAIT, &r),
		   SHMEM_E_CLOSED);
	took = support_now() - since;
	shmem_message_free(&m);
	again();
	return took;
}

START_TEST(a_call_to_the_dead_ends)
{
	support_soon(TOLD_MS, call_the_dead);
}
END_TEST

static Suite *suite(void)
{
	Suite *s = suite_create("death");
	TCase *t = support_case(s, "death");

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_test(t, a_death_wakes_who_waits);
	tcase_add_test(t, a_death_shows_in_a_loop);
	tcase_add_loop_test(t, a_death_shows_though_a_child_holds_the_socket, 0,
			    2);
	tcase_add_test(t, what_it_never_read_is_known);
	tcase_add_loop_test(
		t, a_death_in_the_middle_of_sending_cuts_nothing_in_half, 0,
		10);
	tcase_add_test(t, a_call_to_the_dead_ends);
	return s;
}
SUPPORT_MAIN(suite)
