/* SPDX-License-Identifier: MIT */
/* This library's stream: records gathered into segments, read in place. */
#include <shmem/stream.h>

#include "ours.h"

struct state {
	struct ours ours;
	shmem_writer *writer;
	shmem_reader *reader;
};

static const char *prepare(struct bench_cell *cell)
{
	static struct state state;

	return ours_prepare(cell, &state.ours);
}

static void open_side(struct bench_cell *cell, enum bench_side side)
{
	struct state *state = cell->state;
	shmem_channel_opts opts = SHMEM_CHANNEL_OPTS_INIT;

	ours_adopt(cell, side, &opts);
	if (side == BENCH_SENDER)
		ours_check(cell, "writer_open",
			   shmem_writer_open(state->ours.channel, NULL,
					     &state->writer));
	else
		ours_check(
			cell, "reader_open",
			shmem_reader_open(state->ours.channel, &state->reader));
}

static void close_side(struct bench_cell *cell, enum bench_side side)
{
	struct state *state = cell->state;

	(void)side;
	shmem_writer_close(&state->writer);
	shmem_reader_close(&state->reader);
	shmem_channel_close(&state->ours.channel);
}

static void *acquire(struct bench_cell *cell)
{
	struct state *state = cell->state;
	void *room = NULL;

	ours_check(cell, "reserve",
		   shmem_writer_reserve(state->writer, cell->bytes, -1, &room));
	return room;
}

static void send_message(struct bench_cell *cell, void *buffer)
{
	struct state *state = cell->state;

	(void)buffer;
	ours_check(cell, "commit",
		   shmem_writer_commit(state->writer, cell->bytes));
}

static void await(struct bench_cell *cell)
{
	struct state *state = cell->state;
	shmem_message *answer = NULL;
	int err;

	while ((err = shmem_writer_flush(state->writer)) == SHMEM_E_AGAIN)
		shmem_channel_wait(state->ours.channel, SHMEM_POLL_WRITE, -1);
	ours_check(cell, "flush", err);
	ours_recv(cell, &answer);
	shmem_message_free(&answer);
}

static const void *receive(struct bench_cell *cell)
{
	struct state *state = cell->state;
	void *record = NULL;
	size_t len = 0;

	ours_check(cell, "next",
		   shmem_reader_next(state->reader, -1, &record, &len));
	if (len != cell->bytes)
		bench_die(cell->pair, "a record of another size came");
	return record;
}

static void release(struct bench_cell *cell, const void *buffer, bool answer)
{
	(void)buffer;
	if (answer)
		ours_send(cell, NULL, 0);
}

const struct bench_peer peer_shmem_stream = {
	.name = "shmem stream",
	.what = "this library, records gathered into segments",
	.max_bytes = BENCH_MIB,
	.too_large = "a stream is for records smaller than a segment",
	.flows = true,
	BENCH_PEER_CALLS(ours_discard),
};
