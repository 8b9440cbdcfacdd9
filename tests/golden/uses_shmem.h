/* Header of uses_shmem.shmem, made by shmemc 0.1.0; do not edit. */
/* SPDX-License-Identifier: MIT */
#ifndef SHMEMC_USES_SHMEM_H
#define SHMEMC_USES_SHMEM_H

#include <shmem/protocol.h>

#ifdef __cplusplus
extern "C" {
#endif

/*
 * The protocol of example 07. Who wants to know what `Shmem` means in it: the
 * sender's pages are gone when the function that sends has returned, and the
 * receiver's open up before its handler runs.
 */
typedef struct uses_shmem_parent uses_shmem_parent;
typedef struct uses_shmem_parent_handlers uses_shmem_parent_handlers;
typedef struct uses_shmem_child uses_shmem_child;
typedef struct uses_shmem_child_handlers uses_shmem_child_handlers;

/* Both ends must agree on it: a hash of all that they exchange. */
#define USES_SHMEM_FINGERPRINT UINT64_C(0x6a1c3c304ffcd0a5)

/*
 * What the parent does with messages. A message without a handler is refused
 * (E_UNSUPPORTED).
 */
struct uses_shmem_parent_handlers {
	int (*recv_give_and_get_back)(uses_shmem_parent *actor,
				      shmem_segment **take_s,
				      shmem_segment **ret_ss);

	int (*recv_thanks_done)(uses_shmem_parent *actor,
				shmem_segment **take_s);

	/* The actor is gone; may be NULL. */
	void (*destroyed)(uses_shmem_parent *actor, shmem_protocol_end end,
			  int err);
};

/*
 * This end of the protocol over a channel, which is borrowed, as are the
 * handlers. In the end close the protocol; the actor ends with it.
 * Errors: E_INVAL, E_NOMEM, and as shmem_channel_send().
 */
int uses_shmem_parent_open(shmem_channel *channel,
			   const uses_shmem_parent_handlers *handlers,
			   void *arg, shmem_protocol **ret_protocol,
			   uses_shmem_parent **ret);

/* A segment that is freed with the actor, unless it was sent. */
int uses_shmem_parent_alloc(uses_shmem_parent *actor, uint64_t bytes,
			    shmem_segment **ret);

/* What was given along with the handlers. */
void *uses_shmem_parent_arg(const uses_shmem_parent *actor);

/* The conversation that the actor belongs to. */
shmem_protocol *uses_shmem_parent_protocol(const uses_shmem_parent *actor);

/* For the runtime. */
extern const shmem_protocol_type uses_shmem_parent_type;

int uses_shmem_parent_send_here_you_go(uses_shmem_parent *actor,
				       shmem_segment **take_s);

/*
 * What the child does with messages. A message without a handler is refused
 * (E_UNSUPPORTED).
 */
struct uses_shmem_child_handlers {
	int (*recv_here_you_go)(uses_shmem_child *actor,
				shmem_segment **take_s);

	/* The actor is gone; may be NULL. */
	void (*destroyed)(uses_shmem_child *actor, shmem_protocol_end end,
			  int err);
};

/*
 * This end of the protocol over a channel, which is borrowed, as are the
 * handlers. In the end close the protocol; the actor ends with it.
 * Errors: E_INVAL, E_NOMEM, and as shmem_channel_send().
 */
int uses_shmem_child_open(shmem_channel *channel,
			  const uses_shmem_child_handlers *handlers, void *arg,
			  shmem_protocol **ret_protocol,
			  uses_shmem_child **ret);

/* A segment that is freed with the actor, unless it was sent. */
int uses_shmem_child_alloc(uses_shmem_child *actor, uint64_t bytes,
			   shmem_segment **ret);

/* What was given along with the handlers. */
void *uses_shmem_child_arg(const uses_shmem_child *actor);

/* The conversation that the actor belongs to. */
shmem_protocol *uses_shmem_child_protocol(const uses_shmem_child *actor);

/* For the runtime. */
extern const shmem_protocol_type uses_shmem_child_type;

/* Waits for the reply. */
int uses_shmem_child_send_give_and_get_back(uses_shmem_child *actor,
					    shmem_segment **take_s,
					    shmem_segment **ret_ss);

int uses_shmem_child_send_thanks_done(uses_shmem_child *actor,
				      shmem_segment **take_s);

/* For the code that is made of files which include this one. */

#ifdef __cplusplus
}
#endif
#endif
