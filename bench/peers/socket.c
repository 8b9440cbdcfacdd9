/* SPDX-License-Identifier: MIT */
/* AF_UNIX sockets: every byte is copied into the kernel and out of it. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "../pair.h"

/* What fits into one packet with the usual limits on socket buffers. */
#define PACKET (64 * BENCH_KIB)

struct state {
	int ends[2];
	int fd; /* this side's */
	size_t chunk;
	unsigned char *buffer;
};

static const char *prepare(struct bench_cell *cell, int type)
{
	static struct state state;

	if (socketpair(AF_UNIX, type | SOCK_CLOEXEC, 0, state.ends) != 0)
		return "socketpair failed";
	state.chunk = type == SOCK_SEQPACKET ? PACKET : SIZE_MAX;
	cell->state = &state;
	return NULL;
}

static const char *prepare_stream(struct bench_cell *cell)
{
	return prepare(cell, SOCK_STREAM);
}

static const char *prepare_seqpacket(struct bench_cell *cell)
{
	return prepare(cell, SOCK_SEQPACKET);
}

static void discard(struct bench_cell *cell)
{
	struct state *state = cell->state;

	close(state->ends[0]);
	close(state->ends[1]);
}

static void open_side(struct bench_cell *cell, enum bench_side side)
{
	struct state *state = cell->state;
	int room = (int)BENCH_MIB;

	state->fd = state->ends[side];
	close(state->ends[1 - side]);
	/* As much as the system allows. */
	setsockopt(state->fd, SOL_SOCKET, SO_SNDBUF, &room, sizeof(room));
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
	close(state->fd);
}

static void write_all(struct bench_cell *cell, const unsigned char *from,
		      size_t len)
{
	const struct state *state = cell->state;
	int flags = MSG_NOSIGNAL | (cell->spin ? MSG_DONTWAIT : 0);

	while (len > 0) {
		size_t want = len < state->chunk ? len : state->chunk;
		ssize_t n = send(state->fd, from, want, flags);

		if (n < 0 && errno == EAGAIN) {
			bench_relax();
			continue;
		}
		if (n <= 0)
			bench_die(cell->pair, "send");
		from += n;
		len -= (size_t)n;
	}
}

static void read_all(struct bench_cell *cell, unsigned char *to, size_t len)
{
	const struct state *state = cell->state;

	while (len > 0) {
		ssize_t n =
			recv(state->fd, to, len, cell->spin ? MSG_DONTWAIT : 0);

		if (n < 0 && errno == EAGAIN) {
			bench_relax();
			continue;
		}
		if (n <= 0)
			bench_die(cell->pair, "recv");
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

#define COPIES_MAX (16 * BENCH_MIB)
#define COPIES_WHY "a copy's cost per byte is the same as at 16 MiB"

const struct bench_peer peer_unix_stream = {
	.name = "unix stream",
	.what = "AF_UNIX SOCK_STREAM, copied in and out",
	.max_bytes = COPIES_MAX,
	.too_large = COPIES_WHY,
	.prepare = prepare_stream,
	.discard = discard,
	.open = open_side,
	.close = close_side,
	.acquire = acquire,
	.send = send_message,
	.await = await,
	.receive = receive,
	.release = release,
};

const struct bench_peer peer_unix_seqpacket = {
	.name = "unix seqpacket",
	.what = "AF_UNIX SOCK_SEQPACKET, copied, 64 KiB a packet",
	.max_bytes = COPIES_MAX,
	.too_large = COPIES_WHY,
	.prepare = prepare_seqpacket,
	.discard = discard,
	.open = open_side,
	.close = close_side,
	.acquire = acquire,
	.send = send_message,
	.await = await,
	.receive = receive,
	.release = release,
};
