/* SPDX-License-Identifier: MIT */
/*
 * As somebody would write it who knows these messages and no others: bytes put
 * one behind the other into an array, and on the other side everything looked
 * at before it is used. Little-endian machines only.
 */
#include "typed_by_hand.h"

#include <string.h>

#include "../../bench/own/utf8_by_hand.h"

enum { MOVE = 1, DRAW = 2, SHOW = 3 };

#define NAME_MAX 255u
#define COLOURS_MAX 64u
#define FIXED 16u  /* what each begins with */
#define COUNTS 24u /* what the others have more */
#define WHOLE (COUNTS + NAME_MAX + 1 + COLOURS_MAX * sizeof(uint32_t))

static void pack_fixed(unsigned char *bytes, uint32_t word, uint32_t id,
		       int32_t x, int32_t y)
{
	memcpy(bytes, &word, 4);
	memcpy(bytes + 4, &id, 4);
	memcpy(bytes + 8, &x, 4);
	memcpy(bytes + 12, &y, 4);
}

/* With its segment, if there is one. */
static int send_bytes(shmem_channel *channel, const unsigned char *bytes,
		      size_t size, shmem_segment **take)
{
	shmem_message *message = NULL;
	int err = shmem_message_new(bytes, size, &message);

	if (err == 0 && take != NULL)
		err = shmem_message_push_segment(message, take);
	if (err == 0)
		err = shmem_channel_send(channel, &message);
	if (err != 0 && message != NULL && take != NULL)
		(void)shmem_message_pop_segment(message, take);
	shmem_message_free(&message);
	return err;
}

static int send_whole(shmem_channel *channel, uint32_t word, uint32_t id,
		      int32_t x, int32_t y, const char *name,
		      const uint32_t *colours, size_t count,
		      shmem_segment **take)
{
	unsigned char bytes[WHOLE];
	size_t length = strlen(name);
	uint32_t n = (uint32_t)length;
	uint32_t m = (uint32_t)count;
	size_t size = COUNTS + length + 1 + count * sizeof(*colours);

	if (length > NAME_MAX || count > COLOURS_MAX)
		return SHMEM_E_LIMIT;
	if (!is_utf8((const unsigned char *)name, length))
		return SHMEM_E_INVAL;
	pack_fixed(bytes, word, id, x, y);
	memcpy(bytes + 16, &n, 4);
	memcpy(bytes + 20, &m, 4);
	memcpy(bytes + COUNTS, name, length + 1);
	memcpy(bytes + COUNTS + length + 1, colours, count * sizeof(*colours));
	return send_bytes(channel, bytes, size, take);
}

int by_hand_send_move(shmem_channel *channel, uint32_t id, int32_t x, int32_t y)
{
	unsigned char bytes[FIXED];

	pack_fixed(bytes, MOVE, id, x, y);
	return send_bytes(channel, bytes, sizeof(bytes), NULL);
}

int by_hand_send_draw(shmem_channel *channel, uint32_t id, int32_t x, int32_t y,
		      const char *name, const uint32_t *colours, size_t count)
{
	return send_whole(channel, DRAW, id, x, y, name, colours, count, NULL);
}

int by_hand_send_show(shmem_channel *channel, uint32_t id, int32_t x, int32_t y,
		      const char *name, const uint32_t *colours, size_t count,
		      shmem_segment **take)
{
	return send_whole(channel, SHOW, id, x, y, name, colours, count, take);
}

/* A message, its fixed part taken out of it. */
struct incoming {
	shmem_message *message;
	const unsigned char *bytes;
	size_t size;
	uint32_t word;
	uint32_t id;
	int32_t x;
	int32_t y;
};

static int take_move(const struct incoming *in,
		     const by_hand_handlers *handlers, void *arg)
{
	if (in->size != FIXED || shmem_message_segments(in->message) != 0 ||
	    shmem_message_handles(in->message) != 0)
		return SHMEM_E_PROTO;
	return handlers->move(arg, in->id, in->x, in->y);
}

static int take_whole(const struct incoming *in,
		      const by_hand_handlers *handlers, void *arg)
{
	const unsigned char *name = in->bytes + COUNTS;
	uint32_t colours[COLOURS_MAX];
	shmem_segment *segment = NULL;
	uint32_t length;
	uint32_t count;
	size_t left;
	int err;

	if (in->size < COUNTS ||
	    shmem_message_segments(in->message) != (in->word == SHOW) ||
	    shmem_message_handles(in->message) != 0)
		return SHMEM_E_PROTO;
	left = in->size - COUNTS;
	memcpy(&length, in->bytes + 16, 4);
	memcpy(&count, in->bytes + 20, 4);
	if (length > NAME_MAX || length + 1 > left || name[length] != 0 ||
	    !is_utf8(name, length) || count > COLOURS_MAX ||
	    left - length - 1 != count * sizeof(*colours))
		return SHMEM_E_PROTO;
	memcpy(colours, name + length + 1, count * sizeof(*colours));
	if (in->word == DRAW)
		return handlers->draw(arg, in->id, in->x, in->y,
				      (const char *)name, colours, count);
	if (shmem_message_pop_segment(in->message, &segment) != 0)
		return SHMEM_E_PROTO;
	err = handlers->show(arg, in->id, in->x, in->y, (const char *)name,
			     colours, count, &segment);
	shmem_segment_free(&segment);
	return err;
}

int by_hand_receive(shmem_channel *channel, const by_hand_handlers *handlers,
		    void *arg)
{
	struct incoming in = {0};
	int err = shmem_channel_recv(channel, 0, &in.message);

	if (err != 0)
		return err;
	in.bytes = shmem_message_data(in.message);
	in.size = shmem_message_size(in.message);
	if (in.size >= FIXED) {
		memcpy(&in.word, in.bytes, 4);
		memcpy(&in.id, in.bytes + 4, 4);
		memcpy(&in.x, in.bytes + 8, 4);
		memcpy(&in.y, in.bytes + 12, 4);
	}
	if (in.word == MOVE)
		err = take_move(&in, handlers, arg);
	else if (in.word == DRAW || in.word == SHOW)
		err = take_whole(&in, handlers, arg);
	else
		err = SHMEM_E_PROTO;
	shmem_message_free(&in.message);
	return err;
}
