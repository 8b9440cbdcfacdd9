/* SPDX-License-Identifier: MIT */
/*
 * This library, by its public headers alone. A message is a segment. The
 * receiver hands it back as its answer ("kept"), or frees it and answers with
 * an empty message, so that the sender allocates each time: from the pool, or
 * afresh where the pool is kept from keeping anything.
 */
#include <sys/socket.h>
#include <unistd.h>

#include <shmem/shmem.h>

#include "../pair.h"

#define HELD_MAX 256

enum variant { PROTECT, UNMAP, NONE, POOLED, FRESH };

struct state {
	shmem_os_handle ends[2];
	shmem_channel *channel;
	shmem_segment *held[HELD_MAX]; /* the sender's, back from the peer */
	unsigned held_count, made, limit;
	shmem_segment *now; /* being written or read */
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
	state.limit = 2 * cell->window + 2;
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
	if (cell->peer->variant == UNMAP)
		opts.enforce = SHMEM_ENFORCE_UNMAP;
	else if (cell->peer->variant == NONE)
		opts.enforce = SHMEM_ENFORCE_NONE;
	/* What is under way has to fit into the pool, or it is not one. */
	if (cell->bytes >= BENCH_MIB)
		opts.pool_bytes = (uint64_t)state->limit * (cell->bytes + 4096);
	if (cell->peer->variant == FRESH)
		opts.pool_bytes = 1;
	close((int)state->ends[1 - side]);
	check(cell, "adopt",
	      shmem_channel_adopt(&state->ends[side], &opts, &state->channel));
}

static void close_side(struct bench_cell *cell, enum bench_side side)
{
	struct state *state = cell->state;

	(void)side;
	while (state->held_count > 0)
		shmem_segment_free(&state->held[--state->held_count]);
	shmem_channel_close(&state->channel);
}

static bool keeps(const struct bench_cell *cell)
{
	return cell->peer->variant != POOLED && cell->peer->variant != FRESH;
}

static shmem_segment *take_segment(struct bench_cell *cell)
{
	struct state *state = cell->state;
	shmem_segment *segment = NULL;

	check(cell, "segment_recv",
	      shmem_segment_recv(state->channel, -1, &segment));
	return segment;
}

static void give_segment(struct bench_cell *cell, shmem_segment **take)
{
	struct state *state = cell->state;
	int err;

	while ((err = shmem_segment_send(state->channel, take)) ==
	       SHMEM_E_AGAIN)
		shmem_channel_wait(state->channel, SHMEM_POLL_WRITE, -1);
	check(cell, "segment_send", err);
}

static void *acquire(struct bench_cell *cell)
{
	struct state *state = cell->state;

	if (state->held_count > 0) {
		/* The last to come back: the caches still have it. */
		state->now = state->held[--state->held_count];
	} else if (!keeps(cell) || state->made < state->limit) {
		check(cell, "segment_alloc",
		      shmem_segment_alloc(state->channel, cell->bytes,
					  &state->now));
		state->made++;
	} else {
		state->now = take_segment(cell);
	}
	return shmem_segment_data(state->now);
}

static void send_message(struct bench_cell *cell, void *buffer)
{
	(void)buffer;
	give_segment(cell, &((struct state *)cell->state)->now);
}

static void await(struct bench_cell *cell)
{
	struct state *state = cell->state;
	shmem_message *answer = NULL;

	if (keeps(cell)) {
		for (unsigned i = 0; i < cell->per_answer; i++)
			state->held[state->held_count++] = take_segment(cell);
		return;
	}
	check(cell, "recv", shmem_channel_recv(state->channel, -1, &answer));
	shmem_message_free(&answer);
}

static const void *receive(struct bench_cell *cell)
{
	struct state *state = cell->state;

	state->now = take_segment(cell);
	return shmem_segment_data(state->now);
}

static void release(struct bench_cell *cell, const void *buffer, bool answer)
{
	struct state *state = cell->state;
	shmem_message *empty = NULL;
	int err;

	(void)buffer;
	if (keeps(cell)) {
		give_segment(cell, &state->now);
		return;
	}
	check(cell, "segment_free", shmem_segment_free(&state->now));
	if (!answer)
		return;
	check(cell, "message_new", shmem_message_new(NULL, 0, &empty));
	while ((err = shmem_channel_send(state->channel, &empty)) ==
	       SHMEM_E_AGAIN)
		shmem_channel_wait(state->channel, SHMEM_POLL_WRITE, -1);
	check(cell, "send", err);
}

#define PEER(suffix, title, says, number)                                      \
	const struct bench_peer peer_shmem_##suffix = {                        \
		.name = title,                                                 \
		.what = says,                                                  \
		.variant = number,                                             \
		.extra = number == UNMAP || number >= POOLED,                  \
		.max_bytes = BENCH_GIB,                                        \
		.prepare = prepare,                                            \
		.discard = discard,                                            \
		.open = open_side,                                             \
		.close = close_side,                                           \
		.acquire = acquire,                                            \
		.send = send_message,                                          \
		.await = await,                                                \
		.receive = receive,                                            \
		.release = release,                                            \
	}

PEER(protect, "shmem", "this library, its defaults: pages taken away", PROTECT);
PEER(unmap, "shmem unmap", "this library, unmapped where not owned", UNMAP);
PEER(none, "shmem none", "this library, nothing enforced", NONE);
PEER(pooled, "shmem pooled", "this library, allocated and freed each time",
     POOLED);
PEER(fresh, "shmem fresh", "this library, the same without a pool", FRESH);
