/* SPDX-License-Identifier: MIT */
/* AF_UNIX sockets and pipes: every byte is copied into the kernel and out of
 * it. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "../pair.h"

/* What fits into one packet with the usual limits on socket buffers. */
#define PACKET (64 * BENCH_KIB)

enum variant { STREAM, SEQPACKET, PIPE };

struct state {
	int end[2][2]; /* by side: to read from, to write to */
	int in, out;   /* this side's */
	size_t chunk;
	unsigned char *buffer;
};

static const char *prepare_sockets(struct state *state, int type)
{
	int ends[2];

	if (socketpair(AF_UNIX, type | SOCK_CLOEXEC, 0, ends) != 0)
		return "socketpair failed";
	for (int side = 0; side < 2; side++)
		state->end[side][0] = state->end[side][1] = ends[side];
	return NULL;
}

static const char *prepare_pipes(struct state *state)
{
	int there[2], back[2];

	if (pipe2(there, O_CLOEXEC) != 0)
		return "pipe2 failed";
	if (pipe2(back, O_CLOEXEC) != 0) {
		close(there[0]);
		close(there[1]);
		return "pipe2 failed";
	}
	/* Its best mode; the usual limit for everybody is 1 MiB. */
	fcntl(there[1], F_SETPIPE_SZ, (int)BENCH_MIB);
	state->end[BENCH_SENDER][0] = back[0];
	state->end[BENCH_SENDER][1] = there[1];
	state->end[BENCH_RECEIVER][0] = there[0];
	state->end[BENCH_RECEIVER][1] = back[1];
	return NULL;
}

static const char *prepare(struct bench_cell *cell)
{
	static struct state state;
	int variant = cell->peer->variant;

	state.chunk = variant == SEQPACKET ? PACKET : SIZE_MAX;
	cell->state = &state;
	if (variant == PIPE)
		return prepare_pipes(&state);
	return prepare_sockets(&state, variant == STREAM ? SOCK_STREAM
							 : SOCK_SEQPACKET);
}

static void close_both(const int *end)
{
	close(end[0]);
	if (end[1] != end[0])
		close(end[1]);
}

static void discard(struct bench_cell *cell)
{
	struct state *state = cell->state;

	close_both(state->end[0]);
	close_both(state->end[1]);
}

static void open_side(struct bench_cell *cell, enum bench_side side)
{
	struct state *state = cell->state;
	int room = (int)BENCH_MIB;

	close_both(state->end[1 - side]);
	state->in = state->end[side][0];
	state->out = state->end[side][1];
	/* As much as the system allows; a pipe has had its own. */
	setsockopt(state->out, SOL_SOCKET, SO_SNDBUF, &room, sizeof(room));
	if (cell->spin) {
		fcntl(state->in, F_SETFL, O_NONBLOCK);
		fcntl(state->out, F_SETFL, O_NONBLOCK);
	}
	state->buffer = aligned_alloc(4096, (cell->bytes + 4095) & ~4095ul);
	if (state->buffer == NULL)
		bench_die(cell->pair, "no memory");
	memset(state->buffer, 1, cell->bytes);
}

static void close_side(struct bench_cell *cell, enum bench_side side)
{
	struct state *state = cell->state;

	free(state->buffer);
	close_both(state->end[side]);
}

static void write_all(struct bench_cell *cell, const unsigned char *from,
		      size_t len)
{
	const struct state *state = cell->state;

	while (len > 0) {
		size_t want = len < state->chunk ? len : state->chunk;
		ssize_t n = write(state->out, from, want);

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

#define PEER(suffix, title, says, number)                                      \
	const struct bench_peer peer_##suffix = {                              \
		.name = title,                                                 \
		.what = says,                                                  \
		.variant = number,                                             \
		.max_bytes = 16 * BENCH_MIB,                                   \
		.too_large =                                                   \
			"a copy's cost per byte is the same as at 16 MiB",     \
		BENCH_PEER_CALLS(discard),                                     \
	}

PEER(unix_stream, "unix stream", "AF_UNIX SOCK_STREAM, copied in and out",
     STREAM);
PEER(unix_seqpacket, "unix seqpacket",
     "AF_UNIX SOCK_SEQPACKET, copied, 64 KiB a packet", SEQPACKET);
PEER(pipe, "pipe", "two pipes of 1 MiB, copied in and out", PIPE);
