/* SPDX-License-Identifier: MIT */
/*
 * libevent takes sockets alone. The system's thread pool waits for a handle and
 * activates an event of the loop; that one's callback runs in the loop, and the
 * handle is looked at and waited for again from the loop's next turn on, so
 * that one that is always readable does not keep the loop from all others. For
 * room there is nothing to wait for: it is looked for again and again, at first
 * at once.
 */
#include "event/watch.h"

#include <event2/event.h>
#include <event2/thread.h>
#include <stdlib.h>
#include <windows.h>

#define LOOK_MS 5      /* between two looks for room */
#define KEEP_S 3600000 /* of a timer that is only there to be there */

struct shmem__watcher {
	struct event *event;
	shmem__watcher_fn *fn;
	void *arg;
	HANDLE handle;          /* to be read, or NULL */
	HANDLE wait;            /* NULL: not waiting */
	shmem_channel *channel; /* that wants room */
	bool for_good;
	bool added;
	bool inside; /* its callback */
	bool freed;  /* in there */
};

/* In a thread of the pool, while the watcher is there: see stop_waiting(). */
static void CALLBACK on_handle(void *arg, BOOLEAN timed_out)
{
	shmem__watcher *watcher = arg;

	(void)timed_out;
	event_active(watcher->event, EV_READ, 0);
}

static int wait_again(shmem__watcher *watcher)
{
	return RegisterWaitForSingleObject(
		       &watcher->wait, watcher->handle, on_handle, watcher,
		       INFINITE, WT_EXECUTEONLYONCE | WT_EXECUTEINWAITTHREAD)
		       ? 0
		       : -1;
}

/* Afterwards no thread of the pool is in on_handle. */
static void stop_waiting(shmem__watcher *watcher)
{
	if (watcher->wait != NULL)
		(void)UnregisterWaitEx(watcher->wait, INVALID_HANDLE_VALUE);
	watcher->wait = NULL;
}

static void look_in(shmem__watcher *watcher, int ms)
{
	struct timeval t = {0, ms * 1000L};

	(void)event_add(watcher->event, &t);
}

/* Without a time an event of no socket is not in the loop, which ends when
 * there is nothing in it. */
static int keep(shmem__watcher *watcher)
{
	struct timeval t = {KEEP_S, 0};

	return event_add(watcher->event, &t);
}

static void call(shmem__watcher *watcher)
{
	watcher->inside = true;
	watcher->fn(watcher->arg);
	watcher->inside = false;
	if (watcher->freed)
		shmem__watcher_free(watcher);
	else if (watcher->added && watcher->wait == NULL)
		look_in(watcher, 0);
}

/* While nobody waits for it: without the way through another thread. */
static bool is_readable(const shmem__watcher *watcher)
{
	return watcher->wait == NULL &&
	       WaitForSingleObject(watcher->handle, 0) == WAIT_OBJECT_0;
}

static void on_read(evutil_socket_t fd, short what, void *arg)
{
	shmem__watcher *watcher = arg;

	(void)fd;
	if (!watcher->added)
		return;
	if ((what & EV_READ) == 0 && !is_readable(watcher)) {
		(void)keep(watcher);
		if (watcher->wait == NULL && wait_again(watcher) != 0)
			look_in(watcher, LOOK_MS);
		return;
	}
	stop_waiting(watcher);
	watcher->added = watcher->for_good;
	call(watcher);
}

static void on_look(evutil_socket_t fd, short what, void *arg)
{
	shmem__watcher *watcher = arg;

	(void)fd;
	(void)what;
	if (shmem_channel_wait(watcher->channel, SHMEM_POLL_WRITE, 0) != 0) {
		look_in(watcher, LOOK_MS);
		return;
	}
	watcher->added = false;
	watcher->fn(watcher->arg);
}

static shmem__watcher *make(struct event_base *base, event_callback_fn on,
			    short what, shmem__watcher_fn *fn, void *arg)
{
	shmem__watcher *watcher = calloc(1, sizeof(*watcher));

	if (watcher == NULL)
		return NULL;
	watcher->fn = fn;
	watcher->arg = arg;
	watcher->event = event_new(base, -1, what, on, watcher);
	if (watcher->event == NULL) {
		free(watcher);
		return NULL;
	}
	return watcher;
}

shmem__watcher *shmem__watcher_read(struct event_base *base, shmem_os_handle os,
				    bool for_good, shmem__watcher_fn *fn,
				    void *arg)
{
	shmem__watcher *watcher;

	/* So that another thread can wake the loop. */
	if (evthread_make_base_notifiable(base) != 0)
		return NULL;
	watcher = make(base, on_read, 0, fn, arg);
	if (watcher != NULL) {
		watcher->handle = (HANDLE)os;
		watcher->for_good = for_good;
	}
	return watcher;
}

shmem__watcher *shmem__watcher_write(struct event_base *base,
				     shmem_channel *channel,
				     shmem__watcher_fn *fn, void *arg)
{
	shmem__watcher *watcher = make(base, on_look, 0, fn, arg);

	if (watcher != NULL)
		watcher->channel = channel;
	return watcher;
}

int shmem__watcher_add(shmem__watcher *watcher)
{
	if (watcher->added)
		return 0;
	watcher->added = true;
	if (watcher->handle == NULL) {
		look_in(watcher, 0);
		return 0;
	}
	if (keep(watcher) == 0) {
		if (wait_again(watcher) == 0)
			return 0;
		(void)event_del(watcher->event);
	}
	watcher->added = false;
	return -1;
}

void shmem__watcher_del(shmem__watcher *watcher)
{
	watcher->added = false;
	stop_waiting(watcher);
	(void)event_del(watcher->event);
}

void shmem__watcher_free(shmem__watcher *watcher)
{
	if (watcher == NULL)
		return;
	if (watcher->inside) {
		shmem__watcher_del(watcher);
		watcher->freed = true;
		return;
	}
	stop_waiting(watcher);
	event_free(watcher->event);
	free(watcher);
}
