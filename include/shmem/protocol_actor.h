/* SPDX-License-Identifier: MIT */
/*
 * For generated code only: how it sends what it has packed, and gets what it is
 * to take apart. It changes together with shmemc; programs don't use it.
 *
 * Threads: as the conversation.
 */
#ifndef SHMEM_PROTOCOL_ACTOR_H
#define SHMEM_PROTOCOL_ACTOR_H

#include <shmem/protocol_values.h>

#ifdef __cplusplus
extern "C" {
#endif

/* A message on its way to a handler, or a reply to a callback. */
typedef struct shmem_protocol_incoming {
	shmem_protocol_actor *actor;
	const void *handlers;
	void (*callback)(void);
	void *arg;
	shmem_protocol_reader reader;
	unsigned number; /* of the message */
	uint64_t made;   /* the actor under construction */
	bool accepted;   /* it was well-formed */
	bool answered;
	shmem_protocol_resolver *resolver; /* while it is owed an answer */
} shmem_protocol_incoming;

typedef enum shmem_protocol_kind {
	SHMEM_PROTOCOL_PLAIN,
	SHMEM_PROTOCOL_REQUEST,
	SHMEM_PROTOCOL_CONSTRUCTOR
} shmem_protocol_kind;

typedef struct shmem_protocol_entry {
	const char *name;
	shmem_protocol_kind kind;
	int (*receive)(shmem_protocol_incoming *in); /* NULL: never */
} shmem_protocol_entry;

struct shmem_protocol_type {
	const char *name;
	uint64_t fingerprint;
	bool child;
	unsigned count;
	const shmem_protocol_entry *entries;
	const void *unbound; /* handlers, none of them there */
	void (*destroyed)(shmem_protocol_actor *actor, const void *handlers,
			  shmem_protocol_end end, int err);
};

typedef int shmem_protocol_on_reply(shmem_protocol_incoming *in, int err);

/* Actors. */
SHMEM_API int shmem_protocol_open(shmem_channel *channel,
				  const shmem_protocol_type *type,
				  const void *handlers, void *arg,
				  shmem_protocol **ret,
				  shmem_protocol_actor **ret_actor);
SHMEM_API void shmem_protocol_bind(shmem_protocol_actor *actor,
				   const void *handlers, void *arg);
SHMEM_API int shmem_protocol_alloc(shmem_protocol_actor *actor, uint64_t bytes,
				   shmem_segment **ret);
SHMEM_API void *shmem_protocol_arg(const shmem_protocol_actor *actor);
SHMEM_API shmem_protocol *shmem_protocol_of(const shmem_protocol_actor *actor);
SHMEM_API shmem_protocol_actor *shmem_protocol_manager(
	const shmem_protocol_actor *actor, const shmem_protocol_type *type);
SHMEM_API shmem_protocol_actor *shmem_protocol_next(
	const shmem_protocol_actor *manager, const shmem_protocol_actor *after,
	const shmem_protocol_type *type);
SHMEM_API void shmem_protocol_delete(shmem_protocol_actor *actor);

/* Sending: begin, put…, and one of the others, which also ends the writer. */
SHMEM_API void shmem_protocol_begin(shmem_protocol_writer *w,
				    shmem_protocol_actor *actor,
				    unsigned message);
SHMEM_API void shmem_protocol_begin_constructor(shmem_protocol_writer *w,
						shmem_protocol_actor *actor,
						unsigned message);
SHMEM_API void shmem_protocol_begin_reply(shmem_protocol_writer *w,
					  shmem_protocol_incoming *in);
SHMEM_API void shmem_protocol_begin_resolve(shmem_protocol_writer *w,
					    shmem_protocol_resolver *resolver,
					    unsigned message);
SHMEM_API int shmem_protocol_send(shmem_protocol_writer *w);
SHMEM_API int shmem_protocol_send_constructor(shmem_protocol_writer *w,
					      const shmem_protocol_type *type,
					      const void *handlers, void *arg,
					      shmem_protocol_actor **ret);
SHMEM_API int shmem_protocol_request(shmem_protocol_writer *w,
				     shmem_protocol_on_reply *on_reply,
				     void (*callback)(void), void *arg);
SHMEM_API int shmem_protocol_call(shmem_protocol_writer *w,
				  shmem_protocol_reader *r);
SHMEM_API int shmem_protocol_accept(shmem_protocol_reader *r,
				    shmem_protocol_memory **ret);
SHMEM_API int shmem_protocol_reply(shmem_protocol_writer *w,
				   shmem_protocol_incoming *in);
SHMEM_API int shmem_protocol_resolve(shmem_protocol_writer *w,
				     shmem_protocol_resolver **take);

/* Receiving: get…, arrived, the handler, perhaps one of the others, and what
 * it gives is returned. */
SHMEM_API int shmem_protocol_unhandled(shmem_protocol_incoming *in,
				       bool has_handler);
SHMEM_API int shmem_protocol_replied(shmem_protocol_incoming *in, int err);
SHMEM_API int shmem_protocol_construct(shmem_protocol_incoming *in,
				       const shmem_protocol_type *type,
				       shmem_protocol_actor **ret);
SHMEM_API int shmem_protocol_defer(shmem_protocol_incoming *in,
				   shmem_protocol_resolver **ret);
SHMEM_API int shmem_protocol_constructed(shmem_protocol_incoming *in,
					 shmem_protocol_actor *actor, int err);
SHMEM_API int shmem_protocol_deferred(shmem_protocol_incoming *in,
				      shmem_protocol_resolver **take, int err);
SHMEM_API int shmem_protocol_deleted(shmem_protocol_incoming *in, int err);

/* Whether the handler is to be called: 0, or why it is not. */
static inline int shmem_protocol_arrived(shmem_protocol_incoming *in,
					 bool has_handler)
{
	const shmem_protocol_reader *r = &in->reader;

	if (r->err != 0 || r->left > 0 || r->slot_count < r->slot_capacity ||
	    !has_handler)
		return shmem_protocol_unhandled(in, has_handler);
	in->accepted = true;
	return 0;
}

#ifdef __cplusplus
}
#endif
#endif
