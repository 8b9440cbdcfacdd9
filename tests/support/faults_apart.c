/* SPDX-License-Identifier: MIT */
/* Runs of an operation, each in a process of its own. */
#include "faults.h"

#include "support.h"

#include <stdio.h>
#include <string.h>
#include <sys/mman.h>

/* What a process is to do, and what came of it. */
typedef struct apart {
	const faults_op *op;
	unsigned long k;
	int native;
	unsigned long times;
	bool hit;
	char call[32];
} apart;

static void run_there(void *arg)
{
	apart *there = arg;
	const char *hit =
		faults_once(there->op, there->k, there->native, there->times);

	there->hit = hit != NULL;
	snprintf(there->call, sizeof(there->call), "%s",
		 hit != NULL ? hit : "");
}

static const char *run_apart(const faults_op *op, unsigned long k, int native,
			     unsigned long times)
{
	static char call[32];
	apart *there = mmap(NULL, sizeof(*there), PROT_READ | PROT_WRITE,
			    MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	bool hit;

	ck_assert(there != MAP_FAILED);
	*there = (apart){.op = op, .k = k, .native = native, .times = times};
	ck_assert_int_eq(support_child(run_there, there), 0);
	memcpy(call, there->call, sizeof(call));
	hit = there->hit;
	munmap(there, sizeof(*there));
	return hit ? call : NULL;
}

void faults_run_apart(const faults_op *op)
{
	faults_run_by(op, run_apart);
}
