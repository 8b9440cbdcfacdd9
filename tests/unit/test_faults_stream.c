/* SPDX-License-Identifier: MIT */
/* Streams when the system refuses this or that: no record is lost or comes
 * twice. */
#include "channels.h"
#include "faults.h"

#include <shmem/shmem.h>
#include <string.h>

#define RECORD 3000u /* one of them to a segment */

static shmem_channel *a;
static shmem_channel *b;
static shmem_writer *writer;
static shmem_reader *reader;
static unsigned char record[RECORD];
static void *at;
static size_t length;
static void *room;

static void with_pair(void)
{
	support_ok(shmem_channel_pair(NULL, &a, &b));
	memset(record, 7, sizeof(record));
}

static void with_stream(void)
{
	shmem_stream_opts opts = SHMEM_STREAM_OPTS_INIT;

	opts.segment_bytes = 4096;
	with_pair();
	support_ok(shmem_writer_open(a, &opts, &writer));
	support_ok(shmem_reader_open(b, &reader));
}

static void write_one(void)
{
	support_ok(shmem_writer_write(writer, record, RECORD, SUPPORT_WAIT));
}

/* One record is there and not handed over: the next one finds no room. */
static void with_record(void)
{
	with_stream();
	write_one();
}

static void with_record_sent(void)
{
	with_record();
	support_ok(shmem_writer_flush(writer));
}

static void with_reserved(void)
{
	with_stream();
	support_ok(shmem_writer_reserve(writer, RECORD, 0, &room));
	memcpy(room, record, RECORD);
}

static void clear(void)
{
	shmem_writer_close(&writer);
	shmem_reader_close(&reader);
	shmem_channel_close(&a);
	shmem_channel_close(&b);
	at = NULL;
	room = NULL;
}

/* What a channel did not live through, a stream on it does not. */
static bool can_go_on(int err)
{
	return err != SHMEM_E_CLOSED && err != SHMEM_E_UNTRUSTED &&
	       err != SHMEM_E_PROTO;
}

static void reads(unsigned records)
{
	for (unsigned i = 0; i < records; i++) {
		support_ok(
			shmem_reader_next(reader, SUPPORT_WAIT, &at, &length));
		ck_assert_uint_eq(length, RECORD);
		ck_assert_mem_eq(at, record, RECORD);
	}
	support_is(shmem_reader_next(reader, 0, &at, &length), SHMEM_E_AGAIN);
}

static int open_writer(void)
{
	return shmem_writer_open(a, NULL, &writer);
}

static bool no_writer(int err)
{
	(void)err;
	ck_assert_ptr_null(writer);
	return true;
}

static void can_write(void)
{
	support_ok(shmem_reader_open(b, &reader));
	write_one();
	support_ok(shmem_writer_flush(writer));
	reads(1);
}

static int open_reader(void)
{
	return shmem_reader_open(b, &reader);
}

static bool no_reader(int err)
{
	(void)err;
	ck_assert_ptr_null(reader);
	return true;
}

static void can_read(void)
{
	support_ok(shmem_writer_open(a, NULL, &writer));
	write_one();
	support_ok(shmem_writer_flush(writer));
	reads(1);
}

static int reserve(void)
{
	return shmem_writer_reserve(writer, RECORD, 0, &room);
}

static void has_room(void)
{
	memcpy(room, record, RECORD);
	support_ok(shmem_writer_commit(writer, RECORD));
	support_ok(shmem_writer_flush(writer));
	reads(2);
}

static int write_another(void)
{
	return shmem_writer_write(writer, record, RECORD, 0);
}

static void both_arrive(void)
{
	support_ok(shmem_writer_flush(writer));
	reads(2);
}

static int commit(void)
{
	return shmem_writer_commit(writer, RECORD);
}

static int flush(void)
{
	return shmem_writer_flush(writer);
}

static void one_arrives(void)
{
	support_ok(shmem_writer_flush(writer));
	reads(1);
}

static int next(void)
{
	return shmem_reader_next(reader, 0, &at, &length);
}

static void has_come(void)
{
	ck_assert_uint_eq(length, RECORD);
	ck_assert_mem_eq(at, record, RECORD);
	reads(0);
}

/* What was not handed over yet is, if that is possible. */
static int close_writer(void)
{
	shmem_writer_close(&writer);
	return 0;
}

static void is_closed(void)
{
	int err = shmem_reader_next(reader, 0, &at, &length);

	if (err == 0)
		ck_assert_mem_eq(at, record, RECORD);
}

static int close_reader(void)
{
	shmem_reader_close(&reader);
	return 0;
}

static void nothing(void)
{
}

static const faults_op ops[] = {
	{"open a writer", with_pair, open_writer, no_writer, can_write, clear},
	{"open a reader", with_pair, open_reader, no_reader, can_read, clear},
	{"reserve", with_record, reserve, can_go_on, has_room, clear},
	{"commit", with_reserved, commit, can_go_on, one_arrives, clear},
	{"write", with_record, write_another, can_go_on, both_arrive, clear},
	{"flush", with_record, flush, can_go_on, one_arrives, clear},
	{"next", with_record_sent, next, can_go_on, has_come, clear},
	{"close a writer", with_record, close_writer, can_go_on, is_closed,
	 clear},
	{"close a reader", with_record_sent, close_reader, can_go_on, nothing,
	 clear},
};
#define OPS (int)(sizeof(ops) / sizeof(ops[0]))

START_TEST(any_call_may_fail)
{
	faults_run(&ops[_i]);
}
END_TEST

static Suite *suite(void)
{
	Suite *s = suite_create("faults_stream");
	TCase *t = support_case(s, "faults");

	tcase_add_loop_test(t, any_call_may_fail, 0, OPS);
	return s;
}
SUPPORT_MAIN(suite)
