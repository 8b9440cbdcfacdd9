/* SPDX-License-Identifier: MIT */
/* Descriptors, which loops watch by themselves. */
#include "event/watch.h"

#include <event2/event.h>
#include <stdlib.h>

struct shmem__watcher {
	struct event *event;
	shmem__watcher_fn *fn;
	void *arg;
};

static void on_event(evutil_socket_t fd, short what, void *arg)
{
	shmem__watcher *watcher = arg;

	(void)fd;
	(void)what;
	watcher->fn(watcher->arg);
}

static shmem__watcher *make(struct event_base *base, shmem_os_handle os,
			    short what, shmem__watcher_fn *fn, void *arg)
{
	shmem__watcher *watcher = calloc(1, sizeof(*watcher));

	if (watcher == NULL)
		return NULL;
	watcher->fn = fn;
	watcher->arg = arg;
	watcher->event =
		event_new(base, (evutil_socket_t)os, what, on_event, watcher);
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
	return make(base, os, for_good ? EV_READ | EV_PERSIST : EV_READ, fn,
		    arg);
}

shmem__watcher *shmem__watcher_write(struct event_base *base,
				     shmem_channel *channel,
				     shmem__watcher_fn *fn, void *arg)
{
	return make(base, shmem_channel_pollable(channel), EV_WRITE, fn, arg);
}

int shmem__watcher_add(shmem__watcher *watcher)
{
	return event_add(watcher->event, NULL);
}

void shmem__watcher_del(shmem__watcher *watcher)
{
	(void)event_del(watcher->event);
}

void shmem__watcher_free(shmem__watcher *watcher)
{
	if (watcher == NULL)
		return;
	event_free(watcher->event);
	free(watcher);
}
