/* SPDX-License-Identifier: MIT */
/* JSON lines: one for the machine, one a series, one for what is missing. */
#include <math.h>

#include "machine.h"
#include "report.h"
#include "target.h"

static void text(FILE *out, const char *key, const char *value)
{
	fprintf(out, "\"%s\":\"", key);
	for (; *value != '\0'; value++) {
		if (*value == '"' || *value == '\\')
			fputc('\\', out);
		if ((unsigned char)*value >= 0x20)
			fputc(*value, out);
	}
	fputc('"', out);
}

static void number(FILE *out, const char *key, double value)
{
	if (!isnan(value))
		fprintf(out, ",\"%s\":%.6g", key, value);
}

static void rounds(FILE *out, const struct bench_series *s, const char *key,
		   enum bench_metric what)
{
	if (isnan(bench_median(s, what)))
		return;
	fprintf(out, ",\"%s\":[", key);
	for (unsigned i = 0; i < s->rounds; i++) {
		fputs(i > 0 ? "," : "", out);
		if (isnan(s->value[what][i]))
			fputs("null", out);
		else
			fprintf(out, "%.6g", s->value[what][i]);
	}
	fputc(']', out);
}

static void series(FILE *out, const struct bench_series *s)
{
	double message = bench_median(s, BENCH_MESSAGE);

	fputs("{\"kind\":\"series\",", out);
	text(out, "scenario", s->scenario);
	fputc(',', out);
	text(out, "subject", s->subject);
	fputc(',', out);
	text(out, "mode", s->mode);
	fprintf(out, ",\"bytes\":%zu,\"count\":%u,\"rounds\":%u", s->bytes,
		s->count, s->rounds);
	number(out, "trip_ns", bench_median(s, BENCH_TRIP));
	number(out, "trip_p99_ns", bench_quantile(s, 0.99));
	number(out, "trip_p999_ns", bench_quantile(s, 0.999));
	number(out, "first_ns", bench_median(s, BENCH_FIRST));
	number(out, "message_ns", message);
	number(out, "gb_per_s", (double)s->bytes / message);
	number(out, "value", bench_median(s, BENCH_VALUE));
	rounds(out, s, "trip_ns_rounds", BENCH_TRIP);
	rounds(out, s, "message_ns_rounds", BENCH_MESSAGE);
	if (s->note[0] != '\0') {
		fputc(',', out);
		text(out, "note", s->note);
	}
	if (s->trouble[0] != '\0') {
		fputc(',', out);
		text(out, "trouble", s->trouble);
	}
	fputs("}\n", out);
}

static void judged(FILE *out, const struct target *t)
{
	fputs("{\"kind\":\"target\",", out);
	text(out, "goal", t->goal);
	fputc(',', out);
	text(out, "what", t->what);
	number(out, "figure", t->figure);
	number(out, "ratio", t->ratio);
	number(out, t->at_most ? "at_most" : "at_least", t->limit);
	fputc(',', out);
	text(out, "to", t->to);
	fprintf(out, ",\"met\":%s}\n", target_met(t) ? "true" : "false");
}

void report_json(FILE *out)
{
	const struct machine *m = machine_get();
	const struct target *target;
	unsigned targets;

	fputs("{\"kind\":\"machine\",", out);
	text(out, "cpu", m->cpu);
	fputc(',', out);
	text(out, "kernel", m->kernel);
	fputc(',', out);
	text(out, "date", m->date);
	fputc(',', out);
	text(out, "huge_shared_memory", m->huge_shmem);
	fprintf(out, ",\"cores\":%u,\"memory\":%llu,\"one_core\":%s}\n",
		m->cores, (unsigned long long)m->memory,
		m->one_core ? "true" : "false");
	for (const struct bench_series *s = bench_series_first(); s != NULL;
	     s = s->next)
		if (bench_series_known(s))
			series(out, s);
	for (size_t i = 0; bench_absent[i].name != NULL; i++) {
		fputs("{\"kind\":\"missing\",", out);
		text(out, "subject", bench_absent[i].name);
		fputc(',', out);
		text(out, "trouble", bench_absent[i].why);
		fputs("}\n", out);
	}
	target = target_list(&targets);
	for (unsigned i = 0; i < targets; i++)
		judged(out, &target[i]);
}
