/* SPDX-License-Identifier: MIT */
/* Streams: records of all sizes, back pressure, bad bytes. */
#include "support.h"

#include <shmem/shmem.h>
#include <stdlib.h>
#include <string.h>

static shmem_channel *a;
static shmem_channel *b;
static shmem_writer *w;
static shmem_reader *r;

static void open_with(uint64_t bytes, uint32_t segments)
{
	shmem_stream_opts o = SHMEM_STREAM_OPTS_INIT;

	o.segment_bytes = bytes;
	o.segments = segments;
	ck_assert_int_eq(shmem_channel_pair(NULL, &a, &b), 0);
	ck_assert_int_eq(shmem_writer_open(a, &o, &w), 0);
	ck_assert_int_eq(shmem_reader_open(b, &r), 0);
}

static void close_all(void)
{
	shmem_writer_close(&w);
	shmem_reader_close(&r);
	shmem_channel_close(&a);
	shmem_channel_close(&b);
}

static void fill(unsigned char *at, size_t len, unsigned seed)
{
	for (size_t i = 0; i < len; i++)
		at[i] = (unsigned char)(seed + i * 31);
}

static void put(size_t len, unsigned seed)
{
	unsigned char *bytes = malloc(len + 1);

	fill(bytes, len, seed);
	ck_assert_int_eq(shmem_writer_write(w, bytes, len, 0), 0);
	free(bytes);
}

static void get(size_t len, unsigned seed)
{
	unsigned char *bytes = malloc(len + 1);
	void *at;
	size_t n;

	ck_assert_int_eq(shmem_reader_next(r, 1000, &at, &n), 0);
	ck_assert_uint_eq(n, len);
	ck_assert_uint_eq((uintptr_t)at % 8, 0);
	fill(bytes, len, seed);
	ck_assert_int_eq(memcmp(at, bytes, len), 0);
	free(bytes);
}

START_TEST(records_of_all_sizes_arrive_whole_and_in_order)
{
	static const size_t size[] = {0,    1,    7,    8,     9,
				      4071, 4080, 4081, 10000, 200000};

	open_with(4096, 16);
	for (unsigned i = 0; i < 10; i++)
		put(size[i], i);
	ck_assert_int_eq(shmem_writer_flush(w), 0);
	for (unsigned i = 0; i < 10; i++)
		get(size[i], i);
	close_all();
}
END_TEST

START_TEST(nothing_is_seen_before_flush)
{
	void *at;
	size_t n;

	open_with(4096, 2);
	put(10, 1);
	ck_assert_int_eq(shmem_reader_next(r, 0, &at, &n), SHMEM_E_AGAIN);
	ck_assert_int_eq(shmem_writer_flush(w), 0);
	get(10, 1);
	ck_assert_int_eq(shmem_reader_next(r, 5, &at, &n), SHMEM_E_TIMEDOUT);
	close_all();
}
END_TEST

START_TEST(a_writer_waits_for_segments_to_come_back)
{
	char bytes[4000] = {0};
	unsigned n = 0;
	void *at;
	size_t len;

	open_with(4096, 3);
	while (shmem_writer_write(w, bytes, sizeof(bytes), 0) == 0)
		n++;
	ck_assert_uint_eq(n, 3);
	ck_assert_int_eq(shmem_writer_write(w, bytes, sizeof(bytes), 5),
			 SHMEM_E_TIMEDOUT);
	ck_assert_int_eq(shmem_reader_next(r, 1000, &at, &len), 0);
	ck_assert_int_eq(shmem_reader_next(r, 1000, &at, &len), 0);
	ck_assert_int_eq(shmem_writer_write(w, bytes, sizeof(bytes), 1000), 0);
	close_all();
}
END_TEST

START_TEST(records_are_written_in_place)
{
	void *at;

	open_with(4096, 2);
	ck_assert_int_eq(shmem_writer_commit(w, 1), SHMEM_E_INVAL);
	ck_assert_int_eq(shmem_writer_reserve(w, 100, 0, &at), 0);
	ck_assert_int_eq(shmem_writer_flush(w), SHMEM_E_INVAL);
	fill(at, 50, 3);
	ck_assert_int_eq(shmem_writer_commit(w, 101), SHMEM_E_INVAL);
	ck_assert_int_eq(shmem_writer_commit(w, 50), 0);
	ck_assert_int_eq(shmem_writer_flush(w), 0);
	get(50, 3);
	close_all();
}
END_TEST

START_TEST(memory_is_used_again)
{
	shmem_stats stats = SHMEM_STATS_INIT;

	open_with(4096, 4);
	for (unsigned i = 0; i < 1000; i++) {
		put(3000, i);
		ck_assert_int_eq(shmem_writer_flush(w), 0);
		get(3000, i);
	}
	shmem_channel_stats(a, &stats);
	ck_assert_uint_lt(stats.pool_misses, 8);
	close_all();
}
END_TEST

/* A segment with these 8-byte words at its front. */
static void send_words(const uint64_t *word, size_t count, uint64_t size)
{
	shmem_segment *s = NULL;

	ck_assert_int_eq(shmem_segment_alloc(a, size, &s), 0);
	if (count != 0)
		memcpy(shmem_segment_data(s), word, count * sizeof(*word));
	ck_assert_int_eq(shmem_segment_send(a, &s), 0);
}

START_TEST(bad_records_are_refused_and_the_next_segment_is_read)
{
	static const uint64_t bad[][3] = {
		{7, 0, 0},
		{257, 0, 0},
		{UINT64_MAX, 0, 0},
		{12, 0, 0},
		{24, 9, 0},
		{24, UINT64_MAX, 0},
		{24, UINT64_MAX - 7, 0},
		{32, 1u << 30, 0},
	};
	void *at;
	size_t n;

	open_with(4096, 4);
	send_words(NULL, 0, 4);
	ck_assert_int_eq(shmem_reader_next(r, 1000, &at, &n), SHMEM_E_PROTO);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		send_words(bad[i], 3, 256);
		ck_assert_int_eq(shmem_reader_next(r, 1000, &at, &n),
				 SHMEM_E_PROTO);
	}
	put(5, 5);
	ck_assert_int_eq(shmem_writer_flush(w), 0);
	get(5, 5);
	close_all();
}
END_TEST

START_TEST(other_messages_are_left_for_recv)
{
	shmem_message *m = NULL;
	void *at;
	size_t n;

	open_with(4096, 2);
	ck_assert_int_eq(shmem_message_new("x", 1, &m), 0);
	ck_assert_int_eq(shmem_channel_send(a, &m), 0);
	put(5, 5);
	ck_assert_int_eq(shmem_writer_flush(w), 0);
	ck_assert_int_eq(shmem_reader_next(r, 1000, &at, &n), SHMEM_E_STATE);
	ck_assert_int_eq(shmem_channel_recv(b, 0, &m), 0);
	shmem_message_free(&m);
	get(5, 5);
	close_all();
}
END_TEST

static Suite *suite(void)
{
	Suite *s = suite_create("stream");
	TCase *t = support_case(s, "stream");

	tcase_add_test(t, records_of_all_sizes_arrive_whole_and_in_order);
	tcase_add_test(t, nothing_is_seen_before_flush);
	tcase_add_test(t, a_writer_waits_for_segments_to_come_back);
	tcase_add_test(t, records_are_written_in_place);
	tcase_add_test(t, memory_is_used_again);
	tcase_add_test(t, bad_records_are_refused_and_the_next_segment_is_read);
	tcase_add_test(t, other_messages_are_left_for_recv);
	return s;
}
SUPPORT_MAIN(suite)
