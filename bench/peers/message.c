/* SPDX-License-Identifier: MIT */
/* This library's messages of bytes, which are copied: in, and out again. */
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include <shmem/shmem.h>

#include "../pair.h"

struct state {
	shmem_os_handle ends[2];
	shmem_channel *channel;
	void *buffer;       /* the sender's */
	shmem_message *now; /* being read */
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
	state->buffer = malloc(cell->bytes);
	if (state->buffer == NULL)
		bench_die(cell->pair, "out of memory");
}

static void close_side(struct bench_cell *cell, enum bench_side side)
{
	struct state *state = cell->state;

	(void)side;
	free(state->buffer);
	shmem_channel_close(&state->channel);
}

static void send_bytes(struct bench_cell *cell, const void *bytes, size_t len)
{
	struct state *state = cell->state;
	shmem_message *message = NULL;
	int err;

	check(cell, "message_new", shmem_message_new(bytes, len, &message));
	while ((err = shmem_channel_send(state->channel, &message)) ==
	       SHMEM_E_AGAIN)
		shmem_channel_wait(state->channel, SHMEM_POLL_WRITE, -1);
	check(cell, "send", err);
}

static void take(struct bench_cell *cell, shmem_message **ret)
{
	struct state *state = cell->state;

	check(cell, "recv", shmem_channel_recv(state->channel, -1, ret));
}

static void *acquire(struct bench_cell *cell)
{
	return ((struct state *)cell->state)->buffer;
}

static void send_message(struct bench_cell *cell, void *buffer)
{
	send_bytes(cell, buffer, cell->bytes);
}

static void await(struct bench_cell *cell)
{
	shmem_message *answer = NULL;

	take(cell, &answer);
	shmem_message_free(&answer);
}

static const void *receive(struct bench_cell *cell)
{
	struct state *state = cell->state;

	take(cell, &state->now);
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
		send_bytes(cell, NULL, 0);
}

const struct bench_peer peer_shmem_bytes = {
	.name = "shmem bytes",
	.what = "this library, bytes in a message: copied",
	.max_bytes = BENCH_MIB,
	.too_large = "that is what segments are for",
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
