/* SPDX-License-Identifier: MIT */
/* Actors: their tree, and how they end. */
#include "protocol/protocol.h"

#include "base/assert.h"

int shmem__actor_new(shmem_protocol *p, shmem_protocol_actor *manager,
		     const shmem_protocol_type *type, uint64_t id,
		     shmem_protocol_actor **ret)
{
	shmem_protocol_actor *actor;
	int err = shmem__table_reserve(&p->actors);

	if (err != 0)
		return err;
	if (manager != NULL && manager->depth + 1 >= SHMEM__ACTOR_DEPTH_MAX)
		return SHMEM_E_LIMIT;
	actor = shmem__protocol_new(sizeof(*actor));
	if (actor == NULL)
		return SHMEM_E_NOMEM;
	actor->protocol = p;
	actor->type = type;
	actor->node.key = id;
	actor->handlers = type->unbound;
	shmem__table_add(&p->actors, &actor->node);
	if (manager != NULL) {
		actor->manager = manager;
		actor->depth = manager->depth + 1;
		actor->prev = manager->last;
		if (manager->last != NULL)
			manager->last->next = actor;
		else
			manager->first = actor;
		manager->last = actor;
	}
	*ret = actor;
	return 0;
}

/* Nobody finds it any more. */
static void unlink_actor(shmem_protocol_actor *actor)
{
	shmem_protocol_actor *manager = actor->manager;

	if (manager != NULL) {
		if (actor->prev != NULL)
			actor->prev->next = actor->next;
		else
			manager->first = actor->next;
		if (actor->next != NULL)
			actor->next->prev = actor->prev;
		else
			manager->last = actor->prev;
	}
	actor->prev = NULL;
	actor->next = NULL;
	if (actor->protocol->top == actor)
		actor->protocol->top = NULL;
}

static void forget_number(shmem_protocol_actor *actor)
{
	shmem_protocol *p = actor->protocol;
	bool peers = actor->node.key != SHMEM__TOP_ACTOR &&
		     (actor->node.key & 1) == (p->type->child ? 0 : 1);

	shmem__table_remove(&p->actors, &actor->node);
	if (peers)
		p->peer_actors--;
}

void shmem__actor_free(shmem_protocol_actor *actor)
{
	unlink_actor(actor);
	if (!actor->dead)
		shmem__table_remove(&actor->protocol->actors, &actor->node);
	free(actor);
}

bool shmem__actor_was(const shmem_protocol *p, uint64_t id)
{
	uint64_t odd = p->type->child ? p->last_own : p->last_peer;
	uint64_t even = p->type->child ? p->last_peer : p->last_own;

	return id != 0 && id <= ((id & 1) != 0 ? odd : even);
}

/* From here on nothing can be sent by it, and nothing arrives at it. */
static void mark_dead(shmem_protocol_actor *actor)
{
	actor->dead = true;
	forget_number(actor);
	for (shmem_protocol_actor *a = actor->first; a != NULL; a = a->next)
		mark_dead(a);
}

static void free_segments(shmem_protocol_actor *actor)
{
	shmem_channel *channel = actor->protocol->channel;

	if (actor->has_segments && channel != NULL)
		(void)shmem_channel_free_group(channel, actor->node.key);
}

static void free_all_segments(shmem_protocol_actor *actor)
{
	free_segments(actor);
	for (shmem_protocol_actor *a = actor->first; a != NULL; a = a->next)
		free_all_segments(a);
}

void shmem__ending_free(const shmem_protocol *p)
{
	for (shmem_protocol_actor *a = p->ending; a != NULL; a = a->ending)
		free_all_segments(a);
}

/*
 * Tells everybody, the managed first. Callbacks may end other actors, this
 * one's manager among them: each takes itself out of the tree before anything
 * is called, and is held until all is done, so that none is met twice.
 */
static void finish(shmem_protocol_actor *actor, shmem_protocol_end end, int err)
{
	shmem_protocol_actor *manager = actor->manager;
	shmem_protocol *p = actor->protocol;
	shmem_protocol_end below = end == SHMEM_PROTOCOL_CLOSED
					   ? SHMEM_PROTOCOL_CLOSED
					   : SHMEM_PROTOCOL_ANCESTOR_DELETED;

	shmem__actor_hold(actor);
	if (manager != NULL)
		shmem__actor_hold(manager);
	unlink_actor(actor);
	actor->ending = p->ending;
	p->ending = actor;
	while (actor->last != NULL) {
		shmem_protocol_actor *last = actor->last;

		finish(last, below, end == SHMEM_PROTOCOL_CLOSED ? err : 0);
		SHMEM__ASSERT(actor->last != last);
	}
	shmem__calls_end(actor, SHMEM_E_CLOSED);
	shmem__resolvers_end(actor);
	actor->type->destroyed(actor, actor->handlers, end, err);
	free_segments(actor);
	p->ending = actor->ending;
	if (manager != NULL)
		shmem__actor_release(manager);
	shmem__actor_release(actor);
}

void shmem__actor_end(shmem_protocol_actor *actor, shmem_protocol_end end,
		      int err)
{
	shmem_protocol *p = actor->protocol;

	if (actor->dead)
		return;
	p->refs++;
	mark_dead(actor);
	finish(actor, end, err);
	shmem__protocol_unref(p);
}

void shmem_protocol_delete(shmem_protocol_actor *actor)
{
	shmem__actor_end(actor, SHMEM_PROTOCOL_DELETED, 0);
}

void shmem_protocol_bind(shmem_protocol_actor *actor, const void *handlers,
			 void *arg)
{
	if (actor == NULL)
		return;
	actor->handlers = handlers != NULL ? handlers : actor->type->unbound;
	actor->arg = arg;
}

int shmem_protocol_alloc(shmem_protocol_actor *actor, uint64_t bytes,
			 shmem_segment **ret)
{
	shmem_segment *segment = NULL;
	int err;

	if (actor == NULL || ret == NULL)
		return SHMEM_E_INVAL;
	if (actor->dead || actor->protocol->channel == NULL)
		return SHMEM_E_CLOSED;
	err = shmem_segment_alloc(actor->protocol->channel, bytes, &segment);
	if (err != 0)
		return err;
	shmem_segment_set_group(segment, actor->node.key);
	actor->has_segments = true;
	*ret = segment;
	return 0;
}

void *shmem_protocol_arg(const shmem_protocol_actor *actor)
{
	return actor != NULL ? actor->arg : NULL;
}

shmem_protocol *shmem_protocol_of(const shmem_protocol_actor *actor)
{
	return actor != NULL ? actor->protocol : NULL;
}

shmem_protocol_actor *shmem_protocol_manager(const shmem_protocol_actor *actor,
					     const shmem_protocol_type *type)
{
	if (actor == NULL || actor->manager == NULL ||
	    actor->manager->type != type)
		return NULL;
	return actor->manager;
}

shmem_protocol_actor *shmem_protocol_next(const shmem_protocol_actor *manager,
					  const shmem_protocol_actor *after,
					  const shmem_protocol_type *type)
{
	shmem_protocol_actor *actor;

	if (manager == NULL)
		return NULL;
	actor = after != NULL ? after->next : manager->first;
	while (actor != NULL && actor->type != type)
		actor = actor->next;
	return actor;
}
