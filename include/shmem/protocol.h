/* SPDX-License-Identifier: MIT */
/*
 * Protocols (library shmem_protocol): typed messages between two processes, as
 * a .shmem file declares them and the compiler shmemc turns them into C. This
 * is what generated code and programs share; docs/protocols.md tells the rest.
 *
 * A conversation is one protocol over one channel, with an actor at each end:
 * the parent and the child. Actors manage other actors, made by constructors
 * and ended by __delete__; everything that an actor manages, and every segment
 * that belongs to it, ends with it. A segment belongs to the actor that it was
 * allocated or received by. The pointer to a managed actor is valid until its
 * `destroyed` handler has returned, that to the top-level one until the
 * conversation is closed; sending by what has ended is E_CLOSED.
 *
 * Both ends greet each other with the protocol's fingerprint; another build of
 * it is refused with E_UNSUPPORTED, and shmem_protocol_error() says what is
 * different. Whatever breaks the protocol ends the conversation with E_PROTO,
 * and nothing of it has reached a handler.
 *
 * Handlers return 0 or an error of their choice (SHMEM_E_*). Segments and
 * handles that a handler is given by address are its to take (by setting them
 * to NULL, or with shmem_segment_move()); what it leaves is freed. Strings,
 * arrays and structs are valid until it returns. A handler may send, delete
 * any actor, and close the conversation. The error goes to the caller where one
 * waits for a reply, else to whoever dispatched the message.
 *
 * Threads: a conversation and its actors follow the rule of its channel, one
 * thread at a time.
 */
#ifndef SHMEM_PROTOCOL_H
#define SHMEM_PROTOCOL_H

#include <shmem/channel.h>
#include <shmem/handle.h>
#include <shmem/message.h>
#include <shmem/segment.h>

#ifdef __cplusplus
extern "C" {
#endif

/* A conversation. */
typedef struct shmem_protocol shmem_protocol;

/* Parts of generated code. */
typedef struct shmem_protocol_actor shmem_protocol_actor;
typedef struct shmem_protocol_type shmem_protocol_type;
typedef struct shmem_protocol_writer shmem_protocol_writer;
typedef struct shmem_protocol_reader shmem_protocol_reader;

/* What the language calls `bytes`, inside of structs. NULL: an absent one. */
typedef struct shmem_protocol_bytes {
	const void *data;
	size_t size;
} shmem_protocol_bytes;

/* Why an actor has ended. */
typedef enum shmem_protocol_end {
	SHMEM_PROTOCOL_DELETED,          /* by either end's __delete__ */
	SHMEM_PROTOCOL_ANCESTOR_DELETED, /* what manages it was deleted */
	SHMEM_PROTOCOL_REFUSED,          /* the constructor's handler failed;
					  * the error is the handler's */
	SHMEM_PROTOCOL_CLOSED            /* the conversation is over; the error
					  * says why, 0: closed by this end */
} shmem_protocol_end;

/*
 * Does what one received message says; the message is freed, whatever happens.
 * For event loops: give it each message that the channel delivers, in order.
 * Errors: what a handler returned where no reply carries it; E_CLOSED, E_PROTO,
 * E_UNSUPPORTED: the conversation is over (see shmem_protocol_status()).
 */
SHMEM_API int shmem_protocol_dispatch(shmem_protocol *protocol,
				      shmem_message **take);

/*
 * The channel has room again (E_AGAIN before, "drained" in an event loop):
 * sends replies that found none. Errors: E_AGAIN (not all of them).
 */
SHMEM_API int shmem_protocol_flush(shmem_protocol *protocol);

/* The channel has ended, by `reason`: ends every actor.
 * shmem_protocol_receive() does this by itself. */
SHMEM_API void shmem_protocol_fail(shmem_protocol *protocol, int reason);

/*
 * Without an event loop: waits for one message and dispatches it. Errors: as
 * shmem_channel_recv() and shmem_protocol_dispatch().
 */
SHMEM_API int shmem_protocol_receive(shmem_protocol *protocol, int timeout);

/* Receives until the top-level actor has ended. 0: it was deleted; E_CLOSED and
 * others: why it ended; what a handler returned: call it again to go on. */
SHMEM_API int shmem_protocol_run(shmem_protocol *protocol);

/*
 * Waits until the other end has greeted. Calls do so by themselves.
 * Errors: E_UNSUPPORTED (another build, see shmem_protocol_error()), and as
 * shmem_protocol_receive().
 */
SHMEM_API int shmem_protocol_handshake(shmem_protocol *protocol, int timeout);

/* How long a sync message waits for its reply (E_TIMEDOUT); -1, the default:
 * for ever. */
SHMEM_API void shmem_protocol_set_timeout(shmem_protocol *protocol,
					  int timeout);

/* 0 while it goes on; E_CLOSED, E_PROTO, …: why it has ended. */
SHMEM_API int shmem_protocol_status(const shmem_protocol *protocol);

/* The same in words, with the protocol and message concerned; "" while it goes
 * on. Valid until the conversation is closed. */
SHMEM_API const char *shmem_protocol_error(const shmem_protocol *protocol);

SHMEM_API shmem_channel *shmem_protocol_channel(const shmem_protocol *protocol);

/*
 * Memory for the results of a sync message: valid until the handler's reply was
 * sent. NULL when there is none.
 */
SHMEM_API void *shmem_protocol_scratch(shmem_protocol *protocol, size_t bytes);

/* Ends every actor and the conversation, not the channel. The other end is not
 * told: it learns it from the channel. */
SHMEM_API void shmem_protocol_close(shmem_protocol **take);

/* What the results of a sync message point into. Segments and handles in them
 * are the caller's and stay. */
typedef struct shmem_protocol_memory shmem_protocol_memory;
SHMEM_API void shmem_protocol_memory_free(shmem_protocol_memory **take);

/*
 * A reply that is owed to an async message with `returns`. A handler answers
 * at once, or takes it and answers later, by the message's own function
 * …_resolve_…(), which takes it also when it returns E_CLOSED (the actor is
 * gone); or it rejects it: the caller gets that error. One that is left in the
 * handler's hands by a handler that returns 0 is rejected with E_STATE.
 */
typedef struct shmem_protocol_resolver shmem_protocol_resolver;
SHMEM_API void shmem_protocol_reject(shmem_protocol_resolver **take, int err);

#ifdef __cplusplus
}
#endif
#endif
