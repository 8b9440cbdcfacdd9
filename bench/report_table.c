/* SPDX-License-Identifier: MIT */
/* Tables for the terminal: a block for each size, the fastest first. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "machine.h"
#include "report.h"

#define ROWS_MAX 256

const char *report_time(double ns)
{
	static char text[8][24];
	static unsigned next;
	char *out = text[next++ % 8];
	static const char *const units[] = {"ns", "µs", "ms", "s"};
	unsigned unit = 0;

	if (isnan(ns))
		return "-";
	while (ns >= 1000 && unit < 3) {
		ns /= 1000;
		unit++;
	}
	snprintf(out, sizeof(text[0]), "%.*f %s",
		 ns < 10 && unit > 0    ? 2
		 : ns < 100 && unit > 0 ? 1
					: 0,
		 ns, units[unit]);
	return out;
}

void report_cell(FILE *out, int width, const char *text)
{
	int len = 0;

	for (const char *p = text; *p != '\0'; p++)
		len += ((unsigned char)*p & 0xc0) != 0x80;
	fprintf(out, "%*s%s", width > len ? width - len : 0, "", text);
}

static int by_trip(const void *a, const void *b)
{
	double x = bench_median(*(struct bench_series *const *)a, BENCH_TRIP);
	double y = bench_median(*(struct bench_series *const *)b, BENCH_TRIP);

	if (isnan(x) || isnan(y))
		return isnan(x) - isnan(y);
	return (x > y) - (x < y);
}

static size_t collect(const char *scenario, size_t bytes,
		      const struct bench_series *rows[ROWS_MAX])
{
	size_t count = 0;

	for (const struct bench_series *s = bench_series_first(); s != NULL;
	     s = s->next)
		if (strcmp(s->scenario, scenario) == 0 && s->bytes == bytes &&
		    bench_series_known(s) && count < ROWS_MAX)
			rows[count++] = s;
	return count;
}

static void transfer_row(FILE *out, const struct bench_series *s)
{
	double message = bench_median(s, BENCH_MESSAGE);
	char number[32];

	fprintf(out, "  %-24s %-9s", s->subject, s->mode);
	if (isnan(bench_median(s, BENCH_TRIP))) {
		fprintf(out, "  not measured: %s\n", s->trouble);
		return;
	}
	report_cell(out, 10, report_time(bench_median(s, BENCH_TRIP)));
	report_cell(out, 10, report_time(bench_quantile(s, 0.99)));
	report_cell(out, 10, report_time(bench_quantile(s, 0.999)));
	snprintf(number, sizeof(number), "%.2f", (double)s->bytes / message);
	report_cell(out, 9, isnan(message) ? "-" : number);
	snprintf(number, sizeof(number), "%.0f", 1e9 / message);
	report_cell(out, 12, isnan(message) ? "-" : number);
	fprintf(out, "%s%s\n", s->trouble[0] != '\0' ? "  some rounds: " : "",
		s->trouble);
}

static void transfers(FILE *out)
{
	size_t done = 0;

	for (;;) {
		const struct bench_series *rows[ROWS_MAX];
		size_t bytes = SIZE_MAX, count;

		for (const struct bench_series *s = bench_series_first();
		     s != NULL; s = s->next)
			if (strcmp(s->scenario, "transfer") == 0 &&
			    bench_series_known(s) && s->bytes > done &&
			    s->bytes < bytes)
				bytes = s->bytes;
		if (bytes == SIZE_MAX)
			return;
		done = bytes;
		count = collect("transfer", bytes, rows);
		qsort(rows, count, sizeof(*rows), by_trip);
		fprintf(out, "\n%-36s", bench_size_text(bytes));
		fprintf(out, " round trip       p99     p99.9     GB/s  "
			     "messages/s\n");
		for (size_t i = 0; i < count; i++)
			transfer_row(out, rows[i]);
	}
}

static void other_figures(FILE *out, const struct bench_series *s)
{
	double value = bench_median(s, BENCH_VALUE);
	double trip = bench_median(s, BENCH_TRIP);

	if (isnan(trip) && isnan(value)) {
		fprintf(out, "  not measured: %s\n", s->trouble);
		return;
	}
	if (!isnan(trip)) {
		report_cell(out, 10, report_time(trip));
		report_cell(out, 10, report_time(bench_quantile(s, 0.99)));
		report_cell(out, 10, report_time(bench_lowest(s, BENCH_TRIP)));
	}
	if (!isnan(value))
		fprintf(out, "  %.3g %s", value, s->value_is);
	fprintf(out, "%s%s\n", s->note[0] != '\0' ? "  " : "", s->note);
}

static void others(FILE *out)
{
	const char *scenario = "";

	for (const struct bench_series *s = bench_series_first(); s != NULL;
	     s = s->next) {
		if (strcmp(s->scenario, "transfer") == 0 ||
		    !bench_series_known(s))
			continue;
		if (strcmp(s->scenario, scenario) != 0) {
			scenario = s->scenario;
			fprintf(out, "\n%-60s median       p99    lowest\n",
				scenario);
		}
		fprintf(out, "  %-26s %-9s %9s", s->subject, s->mode,
			s->bytes > 0 ? bench_size_text(s->bytes) : "");
		if (s->count > 0)
			fprintf(out, " %7u", s->count);
		else
			fprintf(out, "        ");
		other_figures(out, s);
	}
}

void report_table(FILE *out)
{
	const struct machine *m = machine_get();

	fprintf(out, "%s, %u cores, %.0f GiB, %s, %s\n", m->cpu, m->cores,
		(double)m->memory / (double)BENCH_GIB, m->kernel, m->date);
	fprintf(out, "huge pages for shared memory: %s\n", m->huge_shmem);
	if (m->one_core)
		fputs("both processes share the one core there is: nothing "
		      "here says much\n",
		      out);
	transfers(out);
	others(out);
	for (size_t i = 0; bench_absent[i].name != NULL; i++)
		fprintf(out, "\nmissing: %s: %s", bench_absent[i].name,
			bench_absent[i].why);
	fputc('\n', out);
}
