/* SPDX-License-Identifier: MIT */
/* What a message is made of, and what a segment is to the application. */
#ifndef SHMEM_SRC_TRANSPORT_MESSAGE_H
#define SHMEM_SRC_TRANSPORT_MESSAGE_H

#include "ownership/ledger.h"

#include <shmem/message.h>

/* Owned by whoever holds it; outlives its channel, then empty. */
struct shmem_segment {
	shmem_channel *channel; /* NULL once that is closed */
	shmem__entry *entry;
	uint64_t group;       /* 0: none */
	shmem_segment *spare; /* the channel's next unused one */
};

/* Things in order: taken from the front, added at the end. */
typedef struct shmem__list {
	void **item;
	uint32_t first;
	uint32_t count; /* from the beginning of the array */
	uint32_t room;
} shmem__list;

struct shmem_message {
	unsigned char *bytes; /* own copy behind the struct, or the segment's */
	size_t size;
	size_t room; /* bytes behind the struct */
	shmem__list segments;
	shmem__list handles;
	shmem_segment *body; /* that the bytes are in, or NULL */

	/* Of received ones. */
	shmem_channel *channel; /* NULL: not received, or that is closed */
	uint32_t flags;         /* of the frame */
	uint64_t call;
	shmem_message *next; /* in the channel's inbox, live or spare ones */
	shmem_message *prev;
};

/* Room for one more. E_NOMEM. */
int shmem__list_reserve(shmem__list *list, uint32_t extra);
void shmem__list_add(shmem__list *list, void *item);
void *shmem__list_take(shmem__list *list);
void shmem__list_fini(shmem__list *list);

static inline uint32_t shmem__list_left(const shmem__list *list)
{
	return list->count - list->first;
}

/* A message with room for `len` bytes behind it. NULL: out of memory. */
shmem_message *shmem__message_alloc(size_t len);

/* Takes a received message from its channel's care, which may keep it, emptied,
 * for the next one: then true. */
bool shmem__message_leave_channel(shmem_message *message);

/* Gives up a segment, or all of a list, of which the peer is told at once. */
void shmem__segment_drop(shmem_segment *segment);
void shmem__segments_drop(shmem__list *list);

#endif
