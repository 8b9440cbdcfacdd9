/* SPDX-License-Identifier: MIT */
/* Every call of an operation fails once, with every plausible errno. */
#include "faults.h"

#include "answers.h"
#include "base/error.h"
#include "base/fault.h"
#include "support.h"

#include <limits.h>
#include <shmem/diagnose.h>
#include <stdio.h>
#include <string.h>

static faults_holdings held(void)
{
	shmem_stats stats = SHMEM_STATS_INIT;

	shmem_stats_read(&stats);
	return (faults_holdings){support_descriptors(), shmem__fault_blocks(),
				 stats.handles + stats.mappings +
					 stats.mapped_bytes + stats.channels +
					 stats.segments + stats.pool_segments +
					 stats.pool_bytes};
}

faults_holdings faults_begin(const faults_op *op)
{
	faults_holdings before = held();

	op->set_up();
	return before;
}

void faults_end(const faults_op *op, int err, const char *what,
		faults_holdings before)
{
	faults_holdings after;

	ck_assert_msg(err <= 0 && err >= SHMEM_E_SYS, "%s", what);
	if (err != 0 && op->unharmed(err)) {
		err = op->act();
		ck_assert_msg(err == 0, "%s; then %s", what,
			      shmem_errname(err));
	}
	if (err == 0)
		op->done();
	op->tear_down();
	after = held();
	ck_assert_msg(after.descriptors == before.descriptors,
		      "%s; %zu descriptors became %zu", what,
		      before.descriptors, after.descriptors);
	ck_assert_msg(after.blocks == before.blocks,
		      "%s; %lu blocks of memory became %lu", what,
		      before.blocks, after.blocks);
	ck_assert_msg(after.counted == before.counted,
		      "%s; the library counts %lld more", what,
		      (long long)(after.counted - before.counted));
}

const char *faults_once(const faults_op *op, unsigned long k, int native,
			unsigned long times)
{
	faults_holdings before = faults_begin(op);
	const char *hit;
	char what[160];
	int err;

	shmem__fault_arm(k, native, NULL);
	shmem__fault_repeat(times);
	err = op->act();
	hit = shmem__fault_hit();
	shmem__fault_arm(0, 0, NULL);
	snprintf(what, sizeof(what), "%s: call %lu%s, %s, fails with %s: %s",
		 op->name, k, times > 1 ? " and the rest" : "",
		 hit != NULL ? hit : "none", support_errno_name(native),
		 shmem_errname(err));
	ck_assert_msg(hit != NULL || err == 0, "%s", what);
	faults_end(op, err, what, before);
	return hit;
}

/* From here on in steps, as long as it is the same call. */
#define LOOP 4

static bool same(const char *a, const char *b)
{
	return a != NULL && b != NULL && strcmp(a, b) == 0;
}

static void other_answers(const faults_op *op, unsigned long k,
			  const char *call, unsigned long times,
			  faults_once_fn *once)
{
	const int *native = answers_of(call);

	for (int i = 0; i < ANSWERS_MAX && native[i] != 0; i++)
		if (times == 1 || !answers_pass(native[i]))
			once(op, k, native[i], times);
}

static void run_all(const faults_op *op, unsigned long times,
		    faults_once_fn *once)
{
	char before[64] = "";
	unsigned alike = 0;
	unsigned long step = 1;

	for (unsigned long k = 1; k < 10000; k += step) {
		const char *hit = once(op, k, ANSWERS_NO_MEMORY, times);

		if (step > 1 && !same(hit, before)) { /* behind the loop */
			k -= step;
			step = 1;
			alike = 0;
			continue;
		}
		if (hit == NULL)
			return;
		alike = same(hit, before) ? alike + 1 : 0;
		step = alike >= LOOP ? ANSWERS_STEP : 1;
		snprintf(before, sizeof(before), "%s", hit);
		other_answers(op, k, before, times, once);
	}
	ck_abort_msg("%s never ends", op->name);
}

void faults_run_by(const faults_op *op, faults_once_fn *once)
{
	run_all(op, 1, once);
	run_all(op, ULONG_MAX, once);
}

void faults_run(const faults_op *op)
{
	/* What is allocated once is not a leak. */
	(void)faults_once(op, ULONG_MAX, ANSWERS_NO_MEMORY, 1);
	faults_run_by(op, faults_once);
}
