/* SPDX-License-Identifier: MIT */
/* Memory that all tests of a program share, and what is held of any. */
#include "support.h"

#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>

void *support_shared(size_t bytes)
{
	void *at = mmap(NULL, bytes, PROT_READ | PROT_WRITE,
			MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	if (at == MAP_FAILED)
		abort();
	return at;
}

uint64_t support_held(intptr_t os)
{
	struct stat st;

	ck_assert_int_eq(fstat((int)os, &st), 0);
	return (uint64_t)st.st_blocks * 512;
}
