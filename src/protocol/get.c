/* SPDX-License-Identifier: MIT */
/*
 * Takes values out of a message that somebody else wrote. The first thing that
 * is wrong makes the whole message wrong; from there on all reads as nothing.
 */
#include "protocol/protocol.h"
#include "protocol/utf8.h"

#define HANDLE_BIT ((uintptr_t)1)

/* What an empty array or absent memory points to; never read. */
static max_align_t nothing;

static void fail(shmem_protocol_reader *r, int err)
{
	if (r->err == 0)
		r->err = err;
	r->left = 0;
}

void shmem_protocol_get_fail(shmem_protocol_reader *r)
{
	fail(r, SHMEM_E_PROTO);
}

bool shmem_protocol_get_enter(shmem_protocol_reader *r)
{
	if (r->depth >= SHMEM__VALUE_DEPTH_MAX) {
		shmem_protocol_get_fail(r);
		return false;
	}
	r->depth++;
	return true;
}

void shmem_protocol_get_leave(shmem_protocol_reader *r)
{
	r->depth--;
}

const unsigned char *shmem_protocol_get_nothing(shmem_protocol_reader *r)
{
	static const unsigned char zeros[SHMEM_PROTOCOL_RUN];

	shmem_protocol_get_fail(r);
	return zeros;
}

/*
 * A count within its limit, and behind it that many things of `wire` bytes each
 * and `extra` bytes, which are all taken; NULL: they are not there.
 */
static const unsigned char *take(shmem_protocol_reader *r, size_t max,
				 size_t wire, size_t extra, size_t *ret_count)
{
	const unsigned char *at = r->at;
	uint32_t count;
	size_t size;

	*ret_count = 0;
	if (r->left < 4 + extra) {
		shmem_protocol_get_fail(r);
		return NULL;
	}
	count = shmem_protocol_load_uint32(at);
	if (count > max || count > (r->left - 4 - extra) / wire) {
		shmem_protocol_get_fail(r);
		return NULL;
	}
	size = 4 + count * wire + extra;
	r->at = at + size;
	r->left -= size;
	*ret_count = count;
	return at + 4;
}

/* As above, and nothing but the count is taken. */
static size_t get_count(shmem_protocol_reader *r, size_t max, size_t wire)
{
	uint32_t count = shmem_protocol_get_uint32(r);

	if (count > max || count > r->left / wire) {
		shmem_protocol_get_fail(r);
		return 0;
	}
	return count;
}

const char *shmem_protocol_get_string(shmem_protocol_reader *r, size_t max)
{
	size_t size;
	const unsigned char *at = take(r, max, 1, 1, &size);

	if (at == NULL)
		return "";
	if (at[size] != 0 || !shmem__utf8_is_valid(at, size)) {
		shmem_protocol_get_fail(r);
		return "";
	}
	return (const char *)at;
}

const void *shmem_protocol_get_bytes(shmem_protocol_reader *r, size_t max,
				     size_t *ret_size)
{
	const unsigned char *at = take(r, max, 1, 0, ret_size);

	return at != NULL ? at : (const void *)&nothing;
}

/* Out of the room that is there, or else of blocks. */
static void *take_memory(shmem_protocol_reader *r, size_t bytes)
{
	size_t align = _Alignof(max_align_t);
	size_t need = (bytes + align - 1) / align * align;
	void *memory = r->room;

	if (need > r->room_left || bytes > r->room_left)
		return shmem__blocks_alloc(&r->memory, bytes);
	r->room += need;
	r->room_left -= need;
	return memory;
}

/* Memory that lives as long as the handler runs. Failing, it is `nothing`. */
static void *get_memory(shmem_protocol_reader *r, size_t count, size_t bytes)
{
	void *memory = NULL;

	if (count == 0 || r->err != 0)
		return &nothing;
	if (bytes <= SIZE_MAX / count)
		memory = take_memory(r, count * bytes);
	if (memory == NULL) {
		fail(r, SHMEM_E_NOMEM);
		return &nothing;
	}
	return memory;
}

static void copy_array(unsigned char *to, const unsigned char *from,
		       size_t count, size_t width)
{
	if (SHMEM_PROTOCOL_NATIVE) {
		memcpy(to, from, count * width);
		return;
	}
	for (size_t i = 0; i < count; i++)
		shmem_protocol_swap(to + i * width, from + i * width, width);
}

/* Elements that lie as a program wants them are left where they are. */
const void *shmem_protocol_get_array(shmem_protocol_reader *r, size_t width,
				     size_t max, size_t *ret_count)
{
	const unsigned char *from = take(r, max, width, 0, ret_count);
	void *to;

	if (from == NULL || *ret_count == 0)
		return &nothing;
	if (width == 1 ||
	    (SHMEM_PROTOCOL_NATIVE && ((uintptr_t)from & (width - 1)) == 0))
		return from;
	to = get_memory(r, *ret_count, width);
	if (r->err != 0) {
		*ret_count = 0;
		return &nothing;
	}
	copy_array(to, from, *ret_count, width);
	return to;
}

const bool *shmem_protocol_get_bools(shmem_protocol_reader *r, size_t max,
				     size_t *ret_count)
{
	size_t count;
	const unsigned char *from = take(r, max, 1, 0, &count);
	bool *to = get_memory(r, count, sizeof(bool));

	*ret_count = 0;
	for (size_t i = 0; from != NULL && i < count && r->err == 0; i++) {
		if (from[i] > 1)
			shmem_protocol_get_fail(r);
		to[i] = from[i] != 0;
	}
	if (r->err == 0)
		*ret_count = count;
	return to;
}

void *shmem_protocol_get_list(shmem_protocol_reader *r, size_t max, size_t wire,
			      size_t bytes, size_t *ret_count)
{
	size_t count = get_count(r, max, wire);
	void *list = get_memory(r, count, bytes);

	*ret_count = r->err == 0 ? count : 0;
	if (*ret_count > 0)
		memset(list, 0, count * bytes);
	return list;
}

void *shmem_protocol_get_optional(shmem_protocol_reader *r, size_t bytes)
{
	void *memory;

	if (!shmem_protocol_get_bool(r))
		return NULL;
	memory = get_memory(r, 1, bytes);
	if (r->err != 0)
		return NULL;
	return memset(memory, 0, bytes);
}

static bool get_mark(shmem_protocol_reader *r, char mark)
{
	if (shmem_protocol_get_uint8(r) != (uint8_t)mark)
		shmem_protocol_get_fail(r);
	return r->err == 0;
}

void shmem_protocol_get_segment(shmem_protocol_reader *r, shmem_segment **ret)
{
	if (!get_mark(r, 'S'))
		return;
	if (shmem_message_pop_segment(r->message, ret) != 0) {
		shmem_protocol_get_fail(r);
		return;
	}
	r->slots[r->slot_count++] = (uintptr_t)ret;
	shmem_segment_set_group(*ret, r->group);
	r->actor->has_segments = true;
}

static void get_handle(shmem_protocol_reader *r, char mark, shmem_handle **ret)
{
	if (!get_mark(r, mark))
		return;
	if (shmem_message_pop_handle(r->message, ret) != 0) {
		shmem_protocol_get_fail(r);
		return;
	}
	r->slots[r->slot_count++] = (uintptr_t)ret | HANDLE_BIT;
}

void shmem_protocol_get_handle(shmem_protocol_reader *r, shmem_handle **ret)
{
	get_handle(r, 'H', ret);
}

void shmem_protocol_get_readonly_handle(shmem_protocol_reader *r,
					shmem_handle **ret)
{
	get_handle(r, 'R', ret);
	if (r->err == 0 && shmem_handle_access(*ret) != SHMEM_READ)
		shmem_protocol_get_fail(r);
}

void shmem_protocol_get_optional_segment(shmem_protocol_reader *r,
					 shmem_segment **ret)
{
	if (shmem_protocol_get_bool(r))
		shmem_protocol_get_segment(r, ret);
}

void shmem_protocol_get_optional_handle(shmem_protocol_reader *r,
					shmem_handle **ret)
{
	if (shmem_protocol_get_bool(r))
		shmem_protocol_get_handle(r, ret);
}

void shmem_protocol_get_optional_readonly_handle(shmem_protocol_reader *r,
						 shmem_handle **ret)
{
	if (shmem_protocol_get_bool(r))
		shmem_protocol_get_readonly_handle(r, ret);
}
