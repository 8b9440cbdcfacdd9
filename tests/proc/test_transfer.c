/* SPDX-License-Identifier: MIT */
/* Two processes that hand each other much at once, for long, or too fast. */
#include "channels.h"

#include <string.h>

#define SEGMENTS 1000
#define HANDLES 200
#define ROUNDS 5000
#define FLOOD 20000

static shmem_channel *c;

static void teardown(void)
{
	shmem_channel_close(&c);
}

static pid_t start(support_peer_fn *fn)
{
	return support_peer(NULL, fn, NULL, 0, &c);
}

static void finish(pid_t child)
{
	shmem_channel_close(&c);
	ck_assert_int_eq(support_wait(child, 4 * SUPPORT_WAIT), 0);
}

/* One more in the first byte of each segment, and back it goes. */
static void adder(shmem_channel *theirs, void *arg)
{
	shmem_message *m = NULL;
	shmem_message *r = NULL;

	(void)arg;
	while (shmem_channel_recv(theirs, 4 * SUPPORT_WAIT, &m) == 0) {
		support_ok(shmem_message_new(shmem_message_data(m),
					     shmem_message_size(m), &r));
		while (shmem_message_segments(m) > 0) {
			shmem_segment *s = NULL;

			support_ok(shmem_message_pop_segment(m, &s));
			++*SHMEM_SEGMENT_AS(unsigned char, s);
			support_ok(shmem_message_push_segment(r, &s));
		}
		while (shmem_message_handles(m) > 0) {
			shmem_handle *h = NULL;

			support_ok(shmem_message_pop_handle(m, &h));
			support_ok(shmem_message_push_handle(r, &h));
		}
		shmem_message_free(&m);
		support_ok(shmem_channel_send(theirs, &r));
	}
	shmem_channel_close(&theirs);
}

START_TEST(a_segment_goes_to_and_fro)
{
	pid_t child = start(adder);
	shmem_segment *s = support_segment(c, 100, 0);
	uint64_t id = shmem_segment_id(s);

	for (int i = 0; i < ROUNDS; i++) {
		support_give(c, &s);
		s = support_get(c);
	}
	ck_assert_uint_eq(shmem_segment_id(s), id);
	ck_assert_int_eq(*SHMEM_SEGMENT_AS(unsigned char, s), ROUNDS % 256);
	support_ok(shmem_segment_free(&s));
	finish(child);
}
END_TEST

START_TEST(much_goes_to_and_fro_in_one_message)
{
	pid_t child = start(adder);
	size_t descriptors;

	for (int round = 0; round < 3; round++) {
		shmem_message *m = support_text("much");

		for (int i = 0; i < SEGMENTS; i++) {
			shmem_segment *s = support_segment(c, 8, i);

			support_ok(shmem_message_push_segment(m, &s));
		}
		for (unsigned i = 0; i < HANDLES; i++) {
			shmem_handle *h = support_handle(i * 100);

			support_ok(shmem_message_push_handle(m, &h));
		}
		support_ok(shmem_channel_send(c, &m));
		m = support_recv(c);
		support_check_text(m, "much");
		ck_assert_uint_eq(shmem_message_segments(m), SEGMENTS);
		ck_assert_uint_eq(shmem_message_handles(m), HANDLES);
		for (int i = 0; i < SEGMENTS; i++) {
			shmem_segment *s = NULL;
			unsigned char *data;

			support_ok(shmem_message_pop_segment(m, &s));
			data = shmem_segment_data(s);
			if (data[0] != (unsigned char)(i + 1) ||
			    data[7] != (unsigned char)i)
				ck_abort_msg("segment %d has %d, %d", i,
					     data[0], data[7]);
			support_ok(shmem_segment_free(&s));
		}
		for (unsigned i = 0; i < HANDLES; i++) {
			shmem_handle *h = NULL;

			support_ok(shmem_message_pop_handle(m, &h));
			if (shmem_handle_size(h) != i * 100)
				ck_abort_msg("handle %u", i);
			shmem_handle_close(&h);
		}
		shmem_message_free(&m);
	}
	support_settle(c);
	descriptors = support_descriptors();
	ck_assert_uint_lt(descriptors, 100);
	finish(child);
}
END_TEST

/* Begins when the queue is full, and checks that nothing is missing. */
static void slow_reader(shmem_channel *theirs, void *full)
{
	support_gate_await(full);
	support_gate_close(full);
	for (unsigned i = 0; i < FLOOD; i++) {
		shmem_message *m = NULL;
		unsigned number;
		int err = shmem_channel_recv(theirs, 4 * SUPPORT_WAIT, &m);

		if (err != 0)
			ck_abort_msg("message %u: %s", i, shmem_errname(err));
		memcpy(&number, shmem_message_data(m), sizeof(number));
		if (number != i)
			ck_abort_msg("message %u is %u", i, number);
		shmem_message_free(&m);
		if (i % 1000 == 0)
			support_sleep(2);
	}
	support_send_text(theirs, "got them");
	shmem_channel_close(&theirs);
}

START_TEST(a_reader_that_is_slower_loses_nothing)
{
	uint64_t blocked = 0;
	support_gate full;
	pid_t child;

	support_gate_init(&full);
	child = support_peer(NULL, slow_reader, &full, sizeof(full), &c);
	for (unsigned i = 0; i < FLOOD; i++) {
		unsigned char body[1000] = {0};
		shmem_message *m = NULL;
		int err;

		memcpy(body, &i, sizeof(i));
		support_ok(shmem_message_new(body, sizeof(body), &m));
		while ((err = shmem_channel_send(c, &m)) == SHMEM_E_AGAIN) {
			if (blocked++ == 0)
				support_gate_pass(&full);
			support_ok(shmem_channel_wait(c, SHMEM_POLL_WRITE,
						      4 * SUPPORT_WAIT));
		}
		if (err != 0)
			ck_abort_msg("message %u: %s", i, shmem_errname(err));
	}
	ck_assert_uint_gt(blocked, 0);
	support_gate_close(&full);
	support_recv_text(c, "got them");
	finish(child);
}
END_TEST

/* Both write as much as they can, and read only when they must. */
static void flood(shmem_channel *channel)
{
	int to_send = FLOOD / 4;
	int to_get = FLOOD / 4;

	while (to_send > 0 || to_get > 0) {
		shmem_message *m = NULL;
		int err = SHMEM_E_AGAIN;

		if (to_send > 0) {
			static const char body[3000];

			support_ok(shmem_message_new(body, sizeof(body), &m));
			err = shmem_channel_send(channel, &m);
			shmem_message_free(&m);
		}
		if (err == 0) {
			to_send--;
			continue;
		}
		support_is(err, SHMEM_E_AGAIN);
		while (to_get > 0 && shmem_channel_recv(channel, 0, &m) == 0) {
			shmem_message_free(&m);
			to_get--;
		}
		(void)shmem_channel_wait(
			channel,
			SHMEM_POLL_READ | (to_send > 0 ? SHMEM_POLL_WRITE : 0),
			20);
	}
}

static void flooder(shmem_channel *theirs, void *arg)
{
	(void)arg;
	flood(theirs);
	support_recv_text(theirs, "done");
	shmem_channel_close(&theirs);
}

START_TEST(both_may_flood_each_other)
{
	pid_t child = start(flooder);
	shmem_message *m;

	flood(c);
	/* It may not have read all of that yet. */
	m = support_text("done");
	while (shmem_channel_send(c, &m) == SHMEM_E_AGAIN)
		support_ok(shmem_channel_wait(c, SHMEM_POLL_WRITE,
					      4 * SUPPORT_WAIT));
	ck_assert_ptr_null(m);
	finish(child);
}
END_TEST

static Suite *suite(void)
{
	Suite *s = suite_create("transfer");
	TCase *t = support_case(s, "transfer");

	tcase_add_checked_fixture(t, NULL, teardown);
	tcase_add_test(t, a_segment_goes_to_and_fro);
	tcase_add_test(t, much_goes_to_and_fro_in_one_message);
	tcase_add_test(t, a_reader_that_is_slower_loses_nothing);
	tcase_add_test(t, both_may_flood_each_other);
	return s;
}
SUPPORT_MAIN(suite)
