/* SPDX-License-Identifier: MIT */
/* Nothing that a process has is kept within limits here. */
#include "faults.h"

#include "support.h"

int ladder_ops(int ops)
{
	return ops < 1 ? ops : 1;
}

void ladder_run(const faults_op *op, ladder_limit limit)
{
	(void)limit;
	ck_abort_msg("%s: there are no limits here", op->name);
}
