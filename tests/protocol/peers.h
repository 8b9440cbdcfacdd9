/* SPDX-License-Identifier: MIT */
/* Both ends of the protocol Every, in this process or the parent in another. */
#ifndef SHMEM_TESTS_PEERS_H
#define SHMEM_TESTS_PEERS_H

#include "every.h"
#include "support.h"

/* In one process: messages are dispatched by peers_settle(). */
typedef struct peers {
	shmem_channel *parent_channel;
	shmem_channel *child_channel;
	shmem_protocol *parent_protocol;
	shmem_protocol *child_protocol;
	every_parent *parent;
	every_child *child;
} peers;

void peers_open(peers *p, const every_parent_handlers *parent,
		const every_child_handlers *child, void *arg);
void peers_close(peers *p);

/* Dispatches at both ends until nothing is left; no error is expected. */
void peers_settle(peers *p);

/* Dispatches what is there at one end; the first error, or 0. */
int peers_drain(shmem_protocol *protocol);

/*
 * The child in a process of its own: `child` runs there and may call; the
 * parent serves it here until the child has ended, which must be with success.
 */
typedef void peers_child(every_child *actor, shmem_protocol *protocol);
void peers_serve(const every_parent_handlers *parent, void *arg,
		 const every_child_handlers *child, peers_child *run);

/*
 * Below that: `run` with its end of a channel, in a process of its own; what is
 * returned is this end. There it has all that was set before, and nothing that
 * was opened. join waits for its end, which must be with success.
 */
typedef void peers_split_fn(shmem_channel *channel, void *arg);
shmem_channel *peers_split(peers_split_fn *run, void *arg);
void peers_join(void);

/* Whether another process might write there. */
bool peers_is_shared(const void *at);

/* Segments that a channel's side owns. */
uint64_t peers_owned(const shmem_channel *channel);

#endif
