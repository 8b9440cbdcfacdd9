/* SPDX-License-Identifier: MIT */
/*
 * What changing hands costs by itself: an existing segment goes there and back,
 * one byte touched at each side.
 */
#include "own.h"

static void pass(struct bench_pair *pair, enum bench_side side, void *arg)
{
	struct own *own = arg;
	shmem_segment *segment = NULL;

	(void)pair;
	own_adopt(own, side);
	if (side == BENCH_SENDER)
		own_check(own, "segment_alloc",
			  shmem_segment_alloc(own->channel[0],
					      own->job->series->bytes,
					      &segment));
	own_pass(own, side, own->channel, 1, &segment);
	if (side == BENCH_SENDER)
		own_note(own);
	bench_agree(own->pair, side, 0);
	shmem_segment_free(&segment);
	shmem_channel_close(&own->channel[0]);
}

static bool run_pass(const struct bench_job *job, struct bench_pair *pair)
{
	return own_run(job, pair, 1, pass);
}

static bool wanted(const struct bench_options *options,
		   enum own_enforce enforce, bool spin, size_t bytes)
{
	/* Page by page, a gigabyte takes seconds. */
	if (enforce == OWN_UNMAP && bytes > 16 * BENCH_MIB)
		return false;
	/* In a hurry, only what the targets ask for. */
	if (!options->quick && !options->check)
		return true;
	return enforce == OWN_PROTECT &&
	       (bytes <= 2 * BENCH_MIB || (spin && bytes == BENCH_GIB));
}

static void add(const struct bench_options *options, enum own_enforce enforce,
		bool spin, size_t bytes)
{
	static const char *const subjects[] = {"shmem", "shmem unmap",
					       "shmem none"};
	struct bench_job job = {
		.run = run_pass,
		.budget_ms = options->budget_ms,
		.spin = spin,
		.variant = (int)enforce,
		.memory = bytes,
		/* As the floor that it is compared with. */
		.skip_rounds = options->quick && bytes == BENCH_GIB
				       ? BENCH_ROUNDS_MAX
				       : 0,
	};

	if (!wanted(options, enforce, spin, bytes))
		return;
	job.series = bench_series_get("pass", subjects[enforce],
				      spin ? "spinning" : "blocking", bytes, 0);
	bench_plan_add(&job);
}

void bench_plan_pass(const struct bench_options *options)
{
	static const size_t sizes[] = {
		4 * BENCH_KIB,  64 * BENCH_KIB,  BENCH_MIB, 2 * BENCH_MIB,
		16 * BENCH_MIB, 256 * BENCH_MIB, BENCH_GIB};

	for (size_t i = 0; i < sizeof(sizes) / sizeof(*sizes); i++)
		for (int enforce = OWN_PROTECT; enforce <= OWN_NONE; enforce++)
			for (int spin = 0; spin < 2; spin++)
				add(options, (enum own_enforce)enforce,
				    spin != 0, sizes[i]);
}
