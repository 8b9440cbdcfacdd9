/* SPDX-License-Identifier: MIT */
/* A base for a loop of libevent, with what that needs of the system. */
#ifndef SHMEM_TESTS_LOOP_H
#define SHMEM_TESTS_LOOP_H

#include <check.h>
#include <event2/event.h>
#include <event2/thread.h>
#include <shmem/event.h>

/* NULL where it can't be had. */
static inline struct event_base *loop_new(void)
{
#ifdef _WIN32
	WSADATA data;

	if (WSAStartup(MAKEWORD(2, 2), &data) != 0 ||
	    evthread_use_windows_threads() != 0)
		return NULL;
#endif
	return event_base_new();
}

static inline struct event_base *loop_base(void)
{
	struct event_base *base = loop_new();

	ck_assert_ptr_nonnull(base);
	return base;
}

/* For suite(), before any test counts: what the system makes once for a process
 * that has a loop, and once for the thread that waits for handles. */
#ifdef _WIN32
static inline void loop_set(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	SetEvent(arg);
}

static inline void loop_break(void *arg)
{
	event_base_loopbreak(arg);
}

static inline void loop_warm_up(void)
{
	const struct timeval soon = {0, 10000};
	struct event_base *base = loop_new();
	HANDLE set = CreateEventA(NULL, TRUE, FALSE, NULL);
	shmem_event_watcher *watcher = NULL;

	if (shmem_event_watch(base, (shmem_os_handle)set, loop_break, base,
			      &watcher) == 0 &&
	    event_base_once(base, -1, EV_TIMEOUT, loop_set, set, &soon) == 0)
		(void)event_base_dispatch(base);
	shmem_event_unwatch(&watcher);
	event_base_free(base);
	CloseHandle(set);
}
#else
static inline void loop_warm_up(void)
{
}
#endif

#endif
