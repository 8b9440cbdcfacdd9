/* SPDX-License-Identifier: MIT */
/* A base for a loop of libevent, with what that needs of the system. */
#ifndef SHMEM_TESTS_LOOP_H
#define SHMEM_TESTS_LOOP_H

#include <check.h>
#include <event2/event.h>
#include <event2/thread.h>

static inline struct event_base *loop_base(void)
{
	struct event_base *base;
#ifdef _WIN32
	WSADATA data;

	ck_assert_int_eq(WSAStartup(MAKEWORD(2, 2), &data), 0);
	ck_assert_int_eq(evthread_use_windows_threads(), 0);
#endif
	base = event_base_new();
	ck_assert_ptr_nonnull(base);
	return base;
}

#endif
