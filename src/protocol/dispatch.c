/* SPDX-License-Identifier: MIT */
/* What received messages say, and to whom. */
#include "protocol/protocol.h"

/* For the values of one message, before memory is asked for. */
#define ROOM_BYTES 512u

/* Whether this end receives such a message. */
static inline bool fits(const shmem_protocol_entry *entry,
			const shmem_message *message, shmem__word word)
{
	return entry->receive != NULL &&
	       shmem_message_is_request(message) ==
		       (entry->kind == SHMEM_PROTOCOL_REQUEST) &&
	       (word == SHMEM__WORD_CONSTRUCT) ==
		       (entry->kind == SHMEM_PROTOCOL_CONSTRUCTOR);
}

/* To an actor that is not there: deletes cross, or the peer is mad. The message
 * is freed; whoever waits for a reply learns that from the channel. */
static int deliver_to_none(shmem_protocol *p, shmem__head head)
{
	if (shmem__actor_was(p, head.actor))
		return 0;
	return shmem__protocol_doom(p, SHMEM_E_PROTO,
				    "a message to an actor that never was");
}

static int misfit(shmem_protocol *p, const shmem_protocol_actor *actor,
		  shmem__head head)
{
	return shmem__protocol_doom(
		p, SHMEM_E_PROTO,
		"message %u of %s is not for this end to receive", head.number,
		actor->type->name);
}

static int malformed(shmem_protocol *p, const shmem_protocol_actor *actor,
		     const shmem_protocol_entry *entry)
{
	return shmem__protocol_doom(p, SHMEM_E_PROTO, "malformed message %s.%s",
				    actor->type->name, entry->name);
}

static inline int deliver(shmem_protocol *p, shmem_message **take,
			  shmem__head head, shmem__reader body, uint64_t made)
{
	shmem_protocol_actor *actor = shmem__actor_find(p, head.actor);
	max_align_t room[ROOM_BYTES / sizeof(max_align_t)];
	const shmem_protocol_entry *entry;
	shmem_protocol_incoming in;
	int err;

	if (actor == NULL)
		return deliver_to_none(p, head);
	entry = head.number < actor->type->count
			? &actor->type->entries[head.number]
			: NULL;
	if (entry == NULL || !fits(entry, *take, head.word))
		return misfit(p, actor, head);
	in.actor = actor;
	in.callback = NULL;
	in.arg = NULL;
	in.accepted = false;
	in.answered = false;
	in.resolver = NULL;
	in.handlers = actor->handlers;
	in.number = head.number;
	in.made = made;
	shmem__reader_begin(&in.reader, actor, made != 0 ? made : head.actor,
			    body, *take);
	in.reader.room = (unsigned char *)room;
	in.reader.room_left = sizeof(room);
	shmem__actor_hold(actor);
	err = entry->receive(&in);
	shmem__blocks_free(&in.reader.memory);
	if (err != 0)
		err = in.accepted ? shmem__handler_failed(&in, err)
				  : malformed(p, actor, entry);
	*take = in.reader.message;
	shmem__actor_release(actor);
	return err;
}

/* The number of the actor that is to be made; the peer counts them. */
static int take_made(shmem_protocol *p, shmem__reader *body, uint64_t *ret)
{
	const unsigned char *at = shmem__take(body, 8);
	uint64_t id = at != NULL ? shmem__get64(at) : 0;

	if (id != p->last_peer + 2)
		return shmem__protocol_doom(p, SHMEM_E_PROTO,
					    "a new actor out of order");
	p->last_peer = id;
	*ret = id;
	return 0;
}

/* The peer would not have an actor that was made here. */
static int refused(shmem_protocol *p, shmem__head head, shmem__reader body)
{
	bool own = (head.actor & 1) == (p->type->child ? 1 : 0);
	shmem_protocol_actor *actor = shmem__actor_find(p, head.actor);
	int err = 0;

	if (!shmem__status_take(&body, &err) || err == 0 || head.number != 0 ||
	    !own || head.actor == SHMEM__TOP_ACTOR ||
	    !shmem__actor_was(p, head.actor))
		return shmem__protocol_doom(p, SHMEM_E_PROTO,
					    "malformed refusal");
	if (actor != NULL)
		shmem__actor_end(actor, SHMEM_PROTOCOL_REFUSED, err);
	return 0;
}

static inline int take_message(shmem_protocol *p, shmem_message **take)
{
	uint64_t reply_to = shmem_message_reply_to(*take);
	uint64_t made = 0;
	shmem__reader body;
	shmem__head head;
	int err = 0;

	if (!p->greeted)
		return shmem__take_greeting(p, take);
	if (reply_to != 0)
		return shmem__reply_arrived(p, take, reply_to);
	body = shmem__body_of(*take);
	if (!shmem__head_take(&body, &head))
		return shmem__protocol_doom(p, SHMEM_E_PROTO,
					    "malformed message");
	if (head.word == SHMEM__WORD_REFUSE)
		return refused(p, head, body);
	if (head.word == SHMEM__WORD_CONSTRUCT)
		err = take_made(p, &body, &made);
	else if (head.word != SHMEM__WORD_MESSAGE)
		err = shmem__protocol_doom(p, SHMEM_E_PROTO,
					   "a message that has no place here");
	return err == 0 ? deliver(p, take, head, body, made) : err;
}

int shmem__take_greeting(shmem_protocol *p, shmem_message **take)
{
	shmem__reader body = shmem__body_of(*take);
	shmem__head head;

	if (!shmem__head_take(&body, &head) || head.word != SHMEM__WORD_HELLO ||
	    shmem_message_is_request(*take) ||
	    shmem_message_reply_to(*take) != 0 ||
	    shmem_message_segments(*take) + shmem_message_handles(*take) > 0)
		return shmem__protocol_doom(
			p, SHMEM_E_PROTO,
			"the other end does not greet; it may not speak a "
			"protocol at all");
	return shmem__greeted(p, head, body);
}

/* What handlers have left behind. */
static void tidy(shmem_protocol *p)
{
	shmem__outbox_bury(p);
	shmem__blocks_free(&p->scratch);
}

static int dispatch(shmem_protocol *p, shmem_message *message)
{
	int err;

	p->refs++;
	p->depth++;
	err = take_message(p, &message);
	shmem_message_free(&message);
	if (--p->depth == 0 && (p->buried != NULL || p->scratch != NULL))
		tidy(p);
	shmem__protocol_settle(p);
	shmem__protocol_unref(p);
	return err;
}

int shmem_protocol_dispatch(shmem_protocol *p, shmem_message **take)
{
	shmem_message *message = take != NULL ? *take : NULL;
	int err;

	if (p == NULL || message == NULL)
		return SHMEM_E_INVAL;
	*take = NULL;
	if (p->status == 0)
		return dispatch(p, message);
	err = p->status;
	shmem_message_free(&message);
	shmem__protocol_settle(p);
	return err;
}

static bool is_final(int err)
{
	return err == SHMEM_E_CLOSED || err == SHMEM_E_PROTO ||
	       err == SHMEM_E_UNTRUSTED || err == SHMEM_E_UNSUPPORTED;
}

/* The next message; in the meantime sends what waits to be sent. The time-out
 * begins anew with each reply that finds room. */
static int receive(shmem_protocol *p, int timeout, shmem_message **ret)
{
	int err;

	while (p->outbox != NULL && shmem_protocol_flush(p) == SHMEM_E_AGAIN) {
		err = shmem_channel_recv(p->channel, 0, ret);
		if (err != SHMEM_E_AGAIN || timeout == 0)
			return err;
		err = shmem_channel_wait(p->channel,
					 SHMEM_POLL_READ | SHMEM_POLL_WRITE,
					 timeout);
		if (err != 0)
			return err;
	}
	return shmem_channel_recv(p->channel, timeout, ret);
}

static int take_one(shmem_protocol *p, int timeout)
{
	shmem_message *message = NULL;
	int err = receive(p, timeout, &message);

	if (err == 0)
		return dispatch(p, message);
	if (is_final(err))
		shmem_protocol_fail(p, err);
	return err;
}

int shmem_protocol_receive(shmem_protocol *p, int timeout)
{
	int err;

	if (p == NULL)
		return SHMEM_E_INVAL;
	if (p->status != 0) {
		err = p->status;
		shmem__protocol_settle(p);
		return err;
	}
	return take_one(p, timeout);
}

int shmem_protocol_run(shmem_protocol *p)
{
	int err = 0;

	if (p == NULL)
		return SHMEM_E_INVAL;
	p->refs++;
	while (err == 0 && p->status == 0 && p->top != NULL)
		err = shmem_protocol_receive(p, -1);
	if (p->channel == NULL)
		err = 0; /* closed in a handler */
	else if (p->status != 0)
		err = p->status;
	shmem__protocol_settle(p);
	shmem__protocol_unref(p);
	return err;
}

int shmem_protocol_handshake(shmem_protocol *p, int timeout)
{
	if (p == NULL)
		return SHMEM_E_INVAL;
	if (p->greeted || p->status != 0)
		return p->status;
	return take_one(p, timeout);
}
