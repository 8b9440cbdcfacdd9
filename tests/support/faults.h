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
#include <stddef.h>
#include <stdint.h>

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

/* The same, each time in a process of its own: for what a process can do only
 * once. */
void faults_run_apart(const faults_op *op);

/* For those two: one run; the name of the call that failed, or NULL where there
 * was none. And all runs by such a function. */
typedef const char *faults_once_fn(const faults_op *op, unsigned long k,
				   int native, unsigned long times);
faults_once_fn faults_once;
void faults_run_by(const faults_op *op, faults_once_fn *once);

/*
 * The same under limits, as the system enforces them: an operation is tried
 * with so little of something, then with a little more, until it is enough.
 * Each time it fails cleanly, with the one error that its lack is documented to
 * be, and succeeds when the limit is lifted.
 */
typedef enum ladder_limit {
	LADDER_DESCRIPTORS, /* RLIMIT_NOFILE: E_LIMIT */
	LADDER_ADDRESSES,   /* RLIMIT_AS: E_NOMEM */
	LADDER_FILE,        /* RLIMIT_FSIZE: E_NOSPACE */
	LADDER_LIMITS
} ladder_limit;

void ladder_run(const faults_op *op, ladder_limit limit);

/* How many of `ops` operations to try: one, which says why it can't be, where
 * the system keeps no limits. */
int ladder_ops(int ops);

/* For more drivers: before an operation, and after its act returned `err`. The
 * first returns what is held, for the second to compare. */
typedef struct faults_holdings {
	size_t descriptors;
	unsigned long blocks;
	uint64_t counted; /* by the library: handles, mappings, and so on */
} faults_holdings;
faults_holdings faults_begin(const faults_op *op);
void faults_end(const faults_op *op, int err, const char *what,
		faults_holdings before);

#endif
