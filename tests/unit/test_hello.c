/* SPDX-License-Identifier: MIT */
/* The greeting: what it must say, what it decides, and what may be done before
 * it has come. */
#include "raw.h"

#include "base/codec.h"
#include "base/os.h"
#include "transport/frame.h"

#include <stdlib.h>
#include <string.h>

#define PAGE 4096u

static support_raw raw;
static shmem_channel *c;

static void setup(void)
{
	support_raw_open(&raw, NULL, &c);
}

static void teardown(void)
{
	shmem_channel_close(&c);
	support_raw_close(&raw);
}

static void answer(int expected)
{
	size_t descriptors = support_raw_kept(&raw);
	shmem_message *m = NULL;

	support_is(shmem_channel_recv(c, 0, &m), expected);
	if (expected != SHMEM_E_AGAIN)
		ck_assert_uint_eq(support_descriptors(), descriptors);
	support_is(shmem_channel_recv(c, 0, &m), expected);
}

START_TEST(the_first_packet_is_the_golden_one)
{
	/* docs/wire-format.md shows these bytes. */
	static const unsigned char golden[88] = {
		88,  0,   0,    0,    0,   0,   0, 0,  0, 0, 0, 0,   0,
		0,   0,   0,    1,    0,   0,   0, 64, 0, 0, 0, 'S', 'H',
		'M', 'E', 'M',  'I',  'P', 'C', 1, 0,  1, 0, 0, 0,   0,
		0,   1,   0,    0,    0,   0,   0, 0,  0, 0, 0, 0,   0,
		0,   0,   0,    0,    0,   0,   0, 0,  0, 0, 0, 0,   0,
		0,   0,   0x40, 0,    0,   0,   0, 0,  0, 0, 0, 16,  0,
		0,   0,   0,    0x40, 0,   0,   0, 0,  0, 0,
	};

	support_raw_recv(&raw);
	ck_assert_uint_eq(raw.in_length, sizeof(golden));
	memset(raw.in + 56, 0, 8); /* the nonce is chance */
	ck_assert_uint_eq(raw.in[40], SHMEM__FEATURE_RING);
	raw.in[40] = golden[40]; /* by byte order */
	ck_assert_mem_eq(raw.in, golden, sizeof(golden));
}
END_TEST

/* One change to a greeting that is in order, and what comes of it. */
static const struct {
	size_t at;
	unsigned bytes;
	uint64_t value;
	int expected;
} change[] = {
	{0, 1, 'S', SHMEM_E_AGAIN}, /* none at all */
	{0, 1, 's', SHMEM_E_PROTO},
	{7, 1, 'D', SHMEM_E_PROTO},
	{8, 2, 0, SHMEM_E_PROTO},             /* version 0 */
	{10, 2, 2, SHMEM_E_PROTO},            /* a minimum beyond the version */
	{8, 4, 0x20002, SHMEM_E_UNSUPPORTED}, /* from 2 to 2 */
	{8, 4, 0x1ffff, SHMEM_E_AGAIN},       /* from 1 to 65535 */
	{8, 4, 0x00001, SHMEM_E_AGAIN},       /* from 0 to 1 */
	{12, 4, 2, SHMEM_E_AGAIN},
	{12, 4, 3, SHMEM_E_PROTO},          /* no such enforcement */
	{16, 8, UINT64_MAX, SHMEM_E_AGAIN}, /* can more than we */
	{24, 8, 1, SHMEM_E_UNSUPPORTED},    /* and needs it */
	{24, 8, (uint64_t)1 << 63, SHMEM_E_UNSUPPORTED},
	{40, 8, 0, SHMEM_E_AGAIN}, /* takes next to nothing */
	{48, 8, 0, SHMEM_E_AGAIN},
	{56, 4, 0, SHMEM_E_AGAIN},
	{60, 1, 1, SHMEM_E_PROTO}, /* reserved */
	{63, 1, 1, SHMEM_E_PROTO},
};

START_TEST(a_greeting_says_what_it_must)
{
	unsigned char *at = support_raw_frame(&raw, RAW_HELLO, 64);

	support_raw_hello(at, 1);
	for (unsigned i = 0; i < change[_i].bytes; i++)
		at[change[_i].at + i] =
			(unsigned char)(change[_i].value >> 8 * i);
	support_raw_send(&raw);
	answer(change[_i].expected);
}
END_TEST

START_TEST(a_greeting_of_this_version_has_its_length)
{
	static const size_t lengths[] = {0, 63, 65, 128};
	unsigned char hello[128] = {0};

	support_raw_hello(hello, 1);
	memcpy(support_raw_frame(&raw, RAW_HELLO, lengths[_i]), hello,
	       lengths[_i]);
	support_raw_send(&raw);
	answer(SHMEM_E_PROTO);
}
END_TEST

START_TEST(a_later_version_may_say_more)
{
	unsigned char *at = support_raw_frame(&raw, RAW_HELLO, 200);

	support_raw_hello(at, 1);
	shmem__put16(at + 8, 2);
	memset(at + 60, 0xff, 140);
	support_raw_send(&raw);
	answer(SHMEM_E_AGAIN);
	support_send_text(c, "hello");
}
END_TEST

START_TEST(our_own_greeting_sent_back_is_refused)
{
	const unsigned char *at;
	size_t length;

	support_raw_recv(&raw);
	ck_assert_uint_eq(support_raw_next(&raw, &at, &length), RAW_HELLO);
	memcpy(support_raw_frame(&raw, RAW_HELLO, 64), at, 64);
	support_raw_send(&raw);
	answer(SHMEM_E_PROTO);
}
END_TEST

START_TEST(nothing_comes_before_the_greeting)
{
	switch (_i) {
	case 0:
		support_raw_message(&raw, RAW_PLAIN, 0, 0);
		break;
	case 1:
		support_raw_announce(&raw, 0, PAGE, support_object(PAGE));
		break;
	default:
		support_raw_ids(&raw, RAW_FREE, 1);
	}
	support_raw_send(&raw);
	answer(SHMEM_E_PROTO);
}
END_TEST

/* Who sent a packet comes with it before the greeting, a pidfd too. */
START_TEST(an_empty_packet_leaves_no_descriptor)
{
	support_raw_put(&raw, "", 0);
	answer(RAW_NO_BYTES);
}
END_TEST

START_TEST(a_packet_that_is_none_leaves_no_descriptor)
{
	support_raw_put(&raw, "x", 1);
	answer(SHMEM_E_PROTO);
}
END_TEST

START_TEST(an_end_before_the_greeting_is_the_end)
{
	shmem_segment *s = NULL;
	bool known;

	support_raw_close(&raw);
	answer(SHMEM_E_CLOSED);
	support_is(shmem_segment_alloc(c, 1, &s), SHMEM_E_CLOSED);
	support_is(shmem_channel_reclaim(c, &s, &known), SHMEM_E_NOENT);
	ck_assert_uint_eq(support_stats(c).violations, 0);
}
END_TEST

START_TEST(small_messages_need_no_greeting)
{
	shmem_message *m = NULL;
	shmem_segment *s = NULL;
	unsigned char *bytes = calloc(1, 32769);
	const unsigned char *at;
	size_t length;

	support_ok(shmem_channel_set_nonblocking(c, true));
	support_ok(shmem_message_new(bytes, 32768, &m));
	support_ok(shmem_channel_send(c, &m));
	support_ok(shmem_message_new(bytes, 32769, &m));
	support_is(shmem_channel_send(c, &m), SHMEM_E_AGAIN);
	ck_assert_ptr_nonnull(m);
	support_is(shmem_segment_alloc(c, 1, &s), SHMEM_E_AGAIN);
	support_raw_greet(&raw, c, 0);
	support_ok(shmem_channel_send(c, &m));
	support_ok(shmem_segment_alloc(c, 1, &s));
	support_ok(shmem_segment_free(&s));
	support_raw_recv(&raw);
	ck_assert_uint_eq(support_raw_next(&raw, &at, &length), RAW_MESSAGE);
	ck_assert_uint_eq(length, 24 + 32768);
	free(bytes);
}
END_TEST

START_TEST(a_peer_that_never_greets_is_not_waited_for_for_ever)
{
	shmem_segment *s = NULL;
	uint64_t start = support_now();

	support_is(shmem_segment_alloc(c, 1, &s), SHMEM_E_TIMEDOUT);
	ck_assert_uint_ge(support_now() - start, 4900);
}
END_TEST

START_TEST(the_lower_nonce_makes_even_ids)
{
	shmem_segment *s = NULL;

	support_raw_greet(&raw, c, (unsigned)_i);
	support_ok(shmem_segment_alloc(c, 1, &s));
	ck_assert_uint_eq(shmem_segment_id(s) & 1, _i == 0);
	support_ok(shmem_segment_free(&s));
}
END_TEST

/* What the peer's greeting allows us. */
static void greet_with(uint64_t max_message, uint64_t max_bytes,
		       uint32_t max_segments)
{
	unsigned char *at = support_raw_frame(&raw, RAW_HELLO, 64);

	support_raw_hello(at, 0);
	shmem__put64(at + 40, max_message);
	shmem__put64(at + 48, max_bytes);
	shmem__put32(at + 56, max_segments);
	support_raw_send(&raw);
	support_settle(c);
}

START_TEST(the_peer_s_limits_are_kept)
{
	static const char bytes[50];
	shmem_message *m = NULL;
	shmem_segment *s[3] = {NULL, NULL, NULL};

	greet_with(49, 3 * PAGE, 2);
	support_ok(shmem_message_new(bytes, 50, &m));
	support_is(shmem_channel_send(c, &m), SHMEM_E_LIMIT);
	shmem_message_free(&m);
	support_ok(shmem_message_new(bytes, 49, &m));
	support_ok(shmem_channel_send(c, &m));
	support_is(shmem_segment_alloc(c, 4 * PAGE, &s[0]), SHMEM_E_LIMIT);
	support_ok(shmem_segment_alloc(c, 2 * PAGE, &s[0]));
	support_is(shmem_segment_alloc(c, 2 * PAGE, &s[1]), SHMEM_E_LIMIT);
	support_ok(shmem_segment_alloc(c, PAGE, &s[1]));
	support_is(shmem_segment_alloc(c, 0, &s[2]), SHMEM_E_LIMIT);
	/* Free memory of another size makes room. */
	support_ok(shmem_segment_free(&s[1]));
	support_ok(shmem_segment_free(&s[0]));
	support_ok(shmem_segment_alloc(c, PAGE + 1, &s[0]));
	support_ok(shmem_segment_alloc(c, PAGE, &s[1]));
	support_is(shmem_segment_alloc(c, 0, &s[2]), SHMEM_E_LIMIT);
	support_ok(shmem_segment_free(&s[1]));
	support_ok(shmem_segment_free(&s[0]));
}
END_TEST

/* What everybody takes before the greeting, so that nobody may say less. */
START_TEST(limits_have_floors)
{
	shmem_channel_opts opts = SHMEM_CHANNEL_OPTS_INIT;
	const unsigned char *at;
	size_t length;

	teardown();
	opts.max_message = 1;
	opts.max_bytes = 1;
	opts.max_segments = 1;
	support_raw_open(&raw, &opts, &c);
	support_raw_recv(&raw);
	ck_assert_uint_eq(support_raw_next(&raw, &at, &length), RAW_HELLO);
	ck_assert_uint_eq(shmem__get64(at + 40), 32768);
	ck_assert_uint_eq(shmem__get64(at + 48), 4 << 20);
	ck_assert_uint_eq(shmem__get32(at + 56), 16);
}
END_TEST

START_TEST(a_peer_that_takes_nothing_gets_nothing)
{
	shmem_segment *s = NULL;
	shmem_message *m = support_text("");

	greet_with(0, 0, 0);
	support_ok(shmem_channel_send(c, &m));
	support_is(shmem_segment_alloc(c, 0, &s), SHMEM_E_LIMIT);
}
END_TEST

START_TEST(the_peer_is_named_by_its_greeting)
{
	shmem_channel *a = NULL;
	shmem_channel *b = NULL;

	ck_assert_int_eq(shmem_channel_peer_pid(c), 0);
	ck_assert_int_eq(shmem_channel_peer_pollable(c),
			 SHMEM_OS_HANDLE_INVALID);
	support_adopted(NULL, &a, NULL, &b);
	support_check_peer(a, shmem__process_id());
	support_check_peer(b, shmem__process_id());
	/* Nobody needs to be told of his own death. */
	ck_assert_int_eq(shmem_channel_peer_pollable(a),
			 SHMEM_OS_HANDLE_INVALID);
	shmem_channel_close(&a);
	shmem_channel_close(&b);
}
END_TEST

static Suite *suite(void)
{
	Suite *s = suite_create("hello");
	TCase *t = support_case(s, "hello");

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_test(t, the_first_packet_is_the_golden_one);
	tcase_add_loop_test(t, a_greeting_says_what_it_must, 0,
			    sizeof(change) / sizeof(change[0]));
	tcase_add_loop_test(t, a_greeting_of_this_version_has_its_length, 0, 4);
	tcase_add_test(t, a_later_version_may_say_more);
	tcase_add_test(t, our_own_greeting_sent_back_is_refused);
	tcase_add_loop_test(t, nothing_comes_before_the_greeting, 0, 3);
	tcase_add_test(t, an_empty_packet_leaves_no_descriptor);
	tcase_add_test(t, a_packet_that_is_none_leaves_no_descriptor);
	tcase_add_test(t, an_end_before_the_greeting_is_the_end);
	tcase_add_test(t, small_messages_need_no_greeting);
	tcase_add_test(t, a_peer_that_never_greets_is_not_waited_for_for_ever);
	tcase_add_loop_test(t, the_lower_nonce_makes_even_ids, 0, 2);
	tcase_add_test(t, the_peer_s_limits_are_kept);
	tcase_add_test(t, limits_have_floors);
	tcase_add_test(t, a_peer_that_takes_nothing_gets_nothing);
	tcase_add_test(t, the_peer_is_named_by_its_greeting);
	return s;
}
SUPPORT_MAIN(suite)
