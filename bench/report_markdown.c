/* SPDX-License-Identifier: MIT */
/* The tables of docs/performance.md. */
#include <math.h>
#include <string.h>

#include "machine.h"
#include "report.h"
#include "target.h"

#define SIZES_MAX 16

typedef void figure_fn(FILE *out, const struct bench_series *s);

static void figure_trip(FILE *out, const struct bench_series *s)
{
	fputs(report_time(bench_median(s, BENCH_TRIP)), out);
}

/* With the way it was done. */
static void figure_noted(FILE *out, const struct bench_series *s)
{
	figure_trip(out, s);
	if (s->note[0] != '\0')
		fprintf(out, "<br>%s", s->note);
}

static void figure_tail(FILE *out, const struct bench_series *s)
{
	fprintf(out, "%s, %s", report_time(bench_quantile(s, 0.99)),
		report_time(bench_quantile(s, 0.999)));
}

static void figure_stream(FILE *out, const struct bench_series *s)
{
	double message = bench_median(s, BENCH_MESSAGE);

	if (isnan(message))
		fputc('-', out);
	else if (s->bytes < 4096)
		fprintf(out, "%.2f M/s", 1e3 / message);
	else
		fprintf(out, "%.2f", (double)s->bytes / message);
}

static unsigned sizes_of(const char *scenario, size_t sizes[SIZES_MAX])
{
	unsigned count = 0;
	size_t done = 0;

	while (count < SIZES_MAX) {
		size_t next = SIZE_MAX;

		for (const struct bench_series *s = bench_series_first();
		     s != NULL; s = s->next)
			if (strcmp(s->scenario, scenario) == 0 &&
			    bench_series_known(s) && s->bytes > done &&
			    s->bytes < next)
				next = s->bytes;
		if (next == SIZE_MAX)
			break;
		sizes[count++] = done = next;
	}
	return count;
}

static bool row_begun(const struct bench_series *s)
{
	for (const struct bench_series *e = bench_series_first(); e != s;
	     e = e->next)
		if (strcmp(e->scenario, s->scenario) == 0 &&
		    strcmp(e->subject, s->subject) == 0 &&
		    strcmp(e->mode, s->mode) == 0 && e->count == s->count)
			return true;
	return false;
}

/* A row for each subject and mode, a column for each size. */
static void by_size(FILE *out, const char *scenario, const char *title,
		    figure_fn *figure)
{
	size_t sizes[SIZES_MAX];
	unsigned count = sizes_of(scenario, sizes);

	if (count == 0)
		return;
	fprintf(out, "\n%s\n\n| |", title);
	for (unsigned i = 0; i < count; i++)
		fprintf(out, " %s |", bench_size_text(sizes[i]));
	fputs("\n| --- |", out);
	for (unsigned i = 0; i < count; i++)
		fputs(" ---: |", out);
	fputc('\n', out);
	for (const struct bench_series *s = bench_series_first(); s != NULL;
	     s = s->next) {
		if (strcmp(s->scenario, scenario) != 0 || row_begun(s))
			continue;
		fprintf(out, "| %s%s%s |", s->subject,
			s->mode[0] != '\0' ? ", " : "", s->mode);
		for (unsigned i = 0; i < count; i++) {
			const struct bench_series *at =
				bench_series_find(scenario, s->subject, s->mode,
						  sizes[i], s->count);

			fputc(' ', out);
			if (at == NULL || at->rounds == 0)
				fputc('-', out);
			else
				figure(out, at);
			fputs(" |", out);
		}
		fputc('\n', out);
	}
}

/* A row for each count of what grows. */
static void by_count(FILE *out, const char *scenario, const char *title)
{
	bool begun = false;

	for (const struct bench_series *s = bench_series_first(); s != NULL;
	     s = s->next) {
		double value = bench_median(s, BENCH_VALUE);

		if (strcmp(s->scenario, scenario) != 0 || s->rounds == 0)
			continue;
		if (!begun)
			fprintf(out,
				"\n%s\n\n| | how many | round trip | "
				"descriptors a channel |\n"
				"| --- | ---: | ---: | ---: |\n",
				title);
		begun = true;
		fprintf(out, "| %s, %s | %u | %s |", s->subject,
			bench_size_text(s->bytes), s->count,
			report_time(bench_median(s, BENCH_TRIP)));
		if (isnan(value))
			fputs(" |\n", out);
		else
			fprintf(out, " %.4g |\n", value);
	}
}

static void judged(FILE *out)
{
	unsigned count;
	const struct target *list = target_list(&count);

	if (count == 0)
		return;
	fputs("\nThe targets: a ratio is the median of the rounds' ratios.\n\n"
	      "| | what | figure | ratio | wanted | to | met |\n"
	      "| --- | --- | ---: | ---: | ---: | --- | --- |\n",
	      out);
	for (unsigned i = 0; i < count; i++) {
		const struct target *t = &list[i];

		fprintf(out, "| %s | %s | ", t->goal, t->what);
		if (t->unit[0] != '\0' || isnan(t->figure))
			fputs(report_time(t->figure), out);
		else
			fprintf(out, "%.3g", t->figure);
		if (isnan(t->ratio))
			fputs(" | -", out);
		else
			fprintf(out, " | %.3g", t->ratio);
		fprintf(out, " | %s %g | %s | %s |\n", t->at_most ? "≤" : "≥",
			t->limit, t->to, target_met(t) ? "yes" : "**no**");
	}
}

void report_markdown(FILE *out)
{
	const struct machine *m = machine_get();

	unsigned rounds = 0;

	for (const struct bench_series *s = bench_series_first(); s != NULL;
	     s = s->next)
		if (s->rounds > rounds)
			rounds = s->rounds;
	fprintf(out,
		"Measured %s on %s: %u cores, %.0f GiB, %s, huge pages for "
		"shared memory: %s, %u rounds, load at the start %.1f.\n",
		m->date, m->cpu, m->cores,
		(double)m->memory / (double)BENCH_GIB, m->kernel, m->huge_shmem,
		rounds, m->load);
	by_size(out, "transfer",
		"Round trip: the message is written, handed over, read and "
		"answered. Median.",
		figure_trip);
	by_size(out, "transfer", "The same, 99 % and 99.9 %.", figure_tail);
	by_size(out, "transfer",
		"Stream, GB/s (64 B: million messages a second).",
		figure_stream);
	by_size(out, "pass",
		"Changing hands there and back, one byte touched at each side.",
		figure_noted);
	by_size(out, "alloc", "Allocating, touching every page, freeing.",
		figure_trip);
	by_size(out, "first message",
		"The first message between processes just started.",
		figure_trip);
	by_size(out, "floor", "What the kernel's own means cost.", figure_trip);
	by_count(out, "parts a message",
		 "Sixteen segments there and back, so many to a message.");
	by_count(out, "live segments", "Among so many live segments.");
	by_count(out, "channels", "Among so many channels.");
	judged(out);
	for (size_t i = 0; bench_absent[i].name != NULL; i++)
		fprintf(out, "\nMissing in this run: %s, %s.\n",
			bench_absent[i].name, bench_absent[i].why);
}
