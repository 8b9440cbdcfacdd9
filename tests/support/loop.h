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

/* What ends by itself, long before this. */
#define LOOP_PATIENCE_S 60

static inline void loop_give_up(evutil_socket_t fd, short what, void *base)
{
	(void)fd;
	(void)what;
	(void)base;
	ck_abort_msg("nothing happened");
}

static inline void loop_stop(evutil_socket_t fd, short what, void *base)
{
	(void)fd;
	(void)what;
	event_base_loopbreak(base);
}

static inline void loop_run_with(struct event_base *base, struct timeval limit,
				 event_callback_fn then)
{
	struct event *timer = evtimer_new(base, then, base);

	ck_assert_ptr_nonnull(timer);
	ck_assert_int_eq(evtimer_add(timer, &limit), 0);
	ck_assert_int_eq(event_base_dispatch(base), 0);
	event_free(timer);
}

/* Until something breaks the loop; the test fails where nothing does. */
static inline void loop_run(struct event_base *base)
{
	loop_run_with(base, (struct timeval){LOOP_PATIENCE_S, 0}, loop_give_up);
}

/* For so long, or until something breaks the loop. */
static inline void loop_run_for(struct event_base *base, int ms)
{
	loop_run_with(base, (struct timeval){ms / 1000, ms % 1000 * 1000},
		      loop_stop);
	/* And not less often because others had the machine meanwhile. */
	for (int i = 0; i < 20; i++)
		(void)event_base_loop(base, EVLOOP_NONBLOCK);
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
