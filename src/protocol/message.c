/* SPDX-License-Identifier: MIT */
/* Writers and readers as a whole: heads, slots, and what becomes of them. */
#include "protocol/protocol.h"

#define HANDLE_BIT ((uintptr_t)1)

bool shmem__status_take(shmem__reader *from, int *ret)
{
	const unsigned char *at = shmem__take(from, 4);
	int64_t status;

	if (at == NULL)
		return false;
	status = (int64_t)shmem__get32(at);
	if (status > INT32_MAX)
		status -= (int64_t)1 << 32;
	*ret = (int)status;
	return status == 0 || (shmem__is_error(status) && from->left == 0);
}

static shmem_segment **segment_slot(uintptr_t slot)
{
	return (shmem_segment **)slot;
}

static shmem_handle **handle_slot(uintptr_t slot)
{
	return (shmem_handle **)(slot & ~HANDLE_BIT);
}

static bool is_handle(uintptr_t slot)
{
	return (slot & HANDLE_BIT) != 0;
}

static void drop(const uintptr_t *slots, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		if (is_handle(slots[i]))
			shmem_handle_close(handle_slot(slots[i]));
		else
			shmem_segment_free(segment_slot(slots[i]));
	}
}

void shmem__reader_slots(shmem_protocol_reader *r)
{
	r->slots = shmem__blocks_alloc(&r->memory,
				       r->slot_capacity * sizeof(*r->slots));
	if (r->slots == NULL) {
		r->err = SHMEM_E_NOMEM;
		r->left = 0;
	}
}

int shmem__reader_finish(shmem_protocol_reader *r)
{
	if (r->err == 0 && (r->left > 0 || r->slot_count < r->slot_capacity))
		r->err = SHMEM_E_PROTO;
	return r->err;
}

void shmem__reader_copy(shmem_protocol_reader *r)
{
	unsigned char *copy;

	if (r->left == 0)
		return;
	copy = shmem__blocks_alloc(&r->memory, r->left);
	if (copy == NULL) {
		r->err = SHMEM_E_NOMEM;
		r->left = 0;
		return;
	}
	r->at = memcpy(copy, r->at, r->left);
}

void shmem_protocol_get_drop(shmem_protocol_reader *r)
{
	drop(r->slots, r->slot_count);
	r->slot_count = 0;
}

void shmem__reader_end(shmem_protocol_reader *r)
{
	shmem_protocol_get_drop(r);
	shmem__blocks_free(&r->memory);
}

void shmem__writer_free(shmem_protocol_writer *w)
{
	if (w->data != w->small)
		free(w->data);
	if (w->slots != w->few)
		free(w->slots);
	w->data = w->small;
	w->slots = w->few;
	w->slot_count = 0;
}

void shmem__writer_drop(shmem_protocol_writer *w)
{
	drop(w->slots, w->slot_count);
}

static void put_back(shmem_protocol_writer *w, shmem_message *message,
		     size_t count)
{
	for (size_t i = 0; i < count; i++) {
		if (is_handle(w->slots[i]))
			(void)shmem_message_pop_handle(
				message, handle_slot(w->slots[i]));
		else
			(void)shmem_message_pop_segment(
				message, segment_slot(w->slots[i]));
	}
}

void shmem__writer_undo(shmem_protocol_writer *w, shmem_message **take)
{
	put_back(w, *take, w->slot_count);
	shmem_message_free(take);
}

int shmem__writer_push(shmem_protocol_writer *w, shmem_message **take)
{
	int err = 0;

	for (size_t i = 0; err == 0 && i < w->slot_count; i++) {
		if (is_handle(w->slots[i]))
			err = shmem_message_push_handle(
				*take, handle_slot(w->slots[i]));
		else
			err = shmem_message_push_segment(
				*take, segment_slot(w->slots[i]));
		if (err != 0) {
			put_back(w, *take, i);
			shmem_message_free(take);
		}
	}
	return err;
}
