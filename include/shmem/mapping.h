/* SPDX-License-Identifier: MIT */
/*
 * A mapping is one view of a memory object in this process. It keeps the object
 * alive; the handle that it was made from may be closed. A forked child has the
 * mapping too (but not the mappings of segments, see segment.h).
 *
 * Threads: different mappings may be used by different threads at a time; one
 * mapping by one thread at a time. The bytes are yours to synchronise.
 */
#ifndef SHMEM_MAPPING_H
#define SHMEM_MAPPING_H

#include <shmem/base.h>

#ifdef __cplusplus
extern "C" {
#endif

/*
 * Maps `length` bytes from `offset` (any byte; 0 for length: to the end). An
 * empty handle, or an empty range at its end, gives an empty mapping: no data,
 * size 0. The handle stays the caller's.
 * Errors: E_INVAL (the range leaves the object; access is NONE or WRITE alone),
 * E_ACCESS (more than the handle allows), E_NOMEM (memory or address space),
 * E_SYS.
 */
SHMEM_API int shmem_mapping_open(const shmem_handle *handle, uint64_t offset,
				 size_t length, shmem_access access,
				 shmem_mapping **ret);

/* Maps all of it and closes the handle; on an error the handle is untouched.
 * Errors: as shmem_mapping_open(). */
SHMEM_API int shmem_mapping_open_take(shmem_handle **take, shmem_access access,
				      shmem_mapping **ret);

/*
 * Changes what may be done through this mapping: NONE, READ or RW. Touching
 * more than that raises SIGSEGV.
 * Errors: E_INVAL (WRITE alone), E_ACCESS (more than it was opened with),
 * E_SYS.
 */
SHMEM_API int shmem_mapping_protect(shmem_mapping *mapping,
				    shmem_access access);

/* The first byte (NULL for an empty mapping or NULL), the size, the access. */
SHMEM_API void *shmem_mapping_data(const shmem_mapping *mapping);
SHMEM_API size_t shmem_mapping_size(const shmem_mapping *mapping);
SHMEM_API shmem_access shmem_mapping_access(const shmem_mapping *mapping);

/* The data as a `type *`; NULL where size or alignment does not fit. */
#define SHMEM_MAPPING_AS(type, mapping)                                        \
	SHMEM_TYPED(type, shmem_mapping_data(mapping),                         \
		    shmem_mapping_size(mapping))

/* *dst is closed first, then becomes *take, which becomes NULL. */
SHMEM_API void shmem_mapping_move(shmem_mapping **dst, shmem_mapping **take);
SHMEM_API void shmem_mapping_close(shmem_mapping **take);

#ifdef __cplusplus
}
#endif
#endif
