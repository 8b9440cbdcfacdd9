/* SPDX-License-Identifier: MIT */
/* The list of series, and the little statistics that they need. */
#include "results.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct bench_series *first, **last = &first;

struct bench_series *bench_series_first(void)
{
	return first;
}

struct bench_series *bench_series_find(const char *scenario,
				       const char *subject, const char *mode,
				       size_t bytes, unsigned count)
{
	for (struct bench_series *s = first; s != NULL; s = s->next)
		if (s->bytes == bytes && s->count == count &&
		    strcmp(s->scenario, scenario) == 0 &&
		    strcmp(s->subject, subject) == 0 &&
		    strcmp(s->mode, mode) == 0)
			return s;
	return NULL;
}

struct bench_series *bench_series_get(const char *scenario, const char *subject,
				      const char *mode, size_t bytes,
				      unsigned count)
{
	struct bench_series *s =
		bench_series_find(scenario, subject, mode, bytes, count);

	if (s != NULL)
		return s;
	s = calloc(1, sizeof(*s));
	if (s == NULL)
		abort();
	s->scenario = scenario;
	snprintf(s->subject, sizeof(s->subject), "%s", subject);
	s->mode = mode;
	s->bytes = bytes;
	s->count = count;
	*last = s;
	last = &s->next;
	return s;
}

bool bench_series_known(const struct bench_series *series)
{
	return series->rounds > 0 || series->trouble[0] != '\0';
}

static unsigned bucket_of(uint64_t ns)
{
	unsigned top, index;

	if (ns < 64)
		return (unsigned)ns;
	top = 63u - (unsigned)__builtin_clzll(ns);
	index = (top - 4) * 32 + (unsigned)(ns >> (top - 5)) - 32;
	return index < BENCH_BUCKETS ? index : BENCH_BUCKETS - 1;
}

/* The middle of what a bucket holds. */
static double bucket_value(unsigned index)
{
	unsigned shift;

	if (index < 64)
		return index;
	shift = index / 32 - 1;
	return ldexp((double)(index % 32 + 32) + 0.5, (int)shift);
}

static int compare_u64(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return (x > y) - (x < y);
}

static int compare_double(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

void bench_series_add(struct bench_series *series, unsigned round,
		      struct bench_pair *pair)
{
	if (round >= BENCH_ROUNDS_MAX)
		return;
	for (; series->rounds <= round; series->rounds++)
		for (unsigned m = 0; m < BENCH_METRICS; m++)
			series->value[m][series->rounds] = NAN;
	if (pair == NULL)
		return;
	for (uint32_t i = 0; i < pair->sample_count; i++)
		series->bucket[bucket_of(pair->samples[i])]++;
	series->samples += pair->sample_count;
	if (pair->sample_count > 0) {
		qsort(pair->samples, pair->sample_count, sizeof(*pair->samples),
		      compare_u64);
		series->value[BENCH_TRIP][round] =
			(double)pair->samples[pair->sample_count / 2];
	}
	if (pair->message_ns > 0)
		series->value[BENCH_MESSAGE][round] = pair->message_ns;
	if (pair->first_ns > 0)
		series->value[BENCH_FIRST][round] = (double)pair->first_ns;
	series->value[BENCH_VALUE][round] = pair->value;
	memcpy(series->note, pair->note, sizeof(series->note));
}

/* Sorts what is a number of `values` to the front; how many there are. */
static unsigned sorted(double *values, unsigned count)
{
	unsigned kept = 0;

	for (unsigned i = 0; i < count; i++)
		if (!isnan(values[i]))
			values[kept++] = values[i];
	qsort(values, kept, sizeof(*values), compare_double);
	return kept;
}

static double middle(double *values, unsigned count)
{
	count = sorted(values, count);
	if (count == 0)
		return NAN;
	return (values[(count - 1) / 2] + values[count / 2]) / 2;
}

double bench_median(const struct bench_series *series, enum bench_metric what)
{
	double values[BENCH_ROUNDS_MAX];

	if (series == NULL)
		return NAN;
	memcpy(values, series->value[what], sizeof(values));
	return middle(values, series->rounds);
}

double bench_lowest(const struct bench_series *series, enum bench_metric what)
{
	double values[BENCH_ROUNDS_MAX];

	if (series == NULL)
		return NAN;
	memcpy(values, series->value[what], sizeof(values));
	return sorted(values, series->rounds) > 0 ? values[0] : NAN;
}

double bench_quantile(const struct bench_series *series, double q)
{
	double rank;
	uint64_t seen = 0;

	if (series == NULL || series->samples == 0)
		return NAN;
	rank = q * (double)(series->samples - 1);
	for (unsigned i = 0; i < BENCH_BUCKETS; i++) {
		seen += series->bucket[i];
		if ((double)seen > rank)
			return bucket_value(i);
	}
	return NAN;
}

double bench_ratio(const struct bench_series *a, enum bench_metric of_a,
		   const struct bench_series *b, enum bench_metric of_b)
{
	double values[BENCH_ROUNDS_MAX];
	unsigned rounds;

	if (a == NULL || b == NULL)
		return NAN;
	rounds = a->rounds < b->rounds ? a->rounds : b->rounds;
	for (unsigned i = 0; i < rounds; i++)
		values[i] = a->value[of_a][i] / b->value[of_b][i];
	return middle(values, rounds);
}

const char *bench_size_text(size_t bytes)
{
	static char text[8][24];
	static unsigned next;
	char *out = text[next++ % 8];
	static const char *const units[] = {"B", "KiB", "MiB", "GiB"};
	unsigned unit = 0;

	while (bytes >= 1024 && bytes % 1024 == 0 && unit < 3) {
		bytes /= 1024;
		unit++;
	}
	snprintf(out, sizeof(text[0]), "%zu %s", bytes, units[unit]);
	return out;
}
