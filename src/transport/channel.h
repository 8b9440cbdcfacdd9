/* SPDX-License-Identifier: MIT */
/* What a channel is made of, for the files of this layer. */
#ifndef SHMEM_SRC_TRANSPORT_CHANNEL_H
#define SHMEM_SRC_TRANSPORT_CHANNEL_H

#include "ownership/revoke.h"
#include "ownership/watch.h"
#include "transport/frame.h"
#include "transport/idset.h"
#include "transport/link.h"
#include "transport/message.h"

#include <shmem/channel.h>

/* Which side makes even ids and gives way in a deadlock: the one that accepted
 * or spawned is FIRST. An adopted end learns it from the greeting. */
typedef enum shmem__role {
	SHMEM__ROLE_FIRST = 0,
	SHMEM__ROLE_SECOND = 1,
	SHMEM__ROLE_UNKNOWN = 2
} shmem__role;

#define SHMEM__CALLS_MAX 4096u /* requests that wait for a reply, a side */

/*
 * What a peer makes us do is counted, in units of about 100 ns, so that none
 * keeps this thread from its other work: one step of receiving ends after so
 * much, in the midst of a packet if need be, and so does a turn of receiving
 * without waiting, though more has come.
 */
#define SHMEM__WORK_STEP 2000u
#define SHMEM__WORK_TURN 10000u
#define SHMEM__WORK_PACKET 10u
#define SHMEM__WORK_BYTES 1024u /* of a packet, in one unit */
#define SHMEM__WORK_RESERVE 10u /* a descriptor that is told of */
#define SHMEM__WORK_ANNOUNCE 150u
#define SHMEM__WORK_RETIRE 50u
#define SHMEM__WORK_MESSAGE 10u
#define SHMEM__WORK_SEGMENT 20u
#define SHMEM__WORK_HANDLE 50u
#define SHMEM__WORK_OWED 256u /* requests looked through, in one unit */

struct shmem_channel {
	shmem_channel_opts opts; /* no field is 0 where that means a default */
	shmem__role role;
	shmem__link link;
	int closed; /* 0, or the error that ended it */

	/* The greeting. */
	uint64_t nonce;
	bool hello_sent;
	int process; /* that said it: to a fork of it this end is not its own */
	bool greeted; /* the peer's came */
	bool agreed;  /* what the peer takes is known, by that or before */
	shmem__hello peer;
	int peer_pid;

	shmem__ledger ledger; /* once the role is known */
	shmem__pool pool;
	bool ledger_ready;
	shmem__watch watch;
	shmem__stats stats;

	/* Received, not yet taken by the application. */
	uint64_t trimmed; /* when the pool was last looked at */
	uint64_t reclaim; /* how far the reclaiming has come */
	uint64_t work;    /* done for the peer's packets, see SHMEM__WORK_… */
	uint64_t step;    /* where this step ends */
	shmem_message *inbox;
	shmem_message *inbox_last;
	uint64_t inbox_bytes;
	shmem_message *live; /* received, in the application's hands */
	shmem_message *spare_messages;
	uint32_t spare_message_count;
	shmem_segment *spare; /* objects to be used again */
	uint32_t spare_count;

	/* Requests. */
	uint64_t last_call;
	uint64_t awaiting;        /* the call that waits, or 0 */
	shmem_message *awaited;   /* its reply */
	shmem__idset asked;       /* by us, unanswered */
	shmem__idset owed;        /* by the peer, unanswered */
	uint64_t awaited_by_peer; /* the one of them that it waits for, or 0 */

	/* Small things that the peer is to be told when there is room. */
	shmem__entry *errands; /* segments freed or retired */
	shmem__entry *errands_last;
	shmem__idset refused; /* requests that will not be answered */
	bool blocked;         /* the last send found no room */
	bool ring_tried;      /* a ring was offered, or can't be */

	void (*news)(void *arg); /* there is something for the event loop */
	void *news_arg;
};

/* Checks options and fills in the defaults. E_INVAL. */
int shmem__channel_options(const shmem_channel_opts *given,
			   shmem_channel_opts *o);

/*
 * A channel over a connected socket. On an error both descriptors stay the
 * caller's. `pidfd` may be INVALID, `peer_pid` 0. E_INVAL, E_NOMEM, E_SYS.
 */
int shmem__channel_over(shmem_os_handle take_sock, shmem__role role,
			const shmem_channel_opts *opts, int peer_pid,
			shmem_os_handle take_pidfd, shmem_channel **ret);

/* channel.c */
int shmem__channel_fail(shmem_channel *channel, int err);
void shmem__channel_unblock(shmem_channel *channel);

static inline void shmem__channel_news(shmem_channel *channel)
{
	if (channel->news != NULL)
		channel->news(channel->news_arg);
}
int shmem__channel_know_role(shmem_channel *channel, shmem__role role);

/* segment.c: the application's object for an entry of ours; its end, when the
 * application gives it up; and when it stays there, empty. */
int shmem__segment_wrap(shmem_channel *channel, shmem__entry *entry,
			shmem_segment **ret);
int shmem__segment_spares(shmem_channel *channel, uint32_t count);
void shmem__segment_unwrap(shmem_segment *segment);
void shmem__segment_orphan(shmem_segment *segment);

/* hello.c: says hello, once; what the peer's means; waits for it as long as the
 * options allow (E_AGAIN, E_TIMEDOUT). */
int shmem__hello_send(shmem_channel *channel);
shmem__hello shmem__hello_of(const shmem_channel *channel);
int shmem__hello_agree(shmem_channel *channel);
int shmem__hello_received(shmem_channel *channel, shmem__reader payload);
int shmem__hello_wait(shmem_channel *channel);

/* send.c: what is to travel as one message. */
typedef struct shmem__outgoing {
	uint32_t flags;
	uint64_t call;
	const void *bytes;
	size_t size;
	void *const *segments; /* shmem_segment * each */
	uint32_t segment_count;
	void *const *handles; /* shmem_handle * each */
	uint32_t handle_count;
} shmem__outgoing;

/* All or nothing; on success segments and handles are gone. */
int shmem__send(shmem_channel *channel, const shmem__outgoing *out);
int shmem__send_message(shmem_channel *channel, shmem_message **take,
			uint32_t flags, uint64_t call);

/*
 * errand.c: notes that a segment is freed, or its memory gone as well (FREE,
 * RETIRE); puts as many notes as fit into a packet, and forgets those once it
 * was sent; sends all that there are (E_AGAIN: not all of them).
 */
typedef struct shmem__errand_run {
	size_t entries;
	size_t refused;
} shmem__errand_run;

void shmem__errand_add(shmem_channel *channel, shmem__entry *entry,
		       shmem__frame_type type);
void shmem__errand_cancel(shmem_channel *channel, shmem__entry *entry);
shmem__errand_run shmem__errands_put(shmem_channel *channel,
				     shmem__packet *packet);
void shmem__errands_done(shmem_channel *channel, shmem__errand_run run);
int shmem__errands_flush(shmem_channel *channel);
bool shmem__errands_wait(const shmem_channel *channel);

/*
 * announce.c: memory objects that the peer does not have yet, of these entries:
 * puts a frame for as many as one packet takes, and their descriptors; notes
 * that the peer has those; or sends a packet of them alone (*left counts down).
 * announce_many: those that lie here unsent are announced if there are as many
 * as `least`, so that they do not take up this process's descriptors.
 * announce_run: the one memory object of a whole run (errors as for sending).
 */
size_t shmem__announce_put(shmem__packet *packet, shmem__entry *const *entries,
			   size_t count, shmem_os_handle *descriptors);
void shmem__announce_done(shmem_channel *channel, shmem__entry *const *entries,
			  size_t count);
int shmem__announce_send(shmem_channel *channel, shmem__entry *const *entries,
			 size_t count, size_t *left);
int shmem__announce_run(shmem_channel *channel, shmem__entry *const *entries,
			size_t count);
#define SHMEM__UNANNOUNCED_MAX 32u
void shmem__announce_many(shmem_channel *channel, uint32_t least);

/*
 * lend.c: memory of ours whose view at the peer is made by us when it is given
 * and taken away when it comes back. Whether it is so on this channel; all of
 * a message's, or none; what the peer is told of it, and what it makes of that;
 * the end of one, proven: errors as for shmem__socket_take_away().
 */
void shmem__lend_begin(shmem_channel *channel);
int shmem__lend(shmem_channel *channel, shmem__entry *const *entries,
		size_t count);
void shmem__lend_put(shmem_channel *channel, shmem__packet *packet,
		     shmem__entry *const *entries, size_t count);
int shmem__lend_received(shmem_channel *channel, shmem__reader *frame);
int shmem__take_away(shmem_channel *channel, shmem__entry *entry);

/* What was lent to this side has been given back: the view is the peer's to
 * take, and nobody's here. */
void shmem__lend_returned(shmem_channel *channel, shmem__entry *entry);

/* recv.c: takes in one packet or a part of it, waiting for it until the
 * deadline (E_TIMEDOUT, or E_AGAIN with a deadline of 0); whether it is time to
 * stop, though the peer goes on sending: at the deadline, or without one when
 * so much work is done; what came and was not yet received. */
int shmem__pump(shmem_channel *channel, uint64_t deadline);
bool shmem__turn_over(shmem_channel *channel, uint64_t end, uint64_t deadline);
void shmem__inbox_add(shmem_channel *channel, shmem_message *message);
bool shmem__inbox_full(const shmem_channel *channel);
int shmem__message_open(shmem_channel *channel, shmem_message *message);

/*
 * trim.c: gives back memory that has lain in the pool unused. As long as some
 * is left there, a wait is interrupted for it: until `deadline`, or the time to
 * look again.
 */
void shmem__trim(shmem_channel *channel);
uint64_t shmem__trim_deadline(const shmem_channel *channel, uint64_t deadline);

/* received.c: a message to be received, out of used ones where possible; it
 * goes to the application; all of them lose their channel. NULL: out of memory.
 */
shmem_message *shmem__message_take(shmem_channel *channel, size_t len);
void shmem__message_live(shmem_channel *channel, shmem_message *message);
void shmem__messages_fini(shmem_channel *channel);

/* call.c: a request of the peer's has been answered, or never will be. */
void shmem__owed_done(shmem_channel *channel, const shmem_message *request);

/* arrive.c: what the packet that link.in holds says; as much of it as can be
 * done now, the rest when called again. */
int shmem__arrive(shmem_channel *channel);

/* arrive.c: our memory, or the peer's: the entry that an id of the peer's
 * names, whatever is in it; NULL where there is none. */
shmem__entry *shmem__entry_at(const shmem_channel *channel, uint64_t id);

/* segment.c: memory for a segment of ours, waiting for the greeting where that
 * decides; and a segment that was ours is given up. */
int shmem__entry_alloc(shmem_channel *channel, uint64_t bytes,
		       shmem__entry **ret);
void shmem__entry_retire(shmem_channel *channel, shmem__entry *entry);
void shmem__entry_free(shmem_channel *channel, shmem__entry *entry);

#endif
