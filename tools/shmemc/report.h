/* SPDX-License-Identifier: MIT */
/*
 * What is wrong with a source file: file, line, column, what was expected, the
 * line itself and a caret under the place. Several in one run; after
 * REPORT_LIMIT the rest is counted only.
 */
#ifndef SHMEMC_REPORT_H
#define SHMEMC_REPORT_H

#include "source.h"

#define REPORT_LIMIT 20u

typedef struct report {
	buffer text;
	unsigned errors;
} report;

void report_error(report *r, place where, const char *format, ...)
	PRINTF_LIKE(3, 4);

/* Belongs to the error before it. */
void report_note(report *r, place where, const char *format, ...)
	PRINTF_LIKE(3, 4);

/* About no place in a file. */
void report_plain(report *r, const char *format, ...) PRINTF_LIKE(2, 3);

/* Says how many there were, if there were more than were shown. */
void report_finish(report *r);

#endif
