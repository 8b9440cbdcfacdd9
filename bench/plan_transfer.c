/* SPDX-License-Identifier: MIT */
/* Which transfers are measured: every peer, in both modes, at every size. */
#include <stdio.h>

#include "plan.h"
#include "transfer.h"

static bool run_transfer(const struct bench_job *job, struct bench_pair *pair)
{
	struct transfer what = {.peer = job->peer,
				.bytes = job->series->bytes,
				.spin = job->spin,
				.budget_ms = job->budget_ms};

	return transfer_run(&what, pair);
}

static void add_one(const struct bench_options *options,
		    const struct bench_peer *peer, size_t bytes, bool spin)
{
	struct bench_job job = {
		.run = run_transfer,
		.peer = peer,
		.budget_ms = options->budget_ms,
		.spin = spin,
		.memory = transfer_memory(bytes),
		/* Seconds each, and compared with nothing else. */
		.skip_rounds = bytes > 16 * BENCH_MIB ? 3 : 0,
	};

	if (bytes > peer->max_bytes && options->only != NULL)
		return;
	job.series = bench_series_get("transfer", peer->name,
				      spin ? "spinning" : "blocking", bytes, 0);
	if (bytes > peer->max_bytes) {
		snprintf(job.series->trouble, sizeof(job.series->trouble), "%s",
			 peer->too_large);
		return;
	}
	bench_plan_add(&job);
}

void bench_plan_transfers(const struct bench_options *options)
{
	static const size_t sizes[] = {
		64,        4 * BENCH_KIB,  64 * BENCH_KIB,
		BENCH_MIB, 16 * BENCH_MIB, 256 * BENCH_MIB,
		BENCH_GIB};

	for (size_t i = 0; i < sizeof(sizes) / sizeof(*sizes); i++) {
		if (sizes[i] > options->max_bytes)
			continue;
		for (size_t p = 0; bench_peers[p] != NULL; p++) {
			const struct bench_peer *peer = bench_peers[p];

			if ((options->quick || options->check) && peer->extra)
				continue;
			if (!bench_peer_usable(peer, options->max_bytes))
				continue;
			if (!peer->only_spins)
				add_one(options, peer, sizes[i], false);
			/* Polling saves a wake-up, which is nothing here. */
			if (sizes[i] <= 16 * BENCH_MIB || peer->only_spins)
				add_one(options, peer, sizes[i], true);
		}
	}
}
