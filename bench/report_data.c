/* SPDX-License-Identifier: MIT */
/*
 * What plot.gp draws: a file a plot, in it a block a curve, which begins with
 * the curve's name. Each peer is shown in whichever of its modes is better.
 */
#include <math.h>
#include <string.h>

#include "report.h"

typedef double value_fn(const struct bench_series *s);

static double trip_us(const struct bench_series *s)
{
	return bench_median(s, BENCH_TRIP) / 1e3;
}

static double gigabytes(const struct bench_series *s)
{
	return (double)s->bytes / bench_median(s, BENCH_MESSAGE);
}

/* Whether an earlier series has begun this curve. */
static bool repeated(const struct bench_series *s, bool by_mode)
{
	for (const struct bench_series *e = bench_series_first(); e != s;
	     e = e->next)
		if (strcmp(e->scenario, s->scenario) == 0 &&
		    strcmp(e->subject, s->subject) == 0 &&
		    (!by_mode || strcmp(e->mode, s->mode) == 0))
			return true;
	return false;
}

static double better(double a, double b, bool lower)
{
	if (isnan(a) || isnan(b))
		return isnan(a) ? b : a;
	return (a < b) == lower ? a : b;
}

/* So that gnuplot is not given a curve without a point. */
static void begin(FILE *out, bool *begun, const char *what, const char *detail)
{
	if (*begun)
		return;
	*begun = true;
	fprintf(out, "\"%s%s%s\"\n", what, detail[0] != '\0' ? ", " : "",
		detail);
}

/* The best of a subject's modes at each size, in the order of sizes. */
static void transfer_curve(FILE *out, const struct bench_series *first,
			   value_fn *value, bool lower)
{
	size_t done = 0;
	bool begun = false;

	for (;;) {
		size_t bytes = SIZE_MAX;
		double best = NAN;

		for (const struct bench_series *s = first; s != NULL;
		     s = s->next)
			if (strcmp(s->scenario, "transfer") == 0 &&
			    strcmp(s->subject, first->subject) == 0 &&
			    s->bytes > done && s->bytes < bytes)
				bytes = s->bytes;
		if (bytes == SIZE_MAX)
			break;
		done = bytes;
		for (const struct bench_series *s = first; s != NULL;
		     s = s->next)
			if (strcmp(s->scenario, "transfer") == 0 &&
			    strcmp(s->subject, first->subject) == 0 &&
			    s->bytes == bytes)
				best = better(best, value(s), lower);
		if (isnan(best))
			continue;
		begin(out, &begun, first->subject, "");
		fprintf(out, "%zu %.6g\n", bytes, best);
	}
	fputs(begun ? "\n\n" : "", out);
}

static void transfers(FILE *out, value_fn *value, bool lower)
{
	for (const struct bench_series *s = bench_series_first(); s != NULL;
	     s = s->next)
		if (strcmp(s->scenario, "transfer") == 0 && !repeated(s, false))
			transfer_curve(out, s, value, lower);
}

static void round_trips(FILE *out)
{
	transfers(out, trip_us, true);
}

static void throughput(FILE *out)
{
	transfers(out, gigabytes, false);
}

/* A scenario whose curves are its subjects and modes, over bytes or counts. */
static void scenario(FILE *out, const char *name, bool over_count)
{
	for (const struct bench_series *s = bench_series_first(); s != NULL;
	     s = s->next) {
		bool begun = false;

		if (strcmp(s->scenario, name) != 0 || repeated(s, true))
			continue;
		for (const struct bench_series *t = s; t != NULL; t = t->next) {
			if (strcmp(t->scenario, name) != 0 ||
			    strcmp(t->subject, s->subject) != 0 ||
			    strcmp(t->mode, s->mode) != 0 || isnan(trip_us(t)))
				continue;
			begin(out, &begun, over_count ? name : s->subject,
			      over_count ? s->subject : s->mode);
			fprintf(out, "%zu %.6g\n",
				over_count ? (size_t)t->count : t->bytes,
				trip_us(t));
		}
		fputs(begun ? "\n\n" : "", out);
	}
}

static void ownership(FILE *out)
{
	scenario(out, "pass", false);
}

static void growth(FILE *out)
{
	scenario(out, "live segments", true);
	scenario(out, "channels", true);
}

bool report_data(const char *dir)
{
	static const struct {
		const char *name;
		void (*write)(FILE *out);
	} files[] = {
		{"round-trip", round_trips},
		{"throughput", throughput},
		{"ownership", ownership},
		{"growth", growth},
	};

	for (size_t i = 0; i < sizeof(files) / sizeof(*files); i++) {
		char path[512];
		FILE *out;

		snprintf(path, sizeof(path), "%s/%s.dat", dir, files[i].name);
		out = fopen(path, "w");
		if (out == NULL)
			return false;
		files[i].write(out);
		if (fclose(out) != 0)
			return false;
	}
	return true;
}
