/* SPDX-License-Identifier: MIT */
/*
 * Option structs begin with their own size. An older, shorter one leaves the
 * rest at the default; a newer, longer one is taken if what this library does
 * not know is zero.
 */
#ifndef SHMEM_SRC_BASE_OPTS_H
#define SHMEM_SRC_BASE_OPTS_H

#include "base/codec.h"

#include <shmem/base.h>

/* Copies `given` (NULL: all defaults) into the zeroed `known`. E_INVAL. */
static inline int shmem__opts_copy(void *known, size_t known_size,
				   const void *given)
{
	size_t size;

	memset(known, 0, known_size);
	if (given == NULL)
		return 0;
	memcpy(&size, given, sizeof(size));
	if (size < sizeof(size))
		return SHMEM_E_INVAL;
	if (size > known_size &&
	    !shmem__all_zero((const unsigned char *)given + known_size,
			     size - known_size))
		return SHMEM_E_INVAL;
	memcpy(known, given, size < known_size ? size : known_size);
	return 0;
}

#endif
