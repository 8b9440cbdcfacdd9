/* SPDX-License-Identifier: MIT */
/* ZeroMQ, PAIR sockets over ipc://, messages moved and not copied where the
 * library can. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <zmq.h>

#include "../pair.h"

struct state {
	char path[80];
	void *context, *socket;
	zmq_msg_t out, in;
};

static const char *prepare(struct bench_cell *cell)
{
	static struct state state;

	snprintf(state.path, sizeof(state.path), "ipc:///tmp/%s", cell->name);
	cell->state = &state;
	return NULL;
}

static void discard(struct bench_cell *cell)
{
	unlink(((struct state *)cell->state)->path + sizeof("ipc://") - 1);
}

static void open_side(struct bench_cell *cell, enum bench_side side)
{
	struct state *state = cell->state;

	state->context = zmq_ctx_new();
	state->socket = zmq_socket(state->context, ZMQ_PAIR);
	if (state->socket == NULL)
		bench_die(cell->pair, "zmq_socket");
	if (side == BENCH_SENDER) {
		if (zmq_bind(state->socket, state->path) != 0)
			bench_die(cell->pair, "zmq_bind");
		bench_signal(cell->pair);
	} else {
		bench_await_signal(cell->pair);
		if (zmq_connect(state->socket, state->path) != 0)
			bench_die(cell->pair, "zmq_connect");
	}
}

static void close_side(struct bench_cell *cell, enum bench_side side)
{
	struct state *state = cell->state;
	int linger = 0;

	(void)side;
	zmq_setsockopt(state->socket, ZMQ_LINGER, &linger, sizeof(linger));
	zmq_close(state->socket);
	zmq_ctx_term(state->context);
}

static void *acquire(struct bench_cell *cell)
{
	struct state *state = cell->state;

	if (zmq_msg_init_size(&state->out, cell->bytes) != 0)
		bench_die(cell->pair, "zmq_msg_init_size");
	return zmq_msg_data(&state->out);
}

static void submit(struct bench_cell *cell, zmq_msg_t *msg)
{
	struct state *state = cell->state;

	while (zmq_msg_send(msg, state->socket, cell->spin ? ZMQ_DONTWAIT : 0) <
	       0) {
		if (!cell->spin || errno != EAGAIN)
			bench_die(cell->pair, "zmq_msg_send");
		bench_relax();
	}
}

static void take(struct bench_cell *cell, zmq_msg_t *msg)
{
	struct state *state = cell->state;

	zmq_msg_init(msg);
	while (zmq_msg_recv(msg, state->socket, cell->spin ? ZMQ_DONTWAIT : 0) <
	       0) {
		if (!cell->spin || errno != EAGAIN)
			bench_die(cell->pair, "zmq_msg_recv");
		bench_relax();
	}
}

static void send_message(struct bench_cell *cell, void *buffer)
{
	struct state *state = cell->state;

	(void)buffer;
	submit(cell, &state->out);
}

static void await(struct bench_cell *cell)
{
	zmq_msg_t answer;

	take(cell, &answer);
	zmq_msg_close(&answer);
}

static const void *receive(struct bench_cell *cell)
{
	struct state *state = cell->state;

	take(cell, &state->in);
	if (zmq_msg_size(&state->in) != cell->bytes)
		bench_die(cell->pair, "a message of another size came");
	return zmq_msg_data(&state->in);
}

static void release(struct bench_cell *cell, const void *buffer, bool answer)
{
	struct state *state = cell->state;
	zmq_msg_t msg;

	(void)buffer;
	zmq_msg_close(&state->in);
	if (!answer)
		return;
	zmq_msg_init_size(&msg, 1);
	submit(cell, &msg);
}

const struct bench_peer peer_zeromq = {
	.name = "zeromq",
	.what = "ZeroMQ, PAIR over ipc://",
	.max_bytes = 16 * BENCH_MIB,
	.too_large = "a copy's cost per byte is the same as at 16 MiB",
	BENCH_PEER_CALLS(discard),
};
