/* SPDX-License-Identifier: MIT */
/*
 * For generated code only: how values are packed into messages and taken out of
 * them. It changes together with shmemc; programs don't use it.
 *
 * Threads: as the conversation.
 */
#ifndef SHMEM_PROTOCOL_WIRE_H
#define SHMEM_PROTOCOL_WIRE_H

#include <shmem/protocol.h>
#include <string.h>

#ifdef __cplusplus
extern "C" {
#endif

/* A message under construction. The first error stays. */
#define SHMEM_PROTOCOL_SMALL 448
#define SHMEM_PROTOCOL_SLOTS 4
struct shmem_protocol_writer {
	unsigned char *data;
	size_t size;
	size_t capacity;
	int err;
	unsigned depth;
	shmem_protocol_actor *actor;
	uint64_t made; /* the id of an actor under construction */
	/* The variables that hold what travels: shmem_segment **, and, with
	 * bit 0 set, shmem_handle **. */
	uintptr_t *slots;
	size_t slot_count;
	size_t slot_capacity;
	uintptr_t few[SHMEM_PROTOCOL_SLOTS];
	unsigned char small[SHMEM_PROTOCOL_SMALL];
};

/* A message being taken apart; after an error everything reads as zero. */
struct shmem_protocol_reader {
	const unsigned char *at;
	size_t left;
	int err;
	unsigned depth;
	shmem_protocol_actor *actor;
	uint64_t group; /* of the segments in it */
	shmem_message *message;
	unsigned char *room; /* memory for values, while it lasts … */
	size_t room_left;
	void *memory;     /* … and blocks of it from then on */
	uintptr_t *slots; /* as above, with room for all that came */
	size_t slot_count;
	size_t slot_capacity; /* how many came */
	uintptr_t few[SHMEM_PROTOCOL_SLOTS];
};

/* Values that are more than a number. `max` is the declared limit. */
SHMEM_API bool shmem_protocol_grow(shmem_protocol_writer *w, size_t bytes);
SHMEM_API void shmem_protocol_put_fail(shmem_protocol_writer *w, int err);
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
SHMEM_API void shmem_protocol_get_fail(shmem_protocol_reader *r);
SHMEM_API bool shmem_protocol_get_enter(shmem_protocol_reader *r);
SHMEM_API void shmem_protocol_get_leave(shmem_protocol_reader *r);
SHMEM_API bool shmem_protocol_get_bool(shmem_protocol_reader *r);
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

/* Whether numbers in memory look as they do in messages. */
#if defined(__BYTE_ORDER__) && defined(__ORDER_LITTLE_ENDIAN__)
#define SHMEM_PROTOCOL_NATIVE (__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__)
#else
#define SHMEM_PROTOCOL_NATIVE 0
#endif

/* Copies a number of up to 8 bytes, the lowest first at one end. */
static inline void shmem_protocol_swap(unsigned char *to,
				       const unsigned char *from, size_t size)
{
	for (size_t i = 0; i < size; i++)
		to[i] = from[SHMEM_PROTOCOL_NATIVE ? i : size - 1 - i];
}

/* Numbers, little-endian, at any address. */
#define SHMEM_PROTOCOL_NUMBER(name, type)                                      \
	static inline void shmem_protocol_put_##name(shmem_protocol_writer *w, \
						     type value)               \
	{                                                                      \
		unsigned char *to;                                             \
		if (w->capacity - w->size < sizeof(value) &&                   \
		    !shmem_protocol_grow(w, sizeof(value)))                    \
			return;                                                \
		to = w->data + w->size;                                        \
		w->size += sizeof(value);                                      \
		if (SHMEM_PROTOCOL_NATIVE)                                     \
			memcpy(to, &value, sizeof(value));                     \
		else                                                           \
			shmem_protocol_swap(to, (unsigned char *)&value,       \
					    sizeof(value));                    \
	}                                                                      \
	static inline type shmem_protocol_get_##name(shmem_protocol_reader *r) \
	{                                                                      \
		type value = 0;                                                \
		if (r->left < sizeof(value)) {                                 \
			shmem_protocol_get_fail(r);                            \
			return 0;                                              \
		}                                                              \
		if (SHMEM_PROTOCOL_NATIVE)                                     \
			memcpy(&value, r->at, sizeof(value));                  \
		else                                                           \
			shmem_protocol_swap((unsigned char *)&value, r->at,    \
					    sizeof(value));                    \
		r->at += sizeof(value);                                        \
		r->left -= sizeof(value);                                      \
		return value;                                                  \
	}
SHMEM_PROTOCOL_NUMBER(int8, int8_t)
SHMEM_PROTOCOL_NUMBER(uint8, uint8_t)
SHMEM_PROTOCOL_NUMBER(int16, int16_t)
SHMEM_PROTOCOL_NUMBER(uint16, uint16_t)
SHMEM_PROTOCOL_NUMBER(int32, int32_t)
SHMEM_PROTOCOL_NUMBER(uint32, uint32_t)
SHMEM_PROTOCOL_NUMBER(int64, int64_t)
SHMEM_PROTOCOL_NUMBER(uint64, uint64_t)
SHMEM_PROTOCOL_NUMBER(float, float)
SHMEM_PROTOCOL_NUMBER(double, double)
#undef SHMEM_PROTOCOL_NUMBER

static inline void shmem_protocol_put_bool(shmem_protocol_writer *w, bool value)
{
	shmem_protocol_put_uint8(w, value ? 1 : 0);
}

#ifdef __cplusplus
}
#endif
#endif
