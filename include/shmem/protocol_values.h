/* SPDX-License-Identifier: MIT */
/*
 * For generated code only: values that are more than a number. `max` is the
 * declared limit. It changes together with shmemc; programs don't use it.
 *
 * Threads: as the conversation.
 */
#ifndef SHMEM_PROTOCOL_VALUES_H
#define SHMEM_PROTOCOL_VALUES_H

#include <shmem/protocol_wire.h>

#ifdef __cplusplus
extern "C" {
#endif

SHMEM_API bool shmem_protocol_put_enter(shmem_protocol_writer *w);
SHMEM_API void shmem_protocol_put_leave(shmem_protocol_writer *w);
SHMEM_API void shmem_protocol_put_string(shmem_protocol_writer *w,
					 const char *value, size_t max);
SHMEM_API void shmem_protocol_put_bytes(shmem_protocol_writer *w,
					const void *value, size_t size,
					size_t max);
SHMEM_API void shmem_protocol_put_array(shmem_protocol_writer *w,
					const void *items, size_t count,
					size_t width, size_t max);
SHMEM_API size_t shmem_protocol_put_count(shmem_protocol_writer *w,
					  const void *items, size_t count,
					  size_t max);
SHMEM_API void shmem_protocol_put_segment(shmem_protocol_writer *w,
					  shmem_segment **take);
SHMEM_API void shmem_protocol_put_handle(shmem_protocol_writer *w,
					 shmem_handle **take);
SHMEM_API void shmem_protocol_put_readonly_handle(shmem_protocol_writer *w,
						  shmem_handle **take);
SHMEM_API void shmem_protocol_put_optional_segment(shmem_protocol_writer *w,
						   shmem_segment **take);
SHMEM_API void shmem_protocol_put_optional_handle(shmem_protocol_writer *w,
						  shmem_handle **take);
SHMEM_API void shmem_protocol_put_optional_readonly_handle(
	shmem_protocol_writer *w, shmem_handle **take);
/* Frees what a handler has left of the segments and handles. */
SHMEM_API void shmem_protocol_get_drop(shmem_protocol_reader *r);
SHMEM_API bool shmem_protocol_get_enter(shmem_protocol_reader *r);
SHMEM_API void shmem_protocol_get_leave(shmem_protocol_reader *r);
SHMEM_API const char *shmem_protocol_get_string(shmem_protocol_reader *r,
						size_t max);
SHMEM_API const void *shmem_protocol_get_bytes(shmem_protocol_reader *r,
					       size_t max, size_t *ret_size);
SHMEM_API const void *shmem_protocol_get_array(shmem_protocol_reader *r,
					       size_t width, size_t max,
					       size_t *ret_count);
SHMEM_API const bool *shmem_protocol_get_bools(shmem_protocol_reader *r,
					       size_t max, size_t *ret_count);
SHMEM_API void *shmem_protocol_get_list(shmem_protocol_reader *r, size_t max,
					size_t wire, size_t bytes,
					size_t *ret_count);
SHMEM_API void *shmem_protocol_get_optional(shmem_protocol_reader *r,
					    size_t bytes);
SHMEM_API void shmem_protocol_get_segment(shmem_protocol_reader *r,
					  shmem_segment **ret);
SHMEM_API void shmem_protocol_get_handle(shmem_protocol_reader *r,
					 shmem_handle **ret);
SHMEM_API void shmem_protocol_get_readonly_handle(shmem_protocol_reader *r,
						  shmem_handle **ret);
SHMEM_API void shmem_protocol_get_optional_segment(shmem_protocol_reader *r,
						   shmem_segment **ret);
SHMEM_API void shmem_protocol_get_optional_handle(shmem_protocol_reader *r,
						  shmem_handle **ret);
SHMEM_API void shmem_protocol_get_optional_readonly_handle(
	shmem_protocol_reader *r, shmem_handle **ret);

#ifdef __cplusplus
}
#endif
#endif
