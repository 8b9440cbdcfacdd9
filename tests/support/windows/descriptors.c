/* SPDX-License-Identifier: MIT */
/* Nobody has a limit to raise. */
#include "support.h"

void support_many_descriptors(void)
{
}

unsigned long support_limit_descriptors(unsigned long limit)
{
	(void)limit;
	ck_abort_msg("handles have no limit here");
	return 0;
}
