/* SPDX-License-Identifier: MIT */
/* nng, pair0 over ipc://, messages handed over with nng_sendmsg. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include <nng/nng.h>
#include <nng/protocol/pair0/pair.h>

#include "../pair.h"

struct state {
	char url[80];
	nng_socket socket;
	nng_msg *out, *in;
};

static const char *prepare(struct bench_cell *cell)
{
	static struct state state;

	snprintf(state.url, sizeof(state.url), "ipc:///tmp/%s", cell->name);
	cell->state = &state;
	return NULL;
}

static void discard(struct bench_cell *cell)
{
	unlink(((struct state *)cell->state)->url + sizeof("ipc://") - 1);
}

static void check(struct bench_cell *cell, const char *what, int err)
{
	errno = 0;
	if (err != 0)
		bench_die(cell->pair, "%s: %s", what, nng_strerror(err));
}

static void open_side(struct bench_cell *cell, enum bench_side side)
{
	struct state *state = cell->state;
	int queue = (int)(2 * cell->window);

	check(cell, "nng_pair0_open", nng_pair0_open(&state->socket));
	nng_socket_set_size(state->socket, NNG_OPT_RECVMAXSZ, 0);
	nng_socket_set_int(state->socket, NNG_OPT_SENDBUF, queue);
	nng_socket_set_int(state->socket, NNG_OPT_RECVBUF, queue);
	if (side == BENCH_SENDER) {
		check(cell, "nng_listen",
		      nng_listen(state->socket, state->url, NULL, 0));
		bench_signal(cell->pair);
	} else {
		bench_await_signal(cell->pair);
		check(cell, "nng_dial",
		      nng_dial(state->socket, state->url, NULL, 0));
	}
}

static void close_side(struct bench_cell *cell, enum bench_side side)
{
	(void)side;
	nng_close(((struct state *)cell->state)->socket);
}

static void *acquire(struct bench_cell *cell)
{
	struct state *state = cell->state;

	check(cell, "nng_msg_alloc", nng_msg_alloc(&state->out, cell->bytes));
	return nng_msg_body(state->out);
}

static void submit(struct bench_cell *cell, nng_msg *msg)
{
	struct state *state = cell->state;
	int flags = cell->spin ? NNG_FLAG_NONBLOCK : 0;
	int err;

	while ((err = nng_sendmsg(state->socket, msg, flags)) == NNG_EAGAIN)
		bench_relax();
	check(cell, "nng_sendmsg", err);
}

static nng_msg *take(struct bench_cell *cell)
{
	struct state *state = cell->state;
	int flags = cell->spin ? NNG_FLAG_NONBLOCK : 0;
	nng_msg *msg = NULL;
	int err;

	while ((err = nng_recvmsg(state->socket, &msg, flags)) == NNG_EAGAIN)
		bench_relax();
	check(cell, "nng_recvmsg", err);
	return msg;
}

static void send_message(struct bench_cell *cell, void *buffer)
{
	struct state *state = cell->state;

	(void)buffer;
	submit(cell, state->out);
}

static void await(struct bench_cell *cell)
{
	nng_msg_free(take(cell));
}

static const void *receive(struct bench_cell *cell)
{
	struct state *state = cell->state;

	state->in = take(cell);
	if (nng_msg_len(state->in) != cell->bytes)
		bench_die(cell->pair, "a message of another size came");
	return nng_msg_body(state->in);
}

static void release(struct bench_cell *cell, const void *buffer, bool answer)
{
	struct state *state = cell->state;
	nng_msg *msg = NULL;

	(void)buffer;
	nng_msg_free(state->in);
	if (!answer)
		return;
	check(cell, "nng_msg_alloc", nng_msg_alloc(&msg, 1));
	submit(cell, msg);
}

const struct bench_peer peer_nng = {
	.name = "nng",
	.what = "nng, pair0 over ipc://",
	.max_bytes = 16 * BENCH_MIB,
	.too_large = "a copy's cost per byte is the same as at 16 MiB",
	BENCH_PEER_CALLS(discard),
};
