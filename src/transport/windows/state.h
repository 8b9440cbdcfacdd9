/* SPDX-License-Identifier: MIT */
/*
 * A pipe in use. One read is always posted: its event is what an event loop
 * watches, its buffer where the next packet lands. A write that finds no room
 * stays with the system until there is some.
 */
#ifndef SHMEM_SRC_TRANSPORT_WINDOWS_STATE_H
#define SHMEM_SRC_TRANSPORT_WINDOWS_STATE_H

#include "transport/socket.h"
#include "transport/windows/carry.h"

typedef struct shmem__socket_state {
	HANDLE pipe; /* NULL: shut down */
	OVERLAPPED read;
	OVERLAPPED write;
	bool reading;
	bool lonely;       /* something could not be sent to a peer unknown */
	bool introduced;   /* the peer, by the packet that is being received */
	int ended;         /* what reading ended with, or 0 */
	size_t write_size; /* of what waits for room */
	size_t write_put;  /* handles that go with it */
	shmem__carrier carrier;
	HANDLE memory; /* the peer's process, for its views; or NULL */
	unsigned char *in;
	unsigned char *out; /* NULL until something is sent */

	/* Of what listens; then there is no pipe, and `read` but an event. */
	struct shmem__listening *listening;
} shmem__socket_state;

/* Whether the system is through with it. */
static inline bool shmem__io_done(const OVERLAPPED *io)
{
	return ((volatile const OVERLAPPED *)io)->Internal !=
	       (ULONG_PTR)STATUS_PENDING;
}

/* socket.c: nothing can be sent as long as the peer is not known. */
bool shmem__socket_waits_for_peer(shmem__socket_state *state);

/* address.c */
void shmem__listening_close(struct shmem__listening *listening);

#endif
