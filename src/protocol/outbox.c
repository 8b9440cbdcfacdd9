/* SPDX-License-Identifier: MIT */
/*
 * Replies and refusals that found the channel's queue full. Nobody is there to
 * try again with them, so they wait here; whatever is sent later waits for
 * them.
 */
#include "protocol/protocol.h"

static int keep(shmem_protocol *p, shmem_message **take_request,
		shmem_message **take)
{
	shmem__waiting *waiting = shmem__protocol_new(sizeof(*waiting));

	if (waiting == NULL)
		return SHMEM_E_NOMEM;
	if (take_request != NULL) {
		waiting->request = *take_request;
		*take_request = NULL;
	}
	waiting->message = *take;
	*take = NULL;
	if (p->outbox_last != NULL)
		p->outbox_last->next = waiting;
	else
		p->outbox = waiting;
	p->outbox_last = waiting;
	return 0;
}

static void free_waiting(shmem__waiting *waiting)
{
	shmem_message_free(&waiting->message);
	shmem_message_free(&waiting->request);
	free(waiting);
}

/* The first one is done with; but handlers that run may be reading it. */
static void remove_first(shmem_protocol *p)
{
	shmem__waiting *first = p->outbox;

	p->outbox = first->next;
	if (p->outbox == NULL)
		p->outbox_last = NULL;
	if (p->depth == 0) {
		free_waiting(first);
		return;
	}
	first->next = p->buried;
	p->buried = first;
}

void shmem__outbox_bury(shmem_protocol *p)
{
	while (p->buried != NULL) {
		shmem__waiting *first = p->buried;

		p->buried = first->next;
		free_waiting(first);
	}
}

int shmem_protocol_flush(shmem_protocol *p)
{
	int err;

	if (p == NULL)
		return SHMEM_E_INVAL;
	if (p->channel == NULL)
		return SHMEM_E_CLOSED;
	while (p->outbox != NULL) {
		shmem__waiting *first = p->outbox;

		err = first->request != NULL
			      ? shmem_channel_reply(p->channel, first->request,
						    &first->message)
			      : shmem_channel_send(p->channel, &first->message);
		if (err == SHMEM_E_AGAIN)
			return err;
		/* What can't be sent for another reason never can: the peer
		 * then sees that its request was freed. */
		remove_first(p);
	}
	return 0;
}

void shmem__outbox_fini(shmem_protocol *p)
{
	while (p->outbox != NULL)
		remove_first(p);
}

int shmem__post(shmem_protocol *p, shmem_message **take)
{
	int err = shmem_protocol_flush(p);

	if (err == 0)
		err = shmem_channel_send(p->channel, take);
	return err == SHMEM_E_AGAIN ? keep(p, NULL, take) : err;
}

int shmem__post_reply(shmem_protocol *p, shmem_message **take_request,
		      shmem_message **take)
{
	int err = shmem_protocol_flush(p);

	if (err == 0)
		err = shmem_channel_reply(p->channel, *take_request, take);
	return err == SHMEM_E_AGAIN ? keep(p, take_request, take) : err;
}

/* Where even that fails, the peer learns that its request was freed. */
void shmem__post_error(shmem_protocol *p, shmem_message **take_request,
		       uint64_t actor, unsigned number, int err)
{
	unsigned char bytes[SHMEM__HEAD_SIZE + 4];
	shmem_message *message = NULL;

	shmem__head_put(bytes, SHMEM__WORD_REPLY, number, actor);
	shmem__put32(bytes + SHMEM__HEAD_SIZE, (uint32_t)shmem__error_of(err));
	if (shmem_message_new(bytes, sizeof(bytes), &message) != 0)
		return;
	(void)shmem__post_reply(p, take_request, &message);
	shmem_message_free(&message);
}
