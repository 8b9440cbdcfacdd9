/* SPDX-License-Identifier: MIT */
/* Both sides of a transfer cell. Every message is written and checked in
 * full, whoever carries it. */
#include "transfer.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "work.h"

#define TIMEOUT_MS 60000
#define PARTS 25 /* that a stream is timed in */

struct run {
	const struct transfer *what;
	struct bench_cell cell;
	uint64_t seed; /* of the next message, in step at both sides */
};

unsigned transfer_window(size_t bytes)
{
	if (bytes <= 4 * BENCH_KIB)
		return 64;
	if (bytes <= 64 * BENCH_KIB)
		return 16;
	return bytes <= BENCH_MIB ? 4 : 1;
}

uint64_t transfer_memory(size_t bytes)
{
	/* Twice the window, one in each hand, and both sides' private copies.
	 */
	return (uint64_t)bytes * (2 * transfer_window(bytes) + 4);
}

static uint64_t clamp(uint64_t value, uint64_t low, uint64_t high)
{
	return value < low ? low : value > high ? high : value;
}

static void send_one(struct run *run)
{
	struct bench_cell *cell = &run->cell;
	void *buffer = cell->peer->acquire(cell);

	bench_produce(buffer, cell->bytes, run->seed++);
	cell->peer->send(cell, buffer);
}

static void receive_one(struct run *run, bool answer)
{
	struct bench_cell *cell = &run->cell;
	const void *buffer = cell->peer->receive(cell);

	if (!bench_consume(buffer, cell->bytes, run->seed++))
		bench_die(cell->pair, "message %llu arrived damaged",
			  (unsigned long long)run->seed - 1);
	cell->peer->release(cell, buffer, answer);
}

static uint64_t round_trip(struct run *run)
{
	uint64_t start = bench_now_ns();

	send_one(run);
	run->cell.peer->await(&run->cell);
	return bench_now_ns() - start;
}

/* When each part of a stream had been sent. */
struct parts {
	uint64_t length; /* messages */
	unsigned count;
	uint64_t end[PARTS];
};

/* Sends `count` messages, a multiple of the window; ns until the last answer.
 */
static uint64_t stream(struct run *run, uint64_t count, struct parts *parts)
{
	struct bench_cell *cell = &run->cell;
	uint64_t start = bench_now_ns();
	uint64_t under_way = 0;

	for (uint64_t i = 1; i <= count; i++) {
		if (!cell->peer->flows && under_way == 2 * cell->window) {
			cell->peer->await(cell);
			under_way -= cell->window;
		}
		send_one(run);
		under_way++;
		if (parts != NULL && i % parts->length == 0 &&
		    parts->count < PARTS)
			parts->end[parts->count++] = bench_now_ns();
	}
	do {
		cell->peer->await(cell);
		under_way -= cell->peer->flows ? under_way : cell->window;
	} while (under_way > 0);
	return bench_now_ns() - start;
}

static int compare(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return (x > y) - (x < y);
}

/*
 * What a message takes: the median of the stream's parts, without the first,
 * which has begun with nothing under way. So a moment in which the machine did
 * something else counts as little as it does for round trips.
 */
static double message_ns(struct parts *parts)
{
	uint64_t *took = parts->end;
	unsigned count = parts->count - 1;

	for (unsigned i = 0; i < count; i++)
		took[i] = parts->end[i + 1] - parts->end[i];
	qsort(took, count, sizeof(*took), compare);
	return (double)(took[(count - 1) / 2] + took[count / 2]) / 2 /
	       (double)parts->length;
}

static void send_round_trips(struct run *run)
{
	struct bench_pair *pair = run->cell.pair;
	uint64_t budget = run->what->budget_ms * UINT64_C(1000000);
	uint64_t warm = run->cell.bytes >= 64 * BENCH_MIB ? 2 : 20;
	uint64_t start, each, count;

	bench_agree(pair, BENCH_SENDER, warm);
	pair->first_ns = round_trip(run);
	start = bench_now_ns();
	for (uint64_t i = 1; i < warm; i++)
		round_trip(run);
	each = (bench_now_ns() - start) / (warm - 1);

	count = clamp(budget / (each + 1), 3, BENCH_SAMPLES_MAX);
	bench_agree(pair, BENCH_SENDER, count);
	for (uint64_t i = 0; i < count; i++)
		bench_sample(pair, round_trip(run));
}

static void send_stream(struct run *run)
{
	struct bench_pair *pair = run->cell.pair;
	uint64_t budget = run->what->budget_ms * UINT64_C(1000000);
	uint64_t window = run->cell.window;
	/* Each buffer some times: memory that proves warm is then treated as
	 * such by who does that. */
	uint64_t warm = run->cell.bytes <= 16 * BENCH_MIB ? 12 * window : 0;
	struct parts parts = {0};
	uint64_t each, count, took;

	if (run->cell.peer->flows)
		warm = 32 * BENCH_MIB / run->cell.bytes;
	warm += 8;
	warm += (window - warm % window) % window;
	run->cell.streaming = true;
	run->cell.per_answer = run->cell.window;
	bench_agree(pair, BENCH_SENDER, warm);
	each = stream(run, warm, NULL) / warm;

	count = clamp(budget / (each + 1), 4 * window, UINT64_C(1) << 22);
	/* Parts of at least two windows, if it can be a few of them. */
	parts.length = (count / PARTS + window - 1) / window * window;
	if (parts.length < 2 * window)
		parts.length = 2 * window;
	count = count / parts.length * parts.length;
	bench_agree(pair, BENCH_SENDER, count);
	took = stream(run, count, &parts);
	pair->message_ns = parts.count < 5 ? (double)took / (double)count
					   : message_ns(&parts);
}

static void receive_phase(struct run *run)
{
	uint64_t count = bench_agree(run->cell.pair, BENCH_RECEIVER, 0);

	if (run->cell.streaming && run->cell.peer->flows)
		run->cell.per_answer = (unsigned)count;
	for (uint64_t i = 1; i <= count; i++)
		receive_one(run, i % run->cell.per_answer == 0);
}

static void run_side(struct bench_pair *pair, enum bench_side side, void *arg)
{
	struct run *run = arg;
	struct bench_cell *cell = &run->cell;

	cell->peer->open(cell, side);
	/* Only now, so that helper threads may run where there is room. */
	bench_pin(side);
	bench_agree(pair, side, 0);
	cell->per_answer = 1;
	if (run->what->only_first) {
		if (side == BENCH_SENDER)
			pair->first_ns = round_trip(run);
		else
			receive_one(run, true);
	} else if (side == BENCH_SENDER) {
		send_round_trips(run);
		send_stream(run);
	} else {
		receive_phase(run);
		receive_phase(run);
		cell->streaming = true;
		cell->per_answer = cell->window;
		receive_phase(run);
		receive_phase(run);
	}
	/* Some peers lose what is under way when a side leaves early. */
	bench_agree(pair, side, 0);
	cell->peer->close(cell, side);
}

bool transfer_run(const struct transfer *what, struct bench_pair *pair)
{
	static unsigned serial;
	struct run run = {.what = what, .seed = 1};
	const char *why;
	bool done;

	run.cell.peer = what->peer;
	run.cell.pair = pair;
	run.cell.bytes = what->bytes;
	run.cell.window = transfer_window(what->bytes);
	run.cell.spin = what->spin;
	snprintf(run.cell.name, sizeof(run.cell.name), "shmembench%d-%u",
		 (int)getpid(), serial++);

	why = what->peer->prepare(&run.cell);
	if (why != NULL) {
		snprintf(pair->reason, sizeof(pair->reason), "%s", why);
		return false;
	}
	done = bench_pair_run(pair, run_side, &run, TIMEOUT_MS);
	what->peer->discard(&run.cell);
	return done;
}
