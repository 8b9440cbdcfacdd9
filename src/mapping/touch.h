/* SPDX-License-Identifier: MIT */
/* Backs pages with memory where the system has no call for it. */
#ifndef SHMEM_SRC_MAPPING_TOUCH_H
#define SHMEM_SRC_MAPPING_TOUCH_H

#include "base/os.h"

#include <stdatomic.h>

/* Writes to every page of a writable view and changes nothing, even where
 * others write at the same time. */
static inline void shmem__touch_pages(void *at, size_t length)
{
	size_t step = shmem__page_size();

	for (size_t i = 0; i < length; i += step) {
		_Atomic unsigned char *p = (_Atomic unsigned char *)at + i;

		atomic_fetch_or_explicit(p, 0, memory_order_relaxed);
	}
}

#endif
