/* SPDX-License-Identifier: MIT */
/* What the small examples do about errors: say which, and stop. */
#ifndef EXAMPLES_MUST_H
#define EXAMPLES_MUST_H

#include <stdio.h>
#include <stdlib.h>

#include <shmem/base.h>

static inline void must(int err, const char *what)
{
	if (err == 0)
		return;
	fprintf(stderr, "%s: %s\n", what, shmem_strerror(err));
	exit(1);
}

#endif
