/* SPDX-License-Identifier: MIT */
/* Runs of an operation, each in a process of its own, which tells by its exit
 * code what was hit. */
#include "faults.h"

#include "answers.h"
#include "support.h"

#include <windows.h>

#define PATIENCE 60000
#define HIT 2 /* and more; 1 is a test that failed */

/* What a process is to do. */
typedef struct apart {
	uintptr_t op; /* from the beginning of the program */
	unsigned long k;
	int native;
	unsigned long times;
} apart;

static uintptr_t program(void)
{
	return (uintptr_t)GetModuleHandleA(NULL);
}

static void run_there(void *arg)
{
	const apart *there = arg;
	const char *hit =
		faults_once((const faults_op *)(program() + there->op),
			    there->k, there->native, there->times);

	if (hit != NULL)
		support_exit(HIT + answers_index(hit));
}

static const char *run_apart(const faults_op *op, unsigned long k, int native,
			     unsigned long times)
{
	apart there = {.op = (uintptr_t)op - program(),
		       .k = k,
		       .native = native,
		       .times = times};
	int status = support_wait(
		support_start(run_there, &there, sizeof(there)), PATIENCE);

	ck_assert_int_ge(status, 0);
	ck_assert_int_ne(status, 1);
	return status == 0 ? NULL : answers_name(status - HIT);
}

void faults_run_apart(const faults_op *op)
{
	faults_run_by(op, run_apart);
}
