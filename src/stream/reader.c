/* SPDX-License-Identifier: MIT */
/*
 * The reading end. What the segment says of itself is read once and checked: a
 * writer that goes on writing to it against the rules changes bytes, never
 * where they are looked for.
 */
#include "base/fault.h"
#include "stream/format.h"

#include <shmem/segment.h>
#include <shmem/stream.h>
#include <string.h>

struct shmem_reader {
	shmem_channel *channel;
	shmem_segment *segment; /* being read, or NULL */
	unsigned char *data;
	uint64_t used;
	uint64_t at;
};

int shmem_reader_open(shmem_channel *channel, shmem_reader **ret)
{
	shmem_reader *reader;

	if (channel == NULL || ret == NULL)
		return SHMEM_E_INVAL;
	reader = shmem__calloc(1, sizeof(*reader));
	if (reader == NULL)
		return SHMEM_E_NOMEM;
	reader->channel = channel;
	*ret = reader;
	return 0;
}

static uint64_t load(const unsigned char *at)
{
	return *(const volatile uint64_t *)(const void *)at;
}

static int next_segment(shmem_reader *reader, int timeout)
{
	uint64_t size;
	int err;

	(void)shmem_segment_free(&reader->segment);
	reader->used = 0;
	reader->at = 0;
	err = shmem_segment_recv(reader->channel, timeout, &reader->segment);
	if (err != 0)
		return err;
	size = shmem_segment_size(reader->segment);
	reader->data = shmem_segment_data(reader->segment);
	if (size < SHMEM__STREAM_HEADER)
		return SHMEM_E_PROTO;
	reader->used = load(reader->data);
	reader->at = SHMEM__STREAM_HEADER;
	if (reader->used > size || reader->used < SHMEM__STREAM_HEADER) {
		reader->used = 0;
		reader->at = 0;
		return SHMEM_E_PROTO;
	}
	return 0;
}

int shmem_reader_next(shmem_reader *reader, int timeout, void **ret,
		      size_t *ret_len)
{
	uint64_t length;
	int err;

	if (reader == NULL || ret == NULL || ret_len == NULL)
		return SHMEM_E_INVAL;
	while (reader->at == reader->used) {
		err = next_segment(reader, timeout);
		if (err != 0)
			return err;
	}
	if (reader->used - reader->at < SHMEM__RECORD_HEADER)
		goto bad;
	length = load(reader->data + reader->at);
	if (length > reader->used - reader->at - SHMEM__RECORD_HEADER ||
	    shmem__record_span(length) > reader->used - reader->at)
		goto bad;
	*ret = reader->data + reader->at + SHMEM__RECORD_HEADER;
	*ret_len = (size_t)length;
	reader->at += shmem__record_span(length);
	return 0;

bad:
	/* What follows can't be found: this segment is over. */
	reader->at = reader->used;
	return SHMEM_E_PROTO;
}

void shmem_reader_close(shmem_reader **take)
{
	shmem_reader *reader = take != NULL ? *take : NULL;

	if (reader == NULL)
		return;
	*take = NULL;
	(void)shmem_segment_free(&reader->segment);
	shmem__free(reader);
}
