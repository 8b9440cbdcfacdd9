/* SPDX-License-Identifier: MIT */
/*
 * Allocating a segment, touching its pages and freeing it: from the pool, from
 * a pool that scrubs, and without one.
 */
#include "own.h"

#include "../work.h"

enum source { POOL, SCRUBBED, FRESH };

static shmem_segment *make(struct own *own)
{
	shmem_segment *segment = NULL;

	own_check(own, "segment_alloc",
		  shmem_segment_alloc(own->channel[0], own->job->series->bytes,
				      &segment));
	return segment;
}

static void send_side(struct own *own)
{
	uint64_t until = own->job->budget_ms * UINT64_C(1000000);
	shmem_segment *segment = make(own);

	/* Memory that the peer has had is what a pool is about. */
	own_touch(segment);
	own_send(own, own->channel[0], &segment);
	segment = own_recv(own, own->channel[0]);
	shmem_segment_free(&segment);
	until += bench_now_ns();
	for (unsigned i = 0; i < 60 || bench_now_ns() < until; i++) {
		uint64_t start = bench_now_ns();

		segment = make(own);
		own_touch(segment);
		own_check(own, "segment_free", shmem_segment_free(&segment));
		if (i >= 10)
			bench_sample(own->pair, bench_now_ns() - start);
	}
}

static void alloc(struct bench_pair *pair, enum bench_side side, void *arg)
{
	struct own *own = arg;
	shmem_channel_opts opts = SHMEM_CHANNEL_OPTS_INIT;

	(void)pair;
	opts.scrub = own->job->variant == SCRUBBED;
	opts.pool_bytes = own->job->variant == FRESH ? 1 : 0;
	own_adopt_with(own, side, &opts);
	if (side == BENCH_SENDER) {
		send_side(own);
	} else {
		shmem_segment *segment = own_recv(own, own->channel[0]);
		shmem_message *message = NULL;

		own_touch(segment);
		own_send(own, own->channel[0], &segment);
		/* Asleep until the other is done. */
		shmem_channel_recv(own->channel[0], -1, &message);
	}
	shmem_channel_close(&own->channel[0]);
}

static bool run_alloc(const struct bench_job *job, struct bench_pair *pair)
{
	return own_run(job, pair, 1, alloc);
}

void bench_plan_alloc(const struct bench_options *options)
{
	static const char *const subjects[] = {"pool", "pool, scrubbed",
					       "fresh"};
	static const size_t sizes[] = {4 * BENCH_KIB, BENCH_MIB,
				       16 * BENCH_MIB};

	for (size_t i = 0; i < sizeof(sizes) / sizeof(*sizes); i++)
		for (int source = POOL; source <= FRESH; source++) {
			struct bench_job job = {
				.series = bench_series_get("alloc",
							   subjects[source], "",
							   sizes[i], 0),
				.run = run_alloc,
				.budget_ms = options->budget_ms,
				.variant = source,
				.memory = sizes[i],
			};

			bench_plan_add(&job);
		}
}
