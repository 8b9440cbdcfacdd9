/* SPDX-License-Identifier: MIT */
/* This library's stream: records gathered into segments, read in place. */
#include "../pair.h"

#include <shmem/shmem.h>
#include <shmem/stream.h>
#include <sys/socket.h>
#include <unistd.h>

struct state {
	shmem_os_handle ends[2];
	shmem_channel *channel;
	shmem_writer *writer;
	shmem_reader *reader;
};

static void check(struct bench_cell *cell, const char *what, int err)
{
	if (err < 0)
		bench_die(cell->pair, "%s: %s", what, shmem_errname(err));
}

static const char *prepare(struct bench_cell *cell)
{
	static struct state state;
	int ends[2];

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) != 0)
		return "socketpair failed";
	state.ends[0] = ends[0];
	state.ends[1] = ends[1];
	cell->state = &state;
	return NULL;
}

static void discard(struct bench_cell *cell)
{
	struct state *state = cell->state;

	close((int)state->ends[0]);
	close((int)state->ends[1]);
}

static void open_side(struct bench_cell *cell, enum bench_side side)
{
	struct state *state = cell->state;
	shmem_channel_opts opts = SHMEM_CHANNEL_OPTS_INIT;

	opts.spin_us = cell->spin ? 0 : SHMEM_SPIN_NEVER;
	close((int)state->ends[1 - side]);
	check(cell, "adopt",
	      shmem_channel_adopt(&state->ends[side], &opts, &state->channel));
	if (side == BENCH_SENDER)
		check(cell, "writer_open",
		      shmem_writer_open(state->channel, NULL, &state->writer));
	else
		check(cell, "reader_open",
		      shmem_reader_open(state->channel, &state->reader));
}

static void close_side(struct bench_cell *cell, enum bench_side side)
{
	struct state *state = cell->state;

	(void)side;
	shmem_writer_close(&state->writer);
	shmem_reader_close(&state->reader);
	shmem_channel_close(&state->channel);
}

static void *acquire(struct bench_cell *cell)
{
	struct state *state = cell->state;
	void *room = NULL;

	check(cell, "reserve",
	      shmem_writer_reserve(state->writer, cell->bytes, -1, &room));
	return room;
}

static void send_message(struct bench_cell *cell, void *buffer)
{
	struct state *state = cell->state;

	(void)buffer;
	check(cell, "commit", shmem_writer_commit(state->writer, cell->bytes));
}

static void await(struct bench_cell *cell)
{
	struct state *state = cell->state;
	shmem_message *answer = NULL;
	int err;

	while ((err = shmem_writer_flush(state->writer)) == SHMEM_E_AGAIN)
		shmem_channel_wait(state->channel, SHMEM_POLL_WRITE, -1);
	check(cell, "flush", err);
	check(cell, "recv", shmem_channel_recv(state->channel, -1, &answer));
	shmem_message_free(&answer);
}

static const void *receive(struct bench_cell *cell)
{
	struct state *state = cell->state;
	void *record = NULL;
	size_t len = 0;

	check(cell, "next",
	      shmem_reader_next(state->reader, -1, &record, &len));
	if (len != cell->bytes)
		bench_die(cell->pair, "a record of another size came");
	return record;
}

static void release(struct bench_cell *cell, const void *buffer, bool answer)
{
	struct state *state = cell->state;
	shmem_message *empty = NULL;

	(void)buffer;
	if (!answer)
		return;
	check(cell, "message_new", shmem_message_new(NULL, 0, &empty));
	check(cell, "send", shmem_channel_send(state->channel, &empty));
}

const struct bench_peer peer_shmem_stream = {
	.name = "shmem stream",
	.what = "this library, records gathered into segments",
	.max_bytes = BENCH_MIB,
	.too_large = "a stream is for records smaller than a segment",
	.flows = true,
	.prepare = prepare,
	.discard = discard,
	.open = open_side,
	.close = close_side,
	.acquire = acquire,
	.send = send_message,
	.await = await,
	.receive = receive,
	.release = release,
};
