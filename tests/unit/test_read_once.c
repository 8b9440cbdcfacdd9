/* SPDX-License-Identifier: MIT */
/*
 * What the peer can change while it is looked at is read once: checked, and
 * then used, is what was read. Each access to such memory is made to fault
 * here, and when it has been made the bytes are changed, as by a peer that is
 * always just in time.
 */
#include "channels.h"
#include "stepped.h"

#include "transport/ring.h"

#include <string.h>

#define BYTES SHMEM__RING_MIN

/* Where something is in the ring, and what it becomes. */
static const struct turn {
	size_t offset;
	uint64_t after;
} turns[] = {
	{0, 0},
	{0, UINT64_MAX & ~(uint64_t)63},
	{SHMEM__RING_HEADER, 0},
	{SHMEM__RING_HEADER, 98304},
	{SHMEM__RING_HEADER, UINT32_MAX - 1},
	{SHMEM__RING_HEADER, UINT32_MAX},
};

START_TEST(the_ring_s_words_are_read_once)
{
	const struct turn *turn = &turns[_i];
	size_t length = SHMEM__RING_HEADER + BYTES;
	shmem_handle *handle = support_handle(length);
	shmem_mapping *mapping = NULL;
	unsigned char *memory;
	unsigned char packet[200];
	unsigned char out[sizeof(packet) + 1];
	size_t come = 0;
	shmem__ring writer;
	shmem__ring reader;
	uint64_t before;
	int got;

	support_ok(shmem_mapping_open_take(&handle, SHMEM_RW, &mapping));
	memory = shmem_mapping_data(mapping);
	memset(packet, 5, sizeof(packet));
	shmem__ring_create(&writer, (void *)memory, BYTES, 0);
	shmem__ring_attach(&reader, (void *)memory, BYTES, 0);
	before = writer.at;
	support_ok(shmem__ring_put(&writer, packet, sizeof(packet)));
	shmem__ring_publish(&writer, before, 0);
	out[sizeof(packet)] = 99;
	stepped_begin(memory, length, memory + turn->offset, turn->after);
	got = shmem__ring_peek(&reader, out, sizeof(packet), &come);
	stepped_end();
	ck_assert_int_eq(got, 1);
	ck_assert_uint_eq(come, sizeof(packet));
	ck_assert_mem_eq(out, packet, sizeof(packet));
	ck_assert_uint_eq(out[sizeof(packet)], 99);
	ck_assert_uint_eq(stepped_times(0), 1);
	ck_assert_uint_eq(stepped_times(SHMEM__RING_HEADER), 1);
	shmem_mapping_close(&mapping);
}
END_TEST

/* The second record of a segment: the first one says where it is. */
START_TEST(a_record_s_length_is_read_once)
{
	static const uint64_t after[] = {0, 1, 5000, UINT64_MAX};
	shmem_channel_opts opts = SHMEM_CHANNEL_OPTS_INIT;
	shmem_stream_opts shape = SHMEM_STREAM_OPTS_INIT;
	shmem_channel *a = NULL;
	shmem_channel *b = NULL;
	shmem_writer *writer = NULL;
	shmem_reader *reader = NULL;
	unsigned char *view;
	size_t length;
	void *at;
	int err;

	opts.enforce = SHMEM_ENFORCE_NONE;
	shape.segment_bytes = 4096;
	support_ok(shmem_channel_pair(&opts, &a, &b));
	support_ok(shmem_writer_open(a, &shape, &writer));
	support_ok(shmem_reader_open(b, &reader));
	for (int i = 0; i < 2; i++)
		support_ok(shmem_writer_write(writer, "sixteen bytes it", 16,
					      SUPPORT_WAIT));
	support_ok(shmem_writer_flush(writer));
	support_ok(shmem_reader_next(reader, SUPPORT_WAIT, &at, &length));
	view = (unsigned char *)((uintptr_t)at & ~(uintptr_t)4095);
	stepped_begin(view, 4096, (unsigned char *)at + 16, after[_i]);
	err = shmem_reader_next(reader, 0, &at, &length);
	stepped_end();
	support_ok(err);
	ck_assert_uint_eq(length, 16);
	ck_assert_mem_eq(at, "sixteen bytes it", 16);
	ck_assert_uint_eq(
		stepped_times((size_t)((unsigned char *)at - view - 8)), 1);
	shmem_writer_close(&writer);
	shmem_reader_close(&reader);
	shmem_channel_close(&a);
	shmem_channel_close(&b);
}
END_TEST

static Suite *suite(void)
{
	Suite *s = suite_create("read_once");
	TCase *t = support_case(s, "read_once");

	if (stepped_works()) {
		tcase_add_loop_test(t, the_ring_s_words_are_read_once, 0,
				    sizeof(turns) / sizeof(turns[0]));
		tcase_add_loop_test(t, a_record_s_length_is_read_once, 0, 4);
	}
	return s;
}
SUPPORT_MAIN(suite)
