/* SPDX-License-Identifier: MIT */
/*
 * Records in a segment that a hostile writer has filled, and keeps on writing
 * to while it is read. Input: segments, each with its size and its bytes, and
 * what is written between two records. The channel, and the memory that comes
 * back to its pool, serve many inputs; memory is zeroed by each.
 */
#include "fuzz.h"

#include <shmem/shmem.h>
#include <shmem/stream.h>
#include <string.h>

static shmem_channel *reading;
static shmem_channel *writing;
static unsigned char *theirs; /* the writer's view, that it should not have */
static uint64_t theirs_size;

static void send_one(fuzz_input *in)
{
	unsigned how = fuzz_byte(in);
	size_t size = (size_t)fuzz_number(in, 2) % 20000;
	shmem_segment *s = NULL;
	shmem_message *m = NULL;
	const uint8_t *bytes;
	size_t n;

	if (how % 8 == 0) {
		if (shmem_message_new("x", 1, &m) == 0)
			(void)shmem_channel_send(writing, &m);
		shmem_message_free(&m);
		return;
	}
	if (shmem_segment_alloc(writing, size, &s) != 0)
		return;
	theirs = shmem_segment_data(s);
	theirs_size = size;
	memset(theirs, 0, size);
	bytes = fuzz_take(in, how, &n);
	memcpy(theirs, bytes, n < size ? n : size);
	if (how % 8 == 1 && size >= 16) { /* in order, so far */
		uint64_t used = size;
		uint64_t length = n;

		memcpy(theirs, &used, sizeof(used));
		memcpy(theirs + 8, &length, sizeof(length));
	}
	(void)shmem_segment_send(writing, &s);
	(void)shmem_segment_free(&s);
}

static void scribble(fuzz_input *in)
{
	uint64_t value = fuzz_interesting(in);
	size_t at = fuzz_byte(in) * (size_t)8;

	if (theirs != NULL && at + 8 <= theirs_size)
		memcpy(theirs + at, &value, sizeof(value));
}

static void read_all(shmem_reader *reader, fuzz_input *in)
{
	unsigned records = 0;
	size_t length;
	void *at;
	int err;

	for (;;) {
		err = shmem_reader_next(reader, 0, &at, &length);
		if (err == SHMEM_E_STATE) {
			shmem_message *m = NULL;

			FUZZ_CHECK(shmem_channel_recv(reading, 0, &m) == 0);
			shmem_message_free(&m);
			continue;
		}
		if (err != 0)
			break;
		FUZZ_CHECK(++records < 100000);
		FUZZ_CHECK((uintptr_t)at % 8 == 0);
		if (length > 0) {
			volatile unsigned char *record = at;

			record[0] = record[length - 1];
		}
		if (records % 4 == 0)
			scribble(in);
	}
	FUZZ_CHECK(err == SHMEM_E_AGAIN || err == SHMEM_E_PROTO);
}

/* Nothing that was sent is on its way any more. */
static void take_the_rest(void)
{
	shmem_segment *s = NULL;
	shmem_message *m = NULL;
	int err;

	while ((err = shmem_segment_recv(reading, 0, &s)) == 0 ||
	       err == SHMEM_E_STATE) {
		if (err != 0)
			FUZZ_CHECK(shmem_channel_recv(reading, 0, &m) == 0);
		shmem_message_free(&m);
		(void)shmem_segment_free(&s);
	}
	FUZZ_CHECK(err == SHMEM_E_AGAIN);
	FUZZ_CHECK(shmem_channel_dispatch(writing) == 0);
}

#define INPUTS_PER_SESSION 256u

static unsigned inputs;
static fuzz_holding fresh;

static void begin(void)
{
	shmem_channel_opts opts = SHMEM_CHANNEL_OPTS_INIT;

	theirs = NULL;
	if (reading != NULL)
		return;
	inputs = 0;
	fuzz_begin();
	opts.nonblocking = true;
	opts.max_segments = 64;            /* whose table is soon made */
	opts.enforce = SHMEM_ENFORCE_NONE; /* the writer has its ways */
	FUZZ_CHECK(shmem_channel_pair(&opts, &reading, &writing) == 0);
	take_the_rest(); /* of their greetings */
	fresh = fuzz_holds();
}

static void end(void)
{
	take_the_rest();
	FUZZ_CHECK(fuzz_holds_the_same(fresh));
	if (++inputs < INPUTS_PER_SESSION)
		return;
	shmem_channel_close(&reading);
	shmem_channel_close(&writing);
	fuzz_nothing_left();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	fuzz_input in = {data, size};
	shmem_reader *reader = NULL;

	begin();
	FUZZ_CHECK(shmem_reader_open(reading, &reader) == 0);
	while (in.left > 0) {
		send_one(&in);
		scribble(&in);
		read_all(reader, &in);
		(void)shmem_channel_dispatch(writing);
	}
	shmem_reader_close(&reader);
	end();
	return 0;
}
