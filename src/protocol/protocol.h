/* SPDX-License-Identifier: MIT */
/*
 * Conversations and actors, for the files of this layer.
 *
 * Every actor has a number, the same at both ends: 1 is the top-level actor,
 * those made by the parent are even and those made by the child odd, each side
 * counting up by two. So a number that is not in the table either was there
 * once (its message is dropped: deletes cross) or never was (E_PROTO).
 *
 * A message begins with a head of HEAD_SIZE bytes, little-endian: kind (1
 * byte), 0 (1), the message's number in its protocol (2), 0 (4), the actor (8).
 * Behind it, by kind: HELLO, see greet.c; CONSTRUCT, the new actor's number (8)
 * and the arguments; MESSAGE, the arguments; REPLY, an error or 0 (4) and the
 * results; REFUSE, an error (4), and the actor is the refused one.
 */
#ifndef SHMEM_SRC_PROTOCOL_PROTOCOL_H
#define SHMEM_SRC_PROTOCOL_PROTOCOL_H

#include "base/codec.h"
#include "protocol/memory.h"
#include "protocol/table.h"

#include <shmem/protocol_actor.h>

#define SHMEM__HEAD_SIZE 16u
#define SHMEM__TOP_ACTOR 1u

/* What a peer may make us keep. */
#define SHMEM__ACTORS_MAX 65536u   /* of its making */
#define SHMEM__ACTOR_DEPTH_MAX 64u /* managers above managers */
#define SHMEM__VALUE_DEPTH_MAX 64u /* values within values */

typedef enum shmem__word {
	SHMEM__WORD_HELLO = 1,
	SHMEM__WORD_MESSAGE = 2,
	SHMEM__WORD_CONSTRUCT = 3,
	SHMEM__WORD_REPLY = 4,
	SHMEM__WORD_REFUSE = 5
} shmem__word;

typedef struct shmem__head {
	shmem__word word;
	uint16_t number;
	uint64_t actor;
} shmem__head;

struct shmem_protocol_actor {
	shmem__node node; /* its key is the actor's number */
	shmem_protocol *protocol;
	const shmem_protocol_type *type;
	const void *handlers;
	void *arg;
	shmem_protocol_actor *manager;
	shmem_protocol_actor *first; /* of those it manages, oldest first */
	shmem_protocol_actor *last;
	shmem_protocol_actor *next; /* of the same manager */
	shmem_protocol_actor *prev;
	shmem_protocol_actor *ending; /* the next one that is about to end */
	struct shmem__pending *calls;
	shmem_protocol_resolver *resolvers;
	unsigned busy; /* it must not be freed yet */
	unsigned depth;
	bool dead;
	bool has_segments; /* it may have some */
};

/* A request of ours whose reply goes to a callback. */
typedef struct shmem__pending {
	shmem__node node; /* its key is the request's number */
	shmem_protocol_actor *actor;
	unsigned number;
	shmem_protocol_on_reply *on_reply;
	void (*callback)(void);
	void *arg;
	struct shmem__pending *next; /* of the actor */
	struct shmem__pending *prev;
} shmem__pending;

/* What found no room in the channel's queue. */
typedef struct shmem__waiting {
	struct shmem__waiting *next;
	shmem_message *request; /* NULL: not a reply */
	shmem_message *message;
} shmem__waiting;

struct shmem_protocol {
	shmem_channel *channel; /* NULL once the conversation was closed */
	const shmem_protocol_type *type;
	shmem_protocol_actor *top;    /* NULL once it has ended */
	shmem_protocol_actor *kept;   /* the same: valid until the close */
	shmem_protocol_actor *ending; /* those whose end is being told */
	shmem__table actors;
	shmem__table calls;
	uint64_t last_own;  /* the newest actor made here */
	uint64_t last_peer; /* the newest one made by the peer */
	size_t peer_actors;
	unsigned refs;
	unsigned depth; /* of dispatching */
	bool greeted;   /* by the peer */
	bool ended;     /* the end has been dealt with */
	int status;
	int timeout;
	shmem__waiting *outbox;
	shmem__waiting *outbox_last;
	shmem__waiting *buried; /* sent, but a handler may still read it */
	void *scratch;
	char text[192];
};

/* message.c */
/* The error (or 0) at the front, behind which nothing follows if it is one.
 * False: there is none. */
bool shmem__status_take(shmem__reader *from, int *ret);
/* Memory for the slots of one that has many. */
void shmem__reader_slots(shmem_protocol_reader *r);
/* What is read from now on is where no peer can change it. */
void shmem__reader_copy(shmem_protocol_reader *r);
/* Whether all was read, well-formed: 0, E_PROTO, E_NOMEM. */
int shmem__reader_finish(shmem_protocol_reader *r);
/* Frees what its slots still hold, and its memory. */
void shmem__reader_end(shmem_protocol_reader *r);
/* What the slots hold; on an error all is where it was, and the message is
 * freed. */
int shmem__writer_push(shmem_protocol_writer *w, shmem_message **take);
/* Puts back what the message holds, and frees it. */
void shmem__writer_undo(shmem_protocol_writer *w, shmem_message **take);
void shmem__writer_free(shmem_protocol_writer *w);
/* Frees what the slots hold. */
void shmem__writer_drop(shmem_protocol_writer *w);

static inline void shmem__head_put(unsigned char head[SHMEM__HEAD_SIZE],
				   shmem__word word, unsigned number,
				   uint64_t actor)
{
	shmem_protocol_store_uint64(
		head, (uint64_t)word | (uint64_t)(number & 0xffff) << 16);
	shmem_protocol_store_uint64(head + 8, actor);
}

/* Takes it from the front. False: it is none. */
static inline bool shmem__head_take(shmem__reader *from, shmem__head *ret)
{
	const unsigned char *head = shmem__take(from, SHMEM__HEAD_SIZE);
	uint64_t first;

	if (head == NULL)
		return false;
	first = shmem_protocol_load_uint64(head);
	if ((first & ~UINT64_C(0xffff00ff)) != 0 ||
	    (first & 0xff) - SHMEM__WORD_HELLO >
		    SHMEM__WORD_REFUSE - SHMEM__WORD_HELLO)
		return false;
	ret->word = (shmem__word)(first & 0xff);
	ret->number = (uint16_t)(first >> 16);
	ret->actor = shmem_protocol_load_uint64(head + 8);
	return true;
}

static inline shmem__reader shmem__body_of(const shmem_message *message)
{
	return (shmem__reader){shmem_message_data(message),
			       shmem_message_size(message)};
}

static inline void shmem__reader_begin(shmem_protocol_reader *r,
				       shmem_protocol_actor *actor,
				       uint64_t group, shmem__reader body,
				       shmem_message *message)
{
	r->at = body.at;
	r->left = body.left;
	r->err = 0;
	r->depth = 0;
	r->actor = actor;
	r->group = group;
	r->message = message;
	r->room = NULL;
	r->room_left = 0;
	r->memory = NULL;
	r->slots = r->few;
	r->slot_count = 0;
	r->slot_capacity = shmem_message_segments(message) +
			   shmem_message_handles(message);
	if (r->slot_capacity > SHMEM_PROTOCOL_SLOTS)
		shmem__reader_slots(r);
	if (shmem_message_is_shared(message))
		shmem__reader_copy(r);
}

static inline void shmem__writer_begin(shmem_protocol_writer *w,
				       shmem_protocol_actor *actor,
				       shmem__word word, unsigned number,
				       uint64_t id)
{
	w->data = w->small;
	w->capacity = sizeof(w->small);
	w->size = SHMEM__HEAD_SIZE;
	w->err = 0;
	w->depth = 0;
	w->actor = actor;
	w->made = 0;
	w->slots = w->few;
	w->slot_count = 0;
	w->slot_capacity = SHMEM_PROTOCOL_SLOTS;
	shmem__head_put(w->small, word, number, id);
}

/* A message with all that was put, out of the slots; or the writer's error, and
 * everything is where it was. */
static inline int shmem__writer_finish(shmem_protocol_writer *w,
				       shmem_message **ret)
{
	int err = w->err;

	if (err == 0)
		err = shmem_message_new(w->data, w->size, ret);
	if (err == 0 && w->slot_count > 0)
		err = shmem__writer_push(w, ret);
	return err;
}

static inline void shmem__writer_end(shmem_protocol_writer *w)
{
	if (w->data != w->small || w->slots != w->few)
		shmem__writer_free(w);
}

/*
 * outbox.c: sends, or keeps it for later. On an error the message stays the
 * caller's. A reply's request is taken only where the reply is kept; its bytes
 * stay valid as long as the outermost dispatch lasts.
 */
int shmem__post(shmem_protocol *p, shmem_message **take);
int shmem__post_reply(shmem_protocol *p, shmem_message **take_request,
		      shmem_message **take);
void shmem__post_error(shmem_protocol *p, shmem_message **take_request,
		       uint64_t actor, unsigned number, int err);
void shmem__outbox_fini(shmem_protocol *p);
void shmem__outbox_bury(shmem_protocol *p);

/* protocol.c */
/* The conversation is over from now on; the first reason stays. Actors end with
 * the next shmem__protocol_settle(). Returns `err`. */
int shmem__protocol_doom(shmem_protocol *p, int err, const char *format, ...)
	__attribute__((format(printf, 3, 4)));
/* Ends the actors of one that is doomed. */
void shmem__protocol_settle_doomed(shmem_protocol *p);
void shmem__protocol_free(shmem_protocol *p);

static inline void shmem__protocol_settle(shmem_protocol *p)
{
	if (p->status != 0 && !p->ended)
		shmem__protocol_settle_doomed(p);
}

/* What a send gives when it can't be: 0 where it can. */
static inline int shmem__protocol_ready(shmem_protocol *p)
{
	if (p->status != 0)
		return p->status;
	return p->outbox != NULL ? shmem_protocol_flush(p) : 0;
}

static inline void shmem__protocol_unref(shmem_protocol *p)
{
	if (--p->refs == 0)
		shmem__protocol_free(p);
}

/* greet.c */
int shmem__greet(shmem_protocol *p);
int shmem__greeted(shmem_protocol *p, shmem__head head, shmem__reader body);

/* actor.c */
int shmem__actor_new(shmem_protocol *p, shmem_protocol_actor *manager,
		     const shmem_protocol_type *type, uint64_t id,
		     shmem_protocol_actor **ret);
void shmem__actor_free(shmem_protocol_actor *actor);
/* Whether an actor of that number was there once. */
bool shmem__actor_was(const shmem_protocol *p, uint64_t id);
void shmem__actor_end(shmem_protocol_actor *actor, shmem_protocol_end end,
		      int err);
/* Frees the segments of all whose end is being told, further up the stack. */
void shmem__ending_free(const shmem_protocol *p);

static inline shmem_protocol_actor *shmem__actor_find(const shmem_protocol *p,
						      uint64_t id)
{
	if (id == SHMEM__TOP_ACTOR) /* the most frequent one */
		return p->top != NULL && !p->top->dead ? p->top : NULL;
	return (shmem_protocol_actor *)shmem__table_find(&p->actors, id);
}

/* While it is held, its memory stays. */
static inline void shmem__actor_hold(shmem_protocol_actor *actor)
{
	actor->busy++;
}

static inline void shmem__actor_release(shmem_protocol_actor *actor)
{
	if (--actor->busy == 0 && actor->dead)
		free(actor);
}

/* answer.c: what the handler's error becomes; 0: the caller is told it. */
int shmem__handler_failed(shmem_protocol_incoming *in, int err);

/* dispatch.c: the first message of the peer's. */
int shmem__take_greeting(shmem_protocol *p, shmem_message **take);

/* call.c */
int shmem__reply_arrived(shmem_protocol *p, shmem_message **take,
			 uint64_t reply_to);
void shmem__calls_end(shmem_protocol_actor *actor, int err);

/* resolve.c */
void shmem__resolvers_end(shmem_protocol_actor *actor);

/* A SHMEM_E_*, or E_INVAL in place of what is none. */
int shmem__error_of(int err);
bool shmem__is_error(int64_t err);

#endif
