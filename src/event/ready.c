/* SPDX-License-Identifier: MIT */
/* Listeners and processes in a libevent loop. */
#include "event/watch.h"

#include <shmem/event.h>
#include <stdlib.h>

struct shmem_event_watcher {
	shmem__watcher *watcher;
	shmem_event_ready_fn ready;
	void *arg;
};

/* The last that is done with it, since `ready` may unwatch. */
static void on_ready(void *arg)
{
	shmem_event_watcher *w = arg;

	w->ready(w->arg);
}

int shmem_event_watch(struct event_base *base, shmem_os_handle pollable,
		      shmem_event_ready_fn ready, void *arg,
		      shmem_event_watcher **ret)
{
	shmem_event_watcher *w;
	int err = SHMEM_E_NOMEM;

	if (base == NULL || pollable == SHMEM_OS_HANDLE_INVALID ||
	    ready == NULL || ret == NULL)
		return SHMEM_E_INVAL;
	w = calloc(1, sizeof(*w));
	if (w == NULL)
		return SHMEM_E_NOMEM;
	w->ready = ready;
	w->arg = arg;
	w->watcher = shmem__watcher_read(base, pollable, true, on_ready, w);
	if (w->watcher == NULL)
		goto fail;
	err = SHMEM_E_SYS;
	if (shmem__watcher_add(w->watcher) != 0)
		goto fail;
	*ret = w;
	return 0;
fail:
	shmem__watcher_free(w->watcher);
	free(w);
	return err;
}

void shmem_event_unwatch(shmem_event_watcher **take)
{
	shmem_event_watcher *w = take != NULL ? *take : NULL;

	if (w == NULL)
		return;
	*take = NULL;
	shmem__watcher_free(w->watcher);
	free(w);
}
