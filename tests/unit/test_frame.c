/* SPDX-License-Identifier: MIT */
/*
 * Packets to bytes and back. What a channel sends is compared byte by byte with
 * tests/golden/packets.hex: a change there is a change of the protocol.
 */
#include "raw.h"

#include "transport/frame.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- golden packets ---- */

#define GOLDEN SUPPORT_SOURCE "/tests/golden/packets.hex"

/* The next packet of the file: lines of hexadecimal bytes up to an empty line;
 * a line that begins with # is a comment, and so is what follows two spaces. */
static size_t next_golden(FILE *file, unsigned char *out)
{
	char line[256];
	size_t n = 0;

	while (fgets(line, sizeof(line), file) != NULL) {
		if (line[0] == '#')
			continue;
		if (line[0] == '\n') {
			if (n > 0)
				break;
			continue;
		}
		for (char *at = line; isxdigit((unsigned char)at[0]);) {
			out[n++] = (unsigned char)strtoul(at, &at, 16);
			if (at[0] == ' ' && at[1] != ' ')
				at++;
		}
	}
	return n;
}

static support_raw raw;
static shmem_channel *c;
static FILE *golden;

static void setup(void)
{
	shmem_channel_opts opts = SHMEM_CHANNEL_OPTS_INIT;

	opts.pool_bytes = 1; /* nothing is kept */
	support_raw_open(&raw, &opts, &c);
	golden = fopen(GOLDEN, "re");
	ck_assert_msg(golden != NULL, "%s is not there", GOLDEN);
}

static void teardown(void)
{
	fclose(golden);
	shmem_channel_close(&c);
	support_raw_close(&raw);
}

/* The next packet that came is the next golden one. */
static void golden_packet(const char *what)
{
	unsigned char bytes[4096];
	size_t n = next_golden(golden, bytes);

	support_raw_recv(&raw);
	ck_assert_msg(n == raw.in_length, "%s: %zu bytes, not %zu", what,
		      raw.in_length, n);
	for (size_t i = 0; i < n; i++)
		ck_assert_msg(raw.in[i] == bytes[i],
			      "%s: byte %zu is %02x, not %02x", what, i,
			      raw.in[i], bytes[i]);
}

static void greet(void)
{
	unsigned char first[88];
	unsigned char expected[4096];

	support_raw_recv(&raw);
	ck_assert_uint_eq(raw.in_length, sizeof(first));
	memcpy(first, raw.in, sizeof(first));
	memset(first + 56, 0, 8); /* the nonce is chance */
	ck_assert_uint_eq(next_golden(golden, expected), sizeof(first));
	/* Rings are of one byte order, and the golden ones are little-endian.
	 */
	ck_assert_uint_eq(first[40], SHMEM__FEATURE_RING);
	first[40] = SHMEM__FEATURE_RING_LITTLE;
	ck_assert_mem_eq(first, expected, sizeof(first));
	support_raw_hello(support_raw_frame(&raw, RAW_HELLO, 64), 0);
	support_raw_send(&raw);
	support_settle(c);
}

static shmem_message *asked(uint64_t call)
{
	support_raw_message(&raw, RAW_REQUEST, call, 0);
	support_raw_send(&raw);
	return support_recv(c);
}

START_TEST(every_kind_of_packet_is_as_written)
{
	shmem_handle_opts labelled = SHMEM_HANDLE_OPTS_INIT;
	shmem_segment *s;
	shmem_message *m = NULL;
	shmem_message *request;
	shmem_handle *h = NULL;
	uint64_t id = 0;

	greet();
	support_send_text(c, "hi");
	golden_packet("a message");

	s = support_segment(c, 5000, 1);
	support_ok(shmem_segment_set_label(s, "golden"));
	id = support_give(c, &s);
	golden_packet("the notice of a descriptor");
	golden_packet("memory, a segment and its label");

	m = support_text("?");
	support_ok(shmem_channel_request(c, &m, &id));
	golden_packet("a request");
	request = asked(77);
	m = support_text("!");
	support_ok(shmem_channel_reply(c, request, &m));
	golden_packet("a reply");
	shmem_message_free(&request);
	request = asked(78);
	shmem_message_free(&request);
	golden_packet("a refusal");

	support_raw_announce(&raw, 2, 4096, support_object(4096));
	support_raw_segment(&raw, (uint64_t)9 << 32 | 4, 10);
	support_raw_message(&raw, RAW_PLAIN, 0, 0);
	support_raw_send(&raw);
	s = support_get(c);
	support_ok(shmem_segment_free(&s));
	golden_packet("the freeing of a segment");

	support_raw_ids(&raw, RAW_FREE, (uint64_t)1 << 32 | 1);
	support_raw_send(&raw);
	support_settle(c);
	golden_packet("the end of memory");

	labelled.label = "block";
	support_ok(shmem_handle_create(300, &labelled, &h));
	support_ok(shmem_message_new("x", 1, &m));
	support_ok(shmem_message_push_handle(m, &h));
	h = support_handle(0);
	support_ok(shmem_message_push_handle(m, &h));
	support_ok(shmem_channel_send(c, &m));
	golden_packet("the notice of a handle");
	golden_packet("a message with two handles, one of them empty");

	{
		/* So large that its memory is the same on every system. */
		static const unsigned char zero[(2 << 20) - 1];

		support_ok(shmem_message_new(zero, sizeof(zero), &m));
		support_ok(shmem_channel_send(c, &m));
	}
	golden_packet("the notice of memory for a body");
	golden_packet("a body in a segment");
	{
		unsigned char more[4096];

		ck_assert_uint_eq(next_golden(golden, more), 0);
	}
}
END_TEST

/* ---- reading ---- */

static unsigned char bytes[SHMEM__PACKET_MAX];

START_TEST(what_was_written_is_read)
{
	shmem__packet out = {.data = bytes};
	shmem__packet_in in;
	shmem__frame_type type;
	shmem__reader payload;

	shmem__packet_begin(&out);
	memset(shmem__frame_add(&out, SHMEM__FRAME_FREE, 16), 7, 16);
	(void)shmem__frame_add(&out, SHMEM__FRAME_LABEL, 0);
	shmem__packet_end(&out, 3, 0x1122334455667788);
	support_ok(shmem__packet_parse(bytes, out.length, &in));
	ck_assert_uint_eq(in.descriptors, 3);
	ck_assert_uint_eq(in.sequence, 0x1122334455667788);
	ck_assert_int_eq(shmem__packet_next(&in, &type, &payload), 1);
	ck_assert_int_eq(type, SHMEM__FRAME_FREE);
	ck_assert_uint_eq(payload.left, 16);
	ck_assert_int_eq(payload.at[15], 7);
	ck_assert_int_eq(shmem__packet_next(&in, &type, &payload), 1);
	ck_assert_int_eq(type, SHMEM__FRAME_LABEL);
	ck_assert_uint_eq(payload.left, 0);
	ck_assert_int_eq(shmem__packet_next(&in, &type, &payload), 0);
}
END_TEST

START_TEST(a_packet_has_room_for_the_largest_message)
{
	shmem__packet out = {.data = bytes};
	size_t errands = 2 * 8 + 2 * 8 * 1024 + 8;
	size_t largest =
		SHMEM__MESSAGE_HEAD +
		(size_t)SHMEM_MESSAGE_MAX_SEGMENTS * SHMEM__SEGMENT_RECORD +
		(size_t)SHMEM_MESSAGE_MAX_HANDLES * SHMEM_HANDLE_DESC_SIZE +
		SHMEM__INLINE_MAX;

	shmem__packet_begin(&out);
	out.length += errands;
	out.length +=
		8 + (size_t)SHMEM__PACKET_DESCRIPTORS * SHMEM__ANNOUNCE_RECORD;
	ck_assert(shmem__packet_fits(&out, largest));
}
END_TEST

START_TEST(what_fits_is_told_exactly)
{
	shmem__packet out = {.data = bytes};

	shmem__packet_begin(&out);
	ck_assert(shmem__packet_fits(&out, SHMEM__PACKET_MAX - 16 - 8));
	ck_assert(!shmem__packet_fits(&out, SHMEM__PACKET_MAX - 16 - 7));
	ck_assert(!shmem__packet_fits(&out, SIZE_MAX));
	(void)shmem__frame_add(&out, SHMEM__FRAME_FREE,
			       SHMEM__PACKET_MAX - 16 - 8);
	ck_assert_uint_eq(out.length, SHMEM__PACKET_MAX);
	ck_assert(!shmem__packet_fits(&out, 0));
}
END_TEST

START_TEST(a_greeting_is_read_as_it_was_written)
{
	shmem__hello hello = {
		.version = 1,
		.version_min = 1,
		.enforce = 2,
		.features = 0x0102030405060708,
		.required = 0x1112131415161718,
		.nonce = 0x2122232425262728,
		.max_message = 0x3132333435363738,
		.max_bytes = 0x4142434445464748,
		.max_segments = 0x51525354,
	};
	shmem__hello read;
	shmem__packet out = {.data = bytes};
	shmem__reader payload = {bytes + 16 + 8, 64};

	shmem__packet_begin(&out);
	shmem__hello_put(&out, &hello);
	support_ok(shmem__hello_parse(payload, &read));
	ck_assert_int_eq(read.version, 1);
	ck_assert_uint_eq(read.enforce, 2);
	ck_assert_uint_eq(read.features, hello.features);
	ck_assert_uint_eq(read.required, hello.required);
	ck_assert_uint_eq(read.nonce, hello.nonce);
	ck_assert_uint_eq(read.max_message, hello.max_message);
	ck_assert_uint_eq(read.max_bytes, hello.max_bytes);
	ck_assert_uint_eq(read.max_segments, hello.max_segments);
	for (payload.left = 0; payload.left < 64; payload.left++)
		support_is(shmem__hello_parse(payload, &read), SHMEM_E_PROTO);
}
END_TEST

START_TEST(no_prefix_of_a_packet_is_a_packet)
{
	shmem__packet out = {.data = bytes};
	shmem__packet_in in;

	shmem__packet_begin(&out);
	(void)shmem__frame_add(&out, SHMEM__FRAME_FREE, 100);
	shmem__packet_end(&out, 0, 0);
	for (size_t n = 0; n < out.length; n++)
		support_is(shmem__packet_parse(bytes, n, &in), SHMEM_E_PROTO);
	support_ok(shmem__packet_parse(bytes, out.length, &in));
}
END_TEST

/* What every byte says, whichever order the machine has for its numbers. */
START_TEST(golden_packets_are_read)
{
	static const unsigned types[] = {1, 4, 2, 3};
	unsigned char packet[4096];
	FILE *file = fopen(GOLDEN, "re");
	uint64_t number = 0;
	size_t n;

	ck_assert_ptr_nonnull(file);
	while ((n = next_golden(file, packet)) > 0) {
		shmem__packet_in in;
		shmem__frame_type type;
		shmem__reader payload;
		int more;

		support_ok(shmem__packet_parse(packet, n, &in));
		ck_assert_uint_eq(in.sequence, number);
		for (int i = 0;
		     (more = shmem__packet_next(&in, &type, &payload)) == 1;
		     i++) {
			shmem__hello hello;

			if (i == 0 && number < 4)
				ck_assert_uint_eq(type, types[number]);
			if (type != SHMEM__FRAME_HELLO)
				continue;
			support_ok(shmem__hello_parse(payload, &hello));
			ck_assert_uint_eq(hello.max_message, 1 << 30);
			ck_assert_uint_eq(hello.max_bytes, (uint64_t)64 << 30);
			ck_assert_uint_eq(hello.max_segments, 16384);
			ck_assert_uint_eq(hello.features,
					  SHMEM__FEATURE_RING_LITTLE);
		}
		ck_assert_int_eq(more, 0);
		number++;
	}
	ck_assert_uint_gt(number, 4);
	fclose(file);
}
END_TEST

static Suite *suite(void)
{
	Suite *s = suite_create("frame");
	TCase *t = support_case(s, "golden");

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_test(t, every_kind_of_packet_is_as_written);
	t = support_case(s, "frame");
	tcase_add_test(t, golden_packets_are_read);
	tcase_add_test(t, what_was_written_is_read);
	tcase_add_test(t, a_packet_has_room_for_the_largest_message);
	tcase_add_test(t, what_fits_is_told_exactly);
	tcase_add_test(t, a_greeting_is_read_as_it_was_written);
	tcase_add_test(t, no_prefix_of_a_packet_is_a_packet);
	return s;
}
SUPPORT_MAIN(suite)
