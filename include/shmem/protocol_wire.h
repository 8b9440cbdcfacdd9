/* SPDX-License-Identifier: MIT */
/*
 * For generated code only: how numbers are packed into messages and taken out
 * of them; protocol_values.h has what is more than a number. It changes
 * together with shmemc; programs don't use it.
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
#define SHMEM_PROTOCOL_RUN 256
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

/* What goes wrong, and what is rare. */
SHMEM_API bool shmem_protocol_grow(shmem_protocol_writer *w, size_t bytes);
SHMEM_API void shmem_protocol_put_fail(shmem_protocol_writer *w, int err);
SHMEM_API void shmem_protocol_get_fail(shmem_protocol_reader *r);
SHMEM_API const unsigned char *shmem_protocol_get_nothing(
	shmem_protocol_reader *r);

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

/*
 * Runs of numbers, of at most SHMEM_PROTOCOL_RUN bytes: their bounds are
 * checked once. Where there is no room, or nothing to be read, the run is some
 * other memory: bytes that are not sent, and zeros.
 */
static inline unsigned char *shmem_protocol_put_run(shmem_protocol_writer *w,
						    size_t size)
{
	unsigned char *to;

	if (w->capacity - w->size < size && !shmem_protocol_grow(w, size))
		return w->small;
	to = w->data + w->size;
	w->size += size;
	return to;
}

static inline const unsigned char *shmem_protocol_get_run(
	shmem_protocol_reader *r, size_t size)
{
	const unsigned char *from = r->at;

	if (r->left < size)
		return shmem_protocol_get_nothing(r);
	r->at += size;
	r->left -= size;
	return from;
}

/* Numbers, little-endian, at any address; and alone. */
#define SHMEM_PROTOCOL_NUMBER(name, type)                                      \
	static inline void shmem_protocol_store_##name(unsigned char *to,      \
						       type value)             \
	{                                                                      \
		if (SHMEM_PROTOCOL_NATIVE)                                     \
			memcpy(to, &value, sizeof(value));                     \
		else                                                           \
			shmem_protocol_swap(to, (unsigned char *)&value,       \
					    sizeof(value));                    \
	}                                                                      \
	static inline type shmem_protocol_load_##name(                         \
		const unsigned char *from)                                     \
	{                                                                      \
		type value = 0;                                                \
		if (SHMEM_PROTOCOL_NATIVE)                                     \
			memcpy(&value, from, sizeof(value));                   \
		else                                                           \
			shmem_protocol_swap((unsigned char *)&value, from,     \
					    sizeof(value));                    \
		return value;                                                  \
	}                                                                      \
	static inline void shmem_protocol_put_##name(shmem_protocol_writer *w, \
						     type value)               \
	{                                                                      \
		shmem_protocol_store_##name(                                   \
			shmem_protocol_put_run(w, sizeof(value)), value);      \
	}                                                                      \
	static inline type shmem_protocol_get_##name(shmem_protocol_reader *r) \
	{                                                                      \
		return shmem_protocol_load_##name(                             \
			shmem_protocol_get_run(r, sizeof(type)));              \
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

static inline void shmem_protocol_store_bool(unsigned char *to, bool value)
{
	*to = value ? 1 : 0;
}

static inline bool shmem_protocol_load_bool(shmem_protocol_reader *r,
					    const unsigned char *from)
{
	unsigned char value = *from;

	if (value > 1)
		shmem_protocol_get_fail(r);
	return value == 1;
}

static inline void shmem_protocol_put_bool(shmem_protocol_writer *w, bool value)
{
	shmem_protocol_store_bool(shmem_protocol_put_run(w, 1), value);
}

static inline bool shmem_protocol_get_bool(shmem_protocol_reader *r)
{
	return shmem_protocol_load_bool(r, shmem_protocol_get_run(r, 1));
}

#ifdef __cplusplus
}
#endif
#endif
