/* SPDX-License-Identifier: MIT */
/*
 * Packets with descriptors take the socket, others the ring: however the two
 * interleave, messages arrive in the order in which they were sent.
 */
#include "channels.h"

#include <string.h>

static uint32_t messages(void)
{
	return support_is_slow() ? 4000 : 20000;
}

static void send_all(shmem_channel *b, void *arg)
{
	uint32_t random = 1;

	(void)arg;
	for (uint32_t i = 0; i < messages(); i++) {
		shmem_message *m = NULL;
		shmem_handle *h = NULL;
		int err;

		ck_assert_int_eq(shmem_message_new(&i, sizeof(i), &m), 0);
		random = random * 1664525u + 1013904223u;
		if ((random >> 24) % 2 == 0) {
			ck_assert_int_eq(shmem_handle_create(1, NULL, &h), 0);
			ck_assert_int_eq(shmem_message_push_handle(m, &h), 0);
		}
		while ((err = shmem_channel_send(b, &m)) == SHMEM_E_AGAIN)
			ck_assert_int_eq(shmem_channel_wait(b, SHMEM_POLL_WRITE,
							    SUPPORT_WAIT),
					 0);
		ck_assert_int_eq(err, 0);
	}
	shmem_channel_close(&b);
}

START_TEST(ring_and_socket_keep_the_order)
{
	shmem_channel *a = NULL;
	pid_t child = support_peer(NULL, send_all, NULL, 0, &a);

	for (uint32_t i = 0; i < messages(); i++) {
		shmem_message *m = NULL;
		uint32_t n;
		/* By turns waiting, polling and spinning. */
		int timeout = i % 3 != 0 ? 0 : 4 * SUPPORT_WAIT;
		int err;

		while ((err = shmem_channel_recv(a, timeout, &m)) ==
		       SHMEM_E_AGAIN)
			;
		ck_assert_int_eq(err, 0);
		ck_assert_uint_eq(shmem_message_size(m), sizeof(n));
		memcpy(&n, shmem_message_data(m), sizeof(n));
		ck_assert_uint_eq(n, i);
		shmem_message_free(&m);
	}
	{
		shmem_message *m = NULL;

		ck_assert_int_eq(shmem_channel_recv(a, SUPPORT_WAIT, &m),
				 SHMEM_E_CLOSED);
	}
	ck_assert_int_eq(support_wait(child, SUPPORT_WAIT), 0);
	shmem_channel_close(&a);
}
END_TEST

static Suite *suite(void)
{
	Suite *s = suite_create("order");
	TCase *t = support_case(s, "order");

	tcase_set_timeout(t, 600);
	tcase_add_test(t, ring_and_socket_keep_the_order);
	return s;
}
SUPPORT_MAIN(suite)
