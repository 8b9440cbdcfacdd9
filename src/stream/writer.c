/* SPDX-License-Identifier: MIT */
/* The writing end: one segment that fills up, others under way. */
#include "base/fault.h"
#include "base/opts.h"
#include "base/os.h"
#include "stream/format.h"
#include "transport/channel.h"

#include <shmem/segment.h>
#include <shmem/stream.h>
#include <string.h>

#define DEFAULT_BYTES ((uint64_t)512 << 10)
#define DEFAULT_SEGMENTS 8u
#define SEGMENTS_MAX 1024u
#define BYTES_MIN 4096u

struct shmem_writer {
	shmem_channel *channel;
	uint64_t segment_bytes;
	shmem_segment *segment; /* being filled, or NULL */
	unsigned char *data;
	uint64_t used;
	uint64_t room;
	size_t reserved;
	bool open;      /* between reserve and commit */
	uint32_t limit; /* of segments under way */
	uint32_t first; /* the oldest of them */
	uint32_t away;
	uint64_t id[]; /* of those, a ring of `limit` */
};

int shmem_writer_open(shmem_channel *channel, const shmem_stream_opts *opts,
		      shmem_writer **ret)
{
	shmem_stream_opts o;
	shmem_writer *writer;

	if (channel == NULL || ret == NULL ||
	    shmem__opts_copy(&o, sizeof(o), opts) != 0 ||
	    o.segments > SEGMENTS_MAX || o.segment_bytes > SIZE_MAX / 2)
		return SHMEM_E_INVAL;
	if (o.segments == 0)
		o.segments = DEFAULT_SEGMENTS;
	if (o.segment_bytes == 0)
		o.segment_bytes = DEFAULT_BYTES;
	if (o.segment_bytes < BYTES_MIN)
		o.segment_bytes = BYTES_MIN;
	writer = shmem__calloc(1,
			       sizeof(*writer) + o.segments * sizeof(uint64_t));
	if (writer == NULL)
		return SHMEM_E_NOMEM;
	writer->channel = channel;
	writer->segment_bytes = o.segment_bytes;
	writer->limit = o.segments;
	*ret = writer;
	return 0;
}

/* Pages that a failed send could not open again are opened when they are asked
 * for. */
static int look_at_data(shmem_writer *writer)
{
	writer->data = shmem_segment_data(writer->segment);
	return writer->data != NULL ? 0 : SHMEM_E_NOMEM;
}

int shmem_writer_flush(shmem_writer *writer)
{
	uint64_t id;
	int err;

	if (writer == NULL || writer->open)
		return SHMEM_E_INVAL;
	if (writer->used <= SHMEM__STREAM_HEADER)
		return 0;
	err = look_at_data(writer);
	if (err != 0)
		return err;
	memcpy(writer->data, &writer->used, sizeof(writer->used));
	id = shmem_segment_id(writer->segment);
	err = shmem_segment_send(writer->channel, &writer->segment);
	if (err != 0)
		return err;
	writer->id[(writer->first + writer->away) % writer->limit] = id;
	writer->away++;
	writer->used = 0;
	writer->room = 0;
	return 0;
}

/* Forgets what the reader has given back: it does so in order. */
static void count_returns(shmem_writer *writer)
{
	while (writer->away > 0 &&
	       shmem_segment_state(writer->channel,
				   writer->id[writer->first]) ==
		       SHMEM_STATE_DEAD) {
		writer->first = (writer->first + 1) % writer->limit;
		writer->away--;
	}
}

/* Waits until fewer than `limit` segments are under way; takes in what comes.
 */
static int wait_for_return(shmem_writer *writer, uint64_t deadline)
{
	int err;

	count_returns(writer);
	while (writer->away == writer->limit) {
		if (shmem__inbox_full(writer->channel))
			return SHMEM_E_LIMIT;
		err = shmem__pump(writer->channel, deadline);
		if (err != 0)
			return err;
		count_returns(writer);
	}
	return 0;
}

/* A queue that is full empties as the reader takes from it. */
static int flush_until(shmem_writer *writer, uint64_t deadline)
{
	int err;

	while ((err = shmem_writer_flush(writer)) == SHMEM_E_AGAIN &&
	       deadline != 0) {
		err = shmem_channel_wait(writer->channel, SHMEM_POLL_WRITE,
					 shmem__time_left(deadline));
		if (err != 0)
			return err;
	}
	return err;
}

/* A fresh segment with room for a record of so many bytes, header included. */
static int next_segment(shmem_writer *writer, uint64_t span, int timeout)
{
	uint64_t deadline = shmem__deadline(timeout);
	uint64_t bytes = SHMEM__STREAM_HEADER + span;
	int err = flush_until(writer, deadline);

	if (err == 0)
		err = wait_for_return(writer, deadline);
	if (err != 0)
		return err;
	if (bytes < writer->segment_bytes)
		bytes = writer->segment_bytes;
	(void)shmem_segment_free(&writer->segment); /* empty, but too small */
	err = shmem_segment_alloc(writer->channel, bytes, &writer->segment);
	if (err != 0) {
		writer->room = 0;
		writer->used = 0;
		return err;
	}
	writer->room = bytes;
	writer->used = SHMEM__STREAM_HEADER;
	return 0;
}

int shmem_writer_reserve(shmem_writer *writer, size_t len, int timeout,
			 void **ret)
{
	uint64_t span;
	int err;

	if (writer == NULL || ret == NULL || len > SIZE_MAX / 2)
		return SHMEM_E_INVAL;
	span = shmem__record_span(len);
	if (span > writer->room - writer->used) {
		writer->open = false;
		err = next_segment(writer, span, timeout);
		if (err != 0)
			return err;
	}
	err = look_at_data(writer);
	if (err != 0)
		return err;
	writer->open = true;
	writer->reserved = len;
	*ret = writer->data + writer->used + SHMEM__RECORD_HEADER;
	return 0;
}

int shmem_writer_commit(shmem_writer *writer, size_t len)
{
	uint64_t length = len;

	if (writer == NULL || !writer->open || len > writer->reserved)
		return SHMEM_E_INVAL;
	memcpy(writer->data + writer->used, &length, sizeof(length));
	writer->used += shmem__record_span(len);
	writer->open = false;
	return 0;
}

int shmem_writer_write(shmem_writer *writer, const void *bytes, size_t len,
		       int timeout)
{
	void *at;
	int err;

	if (bytes == NULL && len != 0)
		return SHMEM_E_INVAL;
	err = shmem_writer_reserve(writer, len, timeout, &at);
	if (err != 0)
		return err;
	if (len != 0)
		memcpy(at, bytes, len);
	return shmem_writer_commit(writer, len);
}

void shmem_writer_close(shmem_writer **take)
{
	shmem_writer *writer = take != NULL ? *take : NULL;

	if (writer == NULL)
		return;
	*take = NULL;
	writer->open = false;
	(void)shmem_writer_flush(writer);
	(void)shmem_segment_free(&writer->segment);
	shmem__free(writer);
}
