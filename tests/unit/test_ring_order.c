/* SPDX-License-Identifier: MIT */
/* Two ways to the peer, one order: what the ring tells of the socket. */
#include "channels.h"

#include "base/fault.h"
#include "transport/channel.h"

#include <shmem/shmem.h>
#include <string.h>

static shmem_channel *a;
static shmem_channel *b;

static void say(shmem_channel *from)
{
	shmem_message *m = NULL;

	ck_assert_int_eq(shmem_message_new("word", 4, &m), 0);
	ck_assert_int_eq(shmem_channel_send(from, &m), 0);
}

static void hear(shmem_channel *to)
{
	shmem_message *m = NULL;

	ck_assert_int_eq(shmem_channel_recv(to, SUPPORT_WAIT, &m), 0);
	shmem_message_free(&m);
}

static void setup(void)
{
	ck_assert_int_eq(shmem_channel_pair(NULL, &a, &b), 0);
	for (int i = 0; i < 40 && (a->link.ring_in.shared == NULL ||
				   b->link.ring_in.shared == NULL);
	     i++) {
		say(a);
		hear(b);
		say(b);
		hear(a);
	}
	ck_assert_ptr_nonnull(b->link.ring_in.shared);
}

static void teardown(void)
{
	shmem_channel_close(&a);
	shmem_channel_close(&b);
}

/* The sender may be held up between the socket and the ring. */
START_TEST(a_packet_may_be_seen_before_the_ring_tells_of_it)
{
	shmem__ring_shared *ring = b->link.ring_in.shared;
	uint64_t before = atomic_load(&ring->sent);
	uint64_t start = support_now();
	shmem_segment *s = NULL;
	shmem_message *m = NULL;
	uint64_t after;

	ck_assert_int_eq(shmem_segment_alloc(a, 100, &s), 0);
	ck_assert_int_eq(shmem_segment_send(a, &s), 0);
	after = atomic_exchange(&ring->sent, before);
	ck_assert_int_eq(shmem_segment_recv(b, SUPPORT_WAIT, &s), 0);
	ck_assert_int_eq(shmem_channel_recv(b, 0, &m), SHMEM_E_AGAIN);
	ck_assert_int_eq(shmem_channel_recv(b, 30, &m), SHMEM_E_TIMEDOUT);
	ck_assert_uint_ge(support_now() - start, 30);
	ck_assert_uint_eq(shmem_channel_wants(b), SHMEM_POLL_READ);
	atomic_store(&ring->sent, after);
	say(a);
	hear(b);
	ck_assert_int_eq(shmem_segment_free(&s), 0);
}
END_TEST

static uint64_t all_sent;

static void tell_of_all(void)
{
	atomic_store(&b->link.ring_in.shared->sent, all_sent);
}

/* Word 1 gets into the ring after the receiver has looked there, the segment
 * onto the socket before it looks there; and the ring does not tell of the
 * segment yet. */
START_TEST(what_was_put_aside_is_not_waited_for)
{
	shmem__ring_shared *ring = b->link.ring_in.shared;
	uint64_t before = atomic_load(&ring->sent);
	shmem_segment *s = NULL;

	support_needs(SUPPORT_ERRNO);
	say(a);
	ck_assert_int_eq(shmem_segment_alloc(a, 100, &s), 0);
	ck_assert_int_eq(shmem_segment_send(a, &s), 0);
	all_sent = atomic_exchange(&ring->sent, before);
	shmem__fault_arm(1, 0, "recvmsg");
	shmem__fault_instead(tell_of_all);
	b->link.look = true;
	hear(b);
	shmem__fault_arm(0, 0, NULL);
	ck_assert(b->link.early.full);
	atomic_store(&ring->sent, before + 1);
	ck_assert_int_eq(shmem_channel_wait(b, SHMEM_POLL_READ, 50), 0);
	ck_assert_uint_ne(shmem_channel_wants(b) & SHMEM_POLL_WRITE, 0);
	tell_of_all();
	ck_assert_int_eq(shmem_segment_recv(b, SUPPORT_WAIT, &s), 0);
	ck_assert_int_eq(shmem_segment_free(&s), 0);
}
END_TEST

/* The ring claims a packet that is nowhere. */
START_TEST(a_ring_that_lies_ends_the_channel)
{
	shmem_message *m = NULL;

	atomic_fetch_add(&b->link.ring_in.shared->sent, 1);
	ck_assert_int_eq(shmem_channel_recv(b, SUPPORT_WAIT, &m),
			 SHMEM_E_PROTO);
}
END_TEST

static Suite *suite(void)
{
	Suite *s = suite_create("ring_order");
	TCase *t = support_case(s, "order");

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_test(t, a_packet_may_be_seen_before_the_ring_tells_of_it);
	tcase_add_test(t, what_was_put_aside_is_not_waited_for);
	tcase_add_test(t, a_ring_that_lies_ends_the_channel);
	return s;
}
SUPPORT_MAIN(suite)
