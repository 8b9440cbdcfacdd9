/* SPDX-License-Identifier: MIT */
/* What the user sees. */
#ifndef PARALLEL_GZIP_REPORT_H
#define PARALLEL_GZIP_REPORT_H

#include <stdint.h>

/* One line on standard error, after the program's name. Returns -1. */
int complain(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* The same for what is no error. */
void remark(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* A bar on standard error, if that is a terminal. */
void progress_show(uint64_t done, uint64_t total);
void progress_clear(void);

struct summary {
	const char *path;
	uint64_t input_bytes, output_bytes;
	double seconds;
	unsigned workers;
	uint64_t segments_moved; /* both ways, as this process counts them */
	uint64_t bytes_handed;   /* text out and results in, in segments */
	uint64_t bytes_copied;   /* in messages, both ways */
	unsigned deaths;         /* workers that ended before their time */
	unsigned blocks_redone;
	unsigned segments_reclaimed;
};

void summary_print(const struct summary *s);

#endif
