/* SPDX-License-Identifier: MIT */
/*
 * What a loop is told of a channel: that its pollable may be read, that there
 * is room again. One watcher tells of one of the two, as often as it is added;
 * all of it happens in the thread that runs the loop.
 */
#ifndef SHMEM_SRC_EVENT_WATCH_H
#define SHMEM_SRC_EVENT_WATCH_H

#include <shmem/channel.h>

struct event_base;

typedef struct shmem__watcher shmem__watcher;
typedef void shmem__watcher_fn(void *arg);

/* Readability of `os`, told until it is taken out (`for_good`) or once. NULL:
 * out of memory. */
shmem__watcher *shmem__watcher_read(struct event_base *base, shmem_os_handle os,
				    bool for_good, shmem__watcher_fn *fn,
				    void *arg);

/* Room to send, told once. */
shmem__watcher *shmem__watcher_write(struct event_base *base,
				     shmem_channel *channel,
				     shmem__watcher_fn *fn, void *arg);

/* Puts it into the loop, where it may be already, and takes it out. 0 or -1. */
int shmem__watcher_add(shmem__watcher *watcher);
void shmem__watcher_del(shmem__watcher *watcher);

void shmem__watcher_free(shmem__watcher *watcher);

#endif
