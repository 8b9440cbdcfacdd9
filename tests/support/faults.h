/* SPDX-License-Identifier: MIT */
/*
 * Runs an operation again and again, each time with another of its calls to the
 * system failing, in every plausible way: first one call alone, then that one
 * and all that come after it. After each: is what was there unharmed, does the
 * next try work, and is nothing left behind?
 */
#ifndef SHMEM_TESTS_FAULTS_H
#define SHMEM_TESTS_FAULTS_H

#include <stdbool.h>

typedef struct faults_op {
	const char *name;
	void (*set_up)(void);
	/* The operation: 0, or the error that it returned. */
	int (*act)(void);
	/* After an error: nothing is lost. Whether it can be tried again. */
	bool (*unharmed)(int err);
	/* After success, at once or at the next try. */
	void (*done)(void);
	void (*tear_down)(void);
} faults_op;

void faults_run(const faults_op *op);

#endif
