/* SPDX-License-Identifier: MIT */
/* Messages with an answer: to a callback, or waited for. */
#include "protocol/protocol.h"

#include "base/assert.h"

static void link_call(shmem__pending *call)
{
	shmem_protocol_actor *actor = call->actor;

	call->next = actor->calls;
	if (call->next != NULL)
		call->next->prev = call;
	actor->calls = call;
	shmem__table_add(&actor->protocol->calls, &call->node);
}

static void unlink_call(shmem__pending *call)
{
	if (call->prev != NULL)
		call->prev->next = call->next;
	else
		call->actor->calls = call->next;
	if (call->next != NULL)
		call->next->prev = call->prev;
	shmem__table_remove(&call->actor->protocol->calls, &call->node);
}

int shmem_protocol_request(shmem_protocol_writer *w,
			   shmem_protocol_on_reply *on_reply,
			   void (*callback)(void), void *arg)
{
	shmem_protocol *p = w->err == 0 ? w->actor->protocol : NULL;
	shmem__pending *call = NULL;
	shmem_message *message = NULL;
	int err;

	if (w->err == 0)
		w->err = shmem__table_reserve(&p->calls);
	if (w->err == 0) {
		call = shmem__protocol_new(sizeof(*call));
		w->err = call != NULL ? 0 : SHMEM_E_NOMEM;
	}
	err = shmem__writer_finish(w, &message);
	if (err == 0) {
		SHMEM__ASSERT(p != NULL);
		SHMEM__ASSERT(call != NULL);
		err = shmem_channel_request(p->channel, &message,
					    &call->node.key);
		if (err != 0)
			shmem__writer_undo(w, &message);
	}
	if (err == 0) {
		call->actor = w->actor;
		call->number = shmem__get16(w->data + 2);
		call->on_reply = on_reply;
		call->callback = callback;
		call->arg = arg;
		link_call(call);
	} else {
		free(call);
	}
	shmem__writer_end(w);
	return err;
}

/* Calls the callback; the call is in no list any more, and is freed. True: the
 * reply was malformed. */
static bool answer(shmem__pending *call, shmem_message *reply,
		   shmem__reader body, int err)
{
	shmem_protocol_actor *actor = call->actor;
	shmem_protocol_incoming in = {
		.actor = actor,
		.callback = call->callback,
		.arg = call->arg,
	};
	bool malformed;

	shmem__actor_hold(actor);
	shmem__reader_begin(&in.reader, actor, actor->node.key, body, reply);
	(void)call->on_reply(&in, err);
	shmem__blocks_free(&in.reader.memory);
	malformed = in.reader.err == SHMEM_E_PROTO;
	free(call);
	shmem__actor_release(actor);
	return malformed;
}

void shmem__calls_end(shmem_protocol_actor *actor, int err)
{
	while (actor->calls != NULL) {
		shmem__pending *call = actor->calls;
		const shmem__reader nothing = {NULL, 0};

		unlink_call(call);
		SHMEM__ASSERT(actor->calls != call);
		(void)answer(call, NULL, nothing, err);
	}
}

/* Whether a reply fits its request: 0, the error that it carries, or E_PROTO,
 * and then *ret_bad is set. */
static int open_reply(const shmem_message *reply, uint64_t actor,
		      unsigned number, shmem__reader *ret_body, bool *ret_bad)
{
	shmem__head head;
	int status = 0;

	*ret_bad = false;
	if (shmem_message_is_refusal(reply))
		return SHMEM_E_CLOSED;
	*ret_body = shmem__body_of(reply);
	if (!shmem__head_take(ret_body, &head) ||
	    head.word != SHMEM__WORD_REPLY || head.actor != actor ||
	    head.number != number || !shmem__status_take(ret_body, &status)) {
		*ret_bad = true;
		return SHMEM_E_PROTO;
	}
	return status;
}

int shmem__reply_arrived(shmem_protocol *p, shmem_message **take,
			 uint64_t reply_to)
{
	shmem__pending *call =
		(shmem__pending *)shmem__table_find(&p->calls, reply_to);
	shmem__reader body = {NULL, 0};
	const shmem_protocol_type *type;
	const char *name;
	bool bad;
	int err;

	if (call == NULL) /* Nobody waits for it any more. */
		return 0;
	type = call->actor->type;
	name = type->entries[call->number].name;
	err = open_reply(*take, call->actor->node.key, call->number, &body,
			 &bad);
	unlink_call(call);
	bad = answer(call, *take, body, err) || bad;
	if (bad)
		(void)shmem__protocol_doom(p, SHMEM_E_PROTO,
					   "malformed reply to %s.%s",
					   type->name, name);
	return p->status;
}

/* What the callback is told; where it is an error, nothing else reaches it. */
int shmem_protocol_replied(shmem_protocol_incoming *in, int err)
{
	in->accepted = true;
	return err == 0 ? shmem__reader_finish(&in->reader) : err;
}

/* The peer's greeting comes first: nothing is asked before it was checked. */
static int await_greeting(shmem_protocol *p)
{
	shmem_message *message = NULL;
	int err;

	if (p->greeted)
		return 0;
	err = shmem_channel_recv(p->channel, p->timeout, &message);
	if (err == 0)
		err = shmem__take_greeting(p, &message);
	shmem_message_free(&message);
	return err;
}

int shmem_protocol_call(shmem_protocol_writer *w, shmem_protocol_reader *r)
{
	shmem_protocol *p = w->err == 0 ? w->actor->protocol : NULL;
	shmem_message *message = NULL;
	shmem_message *reply = NULL;
	unsigned number = shmem__get16(w->data + 2);
	shmem__reader body;
	bool bad;
	int err;

	if (w->err == 0)
		w->err = await_greeting(p);
	err = shmem__writer_finish(w, &message);
	if (err == 0) {
		SHMEM__ASSERT(p != NULL);
		err = shmem_channel_call(p->channel, &message, p->timeout,
					 &reply);
		if (message != NULL)
			shmem__writer_undo(w, &message);
		else if (err == SHMEM_E_NOENT)
			err = SHMEM_E_CLOSED; /* freed unanswered */
	}
	shmem__writer_end(w);
	if (err != 0)
		return err;
	err = open_reply(reply, w->actor->node.key, number, &body, &bad);
	if (bad)
		(void)shmem__protocol_doom(
			p, SHMEM_E_PROTO, "malformed reply to %s.%s",
			w->actor->type->name,
			w->actor->type->entries[number].name);
	if (err != 0) {
		shmem_message_free(&reply);
		return err;
	}
	shmem__reader_begin(r, w->actor, w->actor->node.key, body, reply);
	return 0;
}

int shmem_protocol_accept(shmem_protocol_reader *r, shmem_protocol_memory **ret)
{
	int err = shmem__reader_finish(r);

	if (err == SHMEM_E_PROTO)
		(void)shmem__protocol_doom(r->actor->protocol, SHMEM_E_PROTO,
					   "malformed reply");
	if (err == 0 && ret != NULL)
		err = shmem__memory_new(&r->message, &r->memory, ret);
	if (err == 0)
		r->slot_count = 0; /* now the caller's */
	shmem__reader_end(r);
	shmem_message_free(&r->message);
	return err;
}
