/* SPDX-License-Identifier: MIT */
/* Sixteen segments there and back, in one message or in sixteen. */
#include "own.h"

#include "../work.h"

#define PARTS 16

static void bump(shmem_segment *segment)
{
	volatile unsigned char *data = shmem_segment_data(segment);

	data[0] = (unsigned char)(data[0] + 1);
}

static void send_together(struct own *own, shmem_segment **parts)
{
	shmem_message *message = NULL;

	own_check(own, "message_new", shmem_message_new(NULL, 0, &message));
	for (unsigned i = 0; i < PARTS; i++)
		own_check(own, "push",
			  shmem_message_push_segment(message, &parts[i]));
	own_check(own, "send", shmem_channel_send(own->channel[0], &message));
}

static void recv_together(struct own *own, shmem_segment **parts)
{
	shmem_message *message = NULL;

	own_check(own, "recv",
		  shmem_channel_recv(own->channel[0], -1, &message));
	for (unsigned i = 0; i < PARTS; i++)
		own_check(own, "pop",
			  shmem_message_pop_segment(message, &parts[i]));
	shmem_message_free(&message);
}

static void send_all(struct own *own, shmem_segment **parts)
{
	for (unsigned i = 0; i < PARTS; i++)
		bump(parts[i]);
	if (own->job->series->count == PARTS) {
		send_together(own, parts);
		return;
	}
	for (unsigned i = 0; i < PARTS; i++)
		own_send(own, own->channel[0], &parts[i]);
}

static void recv_all(struct own *own, shmem_segment **parts)
{
	if (own->job->series->count == PARTS) {
		recv_together(own, parts);
		return;
	}
	for (unsigned i = 0; i < PARTS; i++)
		parts[i] = own_recv(own, own->channel[0]);
}

/* As suits the way they travel. */
static void make_parts(struct own *own, shmem_segment **parts)
{
	size_t bytes = own->job->series->bytes;

	if (own->job->series->count == PARTS)
		own_check(own, "segment_alloc_many",
			  shmem_segment_alloc_many(own->channel[0], bytes,
						   PARTS, parts));
	else
		for (unsigned i = 0; i < PARTS; i++)
			own_check(own, "segment_alloc",
				  shmem_segment_alloc(own->channel[0], bytes,
						      &parts[i]));
	for (unsigned i = 0; i < PARTS; i++)
		own_touch(parts[i]);
}

static void send_side(struct own *own, shmem_segment **parts)
{
	uint64_t rounds = own->job->budget_ms * 10;

	if (rounds > BENCH_SAMPLES_MAX)
		rounds = BENCH_SAMPLES_MAX;
	make_parts(own, parts);
	bench_agree(own->pair, BENCH_SENDER, rounds + 100);
	for (uint64_t i = 0; i < rounds + 100; i++) {
		uint64_t start = bench_now_ns();

		send_all(own, parts);
		recv_all(own, parts);
		if (i >= 100)
			bench_sample(own->pair, bench_now_ns() - start);
	}
}

static void pass_parts(struct bench_pair *pair, enum bench_side side, void *arg)
{
	struct own *own = arg;
	shmem_segment *parts[PARTS] = {NULL};

	own_adopt(own, side);
	if (side == BENCH_SENDER) {
		send_side(own, parts);
	} else {
		uint64_t rounds = bench_agree(pair, side, 0);

		for (uint64_t i = 0; i < rounds; i++) {
			recv_all(own, parts);
			for (unsigned k = 0; i == 0 && k < PARTS; k++)
				own_touch(parts[k]);
			send_all(own, parts);
		}
	}
	bench_agree(pair, side, 0);
	for (unsigned i = 0; i < PARTS; i++)
		shmem_segment_free(&parts[i]);
	shmem_channel_close(&own->channel[0]);
}

static bool run_parts(const struct bench_job *job, struct bench_pair *pair)
{
	return own_run(job, pair, 1, pass_parts);
}

void bench_plan_parts(const struct bench_options *options)
{
	static const size_t sizes[] = {4 * BENCH_KIB, 64 * BENCH_KIB};
	static const unsigned counts[] = {1, PARTS};

	for (size_t i = 0; i < 2; i++)
		for (size_t c = 0; c < 2; c++) {
			struct bench_job job = {
				.series = bench_series_get(
					"parts a message", "16 segments",
					"spinning", sizes[i], counts[c]),
				.run = run_parts,
				.budget_ms = options->budget_ms,
				.spin = true,
				.memory = PARTS * sizes[i],
			};

			bench_plan_add(&job);
		}
}
