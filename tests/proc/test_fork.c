/* SPDX-License-Identifier: MIT */
/* Forked children: one end of a pair may be theirs; all else of a channel is
 * their parent's, and stays so when they close their copies. */
#include "channels.h"

#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define BYTES 8192u
#define LARGE ((uint64_t)256 << 20) /* whose page tables move */

static shmem_channel *a;
static shmem_channel *b;
static shmem_segment *s;
static shmem_segment *large;
static shmem_listener *listener;
static char path[SUPPORT_PATH_MAX];

static void setup(void)
{
	support_ok(shmem_channel_pair(NULL, &a, &b));
}

static void teardown(void)
{
	shmem_channel_close(&a);
	shmem_channel_close(&b);
}

static void echo(void *arg)
{
	shmem_segment *got;
	shmem_message *m = NULL;

	(void)arg;
	shmem_channel_close(&a);
	got = support_get(b);
	support_check_segment(got, 1);
	memset(shmem_segment_data(got), 2, BYTES);
	support_check_peer(b, getppid());
	support_give(b, &got);
	support_is(shmem_channel_recv(b, SUPPORT_WAIT, &m), SHMEM_E_CLOSED);
	shmem_channel_close(&b);
}

START_TEST(one_end_of_a_pair_goes_to_the_child)
{
	pid_t child = support_fork(echo, NULL);

	shmem_channel_close(&b);
	s = support_segment(a, BYTES, 1);
	support_give(a, &s);
	s = support_get(a);
	support_check_segment(s, 2);
	support_check_peer(a, child);
	if (support_lacks(SUPPORT_PIDFD) == NULL)
		ck_assert_int_ne(shmem_channel_peer_pollable(a),
				 SHMEM_OS_HANDLE_INVALID);
	support_ok(shmem_segment_free(&s));
	shmem_channel_close(&a);
	ck_assert_int_eq(support_wait(child, SUPPORT_WAIT), 0);
}
END_TEST

static void touch(void *arg)
{
	(void)*(volatile char *)arg;
}

START_TEST(a_child_has_no_segments)
{
	support_needs(SUPPORT_ADVICE);
	s = support_segment(a, BYTES, 1);
	support_dies(SIGSEGV, touch, shmem_segment_data(s));
	support_ok(shmem_segment_free(&s));
}
END_TEST

/* Where the parent has a segment, the child has something of its own. */
static void settle_there(void *at, size_t length)
{
	void *p =
		mmap(at, length, PROT_READ | PROT_WRITE,
		     MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0);

	ck_assert_ptr_eq(p, at);
	memset(p, 42, BYTES);
}

static void close_copies(void *arg)
{
	char *at = arg;

	settle_there(at, BYTES);
	shmem_channel_close(&a);
	shmem_channel_close(&b);
	shmem_segment_free(&s);
	for (size_t i = 0; i < BYTES; i++)
		ck_assert_int_eq(at[i], 42);
}

START_TEST(a_child_that_closes_its_copies_keeps_its_own_memory)
{
	support_needs(SUPPORT_ADVICE);
	s = support_segment(a, BYTES, 1);
	ck_assert_int_eq(support_child(close_copies, shmem_segment_data(s)), 0);
	/* and its parent's channel goes on */
	support_check_segment(s, 1);
	support_give(a, &s);
	s = support_get(b);
	support_check_segment(s, 1);
	support_ok(shmem_segment_free(&s));
}
END_TEST

static void close_large(void *arg)
{
	char *at = arg;

	/* Both of its places are free here. */
	settle_there(at, BYTES);
	shmem_channel_close(&a);
	shmem_channel_close(&b);
	for (size_t i = 0; i < BYTES; i++)
		ck_assert_int_eq(at[i], 42);
}

START_TEST(nor_does_a_large_segment_s_place_matter)
{
	void *at;

	support_needs(SUPPORT_ADVICE);
	support_ok(shmem_segment_alloc(a, LARGE, &large));
	at = shmem_segment_data(large);
	support_give(a, &large);
	ck_assert_int_eq(support_child(close_large, at), 0);
	large = support_get(b);
	support_ok(shmem_segment_free(&large));
}
END_TEST

/* The queue is full, and there is something to be told to the peer. */
static void fill(void)
{
	shmem_message *m = NULL;
	int err = 0;

	while (err == 0) {
		support_ok(shmem_message_new(NULL, 0, &m));
		err = shmem_channel_send(a, &m);
		shmem_message_free(&m);
	}
	support_is(err, SHMEM_E_AGAIN);
}

static void only_close(void *arg)
{
	(void)arg;
	shmem_channel_close(&a);
}

START_TEST(a_child_that_closes_its_copy_says_nothing_for_its_parent)
{
	shmem_message *m = NULL;
	uint64_t id;

	s = support_segment(b, BYTES, 1);
	id = support_give(b, &s);
	s = support_get(a);
	fill();
	support_ok(shmem_segment_free(&s)); /* can't be told now */
	while (shmem_channel_recv(b, 0, &m) == 0)
		shmem_message_free(&m);
	ck_assert_int_eq(shmem_segment_state(b, id), SHMEM_STATE_AWAY);
	/* It could be now, by the child, too. */
	ck_assert_int_eq(support_child(only_close, NULL), 0);
	support_settle(b);
	ck_assert_int_eq(shmem_segment_state(b, id), SHMEM_STATE_AWAY);
	support_send_text(a, "still there?");
	support_recv_text(b, "still there?");
	ck_assert_int_eq(shmem_segment_state(b, id), SHMEM_STATE_DEAD);
}
END_TEST

static atomic_bool enough;

static void *come_and_go(void *arg)
{
	while (!atomic_load(&enough)) {
		shmem_channel *one = NULL;
		shmem_channel *two = NULL;

		if (shmem_channel_pair(NULL, &one, &two) != 0)
			abort();
		shmem_channel_close(&one);
		shmem_channel_close(&two);
	}
	return arg;
}

static void close_and_count(void *arg)
{
	shmem_stats stats = SHMEM_STATS_INIT;

	(void)arg;
	shmem_channel_close(&a);
	shmem_channel_close(&b);
	shmem_stats_read(&stats);
}

/* The child has the other thread's locks, but not the thread. */
START_TEST(a_child_closes_its_copies_whatever_other_threads_were_at)
{
	unsigned long times = support_times(300, 20000);
	pthread_t thread[2];

	for (int i = 0; i < 2; i++)
		ck_assert_int_eq(
			pthread_create(&thread[i], NULL, come_and_go, NULL), 0);
	if (support_is_slow() || support_lacks(SUPPORT_NATIVE) != NULL)
		times /= 10;
	for (unsigned long i = 0; i < times; i++)
		ck_assert_int_eq(support_child(close_and_count, NULL), 0);
	atomic_store(&enough, true);
	for (int i = 0; i < 2; i++)
		pthread_join(thread[i], NULL);
}
END_TEST

static void close_listener(void *arg)
{
	(void)arg;
	shmem_listener_close(&listener);
}

START_TEST(a_child_that_closes_its_listener_leaves_the_path)
{
	shmem_channel *c = NULL;
	shmem_channel *d = NULL;

	support_path(path, "socket");
	support_ok(shmem_listener_open(path, &listener));
	ck_assert_int_eq(support_child(close_listener, NULL), 0);
	support_ok(shmem_channel_connect(path, NULL, 0, &c));
	support_ok(shmem_listener_accept(listener, NULL, SUPPORT_WAIT, &d));
	shmem_channel_close(&c);
	shmem_channel_close(&d);
	shmem_listener_close(&listener);
	ck_assert_int_ne(access(path, F_OK), 0);
}
END_TEST

static Suite *suite(void)
{
	Suite *suite = suite_create("fork");
	TCase *t = support_case(suite, "fork");

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_test(t, one_end_of_a_pair_goes_to_the_child);
	tcase_add_test(t, a_child_has_no_segments);
	tcase_add_test(t, a_child_that_closes_its_copies_keeps_its_own_memory);
	tcase_add_test(t, nor_does_a_large_segment_s_place_matter);
	tcase_add_test(
		t, a_child_that_closes_its_copy_says_nothing_for_its_parent);
	tcase_add_test(
		t, a_child_closes_its_copies_whatever_other_threads_were_at);
	tcase_add_test(t, a_child_that_closes_its_listener_leaves_the_path);
	return suite;
}
SUPPORT_MAIN(suite)
