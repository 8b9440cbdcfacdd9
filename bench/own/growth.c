/* SPDX-License-Identifier: MIT */
/*
 * Whether a transfer stays as cheap when much else is there: other live
 * segments on its channel, other channels in its process. And what an idle
 * channel costs.
 */
#include "own.h"

#include <stdlib.h>
#include <sys/resource.h>

#include "../work.h"

#define SEGMENT (4 * BENCH_KIB)

static shmem_segment *make(struct own *own, size_t channel)
{
	shmem_segment *segment = NULL;

	own_check(
		own, "segment_alloc",
		shmem_segment_alloc(own->channel[channel], SEGMENT, &segment));
	own_touch(segment);
	return segment;
}

/* Every other one of `count` live segments is the receiver's. */
static void segments(struct bench_pair *pair, enum bench_side side, void *arg)
{
	struct own *own = arg;
	shmem_channel *channel;
	size_t count = own->job->series->count;
	shmem_segment **held = calloc(count, sizeof(shmem_segment *));
	unsigned before = own_descriptors();

	if (held == NULL)
		bench_die(pair, "no memory");
	own_adopt(own, side);
	channel = own->channel[0];
	for (size_t i = 0; i < count; i++) {
		if (side == BENCH_SENDER)
			held[i] = make(own, 0);
		if (i % 2 == 0)
			continue;
		if (side == BENCH_SENDER) {
			own_send(own, channel, &held[i]);
		} else {
			held[i] = own_recv(own, channel);
			own_touch(held[i]);
		}
	}
	bench_agree(pair, side, 0);
	own_pass(own, side, own->channel, 1, held);
	if (side == BENCH_SENDER)
		pair->value = (double)(own_descriptors() - before + 2);
	bench_agree(pair, side, 0);
	for (size_t i = 0; i < count; i++)
		shmem_segment_free(&held[i]);
	free(held);
	shmem_channel_close(&own->channel[0]);
}

static bool run_segments(const struct bench_job *job, struct bench_pair *pair)
{
	return own_run(job, pair, 1, segments);
}

/* With variant 1 all channels are used in turn, or else only the first. */
static void channels(struct bench_pair *pair, enum bench_side side, void *arg)
{
	struct own *own = arg;
	size_t count = own->channels;
	size_t used = own->job->variant != 0 ? count : 1;
	shmem_segment **held = calloc(count, sizeof(shmem_segment *));
	/* The sockets are there already. */
	unsigned before = own_descriptors() - (unsigned)(2 * count);
	shmem_channel_opts opts = SHMEM_CHANNEL_OPTS_INIT;

	if (held == NULL)
		bench_die(pair, "no memory");
	own_adopt_with(own, side, &opts);
	for (size_t i = 0; side == BENCH_SENDER && i < count; i++)
		held[i] = make(own, i);
	/* All of them have greeted and have a segment, before it counts. */
	for (size_t i = 0; i < count; i++) {
		if (side == BENCH_SENDER)
			own_send(own, own->channel[i], &held[i]);
		else
			held[i] = own_recv(own, own->channel[i]);
	}
	for (size_t i = 0; i < count; i++) {
		if (side == BENCH_RECEIVER)
			own_send(own, own->channel[i], &held[i]);
		else
			held[i] = own_recv(own, own->channel[i]);
	}
	bench_agree(pair, side, 0);
	own_pass(own, side, own->channel, used, held);
	if (side == BENCH_SENDER)
		pair->value =
			(double)(own_descriptors() - before) / (double)count;
	bench_agree(pair, side, 0);
	for (size_t i = 0; i < count; i++) {
		shmem_segment_free(&held[i]);
		shmem_channel_close(&own->channel[i]);
	}
	free(held);
}

static bool run_channels(const struct bench_job *job, struct bench_pair *pair)
{
	return own_run(job, pair, job->series->count, channels);
}

static double cpu_ns(void)
{
	struct rusage usage;

	getrusage(RUSAGE_SELF, &usage);
	return 1e9 * (double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) +
	       1e3 * (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec);
}

/* The part of a core that waiting for a message takes, after some traffic. */
static void idle(struct bench_pair *pair, enum bench_side side, void *arg)
{
	struct own *own = arg;
	shmem_channel_opts opts = SHMEM_CHANNEL_OPTS_INIT;
	shmem_message *message = NULL;
	double before;
	uint64_t start;

	own_adopt_with(own, side, &opts);
	for (unsigned i = 0; i < 1000; i++) {
		if (side == BENCH_SENDER)
			own_send_empty(own, own->channel[0]);
		own_recv_empty(own, own->channel[0]);
		if (side == BENCH_RECEIVER)
			own_send_empty(own, own->channel[0]);
	}
	before = cpu_ns();
	start = bench_now_ns();
	shmem_channel_recv(own->channel[0], 300, &message);
	if (side == BENCH_RECEIVER)
		pair->value =
			(cpu_ns() - before) / (double)(bench_now_ns() - start);
	bench_agree(pair, side, 0);
	shmem_channel_close(&own->channel[0]);
}

static bool run_idle(const struct bench_job *job, struct bench_pair *pair)
{
	return own_run(job, pair, 1, idle);
}

static void add(const struct bench_options *options, const char *scenario,
		const char *subject, bench_run_fn *run, int variant,
		unsigned count)
{
	struct bench_job job = {
		.series = bench_series_get(scenario, subject, "spinning",
					   count > 0 ? SEGMENT : 0, count),
		.run = run,
		.budget_ms = options->budget_ms,
		.spin = true,
		.variant = variant,
		.memory = (uint64_t)count * BENCH_MIB / 8,
	};

	job.series->value_is =
		count > 0 ? "descriptors a channel" : "of a core";
	bench_plan_add(&job);
}

void bench_plan_growth(const struct bench_options *options)
{
	static const unsigned segment_counts[] = {1, 10, 100, 1000, 10000};
	static const unsigned channel_counts[] = {1, 10, 100, 1000};

	for (size_t i = 0; i < 5; i++)
		add(options, "live segments", "shmem", run_segments,
		    OWN_PROTECT, segment_counts[i]);
	for (size_t i = 0; i < 4; i++)
		add(options, "channels", "one of them", run_channels, 0,
		    channel_counts[i]);
	for (size_t i = 0; i < 4; i++)
		add(options, "channels", "all in turn", run_channels, 1,
		    channel_counts[i]);
	add(options, "idle", "part of a core", run_idle, 0, 0);
}
