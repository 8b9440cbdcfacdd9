/* SPDX-License-Identifier: MIT */
/*
 * This library, by its public headers alone. A message is a segment. The
 * receiver hands it back as its answer ("kept"), or frees it and answers with
 * an empty message, so that the sender allocates each time: from the pool, or
 * afresh where the pool is kept from keeping anything.
 */
#include "ours.h"

#define HELD_MAX 256

enum variant { PROTECT, UNMAP, NONE, POOLED, FRESH };

struct state {
	struct ours ours;
	shmem_segment *held[HELD_MAX]; /* the sender's, back from the peer */
	unsigned held_count, made, limit;
	shmem_segment *now; /* being written or read */
};

static const char *prepare(struct bench_cell *cell)
{
	static struct state state;

	state.limit = 2 * cell->window + 2;
	return ours_prepare(cell, &state.ours);
}

static void open_side(struct bench_cell *cell, enum bench_side side)
{
	struct state *state = cell->state;
	shmem_channel_opts opts = SHMEM_CHANNEL_OPTS_INIT;

	if (cell->peer->variant == UNMAP)
		opts.enforce = SHMEM_ENFORCE_UNMAP;
	else if (cell->peer->variant == NONE)
		opts.enforce = SHMEM_ENFORCE_NONE;
	/* What is under way has to fit into the pool, or it is not one. */
	if (cell->bytes >= BENCH_MIB)
		opts.pool_bytes = (uint64_t)state->limit * (cell->bytes + 4096);
	if (cell->peer->variant == FRESH)
		opts.pool_bytes = 1;
	ours_adopt(cell, side, &opts);
}

static void close_side(struct bench_cell *cell, enum bench_side side)
{
	struct state *state = cell->state;

	(void)side;
	while (state->held_count > 0)
		shmem_segment_free(&state->held[--state->held_count]);
	shmem_channel_close(&state->ours.channel);
}

static bool keeps(const struct bench_cell *cell)
{
	return cell->peer->variant != POOLED && cell->peer->variant != FRESH;
}

static shmem_segment *take_segment(struct bench_cell *cell)
{
	struct state *state = cell->state;
	shmem_segment *segment = NULL;

	ours_check(cell, "segment_recv",
		   shmem_segment_recv(state->ours.channel, -1, &segment));
	return segment;
}

static void give_segment(struct bench_cell *cell, shmem_segment **take)
{
	struct state *state = cell->state;
	int err;

	while ((err = shmem_segment_send(state->ours.channel, take)) ==
	       SHMEM_E_AGAIN)
		shmem_channel_wait(state->ours.channel, SHMEM_POLL_WRITE, -1);
	ours_check(cell, "segment_send", err);
}

static void *acquire(struct bench_cell *cell)
{
	struct state *state = cell->state;

	if (state->held_count > 0) {
		/* The last to come back: the caches still have it. */
		state->now = state->held[--state->held_count];
	} else if (!keeps(cell) || state->made < state->limit) {
		ours_check(cell, "segment_alloc",
			   shmem_segment_alloc(state->ours.channel, cell->bytes,
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
	ours_recv(cell, &answer);
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

	(void)buffer;
	if (keeps(cell)) {
		give_segment(cell, &state->now);
		return;
	}
	ours_check(cell, "segment_free", shmem_segment_free(&state->now));
	if (answer)
		ours_send(cell, NULL, 0);
}

#define PEER(suffix, title, says, number)                                      \
	const struct bench_peer peer_shmem_##suffix = {                        \
		.name = title,                                                 \
		.what = says,                                                  \
		.variant = number,                                             \
		.extra = number == UNMAP || number >= POOLED,                  \
		.max_bytes = BENCH_GIB,                                        \
		BENCH_PEER_CALLS(ours_discard),                                \
	}

PEER(protect, "shmem", "this library, its defaults: pages taken away", PROTECT);
PEER(unmap, "shmem unmap", "this library, unmapped where not owned", UNMAP);
PEER(none, "shmem none", "this library, nothing enforced", NONE);
PEER(pooled, "shmem pooled", "this library, allocated and freed each time",
     POOLED);
PEER(fresh, "shmem fresh", "this library, the same without a pool", FRESH);
