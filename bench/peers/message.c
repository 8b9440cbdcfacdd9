/* SPDX-License-Identifier: MIT */
/* This library's messages of bytes, which are copied: in, and out again. */
#include <stdlib.h>

#include "ours.h"

struct state {
	struct ours ours;
	void *buffer;       /* the sender's */
	shmem_message *now; /* being read */
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
	state->buffer = malloc(cell->bytes);
	if (state->buffer == NULL)
		bench_die(cell->pair, "out of memory");
}

static void close_side(struct bench_cell *cell, enum bench_side side)
{
	struct state *state = cell->state;

	(void)side;
	free(state->buffer);
	shmem_channel_close(&state->ours.channel);
}

static void *acquire(struct bench_cell *cell)
{
	return ((struct state *)cell->state)->buffer;
}

static void send_message(struct bench_cell *cell, void *buffer)
{
	ours_send(cell, buffer, cell->bytes);
}

static void await(struct bench_cell *cell)
{
	shmem_message *answer = NULL;

	ours_recv(cell, &answer);
	shmem_message_free(&answer);
}

static const void *receive(struct bench_cell *cell)
{
	struct state *state = cell->state;

	ours_recv(cell, &state->now);
	if (shmem_message_size(state->now) != cell->bytes)
		bench_die(cell->pair, "a message of another size came");
	return shmem_message_data(state->now);
}

static void release(struct bench_cell *cell, const void *buffer, bool answer)
{
	struct state *state = cell->state;

	(void)buffer;
	shmem_message_free(&state->now);
	if (answer)
		ours_send(cell, NULL, 0);
}

const struct bench_peer peer_shmem_bytes = {
	.name = "shmem bytes",
	.what = "this library, bytes in a message: copied",
	.max_bytes = BENCH_MIB,
	.too_large = "that is what segments are for",
	BENCH_PEER_CALLS(ours_discard),
};
