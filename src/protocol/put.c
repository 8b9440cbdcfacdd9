/* SPDX-License-Identifier: MIT */
/* Packs values that are more than a number. */
#include "protocol/protocol.h"
#include "protocol/utf8.h"

#define HANDLE_BIT ((uintptr_t)1)
#define BYTES_MAX ((size_t)1 << 30) /* of one message */

bool shmem_protocol_grow(shmem_protocol_writer *w, size_t bytes)
{
	size_t capacity = w->capacity;
	unsigned char *data;

	if (bytes > BYTES_MAX || w->size + bytes > BYTES_MAX) {
		shmem_protocol_put_fail(w, SHMEM_E_LIMIT);
		return false;
	}
	while (capacity - w->size < bytes)
		capacity *= 2;
	if (capacity == w->capacity)
		return true;
	data = SHMEM__OS(NULL, malloc, (capacity));
	if (data == NULL) {
		shmem_protocol_put_fail(w, SHMEM_E_NOMEM);
		return false;
	}
	memcpy(data, w->data, w->size);
	if (w->data != w->small)
		free(w->data);
	w->data = data;
	w->capacity = capacity;
	return true;
}

void shmem_protocol_put_fail(shmem_protocol_writer *w, int err)
{
	if (w->err == 0)
		w->err = err;
}

bool shmem_protocol_put_enter(shmem_protocol_writer *w)
{
	if (w->depth >= SHMEM__VALUE_DEPTH_MAX) {
		shmem_protocol_put_fail(w, SHMEM_E_LIMIT);
		return false;
	}
	w->depth++;
	return true;
}

void shmem_protocol_put_leave(shmem_protocol_writer *w)
{
	w->depth--;
}

/* Room for `size` bytes behind their count, which is put; NULL: there is none.
 */
static unsigned char *put_room(shmem_protocol_writer *w, size_t count,
			       size_t size)
{
	unsigned char *at;

	if (w->capacity - w->size < size + 4 &&
	    !shmem_protocol_grow(w, size + 4))
		return NULL;
	at = w->data + w->size;
	w->size += size + 4;
	shmem_protocol_store_uint32(at, (uint32_t)count);
	return at + 4;
}

void shmem_protocol_put_string(shmem_protocol_writer *w, const char *value,
			       size_t max)
{
	unsigned char *at;
	size_t size;

	if (value == NULL) {
		shmem_protocol_put_fail(w, SHMEM_E_INVAL);
		return;
	}
	size = strlen(value);
	if (size > max || size > BYTES_MAX) {
		shmem_protocol_put_fail(w, SHMEM_E_LIMIT);
		return;
	}
	if (!shmem__utf8_is_valid((const unsigned char *)value, size)) {
		shmem_protocol_put_fail(w, SHMEM_E_INVAL);
		return;
	}
	at = put_room(w, size, size + 1);
	if (at != NULL)
		memcpy(at, value, size + 1);
}

void shmem_protocol_put_bytes(shmem_protocol_writer *w, const void *value,
			      size_t size, size_t max)
{
	unsigned char *at;

	if (value == NULL && size > 0) {
		shmem_protocol_put_fail(w, SHMEM_E_INVAL);
	} else if (size > max || size > BYTES_MAX) {
		shmem_protocol_put_fail(w, SHMEM_E_LIMIT);
	} else {
		at = put_room(w, size, size);
		if (at != NULL && size > 0)
			memcpy(at, value, size);
	}
}

size_t shmem_protocol_put_count(shmem_protocol_writer *w, const void *items,
				size_t count, size_t max)
{
	if (items == NULL && count > 0)
		shmem_protocol_put_fail(w, SHMEM_E_INVAL);
	else if (count > max)
		shmem_protocol_put_fail(w, SHMEM_E_LIMIT);
	if (w->err != 0)
		return 0;
	shmem_protocol_put_uint32(w, (uint32_t)count);
	return count;
}

void shmem_protocol_put_array(shmem_protocol_writer *w, const void *items,
			      size_t count, size_t width, size_t max)
{
	const unsigned char *from = items;
	unsigned char *at;

	if (items == NULL && count > 0) {
		shmem_protocol_put_fail(w, SHMEM_E_INVAL);
		return;
	}
	if (count > max || count > BYTES_MAX / width) {
		shmem_protocol_put_fail(w, SHMEM_E_LIMIT);
		return;
	}
	at = put_room(w, count, count * width);
	if (at == NULL)
		return;
	if (SHMEM_PROTOCOL_NATIVE || width == 1) {
		if (count > 0)
			memcpy(at, from, count * width);
		return;
	}
	for (size_t i = 0; i < count; i++)
		shmem_protocol_swap(at + i * width, from + i * width, width);
}

static bool add_slot(shmem_protocol_writer *w, uintptr_t slot)
{
	if (w->slot_count == w->slot_capacity) {
		size_t capacity = w->slot_capacity * 2;
		uintptr_t *slots =
			shmem__protocol_new(capacity * sizeof(*slots));

		if (slots == NULL) {
			shmem_protocol_put_fail(w, SHMEM_E_NOMEM);
			return false;
		}
		memcpy(slots, w->slots, w->slot_count * sizeof(*slots));
		if (w->slots != w->few)
			free(w->slots);
		w->slots = slots;
		w->slot_capacity = capacity;
	}
	w->slots[w->slot_count++] = slot;
	return true;
}

/* The mark that stands for it among the bytes. */
static void put_mark(shmem_protocol_writer *w, char mark, uintptr_t slot)
{
	if (add_slot(w, slot))
		shmem_protocol_put_uint8(w, (uint8_t)mark);
}

void shmem_protocol_put_segment(shmem_protocol_writer *w, shmem_segment **take)
{
	if (take == NULL || *take == NULL)
		shmem_protocol_put_fail(w, SHMEM_E_INVAL);
	else
		put_mark(w, 'S', (uintptr_t)take);
}

void shmem_protocol_put_handle(shmem_protocol_writer *w, shmem_handle **take)
{
	if (take == NULL || *take == NULL)
		shmem_protocol_put_fail(w, SHMEM_E_INVAL);
	else
		put_mark(w, 'H', (uintptr_t)take | HANDLE_BIT);
}

void shmem_protocol_put_readonly_handle(shmem_protocol_writer *w,
					shmem_handle **take)
{
	if (take == NULL || *take == NULL)
		shmem_protocol_put_fail(w, SHMEM_E_INVAL);
	else if (shmem_handle_access(*take) != SHMEM_READ)
		shmem_protocol_put_fail(w, SHMEM_E_ACCESS);
	else
		put_mark(w, 'R', (uintptr_t)take | HANDLE_BIT);
}

void shmem_protocol_put_optional_segment(shmem_protocol_writer *w,
					 shmem_segment **take)
{
	bool there = take != NULL && *take != NULL;

	shmem_protocol_put_bool(w, there);
	if (there)
		shmem_protocol_put_segment(w, take);
}

void shmem_protocol_put_optional_handle(shmem_protocol_writer *w,
					shmem_handle **take)
{
	bool there = take != NULL && *take != NULL;

	shmem_protocol_put_bool(w, there);
	if (there)
		shmem_protocol_put_handle(w, take);
}

void shmem_protocol_put_optional_readonly_handle(shmem_protocol_writer *w,
						 shmem_handle **take)
{
	bool there = take != NULL && *take != NULL;

	shmem_protocol_put_bool(w, there);
	if (there)
		shmem_protocol_put_readonly_handle(w, take);
}
