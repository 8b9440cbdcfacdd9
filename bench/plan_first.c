/* SPDX-License-Identifier: MIT */
/* The first message that two processes exchange: nothing is warm yet. */
#include <string.h>

#include "plan.h"
#include "transfer.h"

#define TRIES 8

static bool run_first(const struct bench_job *job, struct bench_pair *pair)
{
	struct transfer what = {.peer = job->peer,
				.bytes = job->series->bytes,
				.spin = job->spin,
				.only_first = true};

	for (unsigned i = 0; i < TRIES; i++) {
		if (!transfer_run(&what, pair))
			return false;
		bench_sample(pair, pair->first_ns);
	}
	pair->first_ns = 0;
	return true;
}

void bench_plan_first(const struct bench_options *options)
{
	for (size_t p = 0; bench_peers[p] != NULL; p++) {
		struct bench_job job = {.run = run_first,
					.peer = bench_peers[p]};

		if (strcmp(job.peer->name, "shmem") != 0 &&
		    strcmp(job.peer->name, "memfd a message") != 0)
			continue;
		if (!bench_peer_usable(job.peer, options->max_bytes))
			continue;
		job.series = bench_series_get("first message", job.peer->name,
					      "blocking", BENCH_MIB, 0);
		bench_plan_add(&job);
	}
}
