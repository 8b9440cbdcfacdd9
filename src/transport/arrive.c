/* SPDX-License-Identifier: MIT */
/*
 * What the peer's packets mean. The bytes are ours (copied out by the link) and
 * their bounds are checked; here they are checked against the ledger. Whatever
 * the peer may not say is E_PROTO or E_UNTRUSTED. Whatever only fails here and
 * now (E_NOMEM) leaves the packet where it was, to be taken up again.
 */
#include "base/error.h"
#include "transport/channel.h"

#include <string.h>

/* Of a frame: there is more in it, for the next step. */
#define MORE 1

static bool step_over(const shmem_channel *channel)
{
	return channel->work >= channel->step;
}

shmem__entry *shmem__entry_at(const shmem_channel *channel, uint64_t id)
{
	if (!channel->ledger_ready)
		return NULL;
	return shmem__ledger_slot(&channel->ledger, shmem__id_side(id),
				  shmem__id_slot(id));
}

static void peer_freed(shmem_channel *channel)
{
	SHMEM__ADD(&channel->stats, segments, -1);
}

/* Whether the peer may give the segment of this record; nothing changes. One
 * that somebody here has, or that came twice in one message, is no gift. */
static int check_gift(shmem_channel *channel, uint64_t id, uint64_t size,
		      shmem__entry **ret)
{
	shmem__entry *entry = shmem__entry_at(channel, id);
	bool theirs = shmem__id_side(id) != channel->ledger.side;
	shmem__state state;
	int next;

	if (entry == NULL || entry->segment != NULL ||
	    shmem__id_generation(id) == 0)
		return SHMEM_E_PROTO;
	/* Given, but not its view. */
	if (theirs && channel->pool.guest && !entry->lent)
		return SHMEM_E_PROTO;
	state = entry->state;
	if (entry->id == id) {
		if (entry->size != size)
			return SHMEM_E_PROTO;
		next = shmem__table_next(state, SHMEM__ON_PEER_GIVE);
	} else {
		if (!theirs || entry->capacity == 0 || size > entry->capacity ||
		    shmem__id_generation(id) <= shmem__id_generation(entry->id))
			return SHMEM_E_PROTO;
		/* The older segment there may have been freed without a word.
		 */
		if (state == SHMEM__AWAY)
			state = SHMEM__DEAD;
		next = shmem__table_next(state, SHMEM__ON_PEER_NEW);
	}
	*ret = entry;
	return next < 0 ? next : 0;
}

/* The peer has a new segment in memory of its own making. */
static void arrive_new(shmem_channel *channel, shmem__entry *entry, uint64_t id,
		       uint64_t size)
{
	if (entry->state == SHMEM__AWAY) {
		(void)shmem__entry_step(entry, SHMEM__ON_PEER_FREE);
		peer_freed(channel);
	}
	(void)shmem__entry_step(entry, SHMEM__ON_PEER_NEW);
	entry->id = id;
	entry->size = size;
	entry->known = true;
	entry->label_new = false;
	memset(entry->label, 0, sizeof(entry->label));
	SHMEM__ADD(&channel->stats, segments, 1);
}

/* The records of one memory object: how many, or 0 where that is none. */
static size_t one_object(shmem__reader *frame, uint32_t *slots,
			 uint64_t *ret_capacity)
{
	size_t n = 0;

	while (n < SHMEM__RUN_MAX) {
		shmem__reader ahead = *frame;
		const unsigned char *at =
			shmem__take(&ahead, SHMEM__ANNOUNCE_RECORD);

		if (at == NULL || shmem__get32(at + 4) != n)
			break;
		if (n > 0 && shmem__get64(at + 8) != *ret_capacity)
			break;
		*ret_capacity = shmem__get64(at + 8);
		slots[n++] = shmem__get32(at);
		*frame = ahead;
	}
	return n;
}

static int on_announce(shmem_channel *channel, shmem__reader *frame)
{
	shmem__incoming *in = &channel->link.in;
	uint32_t slots[SHMEM__RUN_MAX];

	if (!channel->ledger_ready)
		return SHMEM_E_PROTO;
	while (frame->left != 0) {
		shmem__reader ahead = *frame;
		uint64_t capacity = 0;
		size_t n = one_object(&ahead, slots, &capacity);
		int err;

		if (n == 0 || in->descriptor_next == in->descriptor_count)
			return SHMEM_E_PROTO;
		err = shmem__pool_take_in(&channel->pool, slots, n, capacity,
					  in->descriptor[in->descriptor_next]);
		if (err != 0)
			return err;
		in->descriptor_next++;
		*frame = ahead;
		channel->work += SHMEM__WORK_ANNOUNCE + n;
		if (step_over(channel) && frame->left != 0)
			return MORE;
	}
	return 0;
}

static int on_free(shmem_channel *channel, uint64_t id)
{
	shmem__entry *entry = shmem__entry_at(channel, id);
	int err;

	if (entry == NULL || entry->id != id)
		return SHMEM_E_PROTO;
	err = shmem__take_away(channel, entry);
	if (err == 0)
		err = shmem__entry_step(entry, SHMEM__ON_PEER_FREE);
	if (err != 0)
		return err;
	peer_freed(channel);
	if (shmem__pool_recycle(&channel->pool, entry))
		shmem__entry_retire(channel, entry);
	return 0;
}

/* The owner frees a segment with its memory, or the maker frees memory that no
 * segment is in. */
static int on_retire(shmem_channel *channel, uint64_t id)
{
	shmem__entry *entry = shmem__entry_at(channel, id);
	bool theirs;

	if (entry == NULL || entry->capacity == 0)
		return SHMEM_E_PROTO;
	theirs = shmem__id_side(id) != channel->ledger.side;
	/* The maker may have used it again without the peer's seeing it. */
	if (theirs ? shmem__id_generation(id) < shmem__id_generation(entry->id)
		   : entry->id != id)
		return SHMEM_E_PROTO;
	if (entry->state == SHMEM__AWAY) {
		(void)shmem__entry_step(entry, SHMEM__ON_PEER_FREE);
		peer_freed(channel);
	} else if (!theirs || entry->state != SHMEM__DEAD) {
		return SHMEM_E_PROTO;
	}
	shmem__pool_retire(&channel->pool, entry);
	channel->work += SHMEM__WORK_RETIRE;
	return 0;
}

/* Follows the message that gives the segment. */
static int on_label(shmem_channel *channel, shmem__reader *frame)
{
	const unsigned char *at = shmem__take(frame, 8 + SHMEM_LABEL_MAX + 1);
	char label[SHMEM_LABEL_MAX + 1];
	shmem__entry *entry;

	if (at == NULL || frame->left != 0 || at[8 + SHMEM_LABEL_MAX] != 0)
		return SHMEM_E_PROTO;
	entry = shmem__entry_at(channel, shmem__get64(at));
	if (entry == NULL || entry->id != shmem__get64(at) ||
	    entry->state != SHMEM__ARRIVED)
		return SHMEM_E_PROTO;
	memcpy(label, at + 8, sizeof(label));
	shmem__label_copy(entry->label, label);
	return 0;
}

/* Whether it is a time for such a message. */
static int check_call(const shmem_channel *channel, uint32_t flags,
		      uint64_t call)
{
	switch (flags & SHMEM__KIND_MASK) {
	case SHMEM__KIND_REPLY:
		return shmem__idset_has(&channel->asked, call) ? 0
							       : SHMEM_E_PROTO;
	case SHMEM__KIND_REQUEST:
		/* The peer counts a refused one until it has been told. */
		if (channel->owed.count + channel->refused.count >=
			    SHMEM__CALLS_MAX ||
		    shmem__idset_has(&channel->owed, call))
			return SHMEM_E_PROTO;
		return 0;
	default:
		return 0;
	}
}

/* A reply goes to the call that waits for it, all else into the inbox. */
static void deliver(shmem_channel *channel, shmem_message *message)
{
	uint32_t kind = message->flags & SHMEM__KIND_MASK;

	/* Whoever sends does not wait, whatever it waited for before. That it
	 * will not answer may have been said late. */
	if ((message->flags & SHMEM__MESSAGE_REFUSED) == 0)
		channel->awaited_by_peer = 0;
	if (kind == SHMEM__KIND_REPLY) {
		(void)shmem__idset_remove(&channel->asked, message->call);
		if (message->call == channel->awaiting) {
			channel->awaited = message;
			return;
		}
	} else if (kind == SHMEM__KIND_REQUEST) {
		shmem__idset_add(&channel->owed, message->call);
		if ((message->flags & SHMEM__MESSAGE_BLOCKING) != 0)
			channel->awaited_by_peer = message->call;
	}
	shmem__inbox_add(channel, message);
}

static int on_refuse(shmem_channel *channel, uint64_t call)
{
	shmem_message *message;
	int err = check_call(channel, SHMEM__KIND_REPLY, call);

	if (err != 0)
		return err;
	message = shmem__message_take(channel, 0);
	if (message == NULL)
		return SHMEM_E_NOMEM;
	message->flags = SHMEM__KIND_REPLY | SHMEM__MESSAGE_REFUSED;
	message->call = call;
	deliver(channel, message);
	channel->work += SHMEM__WORK_MESSAGE;
	return 0;
}

static int each_id(shmem_channel *channel, shmem__reader *frame,
		   int (*on)(shmem_channel *channel, uint64_t id))
{
	while (frame->left != 0) {
		shmem__reader ahead = *frame;
		const unsigned char *at = shmem__take(&ahead, 8);
		int err;

		if (at == NULL)
			return SHMEM_E_PROTO;
		err = on(channel, shmem__get64(at));
		if (err != 0)
			return err;
		*frame = ahead;
		channel->work++;
		if (step_over(channel) && frame->left != 0)
			return MORE;
	}
	return 0;
}

/* Everything that can fail for want of memory, before anything changes. */
static int prepare(shmem_channel *channel, const shmem__message_head *head,
		   shmem_message **ret)
{
	shmem_message *message = shmem__message_take(channel, head->body);
	int err = 0;

	if (message == NULL)
		return SHMEM_E_NOMEM;
	message->flags = head->flags;
	message->call = head->call;
	if (head->segments != 0)
		err = shmem__list_reserve(&message->segments, head->segments);
	if (err == 0 && head->handles != 0)
		err = shmem__list_reserve(&message->handles, head->handles);
	if (err == 0)
		err = shmem__segment_spares(channel, head->segments);
	/* A request that is never answered is refused: that needs room, too. */
	if (err == 0 && (head->flags & SHMEM__KIND_MASK) == SHMEM__KIND_REQUEST)
		err = shmem__idset_reserve(&channel->owed, 1);
	if (err == 0 && (head->flags & SHMEM__KIND_MASK) == SHMEM__KIND_REQUEST)
		err = shmem__idset_reserve(&channel->refused,
					   channel->owed.count + 1);
	if (err != 0)
		shmem_message_free(&message);
	else
		*ret = message;
	return err;
}

/* Descriptors go back to the packet, to be taken up again; some have other
 * numbers by now. */
static void take_apart(shmem__incoming *in, shmem_message *message,
		       size_t first)
{
	in->descriptor_next = first;
	while (shmem__list_left(&message->handles) > 0) {
		shmem_handle *handle = shmem__list_take(&message->handles);

		if (handle->os != SHMEM_OS_HANDLE_INVALID)
			in->descriptor[first++] = handle->os;
		shmem__handle_free_shell(&handle);
	}
}

static int arrive_handles(shmem_channel *channel, shmem__reader *frame,
			  uint32_t count, shmem_message *message)
{
	shmem__incoming *in = &channel->link.in;
	size_t first = in->descriptor_next;

	for (uint32_t i = 0; i < count; i++) {
		const unsigned char *desc =
			shmem__take(frame, SHMEM_HANDLE_DESC_SIZE);
		char label[SHMEM_LABEL_MAX + 1];
		shmem__object_facts claim;
		shmem_os_handle os = SHMEM_OS_HANDLE_INVALID;
		shmem_handle *handle;
		bool empty;
		int err = shmem__handle_claim(desc, SHMEM_HANDLE_DESC_SIZE,
					      &claim, label, &empty);

		if (err != 0)
			return SHMEM_E_PROTO;
		if (!empty) {
			os = shmem__link_descriptor(&channel->link);
			if (os == SHMEM_OS_HANDLE_INVALID)
				return SHMEM_E_PROTO;
		}
		err = shmem_handle_unpack(desc, SHMEM_HANDLE_DESC_SIZE, os,
					  &handle);
		if (err == SHMEM_E_UNTRUSTED)
			return err; /* and closed */
		if (err != 0) {
			take_apart(in, message, first);
			return err;
		}
		shmem__list_add(&message->handles, handle);
	}
	return 0;
}

/* Puts the segments into the message, if the peer may give every one of them;
 * only then does their state change. */
static int check_segments(shmem_channel *channel, shmem__reader records,
			  uint32_t count, shmem_message *message)
{
	for (uint32_t i = 0; i < count; i++) {
		const unsigned char *at =
			shmem__take(&records, SHMEM__SEGMENT_RECORD);
		shmem_segment *segment;
		shmem__entry *entry;
		int err = check_gift(channel, shmem__get64(at),
				     shmem__get64(at + 8), &entry);

		if (err == 0)
			err = shmem__take_away(channel, entry);
		if (err == 0) /* can't fail: there are spares */
			err = shmem__segment_wrap(channel, entry, &segment);
		if (err != 0) {
			while (shmem__list_left(&message->segments) > 0)
				shmem__segment_unwrap(
					shmem__list_take(&message->segments));
			return err;
		}
		shmem__list_add(&message->segments, segment);
	}
	return 0;
}

static void arrive_segments(shmem_channel *channel, shmem__reader records,
			    const shmem_message *message)
{
	uint32_t count = shmem__list_left(&message->segments);

	for (uint32_t i = 0; i < count; i++) {
		const unsigned char *at =
			shmem__take(&records, SHMEM__SEGMENT_RECORD);
		const shmem_segment *segment = message->segments.item[i];
		shmem__entry *entry = segment->entry;

		if (entry->id != shmem__get64(at))
			arrive_new(channel, entry, shmem__get64(at),
				   shmem__get64(at + 8));
		else
			(void)shmem__entry_step(entry, SHMEM__ON_PEER_GIVE);
		SHMEM__ADD(&channel->stats, segments_owned, 1);
		SHMEM__ADD(&channel->stats, segment_bytes_received,
			   entry->size);
	}
	SHMEM__ADD(&channel->stats, segments_received, count);
}

/* How many bytes the application would see. */
static uint64_t body_size(const shmem__message_head *head,
			  const unsigned char *records)
{
	if ((head->flags & SHMEM__MESSAGE_BODY_SEGMENT) != 0)
		return shmem__get64(records + 8);
	return head->body;
}

static void take_body(const shmem__message_head *head, const unsigned char *at,
		      shmem_message *message)
{
	if ((head->flags & SHMEM__MESSAGE_BODY_SEGMENT) != 0) {
		message->body = shmem__list_take(&message->segments);
		message->bytes = message->body->entry->base;
		message->size = (size_t)message->body->entry->size;
	} else if (head->body != 0) {
		memcpy(message->bytes, at, head->body);
	}
}

/* All or nothing: what is wrong with any of its parts shows before anything
 * has changed hands. */
static int on_message(shmem_channel *channel, const shmem__reader *frame)
{
	shmem__reader records = *frame;
	shmem__reader left;
	shmem__message_head head;
	shmem_message *message;
	int err = shmem__message_head_parse(&records, &head);

	if (err == 0)
		err = check_call(channel, head.flags, head.call);
	if (err == 0 &&
	    body_size(&head, records.at) > channel->opts.max_message)
		err = SHMEM_E_PROTO;
	if (err == 0)
		err = prepare(channel, &head, &message);
	if (err != 0)
		return err;
	left = records;
	(void)shmem__take(&left, head.segments * SHMEM__SEGMENT_RECORD);
	err = arrive_handles(channel, &left, head.handles, message);
	if (err == 0)
		err = check_segments(channel, records, head.segments, message);
	if (err != 0) {
		message->flags = 0; /* nothing is owed for it */
		shmem_message_free(&message);
		return err;
	}
	arrive_segments(channel, records, message);
	channel->work += SHMEM__WORK_MESSAGE +
			 channel->owed.count / SHMEM__WORK_OWED +
			 head.segments * SHMEM__WORK_SEGMENT +
			 head.handles * SHMEM__WORK_HANDLE;
	take_body(&head, left.at, message);
	deliver(channel, message);
	SHMEM__ADD(&channel->stats, messages_received, 1);
	SHMEM__ADD(&channel->stats, bytes_received, message->size);
	return 0;
}

static int on_frame(shmem_channel *channel)
{
	shmem__incoming *in = &channel->link.in;
	int err;

	channel->work++;
	if (!channel->greeted && in->type != SHMEM__FRAME_HELLO)
		return SHMEM_E_PROTO;
	switch (in->type) {
	case SHMEM__FRAME_HELLO:
		return shmem__hello_received(channel, in->frame);
	case SHMEM__FRAME_NOTICE:
		err = shmem__link_notice(&channel->link, in->frame);
		channel->work += channel->link.coming * SHMEM__WORK_RESERVE;
		return err;
	case SHMEM__FRAME_ANNOUNCE:
		return on_announce(channel, &in->frame);
	case SHMEM__FRAME_MESSAGE:
		return on_message(channel, &in->frame);
	case SHMEM__FRAME_FREE:
		return each_id(channel, &in->frame, on_free);
	case SHMEM__FRAME_RETIRE:
		return each_id(channel, &in->frame, on_retire);
	case SHMEM__FRAME_LABEL:
		return on_label(channel, &in->frame);
	case SHMEM__FRAME_REFUSE:
		return each_id(channel, &in->frame, on_refuse);
	case SHMEM__FRAME_RING:
		if (channel->opts.no_ring)
			return SHMEM_E_PROTO;
		return shmem__link_take_ring(&channel->link, in->frame);
	case SHMEM__FRAME_VIEW:
		return shmem__lend_received(channel, &in->frame);
	}
	return SHMEM_E_PROTO;
}

int shmem__arrive(shmem_channel *channel)
{
	shmem__incoming *in = &channel->link.in;
	int err;

	channel->step = channel->work + SHMEM__WORK_STEP;
	for (;;) {
		if (!in->in_frame) {
			err = shmem__packet_next(&in->packet, &in->type,
						 &in->frame);
			if (err < 0)
				return err;
			if (err == 0)
				return shmem__link_recv_done(&channel->link);
			in->in_frame = true;
			/* A label is of what the application has not got. */
			if (step_over(channel) &&
			    in->type != SHMEM__FRAME_LABEL)
				return 0;
		}
		err = on_frame(channel);
		if (err != 0)
			return err == MORE ? 0 : err;
		in->in_frame = false;
	}
}
