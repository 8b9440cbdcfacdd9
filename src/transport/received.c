/* SPDX-License-Identifier: MIT */
/*
 * Received messages: small ones are made of used ones, so that receiving
 * allocates nothing once it goes on; and while the application has them, their
 * channel knows, so that they can lose it.
 */
#include "base/fault.h"
#include "transport/channel.h"

#define SPARE_BYTES 256u
#define SPARE_MAX 16u

shmem_message *shmem__message_take(shmem_channel *channel, size_t len)
{
	shmem_message *message = channel->spare_messages;

	if (len > SPARE_BYTES)
		return shmem__message_alloc(len);
	if (message != NULL) {
		channel->spare_messages = message->next;
		channel->spare_message_count--;
		message->next = NULL;
	} else {
		message = shmem__message_alloc(SPARE_BYTES);
		if (message == NULL)
			return NULL;
	}
	message->size = len;
	return message;
}

void shmem__message_live(shmem_channel *channel, shmem_message *message)
{
	message->channel = channel;
	message->prev = NULL;
	message->next = channel->live;
	if (message->next != NULL)
		message->next->prev = message;
	channel->live = message;
}

static void unlist(shmem_channel *channel, shmem_message *message)
{
	if (message->prev != NULL)
		message->prev->next = message->next;
	else
		channel->live = message->next;
	if (message->next != NULL)
		message->next->prev = message->prev;
}

/* A request that was not answered never will be. */
static void refuse(shmem_channel *channel, const shmem_message *request)
{
	if (!shmem__idset_has(&channel->owed, request->call))
		return;
	shmem__owed_done(channel, request);
	if (channel->closed != 0)
		return;
	shmem__idset_add(&channel->refused, request->call);
	(void)shmem__errands_flush(channel);
}

static bool keep(shmem_channel *channel, shmem_message *message)
{
	if (message->room != SPARE_BYTES ||
	    channel->spare_message_count == SPARE_MAX)
		return false;
	message->bytes = (unsigned char *)(message + 1);
	message->body = NULL;
	message->segments.first = 0;
	message->segments.count = 0;
	message->handles.first = 0;
	message->handles.count = 0;
	message->channel = NULL;
	message->flags = 0;
	message->call = 0;
	message->prev = NULL;
	message->next = channel->spare_messages;
	channel->spare_messages = message;
	channel->spare_message_count++;
	return true;
}

bool shmem__message_leave_channel(shmem_message *message)
{
	shmem_channel *channel = message->channel;

	if (channel == NULL)
		return false;
	unlist(channel, message);
	if (shmem_message_is_request(message))
		refuse(channel, message);
	return keep(channel, message);
}

void shmem__messages_fini(shmem_channel *channel)
{
	while (channel->live != NULL) {
		channel->live->channel = NULL;
		channel->live = channel->live->next;
	}
	while (channel->spare_messages != NULL) {
		shmem_message *message = channel->spare_messages;

		channel->spare_messages = message->next;
		shmem__list_fini(&message->segments);
		shmem__list_fini(&message->handles);
		shmem__free(message);
	}
}
