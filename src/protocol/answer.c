/* SPDX-License-Identifier: MIT */
/* What happens around a handler: what it answers, makes, ends, or fails at. */
#include "protocol/protocol.h"

int shmem_protocol_unhandled(shmem_protocol_incoming *in, bool has_handler)
{
	int err = shmem__reader_finish(&in->reader);

	if (err == SHMEM_E_PROTO)
		return err;
	in->accepted = true;
	if (err == 0 && !has_handler)
		err = SHMEM_E_UNSUPPORTED;
	return err;
}

int shmem__handler_failed(shmem_protocol_incoming *in, int err)
{
	if (in->answered)
		return 0;
	if (!shmem_message_is_request(in->reader.message))
		return shmem__error_of(err);
	shmem__post_error(in->actor->protocol, &in->reader.message,
			  in->actor->node.key, in->number, err);
	return 0;
}

static void begin_answer(shmem_protocol_writer *w, shmem_protocol_actor *actor,
			 unsigned number)
{
	shmem__writer_begin(w, actor, SHMEM__WORD_REPLY, number,
			    actor != NULL ? actor->node.key : 0);
	shmem_protocol_put_int32(w, 0);
}

void shmem_protocol_begin_reply(shmem_protocol_writer *w,
				shmem_protocol_incoming *in)
{
	begin_answer(w, in->actor, in->number);
	if (in->actor->dead)
		w->err = SHMEM_E_CLOSED;
}

/* The results are the library's now: what can't be sent is freed. */
int shmem_protocol_reply(shmem_protocol_writer *w, shmem_protocol_incoming *in)
{
	shmem_message *message = NULL;
	int err = shmem__writer_finish(w, &message);

	if (err != 0)
		shmem__writer_drop(w);
	else
		err = shmem__post_reply(in->actor->protocol,
					&in->reader.message, &message);
	in->answered = err == 0;
	shmem_message_free(&message);
	shmem__writer_end(w);
	return err;
}

int shmem_protocol_construct(shmem_protocol_incoming *in,
			     const shmem_protocol_type *type,
			     shmem_protocol_actor **ret)
{
	shmem_protocol *p = in->actor->protocol;
	int err;

	if (p->peer_actors >= SHMEM__ACTORS_MAX)
		return SHMEM_E_LIMIT;
	err = shmem__actor_new(p, in->actor, type, in->made, ret);
	if (err != 0)
		return err;
	p->peer_actors++;
	(*ret)->has_segments = true; /* those of the constructor's arguments */
	shmem__actor_hold(*ret);
	return 0;
}

/* Tells the peer that the actor it made is not wanted. */
static void refuse(shmem_protocol *p, uint64_t id, int err)
{
	unsigned char bytes[SHMEM__HEAD_SIZE + 4];
	shmem_message *message = NULL;

	shmem__head_put(bytes, SHMEM__WORD_REFUSE, 0, id);
	shmem__put32(bytes + SHMEM__HEAD_SIZE, (uint32_t)err);
	if (shmem_message_new(bytes, sizeof(bytes), &message) == 0)
		(void)shmem__post(p, &message);
	shmem_message_free(&message);
}

int shmem_protocol_constructed(shmem_protocol_incoming *in,
			       shmem_protocol_actor *actor, int err)
{
	shmem_protocol *p = in->actor->protocol;

	if (!in->accepted) {
		shmem_protocol_get_drop(&in->reader);
		return err;
	}
	if (err == 0 && !actor->dead && actor->handlers == actor->type->unbound)
		err = SHMEM_E_STATE;
	if (err != 0) {
		err = shmem__error_of(err);
		if (!in->actor->dead)
			refuse(p, in->made, err);
		if (actor != NULL)
			shmem__actor_end(actor, SHMEM_PROTOCOL_REFUSED, err);
	}
	if (actor != NULL)
		shmem__actor_release(actor);
	shmem_protocol_get_drop(&in->reader);
	return 0; /* The error is the peer's to deal with. */
}

int shmem_protocol_deleted(shmem_protocol_incoming *in, int err)
{
	shmem_protocol_get_drop(&in->reader);
	if (in->accepted)
		shmem__actor_end(in->actor, SHMEM_PROTOCOL_DELETED, 0);
	return err;
}

/* A request that is answered when its handler has returned, or later. */
struct shmem_protocol_resolver {
	shmem_protocol_actor *actor; /* NULL: gone */
	shmem_protocol_incoming *in; /* while the handler runs */
	shmem_message *request;      /* from then on */
	unsigned number;
	shmem_protocol_resolver *next; /* of the actor */
	shmem_protocol_resolver *prev;
};

int shmem_protocol_defer(shmem_protocol_incoming *in,
			 shmem_protocol_resolver **ret)
{
	shmem_protocol_resolver *r = shmem__protocol_new(sizeof(*r));
	shmem_protocol_actor *actor = in->actor;

	if (r == NULL)
		return SHMEM_E_NOMEM;
	r->actor = actor;
	r->in = in;
	r->number = in->number;
	r->next = actor->resolvers;
	if (r->next != NULL)
		r->next->prev = r;
	actor->resolvers = r;
	in->resolver = r;
	*ret = r;
	return 0;
}

/* It has been answered, or can't be any more. */
static void detach(shmem_protocol_resolver *r)
{
	if (r->prev != NULL)
		r->prev->next = r->next;
	else
		r->actor->resolvers = r->next;
	if (r->next != NULL)
		r->next->prev = r->prev;
	if (r->in != NULL) {
		r->in->answered = true;
		r->in->resolver = NULL;
		r->in = NULL;
	}
	r->actor = NULL;
	shmem_message_free(&r->request);
}

static shmem_message **request_of(shmem_protocol_resolver *r)
{
	return r->in != NULL ? &r->in->reader.message : &r->request;
}

static void answer_error(shmem_protocol_resolver *r, int err)
{
	shmem__post_error(r->actor->protocol, request_of(r), r->actor->node.key,
			  r->number, err);
	detach(r);
}

void shmem__resolvers_end(shmem_protocol_actor *actor)
{
	while (actor->resolvers != NULL)
		answer_error(actor->resolvers, SHMEM_E_CLOSED);
}

void shmem_protocol_reject(shmem_protocol_resolver **take, int err)
{
	shmem_protocol_resolver *r = take != NULL ? *take : NULL;

	if (r == NULL)
		return;
	*take = NULL;
	if (r->actor != NULL)
		answer_error(r, err);
	free(r);
}

int shmem_protocol_deferred(shmem_protocol_incoming *in,
			    shmem_protocol_resolver **take, int err)
{
	shmem_protocol_resolver *r = in->resolver;

	shmem_protocol_get_drop(&in->reader);
	if (*take != NULL) {
		shmem_protocol_reject(take, err != 0 ? err : SHMEM_E_STATE);
	} else if (r != NULL) {
		r->request = in->reader.message;
		r->in = NULL;
		in->reader.message = NULL;
	}
	return err;
}

void shmem_protocol_begin_resolve(shmem_protocol_writer *w,
				  shmem_protocol_resolver *resolver,
				  unsigned message)
{
	begin_answer(w, resolver != NULL ? resolver->actor : NULL, message);
	if (resolver == NULL)
		w->err = SHMEM_E_INVAL;
	else if (resolver->actor == NULL)
		w->err = SHMEM_E_CLOSED;
	else if (resolver->number != message)
		w->err = SHMEM_E_INVAL;
}

int shmem_protocol_resolve(shmem_protocol_writer *w,
			   shmem_protocol_resolver **take)
{
	shmem_protocol_resolver *r = *take;
	shmem_message *message = NULL;
	int err = shmem__writer_finish(w, &message);

	if (err == 0) {
		err = shmem__post_reply(r->actor->protocol, request_of(r),
					&message);
		if (err != 0)
			shmem__writer_undo(w, &message);
	}
	shmem__writer_end(w);
	if (r != NULL && (err == 0 || r->actor == NULL)) {
		*take = NULL;
		if (r->actor != NULL)
			detach(r);
		free(r);
	}
	return err;
}
