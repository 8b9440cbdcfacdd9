/* SPDX-License-Identifier: MIT */
/* Descriptors that a peer sends: what they are is checked, and none is kept
 * that does not belong. */
#include "raw.h"

#include "base/codec.h"
#include "base/fault.h"
#include "mapping/os.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#define PAGE 4096u
#define FLAG_READ 1u
#define FLAG_RW 3u
#define FLAG_EMPTY 16u

static support_raw raw;
static shmem_channel *c;
static uint64_t in_front; /* bytes of memory in front of what is refused */

static void open_both(const shmem_channel_opts *opts)
{
	support_raw_open(&raw, opts, &c);
	support_raw_greet(&raw, c, 0);
}

static void setup(void)
{
	open_both(NULL);
}

static void teardown(void)
{
	shmem_channel_close(&c);
	support_raw_close(&raw);
}

static void refused(int expected)
{
	size_t descriptors = support_raw_kept(&raw);
	uint64_t mapped = support_stats(c).mapped_bytes;
	shmem_message *m = NULL;

	support_raw_send(&raw);
	support_is(shmem_channel_recv(c, SUPPORT_WAIT, &m), expected);
	support_is(shmem_channel_recv(c, 0, &m), expected);
	ck_assert_uint_eq(support_descriptors(), descriptors);
	/* What was in order, in front, stays until the channel is closed. */
	ck_assert_uint_eq(support_stats(c).mapped_bytes, mapped + in_front);
	ck_assert_uint_eq(support_stats(c).violations, 1);
}

/* ---- memory for segments ---- */

/* Of another size than it claims; what is no memory at all is in the corpus of
 * bad input. */
static const uint64_t bad_size[] = {PAGE + 1, 2 * (uint64_t)PAGE, PAGE - 1, 0};

static bool can_be(uint64_t bytes)
{
	return bytes > PAGE || support_lacks(SUPPORT_SIZES) == NULL;
}

START_TEST(memory_is_what_it_claims_to_be)
{
	if (!can_be(bad_size[_i]))
		support_needs(SUPPORT_SIZES);
	support_raw_announce(&raw, 0, PAGE, support_object(bad_size[_i]));
	refused(SHMEM_E_UNTRUSTED);
}
END_TEST

/* Sizes that no memory of this version has. */
static const uint64_t bad_capacity[] = {
	0,
	1,
	PAGE - 1,
	PAGE + 1,
	3 * PAGE,
	5 * PAGE,
	65536 + PAGE,
	((uint64_t)3 << 20) + PAGE,
	UINT64_MAX,
	(uint64_t)1 << 47,
	(uint64_t)1 << 63,
};

START_TEST(memory_has_one_of_a_few_sizes)
{
	support_raw_announce(&raw, 0, bad_capacity[_i], support_object(PAGE));
	refused(SHMEM_E_PROTO);
}
END_TEST

START_TEST(a_slot_is_used_once)
{
	support_raw_announce(&raw, 3, PAGE, support_object(PAGE));
	support_raw_send(&raw);
	support_settle(c);
	support_raw_announce(&raw, 3, PAGE, support_object(PAGE));
	refused(SHMEM_E_PROTO);
}
END_TEST

START_TEST(there_are_as_many_slots_as_were_allowed)
{
	static const uint32_t slots[] = {16384, 0x3fffffff, 0x7fffffff,
					 UINT32_MAX};

	support_raw_announce(&raw, 16383, PAGE, support_object(PAGE));
	support_raw_send(&raw);
	support_settle(c);
	support_raw_announce(&raw, slots[_i], PAGE, support_object(PAGE));
	refused(SHMEM_E_PROTO);
}
END_TEST

/* ---- several in one memory object ---- */

/* Parts are as large as the steps at which views begin: in these tables that is
 * a page, or two are two. */
static uint64_t of_parts(uint64_t n)
{
	return n * shmem__view_step();
}

typedef struct record {
	uint32_t slot;
	uint32_t part;
	uint64_t capacity;
} record;

static void announce(const record *records, size_t count, int fd)
{
	unsigned char *at = support_raw_frame(&raw, RAW_ANNOUNCE, count * 16);

	for (size_t i = 0; i < count; i++, at += 16) {
		shmem__put32(at, records[i].slot);
		shmem__put32(at + 4, records[i].part);
		shmem__put64(at + 8,
			     records[i].capacity <= 2 * PAGE
				     ? of_parts(records[i].capacity / PAGE)
				     : records[i].capacity);
	}
	raw.fd[raw.fds++] = fd;
}

START_TEST(a_run_is_taken_in)
{
	static const record run[] = {
		{3, 0, PAGE}, {4, 1, PAGE}, {9, 2, PAGE}, {2, 0, PAGE}};

	announce(run, 4, support_object(of_parts(3)));
	raw.fd[raw.fds++] = support_object(of_parts(1));
	support_raw_send(&raw);
	support_settle(c);
	ck_assert_uint_eq(support_stats(c).mapped_bytes, of_parts(4));
	/* One of its slots is used again by itself. */
	support_raw_ids(&raw, RAW_RETIRE, (uint64_t)1 << 32 | 4 << 1);
	support_raw_announce(&raw, 4, PAGE, support_object(PAGE));
	support_raw_send(&raw);
	support_settle(c);
	ck_assert_uint_eq(support_stats(c).mapped_bytes, of_parts(3) + PAGE);
}
END_TEST

static const struct {
	record run[4];
	size_t count;
	int error;
} bad_runs[] = {
	{{{0, 1, PAGE}}, 1, SHMEM_E_PROTO},
	{{{0, 256, PAGE}}, 1, SHMEM_E_PROTO},
	{{{0, UINT32_MAX, PAGE}}, 1, SHMEM_E_PROTO},
	/* Not ascending. */
	{{{1, 0, PAGE}, {1, 1, PAGE}}, 2, SHMEM_E_PROTO},
	{{{1, 0, PAGE}, {0, 1, PAGE}}, 2, SHMEM_E_PROTO},
	/* A slot that there is not. */
	{{{1, 0, PAGE}, {16384, 1, PAGE}}, 2, SHMEM_E_PROTO},
	/* Not as large as it says, in either way. */
	{{{0, 0, PAGE}, {1, 1, PAGE}, {2, 2, PAGE}}, 3, SHMEM_E_UNTRUSTED},
	{{{0, 0, PAGE}}, 1, SHMEM_E_UNTRUSTED},
	/* Sizes that can not be, or are too much. */
	{{{0, 0, 3 * PAGE}, {1, 1, 3 * PAGE}}, 2, SHMEM_E_PROTO},
	{{{0, 0, (uint64_t)1 << 44}, {1, 1, (uint64_t)1 << 44}},
	 2,
	 SHMEM_E_PROTO},
	{{{0, 0, (uint64_t)128 << 20}, {1, 1, (uint64_t)128 << 20}},
	 2,
	 SHMEM_E_PROTO},
};

START_TEST(a_run_that_can_not_be_is_refused)
{
	/* The last is too large to lie side by side where GiB are mapped. */
	if (bad_runs[_i].run[0].capacity == (uint64_t)128 << 20)
		support_needs(SUPPORT_ADDRESSES);
	announce(bad_runs[_i].run, bad_runs[_i].count,
		 support_object(of_parts(2)));
	refused(bad_runs[_i].error);
}
END_TEST

/* What is in order, in front of it, has been taken in. */
START_TEST(a_part_that_does_not_follow_is_refused)
{
	static const record parts[][3] = {
		{{0, 0, PAGE}, {1, 1, PAGE}, {2, 1, PAGE}},
		{{0, 0, PAGE}, {1, 1, PAGE}, {2, 3, PAGE}},
		{{0, 0, PAGE}, {1, 1, PAGE}, {2, 2, 2 * PAGE}},
	};

	announce(parts[_i], 3, support_object(of_parts(2)));
	raw.fd[raw.fds++] = support_object(PAGE);
	in_front = of_parts(2);
	refused(SHMEM_E_PROTO);
}
END_TEST

START_TEST(a_run_has_256_parts_at_most)
{
	record run[257];

	for (uint32_t i = 0; i < 257; i++)
		run[i] = (record){i, i, PAGE};
	announce(run, 256, support_object(of_parts(256)));
	support_raw_send(&raw);
	support_settle(c);
	ck_assert_uint_eq(support_stats(c).mapped_bytes, of_parts(256));
	for (uint32_t i = 0; i < 257; i++)
		run[i].slot += 1000;
	announce(run, 257, support_object(of_parts(256)));
	raw.fd[raw.fds++] = support_object(PAGE);
	in_front = of_parts(256);
	refused(SHMEM_E_PROTO);
}
END_TEST

START_TEST(a_run_counts_as_many_as_it_has_parts)
{
	static const record run[] = {
		{0, 0, PAGE}, {1, 1, PAGE}, {2, 2, PAGE}, {3, 3, PAGE}};
	shmem_channel_opts opts = SHMEM_CHANNEL_OPTS_INIT;

	teardown();
	opts.max_segments = 19;
	open_both(&opts);
	for (uint32_t i = 4; i < 19; i++) {
		support_raw_announce(&raw, i, PAGE, support_object(PAGE));
		support_raw_send(&raw);
		support_settle(c);
	}
	announce(run, 4, support_object(of_parts(4)));
	if (_i == 0) {
		support_raw_send(&raw);
		support_settle(c);
		return;
	}
	raw.out[raw.length - 16] = 18; /* one that is there already */
	refused(SHMEM_E_PROTO);
}
END_TEST

START_TEST(where_views_are_replaced_there_is_no_run)
{
	static const record run[] = {{0, 0, PAGE}, {1, 1, PAGE}};
	shmem_channel_opts opts = SHMEM_CHANNEL_OPTS_INIT;

	teardown();
	opts.enforce = SHMEM_ENFORCE_UNMAP;
	open_both(&opts);
	announce(run, 2, support_object(of_parts(2)));
	refused(SHMEM_E_PROTO);
}
END_TEST

START_TEST(the_peer_can_not_have_more_segments_than_it_may)
{
	shmem_channel_opts opts = SHMEM_CHANNEL_OPTS_INIT;

	teardown();
	opts.max_segments = 20;
	open_both(&opts);
	for (uint32_t i = 0; i < 20; i++) {
		support_raw_announce(&raw, i, PAGE, support_object(PAGE));
		support_raw_send(&raw);
		support_settle(c);
	}
	support_raw_ids(&raw, RAW_RETIRE, (uint64_t)1 << 32);
	support_raw_announce(&raw, 0, PAGE,
			     support_object(PAGE)); /* another one */
	support_raw_send(&raw);
	support_settle(c);
	support_raw_announce(&raw, 19, PAGE, support_object(PAGE));
	refused(SHMEM_E_PROTO);
}
END_TEST

START_TEST(the_peer_can_not_have_more_bytes_than_it_may)
{
	shmem_channel_opts opts = SHMEM_CHANNEL_OPTS_INIT;
	uint64_t mib = 1 << 20;

	teardown();
	opts.max_bytes = 6 * mib;
	open_both(&opts);
	support_raw_announce(&raw, 0, 4 * mib, support_object(4 * mib));
	support_raw_announce(&raw, 1, 2 * mib, support_object(2 * mib));
	support_raw_send(&raw);
	support_settle(c);
	ck_assert_uint_eq(support_stats(c).mapped_bytes, 6 * mib);
	support_raw_announce(&raw, 2, PAGE, support_object(PAGE));
	refused(SHMEM_E_PROTO);
}
END_TEST

/* ---- how many ---- */

START_TEST(descriptors_that_belong_to_nothing_are_refused)
{
	support_raw_announce(&raw, 0, PAGE, support_object(PAGE));
	raw.fd[raw.fds++] = support_object(PAGE);
	raw.fd[raw.fds++] = support_object(PAGE);
	in_front = PAGE;
	refused(SHMEM_E_PROTO);
}
END_TEST

START_TEST(descriptors_that_are_missing_are_refused)
{
	support_raw_announce(&raw, 0, PAGE, support_object(PAGE));
	support_raw_announce(&raw, 1, PAGE, -1);
	in_front = PAGE;
	refused(SHMEM_E_PROTO);
}
END_TEST

START_TEST(descriptors_come_as_announced)
{
	static const unsigned told[] = {0, 1, 3};
	shmem_message *m = NULL;
	size_t descriptors = support_raw_kept(&raw);

	if (told[_i] != 0) {
		shmem__put32(support_raw_frame(&raw, RAW_NOTICE, 8), told[_i]);
		support_raw_send(&raw);
	}
	support_raw_announce(&raw, 0, PAGE, support_object(PAGE));
	support_raw_announce(&raw, 1, PAGE, support_object(PAGE));
	support_raw_post(&raw, (uint32_t)raw.length, 2, 0, raw.sequence);
	support_is(shmem_channel_recv(c, SUPPORT_WAIT, &m), SHMEM_E_PROTO);
	ck_assert_uint_eq(support_descriptors(), descriptors);
}
END_TEST

START_TEST(more_descriptors_than_a_packet_may_have_are_refused)
{
	shmem_message *m = NULL;
	size_t descriptors = support_raw_kept(&raw);

	shmem__put32(support_raw_frame(&raw, RAW_NOTICE, 8), 250);
	support_raw_send(&raw);
	for (uint32_t i = 0; i < 253; i++)
		support_raw_announce(&raw, i, PAGE, support_object(PAGE));
	support_raw_post(&raw, (uint32_t)raw.length, 253, 0, raw.sequence);
	support_is(shmem_channel_recv(c, SUPPORT_WAIT, &m), SHMEM_E_PROTO);
	ck_assert_uint_eq(support_descriptors(), descriptors);
}
END_TEST

/* A notice of something that then does not come is no reason to keep room. */
START_TEST(a_notice_is_of_the_next_packet_only)
{
	unsigned long before;
	shmem_message *m;

	support_needs(SUPPORT_FEW);
	shmem__put32(support_raw_frame(&raw, RAW_NOTICE, 8), 5);
	support_raw_send(&raw);
	support_raw_message(&raw, RAW_PLAIN, 0, 0);
	support_raw_send(&raw);
	support_raw_message(&raw, RAW_PLAIN, 0, 0);
	support_raw_send(&raw);
	m = support_recv(c);
	shmem_message_free(&m);
	before = support_limit_descriptors(3); /* not one is free now */
	m = support_recv(c);
	shmem_message_free(&m);
	(void)support_limit_descriptors(before);
}
END_TEST

/* ---- handles ---- */

START_TEST(a_handle_is_what_it_claims_to_be)
{
	if (!can_be(bad_size[_i]))
		support_needs(SUPPORT_SIZES);
	support_raw_handle(&raw, PAGE, FLAG_RW, support_object(bad_size[_i]));
	support_raw_message(&raw, RAW_PLAIN, 0, 0);
	refused(SHMEM_E_UNTRUSTED);
}
END_TEST

/* By somebody else who has it: no fault of the peer's. */
START_TEST(a_handle_that_was_frozen_on_its_way_is_taken)
{
	shmem_handle *h = NULL;
	shmem_message *m;

	support_needs(SUPPORT_SEALS);
	support_raw_handle(&raw, PAGE, FLAG_RW, support_frozen_object(PAGE));
	support_raw_message(&raw, RAW_PLAIN, 0, 0);
	support_raw_send(&raw);
	m = support_recv(c);
	support_ok(shmem_message_pop_handle(m, &h));
	ck_assert(shmem_handle_is_frozen(h));
	ck_assert_int_eq(shmem_handle_access(h), SHMEM_READ);
	shmem_handle_close(&h);
	shmem_message_free(&m);
}
END_TEST

START_TEST(memory_for_segments_is_not_frozen)
{
	support_needs(SUPPORT_SEALS);
	support_raw_announce(&raw, 0, PAGE, support_frozen_object(PAGE));
	refused(SHMEM_E_UNTRUSTED);
}
END_TEST

START_TEST(a_bad_handle_spoils_the_good_ones_beside_it)
{
	support_needs(SUPPORT_SEALS);
	for (int i = 0; i < 3; i++)
		support_raw_handle(&raw, PAGE, FLAG_RW, support_object(PAGE));
	support_raw_handle(&raw, PAGE, FLAG_RW, support_loose_object(PAGE));
	support_raw_handle(&raw, PAGE, FLAG_RW, support_object(PAGE));
	support_raw_message(&raw, RAW_PLAIN, 0, 0);
	refused(SHMEM_E_UNTRUSTED);
	ck_assert_uint_eq(support_stats(NULL).handles, 0);
}
END_TEST

/* Descriptions that are malformed: where, and the byte that is wrong. */
static const struct {
	size_t at;
	unsigned char byte;
} bad_desc[] = {
	{0, 'X'}, {4, 2},    {5, 1},  {6, 0},     {6, 2},  {6, 0x20},
	{7, 1},   {6, 0x13}, {6, 11}, {6, 9},     {16, 1}, {31, 1},
	{32, 1},  {33, 'x'}, {63, 1}, {32, 0x80},
};

START_TEST(a_malformed_description_is_refused)
{
	support_raw_handle(&raw, PAGE, FLAG_RW, support_object(PAGE));
	raw.handle[0][bad_desc[_i].at] = bad_desc[_i].byte;
	support_raw_message(&raw, RAW_PLAIN, 0, 0);
	refused(SHMEM_E_PROTO);
}
END_TEST

START_TEST(a_handle_of_something_has_a_descriptor)
{
	support_raw_handle(&raw, PAGE, FLAG_RW, -1);
	support_raw_message(&raw, RAW_PLAIN, 0, 0);
	refused(SHMEM_E_PROTO);
}
END_TEST

START_TEST(an_empty_handle_has_no_descriptor)
{
	shmem_message *m;
	size_t descriptors = support_raw_kept(&raw);

	support_raw_handle(&raw, 0, FLAG_READ | FLAG_EMPTY,
			   support_object(PAGE));
	support_raw_message(&raw, RAW_PLAIN, 0, 0);
	support_raw_send(&raw);
	/* The message is in order, the packet around it is not. */
	m = support_recv(c);
	shmem_message_free(&m);
	support_is(shmem_channel_recv(c, 0, &m), SHMEM_E_PROTO);
	ck_assert_uint_eq(support_descriptors(), descriptors);
}
END_TEST

/* Memory is short when the last one of several handles comes: nothing is lost,
 * not even those that had to get other numbers. */
START_TEST(handles_come_whole_after_a_shortage)
{
	shmem_message *m = NULL;
	int out;
	int err = SHMEM_E_NOMEM;

	for (unsigned i = 0; i < 3; i++)
		support_raw_handle(&raw, PAGE + i, FLAG_RW,
				   support_object(PAGE + i));
	support_raw_handle(&raw, 0, FLAG_RW | FLAG_EMPTY, -1);
	support_raw_message(&raw, RAW_PLAIN, 0, 0);
	support_raw_send(&raw);
	/* Whoever comes first gets its number, where it has one. */
	out = support_output_close();
	for (unsigned long k = 1; err == SHMEM_E_NOMEM; k++) {
		shmem__fault_arm(k, ENOMEM, "calloc");
		err = shmem_channel_recv(c, SUPPORT_WAIT, &m);
		shmem__fault_arm(0, 0, NULL);
	}
	support_output_restore(out);
	support_ok(err);
	for (unsigned i = 0; i < 4; i++) {
		shmem_handle *h = NULL;

		support_ok(shmem_message_pop_handle(m, &h));
		ck_assert_uint_eq(shmem_handle_size(h), i < 3 ? PAGE + i : 0);
		shmem_handle_close(&h);
	}
	shmem_message_free(&m);
}
END_TEST

static Suite *suite(void)
{
	Suite *s = suite_create("arrive objects");
	TCase *t = support_case(s, "objects");

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_loop_test(t, memory_is_what_it_claims_to_be, 0, 4);
	tcase_add_loop_test(t, memory_has_one_of_a_few_sizes, 0,
			    sizeof(bad_capacity) / sizeof(bad_capacity[0]));
	tcase_add_test(t, a_slot_is_used_once);
	tcase_add_loop_test(t, there_are_as_many_slots_as_were_allowed, 0, 4);
	tcase_add_test(t, a_run_is_taken_in);
	tcase_add_loop_test(t, a_run_that_can_not_be_is_refused, 0,
			    (int)(sizeof(bad_runs) / sizeof(*bad_runs)));
	tcase_add_loop_test(t, a_part_that_does_not_follow_is_refused, 0, 3);
	tcase_add_test(t, a_run_has_256_parts_at_most);
	tcase_add_loop_test(t, a_run_counts_as_many_as_it_has_parts, 0, 2);
	tcase_add_test(t, where_views_are_replaced_there_is_no_run);
	tcase_add_test(t, the_peer_can_not_have_more_segments_than_it_may);
	tcase_add_test(t, the_peer_can_not_have_more_bytes_than_it_may);
	tcase_add_test(t, descriptors_that_belong_to_nothing_are_refused);
	tcase_add_test(t, descriptors_that_are_missing_are_refused);
	tcase_add_loop_test(t, descriptors_come_as_announced, 0, 3);
	tcase_add_test(t, more_descriptors_than_a_packet_may_have_are_refused);
	tcase_add_test(t, a_notice_is_of_the_next_packet_only);
	tcase_add_loop_test(t, a_handle_is_what_it_claims_to_be, 0, 4);
	tcase_add_test(t, a_handle_that_was_frozen_on_its_way_is_taken);
	tcase_add_test(t, memory_for_segments_is_not_frozen);
	tcase_add_test(t, a_bad_handle_spoils_the_good_ones_beside_it);
	tcase_add_loop_test(t, a_malformed_description_is_refused, 0,
			    sizeof(bad_desc) / sizeof(bad_desc[0]));
	tcase_add_test(t, a_handle_of_something_has_a_descriptor);
	tcase_add_test(t, an_empty_handle_has_no_descriptor);
	tcase_add_test(t, handles_come_whole_after_a_shortage);
	return s;
}
SUPPORT_MAIN(suite)
