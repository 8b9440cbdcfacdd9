/* SPDX-License-Identifier: MIT */
/* A thread that stays where it is. */
#include "support.h"

#include <sched.h>

void support_pin(void)
{
	cpu_set_t one;

	CPU_ZERO(&one);
	CPU_SET((size_t)sched_getcpu(), &one);
	ck_assert_int_eq(sched_setaffinity(0, sizeof(one), &one), 0);
}
