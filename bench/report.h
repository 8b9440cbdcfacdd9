/* SPDX-License-Identifier: MIT */
/* What was measured, for people, programs, plots and the documentation. */
#ifndef BENCH_REPORT_H
#define BENCH_REPORT_H

#include <stdio.h>

#include "plan.h"

void report_table(FILE *out);
void report_json(FILE *out);
void report_markdown(FILE *out);
/* One file a plot in folder `dir`; false, with errno, where that fails. */
bool report_data(const char *dir);

/* A duration with its unit, or "-" for NAN; lives until the eighth call. */
const char *report_time(double ns);
/* Right-aligned in `width` columns, though µ is two bytes. */
void report_cell(FILE *out, int width, const char *text);

#endif
