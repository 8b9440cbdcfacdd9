/* SPDX-License-Identifier: MIT */
/* A loop of a process that has no descriptors left. */
#include "channels.h"
#include "loop.h"

#include <shmem/event.h>
#include <shmem/shmem.h>
#include <sys/resource.h>
#include <time.h>

#define PATIENCE_S 60

static struct event_base *base;
static unsigned messages;

static void on_message(shmem_event *event, shmem_message *take, void *arg)
{
	(void)event;
	(void)arg;
	shmem_message_free(&take);
	messages++;
	event_base_loopbreak(base);
}

static void free_descriptors(evutil_socket_t fd, short what, void *arg)
{
	const struct rlimit *limit = arg;

	(void)fd;
	(void)what;
	ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, limit), 0);
}

static void run(const struct timeval *patience)
{
	event_base_loopexit(base, patience);
	ck_assert_int_ge(event_base_dispatch(base), 0);
}

START_TEST(without_descriptors_a_message_waits)
{
	const shmem_event_ops ops = {.size = sizeof(ops),
				     .message = on_message};
	const struct timeval patience = {PATIENCE_S, 0};
	const struct timeval later = {0, 200000};
	const struct timeval soon = {0, 10000};
	shmem_event *event = NULL;
	shmem_channel *a = NULL;
	shmem_channel *b = NULL;
	shmem_message *m = support_text("x");
	shmem_handle *h = NULL;
	struct rlimit old;
	struct rlimit none;
	clock_t spent;

	base = loop_base();
	support_ok(shmem_channel_pair(NULL, &a, &b));
	support_ok(shmem_handle_create(1, NULL, &h));
	support_ok(shmem_message_push_handle(m, &h));
	support_ok(shmem_event_attach(base, b, &ops, NULL, &event));
	run(&soon);
	support_ok(shmem_channel_send(a, &m));
	ck_assert_int_eq(getrlimit(RLIMIT_NOFILE, &old), 0);
	none = old;
	none.rlim_cur = 3;
	ck_assert_int_eq(event_base_once(base, -1, EV_TIMEOUT, free_descriptors,
					 &old, &later),
			 0);
	ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &none), 0);
	spent = clock();
	run(&patience);
	ck_assert_uint_eq(messages, 1);
	/* It did not look all the time. */
	ck_assert_int_lt(clock() - spent, CLOCKS_PER_SEC / 10);
	shmem_event_detach(&event);
	shmem_channel_close(&a);
	shmem_channel_close(&b);
	event_base_free(base);
}
END_TEST

static Suite *suite(void)
{
	Suite *s = suite_create("event_limits");
	TCase *c = support_case(s, "descriptors");

	tcase_add_test(c, without_descriptors_a_message_waits);
	return s;
}
SUPPORT_MAIN(suite)
