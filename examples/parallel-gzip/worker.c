/* SPDX-License-Identifier: MIT */
/* The worker: one block after the other, from segment to segment. */
#include <stdio.h>
#include <string.h>

#include <shmem/shmem.h>

#include "job.h"
#include "sandbox.h"
#include "worker.h"

/*
 * Each block is deflated by itself and ends on a byte border without ending
 * the stream, so that blocks can simply be strung together.
 */
static int deflate_block(z_stream *z, shmem_segment *text, uint32_t text_bytes,
			 shmem_segment *room, struct result *result)
{
	if (text_bytes > shmem_segment_size(text) ||
	    shmem_segment_size(room) > UINT32_MAX)
		return -1;
	z->next_in = shmem_segment_data(text);
	z->avail_in = text_bytes;
	z->next_out = shmem_segment_data(room);
	z->avail_out = (uInt)shmem_segment_size(room);
	result->crc = (uint32_t)crc32_z(0, z->next_in, text_bytes);
	if (deflateReset(z) != Z_OK || deflate(z, Z_SYNC_FLUSH) != Z_OK ||
	    z->avail_in != 0 || z->avail_out == 0)
		return -1;
	result->bytes = (uint32_t)(shmem_segment_size(room) - z->avail_out);
	return 0;
}

static int send_waiting(shmem_channel *parent, shmem_message **take)
{
	int err = shmem_channel_send(parent, take);

	while (err == SHMEM_E_AGAIN) {
		err = shmem_channel_wait(parent, SHMEM_POLL_WRITE, -1);
		if (err == 0)
			err = shmem_channel_send(parent, take);
	}
	return err;
}

/* Sends both segments back: the text too, for its memory is the parent's. */
static int send_result(shmem_channel *parent, const struct result *result,
		       shmem_segment **text, shmem_segment **room)
{
	SHMEM_AUTO(shmem_message_free) shmem_message *message = NULL;
	int err = shmem_message_new(result, sizeof(*result), &message);

	if (err == 0)
		err = shmem_message_push_segment(message, text);
	if (err == 0)
		err = shmem_message_push_segment(message, room);
	if (err == 0)
		err = send_waiting(parent, &message);
	return err;
}

static int do_job(shmem_channel *parent, z_stream *z, shmem_message *message)
{
	SHMEM_AUTO(shmem_segment_free) shmem_segment *text = NULL;
	SHMEM_AUTO(shmem_segment_free) shmem_segment *room = NULL;
	struct result result = {0};
	struct job job;

	if (shmem_message_size(message) != sizeof(job))
		return SHMEM_E_PROTO;
	memcpy(&job, shmem_message_data(message), sizeof(job));
	result.block = job.block;
	if (shmem_message_pop_segment(message, &text) != 0 ||
	    shmem_message_pop_segment(message, &room) != 0 ||
	    deflate_block(z, text, job.bytes, room, &result) != 0)
		return SHMEM_E_PROTO;
	return send_result(parent, &result, &text, &room);
}

static int serve(shmem_channel *parent, z_stream *z)
{
	SHMEM_AUTO(shmem_message_free) shmem_message *ready = NULL;
	int err = shmem_message_new(NULL, 0, &ready);

	if (err == 0)
		err = send_waiting(parent, &ready);
	while (err == 0) {
		SHMEM_AUTO(shmem_message_free) shmem_message *message = NULL;

		err = shmem_channel_recv(parent, -1, &message);
		if (err == 0)
			err = do_job(parent, z, message);
	}
	return err;
}

static int complain(const char *what, const char *why)
{
	fprintf(stderr, "parallel-gzip: worker: %s: %s\n", what, why);
	return 1;
}

int worker_main(int level)
{
	SHMEM_AUTO(shmem_channel_close) shmem_channel *parent = NULL;
	shmem_channel_opts opts = SHMEM_CHANNEL_OPTS_INIT;
	z_stream z = {0};
	int err;

	/* A ring would be memory of this side's making. */
	opts.no_ring = true;
	err = shmem_inherited_channel(&opts, &parent);
	if (err != 0)
		return complain("no channel", shmem_strerror(err));
	if (deflateInit2(&z, level, Z_DEFLATED, -MAX_WBITS, 8,
			 Z_DEFAULT_STRATEGY) != Z_OK)
		return complain("zlib", "out of memory");
	if (sandbox_enter((int)shmem_channel_pollable(parent)) != 0)
		return complain("no sandbox", "seccomp was refused");
	err = serve(parent, &z);
	deflateEnd(&z);
	if (err != SHMEM_E_CLOSED)
		return complain("lost the parent", shmem_strerror(err));
	return 0;
}
