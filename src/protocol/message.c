/* SPDX-License-Identifier: MIT */
/* Writers and readers as a whole: heads, slots, and what becomes of them. */
#include "protocol/protocol.h"

#define HANDLE_BIT ((uintptr_t)1)

void shmem__head_put(unsigned char head[SHMEM__HEAD_SIZE], shmem__word word,
		     unsigned number, uint64_t actor)
{
	memset(head, 0, SHMEM__HEAD_SIZE);
	head[0] = (unsigned char)word;
	shmem__put16(head + 2, (uint16_t)number);
	shmem__put64(head + 8, actor);
}

bool shmem__head_take(shmem__reader *from, shmem__head *ret)
{
	const unsigned char *head = shmem__take(from, SHMEM__HEAD_SIZE);

	if (head == NULL || head[0] < SHMEM__WORD_HELLO ||
	    head[0] > SHMEM__WORD_REFUSE || head[1] != 0 ||
	    !shmem__all_zero(head + 4, 4))
		return false;
	ret->word = (shmem__word)head[0];
	ret->number = shmem__get16(head + 2);
	ret->actor = shmem__get64(head + 8);
	return true;
}

shmem__reader shmem__body_of(const shmem_message *message)
{
	return (shmem__reader){shmem_message_data(message),
			       shmem_message_size(message)};
}

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

void shmem__reader_begin(shmem_protocol_reader *r, shmem_protocol_actor *actor,
			 uint64_t group, shmem__reader body,
			 shmem_message *message)
{
	size_t count = shmem_message_segments(message) +
		       shmem_message_handles(message);

	r->at = body.at;
	r->left = body.left;
	r->err = 0;
	r->depth = 0;
	r->actor = actor;
	r->group = group;
	r->message = message;
	r->room = NULL;
	r->room_left = 0;
	r->memory = NULL;
	r->slots = r->few;
	r->slot_count = 0;
	r->slot_capacity = count;
	if (count <= SHMEM_PROTOCOL_SLOTS)
		return;
	r->slots = shmem__blocks_alloc(&r->memory, count * sizeof(*r->slots));
	if (r->slots == NULL) {
		r->err = SHMEM_E_NOMEM;
		r->left = 0;
	}
}

int shmem__reader_finish(shmem_protocol_reader *r)
{
	if (r->err == 0 &&
	    (r->left > 0 || r->depth > 0 || r->slot_count < r->slot_capacity))
		r->err = SHMEM_E_PROTO;
	return r->err;
}

void shmem__reader_drop(shmem_protocol_reader *r)
{
	drop(r->slots, r->slot_count);
	r->slot_count = 0;
}

void shmem__reader_end(shmem_protocol_reader *r)
{
	shmem__reader_drop(r);
	shmem__blocks_free(&r->memory);
}

void shmem__writer_begin(shmem_protocol_writer *w, shmem_protocol_actor *actor,
			 shmem__word word, unsigned number, uint64_t id)
{
	w->data = w->small;
	w->capacity = sizeof(w->small);
	w->size = SHMEM__HEAD_SIZE;
	w->err = 0;
	w->depth = 0;
	w->actor = actor;
	w->made = 0;
	w->slots = w->few;
	w->slot_count = 0;
	w->slot_capacity = SHMEM_PROTOCOL_SLOTS;
	shmem__head_put(w->small, word, number, id);
}

void shmem__writer_end(shmem_protocol_writer *w)
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

int shmem__writer_finish(shmem_protocol_writer *w, shmem_message **ret)
{
	shmem_message *message = NULL;
	size_t i = 0;
	int err = w->err;

	if (err == 0)
		err = shmem_message_new(w->data, w->size, &message);
	while (err == 0 && i < w->slot_count) {
		if (is_handle(w->slots[i]))
			err = shmem_message_push_handle(
				message, handle_slot(w->slots[i]));
		else
			err = shmem_message_push_segment(
				message, segment_slot(w->slots[i]));
		if (err == 0)
			i++;
	}
	if (err != 0) {
		if (message != NULL)
			put_back(w, message, i);
		shmem_message_free(&message);
		return err;
	}
	*ret = message;
	return 0;
}
