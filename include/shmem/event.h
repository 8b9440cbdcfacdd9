/* SPDX-License-Identifier: MIT */
/*
 * Channels in a libevent loop (library shmem_event; needs libevent 2.1).
 *
 * Attaching makes the channel non-blocking and watches it in the loop; the
 * callbacks run in the thread that runs the loop. Nothing is attached for ever:
 * detach before the channel is closed; both may be done inside a callback. A
 * busy channel does not hold up others: each gets a few messages a turn. Use
 * the channel's own functions to send, from a callback or outside, but leave
 * receiving to the loop.
 *
 * Threads: the thread that runs the loop. On Windows the system's thread pool
 * wakes it: call evthread_use_windows_threads(), and for libevent itself
 * WSAStartup(), before the base is made.
 */
#ifndef SHMEM_EVENT_H
#define SHMEM_EVENT_H

#include <shmem/channel.h>
#include <shmem/message.h>

struct event_base;

#ifdef __cplusplus
extern "C" {
#endif

typedef struct shmem_event shmem_event;

typedef struct shmem_event_ops {
	size_t size; /* sizeof(shmem_event_ops) */

	/* A message came, now the callback's to free. NULL: it is freed. */
	void (*message)(shmem_event *event, shmem_message *take, void *arg);

	/* A request came, now the callback's to free; answer it by
	 * shmem_channel_reply(), now or later. NULL: as a message. */
	void (*request)(shmem_event *event, shmem_message *take, void *arg);

	/* After a send got E_AGAIN: there is room again. */
	void (*drained)(shmem_event *event, void *arg);

	/* The channel is over, by E_CLOSED, E_PROTO, …; the last callback.
	 * reclaim, detach and close are the callback's to do, now or later. */
	void (*closed)(shmem_event *event, int reason, void *arg);
} shmem_event_ops;
#define SHMEM_EVENT_OPS_INIT                                                   \
	{                                                                      \
		sizeof(shmem_event_ops), NULL, NULL, NULL, NULL                \
	}

/*
 * Watches `channel` (borrowed) in `base`. `ops` is copied.
 * Errors: E_INVAL, E_NOMEM, E_SYS.
 */
SHMEM_API int shmem_event_attach(struct event_base *base,
				 shmem_channel *channel,
				 const shmem_event_ops *ops, void *arg,
				 shmem_event **ret);

/* Stops watching. Calls under way end with E_CLOSED first. */
SHMEM_API void shmem_event_detach(shmem_event **take);

SHMEM_API shmem_channel *shmem_event_channel(const shmem_event *event);

/* The end of a call: `err` is 0 with `reply`, the callback's to free; or
 * E_TIMEDOUT, E_NOENT (the peer freed the request without an answer), E_CLOSED,
 * E_PROTO … with NULL. */
typedef void (*shmem_event_reply_fn)(shmem_event *event, int err,
				     shmem_message *reply, void *arg);

/*
 * Sends a request; `reply` is called exactly once, never before this function
 * returns, and not at all when it returns an error. timeout -1: no limit. A
 * reply that comes after its time-out is freed.
 * Errors: as shmem_channel_request().
 */
SHMEM_API int shmem_event_call(shmem_event *event, shmem_message **take,
			       int timeout, shmem_event_reply_fn reply,
			       void *arg);

/*
 * Watches what else this library has to poll: shmem_listener_pollable(), to
 * accept, and shmem_process_pollable(), to wait. `ready` is called in each turn
 * of the loop in which it is readable. libevent by itself could do so only
 * where a pollable is a descriptor. Unwatch before it is closed; in `ready`,
 * too.
 * Errors: E_INVAL, E_NOMEM, E_SYS.
 */
typedef struct shmem_event_watcher shmem_event_watcher;
typedef void (*shmem_event_ready_fn)(void *arg);
SHMEM_API int shmem_event_watch(struct event_base *base,
				shmem_os_handle pollable,
				shmem_event_ready_fn ready, void *arg,
				shmem_event_watcher **ret);
SHMEM_API void shmem_event_unwatch(shmem_event_watcher **take);

#ifdef __cplusplus
}
#endif
#endif
