/* SPDX-License-Identifier: MIT */
/*
 * A pipe in use. One read is always posted: its event is what an event loop
 * watches, its buffer where the next packet lands. A write that finds no room
 * stays with the system until there is some.
 *
 * Where the peer is another process, and its handles are this one's to pull, a
 * thread of the system's pool pulls them as soon as they come (ahead.c): the
 * peer may end right after it has sent. What has come is then kept in a queue.
 */
#ifndef SHMEM_SRC_TRANSPORT_WINDOWS_STATE_H
#define SHMEM_SRC_TRANSPORT_WINDOWS_STATE_H

#include "base/os.h"
#include "transport/frame.h"
#include "transport/socket.h"
#include "transport/windows/carry.h"

#define SHMEM__MESSAGE_HEAD_SIZE 16u
#define SHMEM__MESSAGE_ROOM                                                    \
	(SHMEM__MESSAGE_HEAD_SIZE + 8u * SHMEM__SOCKET_DESCRIPTORS +           \
	 SHMEM__PACKET_MAX)

/* A packet that was taken in, or what came instead of it. */
typedef struct shmem__ahead {
	struct shmem__ahead *next;
	int err;
	int pid; /* of an introduction */
	size_t length;
	size_t count;
	shmem_os_handle *handles;
	unsigned char *bytes; /* both behind this */
} shmem__ahead;

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
	HANDLE memory;      /* the peer's process, for its views; or NULL */
	shmem__lock lock;   /* of reading and of the carrier */
	atomic_uint wanted; /* by so many threads that are the channel's */
	HANDLE readable;    /* something is in the queue; NULL: there is none */
	HANDLE wait;        /* of the pool */
	shmem__ahead *ahead;
	shmem__ahead *ahead_last;
	size_t ahead_bytes;
	size_t ahead_handles;
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

/* What a message says of itself. */
typedef struct shmem__pipe_message {
	uint32_t flags;
	uint32_t count;
	int pid;
	uint64_t value[SHMEM__SOCKET_DESCRIPTORS];
	const unsigned char *packet;
	size_t length;
} shmem__pipe_message;

/*
 * reading.c, with the lock where there is a queue. How the posted read stands
 * (E_AGAIN, E_CLOSED …); what its message says; what its introduction, which
 * takes effect once, and its handles bring; the next read. An end of reading
 * shows to who waits; cancel is false where the message has got through; drain
 * lets go of all that came. What a failure of a pipe means.
 */
#define SHMEM__MESSAGE_INTRODUCES 1u
int shmem__pipe_post(shmem__socket_state *s);
int shmem__pipe_result(shmem__socket_state *s, size_t *ret_length);
bool shmem__pipe_parse(const shmem__socket_state *s, size_t length,
		       shmem__pipe_message *ret);
int shmem__pipe_learn(shmem__socket_state *s, const shmem__pipe_message *m);
int shmem__pipe_arrive(shmem__socket_state *s, const shmem__pipe_message *m,
		       shmem_os_handle *descriptors, size_t *ret_count,
		       int *ret_pid);
void shmem__pipe_next(shmem__socket_state *s);
void shmem__pipe_ended(shmem__socket_state *s, int err);
bool shmem__pipe_cancel(HANDLE pipe, OVERLAPPED *io, DWORD *ret_length);
void shmem__pipe_drain(shmem__socket_state *s);
int shmem__pipe_failed(DWORD native);

/* ahead.c: begins (E_NOMEM, E_SYS: then all goes on without it), ends; moves
 * so many packets to the queue, if they have come; takes the first out of it
 * (E_AGAIN). */
int shmem__ahead_begin(shmem__socket_state *s);
void shmem__ahead_end(shmem__socket_state *s);
void shmem__ahead_look(shmem__socket_state *s, size_t packets);
int shmem__ahead_take(shmem__socket_state *s, shmem__ahead **ret);
void shmem__ahead_free(shmem__ahead *ahead);

/* socket.c: nothing can be sent as long as the peer is not known. */
bool shmem__socket_waits_for_peer(shmem__socket_state *state);

/* address.c */
void shmem__listening_close(struct shmem__listening *listening);

#endif
