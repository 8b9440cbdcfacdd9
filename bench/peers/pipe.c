/* SPDX-License-Identifier: MIT */
/* Pipes, one each way. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../pair.h"

struct state {
	int there[2];
	int back[2];
	int in, out; /* this side's */
	unsigned char *buffer;
};

static const char *prepare(struct bench_cell *cell)
{
	static struct state state;
	int flags = O_CLOEXEC | (cell->spin ? O_NONBLOCK : 0);

	if (pipe2(state.there, flags) != 0)
		return "pipe2 failed";
	if (pipe2(state.back, flags) != 0) {
		close(state.there[0]);
		close(state.there[1]);
		return "pipe2 failed";
	}
	/* Its best mode; the usual limit for everybody is 1 MiB. */
	fcntl(state.there[1], F_SETPIPE_SZ, (int)BENCH_MIB);
	cell->state = &state;
	return NULL;
}

static void discard(struct bench_cell *cell)
{
	struct state *state = cell->state;

	for (int i = 0; i < 2; i++) {
		close(state->there[i]);
		close(state->back[i]);
	}
}

static void open_side(struct bench_cell *cell, enum bench_side side)
{
	struct state *state = cell->state;
	bool sender = side == BENCH_SENDER;

	state->in = sender ? state->back[0] : state->there[0];
	state->out = sender ? state->there[1] : state->back[1];
	close(sender ? state->there[0] : state->there[1]);
	close(sender ? state->back[1] : state->back[0]);
	state->buffer = aligned_alloc(4096, (cell->bytes + 4095) & ~4095ul);
	if (state->buffer == NULL)
		bench_die(cell->pair, "no memory");
	memset(state->buffer, 1, cell->bytes);
}

static void close_side(struct bench_cell *cell, enum bench_side side)
{
	struct state *state = cell->state;

	(void)side;
	free(state->buffer);
	close(state->in);
	close(state->out);
}

static void write_all(struct bench_cell *cell, const unsigned char *from,
		      size_t len)
{
	const struct state *state = cell->state;

	while (len > 0) {
		ssize_t n = write(state->out, from, len);

		if (n < 0 && errno == EAGAIN) {
			bench_relax();
			continue;
		}
		if (n <= 0)
			bench_die(cell->pair, "write");
		from += n;
		len -= (size_t)n;
	}
}

static void read_all(struct bench_cell *cell, unsigned char *to, size_t len)
{
	const struct state *state = cell->state;

	while (len > 0) {
		ssize_t n = read(state->in, to, len);

		if (n < 0 && errno == EAGAIN) {
			bench_relax();
			continue;
		}
		if (n <= 0)
			bench_die(cell->pair, "read");
		to += n;
		len -= (size_t)n;
	}
}

static void *acquire(struct bench_cell *cell)
{
	return ((struct state *)cell->state)->buffer;
}

static void send_message(struct bench_cell *cell, void *buffer)
{
	write_all(cell, buffer, cell->bytes);
}

static void await(struct bench_cell *cell)
{
	unsigned char answer;

	read_all(cell, &answer, 1);
}

static const void *receive(struct bench_cell *cell)
{
	struct state *state = cell->state;

	read_all(cell, state->buffer, cell->bytes);
	return state->buffer;
}

static void release(struct bench_cell *cell, const void *buffer, bool answer)
{
	unsigned char byte = 1;

	(void)buffer;
	if (answer)
		write_all(cell, &byte, 1);
}

const struct bench_peer peer_pipe = {
	.name = "pipe",
	.what = "two pipes of 1 MiB, copied in and out",
	.max_bytes = 16 * BENCH_MIB,
	.too_large = "a copy's cost per byte is the same as at 16 MiB",
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
