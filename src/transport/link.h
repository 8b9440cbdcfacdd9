/* SPDX-License-Identifier: MIT */
/*
 * The way that packets take between the two ends: numbered, with descriptors,
 * all or nothing. It knows nothing of what they mean.
 *
 * There are two ways: a ring in shared memory, for packets that find room there
 * and bring no descriptors, and the socket, for all others. The numbers keep
 * the order: the next packet is at the front of one of the two. The socket also
 * wakes a receiver that sleeps, and tells of its end. Without a ring everything
 * takes the socket.
 */
#ifndef SHMEM_SRC_TRANSPORT_LINK_H
#define SHMEM_SRC_TRANSPORT_LINK_H

#include "base/stats.h"
#include "transport/frame.h"
#include "transport/ring.h"
#include "transport/socket.h"

/* The packet that is being taken in: what is left of it. */
typedef struct shmem__incoming {
	bool active;
	shmem__packet_in packet;
	bool in_frame;
	shmem__frame_type type;
	shmem__reader frame;
	shmem_os_handle descriptor[SHMEM__SOCKET_DESCRIPTORS];
	size_t descriptor_count;
	size_t descriptor_next;
	int pid;
	shmem_os_handle pidfd;
} shmem__incoming;

/* A packet that came by the socket before one that is still in the ring. */
typedef struct shmem__early {
	bool full;
	unsigned char *bytes;
	shmem__arrival arrival;
	shmem_os_handle descriptor[SHMEM__SOCKET_DESCRIPTORS];
} shmem__early;

typedef struct shmem__link {
	shmem__socket sock;
	shmem_os_handle pidfd; /* of the peer, or INVALID */
	shmem__stats *stats;
	uint64_t sent; /* packets */
	uint64_t received;
	shmem__packet out;
	unsigned char *in_bytes;
	shmem__incoming in;
	shmem__early early;
	size_t coming;  /* descriptors that the next packet brings */
	bool peer_dead; /* the pidfd said so; what is queued still counts */
	shmem__ring ring_out;
	shmem__ring ring_in;
	uint32_t spin_us; /* how long waiting may spin; 0: not at all */
	unsigned credit;  /* whether it has been worth it */
	unsigned waits;
	bool look;       /* at the socket, too: it may have something */
	bool bell_early; /* the bell just heard was rung ahead of a packet */
	bool bell_owed;  /* the peer may sleep, and could not be woken yet */
} shmem__link;

/* Takes `sock` (and `pidfd`) on success. E_NOMEM, E_SYS. */
int shmem__link_init(shmem__link *link, shmem_os_handle sock,
		     shmem_os_handle pidfd, uint32_t queue,
		     shmem__stats *stats);
void shmem__link_fini(shmem__link *link);

/* An empty packet to be filled in and sent. E_NOMEM. */
int shmem__link_packet(shmem__link *link, shmem__packet **ret);

/* Sends it, with descriptors (borrowed). Errors as shmem__socket_send(). */
int shmem__link_send(shmem__link *link, const shmem_os_handle *descriptors,
		     size_t count, bool introduce);

/* Makes a ring of about so many bytes and sends it to the peer. Errors as for
 * sending and for making memory; then there is none, and all goes on as before.
 */
int shmem__link_offer_ring(shmem__link *link, uint64_t wish);

/* The peer's ring: a RING frame's payload, and a descriptor of the packet.
 * E_PROTO, E_UNTRUSTED, E_NOMEM, E_SYS. */
int shmem__link_take_ring(shmem__link *link, shmem__reader frame);

/* A packet will be sent soon: a sleeping peer may as well wake up by then. */
void shmem__link_ahead(shmem__link *link);

/* Whether something waits for room on the socket: a part of a packet, or what
 * wakes the peer and could not be sent when it was due. Sends it; errors as for
 * sending, then it still waits. */
static inline bool shmem__link_owes(const shmem__link *link)
{
	return link->bell_owed || link->sock.unsent;
}
int shmem__link_pay(shmem__link *link);

/* Before the link goes: lets a packet of which a part still waits for room get
 * to the peer, if it takes it by the deadline. */
void shmem__link_finish(shmem__link *link, uint64_t deadline);

/* How many packets the peer has taken in; UINT64_MAX where it can't be told. */
uint64_t shmem__link_taken(const shmem__link *link);

/*
 * The receiver will wait for the pollable, in an event loop. False: something
 * has already come that the pollable may not show.
 */
bool shmem__link_arm(shmem__link *link);

/*
 * Makes link->in the next packet. E_AGAIN, E_CLOSED, E_PROTO, E_LIMIT (no
 * descriptors free for what comes; try again later), E_NOMEM, E_SYS.
 */
int shmem__link_recv(shmem__link *link);

/* The next descriptor of the packet being taken in, ours; INVALID: none left.
 */
shmem_os_handle shmem__link_descriptor(shmem__link *link);

/* A NOTICE frame's payload. E_PROTO. */
int shmem__link_notice(shmem__link *link, shmem__reader frame);

/* The packet has been dealt with; E_PROTO where descriptors are left (they are
 * closed). */
int shmem__link_recv_done(shmem__link *link);

/* Whether the peer has died since this was last asked; what it sent before is
 * still to be received. For who polls, which is how it is told. */
bool shmem__link_died(shmem__link *link);

/*
 * Waits for readiness to read or write (SHMEM_POLL_*) until the deadline,
 * spinning at first where that pays. 0: something is ready or the peer is dead;
 * E_TIMEDOUT, E_SYS.
 */
int shmem__link_wait(shmem__link *link, unsigned what, uint64_t deadline);

#endif
