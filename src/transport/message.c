/* SPDX-License-Identifier: MIT */
/* Messages as the application sees them: bytes, segments, handles. */
#include "transport/message.h"

#include "base/fault.h"
#include "transport/channel.h"

#include <shmem/segment.h>
#include <string.h>

int shmem__list_reserve(shmem__list *list, uint32_t extra)
{
	uint32_t room = list->room != 0 ? list->room : 4;
	void **item;

	if (list->count + extra > list->room && list->first > 0) {
		list->count -= list->first;
		memmove((void *)list->item, (void *)(list->item + list->first),
			list->count * sizeof(*list->item));
		list->first = 0;
	}
	if (list->count + extra <= list->room)
		return 0;
	while (room < list->count + extra)
		room *= 2;
	item = shmem__realloc((void *)list->item, room * sizeof(*item));
	if (item == NULL)
		return SHMEM_E_NOMEM;
	list->item = item;
	list->room = room;
	return 0;
}

void shmem__list_add(shmem__list *list, void *item)
{
	list->item[list->count++] = item;
}

void *shmem__list_take(shmem__list *list)
{
	return list->item[list->first++];
}

void shmem__list_fini(shmem__list *list)
{
	shmem__free((void *)list->item);
	memset(list, 0, sizeof(*list));
}

shmem_message *shmem__message_alloc(size_t len)
{
	shmem_message *message;

	if (len > SIZE_MAX - sizeof(*message))
		return NULL;
	message = shmem__calloc(1, sizeof(*message) + len);
	if (message == NULL)
		return NULL;
	message->bytes = (unsigned char *)(message + 1);
	message->size = len;
	message->room = len;
	return message;
}

int shmem_message_new(const void *bytes, size_t len, shmem_message **ret)
{
	shmem_message *message;

	if (ret == NULL || (bytes == NULL && len != 0))
		return SHMEM_E_INVAL;
	message = shmem__message_alloc(len);
	if (message == NULL)
		return SHMEM_E_NOMEM;
	if (len != 0)
		memcpy(message->bytes, bytes, len);
	*ret = message;
	return 0;
}

int shmem_message_push_segment(shmem_message *message, shmem_segment **take)
{
	shmem_segment *segment;
	int err;

	if (message == NULL || take == NULL || *take == NULL)
		return SHMEM_E_INVAL;
	segment = *take;
	if (segment->channel == NULL)
		return SHMEM_E_STATE;
	if (shmem__list_left(&message->segments) > 0) {
		const shmem_segment *other =
			message->segments.item[message->segments.first];

		if (other->channel != segment->channel)
			return SHMEM_E_INVAL;
	}
	if (shmem__list_left(&message->segments) >= SHMEM_MESSAGE_MAX_SEGMENTS)
		return SHMEM_E_LIMIT;
	err = shmem__list_reserve(&message->segments, 1);
	if (err == 0)
		err = shmem__entry_step(segment->entry, SHMEM__ON_STAGE);
	if (err != 0)
		return err;
	shmem__list_add(&message->segments, segment);
	*take = NULL;
	return 0;
}

int shmem_message_push_handle(shmem_message *message, shmem_handle **take)
{
	int err;

	if (message == NULL || take == NULL || *take == NULL)
		return SHMEM_E_INVAL;
	if (shmem__list_left(&message->handles) >= SHMEM_MESSAGE_MAX_HANDLES)
		return SHMEM_E_LIMIT;
	err = shmem__list_reserve(&message->handles, 1);
	if (err != 0)
		return err;
	shmem__list_add(&message->handles, *take);
	*take = NULL;
	return 0;
}

int shmem_message_pop_segment(shmem_message *message, shmem_segment **ret)
{
	shmem_segment *segment;

	if (message == NULL || ret == NULL)
		return SHMEM_E_INVAL;
	if (shmem__list_left(&message->segments) == 0)
		return SHMEM_E_NOENT;
	segment = shmem__list_take(&message->segments);
	if (segment->channel != NULL)
		(void)shmem__entry_step(segment->entry, SHMEM__ON_UNSTAGE);
	*ret = segment;
	return 0;
}

int shmem_message_pop_handle(shmem_message *message, shmem_handle **ret)
{
	if (message == NULL || ret == NULL)
		return SHMEM_E_INVAL;
	if (shmem__list_left(&message->handles) == 0)
		return SHMEM_E_NOENT;
	*ret = shmem__list_take(&message->handles);
	return 0;
}

size_t shmem_message_segments(const shmem_message *message)
{
	return message != NULL ? shmem__list_left(&message->segments) : 0;
}

size_t shmem_message_handles(const shmem_message *message)
{
	return message != NULL ? shmem__list_left(&message->handles) : 0;
}

/* The body's memory went with its channel. */
static bool lost_body(const shmem_message *message)
{
	return message->body != NULL && message->body->channel == NULL;
}

const void *shmem_message_data(const shmem_message *message)
{
	if (message == NULL || message->bytes == NULL || lost_body(message))
		return "";
	return message->bytes;
}

size_t shmem_message_size(const shmem_message *message)
{
	return message != NULL && !lost_body(message) ? message->size : 0;
}

bool shmem_message_is_shared(const shmem_message *message)
{
	return message != NULL && message->body != NULL;
}

bool shmem_message_is_request(const shmem_message *message)
{
	return message != NULL &&
	       (message->flags & SHMEM__KIND_MASK) == SHMEM__KIND_REQUEST;
}

uint64_t shmem_message_reply_to(const shmem_message *message)
{
	if (message == NULL ||
	    (message->flags & SHMEM__KIND_MASK) != SHMEM__KIND_REPLY)
		return 0;
	return message->call;
}

bool shmem_message_is_refusal(const shmem_message *message)
{
	return message != NULL &&
	       (message->flags & SHMEM__MESSAGE_REFUSED) != 0;
}

void shmem_message_free(shmem_message **take)
{
	shmem_message *message = take != NULL ? *take : NULL;

	if (message == NULL)
		return;
	*take = NULL;
	shmem__segments_drop(&message->segments);
	while (shmem__list_left(&message->handles) > 0) {
		shmem_handle *handle = shmem__list_take(&message->handles);

		shmem_handle_close(&handle);
	}
	if (message->body != NULL)
		shmem__segment_drop(message->body);
	if (shmem__message_leave_channel(message))
		return;
	shmem__list_fini(&message->segments);
	shmem__list_fini(&message->handles);
	shmem__free(message);
}
