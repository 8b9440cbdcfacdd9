/* SPDX-License-Identifier: MIT */
/* The calls under way on one channel, by the number of their request. */
#ifndef SHMEM_SRC_EVENT_CALLS_H
#define SHMEM_SRC_EVENT_CALLS_H

#include <shmem/event.h>

struct event;

typedef struct shmem__call {
	uint64_t id;
	shmem_event *event;
	shmem_event_reply_fn reply; /* NULL: timed out, what comes is freed */
	void *arg;
	struct event *timer; /* NULL: no limit */
	struct shmem__call *next;
} shmem__call;

typedef struct shmem__calls {
	shmem__call **bucket;
	size_t buckets; /* a power of two, or 0 */
	size_t count;
} shmem__calls;

/* Makes room for one more; then add can't fail. E_NOMEM. */
int shmem__calls_reserve(shmem__calls *calls);
void shmem__calls_add(shmem__calls *calls, shmem__call *call);

/* Takes out the one with that number, or any; NULL: there is none. */
shmem__call *shmem__calls_take(shmem__calls *calls, uint64_t id);
shmem__call *shmem__calls_take_any(shmem__calls *calls);

/* The calls are gone already. */
void shmem__calls_fini(shmem__calls *calls);

#endif
