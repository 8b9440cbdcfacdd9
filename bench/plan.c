/* SPDX-License-Identifier: MIT */
/* Runs the jobs round by round, and the peers' helpers around them. */
#include "plan.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "machine.h"

#define PEERS_MAX 32
#define PATIENCE 30 /* waits in vain, after which there are no more */

static struct bench_job *jobs;
static size_t job_count;

struct bench_missing bench_absent[PEERS_MAX];

static struct {
	const struct bench_peer *peer;
	bool usable;
} known[PEERS_MAX];

static void absent(const char *name, const char *why)
{
	for (size_t i = 0; i + 1 < PEERS_MAX; i++)
		if (bench_absent[i].name == NULL) {
			bench_absent[i].name = name;
			bench_absent[i].why = why;
			return;
		}
}

bool bench_peer_usable(const struct bench_peer *peer, size_t max_bytes)
{
	size_t i = 0;
	const char *why = NULL;

	while (i < PEERS_MAX && known[i].peer != NULL) {
		if (known[i].peer == peer)
			return known[i].usable;
		i++;
	}
	if (i == PEERS_MAX)
		return false;
	if (peer->start != NULL)
		why = peer->start(max_bytes);
	if (why != NULL)
		absent(peer->name, why);
	known[i].peer = peer;
	known[i].usable = why == NULL;
	return known[i].usable;
}

void bench_peers_stop(void)
{
	for (size_t i = 0; i < PEERS_MAX && known[i].peer != NULL; i++)
		if (known[i].usable && known[i].peer->stop != NULL)
			known[i].peer->stop();
}

void bench_plan_add(const struct bench_job *job)
{
	struct bench_job *more = realloc(jobs, (job_count + 1) * sizeof(*jobs));

	if (more == NULL)
		abort();
	jobs = more;
	jobs[job_count++] = *job;
}

static bool wanted(const struct bench_job *job,
		   const struct bench_options *options)
{
	char name[128];

	snprintf(name, sizeof(name), "%s/%s/%s/%s", job->series->scenario,
		 job->series->subject, job->series->mode,
		 bench_size_text(job->series->bytes));
	return strstr(name, options->only) != NULL;
}

void bench_plan_make(const struct bench_options *options)
{
	size_t kept = 0;

	for (size_t i = 0; bench_missing[i].name != NULL; i++)
		absent(bench_missing[i].name, bench_missing[i].why);
	bench_plan_floors(options);
	bench_plan_pass(options);
	bench_plan_transfers(options);
	bench_plan_first(options);
	bench_plan_alloc(options);
	bench_plan_parts(options);
#ifdef BENCH_PROTOCOL
	bench_plan_protocol(options);
#endif
	bench_plan_growth(options);
	if (options->only == NULL)
		return;
	for (size_t i = 0; i < job_count; i++)
		if (wanted(&jobs[i], options))
			jobs[kept++] = jobs[i];
	job_count = kept;
}

static void progress(const struct bench_options *options, unsigned round,
		     size_t job)
{
	if (!isatty(STDERR_FILENO))
		return;
	fprintf(stderr, "\r\033[Kround %u of %u, %zu of %zu: %s %s %s %s",
		round + 1, options->rounds, job + 1, job_count,
		jobs[job].series->scenario, jobs[job].series->subject,
		jobs[job].series->mode,
		bench_size_text(jobs[job].series->bytes));
}

/* False where it failed; what needs too much memory has not failed. */
static bool run_job(const struct bench_job *job, struct bench_pair *pair,
		    unsigned round)
{
	struct bench_series *series = job->series;
	bool done;

	if (job->skip_rounds != 0 && round % job->skip_rounds != 0) {
		bench_series_add(series, round, NULL);
		return true;
	}
	if (job->memory > machine_memory_available() / 10 * 9) {
		snprintf(series->trouble, sizeof(series->trouble),
			 "needs %llu MiB of memory",
			 (unsigned long long)(job->memory >> 20));
		bench_series_add(series, round, NULL);
		return true;
	}
	bench_pair_reset(pair);
	done = job->run(job, pair);
	bench_series_add(series, round, done ? pair : NULL);
	if (!done)
		snprintf(series->trouble, sizeof(series->trouble), "%s",
			 pair->reason);
	return done;
}

bool bench_plan_run(const struct bench_options *options)
{
	struct bench_pair *pair = bench_pair_new();
	unsigned noisy = 0;
	bool fine = true;

	if (pair == NULL)
		return false;
	for (unsigned round = 0; round < options->rounds; round++)
		for (size_t i = 0; i < job_count; i++) {
			progress(options, round, i);
			if (options->wait_ms > 0 && noisy < PATIENCE &&
			    !machine_wait_quiet(options->wait_ms))
				noisy++;
			fine &= run_job(&jobs[i], pair, round);
		}
	if (isatty(STDERR_FILENO))
		fprintf(stderr, "\r\033[K");
	if (noisy > 0)
		fprintf(stderr, "bench: the machine was not quiet %s%u times\n",
			noisy == PATIENCE ? "at least " : "", noisy);
	bench_pair_free(pair);
	free(jobs);
	jobs = NULL;
	job_count = 0;
	return fine;
}
