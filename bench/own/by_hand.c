/* SPDX-License-Identifier: MIT */
/*
 * As somebody would write it who knows these messages and no others: bytes put
 * one behind the other into an array, and on the other side everything looked
 * at before it is used. Little-endian machines only.
 */
#include "by_hand.h"

#include <string.h>

#include "utf8_by_hand.h"

enum { SAMPLE = 1, GIVE = 2 };

#define NAME_MAX 255u
#define VALUES_MAX 64u
#define SAMPLE_FIXED 32u

int by_hand_send_sample(shmem_channel *channel, uint64_t id, uint32_t kind,
			float x, float y, const char *name,
			const double *values, size_t count)
{
	unsigned char bytes[SAMPLE_FIXED + NAME_MAX + 1 +
			    VALUES_MAX * sizeof(double)];
	uint32_t word = SAMPLE;
	uint32_t length = (uint32_t)strlen(name);
	uint32_t n = (uint32_t)count;
	shmem_message *message = NULL;
	int err;

	if (length > NAME_MAX || count > VALUES_MAX)
		return SHMEM_E_LIMIT;
	if (!is_utf8((const unsigned char *)name, length))
		return SHMEM_E_INVAL;
	memcpy(bytes, &word, 4);
	memcpy(bytes + 4, &id, 8);
	memcpy(bytes + 12, &kind, 4);
	memcpy(bytes + 16, &x, 4);
	memcpy(bytes + 20, &y, 4);
	memcpy(bytes + 24, &length, 4);
	memcpy(bytes + 28, &n, 4);
	memcpy(bytes + SAMPLE_FIXED, name, length + 1);
	memcpy(bytes + SAMPLE_FIXED + length + 1, values,
	       count * sizeof(*values));
	err = shmem_message_new(
		bytes, SAMPLE_FIXED + length + 1 + count * sizeof(*values),
		&message);
	if (err == 0)
		err = shmem_channel_send(channel, &message);
	shmem_message_free(&message);
	return err;
}

int by_hand_send_give(shmem_channel *channel, uint64_t id, shmem_segment **take)
{
	unsigned char bytes[12];
	uint32_t word = GIVE;
	shmem_message *message = NULL;
	int err;

	memcpy(bytes, &word, 4);
	memcpy(bytes + 4, &id, 8);
	err = shmem_message_new(bytes, sizeof(bytes), &message);
	if (err == 0)
		err = shmem_message_push_segment(message, take);
	if (err == 0)
		err = shmem_channel_send(channel, &message);
	if (err != 0 && message != NULL)
		(void)shmem_message_pop_segment(message, take);
	shmem_message_free(&message);
	return err;
}

static int take_sample(const unsigned char *p, size_t size,
		       const by_hand_handlers *handlers, void *arg)
{
	double values[VALUES_MAX];
	uint64_t id;
	uint32_t kind;
	uint32_t length;
	uint32_t n;
	float x;
	float y;

	if (size < SAMPLE_FIXED)
		return SHMEM_E_PROTO;
	memcpy(&id, p + 4, 8);
	memcpy(&kind, p + 12, 4);
	memcpy(&x, p + 16, 4);
	memcpy(&y, p + 20, 4);
	memcpy(&length, p + 24, 4);
	memcpy(&n, p + 28, 4);
	p += SAMPLE_FIXED;
	size -= SAMPLE_FIXED;
	if (length > NAME_MAX || length + 1 > size || p[length] != 0 ||
	    !is_utf8(p, length) || n > VALUES_MAX ||
	    size - length - 1 != n * sizeof(*values))
		return SHMEM_E_PROTO;
	memcpy(values, p + length + 1, n * sizeof(*values));
	return handlers->sample(arg, id, kind, x, y, (const char *)p, values,
				n);
}

static int take_give(shmem_message *message, const unsigned char *p,
		     size_t size, const by_hand_handlers *handlers, void *arg)
{
	shmem_segment *segment = NULL;
	uint64_t id;
	int err;

	if (size != 12 || shmem_message_segments(message) != 1 ||
	    shmem_message_pop_segment(message, &segment) != 0)
		return SHMEM_E_PROTO;
	memcpy(&id, p + 4, 8);
	err = handlers->give(arg, id, &segment);
	shmem_segment_free(&segment);
	return err;
}

int by_hand_receive(shmem_channel *channel, const by_hand_handlers *handlers,
		    void *arg)
{
	shmem_message *message = NULL;
	const unsigned char *p;
	size_t size;
	uint32_t word = 0;
	int err = shmem_channel_recv(channel, -1, &message);

	if (err != 0)
		return err;
	p = shmem_message_data(message);
	size = shmem_message_size(message);
	if (size >= 4)
		memcpy(&word, p, 4);
	if (word == SAMPLE)
		err = take_sample(p, size, handlers, arg);
	else if (word == GIVE)
		err = take_give(message, p, size, handlers, arg);
	else
		err = SHMEM_E_PROTO;
	shmem_message_free(&message);
	return err;
}
