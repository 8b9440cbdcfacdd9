/* SPDX-License-Identifier: MIT */
/* What to measure: a list of jobs, of which each is run once a round. */
#ifndef BENCH_PLAN_H
#define BENCH_PLAN_H

#include "results.h"

struct bench_options {
	bool quick; /* within a minute */
	bool check; /* only what the targets need; fail if one is missed */
	bool judge; /* judge the targets */
	unsigned rounds;
	unsigned budget_ms; /* of a phase of a cell */
	int wait_ms;        /* for a quiet machine, before each cell */
	const char *only;   /* jobs whose name contains this */
	size_t max_bytes;
	const char *json;     /* where to write the JSON lines; "-": stdout */
	const char *data;     /* folder for what the plots are made of */
	const char *markdown; /* where to write the tables for the docs */
};

struct bench_job;
/* False: pair->reason says why not. */
typedef bool bench_run_fn(const struct bench_job *job, struct bench_pair *pair);

struct bench_job {
	struct bench_series *series;
	bench_run_fn *run;
	const struct bench_peer *peer;
	unsigned budget_ms;
	bool spin;
	int variant;          /* the scenario's own */
	uint64_t memory;      /* bytes that it may need */
	unsigned skip_rounds; /* dear ones: only every so many rounds, or 0 */
};

void bench_plan_add(const struct bench_job *job);
void bench_plan_make(const struct bench_options *options);

/* Runs it all; false where something that should have been measured failed. */
bool bench_plan_run(const struct bench_options *options);

/* Starts a peer's daemon and the like; false, and said, where it is not to be
 * had here. */
bool bench_peer_usable(const struct bench_peer *peer, size_t max_bytes);
void bench_peers_stop(void);

/* Peers that are not in the report, and why. */
extern struct bench_missing bench_absent[32];

/* The scenarios: each adds its jobs. */
void bench_plan_floors(const struct bench_options *options);
void bench_plan_transfers(const struct bench_options *options);
void bench_plan_first(const struct bench_options *options);
void bench_plan_pass(const struct bench_options *options);
void bench_plan_alloc(const struct bench_options *options);
void bench_plan_growth(const struct bench_options *options);
void bench_plan_parts(const struct bench_options *options);
void bench_plan_protocol(const struct bench_options *options);

#endif
