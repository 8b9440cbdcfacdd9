/* SPDX-License-Identifier: MIT */
/*
 * Sending: revoke, put on the link, commit; or roll back, so that whoever
 * wanted to send has what it had.
 */
#include "base/error.h"
#include "transport/channel.h"

#include <string.h>

/* Limits that every peer takes, for what is sent before its greeting. */
#define FLOOR_MESSAGE ((uint64_t)SHMEM__INLINE_MAX)

/* Packets sent before a ring is worth its making. */
#define RING_AFTER 4u

/* A send under way: what it is about to put into its last packet. */
typedef struct sending {
	shmem_channel *channel;
	const shmem__outgoing *out;
	shmem__entry *body; /* the segment for a large body, or NULL */
	shmem__entry *entry[SHMEM_MESSAGE_MAX_SEGMENTS + 1];
	uint32_t entries;
	shmem_os_handle descriptor[SHMEM__PACKET_DESCRIPTORS];
	size_t descriptors;
	uint32_t labelled; /* entries[.. labelled) need no label any more */
} sending;

static int check(shmem_channel *channel, const shmem__outgoing *out)
{
	int err;

	if (channel->closed != 0)
		return channel->closed;
	if (out->size > FLOOR_MESSAGE && !channel->agreed) {
		err = shmem__hello_wait(channel);
		if (err != 0)
			return err;
	}
	if (channel->agreed && out->size > channel->peer.max_message)
		return SHMEM_E_LIMIT;
	return 0;
}

/* A body that is too large for a packet goes into a segment. */
static int collect(sending *s)
{
	const shmem__outgoing *out = s->out;
	int err;

	if (out->size > SHMEM__INLINE_MAX) {
		err = shmem__entry_alloc(s->channel, out->size, &s->body);
		if (err != 0)
			return err;
		memcpy(s->body->base, out->bytes, out->size);
		(void)shmem__entry_step(s->body, SHMEM__ON_STAGE);
		s->entry[s->entries++] = s->body;
	}
	for (uint32_t i = 0; i < out->segment_count; i++)
		s->entry[s->entries++] =
			((const shmem_segment *)out->segments[i])->entry;
	return 0;
}

/*
 * Announcements that do not fit with the message go before it. They hand over
 * memory objects, not ownership: if the message then fails, nothing is lost.
 */
static int announce_ahead(sending *s)
{
	size_t room = SHMEM__PACKET_DESCRIPTORS - s->out->handle_count;
	size_t left = 0;
	int err;

	for (uint32_t i = 0; i < s->entries; i++)
		left += !s->entry[i]->announced;
	while (left > room) {
		err = shmem__announce_send(s->channel, s->entry, s->entries,
					   &left);
		if (err != 0)
			return err;
	}
	return 0;
}

/* As many as fit; the others when their segments are given the next time. */
static void put_labels(sending *s, shmem__packet *packet)
{
	for (s->labelled = 0; s->labelled < s->entries; s->labelled++) {
		const shmem__entry *e = s->entry[s->labelled];
		unsigned char *at;

		if (!e->label_new)
			continue;
		if (!shmem__packet_fits(packet, 8 + sizeof(e->label)))
			break;
		at = shmem__frame_add(packet, SHMEM__FRAME_LABEL,
				      8 + sizeof(e->label));
		shmem__put64(at, e->id);
		memcpy(at + 8, e->label, sizeof(e->label));
	}
}

static void put_message(sending *s, shmem__packet *packet)
{
	const shmem__outgoing *out = s->out;
	shmem__message_head head = {
		.flags = out->flags,
		.segments = s->entries,
		.handles = out->handle_count,
		.body = s->body != NULL ? 0 : (uint32_t)out->size,
		.call = out->call,
	};
	unsigned char *at;

	if (s->body != NULL)
		head.flags |= SHMEM__MESSAGE_BODY_SEGMENT;
	at = shmem__frame_add(
		packet, SHMEM__FRAME_MESSAGE,
		SHMEM__MESSAGE_HEAD + s->entries * SHMEM__SEGMENT_RECORD +
			out->handle_count * SHMEM_HANDLE_DESC_SIZE + head.body);
	shmem__message_head_put(at, &head);
	at += SHMEM__MESSAGE_HEAD;
	for (uint32_t i = 0; i < s->entries; i++) {
		shmem__put64(at, s->entry[i]->id);
		shmem__put64(at + 8, s->entry[i]->size);
		at += SHMEM__SEGMENT_RECORD;
	}
	for (uint32_t i = 0; i < out->handle_count; i++) {
		const shmem_handle *handle = out->handles[i];

		shmem__handle_describe(handle, at);
		if (handle->os != SHMEM_OS_HANDLE_INVALID)
			s->descriptor[s->descriptors++] = handle->os;
		at += SHMEM_HANDLE_DESC_SIZE;
	}
	if (head.body != 0)
		memcpy(at, out->bytes, head.body);
}

/* The packet that carries the message, with whatever else waits to be told. */
static int put_on_link(sending *s)
{
	shmem_channel *channel = s->channel;
	shmem__packet *packet;
	shmem__errand_run run;
	int err = shmem__link_packet(&channel->link, &packet);

	if (err != 0)
		return err;
	run = shmem__errands_put(channel, packet);
	s->descriptors = shmem__announce_put(packet, s->entry, s->entries,
					     s->descriptor);
	shmem__lend_put(channel, packet, s->entry, s->entries);
	put_message(s, packet);
	put_labels(s, packet);
	err = shmem__link_send(&channel->link, s->descriptor, s->descriptors,
			       false);
	if (err != 0)
		return err;
	shmem__errands_done(channel, run);
	shmem__announce_done(channel, s->entry, s->entries);
	return 0;
}

static void commit(sending *s)
{
	const shmem__outgoing *out = s->out;
	shmem_channel *channel = s->channel;

	for (uint32_t i = 0; i < s->entries; i++) {
		shmem__entry *e = s->entry[i];

		(void)shmem__entry_step(e, SHMEM__ON_SENT);
		shmem__lend_returned(channel, e);
		if (!e->known)
			shmem__errand_cancel(channel, e);
		e->known = true;
		e->packet = channel->link.sent - 1;
		if (i < s->labelled)
			e->label_new = false;
		SHMEM__ADD(&channel->stats, segment_bytes_sent, e->size);
	}
	for (uint32_t i = 0; i < out->segment_count; i++)
		shmem__segment_unwrap(out->segments[i]);
	for (uint32_t i = 0; i < out->handle_count; i++) {
		shmem_handle *handle = out->handles[i];

		shmem_handle_close(&handle);
	}
	SHMEM__ADD(&channel->stats, segments_sent, s->entries);
	SHMEM__ADD(&channel->stats, segments, s->body != NULL);
	SHMEM__ADD(&channel->stats, segments_owned,
		   -(uint64_t)out->segment_count);
	SHMEM__ADD(&channel->stats, messages_sent, 1);
	SHMEM__ADD(&channel->stats, bytes_sent, out->size);
}

static void give_back_body(sending *s)
{
	if (s->body == NULL)
		return;
	(void)shmem__entry_step(s->body, SHMEM__ON_UNSTAGE);
	shmem__entry_free(s->channel, s->body);
}

/* Pages that can't be opened now are when the application next asks for them.
 */
static void roll_back(sending *s)
{
	shmem__pool *pool = &s->channel->pool;

	SHMEM__ADD(&s->channel->stats, rollbacks, 1);
	for (uint32_t i = 0; i < s->entries; i++)
		(void)shmem__take_away(s->channel, s->entry[i]);
	if (shmem__restore(pool, s->entry, s->entries, SHMEM__ON_ROLLBACK) == 0)
		return;
	for (uint32_t i = 0; i < s->entries; i++) {
		(void)shmem__pages_open(pool, s->entry[i]);
		(void)shmem__entry_step(s->entry[i], SHMEM__ON_ROLLBACK);
	}
}

static int note_failure(shmem_channel *channel, int err)
{
	if (err == SHMEM_E_AGAIN) {
		channel->blocked = true;
		SHMEM__ADD(&channel->stats, send_again, 1);
		shmem__channel_news(channel);
	} else if (err == SHMEM_E_CLOSED) {
		/* What it sent still counts. */
		channel->link.peer_dead = true;
		channel->link.look = true;
	}
	return err;
}

/*
 * A channel that is used more than a little gets a ring. Where that fails,
 * everything goes on by the socket.
 */
static void offer_ring(shmem_channel *channel)
{
	int err;

	if (channel->ring_tried || !channel->greeted ||
	    channel->link.sent < RING_AFTER)
		return;
	if (channel->opts.no_ring ||
	    (channel->peer.features & SHMEM__FEATURE_RING) == 0) {
		channel->ring_tried = true;
		return;
	}
	err = shmem__link_offer_ring(&channel->link, channel->opts.queue_bytes);
	channel->ring_tried = err != SHMEM_E_AGAIN;
}

int shmem__send(shmem_channel *channel, const shmem__outgoing *out)
{
	sending s;
	int err = check(channel, out);

	if (err != 0)
		return err;
	s.channel = channel;
	s.out = out;
	s.body = NULL;
	s.entries = 0;
	s.descriptors = 0;
	err = shmem__hello_send(channel);
	offer_ring(channel);
	if (err == 0)
		err = collect(&s);
	if (err == 0)
		err = announce_ahead(&s);
	if (err != 0)
		goto fail;
	if (s.entries != 0)
		shmem__link_ahead(&channel->link);
	for (uint32_t i = 0; i < s.entries; i++)
		shmem__watch_given(s.entry[i]);
	err = shmem__revoke(&channel->pool, s.entry, s.entries,
			    SHMEM__ON_REVOKE);
	if (err != 0)
		goto fail;
	err = shmem__lend(channel, s.entry, s.entries);
	if (err == 0)
		err = put_on_link(&s);
	if (err != 0) {
		roll_back(&s);
		goto fail;
	}
	commit(&s);
	channel->blocked = false;
	return 0;

fail:
	give_back_body(&s);
	if (err == SHMEM_E_PROTO && channel->closed == 0)
		return shmem__channel_fail(channel, err);
	return note_failure(channel, err);
}

static int check_parts(const shmem_channel *channel, const shmem__outgoing *out)
{
	for (uint32_t i = 0; i < out->segment_count; i++) {
		const shmem_segment *segment = out->segments[i];

		if (segment->channel == NULL)
			return SHMEM_E_STATE;
		if (segment->channel != channel)
			return SHMEM_E_INVAL;
		/* In a message that came, and is now sent on, it is not yet. */
		if (segment->entry->state == SHMEM__OWNED)
			(void)shmem__entry_step(segment->entry,
						SHMEM__ON_STAGE);
	}
	for (uint32_t i = 0; i < out->handle_count; i++)
		if (((const shmem_handle *)out->handles[i])->named)
			return SHMEM_E_UNSUPPORTED;
	return 0;
}

int shmem__send_message(shmem_channel *channel, shmem_message **take,
			uint32_t flags, uint64_t call)
{
	shmem_message *message = take != NULL ? *take : NULL;
	shmem__outgoing out = {.flags = flags, .call = call};
	int err;

	if (channel == NULL || message == NULL)
		return SHMEM_E_INVAL;
	out.bytes = shmem_message_data(message);
	out.size = shmem_message_size(message);
	out.segment_count = shmem__list_left(&message->segments);
	if (out.segment_count != 0)
		out.segments = message->segments.item + message->segments.first;
	out.handle_count = shmem__list_left(&message->handles);
	if (out.handle_count != 0)
		out.handles = message->handles.item + message->handles.first;
	err = check_parts(channel, &out);
	if (err == 0)
		err = shmem__send(channel, &out);
	if (err != 0)
		return err;
	message->segments.first = message->segments.count;
	message->handles.first = message->handles.count;
	shmem_message_free(take);
	return 0;
}

int shmem_channel_send(shmem_channel *channel, shmem_message **take)
{
	return shmem__send_message(channel, take, SHMEM__KIND_MESSAGE, 0);
}
