/* SPDX-License-Identifier: MIT */
/* As many descriptors as this user may have. */
#include "support.h"

#include <sys/resource.h>

void support_many_descriptors(void)
{
	struct rlimit limit;

	ck_assert_int_eq(getrlimit(RLIMIT_NOFILE, &limit), 0);
	limit.rlim_cur = limit.rlim_max;
	ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &limit), 0);
}

unsigned long support_limit_descriptors(unsigned long limit)
{
	struct rlimit now;
	unsigned long before;

	ck_assert_int_eq(getrlimit(RLIMIT_NOFILE, &now), 0);
	before = (unsigned long)now.rlim_cur;
	now.rlim_cur = limit;
	ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &now), 0);
	return before;
}
