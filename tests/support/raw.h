/* SPDX-License-Identifier: MIT */
/*
 * A peer that says whatever a test wants it to say: bytes on the socket,
 * written here from docs/wire-format.md and not by the library's own code.
 *
 *   support_raw_open(&raw, NULL, &channel);
 *   support_raw_greet(&raw, channel, 0);
 *   support_raw_segment(&raw, id, size);   what the next message carries
 *   support_raw_message(&raw, 0, 0);
 *   support_raw_send(&raw);
 */
#ifndef SHMEM_TESTS_RAW_H
#define SHMEM_TESTS_RAW_H

#include "channels.h"

#define RAW_ROOM (128u * 1024)
#define RAW_FDS 253u

enum {
	RAW_HELLO = 1,
	RAW_NOTICE,
	RAW_ANNOUNCE,
	RAW_MESSAGE,
	RAW_FREE,
	RAW_RETIRE,
	RAW_LABEL,
	RAW_REFUSE,
	RAW_RING,
	RAW_VIEW
};

enum { RAW_PLAIN, RAW_REQUEST, RAW_REPLY, RAW_BLOCKING = 4, RAW_BODY = 8 };

/* Descriptors are of the system's, as numbers. */
typedef struct support_raw {
	int sock;
	struct support_raw_own *own; /* the system's part, or NULL */
	uint64_t sequence;           /* of the next packet out */

	/* The packet being made. */
	unsigned char out[RAW_ROOM];
	size_t length;
	int fd[RAW_FDS];
	size_t fds;
	/* What its next message carries. */
	uint64_t segment[1100][2];
	size_t segments;
	unsigned char handle[300][64];
	size_t handles;

	/* The packet that came. */
	unsigned char in[RAW_ROOM];
	size_t in_length;
	size_t at; /* of the next frame in it */
	int in_fd[RAW_FDS];
	size_t in_fds;
} support_raw;

/* A raw peer and, at the other end of its socket, an adopted channel. */
void support_raw_open(support_raw *raw, const shmem_channel_opts *opts,
		      shmem_channel **ret);
void support_raw_close(support_raw *raw);

/* Exchanges greetings, such that the raw peer's ids have `side` as bit 0. */
void support_raw_greet(support_raw *raw, shmem_channel *channel, unsigned side);

/* The 64 bytes of a greeting that is in order. */
void support_raw_hello(unsigned char hello[64], uint64_t nonce);

/* Adds a frame of `length` zero bytes to the packet. */
unsigned char *support_raw_frame(support_raw *raw, unsigned type,
				 size_t length);

/* Adds an ANNOUNCE of one object. The descriptor is the raw peer's then. */
void support_raw_announce(support_raw *raw, uint32_t slot, uint64_t capacity,
			  int fd);

/* What the next message carries, and the message. */
void support_raw_segment(support_raw *raw, uint64_t id, uint64_t size);
void support_raw_handle(support_raw *raw, uint64_t bytes, unsigned flags,
			int fd);
unsigned char *support_raw_message(support_raw *raw, uint32_t flags,
				   uint64_t call, size_t body);

/* Adds a frame of ids: FREE, RETIRE or REFUSE. */
void support_raw_ids(support_raw *raw, unsigned type, uint64_t id);

/* Sends the packet (after a NOTICE of its descriptors), and begins a new one.
 * Its descriptors are closed. post sends it as it is, with this header. */
void support_raw_send(support_raw *raw);
void support_raw_post(support_raw *raw, uint32_t length, unsigned descriptors,
		      unsigned reserved, uint64_t sequence);

/* Sends any bytes as one record. */
void support_raw_put(support_raw *raw, const void *bytes, size_t length);

/* The same for a few bytes, if there is room; and room for more. */
void support_raw_try(support_raw *raw, const void *bytes, size_t length);
void support_raw_room(support_raw *raw);

/* Descriptors that are on their way, and open in this process. */
size_t support_raw_in_flight(const support_raw *raw);

/* The next record, into raw->in: its length; 0: the end; -1: none is there. */
ssize_t support_raw_get(support_raw *raw);

/* Whether there is an end after all that came. */
bool support_raw_sees_end(support_raw *raw);

/* The next packet that came; fails the test where there is none. Descriptors
 * of the one before are closed. */
void support_raw_recv(support_raw *raw);

/* The next frame of it; 0 at its end. */
unsigned support_raw_next(support_raw *raw, const unsigned char **ret,
			  size_t *ret_length);

/* Memory as the library makes it for others; where there are SUPPORT_SEALS,
 * also such that can't be written any more, or can be resized, or any. */
int support_object(uint64_t bytes);
int support_frozen_object(uint64_t bytes);
int support_loose_object(uint64_t bytes);
#define RAW_SEALS (F_SEAL_SHRINK | F_SEAL_GROW)
int support_memfd(uint64_t bytes, int seals);

void support_discard(int fd);

/* What shmem_handle_recv() says of a description and a descriptor, which is
 * gone then. Where there is SUPPORT_PASSING. */
int support_handle_receive(const unsigned char *desc, int fd,
			   shmem_handle **ret);

/* A connection with much unsent, whose close would wait 100 s for it; its other
 * end is closed at the end. Where there is SUPPORT_PASSING. */
int support_lingering(void);
void support_lingering_end(void);

/* The call by which a channel looks what has come, and how many of them a
 * packet takes. */
#ifdef _WIN32
#define RAW_LOOK "ReadFile"
#else
#define RAW_LOOK "recvmsg"
#endif
#ifdef SUPPORT_POSIX
#define RAW_LOOKS 2u
#else
#define RAW_LOOKS 1u
#endif

/* What comes of a packet of no bytes: from a socket of packets the end. */
#if defined(SUPPORT_POSIX) || defined(_WIN32)
#define RAW_NO_BYTES SHMEM_E_PROTO
#else
#define RAW_NO_BYTES SHMEM_E_CLOSED
#endif

/* How many descriptors will be open once the channel has failed: it lets go of
 * the packet's, and where those are in the way, of its own. */
size_t support_raw_kept(const support_raw *raw);

/* The system's part. Makes the peer's end and returns the other one; is told of
 * that one's channel; closes its end; sends one record, with the packet's
 * descriptors, which are gone then; takes in the next one, like get. */
shmem_os_handle support_raw_join(support_raw *raw);
void support_raw_adopted(support_raw *raw, shmem_channel *channel);
void support_raw_leave(support_raw *raw);
void support_raw_write(support_raw *raw, const void *bytes, size_t length,
		       bool with_fds);
ssize_t support_raw_read(support_raw *raw);

#ifdef _WIN32
/* The same at an address: false where nobody can be reached now. */
bool support_raw_reach(support_raw *raw, const char *address);
#endif

#endif
