/* SPDX-License-Identifier: MIT */
/*
 * The limit of what two cores can do: buffers that both sides always have
 * mapped, and two counters to spin on. Nothing is allocated, protected or
 * checked, nobody may ever sleep, and neither may die.
 */
#include <sys/mman.h>

#include "../pair.h"

struct state {
	_Alignas(64) _Atomic uint64_t sent;
	_Alignas(64) _Atomic uint64_t answered;
	_Alignas(64) uint64_t awaited; /* sender's own */
	_Alignas(64) uint64_t taken;   /* receiver's own */
	size_t size, slots;
	_Alignas(4096) unsigned char data[];
};

static const char *prepare(struct bench_cell *cell)
{
	size_t slots = 2 * (size_t)cell->window;
	size_t size = sizeof(struct state) + slots * cell->bytes;
	struct state *state = mmap(NULL, size, PROT_READ | PROT_WRITE,
				   MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	if (state == MAP_FAILED)
		return "no memory";
	state->size = size;
	state->slots = slots;
	cell->state = state;
	return NULL;
}

static void discard(struct bench_cell *cell)
{
	struct state *state = cell->state;

	munmap(state, state->size);
}

static void open_side(struct bench_cell *cell, enum bench_side side)
{
	struct state *state = cell->state;

	for (size_t i = 0; i < state->slots * cell->bytes; i += 4096)
		*(volatile unsigned char *)&state->data[i];
	(void)side;
}

static void close_side(struct bench_cell *cell, enum bench_side side)
{
	(void)cell;
	(void)side;
}

static void *slot(struct bench_cell *cell, uint64_t number)
{
	struct state *state = cell->state;
	/* In round trips one buffer does, and stays in the caches. */
	uint64_t slots = cell->streaming ? state->slots : 1;

	return state->data + number % slots * cell->bytes;
}

static void *acquire(struct bench_cell *cell)
{
	struct state *state = cell->state;

	return slot(cell,
		    atomic_load_explicit(&state->sent, memory_order_relaxed));
}

static void send_message(struct bench_cell *cell, void *buffer)
{
	struct state *state = cell->state;
	uint64_t sent =
		atomic_load_explicit(&state->sent, memory_order_relaxed);

	(void)buffer;
	atomic_store_explicit(&state->sent, sent + 1, memory_order_release);
}

static void await(struct bench_cell *cell)
{
	struct state *state = cell->state;

	state->awaited++;
	while (atomic_load_explicit(&state->answered, memory_order_acquire) <
	       state->awaited)
		bench_relax();
}

static const void *receive(struct bench_cell *cell)
{
	struct state *state = cell->state;

	while (atomic_load_explicit(&state->sent, memory_order_acquire) ==
	       state->taken)
		bench_relax();
	return slot(cell, state->taken++);
}

static void release(struct bench_cell *cell, const void *buffer, bool answer)
{
	struct state *state = cell->state;

	(void)buffer;
	if (answer)
		atomic_fetch_add_explicit(&state->answered, 1,
					  memory_order_release);
}

const struct bench_peer peer_bare = {
	.name = "bare memory",
	.what = "the limit: shared buffers and counters, nothing else",
	.max_bytes = BENCH_GIB,
	.only_spins = true,
	BENCH_PEER_CALLS(discard),
};
