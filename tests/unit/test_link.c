/* SPDX-License-Identifier: MIT */
/* The socket and the ring together: what comes by one and is told by the
 * other, at any moment in between. */
#include "channels.h"
#include "transport/channel.h"

#include <shmem/shmem.h>

static shmem_channel *a;
static shmem_channel *b;

static void setup(void)
{
	shmem_message *m = NULL;

	ck_assert_int_eq(shmem_channel_pair(NULL, &a, &b), 0);
	/* Both have greeted, and use each other enough to have rings. */
	for (int i = 0; i < 100; i++) {
		ck_assert_int_eq(shmem_message_new("x", 1, &m), 0);
		ck_assert_int_eq(shmem_channel_send(a, &m), 0);
		ck_assert_int_eq(shmem_channel_recv(b, SUPPORT_WAIT, &m), 0);
		ck_assert_int_eq(shmem_channel_send(b, &m), 0);
		ck_assert_int_eq(shmem_channel_recv(a, SUPPORT_WAIT, &m), 0);
		shmem_message_free(&m);
	}
	ck_assert_ptr_nonnull(a->link.ring_out.shared);
	ck_assert_ptr_nonnull(b->link.ring_in.shared);
}

static void teardown(void)
{
	shmem_channel_close(&a);
	shmem_channel_close(&b);
}

/* A segment that is new to b, whose descriptor only the socket can bring. */
static void send_new_segment(void)
{
	shmem_segment *s = NULL;

	ck_assert_int_eq(shmem_segment_alloc(a, 4096, &s), 0);
	ck_assert_int_eq(shmem_segment_send(a, &s), 0);
}

static void receive_segment(void)
{
	shmem_segment *s = NULL;

	ck_assert_int_eq(shmem_segment_recv(b, SUPPORT_WAIT, &s), 0);
	ck_assert_int_eq(shmem_segment_free(&s), 0);
}

/* The sender has put its packets on the socket and has not yet come to count
 * them in the ring: it was interrupted right there. */
START_TEST(a_packet_may_arrive_before_it_is_counted)
{
	_Atomic uint64_t *sent = &a->link.ring_out.shared->sent;
	uint64_t before = atomic_load(sent);
	uint64_t after;
	shmem_segment *s = NULL;

	send_new_segment();
	after = atomic_load(sent);
	ck_assert_uint_gt(after, before);
	atomic_store(sent, before);
	/* What has arrived is good, and then there is simply nothing. */
	receive_segment();
	ck_assert_int_eq(shmem_segment_recv(b, 0, &s), SHMEM_E_AGAIN);
	ck_assert_int_eq(shmem_segment_recv(b, 5, &s), SHMEM_E_TIMEDOUT);
	ck_assert_uint_eq(shmem_channel_wants(b) & SHMEM_POLL_READ,
			  SHMEM_POLL_READ);
	atomic_store(sent, after);
	ck_assert_int_eq(shmem_segment_recv(b, 0, &s), SHMEM_E_AGAIN);
	send_new_segment();
	receive_segment();
}
END_TEST

/* A count ahead of what there is remains a lie. */
START_TEST(a_count_of_what_never_came_is_refused)
{
	shmem_segment *s = NULL;

	atomic_fetch_add(&a->link.ring_out.shared->sent, 1);
	ck_assert_int_eq(shmem_segment_recv(b, SUPPORT_WAIT, &s),
			 SHMEM_E_PROTO);
}
END_TEST

static Suite *suite(void)
{
	Suite *s = suite_create("link");
	TCase *t = support_case(s, "counting");

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_test(t, a_packet_may_arrive_before_it_is_counted);
	tcase_add_test(t, a_count_of_what_never_came_is_refused);
	return s;
}

SUPPORT_MAIN(suite)
