/* SPDX-License-Identifier: MIT */
/* Memory that all tests of a program share. */
#include "support.h"

#include <stdlib.h>
#include <sys/mman.h>

void *support_shared(size_t bytes)
{
	void *at = mmap(NULL, bytes, PROT_READ | PROT_WRITE,
			MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	if (at == MAP_FAILED)
		abort();
	return at;
}
