/* SPDX-License-Identifier: MIT */
/* What a mapping is made of. */
#ifndef SHMEM_SRC_MAPPING_MAPPING_H
#define SHMEM_SRC_MAPPING_MAPPING_H

#include <shmem/mapping.h>

struct shmem_mapping {
	void *pages; /* whole pages; NULL for an empty mapping */
	size_t pages_length;
	unsigned char *data; /* what the caller asked for, within them */
	size_t size;
	shmem_access allowed;  /* when it was opened */
	shmem_access access;   /* now */
	shmem_os_handle named; /* keeps the object's name; or INVALID */
};

#endif
