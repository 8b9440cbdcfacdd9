/* SPDX-License-Identifier: MIT */
/*
 * A stream of records over a channel, one way: the writer appends records to
 * segments, which change hands when they are full or flushed; the reader gets
 * the records in place and gives the segments back. So many small messages cost
 * one hand-over together and move at the speed of memory, with ownership
 * enforced.
 *
 * A stream uses its channel by messages of one segment and no bytes; other
 * messages, without segments, may be sent in between, and the other way
 * anything. Reading or writing fails like the channel does (channel.h).
 *
 * Threads: as the channel's.
 */
#ifndef SHMEM_STREAM_H
#define SHMEM_STREAM_H

#include <shmem/channel.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct shmem_writer shmem_writer;
typedef struct shmem_reader shmem_reader;

typedef struct shmem_stream_opts {
	size_t size;            /* sizeof(shmem_stream_opts) */
	uint64_t segment_bytes; /* of one segment; 512 KiB */
	uint32_t segments;      /* that the reader may hold back; 8 */
} shmem_stream_opts;
#define SHMEM_STREAM_OPTS_INIT                                                 \
	{                                                                      \
		sizeof(shmem_stream_opts), 0, 0                                \
	}

/* Errors: E_INVAL, E_NOMEM. The channel is borrowed until close. */
SHMEM_API int shmem_writer_open(shmem_channel *channel,
				const shmem_stream_opts *opts,
				shmem_writer **ret);

/*
 * Room for a record of `len` bytes (0 is allowed), 8-byte aligned, to be
 * written in place; commit makes it a record of the first `len` bytes. Between
 * the two nothing else may be written. A record that is larger than a segment
 * gets one of its own. reserve waits at most `timeout` ms while the reader
 * holds back too many segments. Errors: E_TIMEDOUT (timeout 0: E_AGAIN),
 * E_LIMIT (too large for the peer, or too many messages of the peer's wait to
 * be received); commit: E_INVAL (more than reserved, or nothing is).
 */
SHMEM_API int shmem_writer_reserve(shmem_writer *writer, size_t len,
				   int timeout, void **ret);
SHMEM_API int shmem_writer_commit(shmem_writer *writer, size_t len);

/* The same, with a copy of these bytes. */
SHMEM_API int shmem_writer_write(shmem_writer *writer, const void *bytes,
				 size_t len, int timeout);

/* Hands over what has been written so far. Errors: E_AGAIN (the queue is full;
 * nothing is lost, flush again). */
SHMEM_API int shmem_writer_flush(shmem_writer *writer);

/* Flushes as far as it can without waiting, and lets go of the channel. */
SHMEM_API void shmem_writer_close(shmem_writer **take);

/* Errors: E_INVAL, E_NOMEM. The channel is borrowed until close. */
SHMEM_API int shmem_reader_open(shmem_channel *channel, shmem_reader **ret);

/*
 * The next record, in place: it may be read (and written) until the next call
 * of next or close. Errors: E_TIMEDOUT (timeout 0: E_AGAIN), E_STATE (the next
 * message is not of the stream: take it by shmem_channel_recv()), E_PROTO (no
 * records are in it).
 */
SHMEM_API int shmem_reader_next(shmem_reader *reader, int timeout, void **ret,
				size_t *ret_len);

SHMEM_API void shmem_reader_close(shmem_reader **take);

#ifdef __cplusplus
}
#endif
#endif
