/* SPDX-License-Identifier: MIT */
/* Messages to which nothing comes back, and constructors. */
#include "protocol/protocol.h"

#include "base/assert.h"

void shmem_protocol_begin(shmem_protocol_writer *w, shmem_protocol_actor *actor,
			  unsigned message)
{
	shmem__writer_begin(w, actor, SHMEM__WORD_MESSAGE, message,
			    actor != NULL ? actor->node.key : 0);
	if (actor == NULL)
		w->err = SHMEM_E_INVAL;
	else if (actor->dead)
		w->err = SHMEM_E_CLOSED;
	else
		w->err = shmem__protocol_ready(actor->protocol);
}

void shmem_protocol_begin_constructor(shmem_protocol_writer *w,
				      shmem_protocol_actor *actor,
				      unsigned message)
{
	shmem_protocol_begin(w, actor, message);
	w->data[0] = SHMEM__WORD_CONSTRUCT;
	if (w->err == 0)
		w->made = actor->protocol->last_own + 2;
	shmem_protocol_put_uint64(w, w->made);
}

int shmem_protocol_send(shmem_protocol_writer *w)
{
	shmem_message *message = NULL;
	int err = shmem__writer_finish(w, &message);

	if (err == 0) {
		err = shmem_channel_send(w->actor->protocol->channel, &message);
		if (err != 0)
			shmem__writer_undo(w, &message);
	}
	shmem__writer_end(w);
	return err;
}

int shmem_protocol_send_constructor(shmem_protocol_writer *w,
				    const shmem_protocol_type *type,
				    const void *handlers, void *arg,
				    shmem_protocol_actor **ret)
{
	shmem_protocol *p = w->err == 0 ? w->actor->protocol : NULL;
	shmem_protocol_actor *made = NULL;
	int err;

	if (handlers == NULL || ret == NULL)
		shmem_protocol_put_fail(w, SHMEM_E_INVAL);
	if (w->err == 0)
		w->err = shmem__actor_new(p, w->actor, type, w->made, &made);
	err = shmem_protocol_send(w);
	if (err != 0) {
		if (made != NULL)
			shmem__actor_free(made);
		return err;
	}
	SHMEM__ASSERT(p != NULL);
	SHMEM__ASSERT(made != NULL);
	SHMEM__ASSERT(ret != NULL);
	shmem_protocol_bind(made, handlers, arg);
	p->last_own = made->node.key;
	*ret = made;
	return 0;
}
