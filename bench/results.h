/* SPDX-License-Identifier: MIT */
/* Where the rounds of every cell are kept, and how they are compared. */
#ifndef BENCH_RESULTS_H
#define BENCH_RESULTS_H

#include "pair.h"

#define BENCH_ROUNDS_MAX 64

enum bench_metric {
	BENCH_TRIP,    /* median round trip of a round, ns */
	BENCH_MESSAGE, /* a message in a stream, ns */
	BENCH_FIRST,   /* the first round trip, ns */
	BENCH_VALUE,   /* the scenario's own figure */
	BENCH_METRICS
};

/* Powers of two, each cut in 32: quantiles to 3 %, over all rounds. */
#define BENCH_BUCKETS (48 * 32)

struct bench_series {
	const char *scenario; /* "transfer", "pass", … */
	char subject[48];
	const char *mode; /* "blocking", "spinning" or "" */
	size_t bytes;
	unsigned count;       /* of what the scenario varies, or 0 */
	const char *value_is; /* what BENCH_VALUE is, for the reader */
	unsigned rounds;
	double value[BENCH_METRICS][BENCH_ROUNDS_MAX]; /* NAN: none */
	char note[40]; /* how it was done, if that is known */
	uint64_t samples;
	uint32_t bucket[BENCH_BUCKETS];
	char trouble[160]; /* why a round, or all of it, is missing */
	struct bench_series *next;
};

/* The series of these, new if need be. `subject` is copied. */
struct bench_series *bench_series_get(const char *scenario, const char *subject,
				      const char *mode, size_t bytes,
				      unsigned count);
/* NULL where nothing was measured. */
struct bench_series *bench_series_find(const char *scenario,
				       const char *subject, const char *mode,
				       size_t bytes, unsigned count);
struct bench_series *bench_series_first(void);

/* Whether there is anything to say about it. */
bool bench_series_known(const struct bench_series *series);

/* Opens round `round` with what the pair measured, or with nothing (NULL). */
void bench_series_add(struct bench_series *series, unsigned round,
		      struct bench_pair *pair);

/* Over the rounds; NAN where there is nothing. */
double bench_median(const struct bench_series *series, enum bench_metric what);
double bench_lowest(const struct bench_series *series, enum bench_metric what);
double bench_quantile(const struct bench_series *series, double q);

/* Median of a/b by round. NAN where they have no round in common. */
double bench_ratio(const struct bench_series *a, enum bench_metric of_a,
		   const struct bench_series *b, enum bench_metric of_b);

/* "4 KiB"; the text lives until the eighth call after this one. */
const char *bench_size_text(size_t bytes);

#endif
