/* SPDX-License-Identifier: MIT */
/* The performance targets G1 to G13, and whether this run has met them. */
#ifndef BENCH_TARGET_H
#define BENCH_TARGET_H

#include <stdbool.h>
#include <stdio.h>

struct target {
	const char *goal; /* "G1" */
	const char *what;
	double figure; /* what was measured, in `unit`; NAN: it was not */
	const char *unit;
	double ratio; /* what is judged */
	bool at_most; /* or else at least */
	double limit;
	const char *to; /* what the ratio is to */
};

/* Works them out from what was measured. */
void target_judge(void);
const struct target *target_list(unsigned *ret_count);
bool target_met(const struct target *target);
bool target_all_met(void);

void target_table(FILE *out);

#endif
