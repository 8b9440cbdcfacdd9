/* SPDX-License-Identifier: MIT */
/* Short words for what nearly every test of channels does. */
#include "channels.h"

#include <string.h>

shmem_message *support_text(const char *text)
{
	shmem_message *message = NULL;

	support_ok(shmem_message_new(text, strlen(text), &message));
	return message;
}

void support_check_text(const shmem_message *message, const char *text)
{
	ck_assert_uint_eq(shmem_message_size(message), strlen(text));
	ck_assert_int_eq(
		memcmp(shmem_message_data(message), text, strlen(text)), 0);
}

void support_send_text(shmem_channel *channel, const char *text)
{
	shmem_message *message = support_text(text);

	support_ok(shmem_channel_send(channel, &message));
	ck_assert_ptr_null(message);
}

shmem_message *support_recv(shmem_channel *channel)
{
	shmem_message *message = NULL;

	support_ok(shmem_channel_recv(channel, SUPPORT_WAIT, &message));
	return message;
}

void support_recv_text(shmem_channel *channel, const char *text)
{
	shmem_message *message = support_recv(channel);

	support_check_text(message, text);
	shmem_message_free(&message);
}

shmem_segment *support_segment(shmem_channel *channel, uint64_t bytes, int fill)
{
	shmem_segment *segment = NULL;

	support_ok(shmem_segment_alloc(channel, bytes, &segment));
	memset(shmem_segment_data(segment), fill, (size_t)bytes);
	return segment;
}

void support_check_segment(const shmem_segment *segment, int fill)
{
	const unsigned char *data = shmem_segment_data(segment);

	ck_assert_ptr_nonnull(data);
	/* Each ck_assert writes to a file: not one a byte. */
	for (uint64_t i = 0; i < shmem_segment_size(segment); i++)
		if (data[i] != (unsigned char)fill)
			ck_abort_msg("byte %llu is %d, not %d",
				     (unsigned long long)i, data[i], fill);
}

uint64_t support_give(shmem_channel *channel, shmem_segment **take)
{
	uint64_t id = shmem_segment_id(*take);

	support_ok(shmem_segment_send(channel, take));
	ck_assert_ptr_null(*take);
	return id;
}

shmem_segment *support_get(shmem_channel *channel)
{
	shmem_segment *segment = NULL;

	support_ok(shmem_segment_recv(channel, SUPPORT_WAIT, &segment));
	return segment;
}

shmem_handle *support_handle(uint64_t bytes)
{
	shmem_handle *handle = NULL;

	support_ok(shmem_handle_create(bytes, NULL, &handle));
	return handle;
}

void support_settle(shmem_channel *channel)
{
	support_ok(shmem_channel_dispatch(channel));
}

void support_check_peer(const shmem_channel *channel, int pid)
{
	if (support_lacks(SUPPORT_PEER_ID) != NULL)
		pid = 0;
	ck_assert_int_eq(shmem_channel_peer_pid(channel), pid);
}

shmem_stats support_stats(const shmem_channel *channel)
{
	shmem_stats stats = SHMEM_STATS_INIT;

	if (channel != NULL)
		shmem_channel_stats(channel, &stats);
	else
		shmem_stats_read(&stats);
	return stats;
}
