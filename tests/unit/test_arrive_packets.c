/* SPDX-License-Identifier: MIT */
/* Packets and frames that are malformed, or come at the wrong time. */
#include "raw.h"

#include "base/codec.h"

#include <string.h>

static support_raw raw;
static shmem_channel *c;

static void setup(void)
{
	support_raw_open(&raw, NULL, &c);
	support_raw_greet(&raw, c, 0);
}

static void teardown(void)
{
	shmem_channel_close(&c);
	support_raw_close(&raw);
}

static void message(uint32_t flags, uint32_t segments, uint32_t handles,
		    uint32_t body, uint64_t call, size_t payload)
{
	unsigned char *at = support_raw_frame(&raw, RAW_MESSAGE, payload);

	shmem__put32(at, flags);
	shmem__put32(at + 4, segments);
	shmem__put32(at + 8, handles);
	shmem__put32(at + 12, body);
	shmem__put64(at + 16, call);
}

/* Packets whose header is wrong. */
static const struct {
	int length; /* more than it is */
	unsigned descriptors;
	unsigned reserved;
	int sequence; /* later than its turn */
} bad_header[] = {
	{-1, 0, 0, 0}, {1, 0, 0, 0},  {-1000, 0, 0, 0}, {0, 1, 0, 0},
	{0, 0, 1, 0},  {0, 0, 0, -1}, {0, 0, 0, 1},     {0, 0, 0, 1 << 30},
};

static void expect(int expected)
{
	shmem_message *m = NULL;
	size_t descriptors = support_descriptors();

	support_is(shmem_channel_recv(c, SUPPORT_WAIT, &m), expected);
	support_is(shmem_channel_recv(c, 0, &m), expected);
	ck_assert_uint_le(support_descriptors(), descriptors);
	ck_assert_uint_eq(support_stats(c).violations,
			  expected != SHMEM_E_CLOSED);
	/* The peer is told: the socket is shut down. */
	ck_assert(support_raw_sees_end(&raw));
}

START_TEST(a_wrong_header_is_refused)
{
	message(RAW_PLAIN, 0, 0, 0, 0, 24);
	support_raw_post(&raw,
			 (uint32_t)((int)raw.length + bad_header[_i].length),
			 bad_header[_i].descriptors, bad_header[_i].reserved,
			 raw.sequence + (uint64_t)bad_header[_i].sequence);
	expect(SHMEM_E_PROTO);
}
END_TEST

/* As many bytes of a packet that is in order, but for its end. */
START_TEST(a_packet_that_is_too_short_is_refused)
{
	static const size_t lengths[] = {1, 2, 15, 16, 17, 23, 24, 47};

	message(RAW_PLAIN, 0, 0, 0, 0, 24);
	raw.length = lengths[_i];
	support_raw_post(&raw, (uint32_t)raw.length, 0, 0, raw.sequence);
	expect(SHMEM_E_PROTO);
}
END_TEST

START_TEST(a_packet_that_is_too_long_is_refused)
{
	unsigned max = 96 * 1024;

	/* Many frames, each in order. */
	while (raw.length + 8 + 16 <= max)
		support_raw_frame(&raw, RAW_FREE, 0);
	if (_i == 1)
		support_raw_frame(&raw, RAW_FREE, max - raw.length - 8);
	if (_i == 2)
		support_raw_frame(&raw, RAW_FREE, max - raw.length - 7);
	support_raw_send(&raw);
	if (_i == 0)
		support_settle(c);
	else
		expect(SHMEM_E_PROTO); /* 1: a frame of that length */
}
END_TEST

/* On a stream, where the end is another thing, it is an error. */
START_TEST(an_empty_packet_is_the_end)
{
	support_raw_put(&raw, "", 0);
	expect(RAW_NO_BYTES);
}
END_TEST

/* Frames that are wrong in themselves: their type, flags, payload and what the
 * header calls its length; and what the payload begins with. */
static const struct {
	unsigned type, flags;
	size_t payload;
	uint32_t length;
	uint64_t value;
} bad_frame[] = {
	{0, 0, 8, 8, 0},
	{0xffff, 0, 8, 8, 0},
	{RAW_FREE, 1, 0, 0, 0},
	{RAW_FREE, 0, 8, 9, 0}, /* beyond the packet */
	{RAW_FREE, 0, 8, UINT32_MAX, 0},
	{RAW_HELLO, 0, 64, 64, 0},
	{RAW_FREE, 0, 7, 7, 0},
	{RAW_RETIRE, 0, 12, 12, 0},
	{RAW_REFUSE, 0, 4, 4, 0},
	{RAW_REFUSE, 0, 8, 8, 1}, /* what was never asked */
	{RAW_ANNOUNCE, 0, 15, 15, 0},
	{RAW_ANNOUNCE, 0, 16, 16, 0}, /* without a descriptor */
	{RAW_NOTICE, 0, 4, 4, 0},
	{RAW_NOTICE, 0, 16, 16, 1},
	{RAW_NOTICE, 0, 8, 8, 0}, /* of nothing */
	{RAW_NOTICE, 0, 8, 8, 251},
	{RAW_NOTICE, 0, 8, 8, (uint64_t)1 << 32 | 1},
	{RAW_LABEL, 0, 39, 39, 0},
	{RAW_LABEL, 0, 41, 41, 0},
	{RAW_RING, 0, 8, 8, 1 << 17}, /* without a descriptor */
	{RAW_RING, 0, 7, 7, 0},
};

START_TEST(a_wrong_frame_is_refused)
{
	unsigned char *at = support_raw_frame(&raw, bad_frame[_i].type,
					      bad_frame[_i].payload);

	shmem__put16(at - 6, (uint16_t)bad_frame[_i].flags);
	shmem__put32(at - 4, bad_frame[_i].length);
	if (bad_frame[_i].payload >= 8)
		shmem__put64(at, bad_frame[_i].value);
	support_raw_send(&raw);
	expect(SHMEM_E_PROTO);
}
END_TEST

/* flags, segments, handles, body, call, bytes of the frame */
static const struct {
	uint32_t flags, segments, handles, body;
	uint64_t call;
	size_t payload;
} bad_message[] = {
	{0, 0, 0, 0, 0, 23},
	{0, 0, 0, 0, 0, 25},
	{16, 0, 0, 0, 0, 24},
	{0x80000000, 0, 0, 0, 0, 24},
	{3, 0, 0, 0, 1, 24},
	{RAW_PLAIN, 0, 0, 0, 1, 24},
	{RAW_REQUEST, 0, 0, 0, 0, 24},
	{RAW_REPLY, 0, 0, 0, 0, 24},
	{RAW_REPLY, 0, 0, 0, 1, 24}, /* to what was never asked */
	{RAW_PLAIN | RAW_BLOCKING, 0, 0, 0, 0, 24},
	{RAW_REPLY | RAW_BLOCKING, 0, 0, 0, 1, 24},
	{RAW_BODY, 0, 0, 0, 0, 24},
	{RAW_BODY, 1, 0, 8, 0, 24 + 16 + 8},
	{0, 1, 0, 0, 0, 24},
	{0, 0, 1, 0, 0, 24},
	{0, 0, 0, 1, 0, 24},
	{0, 1001, 0, 0, 0, 24 + 1001 * 16},
	{RAW_BODY, 1002, 0, 0, 0, 24 + 1002 * 16},
	{0, 0, 201, 0, 0, 24 + 201 * 64},
	{0, 0, 0, 32769, 0, 24 + 32769},
	{0, UINT32_MAX, 0, 0, 0, 24},
	{0, 0, UINT32_MAX, 0, 0, 24},
	{0, 0, 0, UINT32_MAX, 0, 24},
	{0, 0x10000000, 0, 0, 0, 24}, /* times 16 is 2^32 */
	{0, 0, 0x4000000, 0, 0, 24},  /* times 64 */
};

START_TEST(a_wrong_message_is_refused)
{
	message(bad_message[_i].flags, bad_message[_i].segments,
		bad_message[_i].handles, bad_message[_i].body,
		bad_message[_i].call, bad_message[_i].payload);
	support_raw_send(&raw);
	expect(SHMEM_E_PROTO);
}
END_TEST

START_TEST(a_request_that_is_open_is_not_made_again)
{
	support_raw_message(&raw, RAW_REQUEST, 5, 0);
	support_raw_message(&raw, RAW_REQUEST, 6, 0);
	support_raw_message(&raw, RAW_REQUEST, 5, 0);
	support_raw_send(&raw);
	for (int i = 0; i < 2; i++) {
		shmem_message *m = support_recv(c);

		shmem_message_free(&m);
	}
	expect(SHMEM_E_PROTO);
}
END_TEST

START_TEST(a_reply_comes_once)
{
	shmem_message *m = support_text("?");
	uint64_t id = 0;

	support_ok(shmem_channel_request(c, &m, &id));
	support_raw_message(&raw, RAW_REPLY, id, 0);
	if (_i == 0)
		support_raw_message(&raw, RAW_REPLY, id, 0);
	else
		support_raw_ids(&raw, RAW_REFUSE, id);
	support_raw_send(&raw);
	m = support_recv(c);
	ck_assert_uint_eq(shmem_message_reply_to(m), id);
	shmem_message_free(&m);
	expect(SHMEM_E_PROTO);
}
END_TEST

START_TEST(at_most_4096_requests_are_open)
{
	for (uint64_t i = 1; i <= 4096; i++) {
		support_raw_message(&raw, RAW_REQUEST, i, 0);
		support_raw_send(&raw);
		if (i % 64 == 0)
			support_settle(c);
	}
	support_settle(c);
	support_raw_message(&raw, RAW_REQUEST, 5000, 0);
	support_raw_send(&raw);
	for (uint64_t i = 1; i <= 4096; i++) {
		shmem_message *m = support_recv(c);

		ck_assert(shmem_message_is_request(m));
		if (i == 1) {
			support_is(shmem_channel_dispatch(c), 0);
			ck_assert_uint_eq(support_stats(c).violations, 1);
		}
		shmem_message_free(&m);
	}
	expect(SHMEM_E_PROTO);
}
END_TEST

/* The application frees them all, but the peer never reads that. */
START_TEST(refusals_that_nobody_reads_do_not_pile_up)
{
	shmem_message *m = NULL;
	int err = 0;
	uint64_t i;

	for (i = 1; i < 40000 && err == 0; i++) {
		support_raw_message(&raw, RAW_REQUEST, i, 0);
		support_raw_send(&raw);
		err = shmem_channel_recv(c, SUPPORT_WAIT, &m);
		shmem_message_free(&m);
	}
	support_is(err, SHMEM_E_PROTO);
	ck_assert_uint_gt(i, 4096);
}
END_TEST

START_TEST(a_body_may_be_as_long_as_was_said)
{
	shmem_channel_opts opts = SHMEM_CHANNEL_OPTS_INIT;
	shmem_message *m = NULL;
	uint64_t size = 40000 + (uint64_t)_i;

	teardown();
	opts.max_message = 40000;
	support_raw_open(&raw, &opts, &c);
	support_raw_greet(&raw, c, 0);
	support_raw_announce(&raw, 0, 2 << 20, support_object(2 << 20));
	support_raw_segment(&raw, (uint64_t)1 << 32, size);
	support_raw_message(&raw, RAW_BODY, 0, 0);
	support_raw_send(&raw);
	if (_i == 1) {
		expect(SHMEM_E_PROTO);
		return;
	}
	support_ok(shmem_channel_recv(c, SUPPORT_WAIT, &m));
	ck_assert_uint_eq(shmem_message_size(m), size);
	ck_assert_uint_eq(shmem_message_segments(m), 0);
	shmem_message_free(&m);
}
END_TEST

static Suite *suite(void)
{
	Suite *s = suite_create("arrive packets");
	TCase *t = support_case(s, "packets");

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_loop_test(t, a_wrong_header_is_refused, 0,
			    sizeof(bad_header) / sizeof(bad_header[0]));
	tcase_add_loop_test(t, a_packet_that_is_too_short_is_refused, 0, 8);
	tcase_add_loop_test(t, a_packet_that_is_too_long_is_refused, 0, 3);
	tcase_add_test(t, an_empty_packet_is_the_end);
	tcase_add_loop_test(t, a_wrong_frame_is_refused, 0,
			    sizeof(bad_frame) / sizeof(bad_frame[0]));
	tcase_add_loop_test(t, a_wrong_message_is_refused, 0,
			    sizeof(bad_message) / sizeof(bad_message[0]));
	tcase_add_test(t, a_request_that_is_open_is_not_made_again);
	tcase_add_loop_test(t, a_reply_comes_once, 0, 2);
	tcase_add_test(t, at_most_4096_requests_are_open);
	tcase_add_test(t, refusals_that_nobody_reads_do_not_pile_up);
	tcase_add_loop_test(t, a_body_may_be_as_long_as_was_said, 0, 2);
	return s;
}
SUPPORT_MAIN(suite)
